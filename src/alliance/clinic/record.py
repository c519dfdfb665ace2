"""The record: what was known on the day of the review, and who was in therapy then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
import pandas as pd

from alliance.clinic.endings import IN_THERAPY, endings
from alliance.clinic.settings import Settings, before
from alliance.course import Courses, courses
from alliance.errors import AllianceError, join_names
from alliance.instruments import Instrument, known, load
from alliance.intake.dates import read_dates
from alliance.intake.identity import as_seen

THIS, BEFORE = "this", "before"
SESSIONS_WITHOUT_DATES = 6
ALONE = 183
_ALONG = ("date", "therapist", "ended", "status")


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """What was known on the day of the review.

    Attributes
    ----------
    rows : DataFrame
        One row for each session of the table up to the day, by the rater reviewed: client, person
        (the client without the case), session, date (text, missing where there is none),
        therapist, score (NaN where not rated), period (this, before or empty); sorted by client
        and session. A person with several cases of care is several clients here.
    clients : DataFrame
        One row for each client: client, person, therapist, rated (sessions), last (session
        rated), last_date, blank (sessions held since without a rating), ending (in therapy,
        drop-out, end of therapy or left, reason unknown), period (in which the last session lies).
    at : str
        Day of the review, empty if there are no dates.
    period, earlier : tuple of (str, str)
        First and last day of the period and of the one before; empty texts if by sessions.
    last_sessions : int
        Sessions of the period, 0 if it is given by dates.
    instrument : Instrument, optional
    rater, metric : str
        Whose ratings these are; "mean" or "sum", empty if it is not known.
    higher_is_better : bool
    counts : mapping of str to int
        Rows known on the day, and those of them set aside, by reason.
    future : tuple of str
        Clients with rows whose date lies after today or far from all others.
    decided : tuple of str
        By what it was decided who is in therapy: dates, status, ended.
    everyone : frozenset of str
        Every client of the table, also of those who come later.
    """

    rows: pd.DataFrame
    clients: pd.DataFrame
    at: str
    period: tuple[str, str]
    earlier: tuple[str, str]
    last_sessions: int
    instrument: Instrument | None
    rater: str
    metric: str
    higher_is_better: bool
    counts: Mapping[str, int]
    future: tuple[str, ...]
    decided: tuple[str, ...]
    everyone: frozenset[str]

    @property
    def sign(self) -> int:
        """1 if a fall in points is for the worse, else -1."""
        return 1 if self.higher_is_better else -1

    @property
    def rated(self) -> pd.DataFrame:
        """The rows with a score."""
        return self.rows[self.rows["score"].notna()]

    @property
    def twins(self) -> list[str]:
        """Clients whose names look alike but for capitals and spaces, as ``K01 / k01``."""
        names = self.rows["person"].drop_duplicates()
        groups = names.groupby(as_seen(names.tolist()).to_numpy())
        return [" / ".join(sorted(part)) for _, part in groups if len(part) > 1]

    @property
    def in_therapy(self) -> pd.DataFrame:
        """The clients in therapy on the day."""
        return self.clients[self.clients["ending"] == IN_THERAPY]

    @property
    def sessions(self) -> pd.DataFrame:
        """The rated rows as a sessions table with the scale ``total``."""
        rated = self.rated
        rater = pd.array(["client"] * len(rated), dtype="str")
        table = rated[["client", "session"]].assign(rater=rater, total=rated["score"])
        if self.instrument is not None and self.metric:
            table = table.assign(instrument=self.instrument.key, metric=self.metric)
        return table.reset_index(drop=True)

    def at_sessions(self, column: str, clients: pd.Series, sessions: pd.Series) -> np.ndarray:
        """Return a column of the rated rows at sessions of clients; missing where there is none."""
        known = self.rated.set_index(["client", "session"])[column]
        return np.asarray(known.reindex(pd.MultiIndex.from_arrays([clients, sessions])))


def last_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each client's last row, by client."""
    return frame.drop_duplicates("client", keep="last").set_index("client")


