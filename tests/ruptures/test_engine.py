"""The engine on arrays: any layout gives the same, wrong arrays are refused, speed is kept."""

import numpy as np
import pytest

from alliance.errors import AllianceError
from alliance.rules import gumz_like, own_mean, presets, v_episode
from alliance.ruptures import Series, scan
from alliance.ruptures.series import layouts


def random_series(rng, count=300, longest=25) -> Series:
    lengths = rng.integers(0, longest, count)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    sessions = [np.sort(rng.choice(30, n, replace=False)) for n in lengths]
    return Series(
        scores=rng.integers(4, 28, offsets[-1]) / 4,
        sessions=np.concatenate(sessions),
        offsets=offsets,
        pool=rng.integers(0, 3, count),
    )


def parts(found):
    names = ("series", "onset", "low", "end", "before", "unit", "outcome", "judged")
    return [getattr(found, name) for name in names]


@pytest.mark.parametrize("name", [name for name in presets() if name != "change-point"])
def test_small_groups_and_threads_change_nothing(name, monkeypatch):
    from alliance.ruptures import engine

    series = random_series(np.random.default_rng(3))
    whole = scan(series, presets()[name], workers=1)
    monkeypatch.setattr(engine, "layouts", lambda series: layouts(series, cells=64))
    for left, right in zip(
        parts(whole), parts(scan(series, presets()[name], workers=3)), strict=True
    ):
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_series_can_be_dealt_out():
    rng = np.random.default_rng(4)
    series, rule = random_series(rng), gumz_like(1)
    whole = scan(series, rule).counts()
    for pool in range(3):  # what is pooled is only what shares a pool
        mine = np.flatnonzero(series.pool == pool)
        rows = [slice(series.offsets[i], series.offsets[i + 1]) for i in mine]
        alone = Series(
            scores=np.concatenate([series.scores[row] for row in rows]),
            sessions=np.concatenate([series.sessions[row] for row in rows]),
            offsets=np.concatenate([[0], np.cumsum(series.lengths[mine])]),
        )
        np.testing.assert_array_equal(scan(alone, rule).counts(), whole[mine])


def test_groups_hold_each_series_once_and_stay_small():
    series = random_series(np.random.default_rng(5))
    groups = list(layouts(series, cells=100))
    assert sorted(np.concatenate(groups)) == np.flatnonzero(series.lengths).tolist()
    for group in groups:
        assert len(set(series.lengths[group])) == 1
        assert len(group) == 1 or series.lengths[group].sum() <= 100


def test_no_series():
    found = scan(Series(scores=[], sessions=[], offsets=[0]), own_mean(), each_session=True)
    assert found.counts().shape == (0, 3)
    assert len(found.onset) == len(found.sessions.flagged) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": [0, 3]}, "offsets must rise"),
        ({"offsets": [0, 3, 2, 4]}, "offsets must rise"),
        ({"sessions": [1, 2, 3]}, "one value for each row"),
        ({"sessions": [1, 2, 2, 1]}, "must rise within each series"),
        ({"scores": [1, np.nan, 2, 3]}, "must not be missing"),
    ],
)
def test_wrong_arrays_are_refused(change, message):
    arrays = {"scores": [6, 4, 6, 5], "sessions": [1, 2, 3, 1], "offsets": [0, 3, 4]}
    assert len(scan(Series(**arrays), v_episode()).onset) == 1
    with pytest.raises(AllianceError, match=message):
        Series(**(arrays | change))


def test_many_shuffles_are_one_call():
    rng = np.random.default_rng(6)
    clients, sessions, shuffles = 200, 20, 20
    scores = rng.standard_normal((shuffles, clients, sessions))
    series = Series(
        scores=scores.ravel(),
        sessions=np.tile(np.arange(sessions), clients * shuffles),
        offsets=np.arange(clients * shuffles + 1) * sessions,
        pool=np.repeat(np.arange(shuffles), clients),
    )
    together = scan(series, gumz_like(2)).counts().reshape(shuffles, clients, 3)
    one = Series(
        scores=scores[7].ravel(),
        sessions=series.sessions[: clients * sessions],
        offsets=series.offsets[: clients + 1],
    )
    np.testing.assert_array_equal(scan(one, gumz_like(2)).counts(), together[7])
