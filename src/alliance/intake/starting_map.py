"""Starting map: a mapping file to complete, for an export whose columns are not clear."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alliance.intake.files import read_file
from alliance.intake.layout import find_layout
from alliance.intake.mapping import ExportMap, join_mappings, quoted
from alliance.intake.patterns import counting_patterns


def starting_map(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
    **columns: Any,
) -> str:
    """Return the text of a mapping file for an export: what is clear filled in, the rest to do.

    Parameters
    ----------
    path, mapping, encoding, separator, sheet, **columns
        As in `alliance.read`.

    Returns
    -------
    str
        TOML that `read_mapping` reads. What was not recognised stands in comments, with what is
        unclear, the patterns of columns that count, and every column of the file. No cell of the
        file is copied.

    Raises
    ------
    AllianceError
        If the file cannot be read or the mapping is wrong.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "srs.csv"
    >>> _ = file.write_text("who,Session,srs_1,srs_2,srs_3,srs_4\\n007,1,9,8,9,9\\n")
    >>> text = starting_map(file)
    >>> [line for line in text.splitlines() if line.startswith(("items", "session", "# client"))]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['# client = "..."  # column that identifies the client',
     'session = "Session"  # column with the session number',
     'items = "srs_{item}"  # pattern of the item columns, or a list of columns in the order of
      the items']
    """
    wanted = join_mappings(mapping, columns)
    export = read_file(path, encoding=encoding, separator=separator, sheet=sheet or wanted.sheet)
    names = list(export.cells.columns)
    layout = find_layout(export, wanted)
    notes: list[str] = []
    if layout.questions:
        notes += ["", "Not clear yet:"]
        notes += [line for question in layout.questions for line in _lines(question.text())]
    patterns = counting_patterns(names)
    if patterns:
        notes += ["", "Columns that count from 1, as patterns:"]
        notes += [f"  {quoted(pattern)}" for pattern in patterns]
    notes += ["", f"The columns of {quoted(export.name)}:"]
    notes += [f"  {quoted(name)}" for name in names]
    return layout.mapping.to_toml() + "\n" + "".join(f"# {line}".rstrip() + "\n" for line in notes)


def _lines(problem: str) -> list[str]:
    """Return a problem's lines without the control characters that TOML forbids in comments."""
    first, *rest = problem.split("\n")
    lines = [f"- {first}", *rest]
    return ["".join(c if c.isprintable() else " " for c in line) for line in lines]
