"""Rules beside each other on one data set."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from alliance import rules, simulate
from alliance.compare import compare_rules
from alliance.errors import AllianceError
from alliance.model import chance_baseline
from alliance.ruptures import find_ruptures

CHEAP = [name for name in rules.presets() if name != "change-point"]


def table(*courses):
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "client": f"c{n}",
                    "session": range(1, len(scores) + 1),
                    "rater": "client",
                    "total": scores,
                }
            )
            for n, scores in enumerate(courses)
        ],
        ignore_index=True,
    ).astype({"total": float})


@pytest.fixture(scope="module")
def study():
    return simulate.simulate(simulate.worlds()["R0w"], clients=40, seed=2)


@pytest.fixture(scope="module")
def compared(study):
    return compare_rules(study.sessions, CHEAP, draws=9, seed=1)


def test_each_row_is_what_find_ruptures_says(study, compared):
    frame = compared.frame.set_index("rule")
    assert frame.index.tolist() == CHEAP
    for name in ("own-mean", "strauss-like", "running-high"):
        row = find_ruptures(study.sessions, name).summary().iloc[0]
        for column in ("judged", "prevalence", "ruptures", "repaired", "open", "repair_rate"):
            assert frame.loc[name, column] == row[column]
        assert frame.loc[name, "provenance"] == rules.load(name).provenance


def test_chance_is_that_of_chance_level(study, compared):
    used = compared.frame.loc[compared.frame["reason"] == "", "rule"].tolist()
    found = [find_ruptures(study.sessions, rule) for rule in used]
    level = chance_baseline(found, draws=9, seed=1)
    one = level.frame.set_index(["rule", "quantity", "null"])
    frame = compared.frame.set_index("rule")
    for name in ("own-mean", "gumz-like-2"):
        for null in ("shuffled", "simulated"):
            row = one.loc[(name, "clients with a rupture", null)]
            assert frame.loc[name, f"prevalence_{null}"] == row["expected"]
            assert frame.loc[name, f"prevalence_{null}_low"] == row["low"]
            row = one.loc[(name, "episodes repaired", null)]
            assert frame.loc[name, f"repair_rate_{null}_p"] == row["p"]


def test_rules_that_cannot_be_used_are_listed_with_the_reason(compared):
    aside = compared.frame[compared.frame["reason"] != ""].set_index("rule")
    assert aside.index.tolist() == ["srs-level", "srs-drop"]
    assert "Session Rating Scale (0 to 40); these are wai-sr" in aside.loc["srs-level", "reason"]
    assert aside["judged"].eq(0).all()
    assert aside["prevalence"].isna().all()
    assert "srs-level could not be used: made for totals" in compared.notes()
    assert "srs-level" not in compared.sessions.kappa.index


def test_reasons_without_an_instrument_and_for_short_courses():
    short = table([5, 5, 3, 5], [4, 5, 6, 4])
    frame = compare_rules(short, ["own-mean", "v-episode", "srs-drop"], chance=False).frame
    reason = frame.set_index("rule")["reason"]
    assert reason["v-episode"] == ""
    assert reason["own-mean"] == "no client could be judged: 4 rated sessions, the rule needs 6"
    assert "no score exceeds 10" in reason["srs-drop"]
    sums = table([35, 35, 30, 36, 30]).assign(metric="sum", instrument="srs")
    frame = compare_rules(sums, ["v-episode", "srs-level"], chance=False).frame
    assert frame["reason"].tolist() == [
        "made for item means from 1 to 7; these scores are sums",
        "",
    ]


def test_agreement_by_hand():
    # "fall" flags session 3 of c0 and 4 of c1; "deep" only session 3 of c0; c2 is quiet.
    sessions = table([6, 6, 3, 6, 6], [6, 6, 6, 4.5, 6], [5, 5, 5, 5, 5])
    compared = compare_rules(
        sessions, {"fall": rules.v_episode(), "deep": rules.v_episode(drop=2)}, chance=False
    )
    by_session, by_client = compared.sessions, compared.clients
    # First sessions are not judged: 12 sessions, 1 flagged by both, 1 by "fall" only.
    assert by_session.judged.loc["fall", "deep"] == 12
    assert by_session.jaccard.loc["fall", "deep"] == 0.5
    expected = (2 * 1 + 10 * 11) / 144
    assert by_session.kappa.loc["fall", "deep"] == pytest.approx(
        (11 / 12 - expected) / (1 - expected)
    )
    # Clients: yes-yes, yes-no, no-no. kappa = (2/3 - 4/9) / (5/9)
    assert by_client.kappa.loc["fall", "deep"] == pytest.approx(0.4)
    assert by_client.kappa.loc["deep", "deep"] == 1


def test_quiet_rules_have_no_kappa():
    compared = compare_rules(table([5.0] * 8, [4.0] * 8), ["v-episode", "own-mean"], chance=False)
    assert compared.sessions.kappa.isna().all(axis=None)
    assert compared.clients.jaccard.isna().all(axis=None)
    assert "kappa" not in compared.text()


def test_result_speaks_draws_and_travels(compared):
    text = compared.text()
    assert "the share of clients with a rupture ran from" in text
    assert "kappa) ran from" in text
    assert "simulated without any rupture" in text
    summary = compared.summary()
    assert summary.columns[:5].tolist() == [
        "rule", "judged", "prevalence", "prevalence_shuffled", "prevalence_simulated",
    ]  # fmt: skip
    assert "<table" in compared._repr_html_()
    for twin in (copy.deepcopy(compared), pickle.loads(pickle.dumps(compared))):
        pd.testing.assert_frame_equal(twin.frame, compared.frame)
    import matplotlib.pyplot as plt

    for by in ("sessions", "clients"):
        ax = compared.plot(by=by)
        assert len(ax.get_xticks()) == len(CHEAP) - 2
        plt.close(ax.figure)
    with pytest.raises(AllianceError, match="sessions, clients"):
        compared.plot(by="items")


def test_row_order_and_names_change_nothing(study):
    names = {name: f"x{name}" for name in study.sessions["client"].unique()}
    changed = study.sessions.sample(frac=1, random_state=1)
    changed = changed.assign(client=changed["client"].map(names))
    one, other = (
        compare_rules(part, ["own-mean", "xmr"], draws=3) for part in (study.sessions, changed)
    )
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.sessions.kappa, other.sessions.kappa)


def test_mistakes_are_named(study):
    with pytest.raises(AllianceError, match="no scale 'bnd'"):
        compare_rules(study.sessions, ["own-mean"], scale="bnd")
    with pytest.raises(AllianceError, match="needs a name of its own"):
        compare_rules(study.sessions, [rules.own_mean(), rules.own_mean(threshold=3)])
    two = pd.concat([study.sessions, study.sessions.assign(rater="therapist")])
    with pytest.raises(AllianceError, match="several raters"):
        compare_rules(two, ["own-mean"])
    with pytest.raises(AllianceError, match="no rater 'observer'"):
        compare_rules(two, ["own-mean"], rater="observer")
    part = compare_rules(two, ["own-mean"], rater="therapist", chance=False).frame
    assert part["judged"].item() == np.count_nonzero(study.sessions.groupby("client").size() >= 6)
