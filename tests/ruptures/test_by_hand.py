"""Every reference and unit against a plain-Python count with the standard library."""

import math
import statistics as st
from dataclasses import replace

import numpy as np
import pytest

from alliance.rules import Cusum, RepairRule, Rule, RuptureRule
from alliance.ruptures import find_ruptures

from .conftest import fall_rule, sessions_of

NAN = math.nan


def line_at(xs, ts, t):
    fit = st.linear_regression(ts, xs)
    return fit.intercept + fit.slope * t


def residual_sd(xs, ts):
    residuals = [x - line_at(xs, ts, t) for x, t in zip(xs, ts, strict=True)]
    return math.sqrt(sum(r * r for r in residuals) / (len(xs) - 2))


def robust_line(xs, ts):
    pairs = [(i, j) for i in range(len(xs)) for j in range(i)]
    slope = st.median([(xs[i] - xs[j]) / (ts[i] - ts[j]) for i, j in pairs])
    return st.median([x - slope * t for x, t in zip(xs, ts, strict=True)]), slope


def decline_start(xs, ts, k):
    start = k
    while start and ts[start] - ts[start - 1] == 1 and xs[start] <= xs[start - 1]:
        start -= 1
    return xs[start] if k and ts[k] - ts[k - 1] == 1 else NAN


def close_steps(xs, ts):
    return [b - a for a, b, s, t in zip(xs, xs[1:], ts, ts[1:], strict=False) if t - s == 1]


REFERENCES = {
    "previous session": lambda xs, ts, k: xs[k - 1] if k and ts[k] - ts[k - 1] == 1 else NAN,
    "start of decline": decline_start,
    "own mean": lambda xs, ts, k: st.fmean(xs),
    "own past": lambda xs, ts, k: st.fmean(xs[:k]) if k else NAN,
    "own other sessions": lambda xs, ts, k: st.fmean(xs[:k] + xs[k + 1 :]),
    "own line": lambda xs, ts, k: line_at(xs, ts, ts[k]),
    "own robust line": lambda xs, ts, k: sum(
        part * factor for part, factor in zip(robust_line(xs, ts), (1, ts[k]), strict=True)
    ),
    "running high": lambda xs, ts, k: max(xs[:k]) if k else NAN,
    "last sessions": lambda xs, ts, k: st.fmean(xs[k - 3 : k]) if k >= 3 else NAN,
    "own lower quartile": lambda xs, ts, k: st.quantiles(xs, n=4, method="inclusive")[0],
    "level": lambda xs, ts, k: 5.0,
}
OWN_UNITS = {
    "points": lambda xs, ts: 1.0,
    "own sd": lambda xs, ts: st.stdev(xs),
    "own residual sd": residual_sd,
    "own sd of differences": lambda xs, ts: st.stdev(close_steps(xs, ts)),
    "own moving range": lambda xs, ts: st.fmean(map(abs, close_steps(xs, ts))),
    "own iqr": lambda xs, ts: np.subtract(
        *np.array(st.quantiles(xs, n=4, method="inclusive"))[[2, 0]]
    ),
}
REPAIR = RepairRule(target="before", window=3)


@pytest.fixture(scope="module")
def courses():
    rng = np.random.default_rng(8)
    series = {}
    for client in range(40):
        numbers = np.flatnonzero(rng.random(14) < 0.85) + 1
        series[f"c{client}"] = {
            int(n): float(x)
            for n, x in zip(numbers, rng.integers(6, 28, len(numbers)) / 4, strict=True)
        }
    return series


def settings(reference):
    return (
        {"span": 3}
        if reference == "last sessions"
        else {"level": 5}
        if reference == "level"
        else {}
    )


def flags_of(courses, rupture, **more):
    rule = Rule(name="x", rupture=rupture, repair=REPAIR, **more)
    flags = find_ruptures(sessions_of(courses), rule).flags
    return {client: rows.reset_index(drop=True) for client, rows in flags.groupby("client")}


@pytest.mark.parametrize("reference", REFERENCES)
def test_references(courses, reference):
    rupture = RuptureRule(reference=reference, unit="points", threshold=1, **settings(reference))
    found = flags_of(courses, rupture)
    for client, course in courses.items():
        ts, xs = list(course), list(course.values())
        expected = [REFERENCES[reference](xs, ts, k) for k in range(len(xs))]
        np.testing.assert_allclose(found[client]["reference"], expected, atol=1e-12)
        flagged = [
            NAN if math.isnan(r) else float(r - x >= 1 - 1e-9)
            for r, x in zip(expected, xs, strict=True)
        ]
        np.testing.assert_array_equal(found[client]["flagged"].astype(float), flagged)


