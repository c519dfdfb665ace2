"""What was found in a dataset: counts in memory, tables as datasets in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from alliance.model import PulseModel
from alliance.rules import Rule

if TYPE_CHECKING:
    from alliance.dataset.dataset import Dataset


@dataclass(frozen=True, eq=False, kw_only=True)
class _Found:
    """Counts of all partitions, and a folder with one dataset for each table."""

    folder: Path
    frame: pd.DataFrame

    @cached_property
    def counts(self) -> pd.Series:
        """Clients, sessions and ruptures counted over all partitions."""
        return self.frame.sum()

    def _table(self, name: str) -> Dataset:
        from alliance.dataset.dataset import open_dataset

        return open_dataset(self.folder / name)

    @property
    def episodes(self) -> Dataset:
        """One row for each rupture, as in memory."""
        return self._table("episodes")

    @property
    def clients(self) -> Dataset:
        """One row for each client, as in memory."""
        return self._table("clients")

    def __repr__(self) -> str:
        counts = self.counts
        return (
            f"<{type(self).__name__}: {counts['ruptures']:,.0f} ruptures in {counts['clients']:,.0f} "
            f"clients, {len(self.frame)} partitions in {self.folder.name}>"
        )


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class DatasetRuptures(_Found):
    """Ruptures found by a rule in a dataset.

    Attributes
    ----------
    folder : Path
        Holds the datasets ``episodes``, ``clients`` and ``histories``.
    frame : DataFrame
        One row for each partition: clients, judged, sessions, with_rupture, ruptures, repaired,
        unrepaired, open, and courses of each kind (``course repaired`` ...).
    rule : Rule
    pooled : dict of str to float
        What the rule needed from all clients together.
    """

    rule: Rule
    pooled: dict[str, float]

    @property
    def histories(self) -> Dataset:
        """One row for each course of therapy, as in memory."""
        return self._table("histories")

    @property
    def kinds(self) -> pd.Series:
        """How many courses are uninterrupted, repaired, unrepaired, mixed, open, not judged."""
        counts = self.counts
        kinds = counts[counts.index.str.startswith("course ")]
        return kinds.rename(lambda name: name.removeprefix("course "))


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class DatasetPulses(_Found):
    """Ruptures found by the pulse detector in a dataset.

    Attributes
    ----------
    folder : Path
        Holds the datasets ``sessions`` (the probability of each), ``episodes`` and ``clients``.
    frame : DataFrame
        One row for each partition: clients, judged, sessions, with_rupture, ruptures, repaired,
        open and expected_false.
    model : PulseModel
        Fitted to `fitted_to` clients.
    fitted_to : int
    """

    model: PulseModel
    fitted_to: int

    @property
    def sessions(self) -> Dataset:
        """One row for each rated session, with its probability."""
        return self._table("sessions")
