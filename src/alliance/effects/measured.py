"""What the designs of the repair test do where the truth is known, as it was measured."""

from __future__ import annotations

import pandas as pd

from alliance.effects.conventional_criteria import STEP
from alliance.effects.conventional_rates import measured_table, usual_rates
from alliance.effects.designs import Design, designs

# In the gain world of which power is quoted, each repair leaves 0.3 SD.
USUAL_GAIN = "A3d"
_LABELS = {
    "P1": "P1: falls, growth by history",
    "P2": "P2: falls, halves of the items",
    "P3": "P3: falls from a high, thirds of the items",
    "P4": "P4: falls, growth of each client's own",
    "4d": "4d: falls, one growth",
    "4d, surrogates": "4d, judged by surrogate studies",
    "log": "log: rupture log",
    "log, no settling": "the same, no time to settle",
    "true episodes": "true ruptures known",
}


def measured_rates(analysis: str | None = None) -> pd.DataFrame:
    """Return error rates, power, bias and coverage of the repair test in simulated studies.

    Parameters
    ----------
    analysis : str, optional
        Name of a design, or ``4d, surrogates``; all without it.

    Returns
    -------
    DataFrame
        One row for each ``analysis`` and ``world``: ``replications`` (studies of 200 clients),
        ``answered`` (share), ``true_gain`` (SD), ``rejected`` (two-sided p < .05; power where
        there is a gain) with its Monte-Carlo ``rejected_se``, ``rejected_above`` (with a gain
        above 0), mean ``estimate``, ``bias`` and ``sd`` (SD of the world), mean
        ``standard_error``, ``coverage`` of the 95 % interval, mean ``df`` and ``exposed``.

    Notes
    -----
    Measured by ``calibration/repair_gain.py``; see `alliance.simulate.worlds` for the worlds.

    Examples
    --------
    >>> rates = measured_rates("P1")
    >>> bool(rates.loc[rates["true_gain"] == 0, "rejected"].max() < 0.08)
    True
    """
    rates = measured_table("repair_gain.csv")
    chosen = rates if analysis is None else rates[rates["analysis"] == analysis]
    return chosen.reset_index(drop=True)


def all_rates() -> pd.DataFrame:
    """Return the rates of the usual analyses and of the named designs in one table.

    Returns
    -------
    DataFrame
        analysis, kind (``usual`` or ``calibrated``), world, true_gain (SD), rate (share with
        two-sided p < .05, 0-1) and replications. Of the usual analyses those with ruptures
        found by falls of 1 SD from the session before.

    Examples
    --------
    >>> sorted(all_rates()["kind"].unique())
    ['calibrated', 'usual']
    """
    usual = usual_rates()
    usual = usual[usual["detection"] == STEP].assign(kind="usual")
    ours = measured_rates().rename(columns={"rejected": "rate"}).assign(kind="calibrated")
    ours["analysis"] = ours["analysis"].replace(_LABELS)
    columns = ["analysis", "kind", "world", "true_gain", "rate", "replications"]
    return pd.concat([usual[columns], ours[columns]], ignore_index=True)


def measured_text(design: Design, *, surrogates: bool = False) -> str:
    """Return in a sentence how often a design errs and how often it finds a gain.

    Parameters
    ----------
    design : Design
    surrogates : bool
        Whether its p comes from surrogate studies.
    """
    rates = measured_rates(f"{design.name}, surrogates" if surrogates else design.name)
    by = ""
    if rates.empty and surrogates:
        rates, by = measured_rates(design.name), ", by its own p,"
    if rates.empty or designs().get(design.name) != design:
        return "How often this design errs has not been measured."
    null = rates.loc[rates["true_gain"] == 0]
    power = rates.loc[rates["world"] == USUAL_GAIN, "rejected"].item()
    low, high = 100 * null["rejected"].min(), 100 * null["rejected"].max()
    return (
        f"In simulated studies of 200 clients without any gain this design{by} rejects in {low:.0f} to "
        f"{high:.0f}% ({len(null)} kinds of study, nominal 5%); a gain of 0.3 SD for each repair "
        f"it finds in {100 * power:.0f}%, so that finding nothing says little."
    )
