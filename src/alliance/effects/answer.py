"""Does a repaired rupture leave the alliance stronger? The calibrated test on tables."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.course import Courses
from alliance.effects.designs import Design, designs
from alliance.effects.exposure import USED, Exposure, reported_exposure
from alliance.effects.gain_result import RepairGain, too_few
from alliance.effects.gains import FEWEST_EXPOSED, Gains, counted, estimate_gain
from alliance.effects.material import Material, gather
from alliance.effects.surrogates import surrogate_null
from alliance.effects.words import Words, in_words
from alliance.errors import AllianceError, join_names, suggest
from alliance.instruments import Instrument
from alliance.log import reports
from alliance.rules import Rule, load
from alliance.tables import as_text


def repair_gain(
    sessions: pd.DataFrame,
    *,
    items: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    design: str | Design = "auto",
    rule: Rule | str | None = None,
    scale: str = "total",
    instrument: str | Instrument | None = None,
    rater: str | None = None,
    higher_is_better: bool = True,
    settle: int | None = None,
    surrogates: int = 0,
    reliability: float = 0.9,
    confidence: float = 0.95,
    called: str | Words | None = None,
    rng: np.random.Generator | int = 0,
) -> RepairGain:
    """Estimate how much stronger the alliance is after each repaired rupture.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table: client, session (from 1), rater and a column for the scale.
    items : DataFrame, optional
        The responses table behind it. Then ruptures can be looked for in some of the items
        and the outcome taken from the others.
    log : DataFrame, optional
        A rupture log of one source: client, session, resolution, and tension if it also holds
        sessions without rupture. Then it says where ruptures and repairs were, and the scores
        are free to be the outcome.
    design : {"auto", "P1", "P2", "P3", "P4", "4d", "log"} or Design
        See `alliance.effects.designs`. ``auto``: the log if there is one, P3 with items, P4
        without.
    rule : Rule or str, optional
        What counts as a rupture and as its repair, instead of the design's own; only the
        designs' own rules were calibrated.
    scale : str
        Column with the scores, in points.
    instrument : str or Instrument, optional
        Which questionnaire, if the tables hold several.
    rater : str, optional
        Whose scores, if there are several raters.
    higher_is_better : bool
        False if low scores mean a good alliance; gains stay positive for the better.
    settle : int, optional
        Sessions after a repair in which the score may still settle; the design's own if not
        given: 2 after the end of a reported rupture, which then have a level of their own, and
        none with rules, which set the session of recovery aside in any case.
    surrogates : int
        How many studies without gain to compare with, 0 or 19 and more; 199 is usual.
    reliability : float
        Of one session's score, 0-1, for the surrogates' model.
    confidence : float
        Level of the intervals, 0-1.
    called : str or Words, optional
        What the scores are, if they are not an alliance, e.g. ``"daily contentment"``; with
        `alliance.effects.Words` also what the people and the occasions are called.
    rng : numpy Generator or int
        For the surrogates; the same seed gives the same result.

    Returns
    -------
    RepairGain
        With fewer than 8 exposed clients a result that is not answered and says why, so that
        its counts can still be read: NaN instead of an estimate, `answered` False.

    Raises
    ------
    AllianceError
        If the tables, the design or the settings cannot be used.

    Warns
    -----
    AllianceWarning
        From the surrogates' model, if there are few clients.

    Notes
    -----
    The score is regressed, within clients, on the number of repairs completed before the
    session. Sessions chosen for their scores are set aside: those of a rupture, the one it fell
    from and the one of recovery, because the first is low and the others are high by selection.
    Growth over log session may differ between kinds of clients, because those whose ruptures are
    repaired stay longer and may grow faster. Standard errors come from leaving out each client,
    because few clients carry the exposure.

    Every design but 4d keeps about 5 % false positives in all null worlds, and each answer says
    how often its design errs and what it finds (`alliance.effects.measured_rates`). With rules
    there is little power: the detection is the limit, not the regression. A rupture log of
    moderate quality is worth several times as many clients. The test assumes that a gain starts
    with the recovery, adds up and lasts; a gain spread over many sessions looks like growth.

    References
    ----------
    Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
    regression with multi-stage samples. Survey Methodology, 28, 169-181.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["A3d"], clients=120, rng=3)
    >>> answer = repair_gain(study.sessions, log=study.log)
    >>> answer.answered, answer.design.name, answer.frame["unit"].tolist()[:2]
    (True, 'log', ['points', 'within-person SD'])
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    chosen = choose_design(design, items=items, log=log, rule=rule, settle=settle)
    material = gather(
        sessions,
        scale=scale,
        instrument=instrument,
        rater=rater,
        higher_is_better=higher_is_better,
        items=items if chosen.parts else None,
        parts=chosen.parts,
    )
    if chosen.rule is None and surrogates:
        raise AllianceError(
            "Surrogates stand for ruptures found in the scores; a rupture log needs none.\n"
            "To fix: leave surrogates out."
        )
    if not len(material.frame):
        raise AllianceError(f"No session has a score on {scale}: there is nothing to test.")
    exposures, strangers = _reported(log, material, chosen)
    found = estimate_gain(material.scores, chosen, exposures)
    null = None
    if surrogates and np.isfinite(found.estimate[0]):
        null = surrogate_null(
            material,
            partial(estimate_gain, design=chosen),
            found,
            surrogates=surrogates,
            rng=rng,
            reliability=reliability,
        )
    return RepairGain(
        **numbers_of(material, found, chosen, confidence),
        reports_set_aside=strangers,
        scale=scale,
        rater=material.rater,
        words=in_words(
            called, rater=material.rater, scale=scale, higher_is_better=higher_is_better
        ),
        parts=material.parts,
        surrogate=null,
    )


