"""The scan: a probability of rupture for every session, and the episodes above a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self, Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Bools, Floats
from alliance.course import Choice, Courses
from alliance.errors import AllianceError, suggest
from alliance.joins import require_one_case
from alliance.model.episodes import episodes, runs
from alliance.model.fitting import MOST_SESSIONS, judgeable
from alliance.model.posterior import Posterior, posterior
from alliance.model.pulse import PulseModel, chosen_courses, fit_pulses
from alliance.results import Result
from alliance.ruptures.frames import cases_said, whose
from alliance.tables import course_key

_THRESHOLDS = np.arange(1, 100) / 100
# What may be chosen beside a fitted model.
_FREE = ("rater", "instrument", "moment")


@dataclass(frozen=True, eq=False, kw_only=True)
class PulseScan(Result):
    """What the pulse detector found.

    Attributes
    ----------
    frame : DataFrame
        One row for each rated session of the judged clients: client, case where known, rater,
        session, score (points), expected (points; the client's own level and growth there,
        ruptures taken out), probability (that the session lies in a rupture; NaN at the first session, which
        nothing precedes), later_repaired (probability that it does and that a later rated
        session is free of that rupture; NaN in a prospective scan).
    episodes : DataFrame
        Table EPISODES with probability (the highest of the episode's sessions) and
        probability_of_repair (given that there is a rupture). Unit of depth_in_units: the SD
        of the pooled scores.
    clients : DataFrame
        One row for each course: client, case where known, rater, rated (sessions), judged,
        reason (why not), any_rupture (probability of a rupture at any session), ruptures, repaired
        and open (episodes found); numbers are NaN where not judged.
    model : PulseModel
    threshold : float
        An episode is a run of rated sessions with a higher probability.
    prospective : bool
        Was each session judged by the sessions up to it only?
    own_model : bool
        Was the model fitted to these sessions?
    """

    episodes: pd.DataFrame
    clients: pd.DataFrame
    model: PulseModel
    threshold: float
    prospective: bool
    own_model: bool

    def at(self, threshold: float) -> Self:
        """Return the same probabilities with episodes above another threshold, 0-1."""
        _check_threshold(threshold)
        found = episodes(
            self.frame,
            threshold=threshold,
            scale=self.model.scale,
            sign=1.0 if self.model.higher_is_better else -1.0,
            unit=self.model.raters[0].scores.sd,
            prospective=self.prospective,
        )
        clients = _with_counts(self.clients, found)
        return replace(self, episodes=found, clients=clients, threshold=float(threshold))

    def fdr(self, level: float = 0.2) -> Self:
        """Return the largest set of episodes of which at most a share `level` is expected false.

        Parameters
        ----------
        level : float
            Above 0, below 1.

        Returns
        -------
        PulseScan
            With the threshold, in steps of .01, that gives the most episodes while the mean
            of one minus their probabilities is at most `level`; 1 if none does.

        References
        ----------
        Efron, B. (2008). Microarrays, empirical Bayes and the two-groups model. Statistical
        Science, 23, 1-22. doi:10.1214/07-STS236
        """
        if not 0 < level < 1:
            raise AllianceError(f"level must lie between 0 and 1, not {level}.")
        most, chosen = 0, 1.0
        for threshold in _THRESHOLDS[::-1]:
            highest = runs(self.frame, threshold)[2]
            # The mean of 1 - probability is the expected share of false ones (Efron, 2008).
            if len(highest) > most and np.mean(1 - highest) <= level:
                most, chosen = len(highest), float(threshold)
        return self.at(chosen)

    @property
    def expected_false(self) -> float:
        """How many of the episodes found are expected not to be ruptures, by the model.

        In data without any rupture all of them are; `alliance.model` asks how many there would
        then be.
        """
        return float((1 - self.episodes["probability"]).sum())

    def table_rows(self) -> pd.DataFrame:
        """Return clients, sessions and episodes counted, in one row."""
        counts = {
            "rater": self.clients["rater"].iloc[0],
            "clients": len(self.clients),
            "judged": int(self.clients["judged"].sum()),
            "sessions": len(self.frame),
            "with_rupture": int((self.clients["ruptures"] > 0).sum()),
            "ruptures": len(self.episodes),
            "repaired": int(self.episodes["outcome"].eq("repaired").sum()),
            "open": int(self.episodes["outcome"].eq("open").sum()),
            "expected_false": self.expected_false,
        }
        return pd.DataFrame([counts])

    def preface(self) -> str:
        """Return that cases are counted, where a client has several."""
        return cases_said(self.clients)

    def facts(self) -> Mapping[str, object]:
        """Return the counts, and what the model does not give of its own sessions."""
        doubts = self.model.doubts if self.own_model else []
        return {"rows": self.table_rows().to_dict("records"), "doubts": doubts}

    def why(self, client: str, session: int, rater: str | None = None) -> str:
        """Say in words and numbers why a session was or was not taken as a rupture.

        Raises
        ------
        AllianceError
            If there is no such client, or not of that rater, or it has several cases.
        """
        known = self.clients[self.clients["client"] == str(client)]
        require_one_case(known["client"])
        if known.empty:
            hint = suggest(str(client), self.clients["client"])
            raise AllianceError(f"The client '{client}' is not in the scan.{hint}")
        judged = known["rater"].iloc[0]
        if rater not in (None, judged):
            raise AllianceError(f"Only scores rated by '{judged}' are in the scan.")
        if not known["judged"].iloc[0]:
            return f"Not judged: {known['reason'].iloc[0]}."
        here = self.frame[self.frame["client"] == str(client)]
        here = here[here["session"] == session]
        if here.empty:
            return f"Not judged: client {client} has no score at session {session}."
        row = here.iloc[0]
        if np.isnan(row["probability"]):
            return "Not judged: the first rated session has nothing before it to fall from."
        flagged = row["probability"] > self.threshold
        return (
            f"{'A rupture' if flagged else 'No rupture'}: the score at session {session} was "
            f"{row['score']:.2f} where {row['expected']:.2f} is this client's own level; seen "
            f"with the other sessions that makes a probability of rupture of "
            f"{row['probability']:.2f}, {'above' if flagged else 'not above'} {self.threshold:g}."
        )


def find_pulses(
    sessions: pd.DataFrame | Courses,
    model: PulseModel | None = None,
    *,
    threshold: float = 0.5,
    prospective: bool = False,
    reliability: float | None = None,
    scores: str | None = None,
    **choice: Unpack[Choice],
) -> PulseScan:
    """Give every session a probability of rupture, and list the episodes.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table, or what `alliance.courses` chose from one; session numbers from 1, a
        missed session left out or without score.
    model : PulseModel, optional
        Fitted before, perhaps to other clients. By default one is fitted to `sessions`.
    threshold : float
        Above 0, up to 1. An episode is a run of rated sessions with a higher probability:
        .5 for research, .3 where missing a rupture is the worse mistake.
    prospective : bool
        If True each session is judged by the sessions up to it only, as in a clinic; the
        parameters stay those of the model. Without `model` they are fitted to the whole of
        `sessions`, later ones included.
    reliability, scores
        As in `alliance.model.fit_pulses`; only without `model`.
    **choice
        scale, rater, instrument, moment, higher_is_better, as in `alliance.courses`; with a
        `model` its scale and direction.

    Returns
    -------
    PulseScan
        An episode is repaired if a later rated session lies at or below the threshold, and
        open if it reaches the last rated one; there is no "unrepaired".

    Raises
    ------
    AllianceError
        If options are wrong, or as for `fit_pulses`.

    Notes
    -----
    A client needs two rated sessions, and at most 150. Missed sessions count as the time they
    took. At most two ruptures are weighed in one record, so that in long therapies
    with many the weaker ones are understated.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=40, seed=1)
    >>> found = find_pulses(study.sessions)
    >>> found.summary()[["clients", "judged"]].values.tolist()
    [[40, 40]]
    """
    _check_threshold(threshold)
    own_model = model is None
    if model is None:
        chosen = chosen_courses(sessions, **choice)
        asked = {"reliability": reliability, "scores": scores}
        given = {name: value for name, value in asked.items() if value is not None}
        model = fit_pulses(chosen, **given)  # type: ignore[arg-type]
    else:
        chosen = _courses_for(model, sessions, choice, reliability=reliability, scores=scores)
    frame, clients = _judged(chosen, model, prospective)
    return PulseScan(
        frame=frame,
        episodes=frame.iloc[:0],
        clients=clients,
        model=model,
        threshold=float(threshold),
        prospective=bool(prospective),
        own_model=own_model,
    ).at(threshold)


def _check_threshold(threshold: float) -> None:
    if not 0 < threshold <= 1:
        raise AllianceError(f"threshold must lie above 0 and up to 1, not {threshold}.")


def _courses_for(
    model: PulseModel, sessions: pd.DataFrame | Courses, choice: Choice, **options: object
) -> Courses:
    """Return the scores that a fitted model is for; refuse options that it has settled."""
    settled = [
        name
        for name, value in {**choice, **options}.items()
        if name not in _FREE and value is not None
    ]
    if settled:
        raise AllianceError(
            f"{', '.join(settled)}: the model given has this settled.\n"
            "To fix: leave it out here, or fit another model with it."
        )
    choice["scale"], choice["higher_is_better"] = model.scale, model.higher_is_better
    return chosen_courses(sessions, **choice)


def _judged(
    chosen: Courses, model: PulseModel, prospective: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame and the clients of a `PulseScan`."""
    judged = judgeable(chosen)
    some = chosen.take(judged)
    found, expected = _posterior(some, model, look_ahead=not prospective)
    frame = scan_frame(some, expected, found.rupture, None if prospective else found)
    clients = scan_clients(chosen).assign(any_rupture=np.nan)
    clients.loc[judged, "any_rupture"] = found.anywhere
    return frame, clients


