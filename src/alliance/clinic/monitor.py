"""One run: read the memory, judge the export, hand out the news, and only then remember them."""

import datetime
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from alliance.clinic.changes import FALLEN, LEFT_OPEN, OPEN, Found, Item, Look, compare
from alliance.clinic.falls import Falls, falls
from alliance.clinic.judge import Judged, check_detector, judge
from alliance.clinic.models import as_json, from_json
from alliance.clinic.news import News, frame_of
from alliance.clinic.now import now, state
from alliance.clinic.record import Record, make_record
from alliance.clinic.settings import PULSE, Settings, settled
from alliance.clinic.state_file import Memory, Said, open_memory
from alliance.clinic.words import ENGLISH, Words
from alliance.errors import AllianceError
from alliance.pseudonyms import Key
from alliance.version import __version__


@contextmanager
def watch(
    sessions: pd.DataFrame | Record,
    memory: str | Path,
    settings: Settings | None = None,
    *,
    still_open_after: int = 3,
    key: Key | None = None,
    re_estimate: bool = False,
    today: datetime.date | None = None,
    language: str = ENGLISH,
    **options: Any,
) -> Iterator[News]:
    """Say what is new in a growing sessions table since the last time, and remember it.

    A context manager: the news are remembered if the block ends without an error. Do in it
    whatever makes sure that somebody gets them. If the program is stopped before that, the next
    run says the same again.

    Parameters
    ----------
    sessions : DataFrame or Record
        Table SESSIONS as it stands now, as for `review`.
    memory : str or Path
        An SQLite file; it is made by the first run, readable by its owner only.
    settings : Settings, optional
        As for `review`: what is judged and how, and who is in therapy.
    still_open_after : int
        An open rupture is spoken of again after so many sessions, and each time after as many.
    key : Key, optional
        Then the news name pseudonyms, and the memory holds them and no key of its own.
    re_estimate : bool
        Fit the models anew, instead of those that were fitted by earlier runs. What then no
        longer holds is said.
    today : date, optional
        By default the computer's.
    language : str
        Of the sentences.
    **options
        Fields of `Settings`, in place of it.

    Yields
    ------
    News

    Raises
    ------
    AllianceError
        If the table or the memory cannot be used, or none of the clients remembered is in the
        table.

    Notes
    -----
    Clients are judged as by `review`, by the same function and with the same sentence. Each
    session is judged by the client's sessions up to it and by a model that stays as it was first
    fitted, so that what was said stays true as long as the past in the export stays the same.
    Where it was changed, the news say so. Nothing is said of clients who have left.

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
    ...     with watch(table, file, detector="v-episode") as news:
    ...         print(news.text().split("\\n")[0])
    News: 1 new rupture.
    Nothing is new.
    """
    if not isinstance(still_open_after, int) or still_open_after < 1:
        raise AllianceError(f"still_open_after must be 1 or more, not {still_open_after!r}.")
    settings = settled(settings, options)
    check_detector(settings)
    words, day = Words(language), today or datetime.date.today()
    record = make_record(sessions, settings, today=day)
    with open_memory(memory, _fixed(settings, record), key) as kept:
        known = () if re_estimate else from_json(kept.models)
        judged = judge(record, settings, known)
        run = _Run(
            record=record,
            judged=judged,
            falls=falls(record, judged),
            memory=kept,
            step=still_open_after,
            day=day.isoformat(),
            named=key is None,
            words=words,
        )
        news, after = run.news(re_estimate)
        yield news
        # After the caller's block: news that did not get out are said again.
        kept.remember(**after)


def _fixed(settings: Settings, record: Record) -> dict[str, str]:
    """Return what must not change between the runs of one memory."""
    rule = settings.detector
    named = (
        f"{PULSE} above {settings.threshold:g}" if rule == PULSE else getattr(rule, "name", rule)
    )
    fixed = {
        "rule": str(named),
        "definition": str(named) if isinstance(rule, str) else repr(rule),
        "scale": settings.scale,
        "rater": record.rater,
        "higher is better": "yes" if record.higher_is_better else "no",
        "instrument": record.instrument.key if record.instrument else "",
        "metric": record.metric,
    }
    return {name: value for name, value in fixed.items() if value}


