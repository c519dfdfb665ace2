"""A dataset: a folder of Parquet files, opened, checked and worked through by partition."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar, Unpack

import pandas as pd

from alliance.checks import check_integer
from alliance.cluster import by_partition
from alliance.course import Choice
from alliance.dataset import work
from alliance.dataset.partitions import Partition, check, find_partitions, mend, new_folder
from alliance.errors import AllianceError
from alliance.model import ChanceBaseline, PulseModel, chance_baseline, fit_pulses
from alliance.rules import Rule, load
from alliance.ruptures import check_made_for, find_ruptures

Done = TypeVar("Done")
# Enough that a share of clients is known to within half a percent.
_PART = 20_000
_ROWS_OF_A_PARTITION = 1_000_000


@dataclass(frozen=True, eq=False, kw_only=True)
class _Found:
    """Counts of all partitions, and a folder with one dataset for each table."""

    folder: Path
    frame: pd.DataFrame

    @cached_property
    def counts(self) -> pd.Series:
        """Clients, sessions and ruptures counted over all partitions."""
        return self.frame.sum()

    @property
    def episodes(self) -> "Dataset":
        """One row for each rupture, as in memory."""
        return open_dataset(self.folder / "episodes")

    @property
    def clients(self) -> "Dataset":
        """One row for each client, as in memory."""
        return open_dataset(self.folder / "clients")

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
    def histories(self) -> "Dataset":
        """One row for each course of therapy, as in memory."""
        return open_dataset(self.folder / "histories")

    @property
    def kinds(self) -> pd.Series:
        """How many courses are uninterrupted, repaired, unrepaired, mixed, open, not judged."""
        kinds = self.counts.filter(regex="^course ")
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
    def sessions(self) -> "Dataset":
        """One row for each rated session, with its probability."""
        return open_dataset(self.folder / "sessions")


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Partitioned Parquet in a folder, one client in one partition.

    Attributes
    ----------
    folder : Path
    partitions : tuple of Partition
        One for each file.
    rows, clients : int
        Of all partitions.
    """

    folder: Path
    partitions: tuple[Partition, ...]
    rows: int
    clients: int

    def __repr__(self) -> str:
        count = len(self.partitions)
        return f"<Dataset: {self.rows:,} rows, {self.clients:,} clients, {count} partitions>"

    def _each(self, work: Callable[..., Done], *settings: Any) -> Sequence[Done]:
        """Return what the work with these settings gives for each partition."""
        return by_partition(partial(work, *settings), self.partitions)

    def in_memory(self) -> pd.DataFrame:
        """Return all rows as one table, for data that fit."""
        return pd.concat([one.read() for one in self.partitions], ignore_index=True)

    def sample(self, clients: int = _PART, *, seed: int = 0) -> pd.DataFrame:
        """Return the rows of a random part of the clients, chosen by a hash of their names.

        Parameters
        ----------
        clients : int
            About so many; all of them if there are no more.
        seed : int
            Another seed gives other clients. Neither the order nor the partitions matter.
        """
        check_integer(clients, "clients", 1)
        share = math.inf if clients >= self.clients else clients / self.clients
        return pd.concat(self._each(work.part_of, share, seed), ignore_index=True)

    def score(self, into: str | Path, **settings: Any) -> "Dataset":
        """Score responses; returns the dataset of sessions.

        Parameters
        ----------
        into : str or Path
            A new folder, which gets a file for each partition.
        **settings
            ``instrument=`` where the table does not name it. With settings of `alliance.read`
            (``client="ID"``, ``items="wai_{item}"`` ...) each file is read as an export first.
        """
        into = Path(into)
        with new_folder(into) as made:
            self._each(work.scored, made, settings)
        return open_dataset(into)

    def find_ruptures(
        self,
        rule: Rule | str,
        into: str | Path,
        *,
        prospective: bool = False,
        max_gap: int | None = None,
        overlapping: bool = False,
        **choice: Unpack[Choice],
    ) -> DatasetRuptures:
        """Find ruptures and write episodes, clients and histories, partition by partition.

        Parameters
        ----------
        rule, prospective, max_gap, overlapping, **choice
            As in `alliance.find_ruptures`.
        into : str or Path
            A new folder.

        Raises
        ------
        AllianceError
            As for `alliance.find_ruptures`, and for a rule that pools over clients with
            `prospective`: what was known at each session lies in all partitions.
        """
        rule, into = load(rule).with_max_gap(max_gap), Path(into)
        all_scores = work.seen(self._each(work.look, choice), choice)
        check_made_for(rule, all_scores)
        pooled = self._pooled(rule, choice, prospective)
        settings = {"rule": rule, "prospective": prospective, "overlapping": overlapping}
        if pooled:
            settings["pooled"] = {all_scores.rater: pooled}
        with new_folder(into) as made:
            counts = self._each(work.ruptures, choice, settings, made)
        frame = pd.DataFrame(counts).fillna(0).astype("int64")
        return DatasetRuptures(folder=into, frame=frame, rule=rule, pooled=pooled)

    def _pooled(self, rule: Rule, choice: Choice, prospective: bool) -> dict[str, float]:
        if not rule.pools:
            return {}
        if prospective:
            raise AllianceError(
                f"The rule {rule.name} needs at each session what all clients together had shown by "
                "then, which lies in all partitions.\nTo fix: search without prospective, or take a "
                "rule that judges each client alone."
            )
        return work.pooled(self._each(work.pool, choice, rule))

    def find_pulses(
        self,
        into: str | Path,
        model: PulseModel | None = None,
        *,
        clients: int = _PART,
        seed: int = 0,
        threshold: float = 0.5,
        prospective: bool = False,
        **choice: Unpack[Choice],
    ) -> DatasetPulses:
        """Give every session its probability of rupture, by a model fitted to a part of the clients.

        Parameters
        ----------
        into : str or Path
            A new folder.
        model : PulseModel, optional
            Fitted before; by default to a `sample` of `clients` with `seed`.
        threshold, prospective, **choice
            As in `alliance.model.find_pulses`.
        """
        into, fitted_to = Path(into), 0
        if model is None:
            part = self.sample(clients, seed=seed)
            fitted_to = part[self.partitions[0].client].nunique()
            model = fit_pulses(part, **choice)
        choice |= {"scale": model.scale, "higher_is_better": model.higher_is_better}
        work.seen(self._each(work.look, choice), choice)
        settings = {"model": model, "threshold": threshold, "prospective": prospective}
        with new_folder(into) as made:
            counts = self._each(work.pulses, choice, settings, made)
        return DatasetPulses(
            folder=into, frame=pd.DataFrame(counts), model=model, fitted_to=fitted_to
        )

    def chance_baseline(
        self,
        rule: Rule | str,
        *,
        draws: int = 199,
        clients: int = _PART,
        seed: int = 0,
        **choice: Unpack[Choice],
    ) -> ChanceBaseline:
        """Say what a rule finds in noise, on a random part of the clients.

        More clients make the interval of what noise gives narrower, and change nothing else; what
        was observed is that of the same part.

        Parameters
        ----------
        rule, draws, seed, **choice
            As in `alliance.find_ruptures` and `alliance.chance_baseline`.
        clients : int
            About so many, chosen as `sample` chooses them.
        """
        found = find_ruptures(self.sample(clients, seed=seed), rule, **choice)
        return chance_baseline(found, draws=draws, seed=seed)


