"""The news of a run: what is new or changed, as table, sentences and page."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from alliance.clinic.changes import KINDS, NEW_SESSIONS, OPEN, Item
from alliance.clinic.judge import Judged
from alliance.clinic.words import Words
from alliance.version import __version__

COLUMNS = {
    "client": "str",
    "code": "str",
    "therapist": "str",
    "kind": "str",
    "onset": "int64",
    "low": "Int64",
    "depth": "float64",
    "outcome": "str",
    "ended": "Int64",
    "last_session": "Int64",
    "sessions_open": "Int64",
    "said_before": "str",
    "because": "str",
    "says": "str",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class News:
    """What one run has to say; nothing in it was said by an earlier run.

    Attributes
    ----------
    frame : DataFrame
        One row for each piece of news: client (missing if no longer in the export); code (of the
        client in this memory, the same in every run); therapist (of the latest session); kind
        (one of `KINDS`); onset, low (sessions), depth (points), outcome (repaired, unrepaired,
        open, left open, fell) and ended (session) of the rupture; last_session (the latest one
        rated); sessions_open (from onset to last session, while open); said_before (the earlier
        statement and its day); because (new sessions, or why the past is seen otherwise); says
        (what the review's page says of the client on the day).
    first : bool
        Is this the first run of the memory?
    since : str
        Day of the run before.
    taken_in : int
        Ruptures that were over before the first run; they are remembered, not listed.
    changed : int
        Clients of whom sessions known before were changed.
    clients : int
        Persons whose rated sessions were judged, in all of their cases.
    anew : str
        Why what was said before could be seen otherwise now; empty if it cannot.
    judged : Judged
        For `review`, so that it need not judge again.
    words : Words
    """

    frame: pd.DataFrame
    first: bool
    since: str
    taken_in: int
    changed: int
    clients: int
    anew: str
    judged: Judged
    words: Words

    def __len__(self) -> int:
        return len(self.frame)

    def summary(self) -> pd.DataFrame:
        """Return the number of each kind of news: kind, news, meaning."""
        counts = self.frame["kind"].value_counts()
        return pd.DataFrame(
            [
                {"kind": kind, "news": int(counts[kind]), "meaning": self.words(f"meaning.{kind}")}
                for kind in KINDS
                if kind in counts
            ],
            columns=["kind", "news", "meaning"],
        )

    def text(self) -> str:
        """Return the news in sentences, one a line."""
        words = self.words
        counts = [words(f"told.{row.kind}", n=row.news) for row in self.summary().itertuples()]
        lines = [words("monitor.news", news=", ".join(counts)) if counts else words("new.nothing")]
        if self.first:
            lines.append(words("monitor.first", n=self.taken_in))
        if self.changed:
            lines.append(words("monitor.changed", n=self.changed))
        if self.anew:
            lines.append(words("monitor.anew", why=f"{self.anew[0].upper()}{self.anew[1:]}"))
        lines.append(words("monitor.judged", sessions=len(self.judged.frame), n=self.clients))
        return "\n".join(lines)

    def html(self) -> str:
        """Return the news as a page that needs nothing from outside."""
        from alliance.results import Page, Section

        words = self.words
        first, *others = self.text().split("\n")
        shown = self._shown()
        meanings = (f"{words(f'kind.{kind}')}: {words(f'meaning.{kind}')}." for kind in KINDS)
        tables = ((words("monitor.table"), shown),) if len(self) else ()
        return Page(
            title=words("monitor.title"),
            language=words("write.html"),
            contents=words("page.contents"),
            footer=words("page.footer", version=__version__),
            lead=(first,),
            sections=(
                Section(title=words("part.new"), paragraphs=tuple(others), tables=tables),
                Section(
                    title=words("part.reading"),
                    paragraphs=(words("monitor.caution"), *meanings),
                ),
            ),
        ).html()

    def _shown(self) -> pd.DataFrame:
        """Return the news as the page shows them, in the words of its language."""
        words, frame = self.words, self.frame.drop(columns="code")
        frame = frame.assign(
            kind=[words(f"kind.{kind}") for kind in frame["kind"]],
            because=frame["because"].replace(NEW_SESSIONS, words("because.new_sessions")),
            outcome=frame["outcome"].map(lambda said: words.named(said, "because"), "ignore"),
            depth=frame["depth"].map(lambda depth: words.write(depth, ".1f"), "ignore"),
        )
        # Nobody is ordered by what is empty in every row.
        frame = frame.loc[:, frame.notna().any() & frame.ne("").any()]
        return frame.rename(columns={name: words(f"news.{name}") for name in frame})

    def _repr_html_(self) -> str:
        told = escape(self.text()).replace("\n", "</p><p>")
        return f"<div><p>{told}</p>{self.frame.to_html(index=False)}</div>"


def frame_of(items: list[Item], known: pd.DataFrame) -> pd.DataFrame:
    """Return news as a table, the deepest rupture of a kind first; `known` of clients goes by code."""
    found = pd.DataFrame(items, columns=[name for name in COLUMNS if name not in known])
    frame = found.join(known, on="code")[list(COLUMNS)].astype(COLUMNS)
    is_open = frame["outcome"].eq(OPEN)
    frame = frame.assign(
        ended=frame["ended"].mask(is_open),
        sessions_open=(frame["last_session"] - frame["onset"]).where(is_open),
        says=frame["says"].fillna(""),
    )
    order = frame.assign(kind=frame["kind"].map(KINDS.index), depth=-frame["depth"].fillna(0))
    order = order.sort_values(["kind", "depth", "client", "onset"])
    return frame.loc[order.index].reset_index(drop=True)