def _reported(
    log: pd.DataFrame | None, material: Material, design: Design
) -> tuple[tuple[Exposure] | None, int]:
    """Return what a log tells, for designs that ask it, and how many reports were of strangers."""
    if design.rule is not None:
        return None, 0
    series = material.scores.series(material.scores.total)
    told, strangers = report_exposure(log, material, series, design.settle)
    return (told,), strangers


def choose_design(
    design: str | Design,
    *,
    items: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    rule: Rule | str | None = None,
    settle: int | None = None,
) -> Design:
    """Return the design that a call of `repair_gain` asks for.

    Raises
    ------
    AllianceError
        If there is no such design, or what it needs is missing.
    """
    if isinstance(design, Design):
        chosen = design
    else:
        name = design
        if name == "auto":
            name = "log" if log is not None else "P3" if items is not None else "P4"
        if name not in designs():
            known = ["auto", *designs()]
            raise AllianceError(
                f"There is no design '{name}'.{suggest(name, known)} Known: {join_names(known)}."
            )
        chosen = designs()[name]
    if chosen.rule is None and log is None:
        raise AllianceError(
            f"The design {chosen.name} takes ruptures from a log.\nTo fix: pass log=, or choose P4."
        )
    if chosen.rule is not None and log is not None:
        raise AllianceError(
            f"The design {chosen.name} looks for ruptures in the scores, but there is a log, too.\n"
            "To fix: choose design='log', or leave log out."
        )
    if chosen.parts and items is None:
        raise AllianceError(
            f"The design {chosen.name} needs the answers to the items.\n"
            "To fix: pass items=, the responses table, or choose P4."
        )
    if rule is not None:
        if chosen.rule is None:
            raise AllianceError("With a rupture log there is no rule.\nTo fix: leave rule out.")
        chosen = replace(chosen, rule=load(rule))
    return chosen if settle is None else replace(chosen, settle=settle)


def report_exposure(
    log: pd.DataFrame, material: Material, series: Courses, settle: int
) -> tuple[Exposure, int]:
    """Return what a log tells of each row of some series, and how many reports were of strangers.

    Parameters
    ----------
    log : DataFrame
    material : Material
        Whose rated sessions tell reports apart.
    series : Courses
        One for each client of `material`, in its order.
    settle : int
    """
    told = reports(log.assign(client=as_text(log["client"])), material.frame)
    place = pd.Index(material.clients).get_indexer(told["client"])
    known = told[place >= 0]
    exposure = reported_exposure(
        series,
        place[place >= 0],
        known["onset"].to_numpy(),
        known["end"].to_numpy(),
        known["repaired"].to_numpy(),
        settle=settle,
    )
    return exposure, int((place < 0).sum())


def numbers_of(material: Material, found: Gains, design: Design, confidence: float) -> dict:
    """Return what a `RepairGain` says in numbers of one study, by the name of its field."""
    return {
        "design": design,
        "estimate": float(found.estimate[0]),
        "standard_error": float(found.standard_error[0]),
        "df": float(found.df[0]),
        "p": float(found.p[0]),
        "confidence": confidence,
        "within_sd": material.within_sd,
        "total_sd": material.total_sd,
        "exposed": int(found.exposed[0]),
        "counts": _counts(material, found),
        "clients": _clients(material, found),
        "reason": _reason(found),
    }


def _counts(material: Material, found: Gains) -> dict[str, float]:
    owner = np.repeat(np.arange(len(material.clients)), np.diff(material.scores.offsets))
    everyone = np.ones(len(material.clients), dtype=bool)
    sides = [counted(told, owner, everyone) for told in found.exposures]
    means = {name: sum(side[name] for side in sides) / len(sides) for name in sides[0]}
    came_in = {
        "rows": material.rows,
        "unrated": material.unrated,
        "without_parts": material.without_parts,
    }
    return {name: float(count) for name, count in (came_in | means).items()}


def _clients(material: Material, found: Gains) -> pd.DataFrame:
    first = found.exposures[0]
    lengths = np.diff(material.scores.offsets)
    used = np.repeat(np.arange(len(lengths)), lengths)[first.role == USED]
    return pd.DataFrame(
        {
            "client": pd.array(material.clients, dtype="str"),
            "sessions": lengths,
            "used": np.bincount(used, minlength=len(lengths)),
            "repaired": first.counts[:, 0],
            "unrepaired": first.counts[:, 1],
            "open": first.counts[:, 2],
            "share": found.fit.shares,
            "without": found.fit.left_out,
        }
    )


def _reason(found: Gains) -> str:
    if np.isfinite(found.estimate[0]):
        return ""
    if found.exposed[0] < FEWEST_EXPOSED:
        return too_few(int(found.exposed[0]))
    return "the exposure cannot be told apart from growth in these sessions"
