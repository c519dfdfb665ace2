"""From a sessions table to ruptures: checks it, runs the engine, names what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.rules import Rule, SuddenLoss, load
from alliance.ruptures.engine import STATES, Scan, pools_of, scan
from alliance.ruptures.following import OUTCOMES
from alliance.ruptures.found import Ruptures
from alliance.ruptures.series import Series
from alliance.tables import SESSIONS, scale_columns, tidy


def find_ruptures(
    sessions: pd.DataFrame,
    rule: Rule | str,
    *,
    scale: str = "total",
    higher_is_better: bool = True,
    prospective: bool = False,
    max_gap: int | None = None,
    instrument: str | None = None,
    overlapping: bool = False,
    pooled: Mapping[str, Mapping[str, float]] | None = None,
) -> Ruptures:
    """Find ruptures and what became of them, for each client and rater.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table: client, session, rater and a column for the scale.
    rule : Rule or str
        From `alliance.rules`, or the name of a preset such as ``"own-mean"``.
    scale : str
        Column with the scores, in points.
    higher_is_better : bool
        False if a rise is for the worse; everything is then mirrored.
    prospective : bool
        Judge each session only by what was known on its day, as a clinic must; otherwise the
        whole course is used.
    max_gap : int, optional
        Largest difference between the numbers of two sessions that are compared as
        neighbours; the rule's own if not given, which is 1 for all presets.
    instrument : str, optional
        Which questionnaire, if the table holds several.
    overlapping : bool
        Follow every flagged session by itself, so that falls can overlap; otherwise an episode
        must be over before the next begins.
    pooled : mapping, optional
        What the rule needs from all clients together, as `pooled_quantities` returned it, perhaps
        on an earlier day; by default taken from these sessions.

    Returns
    -------
    Ruptures

    Raises
    ------
    AllianceError
        If the table, the scale, the instrument or the rule cannot be used.

    Notes
    -----
    A session without a score is a gap, like a row that is not there. Repair windows count
    session numbers, rated or not. An episode is *unrepaired* once its window has passed with a
    rated session in it, and *open* if the record ends inside the window or nothing in the window
    was rated. With `prospective`, quantities from all clients use sessions with the same or a
    lower number.

    Found ruptures mean little without what the same rule finds in noise.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance import rules
    >>> sessions = pd.DataFrame({
    ...     "client": "a", "session": range(1, 7), "rater": "client",
    ...     "total": [6.0, 6.1, 4.6, 5.2, 6.0, 6.2],
    ... })
    >>> found = find_ruptures(sessions, rules.v_episode())
    >>> found.frame[["onset", "low", "end", "before", "outcome"]]
       onset  low  end  before   outcome
    0      3    3    5     6.1  repaired
    """
    rule = _with_gap(load(rule), max_gap)
    frame = _one_instrument(tidy(sessions, SESSIONS, sort=False), instrument)
    _check_scale(frame, scale)
    names, series, rated = _series(frame, scale, higher_is_better)
    turned = rule if higher_is_better else rule.mirrored()
    found = scan(
        series,
        turned,
        prospective=prospective,
        overlapping=overlapping,
        each_session=True,
        pools=None if pooled is None else _given_pools(pooled, rule, names, series),
    )
    sign = 1 if higher_is_better else -1
    return Ruptures(
        frame=_episodes(found, series, names, scale, sign),
        flags=_flags(found, series, names, sign),
        clients=_clients(found, series, names, rule, prospective),
        rule=rule,
        scale=scale,
        higher_is_better=higher_is_better,
        prospective=prospective,
        overlapping=overlapping,
        instrument=instrument,
        rows=len(sessions),
        rated=rated,
        questionnaire=_questionnaire(frame, scale),
    )


def _questionnaire(frame: pd.DataFrame, scale: str) -> dict[str, str]:
    scored = frame[frame[scale].notna()]
    columns = [name for name in ("instrument", "metric") if name in frame.columns]
    values = {name: scored[name].dropna().unique() for name in columns}
    return {name: known[0] for name, known in values.items() if len(known) == 1}


def pooled_quantities(
    sessions: pd.DataFrame,
    rule: Rule | str,
    *,
    scale: str = "total",
    instrument: str | None = None,
) -> dict[str, dict[str, float]]:
    """Return what a rule needs from all clients together: for each rater, value by quantity.

    With it, sessions of a later day can be judged by what was known on an earlier one.

    Parameters
    ----------
    sessions, rule, scale, instrument
        As in `find_ruptures`.

    Returns
    -------
    dict
        Empty for each rater if the rule judges each client alone; a quantity is not a number
        where no client has two scores yet.
    """
    rule = load(rule)
    frame = _one_instrument(tidy(sessions, SESSIONS, sort=False), instrument)
    _check_scale(frame, scale)
    names, series, _ = _series(frame, scale, True)
    rater = names["rater"].to_numpy()[series.owner]
    return {
        name: {
            _quantity(*part): float(values[rater == name][0])
            for part, values in pools_of(series, rule).items()
        }
        for name in sorted(set(rater))
    }


def _quantity(pool: str, ddof: int) -> str:
    return f"{pool}, ddof {ddof}"


def _given_pools(
    pooled: Mapping[str, Mapping[str, float]], rule: Rule, names: pd.DataFrame, series: Series
) -> dict[tuple[str, int], np.ndarray]:
    unknown = sorted(set(names["rater"]) - set(pooled))
    if unknown:
        raise AllianceError(f"pooled holds nothing for the rater {join_names(unknown)}.")
    return {
        (part.pool, part.ddof): names["rater"]
        .map({rater: values[_quantity(part.pool, part.ddof)] for rater, values in pooled.items()})
        .to_numpy(dtype=float)[series.owner]
        for part in (rule.rupture, rule.repair)
        if part.pool
    }


def _with_gap(rule: Rule, max_gap: int | None) -> Rule:
    if max_gap is None or not hasattr(rule.rupture, "max_gap"):
        return rule
    return replace(rule, rupture=replace(rule.rupture, max_gap=max_gap))


def _one_instrument(frame: pd.DataFrame, instrument: str | None) -> pd.DataFrame:
    if "instrument" not in frame.columns:
        if instrument is not None:
            raise AllianceError(
                f"The sessions table has no column 'instrument', so '{instrument}' cannot be "
                "chosen.\nTo fix: leave instrument out."
            )
        return frame
    known = frame["instrument"].dropna().unique()
    if instrument is None and len(known) > 1:
        raise AllianceError(
            f"The sessions table holds several instruments: {join_names(sorted(known))}.\n"
            f"To fix: name one, e.g. instrument='{sorted(known)[0]}'."
        )
    if instrument is None:
        return frame
    if instrument not in known:
        raise AllianceError(
            f"There is no instrument '{instrument}' in the sessions table."
            f"{suggest(instrument, known)} Known: {join_names(sorted(known))}."
        )
    return frame[frame["instrument"] == instrument]


def _check_scale(frame: pd.DataFrame, scale: str) -> None:
    scales = scale_columns(frame)
    if scale not in scales:
        raise AllianceError(
            f"The sessions table has no scale '{scale}'.{suggest(scale, scales)} "
            f"Scales: {join_names(scales) or 'none'}.\nTo fix: name a column of scores with scale=."
        )
    if np.isinf(frame[scale].to_numpy(dtype=float)).any():
        raise AllianceError(f"The column {scale} holds infinite values.")


def _series(
    frame: pd.DataFrame, scale: str, higher_is_better: bool
) -> tuple[pd.DataFrame, Series, int]:
    client, clients = pd.factorize(frame["client"], sort=True)
    rater, raters = pd.factorize(frame["rater"], sort=True)
    scores = frame[scale].to_numpy(dtype=float)
    numbers = frame["session"].to_numpy()
    order = np.lexsort((numbers, rater, client))
    rater_codes = rater[order]
    pair = client[order] * max(len(raters), 1) + rater_codes
    new = np.diff(pair, prepend=-1) != 0
    rated = np.isfinite(scores[order])
    which = (np.cumsum(new) - 1)[rated]
    names = pd.DataFrame(
        {"client": clients.take(client[order][new]), "rater": raters.take(rater_codes[new])}
    )
    order = order[rated]
    counts = np.bincount(which, minlength=len(names))
    series = Series(
        scores=scores[order] if higher_is_better else -scores[order],
        sessions=numbers[order],
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        pool=rater_codes[new],
    )
    return names, series, int(rated.sum())


def _episodes(
    found: Scan, series: Series, names: pd.DataFrame, scale: str, sign: int
) -> pd.DataFrame:
    lowest, after = series.scores[found.low], series.scores[found.end]
    onset, low, end = (series.sessions[row] for row in (found.onset, found.low, found.end))
    depth = found.before - lowest
    outcome = pd.array(OUTCOMES, dtype="str").take(found.outcome)
    repaired = found.outcome == OUTCOMES.index("repaired")
    in_units = np.divide(depth, found.unit, out=np.full(len(depth), np.nan), where=found.unit > 0)
    return pd.DataFrame(
        {
            "client": names["client"].array.take(found.series),
            "rater": names["rater"].array.take(found.series),
            "scale": pd.array([scale] * len(onset), dtype="str"),
            "onset": onset,
            "low": low,
            "end": end,
            "before": sign * found.before,
            "lowest": sign * lowest,
            "after": sign * after,
            "depth": depth,
            "depth_in_units": in_units,
            "duration": (end - onset).astype(float),
            "recovery": after - lowest,
            "outcome": outcome,
            "overshoot": np.where(repaired, after - found.before, np.nan),
            "unit": found.unit,
            "before_session": _session_of(found.sessions.reference_row[found.onset], series),
        }
    )


def _session_of(rows: np.ndarray, series: Series) -> pd.arrays.IntegerArray:
    missing = rows < 0
    numbers = series.sessions[np.where(missing, 0, rows)] if len(series.sessions) else rows
    return pd.arrays.IntegerArray(np.asarray(numbers, dtype=np.int64).copy(), missing)


def _flags(found: Scan, series: Series, names: pd.DataFrame, sign: int) -> pd.DataFrame:
    at = found.sessions
    state = pd.Categorical.from_codes(at.state, categories=list(STATES))
    return pd.DataFrame(
        {
            "client": names["client"].array.take(series.owner),
            "session": series.sessions,
            "rater": names["rater"].array.take(series.owner),
            "score": sign * series.scores,
            "flagged": pd.arrays.BooleanArray(at.flagged.copy(), ~at.judged),
            "state": state,
            "reference": sign * np.where(at.judged, at.reference, np.nan),
            "limit": sign * np.where(at.judged, at.limit, np.nan),
            "unit": np.where(at.judged, at.unit, np.nan),
            "reference_session": _session_of(np.where(at.judged, at.reference_row, -1), series),
        }
    )


def _clients(
    found: Scan, series: Series, names: pd.DataFrame, rule: Rule, prospective: bool
) -> pd.DataFrame:
    rated, counts = series.lengths, found.counts()
    some = rated > 0
    first = pd.array(np.zeros(len(names)), dtype="Int64")
    last = first.copy()
    first[some] = series.sessions[series.offsets[:-1][some]]
    last[some] = series.sessions[series.offsets[1:][some] - 1]
    first[~some] = last[~some] = pd.NA
    flagged = np.bincount(series.owner[found.sessions.flagged], minlength=len(names))
    return names.assign(
        sessions=rated,
        first=first,
        last=last,
        judged=found.judged > 0,
        reason=_reasons(rated, found.judged, rule, prospective),
        judged_sessions=found.judged,
        flagged=flagged,
        ruptures=counts.sum(axis=1),
        **{outcome: counts[:, code] for code, outcome in enumerate(OUTCOMES)},
    )


def _reasons(rated: np.ndarray, judged: np.ndarray, rule: Rule, prospective: bool) -> pd.Series:
    reason = pd.Series("", index=range(len(rated)), dtype="str")
    incomparable = "no session could be compared with what the rule asks for"
    if isinstance(rule.rupture, SuddenLoss) and prospective:
        incomparable = "the rule needs later sessions, so it cannot judge a session on its day"
    elif isinstance(rule.rupture, SuddenLoss):
        incomparable = "no step with two rated sessions on either side"
    elif rule.rupture.step_rule and hasattr(rule.rupture, "max_gap"):
        incomparable = "no two rated sessions close enough to compare"
    reason[judged == 0] = incomparable
    for count in np.unique(rated[rated < rule.minimum_sessions]):
        sessions = f"{count} rated session{'' if count == 1 else 's'}"
        reason[rated == count] = f"{sessions}, the rule needs {rule.minimum_sessions}"
    reason[rated == 0] = "no rated session"
    return reason
