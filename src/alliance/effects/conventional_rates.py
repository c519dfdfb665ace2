"""How often the usual analyses reject where there is nothing to find, as it was measured."""

from functools import cache
from importlib.resources import files

import pandas as pd

# Fewer simulated studies than this give no rate worth quoting.
_FEWEST = 50


def false_positive_rates(analysis: str | None = None) -> pd.DataFrame:
    """Return the measured rates of false positives of the usual analyses.

    Parameters
    ----------
    analysis : str, optional
        Only this one; all without it.

    Returns
    -------
    DataFrame
        The rows of `usual_rates` in null worlds. No rows for an analysis that was not measured.

    Notes
    -----
    Measured by ``calibration/conventional_analyses.py`` in simulated studies of 200 clients in which
    repair leaves nothing behind; see `alliance.simulate.worlds` for the worlds.

    Examples
    --------
    >>> rates = false_positive_rates("last session: repaired v not repaired")
    >>> bool(rates["rate"].max() > 0.5)
    True
    """
    rates = usual_rates()
    chosen = rates[rates["true_gain"] == 0]
    chosen = chosen if analysis is None else chosen[chosen["analysis"] == analysis]
    return chosen.reset_index(drop=True)


def usual_rates() -> pd.DataFrame:
    """Return what the usual analyses do in all simulated worlds, with and without a gain.

    Returns one row for each ``analysis``, ``detection`` (criterion for ruptures) and ``world``:
    ``true_gain`` (SD), ``replications``, ``rejected`` (two-sided p < .05), ``rate``, its
    Monte-Carlo ``se``, mean ``estimate`` and ``bias`` (SD of the world), ``coverage`` of the 95 %
    interval, and ``earlier_rate`` of an independent simulation, where there is one.
    """
    return measured_table("conventional_analyses.csv")


def outcome_rates(analysis: str, detection: str | None = None) -> tuple[float, float]:
    """Return the lowest and highest measured rate of false positives of an outcome's analysis.

    Parameters
    ----------
    analysis : str
        A contrast of `alliance.effects.outcome_by_history`, or a design of `outcome_gain`.
    detection : str, optional
        Only with ruptures found by this criterion; all criteria if not given.

    Notes
    -----
    Over the null worlds of ``calibration/outcomes.py`` with 50 or more studies that could be
    analysed; NaN if there are none.

    Examples
    --------
    >>> outcome_rates("repaired v nobody")
    (nan, nan)
    """
    rates = measured_table("outcomes.csv")
    chosen = (rates["analysis"] == analysis) & rates["world"].str.match("[NR]0").astype(bool)
    if detection is not None:
        chosen &= rates["detection"] == detection
    found = rates.loc[chosen & (rates["replications"] >= _FEWEST), "rate"]
    return float(found.min()), float(found.max())


@cache
def measured_table(name: str) -> pd.DataFrame:
    """Return a table of measured rates that comes with the package, by the name of its file."""
    source = files("alliance.effects") / "calibration" / name
    with source.open(encoding="utf-8") as stream:
        return pd.read_csv(stream)
