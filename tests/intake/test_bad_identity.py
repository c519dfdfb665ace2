"""Clients, sessions, raters and dates that do not say what they must."""

import pandas as pd
import pytest

import alliance as al
from alliance.intake.dates import read_dates
from alliance.intake.identity import raters as rater_words
from alliance.intake.identity import session_numbers


def test_empty_client_and_session_with_a_letter(clean, write, problem):
    clean.loc[3, "Client ID"], clean.loc[9, "Session"] = "  ", "4b"
    path = write(clean)
    client = problem(path, "empty identifier")
    assert client.what == "The client is not named" and client.rows.index.tolist() == [5]
    session = problem(path, "session number")
    assert session.rows.loc[11, "session"] == "4b"
    assert 'sessions={"baseline": 0}' in session.fix
    assert len(al.check(path).intake.responses) == 22


def test_session_words_can_be_declared(clean, write):
    clean.loc[0, "Session"] = "Intake"
    responses = al.read(write(clean), sessions={"intake": 0})
    assert responses.set_index("row").loc[2, "session"] == 0


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "02", "3.0", "-1"], [1, 2, 3, -1]),
        (["Session 1", "session 02", "SESSION_3"], [1, 2, 3]),
        (["S1", "T2"], [None, None]),
        (["session_3_arm_1", "12_arm_2", "baseline_arm_1"], [3, 12, None]),
        (["1.5", "4b", "", "20240531", "1e400", "inf"], [None] * 6),
        ([1.0, 2.5, None], [1, None, None]),
    ],
)
def test_session_numbers(cells, numbers):
    found = session_numbers(pd.Series(cells), {})
    assert [None if pd.isna(number) else number for number in found] == numbers


def test_unknown_rater_words(clean, write, problem, refusal):
    clean["Rater"] = ["Zwei", "Therapist"] * 12
    found = problem(write(clean), "unknown rater")
    assert "has the raters client, therapist, but the file says 'Zwei'" in found.what
    assert 'raters={"Zwei": "client"}' in found.fix
    assert "'Zwei'" in refusal(write(clean), problems="set aside")
    responses = al.read(write(clean), raters={"zwei": "client"})
    assert responses["rater"].value_counts().to_dict() == {"client": 12, "therapist": 12}


def test_an_empty_rater_is_a_problem(clean, write, problem):
    clean["Rater"] = "Patient"
    clean.loc[7, "Rater"] = ""
    found = problem(write(clean), "empty identifier")
    assert found.what == "The rater is not named" and found.rows.index.tolist() == [9]


def test_numbers_for_raters_can_be_declared():
    found, wrong = rater_words(
        pd.Series([1.0, 2.0, None]), {"1": "client", 2: "therapist"}, al.load("wai-sr")
    )
    assert wrong == [] and found.tolist()[:2] == ["client", "therapist"] and found.isna()[2]


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        (
            ["2024-05-31", "2024-06-01 10:30:00", "2024-06-02T08:00"],
            ["2024-05-31", "2024-06-01", "2024-06-02"],
        ),
        (["31.05.2024", "1.6.2024"], ["2024-05-31", "2024-06-01"]),
        (["2024/05/31"], ["2024-05-31"]),
        (["03/04/2024", "21/04/2024"], ["2024-04-03", "2024-04-21"]),
        (["03/04/2024", "04/21/2024"], ["2024-03-04", "2024-04-21"]),
        (["04/04/2024"], ["2024-04-04"]),
        (["31.02.2024", "soon", "2024-13-01"], [None, None, None]),
    ],
)
def test_dates_that_are_clear(cells, dates):
    found, _, doubtful = read_dates(pd.Series(cells))
    assert not doubtful
    assert [None if pd.isna(date) else date for date in found] == dates


@pytest.mark.parametrize("cells", [["03/04/2024", "05/06/2024"], ["21/04/2024", "04/21/2024"]])
def test_dates_in_doubt_stay_as_they_are(cells):
    found, _, doubtful = read_dates(pd.Series(cells))
    assert doubtful and found.tolist() == cells


def test_ambiguous_dates_are_a_warning_unless_they_number_the_sessions(
    clean, write, problem, refusal
):
    clean["Date"] = [f"0{1 + n % 6}/03/2024" for n in range(24)]
    beside = problem(write(clean), "dates in doubt")
    assert not beside.serious and "day or the month comes first, e.g. 01/03/2024" in beside.what
    clean = clean.drop(columns="Session")
    message = refusal(write(clean), problems="set aside")
    assert "day or the month comes first" in message and "2024-05-31" in message
    assert "numbered by Date" not in message


def test_sessions_are_numbered_by_date_for_both_raters_together(clean, write):
    clean["Date"] = [
        f"2024-01-{1 + 7 * (int(s) - 1):02d}" if int(s) < 5 else f"2024-02-0{s}"
        for s in clean["Session"]
    ]
    expected = al.read(write(clean))
    both = pd.concat([clean.assign(Rater="client"), clean.iloc[[0, 2]].assign(Rater="therapist")])
    with pytest.warns(al.AllianceWarning, match="numbered by Date"):
        found = al.read(write(both.drop(columns="Session")))
    client = found[found["rater"] == "client"]
    assert client["session"].tolist() == expected["session"].tolist()
    assert found.loc[found["rater"] == "therapist", "session"].tolist() == [1, 3]


def test_a_date_that_is_none_is_named(clean, write, problem):
    clean["Date"] = "2024-01-01"
    clean.loc[3, "Date"] = "next week"
    found = problem(write(clean), "not a date")
    assert not found.serious and found.rows.loc[5, "found"] == "next week"
    by_date = clean.drop(columns="Session").assign(Date=[f"2024-01-{n + 1:02d}" for n in range(24)])
    by_date.loc[3, "Date"], by_date.loc[4, "Date"] = "next week", ""
    assert problem(write(by_date), "not a date").serious
    assert problem(write(by_date), "session number").rows.index.tolist() == [6]