@pytest.mark.parametrize("unit", OWN_UNITS)
def test_own_units(courses, unit):
    found = flags_of(courses, RuptureRule(reference="own mean", unit=unit, threshold=1))
    for client, course in courses.items():
        expected = OWN_UNITS[unit](list(course.values()), list(course))
        np.testing.assert_allclose(found[client]["unit"].dropna(), expected, atol=1e-12)
        assert len(found[client]["unit"].dropna()) == len(course)


def test_units_of_the_reference_that_leaves_sessions_out(courses):
    past = flags_of(courses, RuptureRule(reference="own past", unit="own sd", threshold=1))
    others = flags_of(
        courses, RuptureRule(reference="own other sessions", unit="own sd", threshold=1)
    )
    for client, course in courses.items():
        xs = list(course.values())
        expected = [st.stdev(xs[:k]) if k > 1 else NAN for k in range(len(xs))]
        np.testing.assert_allclose(past[client]["unit"], expected, atol=1e-12)
        expected = [st.stdev(xs[:k] + xs[k + 1 :]) for k in range(len(xs))]
        np.testing.assert_allclose(others[client]["unit"], expected, atol=1e-12)


def test_spread_about_a_robust_line(courses):
    rupture = RuptureRule(reference="own robust line", unit="own residual sd", threshold=1)
    found = flags_of(courses, rupture)
    for client, course in courses.items():
        ts, xs = list(course), list(course.values())
        level, slope = robust_line(xs, ts)
        away = [abs(x - level - slope * t) for x, t in zip(xs, ts, strict=True)]
        np.testing.assert_allclose(found[client]["unit"], 1.4826 * st.median(away), atol=1e-12)


def test_robust_line_is_that_of_scipy(courses):
    from scipy.stats import theilslopes

    found = flags_of(courses, RuptureRule(reference="own robust line", unit="points", threshold=1))
    for client, course in courses.items():
        ts, xs = np.array(list(course)), np.array(list(course.values()))
        slope = theilslopes(xs, ts).slope
        expected = np.median(xs - slope * ts) + slope * ts
        np.testing.assert_allclose(found[client]["reference"], expected, atol=1e-12)


def pooled_by_hand(courses, unit):
    lists = [list(course.values()) for course in courses.values()]
    every = [x for xs in lists for x in xs]
    squares = sum((len(xs) - 1) * st.variance(xs) for xs in lists)
    return {
        "mean of own sds": st.fmean(map(st.stdev, lists)),
        "pooled sd": math.sqrt(squares / (len(every) - len(lists))),
        "sd of all scores": st.stdev(every),
        "reliable change": math.sqrt(2) * st.stdev(every) * math.sqrt(1 - 0.9),
    }[unit]


@pytest.mark.parametrize(
    "unit", ["mean of own sds", "pooled sd", "sd of all scores", "reliable change"]
)
def test_pooled_units(courses, unit):
    reliability = 0.9 if unit == "reliable change" else None
    rupture = RuptureRule(reference="own mean", unit=unit, threshold=1, reliability=reliability)
    expected = pooled_by_hand(courses, unit)
    for rows in flags_of(courses, rupture).values():
        np.testing.assert_allclose(rows["unit"], expected, atol=1e-12)


@pytest.mark.parametrize("unit", ["mean of own sds", "pooled sd", "sd of all scores"])
def test_pooled_units_so_far(courses, unit):
    rupture = RuptureRule(reference="own mean", unit=unit, threshold=1)
    rule = Rule(name="x", rupture=rupture, repair=REPAIR)
    flags = find_ruptures(sessions_of(courses), rule, prospective=True).flags
    for number in (3, 7, 14):
        so_far = {
            c: {t: x for t, x in course.items() if t <= number} for c, course in courses.items()
        }
        several = {
            c: course
            for c, course in so_far.items()
            if len(course) > 1 or unit == "sd of all scores"
        }
        rows = flags[flags["session"] == number]
        np.testing.assert_allclose(rows["unit"].dropna(), pooled_by_hand(several, unit), atol=1e-12)
        assert len(rows["unit"].dropna())


