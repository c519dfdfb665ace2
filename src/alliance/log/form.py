"""A blank rupture log to fill in: as CSV, as a workbook with drop-downs, or as REDCap's dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.files import refuse_existing, write_bytes, write_table
from alliance.log.codes import CODES

KINDS = ("csv", "excel", "redcap")
REDCAP_HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
FORM_NAME = "rupture_log"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question of the form.

    Parameters
    ----------
    name : str
        Column of the log.
    asks : str
        The question.
    answers : str
        What may be filled in.
    choices : mapping of str to str
        Answers to choose from and their meaning.
    several : bool
        Whether several may be chosen.
    """

    name: str
    asks: str
    answers: str
    choices: Mapping[str, str] = field(default_factory=dict)
    several: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", MappingProxyType(dict(self.choices)))


_YES_NO = {"yes": "yes", "no": "no"}
_IMPACT = {
    "1": "none",
    "2": "little",
    "3": "some",
    "4": "much",
    "5": "very much",
}


def _codes(column: str) -> dict[str, str]:
    return {code.key: code.meaning for code in CODES[column]}


FIELDS = (
    Field(name="client", asks="Client", answers="identifier, kept as text"),
    Field(name="session", asks="Number of the session", answers="whole number"),
    Field(
        name="source",
        asks="Who fills this in?",
        answers="one of the list, or another word",
        choices={"client": "client", "therapist": "therapist", "observer": "observer"},
    ),
    Field(name="date", asks="Date of the session", answers="year-month-day"),
    Field(name="therapist", asks="Therapist", answers="identifier, kept as text"),
    Field(
        name="tension",
        asks="Was there any strain, misunderstanding or conflict between the two?",
        answers="yes or no; empty means: not asked",
        choices=_YES_NO,
    ),
    Field(
        name="intensity",
        asks="How strained was it?",
        answers="1 to 5; empty if there was no strain",
        choices={"1": "very little", "2": "little", "3": "some", "4": "much", "5": "very much"},
    ),
    Field(
        name="resolution_extent",
        asks="How far was it resolved by the end of this session?",
        answers="1 to 5; from 4 on it counts as resolved, unless another limit is named",
        choices={"1": "not at all", "2": "a little", "3": "half", "4": "mostly", "5": "fully"},
    ),
    Field(
        name="withdrawal_extent",
        asks="Impact of moving away (withdrawal)",
        answers="1 to 5",
        choices=_IMPACT,
    ),
    Field(
        name="confrontation_extent",
        asks="Impact of moving against (confrontation)",
        answers="1 to 5",
        choices=_IMPACT,
    ),
    Field(
        name="trigger",
        asks="What set it off?",
        answers="any of the codes",
        choices=_codes("trigger"),
        several=True,
    ),
    Field(
        name="markers",
        asks="How did it show?",
        answers="any of the codes",
        choices=_codes("markers"),
        several=True,
    ),
    Field(
        name="strategies",
        asks="What did the therapist try?",
        answers="any of the codes",
        choices=_codes("strategies"),
        several=True,
    ),
    Field(name="done", asks="What was done about it?", answers="in your own words"),
    Field(
        name="supervision",
        asks="Was supervision sought?",
        answers="yes or no",
        choices=_YES_NO,
    ),
)


def write_log_form(
    path: str | Path, *, kind: str | None = None, force: bool = False
) -> tuple[Path, ...]:
    """Write a blank rupture log to fill in; `alliance.read_log` reads it back.

    Parameters
    ----------
    path : str or Path
    kind : {"csv", "excel", "redcap"}, optional
        By the file's name if not given: .xlsx is Excel, a CSV with "redcap" in its name is the
        data dictionary that REDCap imports.
    force : bool
        Overwrite existing files.

    Returns
    -------
    tuple of Path
        The form; for CSV also a second file, which explains columns and codes.

    Raises
    ------
    AllianceError
        If the kind is unknown or a file exists.

    Notes
    -----
    In REDCap, a record is a client and the form is to be made repeating: one instance for each
    session and source.
    """
    path = Path(path)
    kind = kind or _kind_of(path)
    if kind not in KINDS:
        raise AllianceError(f"There is no form of the kind '{kind}'. Known: {join_names(KINDS)}.")
    if kind == "excel":
        from alliance.log.workbook import workbook

        return (write_bytes(workbook(FIELDS), path, force=force),)
    if kind == "redcap":
        return (write_table(redcap_dictionary(), path, force=force),)
    beside = path.with_name(f"{path.stem}_explained{path.suffix}")
    refuse_existing([path, beside], force=force)
    header = pd.DataFrame(columns=[question.name for question in FIELDS])
    return (
        write_table(header, path, force=force),
        write_table(explanation(), beside, force=force),
    )


def _kind_of(path: Path) -> str:
    if path.suffix.lower() == ".xlsx":
        return "excel"
    if path.suffix.lower() == ".csv":
        return "redcap" if "redcap" in path.stem.lower() else "csv"
    raise AllianceError(
        f"{path.name}: a form is written as .csv or .xlsx.\n"
        "To fix: name it form.csv, form.xlsx, or redcap.csv for REDCap's data dictionary."
    )


def explanation() -> pd.DataFrame:
    """Return what each column of the form asks and what each answer means, one row for each."""
    rows = [
        row
        for question in FIELDS
        for row in (
            (question.name, "", question.asks, _how(question)),
            *((question.name, key, meaning, "") for key, meaning in question.choices.items()),
        )
    ]
    return pd.DataFrame(rows, columns=["column", "answer", "meaning", "how to fill in"])


def _how(question: Field) -> str:
    return (
        f"{question.answers}; several are separated by ;" if question.several else question.answers
    )


def redcap_dictionary() -> pd.DataFrame:
    """Return the form as REDCap's data dictionary: one row for each field, 18 columns."""
    return pd.DataFrame([_redcap_row(question) for question in FIELDS], columns=REDCAP_HEADER)


def _redcap_row(question: Field) -> dict[str, str]:
    row = dict.fromkeys(REDCAP_HEADER, "")
    row["Variable / Field Name"] = "record_id" if question.name == "client" else question.name
    row["Form Name"] = FORM_NAME
    row["Field Label"] = question.asks
    row["Field Type"] = _redcap_type(question)
    if row["Field Type"] in ("radio", "checkbox"):
        choices = (f"{key}, {meaning}" for key, meaning in question.choices.items())
        row["Choices, Calculations, OR Slider Labels"] = " | ".join(choices)
    if question.name == "session":
        row["Text Validation Type OR Show Slider Number"] = "integer"
        row["Text Validation Min"] = "0"
    if question.name == "date":
        row["Text Validation Type OR Show Slider Number"] = "date_ymd"
    row["Identifier?"] = "y" if question.name in ("client", "therapist") else ""
    row["Required Field?"] = "y" if question.name in ("session", "source") else ""
    if question.name in ("intensity", "resolution_extent", "trigger", "markers", "strategies"):
        row["Branching Logic (Show field only if...)"] = "[tension] = '1'"
    return row


def _redcap_type(question: Field) -> str:
    if question.several:
        return "checkbox"
    if question.choices and question.choices == _YES_NO:
        return "yesno"
    if question.choices:
        return "radio"
    return "notes" if question.name == "done" else "text"
