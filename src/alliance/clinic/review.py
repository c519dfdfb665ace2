"""The review: what a clinic needs to know before the meeting, computed once, shown by the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from alliance.clinic.completion import Completion, completion
from alliance.clinic.counting import OPEN_NOW
from alliance.clinic.endings import COMPLETED, DROPPED_OUT, IN_THERAPY
from alliance.clinic.falls import Falls, falls
from alliance.clinic.funnel import Funnel, funnel
from alliance.clinic.judge import Judged, judge
from alliance.clinic.losses import Loss, log_by_then, losses_of
from alliance.clinic.monthly import Monthly, monthly
from alliance.clinic.now import now
from alliance.clinic.outcome import Outcome, outcomes_of
from alliance.clinic.periods import Periods, periods
from alliance.clinic.record import Record, make_record
from alliance.clinic.review_noise import Expected, expect
from alliance.clinic.settings import Settings, settled
from alliance.clinic.silences import answers_by_then
from alliance.clinic.supervision import supervision_list
from alliance.clinic.words import Words
from alliance.compare import UnreportedSigns, unreported_signs
from alliance.errors import AllianceError
from alliance.results.page import in_html

if TYPE_CHECKING:
    from datetime import date

    from matplotlib.axes import Axes

SILENCE_DRAWS = 199


@dataclass(frozen=True, eq=False, kw_only=True)
class Review:
    """What a clinic needs to know on a day.

    Attributes
    ----------
    frame : DataFrame
        The clients in therapy, ordered by need; see `alliance.clinic.now.now`.
    record : Record
    judged : Judged
    falls : Falls
    noise : Expected
    periods : Periods
    monthly : Monthly, optional
        None where there are no dates.
    completion : Completion
    outcomes : tuple of Outcome
    funnels : tuple of Funnel
        Of repair and drop-out; empty unless therapists are compared.
    supervision : DataFrame
    log : DataFrame, optional
        The rupture log as it stood on the day.
    unspoken : UnreportedSigns
        What ratings and log do not tell together.
    losses : tuple of Loss
        What came in and was not used.
    settings : Settings
    remarks : tuple of (str, str)
        What a reader should know besides, as key and fact of `Words`.
    """

    frame: pd.DataFrame
    record: Record
    judged: Judged
    falls: Falls
    noise: Expected
    periods: Periods
    monthly: Monthly | None
    completion: Completion
    outcomes: tuple[Outcome, ...]
    funnels: tuple[Funnel, ...]
    supervision: pd.DataFrame
    log: pd.DataFrame | None
    unspoken: UnreportedSigns
    losses: tuple[Loss, ...]
    settings: Settings
    remarks: tuple[tuple[str, str], ...]

    @property
    def open_now(self) -> int:
        """Clients in therapy with an open rupture."""
        return int(self.frame["open"].sum())

    def summary(self) -> pd.DataFrame:
        """Return the counts of the period beside those before and what noise gives."""
        return self.periods.frame

    def text(self, words: Words | None = None) -> str:
        """Return the review in a few sentences."""
        words = words or Words()
        return f"{self.lead(words)} {self.periods.change(words)}"

    def lead(self, words: Words | None = None) -> str:
        """Return the first thing to know, beside what noise alone would give."""
        words = words or Words()
        frame, record = self.frame, self.record
        if frame.empty:
            return _nobody(record, words)
        said = [
            words("lead.open", n=self.open_now, all=len(frame))
            if self.open_now
            else words("lead.none", n=len(frame))
        ]
        expected, low, high = self.noise.of(OPEN_NOW)
        known = expected == expected
        said.append(
            words("lead.noise" if known else "lead.noise_unknown", n=expected, low=low, high=high)
        )
        false = float((1 - frame["probability"])[frame["open"]].sum())
        if false > 0:
            said.append(words("lead.false", n=false))
        counts = {
            "fell": frame["fell"],
            "blank": frame["blank"] > 0,
            "unjudged": frame["probability"].isna(),
        }
        said += [words(f"lead.{key}", n=int(n.sum())) for key, n in counts.items() if n.any()]
        return " ".join(said)

    def plot(self, ax: Axes | None = None, *, client: str | None = None, save: Any = None) -> Axes:
        """Draw one client's course, the first in need unless one is named.

        See `alliance.figures.course`.
        """
        from alliance import figures

        client = self.frame["client"].iloc[0] if client is None else client
        return figures.course(self.record.sessions, self.judged.by, client=client, ax=ax, save=save)

    def _repr_html_(self) -> str:
        return in_html(self.text(), self.summary(), form="{:.1f}")


def _nobody(record: Record, words: Words) -> str:
    last = record.rows["date"].max()
    if pd.isna(last):
        return words("lead.nobody")
    days = (pd.Timestamp(record.at) - pd.Timestamp(last)).days
    if not days:
        return words("lead.nobody_on", day=record.at)
    return words("lead.nobody_day", day=record.at, last=last, days=days)


def review(
    sessions: pd.DataFrame | Record,
    settings: Settings | None = None,
    *,
    log: pd.DataFrame | None = None,
    responses: pd.DataFrame | None = None,
    outcomes: pd.DataFrame | None = None,
    judged: Judged | None = None,
    today: date | None = None,
    **options: Any,
) -> Review:
    """Review a clinic's relationships on a day, from what was known then.

    Parameters
    ----------
    sessions : DataFrame or Record
        Table SESSIONS; with ``date``, ``therapist``, ``ended`` and ``status`` where they are known.
        Or what `alliance.clinic.make_record` made of it by the same settings.
    settings : Settings, optional
    log : DataFrame, optional
        A rupture log, as `alliance.read_log` reads it.
    responses : DataFrame, optional
        The answers behind the sessions, to see which items were left blank after a dip.
    outcomes : DataFrame, optional
        Table OUTCOMES: scores of outcome questionnaires such as the ORS.
    judged : Judged, optional
        What a monitor has just judged by the models of its memory.
    today : date, optional
        Dates after it are slips of the pen. By default the computer's.
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
    >>> made = simulate.clinic(simulate.worlds()["R0d"], clients=30, seed=1)
    >>> found = review(made.sessions, draws=2)
    >>> found.record.at <= made.at
    True
    """
    settings = settled(settings, options)
    record = make_record(sessions, settings, today=today)
    judged = judged or judge(record, settings)
    fallen = falls(record, judged)
    noise = expect(record, judged, draws=settings.draws, seed=settings.seed)
    frame = now(record, judged, fallen)
    known, lost = log_by_then(log, record) if log is not None else (None, [])
    funnels, remarks = _funnels(record, judged, settings)
    if settings.detector == "pulse" and not judged.by_model:
        remarks.append(("decided.remark_few", ""))
    return Review(
        frame=frame,
        record=record,
        judged=judged,
        falls=fallen,
        noise=noise,
        periods=periods(record, judged, noise),
        monthly=monthly(record, judged, settings.baseline),
        completion=completion(record, settings.min_clients),
        outcomes=outcomes_of(record, outcomes),
        funnels=funnels,
        supervision=supervision_list(record, frame, known),
        log=known,
        unspoken=unreported_signs(
            record.sessions,
            judged.by,
            responses=None if responses is None else answers_by_then(responses, record),
            log=known,
            draws=SILENCE_DRAWS,
            seed=settings.seed,
        ),
        losses=(*losses_of(record), *lost),
        settings=settings,
        remarks=tuple(remarks),
    )


def with_losses(found: Review, losses: tuple[Loss, ...]) -> Review:
    """Return a review that also says what was lost when the file was read."""
    return replace(found, losses=(*losses, *found.losses))


def _funnels(
    record: Record, judged: Judged, settings: Settings
) -> tuple[tuple[Funnel, ...], list[tuple[str, str]]]:
    if not settings.therapists:
        return (), []
    funnels, why_not = [], []
    for what, table in _endings(record, judged).items():
        try:
            funnels.append(funnel(table, what=what, min_clients=settings.min_clients))
        except AllianceError:
            why_not.append(("decided.remark_funnel", str(settings.min_clients)))
    return tuple(funnels), why_not


def _endings(record: Record, judged: Judged) -> Mapping[str, pd.DataFrame]:
    """Return one row for each client: repair of the first rupture, and drop-out of those who ended."""
    clients = record.clients
    first = judged.episodes.drop_duplicates("client").merge(clients, on="client")
    settled = first[first["outcome"].eq("repaired") | first["ending"].ne(IN_THERAPY)]
    ended = clients[clients["ending"].isin([DROPPED_OUT, COMPLETED])]
    return {
        "repaired": settled.assign(event=settled["outcome"].eq("repaired")),
        "dropped": ended.assign(event=ended["ending"].eq(DROPPED_OUT)),
    }
