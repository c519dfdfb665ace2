"""Rules: what counts as a rupture and what counts as repaired, as values with their sources."""

from alliance.rules.made_for import MadeFor
from alliance.rules.presets import load, presets
from alliance.rules.published import (
    change_point,
    cusum,
    gumz_like,
    own_mean,
    own_past,
    reliable_drop,
    running_high,
    srs_drop,
    srs_level,
    stiles_like,
    strauss_like,
    sudden_loss,
    tukey,
    v_episode,
    xmr,
)
from alliance.rules.repair_rule import TARGETS, RepairRule
from alliance.rules.rule import PROVENANCE, Rule
from alliance.rules.rupture_rule import (
    REFERENCES,
    ChangePoint,
    Criterion,
    Cusum,
    RuptureRule,
    SuddenLoss,
)
from alliance.rules.units import UNITS

__all__ = [
    "PROVENANCE",
    "REFERENCES",
    "TARGETS",
    "UNITS",
    "ChangePoint",
    "Criterion",
    "Cusum",
    "MadeFor",
    "RepairRule",
    "Rule",
    "RuptureRule",
    "SuddenLoss",
    "change_point",
    "cusum",
    "gumz_like",
    "load",
    "own_mean",
    "own_past",
    "presets",
    "reliable_drop",
    "running_high",
    "srs_drop",
    "srs_level",
    "stiles_like",
    "strauss_like",
    "sudden_loss",
    "tukey",
    "v_episode",
    "xmr",
]
