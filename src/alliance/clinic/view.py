"""The view: what the clinic's page shows, in the words of its language and in drawings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from alliance.clinic.counting import FOUND
from alliance.clinic.endings import COMPLETED, DROPPED_OUT, LEFT
from alliance.clinic.funnel import Funnel, limits
from alliance.clinic.last_page import (
    alert_in_words,
    aside,
    definitions,
    settings_in_words,
)
from alliance.clinic.losses import twins
from alliance.clinic.monthly import Monthly
from alliance.clinic.news import News
from alliance.clinic.now import state
from alliance.clinic.outcome import Outcome
from alliance.clinic.record import THIS, Record
from alliance.clinic.review import Review
from alliance.clinic.silences import in_this_period
from alliance.clinic.supervision import logged_near
from alliance.clinic.svg import course_svg, funnel_svg, months_svg
from alliance.clinic.words import Words
from alliance.version import __version__


def view_of(
    review: Review,
    words: Words,
    how: tuple[str, ...] = (),
    *,
    therapist: str | None = None,
    news: News | None = None,
    synthetic: bool = False,
) -> SimpleNamespace:
    """Return what the page of a review shows.

    `how`: how the file was read, in sentences. `therapist`: only this therapist's clients, and
    nothing that compares. `news`: what is new since the last review, from a monitor's memory.
    `synthetic`: say that the clinic is simulated.
    """
    record, frame, names = review.record, review.frame, None
    if therapist is not None:
        frame = frame[frame["therapist"] == therapist]
        names = set(record.clients.loc[record.clients["therapist"] == therapist, "client"])
    seen = _Seen(review, words, news)
    calls = frame["open"] | frame["fell"]
    shown, others = frame[calls], frame[~calls]
    whole = therapist is None
    return SimpleNamespace(
        title=_title(record, words, therapist),
        synthetic=synthetic,
        losses=[loss.text(words) for loss in review.losses],
        twins=twins(record),
        lead=review.lead(words) if whole else "",
        covers=_covers(review, words),
        remarks=[words(key, why=fact) for key, fact in review.remarks],
        parts=_parts(review, whole, news),
        news=_news(news, words, names),
        shown=[seen.row(row) for row in shown.itertuples()],
        others=[seen.row(row) for row in others.itertuples()],
        alerts=int(others["prompt"].ne("").sum()),
        dated=bool(record.at),
        has_alerts=bool(record.instrument and record.instrument.prompts),
        has_log=review.log is not None,
        has_therapists=bool(frame["therapist"].notna().any()) and whole,
        outcomes=[_outcome(each, review, words, names) for each in review.outcomes],
        endings=_endings(record),
        period=_period(review, words) if whole else None,
        completion=_completion(review, words, names),
        unspoken=_unspoken(review, words, names),
        silence=_silence(review, words) if whole else [],
        funnels=[_funnel(each, words) for each in review.funnels] if whole else [],
        sheets=[
            seen.sheet(row)
            for row in review.supervision.itertuples()
            if names is None or row.client in names
        ],
        definitions=definitions(review, words),
        aside=aside(record, words, how),
        settings=settings_in_words(review, words),
        version=__version__,
    )


def _title(record: Record, words: Words, therapist: str | None) -> str:
    title = words("page.title_day", day=record.at) if record.at else words("page.title")
    if therapist is None:
        return title
    return words("page.title_therapist", title=title, therapist=therapist)


def _covers(review: Review, words: Words) -> str:
    decided = review.record.decided
    said = [words("decided.base" if decided else "decided.none")]
    said += [words(f"decided.{key}", days=review.settings.absent_after) for key in decided]
    day = review.record.at
    said.append(
        words("page.nothing_later", day=day) if day else words("page.nothing_later_undated")
    )
    return " ".join(said)


def _parts(review: Review, whole: bool, news: News | None) -> list[str]:
    there = {
        "new": news is not None,
        "now": True,
        "outcome": bool(review.outcomes),
        "period": whole,
        "completion": True,
        "unspoken": True,
        "therapists": bool(review.funnels) and whole,
        "supervision": True,
        "reading": True,
    }
    return [name for name, shown in there.items() if shown]


class _Seen:
    """Rows and drawings of single clients, all drawings on one axis."""

    def __init__(self, review: Review, words: Words, news: News | None) -> None:
        self.review, self.words = review, words
        frame = review.judged.frame
        columns = ("session", "score", "expected", "inside")
        ends = np.flatnonzero(~frame["client"].duplicated())[1:]
        pieces = zip(*(np.split(frame[name].to_numpy(), ends) for name in columns), strict=True)
        self.parts = dict(zip(frame["client"].drop_duplicates(), pieces, strict=True))
        self.logged = logged_near(review.frame, review.log)
        self.new = set() if news is None else set(news.frame["client"].dropna())
        self.now = review.frame.set_index("client", drop=False)
        self.low, self.high = _axis(review)

    def row(self, row: Any) -> SimpleNamespace:
        """Return what a row of the first table shows."""
        words = self.words
        alerts = [alert for alert in row.prompt.split("; ") if alert]
        outcomes = (_outcome_line(each, row.client, words) for each in self.review.outcomes)
        return SimpleNamespace(
            **{name: _plain(value) for name, value in row._asdict().items() if name != "Index"},
            says=_begun(state(row, self.review.falls, words)),
            alerts=[alert_in_words(alert, words) for alert in alerts],
            logged=self._logged(row.client),
            outcomes=[line for line in outcomes if line],
            new=row.client in self.new,
            drawing=self.draw(row.client),
        )

    def _logged(self, client: str) -> str:
        if self.review.log is None:
            return self.words("now.no_log")
        if client not in self.logged.index:
            return self.words("now.not_logged")
        source, session = self.logged.loc[client, ["source", "session"]]
        return self.words(
            "now.logged_by", source=_source(str(source), self.words), session=int(session)
        )

    def draw(self, client: str, *, large: bool = False) -> Markup:
        """Return the drawing of one course."""
        if client not in self.parts:
            return Markup("")
        sessions, scores, expected, inside = self.parts[client]
        says = self.words(
            "now.svg", n=len(scores), last=float(scores[-1]), inside=int(inside.sum())
        )
        return Markup(
            course_svg(
                sessions.tolist(),
                scores.clip(self.low, self.high),
                inside.astype(bool),
                expected.clip(self.low, self.high),
                ends=(self.low, self.high),
                says=says,
                session=(lambda n: self.words("supervision.session", n=n)) if large else None,
            )
        )

    def sheet(self, row: Any) -> SimpleNamespace:
        """Return a client's sheet for supervision."""
        words = self.words
        why = [
            words(f"supervision.{key}", session="" if pd.isna(row.session) else int(row.session))
            for key, holds in (
                ("open", row.open),
                ("logged", not pd.isna(row.session)),
                ("position", row.position),
            )
            if holds
        ]
        return SimpleNamespace(
            client=row.client,
            why="; ".join(why),
            position=row.position,
            drawing=self.draw(row.client, large=True),
            facts=[(words(key), text) for key, text in self._facts(row)],
        )

    def _facts(self, row: Any) -> list[tuple[str, str]]:
        words, now = self.words, self.now.loc[row.client]
        blank = words("supervision.blank")

        def codes(value: Any) -> str:
            known = value if isinstance(value, tuple) else ()
            said = [words(f"code.{code}") if f"code.{code}" in words else code for code in known]
            return "; ".join(said) or blank

        def truth(value: Any) -> str:
            return (
                blank if pd.isna(value) else words("supervision.yes" if value else "supervision.no")
            )

        facts = [
            ("now.therapist", blank if pd.isna(row.therapist) else str(row.therapist)),
            ("supervision.ratings", state(now, self.review.falls, words)),
        ]
        if self.review.record.at and not pd.isna(now["last_date"]):
            day = words("supervision.days_ago", day=now["last_date"], days=int(now["days"]))
            facts.append(("supervision.last", day))
        return [
            *facts,
            ("supervision.noticed", codes(row.noticed)),
            ("supervision.trigger", codes(row.trigger)),
            ("supervision.tried", codes(row.tried)),
            ("supervision.done", row.done if isinstance(row.done, str) and row.done else blank),
            ("supervision.resolved", truth(row.resolved)),
            ("supervision.sought", truth(row.sought)),
        ]


