"""The one judgement of page and monitor: each rated session by the sessions up to it.

Each session is judged by the model that was known on its day. The model is fitted anew whenever
the rated sessions have doubled, so the judgement of a day is a function of what was known then.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alliance import rules
from alliance.arrays import Bools
from alliance.clinic.record import Record, last_rows
from alliance.clinic.settings import PULSE, Settings
from alliance.course import Courses
from alliance.errors import AllianceError, AllianceWarning, suggest
from alliance.model import PulseModel, PulseScan
from alliance.model.pulse import chosen_courses, fit_unchecked
from alliance.model.scanning import judge_sessions, scan_clients, scan_frame
from alliance.ruptures import Ruptures, find_ruptures, pooled_quantities

IN_TOO_FEW = "own-past"
LATER = "sudden-loss"
MIN_CLIENTS, MIN_RATED, MIN_SESSIONS, GROWTH = 10, 3, 60, 2
MOST_FITTED = 300
_LOW = ("onset", "in rupture", "still low")
_FRAME = ["client", "session", "score", "expected", "probability"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Epoch:
    """A model and from when on it judges."""

    since: str  # Sessions after this day are judged by it; empty: all
    model: PulseModel | None  # None where there are too few ratings for one: then a rule judges
    sessions: int  # Rated sessions that were known on that day
    pooled: Mapping[str, float] | None = None  # What a rule needs from all clients together


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """What was found, each session judged by what was known on its day.

    Attributes
    ----------
    frame : DataFrame
        One row for each rated session, sorted by client and session: client, session, score,
        expected (the client's own level there, points; NaN where not judged), probability (of a
        rupture; 1 or 0 by a rule; NaN where not judged), inside (a rupture is under way).
    episodes : DataFrame
        Table EPISODES, sorted by client and onset; open where the last rated session lies in it.
    by : PulseScan or Ruptures
        For what needs the detector's own result.
    epochs : tuple of Epoch
    rule : Rule, optional
        The rule that judged; beside epochs with a model only the sessions before them.
    again : callable
        Judges another table of the same kind by the same procedure, with one model fitted to it:
        the sessions of a mask, or more.
    """

    frame: pd.DataFrame
    episodes: pd.DataFrame
    by: PulseScan | Ruptures
    epochs: tuple[Epoch, ...]
    rule: rules.Rule | None
    again: Callable[[pd.DataFrame, Bools], "Judged"]

    @property
    def by_model(self) -> bool:
        """Whether the pulse detector judged (of late)."""
        return isinstance(self.by, PulseScan)


def judge(record: Record, settings: Settings, known: Sequence[Epoch] = ()) -> Judged:
    """Judge every rated session of a record.

    Parameters
    ----------
    record : Record
    settings : Settings
    known : sequence of Epoch
        Models that were fitted by earlier runs; they stay.

    Returns
    -------
    Judged

    Raises
    ------
    AllianceError
        If there is no such rule, or it needs later sessions.

    Notes
    -----
    The first model is fitted when 10 clients have 3 rated sessions and these clients have 60; each
    next one when they have twice as many as at the one before, from the ratings up to that day
    (of more than 300 clients every k-th). Sessions before the first are judged by the rule
    own-past, and so are all where there are too few. Without dates there is one model, of all
    ratings.
    """
    if settings.detector != PULSE:
        pooled = next((epoch.pooled for epoch in known if epoch.pooled is not None), None)
        return _by_rule(record.sessions, _rule(settings.detector), record.higher_is_better, pooled)
    epochs = _epochs(record, known)
    last = epochs[-1].model
    if last is None:
        return replace(
            _by_rule(record.sessions, rules.load(IN_TOO_FEW), record.higher_is_better),
            epochs=epochs,
        )
    return _by_models(record, epochs, last, settings.threshold)


def check_detector(settings: Settings) -> None:
    """Raise an error if there is no such detector, or it needs later sessions."""
    if settings.detector != PULSE:
        _rule(settings.detector)


def _rule(name: str | rules.Rule) -> rules.Rule:
    if isinstance(name, str) and name not in rules.presets():
        known = [PULSE, *rules.presets()]
        raise AllianceError(f"There is no detector '{name}'.{suggest(name, known)}")
    rule = rules.load(name)
    if rule.name == LATER:
        raise AllianceError(
            f"The rule {rule.name} needs later sessions, so it cannot judge one on its day.\n"
            "To fix: choose another rule, or pulse."
        )
    return rule


def _by_rule(
    sessions: pd.DataFrame,
    rule: rules.Rule,
    higher_is_better: bool,
    pooled: Mapping[str, float] | None = None,
) -> Judged:
    pooled = pooled or _pooled(sessions, rule)
    found = find_ruptures(
        sessions,
        rule,
        higher_is_better=higher_is_better,
        prospective=True,
        pooled={"client": pooled} if pooled else None,
    )
    flags = found.flags.rename(columns={"reference": "expected"})
    inside = flags["state"].isin(_LOW)
    judged = flags["flagged"].notna() | inside
    frame = flags[["client", "session", "score", "expected"]].assign(
        probability=inside.astype(float).where(judged), inside=inside
    )
    return Judged(
        frame=frame.reset_index(drop=True),
        episodes=_with_open(found.frame, frame),
        by=found,
        epochs=(Epoch(since="", model=None, sessions=len(frame), pooled=pooled),),
        rule=rule,
        again=lambda table, wanted: _by_rule(table, rule, higher_is_better),
    )


def _pooled(sessions: pd.DataFrame, rule: rules.Rule) -> Mapping[str, float] | None:
    """Return what a rule needs from all clients; None if nothing, or if it is not known yet."""
    values = pooled_quantities(sessions, rule).get("client", {})
    # NaN is the only value that differs from itself.
    return None if any(value != value for value in values.values()) else values


def _with_open(episodes: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Call open what the scores have not come back from, however long the rule's window is."""
    last = last_rows(frame)["inside"]
    latest = episodes.index.isin(episodes.drop_duplicates("client", keep="last").index)
    stays = latest & last.reindex(episodes["client"]).to_numpy(bool)
    return episodes.assign(outcome=episodes["outcome"].mask(stays, "open"))


