"""One run: read the memory, judge the export, hand out the news, and only then remember them."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alliance import __version__
from alliance.clinic.changes import Found, Item, compare, looks
from alliance.clinic.judging import Detector
from alliance.clinic.news import News, frame_of
from alliance.clinic.state_file import Course, Memory, Said, open_memory
from alliance.errors import AllianceError, join_names, suggest
from alliance.pseudonyms import Key
from alliance.rules import Rule
from alliance.tables import SESSIONS, scale_columns, tidy


@contextmanager
def watch(
    sessions: pd.DataFrame,
    memory: str | Path,
    *,
    rule: Rule | str = "own-mean",
    scale: str = "total",
    higher_is_better: bool = True,
    threshold: float = 0.5,
    still_open_after: int = 3,
    key: Key | None = None,
    re_estimate: bool = False,
    today: datetime.date | None = None,
) -> Iterator[News]:
    """Say what is new in a growing sessions table since the last time, and remember it.

    A context manager: the news are remembered if the block ends without an error. Do in it
    whatever makes sure that somebody gets them. If the program is stopped before that, the next
    run says the same again.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS as it stands now, of one instrument.
    memory : str or Path
        An SQLite file; it is made by the first run, readable by its owner only.
    rule : Rule or str
        A rule, the name of one, or ``"pulse"``.
    scale, higher_is_better
        As in `alliance.find_ruptures`.
    threshold : float
        Of the pulse detector: probability above which a session lies in a rupture.
    still_open_after : int
        An open rupture is spoken of again after so many sessions, and each time after as many.
    key : Key, optional
        Then the news name pseudonyms, and the memory holds them and no key of its own.
    re_estimate : bool
        Take the numbers from all clients together anew, instead of those fixed at the first run.
        What then no longer holds is said.
    today : date, optional
        By default the computer's.

    Yields
    ------
    News

    Raises
    ------
    AllianceError
        If the table or the memory cannot be used, or none of the courses remembered is in the
        table.

    Notes
    -----
    Each session is judged by the client's sessions up to it and by numbers fixed at the first
    run, so that what was said stays true as long as the past in the export stays the same.
    Where it was changed, the news say so.

    The memory holds no identifier and no score: clients by a code (an HMAC), scores by a keyed
    digest. Without `key` the key is in the memory itself: whoever has the memory and a list of
    identifiers can tell who is in it. Keep it like the export.

    Examples
    --------
    >>> import tempfile
    >>> table = pd.DataFrame({
    ...     "client": "a", "session": range(1, 4), "rater": "client", "total": [6.0, 6.1, 4.6]
    ... })
    >>> file = Path(tempfile.mkdtemp()) / "memory.sqlite"
    >>> for _ in range(2):
    ...     with watch(table, file, rule="v-episode") as news:
    ...         print(news.text().split("\\n")[0])
    News: 1 new rupture.
    Nothing is new.
    """
    if not isinstance(still_open_after, int) or still_open_after < 1:
        raise AllianceError(f"still_open_after must be 1 or more, not {still_open_after!r}.")
    detector = Detector(
        rule=rule, scale=scale, higher_is_better=higher_is_better, threshold=threshold
    )
    table = _checked(sessions, scale)
    settings = detector.settings() | _measured(table)
    with open_memory(memory, settings, key) as kept:
        run = _Run(
            table=table,
            memory=kept,
            detector=detector,
            step=still_open_after,
            day=(today or datetime.date.today()).isoformat(),
            named=key is None,
        )
        news, after = run.news(re_estimate)
        yield news
        kept.remember(**after)


def _checked(sessions: pd.DataFrame, scale: str) -> pd.DataFrame:
    table = tidy(sessions, SESSIONS)
    if scale not in scale_columns(table):
        raise AllianceError(
            f"The sessions table has no scale '{scale}'.{suggest(scale, table.columns)} "
            f"Scales: {join_names(scale_columns(table)) or 'none'}."
        )
    for name in ("instrument", "metric"):
        if name in table.columns and table[name].nunique() > 1:
            raise AllianceError(
                f"The sessions table holds several values of {name}: "
                f"{join_names(sorted(table[name].dropna().unique()))}.\nTo fix: monitor one at a time."
            )
    if not table[scale].notna().any():
        raise AllianceError(f"No session has a score on the scale {scale}.")
    return table


def _measured(table: pd.DataFrame) -> dict[str, str]:
    names = [name for name in ("instrument", "metric") if name in table.columns]
    return {name: str(table[name].dropna().iloc[0]) for name in names if table[name].notna().any()}


@dataclass(frozen=True, eq=False, kw_only=True)
class _Run:
    table: pd.DataFrame
    memory: Memory
    detector: Detector
    step: int
    day: str
    named: bool

    def news(self, re_estimate: bool) -> tuple[News, dict]:
        """Return the news, and what is to be remembered when they are out."""
        memory = self.memory
        known = {} if re_estimate else memory.parameters
        parameters, notes = self.detector.estimate(self.table, known)
        table = self.table.assign(code=memory.key.of(self.table["client"]))
        now = self._digests(table)
        self._check_same_study(now)
        found = self._found(table, parameters)
        anew = self._judged_anew(parameters)
        items, said, changed = self._compare(now, found, anew)
        taken_in = 0
        if memory.run == 1:
            listed_now = [item for item in items if item.found.outcome == "open"]
            taken_in, items = len(items) - len(listed_now), listed_now
        elif anew:
            notes = [f"{anew[0].upper()}{anew[1:]}; what no longer holds is listed.", *notes]
        news = News(
            frame=self._frame(items, table, now),
            first=memory.run == 1,
            taken_in=taken_in,
            changed=changed,
            courses=len(now),
            sessions=sum(map(len, now.values())),
            method=self.detector.text(),
            notes=tuple(notes),
        )
        return news, {
            "seen": memory.seen | now,
            "said": said,
            "parameters": parameters,
            "program": __version__,
            "statements": [_statement(item) for item in items],
            "day": self.day,
        }

    def _digests(self, table: pd.DataFrame) -> dict[Course, dict[int, str]]:
        """Return for each course a digest of each session's score, by which a change is seen."""
        rated = table[table[self.detector.scale].notna()]
        columns = ("code", "rater", "session", self.detector.scale)
        now: dict[Course, dict[int, str]] = {}
        secret = self.memory.key.secret
        for code, rater, session, score in zip(*(rated[name] for name in columns), strict=True):
            told = f"{code}\0{rater}\0{session}\0{score:.9g}".encode()
            digest = hashlib.blake2b(told, key=secret, digest_size=8).hexdigest()
            now.setdefault((code, rater), {})[int(session)] = digest
        return now

    def _check_same_study(self, now: dict) -> None:
        seen = self.memory.seen
        if seen and not seen.keys() & now.keys():
            raise AllianceError(
                f"None of the {len(seen)} courses in the memory is in this export: it is the memory "
                "of another study, or the identifiers have changed. It was not touched.\n"
                "To fix: name the memory of this study, or begin another one."
            )

    def _found(self, table: pd.DataFrame, parameters: dict) -> dict[Course, dict[int, Found]]:
        episodes = self.detector.judge(table, parameters)
        codes = dict(zip(table["client"], table["code"], strict=True))
        found: dict[Course, dict[int, Found]] = {}
        for row in episodes.itertuples():
            found.setdefault((codes[row.client], row.rater), {})[int(row.onset)] = Found(
                onset=int(row.onset),
                low=int(row.low),
                ended=int(row.end),
                depth=float(row.depth),
                outcome=row.outcome,
            )
        return found

    def _judged_anew(self, parameters: dict) -> str:
        memory = self.memory
        if memory.run > 1 and any(
            parameters[rater] != value for rater, value in memory.parameters.items()
        ):
            return "the numbers taken from all clients were estimated anew"
        if memory.program not in ("", __version__):
            return f"the program changed from {memory.program} to {__version__}"
        return ""

    def _compare(
        self, now: dict, found: dict, judged_anew: str
    ) -> tuple[list[Item], dict[Course, dict[int, Said]], int]:
        items, said, changed = [], {}, 0
        for look in looks(self.memory.seen, now, self.memory.said, found, judged_anew):
            news, after = compare(look, step=self.step, day=self.day)
            items += news
            if after:
                said[look.course] = after
            changed += bool(look.changed) and bool(look.now)
        return items, said, changed

    def _frame(self, items: list[Item], table: pd.DataFrame, now: dict) -> pd.DataFrame:
        latest = table.groupby("code", sort=False).last()
        clients = latest["client"] if self.named else pd.Series(latest.index, latest.index)
        therapists = latest["therapist"] if "therapist" in table.columns else pd.Series(dtype="str")
        if not self.named and therapists.notna().any():
            therapists = self.memory.key.of(therapists, "therapist")
        return frame_of(
            items,
            clients=clients.to_dict(),
            therapists=therapists.replace(np.nan, None).to_dict(),
            last={course: max(digests) for course, digests in now.items()},
        )


def _statement(item: Item) -> tuple:
    outcome = item.found.outcome if item.found else ""
    return (*item.course, item.onset, item.kind, outcome, item.because)
