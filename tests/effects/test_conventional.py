"""The usual analyses against R, by hand, against laws, and beside their measured error."""

import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance import rules
from alliance.course import Courses
from alliance.effects import conventional_analyses, false_positive_rates, repairs_so_far
from alliance.effects.conventional import KINDS
from alliance.effects.conventional_courses import Therapies
from alliance.effects.conventional_rates import OWN_MEAN, STEP, criterion_of, measured_criteria
from alliance.errors import AllianceError
from alliance.ruptures import OUTCOMES, find_ruptures
from alliance.simulate import simulate, worlds

WITNESS = Path(__file__).parent / "witness_conventional"
NAMES = [kind.name for kind in KINDS]
CALIBRATION = Path(__file__).parents[2] / "calibration" / "conventional_analyses.py"
RULE = rules.running_high(unit="sd of all scores", threshold=1, window=3)


def courses_of(sessions, episodes, judged_from=2):
    sessions = sessions.sort_values(["client", "session"])
    client, names = pd.factorize(sessions["client"])
    rated = np.bincount(client)
    return Therapies(
        courses=Courses(
            scores=sessions["total"],
            sessions=sessions["session"],
            offsets=np.concatenate([[0], np.cumsum(rated)]),
        ),
        judged=rated >= judged_from,
        episode_client=pd.Index(names).get_indexer(episodes["client"]),
        onset=episodes["onset"].to_numpy(),
        end=episodes["end"].to_numpy(),
        outcome=np.array([OUTCOMES.index(name) for name in episodes["outcome"]]),
    )


@pytest.fixture(scope="module")
def witness():
    sessions = pd.read_csv(WITNESS / "sessions.csv")
    return courses_of(sessions, pd.read_csv(WITNESS / "episodes.csv"))


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["R0d"], clients=50, seed=3)


@pytest.fixture(scope="module")
def usual(study):
    return conventional_analyses(study.sessions, find_ruptures(study.sessions, RULE))


# The repeated-measures correlation has pingouin for a witness, below.
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "correlation" not in kind.name], ids=lambda kind: kind.name
)
def test_agrees_with_r(witness, kind):
    # t.test, sandwich::vcovHC, sandwich::vcovCL and lme4::lmer: witness_conventional/make_reference.R.
    theirs = (
        pd.read_csv(WITNESS / "reference.csv", comment="#").set_index("analysis").loc[kind.name]
    )
    ours = kind.run(witness, 8)
    assert ours.estimate == pytest.approx(theirs["estimate"], rel=1e-5)
    assert ours.standard_error == pytest.approx(theirs["se"], rel=1e-4)
    assert ours.df == pytest.approx(theirs["df"], rel=1e-6)


# Three clients a group. Last scores: repaired 6, 7, 8; uninterrupted 5, 5, 5; not repaired 3, 4, 5.
BY_HAND = {
    "r1": ([6, 4, 6, 6], [(2, 3, "repaired")]),
    "r2": ([7, 5, 7, 7], [(2, 3, "repaired")]),
    "r3": ([8, 6, 8, 8], [(2, 3, "repaired")]),
    "q1": ([5, 5], []),
    "q2": ([5, 5, 5], []),
    "q3": ([5, 5], []),
    "n1": ([6, 3], [(2, 2, "open")]),
    "n2": ([6, 4, 4], [(2, 3, "unrepaired")]),
    "n3": ([6, 5, 5], [(2, 3, "unrepaired")]),
    "m1": ([6, 4, 6, 2, 2], [(2, 3, "repaired"), (4, 5, "unrepaired")]),
    "x1": ([6], []),
}


@pytest.fixture(scope="module")
def by_hand():
    rows = [
        (client, session, float(score))
        for client, (scores, _) in BY_HAND.items()
        for session, score in enumerate(scores, start=1)
    ]
    episodes = [(client, *one) for client, (_, ones) in BY_HAND.items() for one in ones]
    return courses_of(
        pd.DataFrame(rows, columns=["client", "session", "total"]),
        pd.DataFrame(episodes, columns=["client", "onset", "end", "outcome"]),
    )


def test_groups_by_hand(by_hand):
    names = sorted(BY_HAND)
    members = {
        group: {names[i] for i in np.flatnonzero(getattr(by_hand, group))}
        for group in ("repaired", "not_repaired", "uninterrupted")
    }
    assert members == {
        "repaired": {"r1", "r2", "r3"},
        "not_repaired": {"n1", "n2", "n3"},
        "uninterrupted": {"q1", "q2", "q3"},
    }


