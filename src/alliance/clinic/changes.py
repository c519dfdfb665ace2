"""What was said against what is found now: news, withdrawals, and nothing that was said already."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from alliance.clinic.state_file import Said
from alliance.clinic.words import Words

NEW, FELL, REPAIRED, LATE = "new rupture", "sudden fall", "repaired", "not repaired in time"
STILL_OPEN, ENDED = "still open", "ended"
RESTATED, WITHDRAWN, GONE = "restated", "withdrawn", "gone"
KINDS = (FELL, NEW, REPAIRED, LATE, STILL_OPEN, ENDED, RESTATED, WITHDRAWN, GONE)
OPEN, LEFT_OPEN, FALLEN = "open", "left open", "fell"
NEW_SESSIONS = "new sessions"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A rupture as it is found now."""

    # Session numbers.
    onset: int
    low: int
    ended: int
    depth: float  # Points
    # Open, repaired, unrepaired, left open (the therapy is over), or fell (a sudden fall only).
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """One course of therapy, now and as it was known.

    `course` is the client's code; `seen` and `now` are the rated sessions at the last run and now,
    by number, as digests; `said` and `found` go by onset. `judged_anew` says why the same data
    could be judged otherwise than before; it is empty if they cannot.
    """

    course: str
    seen: Mapping[int, str]
    now: Mapping[int, str]
    said: Mapping[int, Said]
    found: Mapping[int, Found]
    judged_anew: str
    words: Words

    @property
    def changed(self) -> str:
        """What is different in the sessions that were known already, in words."""
        through = max(self.seen, default=None)
        if through is None:
            return ""
        added = [s for s in self.now if s <= through and s not in self.seen]
        other = [s for s in self.seen if self.now.get(s, self.seen[s]) != self.seen[s]]
        lost = [s for s in self.seen if s not in self.now]
        parts = [
            self.words(f"because.{what}", n=len(which), sessions=", ".join(map(str, sorted(which))))
            for which, what in ((other, "altered"), (lost, "lost"), (added, "added"))
            if which
        ]
        return self.words("because.export", what="; ".join(parts)) if parts else ""

    def because(self, session: int) -> str:
        """Say why something is said now that turns on a session."""
        if self.changed:
            return self.changed
        if session > max(self.seen, default=session - 1):
            return NEW_SESSIONS
        return self.judged_anew or NEW_SESSIONS


@dataclass(frozen=True, kw_only=True)
class Item:
    """One piece of news of a client's course (by code), of one of `KINDS`.

    `found` is None where there is nothing to be found any more; `before` is what was said before,
    and when.
    """

    course: str
    kind: str
    onset: int
    found: Found | None
    before: str
    because: str

    @property
    def outcome(self) -> str:
        """Outcome of what is found now; empty if nothing is."""
        return self.found.outcome if self.found is not None else ""


def compare(look: Look, *, step: int, day: str) -> tuple[list[Item], dict[int, Said]]:
    """Return the news of one course, and what is then said of its ruptures.

    `step`: sessions after which an open rupture is spoken of again. `day`: today.
    """
    if not look.now:
        return _of_gone(look, day)
    news, said = [], {}
    for onset in sorted({*look.said, *look.found}):
        before, found = look.said.get(onset), look.found.get(onset)
        steps = (max(look.now) - onset) // step
        kind = _kind(before, found, steps)
        if found is not None:
            said[onset] = _said(before, found, kind, steps, day)
        if kind:
            turning = found.ended if found and kind in (REPAIRED, LATE) else onset
            # What has not happened turns on the last session that was looked at.
            turning = max(look.now) if kind in (STILL_OPEN, LATE) else turning
            news.append(_item(look, onset, kind, turning))
    return news, said


def _kind(before: Said | None, found: Found | None, steps: int) -> str:
    """Return which news it is that this was said before and that is found now; empty if none."""
    if found is None:
        return "" if before is None or before.outcome == FALLEN else WITHDRAWN
    # A fall may turn out to be the first session of a rupture: that is news.
    if before is None or (before.outcome == FALLEN and found.outcome != FALLEN):
        return {FALLEN: FELL, LEFT_OPEN: ENDED}.get(found.outcome, NEW)
    if before.outcome == OPEN and found.outcome != OPEN:
        return {"repaired": REPAIRED, LEFT_OPEN: ENDED}.get(found.outcome, LATE)
    if before.outcome == LEFT_OPEN and found.outcome == OPEN:
        return STILL_OPEN
    # Said as settled, and settled otherwise now: only a changed export can do that.
    changed = before.outcome != found.outcome
    if changed or (found.outcome == "repaired" and found.ended != before.ended):
        return RESTATED
    return STILL_OPEN if found.outcome == OPEN and steps > before.steps else ""


def _said(before: Said | None, found: Found, kind: str, steps: int, day: str) -> Said:
    if before is not None and not kind:
        return replace(before, gone=False)
    return Said(outcome=found.outcome, ended=found.ended, steps=steps, gone=False, day=day)


def _item(look: Look, onset: int, kind: str, turning: int) -> Item:
    before = look.said.get(onset)
    return Item(
        course=look.course,
        kind=kind,
        onset=onset,
        found=look.found.get(onset),
        before=before.text(look.words) if before else "",
        because=look.because(turning),
    )


def _of_gone(look: Look, day: str) -> tuple[list[Item], dict[int, Said]]:
    news = [
        replace(_item(look, onset, GONE, onset), because=look.words("because.gone"))
        for onset, before in sorted(look.said.items())
        if before.outcome == OPEN and not before.gone
    ]
    # Said once; a course that comes back is compared with what was known of it.
    gone = {item.onset for item in news}
    said = {
        onset: replace(before, gone=True, day=day) if onset in gone else before
        for onset, before in look.said.items()
    }
    return news, said
