"""Ruptures found in scores against ruptures somebody logged."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.checks import check_number
from alliance.compare.cases import Found, answers, detections, logged_episodes
from alliance.compare.log_result import LogAgreement
from alliance.compare.spans import matched, matches
from alliance.compare.turning import chance_of_draws, turned
from alliance.compare.two_by_two import (
    MEANINGS,
    estimates,
    share,
    share_with_intervals,
    tables_by_client,
    value_of,
)
from alliance.errors import AllianceError
from alliance.log import of_one_source, tidy_log

EPISODE_MEANINGS = {
    "sensitivity": "of the ruptures logged, those that were found",
    "ppv": "of the ruptures found, those that were logged",
    "repair_agreement": "of the matched ruptures, those on whose repair both agree",
}


def compare_with_log(
    found: Found,
    log: pd.DataFrame,
    *,
    window: int = 1,
    asked: pd.DataFrame | str | None = None,
    source: str | None = None,
    rater: str | None = None,
    confidence: float = 0.95,
    draws: int = 199,
    rng: np.random.Generator | int = 0,
) -> LogAgreement:
    """Compare ruptures found in scores with those that a client, therapist or observer logged.

    Parameters
    ----------
    found : Ruptures or PulseScan
        From `alliance.find_ruptures` or `alliance.model.find_pulses`.
    log : DataFrame
        A rupture log, see `alliance.read_log`.
    window : int
        Most sessions between a rupture found and one logged that still make a pair; 0: they
        share a session.
    asked : DataFrame or "rated", optional
        In which sessions the source could report, if the log has no rows without tension: a
        table with client and session, or all rated ones. Other sessions are not compared.
    source, rater : str, optional
        Whose log and whose scores, if there are several.
    confidence : float
        Level of the intervals, 0-1.
    draws : int
        Draws of chance, 0 for none.
    rng : numpy Generator or int

    Returns
    -------
    LogAgreement

    Raises
    ------
    AllianceError
        If the log cannot be used, or it is not known in which sessions the source was asked.

    Notes
    -----
    The log is no truth either: clients report fewer ruptures than therapists, and observers see
    the most. By session, a session counts as found if it lies in an episode found or is still
    low after one. By episode, ruptures found and logged are paired one to one.

    Intervals come from leaving out each client (jackknife), because the sessions of a client are
    alike; those for independent sessions (Wilson) stand beside them. Chance is what the same
    measures give when each client's log is turned round by a random number of sessions, its end
    joined to its start: ruptures keep their number and stay in their clients, only their time is
    lost. So chance holds a client's proneness to rupture fixed. A rupture that would run over
    the end is cut off there.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
    Psychological Measurement, 20, 37-46. https://doi.org/10.1177/001316446002000104

    Examples
    --------
    >>> from alliance import find_ruptures, rules, simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=60, rng=1)
    >>> found = find_ruptures(study.sessions, rules.own_mean())
    >>> told = compare_with_log(found, study.log, asked="rated", draws=19)
    >>> told.frame[["level", "measure"]].values.tolist()[0]
    ['session', 'sensitivity']
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    if window < 0 or draws < 0:
        raise AllianceError("window and draws must be 0 or more.")
    rng = np.random.default_rng(rng)
    what = detections(found, rater)
    log = of_one_source(tidy_log(log), source)
    rated = what.sessions[["client", "session"]]
    told = answers(log, asked, rated)
    judged = what.sessions.dropna(subset=["found"]).astype({"found": "bool"})
    cases = judged.merge(told, on=["client", "session"])
    cases = cases.sort_values(["client", "session"], ignore_index=True)
    if cases.empty:
        raise AllianceError(
            "No session was both judged and asked about.\n"
            "To fix: see whether scores and log name clients and sessions alike."
        )
    events, pairs = _paired(what.episodes, logged_episodes(log, rated), cases, window)
    sessions = _by_session(cases, confidence, draws, rng)
    episodes = _by_episode(events, pairs, cases, window, confidence, draws, rng)
    return LogAgreement(
        frame=pd.concat([sessions, episodes], ignore_index=True),
        sessions=cases,
        found=events["found"].drop(columns="inside"),
        logged=events["logged"].drop(columns="inside"),
        counts=_counts(judged, told, cases, events),
        name=what.name,
        source=", ".join(sorted(log["source"].unique())),
        window=window,
        confidence=confidence,
        draws=draws,
    )


