"""From latent levels to answers: items, ceilings, rounding, unanswered items and totals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.instruments import load
from alliance.simulate.world import World

_FORMS = {"gaussian": (12, None, None), "wai": (12, 0, (1, 5)), "srs": (4, 1, (0, 10))}
INSTRUMENTS = {"gaussian": "simulated", "wai": "wai-sr", "srs": "srs"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheets:
    """The filled-in questionnaires of one rater; one entry (or row of `answers`) for each.

    Clients are numbered from 0, sessions from 1; answers are in item points, NaN where an item was
    left unanswered, and `total` is in the world's metric.
    """

    rater: str
    client: Ints
    session: Ints
    answers: Floats
    total: Floats

    def rated(self, shape: tuple[int, ...]) -> Bools:
        """Return at which sessions there is a questionnaire, clients x sessions."""
        rated = np.zeros(shape, dtype=bool)
        rated[self.client, self.session - 1] = True
        return rated


def draw_answers(
    world: World, latent: Floats, volatility: Floats, rng: np.random.Generator
) -> Floats:
    """Draw answers, questionnaires x items, in item points; NaN where an item was left unanswered.

    `latent` is the alliance around the world's level in latent points, `volatility` a factor on the
    error; both have one entry for each questionnaire.
    """
    items, decimals, limits = _FORMS[world.scale]
    # Errors of items average out: sqrt(items) keeps the total's reliability as set.
    error_sd = world.unit * np.sqrt(1 - world.reliability) * np.sqrt(items)
    error = rng.standard_normal((len(latent), items))
    # Restless clients answer restlessly, too: error goes with volatility.
    points = latent[:, None] + error_sd * volatility[:, None] * error
    answers = world.level + world.points_per_latent * points + item_offsets(world)
    if limits is not None and decimals is not None:
        answers = np.clip(np.round(answers, decimals), *limits)
    if world.unanswered_items:
        answers[rng.random(answers.shape) < world.unanswered_items] = np.nan
    return np.asarray(answers)


def item_offsets(world: World) -> Floats:
    """Return how much easier than average each item is, item points; they add up to 0."""
    items = _FORMS[world.scale][0]
    # A fixed shuffle: neighbouring items, and odd and even ones, must not differ in ease.
    order = (np.arange(items) * 5) % items if items > 5 else np.array([1, 3, 0, 2])
    return np.asarray(world.item_spread * np.linspace(-1, 1, items)[order])


def scale_scores(world: World, answers: Floats, items: Sequence[int]) -> Floats:
    """Return mean (or, for the SRS, sum) of the answers to items; NaN where too few were given."""
    chosen = answers[:, [item - 1 for item in items]]
    answered = np.isfinite(chosen).sum(axis=1)
    share = 0.8 if world.scale == "gaussian" else load(INSTRUMENTS[world.scale]).needed_share
    # A share of .8 of 10 items is 8, whatever rounding makes of it.
    enough = answered >= np.ceil(share * len(items) - 1e-9)
    mean = np.nansum(chosen, axis=1) / np.where(enough, answered, np.nan)
    return np.asarray(np.round(mean * answers.shape[1], 6) if world.metric == "sum" else mean)


def scales(world: World) -> dict[str, tuple[int, ...]]:
    """Return the item numbers of the scales beside the total: none but for the WAI."""
    if world.scale != "wai":
        return {}
    return {name: items for name, items in load("wai-sr").scales.items() if name != "total"}
