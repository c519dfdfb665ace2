"""The answer of planning: power by number of clients, the number needed, and what to write of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from alliance.effects.power_curves import PowerCurve, fit_curve, wilson_interval
from alliance.results import Result

ALPHA = 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class PlannedPower(Result):
    """How likely planned studies are to find the gain, and how many clients they need.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``analysis`` and number of ``clients``: ``replications``, ``refused``
        (share not answered), ``found`` (studies that found the gain), ``power`` with ``low`` and
        ``high`` (Wilson, 95 %), ``smoothed`` (the fitted curve; NaN with one number of clients),
        ``wrong_way`` (share that found a loss), mean ``estimate`` of the answered studies, ``sd``
        of the estimates, ``coverage`` (share of 95 % intervals that hold the true gain).
    needed : DataFrame
        The number of ``clients`` that reaches the wanted ``power``, one row for each analysis,
        with ``low`` and ``high`` (95 %, from the band of the curve); ``within``: whether it lies
        within the numbers simulated, else it is an extrapolation.
    curves : mapping of str to PowerCurve
        None with one number of clients.
    studies : DataFrame
        Every simulated study.
    world : str
    gain : float
        The true one, SD of the world.
    wanted : float
    seed : int
    marginals : mapping of str to float
        What a study of the world looks like, see `alliance.simulate.Study.summary`.
    """

    needed: pd.DataFrame
    curves: Mapping[str, PowerCurve]
    studies: pd.DataFrame
    world: str
    gain: float
    wanted: float
    seed: int
    marginals: Mapping[str, float]

    @classmethod
    def of_studies(cls, studies: pd.DataFrame, **settings: object) -> Self:
        """Return the power of simulated studies, see `planned_power`."""
        gain, wanted = float(settings["gain"]), float(settings["wanted"])  # type: ignore[arg-type]
        rows = _judged(studies, gain)
        curves = _curves(rows)
        return cls(
            frame=_power(rows, curves),
            needed=_needed(rows, curves, wanted),
            curves=curves,
            studies=studies,
            **settings,  # type: ignore[arg-type]
        )

    def facts(self) -> Mapping[str, object]:
        """Return the power of each number of clients, and the number needed."""
        return {
            "rows": self.frame.to_dict("records"),
            "needs": self.needed.to_dict("records"),
            "replications": int(self.frame["replications"].iloc[0]),
        }


def _judged(studies: pd.DataFrame, gain: float) -> pd.DataFrame:
    answered = studies["answered"].astype(bool) & studies["p"].notna()
    significant = answered & studies["p"].lt(ALPHA)
    inside = studies["low"].le(gain) & studies["high"].ge(gain)
    return studies.assign(
        answered=answered,
        found=significant & studies["estimate"].gt(0),
        wrong_way=significant & studies["estimate"].lt(0),
        estimate=studies["estimate"].where(answered),
        covered=inside.astype(float).where(answered),
    )


def _power(rows: pd.DataFrame, curves: Mapping[str, PowerCurve]) -> pd.DataFrame:
    grouped = rows.groupby(["analysis", "clients"], sort=False)
    table = pd.DataFrame(
        {
            "replications": grouped.size(),
            "refused": 1 - grouped["answered"].mean(),
            "found": grouped["found"].sum(),
            "power": grouped["found"].mean(),
            "wrong_way": grouped["wrong_way"].mean(),
            "estimate": grouped["estimate"].mean(),
            "sd": grouped["estimate"].std(),
            "coverage": grouped["covered"].mean(),
        }
    ).reset_index()
    table["low"], table["high"] = wilson_interval(table["found"], table["replications"])
    table["smoothed"] = np.nan
    for name, curve in curves.items():
        its = table["analysis"].eq(name)
        table.loc[its, "smoothed"] = curve.power(table.loc[its, "clients"])
    return table


def _curves(rows: pd.DataFrame) -> dict[str, PowerCurve]:
    """Fit a curve for each analysis that was simulated with several numbers of clients."""
    if rows["clients"].nunique() < 2:
        return {}
    counts = rows.groupby(["analysis", "clients"], sort=False)["found"].agg(["sum", "size"])
    return {
        str(name): fit_curve(part["clients"], part["sum"], part["size"])
        for name, part in counts.reset_index().groupby("analysis", sort=False)
    }


def _needed(rows: pd.DataFrame, curves: Mapping[str, PowerCurve], wanted: float) -> pd.DataFrame:
    simulated = rows["clients"]
    table = []
    for name in rows["analysis"].unique():
        clients = low = high = np.nan
        if name in curves:
            clients, low, high = np.ceil(curves[name].needed(wanted))
        within = bool(simulated.min() <= clients <= simulated.max())
        table.append((name, wanted, clients, low, high, within))
    return pd.DataFrame(table, columns=["analysis", "power", "clients", "low", "high", "within"])