def _epochs(record: Record, known: Sequence[Epoch]) -> tuple[Epoch, ...]:
    """Return the models, and from when on each judges."""
    known = [epoch for epoch in known if epoch.model is not None]
    if not record.at:
        return tuple(known) or (_epoch(record.sessions, "", record.higher_is_better),)
    # A review of a past day must not know models of later days.
    epochs = [epoch for epoch in known if epoch.since < record.at]
    # Judged by a model are the sessions after the day it is taken from: that day is then over.
    sizes = _sizes(record).loc[lambda sizes: sizes.index < record.at]
    while True:
        wanted = GROWTH * epochs[-1].sessions if epochs else MIN_SESSIONS
        reached = sizes["sessions"].ge(wanted) & sizes["clients"].ge(MIN_CLIENTS)
        if not reached.any():
            break
        since = str(reached.idxmax())
        then = record.sessions[(record.rated["date"] <= since).to_numpy()]
        last = epochs[-1].model if epochs else None
        epoch = _epoch(then, since, record.higher_is_better, last)
        epochs.append(replace(epoch, sessions=int(sizes.loc[since, "sessions"])))
    return tuple(epochs) or (Epoch(since="", model=None, sessions=0),)


def _sizes(record: Record) -> pd.DataFrame:
    """Return for each day the clients with enough rated sessions by then, and their sessions."""
    rated = record.rated.sort_values(["date", "client", "session"], kind="stable")
    nth = rated.groupby("client").cumcount() + 1
    sizes = pd.DataFrame(
        {
            "clients": (nth == MIN_RATED).to_numpy(int),
            # A client counts from the third rated session on, with all three.
            "sessions": np.where(nth < MIN_RATED, 0, np.where(nth == MIN_RATED, MIN_RATED, 1)),
        },
        index=rated["date"].to_numpy(),
    )
    return sizes.groupby(level=0).sum().cumsum()


