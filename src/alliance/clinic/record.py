"""The record: what was known on the day of the review, and who was in therapy then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from alliance.clinic.endings import endings
from alliance.clinic.settings import Settings, before
from alliance.errors import AllianceError, join_names
from alliance.instruments import Instrument, instruments, load
from alliance.intake.dates import read_dates
from alliance.tables import SESSIONS, scale_columns, tidy

THIS, BEFORE = "this", "before"
SESSIONS_WITHOUT_DATES = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """What was known on the day of the review.

    Attributes
    ----------
    rows : DataFrame
        One row for each session of the table up to the day, by the rater reviewed: client, session,
        date (text, missing where there is none), therapist, score (NaN where not rated), period
        (this, before or empty); sorted by client and session.
    clients : DataFrame
        One row for each client: client, therapist, rated (sessions), last (session rated),
        last_date, blank (sessions held since without a rating), ending (in therapy, drop-out, end
        of therapy or left, reason unknown), period (in which the last session lies).
    at : str
        Day of the review, empty if there are no dates.
    period, earlier : tuple of (str, str)
        First and last day of the period and of the one before; empty texts if by sessions.
    last_sessions : int
        Sessions of the period, 0 if it is given by dates.
    instrument : Instrument, optional
    rater : str
        Whose ratings these are.
    metric : str
        "mean" or "sum", empty if it is not known.
    counts : mapping of str to int
        Rows known on the day, and those of them set aside, by reason.
    decided : str
        How it was decided who is in therapy, in a sentence.
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
    counts: Mapping[str, int]
    decided: str

    @property
    def higher_is_better(self) -> bool:
        """Whether high scores mean a good alliance; so it is unless the questionnaire says other."""
        return self.instrument is None or self.instrument.higher_is_better

    @property
    def rated(self) -> pd.DataFrame:
        """The rows with a score."""
        return self.rows[self.rows["score"].notna()]

    @property
    def sessions(self) -> pd.DataFrame:
        """The rated rows as a sessions table with the scale ``total``."""
        rated = self.rated
        rater = pd.array(["client"] * len(rated), dtype="str")
        table = rated[["client", "session"]].assign(rater=rater, total=rated["score"])
        if self.instrument is not None and self.metric:
            table = table.assign(instrument=self.instrument.key, metric=self.metric)
        return table.reset_index(drop=True)


def make_record(sessions: pd.DataFrame, settings: Settings) -> Record:
    """Take what was known on the day of the review, by the rater reviewed.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS; if there, ``date``, ``therapist``, ``ended`` (date on which the therapy
        ended) and ``status`` (active, completed, dropped out ...) are used.
    settings : Settings

    Raises
    ------
    AllianceError
        If the rater, the scale or the questionnaire is not clear, or a day is asked for and there
        are no dates.

    Notes
    -----
    Rows dated after the day are left out before anything is computed or counted, and an end of
    therapy after it is not known yet; rows without a date belong to no day and are set aside. A
    status that no date of an end goes with is used only where no day is named: nobody can tell
    since when it holds.
    """
    frame = tidy(sessions, SESSIONS, sort=False)
    counts: dict[str, int] = {}
    frame, at = _up_to(frame, settings, counts)
    frame, instrument = _chosen(frame, settings, counts)
    early = frame["session"] < 1
    counts["numbered below 1 (intake)"] = int(early.sum())
    frame = frame[~early].sort_values(["client", "session"], kind="stable", ignore_index=True)
    if frame[settings.scale].notna().sum() == 0:
        raise AllianceError("There is no rated session to review.")
    rows = _rows(frame, settings.scale)
    rows["period"], period, last_sessions = _periods(rows, at, settings)
    clients, decided = _clients(rows, frame, at, settings)
    return Record(
        rows=rows,
        clients=clients,
        at=at,
        period=period,
        earlier=before(*period) if period[0] else ("", ""),
        last_sessions=last_sessions,
        instrument=instrument,
        rater=str(frame["rater"].iloc[0]),
        metric=str(frame["metric"].iloc[0]) if "metric" in frame.columns else "",
        counts=MappingProxyType(counts),
        decided=decided,
    )


def _chosen(
    frame: pd.DataFrame, settings: Settings, counts: dict[str, int]
) -> tuple[pd.DataFrame, Instrument | None]:
    """Take one questionnaire and one rater."""
    instrument = None
    if "instrument" in frame.columns and frame["instrument"].notna().any():
        instrument, name = _instrument(frame["instrument"], settings.instrument)
        of_it = frame["instrument"] == name
        counts["of other questionnaires"] = int((~of_it).sum())
        frame = frame[of_it]
    raters = sorted(frame["rater"].unique())
    rater = raters[0] if len(raters) == 1 else settings.rater
    if rater not in raters:
        raise AllianceError(
            f"No session was rated by '{rater}'; raters: {join_names(raters) or 'none'}.\n"
            f"To fix: say whose ratings to review, --rater {raters[0] if raters else 'client'}."
        )
    counts["by other raters"] = int((frame["rater"] != rater).sum())
    if settings.scale not in scale_columns(frame):
        raise AllianceError(
            f"The sessions table has no scale '{settings.scale}'; it has "
            f"{join_names(scale_columns(frame)) or 'none'}.\nTo fix: name one with --scale."
        )
    return frame[frame["rater"] == rater], instrument


