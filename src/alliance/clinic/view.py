"""The view: what the clinic's page shows, in the words of its language and in drawings, to its last page."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pandas as pd
from markupsafe import Markup

from alliance.clinic.clients_view import Seen, plain_rows
from alliance.clinic.completion import held_and_filled
from alliance.clinic.counting import FOUND
from alliance.clinic.endings import COMPLETED, DROPPED_OUT, LEFT
from alliance.clinic.funnel import Funnel
from alliance.clinic.losses import twins
from alliance.clinic.monthly import Monthly
from alliance.clinic.news import News
from alliance.clinic.outcome import Outcome
from alliance.clinic.record import THIS, Record
from alliance.clinic.review import Review
from alliance.clinic.silences import in_this_period
from alliance.clinic.svg import funnel_svg, months_svg
from alliance.clinic.words import Words
from alliance.rules import Rule, load
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
    """Return what the page of a review shows; of one `therapist`'s clients alone, nothing compared."""
    record, frame, names = review.record, review.frame, None
    if therapist is not None:
        frame = frame[frame["therapist"] == therapist]
        names = set(record.clients.loc[record.clients["therapist"] == therapist, "client"])
    seen = Seen(review, words, news)
    calls = frame["open"] | frame["fell"]
    shown, others = frame[calls], frame[~calls]
    whole = therapist is None
    return SimpleNamespace(
        therapist=therapist,
        synthetic=synthetic,
        losses=[loss.text(words) for loss in review.losses],
        twins=twins(record),
        lead=review.lead(words) if whole else "",
        news=None if news is None else _news(news, names),
        shown=[seen.row(row) for row in shown.itertuples()],
        others=[seen.row(row) for row in others.itertuples()],
        alerts=int(others["prompt"].ne("").sum()),
        dated=bool(record.at),
        has_alerts=bool(record.instrument and record.instrument.prompts),
        has_log=review.log is not None,
        has_therapists=bool(frame["therapist"].notna().any()) and whole,
        outcomes=[_outcome(each, review, names) for each in review.outcomes],
        endings=_endings(record),
        period=_period(review, words) if whole else None,
        completion=_completion(review, words, names),
        unspoken=plain_rows(_of(in_this_period(review.unspoken, record, review.falls), names)),
        silence=plain_rows(review.unspoken.silence) if whole else [],
        funnels=[_funnel(each, words) for each in review.funnels] if whole else [],
        sheets=[
            seen.sheet(row)
            for row in review.supervision.itertuples()
            if names is None or row.client in names
        ],
        how=[words.say(text) for text in how],
        how_found=how_found(review, words),
        settings=settings_in_words(review, words),
        version=__version__,
    )


def _of(frame: pd.DataFrame, names: set[str] | None) -> pd.DataFrame:
    """Return the rows of the clients named; all of them if none are."""
    return frame if names is None else frame[frame["client"].isin(names)]


def _news(news: News, names: set[str] | None) -> SimpleNamespace:
    rows = plain_rows(_of(news.frame, names))
    return SimpleNamespace(first=news.first, since=news.since, rows=rows)


def _outcome(outcome: Outcome, review: Review, names: set[str] | None) -> SimpleNamespace:
    need = review.frame.set_index("client")["need"]
    frame = _of(outcome.frame[outcome.frame["client"].isin(need.index)], names)
    worse, improved, off = (
        frame[column].eq(value).fillna(False).astype(bool)
        for column, value in (("change", "worse"), ("change", "improved"), ("on_track", False))
    )
    counts = {"worse": worse.sum(), "improved": improved.sum(), "off": off.sum()}
    rows = frame.assign(need=frame["client"].map(need))[off | worse]
    return SimpleNamespace(
        name=outcome.instrument.name,
        counts={"all": len(frame)} | {name: int(count) for name, count in counts.items()},
        band=outcome.band,
        rows=plain_rows(rows),
    )


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
    counts = {FOUND: (int(found["this"]), int(found["before"])), "tile_filled": (share, before)}
    counts["rated"] = periods.sessions
    return SimpleNamespace(
        here=here,
        earlier=earlier,
        counts=counts,
        periods=periods,
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
    without = _of(found.without, names)
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
    rows = [
        (client, part["therapist"].iloc[0], ", ".join(part["session"].astype("str")))
        for client, part in without.groupby("client", sort=False)
    ]
    counts = zip(("held", "filled"), held_and_filled(review.record, THIS), strict=True)
    return SimpleNamespace(
        says=words("completion.says", **dict(counts)),
        therapists=found.therapists.to_dict("records") if names is None and held else [],
        drawing=drawing,
        without=rows,
    )


def _funnel(funnel: Funnel, words: Words) -> SimpleNamespace:
    what = words(f"funnel.{funnel.what}")
    drawing = funnel_svg(
        funnel,
        says=words("funnel.svg", what=what, n=len(funnel.frame)),
        clients=words("funnel.clients"),
    )
    rows = funnel.frame.to_dict("records")
    return SimpleNamespace(what=what, says=funnel.text(words), rows=rows, drawing=Markup(drawing))


def how_found(review: Review, words: Words) -> str:
    """Return how ruptures are found in this review: by the model or a rule."""
    judged = review.judged
    if not judged.by_model:
        rule = judged.rule
        if rule is None:
            return ""
        return words("reading.rule", name=rule.name, text=_in_words(rule, words))
    threshold, since = review.settings.threshold, judged.epochs[-1].since
    if not since:
        return words("reading.pulse_undated", threshold=threshold)
    how = words("reading.pulse", threshold=threshold, since=since)
    return (
        how
        if judged.rule is None
        else f"{how} {words('reading.early', since=judged.epochs[0].since)}"
    )


def _in_words(rule: Rule, words: Words) -> str:
    key = f"rule.{rule.name}"
    # A rule of the clinic's own, or a preset with other numbers, has no words but its own.
    if key not in words or rule != load(rule.name):
        return rule.text()
    few = rule.minimum_sessions
    return f"{words(key)} {words('reading.rule_few', n=few)}" if few > 1 else words(key)


def settings_in_words(review: Review, words: Words) -> list[tuple[str, str]]:
    """Return every setting with its value."""
    # The version first: the same file and settings then give the same page.
    rows = [("alliance", __version__)]
    for part in fields(review.settings):
        value = getattr(review.settings, part.name)
        rows.append((words(f"setting.{part.name}"), _said(value, words)))
    if review.record.instrument:
        rows.append((words("reading.questionnaire"), review.record.instrument.name))
    return [*rows, (words("reading.draws"), str(review.noise.draws))]


def _said(value: object, words: Words) -> str:
    if value is None or value == {}:
        return words("reading.not_set")
    if isinstance(value, bool):
        return words("supervision.yes" if value else "supervision.no")
    if isinstance(value, tuple):
        return words("page.to", a=value[0], b=value[1])
    if isinstance(value, float):
        return words.write(value, "g")
    return words.named(str(getattr(value, "name", value)), "value")
