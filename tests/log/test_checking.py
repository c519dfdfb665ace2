"""A rupture log checked: what its cells mean, every problem at once, the same read twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import DataError
from alliance.errors import AllianceError
from alliance.log import (
    CODES,
    CONFRONTATION,
    MARKERS,
    STRATEGIES,
    TRIGGERS,
    WITHDRAWAL,
    check_log,
    code_counts,
    has_code,
    source_counts,
    tidy_log,
)


def log(**columns) -> pd.DataFrame:
    rows = max(len(values) for values in columns.values())
    return pd.DataFrame({"client": ["a"] * rows, "session": range(1, rows + 1), **columns})


def test_the_catalogue_has_the_codes_it_promises():
    assert (len(WITHDRAWAL), len(CONFRONTATION), len(STRATEGIES), len(TRIGGERS)) == (7, 7, 10, 7)
    keys = [code.key for code in (*MARKERS, *STRATEGIES, *TRIGGERS)]
    assert len(set(keys)) == len(keys) and all(code.meaning for code in MARKERS)
    for known in CODES.values():
        words = [word for code in known for word in (code.key, *code.synonyms)]
        assert len(set(words)) == len(words)  # a spelling means one code


def test_yes_or_no_and_extents_are_told_apart():
    assert tidy_log(log(resolution=[0, 1, None]))["resolved"].tolist() == [False, True, pd.NA]
    extent = log(resolution=[1, 3, 4, 5])
    assert tidy_log(extent)["resolved"].tolist() == [False, False, True, True]
    assert tidy_log(extent, resolved_from=3)["resolved"].tolist() == [False, True, True, True]
    words = tidy_log(log(resolution=["No", "YES", ""]))
    assert words["resolved"].tolist() == [False, True, pd.NA]


def test_a_column_may_say_that_it_holds_extents():
    told = log(resolution_extent=[1, 1, None], withdrawal_extent=[1, 2, 1])
    checked = check_log(told)
    assert checked.frame["resolved"].tolist() == [False, False, pd.NA] and not checked.problems
    assert checked.frame["kind"].tolist()[1] == "withdrawal" and checked.frame["kind"].count() == 1
    assert "resolution" in checked.frame and "resolution_extent" not in checked.frame
    with pytest.raises(DataError, match="1 to 5"):
        tidy_log(log(resolution_extent=[0, 5]))
    with pytest.raises(AllianceError, match="two columns for one thing"):
        tidy_log(log(resolution_extent=[1], resolution=[1]))


def test_a_part_of_a_log_means_what_the_whole_did():
    whole = tidy_log(log(resolution=[1, 1, 5]))
    part = tidy_log(whole[whole["session"] < 3])
    assert part["resolved"].tolist() == [False, False]  # and not twice yes


def test_what_is_said_to_be_resolved_is_taken_or_refused():
    assert tidy_log(log(resolved=["yes", "False", ""]))["resolved"].tolist() == [True, False, pd.NA]
    with pytest.raises(DataError, match="column resolved must hold 0"):
        tidy_log(log(resolved=["perhaps", "no"]))


def test_withdrawal_and_confrontation_make_the_kind():
    made = tidy_log(
        log(
            withdrawal=[1, 2, 5, 1, 1],
            confrontation=[0, 0, 1, 0, 0],
            markers=["", "", "", "defends self; denial", None],
        )
    )
    kinds = [None, "withdrawal", "mixed", "mixed", None]
    assert [None if pd.isna(kind) else kind for kind in made["kind"]] == kinds
    assert made["markers"].iloc[3] == "denies_problem; defends_self"


def test_every_problem_is_told_at_once():
    bad = pd.DataFrame(
        {
            "client": ["a", "a", None, "b"],
            "session": ["1", "2", "3", "x"],
            "tension": [1, "perhaps", 1, 1],
            "intensity": [9, 2, 3, 4],
            "resolution": [0, 3, 1, 1],
            "trigger": ["power", "missed_que", "", "moon"],
        },
        index=[2, 3, 4, 5],
    )
    with pytest.raises(DataError) as caught:
        tidy_log(bad)
    told = {problem.kind: problem for problem in caught.value.problems}
    assert set(told) == {
        "out of range",
        "two scales in one column",
        "unknown code",
        "empty identifier",
        "session number",
    }
    message = str(caught.value)
    assert "Did you mean 'missed_cue'?" in message and "'moon'" in message
    assert told["unknown code"].rows.index.tolist() == [3, 5]  # rows of the file
    assert told["session number"].rows.index.tolist() == [5]
    assert told["out of range"].rows.index.tolist() in ([2], [3])


def test_doubts_do_not_stop_the_log():
    checked = check_log(log(tension=[0, None, 1], intensity=[3, 3, None], resolution=[1, 1, 1]))
    assert checked.passed
    kinds = [problem.kind for problem in checked.problems]
    assert kinds == ["no tension, yet described", "tension not said", "resolution always 1"]
    assert not check_log(log(tension=[1, 0], resolution=[1, 0])).problems


def test_one_row_for_each_source_of_a_session():
    twice = pd.DataFrame({"client": "a", "session": [1, 1], "source": ["client", "Therapist"]})
    assert tidy_log(twice)["source"].tolist() == ["client", "therapist"]
    with pytest.raises(DataError, match="must name a row once"):
        tidy_log(twice.assign(source="client"))
    with pytest.raises(AllianceError, match="lacks session"):
        tidy_log(twice[["client"]])


def test_counts_by_hand():
    told = tidy_log(
        log(
            source=["client", "client", "client", "therapist"],
            tension=[1, 0, None, 1],
            intensity=[2, None, None, 5],
            resolution=[0, None, None, 1],
            supervision=["", "", "", "yes"],
            trigger=["power; boundary", "", "", "power"],
        )
    )
    table = source_counts(told).set_index("source")
    columns = ["clients", "sessions", "asked", "tense", "resolved", "not_resolved", "supervision"]
    assert table.loc["client", columns].tolist() == [1, 3, 2, 1, 0, 1, 0]
    assert table.loc["therapist", columns].tolist() == [1, 1, 1, 1, 1, 0, 1]
    counts = code_counts(told).set_index(["code", "source"])["sessions"]
    assert counts["power", "client"] == counts["power", "therapist"] == 1
    assert counts["boundary", "therapist"] == 0
    assert has_code(told["trigger"], "power", "cultural_difference").sum() == 2
    assert "1 tense, 1 of them resolved" in check_log(told).text()


CELLS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 3, None]),
        st.sampled_from([1, 2, 5, None]),
        st.sampled_from(["Missed cue", "power;boundary", "other", None]),
        st.sampled_from(["client", "Patient", "therapist", None]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=15)
@given(CELLS, st.randoms(use_true_random=False))
def test_reading_twice_and_in_another_order_changes_nothing(cells, shuffler):
    tension, resolution, trigger, source = (list(column) for column in zip(*cells, strict=True))
    made = log(tension=tension, resolution=resolution, trigger=trigger, source=source)
    once = tidy_log(made)
    pd.testing.assert_frame_equal(tidy_log(once), once)
    order = list(range(len(made)))
    shuffler.shuffle(order)
    pd.testing.assert_frame_equal(tidy_log(made.iloc[order]), once, check_column_type=False)
    known = np.array([value is not None for value in resolution])
    assert once["resolved"].notna().to_numpy().tolist() == known.tolist()
