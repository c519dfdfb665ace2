"""Scoring: answers to items become the scores of an instrument's scales."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, DataError, Problem, join_names
from alliance.instruments import Instrument, called_in, load
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
    metric : {"mean", "sum", "scaled"}, optional
        Item means, sums, or the authors' multiple of one of them (ten times the mean for the
        CORE-OM). By default what the instrument's authors use; the column ``metric`` of the
        result says which it is.
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
    alliance measures this rule is ours: no published one was found. An item that need not apply
    (work, in the WSAS) is not missing when it is left out, and nothing is prorated for it.

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

    `responses`: Table RESPONSES with columns ``reported_<scale>`` as `alliance.read` leaves them.
    `sessions`: what `score` made of it, rows in the same order. `instrument`: needed for a key of
    the user's own; otherwise the column ``instrument`` is used. Returns one for each scale that
    differs somewhere; the computed scores stand.
    """
    problems = []
    for name, forms in responses.groupby("instrument", sort=False):
        key = load(name if instrument is None else instrument)
        for scale in key.scales:
            if f"{_REPORTED}{scale}" in forms.columns:
                problems += _compare_scale(forms, sessions.loc[forms.index], key, scale)
    return problems


def _with_instrument(responses: pd.DataFrame, instrument: str | Instrument | None) -> pd.DataFrame:
    if instrument is None and "instrument" not in responses.columns:
        raise AllianceError(
            "The responses do not say which questionnaire they are.\n"
            "To fix: name it, e.g. score(responses, instrument='wai-sr')."
        )
    responses = responses.reset_index(drop=True)
    if instrument is not None:
        key = load(instrument).called
        there = responses.get("instrument", pd.Series([key])).dropna().unique()
        others = set(there) - {called_in(there, instrument)}
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
    sums = _add_up(forms, instrument)
    scores = {scale: _scale_scores(sums, instrument, scale) for scale in instrument.scale_order}
    prorated, set_aside = _notes(sums, instrument)
    head = [name for name in RESPONSES.key if name in forms.columns and name != "moment"]
    company = [
        name
        for name in forms.columns
        if name not in head
        and name not in instrument.item_columns
        and not name.startswith((_REPORTED, "item_"))
    ]
    return pd.DataFrame(
        {
            **{name: forms[name] for name in head},
            "metric": instrument.metric,
            **scores,
            "answered": sums.answered.astype(np.int64),
            "prorated": prorated,
            "set_aside": set_aside,
            **{name: forms[name] for name in company},
        },
        index=forms.index,
    )


def _with_choices(
    instrument: Instrument, metric: str | None, needed_share: float | None
) -> Instrument:
    if instrument.totals_only:
        raise AllianceError(
            f"{instrument.name} is not scored from its items here: {instrument.checked}\n"
            "To fix: read its ready-made totals with read_scores(), or supply a key file."
        )
    return replace(
        instrument,
        metric=instrument.metric if metric is None else metric,
        needed_share=instrument.needed_share if needed_share is None else needed_share,
    )


def _refuse_wrong_answers(forms: pd.DataFrame, instrument: Instrument) -> None:
    missing = [
        name
        for item, name in enumerate(instrument.item_columns, start=1)
        if name not in forms.columns and item not in instrument.optional_items
    ]
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
    if name not in forms.columns:  # an item that need not apply, and was asked of nobody
        return np.full(len(forms), np.nan)
    answers: np.ndarray = forms[name].to_numpy(dtype=float, na_value=np.nan)
    return answers


@dataclass(frozen=True, eq=False)
class _Sums:
    """For each scale the sum of the keyed answers, how many there are, and how many apply."""

    added: dict[str, np.ndarray]
    counted: dict[str, np.ndarray]
    applying: dict[str, np.ndarray]
    answered: np.ndarray


def _add_up(forms: pd.DataFrame, instrument: Instrument) -> _Sums:
    """Add up item by item.

    A million forms need no matrix, and a form's sum is the same to the last digit whatever forms
    stand beside it.
    """
    added = {scale: np.zeros(len(forms)) for scale in instrument.scales}
    counted = {scale: np.zeros(len(forms), dtype=np.int16) for scale in instrument.scales}
    applying = {scale: np.zeros(len(forms), dtype=np.int16) for scale in instrument.scales}
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
                applying[scale] += given if item in instrument.optional_items else True
    return _Sums(added, counted, applying, answered)


