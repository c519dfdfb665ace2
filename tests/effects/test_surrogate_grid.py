"""The same bytes whoever draws them, and a run that was stopped goes on where it was."""

import copy
import stat
from dataclasses import fields, replace

import numpy as np
import pytest

from alliance import multiverse
from alliance.effects import Choices, surrogate_grid
from alliance.effects.material import gather
from alliance.effects.multiverse_cache import fingerprint

FEW = Choices(flanks=("dropped", "kept"), halves=(False, True))


def content(curve) -> list[bytes]:
    return [getattr(curve.surrogates, part.name).tobytes() for part in fields(curve.surrogates)]


@pytest.fixture(scope="module")
def whole(study):
    return multiverse(study.sessions, choices=FEW, items=study.responses, surrogates=25, rng=4)


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
    two = multiverse(
        study.sessions, choices=FEW, items=study.responses, surrogates=25, rng=4, workers=2
    )
    assert content(two) == content(whole)
    assert two.text() == whole.text()


def test_a_stopped_run_goes_on_where_it_was(study, whole, runs, tmp_path):
    told = {"choices": FEW, "items": study.responses, "surrogates": 25, "rng": 4}
    runs.stop = 2
    with pytest.raises(KeyboardInterrupt):
        multiverse(study.sessions, keep=tmp_path / "kept", **told)
    kept = sorted((tmp_path / "kept").iterdir())
    assert len(kept) == 2
    runs.stop = 99
    resumed = multiverse(study.sessions, keep=tmp_path / "kept", **told)
    assert len(runs) == 3
    assert content(resumed) == content(whole)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)


def test_the_fingerprint_tells_data_grids_and_settings_apart(study):
    scores = gather(study.sessions, scale="total", items=study.responses).scores
    grid = FEW.specifications()
    settings = [
        (scores, grid, 1, 0.9),
        (scores, grid, 2, 0.9),
        (scores, grid, 1, 0.8),
        (scores, grid[1:], 1, 0.9),
        (scores, grid[::-1], 1, 0.9),
        (replace(scores, total=scores.total + 0.5), grid, 1, 0.9),
        (replace(scores, parts=None), grid, 1, 0.9),
        (replace(scores, sizes=(5, 7)), grid, 1, 0.9),
        (replace(scores, sessions=scores.sessions + 1), grid, 1, 0.9),
    ]
    assert len({fingerprint(*told) for told in settings}) == len(settings)
    assert fingerprint(*settings[0]) == fingerprint(*copy.deepcopy(settings[0]))


def test_kept_blocks_serve_the_same_question_only(study, runs, tmp_path):
    told = {"choices": Choices(), "surrogates": 20, "rng": 1, "keep": tmp_path}
    plain = multiverse(study.sessions, **told)
    assert len(runs) == 2
    multiverse(study.sessions, **told | {"rng": 2})
    assert len(runs) == 4
    more = multiverse(study.sessions, **told | {"surrogates": 30})
    assert len(runs) == 5
    assert np.array_equal(more.surrogates.estimate[:20], plain.surrogates.estimate)
    for path in tmp_path.iterdir():
        assert path.name.startswith("surrogates-")
        path.write_bytes(b"PK damaged")
    again = multiverse(study.sessions, **told)
    assert content(again) == content(plain)


def test_a_generator_is_a_seed(study, whole):
    one, other = (
        multiverse(study.sessions, choices=Choices(), surrogates=19, rng=seed)
        for seed in (int(np.random.default_rng(5).integers(2**62)), np.random.default_rng(5))
    )
    assert content(one) == content(other)
    assert one.surrogates.estimate[0, 0] != whole.surrogates.estimate[0, 0]
