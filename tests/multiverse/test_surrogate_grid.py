"""The same bytes whoever draws them, and a run that was stopped goes on where it was."""

import stat
from dataclasses import fields

import numpy as np
import pytest

from alliance import every_choice
from alliance.multiverse import Choices, surrogate_grid

FEW = Choices(flanks=("dropped", "kept"), halves=(False, True))


def content(curve) -> list[bytes]:
    return [getattr(curve.surrogates, part.name).tobytes() for part in fields(curve.surrogates)]


@pytest.fixture(scope="module")
def whole(study):
    return every_choice(study.sessions, choices=FEW, items=study.responses, surrogates=25, rng=4)


@pytest.fixture
def runs(monkeypatch):
    """Counts the blocks that are worked on; `runs.stop` stops the next but so many."""

    class Runs(list):
        stop = 99

    counted, work = Runs(), surrogate_grid.estimate_all

    def counting(scores, specifications):
        if len(counted) >= counted.stop:
            raise KeyboardInterrupt
        counted.append(len(specifications))
        return work(scores, specifications)

    monkeypatch.setattr(surrogate_grid, "estimate_all", counting)
    return counted


def test_one_and_two_workers_give_the_same_bytes(study, whole):
    two = every_choice(
        study.sessions, choices=FEW, items=study.responses, surrogates=25, rng=4, workers=2
    )
    assert content(two) == content(whole)
    assert two.text() == whole.text()


def test_a_stopped_run_goes_on_where_it_was(study, whole, runs, tmp_path):
    told = {"choices": FEW, "items": study.responses, "surrogates": 25, "rng": 4}
    runs.stop = 2
    with pytest.raises(KeyboardInterrupt):
        every_choice(study.sessions, keep=tmp_path / "kept", **told)
    kept = sorted((tmp_path / "kept").iterdir())
    assert len(kept) == 2
    runs.stop = 99
    resumed = every_choice(study.sessions, keep=tmp_path / "kept", **told)
    assert len(runs) == 3
    assert content(resumed) == content(whole)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)


def test_blocks_of_other_data_grids_or_seeds_are_not_used(study, runs, tmp_path):
    told = {"choices": Choices(), "surrogates": 20, "rng": 1, "keep": tmp_path}
    plain = every_choice(study.sessions, **told)
    assert len(runs) == 2
    every_choice(study.sessions, **told)
    assert len(runs) == 2
    others = [
        (study.sessions, told | {"rng": 2}),
        (study.sessions, told | {"choices": Choices(threshold=(1.5,))}),
        (study.sessions, told | {"reliability": 0.8}),
        (study.sessions.assign(total=study.sessions["total"] + 0.5), told),
    ]
    for number, (table, settings) in enumerate(others, start=2):
        every_choice(table, **settings)
        assert len(runs) == 2 * number
    more = every_choice(study.sessions, **told | {"surrogates": 30})
    assert len(runs) == 2 * len(others) + 3
    assert np.array_equal(more.surrogates.estimate[:20], plain.surrogates.estimate)
    for path in tmp_path.iterdir():
        assert path.name.startswith("surrogates-")
        path.write_bytes(b"PK damaged")
    again = every_choice(study.sessions, **told)
    assert content(again) == content(plain)


def test_another_seed_is_another_null(study):
    one, other = (
        every_choice(study.sessions, choices=Choices(), surrogates=19, rng=seed)
        for seed in (1, np.random.default_rng(5))
    )
    assert content(one) != content(other)
