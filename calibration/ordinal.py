"""A generator that shares no code with `alliance.simulate`: twelve items answered from 1 to 7.

Each client has an own level and an own growth over log session, a passing state that carries over
(.4), and dips of .8 to 2.0 points that last one or two sessions and always recover; a lasting gain
follows each where one is asked for. Items differ in ease; an answer is the rounded level plus the
item's error, held to 1-7. Half of the courses have 14 sessions or more; one in ten is not rated.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

ITEMS, LOWEST, HIGHEST = 12, 1, 7
# The pooled SD of totals without a gain, from 3,000 clients.
SD = 0.93
HAZARD = 0.06


@dataclass(frozen=True)
class Ordinal:
    """A world of this generator; the gain is in SD for each repair."""

    name: str
    gain: float = 0.0
    score_points_per_sd: float = SD

    def sessions(self, clients: int, seed: int) -> pd.DataFrame:
        """Return client, session and total (the mean answer), in order."""
        rng = np.random.default_rng(seed)
        return pd.concat([self._course(client, rng) for client in range(clients)])

    def _course(self, client: int, rng: np.random.Generator) -> pd.DataFrame:
        length = int(np.clip(np.rint(14 * np.exp(0.45 * rng.standard_normal())), 4, 40))
        course = _level(length, rng) + _dips(length, self.gain * SD, rng)
        rated = np.flatnonzero(rng.random(length) > 0.1)
        ease = np.linspace(-0.6, 0.6, ITEMS)
        error = 0.9 * rng.standard_normal((len(rated), ITEMS))
        answers = np.clip(np.rint(course[rated, None] + ease + error), LOWEST, HIGHEST)
        return pd.DataFrame({"client": client, "session": rated + 1, "total": answers.mean(axis=1)})


def worlds() -> dict[str, Ordinal]:
    """Return the world without a gain and the one with a gain of .3 SD."""
    named = (Ordinal("ordinal"), Ordinal("ordinal, gain", gain=0.3))
    return {world.name: world for world in named}


def _level(length: int, rng: np.random.Generator) -> np.ndarray:
    level, growth = 4.4 + 0.7 * rng.standard_normal(), 0.15 + 0.15 * rng.standard_normal()
    state = np.zeros(length)
    state[0] = rng.standard_normal()
    for j in range(1, length):
        state[j] = 0.4 * state[j - 1] + np.sqrt(1 - 0.4**2) * rng.standard_normal()
    return level + growth * np.log(np.arange(1, length + 1)) + 0.35 * state


def _dips(length: int, gain: float, rng: np.random.Generator) -> np.ndarray:
    change = np.zeros(length)
    at = 2
    while at < length:
        if rng.random() < HAZARD:
            end = at + rng.integers(1, 3)
            change[at:end] -= rng.uniform(0.8, 2.0)
            change[end:] += gain
            at = end
        at += 1
    return change
