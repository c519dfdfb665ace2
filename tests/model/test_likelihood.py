"""The likelihood that fits the pulse detector: it weighs what the detector weighs."""

from dataclasses import replace

import numpy as np
import pytest
from pulse_by_brute_force import THETA, courses

from alliance.model.fitting import PULSE, pulse_design
from alliance.model.gain_likelihood import by_row, known
from alliance.model.gain_vectors import VOLATILITY_NODES, VOLATILITY_WEIGHTS
from alliance.model.posterior import posterior


def test_what_fits_and_what_judges_are_one_model():
    # Only the walk stands apart from volatility in fitting and is scaled by it in judging.
    theta = replace(THETA, walk_sd=1e-9, settling=-0.4)
    whole = courses()
    study = pulse_design(whole, PULSE, 0.9)
    chances = known(study, study.space.at(study.space.centre, vars(theta))).chances
    fitted, judged = by_row(study.starts, chances)[0], posterior(whole, theta).rupture
    after = ~np.isnan(judged[study.rows])
    assert fitted[after] == pytest.approx(judged[study.rows][after], abs=1e-7)


def test_volatility_nodes_have_the_moments_of_a_half_normal():
    # E|z|^k for a standard normal z: 1, sqrt(2/pi), 1, 2 sqrt(2/pi), 3, 8 sqrt(2/pi).
    root = np.sqrt(2 / np.pi)
    moments = [VOLATILITY_WEIGHTS @ VOLATILITY_NODES**power for power in range(6)]
    assert moments == pytest.approx([1, root, 1, 2 * root, 3, 8 * root], abs=1e-12)
