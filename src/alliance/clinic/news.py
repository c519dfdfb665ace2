"""The news of a run: what is new or changed, as table, sentences and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from alliance.clinic.changes import KINDS, Item
from alliance.clinic.state_file import Course

COLUMNS = {
    "client": "str",
    "code": "str",
    "rater": "str",
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
}


@dataclass(frozen=True, eq=False, kw_only=True)
class News:
    """What one run has to say; nothing in it was said by an earlier run.

    Attributes
    ----------
    frame : DataFrame
        One row for each piece of news: client (missing if no longer in the export); code (of the
        client in this memory, the same in every run); rater; therapist (of the latest session);
        kind (one of `KINDS`); onset, low (sessions), depth (points), outcome (repaired,
        unrepaired, open) and ended (session) of the rupture; last_session (the latest one rated);
        sessions_open (from onset to last session, while open); said_before (the earlier
        statement and its day); because (new sessions, or why the past is seen otherwise).
    first : bool
        Is this the first run of the memory?
    taken_in : int
        Ruptures that were over before the first run; they are remembered, not listed.
    changed : int
        Courses in which sessions known before were changed.
    courses, sessions : int
        Courses and rated sessions judged.
    method : str
    notes : tuple of str
        What else should be known.
    """

    frame: pd.DataFrame
    first: bool
    taken_in: int
    changed: int
    courses: int
    sessions: int
    method: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def summary(self) -> pd.DataFrame:
        """Return the number of each kind of news: kind, news, meaning."""
        counts = self.frame["kind"].value_counts()
        return pd.DataFrame(
            [
                {"kind": kind, "news": int(counts.get(kind, 0)), "meaning": meaning}
                for kind, meaning in KINDS.items()
                if kind in counts
            ],
            columns=["kind", "news", "meaning"],
        )

    def text(self) -> str:
        """Return the news in sentences."""
        counts = [f"{row.news} {row.kind}" for row in self.summary().itertuples()]
        lines = [f"News: {', '.join(counts)}." if counts else "Nothing is new."]
        if self.first:
            over = (
                "1 rupture that was over before is"
                if self.taken_in == 1
                else f"{self.taken_in} ruptures that were over before are"
            )
            lines.append(f"First run: ruptures open now are listed; {over} remembered, not listed.")
        if self.changed:
            lines.append(
                f"In {self.changed} course{'' if self.changed == 1 else 's'} sessions known before "
                "were changed, taken out or added; where that alters what was said, it is listed."
            )
        lines += self.notes
        lines.append(f"{self.sessions:,} rated sessions of {self.courses:,} courses were judged.")
        return "\n".join(lines)

    def html(self) -> str:
        """Return the news as a page that needs nothing from outside."""
        from alliance.results import Page, Section

        first, *others = self.text().split("\n")
        shown = self.frame.drop(columns="code")
        # Nobody is ordered by what is empty in every row.
        shown = shown.loc[:, shown.notna().any() & shown.ne("").any()]
        meaning = tuple(f"{kind}: {says}." for kind, says in KINDS.items())
        tables = (("What is new or changed", shown),) if len(self) else ()
        return Page(
            title="News of ruptures and repairs",
            lead=(first,),
            sections=(
                Section(title="News", paragraphs=tuple(others), tables=tables),
                Section(title="How to read it", paragraphs=(self.method, _CAUTION, *meaning)),
            ),
        ).html()

    def _repr_html_(self) -> str:
        words = escape(self.text()).replace("\n", "</p><p>")
        return f"<div><p>{words}</p>{self.frame.to_html(index=False)}</div>"


_CAUTION = (
    "A rupture here is a fall in scores, not an event that somebody saw; part of such falls is noise. "
    "Each session was judged by the sessions up to it only, and by numbers fixed at the first run."
)


def frame_of(
    items: list[Item],
    *,
    clients: Mapping[str, str],
    therapists: Mapping[str, str],
    last: Mapping[Course, int],
) -> pd.DataFrame:
    """Return news as a table, the kinds in order and the deepest rupture first.

    Parameters
    ----------
    items : list of Item
    clients, therapists : mapping
        By code.
    last : mapping of course to session
    """
    rows = [_row(item, clients, therapists, last.get(item.course)) for item in items]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    order = pd.DataFrame(
        {
            "kind": frame["kind"].map(list(KINDS).index),
            "depth": -frame["depth"].fillna(0),
            "client": frame["client"],
            "rater": frame["rater"],
            "onset": frame["onset"],
        }
    )
    return frame.loc[order.sort_values(list(order.columns)).index].reset_index(drop=True)


def _row(item: Item, clients: Mapping, therapists: Mapping, last: int | None) -> dict:
    code, rater = item.course
    found = item.found
    is_open = found is not None and found.outcome == "open"
    return {
        "client": clients.get(code),
        "code": code,
        "rater": rater,
        "therapist": therapists.get(code),
        "kind": item.kind,
        "onset": item.onset,
        "low": found.low if found else pd.NA,
        "depth": found.depth if found else float("nan"),
        "outcome": found.outcome if found else None,
        "ended": found.ended if found and not is_open else pd.NA,
        "last_session": pd.NA if last is None else last,
        "sessions_open": last - item.onset if is_open else pd.NA,
        "said_before": item.before,
        "because": item.because,
    }
