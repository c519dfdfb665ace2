"""Many studies tested at once: each as if alone, and the truth that was put in comes back."""

import numpy as np
import pytest

from alliance.effects import Design, designs, estimate_gains, join_studies
from alliance.simulate import simulate, worlds

TRUE_EPISODES = Design(name="true episodes", rule=None, settle=0)


def test_studies_of_any_size_stand_side_by_side():
    world = worlds()["A5s"]
    studies = [simulate(world, clients, rng=clients) for clients in (60, 90, 75)]
    chosen = {name: designs()[name] for name in ("P1", "P3", "log")}
    together = estimate_gains(studies, chosen)
    for place, study in enumerate(studies):
        alone = estimate_gains([study], chosen)
        for name in chosen:
            for what in ("estimate", "standard_error", "df", "exposed"):
                expected = getattr(alone[name], what)[0]
                assert getattr(together[name], what)[place] == pytest.approx(
                    expected, rel=1e-8, nan_ok=True
                ), (name, what)
    assert join_studies(studies).studies.tolist() == [0] * 60 + [1] * 90 + [2] * 75


def test_parts_are_scores_of_the_whole_scale():
    study = simulate(worlds()["A5s"], 30, rng=1)
    scores = join_studies([study], parts=2)
    assert scores.sizes == (2, 2)
    assert scores.parts.mean(axis=1) == pytest.approx(scores.total, abs=1e-6)


@pytest.mark.parametrize(("name", "gain"), [("R0d", 0.0), ("A3d", 0.3)])
def test_with_the_true_episodes_the_gain_put_in_comes_back(name, gain):
    world = worlds()[name]
    found = []
    for start in range(0, 200, 25):
        studies = [simulate(world, 200, rng=[9, start + number]) for number in range(25)]
        gains = estimate_gains(studies, {"true": TRUE_EPISODES}, told="episodes")["true"]
        found.extend(gains.estimate / world.score_points_per_sd)
    error = np.std(found) / np.sqrt(len(found))
    assert error < 0.01
    assert np.mean(found) == pytest.approx(gain, abs=3 * error)
