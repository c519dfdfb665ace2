"""No command writes over its input, half a file, or a formula; none names people if asked not to."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from alliance import files
from alliance.cli import main
from alliance.cli.command import find_commands
from alliance.cli.redaction import Redaction
from alliance.cli.screen import say
from alliance.intake import read_any_table, read_table
from alliance.tables import SESSIONS

CASES = Path(__file__).parents[1] / "cases" / "hostile"
PEOPLE = ("Walburga", "Zebedee", "Hill")


@pytest.fixture
def sessions(tmp_path, monkeypatch):
    """A scored table with names in it, in the current folder."""
    monkeypatch.chdir(tmp_path)
    scores = [5.0, 5.1, 4.9, 5.2, 2.0, 2.2, 5.0, 5.1]
    rows = [
        (f"Walburga {n}", s, "Dr. Hill", "Zebedee", 5 - n + scores[(s + n) % 8])
        for n in range(6)
        for s in range(1, 9)
    ]
    frame = pd.DataFrame(rows, columns=["client", "session", "rater", "therapist", "total"])
    frame.to_csv("sessions.csv", index=False)
    return tmp_path / "sessions.csv"


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return code, shown.out + shown.err


OVER_INPUT = [
    (
        "score",
        "sessions.csv",
        "--client",
        "client",
        "--scores",
        "total=total",
        "-o",
        "sessions.csv",
    ),
    ("ruptures", "sessions.csv", "-o", "./sessions.csv"),
    ("ruptures", "sessions.csv", "-o", "link.csv"),
    ("pseudonyms", "sessions.csv", "--key", "k.key", "-o", "sessions.csv"),
    ("pseudonyms", "sessions.csv", "--key", "k.csv", "--lookup", "k.csv"),
    ("report", "sessions.csv", "--mapping", "m.html", "-o", "m.html"),
    ("repair", "sessions.csv", "--log", "log.csv", "-o", "log.csv"),
    ("check", "sessions.csv", "--mapping", "m.toml", "--write-mapping", "m.toml"),
    ("monitor", "sessions.csv", "--memory", "m", "-o", "sessions.csv"),
    ("bundle", "shared/sessions.csv", "-o", "shared"),
]


@pytest.mark.parametrize("arguments", OVER_INPUT, ids=" ".join)
def test_no_command_writes_over_what_it_reads(sessions, capsys, arguments):
    Path("link.csv").hardlink_to(sessions)
    for name in ("k.key", "k.csv", "m.html", "log.csv", "m.toml"):
        Path(name).write_text("mine")
    Path("shared").mkdir()
    Path("shared/sessions.csv").write_bytes(sessions.read_bytes())
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    code, told = run(capsys, *arguments, "--force")
    assert code == 2 and "never written over" in " ".join(told.split())
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_one_file_for_two_purposes_is_refused(sessions, capsys):
    arguments = ("ruptures", sessions, "-o", "a.csv", "--table", "a.csv")
    code, told = run(capsys, *arguments)
    assert code == 2 and "two purposes" in told


@pytest.mark.parametrize("name", ["e.sav", "e.xls", "e.parquet", "e.json"])
def test_other_formats_are_refused_before_any_work(sessions, capsys, name):
    code, told = run(capsys, "ruptures", sessions, "-o", name)
    assert code == 2 and ".xlsx" in told and not Path(name).exists()


def test_a_workbook_is_written_and_read_back(sessions, capsys):
    table = read_table(sessions, SESSIONS).assign(client="007", rater="=1+1")
    files.write_table(table.head(1), "one.xlsx")
    back = read_any_table("one.xlsx")
    assert back[["client", "rater", "session"]].values.tolist() == [["007", "=1+1", 1]]
    code, told = run(capsys, "ruptures", sessions, "--no-chance", "-o", "e.xlsx")
    assert code == 0 and Path("e.xlsx").read_bytes()[:2] == b"PK", told


def commands_on(sessions):
    """Return the arguments of every command that reads a table of people."""
    tables = {
        "check": (sessions,),
        "score": (sessions, "--client", "client", "--scores", "total=total", "-o", "o.csv"),
        "reliability": (sessions,),
        "ruptures": (sessions, "--no-chance", "--rater", "nobody"),
        "repair": (sessions, "--rater", "nobody"),
        "log": (CASES / "log_with_names.csv",),
        "report --for clinic": (sessions, "--draws", "2"),
        "report --for study": (sessions, "--draws", "2", "--rater", "nobody"),
        "pseudonyms": (sessions, "--key", "none.key"),
        "monitor": (sessions, "--memory", "m"),
        "bundle": (sessions, "-o", "b", "--draws", "0"),
        "power": ("--gain", "0.3", "--like", sessions, "--rater", "nobody"),
        "simulate": ("--like", sessions, "--rater", "nobody"),
    }
    reading = {
        name
        for name, command in find_commands().items()
        if any(option.reads for option in command.every_option())
    }
    assert set(tables) <= reading
    # A key file names nobody, and a page is tried where pages are; a new command has its file alone.
    return {name: tables.get(name, (sessions,)) for name in reading - {"instruments", "open"}}


@pytest.mark.parametrize("by", ["option", "environment"])
def test_rows_alone_are_named_by_every_command(sessions, capsys, monkeypatch, by):
    if by == "environment":
        monkeypatch.setenv("ALLIANCE_ROWS_ONLY", "1")
    for name, arguments in commands_on(sessions).items():
        extra = ["--rows-only"] if by == "option" else []
        code, told = run(capsys, *name.split(), *arguments, *extra)
        assert code != 1, (name, told)
        assert not [who for who in (*PEOPLE, "Anna", "Meyer", "cried") if who in told], (name, told)


def test_a_redaction_takes_cells_out_of_sentences():
    hidden = Redaction(
        ["Anna Berg", "Tom Hill cried; power", "client", "3", "0171"], ["client", "power"]
    )
    told = hidden.of(
        "No 'tom_hill_cried' for Anna\n  Berg, client 0171; 3 rows, power; or 'wai-sr'?"
    )
    assert not re.search("Anna|Berg|cried|0171", told)
    assert "client" in told and "3 rows" in told and "power" in told and "'wai-sr'" in told


def test_escape_sequences_do_not_reach_the_terminal(capsys):
    say("a\x1b[31mred\x07\u202e\tb\nc")
    assert capsys.readouterr().out == "a\ufffd[31mred\ufffd\ufffd\tb\nc\n"


@pytest.mark.skipif(os.name != "posix", reason="processes are told apart on POSIX")
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    path = tmp_path / "t.csv"
    code = (
        "import os, pathlib; from alliance import files\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        f"files.write_text('half', {str(path)!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(tmp_path.iterdir())) == 1 and not path.exists()
    at_work = tmp_path / f"{files.unfinished(path)}abc"
    at_work.write_text("another run of this very process")
    files.write_text("whole", path)
    assert {each.name for each in tmp_path.iterdir()} == {"t.csv", at_work.name}


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_leaves_nothing(tmp_path, sign):
    code = (
        "import signal, sys, time, alliance.study.demo as demo\n"
        "from alliance.cli import main\n"
        # A shell passes Ctrl-C on as ignored to what it runs in the background.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "demo.run = lambda *_, **settings: settings['say']('at work') or time.sleep(60)\n"
        "sys.exit(main(['demo']))"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, **pipes) as running:
        assert running.stdout.readline() == "at work\n"
        running.send_signal(sign)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 1 and "Stopped" in told and "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_the_case_of_a_formula_behind_a_semicolon(tmp_path):
    table = read_table(CASES / "semicolon_formula.csv", SESSIONS)
    written = files.write_table(table, tmp_path / "t.csv").read_text()
    assert ";=" not in written and not re.search(r"(^|[\n,\"])=", written)
    assert read_table(tmp_path / "t.csv", SESSIONS)["client"].equals(table["client"])


FORMULAS = [
    "a;=cmd|' /C calc'!A0",
    "\uff1d1+1",
    "\u200b=1+1",
    "x\t+1+1",
    "x|@SUM(A1)",
    "\n=1+1",
    ' "=1+1',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_neutralised_wherever_a_cell_could_begin(tmp_path, text):
    path = files.write_table(pd.DataFrame({"a": [text], "b": ["x"]}), tmp_path / "t.csv")
    written = pd.read_csv(path).loc[0, "a"]
    for part in re.split(r"[;|\t\n]", written):
        plain = part.strip(' "\u200b')
        assert not plain or plain[0] not in "=+-@\uff1d", written
    assert files.without_marks(written) == text
