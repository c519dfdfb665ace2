"""What was said against what is found now: news, withdrawals, and nothing that was said already."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

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


# A piece of news, as in `News.frame`; without low, depth, outcome and end where nothing is found now.
Item = dict[str, Any]


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
        if kind:
            turning = found.ended if found and kind == REPAIRED else onset
            # What has not happened turns on the last session that was looked at.
            turning = max(look.now) if kind in (STILL_OPEN, LATE) else turning
            news.append(_item(look, onset, kind, look.because(turning)))
        if before is not None and found is not None and not kind:
            said[onset] = replace(before, gone=False)
        elif found is not None:
            said[onset] = Said(
                outcome=found.outcome, ended=found.ended, steps=steps, gone=False, day=day
            )
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


def _item(look: Look, onset: int, kind: str, because: str) -> Item:
    before, found = look.said.get(onset), look.found.get(onset)
    return {
        "code": look.course,
        "kind": kind,
        "onset": onset,
        **(asdict(found) if found else {}),
        "said_before": before.text(look.words) if before else "",
        "because": because,
    }


def _of_gone(look: Look, day: str) -> tuple[list[Item], dict[int, Said]]:
    news = [
        _item(look, onset, GONE, look.words("because.gone"))
        for onset, before in sorted(look.said.items())
        if before.outcome == OPEN and not before.gone
    ]
    # Said once; a course that comes back is compared with what was known of it.
    gone = {item["onset"]: replace(look.said[item["onset"]], gone=True, day=day) for item in news}
    return news, {**look.said, **gone}