def test_larger_of_own_and_pooled(courses):
    unit = "larger of own and pooled sd"
    found = flags_of(courses, RuptureRule(reference="own mean", unit=unit, threshold=1))
    pooled = pooled_by_hand(courses, "pooled sd")
    for client, course in courses.items():
        expected = max(pooled, st.stdev(course.values()))
        np.testing.assert_allclose(found[client]["unit"], expected, atol=1e-12)


def test_reliable_change_anchor(courses):
    # SD 10.5, r .931: standard error of a difference 3.901, reliable change 7.645
    settings = {"unit": "reliable change", "reliability": 0.931, "sd": 10.5}
    found = flags_of(courses, RuptureRule(reference="own mean", threshold=1.96, **settings))
    unit = found["c0"]["unit"].iloc[0]
    assert unit == pytest.approx(3.901, abs=5e-4)
    assert 1.96 * unit == pytest.approx(7.645, abs=1e-3)


def test_cumulative_sum(courses):
    found = flags_of(courses, Cusum(decision=1.5))
    alarms = 0
    for client, course in courses.items():
        xs, total = list(course.values()), 0.0
        mean, sd = st.fmean(xs), st.stdev(xs)
        for x, flag in zip(xs, found[client]["flagged"], strict=True):
            total = max(0.0, total + mean - 0.5 * sd - x)
            assert bool(flag) == (total > 1.5 * sd + 1e-9)
            alarms += bool(flag)
    assert alarms > 20


def test_change_points_are_those_of_least_squares():
    from alliance.rules import ChangePoint

    # Two flat stretches: one change, from 6 to 4, at session 6; its cost is far below the penalty's.
    scores = [6.0, 6.1, 5.9, 6.0, 6.0, 4.0, 4.1, 3.9, 4.0, 4.0]
    rule = Rule(name="x", rupture=ChangePoint(), repair=REPAIR)
    found = find_ruptures(
        sessions_of({"a": scores, "b": [5.0, 5.3] * 5}), replace(rule, minimum_sessions=4)
    )
    assert found.frame[["client", "onset"]].to_numpy().tolist() == [["a", 6]]
    assert found.frame["before"].iloc[0] == pytest.approx(6.0)
    assert "stretch" in found.why("a", 6)
    assert found.why("a", 7).endswith("It belongs to the rupture that began at session 6.")


def search(course: dict, drop, tolerance, window, max_gap):
    """Fall and return, one session after the other; written without a look at the engine."""
    done, rupture, last = [], None, None
    for number, score in sorted(course.items()):
        if score is None:
            continue
        if rupture and number > rupture["onset"] + window:
            seen = rupture["end"] > rupture["onset"]
            done.append({**rupture, "outcome": "unrepaired" if seen else "open"})
            rupture = None
        if rupture:
            rupture["end"] = number
            if score < rupture["lowest"]:
                rupture["lowest"], rupture["low"] = score, number
            if score >= rupture["before"] - tolerance:
                done.append({**rupture, "outcome": "repaired"})
                rupture = None
        elif last and number - last[0] <= max_gap and last[1] - score >= drop:
            rupture = {
                "onset": number,
                "low": number,
                "end": number,
                "before": last[1],
                "lowest": score,
            }
        last = number, score
    if rupture:
        over = rupture["end"] == rupture["onset"] + window
        done.append({**rupture, "outcome": "unrepaired" if over else "open"})
    return done


@pytest.mark.parametrize("seed", range(12))
def test_fall_and_return_against_a_plain_search(seed):
    rng = np.random.default_rng(seed)
    window, max_gap = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    drop, tolerance = rng.integers(2, 7) / 4, rng.integers(0, 3) / 4
    courses = {}
    for client in range(60):
        numbers = np.flatnonzero(rng.random(int(rng.integers(1, 30))) < 0.8) + 1
        scores = 4 + rng.integers(-8, 9, len(numbers)) / 4  # quarters are exact in binary
        courses[f"c{client:03}"] = {
            int(n): None if rng.random() < 0.05 else float(x)
            for n, x in zip(numbers, scores, strict=True)
        }
    rule = fall_rule(drop, tolerance, window, max_gap)
    found = find_ruptures(sessions_of(courses), rule).frame
    columns = ["onset", "low", "end", "before", "lowest", "outcome"]
    count = 0
    for client, course in courses.items():
        expected = search(course, drop, tolerance, window, max_gap)
        ours = found.loc[found["client"] == client, columns].to_dict("records")
        assert ours == [{name: episode[name] for name in columns} for episode in expected]
        count += len(expected)
    assert count > 50
