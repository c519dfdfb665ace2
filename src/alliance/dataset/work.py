"""What is done with one partition: score it, look at it, find ruptures or pulses in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Floats
from alliance.course import Choice, Courses, courses
from alliance.dataset.partitions import Partition, hashed, write
from alliance.errors import AllianceError
from alliance.intake import read as read_export
from alliance.model import find_pulses
from alliance.rules import Rule
from alliance.ruptures import find_ruptures, histories, pooled_quantities
from alliance.scoring import score

_KINDS = ("instrument", "rater", "moment", "metric")
_KEY = ("client", "case", "session", *_KINDS)
_COUNTED = [
    *("clients", "judged", "sessions", "with_rupture"),
    *("ruptures", "repaired", "unrepaired", "open"),
]


def look(choice: Choice, partition: Partition) -> pd.DataFrame:
    """Return lowest and highest score for each questionnaire, rater, moment and metric."""
    scale = choice.get("scale", "total")
    frame = partition.read([*_KINDS, scale])
    if scale not in frame.columns:
        raise AllianceError(f"{partition.path.name} has no scale '{scale}'.")
    kinds = [name for name in _KINDS if name in frame.columns]
    if not kinds:
        return frame[scale].agg(["min", "max"]).to_frame().T
    ends = frame.groupby(kinds, dropna=False, observed=True)[scale].agg(["min", "max"])
    return ends.reset_index()


def seen(parts: Sequence[pd.DataFrame], choice: Choice) -> Courses:
    """Return a small table's courses that stand for all partitions together.

    Whatever a whole table would be refused for (two raters and none named, a rule not made for
    its range) is refused here, before anything is computed.
    """
    ends = pd.concat(parts, ignore_index=True)
    kinds = [name for name in _KINDS if name in ends.columns]
    scores = ends.melt(id_vars=kinds, value_vars=["min", "max"], value_name="score")
    small = scores[kinds].assign(client="all", session=np.arange(1, len(scores) + 1))
    small[choice.get("scale", "total")] = scores["score"]
    return courses(small, **choice)


def chosen(choice: Choice, partition: Partition) -> Courses | None:
    """Return the courses of a partition; nothing if it has no row of what was chosen."""
    frame = partition.read([*_KEY, choice.get("scale", "total")])
    for name in ("rater", "moment"):
        named = choice.get(name)
        if named is not None and name in frame.columns and not frame[name].eq(named).any():
            return None
    return courses(frame, **choice) if len(frame) else None


def pool(choice: Choice, rule: Rule, partition: Partition) -> dict[str, Floats]:
    """Return for each pooled quantity of a rule its weight, its sum and the scores' mean."""
    one = chosen(choice, partition)
    if one is None:
        return {}
    (values,) = pooled_quantities(one, rule).values()
    found = {}
    for quantity, value in values.items():
        weight, mean = _weight(quantity, one), 0.0
        squared = 1 if quantity.startswith("mean of own sds") else 2
        if quantity.startswith("sd of all scores") and len(one.scores):
            mean = float(one.scores.mean())
        found[quantity] = np.array([weight, value**squared * weight if weight > 0 else 0.0, mean])
    return found


def _weight(quantity: str, one: Courses) -> float:
    """Return what a partition's value is divided by: clients, or degrees of freedom."""
    name, _, ddof = quantity.rpartition(", ddof ")
    several = one.lengths[one.lengths > 1]
    if name == "sd of all scores":
        return float(len(one.scores) - int(ddof))
    return float(len(several) if name == "mean of own sds" else (several - 1).sum())


def pooled(parts: Sequence[dict[str, Floats]]) -> dict[str, float]:
    """Put the partitions' quantities together, as if all clients had lain in one table."""
    parts = [part for part in parts if part]
    return {name: _together(name, np.array([part[name] for part in parts])) for name in parts[0]}


def _together(quantity: str, parts: Floats) -> float:
    name, _, ddof = quantity.rpartition(", ddof ")
    weights, sums, means = parts.T
    if name == "sd of all scores":
        # Squares about the common mean: those within the partitions, and of their means about it.
        n = weights + int(ddof)
        between = n * (means - np.average(means, weights=n)) ** 2
        return float(np.sqrt((sums + between).sum() / (n.sum() - int(ddof))))
    ratio = sums.sum() / weights.sum()
    return float(ratio if name == "mean of own sds" else np.sqrt(ratio))


def ruptures(
    choice: Choice, settings: Mapping[str, Any], into: Path, partition: Partition
) -> pd.Series:
    """Find the ruptures of a partition, write its tables, and return the counts."""
    one = chosen(choice, partition)
    if one is None:
        return pd.Series(dtype=float)
    found = find_ruptures(one, **settings)
    history = histories(found).frame
    write(found.frame, into / "episodes" / partition.place)
    write(found.clients, into / "clients" / partition.place)
    write(history, into / "histories" / partition.place)
    each = found.clients.assign(clients=1, with_rupture=found.clients["ruptures"] > 0)
    kinds = history["kind"].value_counts().add_prefix("course ")
    return pd.concat([each[_COUNTED].sum(), kinds])


def pulses(
    choice: Choice, settings: Mapping[str, Any], into: Path, partition: Partition
) -> pd.Series:
    """Find the pulses of a partition, write its tables, and return the counts."""
    one = chosen(choice, partition)
    if one is None:
        return pd.Series(dtype=float)
    found = find_pulses(one, **settings)
    write(found.frame, into / "sessions" / partition.place)
    write(found.episodes, into / "episodes" / partition.place)
    write(found.clients, into / "clients" / partition.place)
    return found.table_rows().drop(columns="rater").iloc[0]


def scored(into: Path, settings: Mapping[str, Any], partition: Partition) -> None:
    """Score a partition of responses, or of an export to be read with a mapping."""
    if set(settings) - {"instrument"}:
        sessions = score(read_export(partition.path, **settings))
    else:
        sessions = score(partition.read(), **settings)
    write(sessions, into / partition.place)


def part_of(share: float, seed: int, partition: Partition) -> pd.DataFrame:
    """Return the rows of a random part of the clients: those whose hash falls below a limit."""
    frame = partition.read()
    codes, names = pd.factorize(frame[partition.client])
    return frame[(drawn(names, seed) < share)[codes]]


def drawn(clients: NDArray[Any], seed: int) -> Floats:
    """Return a number from 0 to 1 for each client that depends on name and seed alone."""
    salted = pd.Series([f"{seed}:{client}" for client in clients], name="client", dtype="str")
    return hashed(salted) / np.float64(2**64)