def _begun(says: str) -> tuple[str, str]:
    """Return the first sentence, and the others."""
    first, mark, rest = says.partition(". ")
    return first + mark.strip(), rest


def _plain(value: Any) -> Any:
    """Return None for what is missing, so that a template can ask for it."""
    return None if value is None or value is pd.NA or value != value else value


def _source(source: str, words: Words) -> str:
    return words(f"source.{source}") if f"source.{source}" in words else source


def _axis(review: Review) -> tuple[float, float]:
    scores, instrument = review.judged.frame["score"], review.record.instrument
    low, high = float(scores.min()), float(scores.max())
    if review.settings.scale == "total" and instrument is not None:
        ends = instrument.score_range("total", review.record.metric or None)
        if ends[0] <= low and high <= ends[1]:
            low, high = ends
    # Most scores lie near the top: the axis begins where the lowest of this clinic lie.
    return max(low, float(np.floor(scores.quantile(0.02)))), high


def _news(news: News | None, words: Words, names: set[str] | None) -> SimpleNamespace | None:
    if news is None:
        return None
    frame = news.frame if names is None else news.frame[news.frame["client"].isin(names)]
    rows = [
        SimpleNamespace(
            client=row.client or row.code, kind=words(f"kind.{row.kind}"), says=row.says
        )
        for row in frame.itertuples()
    ]
    return SimpleNamespace(rows=rows, first=news.first, since=news.since)


