"""The course model: growth, noise and ruptures; the pulse detector; what noise gives."""

from alliance.model.chance import chance_baseline as chance_baseline
from alliance.model.chance_result import ChanceBaseline as ChanceBaseline
from alliance.model.parameters import Noise as Noise
from alliance.model.parameters import Parameters as Parameters
from alliance.model.pulse import PulseModel as PulseModel
from alliance.model.pulse import RaterModel as RaterModel
from alliance.model.pulse import fit_pulses as fit_pulses
from alliance.model.scanning import PulseScan as PulseScan
from alliance.model.scanning import find_pulses as find_pulses
