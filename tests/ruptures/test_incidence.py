"""Aalen-Johansen against R's survival, against counts by hand, and against its own laws."""

import pickle
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import rules
from alliance.errors import AllianceError
from alliance.ruptures import find_ruptures
from alliance.ruptures.aalen_johansen import aalen_johansen
from alliance.ruptures.incidence import cumulative_incidence, interval

matplotlib.use("Agg")
WITNESS = Path(__file__).parent / "witness_survival"
CAUSES = ("repaired", "drop-out", "end of therapy")
# v-episode: a fall of a point; repaired within 3 sessions when back within .25 of the level before.
SCORES = {
    "a": [6, 4.5, 6, 6, 6],  # onset 2, repaired at 3
    "b": [6, 4.5, 4.5, 4.5, 4.5],  # onset 2, still low when the course ends at 5
    "c": [6, 6, 4.5, 4.6],  # onset 3, record ends at 4
    "d": [6, 6, 6, 4.5],  # onset 4, the last rated session
    "e": [6, 6, 6, 6],  # no rupture
    "f": [6, 4.5, 6, 4.5, 6, 6],  # repaired at 3; a second rupture
}
ENDED = {
    "a": "end of therapy", "b": "end of therapy", "c": "under observation", "d": "drop-out",
    "e": "end of therapy", "f": "end of therapy",
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    rows = [
        (client, session, "client", score)
        for client, scores in SCORES.items()
        for session, score in enumerate(scores, start=1)
    ]
    sessions = pd.DataFrame(rows, columns=["client", "session", "rater", "total"])
    return find_ruptures(sessions, rules.v_episode())


@pytest.fixture(scope="module")
def endings():
    return pd.DataFrame({"client": list(ENDED), "ended": list(ENDED.values())})


def witness():
    data = pd.read_csv(WITNESS / "ruptures.csv")
    return data["time"].to_numpy(), data["cause"].to_numpy()


def reference(cause):
    numbers = pd.read_csv(WITNESS / "reference.csv", comment="#")
    return numbers[numbers["cause"] == cause]


@pytest.mark.parametrize("place, cause", list(enumerate(CAUSES)))
def test_agrees_with_survfit(place, cause):
    # survival::survfit(Surv(time, state) ~ 1, conf.type = "log-log")
    ours, theirs = aalen_johansen(*witness(), 3), reference(cause)
    incidence, se = ours["incidence"][:, place], ours["standard_error"][:, place]
    np.testing.assert_array_equal(ours["at_risk"], theirs["at_risk"])
    np.testing.assert_allclose(incidence, theirs["incidence"], atol=1e-9)
    np.testing.assert_allclose(se, theirs["se"], atol=1e-9)
    for end, name in zip(interval(incidence, se, 0.95), ("low", "high"), strict=True):
        given_there = theirs[name].notna().to_numpy()
        np.testing.assert_allclose(end[given_there], theirs[name][given_there], atol=1e-8)
        assert given_there.sum() >= 11


def test_a_single_cause_is_kaplan_meier_with_greenwoods_variance():
    time, cause = witness()
    ours = aalen_johansen(time, (cause > 0).astype(int), 1)
    theirs = reference("any")
    np.testing.assert_allclose(ours["incidence"][:, 0], theirs["incidence"], atol=1e-9)
    # At the last time nobody is left, and R gives no standard error.
    np.testing.assert_allclose(ours["standard_error"][:-1, 0], theirs["se"][:-1], atol=1e-9)


def test_without_censoring_it_is_a_share_with_binomial_error():
    time, cause = np.array([1, 1, 2, 3, 3, 3, 5, 5]), np.array([1, 2, 1, 1, 2, 2, 1, 1])
    ours = aalen_johansen(time, cause, 2)
    share = np.array([((time <= t) & (cause == 1)).mean() for t in range(6)])
    np.testing.assert_allclose(ours["incidence"][:, 0], share, atol=1e-12)
    np.testing.assert_allclose(
        ours["standard_error"][:, 0], np.sqrt(share * (1 - share) / 8), atol=1e-12
    )


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=40), st.data()
)
def test_laws(people, data):
    time, cause = np.array(people).T
    ours = aalen_johansen(time, cause, 3)
    total = ours["incidence"].sum(axis=1)
    assert (np.diff(ours["incidence"], axis=0, prepend=0) >= -1e-12).all()
    assert (total <= 1 + 1e-12).all()
    any_end = aalen_johansen(time, (cause > 0).astype(int), 1)
    np.testing.assert_allclose(total, any_end["incidence"][:, 0], atol=1e-12)
    order = np.array(data.draw(st.permutations(range(len(time)))))
    shuffled = aalen_johansen(time[order], cause[order], 3)
    np.testing.assert_allclose(shuffled["standard_error"], ours["standard_error"], atol=1e-12)
    low, high = interval(ours["incidence"][:, 0], ours["standard_error"][:, 0], 0.95)
    assert (low <= ours["incidence"][:, 0] + 1e-12).all()
    assert (high >= ours["incidence"][:, 0] - 1e-12).all()


