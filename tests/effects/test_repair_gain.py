"""The answer: what it says, laws, refusals, the same bytes from a seed, what studies without a gain show."""

import copy
import pickle

import matplotlib
import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance import AllianceError
from alliance.effects import repair_gain
from alliance.simulate import simulate, worlds

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def strong():
    return simulate(worlds()["R0d"].but(gain=1.0), clients=60, seed=5)


@pytest.fixture(scope="module")
def quiet():
    return simulate(worlds()["R0d"], clients=40, seed=5)


@pytest.fixture(scope="module")
def few(quiet):
    """The first sessions of its clients, for what asks only how numbers compare."""
    return quiet.sessions[quiet.sessions["session"] <= 7]


@pytest.fixture(scope="module")
def plain(quiet):
    return repair_gain(quiet.sessions, draws=0)


@pytest.fixture(scope="module")
def plain_few(few):
    return repair_gain(few, draws=0)


@pytest.fixture(scope="module")
def answer(strong):
    return repair_gain(strong.sessions, draws=2, seed=2, workers=1)


def test_two_cases_of_a_client_are_two_courses(few):
    """The picture of a rupture shows sessions of its own course, not those of the client's other."""
    later = few["session"] > 4
    cases = few.assign(case=later.map({False: "1", True: "2"}), session=few["session"] - 4 * later)
    clients = cases.assign(client=cases["client"] + cases["case"]).drop(columns="case")
    found, alone = repair_gain(cases, draws=0), repair_gain(clients, draws=0)
    pd.testing.assert_frame_equal(found.around, alone.around)
    assert list(found.sessions.columns[:3]) == ["client", "case", "session"]


def test_nobody_to_compare_at_the_end_is_said_in_place_of_a_number():
    rng = np.random.default_rng(3)
    sessions = pd.DataFrame(
        {
            "client": np.repeat([f"c{i}" for i in range(12)], 3),
            "session": np.tile([1, 2, 3], 12),
            "rater": "client",
            "total": rng.normal(5, 0.5, 36),
        }
    )
    found = repair_gain(sessions, draws=0)
    assert np.isnan(found.observed["difference"].iloc[0]) and "cannot be compared" in found.notes()


def numbers(found) -> np.ndarray:
    return found.frame.select_dtypes("number").to_numpy(float)


def test_a_gain_that_was_put_in_is_found(strong, answer):
    assert answer.answered and answer.stronger
    gain = strong.world.gain * strong.world.score_points_per_sd
    assert answer.headline["low"] < gain < answer.headline["high"] * 1.15
    assert answer.frame["rung"].is_unique and len(answer.frame) == 3


def test_no_gain_is_not_claimed(plain):
    assert not plain.stronger
    assert plain.headline["low"] < 0 < plain.headline["high"]
    assert plain.studies.empty and "was not simulated" in plain.text()


def test_the_text_is_short_and_says_what_the_study_is_worth(answer):
    assert len(answer.text().split()) <= 120
    assert answer.studies["gain_sd"].tolist() == [0.0, 0.3]
    assert answer.studies["studies"].eq(2).all()
    assert "2 studies like this one" in answer.text()
    assert "selection, length and noise" in answer.notes()
    assert "likelihood-ratio" in answer.methods()


def test_counts_add_up(strong, answer):
    counts = answer.counts
    assert counts["used"] + counts["without a score"] == counts["rows"]
    assert len(answer.sessions) == counts["used"]
    fitted = counts["clients fitted"] + counts["clients without two scores that differ"]
    assert fitted == strong.sessions["client"].nunique()


def test_probabilities_are_probabilities(answer):
    known = answer.sessions.dropna(subset="rupture")
    assert known["rupture"].between(0, 1 + 1e-9).all()
    assert (known["repairs"] >= -1e-9).all()
    first = known.groupby("client")["repairs"].first()
    assert first.abs().max() < 1e-9


def test_order_of_rows_and_names_change_nothing(few, plain_few):
    other = repair_gain(few.sample(frac=1, random_state=1), draws=0)
    assert numbers(other) == pytest.approx(numbers(plain_few), rel=1e-6, abs=1e-9)


