"""What a rupture log holds, counted by source."""

import pandas as pd

from alliance.log.columns import CODES


def source_counts(log: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each source of a tidy log.

    Returns
    -------
    DataFrame
        ``source``, ``clients``, ``sessions`` (rows), ``asked`` (tension is filled in), ``tense``,
        of these ``resolved``, ``not_resolved`` and ``not_said``; ``intensity`` (median of the
        tense, 1-5), ``withdrawal``, ``confrontation``, ``mixed``, and ``supervision`` (sought).
    """
    tense = log["tension"].gt(0)
    resolved = log["resolved"]
    counted = pd.DataFrame(
        {
            "source": log["source"],
            "asked": log["tension"].notna(),
            "tense": tense,
            "resolved": tense & resolved.fillna(False).astype(bool),
            # A missing resolution is neither resolved nor not.
            "not_resolved": tense & ~resolved.fillna(True).astype(bool),
            "not_said": tense & resolved.isna(),
            **{kind: log["kind"].eq(kind) for kind in ("withdrawal", "confrontation", "mixed")},
            "supervision": log["supervision"].eq(1) if "supervision" in log else False,
        }
    )
    grouped = counted.groupby("source")
    table = grouped.sum().astype(int)
    table.insert(0, "clients", log.groupby("source")["client"].nunique())
    table.insert(1, "sessions", grouped.size())
    if "intensity" in log:
        median = log["intensity"].where(tense).groupby(log["source"]).median()
        table.insert(table.columns.get_loc("withdrawal"), "intensity", median)
    return table.reset_index()


def code_counts(log: pd.DataFrame) -> pd.DataFrame:
    """Return how often each code was ticked: column, group, code, meaning, source, sessions."""
    rows = [
        {
            "column": name,
            "group": code.group,
            "code": code.key,
            "meaning": code.meaning,
            "source": source,
            "sessions": int(has_code(part[name], code.key).sum()),
        }
        for name, known in CODES.items()
        if name in log
        for code in known
        for source, part in log.groupby("source")
    ]
    columns = ["column", "group", "code", "meaning", "source", "sessions"]
    return pd.DataFrame(rows, columns=columns)


def has_code(column: pd.Series, *keys: str) -> pd.Series:
    """Say of each cell of a tidy log's column of codes whether it holds one of the keys.

    Examples
    --------
    >>> has_code(pd.Series(["power; other", None, "boundary"]), "power").tolist()
    [True, False, False]
    """
    return column.fillna("").map(lambda text: bool(set(keys) & set(text.split("; ")))).astype(bool)
