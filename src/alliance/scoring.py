"""Scoring: answers to items become the scores of an instrument's scales."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names
from alliance.instruments import Instrument, load
from alliance.tables import RESPONSES, scale_columns, tidy

_REPORTED = "reported_"


def score(
    responses: pd.DataFrame,
    instrument: str | Instrument | None = None,
    *,
    metric: str | None = None,
    needed_share: float | None = None,
) -> pd.DataFrame:
    """Score questionnaires: one row of scale scores for each filled-in form.

    Parameters
    ----------
    responses : DataFrame
        Table RESPONSES: client, session, rater, instrument and the answers as ticked on the
        form, ``item_1`` ... ``item_n`` (NaN where unanswered). Reversed items are reversed
        here, never before.
    instrument : str or Instrument, optional
        Name, key file or instrument. Needed only if the column ``instrument`` is missing.
    metric : {"mean", "sum"}, optional
        Item means or sums. By default what the instrument's authors use; the column
        ``metric`` of the result says which it is.
    needed_share : float, optional
        Share of a scale's items that must be answered, above 0 up to 1. By default the
        instrument's own rule, see ``load(name).missing_rule_from``.

    Returns
    -------
    DataFrame
        Table SESSIONS, rows in the order of `responses`: client, session, rater, instrument,
        metric, one column for each scale, ``answered`` (items answered), ``prorated`` (scales
        scored although answers were missing), ``set_aside`` (scales not scored and why), and
        any further columns of `responses`. No row is dropped: what could not be scored is NaN.

    Raises
    ------
    AllianceError
        If the instrument is unknown or item columns are missing.
    DataError
        If answers lie outside the instrument's range, or a row is not unique.

    Notes
    -----
    A reversed answer is minimum + maximum - answer. A scale with unanswered items is the mean
    of its answered ones (times the number of items for a sum), if enough are answered. For the
    alliance measures this rule is ours: no published one was found.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = {f"item_{i}": [4] for i in range(1, 13)} | {"item_3": [None]}
    >>> form = pd.DataFrame({"client": ["007"], "session": [1], "rater": ["client"], **answers})
    >>> score(form, "wai-sr")[["total", "task", "bond", "answered", "prorated", "set_aside"]]
       total  task  bond  answered prorated                        set_aside
    0    4.0   4.0   NaN        11    total  bond: 3 of 4 answered, 4 needed
    """
    responses = _with_instrument(responses, instrument)
    tidy(responses, RESPONSES, sort=False)
    names = responses["instrument"].unique()
    if not len(names):
        raise AllianceError("There are no questionnaires to score: the responses table is empty.")
    parts = [
        _score_one(
            responses if len(names) == 1 else responses[responses["instrument"] == name],
            load(instrument if instrument is not None else name),
            metric,
            needed_share,
        )
        for name in names
    ]
    return parts[0] if len(parts) == 1 else pd.concat(parts).sort_index(ignore_index=True)


def score_counts(sessions: pd.DataFrame) -> pd.DataFrame:
    """Count the questionnaires that came in, were scored and were set aside.

    Parameters
    ----------
    sessions : DataFrame
        What `score` or `read_scores` returned.

    Returns
    -------
    DataFrame
        One row for each instrument and rater: ``came_in``, ``scored`` (every scale), of these
        ``prorated``; ``partly`` (some scales), ``set_aside`` (no scale) and ``reasons``.
    """
    if "set_aside" not in sessions.columns:
        sessions = _ready_made(sessions)
    columns = list(sessions.columns)
    scales = columns[columns.index("metric") + 1 : columns.index("answered")]
    whole, nothing = sessions["set_aside"].eq(""), sessions[scales].isna().all(axis=1)
    marks = sessions[["instrument", "rater"]].assign(
        came_in=True,
        scored=whole,
        prorated=whole & sessions["prorated"].ne(""),
        partly=~whole & ~nothing,
        set_aside=nothing,
    )
    groups = marks.groupby(["instrument", "rater"], sort=True)
    counts = groups.sum().astype(int)
    counts["reasons"] = (
        sessions["set_aside"].groupby([sessions["instrument"], sessions["rater"]]).agg(_reasons)
    )
    return counts.reset_index()


def _ready_made(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return ready-made scores with the columns that counting asks for."""
    scales = scale_columns(sessions)
    absent = sessions[scales].isna()
    which = sessions["instrument"] if "instrument" in sessions.columns else "ready-made scores"
    counted = sessions[["rater"]].assign(instrument=which, metric="")
    return counted.join(sessions[scales]).assign(
        answered=0,
        prorated="",
        set_aside=np.where(absent.any(axis=1), "no score in the file", ""),
    )


