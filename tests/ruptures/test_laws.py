"""What must not matter: row order, names, a constant, the direction, a quiet client, the future."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.rules import RepairRule, Rule, RuptureRule, own_mean, presets, sudden_loss
from alliance.rules.made_for import MadeFor
from alliance.ruptures import find_ruptures

from .conftest import fall_rule, sessions_of

# Rules free to judge short courses and any scores, so that the laws are tried on something.
RULES = {
    name: replace(rule, minimum_sessions=min(rule.minimum_sessions, 4), made_for=MadeFor())
    for name, rule in presets().items()
    if name != "change-point"
}
RULES["sudden-loss"] = replace(sudden_loss(1), minimum_sessions=4)
RULES["srs-level"] = replace(
    RULES["srs-level"], rupture=replace(RULES["srs-level"].rupture, level=4.0)
)
RULES["own-mean-left-out"] = replace(own_mean(leave_out=True), minimum_sessions=4)
for _reference, _unit in [
    ("own robust line", "own residual sd"),
    ("running high", "pooled sd"),
    ("own mean", "sd of all scores"),
    ("last sessions", "mean of own sds"),
    ("previous session", "own sd of differences"),
]:
    RULES[f"{_reference}, {_unit}"] = Rule(
        name="mixed",
        rupture=RuptureRule(
            reference=_reference,
            unit=_unit,
            threshold=0.8,
            span=3 if "last" in _reference else None,
        ),
        repair=RepairRule(target="rise", amount=1, unit=_unit, window=3),
    )
NOT_POOLING = [name for name, rule in RULES.items() if not rule.pools]
FREE_OF_ZERO = [name for name in RULES if name not in ("srs-level", "sudden-loss")]

course = st.dictionaries(
    st.integers(1, 14), st.integers(4, 28).map(lambda quarter: quarter / 4), max_size=14
)
tables = st.lists(course, min_size=1, max_size=4).map(
    lambda courses: sessions_of({f"c{number}": scores for number, scores in enumerate(courses)})
)
SOME = settings(max_examples=15, deadline=None)
FEW = settings(max_examples=5, deadline=None)


def both(found):
    return found.frame, found.flags, found.clients


def assert_same(one, other, **more):
    for left, right in zip(both(one), both(other), strict=True):
        pd.testing.assert_frame_equal(left, right, **more)


@SOME
@given(
    name=st.sampled_from(sorted(RULES)),
    table=tables,
    seed=st.integers(0, 99),
    prospective=st.booleans(),
)
def test_row_order_does_not_matter(name, table, seed, prospective):
    shuffled = table.sample(frac=1, random_state=seed)
    found = find_ruptures(table, RULES[name], prospective=prospective)
    assert_same(found, find_ruptures(shuffled, RULES[name], prospective=prospective))


@SOME
@given(name=st.sampled_from(sorted(RULES)), table=tables)
def test_names_do_not_matter(name, table):
    renamed = table.assign(client="x" + table["client"])
    one, other = find_ruptures(table, RULES[name]), find_ruptures(renamed, RULES[name])
    for left, right in zip(both(one), both(other), strict=True):
        pd.testing.assert_frame_equal(left.assign(client="x" + left["client"]), right)


@SOME
@given(
    name=st.sampled_from(FREE_OF_ZERO),
    table=tables,
    constant=st.integers(-40, 40),
    prospective=st.booleans(),
)
def test_a_constant_does_not_matter(name, table, constant, prospective):
    moved = table.assign(total=table["total"] + constant)
    one, other = (find_ruptures(t, RULES[name], prospective=prospective) for t in (table, moved))
    for column in ("flagged", "state", "reference_session"):
        pd.testing.assert_series_equal(one.flags[column], other.flags[column])
    back = other.frame.assign(
        **{level: other.frame[level] - constant for level in ("before", "lowest", "after")}
    )
    pd.testing.assert_frame_equal(one.frame, back, atol=1e-9)


@SOME
@given(name=st.sampled_from(sorted(RULES)), table=tables, prospective=st.booleans())
def test_the_mirrored_scale_gives_the_mirrored_answer(name, table, prospective):
    rule = RULES[name]
    mirrored = rule
    if name == "srs-level":
        mirrored = replace(rule, rupture=replace(rule.rupture, level=-rule.rupture.level))
    one = find_ruptures(table, rule, prospective=prospective)
    other = find_ruptures(
        table.assign(total=-table["total"]),
        mirrored,
        higher_is_better=False,
        prospective=prospective,
    )
    levels = ["before", "lowest", "after"]
    pd.testing.assert_frame_equal(one.frame, other.frame.assign(**-other.frame[levels]))
    levels = ["score", "reference", "limit"]
    pd.testing.assert_frame_equal(one.flags, other.flags.assign(**-other.flags[levels]))


@SOME
@given(name=st.sampled_from(NOT_POOLING), table=tables, prospective=st.booleans())
def test_a_quiet_client_changes_nothing(name, table, prospective):
    quiet = sessions_of({"quiet": [5.0] * 9})
    one = find_ruptures(table, RULES[name], prospective=prospective)
    other = find_ruptures(pd.concat([table, quiet]), RULES[name], prospective=prospective)
    for left, right in zip(both(one), both(other), strict=True):
        pd.testing.assert_frame_equal(left, right[right["client"] != "quiet"])
    assert "quiet" not in set(other.frame["client"])


@pytest.mark.parametrize("name", RULES)
@FEW
@given(table=tables.map(lambda table: table[table["session"] <= 9]).filter(len))
def test_on_the_day_is_what_the_record_cut_off_that_day_says(name, table):
    rule = RULES[name]
    found = find_ruptures(table, rule, prospective=True).flags
    records = [
        table[table["session"] <= day].assign(client=f"{day:02d}" + table["client"])
        for day in table["session"].unique()
    ]
    # Of rules that ask nothing of other clients, the records of all days are searched at once.
    records = records if rule.pools else [pd.concat(records)]
    cut = pd.concat([found[:0], *(find_ruptures(record, rule).flags for record in records)])
    cut = cut[cut["client"].str[:2].astype(int) == cut["session"]]
    cut = cut.assign(client=cut["client"].str[2:])
    found, cut = (
        flags.sort_values(["client", "session"], ignore_index=True) for flags in (found, cut)
    )
    pd.testing.assert_series_equal(found["flagged"], cut["flagged"])
    columns = ["reference", "limit", "unit"]
    np.testing.assert_allclose(found[columns], cut[columns], atol=1e-9)


@SOME
@given(name=st.sampled_from(sorted(RULES)), table=tables, later=course)
def test_the_future_cannot_change_what_was_said_on_the_day(name, table, later):
    more = sessions_of({"c0": {number + 20: score for number, score in later.items()}})
    one = find_ruptures(table, RULES[name], prospective=True)
    other = find_ruptures(pd.concat([table, more]), RULES[name], prospective=True)
    then = other.flags[other.flags["session"] <= 20].reset_index(drop=True)
    pd.testing.assert_frame_equal(one.flags.drop(columns="state"), then.drop(columns="state"))


@SOME
@given(name=st.sampled_from(sorted(RULES)), table=tables, prospective=st.booleans())
def test_a_session_without_a_score_is_a_gap(name, table, prospective):
    empty = sessions_of({"c0": {number: np.nan for number in range(20, 24)}})
    one = find_ruptures(table, RULES[name], prospective=prospective)
    other = find_ruptures(pd.concat([table, empty]), RULES[name], prospective=prospective)
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.flags, other.flags)
    assert other.courses.counts["rows"] == one.courses.counts["rows"] + 4
    assert len(other.courses.scores) == len(one.courses.scores)


@SOME
@given(
    name=st.sampled_from(sorted(RULES)),
    table=tables,
    prospective=st.booleans(),
    overlapping=st.booleans(),
)
def test_episodes_hang_together(name, table, prospective, overlapping):
    found = find_ruptures(table, RULES[name], prospective=prospective, overlapping=overlapping)
    frame, flags = found.frame, found.flags
    assert (frame["onset"] <= frame["low"]).all() and (frame["low"] <= frame["end"]).all()
    assert (frame["recovery"] >= 0).all()
    assert (frame["duration"] == frame["end"] - frame["onset"]).all()
    if not overlapping:
        before = frame.groupby("client")["end"].shift()
        assert (frame["onset"] > before.fillna(0)).all()
    else:
        assert len(frame) == flags["flagged"].fillna(False).sum()
    onsets = frame.merge(flags, left_on=["client", "onset"], right_on=["client", "session"])
    assert onsets["flagged"].all() and (onsets["state"] == "onset").all()
    assert len(onsets) == len(frame)
    window = RULES[name].repair.window
    assert (frame["end"] - frame["onset"] <= window).all()
    assert found.clients[["repaired", "unrepaired", "open"]].to_numpy().sum() == len(frame)
    judged = flags.groupby("client")["flagged"].count()
    assert judged.sum() == found.clients["judged_sessions"].sum()


@SOME
@given(table=tables, gap=st.integers(1, 4))
def test_a_longer_gap_judges_more_sessions(table, gap):
    short = find_ruptures(table, fall_rule(), max_gap=gap).flags["flagged"]
    long = find_ruptures(table, fall_rule(), max_gap=gap + 1).flags["flagged"]
    assert (long.notna() | short.isna()).all()
    assert (short[short.notna()] == long[short.notna()]).all()
