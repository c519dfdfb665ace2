"""Settings: what a review covers and how it judges, as one value that is printed with the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from alliance.errors import AllianceError
from alliance.rules import Rule

PULSE = "pulse"
QUARTER = 91


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a review covers and how it judges; the monitor takes the same value.

    Parameters
    ----------
    at : str, optional
        Day of the review, year-month-day; nothing later is used. By default the newest date
        in the table that is not a slip of the pen.
    start, end : str, optional
        First and last day of the period. By default the 91 days up to `at`.
    last_sessions : int, optional
        The period is each client's last so many rated sessions, whatever their dates; so it is
        where there are no dates (then 6, unless said).
    absent_after : int
        Days without a session after which a client counts as no longer in therapy, where the
        table does not say how therapies ended.
    statuses : mapping of str to str
        What words of the column status mean, beside those known: ``in therapy``, ``drop-out``,
        ``end of therapy`` or ``left, reason unknown``.
    detector : str or Rule
        ``"pulse"``, a rule, or the name of one, e.g. ``"own-past"``.
    threshold : float
        Probability above which the pulse detector calls a session a rupture, 0-1.
    scale : str
    rater : str
        Whose ratings are judged, where several people rated.
    instrument : str, optional
        Which questionnaire, if the table holds several of the alliance.
    therapists : bool
        Compare therapists in funnel plots. Off unless switched on knowingly.
    min_clients : int
        Therapists with fewer clients are not shown.
    baseline : tuple of (str, str), optional
        First and last month, year-month, from which the limits of the monthly chart are taken;
        by default all whole months.
    draws : int
        Draws of noise, 1 or more; large clinics get fewer.
    seed : int
        Of the draws.

    Raises
    ------
    AllianceError
        If a setting makes no sense.

    Examples
    --------
    >>> Settings(at="2025-06-30").period("2025-06-30")
    ('2025-04-01', '2025-06-30')
    """

    at: str | None = None
    start: str | None = None
    end: str | None = None
    last_sessions: int | None = None
    absent_after: int = 60
    statuses: Mapping[str, str] = field(default_factory=dict)
    detector: str | Rule = PULSE
    threshold: float = 0.5
    scale: str = "total"
    rater: str = "client"
    instrument: str | None = None
    therapists: bool = False
    min_clients: int = 5
    baseline: tuple[str, str] | None = None
    draws: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        problems = [
            f"{name} must be a date such as 2025-06-30, not {value!r}"
            for name in ("at", "start", "end")
            if (value := getattr(self, name)) is not None and not _is_date(value)
        ]
        problems += [
            f"{name} must be a whole number, {least} or more, not {getattr(self, name)!r}"
            for name, least in (("absent_after", 1), ("min_clients", 1), ("draws", 1), ("seed", 0))
            if not _is_whole(getattr(self, name), least)
        ]
        if self.last_sessions is not None and not _is_whole(self.last_sessions, 1):
            problems.append(f"last_sessions must be 1 or more, not {self.last_sessions!r}")
        if not 0 < self.threshold < 1:
            problems.append(f"threshold must lie between 0 and 1, not {self.threshold}")
        if self.last_sessions is not None and (self.start or self.end):
            problems.append("a period is given by dates or by sessions, not by both")
        if self.baseline is not None and not all(
            _is_date(f"{month}-01") for month in self.baseline
        ):
            problems.append(f"baseline must be two months such as 2024-01, not {self.baseline!r}")
        if problems:
            raise AllianceError("The review cannot be made:\n  - " + "\n  - ".join(problems))

    def period(self, at: str) -> tuple[str, str]:
        """Return the first and the last day of the period of a review on the day `at`.

        Raises
        ------
        AllianceError
            If it ends after the review or before it begins.
        """
        end = self.end or at
        start = self.start or str(date.fromisoformat(end) - timedelta(days=QUARTER - 1))
        if end > at or start > end:
            raise AllianceError(
                f"The period {start} to {end} must lie in order and end on or before the day of the "
                f"review, {at}.\nTo fix: choose other dates."
            )
        return start, end


def settled(settings: Settings | None, options: Mapping[str, Any]) -> Settings:
    """Return settings that were given whole or one by one; both at once are refused."""
    if settings is not None and options:
        raise AllianceError("Give settings or single options, not both.")
    return settings or Settings(**options)


def before(start: str, end: str) -> tuple[str, str]:
    """Return the period of the same length just before.

    >>> before("2025-04-01", "2025-06-30")
    ('2024-12-31', '2025-03-31')
    """
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return str(first - (last - first) - timedelta(days=1)), str(first - timedelta(days=1))


def _is_date(text: object) -> bool:
    try:
        return date.fromisoformat(str(text)).isoformat() == str(text)
    except ValueError:
        return False


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
