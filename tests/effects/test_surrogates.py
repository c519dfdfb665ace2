"""Surrogate studies: the same sessions, moments like the study's, no gain, the same from a seed."""

import numpy as np
import pytest

from alliance.effects import designs, repair_gain
from alliance.effects.material import gather
from alliance.effects.surrogates import draw_studies
from alliance.model import fit_pulses
from alliance.simulate import simulate, worlds


def drawn(study, count: int, items=None, seed: int = 1):
    material = gather(study.sessions, scale="total", items=items)
    model = fit_pulses(study.sessions).raters[0]
    return material, list(draw_studies(material, model, count, rng=np.random.default_rng(seed)))


@pytest.mark.parametrize("world", ["R0d", "R0s"])
def test_surrogates_have_the_sessions_and_the_moments_of_the_study(world):
    # Without drop-out, which the surrogates do not know of: who stays longer scores higher.
    stays = {"dropout_level": 0.0, "dropout_unrepaired": 0.0, "dropout_rupture": 0.0}
    study = simulate(worlds()[world].but(**stays), clients=150, rng=5)
    material, parts = drawn(study, 30)
    observed, rows = material.scores.total, len(material.scores.sessions)
    totals = np.concatenate([part.total.reshape(-1, rows) for part in parts])
    assert len(totals) == 30
    assert (parts[0].sessions[:rows] == material.scores.sessions).all()
    assert totals.mean() == pytest.approx(observed.mean(), abs=0.15 * observed.std())
    assert totals.std(axis=1).mean() == pytest.approx(observed.std(), rel=0.12)
    owner = np.repeat(np.arange(len(material.clients)), np.diff(material.scores.offsets))
    assert within_sd(totals[0], owner) == pytest.approx(within_sd(observed, owner), rel=0.15)
    if world == "R0s":
        assert totals.max() <= observed.max()
        share = (observed == observed.max()).mean()
        assert (totals == observed.max()).mean() == pytest.approx(share, abs=0.05)


def within_sd(scores, owner) -> float:
    means = np.bincount(owner, weights=scores) / np.bincount(owner)
    return float(np.sqrt(((scores - means[owner]) ** 2).mean()))


def test_halves_differ_by_error_only():
    study = simulate(worlds()["R0d"], clients=150, rng=5)
    material, parts = drawn(study, 10, items=study.responses)
    both = np.concatenate([part.parts for part in parts])
    observed = material.scores.parts
    assert both.std(axis=0) == pytest.approx(observed.std(axis=0), rel=0.12)
    assert np.corrcoef(both.T)[0, 1] == pytest.approx(np.corrcoef(observed.T)[0, 1], abs=0.05)


@pytest.fixture(scope="module")
def answers():
    study = simulate(worlds()["A3d"], clients=120, rng=3)
    return [repair_gain(study.sessions, design="4d", surrogates=40, rng=seed) for seed in (1, 1, 2)]


def test_the_same_seed_gives_the_same_bytes(answers):
    first, again, other = (answer.frame.to_csv().encode() for answer in answers)
    assert first == again
    assert first != other


def test_what_the_surrogates_say(answers):
    answer = answers[0]
    null = answer.surrogate
    assert null.count == 40
    assert null.corrected == pytest.approx(answer.estimate - null.estimates.mean())
    assert answer.frame["p_surrogate"].iloc[0] == null.p
    # By hand: the study's t among those of the surrogates, as a new observation from them.
    from scipy.stats import t as student

    z = (answer.estimate / answer.standard_error - null.t.mean()) / null.t.std(ddof=1)
    assert null.p == pytest.approx(2 * student.sf(abs(z) / np.sqrt(1 + 1 / 40), 39))
    assert "surrogate studies" in answer.text()
    assert answers[0].p == answers[2].p


def test_surrogates_with_parts():
    study = simulate(worlds()["A5w"], clients=100, rng=3)
    answer = repair_gain(study.sessions, items=study.responses, surrogates=19)
    assert answer.design == designs()["P3"]
    assert answer.surrogate.count >= 15
    assert 0 < answer.surrogate.p < 1
