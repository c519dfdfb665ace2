"""Chance levels: the couples' diary, worked counts, laws, and calibration on simulated data."""

import copy
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import rules, simulate
from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.model import chance_baseline
from alliance.model.chance import in_order, shuffled
from alliance.rules import RepairRule, Rule, RuptureRule
from alliance.ruptures import find_ruptures, scan

DIARY = Path(__file__).parents[2] / "data" / "couples_diary" / "diary.csv"
POOLED = Rule(
    name="pooled fall",
    rupture=RuptureRule(reference="previous session", unit="pooled sd", threshold=2),
    repair=RepairRule(target="before", amount=0.25, unit="pooled sd", window=3),
)


def table(*courses, rater="client"):
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "client": f"c{n}",
                    "session": range(1, len(scores) + 1),
                    "rater": rater,
                    "total": list(scores),
                }
            )
            for n, scores in enumerate(courses)
        ],
        ignore_index=True,
    )


def measure(
    sessions, rule, *, draws=199, nulls=("shuffled", "simulated"), seed=0, workers=None, **how
):
    several = [rule] if isinstance(rule, Rule | str) else rule
    found = [find_ruptures(sessions, each, **how) for each in several]
    return chance_baseline(found, draws=draws, nulls=nulls, seed=seed, workers=workers)


def noise(clients, sessions, seed, sd=1.0):
    return table(*np.random.default_rng(seed).normal(5, sd, (clients, sessions)).round(2))


def contentment():
    wide = pd.read_csv(DIARY)
    persons = [
        pd.DataFrame(
            {
                "client": wide["ID"].astype(str) + who,
                "session": wide["DIARYDAY"],
                "rater": "self",
                "total": wide[f"{who}_Con."],
            }
        )
        for who in "MW"
    ]
    return pd.concat(persons, ignore_index=True)


def fall_of_a_point(rounding):
    return Rule(
        name="next-day fall",
        rupture=RuptureRule(
            reference="previous session", unit="points", threshold=1, rounding=rounding
        ),
        repair=RepairRule(target="before", amount=0.25, window=3),
    )


def means(level, null):
    counts = level.counts[level.counts["null"] == null]
    return counts.drop(columns=["rule", "rater", "null", "draw"]).mean()


def test_couples_diary():
    # Recomputed from the released data with nothing rounded: 754 falls of a point or more from
    # day to day in 154 of 160 persons, 441 back within .25 in 3 days (58.5 %); shuffled about
    # 941 and 59.7 %.
    level = measure(
        contentment(), fall_of_a_point(0.0), overlapping=True, nulls=["shuffled"], draws=199, seed=1
    )
    observed, shuffled_days = means(level, "observed"), means(level, "shuffled")
    assert observed[["judged", "with_rupture", "ruptures", "repaired"]].tolist() == [
        160,
        154,
        754,
        441,
    ]
    assert shuffled_days["ruptures"] == pytest.approx(941, abs=4)
    assert shuffled_days["repaired"] / shuffled_days["ruptures"] == pytest.approx(0.597, abs=0.004)
    # So the diary holds fewer falls than chance, not more.
    assert level.frame.set_index("quantity").loc["episodes per client", "p"] == 1


def test_falls_of_exactly_a_point_count_in_the_diary():
    # Moods are means of three items with nine decimals: 1.333333333 - 0.333333333 falls short of
    # 1 in binary. Counting them gives 46 falls more.
    found = find_ruptures(contentment(), fall_of_a_point(1e-9), overlapping=True)
    assert len(found.frame) == 800


