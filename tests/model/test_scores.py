"""Standard scores: by hand, there and back, and when normal scores are taken."""

import numpy as np
import pytest
from scipy.stats import norm

from alliance.errors import AllianceError
from alliance.model.scores import standardise


def test_raw_scores_by_hand():
    # Mean 3, SD (dividing by n) 1: 2 is one SD below.
    found = standardise(np.array([2.0, 4.0, 2.0, 4.0]), "raw", higher_is_better=True)
    assert found.of(np.array([2.0, 3.0])).tolist() == [-1, 0]
    assert found.back(np.array([-1.0])).tolist() == [2]


def test_normal_scores_by_hand():
    # Ranks 1, 2.5, 2.5, 4 of four: quantiles of .125, .5, .5, .875.
    found = standardise(np.array([1.0, 5.0, 5.0, 9.0]), "normal", higher_is_better=True)
    quantile = norm.ppf(0.875)
    spread = np.sqrt(2 * quantile**2 / 4)
    assert found.of(np.array([1.0, 5.0, 9.0])) == pytest.approx(
        [-quantile / spread, 0, quantile / spread]
    )


def test_monotone_change_leaves_normal_scores():
    scores = np.random.default_rng(0).normal(3, 1, 500)
    plain = standardise(scores, "normal", higher_is_better=True)
    bent = standardise(np.exp(scores), "normal", higher_is_better=True)
    assert plain.of(scores) == pytest.approx(bent.of(np.exp(scores)))


@pytest.mark.parametrize("higher_is_better", [True, False])
@pytest.mark.parametrize("kind", ["raw", "normal"])
def test_there_and_back(kind, higher_is_better):
    scores = np.random.default_rng(1).normal(3, 1, 6_000)
    found = standardise(scores, kind, higher_is_better=higher_is_better)
    assert found.back(found.of(scores)) == pytest.approx(scores, abs=0.05)
    assert len(found.knots) <= 4_001
    better = found.of(np.array([1.0, 5.0]))
    assert (better[1] > better[0]) == higher_is_better


def test_scores_never_seen_go_on_in_order():
    found = standardise(np.linspace(1, 5, 50), "normal", higher_is_better=True)
    beyond = found.of(np.array([0.0, 0.5, 1.0, 5.0, 6.0]))
    assert (np.diff(beyond) > 0).all()
    assert found.back(np.array([9.0])) == [5.0]


def test_auto_takes_normal_scores_under_a_ceiling():
    rng = np.random.default_rng(2)
    free = rng.normal(4, 0.5, 2_000)
    assert standardise(free, "auto", higher_is_better=True).kind == "raw"
    ceiling = np.minimum(free, 4.7)
    found = standardise(ceiling, "auto", higher_is_better=True)
    assert found.kind == "normal"
    assert found.at_ceiling == pytest.approx(0.08, abs=0.02)
    assert standardise(-ceiling, "auto", higher_is_better=False).kind == "normal"
    skewed = 5 - rng.gamma(2, 0.4, 2_000)
    assert standardise(skewed, "auto", higher_is_better=True).kind == "normal"
    assert standardise(skewed, "auto", higher_is_better=False).kind == "raw"


def test_scores_all_the_same():
    with pytest.raises(AllianceError, match="All scores are the same"):
        standardise(np.full(40, 3.2), "auto", higher_is_better=True)
