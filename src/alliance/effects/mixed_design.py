"""The design of a mixed model: from a table and its formulas to checked arrays."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.errors import AllianceError, join_names, suggest


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """Outcome, fixed and random columns, and who belongs to whom."""

    outcome: Floats  # (rows,)
    # (rows, columns).
    fixed: Floats
    random: Floats
    # (rows,): 0, 1, 2 ... without gaps.
    client: Ints
    # (rows,): the unit that the client is nested in, 0, 1, 2 ... without gaps.
    therapist: Ints | None = None
    fixed_names: tuple[str, ...] = ()
    random_names: tuple[str, ...] = ()

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return int(self.client.max() + 1)

    @property
    def outcome_size(self) -> float:
        """Standard deviation of the outcome."""
        return float(self.outcome.std())

    @property
    def fixed_size(self) -> Floats:
        """Largest absolute value of each fixed column."""
        return np.asarray(np.abs(self.fixed).max(axis=0))

    @property
    def random_size(self) -> Floats:
        """Largest absolute value of each random column."""
        return np.asarray(np.abs(self.random).max(axis=0))

    @cached_property
    def blocks(self) -> list[Ints]:
        """Row numbers that share random effects: of a client, or of a therapist's clients."""
        unit = self.client if self.therapist is None else self.therapist
        order = np.argsort(unit, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(unit[order])) + 1)

    def scaled(self) -> Self:
        """Return the design with no column above 1 and an outcome with SD 1."""
        return replace(
            self,
            outcome=self.outcome / self.outcome_size,
            fixed=self.fixed / self.fixed_size,
            random=self.random / self.random_size,
        )

    def loglik_shift(self, reml: bool) -> float:
        """Return what the log-likelihood gains when the scaling is undone."""
        df = len(self.outcome) - (self.fixed.shape[1] if reml else 0)
        columns = np.log(self.fixed_size).sum() if reml else 0.0
        return float(-df * np.log(self.outcome_size) - columns)


def complete_rows(
    frame: pd.DataFrame, formula: str, random: str, groups: str, nested: str | None
) -> pd.DataFrame:
    """Return the rows in which nothing that the model names is missing."""
    for name in (groups, nested):
        if name is not None and name not in frame.columns:
            raise AllianceError(
                f"There is no column '{name}'.{suggest(name, frame.columns)} "
                f"Columns: {join_names(frame.columns)}."
            )
    # Names as formulas write them; functions among them are no columns.
    words = set(re.findall(r"[^\W\d]\w*", f"{formula} {random}"))
    named = [name for name in frame.columns if name in words or name in (groups, nested)]
    used = frame.dropna(subset=named)
    if used.empty:
        raise AllianceError("No row has a value in every column that the model names.")
    return used


def design_of(
    used: pd.DataFrame, formula: str, random: str, groups: str, nested: str | None
) -> Design:
    """Return the arrays that the formulas make of a table, checked."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    client, _ = pd.factorize(used[groups], sort=True)
    try:
        model = MixedLM.from_formula(formula, used, groups=client, re_formula=f"~ {random}")
    except Exception as fault:  # whatever the formula's parser raises, the user wrote it
        raise AllianceError(
            f"The model '{formula}' with random effects '{random}' cannot be read: {fault}\n"
            f"To fix: use the columns {join_names(used.columns)}."
        ) from fault
    random_names = [
        "Intercept" if name == "Group" else str(name) for name in model.data.exog_re_names
    ]
    design = Design(
        outcome=np.asarray(model.endog, dtype=float),
        fixed=np.asarray(model.exog, dtype=float),
        random=np.asarray(model.exog_re, dtype=float),
        client=client,
        therapist=None if nested is None else _therapists(used, client, groups, nested),
        fixed_names=tuple(model.exog_names),
        random_names=tuple(random_names),
    )
    _check(design, groups, nested)
    return design


def _therapists(used: pd.DataFrame, client: Ints, groups: str, nested: str) -> Ints:
    unit, _ = pd.factorize(used[nested], sort=True)
    pairs = pd.DataFrame({"client": client, "unit": unit, "name": used[groups].to_numpy()})
    pairs = pairs.drop_duplicates(["client", "unit"])
    several = pairs[pairs.duplicated("client")]
    if len(several):
        raise AllianceError(
            f"Rows of the same {groups} name several of {nested}: "
            f"{join_names(several['name'].unique())}.\n"
            f"To fix: keep one {nested} for each {groups}, or leave nested out."
        )
    return np.asarray(unit)


def _check(design: Design, groups: str, nested: str | None) -> None:
    if np.linalg.matrix_rank(design.fixed) < design.fixed.shape[1]:
        raise AllianceError(
            f"The fixed effects {join_names(design.fixed_names)} cannot be told apart in these data.\n"
            "To fix: leave out a term that the others already say, or that never varies."
        )
    # The residual cannot be told from a random effect for every row.
    if len(design.outcome) <= design.clients * design.random.shape[1]:
        raise AllianceError(
            f"{len(design.outcome)} rows are too few for {design.random.shape[1]} random "
            f"effect(s) of each of {design.clients} of {groups}.\n"
            "To fix: use fewer random effects, or rows with repeated sessions."
        )
    if design.clients < 2:
        raise AllianceError(f"A mixed model needs at least 2 of {groups}.")
    # One client for each therapist: the two variances are one.
    if design.therapist is not None and design.therapist.max() + 1 >= design.clients:
        raise AllianceError(
            f"Every one of {nested} has a single one of {groups}, so the two cannot be told "
            "apart.\nTo fix: leave nested out."
        )
    if not design.outcome_size > 0:
        raise AllianceError("The outcome never varies.")
