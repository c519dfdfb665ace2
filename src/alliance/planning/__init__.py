"""Planning: how many clients a study of repaired ruptures needs, by simulation."""

from alliance.planning.curves import PowerCurve, fit_curve, wilson_interval
from alliance.planning.plan import planned_power
from alliance.planning.power_result import PlannedPower
from alliance.planning.replications import replicate

__all__ = [
    "PlannedPower",
    "PowerCurve",
    "fit_curve",
    "planned_power",
    "replicate",
    "wilson_interval",
]