def test_worked_by_hand():
    # One client, scores 5 5 3: a fall of 2 points in two of the three orders (5 5 3 and 5 3 5);
    # repaired in the second only. All orders are equally likely.
    rule = replace(rules.v_episode(drop=2, window=1), minimum_sessions=2)
    level = measure(table([5, 5, 3]), rule, nulls=["shuffled"], draws=4_000)
    counts = means(level, "shuffled")
    assert counts["with_rupture"] == pytest.approx(2 / 3, abs=0.03)
    assert counts["repaired"] == pytest.approx(1 / 3, abs=0.03)
    assert counts["open"] == pytest.approx(1 / 3, abs=0.03)
    row = level.frame.set_index("quantity").loc["clients with a rupture"]
    assert row["observed"] == 1
    assert row["p"] == pytest.approx((1 + 4_000 * counts["with_rupture"]) / 4_001)
    # The observed fall is open, so there is no repair rate to compare.
    repair = level.frame.set_index("quantity").loc["episodes repaired"]
    assert repair["n"] == 0
    assert np.isnan(repair["observed"])
    assert np.isnan(repair["p"])


@pytest.mark.parametrize("prospective", [False, True])
@pytest.mark.parametrize("higher_is_better", [False, True])
def test_observed_is_what_the_same_search_finds_in_one_deal(prospective, higher_is_better):
    sessions = noise(40, 9, seed=1)
    for rule in (POOLED, rules.own_mean(), rules.srs_level(cut=5)):
        found = find_ruptures(
            sessions, rule, prospective=prospective, higher_is_better=higher_is_better
        )
        level = chance_baseline(found, draws=3, nulls=["shuffled"])
        flipped = sessions.assign(total=-sessions["total"])
        turned = find_ruptures(
            flipped,
            rule
            if rule.name != "srs-level"
            else replace(rule, rupture=replace(rule.rupture, level=-5)),
            prospective=prospective,
            higher_is_better=not higher_is_better,
        )
        mirrored = chance_baseline(turned, draws=3, nulls=["shuffled"])
        # Mirrored data with the mirrored rule meet the same shuffles only if the courses are
        # sorted alike, so only what was observed must agree, and how many were judged.
        both = [
            part.counts.loc[part.counts["null"] == "observed"].drop(columns="rule")
            for part in (level, mirrored)
        ]
        pd.testing.assert_frame_equal(both[0], both[1])
        assert level.counts["judged"].nunique() == 1


