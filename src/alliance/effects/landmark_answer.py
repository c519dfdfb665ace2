"""Do clients fare better after a rupture that was repaired? The comparison on tables."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.effects.gains import two_sided
from alliance.effects.landmark import NEVER, Comparison, FirstRuptures, Landmark, compare
from alliance.effects.landmark_result import GROUPS, LandmarkComparison, too_few
from alliance.effects.material import Material, gather
from alliance.effects.surrogates import SurrogateNull, surrogate_null
from alliance.effects.words import Words, in_words
from alliance.errors import AllianceError
from alliance.instruments import Instrument
from alliance.log import reports
from alliance.rules import Rule, load
from alliance.tables import as_text


def landmark_comparison(
    sessions: pd.DataFrame,
    *,
    log: pd.DataFrame | None = None,
    rule: Rule | str | None = None,
    landmark: int = 3,
    scale: str = "total",
    instrument: str | Instrument | None = None,
    rater: str | None = None,
    higher_is_better: bool = True,
    surrogates: int = 199,
    reliability: float = 0.9,
    confidence: float = 0.95,
    called: str | Words | None = None,
    rng: np.random.Generator | int = 0,
) -> LandmarkComparison:
    """Compare clients whose first rupture was repaired by a landmark with those whose was not.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table: client, session (from 1), rater and a column for the scale.
    log : DataFrame, optional
        A rupture log of one source, as for `repair_gain`; then it says where ruptures and repairs
        were.
    rule : Rule or str, optional
        What counts as a rupture and as its repair; the rule of design 4d if not given.
    landmark : int
        The landmark lies this many session numbers after the onset, 1 or more.
    scale, instrument, rater, higher_is_better
        As for `repair_gain`.
    surrogates : int
        How many studies without gain to compare with, 19 or more; not used with a log.
    reliability : float
        Of one session's score, 0-1, for the surrogates' model.
    confidence : float
        Level of the intervals, 0-1.
    called : str or Words, optional
        What the scores are, if they are not an alliance.
    rng : numpy Generator or int
        For the surrogates; the same seed gives the same result.

    Returns
    -------
    LandmarkComparison
        With fewer than 8 clients in either group a result that is not answered and says why.

    Raises
    ------
    AllianceError
        If the tables or the settings cannot be used.

    Notes
    -----
    Repaired against unrepaired over whole courses is a comparison of groups that are defined by
    the outcome. Here both groups are defined at the landmark and the outcome comes after it
    (Anderson, Cain & Gelber, 1983). That takes the immortal time out, not all of the
    circularity: an unrepaired rupture is one that is still low, and low scores carry over. How
    much of a difference that gives without any gain depends on the data, so a rule's ruptures
    are judged by surrogate studies only, which have the same sessions, ruptures that pass or
    stay, and no gain; the p of the regression is not given. In 13 null worlds (150 studies each)
    it rejects in .27 to .75, by surrogates in .03 to .11, the most where recovery is gradual
    (``calibration/landmark.csv``).

    Surrogates know nothing of drop-out that depends on the alliance. Where clients leave while
    a rupture lasts, those who remain differ less than the surrogates do, and the corrected
    difference leans towards the negative.

    Reports in a log do not depend on the chance ups and downs of the scores, so there is no
    selection for surrogates to reproduce, and the p of the regression keeps its level as a test of
    a difference. It is no test of a gain: ruptures that stay make the difference by staying.

    References
    ----------
    Anderson, J. R., Cain, K. C., & Gelber, R. D. (1983). Analysis of survival by tumor
    response. Journal of Clinical Oncology, 1, 710-719.
    https://doi.org/10.1200/JCO.1983.1.11.710

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=120, rng=3)
    >>> answer = landmark_comparison(study.sessions, surrogates=19)
    >>> answer.answered, answer.counts["clients"]
    (True, 120)
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    material = gather(
        sessions,
        scale=scale,
        instrument=instrument,
        rater=rater,
        higher_is_better=higher_is_better,
    )
    if not len(material.frame):
        raise AllianceError(f"No session has a score on {scale}: there is nothing to compare.")
    told, strangers, chosen = _ruptures(material, log, rule, landmark)
    found = compare(material.scores, chosen, told)
    null = None
    if log is None and np.isfinite(found.estimate[0]):
        null = surrogate_null(
            material,
            partial(compare, landmark=chosen),
            found,
            surrogates=surrogates,
            rng=rng,
            reliability=reliability,
        )
    return LandmarkComparison(
        landmark=chosen,
        difference=float(found.estimate[0]),
        standard_error=float(found.standard_error[0]),
        df=float(found.df[0]),
        p=_p(found, null),
        confidence=confidence,
        within_sd=material.within_sd,
        total_sd=material.total_sd,
        counts=_counts(material, found),
        clients=_clients(material, found),
        reports_set_aside=strangers,
        words=in_words(
            called, rater=material.rater, scale=scale, higher_is_better=higher_is_better
        ),
        surrogate=null,
        reason="" if np.isfinite(found.estimate[0]) else _reason(found),
    )


