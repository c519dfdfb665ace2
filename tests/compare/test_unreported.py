"""Signs of ruptures nobody spoke of: by hand, and where there is none to find."""

import pandas as pd
import pytest

import alliance as al

ITEMS = [f"item_{number}" for number in range(1, 13)]


def responses(rows) -> pd.DataFrame:
    """Return WAI-SR forms from (client, session, answer to all items or list of answers)."""
    table = pd.DataFrame(
        [
            [client, session, *(answers if isinstance(answers, list) else [answers] * 12)]
            for client, session, answers in rows
        ],
        columns=["client", "session", *ITEMS],
    )
    return table.assign(rater="client", instrument="wai-sr")


# Client a falls at 4 and skips session 5; leaves an item blank at 6. Client b falls at 3.
# Client c answers 5 throughout but once, client d came once and left the form empty.
FORMS = responses(
    [
        *[("a", at, answer) for at, answer in [(1, 4), (2, 4), (3, 4), (4, 2)]],
        ("a", 6, [4] * 11 + [None]),
        *[("a", at, 4) for at in (7, 8, 9, 10)],
        *[("b", at, answer) for at, answer in enumerate([4, 4, 2, 4, 4, 4, 4, 4], start=1)],
        *[("c", at, answer) for at, answer in enumerate([5, 5, 5, 4, 5, 5, 5, 5], start=1)],
        ("d", 1, [None] * 12),
    ]
)
SESSIONS = al.score(FORMS)
LOG = pd.DataFrame(
    {
        "client": ["b", "b", "c", "d"],
        "session": [3, 7, 6, 1],
        "source": ["client", "therapist", "therapist", "client"],
        "tension": 1,
    }
)


@pytest.fixture(scope="module")
def found():
    return al.find_ruptures(SESSIONS, al.rules.v_episode())


def test_by_hand(found):
    signs = al.unreported_signs(SESSIONS, found, responses=FORMS, log=LOG, draws=200)
    onsets = signs.dips.set_index(["client", "onset"])["logged_by"].to_dict()
    assert onsets == {("a", 4): "", ("b", 3): "client", ("c", 4): ""}
    assert signs.dips["asked"].tolist() == [pd.NA, True, pd.NA]
    dip = signs.reports.set_index(["client", "source"])["dip"].to_dict()
    assert dip == {
        ("b", "client"): True,
        ("b", "therapist"): False,
        ("c", "therapist"): False,
        ("d", "client"): None,  # nobody rated
    }
    perfect = signs.perfect[["client", "first", "last", "ratings", "logged_within"]]
    assert perfect.values.tolist() == [["c", 1, 3, 3, 0], ["c", 5, 8, 4, 1]]
    summary = signs.summary().set_index("sign")
    assert summary.loc["dips nobody logged", ["seen", "of"]].tolist() == [2, 3]
    assert summary.loc["reports without a dip", ["seen", "of"]].tolist() == [2, 3]


def test_gaps_and_blanks_by_hand(found):
    signs = al.unreported_signs(SESSIONS, found, responses=FORMS, log=LOG, draws=400)
    silence = signs.silence.set_index("sign")
    gap = silence.loc["a gap before the next rating"]
    blank = silence.loc["an unanswered item in the next rating"]
    # Three ratings follow a dip (a6, b4, c5); the one gap and the one blank are at a6.
    assert (gap["after_dip"], gap["seen"], blank["seen"]) == (3, 1, 1)
    assert gap["elsewhere"] == blank["elsewhere"] == 0
    # Client a has 7 ratings after a judged one: the dip meets the gap in one turn of seven.
    assert gap["expected"] == pytest.approx(1 / 7, abs=0.05)
    assert signs.to_table().rows[0][:3] == ("Dips nobody logged", "2", "3")
    assert "None of these is proof" in signs.text()


def test_other_straight_lines_and_scores_instead_of_answers(found):
    longer = al.unreported_signs(SESSIONS, found, responses=FORMS, min_run=4, draws=0)
    assert longer.perfect["ratings"].tolist() == [4]
    scores = al.unreported_signs(SESSIONS, found, draws=0)
    assert scores.perfect["ratings"].tolist() == [3, 4] and not scores.has_log
    assert scores.silence["sign"].tolist() == ["a gap before the next rating"]
    assert "logged by nobody" not in scores.text() and "<table" in scores._repr_html_()
    with pytest.raises(al.AllianceError, match="min_run must be a whole number, 2 or more"):
        al.unreported_signs(SESSIONS, found, min_run=1)


def test_reversed_items_are_turned_before_a_rating_is_called_perfect():
    from alliance.compare.perfect_ratings import perfect_runs

    key = al.load("wai-36")
    best = [key.minimum if at in key.reversed_items else key.maximum for at in range(1, 37)]
    rows = pd.DataFrame(
        [["a", at, "client", "wai-36", *answers] for at, answers in enumerate([best] * 3, 1)],
        columns=["client", "session", "rater", "instrument", *[f"item_{i}" for i in range(1, 37)]],
    )
    assert perfect_runs(None, rows, None, 3)["ratings"].tolist() == [3]
    assert not len(perfect_runs(None, rows.replace(key.minimum, key.maximum), None, 3))


def test_without_relation_few_studies_show_one():
    world = al.simulate.worlds()["R0d"]
    low = 0
    for seed in range(12):
        study = al.simulate.simulate(world, clients=60, seed=seed)
        other = al.simulate.simulate(world, clients=60, seed=100 + seed)
        found = al.find_ruptures(other.sessions, al.rules.own_mean())
        signs = al.unreported_signs(
            study.sessions, found, responses=study.responses, draws=39, seed=seed
        )
        low += signs.silence["p"].lt(0.05).sum()
    assert low <= 4  # of 24