def test_courses_by_hand(found, endings):
    result = cumulative_incidence(found, endings)
    followed = result.courses.set_index("client")
    # b left after session 5, so session 6 is the first that did not take place: 6 - 2.
    assert followed["time"].to_dict() == {"a": 1, "b": 4, "c": 1, "d": 1, "f": 1}
    assert followed["cause"].to_dict() == {
        "a": "repaired", "b": "end of therapy", "c": "under observation", "d": "drop-out",
        "f": "repaired",
    }  # fmt: skip
    assert (result.ruptures, result.later) == (5, 1)
    # At 1: five at risk, two repaired, one dropped out, one censored. At 4: b alone is left.
    at_one = result.at(1).set_index("cause")["incidence"]
    assert at_one.to_dict() == pytest.approx(
        {"repaired": 0.4, "drop-out": 0.2, "end of therapy": 0}
    )
    assert result.at(4).set_index("cause")["incidence"]["end of therapy"] == pytest.approx(0.4)
    assert result.summary()["ruptures"].tolist() == [2, 1, 1]
    assert "5 first ruptures" in result.text()
    assert "1 was still under observation" in result.notes()


def test_attended_sessions_after_the_last_rated_one_count(found, endings):
    later = endings.assign(last=[np.nan, 8, 9, np.nan, np.nan, np.nan])
    followed = cumulative_incidence(found, later).courses.set_index("client")["time"]
    assert (followed["b"], followed["c"], followed["d"]) == (7, 6, 1)


def test_without_endings_leaving_is_one_cause(found):
    result = cumulative_incidence(found)
    assert result.causes == ("repaired", "left, reason unknown")
    assert "was not said" in result.text()
    assert result.courses["cause"].eq("left, reason unknown").sum() == 3


def test_taking_leaving_for_censoring_would_overstate_repair(found, endings):
    result = cumulative_incidence(found, endings)
    time = result.courses["time"].to_numpy()
    repaired = result.courses["cause"].eq("repaired").to_numpy(dtype=int)
    naive = aalen_johansen(time, repaired, 1)["incidence"][-1, 0]
    assert result.at(10)["incidence"].iloc[0] <= naive


def test_what_cannot_be_used_is_said(found, endings):
    def refused(table, words):
        with pytest.raises(AllianceError, match=words):
            cumulative_incidence(found, table)

    refused(endings.drop(columns="ended"), "lack the column ended")
    refused(endings.replace("drop-out", "dropout"), "Did you mean 'drop-out'")
    refused(endings[endings["client"] != "b"], "do not say how therapy ended for b")
    refused(pd.concat([endings, endings.tail(1)]), "more than once: f")
    refused(endings.assign(last=1), "before the last one rated: a, b")
    with pytest.raises(AllianceError, match="confidence must be a number"):
        cumulative_incidence(found, endings, confidence=95)
    with pytest.raises(AllianceError, match="negative"):
        aalen_johansen(np.array([-1]), np.array([1]), 1)


def test_no_rupture_at_all(found, endings):
    quiet = find_ruptures(
        found.sessions.rename(columns={"score": "total"}), rules.v_episode(drop=3)
    )
    result = cumulative_incidence(quiet, endings)
    assert result.ruptures == 0
    assert len(result.frame) == 0
    assert "no ruptures" in result.text()
    assert result.summary()["ruptures"].tolist() == [0, 0, 0]


def test_result_can_be_drawn_and_pickled(found, endings):
    import matplotlib.pyplot as plt

    result = cumulative_incidence(found, endings)
    ax = result.plot()
    assert [line.get_label() for line in ax.lines] == list(CAUSES)
    repaired = result.frame[result.frame["cause"] == "repaired"]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * repaired["incidence"])
    plt.close(ax.figure)
    again = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(again.frame, result.frame)
    assert "<table" in result._repr_html_()


def test_a_table_that_cannot_be_drawn_is_refused():
    from alliance.figures.incidence import incidence

    with pytest.raises(AllianceError, match="lacks low, high"):
        incidence(pd.DataFrame({"cause": ["a"], "time": [0], "incidence": [0.5]}))
    with pytest.raises(AllianceError, match="nothing to draw"):
        incidence(pd.DataFrame(columns=["cause", "time", "incidence", "low", "high"]))
