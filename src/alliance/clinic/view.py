"""The view: what the clinic's page shows, in the words of its language and in drawings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from alliance.clinic.clients_view import Seen, begun
from alliance.clinic.counting import FOUND
from alliance.clinic.endings import COMPLETED, DROPPED_OUT, LEFT
from alliance.clinic.funnel import Funnel, limits
from alliance.clinic.last_page import aside, definitions, settings_in_words
from alliance.clinic.losses import twins
from alliance.clinic.monthly import Monthly
from alliance.clinic.news import News
from alliance.clinic.outcome import Outcome
from alliance.clinic.record import THIS, Record
from alliance.clinic.review import Review
from alliance.clinic.silences import in_this_period
from alliance.clinic.svg import funnel_svg, months_svg
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
    seen = Seen(review, words, news)
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


def _news(news: News | None, words: Words, names: set[str] | None) -> SimpleNamespace | None:
    if news is None:
        return None
    frame = news.frame if names is None else news.frame[news.frame["client"].isin(names)]
    rows = [
        SimpleNamespace(
            client=row.client or row.code,
            kind=words(f"kind.{row.kind}"),
            # The rest is said once, where the client stands among those to talk about.
            says=begun(row.says)[0],
        )
        for row in frame.itertuples()
    ]
    return SimpleNamespace(rows=rows, first=news.first, since=news.since)


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
    here, earlier = (words.span(*dates) for dates in (record.period, record.earlier))
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
        by = words("more.by", source=words.named(row.source, "source"))
        return f"{by}; {words('more.below', points=row.points)}"
    if row.sign == "report":
        return words("more.by", source=words.named(row.source, "source"))
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
