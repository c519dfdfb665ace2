"""The scan: laws, episodes, calibration on known truth, and what is not judged."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance import simulate
from alliance.errors import AllianceError
from alliance.model import find_pulses
from alliance.model.episodes import episodes, runs
from alliance.tables import EPISODES

LAW = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KEY = ["client", "rater", "session"]


def with_truth(frame, study):
    truth = study.truth.loc[study.truth["rated"], [*KEY, "in_rupture", "episode"]]
    return frame.merge(truth, on=KEY, how="left", validate="1:1")


def average_precision(score, truth):
    """Area under precision against recall, sessions in falling order of the score."""
    hits = truth[np.argsort(-score, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return (precision * hits).sum() / hits.sum()


# Laws, with the parameters frozen


@LAW
@given(seed=st.integers(0, 10_000))
def test_shuffled_rows_change_nothing(study, model, found, seed):
    mixed = study.sessions.sample(frac=1, random_state=seed)
    again = find_pulses(mixed, model)
    pd.testing.assert_frame_equal(again.frame, found.frame)
    pd.testing.assert_frame_equal(again.episodes, found.episodes)


@LAW
@given(seed=st.integers(0, 10_000))
def test_new_names_change_nothing(study, model, found, seed):
    names = study.sessions["client"].unique()
    drawn = np.random.default_rng(seed).permutation(len(names))
    new = dict(zip(names, [f"x{number:04d}" for number in drawn], strict=True))
    renamed = study.sessions.assign(client=study.sessions["client"].map(new))
    again = find_pulses(renamed, model).frame
    back = again.assign(client=again["client"].map({v: k for k, v in new.items()}).astype("str"))
    back = back.sort_values(KEY, ignore_index=True)
    pd.testing.assert_frame_equal(back, found.frame)


def test_a_quiet_client_changes_nothing_for_others(study, model, found):
    quiet = pd.DataFrame({"client": "quiet", "session": range(1, 41), "rater": "client"})
    quiet = quiet.assign(total=4.0, instrument="simulated")
    more = pd.concat([study.sessions, quiet], ignore_index=True)
    again = find_pulses(more, model).frame
    others = again[again["client"] != "quiet"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, found.frame)


# Laws that hold for the fit, too


def test_a_constant_and_a_factor_move_points_and_not_probabilities(study, found):
    moved = find_pulses(study.sessions.assign(total=10 * study.sessions["total"] + 3))
    fitted = find_pulses(study.sessions)
    assert moved.frame["probability"].to_numpy() == pytest.approx(
        fitted.frame["probability"].to_numpy(), abs=1e-4, nan_ok=True
    )
    assert moved.frame["expected"].to_numpy() == pytest.approx(
        10 * fitted.frame["expected"].to_numpy() + 3, abs=1e-2
    )
    pd.testing.assert_frame_equal(fitted.frame, found.frame)


def test_a_mirrored_scale_is_the_same_with_direction(study, found):
    turned = study.sessions.assign(total=8 - study.sessions["total"])
    mirrored = find_pulses(turned, higher_is_better=False)
    assert mirrored.frame["probability"].to_numpy() == pytest.approx(
        found.frame["probability"].to_numpy(), abs=1e-4, nan_ok=True
    )
    same = ["client", "onset", "low", "end", "duration", "outcome"]
    pd.testing.assert_frame_equal(mirrored.episodes[same], found.episodes[same])
    assert mirrored.episodes["depth"].to_numpy() == pytest.approx(
        found.episodes["depth"].to_numpy(), abs=1e-3
    )


def test_normal_scores_do_not_mind_a_bent_scale(study):
    plain = find_pulses(study.sessions, scores="normal").frame["probability"]
    bent = study.sessions.assign(total=np.exp(study.sessions["total"]))
    again = find_pulses(bent, scores="normal").frame["probability"]
    assert again.to_numpy() == pytest.approx(plain.to_numpy(), abs=1e-4, nan_ok=True)


# Prospective


@settings(LAW, max_examples=4)
@given(cut=st.integers(2, 30))
def test_prospective_is_the_scan_of_what_was_known(study, model, cut):
    """Cutting off the future changes nothing, and the last session agrees with hindsight."""
    known = study.sessions[study.sessions["session"] <= cut]
    whole = find_pulses(study.sessions, model, prospective=True).frame
    then = find_pulses(known, model, prospective=True).frame
    there = whole[whole["session"] <= cut]
    both = then.merge(there, on=KEY, suffixes=("", "_later"), how="left")
    assert both["probability"].to_numpy() == pytest.approx(
        both["probability_later"].to_numpy(), abs=1e-9, nan_ok=True
    )
    hindsight = find_pulses(known, model).frame.groupby("client").last()
    assert hindsight["probability"].to_numpy() == pytest.approx(
        then.groupby("client").last()["probability"].to_numpy(), abs=1e-9, nan_ok=True
    )


def test_prospective_episodes_are_ended_by_what_was_seen(study, model):
    found = find_pulses(study.sessions, model, prospective=True)
    assert found.frame["later_repaired"].isna().all()
    repaired = found.episodes[found.episodes["outcome"] == "repaired"]
    ended = repaired.merge(
        found.frame, left_on=["client", "rater", "end"], right_on=KEY, suffixes=("", "_at_end")
    )
    assert len(ended) == len(repaired) > 10
    assert (ended["probability_of_repair"] == 1 - ended["probability_at_end"]).all()
    still = found.episodes[found.episodes["outcome"] == "open"]
    assert still["probability_of_repair"].isna().all()
    assert "from the sessions up to it only" in found.methods()


# Episodes


def table(probabilities, scores, *, client="a"):
    return pd.DataFrame(
        {
            "client": client,
            "rater": "client",
            "session": np.arange(1, len(scores) + 1),
            "score": scores,
            "expected": 5.0,
            "probability": probabilities,
            "later_repaired": np.array(probabilities) / 2,
        }
    )


def test_episodes_by_hand():
    nan = np.nan
    frame = pd.concat(
        [
            table([nan, 0.1, 0.6, 0.9, 0.2, 0.7], [5, 5, 4, 3, 4.5, 4]),
            table([nan, 0.8, 0.5, 0.4], [5, 2, 4, 5], client="b"),
        ],
        ignore_index=True,
    ).astype({"client": "str", "rater": "str"})
    found = episodes(frame, threshold=0.5, scale="total", sign=1.0, unit=0.5, prospective=False)
    by_hand = pd.DataFrame(
        {
            "client": ["a", "a", "b"],
            "rater": ["client"] * 3,
            "scale": ["total"] * 3,
            "onset": [3, 6, 2],
            "low": [4, 6, 2],
            "end": [5, 6, 3],
            "before": [5.0, 5, 5],
            "lowest": [3.0, 4, 2],
            "after": [4.5, 4, 4],
            "depth": [2.0, 1, 3],
            "depth_in_units": [4.0, 2, 6],
            "duration": [2, 0, 1],
            "recovery": [1.5, 0, 2],
            "outcome": ["repaired", "open", "repaired"],
            "probability": [0.9, 0.7, 0.8],
            "probability_of_repair": [0.5, 0.5, 0.5],
        }
    )
    pd.testing.assert_frame_equal(found, by_hand)


def test_a_client_at_the_end_of_one_record_does_not_run_on_into_the_next():
    frame = pd.concat(
        [table([np.nan, 0.9], [5, 3]), table([np.nan, 0.9, 0.9], [5, 3, 3], client="b")],
        ignore_index=True,
    )
    first, last, highest = runs(frame, 0.5)
    assert (first.tolist(), last.tolist(), highest.tolist()) == ([1, 3], [1, 4], [0.9, 0.9])


def test_no_episodes_keep_their_columns(found):
    none = found.at(1.0)
    assert none.episodes.empty
    assert list(none.episodes.columns[:14]) == list(EPISODES.columns)
    assert (none.episodes.dtypes == found.episodes.dtypes).all()
    assert none.clients.loc[none.clients["judged"], "ruptures"].eq(0).all()
    assert none.expected_false == 0
    assert none.summary()["ruptures"].tolist() == [0]


def test_counts_agree(found):
    summary = found.summary().iloc[0]
    assert summary["ruptures"] == len(found.episodes)
    assert summary["repaired"] + summary["open"] == len(found.episodes)
    assert summary["with_rupture"] == found.episodes["client"].nunique()
    assert summary["sessions"] == len(found.frame)
    assert summary["expected_false"] == pytest.approx(found.expected_false)
    assert f"{len(found.episodes)} ruptures were found" in found.text()
    assert str(summary["ruptures"]) in found._repr_html_()
    assert found.at(0.3).summary()["ruptures"].iloc[0] > summary["ruptures"]


def test_fdr_is_the_largest_set_within_the_level(found):
    level = 0.2
    chosen = found.fdr(level)
    assert chosen.expected_false <= level * len(chosen.episodes)
    for step in range(1, 100, 3):
        other = found.at(step / 100)
        if len(other.episodes) and other.expected_false <= level * len(other.episodes):
            assert len(other.episodes) <= len(chosen.episodes)


def test_fdr_of_impossible_levels(found):
    assert found.fdr(1e-9).episodes.empty
    with pytest.raises(AllianceError, match="level must lie between 0 and 1"):
        found.fdr(0)


def test_results_survive_pickling(found):
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.episodes, found.episodes)
    assert again.text() == found.text()


# What it must show, on truth small enough to be quick


def test_probabilities_are_calibrated_and_find_more_than_the_running_high(study, found):
    frame = with_truth(found.frame, study)
    frame["fallen"] = frame.groupby("client")["score"].cummax() - frame["score"]
    # Later sessions of the same long episode tell nothing new.
    inside = frame["in_rupture"]
    frame = frame[~inside | (frame[inside].groupby(["client", "episode"]).cumcount() < 5)]
    truth = frame["in_rupture"].to_numpy()
    probability = frame["probability"].fillna(0).to_numpy()
    precision = average_precision(probability, truth)
    assert precision > 0.62
    assert precision > average_precision(frame["fallen"].to_numpy(), truth) + 0.02
    bins = np.digitize(probability, [0.05, 0.2, 0.5, 0.8])
    for which in range(5):
        here = bins == which
        # Sessions of one client go together: about twice the binomial error, times three.
        slack = 6 * np.sqrt(probability[here].mean() * 0.5 / here.sum()) + 0.01
        assert truth[here].mean() == pytest.approx(probability[here].mean(), abs=slack), which
    assert truth[bins == 4].mean() > 0.8
    assert truth[bins == 0].mean() < 0.04


@pytest.mark.parametrize(("world", "most"), [("N0", 0.02), ("N0h", 0.04), ("N0s", 0.05)])
def test_little_is_found_where_nothing_is(world, most):
    quiet = simulate.simulate(simulate.worlds()[world], clients=150, seed=3)
    assert len(find_pulses(quiet.sessions).episodes) <= most * 150


def test_probability_of_repair_tells_repaired_from_open(study, found):
    true = study.episodes[study.episodes["observed"]]
    pairs = found.episodes.merge(true, on="client", suffixes=("", "_true"))
    pairs = pairs[(pairs["onset"] <= pairs["end_true"]) & (pairs["onset_true"] <= pairs["low"])]
    ended = pairs["outcome_true"] == "repaired"
    assert ended.sum() > 10
    likely = pairs["probability_of_repair"]
    assert likely[ended].mean() > likely[~ended].mean() + 0.4


# What is not judged, and what is refused


def test_not_judged_with_the_reason(study, model):
    extra = pd.DataFrame(
        {
            "client": ["once", "never", *["endless"] * 151],
            "session": [1, 1, *range(1, 152)],
            "rater": "client",
            "instrument": "simulated",
            "total": [3.0, np.nan, *[3.5] * 151],
        }
    )
    found = find_pulses(pd.concat([study.sessions, extra], ignore_index=True), model)
    left_out = found.clients[~found.clients["judged"]].set_index("client")
    assert left_out.loc["once", "reason"] == "only 1 rated session, and 2 are needed"
    assert left_out.loc["never", "reason"] == "no rated session, and 2 are needed"
    assert left_out.loc["endless", "reason"].startswith("151 rated sessions, more than the 150")
    assert left_out[["any_rupture", "ruptures", "repaired", "open"]].isna().all(axis=None)
    assert not set(left_out.index) & set(found.frame["client"])
    assert (found.clients.loc[found.clients["judged"], "reason"] == "").all()
    first = found.frame.groupby("client").head(1)
    assert first["probability"].isna().all()
    assert found.why("once", 1) == "Not judged: only 1 rated session, and 2 are needed."


def test_two_cases_of_a_client_are_two_courses(study, model):
    """A second course of therapy, its sessions counted from 1 again."""
    rated = study.sessions
    again = rated[rated["client"].isin(rated["client"].unique()[:5])]
    both = pd.concat([rated.assign(case="1"), again.assign(case="2")], ignore_index=True)
    found, alone = find_pulses(both, model), find_pulses(rated, model)
    first = found.frame[found.frame["case"] == "1"].drop(columns="case")
    pd.testing.assert_frame_equal(first.reset_index(drop=True), alone.frame)
    counts = found.clients.set_index(["client", "case"])["ruptures"]
    assert len(counts) == len(alone.clients) + 5
    assert counts.xs("2", level="case").eq(counts.xs("1", level="case").iloc[:5]).all()
    assert list(found.episodes.columns[:3]) == ["client", "case", "rater"]
    people = found.clients["client"].nunique()
    said = f"Each case counts as a client of its own: {len(found.clients)} courses of {people} "
    assert found.text().startswith(said)
    # Session 2 of which case?
    with pytest.raises(AllianceError, match="has several cases"):
        found.why(again["client"].iloc[0], 2)
    once = alone.clients["client"].iloc[-1]
    assert found.why(once, 2) == alone.why(once, 2)


def test_why_gives_the_numbers(found):
    episode = found.episodes.iloc[0]
    said = found.why(episode["client"], episode["low"])
    assert said.startswith("A rupture: the score at session")
    assert f"{episode['lowest']:.2f} where {episode['before']:.2f}" in said
    lowest = found.frame.sort_values("probability").iloc[0]
    assert found.why(lowest["client"], lowest["session"]).startswith("No rupture")
    opening = found.frame.groupby("client").head(1).iloc[0]
    assert "first rated session" in found.why(opening["client"], opening["session"])
    assert "no score at session 99" in found.why(episode["client"], 99)
    with pytest.raises(AllianceError, match="is not in the scan"):
        found.why("nobody", 1)
    with pytest.raises(AllianceError, match="Only scores rated by 'client' are in the scan"):
        found.why(episode["client"], 1, "therapist")


def test_one_rater_is_judged_at_a_time(study, model):
    both = pd.concat([study.sessions, study.sessions.assign(rater="therapist")])
    with pytest.raises(AllianceError, match="several raters: client, therapist"):
        find_pulses(both, model)
    found = find_pulses(both, model, rater="client")
    assert found.summary()["rater"].tolist() == ["client"]
    with pytest.raises(AllianceError, match="not fitted for the rater 'therapist'"):
        find_pulses(both, model, rater="therapist")


def test_refused_options(study, model):
    for threshold in (0, 1.2):
        with pytest.raises(AllianceError, match="threshold must lie above 0"):
            find_pulses(study.sessions, model, threshold=threshold)
    with pytest.raises(AllianceError, match="reliability: the model given has this settled"):
        find_pulses(study.sessions, model, reliability=0.8)


def test_gaps_matter(study, model):
    """The same scores with therapy spread over time are judged differently."""
    spread = study.sessions.assign(session=study.sessions["session"] * 4)
    near = find_pulses(study.sessions, model).frame["probability"]
    far = find_pulses(spread, model).frame["probability"]
    assert (near - far).abs().max() > 0.1


def test_a_shift_of_parameters_is_seen(study, model, found):
    """The frozen model is used, not fitted anew."""
    rater = model.raters[0]
    rare = replace(rater, parameters=replace(rater.parameters, hazard=0.001))
    again = find_pulses(study.sessions, replace(model, raters=(rare,)))
    assert again.frame["probability"].sum() < found.frame["probability"].sum() / 3
