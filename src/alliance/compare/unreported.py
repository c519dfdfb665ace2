"""Signs of a rupture that nobody reported, set beside the log; leads for review, not findings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.checks import check_integer
from alliance.compare.circular_shift import beside_chance, circular_shift, client_codes
from alliance.compare.perfect_ratings import perfect_runs
from alliance.compare.records import (
    Detection,
    Record,
    inside,
    logged_episodes,
    matched_rows,
    record_of,
)
from alliance.joins import join_clients
from alliance.log import tidy_log
from alliance.results import Result
from alliance.tables import RESPONSES, as_text, tidy


@dataclass(frozen=True, eq=False, kw_only=True)
class UnreportedSigns(Result):
    """Signs of ruptures that one record holds and another does not.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``sign``: how often it was ``seen``, ``of`` how many, and what is
        ``expected`` by chance with ``p`` (NaN where nothing is drawn).
    dips : DataFrame
        Ruptures found: client, onset, last, outcome; ``logged_by`` (sources with a rupture
        logged near it, empty if none) and ``asked`` (whether a source gave any answer about one
        of its sessions; missing if that is not known). Both are missing without a log.
    reports : DataFrame
        Ruptures logged: client, source, onset, last, outcome; ``dip`` (True, False; missing
        where no session near it could be judged).
    silence : DataFrame
        ``sign`` (a gap before the next rating; an unanswered item in the next rating), ``after_dip``
        (ratings that follow a session in a rupture found), ``seen`` with the sign, and what is
        ``expected`` with ``low`` and ``high`` (95 % of the draws) and ``p`` if dips and signs had
        nothing to do with each other; ``elsewhere``, the share with the sign after other sessions.
    perfect : DataFrame
        Runs of perfect ratings: client, rater, first, last, ratings; ``logged_within``, sessions
        of the run that somebody logged as tense.
    window, draws : int
    has_log : bool
    """

    dips: pd.DataFrame
    reports: pd.DataFrame
    silence: pd.DataFrame
    perfect: pd.DataFrame
    window: int
    draws: int
    has_log: bool

    def facts(self) -> Mapping[str, object]:
        """Return what was seen after a dip, and how many ruptures only one record holds."""
        judged = self.reports["dip"].dropna()
        return {
            "silence": self.silence.to_dict("records"),
            "unlogged": int(self.dips["logged_by"].eq("").sum()),
            "judged": len(judged),
            "without": int((~judged).sum()),
            "clients": self.perfect["client"].nunique(),
        }


def unreported_signs(
    sessions: pd.DataFrame,
    found: Detection,
    *,
    responses: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    window: int = 1,
    min_run: int = 3,
    draws: int = 199,
    seed: np.random.Generator | int = 0,
) -> UnreportedSigns:
    """List signs of ruptures that nobody spoke of.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table.
    found : Ruptures or PulseScan
        Found in the scores of one rater.
    responses : DataFrame, optional
        The answers behind the scores: for items left blank, and perfect ratings item by item.
    log : DataFrame, optional
        A rupture log, of one source or several.
    window : int
        Most sessions between a dip and a report that still belong together.
    min_run : int
        Perfect ratings in a row that make a run, 2 and more.
    draws : int
        Draws of chance, 0 for none.
    seed : int or numpy Generator

    Returns
    -------
    UnreportedSigns

    Raises
    ------
    AllianceError
        If a table cannot be used.

    Notes
    -----
    A *gap* is a session number left out before the next rating: the session was missed or not
    rated. What is expected comes from shifting the dips of each client round among that client's
    ratings by a random number, so that clients who are often absent and often low do not make a
    relation. Ratings after sessions that could not be judged are left out.

    A rating is *perfect* if every item is answered in its best category, items that are keyed
    in reverse turned round; without responses, if the score is the best there is. It may mean a very
    good relationship, or one in which nothing else can be said.

    Examples
    --------
    >>> from alliance import find_ruptures, rules, simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=40, seed=1)
    >>> found = find_ruptures(study.sessions, rules.own_mean())
    >>> signs = unreported_signs(study.sessions, found, log=study.log, draws=19)
    >>> signs.summary()["sign"].tolist()[:2]
    ['dips nobody logged', 'reports without a dip']
    """
    check_integer(window, "window")
    check_integer(draws, "draws")
    check_integer(min_run, "min_run", 2)
    rng = np.random.default_rng(seed)
    record = record_of(found)
    log = None if log is None else tidy_log(log)
    if log is not None:
        join_clients(log["client"], sessions["client"]).require()
    forms = None if responses is None else tidy(responses, RESPONSES)
    if forms is not None:
        join_clients(forms["client"], sessions["client"], table="responses").require()
    rater = found.clients["rater"].iloc[0] if len(found.clients) else ""
    perfect = perfect_runs(sessions, forms, found, min_run)
    perfect = perfect.assign(logged_within=_logged_within(perfect, log))
    dips, reports = _compared(record, log, window)
    silence = _silence(_steps(record, forms, rater), forms is not None, draws, rng)
    return UnreportedSigns(
        frame=_signs(dips, reports, silence, perfect, log is not None),
        dips=dips,
        reports=reports,
        silence=silence,
        perfect=perfect,
        window=window,
        draws=draws,
        has_log=log is not None,
    )


def _signs(
    dips: pd.DataFrame,
    reports: pd.DataFrame,
    silence: pd.DataFrame,
    perfect: pd.DataFrame,
    has_log: bool,
) -> pd.DataFrame:
    """Return one row for each sign."""
    rows: list[tuple[object, ...]] = []
    if has_log:
        judged, unlogged = reports["dip"].dropna(), dips["logged_by"].eq("")
        rows.append(("dips nobody logged", int(unlogged.sum()), len(dips), np.nan, np.nan))
        rows.append(("reports without a dip", int((~judged).sum()), len(judged), np.nan, np.nan))
    rows.append(("runs of perfect ratings", len(perfect), np.nan, np.nan, np.nan))
    rows += [
        (f"{row.sign} after a dip", row.seen, row.after_dip, row.expected, row.p)
        for row in silence.itertuples()
    ]
    return pd.DataFrame(rows, columns=["sign", "seen", "of", "expected", "p"])


def _compared(
    record: Record, log: pd.DataFrame | None, window: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ruptures found with who logged them, and those logged with whether a dip is near."""
    dips, columns = record.episodes, ["client", "source", "onset", "last", "outcome", "dip"]
    if log is None:
        asked = pd.array([pd.NA] * len(dips), dtype="boolean")
        nobody = pd.array([None] * len(dips), dtype="str")
        reports = pd.DataFrame(columns=columns).astype({"dip": "boolean"})
        return dips.assign(logged_by=nobody, asked=asked), reports
    logged = logged_episodes(log, record.sessions[["client", "session"]])
    by: list[list[str]] = [[] for _ in range(len(dips))]
    paired: list[int] = []
    for source, reports in logged.groupby("source"):
        ours, theirs = matched_rows(dips, reports, window)
        paired += theirs
        for row in ours:
            by[row].append(str(source))
    judged = record.sessions.dropna(subset=["found"])
    near = logged.index.isin(inside(judged, logged, window)["episode"])
    dip = pd.Series(logged.index.isin(paired), index=logged.index, dtype="boolean").where(near)
    names = pd.array([", ".join(sources) for sources in by], dtype="str")
    return dips.assign(logged_by=names, asked=_asked(dips, log)), logged.assign(dip=dip)[columns]


