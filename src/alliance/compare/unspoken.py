"""Signs of a rupture that nobody reported, set beside the log; leads for review, not findings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.compare.cases import Detections, Found, detections, logged_episodes
from alliance.compare.perfect import perfect_runs
from alliance.compare.spans import matched
from alliance.compare.turning import chance_of_draws, turned
from alliance.compare.unspoken_result import UnreportedSigns
from alliance.errors import AllianceError
from alliance.log import tidy_log
from alliance.tables import RESPONSES, as_text, tidy


def unreported_signs(
    sessions: pd.DataFrame,
    found: Found,
    *,
    responses: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    rater: str = "client",
    window: int = 1,
    straight: int = 3,
    draws: int = 199,
    rng: np.random.Generator | int = 0,
) -> UnreportedSigns:
    """List signs of ruptures that nobody spoke of.

    Parameters
    ----------
    sessions : DataFrame
        A sessions table.
    found : Ruptures or PulseScan
        Found in the scores of `rater`.
    responses : DataFrame, optional
        The answers behind the scores: for items left blank, and perfect ratings item by item.
    log : DataFrame, optional
        A rupture log, of one source or several.
    rater : str
    window : int
        Most sessions between a dip and a report that still belong together.
    straight : int
        Perfect ratings in a row that make a run, 2 and more.
    draws : int
        Draws of chance, 0 for none.
    rng : numpy Generator or int

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
    rated. What is expected comes from turning the dips of each client round among that client's
    ratings by a random number, so that clients who are often absent and often low do not make a
    relation. Ratings after sessions that could not be judged are left out.

    A rating is *perfect* if every item is answered in its best category, items that are keyed
    in reverse turned; without responses, if the score is the best there is. It may mean a very
    good relationship, or one in which nothing else can be said.

    Examples
    --------
    >>> from alliance import find_ruptures, rules, simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=40, rng=1)
    >>> found = find_ruptures(study.sessions, rules.own_mean())
    >>> signs = unreported_signs(study.sessions, found, log=study.log, draws=19)
    >>> signs.summary()["sign"].tolist()[:2]
    ['dips nobody logged', 'reports without a dip']
    """
    if window < 0 or draws < 0 or straight < 2:
        raise AllianceError("window and draws must be 0 or more, and straight 2 or more.")
    rng = np.random.default_rng(rng)
    what = detections(found, rater)
    log = None if log is None else tidy_log(log)
    answers = None if responses is None else tidy(responses, RESPONSES)
    perfect = perfect_runs(sessions, answers, found, straight)
    return UnreportedSigns(
        dips=_dips(what, log, window),
        reports=_reports(what, log, window),
        silence=_silence(what, answers, rater, draws, rng),
        perfect=perfect.assign(logged_within=_logged_within(perfect, log)),
        window=window,
        draws=draws,
        has_log=log is not None,
    )


def _by_source(what: Detections, log: pd.DataFrame) -> pd.DataFrame:
    """Return the logged ruptures of every source: client, source, onset, last, outcome."""
    rated = what.sessions[["client", "session"]]
    parts = [
        logged_episodes(rows, rated).assign(source=source) for source, rows in log.groupby("source")
    ]
    columns = ["client", "source", "onset", "last", "outcome"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _near(dips: pd.DataFrame, reports: pd.DataFrame, window: int) -> list[tuple[int, int]]:
    """Return rows of dips and of one source's reports that are pairs, one to one."""
    pairs = []
    groups = reports.groupby("client").indices
    for client, mine in dips.groupby("client").indices.items():
        if client in groups:
            theirs = groups[client]
            spans = (
                table.iloc[rows][["onset", "last"]].to_numpy(dtype=np.int64)
                for table, rows in ((dips, mine), (reports, theirs))
            )
            pairs += [(mine[one], theirs[other]) for one, other in matched(*spans, window)]
    return pairs


def _dips(what: Detections, log: pd.DataFrame | None, window: int) -> pd.DataFrame:
    dips = what.episodes.copy()
    if log is None:
        return dips.assign(
            logged_by=pd.array([None] * len(dips), dtype="str"),
            asked=pd.array([pd.NA] * len(dips), dtype="boolean"),
        )
    by = [[] for _ in range(len(dips))]
    told = _by_source(what, log)
    for source, reports in told.groupby("source"):
        for row, _ in _near(dips, reports.reset_index(drop=True), window):
            by[row].append(source)
    answered = log.loc[log["tension"].notna(), ["client", "session"]]
    rows = dips.assign(row=np.arange(len(dips))).merge(answered, on="client")
    rows = rows[rows["session"].between(rows["onset"], rows["last"])]
    asked = pd.Series(dips.index.isin(rows["row"]), index=dips.index, dtype="boolean")
    # A log of ruptures only does not say where somebody was asked and had nothing to report.
    asked = asked.where(asked | log["tension"].eq(0).any())
    names = pd.array([", ".join(sources) for sources in by], dtype="str")
    return dips.assign(logged_by=names, asked=asked)


