"""Power curves: by hand, against statsmodels, and where there is no crossing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from alliance import AllianceError
from alliance.effects import PowerCurve, fit_curve, wilson_interval


def test_clients_needed_worked_by_hand():
    # A z test of an effect of 0.1 SD: power = Phi(0.1 sqrt(n) - 1.96), so n = ((1.96 + 0.8416) / 0.1)^2.
    curve = PowerCurve(start=-1.96, rise=0.1, covariance=np.zeros((2, 2)))
    clients, lower, upper = curve.needed(0.8)
    assert clients == lower == upper == pytest.approx(((1.96 + 0.841621) / 0.1) ** 2, rel=1e-6)
    assert curve.power(clients) == pytest.approx(0.8)


def test_a_known_curve_is_found_again():
    clients = np.array([100, 200, 400, 800])
    found = np.rint(100_000 * norm.cdf(0.1 * np.sqrt(clients) - 1.96))
    curve = fit_curve(clients, found, np.full(4, 100_000))
    assert (curve.start, curve.rise) == pytest.approx((-1.96, 0.1), abs=0.002)
    assert curve.needed(0.8)[0] == pytest.approx(785, abs=6)


def test_the_fit_is_that_of_statsmodels():
    import statsmodels.api as sm

    clients, found, trials = np.array([100, 200, 400, 800]), np.array([36, 48, 90, 173]), 500
    curve = fit_curve(clients, found, np.full(4, trials))
    counts = np.column_stack([found + 0.5, trials - found + 0.5])
    rows = sm.add_constant(np.sqrt(clients))
    probit = sm.families.Binomial(sm.families.links.Probit())
    fit = sm.GLM(counts, rows, family=probit).fit()
    assert (curve.start, curve.rise) == pytest.approx(tuple(fit.params), rel=1e-5)
    assert curve.covariance == pytest.approx(fit.cov_params(), rel=1e-4)


def test_the_interval_is_where_the_band_crosses():
    curve = fit_curve([100, 200, 400], [180, 300, 450], [500] * 3)
    clients, lower, upper = curve.needed(0.8)
    assert lower < clients < upper
    assert curve.band(lower)[1] == pytest.approx(0.8)
    assert curve.band(upper)[0] == pytest.approx(0.8)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=3, max_size=3), st.floats(0.3, 0.95))
def test_every_outcome_has_an_answer_in_order(found, power):
    clients, lower, upper = fit_curve([50, 150, 400], found, [60] * 3).needed(power)
    assert np.isnan(clients) or (
        0 <= lower <= clients * (1 + 1e-9) and clients <= upper * (1 + 1e-9)
    )
    assert not np.isnan(upper)


@pytest.mark.parametrize(
    ("found", "clients"),
    [([0, 0], np.nan), ([250, 250], np.nan), ([500, 500], 0.0), ([400, 100], np.nan)],
)
def test_what_never_crosses(found, clients):
    needed, _, upper = fit_curve([100, 400], found, [500, 500]).needed(0.8)
    assert needed == pytest.approx(clients, nan_ok=True)
    assert upper == np.inf


def test_one_number_of_clients_is_no_curve():
    with pytest.raises(AllianceError, match="two different numbers"):
        fit_curve([100, 100], [1, 2], [10, 10])


@pytest.mark.parametrize(("found", "trials"), [(0, 20), (1, 500), (250, 500), (500, 500)])
def test_wilsons_interval_is_that_of_scipy(found, trials):
    theirs = binomtest(found, trials).proportion_ci(0.95, method="wilson")
    assert [float(limit) for limit in wilson_interval(found, trials)] == pytest.approx(
        list(theirs), abs=1e-12
    )
    assert np.isnan(wilson_interval(0, 0)).all()