def test_each_deal_is_pooled_anew():
    series = Courses(scores=[1, 2, 3, 4, 6, 2], sessions=[1, 2, 3, 1, 2, 3], offsets=[0, 3, 6])
    both = np.stack([series.scores, 2 * series.scores])
    alone = [scan(series.with_scores(scores), POOLED) for scores in both]
    laid = series.take([0, 1, 0, 1]).with_scores(both.ravel())
    together = scan(laid, POOLED, pool=np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(together.unit, np.r_[alone[0].unit, alone[1].unit])
    assert alone[1].unit[0] == pytest.approx(2 * alone[0].unit[0])


courses = st.lists(
    st.lists(st.integers(10, 70).map(lambda n: n / 10), min_size=1, max_size=9),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20, deadline=None)
@given(courses, st.integers(0, 99))
def test_shuffling_keeps_each_clients_scores_and_sessions(scores, seed):
    series = Courses(
        scores=np.concatenate(scores),
        sessions=np.concatenate([2 * np.arange(len(own)) for own in scores]),
        offsets=np.r_[0, np.cumsum([len(own) for own in scores])],
    )
    by_length = series.take(in_order(series))
    assert (np.diff(by_length.lengths) >= 0).all()
    deal = by_length.with_scores(shuffled(by_length, [np.random.default_rng(seed)])[0])
    dealt = np.split(deal.scores, deal.offsets[1:-1])
    was = np.split(by_length.scores, by_length.offsets[1:-1])
    assert list(map(sorted, dealt)) == list(map(sorted, was))
    assert sorted(map(sorted, scores)) == sorted(map(sorted, was))


@settings(max_examples=6, deadline=None)
@given(courses, st.randoms(use_true_random=False), st.integers(-4, 4))
def test_names_row_order_and_a_constant_change_nothing(scores, random, constant):
    sessions = table(*scores)
    names = [f"c{n}" for n in range(len(scores))]
    new = dict(zip(names, random.sample([f"x{n}" for n in range(50)], len(names)), strict=True))
    changed = sessions.assign(
        client=sessions["client"].map(new), total=sessions["total"] + constant
    )
    changed = changed.sample(frac=1, random_state=random.randrange(1000))
    rule = [rules.v_episode(), rules.strauss_like()]
    one, other = (measure(part, rule, draws=9, nulls=["shuffled"]) for part in (sessions, changed))
    pd.testing.assert_frame_equal(one.counts, other.counts)


def test_a_constant_client_never_ruptures():
    level = measure(
        table([4] * 12), [rules.v_episode(), rules.own_mean(), POOLED], nulls=["shuffled"], draws=20
    )
    assert level.counts["ruptures"].eq(0).all()
    shares = level.frame[level.frame["quantity"] == "clients with a rupture"]
    assert shares[["observed", "expected", "p"]].to_numpy().tolist() == [[0, 0, 1]] * 3


def test_the_same_seed_gives_the_same_numbers_with_any_number_of_workers(monkeypatch):
    monkeypatch.setattr("alliance.model.chance.ROWS_AT_ONCE", 500)
    sessions = noise(20, 8, seed=2)
    one, three, other = (
        measure(sessions, [POOLED, "xmr"], draws=25, seed=seed, workers=workers).counts
        for seed, workers in ((5, 1), (5, 3), (6, 1))
    )
    pd.testing.assert_frame_equal(one, three)
    assert not one.equals(other)


def test_one_null_does_not_disturb_the_other():
    sessions = noise(15, 8, seed=2)
    both = measure(sessions, POOLED, draws=9)
    for null in ("shuffled", "simulated"):
        alone = measure(sessions, POOLED, draws=9, nulls=[null])
        part = both.frame[both.frame["null"] == null].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone.frame, part)


def test_in_exchangeable_noise_the_observed_lies_inside_in_95_of_100():
    # 40 studies of 25 clients and 10 sessions.
    rule = replace(POOLED, rupture=replace(POOLED.rupture, threshold=1.5))
    levels = [
        measure(noise(25, 10, seed), rule, draws=59, nulls=["shuffled"], seed=8 + seed, workers=1)
        for seed in range(40)
    ]
    frame = pd.concat([level.frame for level in levels])
    rows = frame[frame["quantity"] == "episodes per client"]
    inside = rows["observed"].between(rows["low"], rows["high"])
    assert len(rows) == 40
    assert 0.86 <= inside.mean() < 1
    assert rows["p"].le(0.1).mean() == pytest.approx(0.1, abs=0.1)
    assert rows["p"].mean() == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("world", ["N0", "N0s"])
def test_without_ruptures_the_simulated_null_expects_what_is_there(world):
    # Growth, carry-over and ceilings are in the data; shuffling, which undoes them, expects more.
    names = ["pooled fall", "own-mean", "running-high"]
    found, expected, shuffles = [], [], []
    for seed in range(2):
        sessions = simulate.simulate(simulate.worlds()[world], clients=200, seed=seed).sessions
        level = measure(
            sessions, [POOLED, "own-mean", rules.running_high(unit="pooled sd")], draws=9, seed=seed
        )
        episodes = level.counts.groupby(["null", "rule"])["ruptures"].mean()
        found.append(episodes["observed"].loc[names])
        expected.append(episodes["simulated"].loc[names])
        shuffles.append(episodes["shuffled"].loc[names])
    found, expected, shuffles = (np.sum(part, axis=0) for part in (found, expected, shuffles))
    np.testing.assert_allclose(expected, found, rtol=0.17)
    assert (shuffles[[0, 2]] > 1.15 * found[[0, 2]]).all()


