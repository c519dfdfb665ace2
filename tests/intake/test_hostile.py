"""Broken and hostile files end in one sentence, in time and in little memory, and in a process of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance.cli import main
from alliance.intake import child
from alliance.intake.declared_size import refuse_impossible_size
from alliance.intake.files import read_file

CASES = Path(__file__).parents[1] / "cases" / "hostile"
BROKEN = [
    "segfault_one_byte.sav", "endless_memory.xls", "endless_loop.ods", "beyond_row.xlsx",
    "rows_1e8.sav", "panic.xls",
]  # fmt: skip
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")


# What a process of its own is asked, a list of arguments a run, and tells of each.
DRIVER = """
import contextlib, io, json, sys
from alliance.cli import main
told = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    told.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(told))
"""


def in_a_process(*arguments, **environment):
    """Run Python in a process with limits of its own, whatever a reader does."""
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000, 4_000_000_000))

    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
        env={**os.environ, "ALLIANCE_READ_SECONDS": "1", **environment},
        check=False,
    )


@pytest.fixture
def here(capsys):
    """Run `alliance` in this process: for files that break no reader."""

    def run(*arguments):
        code = main(list(map(str, arguments)))
        shown = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=shown.out, stderr=shown.err)

    return run


def test_broken_files_are_a_sentence_and_exit_code_2_each(tmp_path):
    asked = [["score", str(CASES / name), "-o", str(tmp_path / "s.csv")] for name in BROKEN]
    ran = in_a_process("-c", DRIVER, json.dumps(asked))
    assert ran.returncode == 0 and "panicked" not in ran.stderr, ran.stderr
    for name, (code, out, err) in zip(BROKEN, json.loads(ran.stdout), strict=True):
        assert code == 2 and out == "", name
        assert "To fix" in err and "Traceback" not in err, name
    assert list(tmp_path.iterdir()) == []


def test_a_chain_that_comes_round_is_seen_before_it_is_followed(tmp_path):
    sound = (CASES.parents[1] / "fuzz" / "export.xls").read_bytes()
    path = tmp_path / "b.xls"
    path.write_bytes(sound)
    refuse_impossible_size(path)
    assert read_file(path).cells.shape == (12, 15)
    # The table of sectors begins where the header says; sector 1 is made to follow on itself.
    table = 512 * (1 + int.from_bytes(sound[76:80], "little"))
    path.write_bytes(sound[: table + 4] + (1).to_bytes(4, "little") + sound[table + 8 :])
    with pytest.raises(al.AllianceError, match="leads back into itself"):
        read_file(path)


def test_a_binary_workbook_that_claims_too_much_is_refused_at_once(tmp_path):
    sys.path.insert(0, str(CASES.parents[1] / "fuzz"))
    from samples import binary_workbook, packed, unpacked

    path = tmp_path / "b.xlsb"
    path.write_bytes(binary_workbook(pd.DataFrame({"client": ["k1", "k2"], "total": [30, 20]})))
    assert read_file(path).cells["total"].tolist() == ["30", "20"]
    members = unpacked(path.read_bytes())
    name = "xl/worksheets/sheet1.bin"
    second = bytes([0, 25]) + (1).to_bytes(4, "little")  # the record that begins the second row
    assert members[name].count(second) == 1
    for row, refused in ((1_048_575, False), (1_048_576, True)):
        further = members[name].replace(second, second[:2] + row.to_bytes(4, "little"))
        path.write_bytes(packed({**members, name: further}))
        if not refused:
            refuse_impossible_size(path)
            continue
        with pytest.raises(al.AllianceError, match="beyond the last"):
            refuse_impossible_size(path)


def test_an_identifier_that_lost_its_digits_is_said(here):
    shown = here("check", CASES / "client_1e19.parquet")
    assert shown.returncode == 2 and "export identifiers as text" in shown.stderr + shown.stdout


def test_a_header_that_stands_twice_is_said(here):
    shown = here("check", CASES / "redcap_na.csv")
    assert shown.returncode == 2 and "row 2" in shown.stderr
    assert "fault of the program" not in shown.stderr


@pytest.mark.parametrize("option", ["--mapping", "--instrument"])
def test_settings_beyond_reason_are_said(here, option):
    name = {"--mapping": "overflow_mapping.toml", "--instrument": "222426-key.toml"}[option]
    shown = here("check", CASES / "cyrillic.csv", option, CASES / name)
    assert shown.returncode == 2 and name in shown.stderr
    assert "fault of the program" not in shown.stderr


def test_a_console_of_few_letters_ends_no_run(tmp_path):
    arguments = ("monitor", CASES / "cyrillic.csv", "--memory", tmp_path / "m")
    shown = in_a_process("-m", "alliance", *arguments, PYTHONIOENCODING="cp1252")
    assert shown.returncode in (0, 10) and "fault" not in shown.stderr


def test_pipes_and_devices_are_refused(tmp_path, here):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(al.AllianceError, match="pipe or a device"):
        al.read(tmp_path / "pipe.csv")
    for option in ("--mapping", "--instrument"):
        (tmp_path / "pipe.csv").rename(tmp_path / "pipe.toml")
        shown = here("check", CASES / "cyrillic.csv", option, tmp_path / "pipe.toml")
        (tmp_path / "pipe.toml").rename(tmp_path / "pipe.csv")
        assert shown.returncode == 2 and "pipe or a device" in shown.stderr


def broken_off(path):
    os.kill(os.getpid(), signal.SIGSEGV)


def endless(path):
    while True:
        pass


def greedy(path):
    return [np.ones(50_000_000) for _ in range(100)]


def surprising(path):
    return os.system


def small(path):
    return {"a": [1, "b", None], "frame": pd.DataFrame({"x": [1.5, np.nan], "y": ["k", None]})}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "f.sav"
    path.write_bytes(b"x")
    return path


def test_what_a_reader_does_stays_in_its_process(file, monkeypatch):
    monkeypatch.setenv("ALLIANCE_READ_SECONDS", "1")
    monkeypatch.setenv("ALLIANCE_READ_MEMORY", "300")
    for function, says in (
        (broken_off, "broke off"),
        (endless, "within 1 seconds"),
        (greedy, "300 MB"),
        (surprising, "damaged"),
    ):
        with pytest.raises(al.AllianceError, match=says):
            child.limited(function, file)


def test_plain_values_and_tables_come_back_and_soon(file):
    started = time.process_time()
    found = child.limited(small, file)
    assert time.process_time() - started < 0.1
    assert found["a"] == [1, "b", None]
    pd.testing.assert_frame_equal(found["frame"], small(file)["frame"])


def test_a_process_started_anew_gives_the_same(monkeypatch, tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"client": ["007", None], "item": [1.0, 2.5]}).to_parquet(path)
    forked = read_file(path)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("ALLIANCE_READ_SECONDS", "30")
    spawned = read_file(path)
    pd.testing.assert_frame_equal(forked.cells, spawned.cells)
    assert forked.read_as == spawned.read_as


def test_memory_that_runs_out_is_explained(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("client,session\na,1\n")

    def full(*arguments):
        raise MemoryError

    monkeypatch.setattr("alliance.intake.files.read_text", full)
    with pytest.raises(al.AllianceError, match="Memory ran out"):
        read_file(path)


def test_limits_that_are_no_numbers(file, monkeypatch):
    monkeypatch.setenv("ALLIANCE_READ_SECONDS", "soon")
    with pytest.raises(al.AllianceError, match="ALLIANCE_READ_SECONDS"):
        child.limited(small, file)
