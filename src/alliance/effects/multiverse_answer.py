"""The question asked in every defensible way, and all answers judged together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from alliance.checks import check_integer, check_number
from alliance.effects.material import Material, gather
from alliance.effects.multiverse_choices import Choices, chosen
from alliance.effects.multiverse_grid import estimate_all
from alliance.effects.specification_curve import SpecificationCurve
from alliance.effects.surrogate_grid import surrogate_grid
from alliance.errors import AllianceError
from alliance.instruments import Instrument


def multiverse(
    sessions: pd.DataFrame,
    *,
    items: pd.DataFrame | None = None,
    choices: str | Choices = "small",
    scale: str = "total",
    instrument: str | Instrument | None = None,
    rater: str | None = None,
    higher_is_better: bool = True,
    surrogates: int = 99,
    reliability: float = 0.9,
    confidence: float = 0.95,
    rng: np.random.Generator | int = 0,
    workers: int = 1,
    keep: str | Path | None = None,
) -> SpecificationCurve:
    """Ask by every combination of choices how much stronger repair leaves the alliance.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table: client, session (from 1), rater and a column for the scale.
    items : DataFrame, optional
        The responses table behind it, for specifications that use halves of the items; without
        it these are left out. With it every specification uses the sessions that have a score
        on both halves.
    choices : {"small", "full"} or Choices
        See `alliance.effects.multiverse_choices`.
    scale, instrument, rater, higher_is_better
        As in `alliance.repair_gain`.
    surrogates : int
        How many studies with ruptures but no gain to compare with: 0, or 19 and more. Without
        them there is no joint p.
    reliability : float
        Of one session's score, 0-1, for the surrogates' model.
    confidence : float
        Level of each specification's interval, 0-1.
    rng : numpy Generator or int
        For the surrogates; the same seed gives the same result whatever the number of workers.
    workers : int
        Processes that share the surrogates.
    keep : path, optional
        Folder in which finished blocks of surrogates are kept: a run that was stopped goes on
        where it was. Blocks of other data, choices or seeds are never used.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    AllianceError
        If the tables, the choices or the settings cannot be used.

    Warns
    -----
    AllianceWarning
        From the surrogates' model, if there are few clients.

    Notes
    -----
    Every specification is a within-client regression on the number of repairs completed before
    the session, with standard errors from leaving out each client, as in `repair_gain`. One
    that reaches .05 means nothing: in studies without any gain most grids hold some. What can
    be judged is the whole curve, against the curves of surrogate studies that have the same
    sessions, and ruptures and repairs as in the fitted model, but no gain. The joint p is that
    of the median t; the share of significant specifications stands beside it. Its error in
    worlds without gain and its power are in ``calibration/multiverse.csv``.

    References
    ----------
    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour, 4, 1208-1214. https://doi.org/10.1038/s41562-020-0912-z

    Steegen, S., Tuerlinckx, F., Gelman, A., & Vanpaemel, W. (2016). Increasing transparency
    through a multiverse analysis. Perspectives on Psychological Science, 11, 702-712.
    https://doi.org/10.1177/1745691616658637

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["A3d"], clients=80, rng=3)
    >>> curve = multiverse(study.sessions, surrogates=19)
    >>> len(curve.frame), curve.joint["statistic"].tolist()
    (24, ['median t', 'share significant'])
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    check_integer(workers, "workers", 1)
    options = chosen(choices)
    if items is None:
        options = options.without_items()
    material = gather(
        sessions,
        scale=scale,
        instrument=instrument,
        rater=rater,
        higher_is_better=higher_is_better,
        items=items if True in options.halves else None,
        parts=2,
    )
    if not len(material.frame):
        raise AllianceError(f"No session has a score on {scale}: there is nothing to test.")
    specifications = options.specifications()
    found = estimate_all(material.scores, specifications)
    null = None
    if surrogates and found.answered.any():
        null = surrogate_grid(
            material,
            specifications,
            surrogates=surrogates,
            seed=_seed(rng),
            reliability=reliability,
            workers=workers,
            keep=keep,
        )
    return SpecificationCurve(
        choices=options,
        specifications=specifications,
        found=found,
        surrogates=null,
        confidence=confidence,
        total_sd=material.total_sd,
        scale=scale,
        rater=material.rater,
        counts=_counts(material),
    )


def _seed(rng: np.random.Generator | int) -> int:
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**62))
    check_integer(rng, "rng", 0)
    return rng


def _counts(material: Material) -> dict[str, int]:
    return {
        "rows": material.rows,
        "unrated": material.unrated,
        "without_parts": material.without_parts,
        "sessions": len(material.frame),
        "clients": len(material.clients),
    }