def test_t_test_by_hand(by_hand):
    # 7 - 5 = 2; variances 1 and 0 over three clients: se = sqrt(1/3), df = (1/3)^2 / ((1/3)^2 / 2) = 2.
    made = {kind.name: kind.run(by_hand, 8) for kind in KINDS[:2]}
    first = made["last session: repaired v uninterrupted"]
    assert (first.estimate, first.standard_error, first.df) == pytest.approx((2, 3**-0.5, 2))
    # 7 - 4 = 3; se = sqrt(1/3 + 1/3), df = (2/3)^2 / (2 * (1/3)^2 / 2) = 4.
    second = made["last session: repaired v not repaired"]
    assert (second.estimate, second.standard_error, second.df) == pytest.approx(
        (3, (2 / 3) ** 0.5, 4)
    )


def test_repairs_so_far_by_hand(by_hand):
    names = sorted(BY_HAND)
    of_m1 = by_hand.repairs_before[by_hand.courses.owner == names.index("m1")]
    assert of_m1.tolist() == [0, 0, 0, 1, 1]
    of_n2 = by_hand.repairs_before[by_hand.courses.owner == names.index("n2")]
    assert of_n2.tolist() == [0, 0, 0]


def test_landmark_groups_by_hand(by_hand):
    names = sorted(BY_HAND)
    at_two, at_three = by_hand.repaired_by(2), by_hand.repaired_by(3)
    assert not at_two.any()
    assert {names[i] for i in np.flatnonzero(at_three)} == {"r1", "r2", "r3", "m1"}
    assert {names[i] for i in np.flatnonzero(by_hand.uninterrupted_by(1))} == set(names) - {"x1"}


def test_courses_with_too_few_clients_are_not_forced(by_hand):
    made = {kind.name: kind.run(by_hand, 8) for kind in KINDS}
    late = made["landmark given the first score"]
    assert np.isnan(late.estimate)
    assert late.reason == "only 0 clients are repaired; 3 are needed"
    assert np.isnan(late.p)


def test_mirrored_scales_and_shifts(study, usual):
    turned = study.sessions.assign(total=10 - study.sessions["total"])
    found = find_ruptures(turned, RULE, higher_is_better=False)
    again = conventional_analyses(turned, found)
    np.testing.assert_allclose(again.frame["estimate"], usual.frame["estimate"], atol=1e-5)
    np.testing.assert_allclose(again.frame["p"], usual.frame["p"], atol=1e-4)


def test_order_and_names_do_not_matter(study, usual):
    shuffled = study.sessions.sample(frac=1, random_state=1)
    shuffled = shuffled.assign(client="x" + shuffled["client"].str[::-1])
    again = conventional_analyses(shuffled, find_ruptures(shuffled, RULE))
    np.testing.assert_allclose(again.frame["estimate"], usual.frame["estimate"], atol=1e-5)
    np.testing.assert_allclose(
        again.frame["standard_error"], usual.frame["standard_error"], rtol=1e-4
    )


def test_a_gain_that_was_put_in_moves_every_analysis_up(study, usual):
    found = find_ruptures(study.sessions, RULE)
    names = [name for name in NAMES if "growth" not in name and "first score" not in name]
    mended = found.frame[found.frame["outcome"] == "repaired"]
    later = study.sessions.merge(mended[["client", "end"]], on="client")
    gains = later[later["session"] > later["end"]].groupby(["client", "session"]).size()
    keys = pd.MultiIndex.from_frame(study.sessions[["client", "session"]])
    raised = study.sessions.assign(
        total=study.sessions["total"] + gains.reindex(keys, fill_value=0).to_numpy()
    )
    again = conventional_analyses(raised, found, names=names)
    before = usual.frame.set_index("analysis")["estimate"]
    after = again.frame.set_index("analysis")["estimate"]
    assert (after > before[after.index] + 0.3).all()
    # Within clients one repair adds exactly one point.
    name = "repairs so far, fixed effects"
    assert after[name] == pytest.approx(before[name] + 1)


def test_each_carries_its_warning_and_its_measured_error(usual):
    assert usual.frame["analysis"].tolist() == NAMES
    assert len(usual.text().split()) <= 120
    for row, note in zip(usual.frame.itertuples(), usual.row_notes(), strict=True):
        rates = false_positive_rates(row.analysis)["rate"]
        assert (row.false_positive_lowest, row.false_positive_highest) == (rates.min(), rates.max())
        assert row.warning == note
        assert "\n" not in row.warning
    highest = usual.frame["false_positive_highest"].max()
    assert f"{100 * highest:.0f}%" in usual.text()


