"""One synthetic study with a gain, and its scores as arrays."""

import pytest

from alliance.simulate import simulate, worlds


@pytest.fixture(scope="session")
def study():
    return simulate(worlds()["A3d"], clients=150, seed=7)
