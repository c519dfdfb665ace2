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


@pytest.mark.parametrize("given", [[None] * 3, [pd.NaT] * 3])
def test_dates_of_which_none_is_known(given):
    table = pd.DataFrame({"client": ["a", "a", "b"], "session": [1, 2, 1], "date": given})
    days = pseudonymise(table, KEY, dates="days").frame["day"]
    assert days.dtype == "Int64" and days.isna().all()


def test_a_column_is_kept_on_request():
    result = pseudonymise(sessions(), KEY, keep=["notes"])
    assert "notes" in result.frame
    with pytest.raises(AllianceError, match="Did you mean 'notes'"):
        pseudonymise(sessions(), KEY, keep=["note"])


def test_raters_who_are_no_roles_are_replaced_and_roles_kept():
    table = sessions().assign(rater=["client", "client", "001", "Dr. Hill", "therapist"])
    result = pseudonymise(table, KEY)
    raters = set(result.frame["rater"])
    assert {"client", "therapist"} <= raters and len(raters) == 4
    assert not raters & {"001", "Dr. Hill"} and "rater" in result.changed


def test_values_are_judged_not_names_of_columns():
    table = sessions().assign(
        reason="spoke with Ms Hill",
        born=[1931, 1931, 1950, 1950, 1950],
        phone=[4915112345, 4915112345, 4915112346, 4915112346, 4915112346],
        age=[93, 93, 44, 44, 44],
        Walburga=[1.5, 2.5, 3.5, 4.5, 5.5],
        set_aside="bond: 2 of 4 answered, 3 needed",
        instrument="Hill's own",
    )
    result = pseudonymise(table, KEY)
    assert {"reason", "born", "phone"} <= set(result.left_out)
    assert sorted(result.frame["age"]) == [44, 44, 44, 90, 90] and "90" in result.changed["age"]
    assert result.renamed == {"Walburga": "column_1"}
    assert set(result.frame["set_aside"]) == {"bond: 2 of 4 answered, 3 needed"}
    assert result.frame["instrument"].str.startswith("Q-").all()


def test_the_rarest_combination_is_counted():
    result = pseudonymise(sessions(), KEY, dates="drop")
    assert result.k == 1 and list(result.facts.columns) == ["age"]
    assert "k = 1: one client alone has the rarest combination" in result.text()
    alike = pseudonymise(sessions().assign(age=30, case_number=1), KEY, dates="drop")
    assert alike.k == 3
    assert pseudonymise(sessions().assign(age=30), KEY).k == 1  # the first dates tell them apart


def test_ages_with_decimals_are_ages_too():
    table = sessions().drop(columns="age").assign(Alter=[91.4, 91.6, 44.2, 44.2, 44.2])
    result = pseudonymise(table, KEY, dates="drop")
    assert result.frame[result.renamed["Alter"]].max() == 90
    alone = sessions().drop(columns="age").assign(age=[61.4, 61.4, 44.2, 44.2, 44.2], case_number=1)
    assert pseudonymise(alone, KEY, dates="drop").k == 1


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
    assert main(order) == 2 and "--accept" in capsys.readouterr().err
    assert not (tmp_path / "shared.csv").exists()
    assert main([*order, "--accept", "--lookup", "who.csv"]) == 0
    assert main(order) == 2
    shown = capsys.readouterr()
    assert "Left out: notes" in shown.out and "exists already" in shown.err
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
