"""The pulse detector: a model of alliance courses, and a probability of rupture for each session."""

from alliance.pulse.likelihood import Parameters
from alliance.pulse.model import PulseModel, RaterModel, fit
from alliance.pulse.scanning import PulseScan, scan

__all__ = ["Parameters", "PulseModel", "PulseScan", "RaterModel", "fit", "scan"]
