"""The course model: growth, noise and ruptures; the pulse detector; what noise gives."""

from alliance.model.chance import chance_baseline
from alliance.model.chance_result import ChanceBaseline
from alliance.model.parameters import Noise, Parameters
from alliance.model.pulse import PulseModel, RaterModel, fit_pulses
from alliance.model.scanning import PulseScan, find_pulses

__all__ = [
    "ChanceBaseline",
    "Noise",
    "Parameters",
    "PulseModel",
    "PulseScan",
    "RaterModel",
    "chance_baseline",
    "fit_pulses",
    "find_pulses",
]
