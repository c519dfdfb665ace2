"""The posterior against an enumeration of every set of ruptures with dense matrices."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pulse_by_brute_force as brute
import pytest
from pulse_by_brute_force import SCORES, THETA, TIMES, courses

from alliance.model.gain_vectors import exponential
from alliance.model.posterior import posterior

DRIFTING = replace(THETA, walk_sd=0.3, settling=-0.4)


@pytest.mark.parametrize("theta", [THETA, DRIFTING])
@pytest.mark.parametrize("client", range(len(TIMES)))
def test_posterior_is_the_sum_over_all_sets(client, theta):
    whole, judged = courses(), posterior(courses(), theta)
    rupture, repaired, level, anywhere = brute.posterior(TIMES[client], SCORES[client], theta)
    rows = slice(whole.offsets[client], whole.offsets[client + 1])
    assert np.isnan(judged.rupture[rows][0])
    assert judged.rupture[rows][1:] == pytest.approx(rupture[1:])
    assert judged.repaired[rows][1:] == pytest.approx(repaired[1:], abs=1e-12)
    assert judged.expected[rows] == pytest.approx(level)
    assert judged.anywhere[client] == pytest.approx(anywhere)


def test_without_look_ahead_is_the_shortened_course():
    found = posterior(courses(), THETA, look_ahead=False)
    whole = courses()
    for client, times in enumerate(TIMES):
        for seen in range(2, len(times) + 1):
            rupture, _, level, anywhere = brute.posterior(
                times[:seen], SCORES[client][:seen], THETA
            )
            row = whole.offsets[client] + seen - 1
            assert found.rupture[row] == pytest.approx(rupture[-1])
            assert found.expected[row] == pytest.approx(level[-1])
        assert found.anywhere[client] == pytest.approx(anywhere)


def one(times, scores, volatility=0.1):
    theta = replace(THETA, volatility=volatility)
    return posterior(courses([times], [scores]), theta)


def test_a_deep_fall_and_return_is_a_repaired_rupture():
    found = one([1, 2, 3, 4, 5, 6, 7], [1, 1.1, 0.9, -1, -1.1, 1, 1])
    assert (found.repaired[[3, 4]] > 0.9).all()
    assert np.nanmax(found.rupture[[1, 2, 5, 6]]) < 0.2
    assert (found.expected > 0.5).all()


def test_a_deep_fall_to_the_end_is_an_open_rupture():
    found = one([1, 2, 3, 4, 5, 6, 7], [1, 1.1, 0.9, 1, 1, -1, -1.1])
    assert (found.rupture[[5, 6]] > 0.9).all()
    assert found.repaired[6] == 0


def test_two_ruptures_in_one_record_are_both_found():
    found = one(range(1, 11), [1, 1, -1, -1, 1, 1, -1, -1.1, 1, 1])
    assert (found.rupture[[2, 3, 6, 7]] > 0.8).all()
    assert (found.rupture[[1, 4, 5, 8, 9]] < 0.25).all()


def test_a_gap_makes_a_lasting_fall_likelier():
    """The same scores: after a long unseen time a rupture is likelier to have begun."""
    close = one([1, 2, 3, 4], [0.5, 0.6, 0.5, -0.8])
    apart = one([1, 2, 3, 12], [0.5, 0.6, 0.5, -0.8])
    assert apart.rupture[3] > close.rupture[3] + 0.05


def test_a_volatile_client_is_given_less_credit():
    calm = one(range(1, 10), [0.5, 0.4, 0.5, 0.6, -1.3, -1.3, 0.5, 0.4, 0.5], volatility=0.4)
    wild = one(range(1, 10), [-0.4, 1.3, -0.4, 1.4, -1.3, -1.3, 1.4, -0.4, 1.3], volatility=0.4)
    assert calm.rupture[4] > wild.rupture[4] + 0.2


def test_no_hazard_no_rupture():
    theta = replace(THETA, hazard=1e-12)
    assert np.nanmax(posterior(courses(), theta).rupture) < 1e-6


def test_courses_of_one_session_stay_unjudged():
    short = courses([[1], [1, 2]], [[0.0], [0.1, 0.2]])
    for look_ahead in (True, False):
        found = posterior(short, THETA, look_ahead=look_ahead)
        assert np.isnan(found.anywhere[0])
        assert np.isnan(found.rupture[:2]).all()
        assert np.isfinite(found.rupture[2])


def test_exponential_is_exp_over_its_whole_range():
    numba = pytest.importorskip("numba")

    @numba.njit
    def each(values):
        found = np.empty_like(values)
        for i in range(len(values)):
            found[i] = exponential(values[i])
        return found

    values = np.concatenate([-np.geomspace(1e-12, 700, 20_001), np.arange(-700.0, 1.0)])
    assert each(values) == pytest.approx(np.exp(values), rel=4e-16, abs=0)
    assert each(np.array([-701.0, -1e300, -np.inf])).tolist() == [each(np.array([-700.0]))[0]] * 3


def test_of_many_courses_each_is_judged_as_alone():
    lengths = np.arange(300) % 7 + 1
    times = [range(1, n + 1) for n in lengths]
    scores = [np.random.default_rng(n).normal(size=n) for n in lengths]
    whole = courses(times, scores)
    for look_ahead in (True, False):
        found = posterior(whole, THETA, look_ahead=look_ahead, workers=2)
        for client in (0, 4, 127, 128, 299):
            alone = posterior(
                courses([times[client]], [scores[client]]), THETA, look_ahead=look_ahead
            )
            rows = slice(whole.offsets[client], whole.offsets[client + 1])
            assert found.rupture[rows].tobytes() == alone.rupture.tobytes()
            assert found.anywhere[client].tobytes() == alone.anywhere[0].tobytes()


def worked_in(clients):
    """Peak memory while judging, less what comes out, in bytes."""
    rng = np.random.default_rng(8)
    many = courses([range(1, 15)] * clients, [rng.normal(size=14) for _ in range(clients)])
    posterior(many, THETA, workers=1)
    tracemalloc.start()
    posterior(many, THETA, workers=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - clients * 14 * 3 * 8


def test_memory_does_not_grow_with_the_number_of_clients():
    few, many = worked_in(60), worked_in(600)
    # What grows is a few numbers for each session: order, rows, the last of each record.
    assert many - few < 540 * 14 * 6 * 8
    assert few > 0
