"""The command `log`: exit codes, problems in plain words, a blank form, the log against scores."""

from pathlib import Path

import pandas as pd

from alliance.cli import main

STUDY = Path(__file__).parents[2] / "data" / "synthetic_study"


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return code, shown.out, shown.err


def test_a_log_is_checked_and_counted(capsys, tmp_path):
    code, out, _ = run(capsys, "log", STUDY / "log.csv", "-o", tmp_path / "tidy.csv")
    assert code == 0 and "195 tense, 22 of them resolved" in out.replace("\n", " ")
    again = pd.read_csv(tmp_path / "tidy.csv", dtype={"client": "str"})
    assert again["resolved"].sum() == 22 and "004" in set(again["client"])
    assert run(capsys, "log", tmp_path / "tidy.csv")[:2] == (code, out.split("\nWrote")[0])


def test_problems_end_with_code_2(capsys, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("client,session,trigger,tension\na,1,powr,1\n,2,,7\n")
    code, out, _ = run(capsys, "log", path)
    assert code == 2 and "Did you mean 'power'?" in out and "client is empty" in out
    assert "cannot be used" in out
    code, _, err = run(capsys, "log", tmp_path / "none.csv")
    assert code == 2 and "There is no file" in err
    assert run(capsys, "log")[0] == 2


def test_blank_forms(capsys, tmp_path):
    for name in ("form.csv", "form.xlsx", "redcap.csv"):
        code, out, _ = run(capsys, "log", "--form", tmp_path / name)
        assert code == 0 and name in out and (tmp_path / name).is_file()
    code, _, err = run(capsys, "log", "--form", tmp_path / "form.xlsx")
    assert code == 2 and "exists already" in err


def test_columns_called_otherwise(capsys, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("code;nr;q1;q2\n1;2;99;3\n1;3;1;2\n")
    named = ["--column", "client=code", "--column", "session=nr", "--column", "tension=q1"]
    code, out, _ = run(capsys, "log", path, *named, "--missing", "99", "--source", "observer")
    assert code == 0 and "By the observer: 2 sessions of 1 client, 1 with" in out


def test_the_log_against_the_scores(capsys, tmp_path):
    sessions = tmp_path / "sessions.csv"
    run(capsys, "score", STUDY / "responses.csv", "-o", sessions)
    common = ["log", STUDY / "log.csv", "--against", sessions, "--rater", "client"]
    code, _, err = run(capsys, *common)
    assert code == 2 and "--asked rated" in err
    more = ["--asked", "rated", "--draws", 9, "-o", tmp_path / "agreement.csv"]
    code, out, _ = run(capsys, *common, *more)
    assert code == 0 and "kappa was" in out and "by chance" in out
    assert len(pd.read_csv(tmp_path / "agreement.csv")) == 7
