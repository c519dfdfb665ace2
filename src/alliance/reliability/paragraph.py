"""Reliability as a paper reports it: the paragraph in words, and the table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from alliance.reliability.result import Reliability
    from alliance.results import PublicationTable

ROWS = {
    "first": (
        "the first complete form of each client (one form each, because sessions of the same "
        "client are not independent)"
    ),
    "all": (
        "all complete forms (sessions of the same client are not independent: alpha then mixes "
        "differences between clients with changes within them, and its interval is too narrow)"
    ),
}
_METRIC = {"mean": "item mean", "sum": "sum of items", "scaled": "scaled score"}


def paragraph(found: Reliability) -> str:
    """Return the sentences that report a `Reliability`, rounded, with every choice named."""
    if not found.instrument:
        return " ".join(_of_scores(found))
    sentences = [
        f"{found.name}. Alpha, omega and item statistics come from {ROWS[found.sessions]}."
    ]
    for rater, rows in found.frame.groupby("rater", sort=False):
        sentences += _rater(found, rater, rows.set_index("scale"))
    sentences += _agreement(found.agreement)
    if found.frame["reliable_change"].notna().any():
        sentences.append(
            "Reliable change was computed with Cronbach's alpha as the reliability coefficient; "
            "alpha gives smaller thresholds than a retest coefficient."
        )
    return " ".join(sentences)


def paper_table(found: Reliability, number: int | None) -> PublicationTable:
    """Return the table of `Reliability.to_table`."""
    from alliance import results

    frame = found.frame
    level = f"{100 * found.confidence:g}% CI"
    who = [results.words("Rater", frame["rater"])] if frame["rater"].nunique() > 1 else []
    bounds = (frame["alpha_lower"].clip(lower=-1), frame["alpha_upper"])
    return results.PublicationTable(
        number=number,
        title=f"Reliability of the {found.instrument.upper() or 'ready-made scores'}",
        columns=(
            *who,
            results.words("Scale", frame["scale"]),
            results.counts("Items", frame["items"]),
            results.counts("n", frame["rows"]),
            results.numbers("M", frame["first_mean"]).under("First form"),
            results.numbers("SD", frame["first_sd"]).under("First form"),
            results.coefficients("α", frame["alpha"].clip(lower=-1)).under("One form"),
            results.intervals(level, *bounds, results.bounded).under("One form"),
            results.coefficients("ω", frame["omega"]).under("One form"),
            results.coefficients("Within", frame["within_person"]).under("Over sessions"),
            results.coefficients("Between", frame["between_person"]).under("Over sessions"),
            results.numbers("SEM", frame["sem"]).under("Points"),
            results.numbers("RC", frame["reliable_change"]).under("Points"),
        ),
        general=_general(found),
        specific=tuple(frame["note"].fillna("")),
    )


def _general(found: Reliability) -> str:
    if not found.instrument:
        return " ".join(_of_scores(found))
    aside = " ".join(
        f"{rater.capitalize()} form: {_count(row['forms'], 'form')} of "
        f"{_count(row['clients'], 'client')} came in, {row['incomplete']} incomplete and set aside."
        for rater, row in found.frame[found.frame["scale"] == "total"].set_index("rater").iterrows()
    )
    return (
        f"{found.name}. {aside} Alpha and omega (total) rest on {ROWS[found.sessions]}; n is their "
        f"number. Scores are {'item means' if found.metric == 'mean' else 'sums of items'}. "
        "Within: reliability of change within clients, R_C; between: that of a client's mean "
        "over sessions, R_KR (Cranford et al., 2006). SEM: standard error of measurement; RC: "
        f"reliable change at {100 * found.confidence:g}%, both from alpha and the SD of first "
        "forms (Jacobson & Truax, 1991)."
    )


def _rater(found: Reliability, rater: str, rows: pd.DataFrame) -> list[str]:
    total = rows.loc["total"]
    sentences = [
        f"{rater.capitalize()} form ({_count(total['forms'], 'form')} of "
        f"{_count(total['clients'], 'client')}, {total['incomplete']} incomplete and set aside):"
    ]
    sentences[0] += " " + _alpha(found, rows)
    if not math.isnan(total["within_person"]):
        sentences.append(
            f"Over sessions, the reliability of change within clients was R_C = "
            f"{_plain(total['within_person'])} and that of a client's mean over "
            f"{total['sessions_averaged']:.1f} sessions R_KR = {_plain(total['between_person'])} "
            "(Cranford et al., 2006; variance components by REML)."
        )
    if not math.isnan(total["reliable_change"]):
        sentences.append(_change(found, total))
    noted = rows.loc[rows["note"] != "", "note"]
    if len(noted):
        sentences.append(
            "Note: " + "; ".join(f"{scale}: {note}" for scale, note in noted.items()) + "."
        )
    return sentences


def _alpha(found: Reliability, rows: pd.DataFrame) -> str:
    total = rows.loc["total"]
    if math.isnan(total["alpha"]):
        return "alpha of the total is undefined."
    omega = (
        "" if math.isnan(total["omega"]) else f", McDonald's omega total {_plain(total['omega'])}"
    )
    subscales = [f"{scale} {_plain(alpha)}" for scale, alpha in rows["alpha"].drop("total").items()]
    return (
        f"Cronbach's alpha of the total ({total['items']} items) was {_plain(total['alpha'])} "
        f"({100 * found.confidence:g}% CI {_plain(total['alpha_lower'])} to "
        f"{_plain(total['alpha_upper'])}, n = {total['rows']}){omega}"
        + (f"; alpha of the subscales: {', '.join(subscales)}." if subscales else ".")
    )


def _change(found: Reliability, total: pd.Series) -> str:
    return (
        f"With the SD of first forms, {total['first_sd']:.2f} ({_METRIC[found.metric]}), and "
        f"alpha {_plain(total['alpha'])}, the standard error of measurement was "
        f"{total['sem']:.2f}, and a change of more than {total['reliable_change']:.2f} is "
        f"reliable ({100 * found.confidence:g}%; Jacobson & Truax, 1991)."
    )


def _of_scores(found: Reliability) -> list[str]:
    sentences = [
        "Ready-made scores: how well the items agree (alpha, omega), the reliability of change and "
        "reliable change cannot be judged without the answers to the items."
    ]
    for row in found.frame.to_dict("records"):
        sentences.append(
            f"{row['scale'].capitalize()} rated by the {row['rater']}: "
            f"{_count(row['forms'] - row['incomplete'], 'score')} of "
            f"{_count(row['clients'], 'client')}, first sessions "
            f"M = {row['first_mean']:.2f}, SD = {row['first_sd']:.2f}."
        )
        sentences += _session_to_session(found.agreement, row)
    for scale in found.frame["scale"].unique():
        sentences += _agreement(found.agreement, scale)
    return sentences


def _session_to_session(agreement: pd.DataFrame, row: dict) -> list[str]:
    chosen = agreement[(agreement["type"] == "ICC(A,1)") & (agreement["scale"] == row["scale"])]
    chosen = chosen[(chosen["question"] == "session to session") & chosen["icc"].notna()]
    return [
        f"The first two sessions of a client agreed to ICC(A,1) = {_plain(found['icc'])} (95% CI "
        f"{_plain(found['ci95_lower'])} to {_plain(found['ci95_upper'])}, "
        f"n = {found['targets']})."
        for _, found in chosen[chosen["rater"] == row["rater"]].iterrows()
    ]


def _agreement(agreement: pd.DataFrame, scale: str = "total") -> list[str]:
    chosen = agreement[(agreement["type"] == "ICC(A,1)") & (agreement["scale"] == scale)]
    chosen = chosen[(chosen["question"] == "raters agree") & chosen["icc"].notna()]
    return [
        f"Agreement of {row['rater']} on the {scale}, at the first session both rated, was "
        f"ICC(A,1) = {_plain(row['icc'])} (95% CI {_plain(row['ci95_lower'])} to "
        f"{_plain(row['ci95_upper'])}, n = {row['targets']})."
        for _, row in chosen.iterrows()
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _plain(value: float) -> str:
    """Two decimals without a leading zero, as coefficients are printed."""
    if math.isnan(value):
        return "undefined"
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
