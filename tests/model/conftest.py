"""A study with known truth and a model fitted to it, made once for all tests of the room."""

import sys
from pathlib import Path

import pytest

from alliance import simulate
from alliance.model import find_pulses, fit_pulses

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(scope="session")
def study():
    return simulate.simulate(simulate.worlds()["R0d"], clients=150, seed=11)


@pytest.fixture(scope="session")
def model(study):
    return fit_pulses(study.sessions)


@pytest.fixture(scope="session")
def found(study, model):
    return find_pulses(study.sessions, model)
