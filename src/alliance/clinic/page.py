"""The clinic's page: a review as one HTML file that prints well and asks nothing of a network."""

import base64
import hashlib
from dataclasses import fields
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pandas as pd
from markupsafe import Markup

from alliance.clinic.clients_view import Seen, begun, plain_rows
from alliance.clinic.completion import held_and_filled
from alliance.clinic.counting import FOUND, OPEN_NOW
from alliance.clinic.endings import COMPLETED, DROPPED_OUT, LEFT
from alliance.clinic.funnel import Funnel
from alliance.clinic.news import News
from alliance.clinic.outcome import Outcome
from alliance.clinic.record import THIS, Record
from alliance.clinic.review import Review
from alliance.clinic.silences import in_this_period
from alliance.clinic.svg import funnel_svg, months_svg
from alliance.clinic.words import ENGLISH, Words
from alliance.results.page import environment
from alliance.rules import Rule, load
from alliance.version import __version__


def review_page(
    review: Review,
    *,
    how: tuple[str, ...] = (),
    language: str = ENGLISH,
    therapist: str | None = None,
    news: News | None = None,
    synthetic: bool = False,
) -> str:
    """Return the page of a review.

    Parameters
    ----------
    review : Review
    how : tuple of str
        How the file was read and what was set aside then, in sentences.
    language : str
        ``"en"``, ``"de"``, or the name of another file of words.
    therapist : str, optional
        Only this therapist's clients.
    news : News, optional
        What is new, from a monitor's memory.
    synthetic : bool
        Say on the page that the clinic is simulated.

    Returns
    -------
    str
        HTML. Every text from data is escaped. The page may load nothing: its Content-Security-Policy
        allows only its own style and script, by their hashes.

    Examples
    --------
    >>> from alliance import simulate
    >>> from alliance.clinic import review
    >>> made = simulate.clinic(simulate.worlds()["R0d"], clients=30, seed=1)
    >>> page = review_page(review(made.sessions, draws=2))
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    words = Words(language)
    css, js = _part("review.css"), _part("review.js")
    template = environment("alliance.clinic").get_template("review.html")
    return template.render(
        view=_view(review, words, therapist, news),
        review=review,
        record=review.record,
        how=how,
        therapist=therapist,
        news=news,
        synthetic=synthetic,
        w=words,
        begun=begun,
        OPEN_NOW=OPEN_NOW,
        FOUND_NOW=f"{FOUND}, {THIS}",
        version=__version__,
        css=Markup(css),
        js=Markup(js),
        # The page's own policy lets in just these two, by their digest.
        style_hash=_hash(css),
        script_hash=_hash(js),
    )


def _part(name: str) -> str:
    return (files("alliance.clinic") / "templates" / name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _view(
    review: Review, words: Words, therapist: str | None, news: News | None
) -> SimpleNamespace:
    """Return what the page counts and draws; of one `therapist`'s clients alone, nothing compared."""
    record, frame, names = review.record, review.frame, None
    if therapist is not None:
        frame = frame[frame["therapist"] == therapist]
        names = set(record.clients.loc[record.clients["therapist"] == therapist, "client"])
    seen = Seen(review, words, news)
    calls = frame["open"] | frame["fell"]
    whole = therapist is None
    signs = in_this_period(review.unspoken, record, review.falls)
    return SimpleNamespace(
        news=[] if news is None else plain_rows(_of(news.frame, names)),
        shown=[seen.row(row) for row in frame[calls].itertuples()],
        others=[seen.row(row) for row in frame[~calls].itertuples()],
        has_therapists=bool(frame["therapist"].notna().any()) and whole,
        outcomes=[_outcome(each, review, names) for each in review.outcomes],
        endings=_endings(record),
        period=_period(review, words) if whole else None,
        completion=_completion(review, words, names),
        unspoken=plain_rows(_of(signs, names)),
        silence=plain_rows(review.unspoken.silence) if whole else [],
        funnels=[_funnel(each, words) for each in review.funnels] if whole else [],
        sheets=[seen.sheet(row) for row in _of(review.supervision, names).itertuples()],
        how_found=_how_found(review, words),
        settings=_settings(review, words),
    )


def _of(frame: pd.DataFrame, names: set[str] | None) -> pd.DataFrame:
    """Return the rows of the clients named; all of them if none are."""
    return frame if names is None else frame[frame["client"].isin(names)]


def _outcome(outcome: Outcome, review: Review, names: set[str] | None) -> SimpleNamespace:
    need = review.frame.set_index("client")["need"]
    frame = _of(outcome.frame[outcome.frame["client"].isin(need.index)], names)
    worse, improved, off = (
        frame[column].eq(value).fillna(False).astype(bool)
        for column, value in (("change", "worse"), ("change", "improved"), ("on_track", False))
    )
    counts = {"all": len(frame), "worse": worse.sum(), "improved": improved.sum(), "off": off.sum()}
    rows = frame.assign(need=frame["client"].map(need))[off | worse]
    return SimpleNamespace(
        name=outcome.instrument.name,
        counts={name: int(count) for name, count in counts.items()},
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
    filled = tuple(
        words("page.unknown") if np.isnan(share) else words.write(share, "percent")
        for share in periods.completion
    )
    counts = {FOUND: (int(found["this"]), int(found["before"])), "tile_filled": filled}
    months = ""
    if chart is not None:
        says = words("months.svg", n=len(chart.frame))
        months = months_svg(chart.frame, (chart.low, chart.centre, chart.high), says=says)
    return SimpleNamespace(
        here=here, earlier=earlier, counts=counts | {"rated": periods.sessions}, months=months
    )


def _completion(review: Review, words: Words, names: set[str] | None) -> SimpleNamespace:
    found = review.completion
    months = found.months.dropna(subset=["share"])
    drawing = ""
    if len(months) > 1 and names is None:
        drawing = months_svg(
            months.assign(
                month=months["name"], rate=100 * months["share"], outside=False, whole=True
            ),
            (np.nan, np.nan, np.nan),
            says=words("completion.svg", n=len(months)),
            top=100.0,
        )
    rows = [
        (client, part["therapist"].iloc[0], ", ".join(part["session"].astype("str")))
        for client, part in _of(found.without, names).groupby("client", sort=False)
    ]
    held, filled = held_and_filled(review.record, THIS)
    compared = names is None and found.therapists["held"].any()
    return SimpleNamespace(
        says=words("completion.says", held=held, filled=filled),
        therapists=found.therapists.to_dict("records") if compared else [],
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
    return SimpleNamespace(what=what, says=funnel.text(words), rows=rows, drawing=drawing)


def _how_found(review: Review, words: Words) -> str:
    """Return how ruptures are found in this review: by the model or a rule."""
    judged, rule = review.judged, review.judged.rule
    if not judged.by_model:
        return (
            "" if rule is None else words("reading.rule", name=rule.name, text=_text(rule, words))
        )
    threshold, since = review.settings.threshold, judged.epochs[-1].since
    if not since:
        return words("reading.pulse_undated", threshold=threshold)
    how = words("reading.pulse", threshold=threshold, since=since)
    if rule is None:
        return how
    return f"{how} {words('reading.early', since=judged.epochs[0].since)}"


def _text(rule: Rule, words: Words) -> str:
    key = f"rule.{rule.name}"
    # A rule of the clinic's own, or a preset with other numbers, has no words but its own.
    if key not in words or rule != load(rule.name):
        return rule.text()
    few = rule.minimum_sessions
    return f"{words(key)} {words('reading.rule_few', n=few)}" if few > 1 else words(key)


def _settings(review: Review, words: Words) -> list[tuple[str, str]]:
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
