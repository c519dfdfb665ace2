"""SPSS files: the same tables with variable labels, value labels and declared missing codes."""

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alliance.checks import optional_package
from alliance.study.codebook import Variable

MISSING = -99
MISSING_LABELS = {"responses": "not answered", "sessions": "not scored"}
# Where the header of a .sav file holds the day and the time it was written, and their form.
_WHEN = slice(92, 109)
_NO_DAY = b"01 Jan 0000:00:00"


def write_sav(frame: pd.DataFrame, variables: list[Variable], path: Path) -> None:
    """Write a table for SPSS.

    Columns with a fixed set of words become numbers 1, 2, 3 ... with value labels. An empty number
    becomes -99, declared as missing and labelled. Names that SPSS does not allow are changed; the
    label holds the name as it is.
    """
    pyreadstat = optional_package("pyreadstat", "An SPSS file")
    names = _names(variables)
    columns, value_labels = {}, {}
    missing: dict[str, Any] = {}
    for variable in variables:
        name = names[variable.name]
        columns[name], value_labels[name] = _column(frame[variable.name], variable)
        if value_labels[name]:
            missing[name] = [MISSING]
    # In a folder of its own, so that nothing half-written stands under the name.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        written = Path(folder) / "table.sav"
        pyreadstat.write_sav(
            pd.DataFrame(columns),
            str(written),
            column_labels=[f"{v.name}: {v.meaning}"[:250] for v in variables],
            variable_value_labels={name: labels for name, labels in value_labels.items() if labels},
            missing_ranges=missing,
        )
        content = bytearray(written.read_bytes())
        content[_WHEN] = _NO_DAY  # the same table gives the same bytes on every day
        written.write_bytes(content)
        written.chmod(0o600)
        written.replace(path)


def _column(column: pd.Series, variable: Variable) -> tuple[pd.Series, dict[float, str]]:
    # -99 lies outside every scale, and SPSS leaves declared codes out of all it computes.
    left_out = {float(MISSING): MISSING_LABELS.get(variable.table, "missing")}
    if variable.words:
        codes = {word: float(code) for code, word in enumerate(variable.words, start=1)}
        coded = column.map(codes).astype(float).fillna(MISSING)
        return coded, {code: word for word, code in codes.items()} | left_out
    if variable.type == "boolean":
        return column.astype(float).fillna(MISSING), {0.0: "no", 1.0: "yes"} | left_out
    if variable.type in ("integer", "number"):
        numbers = column.astype(float)
        return numbers.where(np.isfinite(numbers), MISSING), left_out
    return column.astype(object).where(column.notna(), "").astype("str"), {}


def _names(variables: list[Variable]) -> dict[str, str]:
    """Return for each column a name that SPSS allows, each once."""
    names: dict[str, str] = {}
    for variable in variables:
        # SPSS takes 64 bytes of a name; what is left makes it unique.
        plain = re.sub(r"[^A-Za-z0-9_]", "_", variable.name)[:56].rstrip("_") or "v"
        plain = plain if plain[0].isalpha() else f"v_{plain}"
        # SPSS does not tell capitals from small letters.
        taken = {name.casefold() for name in names.values()}
        unique, count = plain, 2
        while unique.casefold() in taken:
            unique, count = f"{plain}_{count}", count + 1
        names[variable.name] = unique
    return names
