"""Partitions: files of Parquet, each with all rows of its clients."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.checks import optional_package
from alliance.cluster import by_partition
from alliance.errors import AllianceError
from alliance.files import unfinished

# What a mended dataset calls its files: the name says which clients are in it.
_NAME = "clients-{number:05d}-of-{count:05d}.parquet"
_NAMED = re.compile(r"clients-(\d{5})-of-(\d{5})\.parquet")
# How hive writes letters that a folder's name cannot have.
_PERCENT = re.compile("(?:%[0-9A-Fa-f]{2})+")
_ROWS_AT_ONCE = 250_000
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Partition:
    """One file, and the columns that its folders name (``year=2024``)."""

    path: Path
    place: Path  # Within the folder of the dataset
    client: str = "client"

    def read(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the rows, of some columns only if they are named and there."""
        parquet = optional_package("pyarrow.parquet", "A dataset")
        file = parquet.ParquetFile(self.path)
        if columns is not None:
            columns = [name for name in columns if name in file.schema_arrow.names]
        frame: pd.DataFrame = file.read(columns=columns, use_threads=False).to_pandas()
        return self._with_named(frame)

    def count(self) -> int:
        """Return how many rows the file has."""
        parquet = optional_package("pyarrow.parquet", "A dataset")
        return int(parquet.read_metadata(self.path).num_rows)

    def batches(self) -> Iterator[pd.DataFrame]:
        """Yield the rows in parts, so that a file may be larger than memory."""
        parquet = optional_package("pyarrow.parquet", "A dataset")
        for batch in parquet.ParquetFile(self.path).iter_batches(batch_size=_ROWS_AT_ONCE):
            yield self._with_named(batch.to_pandas())

    def hashes(self) -> Hashes:
        """Return the hash of each client in the file, sorted; an error if they are numbers."""
        frame = self.read([self.client])
        if self.client not in frame.columns:
            raise AllianceError(
                f"{self.path.name} has no column '{self.client}'.\n"
                "To fix: name the column of the clients, e.g. client='ID'."
            )
        return np.unique(hashed(frame[self.client].drop_duplicates()))

    def _with_named(self, frame: pd.DataFrame) -> pd.DataFrame:
        pairs = (part.partition("=") for part in self.place.parent.parts if "=" in part)
        fresh = {
            name: _PERCENT.sub(_decoded, value)
            for name, _, value in pairs
            if name not in frame.columns
        }
        return frame.assign(**fresh).astype(dict.fromkeys(fresh, "str"))


def hashed(clients: pd.Series) -> Hashes:
    """Return the hash of each identifier: the same on every computer and day."""
    if pd.api.types.is_numeric_dtype(clients):
        raise AllianceError(
            f"The column '{clients.name}' holds numbers, and identifiers are text: 007 is not 7.\n"
            "To fix: write it as text where the files are made."
        )
    return np.asarray(pd.util.hash_array(clients.astype("str").to_numpy(object)), dtype=np.uint64)


def find_partitions(folder: Path, client: str) -> tuple[Partition, ...]:
    """Return the files of a folder, plain or in folders such as ``year=2024`` (hive)."""
    paths = sorted(
        path
        for path in folder.rglob("*.parquet")
        if not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )
    if not paths:
        raise AllianceError(f"{folder} holds no Parquet files (*.parquet).")
    return tuple(
        Partition(path=path, place=path.relative_to(folder), client=client) for path in paths
    )


def _decoded(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")


def check(partitions: Sequence[Partition]) -> tuple[int, int]:
    """Count the clients, and those who lie in several partitions; 8 bytes for each are held.

    Files that `mend` named tell which clients are theirs, so that each is checked by itself.
    """
    numbers = [_NAMED.fullmatch(one.path.name) for one in partitions]
    counts = {int(found[2]) for found in numbers if found}
    if all(numbers) and counts == {len(partitions)}:
        told = by_partition(_strangers, partitions)
        clients, strangers = zip(*told, strict=True)
        if not any(strangers):
            return sum(clients), 0
    each = by_partition(Partition.hashes, partitions)
    together = np.sort(np.concatenate(each))
    split = np.unique(together[1:][np.diff(together) == 0])
    return len(together), len(split)


def _strangers(partition: Partition) -> tuple[int, int]:
    """Return how many clients a file that names its share holds, and how many are not its own."""
    number, count = map(int, _NAMED.fullmatch(partition.path.name).groups())  # type: ignore[union-attr]
    clients = partition.hashes()
    return len(clients), int(np.count_nonzero(clients % np.uint64(count) != number))


def mend(partitions: Sequence[Partition], into: Path, count: int) -> None:
    """Write the rows anew, in batches, so that a client lies in one of `count` files by its hash."""
    with new_folder(into) as folder, tempfile.TemporaryDirectory(dir=into.parent) as pieces:
        by_partition(partial(_deal, Path(pieces), count), list(enumerate(partitions)))
        by_partition(partial(_gather, Path(pieces), folder, count), range(count))


def _deal(pieces: Path, count: int, numbered: tuple[int, Partition]) -> None:
    number, partition = numbered
    for batch, frame in enumerate(partition.batches()):
        owner = hashed(frame[partition.client]) % np.uint64(count)
        for target, part in frame.groupby(owner, sort=True):
            folder = pieces / str(target)
            folder.mkdir(exist_ok=True)
            part.to_parquet(folder / f"{number:06d}-{batch:06d}.parquet", index=False)


def _gather(pieces: Path, folder: Path, count: int, target: int) -> None:
    found = sorted((pieces / str(target)).glob("*.parquet"))
    if found:
        frame = pd.concat([pd.read_parquet(path) for path in found], ignore_index=True)
        write(frame, folder / _NAME.format(number=target, count=count))
        shutil.rmtree(pieces / str(target))


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a file of a dataset in one move, so that a part done twice is as if done once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{unfinished(path)}{os.urandom(4).hex()}")
    frame.to_parquet(made, index=False)
    made.replace(path)


@contextmanager
def new_folder(into: Path) -> Iterator[Path]:
    """Give a folder beside `into` that gets its name once everything in it is written."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise AllianceError(f"{into} exists already.\nTo fix: name a new folder.")
    into.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=into.parent, prefix=unfinished(into)))
    try:
        yield made
        if into.exists():
            into.rmdir()
        made.replace(into)
    finally:
        shutil.rmtree(made, ignore_errors=True)
