"""The regression within courses and its jackknife: by hand, against refits, against R."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.effects import fit_within
from alliance.effects.within import hc3_contrast

WITNESS = Path(__file__).parent / "witness"


def test_three_clients_by_hand():
    # Steps at the repair: +1, +2, and a client without repair. The pooled step is 1.5; without
    # the first client it is 2, without the second 1, without the third 1.5. The variance is
    # 2/3 * (0.25 + 0.25 + 0) = 1/3; two clients carry equal shares, so df = 1/0.5 - 1 = 1.
    score = np.array([3.0, 4, 5, 7, 2, 2])
    repairs = np.array([[0.0], [1], [0], [1], [0], [0]])
    fit = fit_within(score, repairs, np.array([0, 0, 1, 1, 2, 2]), np.arange(3))
    assert fit.estimate.item() == pytest.approx(1.5)
    assert fit.left_out == pytest.approx([2, 1, 1.5])
    assert fit.standard_error.item() == pytest.approx(np.sqrt(1 / 3))
    assert fit.shares == pytest.approx([0.5, 0.5, 0])
    assert fit.df.item() == pytest.approx(1)


def test_against_r():
    data = pd.read_csv(WITNESS / "sessions.csv")
    reference = pd.read_csv(WITNESS / "reference.csv").set_index("name")["value"]
    names = ["repairs", "log_session", "repaired_log", "unrepaired_log"]
    clients = data["client"].max() + 1
    fit = fit_within(
        data["score"].to_numpy(),
        data[names].to_numpy(),
        data["client"].to_numpy(),
        np.arange(clients),
    )
    assert fit.estimate.item() == pytest.approx(reference["estimate"], abs=1e-9)
    assert fit.coefficients[1:] == pytest.approx(reference[names[1:]].to_numpy(), abs=1e-9)
    assert fit.standard_error.item() == pytest.approx(reference["standard_error"], abs=1e-9)
    count = reference["clients"]
    assert fit.standard_error.item() == pytest.approx(
        reference["cr3"] * np.sqrt((count - 1) / count), abs=1e-9
    )
    assert fit.df.item() == pytest.approx(reference["df"], abs=1e-8)
    without = reference[reference.index.str.startswith("without_")]
    assert len(without) == 12
    for name, value in without.items():
        assert fit.left_out[int(name.removeprefix("without_"))] == pytest.approx(value, abs=1e-9)


def test_own_growth_against_r():
    # R whitens each client's sessions by the covariance I + 0.75^2 l l' of a random slope.
    data = pd.read_csv(WITNESS / "sessions.csv")
    reference = pd.read_csv(WITNESS / "reference.csv").set_index("name")["value"]
    fit = fit_within(
        data["score"].to_numpy(),
        data[["repairs", "log_session"]].to_numpy(),
        data["client"].to_numpy(),
        np.arange(data["client"].max() + 1),
        spread=0.75,
    )
    assert fit.estimate.item() == pytest.approx(reference["own_estimate"], abs=1e-9)
    assert fit.standard_error.item() == pytest.approx(reference["own_standard_error"], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_own_growth_lies_between_one_growth_and_a_slope_for_each(seed):
    score, predictors, course = random_study(seed)
    clients = np.arange(9)
    none, little, much = (
        fit_within(score, predictors, course, clients, spread=spread) for spread in (0, 1e-7, 1e5)
    )
    assert little.estimate == pytest.approx(none.estimate, abs=1e-6, nan_ok=True)
    slopes = (course[:, None] == clients) * predictors[:, [1]]
    dummies = np.hstack([predictors, slopes, (course[:, None] == clients).astype(float)])
    exposure = predictors[:, 0]
    others = np.delete(dummies, 0, axis=1)
    left = exposure - others @ np.linalg.lstsq(others, exposure, rcond=None)[0]
    if left @ left > 0.1:
        each = np.linalg.lstsq(dummies, score, rcond=None)[0][0]
        assert much.estimate.item() == pytest.approx(each, abs=1e-4)


def random_study(seed: int, clients: int = 9):
    rng = np.random.default_rng(seed)
    course = np.repeat(np.arange(clients), rng.integers(1, 7, clients))
    predictors = np.column_stack(
        [rng.integers(0, 3, len(course)), rng.standard_normal((len(course), 2))]
    ).astype(float)
    return rng.standard_normal(len(course)) + 0.5 * predictors[:, 0], predictors, course


def refitted(score, predictors, course) -> float:
    dummies = (course[:, None] == np.unique(course)).astype(float)
    return np.linalg.lstsq(np.hstack([predictors, dummies]), score, rcond=None)[0][0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_subtracting_a_client_is_refitting_without_it(seed):
    score, predictors, course = random_study(seed)
    fit = fit_within(score, predictors, course, np.arange(9))
    for client in range(9):
        kept = course != client
        if (course == client).sum() < 2:
            assert np.isnan(fit.left_out[client])
        else:
            again = refitted(score[kept], predictors[kept], course[kept])
            assert fit.left_out[client] == pytest.approx(again, abs=1e-6)


def test_two_courses_of_a_client_are_left_out_together():
    score, predictors, course = random_study(3)
    doubled = fit_within(
        np.tile(score, 2),
        np.vstack([predictors] * 2),
        np.concatenate([course, course + 9]),
        np.tile(np.arange(9), 2),
    )
    once = fit_within(score, predictors, course, np.arange(9))
    assert doubled.standard_error == pytest.approx(once.standard_error)
    assert doubled.df == pytest.approx(once.df)


def test_a_client_with_one_session_changes_nothing():
    score, predictors, course = random_study(5)
    more = fit_within(
        np.append(score, 99.0),
        np.vstack([predictors, [1, 5, 5]]),
        np.append(course, 9),
        np.arange(10),
    )
    once = fit_within(score, predictors, course, np.arange(9))
    assert more.estimate == pytest.approx(once.estimate)
    assert more.standard_error == pytest.approx(once.standard_error)


def test_an_exposure_that_is_growth_is_not_identified():
    predictors = np.column_stack([np.tile([0.0, 1, 2], 4), np.tile([0.0, 2, 4], 4)])
    fit = fit_within(np.arange(12.0), predictors, np.repeat(np.arange(4), 3), np.arange(4))
    assert np.isnan(fit.estimate.item())
    assert np.isnan(fit.df.item())


def test_inverses_are_pseudo_inverses_where_matrices_are_singular():
    from alliance.effects.within import _inverse

    tables = np.random.default_rng(5).normal(size=(40, 12, 4))
    tables[10:20, :, 3] = 0
    tables[20:30, :, 3] = tables[20:30, :, 1] + 1e-9 * tables[20:30, :, 2]
    tables /= np.maximum(np.sqrt((tables**2).sum(axis=1, keepdims=True)), 1e-300)
    squares = tables.transpose(0, 2, 1) @ tables
    expected = [np.linalg.pinv(each, rcond=1e-10, hermitian=True) for each in squares]
    assert _inverse(squares) == pytest.approx(np.array(expected), rel=1e-9, abs=1e-9)


@pytest.mark.filterwarnings("error")
def test_predictors_that_say_the_same_and_a_row_that_decides_alone():
    group, ones = np.array([0.0, 0, 1, 1, 1]), np.ones(5)
    outcome = np.array([1.0, 2, 3, 4, 6])
    same = hc3_contrast(outcome, np.column_stack([group, ones, 3 * ones]), np.eye(3)[0])
    assert np.isnan([same.estimate, same.standard_error, same.p]).all()
    alone = np.array([0.0, 0, 0, 0, 1])
    one = hc3_contrast(outcome, np.column_stack([group, ones, alone]), np.eye(3)[0])
    # Without the last row the groups differ by 3.5 - 1.5.
    assert one.estimate == pytest.approx(2)
    assert np.isnan(one.standard_error) and np.isnan(one.p)