def _coded(cases: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return each session's number of its client, and where each client's sessions begin."""
    client = pd.factorize(cases["client"])[0]
    return client, np.append(0, np.cumsum(np.bincount(client)))


def _by_session(cases: pd.DataFrame, confidence: float, draws: int, rng) -> pd.DataFrame:
    client, offsets = _coded(cases)
    found, logged = cases["found"].to_numpy(bool), cases["logged"].to_numpy(bool)
    table = estimates(tables_by_client(found, logged, client), confidence)

    def draw() -> np.ndarray:
        other, _ = turned(logged, offsets, rng)
        counts = tables_by_client(found, other, np.zeros(len(client), dtype=np.int64))[0]
        return np.array([float(value_of(measure, counts)) for measure in MEANINGS])

    return _with_chance(table, "session", chance_of_draws(table["value"].to_numpy(), draw, draws))


def _with_chance(table: pd.DataFrame, level: str, chance: np.ndarray) -> pd.DataFrame:
    names = ["chance", "chance_low", "chance_high", "p"]
    table = table.assign(**dict(zip(names, chance.T, strict=True)))
    table.insert(0, "level", level)
    return table


def _paired(found: pd.DataFrame, logged: pd.DataFrame, cases: pd.DataFrame, window: int):
    """Return both records' episodes that touch a session compared, and which are a pair."""
    events = {
        "found": _inside(found, cases).assign(logged=False),
        "logged": _inside(logged, cases).assign(found=False),
    }
    pairs = []
    spans = {side: _spans(table) for side, table in events.items()}
    rows = {side: _rows(table) for side, table in events.items()}
    for client in spans["logged"].keys() & spans["found"].keys():
        for one, other in matched(spans["found"][client], spans["logged"][client], window):
            pairs.append((rows["found"][client][one], rows["logged"][client][other]))
    events["found"].loc[[one for one, _ in pairs], "logged"] = True
    events["logged"].loc[[other for _, other in pairs], "found"] = True
    return events, sorted(pairs)


def _inside(episodes: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    episodes = episodes.assign(number=np.arange(len(episodes)))
    touching = cases[["client", "session"]].merge(episodes, on="client")
    touching = touching[touching["session"].between(touching["onset"], touching["last"])]
    inside = episodes["number"].isin(touching["number"])
    return episodes.drop(columns="number").assign(inside=inside).reset_index(drop=True)


def _spans(table: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        client: rows[["onset", "last"]].to_numpy(dtype=np.int64)
        for client, rows in table[table["inside"]].groupby("client")
    }


def _rows(table: pd.DataFrame) -> dict[str, list[int]]:
    return {client: list(rows.index) for client, rows in table[table["inside"]].groupby("client")}


def _by_episode(events, pairs, cases, window, confidence, draws, rng) -> pd.DataFrame:
    found, logged = (events[side][events[side]["inside"]] for side in ("found", "logged"))
    agree = _agreeing(events, pairs)
    rows = [
        ("sensitivity", *_counted(logged, logged["found"], confidence)),
        ("ppv", *_counted(found, found["logged"], confidence)),
        ("repair_agreement", *_counted(agree, agree["agrees"], confidence)),
    ]
    columns = ["measure", "value", "of", "low", "high", "simple_low", "simple_high"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(1, "meaning", [EPISODE_MEANINGS[measure] for measure in table["measure"]])
    spans = _spans(events["found"])
    turner = _SpanTurner(cases, logged)

    def draw() -> np.ndarray:
        hits = matches(spans, turner.turned(rng), window)
        return np.array([float(share(hits, len(side))) for side in (logged, found)])

    chance = np.full((3, 4), np.nan)
    chance[:2] = chance_of_draws(table["value"].to_numpy()[:2], draw, draws)
    return _with_chance(table, "episode", chance)


def _counted(rows: pd.DataFrame, yes: pd.Series, confidence: float) -> tuple:
    if rows.empty:
        return (np.nan, 0, *[np.nan] * 4)
    by_client = yes.groupby(rows["client"]).agg(["sum", "size"])
    return share_with_intervals(
        by_client["sum"].to_numpy(float), by_client["size"].to_numpy(float), confidence
    )


def _agreeing(events, pairs) -> pd.DataFrame:
    """Return the pairs whose fate both records know, with whether they agree on it."""
    found = events["found"].loc[[one for one, _ in pairs]].reset_index(drop=True)
    logged = events["logged"].loc[[other for _, other in pairs]].reset_index(drop=True)
    agrees = found["outcome"].eq(logged["outcome"])
    return found[["client"]].assign(agrees=agrees)[found["outcome"].ne("open")]


class _SpanTurner:
    """Turns the logged ruptures of each client round among the sessions compared."""

    def __init__(self, cases: pd.DataFrame, logged: pd.DataFrame):
        self.numbers = {
            client: rows.to_numpy() for client, rows in cases.groupby("client")["session"]
        }
        self.places = {}
        for client, spans in _spans(logged).items():
            first = np.searchsorted(self.numbers[client], spans[:, 0])
            last = np.searchsorted(self.numbers[client], spans[:, 1], side="right") - 1
            self.places[client] = np.column_stack([first, last - first])

    def turned(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return every client's spans after a turn of a random number of sessions."""
        return {
            client: self._one(self.numbers[client], places, rng)
            for client, places in self.places.items()
        }

    def _one(self, numbers: np.ndarray, places: np.ndarray, rng) -> np.ndarray:
        first = (places[:, 0] + rng.integers(len(numbers))) % len(numbers)
        last = np.minimum(first + places[:, 1], len(numbers) - 1)
        return np.column_stack([numbers[first], numbers[last]])


def _counts(judged, told, cases, events) -> dict[str, int]:
    compared = cases.set_index(["client", "session"]).index
    logged = told[told["logged"]].set_index(["client", "session"]).index
    return {
        "clients": int(cases["client"].nunique()),
        "compared": len(cases),
        "judged_not_asked": len(judged) - len(cases),
        "asked_not_judged": len(told) - len(cases),
        "logged_not_judged": int((~logged.isin(compared)).sum()),
        "found_set_aside": int((~events["found"]["inside"]).sum()),
        "logged_set_aside": int((~events["logged"]["inside"]).sum()),
    }