def open_dataset(
    folder: str | Path,
    *,
    client: str = "client",
    mended: str | Path | None = None,
    partitions: int | None = None,
) -> Dataset:
    """Open a folder of partitioned Parquet that may be larger than memory.

    Parameters
    ----------
    folder : str or Path
        Files ``*.parquet``, plain or in folders such as ``year=2024`` (hive), whose names become
        columns of text. Each file is a partition; one or two are in memory at a time.
    client : str
        The column of the clients.
    mended : str or Path, optional
        A new folder. If one client lies in several partitions, the rows are written there anew,
        dealt out by a stable hash of the client, and that dataset is opened.
    partitions : int, optional
        How many files `mended` gets; by default one for each million rows.

    Returns
    -------
    Dataset

    Raises
    ------
    AllianceError
        If there is nothing to open, identifiers are numbers, or clients lie in several partitions
        and `mended` is not given.

    Notes
    -----
    Work goes through dask: in threads on this computer, or on a cluster inside
    `alliance.on_cluster`. Files are read without the limits that `alliance.read` sets to files
    from elsewhere: a dataset comes from your own pipeline.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise AllianceError(f"There is no folder {folder}.")
    found = find_partitions(folder, client)
    rows = sum(by_partition(Partition.count, found))
    clients, split = check(found)
    if not split:
        return Dataset(folder=folder, partitions=found, rows=rows, clients=clients)
    if mended is None:
        raise AllianceError(
            f"{split:,} clients have rows in several of the {len(found)} partitions, and a "
            "course must lie in one.\n"
            f'To fix: alliance.open_dataset("{folder.name}", mended="a new folder") writes them anew.'
        )
    count = partitions or math.ceil(rows / _ROWS_OF_A_PARTITION)
    mend(found, Path(mended), check_integer(count, "partitions", 1))
    return open_dataset(mended, client=client)
