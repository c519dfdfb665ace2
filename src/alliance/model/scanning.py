"""The scan: a probability of rupture for every session, and the episodes above a threshold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, Unpack

import numpy as np
import pandas as pd

from alliance.arrays import Bools, Floats
from alliance.course import Choice, Courses
from alliance.errors import AllianceError, suggest
from alliance.model.courses import Courses as ModelCourses
from alliance.model.episodes import episodes, runs
from alliance.model.posterior import Posterior, posterior
from alliance.model.pulse import (
    MOST_SESSIONS,
    PulseModel,
    chosen_courses,
    fit_pulses,
    judgeable,
)
from alliance.results import Result, Spec

_THRESHOLDS = np.arange(1, 100) / 100
# What may be chosen beside a fitted model.
_FREE = ("rater", "instrument", "moment")


@dataclass(frozen=True, eq=False, kw_only=True)
class PulseScan(Result):
    """What the pulse detector found.

    Attributes
    ----------
    frame : DataFrame
        One row for each rated session of the judged clients: client, rater, session, score
        (points), expected (points; the client's own level and growth there, ruptures taken
        out), probability (that the session lies in a rupture; NaN at the first session, which
        nothing precedes), later_repaired (probability that it does and that a later rated
        session is free of that rupture; NaN in a prospective scan).
    episodes : DataFrame
        Table EPISODES with probability (the highest of the episode's sessions) and
        probability_of_repair (given that there is a rupture). Unit of depth_in_units: the SD
        of the pooled scores.
    clients : DataFrame
        One row for each client and rater: client, rater, rated (sessions), judged, reason
        (why not), any_rupture (probability of a rupture at any session), ruptures, repaired
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
        if not 0 < threshold <= 1:
            raise AllianceError(f"threshold must lie above 0 and up to 1, not {threshold}.")
        found = _episodes(self.frame, self.model, threshold, self.prospective)
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
        """Return clients, sessions and episodes counted, one row for each rater."""
        clients = self.clients.groupby("rater")
        found = self.episodes
        count = pd.DataFrame(
            {
                "clients": clients.size(),
                "judged": clients["judged"].sum(),
                "sessions": self.frame.groupby("rater").size(),
                "with_rupture": clients["ruptures"].agg(lambda ruptures: (ruptures > 0).sum()),
                "ruptures": clients["ruptures"].sum(),
                "repaired": clients["repaired"].sum(),
                "open": clients["open"].sum(),
                "expected_false": (1 - found["probability"]).groupby(found["rater"]).sum(),
            }
        ).fillna(0)
        whole = count.columns.difference(["expected_false"])
        return count.astype(dict.fromkeys(whole, int)).reset_index()

    def table_columns(self) -> Sequence[Spec]:
        """Return the columns of the table: clients, sessions and ruptures counted."""

        def count(name: str, head: str, under: str = "") -> Spec:
            return Spec(name=name, head=head, kind="count", under=under)

        return (
            Spec(name="rater"),
            count("clients", "All", "Clients"),
            count("judged", "Judged", "Clients"),
            count("sessions", "Sessions"),
            count("with_rupture", "With a rupture", "Clients"),
            count("ruptures", "All", "Ruptures"),
            count("repaired", "Repaired", "Ruptures"),
            count("open", "Open", "Ruptures"),
            Spec(
                name="expected_false",
                head="Expected false",
                kind="number",
                under="Ruptures",
                decimals=1,
            ),
        )

    def facts(self) -> Mapping[str, object]:
        """Return the counts of each rater, and what the model does not give of its own sessions."""
        doubts = self.model.doubts if self.own_model else []
        return {"rows": self.table_rows().to_dict("records"), "doubts": doubts}

    def why(self, client: str, session: int, rater: str | None = None) -> str:
        """Say in words and numbers why a session was or was not taken as a rupture.

        Raises
        ------
        AllianceError
            If the client is unknown, or several raters are and none is named.
        """
        known = self.clients[self.clients["client"] == str(client)]
        known = known if rater is None else known[known["rater"] == rater]
        if len(known) != 1:
            hint = suggest(str(client), self.clients["client"])
            wrong = "has several raters; name one" if len(known) else "is not in the scan"
            raise AllianceError(f"The client '{client}' {wrong}.{'' if len(known) else hint}")
        status = known.iloc[0]
        if not status["judged"]:
            return f"Not judged: {status['reason']}."
        frame = self.frame
        here = (frame["client"] == status["client"]) & (frame["rater"] == status["rater"])
        here &= frame["session"] == session
        if not here.any():
            return f"Not judged: client {client} has no score at session {session}."
        row = frame[here].iloc[0]
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
    if not 0 < threshold <= 1:
        raise AllianceError(f"threshold must lie above 0 and up to 1, not {threshold}.")
    own_model = model is None
    if model is None:
        chosen = chosen_courses(sessions, **choice)
        asked = {"reliability": reliability, "scores": scores}
        given = {name: value for name, value in asked.items() if value is not None}
        model = fit_pulses(chosen, **given)  # type: ignore[arg-type]
    else:
        chosen = _courses_for(model, sessions, choice, reliability=reliability, scores=scores)
    frame, clients = _judged(chosen, model, prospective)
    found = _episodes(frame, model, threshold, prospective)
    return PulseScan(
        frame=frame,
        episodes=found,
        clients=_with_counts(clients, found),
        model=model,
        threshold=float(threshold),
        prospective=bool(prospective),
        own_model=own_model,
    )


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
    fitted, judged = model.of(chosen.rater), judgeable(chosen)
    found = posterior(
        ModelCourses.of(chosen, fitted.scores.of(chosen.points), judged),
        fitted.parameters,
        look_ahead=not prospective,
    )
    frame = scan_frame(
        chosen, fitted.scores.back(found.expected), found.rupture, None if prospective else found
    )
    clients = scan_clients(chosen).assign(any_rupture=np.nan)
    clients.loc[judged, "any_rupture"] = found.anywhere
    return frame[np.repeat(judged, chosen.lengths)].reset_index(drop=True), clients


def judge_sessions(chosen: Courses, model: PulseModel, wanted: Bools) -> tuple[Floats, Floats]:
    """Judge single sessions by those up to them: the own level there, points, and the probability.

    Both have one value for each session, NaN where it is not wanted or has fewer than one or more
    than 149 before it.
    """
    fitted = model.of(chosen.rater)
    nth = np.arange(len(chosen.scores)) - np.repeat(chosen.offsets[:-1], chosen.lengths)
    courses = ModelCourses.of(chosen, fitted.scores.of(chosen.points), chosen.lengths >= 2)
    found = posterior(
        courses, fitted.parameters, look_ahead=False, wanted=wanted & (nth < MOST_SESSIONS)
    )
    return fitted.scores.back(found.expected), found.rupture


def scan_frame(
    chosen: Courses,
    expected: Floats,
    probability: Floats,
    found: Posterior | None = None,
) -> pd.DataFrame:
    """Return the frame of a `PulseScan`, of all sessions; of a prospective one without `found`."""
    frame = chosen.frame
    # One rater by construction: the courses were chosen.
    frame.insert(1, "rater", chosen.rater)
    later = np.nan if found is None else found.repaired
    return frame.assign(expected=expected, probability=probability, later_repaired=later)


def scan_clients(chosen: Courses) -> pd.DataFrame:
    """Return the clients of a `PulseScan`, before anything was found."""
    return pd.DataFrame(
        {
            "client": pd.array(chosen.clients, dtype="str"),
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


def _episodes(
    frame: pd.DataFrame, model: PulseModel, threshold: float, prospective: bool
) -> pd.DataFrame:
    sds = {fitted.rater: fitted.scores.sd for fitted in model.raters}
    return episodes(
        frame,
        threshold=threshold,
        scale=model.scale,
        sign=1.0 if model.higher_is_better else -1.0,
        unit=frame["rater"].map(sds).to_numpy(float),
        prospective=prospective,
    )


def _with_counts(clients: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    clients = clients.drop(columns=["ruptures", "repaired", "open"], errors="ignore")
    key = ["client", "rater"]
    counted = found[key].assign(
        ruptures=1.0,
        repaired=found["outcome"].eq("repaired").astype(float),
        open=found["outcome"].eq("open").astype(float),
    )
    counts = counted.groupby(key, as_index=False).sum()
    clients = clients.merge(counts, on=key, how="left", validate="1:1")
    names = ["ruptures", "repaired", "open"]
    clients[names] = clients[names].fillna(0).where(clients["judged"], axis=0)
    return clients
