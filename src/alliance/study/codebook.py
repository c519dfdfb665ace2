"""The codebook: for every column of every table its type, meaning, range and missing values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pandas as pd

from alliance.instruments import known
from alliance.ruptures import OUTCOMES
from alliance.ruptures.history import KINDS
from alliance.tables import SESSIONS, TABLES

ITEM = re.compile(r"item_(\d+)")
_DAY = "days since the client's first date in any table of this bundle"
_EPISODES = {
    "overshoot": "score at the repair less that before; better is positive; only if repaired",
    "unit": "size of the rule's unit in points",
    "before_session": "session that the fall is measured from, where it is one",
}
_WORDS = {("episodes", "outcome"): OUTCOMES, ("histories", "kind"): KINDS}


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One column of one table; `type` as Frictionless names them.

    `needed` columns are never missing; `low` and `high` are the range of possible values, `words`
    the only values there are, in order (empty if any text may stand).
    """

    table: str
    name: str
    type: str
    meaning: str
    needed: bool = False
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The values there can be, in words."""
        if self.words:
            return ", ".join(self.words)
        if self.low is None:
            return ""
        return f"{self.low:g} to {self.high:g}" if self.high is not None else f"from {self.low:g}"


Codebook = Mapping[str, list[Variable]]


def codebook(tables: Mapping[str, pd.DataFrame]) -> Codebook:
    """Return for every table (responses, sessions, episodes ...) its columns, in order."""
    return {
        name: [_variable(name, frame, column) for column in frame.columns]
        for name, frame in tables.items()
    }


def _variable(table: str, frame: pd.DataFrame, name: str) -> Variable:
    column = frame[name]
    kind = _type(column)
    low, high = _range(table, frame, name) if kind in ("integer", "number") else (None, None)
    return Variable(
        table=table,
        name=name,
        type=kind,
        meaning=_meaning(table, name),
        # A key is never empty; of another column one study's data cannot promise it.
        needed=bool(name in TABLES[table].key and column.notna().all() and column.ne("").all()),
        low=low,
        high=high,
        words=_WORDS.get((table, name), ()),
    )


def _type(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    return "string"


def _meaning(table: str, name: str) -> str:
    item = ITEM.fullmatch(name)
    if item:
        return f"answer to item {item[1]} of the questionnaire, as given (not reversed)"
    if name == "day":
        return _DAY
    if table == "episodes" and name in _EPISODES:
        return _EPISODES[name]
    for columns in (TABLES[table].every, SESSIONS.every):
        if name in columns:
            return columns[name][1]
    if table in ("sessions", "outcomes"):
        return f"score of the scale {name}"
    return "column of the study's own; see the study's materials"


def _range(table: str, frame: pd.DataFrame, name: str) -> tuple[float | None, float | None]:
    """Return the range the questionnaire allows; None where it is not known."""
    if name in ("session", "onset", "low", "end", "first", "last") and frame[name].min() >= 0:
        return 0, None
    # Only where one questionnaire fills the table is its range that of the column.
    if "instrument" not in frame.columns or frame["instrument"].nunique() != 1:
        return None, None
    instrument = known(frame["instrument"].iloc[0])
    if instrument is None:
        return None, None
    if ITEM.fullmatch(name):
        return instrument.minimum, instrument.maximum
    if table in ("sessions", "outcomes") and name in instrument.scales:
        metric = frame["metric"].iloc[0] if "metric" in frame.columns else None
        return instrument.score_range(name, metric)
    return None, None


def data_package(
    described: Codebook,
    files: Mapping[str, Mapping[str, Any]],
    *,
    name: str,
    description: str,
) -> dict[str, Any]:
    """Return the Frictionless Data Package descriptor.

    `files` holds for each table its path, hash (SHA-256), bytes, and its key if that names rows once.

    Frictionless Data: Data Package and Table Schema, version 1. https://specs.frictionlessdata.io
    """
    resources = []
    for table, facts in files.items():
        fields = [_field(variable) for variable in described[table]]
        schema = {"fields": fields, "missingValues": [""]}
        # Promised only where it holds: a reader that checks would refuse the whole table.
        if facts["key"]:
            schema["primaryKey"] = facts["key"]
        resources.append(
            {
                "name": table,
                "path": facts["path"],
                "title": f"{table}: {TABLES[table].row}",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
                "bytes": facts["bytes"],
                "hash": f"sha256:{facts['sha256']}",
                "schema": schema,
            }
        )
    return {
        "profile": "tabular-data-package",
        "name": name,
        "title": description,
        "description": description,
        "resources": resources,
    }


def _field(variable: Variable) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if variable.needed else {}
    if variable.low is not None:
        constraints["minimum"] = variable.low
    if variable.high is not None:
        constraints["maximum"] = variable.high
    if variable.words:
        constraints["enum"] = list(variable.words)
    said = {"title": variable.meaning, "description": variable.meaning}
    field: dict[str, Any] = {"name": variable.name, "type": variable.type, **said}
    return field | ({"constraints": constraints} if constraints else {})


def dataset_description(described: Codebook, *, name: str, description: str) -> dict[str, Any]:
    """Return the metadata file that Psych-DS asks for.

    Psych-DS, rules and conventions. https://psych-ds.github.io
    """
    measured: dict[str, dict[str, Any]] = {}
    for variable in chain.from_iterable(described.values()):
        measured.setdefault(
            variable.name,
            {
                "@type": "PropertyValue",
                "name": variable.name,
                "description": variable.meaning,
                **({"minValue": variable.low} if variable.low is not None else {}),
                **({"maxValue": variable.high} if variable.high is not None else {}),
            },
        )
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": name,
        "description": description,
        "variableMeasured": list(measured.values()),
    }
