"""Fitting: truth put in comes out, options are checked, too little data is refused."""

import pickle
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from pulse_by_brute_force import THETA, courses, pulses

from alliance.errors import AllianceError, AllianceWarning, DataError
from alliance.model import find_pulses, fit_pulses
from alliance.model.fitting import MOST_CLIENTS, fit_parameters, representative
from alliance.simulate import simulate, worlds


def drawn(theta, clients, rng):
    """Courses drawn from the very model, with missed sessions."""
    lengths = rng.integers(6, 18, clients)
    times = [np.cumsum(1 + (rng.random(length) < 0.15)).astype(float) for length in lengths]
    scores = []
    for client in range(clients):
        growth = np.column_stack([np.ones(lengths[client]), np.log(times[client])])
        wild = np.exp(theta.volatility * abs(rng.standard_normal()))
        distance = np.abs(np.subtract.outer(times[client], times[client]))
        within = theta.carry_over_sd**2 * theta.carry_over**distance
        within = within + theta.error_sd**2 * np.eye(lengths[client])
        full = growth @ theta.between @ growth.T + wild**2 * within
        course = rng.multivariate_normal(growth @ [theta.level, theta.growth], full)
        kinds, closed, covers = pulses(times[client], theta)
        # A second rupture begins after a rated session without one.
        later = closed[:, None] & (kinds.first > kinds.last[:, None] + 1)
        ruptures = [(), *((i,) for i in range(len(closed))), *np.argwhere(later)]
        twice = np.outer(kinds.rates, kinds.rates)[later]
        weights = np.concatenate([[1.0], kinds.rates, twice])
        for which in ruptures[rng.choice(len(weights), p=weights / weights.sum())]:
            depth = theta.depth * (1 + 0.35 * rng.standard_normal())
            course = course - depth * covers[:, which]
        scores.append(course)
    return courses(times, scores)


def test_the_truth_put_in_comes_out():
    truth = replace(THETA, volatility=0.25, depth=1.3)
    found, clients = fit_parameters(drawn(truth, 500, np.random.default_rng(5)), 0.91)
    assert clients == 500
    # About three standard errors of each, from repeated simulation.
    within = {
        "level": 0.15,
        "growth": 0.06,
        "level_sd": 0.12,
        "growth_sd": 0.07,
        "level_growth_correlation": 0.45,
        "carry_over_sd": 0.05,
        "carry_over": 0.13,
        "error_sd": 0.05,
        "volatility": 0.09,
        "walk_sd": 0.25,
        "settling": 0.1,
        "depth": 0.2,
        "hazard": 0.03,
        "repaired": 0.2,
    }
    for name, value in asdict(found).items():
        assert value == pytest.approx(getattr(truth, name), abs=within[name]), name


@pytest.mark.parametrize(("recovery", "holds"), [(0, True), (4, False)])
def test_slow_recovery_is_said_first(recovery, holds):
    world = worlds()["R0d"].but(recovery_sessions=recovery)
    model = fit_pulses(simulate(world, clients=120, seed=4).sessions)
    checks = model.checks.set_index("check")
    assert checks.loc["recovery", "holds"] == holds
    assert (checks.loc["recovery", "meaning"] in model.text()) != holds


def test_many_clients_are_thinned_evenly_whatever_their_order():
    rng = np.random.default_rng(6)
    lengths = rng.integers(1, 9, 5_000)
    scores = np.split(rng.normal(size=lengths.sum()), np.cumsum(lengths)[:-1])
    whole = courses([range(1, length + 1) for length in lengths], scores)
    shuffled = whole.take(rng.permutation(5_000))
    kept, again = representative(whole), representative(shuffled)
    assert kept.count == MOST_CLIENTS
    assert kept.lengths.min() == 2
    assert kept.lengths.mean() == pytest.approx(lengths[lengths > 1].mean(), abs=0.01)
    assert kept.clients.tolist() == again.clients.tolist()


def test_model_says_what_it_found(model):
    frame = model.frame
    assert frame["parameter"].tolist() == list(asdict(THETA))
    assert np.isfinite(frame["estimate"]).all()
    depth = frame.set_index("parameter").loc["depth"]
    assert depth["points"] == pytest.approx(depth["estimate"] * model.raters[0].scores.sd)
    assert "type-II maximum likelihood" in model.methods()
    assert "taken as .90" in model.notes()
    assert model.raters[0].clients_fitted == model.raters[0].clients
    assert "hazard" in model._repr_html_()


def test_model_survives_pickling(model, study):
    again = pickle.loads(pickle.dumps(model))
    pd.testing.assert_frame_equal(again.frame, model.frame)
    first = find_pulses(study.sessions, model).frame
    pd.testing.assert_frame_equal(find_pulses(study.sessions, again).frame, first)


def small(clients, sessions=5, rng=0):
    rng = np.random.default_rng(rng)
    return pd.DataFrame(
        {
            "client": np.repeat([f"c{i}" for i in range(clients)], sessions),
            "session": np.tile(np.arange(1, sessions + 1), clients),
            "rater": "client",
            "total": rng.normal(4, 0.6, clients * sessions),
        }
    )


def test_too_few_clients():
    with pytest.raises(AllianceError, match="9 clients have 3 or more rated sessions"):
        fit_pulses(small(9))
    with pytest.raises(AllianceError, match="0 clients have 3 or more"):
        fit_pulses(small(40, sessions=2))
    with pytest.warns(AllianceWarning, match="only 12 clients"):
        fit_pulses(small(12))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "totl"}, "Did you mean 'total'"),
        ({"reliability": 1.0}, "reliability must lie between 0 and 1"),
        ({"scores": "ranks"}, "no kind of scores"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(AllianceError, match=message):
        fit_pulses(small(30), **options)


def test_wrong_tables():
    with pytest.raises(AllianceError, match="the sessions table is empty"):
        fit_pulses(small(30).head(0))
    with pytest.raises(DataError, match="sessions count from 1"):
        fit_pulses(small(30).assign(session=lambda table: table["session"] - 1))
    mixed = small(30).assign(instrument=["wai-sr", "srs"] * 75)
    with pytest.raises(AllianceError, match="several instruments"):
        fit_pulses(mixed)
    with pytest.raises(AllianceError, match="All scores are the same"):
        fit_pulses(small(30).assign(total=3.0))


def test_a_score_is_needed_not_only_a_row():
    table = small(30)
    table.loc[table["client"] == "c3", "total"] = np.nan
    model = fit_pulses(table)
    assert model.raters[0].clients == 29
    assert model.raters[0].sessions == 29 * 5
