"""The result: counts, sentences, explanations, and what is refused."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError, DataError
from alliance.rules import cusum, own_mean, own_past, presets, srs_level, v_episode, xmr
from alliance.ruptures import find_ruptures
from alliance.tables import EPISODES, tidy

from .conftest import fall_rule, sessions_of


@pytest.fixture
def found(worked):
    return find_ruptures(worked, own_mean())


def test_summary_counts(found):
    counts = found.summary().iloc[0]
    # A, D and E have one rupture each; F has 5 sessions and is not judged
    assert counts[["clients", "judged", "not_judged", "sessions"]].tolist() == [6, 5, 1, 57]
    assert counts[["judged_sessions", "flagged", "with_rupture"]].tolist() == [52, 3, 3]
    assert counts[["ruptures", "repaired", "unrepaired", "open"]].tolist() == [3, 3, 0, 0]
    assert counts["prevalence"] == pytest.approx(3 / 5)
    assert counts["repair_rate"] == 1


def test_text(found):
    assert found.text().startswith(
        "In the total scores rated by the client, 3 ruptures were found in 3 of 5 clients judged "
        "(60%): 3 repaired, 0 unrepaired and 0 open. 1 client could not be judged."
    )
    assert own_mean().text() in found.methods()
    assert len(found.text().split()) <= 120
    assert repr(found) == "<Ruptures: 3 ruptures in 3 of 5 clients judged, by the rule own-mean>"


def test_showing_a_result_computes_nothing(found, monkeypatch):
    from alliance.ruptures import engine
    from alliance.ruptures import found as result

    def refuse(*arguments, **settings):
        raise RuntimeError("searched again")

    for module in (engine, result):
        monkeypatch.setattr(module, "scan", refuse)
    shown = (found.text(), found.methods(), found.notes(), repr(found), found._repr_html_())
    assert all(shown) and len(found.summary()) == len(found.to_table().rows) == 1


def test_without_a_name_the_deepest_rupture_is_explained_and_drawn(found, worked):
    import matplotlib.pyplot as plt

    # The worked series A falls from 5.46 to 4.2, D by a tenth, E by about a point and a half from its mean.
    deepest = found.frame.sort_values("depth").iloc[-1]
    assert found.why().startswith(f"Client {deepest['client']}, session {deepest['onset']}")
    assert found.why(client="D").startswith("Client D, session 5")
    assert found.plot().get_title(loc="left").startswith(f"Client {deepest['client']},")
    plt.close("all")


def test_without_a_rupture_the_first_rated_session_is_explained():
    short = find_ruptures(sessions_of({"a": [5.5, 5.6, 5.4]}), own_mean())
    assert short.why().startswith("Client a, session 1, total rated by client: not judged")
    assert find_ruptures(sessions_of({"a": [5.5]}).head(0), own_mean()).why() == (
        "There were no sessions to judge."
    )


def test_plot_draws_the_client(worked):
    import matplotlib.pyplot as plt

    found = find_ruptures(worked.rename(columns={"total": "bond"}), own_mean(), scale="bond")
    ax = found.plot(client="A")
    drawn = {tuple(point) for line in ax.get_lines() for point in line.get_xydata()}
    assert (4, 4.2) in drawn
    plt.close("all")


def test_html_shows_the_same_numbers(found):
    html = found._repr_html_()
    assert "<table" in html and "<td>60</td>" in html and "3 ruptures were found" in html


def test_frame_is_an_episodes_table(found):
    tidy(found.frame, EPISODES)
    assert list(found.frame)[: len(EPISODES.columns)] == list(EPISODES.columns)
    assert found.sessions.columns.tolist() == ["client", "session", "rater", "score"]


def test_can_be_copied_and_pickled(found):
    for other in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        pd.testing.assert_frame_equal(other.frame, found.frame)
        assert other.rule == found.rule


def test_the_table_that_came_in_is_left_alone(worked):
    before = worked.copy()
    find_ruptures(worked, own_mean())
    pd.testing.assert_frame_equal(worked, before)


def test_rules_by_name(worked, found):
    pd.testing.assert_frame_equal(find_ruptures(worked, "own mean").frame, found.frame)


@pytest.mark.parametrize(
    ("rule", "client", "session", "parts"),
    [
        (own_mean(), "A", 4, ["flagged", "score of 4.2", "1.26 below", "5.46", "2 x 0.4575 = 0.915", "limit was 4.545", "repaired at session 6"]),
        (own_mean(), "A", 5, ["not flagged", "0.06 below", "belongs to the rupture that began at session 4"]),
        (own_mean(), "A", 6, ["0.14 above", "repaired the rupture that began at session 4"]),
        (own_mean(), "F", 3, ["not judged", "5 rated sessions, the rule needs 6"]),
        (own_mean(), "A", 11, ["not rated", "neither a rupture nor"]),
        (fall_rule(), "E", 3, ["flagged", "1.2 below the score of the session before (session 2), 5.2", "at least 1 point."]),
        (fall_rule(), "A", 1, ["not judged", "first rated session"]),
        (fall_rule(minimum_drop=1.25), "A", 4, ["flagged", "at least 1.25 points"]),
        (cusum(), "A", 4, ["not flagged", "cumulative sum", "stood at 1.031", "more than 1.83"]),
        (own_past(), "A", 3, ["not judged", "too few rated sessions"]),
        (xmr(), "C", 8, ["flagged", "2.66 x"]),
    ],
)  # fmt: skip
def test_why(worked, rule, client, session, parts):
    why = find_ruptures(worked, rule).why(client, session)
    assert why.startswith(f"Client {client}, session {session}, total rated by client: ")
    for part in parts:
        assert part in why


def test_why_of_a_gap_and_of_the_day():
    table = sessions_of({"a": {1: 6, 4: 4, 5: 4}})
    assert "3 sessions away" in find_ruptures(table, fall_rule()).why("a", 4)
    early = find_ruptures(sessions_of({"a": [6, 5, 6, 5, 6, 5, 6]}), own_mean(), prospective=True)
    assert "Only 3 sessions were rated by then" in early.why("a", 3)
    assert "known on its day" in early.methods()


def test_why_in_the_other_direction():
    table = sessions_of({"a": [2, 4, 2]})
    why = find_ruptures(table, fall_rule(), higher_is_better=False).why("a", 2)
    assert "2 above the score of the session before" in why
    found = find_ruptures(table, fall_rule(), higher_is_better=False)
    assert "high scores are worse" in found.methods()


def test_why_asks_for_the_rater_and_the_client():
    both = pd.concat(
        [sessions_of({"ann": [6, 4]}), sessions_of({"ann": [6, 6]}, rater="therapist")]
    )
    with pytest.raises(AllianceError, match="several raters: client, therapist"):
        find_ruptures(both, fall_rule())
    found = find_ruptures(both, fall_rule(), rater="therapist")
    assert "not flagged" in found.why("ann", 2) and found.rater == "therapist"
    with pytest.raises(AllianceError, match="Did you mean 'ann'"):
        found.why("anne", 2)
    with pytest.raises(AllianceError, match="not by 'observer'"):
        found.why("ann", 2, "observer")


@pytest.mark.parametrize("name", presets())
def test_every_preset_explains_every_session(worked, name):
    if name == "change-point":
        pytest.importorskip("ruptures", reason="change points need the extra package ruptures")
    # Alerts on the Session Rating Scale are made for its totals.
    found = find_ruptures(
        worked.assign(total=5 * worked["total"]) if "srs" in name else worked, name
    )
    for row in found.flags.itertuples():
        why = found.why(row.client, row.session)
        kind = "not judged" if pd.isna(row.flagged) else "flagged" if row.flagged else "not flagged"
        assert f": {kind}. " in why


def test_empty_table():
    found = find_ruptures(sessions_of({}), "v-episode")
    assert found.frame.empty and found.flags.empty and found.clients.empty
    assert "no sessions" in found.text()
    assert found.summary()["clients"].tolist() == [0]


def test_client_without_scores_is_counted():
    table = sessions_of({"a": [6, 4], "b": [None, None], "c": {1: 6, 5: 5}})
    clients = find_ruptures(table, v_episode()).clients.set_index("client")
    assert clients["reason"].tolist() == [
        "",
        "no rated session",
        "no two rated sessions close enough to compare",
    ]
    assert clients["judged"].tolist() == [True, False, False]
    assert clients["first"].isna().tolist() == [False, True, False]


def test_refusals(worked):
    several = worked.assign(instrument=np.where(worked["client"] == "A", "wai-sr", "srs"))
    with pytest.raises(AllianceError, match="several instruments: srs, wai-sr"):
        find_ruptures(several, own_mean())
    assert set(find_ruptures(several, own_mean(), instrument="wai-sr").clients["client"]) == {"A"}
    with pytest.raises(AllianceError, match="Did you mean 'wai-sr'"):
        find_ruptures(several, own_mean(), instrument="wai-s")
    with pytest.raises(AllianceError, match="no column 'instrument'"):
        find_ruptures(worked, own_mean(), instrument="wai-sr")
    with pytest.raises(AllianceError, match="Did you mean 'total'"):
        find_ruptures(worked, own_mean(), scale="totl")
    with pytest.raises(AllianceError, match="Did you mean 'own-mean'"):
        find_ruptures(worked, "own-means")
    with pytest.raises(DataError, match="must name a row once"):
        find_ruptures(pd.concat([worked, worked]), own_mean())
    with pytest.raises(AllianceError, match="max_gap must be a whole number"):
        find_ruptures(worked, fall_rule(), max_gap=0)


def test_a_rule_is_refused_on_scores_it_is_not_made_for(worked):
    with pytest.raises(AllianceError, match="made for totals of the Session Rating Scale"):
        find_ruptures(worked, "srs-level")
    srs = worked.assign(total=7 * worked["total"], metric="sum")
    with pytest.raises(AllianceError, match="item means from 1 to 7; these scores are sums"):
        find_ruptures(srs, "v-episode")
    assert find_ruptures(srs, v_episode(drop=7, tolerance=2)).rule.name == "v-episode"
    with pytest.raises(AllianceError, match="these are ors"):
        find_ruptures(srs.assign(instrument="ors"), "srs-drop")
    with pytest.raises(AllianceError, match="these run from"):
        find_ruptures(srs.assign(total=3 * srs["total"]), "srs-level")


def test_direction_comes_from_the_catalogue(worked):
    symptoms = sessions_of({"a": [10, 30, 10]}).assign(instrument="bdi-ii", metric="sum")
    found = find_ruptures(symptoms, fall_rule())
    assert not found.higher_is_better and found.frame["onset"].tolist() == [2]


def test_level_alert_in_the_direction_of_the_scale():
    table = sessions_of({"a": [38, 36, 35.9, 37]})
    assert find_ruptures(table, srs_level()).flags["flagged"].tolist() == [
        False,
        False,
        True,
        False,
    ]
    at_most = find_ruptures(table, srs_level(inequality="at least")).flags["flagged"]
    assert at_most.tolist() == [False, True, True, False]
    above = find_ruptures(table, srs_level(), higher_is_better=False)
    assert above.flags["flagged"].tolist() == [True, False, False, True]
    assert above.flags["limit"].unique().tolist() == [36]


def test_a_plot_shows_the_whole_scale_of_the_questionnaire(worked):
    import matplotlib.pyplot as plt

    sessions = worked.assign(instrument="wai-36", metric="mean")
    ax = find_ruptures(sessions, own_mean()).plot(client="A")
    assert ax.get_ylabel() == "WAI-36 total, item mean 1–7"
    plt.close(ax.figure)


def test_scores_of_two_metrics_are_refused():
    table = sessions_of({"a": [5, 4, 5], "b": [20, 30, 10]}).assign(
        metric=["mean"] * 3 + ["sum"] * 3
    )
    with pytest.raises(AllianceError, match="mean.*sum"):
        find_ruptures(table, "own-mean")
    assert find_ruptures(table[:3], "own-mean").courses.metric == "mean"
    # A session without a score has no metric to speak of.
    table.loc[3:, "total"] = np.nan
    assert find_ruptures(table, "own-mean").courses.metric == "mean"