def _instrument(column: pd.Series, wanted: str | None) -> tuple[Instrument | None, str]:
    names = sorted(column.dropna().unique())
    if wanted is not None:
        key = load(wanted).key
        if key not in names:
            raise AllianceError(
                f"No session has the questionnaire {key}; there are {join_names(names)}."
            )
        return load(wanted), key
    known = instruments()
    alliance = [name for name in names if name not in known or known[name].kind == "alliance"]
    if len(alliance) != 1:
        raise AllianceError(
            f"The sessions hold {join_names(names)}, and a review is of one questionnaire of the "
            "alliance.\nTo fix: name it with --instrument."
        )
    return known.get(alliance[0]), alliance[0]


def _up_to(
    frame: pd.DataFrame, settings: Settings, counts: dict[str, int]
) -> tuple[pd.DataFrame, str]:
    """Leave out what was not known on the day of the review; return the day too."""
    has_dates = "date" in frame.columns and frame["date"].notna().any()
    if not has_dates:
        if settings.at or settings.start or settings.end:
            raise AllianceError(
                "A day can be named only where the sessions have dates (column date).\n"
                "To fix: leave the day out, or name the column with --date."
            )
        counts["rows"] = len(frame)
        return frame.assign(date=pd.array([None] * len(frame), dtype="str")), ""
    dates, _, doubtful = read_dates(frame["date"])
    if doubtful:
        raise AllianceError(
            "In the dates it is not clear whether the day or the month comes first.\n"
            "To fix: export dates as year-month-day, e.g. 2024-05-31."
        )
    undated = int(dates.isna().sum())
    frame = frame.assign(date=dates)[dates.notna()]
    at = settings.at or str(frame["date"].max())
    known = frame["date"] <= at
    if not known.any():
        raise AllianceError(f"No session is dated on or before {at}.")
    counts |= {"rows": int(known.sum()) + undated, "without a date": undated}
    return frame[known], at


def _rows(frame: pd.DataFrame, scale: str) -> pd.DataFrame:
    therapist = frame["therapist"] if "therapist" in frame else pd.Series(pd.NA, frame.index)
    return pd.DataFrame(
        {
            "client": frame["client"],
            "session": frame["session"],
            "date": frame["date"].astype("str"),
            "therapist": therapist.astype("str"),
            "score": frame[scale].astype(float),
        }
    )


def _periods(
    rows: pd.DataFrame, at: str, settings: Settings
) -> tuple[np.ndarray, tuple[str, str], int]:
    """Return for each row in which period it lies, the period's days, or its sessions."""
    if at and settings.last_sessions is None:
        start, end = settings.period(at)
        first, last = before(start, end)
        date = rows["date"]
        this, earlier = date.between(start, end), date.between(first, last)
        return _labels(this, earlier), (start, end), 0
    count = settings.last_sessions or SESSIONS_WITHOUT_DATES
    # Sessions without a rating go with the next rated one.
    rated = rows["score"].notna()
    after = rated[::-1].groupby(rows["client"][::-1]).cumsum()[::-1]
    return _labels(after <= count, after.between(count + 1, 2 * count)), ("", ""), count


def _labels(this: pd.Series, earlier: pd.Series) -> np.ndarray:
    return np.where(this, THIS, np.where(earlier, BEFORE, ""))


def _clients(
    rows: pd.DataFrame, frame: pd.DataFrame, at: str, settings: Settings
) -> tuple[pd.DataFrame, str]:
    last_row = rows.drop_duplicates("client", keep="last").set_index("client")
    rated = rows[rows["score"].notna()]
    last_rated = rated.drop_duplicates("client", keep="last").set_index("client")["session"]
    since = rows["session"] > rows["client"].map(last_rated).fillna(-1)
    ending, decided = endings(last_row, frame, at, settings)
    clients = pd.DataFrame(
        {
            "therapist": last_row["therapist"],
            "rated": rated.groupby("client").size().reindex(last_row.index, fill_value=0),
            "last": last_rated.reindex(last_row.index).astype("Int64"),
            "last_date": last_row["date"],
            "blank": since.groupby(rows["client"]).sum().astype(int),
            "ending": ending,
            "period": last_row["period"],
        }
    )
    return clients.rename_axis("client").reset_index(), decided