def test_rates_of_the_same_criterion_are_quoted_where_it_was_measured(study):
    rule, name = rules.own_mean(), "repairs so far, fixed effects"
    assert criterion_of(rule) == "own-mean"
    assert criterion_of(rules.own_mean(threshold=1.5)) is None
    rates = false_positive_rates(name)
    same = conventional_analyses(study.sessions, find_ruptures(study.sessions, rule), names=[name])
    assert same.criterion == "own-mean"
    measured = rates.loc[rates["detection"] == "own-mean", "rate"]
    assert same.frame["false_positive_lowest"][0] == measured.min()
    other = find_ruptures(study.sessions, rules.own_mean(threshold=1.5))
    one = conventional_analyses(study.sessions, other, names=[name])
    assert one.criterion == ""
    assert rates["detection"].nunique() == len(measured_criteria())
    assert one.frame["false_positive_lowest"][0] == rates["rate"].min()


def test_what_was_not_measured_is_said(monkeypatch, study):
    from alliance.effects import conventional as room

    monkeypatch.setattr(room, "false_positive_rates", lambda name: false_positive_rates("no such"))
    found = find_ruptures(study.sessions, RULE)
    one = conventional_analyses(study.sessions, found, names=NAMES[:1])
    assert one.frame["false_positive_lowest"].isna().all()
    assert "was not measured" in one.text()


def test_counts_add_up(study, usual):
    assert usual.rows == study.sessions["total"].notna().sum()
    assert usual.clients == study.sessions["client"].nunique()
    one = usual.groups["last session: repaired v uninterrupted"]
    other = usual.groups["last session: repaired v not repaired"]
    grouped = one["repaired"] + one["uninterrupted"] + other["not repaired"]
    assert grouped + usual.in_neither + usual.not_judged == usual.clients
    gaps = study.sessions.assign(total=study.sessions["total"].where(study.sessions.index % 9 > 0))
    fewer = conventional_analyses(gaps, find_ruptures(gaps, RULE), names=NAMES[:1])
    assert fewer.excluded == gaps["total"].isna().sum()


def test_another_outcome_than_the_one_ruptures_were_found_in(study):
    halves = study.halves
    found = find_ruptures(halves, RULE, scale="odd")
    split = conventional_analyses(halves, found, outcome="even", names=NAMES[:1])
    assert split.outcome == "even"
    whole = conventional_analyses(halves, found, names=NAMES[:1])
    assert split.frame["estimate"][0] != whole.frame["estimate"][0]
    assert split.groups == whole.groups


def test_results_read_and_pickle(usual):
    again = pickle.loads(pickle.dumps(usual))
    pd.testing.assert_frame_equal(again.frame, usual.frame)
    assert usual.summary().shape == (len(NAMES), 8)
    assert "<table" in usual._repr_html_()
    assert np.isclose(usual.frame["estimate_in_sd"][0] * usual.unit, usual.frame["estimate"][0])


def test_what_cannot_be_used_is_said(study):
    sessions = study.sessions
    found = find_ruptures(sessions, RULE)

    def refused(words, table=sessions, **settings):
        with pytest.raises(AllianceError, match=words):
            conventional_analyses(table, found, **settings)

    refused("Did you mean 'growth by group'", names=["growth by groups"])
    refused("no scale 'totl'", outcome="totl")
    refused("sessions count from 1", table=sessions.assign(session=sessions["session"] - 1))
    refused("No session", table=sessions.assign(total=np.nan))
    refused("confidence must", confidence=95)
    refused("landmark must", landmark=0)
    refused("no analysis to make", names=[])


@pytest.mark.filterwarnings("error")
def test_growth_of_an_outcome_without_time_or_spread_is_no_estimate(study):
    found, name = find_ruptures(study.sessions, "own-mean"), "growth by group"
    intake = study.sessions[study.sessions["session"] == 1]
    for table in (intake, study.sessions.assign(total=3.0)):
        made = conventional_analyses(table, found, names=[name]).frame.iloc[0]
        assert np.isnan(made["estimate"])
        assert made["reason"] == "no search found a place where the model is possible"


