"""Ruptures found in scores against ruptures somebody logged."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.checks import check_integer, check_number
from alliance.compare.circular_shift import beside_chance, circular_shift, client_codes
from alliance.compare.measures import share
from alliance.compare.records import (
    Detection,
    answers,
    inside,
    logged_episodes,
    matched_rows,
    matches,
    record_of,
    spans_by_client,
)
from alliance.compare.two_by_two import (
    COLUMNS,
    MEANINGS,
    estimates,
    share_with_intervals,
    tables_by_client,
    value_of,
)
from alliance.errors import AllianceError
from alliance.joins import Joined, join_clients
from alliance.log import of_one_source, tidy_log
from alliance.results import Result

EPISODE_MEANINGS = {
    "sensitivity": "of the ruptures logged, those that were found",
    "ppv": "of the ruptures found, those that were logged",
    "repair_agreement": "of the matched ruptures, those on whose repair both agree",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class LogAgreement(Result):
    """How far ruptures found in scores agree with those logged, beside chance.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``level`` (session, episode) and ``measure`` (sensitivity, ppv,
        specificity, kappa; repair_agreement): ``meaning``, ``value``, ``of`` (what was divided
        by), ``low`` and ``high`` (jackknife over clients), ``simple_low`` and ``simple_high`` (as
        if all cases were independent), ``chance`` with ``chance_low`` and ``chance_high`` (95 %
        of the draws), ``p``. NaN where there is nothing to divide by.
    sessions : DataFrame
        The sessions compared: client, session, found, logged.
    found, logged : DataFrame
        The ruptures of each record (client, onset, last, outcome), and whether the other one has
        them, too.
    counts : mapping of str to int
        clients, sessions compared, and what was set aside: ``judged_not_asked``,
        ``asked_not_judged``, of these ``logged_not_judged``; ``found_set_aside`` and
        ``logged_set_aside``, ruptures without a session compared.
    name, source : str
        What found, and who logged.
    window : int
    confidence : float
    draws : int
    """

    sessions: pd.DataFrame
    found: pd.DataFrame
    logged: pd.DataFrame
    counts: Mapping[str, int]
    name: str
    source: str
    window: int
    confidence: float
    draws: int
    joined: Joined

    def preface(self) -> str:
        """Return which clients of the log are in no session."""
        return self.joined.text()

    def facts(self) -> Mapping[str, object]:
        """Return kappa by session, sensitivity and predictive value by episode."""
        at = self.frame.set_index(["level", "measure"])
        return {
            "kappa": at.loc[("session", "kappa")],
            "logged": at.loc[("episode", "sensitivity")],
            "found": at.loc[("episode", "ppv")],
        }


def compare_with_log(
    found: Detection,
    log: pd.DataFrame,
    *,
    window: int = 1,
    asked: pd.DataFrame | str | None = None,
    source: str | None = None,
    confidence: float = 0.95,
    draws: int = 199,
    seed: np.random.Generator | int = 0,
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
    source : str, optional
        Whose log, if there are several.
    confidence : float
        Level of the intervals, 0-1.
    draws : int
        Draws of chance, 0 for none.
    seed : int or numpy Generator

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
    measures give when each client's log is shifted round by a random number of sessions, its end
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
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=30, seed=1)
    >>> found = find_ruptures(study.sessions, rules.own_mean())
    >>> told = compare_with_log(found, study.log, asked="rated", draws=9)
    >>> told.frame[["level", "measure"]].values.tolist()[0]
    ['session', 'sensitivity']
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    check_integer(window, "window")
    check_integer(draws, "draws")
    rng = np.random.default_rng(seed)
    record = record_of(found)
    log = of_one_source(tidy_log(log), source)
    rated = record.sessions[["client", "session"]]
    joined = join_clients(log["client"], found.clients["client"]).require()
    reported = answers(log, asked, rated)
    judged = record.sessions.dropna(subset=["found"]).astype({"found": "bool"})
    cases = judged.merge(reported, on=["client", "session"])
    cases = cases.sort_values(["client", "session"], ignore_index=True)
    if judged.empty:
        raise AllianceError(
            f"No session could be judged by {record.name}: nothing can be compared with the log.\n"
            "To fix: take a rule that needs fewer sessions; `alliance ruptures` says why none was."
        )
    if cases.empty:
        raise AllianceError(
            "No session was both judged and asked about.\n"
            "To fix: see whether scores and log name sessions alike."
        )
    all_found, all_logged = record.episodes, logged_episodes(log, rated).drop(columns="source")
    # Episodes about which only one side could speak are no errors of the other.
    own = all_found[all_found.index.isin(inside(cases, all_found)["episode"])]
    theirs = all_logged[all_logged.index.isin(inside(cases, all_logged)["episode"])]
    pairs = matched_rows(own, theirs, window)
    by_session = _by_session(cases, confidence, draws, rng)
    by_episode = _by_episode(own, theirs, pairs, confidence).assign(level="episode")
    chance = _episode_chance(own, theirs, cases, window, by_episode["value"], draws, rng)
    episodes = by_episode.join(chance)
    return LogAgreement(
        frame=pd.concat([by_session, episodes[by_session.columns]], ignore_index=True),
        sessions=cases,
        found=all_found.assign(logged=all_found.index.isin(pairs[0])),
        logged=all_logged.assign(found=all_logged.index.isin(pairs[1])),
        counts={
            **_counts(judged, reported, cases),
            "found_set_aside": len(all_found) - len(own),
            "logged_set_aside": len(all_logged) - len(theirs),
        },
        name=record.name,
        source=", ".join(sorted(log["source"].unique())),
        window=window,
        confidence=confidence,
        draws=draws,
        joined=joined,
    )


def _by_session(
    cases: pd.DataFrame, confidence: float, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    client, offsets = client_codes(cases["client"])
    found, logged = cases["found"].to_numpy(bool), cases["logged"].to_numpy(bool)
    table = estimates(tables_by_client(found, logged, client), confidence)

    def draw() -> Floats:
        shifted, _ = circular_shift(logged, offsets, rng)
        counts = tables_by_client(found, shifted, np.zeros_like(client))[0]
        return np.array([float(value_of(measure, counts)) for measure in MEANINGS])

    table.insert(0, "level", "session")
    return table.join(beside_chance(table["value"].to_numpy(), draw, draws))


def _by_episode(
    own: pd.DataFrame,
    theirs: pd.DataFrame,
    pairs: tuple[list[int], list[int]],
    confidence: float,
) -> pd.DataFrame:
    one, other = own.loc[pairs[0]], theirs.loc[pairs[1]]
    # An open episode has no fate yet, so there is nothing to agree on.
    agrees = one["outcome"].eq(other["outcome"].to_numpy())[one["outcome"].ne("open")]
    shares = {
        "sensitivity": (theirs, theirs.index.isin(pairs[1])),
        "ppv": (own, own.index.isin(pairs[0])),
        "repair_agreement": (one.loc[agrees.index], agrees),
    }
    rows = [
        (measure, EPISODE_MEANINGS[measure], *share_with_intervals(yes, of["client"], confidence))
        for measure, (of, yes) in shares.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _episode_chance(
    own: pd.DataFrame,
    theirs: pd.DataFrame,
    cases: pd.DataFrame,
    window: int,
    values: pd.Series,
    draws: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return what sensitivity and predictive value are by chance; nothing for the fates."""
    numbers = {client: part.to_numpy() for client, part in cases.groupby("client")["session"]}
    found, places = spans_by_client(own), {}
    for client, spans in spans_by_client(theirs).items():
        first = np.searchsorted(numbers[client], spans[:, 0])
        last = np.searchsorted(numbers[client], spans[:, 1], side="right") - 1
        places[client] = np.column_stack([first, last - first])

    def draw() -> Floats:
        shifted = {who: _shifted(numbers[who], place, rng) for who, place in places.items()}
        hits = matches(found, shifted, window)
        return np.array([float(share(hits, len(side))) for side in (theirs, own)])

    return beside_chance(values.to_numpy()[:2], draw, draws)


def _shifted(numbers: Ints, places: Ints, rng: np.random.Generator) -> Ints:
    """Return a client's logged ruptures after a shift; one that runs over the end is cut off there."""
    # One step for all ruptures of a client: their distances are part of what is held fixed.
    first = (places[:, 0] + rng.integers(len(numbers))) % len(numbers)
    last = np.minimum(first + places[:, 1], len(numbers) - 1)
    return np.column_stack([numbers[first], numbers[last]])


def _counts(judged: pd.DataFrame, reported: pd.DataFrame, cases: pd.DataFrame) -> dict[str, int]:
    compared = cases.set_index(["client", "session"]).index
    logged = reported[reported["logged"]].set_index(["client", "session"]).index
    return {
        "clients": int(cases["client"].nunique()),
        "compared": len(cases),
        "judged_not_asked": len(judged) - len(cases),
        "asked_not_judged": len(reported) - len(cases),
        "logged_not_judged": int((~logged.isin(compared)).sum()),
    }