def _asked(dips: pd.DataFrame, log: pd.DataFrame) -> pd.Series:
    """Say whether a source gave any answer about a session of each rupture found."""
    answered = inside(log[log["tension"].notna()], dips)["episode"]
    asked = pd.Series(dips.index.isin(answered), index=dips.index, dtype="boolean")
    # A log of ruptures only does not say where somebody was asked and had nothing to report.
    return asked.where(asked | log["tension"].eq(0).any())


def _silence(
    steps: pd.DataFrame, with_blanks: bool, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    signs = {"a gap before the next rating": "gap"}
    if with_blanks:
        signs["an unanswered item in the next rating"] = "blank"
    rows = [
        {"sign": sign, **_beside_chance(steps.dropna(subset=[column]), column, draws, rng)}
        for sign, column in signs.items()
    ]
    return pd.DataFrame(rows)


def _steps(record: Record, forms: pd.DataFrame | None, rater: str) -> pd.DataFrame:
    """Return a row for each rating that follows another: was that a dip, a gap, a blank?"""
    rated = record.sessions.sort_values(["client", "session"], ignore_index=True)
    # What stood at the rating before decides; the first rating of a client follows nothing.
    before = rated.groupby("client")[["session", "found"]].shift()
    steps = rated[["client", "session"]].assign(
        after=before["found"],
        gap=(rated["session"] - before["session"]).gt(1).astype("boolean"),
    )
    steps = steps[before["session"].notna() & before["found"].notna()]
    if forms is None:
        return steps
    steps = steps.merge(
        _blanks(forms[forms["rater"] == rater]), on=["client", "session"], how="left"
    )
    return steps.assign(blank=steps["blank"].astype("boolean"))


def _blanks(forms: pd.DataFrame) -> pd.DataFrame:
    """Say of each session whether an item was left blank: client, session, blank."""
    items = [name for name in forms.columns if name.startswith("item_")]
    # Columns that an instrument does not have are empty in all of its rows.
    asked = forms[items].notna().groupby(forms["instrument"]).transform("any")
    blank = (forms[items].isna() & asked).any(axis=1)
    table = forms[["client", "session"]].assign(blank=blank, client=as_text(forms["client"]))
    return table.groupby(["client", "session"], as_index=False)["blank"].any()


def _beside_chance(
    steps: pd.DataFrame, column: str, draws: int, rng: np.random.Generator
) -> dict[str, float]:
    after, sign = steps["after"].to_numpy(bool), steps[column].to_numpy(bool)
    _, offsets = client_codes(steps["client"])
    seen = float(np.sum(after & sign))

    def draw() -> Floats:
        return np.array([float(np.sum(circular_shift(after, offsets, rng)[0] & sign))])

    chance = beside_chance(np.array([seen]), draw, draws if after.any() else 0)
    others = sign[~after]
    return {
        "after_dip": int(after.sum()),
        "seen": int(seen),
        **chance.set_axis(["expected", "low", "high", "p"], axis="columns").iloc[0],
        "elsewhere": float(others.mean()) if len(others) else np.nan,
    }


def _logged_within(perfect: pd.DataFrame, log: pd.DataFrame | None) -> pd.Series:
    """Return how many sessions of each run somebody logged as tense."""
    if log is None:
        return pd.array([pd.NA] * len(perfect), dtype="Int64")
    tense = log.loc[log["tension"].gt(0), ["client", "session"]].drop_duplicates()
    rows = inside(tense, perfect.rename(columns={"first": "onset"}))["episode"]
    return pd.array(np.bincount(rows, minlength=len(perfect)), dtype="Int64")