def test_the_calibration_covers_every_analysis_in_every_null_world():
    rates = false_positive_rates()
    nulls = [name for name in worlds() if name[0] in "NR"]
    assert len(nulls) == 13
    cells = rates.groupby("analysis")[["detection", "world"]].nunique()
    assert set(cells.index) == set(NAMES)
    assert (cells["world"] == 13).all()
    assert (cells["detection"] >= 2).all()
    assert (rates["replications"] >= 50).all()
    np.testing.assert_allclose(rates["rate"], rates["rejected"] / rates["replications"], atol=1e-4)


def test_the_page_of_the_naive_analyses_is_reproduced():
    # An independent simulation of 500 studies a cell, same criterion (a fall from the session before).
    rates = false_positive_rates()
    same = rates[rates["earlier_rate"].notna() & rates["detection"].str.contains("session before")]
    away = (same["rate"] - same["earlier_rate"]).groupby(same["analysis"]).mean().abs()
    assert away.max() < 0.09
    assert away["repairs so far, fixed effects"] < 0.03
    assert away["last session given the first and the length"] < 0.03
    # From the highest so far: not the same criterion, so only the mean over analyses is close.
    near = rates[rates["earlier_rate"].notna() & rates["detection"].str.contains("highest")]
    near = near[~near["world"].isin(["N0w", "N0s"])]
    assert abs((near["rate"] - near["earlier_rate"]).mean()) < 0.06
    # What it says: groups defined by the outcome are wrong everywhere, and the length helps.
    falls = rates[rates["detection"] != OWN_MEAN].groupby("analysis")["rate"]
    assert falls.min()["last session: repaired v not repaired"] > 0.25
    assert falls.max()["last session given the first and the length"] < 0.10
    assert falls.max()["repairs so far, fixed effects"] > 0.35


def test_criteria_that_look_at_the_whole_course_make_it_worse():
    rates = false_positive_rates().groupby(["analysis", "detection"])["rate"].mean().unstack()
    within = rates.loc["repairs so far, fixed effects"]
    assert within[OWN_MEAN] > 0.7 > 0.5 > within[STEP]


def test_the_calibration_script_repeats_itself_and_resumes(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("calibration_usual", CALIBRATION)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "CLIENTS", 90)
    assert script.answers("R0d", 0, 1) == script.answers("R0d", 0, 1)
    monkeypatch.setattr(script, "CLIENTS", 40)
    with_mixed = script.answers("R0d", 5, 1)
    assert len(with_mixed) == len(KINDS) * len(measured_criteria())
    part = pd.DataFrame(
        {"analysis": NAMES[:1], "detection": [STEP], "replications": [10], "rejected": [2],
         "true_gain": [0.0], "estimate": [0.1], "bias": [0.1], "coverage": [0.8]}
    )  # fmt: skip
    frame = script.table([part.assign(world="N0"), part.assign(world="R0d")])
    assert frame["rate"].tolist() == [0.2, 0.2]
    assert frame["earlier_rate"].tolist() == [0.10, 0.20]


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
def test_the_repeated_measures_correlation_is_that_of_pingouin(study):
    import pingouin

    found = find_ruptures(study.sessions, RULE)
    table = repairs_so_far(study.sessions, found)
    # Only the first clients: pingouin gives each client a column of its own.
    names = table["client"].unique()[:40]
    few = table[table["client"].isin(names)]
    witness = pingouin.rm_corr(few, x="repairs_so_far", y="total", subject="client").iloc[0]
    part = study.sessions[study.sessions["client"].isin(names)]
    one = conventional_analyses(
        part, found, names=["repairs so far, repeated-measures correlation"]
    ).frame.iloc[0]
    t = one.estimate / one.standard_error
    assert one.df == witness["dof"]
    assert t / np.sqrt(t**2 + one.df) == pytest.approx(witness["r"], abs=1e-8)
    assert one.p == pytest.approx(witness["pval"], rel=1e-6)


def test_repairs_so_far_count_only_sessions_after_the_recovery(study):
    found = find_ruptures(study.sessions, RULE)
    table = repairs_so_far(study.sessions, found)
    repaired = found.frame[found.frame["outcome"] == "repaired"]
    row = table[table["client"] == repaired["client"].iloc[0]]
    ends = repaired.loc[repaired["client"] == row["client"].iloc[0], "end"].to_numpy()
    expected = [(ends < session).sum() for session in row["session"]]
    assert row["repairs_so_far"].tolist() == expected
    assert max(expected) > 0