def make_record(
    sessions: pd.DataFrame | Record, settings: Settings | None = None, *, today: date | None = None
) -> Record:
    """Take what was known on the day of the review, by the rater reviewed.

    Parameters
    ----------
    sessions : DataFrame or Record
        Table SESSIONS; if there, ``date``, ``therapist``, ``case``, ``ended`` (date on which the
        therapy ended) and ``status`` are used. A record by the same settings is returned as it is.
    settings : Settings, optional
    today : date, optional
        Dates after it are slips of the pen. By default the computer's.

    Raises
    ------
    AllianceError
        If the rater, the scale or the questionnaire is not clear, a word of the column status is
        not known, or a day is asked for and there are no dates.

    Notes
    -----
    Rows dated after the day are left out before anything is computed or counted, and an end of
    therapy after it is not known yet; rows without a date belong to no day and are set aside.
    """
    if isinstance(sessions, Record):
        return sessions
    settings = settings or Settings()
    counts: dict[str, int] = {}
    dated = _dated(_by_case(sessions))
    frame, at, future, newest = _up_to(dated, settings, today or date.today(), counts)
    chosen, instrument = _chosen(frame, settings)
    counts |= {
        "of other questionnaires": chosen.counts["of another instrument"],
        "by other raters": chosen.counts["of another rater"],
    }
    frame = chosen.table
    early = frame["session"] < 1
    counts["numbered below 1 (intake)"] = int(early.sum())
    rows = _rows(frame[~early], chosen.scale)
    if rows["score"].notna().sum() == 0:
        raise AllianceError("There is no rated session to review.")
    rows["period"], period, last_sessions = _periods(rows, at, settings)
    clients, decided = _clients(rows, at, settings, newest)
    return Record(
        rows=rows.drop(columns=["ended", "status"]),
        clients=clients,
        at=at,
        period=period,
        earlier=before(*period) if period[0] else ("", ""),
        last_sessions=last_sessions,
        instrument=instrument,
        rater=chosen.rater,
        metric=chosen.metric,
        higher_is_better=chosen.sign == 1,
        counts=MappingProxyType(counts),
        future=future,
        decided=decided,
        everyone=frozenset(sessions["client"].dropna().astype("str")),
    )


def _chosen(frame: pd.DataFrame, settings: Settings) -> tuple[Courses, Instrument | None]:
    """Choose one questionnaire of the alliance and one rater."""
    instrument = None if settings.instrument is None else load(settings.instrument)
    names = _names(frame, "instrument")
    key = instrument.key if instrument is not None else _of_the_alliance(names)
    if not names:
        key = None
    measure = instrument or known(key)
    if measure is not None and measure.kind != "alliance":
        raise AllianceError(
            f"{measure.name} does not measure the alliance: its falls are no ruptures.\n"
            "To fix: name the questionnaire of the alliance with --instrument; outcome "
            "questionnaires of the same file are shown beside it."
        )
    raters = _names(frame, "rater")
    rater = raters[0] if len(raters) == 1 else settings.rater
    return courses(frame, scale=settings.scale, rater=rater, instrument=key), measure


