"""The view: what the clinic's page says, in the words and drawings that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from markupsafe import Markup

from alliance import __version__
from alliance.clinic.counting import FOUND
from alliance.clinic.funnel import Funnel, limits
from alliance.clinic.record import Record
from alliance.clinic.review import Review
from alliance.clinic.review_words import (
    POSITION_QUESTION,
    QUESTIONS,
    aside,
    definitions,
    facts,
    settings_in_words,
)
from alliance.clinic.silences import in_this_period
from alliance.clinic.svg import course_svg, funnel_svg, months_svg

DRAWN_FROM = 0.2


@dataclass(frozen=True, eq=False, kw_only=True)
class ReviewView:
    """Everything the template shows; texts are plain, drawings are marked safe."""

    title: str
    lead: str
    covers: str
    remarks: tuple[str, ...]
    contents: tuple[tuple[str, str], ...]
    now_says: str
    now: list
    dated: bool
    prompts: bool
    period: str
    earlier: str
    tiles: list
    counts: list
    change: str
    speed: str
    months: Markup | str
    months_says: str
    unspoken_says: tuple[str, ...]
    unspoken: list
    funnels: list
    supervision_says: str
    sheets: list
    questions: tuple[str, ...]
    position_question: str
    definitions: list[tuple[str, str]]
    aside: list[str]
    settings: list[tuple[str, str]]
    version: str


def view_of(review: Review, how: tuple[str, ...]) -> ReviewView:
    """Return what the page of a review shows.

    Parameters
    ----------
    review : Review
    how : tuple of str
        How the file was read, in sentences.
    """
    record, courses = review.record, _Courses(review)
    day = record.at or "the last session of the table"
    period, earlier = _periods(record)
    drawn = review.monthly
    return ReviewView(
        title=f"Clinic review, {day}" if record.at else "Clinic review",
        lead=review.lead(),
        covers=f"{record.decided} Nothing later than {day} was used.",
        remarks=review.remarks,
        contents=_contents(review),
        now_says=_now_says(review),
        now=[_row(row, courses) for row in review.frame.itertuples()],
        dated=bool(record.at),
        prompts=bool(record.instrument and record.instrument.prompts),
        period=period,
        earlier=earlier,
        tiles=_tiles(review),
        counts=_counts(review),
        change=review.periods.change(),
        speed=review.periods.repair(),
        months=_months(review) if drawn is not None else "",
        months_says=drawn.text() if drawn is not None else "",
        unspoken_says=_unspoken_says(review),
        unspoken=in_this_period(review.unspoken, record).to_dict("records"),
        funnels=[_funnel(each) for each in review.funnels],
        supervision_says=_supervision_says(review),
        sheets=[_sheet(row, review, courses) for row in review.supervision.itertuples()],
        questions=QUESTIONS,
        position_question=POSITION_QUESTION,
        definitions=definitions(review),
        aside=aside(record, how),
        settings=settings_in_words(review),
        version=__version__,
    )


class _Courses:
    """Draws single clients' courses, all on one axis."""

    def __init__(self, review: Review):
        frame = review.found.frame
        self.parts = dict(list(frame.groupby("client", sort=False)))
        instrument = review.record.instrument
        scores = frame["score"]
        metric = review.settings.scale == "total" and instrument is not None
        low, high = instrument.score_range("total") if metric else (scores.min(), scores.max())
        inside = low <= scores.min() and scores.max() <= high
        low, high = (low, high) if inside else (scores.min(), scores.max())
        # Most scores lie near the top: the axis begins where the lowest of this clinic lie.
        self.low, self.high = max(low, np.floor(scores.quantile(0.02))), high

    def draw(self, client: str, *, large: bool = False) -> Markup:
        part = self.parts[client]
        inside = part["inside"].to_numpy(bool)
        sessions = part["session"].tolist()
        says = (
            f"Course of {len(part)} rated sessions, last score {part['score'].iloc[-1]:g}; "
            f"{inside.sum()} of them in a rupture"
        )
        scores = part["score"].clip(self.low, self.high)
        return Markup(
            course_svg(
                sessions,
                scores,
                inside,
                part["expected"].clip(self.low, self.high),
                low=self.low,
                high=self.high,
                says=says,
                large=large,
            )
        )


def _contents(review: Review) -> tuple[tuple[str, str], ...]:
    parts = [("now", "Now"), ("period", "This period"), ("unspoken", "Unspoken")]
    parts += [("therapists", "Therapists")] if review.funnels else []
    return (*parts, ("supervision", "Supervision list"), ("reading", "How to read this"))


def _periods(record: Record) -> tuple[str, str]:
    if record.last_sessions:
        count = record.last_sessions
        return f"each client’s last {count} rated sessions", f"the {count} rated sessions before"
    return " to ".join(record.period), " to ".join(record.earlier)