def _epoch(
    sessions: pd.DataFrame, since: str, higher_is_better: bool, near: PulseModel | None = None
) -> Epoch:
    model = fit_some(sessions, higher_is_better, near=near)
    return Epoch(since=since, model=model, sessions=len(sessions))


def fit_some(
    sessions: pd.DataFrame,
    higher_is_better: bool,
    *,
    ruptures: bool = True,
    near: PulseModel | None = None,
) -> PulseModel | None:
    """Fit the pulse model to every k-th client, no more than it needs; None where there are too few."""
    codes = pd.factorize(sessions["client"])[0]
    every = -(-(codes.max() + 1) // MOST_FITTED)
    part = sessions[codes % every == 0] if every > 1 else sessions
    try:
        with warnings.catch_warnings(action="ignore", category=AllianceWarning):
            chosen = chosen_courses(part, higher_is_better=higher_is_better)
            return fit_unchecked(chosen, ruptures=ruptures, near=near)
    except AllianceError:
        return None


def _by_models(
    record: Record, epochs: tuple[Epoch, ...], last: PulseModel, threshold: float
) -> Judged:
    """Let each model judge the sessions of its days, and the rule those before the first."""
    sessions, higher = record.sessions, record.higher_is_better
    judges, rule = _judges(record.rated, epochs), None
    chosen = chosen_courses(sessions, higher_is_better=higher)
    expected, probability = np.full((2, len(sessions)), np.nan)
    early = judges == 0
    if early.any():
        rule = rules.load(IN_TOO_FEW)
        known = _by_rule(sessions[early], rule, higher).frame
        expected[early], probability[early] = known["expected"], known["probability"]
    for number, epoch in enumerate(epochs, start=1):
        here = judges == number
        if here.any() and epoch.model is not None:
            level, risen = judge_sessions(chosen, epoch.model, here)
            expected[here], probability[here] = level[here], risen[here]
    frame = scan_frame(chosen, expected, probability)
    return _as_one(frame, chosen, last, epochs, rule, threshold)


def _judges(rated: pd.DataFrame, epochs: tuple[Epoch, ...]) -> np.ndarray:
    """Return for each rated session which model judges it, from 1; 0 is before the first."""
    starts = [epoch.since for epoch in epochs]
    if not starts[0]:
        return np.ones(len(rated), dtype=int)
    day = rated["date"].to_numpy(dtype="U10")
    number = pd.Series(np.searchsorted(np.array(starts, dtype="U10"), day, side="left"))
    # A wrong date must not send a later session back to an older model.
    return np.asarray(number.groupby(rated["client"].to_numpy()).cummax())


def _as_one(
    frame: pd.DataFrame,
    chosen: Courses,
    model: PulseModel,
    epochs: tuple[Epoch, ...],
    rule: rules.Rule | None,
    threshold: float,
) -> Judged:
    by = PulseScan(
        frame=frame,
        episodes=frame.iloc[:0],
        clients=scan_clients(chosen),
        model=model,
        threshold=threshold,
        prospective=True,
        own_model=True,
    ).at(threshold)
    return Judged(
        frame=frame[_FRAME].assign(inside=frame["probability"] > threshold),
        episodes=by.episodes.drop(columns="probability_of_repair"),
        by=by,
        epochs=epochs,
        rule=rule,
        again=lambda table, wanted: _again(table, wanted, model, threshold),
    )


def _again(table: pd.DataFrame, wanted: Bools, last: PulseModel, threshold: float) -> Judged:
    """Judge sessions of another table by one model fitted to it, or by the last if none can be."""
    epoch = _epoch(table, "", last.higher_is_better, last)
    model = epoch.model or last
    chosen = chosen_courses(table, higher_is_better=last.higher_is_better)
    found = scan_frame(chosen, *judge_sessions(chosen, model, wanted))
    return _as_one(found, chosen, model, (epoch,), None, threshold)
