"""What a fit lets one say: a claim that needs it holds with clients' own growth free as well."""

from dataclasses import replace

import numpy as np
import pytest
from gain_courses import courses_of
from hypothesis import given
from hypothesis import strategies as st

from alliance import simulate
from alliance.model import gain_verdict
from alliance.model.gain_assumptions import LEAST, STRAIGHT_GROWTH
from alliance.model.gain_fit import CLOSE
from alliance.model.gain_ladder import fit_design, fit_gain
from alliance.model.gain_parameters import FREE_GROWTH_SD
from alliance.model.gain_verdict import verdict, with_free_growth

ROOTS = st.floats(-6, 6).filter(lambda z: abs(z) > 0.01)


@pytest.fixture(scope="module")
def fit():
    courses, _ = courses_of(simulate.worlds()["A3d"], 60, 5)
    return fit_gain(courses, LEAST, confidence=None)


def with_root(fit, z, **changes):
    """Return a fit whose root is z, in a straight line, with an interval to match."""
    gain = 0.1 * z
    return replace(
        fit,
        z=z,
        gain=gain,
        standard_error=0.1,
        low=gain - 0.196,
        high=gain + 0.196,
        p=0.01 if abs(z) > 1.96 else 0.5,
        repairs=0.5,
        **changes,
    )


def test_the_other_fit_is_the_same_study_with_growth_free(fit):
    other = with_free_growth(fit)
    assert other.assumptions.own_growth == "free"
    assert other.parameters["growth_sd"] == pytest.approx(FREE_GROWTH_SD)
    assert other.clients == fit.clients
    # Begun elsewhere, and to the last digit: the same summit.
    again = fit_design(other.study, other.assumptions, close=CLOSE)
    assert other.z == pytest.approx(again.z, abs=0.02)
    assert other.without.density == pytest.approx(again.without.density, abs=0.02)


@pytest.mark.parametrize(
    ("z", "clients", "needs"),
    [(3.0, 60, False), (-3.0, 60, True), (3.0, 600, True), (-3.0, 600, True), (1.0, 600, False)],
)
def test_who_needs_another_fit(fit, monkeypatch, z, clients, needs):
    """Many clients, or a weaker alliance, and only where something would be claimed."""
    asked = []
    other = with_root(fit, z)
    monkeypatch.setattr(
        gain_verdict, "with_free_growth", lambda found: asked.append(found) or other
    )
    found = verdict(with_root(fit, z, clients=clients))
    assert bool(asked) is needs
    assert found.claim == (np.sign(z) if abs(z) > 1.96 else 0)


def test_rungs_without_a_gate_stand_alone(fit):
    straight = with_root(fit, -3.0, assumptions=STRAIGHT_GROWTH)
    assert verdict(straight).claim == -1


def test_what_the_other_fit_cannot_answer_is_not_answered(fit, monkeypatch):
    few = replace(with_root(fit, -3.0), repairs=0.05)
    monkeypatch.setattr(gain_verdict, "with_free_growth", lambda _: few)
    found = verdict(with_root(fit, -3.0))
    assert not found.answered
    assert found.claim == 0
    assert found.repairs == 0.05


@given(own=ROOTS, other=ROOTS)
def test_verdict_is_no_bolder_than_either_fit(fit, own, other):
    """z lies nearer to 0 than both, the interval holds both, and both say the same of 0."""
    one, two = with_root(fit, own, clients=600), with_root(fit, other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gain_verdict, "with_free_growth", lambda _: two)
        found = verdict(one)
    assert abs(found.z) <= abs(own)
    assert found.p >= one.p
    assert found.low <= one.low and found.high >= one.high
    if abs(own) > 1.96:
        assert found.claim == (np.sign(own) if own * other > 0 and abs(other) > 1.96 else 0)
        assert (found.low > 0 or found.high < 0) == (found.claim != 0)