def _scale_scores(sums: _Sums, instrument: Instrument, scale: str) -> np.ndarray:
    added, counted, applying = sums.added[scale], sums.counted[scale], sums.applying[scale]
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = added / counted
    if instrument.factor(2) != instrument.factor(1):
        # A complete sum is added up, not multiplied out of a mean, so that it is exact.
        scores = np.where(counted == applying, added, scores * applying) * instrument.factor(1)
    elif instrument.factor(1) != 1:
        scores *= instrument.factor(1)
    needed = np.array([instrument.needed(scale, applying=n) for n in range(instrument.items + 1)])
    too_few = (counted < needed[applying]) | (sums.answered < instrument.needed_in_all)
    scores[too_few] = np.nan
    return np.asarray(scores)


def _notes(sums: _Sums, instrument: Instrument) -> tuple[pd.Series, ...]:
    """Return for each form which scales were prorated, and which not scored and why."""
    incomplete = np.nonzero(sums.answered < instrument.items)[0]
    counts = [sums.counted[scale][incomplete] for scale in instrument.scales]
    if instrument.optional_items:
        counts += [sums.applying[scale][incomplete] for scale in instrument.scales]
    if instrument.needed_in_all:
        counts.append(sums.answered[incomplete])
    # Forms with the same counts have the same notes: there are few of these.
    shape = [instrument.items + 1] * len(counts)
    patterns, which = np.unique(np.ravel_multi_index(counts, shape), return_inverse=True)
    places = np.zeros(len(sums.answered), dtype=np.int64)
    places[incomplete] = which + 1
    notes = [
        _note(each, instrument) for each in zip(*np.unravel_index(patterns, shape), strict=True)
    ]
    prorated, set_aside = zip(("", ""), *notes, strict=True)
    return tuple(pd.array(texts, dtype="str").take(places) for texts in (prorated, set_aside))


def _note(counts: tuple[int, ...], instrument: Instrument) -> tuple[str, str]:
    if instrument.needed_in_all and counts[-1] < instrument.needed_in_all:
        answered = f"{counts[-1]} of {instrument.items} answered"
        return "", f"all scales: {answered}, {instrument.needed_in_all} needed"
    scales = instrument.scales.items()
    sizes = [len(items) for _, items in scales]
    if instrument.optional_items:
        sizes = [int(size) for size in counts[len(sizes) : 2 * len(sizes)]]
    prorated, missed = [], []
    for (scale, _), count, size in zip(scales, counts, sizes, strict=False):
        needed = instrument.needed(scale, applying=size)
        if count < needed or not count:
            missed.append(f"{scale}: {count} of {size} answered, {max(needed, 1)} needed")
        elif count < size:
            prorated.append(scale)
    return ", ".join(prorated), "; ".join(missed)


def _reasons(texts: pd.Series) -> str:
    reasons = texts[texts.ne("")].str.split("; ").explode()
    return "; ".join(f"{reason} ({count})" for reason, count in reasons.value_counts().items())


def _compare_scale(
    forms: pd.DataFrame, sessions: pd.DataFrame, instrument: Instrument, scale: str
) -> list[Problem]:
    size = len(instrument.scales[scale])
    items = [f"item_{item}" for item in instrument.scales[scale] if f"item_{item}" in forms.columns]
    usable = forms[items].notna().all(axis=1) & forms[f"{_REPORTED}{scale}"].notna()
    mean = sessions[scale] / instrument.factor(size, sessions["metric"].iloc[0])
    reported = forms[f"{_REPORTED}{scale}"].astype(float)
    # A mean written to two decimals may be off by .005; a sum of decimals by float error only.
    candidates = {"sum": (mean * size, 1e-6), "item mean": (mean, 0.00501)}
    if instrument.scaled:
        candidates["scaled score"] = (mean * instrument.factor(size, "scaled"), 0.0501)
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
