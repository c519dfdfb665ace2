"""The answer of planning: power by number of clients, the number needed, and what to write of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.effects.designs import Design
from alliance.effects.power_curves import PowerCurve, fit_curve, wilson_interval
from alliance.results.notebook import in_html
from alliance.simulate import World

if TYPE_CHECKING:
    from alliance.results import PublicationTable


@dataclass(frozen=True, eq=False, kw_only=True)
class PlannedPower:
    """How likely planned studies are to find the gain, and how many clients they need.

    Parameters
    ----------
    studies : DataFrame
        Every simulated study, see `alliance.effects.replicate`.
    designs : mapping of str to Design
    world : World
        What was true of the simulated studies.
    wanted : float
        The power that is wanted, 0-1.
    alpha : float
        Level of the two-sided test.
    seed : int
    marginals : dict of str to float
        What a study of the world looks like, see `alliance.simulate.Study.summary`.
    """

    studies: pd.DataFrame
    designs: Mapping[str, Design]
    world: World
    wanted: float
    alpha: float
    seed: int
    marginals: Mapping[str, float]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row for each design and number of clients.

        Columns: design, clients, replications, refused (share of studies with fewer than 8
        exposed clients), found (studies with p below alpha), power (found of all; refused ones
        count as not found) with lower and upper (Wilson, 95 %), smoothed (the fitted curve; NaN
        with one number of clients), wrong_way (share that found a loss), true_gain, estimate
        (mean of the answered studies), sd (of the estimates), standard_error (mean), coverage
        (share of 95 % intervals that hold the true gain; all SD), exposed (mean clients).
        """
        rows = self._judged().groupby(["design", "clients"], sort=False)
        table = pd.DataFrame(
            {
                "replications": rows.size(),
                "refused": 1 - rows["answered"].mean(),
                "found": rows["found"].sum(),
                "power": rows["found"].mean(),
                "wrong_way": rows["wrong_way"].mean(),
                "true_gain": self.world.gain,
                "estimate": rows["estimate"].mean(),
                "sd": rows["estimate"].std(),
                "standard_error": rows["standard_error"].mean(),
                "coverage": rows["covered"].mean(),
                "exposed": rows["exposed"].mean(),
            }
        ).reset_index()
        lower, upper = wilson_interval(table["found"], table["replications"])
        place = table.columns.get_loc("power") + 1
        for name, values in (("lower", lower), ("upper", upper), ("smoothed", np.nan)):
            table.insert(place, name, values)
            place += 1
        for name, curve in self.curves.items():
            its = table["design"].eq(name)
            table.loc[its, "smoothed"] = curve.power(table.loc[its, "clients"])
        return table

    def _judged(self) -> pd.DataFrame:
        from scipy.special import stdtrit

        rows, truth = self.studies, self.world.gain
        answered = rows["p"].notna()
        found = rows["p"].lt(self.alpha)
        reach = stdtrit(rows["df"], 0.975) * rows["standard_error"]
        covered = (rows["estimate"] - truth).abs().le(reach)
        return rows.assign(
            answered=answered,
            found=found,
            wrong_way=found & rows["estimate"].lt(0),
            covered=covered.where(answered).astype(float),
        )

    @cached_property
    def curves(self) -> dict[str, PowerCurve]:
        """The fitted power curve of each design; none with one number of clients."""
        rows = self._judged().groupby(["design", "clients"], sort=False)["found"]
        counts = rows.agg(["sum", "size"]).reset_index()
        if counts["clients"].nunique() < 2:
            return {}
        return {
            name: fit_curve(part["clients"], part["sum"], part["size"])
            for name, part in counts.groupby("design", sort=False)
        }

    @cached_property
    def needed(self) -> pd.DataFrame:
        """The number of clients that reaches the wanted power, one row for each design.

        Columns: design, power, clients (whole; NaN where no number reaches it or only one was
        simulated), lower and upper (95 %, from the band of the curve; infinity where it has no
        upper limit), within (whether the number lies within those simulated: if not, it is an
        extrapolation).
        """
        simulated = self.studies["clients"]
        rows = []
        for name in self.designs:
            clients = lower = upper = np.nan
            if name in self.curves:
                clients, lower, upper = np.ceil(self.curves[name].needed(self.wanted))
            within = bool(simulated.min() <= clients <= simulated.max())
            rows.append((name, self.wanted, clients, lower, upper, within))
        return pd.DataFrame(
            rows, columns=["design", "power", "clients", "lower", "upper", "within"]
        )

    def summary(self) -> pd.DataFrame:
        """Return design, clients, power with interval, mean estimate, coverage and refused."""
        return self.frame[
            ["design", "clients", "power", "lower", "upper", "estimate", "coverage", "refused"]
        ]

    def text(self) -> str:
        """Return a paragraph for a grant application or an ethics form."""
        from alliance.effects.power_words import paragraph

        return paragraph(self)

    def plot(self, ax=None, *, save=None):
        """Draw power over the number of clients; see `alliance.figures.power_curves`."""
        from alliance.figures import power_curves

        return power_curves(self, ax, save=save)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        rows = self.frame
        return results.PublicationTable(
            number=number,
            title="Power of Planned Studies by Number of Clients",
            columns=(
                results.words("Design", rows["design"]),
                results.counts("Clients", rows["clients"]),
                results.coefficients("Power", rows["power"]),
                results.intervals("95% CI", rows["lower"], rows["upper"], results.bounded),
                results.numbers("M", rows["estimate"]).under("Estimate, SD"),
                results.numbers("SD", rows["sd"]).under("Estimate, SD"),
                results.percents("Coverage, %", rows["coverage"]),
                results.percents("Refused, %", rows["refused"]),
            ),
            general=self.text(),
        )

    def _repr_html_(self) -> str:
        return in_html(self.summary(), self.text())
