"""A table that grows study by study: lines of two runs are pooled."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd

COUNTS = ("studies", "stronger", "weaker", "differs", "covered")
MEANS = ("estimate", "standard_error", "clustered")


class Growing:
    """Lines by key, each over so many studies, written to a file whenever one grows."""

    def __init__(self, out: Path, key: list[str]) -> None:
        self.out, self.key = out, key
        rows = pd.read_csv(out).to_dict("records") if out.exists() else []
        self.rows = {tuple(row[name] for name in key): row for row in rows}

    def studies(self, *key: Hashable) -> int:
        """Return over how many studies a line is."""
        return self.rows[key]["studies"] if key in self.rows else 0

    def add(self, rows: list[dict]) -> None:
        """Pool new lines with those that are there, and write all."""
        for new in rows:
            key = tuple(new[name] for name in self.key)
            self.rows[key] = _pooled(self.rows[key], new) if key in self.rows else new
        self.frame().round(4).to_csv(self.out, index=False)

    def frame(self) -> pd.DataFrame:
        """Return all lines."""
        return pd.DataFrame(self.rows.values())


def _pooled(old: dict, new: dict) -> dict:
    """Return one line for the studies of two: counts added, means and SDs pooled."""
    n, more = old["studies"], new["studies"]
    share = more / (n + more)
    row = {name: old[name] + new[name] for name in COUNTS if name in old}
    for name in (name for name in MEANS if name in old):
        row[name] = (1 - share) * old[name] + share * new[name]
    within = (n - 1) * old["estimate_sd"] ** 2 + (more - 1) * new["estimate_sd"] ** 2
    between = n * share * (new["estimate"] - old["estimate"]) ** 2
    row["estimate_sd"] = np.sqrt((within + between) / (n + more - 1))
    return old | row
