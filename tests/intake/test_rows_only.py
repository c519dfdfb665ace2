"""A report that is passed on names rows, not people."""

import pandas as pd
import pytest

from alliance.cli import main
from alliance.errors import DataError, Problem
from alliance.intake import check
from alliance.pseudonyms import new_key
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


NAME = "Qxzkwy"
MARKED = [
    ("check", "export.csv", "--instrument wai-sr"),
    ("score", "export.csv", "--instrument wai-sr -o s.csv"),
    ("score", "export.csv", "--instrument wai-sr --set-aside -o s.csv"),
    ("score", "totals.csv", "--scores total=total --rater-column who --instrument wai-sr -o s.csv"),
    ("reliability", "export.csv", "--instrument wai-sr --set-aside"),
    ("log", "log.csv", ""),
    ("log", "log.csv", "--against sessions.csv"),
    ("ruptures", "sessions.csv", "--rule own-mean --no-chance -o e.csv"),
    ("ruptures", "log.csv", "--rule own-mean --no-chance -o e.csv"),
    ("ruptures", "numbers.csv", "--rule own-mean --no-chance -o e.csv"),
    ("monitor", "sessions.csv", "--memory m"),
    ("pseudonyms", "sessions.csv", "--key k -o p.csv"),
    ("bundle", "sessions.csv", "-o b --draws 0 --accept"),
    ("bundle", "sessions.csv", "-o b --draws 0 --log log.csv"),
    ("repair", "sessions.csv", "--draws 0"),
]


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Files in which every client, therapist, rater, word and remark holds a name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLIANCE_ROWS_ONLY", "1")
    new_key("k")
    who = [f"{NAME} {n}" for n in range(6)]
    therapist = f"{NAME} T"
    forms = [
        [c, s, therapist, *[2 + (s + i) % 3 for i in range(12)]] for c in who for s in (1, 2, 3)
    ]
    forms += [forms[1], [who[0].upper(), 1, therapist, *[3] * 12]]
    forms[4][5], forms[5][6], forms[6][1] = 94, f"ask {NAME}", f"{NAME}'s first"
    pd.DataFrame(forms, columns=HEADER).to_csv("export.csv", index=False)
    rows = [(c, s, f"{NAME} R", 4.0 - 2 * (s == 5)) for c in who for s in range(1, 9)]
    table = pd.DataFrame(rows, columns=["client", "session", "rater", "total"])
    table.assign(remark=NAME, therapist=therapist).to_csv("sessions.csv", index=False)
    table.assign(total=NAME).to_csv("numbers.csv", index=False)
    table.rename(columns={"rater": "who"}).assign(total=NAME).to_csv("totals.csv", index=False)
    log = table[["client", "session"]].head(9).assign(source=f"{NAME} R", tension=NAME, kind=NAME)
    pd.concat([log, log.head(1).assign(client=f"{NAME} else")]).to_csv("log.csv", index=False)


@pytest.mark.parametrize(("command", "file", "options"), MARKED)
def test_no_command_says_a_name(named, capsys, command, file, options):
    try:
        code = main([command, file, *options.split()])
    except SystemExit as stopped:
        code = stopped.code
    shown = capsys.readouterr()
    said = shown.out + shown.err
    assert code in (0, 2, 10) and said.strip()
    lines = [line for line in said.splitlines() if NAME.casefold() in line.casefold()]
    assert lines == []
