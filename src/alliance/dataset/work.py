"""What is done with one partition: score it, look at it, find ruptures or pulses in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
from alliance.model import PulseModel, find_pulses
from alliance.rules import Rule
from alliance.ruptures import find_ruptures, histories, pooled_quantities
from alliance.scoring import score

_KINDS = ("instrument", "rater", "moment", "metric")
_KEY = ("client", "case", "session", *_KINDS)


@dataclass(frozen=True, eq=False, kw_only=True)
class Search:
    """How each partition is searched: scores, rule or model, and where results go."""

    into: Path
    folder: Path
    choice: Choice
    rule: Rule | None = None
    model: PulseModel | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """What is read of a partition."""
        return [*_KEY, self.choice.get("scale", "total")]

    def place(self, part: str, partition: Partition) -> Path:
        """Return where a table of results goes, by the partition's own name."""
        return self.into / part / partition.path.relative_to(self.folder)


def look(search: Search, partition: Partition) -> pd.DataFrame:
    """Return lowest and highest score for each questionnaire, rater, moment and metric."""
    scale = search.choice.get("scale", "total")
    frame = partition.read([*_KINDS, scale])
    if scale not in frame.columns:
        raise AllianceError(f"{partition.path.name} has no scale '{scale}'.")
    kinds = [name for name in _KINDS if name in frame.columns]
    if not kinds:
        return frame[scale].agg(["min", "max"]).to_frame().T
    ends = frame.groupby(kinds, dropna=False, observed=True)[scale].agg(["min", "max"])
    return ends.reset_index()


def seen(parts: list[pd.DataFrame], search: Search) -> Courses:
    """Return a small table's courses that stand for all partitions together.

    Whatever a whole table would be refused for (two raters and none named, a rule not made for
    its range) is refused here, before anything is computed.
    """
    ends = pd.concat(parts, ignore_index=True)
    kinds = [name for name in _KINDS if name in ends.columns]
    scores = ends.melt(id_vars=kinds, value_vars=["min", "max"], value_name="score")
    small = scores[kinds].assign(client="all", session=np.arange(1, len(scores) + 1))
    return courses(small.assign(**{search.choice.get("scale", "total"): scores["score"]}),
                   **search.choice)  # fmt: skip


def chosen(search: Search, partition: Partition) -> Courses | None:
    """Return the courses of a partition; nothing if it has no row of what was chosen."""
    frame = partition.read(search.columns)
    for name in ("rater", "moment"):
        named = search.choice.get(name)
        if named is not None and name in frame.columns and not frame[name].eq(named).any():
            return None
    return courses(frame, **search.choice) if len(frame) else None


def pool(search: Search, partition: Partition) -> dict[str, Floats]:
    """Return for each pooled quantity of a rule its weight, its sum and the scores' mean."""
    one = chosen(search, partition)
    if one is None or search.rule is None:
        return {}
    (values,) = pooled_quantities(one, search.rule).values()
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


def pooled(parts: list[dict[str, Floats]]) -> dict[str, float]:
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


def ruptures(search: Search, partition: Partition) -> pd.Series:
    """Find the ruptures of a partition, write its tables, and return the counts."""
    one = chosen(search, partition)
    if one is None or search.rule is None:
        return pd.Series(dtype=float)
    found = find_ruptures(one, search.rule, **search.settings)
    history = histories(found).frame
    write(found.frame, search.place("episodes", partition))
    write(found.clients, search.place("clients", partition))
    write(history, search.place("histories", partition))
    clients, kinds = found.clients, history["kind"].value_counts()
    counts = {
        "clients": len(clients),
        "judged": int(clients["judged"].sum()),
        "sessions": int(clients["sessions"].sum()),
        "with_rupture": int((clients["ruptures"] > 0).sum()),
        **{name: int(clients[name].sum()) for name in
           ("ruptures", "repaired", "unrepaired", "open")},
    }  # fmt: skip
    return pd.Series({**counts, **{f"course {kind}": int(n) for kind, n in kinds.items()}})


def pulses(search: Search, partition: Partition) -> pd.Series:
    """Find the pulses of a partition, write its tables, and return the counts."""
    one = chosen(search, partition)
    if one is None:
        return pd.Series(dtype=float)
    found = find_pulses(one, search.model, **search.settings)
    write(found.frame, search.place("sessions", partition))
    write(found.episodes, search.place("episodes", partition))
    write(found.clients, search.place("clients", partition))
    return found.table_rows().drop(columns="rater").iloc[0]


def scored(into: Path, folder: Path, settings: Mapping[str, Any], partition: Partition) -> int:
    """Score a partition of responses, or of an export to be read with a mapping; return its rows."""
    mapping = dict(settings)
    instrument = mapping.get("instrument")
    if len(mapping) > ("instrument" in mapping):
        sessions = score(read_export(partition.path, **mapping))
    else:
        sessions = score(partition.read(), instrument)
    write(sessions, into / partition.path.relative_to(folder))
    return len(sessions)


def part_of(share: float, seed: int, partition: Partition) -> pd.DataFrame:
    """Return the rows of a random part of the clients: those whose hash falls below a limit."""
    frame = partition.read()
    codes, names = pd.factorize(frame[partition.client])
    return frame[(drawn(names, seed) < share)[codes]]


def drawn(clients: NDArray[Any], seed: int) -> Floats:
    """Return a number from 0 to 1 for each client that depends on name and seed alone."""
    salted = pd.Series([f"{seed}:{client}" for client in clients], name="client", dtype="str")
    return hashed(salted) / np.float64(2**64)