def _posterior(
    chosen: Courses, model: PulseModel, *, look_ahead: bool, wanted: Bools | None = None
) -> tuple[Posterior, Floats]:
    """Return the posterior by a model, and what it expects in points."""
    fitted = model.of(chosen.rater)
    standard = chosen.with_scores(fitted.scores.of(chosen.points))
    found = posterior(standard, fitted.parameters, look_ahead=look_ahead, wanted=wanted)
    return found, fitted.scores.back(found.expected)


def judge_sessions(chosen: Courses, model: PulseModel, wanted: Bools) -> tuple[Floats, Floats]:
    """Judge single sessions by those up to them: the own level there, points, and the probability.

    Both have one value for each session, NaN where it is not wanted or has fewer than one or more
    than 149 before it.
    """
    nth = np.arange(len(chosen.scores)) - np.repeat(chosen.offsets[:-1], chosen.lengths)
    found, expected = _posterior(
        chosen, model, look_ahead=False, wanted=wanted & (nth < MOST_SESSIONS)
    )
    return expected, found.rupture


def scan_frame(
    chosen: Courses,
    expected: Floats,
    probability: Floats,
    found: Posterior | None = None,
) -> pd.DataFrame:
    """Return the frame of a `PulseScan`, of all sessions; of a prospective one without `found`."""
    return pd.DataFrame(
        {
            **whose(chosen, chosen.owner),
            "rater": chosen.rater,
            "session": chosen.sessions,
            "score": chosen.points,
            "expected": expected,
            "probability": probability,
            "later_repaired": np.nan if found is None else found.repaired,
        }
    )


def scan_clients(chosen: Courses) -> pd.DataFrame:
    """Return the clients of a `PulseScan`, before anything was found."""
    return pd.DataFrame(
        {
            **whose(chosen, np.arange(chosen.count)),
            "rater": chosen.rater,
            "rated": chosen.lengths,
            "judged": judgeable(chosen),
            "reason": pd.array([_reason(count) for count in chosen.lengths], dtype="str"),
        }
    )


def _reason(rated: int) -> str:
    if rated < 2:
        return f"{'only 1' if rated else 'no'} rated session, and 2 are needed"
    if rated > MOST_SESSIONS:
        return f"{rated} rated sessions, more than the {MOST_SESSIONS} that can be weighed"
    return ""


def _with_counts(clients: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    names, key = ["ruptures", "repaired", "open"], course_key(clients)
    counted = found[key].assign(
        ruptures=1.0,
        repaired=found["outcome"].eq("repaired").astype(float),
        open=found["outcome"].eq("open").astype(float),
    )
    counts = counted.groupby(key, as_index=False).sum()
    clients = clients.drop(columns=names, errors="ignore").merge(counts, on=key, how="left")
    clients[names] = clients[names].fillna(0).where(clients["judged"], axis=0)
    return clients