def _now_says(review: Review) -> str:
    prompts = (
        " Prompts of the questionnaire are reasons to ask, never ruptures: they move nobody up."
        if review.record.instrument and review.record.instrument.prompts
        else ""
    )
    return (
        "Open ruptures first, the surest first, then all others by probability. Each session is judged "
        "by the sessions up to it; the probability is that of the last rated session." + prompts
    )


def _row(row, courses: _Courses) -> SimpleNamespace:
    worth = row.need == "open rupture" or row.probability >= DRAWN_FROM
    drawing = courses.draw(row.client) if worth and row.client in courses.parts else ""
    return SimpleNamespace(**row._asdict(), drawing=drawing)


def _tiles(review: Review) -> list[tuple[str, str, str]]:
    periods = review.periods
    found = periods.frame.set_index("quantity").loc[FOUND]
    share, earlier = (
        "–" if np.isnan(value) else f"{100 * value:.0f} %" for value in periods.completion
    )
    return [
        (
            "clients with an open rupture now",
            str(review.open_now),
            f"of {len(review.frame)} in therapy",
        ),
        (FOUND, f"{found['this']:.0f}", f"before: {found['before']:.0f}"),
        ("questionnaires filled in", share, f"before: {earlier}"),
        ("rated sessions", f"{periods.sessions[0]:,}", f"before: {periods.sessions[1]:,}"),
    ]


def _counts(review: Review) -> list[tuple[str, str, str, str]]:
    rows = [
        (
            row.quantity,
            str(row.this),
            str(row.before),
            _noise(row.noise, row.noise_low, row.noise_high),
        )
        for row in review.periods.frame.itertuples()
    ]
    names = ("rated sessions", "clients rated")
    for name, pair in zip(names, (review.periods.sessions, review.periods.clients), strict=True):
        rows.append((name, f"{pair[0]:,}", f"{pair[1]:,}", ""))
    return rows


def _noise(expected: float, low: float, high: float) -> str:
    if np.isnan(expected):
        return "not known"
    return f"{expected:.1f} ({low:.0f} to {high:.0f})"


def _months(review: Review) -> Markup:
    chart, frame = review.monthly, review.monthly.frame
    return Markup(
        months_svg(
            frame["month"].tolist(),
            frame["rate"].to_numpy(),
            frame["outside"].tolist(),
            frame["whole"].tolist(),
            (chart.low, chart.centre, chart.high),
            says=f"Ruptures per 100 rated sessions in {len(frame)} months. {chart.text()}",
        )
    )


def _unspoken_says(review: Review) -> tuple[str, ...]:
    if review.log is not None:
        return (review.unspoken.text(),)
    return (
        "No rupture log was given, so it cannot be said which ruptures were noticed. A log is a table of "
        "what client or therapist reported of a session; a blank one is made by alliance log --form.",
        review.unspoken.text(),
    )


def _funnel(funnel: Funnel) -> SimpleNamespace:
    def percent(value: float) -> str:
        return f"{100 * value:.0f} %"

    rows = [
        (
            row.therapist,
            row.clients,
            percent(row.share),
            f"{percent(row.low)} to {percent(row.high)}",
            f"{percent(row.shrunken)} ({percent(row.shrunken_low)} to {percent(row.shrunken_high)})",
            "outside" if row.outside else "inside",
        )
        for row in funnel.frame.itertuples()
    ]
    drawing = funnel_svg(
        funnel.frame,
        funnel.pooled,
        lambda counts: limits(counts, funnel.pooled),
        says=f"{funnel.what}: shares of {len(rows)} therapists inside the limits of chance",
    )
    return SimpleNamespace(what=funnel.what, says=funnel.text(), rows=rows, drawing=Markup(drawing))


def _supervision_says(review: Review) -> str:
    table = review.supervision
    if table.empty:
        return "Nobody is on the list: no rupture is open, and no tense session was logged in the period."
    return (
        f"{len(table)} relationships to talk about: first those in which culture, identity or power was "
        "named, and those with an open rupture; then those in which tension was logged. Each has a "
        "sheet of its own to think with before supervision; nothing on it is a judgement of the therapist."
    )


def _sheet(row, review: Review, courses: _Courses) -> SimpleNamespace:
    now = review.frame[review.frame["client"] == row.client].iloc[0]
    drawn = row.client in courses.parts
    return SimpleNamespace(
        client=row.client,
        why=row.why,
        first=row.first,
        position=row.position,
        drawing=courses.draw(row.client, large=True) if drawn else "",
        course_says="Scores by session; dashed: the client’s own level; squares: sessions in a rupture.",
        facts=facts(row, now, dated=bool(review.record.at)),
    )
