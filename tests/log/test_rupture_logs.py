"""Rupture logs from files: other names, words, checkboxes, labels, and problems by row."""

import pandas as pd
import pytest

import alliance as al
from alliance.log import examine_log


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_the_log_of_the_synthetic_study_is_read_as_it_was():
    log = al.read_log("data/synthetic_study/log.csv")
    plain = pd.read_csv("data/synthetic_study/log.csv", dtype={"client": "str"})
    assert log["resolved"].tolist() == (plain["resolution"] > 0).tolist()
    assert log["client"].iloc[0] == "004" and len(log) == len(plain)


def test_redcap_checkboxes_and_numbered_columns_are_joined(tmp_path):
    path = write(
        tmp_path / "redcap.csv",
        "record_id,redcap_repeat_instance,source,tension,resolution,trigger___missed_cue,"
        "trigger___power,markers,markers_2,rupture_log_complete\n"
        "007,3,therapist,1,4,1,1,denies_problem,Defends self,2\n"
        "007,4,client,0,,0,0,,,2\n"
        "008,,,,,,,,,0\n",
    )
    log = al.read_log(path)
    assert log[["client", "session", "source"]].values.tolist() == [
        ["007", 3, "therapist"],
        ["007", 4, "client"],
    ]
    assert log["trigger"].iloc[0] == "missed_cue; power" and pd.isna(log["trigger"].iloc[1])
    assert log["markers"].iloc[0] == "denies_problem; defends_self"
    assert log["kind"].iloc[0] == "mixed" and log["resolved"].iloc[0]


def test_labels_of_spss_files_say_what_a_number_means(tmp_path):
    import pyreadstat

    frame = pd.DataFrame(
        {"id": [1.0, 2], "session": [1.0, 1], "tension": [1.0, 2], "who": [1.0, 2]}
    )
    labels = {"tension": {1.0: "Yes", 2.0: "No"}, "who": {1.0: "Patient", 2.0: "Therapist"}}
    path = tmp_path / "log.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels)
    log = al.read_log(path, mapping={"source": "who"})
    assert log["tension"].tolist() == [1, 0]
    assert log["source"].tolist() == ["client", "therapist"]


def test_problems_name_the_rows_of_the_file(tmp_path):
    path = write(
        tmp_path / "log.csv",
        "Client ID;Session No;Reporter;Tension;Trigger;Extra\n"
        "1;1;me;yes;missed cue;a\n1;2;me;99;clock;b\n1;x;me;no;;c\n",
    )
    checked = examine_log(path, keep=["Extra"])
    assert {p.kind: p.rows.index.tolist() for p in checked.problems} == {
        "out of range": [3],
        "unknown code": [3],
        "session number": [4],
    }
    with pytest.raises(al.DataError):
        al.read_log(path)
    assert "out of range" not in {p.kind for p in examine_log(path, missing_codes=[99]).problems}
    with pytest.raises(al.AllianceError, match="Did you mean 'tension'"):
        al.read_log(path, mapping={"tensoin": "Tension"})
    with pytest.raises(al.AllianceError, match="no column 'Trigge'"):
        al.read_log(path, mapping={"trigger": "Trigge"})


def test_who_reported_can_be_said_for_the_whole_file(tmp_path):
    path = write(tmp_path / "log.csv", "client,session\n'=1,2\n")
    log = al.read_log(path, source="observer")
    assert log[["client", "source", "tension"]].values.tolist() == [["=1", "observer", 1.0]]
    assert al.read_log(path)["source"].tolist() == ["not stated"]
