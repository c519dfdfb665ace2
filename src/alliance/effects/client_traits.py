"""What is known of the clients beside their scores: covariates, arms, clusters, reports of a log."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Floats, Ints
from alliance.course import Courses
from alliance.errors import AllianceError, join_names, suggest
from alliance.joins import require_one_case
from alliance.log.check import tidy_log
from alliance.model.gain_likelihood import Traits
from alliance.tables import as_text


class TraitColumns(TypedDict, total=False):
    """Columns of the sessions table that say something of clients; see `repair_gain`."""

    covariates: Sequence[str]
    moderator: str | None
    by: str | None
    cluster: str | None


def client_traits(
    chosen: Courses,
    *,
    covariates: Sequence[str] = (),
    moderator: str | None = None,
    by: str | None = None,
    cluster: str | None = None,
) -> tuple[Courses, Traits | None]:
    """Return the clients of whom everything asked for is known, and what is known of them.

    `chosen`: its table holds the columns, one value a client. Level and growth may differ with
    `covariates`, the gain too with `moderator` and `by`; clients of one `cluster` are not
    independent. A column that is not there, or two values of a client in it, is an error.
    """
    moderators = [name for name in (moderator, by) if name is not None]
    # A moderator brings level and growth by itself along; named twice it still stands once.
    asked = list(dict.fromkeys([*covariates, *moderators, *([cluster] if cluster else [])]))
    if not asked:
        return chosen, None
    values = _of_clients(chosen, asked)
    known = values.notna().all(axis=1).to_numpy()
    if not known.any():
        raise AllianceError(f"No client has a value in every one of {join_names(asked)}.")
    kept = chosen.take(known)
    values = values[known]
    return (
        replace(kept, counts={**kept.counts, "clients without a covariate": int((~known).sum())}),
        Traits(
            covariates=_numbers(values, [name for name in covariates if name not in moderators]),
            moderators=_numbers(values, moderators),
            cluster=None if cluster is None else _clusters(values[cluster]),
        ),
    )


def _clusters(values: pd.Series) -> Ints:
    found, codes = np.unique(values.to_numpy(dtype=str), return_inverse=True)
    if len(found) < 2:
        raise AllianceError(
            f"All clients have the same {values.name}, so nothing tells how far its clients are "
            f"alike.\nTo fix: leave {values.name} out."
        )
    return codes


def _of_clients(chosen: Courses, names: Sequence[str]) -> pd.DataFrame:
    """Return one row a course: the value of each column, missing where no row has one."""
    table = chosen.table
    for name in names:
        if name not in table.columns:
            raise AllianceError(
                f"The sessions table has no column '{name}'.{suggest(name, table.columns)}\n"
                "To fix: join it to the sessions, one value for each client."
            )
    several = table.groupby("client")[list(names)].nunique().gt(1)
    for name in names:
        if several[name].any():
            clients = several.index[several[name]]
            raise AllianceError(
                f"{name} must have one value for each client; {len(clients)} have several "
                f"(the first: '{clients[0]}').\nTo fix: take the value at intake."
            )
    first = table.groupby("client")[list(names)].first()
    return first.reindex(chosen.clients).reset_index(drop=True)


def _numbers(values: pd.DataFrame, names: Sequence[str]) -> dict[str, Floats]:
    """Return numbers about their mean in their own SD, and words as steps from the first one."""
    found: dict[str, Floats] = {}
    for name in names:
        column = values[name]
        if pd.api.types.is_numeric_dtype(column):
            found[name] = _standard(column.to_numpy(dtype=float), name)
            continue
        steps = pd.get_dummies(column.astype(str), prefix=name, prefix_sep=" ", drop_first=True)
        found |= {level: (step - step.mean()).to_numpy() for level, step in steps.items()}
    return found


def _standard(values: NDArray[Any], name: str) -> Floats:
    spread = values.std()
    if not spread > 0:
        raise AllianceError(f"All clients have the same {name}: nothing can differ with it.")
    standard: Floats = (values - values.mean()) / spread
    return standard


def reports_of(log: pd.DataFrame, chosen: Courses) -> dict[str, Floats]:
    """Return by source 1 for each used session with a report, else 0; an error if there is none."""
    require_one_case(chosen.clients)
    tidy = tidy_log(log.assign(client=as_text(log["client"])))
    tidy = tidy[(tidy["tension"] > 0) & tidy["client"].isin(chosen.clients)]
    rated = chosen.frame[["client", "session"]].assign(row=np.arange(len(chosen.scores)))
    # A report at a session that was not rated says nothing of another that was.
    reported = tidy.merge(rated, on=["client", "session"], how="left")
    found: dict[str, Floats] = {}
    for source, row in reported.groupby("source")["row"]:
        found[str(source)] = np.zeros(len(chosen.scores))
        found[str(source)][row.dropna().astype(int)] = 1.0
    if not found:
        raise AllianceError(
            "The rupture log holds no report of a client whose scores are used.\n"
            "To fix: check that both tables name the clients alike."
        )
    return found
