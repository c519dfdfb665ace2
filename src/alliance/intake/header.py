"""Header: which row of a sheet names the columns, and what stands above and below it."""

import re
from dataclasses import replace

import pandas as pd

from alliance.errors import AllianceError, Problem, join_names
from alliance.intake.export import Export
from alliance.intake.problems import known_problem

_TITLES = 15
_QUALTRICS = {"StartDate", "EndDate", "Status", "Progress", "Finished", "ResponseId"}


def take_header(
    name: str,
    cells: pd.DataFrame,
    *,
    read_as: str = "",
    given: list[str] | None = None,
    notes: tuple[Problem, ...] = (),
) -> Export:
    """Find the header, leave out titles above it, and name the columns; an error if it is not clear.

    `cells`: texts, missing where empty; their index is the row in the file. `given`: the header
    where it was taken off already. `notes`: what the sheet itself makes known.
    """
    if given is not None:
        header, body = pd.Series(given).str.strip(), cells
    else:
        header, body, titles = _split(name, cells)
        if len(titles):
            found = pd.DataFrame({"found": titles.bfill(axis=1).iloc[:, 0]}).rename_axis("row")
            notes = (*notes, known_problem("title rows", found))
    names, repeated = _names(header, body)
    body = body.loc[:, [place for place, text in zip(body.columns, names, strict=True) if text]]
    body.columns = pd.Index([text for text in names if text], dtype="str")
    _refuse_second(name, body)
    export = Export(
        name=name,
        cells=body.rename_axis("row"),
        read_as=read_as,
        repeated=repeated,
        notes=notes,
    )
    return _without_second_header(export)


def _split(name: str, frame: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    """Return the header, the rows below it and the rows above it."""
    filled = frame.notna().to_numpy().sum(axis=1)
    if not filled.all():
        frame, filled = frame[filled > 0], filled[filled > 0]
    if frame.empty:
        raise AllianceError(f"{name} is empty.")
    # Titles fill a cell or two; the header fills about as many as the rows below it.
    usual = sorted(filled[:200])[len(filled[:200]) // 2]
    place = next((i for i, count in enumerate(filled[:_TITLES]) if count >= 0.6 * usual), 0)
    header = frame.iloc[place].astype("str").str.strip()
    titles, body = frame.iloc[:place], frame.iloc[place + 1 :]
    given = header.dropna()
    if len(given) > 1 and given.map(_is_number).mean() > 0.8:
        raise AllianceError(
            f"{name} has no header: its first row ({frame.index[place]}) does not name the columns.\n"
            "To fix: begin the file with one row of column names."
        )
    spanning = titles[filled[:place] > 1]
    if len(spanning) and given.duplicated().any():
        raise AllianceError(
            f"{name} has two header rows: row {spanning.index[-1]} (merged cells such as "
            f"'{spanning.iloc[-1].dropna().iloc[0]}') stands above row {frame.index[place]}, whose "
            "names repeat.\nTo fix: join both into one row of names, e.g. s1_item_1, s1_item_2, ..."
        )
    return header, body, titles


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+([.,]\d+)?", text) is not None


def _names(header: pd.Series, body: pd.DataFrame) -> tuple[list[str], frozenset[str]]:
    """Return a name for each column, empty where nothing stands in it, and the repeated ones."""
    texts = [None if pd.isna(text) or text == "" else str(text) for text in header]
    repeated = {text for text in texts if text is not None and texts.count(text) > 1}
    names, seen = [], set()
    for number, (place, text) in enumerate(zip(body.columns, texts, strict=True), start=1):
        # A column without a name cannot be asked for, but its cells must not vanish unseen.
        own = text or ("" if body[place].isna().all() else f"(column {number})")
        names.append(f"{own} (column {number})" if own in seen else own)
        seen.add(own)
    return names, frozenset(repeated)


def _refuse_second(name: str, body: pd.DataFrame) -> None:
    """Refuse a file in which the header stands again: exports were put below each other."""
    if any(map(pd.api.types.is_numeric_dtype, body.dtypes)):
        return  # a name stands in none of the cells of a column of numbers
    first = body.columns[0]
    again = body[body[first].astype("str").str.strip().eq(first)]
    if again.empty:
        return
    names = pd.Series(body.columns, index=body.columns)
    again = again[again.apply(lambda row: row.dropna().str.strip().eq(names).all(), axis=1)]
    if len(again):
        raise AllianceError(
            f"The header of {name} stands again in row {join_names(again.index)}: exports were put "
            "below each other.\nTo fix: take the row out if their columns are the same, or read each "
            "export by itself."
        )


def _without_second_header(export: Export) -> Export:
    """Return the export with the questions of a second header row as captions of its columns."""
    body, kind, skip, notes = export.cells, "plain", 0, export.notes
    if len(body) >= 2 and body.iloc[1].dropna().astype("str").str.startswith('{"ImportId"').any():
        kind, skip = "Qualtrics", 2
    elif len(_QUALTRICS & set(body.columns)) > 3:
        kind, skip = "Qualtrics", int(_is_caption_row(body))
    elif _is_caption_row(body):
        skip, notes = 1, (*notes, known_problem("second header row", row=body.index[0]))
    captions = body.iloc[0].dropna().to_dict() if skip else {}
    return replace(export, cells=body.iloc[skip:], captions=captions, kind=kind, notes=notes)


def _holds_numbers(column: pd.Series) -> bool:
    filled = column.dropna()
    numeric = pd.api.types.is_numeric_dtype(filled)
    return len(filled) > 0 and (numeric or all(_is_number(str(cell)) for cell in filled))


def _is_caption_row(body: pd.DataFrame) -> bool:
    """Return whether words stand in the first row of nearly all columns of numbers."""
    if len(body) < 2:
        return False
    words = {name for name, text in body.iloc[0].items() if _is_word(text)}
    if len(words) < 4:
        return False
    rest = body.iloc[1:50]
    numbers = {name for name in body.columns if _holds_numbers(rest[name])}
    return len(numbers) > 3 and len(words & numbers) >= 0.8 * len(numbers)


def _is_word(text: object) -> bool:
    return isinstance(text, str) and len(re.findall(r"[^\W\d_]", text)) > 2