def test_a_mirrored_scale_says_the_same(few, plain_few):
    turned = few.assign(total=8 - few["total"])
    mirrored = repair_gain(turned, draws=0, higher_is_better=False)
    assert numbers(mirrored) == pytest.approx(numbers(plain_few), rel=1e-4, abs=1e-6)


def test_a_client_who_always_says_the_same_changes_nothing(few):
    plain = repair_gain(few, draws=0, scores="raw")
    constant = few[few["client"] == few["client"].iloc[0]]
    mean = few["total"].mean()
    more = pd.concat([few, constant.assign(client="constant", total=mean)])
    other = repair_gain(more, draws=0, scores="raw")
    assert other.headline["z"] == pytest.approx(plain.headline["z"], abs=0.02)
    counts = "clients without two scores that differ"
    assert other.counts[counts] == plain.counts[counts] + 1


def test_a_moderator_and_arms(few):
    clients = sorted(few["client"].unique())
    age = {client: number % 31 for number, client in enumerate(clients)}
    arm = {client: "AB"[number % 2] for number, client in enumerate(clients)}
    table = few.assign(age=few["client"].map(age), arm=few["client"].map(arm))
    found = repair_gain(table, draws=0, moderator="age", by="arm", covariates=["age"])
    assert found.moderators["moderator"].unique().tolist() == ["gain by age", "gain by arm B"]
    assert found.moderators["p"].between(0, 1).all()
    missing = table.assign(age=table["age"].where(table["client"] != clients[0]))
    missing["site"] = missing["client"].map({c: n % 4 for n, c in enumerate(clients)})
    fewer = repair_gain(missing, draws=0, moderator="age", cluster="site")
    assert fewer.counts["clients without a covariate"] == 1
    assert fewer.counts["clusters"] == 4 and "clusters" not in found.counts


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scores": "ranks"}, "scores"),
        ({"draws": -1}, "draws"),
        ({"confidence": 2}, "confidence"),
        ({"moderator": "agee"}, "no column 'agee'"),
        ({"moderator": "session"}, "one value for each client"),
        ({"rater": "observer"}, "no rater 'observer'"),
        ({"scale": "bondd"}, "no scale 'bondd'"),
    ],
)
def test_what_cannot_be_asked_is_refused(quiet, settings, message):
    with pytest.raises(AllianceError, match=message):
        repair_gain(quiet.sessions, **{"draws": 0, **settings})


def test_too_few_clients_and_intake_sessions_are_refused(quiet):
    with pytest.raises(AllianceError, match="the course model needs 10"):
        repair_gain(quiet.sessions[quiet.sessions["client"] < "c005"], draws=0)
    with pytest.raises(AllianceError, match="sessions count from 1"):
        repair_gain(quiet.sessions.assign(session=quiet.sessions["session"] - 1), draws=0)


def test_clients_of_one_therapist_all_are_no_clusters(quiet):
    with pytest.raises(AllianceError, match="have the same therapist"):
        repair_gain(quiet.sessions.assign(therapist="A"), draws=0, cluster="therapist")


def test_the_picture_is_the_answer(answer):
    axes = answer.plot()
    assert "sessions from the onset" in axes.get_xlabel()
    assert f"{answer.headline['estimate_sd']:+.2f}" in axes.get_title(loc="left")


def test_it_is_shown_copied_and_pickled_without_computing(answer):
    for again in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert again.text() == answer.text()
        assert again._repr_html_() == answer._repr_html_()
    assert repr(answer).count("\n") == 0


def test_sensitivity_holds_the_rungs(few):
    few = few[few["client"] < "c014"]
    found = al.sensitivity(few, workers=1)
    assert len(found.frame) == 32 and np.isnan(found.joint_p)
    assert found.frame["estimate"].is_monotonic_increasing
    straight = repair_gain(few, draws=0).frame.set_index("rung").loc["straight growth"]
    same = found.frame.query("growth == 'straight' and edges == 'onward' and not drift")
    same = same.query("ruptures == 2 and min_sessions == 2")["estimate"].item()
    assert same == pytest.approx(straight["estimate_sd"], abs=1e-3)
    assert "32 specifications" in found.plot().get_title(loc="left")