def true_share(study, found):
    """Return the share of episodes found in which a true rupture lies."""
    both = found.frame.merge(
        study.episodes[["client", "onset", "end"]], on="client", how="left", suffixes=("", "_true")
    )
    inside = (both["onset"] <= both["end_true"]) & (both["end"] >= both["onset_true"])
    return inside.groupby([both["client"], both["onset"]]).any().mean()


@pytest.mark.parametrize("world", ["R0d", "always-recovering"])
def test_the_share_of_true_episodes_is_what_it_says(world):
    made = simulate.worlds()[world]
    said, true = [], []
    for seed in range(2):
        study = simulate.simulate(made, clients=200, seed=40 + seed)
        found = [find_ruptures(study.sessions, rule) for rule in ("own-mean", "v-episode", "xmr")]
        level = chance_baseline(found, draws=5, nulls=["simulated"], seed=seed)
        said.append(level.false_episodes["share_true"])
        true.append([true_share(study, each) for each in found])
    np.testing.assert_allclose(np.mean(said, axis=0), np.mean(true, axis=0), atol=0.12)


@pytest.mark.parametrize("change", [{}, {"tail": 0.7}, {"settling": 0.4}, {"walk_sd": 0.08}])
def test_in_pure_noise_of_other_kinds_the_noise_expects_what_is_found(change):
    world = simulate.worlds()["N0d"].but(**change)
    rule = [rules.own_mean(), rules.v_episode(), POOLED]
    seen = []
    for seed in range(2):
        sessions = simulate.simulate(world, clients=150, seed=60 + seed).sessions
        level = measure(sessions, rule, draws=19, nulls=["simulated"], seed=seed)
        seen.append(level.false_episodes)
    seen = pd.concat(seen)
    assert seen["verdict"].eq("more").sum() <= 1
    assert seen["share_true"].mean() < 0.35
    summed = seen.groupby("rule")[["episodes", "in_noise"]].sum()
    np.testing.assert_allclose(summed["in_noise"], summed["episodes"], rtol=0.25)


def test_constant_clients_are_counted_and_say_nothing_of_noise():
    sessions = noise(60, 10, seed=3)
    constant = sessions[sessions["client"] < "c3"].assign(
        client=lambda part: "k" + part["client"].str[1:], total=5.0
    )
    one, other = (
        measure(part, POOLED, draws=19, nulls=["simulated"])
        for part in (sessions, pd.concat([sessions, constant]))
    )
    assert other.constant == constant["client"].nunique() > 20 and one.constant == 0
    spreads = [
        np.hypot(each.parameters["carry_over_sd"], each.parameters["error_sd"])
        for each in (one, other)
    ]
    assert spreads[1] > 0.6 * spreads[0] > 0.5
    assert means(other, "simulated")["judged"] == 60 + other.constant


def test_shuffling_is_a_picture_where_it_can_differ():
    level = measure(noise(40, 12, seed=4), ["own-mean", "v-episode"], draws=19)
    drawn = level.shares[level.shares["null"] == "shuffled"]
    flags = drawn[drawn["quantity"] == "clients with a rupture"]
    assert flags["rule"].tolist() == ["v-episode"]
    assert not [name for name in level.summary() if name.startswith("shuffled")]


def test_deep_ruptures_that_are_repaired_stand_out():
    world = simulate.worlds()["R0d"].but(depth=(2.0, 3.5), repair_probability=1.0, durations=(1.0,))
    sessions = simulate.simulate(world, clients=100, seed=3).sessions
    level = measure(sessions, [rules.own_mean(), POOLED], draws=59, nulls=["simulated"])
    frame = level.frame.set_index(["rule", "quantity"])
    dips = frame.loc["own-mean", "clients with a rupture"]
    returns = frame.loc["pooled fall", "episodes repaired"]
    assert dips["observed"] > dips["high"] + 0.1
    assert returns["observed"] > returns["high"] + 0.1
    assert dips["p"] == returns["p"] == pytest.approx(1 / 60)
    assert (
        "more than noise gives"
        in chance_baseline(
            find_ruptures(sessions, "own-mean"), draws=39, nulls=["simulated"]
        ).text()
    )


