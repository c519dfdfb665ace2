"""The review: what a clinic needs to know before the meeting, computed once, shown by the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from alliance.clinic.attention import OPEN, attention
from alliance.clinic.counting import OPEN_NOW, counter
from alliance.clinic.detectors import Detected, PulseDetector, RuleDetector, choose_detector
from alliance.clinic.endings import COMPLETED, DROPPED_OUT, IN_THERAPY
from alliance.clinic.funnel import Funnel, funnel
from alliance.clinic.monthly import Monthly, monthly
from alliance.clinic.periods import Periods, periods
from alliance.clinic.record import Record, make_record
from alliance.clinic.review_noise import Expected, expect
from alliance.clinic.settings import Settings
from alliance.clinic.silences import silences
from alliance.clinic.supervision import log_by_then, supervision_list
from alliance.compare import UnreportedSigns
from alliance.errors import AllianceError
from alliance.results.notebook import in_html


@dataclass(frozen=True, eq=False, kw_only=True)
class Review:
    """What a clinic needs to know on a day.

    Attributes
    ----------
    frame : DataFrame
        The clients in therapy, ordered by need; see `alliance.clinic.attention`.
    record : Record
    found : Detected
    detector : PulseDetector or RuleDetector
    noise : Expected
    periods : Periods
    monthly : Monthly, optional
        None where there are no dates.
    funnels : tuple of Funnel
        Of repair and drop-out; empty unless therapists are compared.
    supervision : DataFrame
    log : DataFrame, optional
        The rupture log as it stood on the day.
    unspoken : UnreportedSigns
        What ratings and log do not tell together.
    settings : Settings
    remarks : tuple of str
        What a reader should know: a detector replaced, a comparison that could not be made.
    """

    frame: pd.DataFrame
    record: Record
    found: Detected
    detector: PulseDetector | RuleDetector
    noise: Expected
    periods: Periods
    monthly: Monthly | None
    funnels: tuple[Funnel, ...]
    supervision: pd.DataFrame
    log: pd.DataFrame | None
    unspoken: UnreportedSigns
    settings: Settings
    remarks: tuple[str, ...]

    @property
    def open_now(self) -> int:
        """Clients in therapy with an open rupture."""
        return int((self.frame["need"] == OPEN).sum())

    def summary(self) -> pd.DataFrame:
        """Return the counts of the period beside those before and what noise gives."""
        return self.periods.frame

    def text(self) -> str:
        """Return the review in a few sentences."""
        return f"{self.lead()} {self.periods.change()}"

    def lead(self) -> str:
        """Return the first thing to know, beside what noise alone would give."""
        judged = int((self.frame["need"] != "not judged").sum())
        expected, low, high = self.noise.of(OPEN_NOW)
        noise = (
            f"What noise alone would give is not known: {self.noise.why_not}"
            if expected != expected
            else f"If no rupture ever happened here, about {expected:.1f} would be shown all the same "
            f"({low:.0f} to {high:.0f})."
        )
        return (
            f"Of {len(self.frame)} clients in therapy {judged} can be judged; {self.open_now} "
            f"{'has' if self.open_now == 1 else 'have'} an open rupture{self._doubt()}. {noise}"
        )

    def plot(self, ax=None, *, client: str | None = None, save=None):
        """Draw one client's course, the first in need unless one is named.

        See `alliance.figures.course`.
        """
        from alliance import figures

        client = self.frame["client"].iloc[0] if client is None else client
        sessions, found = self.record.sessions, self.found.by
        return figures.course(sessions, found, client=client, ax=ax, save=save)

    def _doubt(self) -> str:
        """Return how many open ruptures are false by their own probabilities."""
        if not isinstance(self.detector, PulseDetector) or not self.open_now:
            return ""
        false = (1 - self.frame["probability"])[self.frame["need"] == OPEN].sum()
        return f", of which by their probabilities about {false:.1f} will be false"

    def _repr_html_(self) -> str:
        return in_html(self.text(), self.summary(), form="{:.1f}")


def review(
    sessions: pd.DataFrame,
    settings: Settings | None = None,
    *,
    log: pd.DataFrame | None = None,
    responses: pd.DataFrame | None = None,
    **options,
) -> Review:
    """Review a clinic's relationships on a day, from what was known then.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS; with ``date``, ``therapist``, ``ended`` and ``status`` where they are known,
        see `alliance.clinic.make_record`.
    settings : Settings, optional
    log : DataFrame, optional
        A rupture log, as `alliance.intake.read_log` reads it.
    responses : DataFrame, optional
        The answers behind the sessions, to see which items were left blank after a dip.
    **options
        Fields of `Settings`, in place of it.

    Returns
    -------
    Review

    Raises
    ------
    AllianceError
        If the table or the settings cannot be used.

    Notes
    -----
    Everything later than the day is left out before anything is computed, parameters and
    limits included: a review of a past day is the one that would have been made on it.
    It orders relationships by how surely the ratings show a rupture; it sees nothing that clients
    do not tell the questionnaire.

    Examples
    --------
    >>> from alliance import simulate
    >>> made = simulate.clinic(simulate.worlds()["R0d"], clients=60, rng=1)
    >>> found = review(made.sessions, draws=2)
    >>> found.record.at <= made.at
    True
    """
    if settings is not None and options:
        raise AllianceError("Give settings or single options, not both.")
    settings = settings or Settings(**options)
    record = make_record(sessions, settings)
    detector, remark = choose_detector(record, settings)
    found = detector.find(record.sessions)
    count = counter(record)
    noise = expect(record, detector, count, draws=settings.draws, seed=settings.seed)
    now = attention(record, found)
    log = log_by_then(log, record) if log is not None else None
    funnels, why_not = _funnels(record, found, settings)
    return Review(
        frame=now,
        record=record,
        found=found,
        detector=detector,
        noise=noise,
        periods=periods(record, found, count(found), noise),
        monthly=monthly(record, found, settings.baseline),
        funnels=funnels,
        supervision=supervision_list(record, now, log),
        log=log,
        unspoken=silences(record, found, log, responses, settings.seed),
        settings=settings,
        remarks=tuple(text for text in (remark, *why_not) if text),
    )


def _funnels(
    record: Record, found: Detected, settings: Settings
) -> tuple[tuple[Funnel, ...], list[str]]:
    if not settings.therapists:
        return (), []
    funnels, why_not = [], []
    for what, table in _endings(record, found).items():
        try:
            funnels.append(funnel(table, what=what, fewest=settings.fewest))
        except AllianceError as error:
            why_not.append(f"Therapists are not compared on {what.lower()}: {error}")
    return tuple(funnels), why_not


def _endings(record: Record, found: Detected) -> Mapping[str, pd.DataFrame]:
    """Return one row for each client: repair of the first rupture, and drop-out of those who ended."""
    clients = record.clients
    first = found.episodes.drop_duplicates("client").merge(clients, on="client")
    settled = first[first["outcome"].eq("repaired") | first["ending"].ne(IN_THERAPY)]
    ended = clients[clients["ending"].isin([DROPPED_OUT, COMPLETED])]
    return {
        "Clients whose first rupture was repaired": pd.DataFrame(
            {"therapist": settled["therapist"], "event": settled["outcome"].eq("repaired")}
        ),
        "Clients who dropped out": pd.DataFrame(
            {"therapist": ended["therapist"], "event": ended["ending"].eq(DROPPED_OUT)}
        ),
    }
