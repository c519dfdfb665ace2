"""A blank rupture log to fill in: as CSV, as a workbook with drop-downs, or as REDCap's dictionary."""

from pathlib import Path

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.files import refuse_existing, write_bytes, write_table
from alliance.log.columns import CODES, FIELDS, Field

KINDS = ("csv", "excel", "redcap")
FORM_NAME = "rupture_log"
_VALIDATION = "Text Validation Type OR Show Slider Number"
# The 18 columns of REDCap's data dictionary, in its order.
REDCAP_HEADER = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note", _VALIDATION),
    *("Text Validation Min", "Text Validation Max", "Identifier?"),
    *("Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment"),
    *("Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?"),
    "Field Annotation",
)
_IF_TENSE = ("intensity", "resolution_extent", *CODES)


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
    explained = path.with_name(f"{path.stem}_explained{path.suffix}")
    refuse_existing([path, explained], force=force)
    header = pd.DataFrame(columns=[question.name for question in FIELDS])
    return (
        write_table(header, path, force=force),
        write_table(explanation(), explained, force=force),
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
    rows = []
    for question in FIELDS:
        how = question.answers + ("; several are separated by ;" if question.several else "")
        rows.append((question.name, "", question.asks, how))
        rows += [(question.name, key, meaning, "") for key, meaning in question.choices.items()]
    return pd.DataFrame(rows, columns=["column", "answer", "meaning", "how to fill in"])


def redcap_dictionary() -> pd.DataFrame:
    """Return the form as REDCap's data dictionary: one row for each field, 18 columns."""
    return pd.DataFrame([_redcap_row(question) for question in FIELDS], columns=REDCAP_HEADER)


def _redcap_row(question: Field) -> dict[str, str]:
    name, kind = question.name, question.redcap_type
    listed = question.choices.items() if kind in ("radio", "checkbox") else ()
    filled = {
        "Variable / Field Name": "record_id" if name == "client" else name,
        "Form Name": FORM_NAME,
        "Field Label": question.asks,
        "Field Type": kind,
        "Choices, Calculations, OR Slider Labels": " | ".join(f"{k}, {v}" for k, v in listed),
        _VALIDATION: {"session": "integer", "date": "date_ymd"}.get(name, ""),
        "Text Validation Min": "0" if name == "session" else "",
        "Identifier?": "y" if name in ("client", "therapist") else "",
        "Required Field?": "y" if name in ("session", "source") else "",
        "Branching Logic (Show field only if...)": "[tension] = '1'" * (name in _IF_TENSE),
    }
    return dict.fromkeys(REDCAP_HEADER, "") | filled
