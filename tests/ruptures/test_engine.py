"""The engine on arrays: any layout gives the same, wrong arrays are refused, speed is kept."""

import numpy as np
import pytest

from alliance.course import Batch, Courses, layouts
from alliance.errors import AllianceError
from alliance.rules import RepairRule, Rule, RuptureRule, gumz_like, own_mean, presets, v_episode
from alliance.ruptures import scan


def random_courses(rng, count=300, longest=25) -> Courses:
    lengths = rng.integers(0, longest, count)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    sessions = [np.sort(rng.choice(longest + 5, n, replace=False)) for n in lengths]
    return Courses(
        scores=rng.integers(4, 28, offsets[-1]) / 4,
        sessions=np.concatenate(sessions),
        offsets=offsets,
    )


def parts(found):
    names = ("course", "onset", "low", "end", "before", "unit", "outcome", "judged")
    return [getattr(found, name) for name in names]


@pytest.mark.parametrize("name", [name for name in presets() if name != "change-point"])
def test_small_groups_and_threads_change_nothing(name, monkeypatch):
    from alliance.ruptures import engine

    courses = random_courses(np.random.default_rng(3))
    whole = scan(courses, presets()[name], workers=1)
    monkeypatch.setattr(engine, "LARGE", 1)
    monkeypatch.setattr(engine, "_compiled", lambda *_: None)
    monkeypatch.setattr(engine, "layouts", lambda courses: layouts(courses, cells=64))
    for left, right in zip(
        parts(whole), parts(scan(courses, presets()[name], workers=3)), strict=True
    ):
        np.testing.assert_allclose(left, right, rtol=1e-12)


COMPILED = [
    own_mean(threshold=1.2),
    own_mean(threshold=1, minimum_drop=0.6, window=None),
    v_episode(),
    v_episode(drop=0.5, window=1, max_gap=3),
    presets()["srs-drop"],
    Rule(
        name="a point below the own mean, half of it regained",
        rupture=RuptureRule(reference="own mean", unit="points", threshold=1),
        repair=RepairRule(target="share", amount=0.5, window=2, inequality="more than"),
    ),
    Rule(
        name="an own deviation in a step, back above the limit",
        rupture=RuptureRule(reference="previous session", unit="own sd", threshold=1, ddof=0),
        repair=RepairRule(target="limit", window=3),
    ),
]


@pytest.mark.parametrize("rule", COMPILED, ids=lambda rule: rule.name)
@pytest.mark.parametrize("longest", [25, 300])  # the second has single courses of a length
def test_the_compiled_search_gives_the_same_bits(rule, longest, monkeypatch):
    from alliance.ruptures import engine

    courses = random_courses(np.random.default_rng(8), count=400, longest=longest)
    by_blocks = scan(courses, rule)
    monkeypatch.setattr(engine, "LARGE", 1)
    compiled = scan(courses, rule, workers=2)
    assert len(compiled.onset) > 50
    for left, right in zip(parts(by_blocks), parts(compiled), strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_a_rule_of_another_kind_is_searched_by_blocks(monkeypatch):
    from alliance.ruptures import engine

    courses = random_courses(np.random.default_rng(9))
    expected = scan(courses, gumz_like(1)).counts()
    monkeypatch.setattr(engine, "LARGE", 1)
    np.testing.assert_array_equal(scan(courses, gumz_like(1)).counts(), expected)


def test_the_last_digit_does_not_depend_on_who_stands_beside():
    scores = np.random.default_rng(11).normal(5, 1, 19)
    alone = Courses(scores=scores, sessions=np.arange(19), offsets=[0, 19])
    pair = Courses(
        scores=np.tile(scores, 2), sessions=np.tile(np.arange(19), 2), offsets=[0, 19, 38]
    )
    for name in ("own-mean", "stiles-like", "xmr"):
        one = scan(alone, presets()[name], each_session=True).sessions
        two = scan(pair, presets()[name], each_session=True).sessions
        for column in ("reference", "unit", "limit"):
            np.testing.assert_array_equal(getattr(one, column), getattr(two, column)[:19])


def test_series_can_be_dealt_out():
    rng = np.random.default_rng(4)
    courses, rule = random_courses(rng), gumz_like(1)
    pools = rng.integers(0, 3, courses.count)
    whole = scan(courses, rule, pool=pools).counts()
    for pool in range(3):  # what is pooled is only what shares a pool
        mine = np.flatnonzero(pools == pool)
        rows = [slice(courses.offsets[i], courses.offsets[i + 1]) for i in mine]
        alone = Courses(
            scores=np.concatenate([courses.scores[row] for row in rows]),
            sessions=np.concatenate([courses.sessions[row] for row in rows]),
            offsets=np.concatenate([[0], np.cumsum(courses.lengths[mine])]),
        )
        np.testing.assert_array_equal(scan(alone, rule).counts(), whole[mine])


def test_groups_hold_each_series_once_and_stay_small():
    courses = random_courses(np.random.default_rng(5))
    groups = list(layouts(courses, cells=100))
    assert sorted(np.concatenate(groups)) == np.flatnonzero(courses.lengths).tolist()
    for group in groups:
        assert courses.lengths[group].sum() < 100 + courses.lengths.max()
        for places, rows, block in Batch.of(courses, group).blocks:
            assert courses.lengths[group[places]].tolist() == [block.length] * block.width
            assert rows.stop - rows.start == block.scores.size


def test_no_series():
    found = scan(Courses(scores=[], sessions=[], offsets=[0]), own_mean(), each_session=True)
    assert found.counts().shape == (0, 3)
    assert len(found.onset) == len(found.sessions.flagged) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": [0, 3]}, "offsets must rise"),
        ({"offsets": [0, 3, 2, 4]}, "offsets must rise"),
        ({"sessions": [1, 2, 3]}, "one value for each row"),
        ({"sessions": [1, 2, 2, 1]}, "must rise within each course"),
        ({"scores": [1, np.nan, 2, 3]}, "must not be missing"),
    ],
)
def test_wrong_arrays_are_refused(change, message):
    arrays = {"scores": [6, 4, 6, 5], "sessions": [1, 2, 3, 1], "offsets": [0, 3, 4]}
    assert len(scan(Courses(**arrays), v_episode()).onset) == 1
    with pytest.raises(AllianceError, match=message):
        Courses(**(arrays | change))


def test_many_shuffles_are_one_call():
    rng = np.random.default_rng(6)
    clients, sessions, shuffles = 200, 20, 20
    scores = rng.standard_normal((shuffles, clients, sessions))
    courses = Courses(
        scores=scores.ravel(),
        sessions=np.tile(np.arange(sessions), clients * shuffles),
        offsets=np.arange(clients * shuffles + 1) * sessions,
    )
    pool = np.repeat(np.arange(shuffles), clients)
    together = scan(courses, gumz_like(2), pool=pool).counts().reshape(shuffles, clients, 3)
    one = Courses(
        scores=scores[7].ravel(),
        sessions=courses.sessions[: clients * sessions],
        offsets=courses.offsets[: clients + 1],
    )
    np.testing.assert_array_equal(scan(one, gumz_like(2)).counts(), together[7])
