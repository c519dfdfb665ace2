"""The model without ruptures: its likelihood, its fit, and the series drawn from it."""

from dataclasses import asdict, astuple, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.model.drawing import draw_courses as _latent
from alliance.model.noise import drawn, fit_noise, log_likelihood, normal_scores
from alliance.model.parameters import Noise
from alliance.model.resampling import Group, grouped

WITNESS = Path(__file__).parent / "witness"
NOISE = Noise(
    level=0.1,
    growth=0.2,
    level_sd=0.8,
    growth_sd=0.2,
    level_growth_correlation=-0.3,
    carry_over_sd=0.5,
    carry_over=0.6,
    error_sd=0.3,
    volatility=0.25,
)


def from_nlme():
    reference = pd.read_csv(WITNESS / "reference.csv").set_index("name")["value"]
    table = pd.read_csv(WITNESS / "courses.csv")
    lengths = table.groupby("client").size()
    series = Courses(
        scores=table["score"], sessions=table["session"], offsets=np.r_[0, lengths.cumsum()]
    )
    names = [field.name for field in fields(Noise) if field.name != "volatility"]
    noise = Noise(**{name: reference[name] for name in names})
    return grouped(series), noise, reference["log_likelihood"]


def test_one_client_by_the_textbook_formula():
    times, scores = np.array([[1, 2, 5]]), np.array([[0.3, -0.2, 0.9]])
    lag = np.abs(times.T - times)
    log = np.log(times[0])
    between = 0.8**2 + (-0.3 * 0.8 * 0.2) * (log[:, None] + log) + 0.2**2 * np.outer(log, log)
    within = 0.5**2 * 0.6**lag + 0.3**2 * np.eye(3)
    nodes = {-np.sqrt(3): 1 / 6, 0: 4 / 6, np.sqrt(3): 1 / 6}
    density = sum(
        weight
        * multivariate_normal(0.1 + 0.2 * log, between + np.exp(2 * 0.25 * node) * within).pdf(
            scores[0]
        )
        for node, weight in nodes.items()
    )
    value, _ = log_likelihood([Group(scores=scores, sessions=times)], [scores], NOISE)
    assert value == pytest.approx(np.log(density), abs=1e-10)


def test_slopes_are_those_of_the_likelihood():
    groups, _, _ = from_nlme()
    scores = [group.scores for group in groups]
    _, slopes = log_likelihood(groups, scores, NOISE)
    for slope, (name, value) in zip(slopes, asdict(NOISE).items(), strict=True):
        up, down = (
            log_likelihood(groups, scores, replace(NOISE, **{name: value + step}))[0]
            for step in (1e-5, -1e-5)
        )
        assert slope == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-4), name


def test_likelihood_and_fit_are_those_of_nlme():
    # nlme 3.1-162: lme(..., corExp(nugget = TRUE), method = "ML"); witness/make_reference.R
    groups, noise, reference = from_nlme()
    scores = [group.scores for group in groups]
    assert log_likelihood(groups, scores, noise)[0] == pytest.approx(reference, abs=0.001)
    own = fit_noise(groups, scores)
    # One parameter more, volatility, which is 0 in the truth: at least as likely, and not by much.
    assert -0.01 < log_likelihood(groups, scores, own)[0] - reference < 2
    assert own.volatility < 0.2
    np.testing.assert_allclose(astuple(own)[:4], astuple(noise)[:4], atol=0.03)


def test_a_fit_gives_back_what_was_drawn():
    rng = np.random.default_rng(1)
    sessions = np.tile(np.arange(1, 21), (500, 1))
    latent = _latent(sessions.astype(float), NOISE, rng)
    fitted = fit_noise([Group(scores=latent, sessions=sessions)], [latent])
    for name, near in (
        ("level_sd", 0.08),
        ("growth_sd", 0.04),
        ("carry_over", 0.1),
        ("growth", 0.04),
    ):
        assert getattr(fitted, name) == pytest.approx(getattr(NOISE, name), abs=near), name
    within = fitted.carry_over_sd**2 + fitted.error_sd**2
    assert within == pytest.approx(0.34, abs=0.03)
    assert fitted.volatility == pytest.approx(0.25, abs=0.05)


def test_drawn_series_have_the_models_covariance_across_gaps():
    times = np.tile([1.0, 2.0, 5.0, 6.0], (40_000, 1))
    latent = _latent(
        times, replace(NOISE, level_sd=0, growth_sd=0, volatility=0), np.random.default_rng(2)
    )
    lag = np.abs(times[0][:, None] - times[0])
    expected = 0.25 * 0.6**lag + 0.09 * np.eye(4)
    np.testing.assert_allclose(np.cov(latent.T), expected, atol=0.008)


def test_every_draw_has_exactly_the_scores_of_the_data():
    rng = np.random.default_rng(3)
    groups = [
        Group(scores=np.minimum(40, rng.normal(38, 3, (9, n)).round(1)), sessions=np.arange(9 * n).reshape(9, n))
        for n in (3, 7)
    ]  # fmt: skip
    for seed in range(3):
        deal = drawn(groups, NOISE, np.random.default_rng(seed))
        flat = [
            np.concatenate([part.ravel() for part in parts])
            for parts in (deal, [g.scores for g in groups])
        ]
        assert (flat[0] != flat[1]).any()
        np.testing.assert_array_equal(np.sort(flat[0]), np.sort(flat[1]))


def test_normal_scores_by_hand():
    group = Group(scores=np.array([[1.0, 2.0], [2.0, 5.0]]), sessions=np.array([[1, 2], [1, 2]]))
    (scores,) = normal_scores([group])
    # ranks 1, 2.5, 2.5, 4 of 4: middles at 1/8, 4/8, 4/8 and 7/8
    np.testing.assert_allclose(scores, [[norm.ppf(0.125), 0], [0, norm.ppf(0.875)]], atol=1e-12)


@pytest.mark.parametrize(
    ("scores", "says"),
    [([[3.0, 3.0]], "All scores are equal"), ([[3.0], [4.0]], "two rated sessions")],
)
def test_what_cannot_be_fitted_is_said(scores, says):
    scores = np.array(scores)
    sessions = np.ones(scores.shape, int) + np.arange(scores.shape[1])
    with pytest.raises(AllianceError, match=f"{says}(.|\n)*shuffled"):
        fit_noise([Group(scores=scores, sessions=sessions)])
