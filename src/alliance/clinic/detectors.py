"""Detectors: each rated session judged by the sessions up to it, by the pulse model or by a rule."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alliance import rules
from alliance.clinic.record import Record
from alliance.clinic.settings import PULSE, Settings
from alliance.errors import AllianceError, AllianceWarning, suggest
from alliance.model import PulseModel, PulseScan, find_pulses, fit_pulses
from alliance.ruptures import Ruptures, find_ruptures

IN_TOO_FEW = "own-past"
MOST_REFITTED = 600
_LOW = ("onset", "in rupture", "still low")


@dataclass(frozen=True, eq=False, kw_only=True)
class Detected:
    """What was found, each session judged by the sessions up to it.

    Attributes
    ----------
    frame : DataFrame
        One row for each rated session, sorted by client and session: client, session, score,
        expected (the client's own level there, points; NaN where not judged), probability (of a
        rupture; 1 or 0 by a rule; NaN where not judged), inside (a rupture is under way).
    episodes : DataFrame
        Table EPISODES, sorted by client and onset.
    by : PulseScan or Ruptures
        What the detector returned.
    """

    frame: pd.DataFrame
    episodes: pd.DataFrame
    by: PulseScan | Ruptures

    @property
    def judged(self) -> int:
        """Clients with one or more sessions judged."""
        return self.frame.loc[self.frame["probability"].notna(), "client"].nunique()


@dataclass(frozen=True, eq=False, kw_only=True)
class PulseDetector:
    """The pulse model, fitted to what was known on the day."""

    model: PulseModel
    threshold: float

    name = PULSE

    def find(self, sessions: pd.DataFrame) -> Detected:
        """Judge each session of a table with the scale ``total``."""
        found = find_pulses(sessions, self.model, threshold=self.threshold, prospective=True)
        names = ["client", "session", "score", "expected", "probability"]
        frame = _for_every(sessions, found.frame[names])
        return Detected(
            frame=frame.assign(inside=frame["probability"] > self.threshold),
            episodes=found.episodes.drop(columns="probability_of_repair"),
            by=found,
        )

    def refitted(self, sessions: pd.DataFrame) -> PulseDetector:
        """Return the detector fitted anew, as it would have been to these sessions.

        Of more than 600 clients every k-th is used.
        """
        codes = pd.factorize(sessions["client"])[0]
        every = -(-(codes.max() + 1) // MOST_REFITTED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AllianceWarning)
            model = fit_pulses(
                sessions[codes % every == 0], higher_is_better=self.model.higher_is_better
            )
        return replace(self, model=model)

    def text(self) -> str:
        """Return how ruptures are found."""
        fitted = self.model.raters[0]
        return (
            "Ruptures are found by the pulse detector: a model of the clients' own level and "
            "growth, of fluctuation that carries over, of measurement error and of ruptures, "
            f"fitted to {fitted.clients_fitted:,} clients of this table. A rupture is under way "
            f"at a session if its probability, given the sessions up to it, is above "
            f"{self.threshold:g}; it is called repaired at the first rated session at or below that."
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class RuleDetector:
    """A rule of the literature, each session judged by what was known on its day."""

    rule: rules.Rule
    higher_is_better: bool

    @property
    def name(self) -> str:
        """Name of the rule."""
        return self.rule.name

    def find(self, sessions: pd.DataFrame) -> Detected:
        """Judge each session of a table with the scale ``total``."""
        found = find_ruptures(
            sessions, self.rule, higher_is_better=self.higher_is_better, prospective=True
        )
        flags = found.flags.rename(columns={"reference": "expected"})
        inside = flags["state"].isin(_LOW)
        judged = flags["flagged"].notna()
        frame = flags[["client", "session", "score", "expected"]].assign(
            probability=inside.astype(float).where(judged | inside), inside=inside
        )
        return Detected(frame=frame.reset_index(drop=True), episodes=found.frame, by=found)

    def refitted(self, sessions: pd.DataFrame) -> RuleDetector:
        """Return the rule: it has nothing to fit."""
        return self

    def text(self) -> str:
        """Return how ruptures are found."""
        return (
            f"{self.rule.text()} Each session was judged only by what was known on its day. A "
            "rupture that is not repaired counts as under way as long as the scores stay low."
        )


def choose_detector(record: Record, settings: Settings) -> tuple[PulseDetector | RuleDetector, str]:
    """Return the detector, fitted to what was known on the day, and a remark on the choice.

    Raises
    ------
    AllianceError
        If there is no rule of that name.
    """
    if settings.detector != PULSE:
        known = [PULSE, *rules.presets()]
        if settings.detector not in known:
            hint = suggest(settings.detector, known)
            raise AllianceError(f"There is no detector '{settings.detector}'.{hint}")
        return _rule(settings.detector, record), ""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", AllianceWarning)
            model = fit_pulses(record.sessions, higher_is_better=record.higher_is_better)
    except AllianceError as error:
        why = str(error).splitlines()[0]
        return _rule(IN_TOO_FEW, record), f"{why} The rule {IN_TOO_FEW} is used instead."
    remark = " ".join(str(warning.message) for warning in caught)
    return PulseDetector(model=model, threshold=settings.threshold), remark


def _rule(name: str, record: Record) -> RuleDetector:
    return RuleDetector(rule=rules.load(name), higher_is_better=record.higher_is_better)


def _for_every(sessions: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each session, also of the clients that could not be judged."""
    key = ["client", "session"]
    wanted = sessions[[*key, "total"]].rename(columns={"total": "score"})
    if len(found) == len(wanted) and np.array_equal(found["session"], wanted["session"]):
        return found.reset_index(drop=True)
    return wanted.merge(found.drop(columns="score"), on=key, how="left", validate="1:1")