def _names(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return []
    return sorted(frame[column].dropna().astype("str").unique())


def _of_the_alliance(names: list[str]) -> str | None:
    measures = {name: known(name) for name in names}
    alliance = [name for name, each in measures.items() if each is None or each.kind == "alliance"]
    if len(names) > 1 and len(alliance) != 1:
        raise AllianceError(
            f"The sessions hold {join_names(names)}, and a review is of one questionnaire of the "
            "alliance.\nTo fix: name it with --instrument."
        )
    return alliance[0] if alliance else next(iter(names), None)


def _by_case(sessions: pd.DataFrame) -> pd.DataFrame:
    """Call each case of a person who has several a client of its own."""
    person = sessions["client"].astype("str")
    if "case" not in sessions.columns:
        return sessions.assign(person=person)
    case = sessions["case"].astype("str")
    several = case.groupby(person).transform("nunique") > 1
    named = person.where(~several, person + " · " + case.fillna(""))
    return sessions.assign(person=person, client=named).drop(columns="case")


def _dated(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with dates as texts year-month-day, missing where there is none."""
    if "date" not in sessions.columns or sessions["date"].isna().all():
        return sessions.assign(date=pd.array([None] * len(sessions), dtype="str"))
    dates, _, doubtful = read_dates(sessions["date"])
    if doubtful:
        raise AllianceError(
            "In the dates it is not clear whether the day or the month comes first.\n"
            "To fix: export dates as year-month-day, e.g. 2024-05-31."
        )
    return sessions.assign(date=dates)


def _up_to(
    frame: pd.DataFrame, settings: Settings, today: date, counts: dict[str, int]
) -> tuple[pd.DataFrame, str, tuple[str, ...], str]:
    """Leave out what was not known on the day; return the day, clients with slips, the newest date."""
    dates = frame["date"]
    if dates.isna().all():
        if settings.at or settings.start or settings.end:
            raise AllianceError(
                "A day can be named only where the sessions have dates (column date).\n"
                "To fix: leave the day out, or name the column with --date."
            )
        counts["rows"] = len(frame)
        return frame, "", (), ""
    newest = _newest(dates.dropna(), today)
    at = settings.at or newest
    known, undated = dates <= at, dates.isna()
    if not known.any():
        raise AllianceError(f"No session is dated on or before {at}.")
    wrong = dates > newest if at >= newest else pd.Series(False, index=frame.index)
    known &= ~wrong
    counts |= {"rows": int((known | undated | wrong).sum()), "without a date": int(undated.sum())}
    counts["dated in the future"] = int(wrong.sum())
    return frame[known], at, tuple(frame.loc[wrong, "client"].astype("str").unique()), newest


def _newest(dates: pd.Series, today: date) -> str:
    """Return the newest date that is no slip: not after today, and not half a year from all others."""
    ordered = sorted(day for day in dates if day <= str(today))
    if not ordered:
        return str(dates.max())
    alone = timedelta(days=ALONE)
    while len(ordered) > 2 and (
        date.fromisoformat(ordered[-1]) - date.fromisoformat(ordered[-2]) > alone
    ):
        ordered.pop()
    return str(ordered[-1])


def _rows(frame: pd.DataFrame, scale: str) -> pd.DataFrame:
    along = {name: frame.get(name, pd.NA) for name in _ALONG}
    names = ["client", "person", "session"]
    rows = frame[names].assign(**along).astype(dict.fromkeys(_ALONG, "str"))
    rows = rows.assign(score=frame[scale].astype(float))
    return rows.sort_values(["client", "session"], kind="stable", ignore_index=True)


def _periods(
    rows: pd.DataFrame, at: str, settings: Settings
) -> tuple[np.ndarray, tuple[str, str], int]:
    """Return for each row in which period it lies, the period's days, or its sessions."""
    if at and settings.last_sessions is None:
        period, count = settings.period(at), 0
        this, earlier = (rows["date"].between(*days) for days in (period, before(*period)))
    else:
        period, count = ("", ""), settings.last_sessions or SESSIONS_WITHOUT_DATES
        # Sessions without a rating go with the next rated one.
        rated = rows["score"].notna()
        after = rated[::-1].groupby(rows["client"][::-1]).cumsum()[::-1]
        this, earlier = after <= count, after.between(count + 1, 2 * count)
    return np.select([this, earlier], [THIS, BEFORE], ""), period, count


def _clients(
    rows: pd.DataFrame, at: str, settings: Settings, newest: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    # Rows come sorted by client and session, so a client's last row is the last session.
    by_client = rows.groupby("client")
    last_row = last_rows(rows)
    last_rated = rows["session"].where(rows["score"].notna()).groupby(rows["client"]).max()
    since = rows["session"] > rows["client"].map(last_rated).fillna(-1)
    ending, decided = endings(by_client["date"].max(), rows, at, settings, newest)
    clients = pd.DataFrame(
        {
            "person": last_row["person"],
            "therapist": by_client["therapist"].last(),
            "rated": by_client["score"].count(),
            "last": last_rated.astype("Int64"),
            "last_date": by_client["date"].max(),
            "blank": since.groupby(rows["client"]).sum().astype(int),
            "ending": ending,
            "period": last_row["period"],
        }
    )
    return clients.rename_axis("client").reset_index(), decided