def _outcome_line(outcome: Outcome, client: str, words: Words) -> str:
    rows = outcome.frame[outcome.frame["client"] == client]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    facts = {"name": outcome.instrument.key.upper(), "last": row["last"], "first": row["first"]}
    if pd.isna(row["on_track"]):
        return words("outcome.line_no_track", **facts)
    track = words("outcome.on" if row["on_track"] else "outcome.off")
    return words("outcome.line", track=track, **facts)


def _outcome(
    outcome: Outcome, review: Review, words: Words, names: set[str] | None
) -> SimpleNamespace:
    now = review.frame.set_index("client")["need"]
    frame = outcome.frame[outcome.frame["client"].isin(now.index)]
    frame = frame if names is None else frame[frame["client"].isin(names)]
    off = frame["on_track"].eq(False).fillna(False).astype(bool)
    worse = frame["change"].eq("worse").fillna(False).astype(bool)
    improved = frame["change"].eq("improved").fillna(False).astype(bool)
    band = outcome.band
    counts = words(
        "outcome.counts",
        all=len(frame),
        worse=int(worse.sum()),
        improved=int(improved.sum()),
        off=int(off.sum()),
    )
    band_says = [words("outcome.few")]
    if band is not None:
        band_says = [
            words(
                "outcome.band",
                clients=band.clients,
                sessions=band.sessions,
                coverage=band.coverage,
            ),
            words("outcome.alarm", share=band.false_alarms),
        ]
    rows = [
        SimpleNamespace(
            client=row.client,
            first=row.first,
            last=row.last,
            change="" if pd.isna(row.change) else words(f"outcome.{row.change}"),
            expected=(row.low, row.high) if np.isfinite(row.low) else None,
            track=""
            if pd.isna(row.on_track)
            else words("outcome.on" if row.on_track else "outcome.off"),
            alliance=words(f"need.{now[row.client]}"),
        )
        for row in frame[off | worse].itertuples()
    ]
    return SimpleNamespace(name=outcome.instrument.name, counts=counts, band=band_says, rows=rows)


def _endings(record: Record) -> dict[str, int]:
    period = record.clients[record.clients["period"] == THIS]["ending"].value_counts()
    names = {"planned": COMPLETED, "dropped": DROPPED_OUT, "left": LEFT}
    return {name: int(period.get(ending, 0)) for name, ending in names.items()}


def _period(review: Review, words: Words) -> SimpleNamespace:
    record, periods, chart = review.record, review.periods, review.monthly
    here, earlier = (words("page.to", a=a, b=b) for a, b in (record.period, record.earlier))
    if record.last_sessions:
        here = words("period.sessions", n=record.last_sessions)
        earlier = words("period.sessions_before", n=record.last_sessions)
    found = periods.frame.set_index("quantity").loc[FOUND]
    share, before = (
        words("page.unknown") if np.isnan(value) else words.write(value, "percent")
        for value in periods.completion
    )
    tiles = [
        (words("period.tile_open"), review.open_now, words("period.tile_of", n=len(review.frame))),
        (
            words(f"period.{FOUND}"),
            int(found["this"]),
            words("period.tile_before", n=int(found["before"])),
        ),
        (words("period.tile_filled"), share, words("period.tile_before", n=before)),
        (
            words("period.rated"),
            periods.sessions[0],
            words("period.tile_before", n=periods.sessions[1]),
        ),
    ]
    counts: list[tuple[object, ...]] = [
        (
            words(f"period.{row.quantity}"),
            row.this,
            row.before,
            (row.noise, row.noise_low, row.noise_high),
        )
        for row in periods.frame.itertuples()
    ]
    counts += [
        (words("period.rated"), *periods.sessions, None),
        (words("period.clients"), *periods.clients, None),
    ]
    return SimpleNamespace(
        here=here,
        earlier=earlier,
        tiles=tiles,
        counts=counts,
        change=periods.change(words),
        speed=periods.repair(words),
        months=_months(chart, words) if chart is not None else "",
        months_says=chart.text(words) if chart is not None else "",
    )


