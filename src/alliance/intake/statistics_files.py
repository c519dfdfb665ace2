"""Statistics files: SPSS, Stata and Parquet, with labels, missing values and dates as declared."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from alliance.errors import AllianceError
from alliance.intake.export import Export

# Seconds since the first day of the Gregorian calendar; days since 1960, milliseconds since 1960.
_SPSS_START, _STATA_START = datetime(1582, 10, 14), datetime(1960, 1, 1)
_SPSS_DATES = re.compile(r"(A|E|S|J)?DATE(TIME)?\d*(\.\d+)?|YMDHMS\d*(\.\d+)?", re.IGNORECASE)
_LEADING_ZEROS = re.compile(r"N(\d+)|%0(\d+)\.0[fg]")


def read_spss(path: Path, encoding: str | None) -> Export:
    """Read an SPSS file, empty where a value is declared as missing."""
    frame, meta = _declared("read_sav", path, encoding)
    for name, shape in meta.original_variable_types.items():
        if _SPSS_DATES.fullmatch(str(shape)):
            frame[name] = _dates(frame[name], _SPSS_START, "seconds")
    return _statistics(path, frame, meta, "SPSS data file")


def read_stata(path: Path, encoding: str | None) -> Export:
    """Read a Stata file."""
    frame, meta = _declared("read_dta", path, encoding)
    for name, shape in meta.original_variable_types.items():
        if str(shape).startswith(("%td", "%d", "%tc")):
            unit = "milliseconds" if str(shape).startswith("%tc") else "days"
            frame[name] = _dates(frame[name], _STATA_START, unit)
    return _statistics(path, frame, meta, "Stata data file")


def _declared(reader: str, path: Path, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    read = getattr(pyreadstat, reader)
    try:
        frame, meta = read(str(path), encoding=encoding, disable_datetime_conversion=True)
        return frame, meta
    except pyreadstat.ReadstatError as error:
        if "convert" not in str(error).lower():
            raise
        raise AllianceError(
            f"{path.name} holds letters that are not in the encoding it names.\nTo fix: name the "
            'encoding, e.g. encoding="latin1" (on the command line --encoding latin1).'
        ) from None


def _dates(values: pd.Series, start: datetime, unit: str) -> pd.Series:
    """Return dates as text; a number that is no date of the calendar stays visible as such."""
    texts = [
        None if value != value else _date(value, start, unit) for value in values.astype(float)
    ]
    return pd.Series(pd.array(texts, dtype="str"), index=values.index)


def _date(value: float, start: datetime, unit: str) -> str:
    try:
        moment = start + timedelta(**{unit: value})
    except OverflowError:
        days = value / {"seconds": 86400, "days": 1, "milliseconds": 86_400_000}[unit]
        return f"year {int(start.year + start.timetuple().tm_yday / 366 + days / 365.2425)}"
    return moment.isoformat(sep=" ", timespec="minutes").removesuffix(" 00:00")


def _statistics(path: Path, frame: pd.DataFrame, meta: Any, read_as: str) -> Export:
    for name, shape in meta.original_variable_types.items():
        width = _LEADING_ZEROS.fullmatch(str(shape))
        if width and pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = _filled(frame[name], int(width[1] or width[2]))
    labels = {
        column: {code: str(label) for code, label in labels.items()}
        for column, labels in meta.variable_value_labels.items()
    }
    captions = {name: text for name, text in meta.column_names_to_labels.items() if text}
    return Export(
        name=path.name, cells=_plain_types(frame), read_as=read_as, labels=labels, captions=captions
    )


def _filled(values: pd.Series, width: int) -> pd.Series:
    """Return whole numbers with the leading zeros they are shown with."""
    if not values.dropna().mod(1).eq(0).all():
        return values
    return values.astype("Int64").astype("str").str.zfill(width).mask(values.isna())


def read_parquet(path: Path) -> Export:
    """Read a Parquet file."""
    frame = pd.read_parquet(path)
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = frame.columns.astype("str")
    return Export(name=path.name, cells=_plain_types(frame), read_as="Parquet")


def _plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every column as numbers or as text, NaN where empty, without empty rows."""
    frame = frame.set_axis(
        [
            name if isinstance(name, str) else f"(column {n})"
            for n, name in enumerate(frame, start=1)
        ],
        axis="columns",
    )
    columns = {name: _plain_column(frame[name]) for name in frame.columns}
    plain = pd.DataFrame(columns, index=frame.index)
    plain.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return plain.dropna(how="all")


def _plain_column(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_bool_dtype(values):
        return values.astype("float")
    if pd.api.types.is_numeric_dtype(values):
        return values
    texts = values.astype("str").mask(values.isna())
    return texts.mask(texts.str.strip().eq(""))
