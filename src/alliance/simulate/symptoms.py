"""Symptom scores that travel with the alliance: totals of 0 to 27, higher is worse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alliance.simulate.courses import Courses
from alliance.simulate.world import World

LOWEST, HIGHEST = 0, 27


def draw_symptoms(world: World, courses: Courses, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw symptom totals, clients x sessions: whole numbers from 0 to 27, as of the PHQ-9."""
    clients, longest = courses.calm.shape
    start = world.symptom_start + world.symptom_start_sd * rng.standard_normal((clients, 1))
    log_session = np.log(np.arange(1, longest + 1))
    closeness = (courses.latent - world.growth * log_session) / world.unit
    level = start + world.symptom_change * log_session + world.symptom_link * closeness
    level = level + world.symptom_repair * courses.repairs
    noisy = level + world.symptom_noise_sd * rng.standard_normal(level.shape)
    return np.clip(np.rint(noisy), LOWEST, HIGHEST)
