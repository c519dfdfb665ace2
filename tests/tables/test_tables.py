"""The tables' check: identifiers stay text, keys are unique, all problems come at once."""

import pandas as pd
import pytest

from alliance.errors import AllianceError, DataError
from alliance.tables import (
    SESSIONS,
    as_text,
    client_starts,
    distinct,
    run_starts,
    scale_columns,
    tidy,
)


def sessions(**columns):
    base = {"client": ["b", "a"], "session": [2, 1], "rater": "client", "total": [3.0, 4.0]}
    return pd.DataFrame({**base, **columns})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["007", "8"], ["007", "8"]),
        ([7, 8], ["7", "8"]),
        ([7.0, None], ["7", None]),
        ([7.5, 8.0], ["7.5", "8.0"]),
        ([" a ", ""], ["a", None]),
    ],
)
def test_identifiers_are_text(values, expected):
    found = as_text(pd.Series(values))
    assert [None if pd.isna(value) else value for value in found] == expected


def test_tidy_sorts_and_leaves_the_input_alone():
    frame = sessions()
    tidied = tidy(frame, SESSIONS)
    assert tidied["client"].tolist() == ["a", "b"]
    assert frame["client"].tolist() == ["b", "a"]
    assert tidied["session"].dtype == "int64"


def test_all_problems_come_at_once():
    with pytest.raises(DataError) as caught:
        tidy(sessions(client=["a", None], session=[1.5, 1], total=["x", 2]), SESSIONS)
    assert [problem.kind for problem in caught.value.problems] == [
        "empty identifier", "session number", "not a number",
    ]  # fmt: skip


def test_repeated_keys_are_shown():
    with pytest.raises(DataError, match="client, session and rater must name a row once") as caught:
        tidy(sessions(client=["a", "a"], session=[1, 1]), SESSIONS)
    assert len(caught.value.problems[0].rows) == 2


def test_missing_columns_are_named_with_a_hint():
    with pytest.raises(AllianceError, match="lacks session.*Did you mean 'sessions'"):
        tidy(sessions().rename(columns={"session": "sessions"}), SESSIONS)


def test_not_a_table():
    with pytest.raises(AllianceError, match="must be a DataFrame, not list"):
        tidy([1, 2], SESSIONS)


def test_scale_columns_are_the_numeric_ones_that_are_not_known_otherwise():
    frame = sessions(bond=[1, 2], answered=[12, 12], therapist=["x", "y"])
    assert scale_columns(frame) == ["total", "bond"]


def test_errors_survive_pickling():
    import pickle

    with pytest.raises(DataError) as caught:
        tidy(sessions(session=[1.5, 1]), SESSIONS)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_what_stands_in_order_is_known_by_where_clients_begin():
    table = pd.DataFrame({"client": list("aabbb"), "session": [1, 4, 1, 2, 9]})
    assert client_starts(table).tolist() == [0, 2]
    for order in ([1, 0, 2, 3, 4], [2, 3, 4, 0, 1], [0, 2, 1, 3, 4]):
        assert client_starts(table.take(order)) is None
    assert client_starts(table.assign(session=[1, 1, 1, 2, 9])) is None
    assert client_starts(table[["client"]]) is None


def test_runs_end_at_missing_values():
    column = pd.Series(["a", "a", None, None, "b"], dtype="str")
    assert run_starts(column).tolist() == [0, 2, 3, 4]
    assert run_starts(pd.Series([1, None, None, 1], dtype="Int64")).tolist() == [0, 1, 2, 3]
    assert distinct(column).tolist() == ["a", "b"]
    assert run_starts(column[:0]).tolist() == []