def compare_totals(
    responses: pd.DataFrame, sessions: pd.DataFrame, instrument: str | Instrument | None = None
) -> list[Problem]:
    """Compare scores that stood in the export with those computed from its items.

    Only complete scales are compared, in whichever metric (sum or item mean) fits more rows.

    Parameters
    ----------
    responses : DataFrame
        Table RESPONSES with columns ``reported_<scale>`` as `alliance.read` leaves them.
    sessions : DataFrame
        What `score` made of it, rows in the same order.
    instrument : str or Instrument, optional
        Needed for a key of the user's own; otherwise the column ``instrument`` is used.

    Returns
    -------
    list of Problem
        One for each scale that differs somewhere; the computed scores stand.
    """
    problems = []
    for name, forms in responses.groupby("instrument", sort=False):
        key = load(name if instrument is None else instrument)
        for scale in key.scales:
            if f"{_REPORTED}{scale}" in forms.columns:
                problems += _compare_scale(forms, sessions.loc[forms.index], key, scale)
    return problems


def _with_instrument(responses: pd.DataFrame, instrument) -> pd.DataFrame:
    if instrument is None and "instrument" not in responses.columns:
        raise AllianceError(
            "The responses do not say which questionnaire they are.\n"
            "To fix: name it, e.g. score(responses, instrument='wai-sr')."
        )
    responses = responses.reset_index(drop=True)
    if instrument is not None:
        key = load(instrument).key
        others = set(responses.get("instrument", pd.Series([key])).dropna()) - {key}
        if others:
            raise AllianceError(
                f"The responses hold {join_names(sorted(others))}, not {key}.\n"
                "To fix: leave the instrument out to score each form by its own key, "
                "or choose the rows first."
            )
        responses["instrument"] = key
    return responses


def _score_one(
    forms: pd.DataFrame, instrument: Instrument, metric: str | None, needed_share: float | None
) -> pd.DataFrame:
    instrument = _with_choices(instrument, metric, needed_share)
    _refuse_wrong_answers(forms, instrument)
    added, counted, answered = _add_up(forms, instrument)
    order = ["total", *[scale for scale in instrument.scales if scale != "total"]]
    scores = {
        scale: _scale_scores(added[scale], counted[scale], instrument, scale) for scale in order
    }
    prorated, set_aside = _notes(counted, answered, instrument)
    company = [
        name
        for name in forms.columns
        if name not in RESPONSES.key
        and name not in instrument.item_columns
        and not name.startswith((_REPORTED, "item_"))
    ]
    return pd.DataFrame(
        {
            **{name: forms[name] for name in RESPONSES.key},
            "metric": pd.array([instrument.metric], dtype="str").take(np.zeros(len(forms), int)),
            **scores,
            "answered": answered,
            "prorated": prorated,
            "set_aside": set_aside,
            **{name: forms[name] for name in company},
        },
        index=forms.index,
    )


def _with_choices(instrument: Instrument, metric: str | None, needed_share: float | None):
    if instrument.totals_only:
        raise AllianceError(
            f"{instrument.name} is not scored from its items here: {instrument.checked}\n"
            "To fix: read its ready-made totals with read_scores(), or supply a key file."
        )
    values = {name: getattr(instrument, name) for name in instrument.__dataclass_fields__}
    if metric is not None:
        values["metric"] = metric
    if needed_share is not None:
        values["needed_share"] = needed_share
    return Instrument(**values)


def _refuse_wrong_answers(forms: pd.DataFrame, instrument: Instrument) -> None:
    missing = [name for name in instrument.item_columns if name not in forms.columns]
    if missing:
        raise AllianceError(
            f"{instrument.key} has {instrument.items} items, but the responses lack "
            f"{join_names(missing)}.\nTo fix: name the items item_1 to item_{instrument.items}, "
            "or read the export with alliance.read()."
        )
    wrong = []
    for item, name in enumerate(instrument.item_columns, start=1):
        answers = _answers(forms, name)
        outside = (answers < instrument.minimum) | (answers > instrument.maximum)
        if instrument.whole_numbers:
            outside |= (answers != np.floor(answers)) & ~np.isnan(answers)
        if outside.any():
            rows = forms.loc[outside, ["client", "session", "rater"]]
            wrong.append(rows.assign(item=item, answer=answers[outside]))
    if wrong:
        kind = "whole numbers" if instrument.whole_numbers else "numbers"
        problem = Problem(
            kind="out of range",
            what=f"Answers to {instrument.key} must be {kind} from "
            f"{instrument.minimum:g} to {instrument.maximum:g}",
            fix="correct the answers, or set codes for missing answers to NaN.",
            rows=pd.concat(wrong).sort_index(kind="stable"),
        )
        raise DataError([problem])


