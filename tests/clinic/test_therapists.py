"""Therapists: agreement with lme4, exact limits by hand, and no false alarm where all are equal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.clinic import (
    ReadSessions,
    Settings,
    clinic_report,
    fit_random_effects,
    funnel,
    limits,
)
from alliance.errors import AllianceError

WITNESS = Path(__file__).parent / "witness"
COUNTS = pd.read_csv(WITNESS / "counts.csv")
FITS = pd.read_csv(WITNESS / "glmer.csv", index_col="set")
MODES = pd.read_csv(WITNESS / "ranef.csv")


@pytest.mark.parametrize("name", FITS.index)
def test_random_effects_are_those_of_lme4(name):
    # glmer(cbind(events, trials - events) ~ 1 + (1 | therapist), binomial, nAGQ = 25), make.R
    part = COUNTS[COUNTS["set"] == name]
    found = fit_random_effects(part["events"].to_numpy(), part["trials"].to_numpy())
    assert found.intercept == pytest.approx(FITS.loc[name, "intercept"], abs=2e-3)
    assert found.sd == pytest.approx(FITS.loc[name, "sd"], abs=4e-3)
    modes = MODES[MODES["set"] == name].set_index("therapist").loc[part["therapist"]]
    assert found.effect == pytest.approx(modes["effect"].to_numpy(), abs=6e-3)
    assert found.effect_se == pytest.approx(modes["se"].to_numpy(), abs=6e-3)


def test_likelihood_without_differences_is_binomial():
    from scipy.stats import binom

    events, trials = np.array([3, 5, 4]), np.array([10, 10, 10])
    found = fit_random_effects(events, trials)
    assert found.sd == 0 and found.effect.tolist() == [0, 0, 0]
    assert found.log_likelihood == pytest.approx(binom.logpmf(events, trials, 0.4).sum())


def test_limits_by_hand():
    # Binomial(5, 1/2): P(0) = 1/32 = .031 and so P(0) is not below .025: all counts are inside.
    low, high = limits(np.array([5]), 0.5)
    assert (low[0], high[0]) == (0, 1)
    # Binomial(6, 1/2): P(0) = 1/64 = .016 is below: 0 and 6 are outside.
    low, high = limits(np.array([6]), 0.5)
    assert (low[0] * 6, high[0] * 6) == (1, 5)


@given(st.integers(1, 80), st.floats(0.02, 0.98))
@settings(max_examples=12, deadline=None)
def test_no_more_than_one_in_forty_lies_beyond_either_limit(trials, share):
    from scipy.stats import binom

    low, high = (edge[0] * trials for edge in limits(np.array([trials]), share))
    assert binom.cdf(round(low) - 1, trials, share) <= 0.025 + 1e-9
    assert binom.sf(round(high), trials, share) <= 0.025 + 1e-9


def _clients(rng, share, therapists=25):
    sizes = rng.integers(5, 40, therapists)
    names = np.repeat([f"t{n:02d}" for n in range(therapists)], sizes)
    return pd.DataFrame({"therapist": names, "event": rng.random(len(names)) < share})


def test_of_equal_therapists_at_most_one_in_twenty_lies_outside():
    outside = shown = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        frame = funnel(_clients(rng, (0.2, 0.5, 0.7)[seed % 3]), what="Repair").frame
        outside, shown = outside + frame["outside"].sum(), shown + len(frame)
    assert shown == 750
    assert outside / shown <= 0.05


def test_unlike_therapists_lie_outside_and_are_shrunken_towards_the_rest():
    rng = np.random.default_rng(1)
    table = pd.concat(
        [
            _clients(rng, 0.3),
            pd.DataFrame({"therapist": ["zz"] * 30, "event": [True] * 27 + [False] * 3}),
        ]
    )
    frame = funnel(table, what="Drop-out").frame.set_index("therapist")
    assert frame.loc["zz", "outside"]
    assert 0.4 < frame.loc["zz", "shrunken"] < frame.loc["zz", "share"]


def test_small_numbers_are_not_shown_and_the_order_is_by_code():
    table = pd.DataFrame(
        {
            "therapist": ["c"] * 4 + ["b"] * 8 + ["a"] * 8,
            "event": [True] * 4 + [True, False] * 4 + [False, True] * 4,
        }
    )
    found = funnel(table, what="Repair", min_clients=5)
    assert found.frame["therapist"].tolist() == ["a", "b"]
    assert found.suppressed == 1 and "c" not in found.frame["therapist"].tolist()
    assert found.pooled == pytest.approx(12 / 20)


def test_what_cannot_be_compared_is_said():
    one = pd.DataFrame({"therapist": ["a"] * 6, "event": [True, False] * 3})
    with pytest.raises(AllianceError, match="Fewer than two"):
        funnel(one, what="Repair")
    alike = pd.DataFrame({"therapist": ["a"] * 6 + ["b"] * 6, "event": True})
    with pytest.raises(AllianceError, match="same way"):
        funnel(alike, what="Repair")


def test_each_therapist_has_a_page_however_alike_their_names(by_hand):
    one = by_hand[by_hand["client"] == "a"]
    names = ["A", "a", "a-2", "?", "!"]
    table = pd.concat([one.assign(client=name, therapist=name) for name in names])
    settings = Settings(detector="own-past", draws=1)
    read = ReadSessions(sessions=table, how=())
    with clinic_report(read, settings, by_therapist=True) as made:
        places = [place.casefold() for place in made.pages]
    assert len(set(places)) == len(places) == 1 + len(names)
    assert {"-A", "-a-2", "-therapist", "-therapist-2"} <= set(made.pages)
