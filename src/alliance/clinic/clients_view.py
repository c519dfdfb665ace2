"""Single clients as the page shows them: the row of a table, the drawing, the sheet to talk about."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from alliance.clinic.news import News
from alliance.clinic.now import state
from alliance.clinic.outcome import Outcome
from alliance.clinic.review import Review
from alliance.clinic.supervision import logged_near
from alliance.clinic.svg import course_svg
from alliance.clinic.words import Words


class Seen:
    """Rows and drawings of single clients, all drawings on one axis."""

    def __init__(self, review: Review, words: Words, news: News | None) -> None:
        self.review, self.words = review, words
        self.low, self.high = _axis(review)
        # Cut to the axis once, because cutting takes longer than drawing.
        frame = review.judged.frame.assign(rated=review.judged.frame["score"])
        frame[["score", "expected"]] = frame[["score", "expected"]].clip(self.low, self.high)
        self.courses = frame.groupby("client")
        self.logged = logged_near(review.frame, review.log)
        self.new = set() if news is None else set(news.frame["client"].dropna())
        self.now = {row.client: row for row in review.frame.itertuples()}

    def row(self, row: Any) -> SimpleNamespace:
        """Return what a row of the first table shows."""
        words = self.words
        alerts = [alert for alert in row.prompt.split("; ") if alert]
        outcomes = (_outcome_line(each, row.client, words) for each in self.review.outcomes)
        return SimpleNamespace(
            **_plain(row),
            says=begun(state(row, self.review.falls, words)),
            alerts=[words.named(alert, "alert") for alert in alerts],
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
            "now.logged_by", source=self.words.named(str(source), "source"), session=int(session)
        )

    def draw(self, client: str, *, large: bool = False) -> str:
        """Return the drawing of one course."""
        if client not in self.courses.indices:
            return ""
        course = self.courses.get_group(client)
        last, inside = float(course["rated"].iloc[-1]), int(course["inside"].sum())
        says = self.words("now.svg", n=len(course), last=last, inside=inside)
        return course_svg(
            course,
            ends=(self.low, self.high),
            says=says,
            session=(lambda n: self.words("supervision.session", n=n)) if large else None,
        )

    def sheet(self, row: Any) -> SimpleNamespace:
        """Return a client's sheet for supervision."""
        now: Any = self.now[row.client]
        return SimpleNamespace(
            **{**_plain(now), **_plain(row)},
            drawing=self.draw(row.client, large=True),
            ratings=state(now, self.review.falls, self.words),
        )


def begun(says: str) -> tuple[str, str]:
    """Return the first sentence, and the others."""
    first, mark, rest = says.partition(". ")
    return first + mark.strip(), rest


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table by column, None for what is missing, which a template can ask for."""
    return [_plain(row) for row in frame.itertuples(index=False)]


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: None if value is None or value is pd.NA or value != value else value
        for name, value in row._asdict().items()
        if name != "Index"
    }


def _axis(review: Review) -> tuple[float, float]:
    scores, instrument = review.judged.frame["score"], review.record.instrument
    low, high = float(scores.min()), float(scores.max())
    if review.settings.scale == "total" and instrument is not None:
        ends = instrument.score_range("total", review.record.metric or None)
        if ends[0] <= low and high <= ends[1]:
            low, high = ends
    # Most scores lie near the top: the axis begins where the lowest of this clinic lie.
    return max(low, float(np.floor(scores.quantile(0.02)))), high


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
