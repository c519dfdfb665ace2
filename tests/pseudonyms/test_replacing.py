"""Tables with pseudonyms: nobody is named in them, and they still fit together."""

import pandas as pd
import pytest

from alliance.cli import main
from alliance.errors import AllianceError
from alliance.pseudonyms import Key, new_key, pseudonymise
from alliance.rules import v_episode
from alliance.ruptures import find_ruptures

KEY = Key(secret=bytes(range(32)))


def sessions():
    return pd.DataFrame(
        {
            "client": ["003", "003", "001", "001", "002"],
            "session": [1, 2, 1, 2, 1],
            "rater": "client",
            "therapist": ["t1", "t1", "t1", "t1", "t2"],
            "date": ["2024-03-01", "2024-03-08", "2024-01-05", "2024-01-12", "2024-02-01"],
            "total": [4.5, 3.5, 5.0, 5.0, 6.0],
            "age": [31, 31, 44, 44, 44],
            "case_number": [9003, 9003, 9001, 9001, 9002],
            "completed": ["True", "False", "True", "True", "True"],
            "notes": ["", "", "spoke with Ms Hill", "", ""],
            "set_aside": "",
        }
    )


def test_people_are_replaced_and_texts_left_out():
    result = pseudonymise(sessions(), KEY)
    assert set(result.left_out) == {"notes", "case_number"}
    assert "second identifier" in result.left_out["case_number"]
    written = result.frame.to_csv(index=False)
    assert not [word for word in ("003", "t1", "Hill", "9001") if word in written]
    assert {"age", "completed", "total", "set_aside"} <= set(result.frame.columns)
    assert "3 clients and 2 therapists" in result.text() and "notes" in result.text()


def test_the_rows_do_not_tell_the_order_of_the_identifiers():
    shuffled = sessions().sample(frac=1, random_state=3)
    assert pseudonymise(shuffled, KEY).frame.equals(pseudonymise(sessions(), KEY).frame)
    assert pseudonymise(sessions(), KEY).frame["client"].is_monotonic_increasing


def test_tables_fit_together_afterwards():
    table = sessions()
    outcomes = pd.DataFrame({"client": ["001", "002"], "session": 1, "symptoms": [12.5, 9.0]})
    one, two = pseudonymise(table, KEY), pseudonymise(outcomes, KEY)
    joined = one.frame.merge(two.frame, on=["client", "session"])
    plain = table.merge(outcomes, on=["client", "session"])
    assert sorted(joined["symptoms"]) == sorted(plain["symptoms"])
    names = one.lookup[one.lookup["kind"] == "client"].set_index("pseudonym")["identifier"]
    back = one.frame.assign(client=one.frame["client"].map(names))
    assert back.sort_values(["client", "session"])["total"].tolist() == [5, 5, 6, 4.5, 3.5]


def test_ruptures_are_the_same_before_and_after():
    scores = [6.0, 6.1, 4.6, 5.2, 6.0, 6.2]
    table = pd.DataFrame(
        {"client": "a", "session": range(1, 7), "rater": "client", "total": scores}
    )
    found = find_ruptures(table, v_episode()).frame
    after = find_ruptures(pseudonymise(table, KEY).frame, v_episode()).frame
    replaced = pseudonymise(found, KEY)
    assert not replaced.left_out
    pd.testing.assert_frame_equal(replaced.frame[after.columns], after)


def test_dates():
    days = pseudonymise(sessions(), KEY, dates="days")
    assert "date" not in days.frame and sorted(days.frame["day"]) == [0, 0, 0, 7, 7]
    assert "day" in days.left_out["date"]
    assert "date" not in pseudonymise(sessions(), KEY, dates="drop").frame
    kept = pseudonymise(sessions(), KEY)
    assert "date" in kept.frame and "Dates were kept" in kept.text()
    assert (
        "birth" in pseudonymise(sessions().assign(birth=pd.Timestamp("1990-01-01")), KEY).left_out
    )


def test_a_column_is_kept_on_request():
    result = pseudonymise(sessions(), KEY, keep=["notes"])
    assert "notes" in result.frame
    with pytest.raises(AllianceError, match="Did you mean 'notes'"):
        pseudonymise(sessions(), KEY, keep=["note"])


def test_an_identifier_in_a_coded_column_is_found():
    table = sessions().assign(rater=["client", "client", "001", "client", "client"])
    assert pseudonymise(table, KEY).left_out["rater"] == "an identifier stands in it"


def test_what_cannot_be_replaced():
    with pytest.raises(AllianceError, match="no column client or therapist"):
        pseudonymise(pd.DataFrame({"ID": [1]}), KEY)
    with pytest.raises(AllianceError, match="dates must be"):
        pseudonymise(sessions(), KEY, dates="shift")


def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sessions().to_csv("sessions.csv", index=False)
    assert main(["pseudonyms", "--new-key", "clinic.key"]) == 0
    assert main(["pseudonyms", "--new-key", "clinic.key"]) == 2
    order = ["pseudonyms", "sessions.csv", "--key", "clinic.key", "-o", "shared.csv"]
    assert main([*order, "--dates", "days", "--lookup", "who.csv"]) == 0
    assert main(order) == 2
    shown = capsys.readouterr()
    assert "Left out: notes" in shown.out and "never overwritten" in shown.err
    shared = pd.read_csv("shared.csv", dtype=str)
    assert shared["client"].nunique() == 3 and "Hill" not in (tmp_path / "shared.csv").read_text()
    assert sorted(pd.read_csv("who.csv", dtype=str)["identifier"]) == [
        "001",
        "002",
        "003",
        "t1",
        "t2",
    ]
    for wrong in (["sessions.csv"], [], ["sessions.csv", "--new-key", "b.key"]):
        assert main(["pseudonyms", *wrong]) == 2
    assert "To make a key" in capsys.readouterr().err


def test_a_table_of_pseudonyms_is_not_replaced_again(tmp_path):
    key = new_key(tmp_path / "k")
    once = pseudonymise(sessions(), key).frame
    with pytest.raises(AllianceError, match="already"):
        pseudonymise(once, key)
