"""Draws a whole study from a world: persons, courses, the second rater, questionnaires, symptoms."""

from dataclasses import replace

import numpy as np

from alliance.arrays import Floats, Ints
from alliance.errors import AllianceError
from alliance.model.drawing import correlated
from alliance.simulate.answers import Sheets, draw_answers, scale_scores
from alliance.simulate.courses import (
    Courses,
    Persons,
    calm_levels,
    draw_courses,
    draw_persons,
    expected_levels,
)
from alliance.simulate.shapes import settling
from alliance.simulate.study import Study
from alliance.simulate.world import World


def simulate(world: World, clients: int = 200, seed: np.random.Generator | int = 0) -> Study:
    """Simulate a study of which everything is known.

    Parameters
    ----------
    world : World
        What is true; `worlds` holds the named ones.
    clients : int
        Number of clients who begin therapy, 1 or more.
    seed : int or numpy Generator
        Source of chance; the same seed gives the same study.

    Returns
    -------
    Study

    Raises
    ------
    AllianceError
        If `world` is not a World or there is no client.

    Notes
    -----
    Worlds that differ only in depth, repair or gain meet the same chances from the same
    seed: the same clients, plans and passing states. Their studies can be compared client
    by client.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=50, seed=1)
    >>> study.sessions.columns.tolist()
    ['client', 'session', 'rater', 'therapist', 'instrument', 'metric', 'total', 'answered']
    >>> study.episodes["outcome"].isin(["repaired", "unrepaired", "open"]).all().item()
    True
    """
    if not isinstance(world, World):
        raise AllianceError("world must be a World: pick one of worlds(), or write World(...).")
    if clients < 1:
        raise AllianceError(f"A study needs at least 1 client, not {clients}.")
    rng = np.random.default_rng(seed)
    persons = draw_persons(world, clients, rng)
    courses = draw_courses(world, persons, rng)
    latents = {"client": courses.latent}
    if world.second_rater:
        latents["therapist"] = second_rater(world, persons, courses, rng)
    return Study(
        world=world,
        persons=persons,
        courses=courses,
        sheets=tuple(
            _fill_in(world, rater, persons, courses, latent, rng)
            for rater, latent in latents.items()
        ),
        latents=tuple(latents.values()),
        symptoms=draw_symptoms(world, courses, rng),
        report_seed=int(rng.integers(2**63)),
    )


def second_rater(
    world: World, persons: Persons, courses: Courses, rng: np.random.Generator
) -> Floats:
    """Draw the therapist's latent view of the same sessions, clients x sessions.

    Trait, slope and state agree with the client's to the world's `rater_agreement`; of dip
    and gain the share `rupture_seen` shows.
    """
    # Drawn after the client's course, which therefore does not depend on the second rater.
    trait, bend = rng.standard_normal((2, len(persons.trait)))
    # A person of the same plan and volatility whose view is independent of the client's.
    stranger = replace(
        persons,
        trait=world.trait_sd * trait,
        slope=world.growth + world.slope_sd * bend,
    )
    grown = expected_levels(world, persons, courses.calm.shape[1])
    own = calm_levels(world, stranger, rng) - grown
    calm = correlated(courses.calm - grown, own, world.rater_agreement)
    seen = world.rupture_seen * (courses.gain - courses.dip + courses.lift)
    return world.rater_shift + grown + calm + seen


def _fill_in(
    world: World,
    rater: str,
    persons: Persons,
    courses: Courses,
    latent: Floats,
    rng: np.random.Generator,
) -> Sheets:
    filled = rng.random(latent.shape) >= persons.missing[:, None]
    # Sessions 1, 1 + k, 1 + 2k ... where every k-th is rated.
    filled &= np.arange(latent.shape[1]) % world.rated_every == 0
    client, at = np.nonzero(courses.took_place & filled)
    volatility = persons.volatility[client] * settling(world, at + 1)
    answers = draw_answers(world, latent[client, at], volatility, rng)
    if world.constant_clients:
        answers = _with_constant_clients(world, client, answers, rng)
    return Sheets(
        rater=rater,
        client=client,
        session=at + 1,
        answers=answers,
        total=scale_scores(world, answers, range(1, answers.shape[1] + 1)),
    )


def _with_constant_clients(
    world: World, client: Ints, answers: Floats, rng: np.random.Generator
) -> Floats:
    """Return the answers with some clients who repeat their first questionnaire every time."""
    constant = rng.random(int(client.max(initial=0)) + 1) < world.constant_clients
    # Rows are sorted by client, so this is each client's first questionnaire.
    first = np.searchsorted(client, client)
    return np.where(constant[client][:, None], answers[first], answers)


LOWEST, HIGHEST = 0, 27


def draw_symptoms(world: World, courses: Courses, rng: np.random.Generator) -> Floats:
    """Draw symptom totals, clients x sessions: whole numbers from 0 to 27, as of the PHQ-9."""
    clients, longest = courses.calm.shape
    start = world.symptom_start + world.symptom_start_sd * rng.standard_normal((clients, 1))
    log_session = np.log(np.arange(1, longest + 1))
    closeness = (courses.latent - world.growth * log_session) / world.unit
    level = start + world.symptom_change * log_session + world.symptom_link * closeness
    level = level + world.symptom_repair * courses.repairs
    noisy = level + world.symptom_noise_sd * rng.standard_normal(level.shape)
    return np.clip(np.rint(noisy), LOWEST, HIGHEST)