def _months(chart: Monthly, words: Words) -> Markup:
    frame = chart.frame
    return Markup(
        months_svg(
            frame["month"].tolist(),
            frame["rate"].to_numpy(),
            frame["outside"].tolist(),
            frame["whole"].tolist(),
            (chart.low, chart.centre, chart.high),
            says=words("months.svg", n=len(frame)),
        )
    )


def _completion(review: Review, words: Words, names: set[str] | None) -> SimpleNamespace:
    found = review.completion
    without = found.without if names is None else found.without[found.without["client"].isin(names)]
    held = int(found.therapists["held"].sum()) if len(found.therapists) else 0
    months = found.months.dropna(subset=["share"])
    drawing = ""
    if len(months) > 1 and names is None:
        drawing = Markup(
            months_svg(
                months["name"].tolist(),
                100 * months["share"].to_numpy(float),
                [False] * len(months),
                [True] * len(months),
                (np.nan, np.nan, np.nan),
                says=words("completion.svg", n=len(months)),
                top=100.0,
            )
        )
    groups = without.groupby("client", sort=False)
    rows = [
        (client, part["therapist"].iloc[0], ", ".join(part["session"].astype("str")))
        for client, part in groups
    ]
    rows_of = record_rows(review.record)
    return SimpleNamespace(
        says=words("completion.says", held=rows_of[0], filled=rows_of[1]),
        therapists=found.therapists.to_dict("records") if names is None and held else [],
        drawing=drawing,
        without=rows,
    )


def record_rows(record: Record) -> tuple[int, int]:
    """Return the sessions of the period held, gaps included, and those with a questionnaire."""
    part = record.rows[record.rows["period"] == THIS]
    numbers = part.groupby("client")["session"]
    held = int((numbers.max() - numbers.min() + 1).sum()) if len(part) else 0
    return held, int(part["score"].notna().sum())


def _unspoken(review: Review, words: Words, names: set[str] | None) -> list[SimpleNamespace]:
    rows = in_this_period(review.unspoken, review.record, review.falls)
    rows = rows if names is None else rows[rows["client"].isin(names)]
    return [
        SimpleNamespace(
            sign=words(f"sign.{row.sign}"),
            client=row.client,
            sessions=row.sessions,
            more=_more(row, words),
        )
        for row in rows.itertuples()
    ]


def _silence(review: Review, words: Words) -> list[str]:
    """Return how often clients fell silent after a rupture, beside chance."""
    return [
        words(
            "silence.item" if "item" in row.sign else "silence.gap",
            after=row.after_dip,
            seen=row.seen,
            expected=row.expected,
            low=row.low,
            high=row.high,
        )
        for row in review.unspoken.silence.itertuples()
        if row.after_dip
    ]


def _more(row: Any, words: Words) -> str:
    if row.sign == "dip":
        return words(f"more.{row.detail}")
    if row.sign == "low":
        by = words("more.by", source=_source(row.source, words))
        return f"{by}; {words('more.below', points=row.points)}"
    if row.sign == "report":
        return words("more.by", source=_source(row.source, words))
    return str(row.detail)


def _funnel(funnel: Funnel, words: Words) -> SimpleNamespace:
    what = words(f"funnel.{funnel.what}")
    drawing = funnel_svg(
        funnel.frame,
        funnel.pooled,
        lambda counts: limits(counts, funnel.pooled),
        says=words("funnel.svg", what=what, n=len(funnel.frame)),
        clients=words("funnel.clients"),
    )
    rows = funnel.frame.to_dict("records")
    return SimpleNamespace(what=what, says=funnel.text(words), rows=rows, drawing=Markup(drawing))