def _answers(forms: pd.DataFrame, name: str) -> np.ndarray:
    return forms[name].to_numpy(dtype=float, na_value=np.nan)


def _add_up(forms: pd.DataFrame, instrument: Instrument):
    """Return for each scale the sum of the keyed answers and their number, and the number of all.

    Item by item: a million forms need no matrix, and a form's sum is the same to the last digit
    whatever forms stand beside it.
    """
    added = {scale: np.zeros(len(forms)) for scale in instrument.scales}
    counted = {scale: np.zeros(len(forms), dtype=np.int16) for scale in instrument.scales}
    answered = np.zeros(len(forms), dtype=np.int16)
    for item, name in enumerate(instrument.item_columns, start=1):
        answers = _answers(forms, name)
        if item in instrument.reversed_items:
            answers = instrument.minimum + instrument.maximum - answers
        given = ~np.isnan(answers)
        answered += given
        answers = np.where(given, answers, 0.0)
        for scale, items in instrument.scales.items():
            if item in items:
                added[scale] += answers
                counted[scale] += given
    return added, counted, answered.astype(np.int64)


def _scale_scores(added, counted, instrument: Instrument, scale: str) -> np.ndarray:
    size = len(instrument.scales[scale])
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = added / counted
    if instrument.metric == "sum":
        scores = np.where(counted == size, added, scores * size)
    scores[counted < instrument.needed(scale)] = np.nan
    return scores


def _notes(counted: dict[str, np.ndarray], answered: np.ndarray, instrument: Instrument):
    """Return for each form which scales were prorated, and which not scored and why."""
    incomplete = np.nonzero(answered < instrument.items)[0]
    counts = [counted[scale][incomplete] for scale in instrument.scales]
    # Forms with the same counts have the same notes: there are few of these.
    shape = [instrument.items + 1] * len(counts)
    patterns, which = np.unique(np.ravel_multi_index(counts, shape), return_inverse=True)
    places = np.zeros(len(answered), dtype=np.int64)
    places[incomplete] = which + 1
    notes = [
        _note(each, instrument) for each in zip(*np.unravel_index(patterns, shape), strict=True)
    ]
    prorated, set_aside = zip(("", ""), *notes, strict=True)
    return tuple(pd.array(texts, dtype="str").take(places) for texts in (prorated, set_aside))


def _note(counts: tuple[int, ...], instrument: Instrument) -> tuple[str, str]:
    prorated, missed = [], []
    for (scale, items), count in zip(instrument.scales.items(), counts, strict=True):
        size, needed = len(items), instrument.needed(scale)
        if needed <= count < size:
            prorated.append(scale)
        elif count < needed:
            missed.append(f"{scale}: {count} of {size} answered, {needed} needed")
    return ", ".join(prorated), "; ".join(missed)


def _reasons(texts: pd.Series) -> str:
    reasons = texts[texts.ne("")].str.split("; ").explode()
    return "; ".join(f"{reason} ({count})" for reason, count in reasons.value_counts().items())


def _compare_scale(forms, sessions, instrument: Instrument, scale: str) -> list[Problem]:
    size = len(instrument.scales[scale])
    items = [f"item_{item}" for item in instrument.scales[scale]]
    usable = forms[items].notna().all(axis=1) & forms[f"{_REPORTED}{scale}"].notna()
    as_sum = sessions[scale] * (size if sessions["metric"].iloc[0] == "mean" else 1)
    reported = forms[f"{_REPORTED}{scale}"].astype(float)
    # A mean written to two decimals may be off by .005; a sum of decimals by float error only.
    candidates = {"sum": (as_sum, 1e-6), "item mean": (as_sum / size, 0.00501)}
    differs = {
        name: usable & (reported - computed).abs().gt(slack)
        for name, (computed, slack) in candidates.items()
    }
    metric = min(differs, key=lambda name: differs[name].sum())
    wrong = differs[metric]
    if not wrong.any():
        return []
    rows = forms.loc[wrong, ["client", "session", "rater"]].assign(
        reported=reported[wrong], computed=candidates[metric][0][wrong]
    )
    if "row" in forms.columns:
        rows = rows.set_index(forms.loc[wrong, "row"])
    return [
        Problem(
            kind="totals differ",
            what=f"The {scale} score in the file is not the {metric} of its items in "
            f"{wrong.sum()} of {usable.sum()} complete questionnaires",
            fix="nothing, if the items are right: the scores are computed from the items. If they "
            "differ in many rows, the file's scores were made with another key.",
            rows=rows,
            serious=False,
        )
    ]