def test_sessions_from_day_0_and_gaps_can_be_simulated():
    sessions = noise(20, 8, seed=5).assign(session=lambda part: 3 * (part["session"] - 1))
    level = measure(sessions, rules.running_high(), draws=5)
    assert level.counts.loc[level.counts["null"] == "simulated", "ruptures"].gt(0).all()
    level = measure(sessions, rules.v_episode(), draws=5)
    assert level.counts["judged"].eq(0).all()
    assert "No client could be judged" in level.text()


def test_result_speaks_draws_and_travels():
    level = measure(noise(30, 10, seed=6), [rules.own_mean(), POOLED], draws=19)
    assert list(level.frame.columns) == [
        "rule", "rater", "quantity", "n", "observed", "null", "expected", "low", "high", "p", "draws",
    ]  # fmt: skip
    assert (level.frame["low"] <= level.frame["expected"] + 1e-9).all()
    assert (level.frame["expected"] <= level.frame["high"] + 1e-9).all()
    assert level.summary().shape == (8, 9)
    assert "19 draws" in level.notes()
    assert level.text().startswith("Of 2 rules, ") and len(level.text().split()) <= 120
    assert "<table" in level._repr_html_()
    for twin in (copy.deepcopy(level), pickle.loads(pickle.dumps(level))):
        pd.testing.assert_frame_equal(twin.frame, level.frame)
    import matplotlib.pyplot as plt

    ax = level.plot()
    assert len(ax.get_yticks()) == 4
    plt.close(ax.figure)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"draws": 0}, "draws must be a whole number, 1 or more"),
        ({"nulls": ["shufled"]}, "Did you mean 'shuffled'"),
        ({"nulls": []}, "nulls must name one or more"),
        ({"nulls": "shuffled"}, "nulls must name one or more"),
        ({"rule": ["own-mean", "own-mean"]}, "Several rules are called own-mean"),
        ({"rule": []}, "There is no rule to measure"),
        ({"rule": "own-meen"}, "Did you mean 'own-mean'"),
        ({"scale": "bond"}, "no scale 'bond'"),
    ],
)
def test_mistakes_are_named(changes, says):
    with pytest.raises(AllianceError, match=says):
        measure(noise(3, 8, seed=0), **{"rule": "own-mean", **changes})


def test_rules_must_have_met_the_same_sessions():
    one = find_ruptures(noise(5, 8, seed=0), "own-mean")
    other = find_ruptures(noise(5, 8, seed=1), "xmr")
    with pytest.raises(AllianceError, match="not used on the same sessions"):
        chance_baseline([one, other])


def test_departures_are_those_of_the_recursion_written_out_in_numpy():
    from alliance.model.quiet_kernel import departures

    rng = np.random.default_rng(12)
    counts = np.array([40, 40, 31, 9, 1])
    rows, places = counts.sum(), np.split(np.arange(counts.sum()), np.cumsum(counts)[:-1])
    normal, persons = rng.standard_normal((3, rows)), rng.standard_normal((3, 40))
    step, kept, fresh, logs, settled = shares = rng.random((5, rows))
    own, noise = np.empty((2, rows))
    departures(normal, persons, counts, shares, (0.7, 0.4), own, noise)
    walk, state = np.zeros((2, 40))
    for here in places:
        n = len(here)
        walk = normal[2, here] * step[here] + walk[:n]
        state = normal[0, here] * fresh[here] + kept[here] * state[:n]
        level, growth, loud = persons[:, :n]
        np.testing.assert_array_equal(own[here], level + growth * logs[here] + walk)
        both = 0.7 * state + 0.4 * normal[1, here]
        np.testing.assert_array_equal(noise[here], loud * settled[here] * both)
