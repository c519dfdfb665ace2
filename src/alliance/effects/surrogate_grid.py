"""The whole grid on surrogate studies without gain: in parallel, from seeds, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from alliance.effects.gains import Scores
from alliance.effects.material import Material
from alliance.effects.multiverse_cache import fingerprint, kept
from alliance.effects.multiverse_choices import Specification
from alliance.effects.multiverse_grid import Estimates, estimate_all, stacked
from alliance.effects.surrogates import FEWEST, draw_studies
from alliance.errors import AllianceError
from alliance.model import RaterModel, fit_pulses
from alliance.progress import track

# Surrogates that are run, and kept, together; fixed, so that the bytes do not depend on workers.
BLOCK = 10


def surrogate_grid(
    material: Material,
    specifications: Sequence[Specification],
    *,
    surrogates: int,
    seed: int,
    reliability: float,
    workers: int,
    keep: str | Path | None,
) -> Estimates:
    """Estimate every specification in surrogate studies with ruptures but no gain.

    Parameters
    ----------
    material : Material
    specifications : sequence of Specification
    surrogates : int
        How many studies, 19 or more.
    seed : int
        Surrogate number i is drawn from the seed (seed, i), whoever draws it.
    reliability : float
        Of one session's score, for the model.
    workers : int
        Processes.
    keep : path or None
        Folder for finished blocks.

    Raises
    ------
    AllianceError
        If there are too few surrogates or clients, or the folder cannot be written.
    """
    if surrogates < FEWEST:
        raise AllianceError(f"Give {FEWEST} surrogates or more (99 is usual), not {surrogates}.")
    from joblib import Parallel, delayed

    model = fit_pulses(
        material.frame.assign(rater=material.rater),
        scale="score",
        reliability=reliability,
        higher_is_better=material.sign > 0,
    ).raters[0]
    settings = fingerprint(material.scores, specifications, seed, reliability, BLOCK)
    folder = None if keep is None else Path(keep)
    jobs = [
        (start, min(start + BLOCK, surrogates), seed, settings, folder)
        for start in range(0, surrogates, BLOCK)
    ]
    done = Parallel(n_jobs=workers, return_as="generator")(
        delayed(block)(material, model, specifications, *job) for job in jobs
    )
    return stacked(list(track(done, total=len(jobs), label="surrogate studies")))


def block(
    material: Material,
    model: RaterModel,
    specifications: Sequence[Specification],
    start: int,
    stop: int,
    seed: int,
    settings: str,
    folder: Path | None,
) -> Estimates:
    """Return the estimates in surrogates `start` to before `stop`, from the folder if kept."""

    def work() -> Estimates:
        studies = [
            study
            for number in range(start, stop)
            for study in draw_studies(material, model, 1, rng=np.random.default_rng([seed, number]))
        ]
        return estimate_all(side_by_side(studies), specifications)

    return work() if folder is None else kept(folder, settings, start, stop, work)


def side_by_side(studies: Sequence[Scores]) -> Scores:
    """Return several studies as one array of courses, each with its study's number."""
    rows = np.cumsum([0, *(len(study.sessions) for study in studies)])
    ends = [study.offsets[1:] + before for study, before in zip(studies, rows[:-1], strict=True)]
    return Scores(
        sessions=np.concatenate([study.sessions for study in studies]),
        offsets=np.concatenate([[0], *ends]),
        total=np.concatenate([study.total for study in studies]),
        parts=None
        if studies[0].parts is None
        else np.concatenate([study.parts for study in studies]),
        sizes=studies[0].sizes,
        study=np.repeat(np.arange(len(studies)), [len(study.offsets) - 1 for study in studies]),
    )
