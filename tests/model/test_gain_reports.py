"""A rupture log in the gain's likelihood: by hand, slopes, a law, and recovery of what was put in."""

from dataclasses import replace

import numpy as np
import pytest

from alliance import simulate
from alliance.effects import repair_gain
from alliance.effects.repair import fit_rung
from alliance.model.gain_assumptions import LEAST, STRAIGHT_GROWTH
from alliance.model.gain_likelihood import known
from alliance.model.gain_reports import hear
from alliance.model.gain_studies import draw_study, law_of

STARTS = np.array([0, 4, 7])
REPORTED = np.array([0, 1.0, 1, 0, 0, 0, 1])
VALUES = np.array([0.6, 0.8, 0.05, 0.7])


def by_hand(covered, open_):
    """Return the chance of a client's reports over that without a rupture, written out."""
    s, q, f, g = VALUES
    odds = [q / f if said else (1 - q) / (1 - f) for said in covered]
    if not open_:
        return 1 - s + s * np.prod(odds)
    last = len(odds) - 1
    ends = [g**k * (1 - g if k < last else 1) for k in range(len(odds))]
    return 1 - s + s * sum(each * np.prod(odds[: k + 1]) for k, each in enumerate(ends))


def test_every_pulse_by_hand():
    heard = hear(REPORTED, STARTS, VALUES)
    assert heard.pulses[1, 1] == pytest.approx(np.log(by_hand([1, 1], False)))
    assert heard.pulses[2, 0] == pytest.approx(np.log(by_hand([1], False)))
    assert heard.pulses[1, 5] == pytest.approx(np.log(by_hand([1, 1, 0], True)))
    assert heard.pulses[5, 5] == pytest.approx(np.log(by_hand([0, 1], True)))
    assert heard.none[1] == pytest.approx(2 * np.log(0.95) + np.log(0.05))


@pytest.fixture(scope="module")
def study():
    return simulate.simulate(simulate.worlds()["R0d"].but(gain=0.6), clients=150, seed=4)


@pytest.fixture(scope="module")
def fit(study):
    return fit_rung(study.sessions, STRAIGHT_GROWTH, confidence=None, log=study.log)[0]


def test_slopes_are_those_of_differences(fit):
    free = fit.fitted.free + 0.05
    slopes = known(fit.study, free).slopes.sum(axis=0)
    last = len(free) - fit.study.space.spoken
    for at in [0, 9, 11, 16, *range(last, len(free))]:
        step = np.zeros(len(free))
        step[at] = 1e-5
        ends = [known(fit.study, free + side * step, slopes=False).logs.sum() for side in (1, -1)]
        assert slopes[at] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=2e-3)


def test_reports_that_tell_nothing_change_nothing(fit):
    free = fit.fitted.free.copy()
    free[-3] = free[-2]
    silent = replace(fit.study, reports=np.zeros_like(fit.study.reports))
    spoken, mute = (known(each, free).slopes[:, :17] for each in (fit.study, silent))
    np.testing.assert_allclose(spoken, mute, rtol=0, atol=1e-9)


def test_what_was_put_into_the_log_comes_back(study):
    found = repair_gain(study.sessions, rungs=[LEAST], log=study.log, draws=0)
    rates = found.sources.set_index("rate")
    true = {"sensitivity": study.world.log_sensitivity, "false reports": study.world.log_false_rate}
    for rate, share in true.items():
        assert rates.loc[rate, "low"] < share < rates.loc[rate, "high"]
    # Unequivocal: every session of a reported rupture is reported, to the end of therapy if open.
    assert rates.loc[["sessions reported", "open ones go on"], "share"].min() > 0.9
    assert "counts as evidence" in found.notes()


def test_reports_drawn_from_the_model_go_with_low_scores(fit):
    rng = np.random.default_rng(1)
    law = law_of(fit)
    drawn = [draw_study(fit.study, law, 0.0, rng) for _ in range(30)]
    within = [each.reports[:, each.scores < np.quantile(each.scores, 0.1)].mean() for each in drawn]
    reports = np.array([each.reports.mean() for each in drawn])
    assert np.mean(within) > 1.5 * reports.mean()
    assert abs(reports.mean() - fit.study.reports.mean()) < 2 * reports.std()
    assert all(set(np.unique(each.reports)) <= {0.0, 1.0} for each in drawn)