def _ruptures(
    material: Material, log: pd.DataFrame | None, rule: Rule | str | None, landmark: int
) -> tuple[FirstRuptures | None, int, Landmark]:
    if log is None:
        chosen = Landmark(sessions=landmark)
        if rule is not None:
            chosen = Landmark(rule=load(rule), sessions=landmark)
        return None, 0, chosen
    if rule is not None:
        raise AllianceError("With a rupture log there is no rule.\nTo fix: leave rule out.")
    return *reported_ruptures(log, material), Landmark(rule=None, sessions=landmark)


def reported_ruptures(log: pd.DataFrame, material: Material) -> tuple[FirstRuptures, int]:
    """Return each client's first reported rupture, and how many reports were of strangers."""
    told = reports(log.assign(client=as_text(log["client"])), material.frame)
    place = pd.Index(material.clients).get_indexer(told["client"])
    first = told[place >= 0].drop_duplicates("client")
    return FirstRuptures(
        judged=np.ones(len(material.clients), dtype=bool),
        course=pd.Index(material.clients).get_indexer(first["client"]),
        onset=first["onset"].to_numpy(),
        repaired=np.where(first["repaired"], first["end"], NEVER),
    ), int((place < 0).sum())


def _p(found: Comparison, null: SurrogateNull | None) -> float:
    if null is not None:
        return null.p
    return float(two_sided(found.estimate / found.standard_error, found.df)[0])


def _groups(found: Comparison) -> np.ndarray:
    """Return what each first rupture's client counts as, index into `GROUPS`."""
    before, after = np.isfinite(found.before), np.isfinite(found.after)
    return np.select(
        [~before, ~after & found.by_then, ~after, found.by_then, found.courses.repaired < NEVER],
        range(5),
        5,
    )


def _counts(material: Material, found: Comparison) -> dict[str, int]:
    judged, ruptured = found.courses.judged, len(found.courses.course)
    counts = np.bincount(_groups(found), minlength=len(GROUPS))
    return {
        "rows": material.rows,
        "unrated": material.unrated,
        "clients": len(judged),
        "not judged": int((~judged).sum()),
        "without rupture": int(judged.sum()) - ruptured,
        "with rupture": ruptured,
        **{name: int(count) for name, count in zip(GROUPS, counts, strict=True)},
    }


def _clients(material: Material, found: Comparison) -> pd.DataFrame:
    told = found.courses
    mended = pd.array(np.minimum(told.repaired, NEVER), dtype="Int64")
    mended[told.repaired >= NEVER] = pd.NA
    return pd.DataFrame(
        {
            "client": pd.array(material.clients[told.course], dtype="str"),
            "onset": told.onset,
            "repaired": mended,
            "group": pd.array(GROUPS, dtype="str").take(_groups(found)),
            "before": material.sign * found.before,
            "after": material.sign * found.after,
        }
    )


def _reason(found: Comparison) -> str:
    counts = int(found.repaired[0]), int(found.unrepaired[0])
    return too_few(*counts)
