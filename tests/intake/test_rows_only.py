"""A report that is passed on names rows, not people."""

import pandas as pd
import pytest

from alliance.cli import main
from alliance.errors import DataError, Problem
from alliance.intake import check
from alliance.tables import SESSIONS, tidy

HEADER = ["Client ID", "Session", "Therapist", *[f"wai_sr_{i}" for i in range(1, 13)]]


@pytest.fixture
def export(tmp_path):
    """An export with a repeated row, an answer out of range and one that is a text."""
    rows = [["Walburga", s, "Zebedee", *[3 + i % 3 for i in range(12)]] for s in range(1, 8)]
    rows[2][5] = 94
    rows[3][6] = "ask Ms Hill"
    rows.append(rows[1])
    path = tmp_path / "export.csv"
    pd.DataFrame(rows, columns=HEADER).to_csv(path, index=False)
    return path


def test_a_check_redacted(export):
    plain, shared = check(export), check(export).redacted()
    assert "Walburga" in plain.text() and "Ms Hill" in plain.text()
    text = shared.text(None) + shared.frame.to_csv()
    for secret in ("Walburga", "Zebedee", "Hill"):
        assert secret not in text
    assert "94" in text and list(shared.frame["row"]) == list(plain.frame["row"])
    assert shared.summary()["rows"].tolist() == plain.summary()["rows"].tolist()


def test_the_option_and_the_environment(export, tmp_path, capsys, monkeypatch):
    problems = tmp_path / "problems.csv"
    assert main(["check", str(export), "--rows-only", "--problems-csv", str(problems)]) == 2
    assert "Walburga" not in capsys.readouterr().out + problems.read_text()
    assert main(["score", str(export), "-o", str(tmp_path / "s.csv")]) == 2
    assert "Walburga" in capsys.readouterr().err
    monkeypatch.setenv("ALLIANCE_ROWS_ONLY", "1")
    assert main(["score", str(export), "-o", str(tmp_path / "s.csv")]) == 2
    shown = capsys.readouterr().err
    assert "Walburga" not in shown and "To fix" in shown


def test_names_are_taken_out_of_the_sentences_too():
    rows = pd.DataFrame({"rater": ["Dr. Hill", "client"], "session": [1, 2]}, index=[41, 57])
    problem = Problem(
        kind="rater", what="The file says 'Dr. Hill'", fix='"Dr. Hill": "client"', rows=rows
    )
    shared = problem.redacted()
    assert "Hill" not in shared.text() and "57" in shared.text() and "Hill" in problem.text()
    only = Problem(kind="k", what="w", fix="f", rows=pd.DataFrame({"client": ["Hill"]}, index=[41]))
    assert only.redacted().text() == "w (1 row).\n    row 41\n    To fix: f"


def test_an_error_of_a_table_redacted():
    table = pd.DataFrame(
        {"client": ["Hill", "Hill"], "session": 1, "rater": "client", "total": 1.0}
    )
    with pytest.raises(DataError) as error:
        tidy(table, SESSIONS)
    assert "Hill" in str(error.value) and "Hill" not in str(error.value.redacted())