def _reports(what: Detections, log: pd.DataFrame | None, window: int) -> pd.DataFrame:
    columns = ["client", "source", "onset", "last", "outcome", "dip"]
    if log is None:
        return pd.DataFrame(columns=columns).astype({"dip": "boolean"})
    judged = what.sessions.dropna(subset=["found"])
    parts = []
    for _, reports in _by_source(what, log).groupby("source"):
        reports = reports.reset_index(drop=True)
        near = reports.assign(row=reports.index).merge(judged[["client", "session"]], on="client")
        near = near[near["session"].between(near["onset"] - window, near["last"] + window)]
        paired = {other for _, other in _near(what.episodes, reports, window)}
        dip = pd.Series([row in paired for row in reports.index], dtype="boolean")
        parts.append(reports.assign(dip=dip.mask(~reports.index.isin(near["row"]))))
    if not parts:
        return pd.DataFrame(columns=columns).astype({"dip": "boolean"})
    return pd.concat(parts, ignore_index=True)[columns].astype({"dip": "boolean"})


def _silence(what: Detections, answers, rater: str, draws: int, rng) -> pd.DataFrame:
    steps = _steps(what, answers, rater)
    signs = {"a gap before the next rating": "gap"}
    if answers is not None:
        signs["an unanswered item in the next rating"] = "blank"
    rows = [
        {"sign": sign, **_beside_chance(steps.dropna(subset=[column]), column, draws, rng)}
        for sign, column in signs.items()
    ]
    return pd.DataFrame(rows)


def _steps(what: Detections, answers, rater: str) -> pd.DataFrame:
    """Return a row for each rating that follows another: was that a dip, a gap, a blank?"""
    rated = what.sessions.sort_values(["client", "session"], ignore_index=True)
    before = rated.groupby("client")[["session", "found"]].shift()
    steps = rated[["client", "session"]].assign(
        after=before["found"],
        gap=(rated["session"] - before["session"]).gt(1).astype("boolean"),
    )
    steps = steps[before["session"].notna() & before["found"].notna()]
    if answers is None:
        return steps.assign(blank=pd.array([pd.NA] * len(steps), dtype="boolean"))
    items = [name for name in answers.columns if name.startswith("item_")]
    mine = answers[answers["rater"] == rater]
    # Columns that an instrument does not have are empty in all of its rows.
    asked = mine[items].notna().groupby(mine["instrument"]).transform("any")
    blank = (mine[items].isna() & asked).any(axis=1)
    told = mine[["client", "session"]].assign(blank=blank, client=as_text(mine["client"]))
    told = told.groupby(["client", "session"], as_index=False)["blank"].any()
    steps = steps.merge(told, on=["client", "session"], how="left")
    return steps.assign(blank=steps["blank"].astype("boolean"))


def _beside_chance(steps: pd.DataFrame, column: str, draws: int, rng) -> dict:
    after, sign = steps["after"].to_numpy(bool), steps[column].to_numpy(bool)
    client = pd.factorize(steps["client"])[0]
    offsets = np.append(0, np.cumsum(np.bincount(client)))
    seen = float(np.sum(after & sign))

    def draw() -> np.ndarray:
        return np.array([float(np.sum(turned(after, offsets, rng)[0] & sign))])

    chance = chance_of_draws(np.array([seen]), draw, draws if after.any() else 0)[0]
    others = sign[~after]
    return {
        "after_dip": int(after.sum()),
        "seen": int(seen),
        **dict(zip(("expected", "low", "high", "p"), map(float, chance), strict=True)),
        "elsewhere": float(others.mean()) if len(others) else np.nan,
    }


def _logged_within(perfect: pd.DataFrame, log: pd.DataFrame | None):
    if log is None:
        return pd.array([pd.NA] * len(perfect), dtype="Int64")
    tense = log.loc[log["tension"].gt(0), ["client", "session"]].drop_duplicates()
    rows = perfect.assign(row=np.arange(len(perfect))).merge(tense, on="client")
    rows = rows[rows["session"].between(rows["first"], rows["last"])]
    return pd.array(np.bincount(rows["row"], minlength=len(perfect)), dtype="Int64")
