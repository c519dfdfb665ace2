"""The cross-check by a rupture log: truth given back, laws, refusals."""

import numpy as np
import pandas as pd
import pytest

from alliance import AllianceError
from alliance.course import courses
from alliance.effects import reported_exposure, reported_gain, reported_gains
from alliance.joins import match_clients
from alliance.simulate import simulate, worlds


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["A3d"], clients=150, seed=7)


def numbers(found) -> np.ndarray:
    return found.frame.drop(columns="unit").to_numpy(float)


def from_true_episodes(study) -> tuple[float, float]:
    """Return the gain estimated from the true episodes, and its standard error, in SD."""
    chosen = courses(study.sessions, rater="client")
    truth = study.episodes
    reported = reported_exposure(
        chosen,
        pd.Index(chosen.clients).get_indexer(truth["client"]),
        truth["onset"].to_numpy(),
        truth["end"].to_numpy(),
        truth["repaired"].to_numpy(),
        settling_sessions=0,
    )
    found = reported_gains(chosen, reported)
    unit = study.world.score_points_per_sd
    return found.estimate / unit, found.standard_error / unit


@pytest.mark.parametrize("gain", [0.0, 0.5])
def test_true_episodes_give_back_the_gain_that_was_put_in(gain):
    world = worlds()["R0d"].but(gain=gain)
    found = np.array(
        [from_true_episodes(simulate(world, 150, np.random.default_rng([9, n]))) for n in range(25)]
    )
    error = found[:, 0].std(ddof=1) / np.sqrt(len(found))
    assert abs(found[:, 0].mean() - gain) < 3 * error
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(ddof=1), rel=0.35)


def test_scale_and_level_do_not_matter(study):
    plain = reported_gain(study.sessions, study.log)
    moved = study.sessions.assign(total=10 * study.sessions["total"] + 3)
    other = reported_gain(moved, study.log)
    assert other.frame["estimate"].iloc[1:].tolist() == pytest.approx(
        plain.frame["estimate"].iloc[1:].tolist(), rel=1e-8
    )
    mirrored = study.sessions.assign(total=8 - study.sessions["total"])
    turned = reported_gain(mirrored, study.log, higher_is_better=False)
    assert numbers(turned)[:, 1:] == pytest.approx(numbers(plain)[:, 1:], rel=1e-8)


def test_reports_of_unknown_clients_are_counted(study):
    stranger = study.log.iloc[[0]].assign(client="nobody")
    found = reported_gain(study.sessions, pd.concat([study.log, stranger]))
    assert found.unmatched >= 1
    assert found.estimate == pytest.approx(reported_gain(study.sessions, study.log).estimate)


def test_few_exposed_clients_are_not_answered_and_counted(study):
    few = study.sessions[study.sessions["client"].isin(study.log["client"].unique()[:5])]
    found = reported_gain(few, match_clients(study.log, few, partial=True))
    assert not found.answered and np.isnan(found.estimate)
    assert "fewer than 8" in found.text()
    with pytest.raises(AllianceError, match="nothing to draw"):
        found.plot()


def test_words_and_table(study):
    found = reported_gain(study.sessions, study.log)
    assert len(found.text().split()) <= 120
    assert "cross-check" in found.text()
    assert found.to_table().rows[0][0] == "points"
    roles = ("used", "rupture", "recovery", "settling")
    assert sum(found.counts[role] for role in roles) == len(study.sessions["total"].dropna())


def test_without_a_score_there_is_nothing_to_test(study):
    with pytest.raises(AllianceError, match="nothing to test"):
        reported_gain(study.sessions.assign(total=np.nan), study.log)
