"""How often the usual analyses reject where there is nothing to find, by criteria of ruptures."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import pandas as pd

from alliance.rules import RepairRule, Rule, RuptureRule, own_mean

STEP = "fall of 1 SD from the session before"
HIGH = "fall of 1 SD from the highest so far"
OWN_MEAN = "own-mean"
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
        One row for each ``analysis``, ``detection`` (criterion for ruptures) and null ``world``:
        ``true_gain`` (SD), ``replications``, ``rejected`` (two-sided p < .05), ``rate``, its
        Monte-Carlo ``se``, mean ``estimate`` and ``bias`` (SD of the world), ``coverage`` of the
        95 % interval, and ``earlier_rate`` of an independent simulation, where there is one. No
        rows for an analysis that was not measured.

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
    rates = measured_table("conventional_analyses.csv")
    chosen = rates[rates["true_gain"] == 0]
    chosen = chosen if analysis is None else chosen[chosen["analysis"] == analysis]
    return chosen.reset_index(drop=True)


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


def measured_criteria() -> Mapping[str, Rule]:
    """Return the criteria by their names in the table of rates: two rules of falls, and our default."""
    rules = {
        STEP: fall_rule(STEP, "previous session", window=3),
        HIGH: fall_rule(HIGH, "running high", window=8),
    }
    return MappingProxyType({**rules, OWN_MEAN: own_mean()})


def criterion_of(rule: Rule) -> str | None:
    """Return the name of the measured criterion that a rule is; None if it is another."""
    for name, measured in measured_criteria().items():
        settings = [
            (one.rupture, one.repair, one.minimum_sessions, one.minimum_drop)
            for one in (rule, measured)
        ]
        if settings[0] == settings[1]:
            return name
    return None


def drop_and_return(threshold: float = 1.0, *, tolerance: float = 0.25, window: int = 5) -> Rule:
    """Return the rule of a fall from the rated session before, and back to within a tolerance.

    Parameters
    ----------
    threshold, tolerance : float
        In standard deviations of all scores.
    window : int
        Sessions within which the score must return.
    """
    noisy = "half or more of what it flags is noise: made for a test that allows for it"
    made = fall_rule("drop-and-return", "previous session", threshold, tolerance, window, max_gap=3)
    return replace(made, blind_spots=(noisy,))


def fall_rule(
    name: str,
    reference: str,
    threshold: float = 1,
    tolerance: float = 0.25,
    window: int = 5,
    *,
    max_gap: int = 100,
) -> Rule:
    """Return a rule of falls and returns in standard deviations of all scores."""
    unit = "sd of all scores"
    return Rule(
        name=name,
        rupture=RuptureRule(reference=reference, unit=unit, threshold=threshold, max_gap=max_gap),
        repair=RepairRule(target="before", amount=tolerance, unit=unit, window=window),
    )
