"""Mapping: which column of an export means what, as arguments or as a small TOML file."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from alliance.errors import AllianceError, suggest
from alliance.files import read_small_text, stated


@dataclass(frozen=True, kw_only=True)
class ExportMap:
    """Which column of an export means what.

    Column names may be patterns with ``{item}``, ``{session}`` and ``{rater}``: a wide file
    with columns ``s1_wai_1`` ... ``s9_wai_12`` has ``items="s{session}_wai_{item}"``.

    Parameters
    ----------
    instrument : str, optional
        Name in the catalogue, or path of a key file.
    client, session, therapist, date : str, optional
        Columns. Without `session`, sessions are read from the column names' pattern or, failing
        that, numbered by `date`.
        A number is no column but the session of all rows.
    case : str, optional
        Column of the episode of care: each makes a course of its own, in which numbers restart.
        "split" makes one where numbers restart or a break is longer than `longest_break`.
    moment : str, optional
        Column that says whether a rating was made before or after the session.
    rater : str, optional
        Who filled in the questionnaires, if no column and no pattern says so (then: client).
    rater_column : str, optional
    instrument_column : str, optional
        Column that names the questionnaire of each row, for files that hold several; the rows
        of the others are left out, so such a file is read once for each.
    skip : str, optional
        Column that marks questionnaires that were left out (1, Y, yes, true).
    items : str, list of str or mapping of rater to str, optional
        Pattern of the item columns, or the columns in the order of the items.
    missing_codes : list
        Codes that mean "no answer", e.g. 99 or "n/a".
    first_code : number, optional
        Code of the lowest answer, if it is not the instrument's minimum (0 for 0-based files).
    divide_by : number
        10 for visual-analogue lines stored as 0-100.
    covariates : list of str
        Further columns that shall travel along, with their value labels; never taken for scales.
    day_first : bool, optional
        Whether 03/04/2024 is 3 April, where the dates do not say it themselves.
    longest_break : int
        Days without a session after which a course without `case` is asked about; 183.
    already_reversed : list of int
        Reversed items that the file holds reversed already; they are turned back on reading.
    raters : mapping
        Words in the rater column (or pattern) and the rater they mean.
    instruments : mapping
        Words in the instrument column and the instrument they mean.
    totals : mapping of scale to str
        Columns that hold ready-made scores, to be compared with those from the items.
    scores : mapping of scale to str
        Columns that hold ready-made scores in a file without answers.
    metric : str, optional
        Of ready-made scores: "mean", "sum" or "scaled", if it is not the instrument's own.
    sheet : str, optional
        Of a workbook, if several fit; "all" joins those that are alike.
    sessions : mapping of str to int
        Words in the session column and the session number they mean.
    words : mapping of str to number
        Response words and their codes, in any language.

    Raises
    ------
    AllianceError
        If a setting has the wrong type; the message lists every one.
    """

    instrument: str | None = None
    client: str | None = None
    session: str | None = None
    therapist: str | None = None
    date: str | None = None
    case: str | None = None
    moment: str | None = None
    rater: str | None = None
    rater_column: str | None = None
    instrument_column: str | None = None
    skip: str | None = None
    metric: str | None = None
    sheet: str | None = None
    items: str | list[str] | Mapping[str, str] | None = None
    missing_codes: tuple[Any, ...] = ()
    first_code: float | None = None
    divide_by: float = 1
    covariates: tuple[str, ...] = ()
    day_first: bool | None = None
    longest_break: int = 183
    already_reversed: tuple[int, ...] = ()
    raters: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)
    sessions: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("missing_codes", "covariates", "already_reversed"):
            value = getattr(self, name)
            many = isinstance(value, list | tuple | set | frozenset)
            object.__setattr__(self, name, tuple(value) if many else (value,))
        if isinstance(self.session, int) and not isinstance(self.session, bool):
            object.__setattr__(self, "session", str(self.session))
        if isinstance(self.instrument, Path):
            object.__setattr__(self, "instrument", str(self.instrument))
        problems = [
            f"'{name}' must be a text, not {getattr(self, name)!r}"
            for name in TEXTS
            if not isinstance(getattr(self, name), str | None)
        ]
        problems += [
            f"'{name}' must be {what}"
            for name, (what, fits) in _MUST_BE.items()
            if not fits(getattr(self, name))
        ]
        for name, (what, fits) in _TABLES.items():
            table = getattr(self, name)
            if not isinstance(table, Mapping):
                problems.append(f"'{name}' must be a table, e.g. {_EXAMPLES[name]}")
                continue
            problems += [
                f"'{name}': '{key}' must have {what}, not {value!r}"
                for key, value in table.items()
                if not fits(value)
            ]
        if problems:
            raise AllianceError("The mapping is not right:\n  - " + "\n  - ".join(problems))

    @property
    def columns(self) -> set[str]:
        """The columns of the file that have a role, items and scores aside."""
        return {getattr(self, name) for name in COLUMNS} - {None} | set(self.covariates)

    def to_toml(self) -> str:
        """Return the mapping as the text of a TOML file, with a line on each setting."""
        top, tables = [], []
        for name, meaning in MEANINGS.items():
            value = getattr(self, name)
            unused = value == getattr(ExportMap, name, None) or value in ((), {})
            mark = "# " if unused else ""
            if name in _TABLES:
                rows = "".join(
                    f"{quoted(str(key))} = {quoted(entry)}\n" for key, entry in value.items()
                )
                tables.append(f"\n{mark}[{name}]  # {meaning}, e.g. {_EXAMPLES[name]}\n{rows}")
            else:
                shown = _EXAMPLES.get(name, '"..."') if unused else quoted(value)
                top.append(f"{mark}{name} = {shown}  # {meaning}\n")
        return "".join([_STATED["header"], *top, *tables])


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300  # neither infinite nor beyond what a float holds


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 100_000


def _are_items(value: Any) -> bool:
    names = value.values() if isinstance(value, Mapping) else value
    return isinstance(names, str | None) or (
        isinstance(value, list | tuple | Mapping) and all(map(_is_text, names))
    )


ROLES = ("client", "session", "rater_column", "therapist", "date", "case", "moment")
COLUMNS = (*ROLES, "instrument_column", "skip")
TEXTS = tuple(part.name for part in fields(ExportMap) if part.type == (str | None))
_STATED = stated("intake/mapping.toml")
MEANINGS, _EXAMPLES = _STATED["means"], _STATED["examples"]
_Check = tuple[str, Callable[[Any], bool]]
_MUST_BE: Mapping[str, _Check] = {
    "divide_by": ("a number above 0", lambda value: _is_number(value) and value > 0),
    "first_code": ("a number", lambda value: value is None or _is_number(value)),
    "day_first": ("true or false", lambda value: isinstance(value, bool | None)),
    "longest_break": ("a number of days", lambda value: _is_whole(value) and value >= 1),
    "covariates": ("a list of columns", lambda value: all(map(_is_text, value))),
    "already_reversed": ("a list of item numbers", lambda value: all(map(_is_whole, value))),
    "missing_codes": (
        "a list of numbers and texts",
        lambda value: all(_is_text(code) or _is_number(code) for code in value),
    ),
    "items": ("a pattern, a list of columns, or a table of patterns by rater", _are_items),
}
_TABLES: Mapping[str, _Check] = {
    "raters": ("a rater, as text", _is_text),
    "instruments": ("an instrument, as text", _is_text),
    **dict.fromkeys(("totals", "scores"), ("a column, as text", _is_text)),
    "sessions": ("a whole number", _is_whole),
    "words": ("a number", _is_number),
}


def read_mapping(path: str | Path) -> ExportMap:
    """Read a mapping file.

    Raises
    ------
    AllianceError
        If the file is missing, is not TOML, or holds unknown settings.
    """
    path = Path(path)
    text = read_small_text(path, "mapping file")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise AllianceError(f"{path.name} is not a valid TOML file: {error}.") from None
    try:
        return join_mappings(None, content)
    except AllianceError as error:
        raise AllianceError(f"{path.name}: {error}") from None


def join_mappings(mapping: str | Path | ExportMap | None, columns: Mapping[str, Any]) -> ExportMap:
    """Return a mapping with the settings in `columns` put before its own.

    Raises
    ------
    AllianceError
        If a setting is unknown or has the wrong type, or the mapping file cannot be read.
    """
    known = [part.name for part in fields(ExportMap)]
    unknown = [f"'{name}'.{suggest(name, known)}" for name in columns if name not in known]
    if unknown:
        raise AllianceError("There is no setting " + "\nThere is no setting ".join(unknown))
    if mapping is None:
        mapping = ExportMap()
    elif isinstance(mapping, str | Path):
        mapping = read_mapping(mapping)
    elif not isinstance(mapping, ExportMap):
        raise AllianceError(
            f"The mapping must be a file or an ExportMap, not {type(mapping).__name__}."
        )
    return replace(mapping, **{name: value for name, value in columns.items() if value is not None})


def quoted(value: object) -> str:
    """Return a text, a number or a list of them as TOML, on one line.

    >>> print(quoted(['a "b"', 3]))
    ["a \\"b\\"", 3]
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(k))} = {quoted(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(quoted, value)) + "]"
    # JSON's texts are TOML's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