@dataclass(frozen=True, eq=False, kw_only=True)
class _Run:
    record: Record
    judged: Judged
    falls: Falls
    memory: Memory
    step: int
    day: str
    named: bool
    words: Words

    def news(self, re_estimate: bool) -> tuple[News, dict[str, Any]]:
        """Return the news, and what is to be remembered when they are out."""
        memory = self.memory
        names = self.record.clients["client"]
        # The memory's own key codes pseudonyms too; a clinic's key gives nobody a second one.
        coded = memory.key.codes if self.named else memory.key.of
        codes = dict(zip(names, coded(names), strict=True))
        digests = self._digests(codes)
        self._check_same_study(digests)
        anew = self._judged_anew(re_estimate)
        shown = now(self.record, self.judged, self.falls)
        items, said, changed = self._compare(digests, self._found(shown, codes), anew)
        taken_in = 0
        if memory.run == 1:
            # A first run would tell the whole past: it is taken in, and only what is open is told.
            listed_now = [item for item in items if item.get("outcome") in (OPEN, FALLEN)]
            taken_in, items = len(items) - len(listed_now), listed_now
        news = News(
            frame=frame_of(items, self._known(shown, codes)),
            first=memory.run == 1,
            since=memory.day,
            taken_in=taken_in,
            changed=changed,
            clients=self.record.rated["person"].nunique(),
            anew=anew,
            judged=self.judged,
            words=self.words,
        )
        return news, {
            "seen": memory.seen | digests,
            "said": said,
            "models": as_json(self.judged.epochs),
            "program": __version__,
            "statements": items,
            "day": self.day,
        }

    def _digests(self, codes: dict[str, str]) -> dict[str, dict[int, str]]:
        """Return for each client a digest of each session's score, by which a change is seen."""
        rated = self.record.rated
        digests: dict[str, dict[int, str]] = {}
        secret = self.memory.key.secret
        columns = (rated[name] for name in ("client", "session", "score"))
        for client, session, score in zip(*columns, strict=True):
            code = codes[client]
            # A keyed digest: the memory shows that a score changed without holding it.
            told = f"{code}\0{session}\0{score:.9g}".encode()
            digest = hashlib.blake2b(told, key=secret, digest_size=8).hexdigest()
            digests.setdefault(code, {})[int(session)] = digest
        return digests

    def _check_same_study(self, digests: dict[str, dict[int, str]]) -> None:
        seen = self.memory.seen
        if seen and not seen.keys() & digests.keys():
            raise AllianceError(
                f"None of the {len(seen)} clients in the memory is in this export: it is the memory "
                "of another study, or the identifiers have changed. It was not touched.\n"
                "To fix: name the memory of this study, or begin another one."
            )

    def _found(self, shown: pd.DataFrame, codes: dict[str, str]) -> dict[str, dict[int, Found]]:
        found: dict[str, dict[int, Found]] = {}
        there = set(shown["client"])
        for row in self.judged.episodes.itertuples():
            # Open when the therapy ended: nobody can repair it any more.
            open_here = row.outcome == OPEN and row.client not in there
            found.setdefault(codes[row.client], {})[int(row.onset)] = Found(
                onset=int(row.onset),
                low=int(row.low),
                ended=int(row.end),
                depth=float(row.depth),
                outcome=LEFT_OPEN if open_here else row.outcome,
            )
        for row in shown[shown["fell"] & ~shown["open"]].itertuples():
            last = int(row.last)
            found.setdefault(codes[row.client], {})[last] = Found(
                onset=last, low=last, ended=last, depth=abs(row.change), outcome=FALLEN
            )
        return found

    def _judged_anew(self, re_estimate: bool) -> str:
        """Return why what was said before could be seen otherwise now; empty if it cannot."""
        memory = self.memory
        if memory.run > 1 and re_estimate:
            return self.words("because.estimated")
        if memory.run > 1 and self.judged.by_model and not any(e["model"] for e in memory.models):
            return self.words("because.enough")
        if memory.program not in ("", __version__):
            return self.words("because.program", before=memory.program, now=__version__)
        return ""

    def _compare(
        self, digests: dict[str, dict[int, str]], found: dict[str, dict[int, Found]], anew: str
    ) -> tuple[list[Item], dict[str, dict[int, Said]], int]:
        memory = self.memory
        items, said, changed = [], {}, 0
        for course in sorted({*memory.seen, *digests, *memory.said}):
            look = Look(
                course=course,
                seen=memory.seen.get(course, {}),
                now=digests.get(course, {}),
                said=memory.said.get(course, {}),
                found=found.get(course, {}),
                judged_anew=anew,
                words=self.words,
            )
            news, after = compare(look, step=self.step, day=self.day)
            items += news
            if after:
                said[look.course] = after
            changed += bool(look.changed) and bool(look.now)
        return items, said, changed

    def _known(self, shown: pd.DataFrame, codes: dict[str, str]) -> pd.DataFrame:
        """Return by code what the news say of the clients in the export."""
        clients = self.record.clients.rename(columns={"last": "last_session"})
        known = clients[["client", "therapist", "last_session"]].set_index(pd.Index(codes.values()))
        if not self.named:
            therapists = self.memory.key.of(known["therapist"], "therapist")
            known = known.assign(client=known.index, therapist=therapists)
        says = {codes[row.client]: state(row, self.falls, self.words) for row in shown.itertuples()}
        return known.assign(says=pd.Series(says, dtype="str"))
