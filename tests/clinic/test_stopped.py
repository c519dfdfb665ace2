"""Killed at any point and run again, the monitor says exactly what an uninterrupted run says."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from alliance.cli import main
from alliance.clinic import monitor, watch
from alliance.errors import AllianceError
from alliance.pseudonyms import new_key

DRIVER = Path(__file__).with_name("kill_at.py")
COURSES = {
    "a": [6.0, 6.1, 4.6, 5.2, 6.0, 6.2, 4.0, 4.1, 4.2],
    "b": [5.0, 5.1, 5.0, 3.0, 3.1, 5.0, 5.1, 5.2, 5.1],
    "=c": [6.5, 6.4, 6.6, 6.5, 6.4, 6.5, 6.6, 4.5, 6.5],
    "d": [4.0, 2.0, 2.1, 2.2, 2.1, 2.0, 2.2, 2.3, 2.1],
}


def table(upto, courses=COURSES):
    rows = [
        {"client": client, "session": session, "rater": "client", "total": score}
        for client, scores in courses.items()
        for session, score in enumerate(scores[:upto], start=1)
    ]
    return pd.DataFrame(rows)


def remembered(rows, command):
    """What the memory holds; a report's has a key of its own, which codes clients and scores anew."""
    if command == "monitor":
        return rows
    return sorted(
        [part for part in row[1:] if not re.fullmatch("[0-9a-f]{16}", str(part))] for row in rows
    )


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="processes are forked")
@pytest.mark.parametrize(
    ("command", "first_run"), [("monitor", True), ("monitor", False), ("report", True)]
)
def test_killed_at_many_points(tmp_path, command, first_run):
    source = tmp_path / "source"
    source.mkdir()
    new_key(source / "clinic.key")
    table(5).to_csv(source / "sessions.csv", index=False)
    arguments = ["monitor", str(source / "sessions.csv"), "--memory", str(source / "memory.sqlite")]
    if not first_run:
        assert (
            main(
                [*arguments, "--detector", "v-episode", "--pseudonyms", str(source / "clinic.key")]
            )
            == 10
        )
        table(9).to_csv(source / "sessions.csv", index=False)
    done = subprocess.run(
        [sys.executable, DRIVER, source, command], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    whole, runs = told["whole"], told["runs"]
    # All runs end with the memory of the whole one, from which there is nothing more to say.
    assert len(whole["news"].splitlines()) > 2 and told["states"] >= 5
    assert sum(run["killed"] == -9 for run in runs) >= len(runs) - 1
    for run in runs:
        # Nothing half written, no leftovers, and the same news.
        assert run["between"] in (None, whole["news"])
        assert run["news"] == whole["news"] or run["between"] and run["news"] == whole["then"]
        assert run["files"] == whole["files"]
        for part in ("seen", "said"):
            assert remembered(run[part], command) == remembered(whole[part], command)
    if command == "monitor":
        assert whole["code"] == 10 and whole["once more"] == 0
        # What was not remembered before the kill is said again.
        assert all(run["again"] == 10 or run["between"] == whole["news"] for run in runs)
        assert {run["again"] for run in runs} == {0, 10}


class Broken(sqlite3.Connection):
    """A file that fails at its n-th statement."""

    left = 0

    def _count(self):
        Broken.left -= 1
        if Broken.left == 0:
            raise sqlite3.OperationalError("disk I/O error")

    def execute(self, *arguments):
        self._count()
        return super().execute(*arguments)

    def executemany(self, *arguments):
        self._count()
        return super().executemany(*arguments)


def once(function):
    """Return what was returned for this object, or for a table of this length, before."""
    kept = {}

    def remembering(given, *more, **options):
        key = len(given) if isinstance(given, pd.DataFrame) else id(given)
        if key not in kept:
            kept[key] = function(given, *more, **options)
        return kept[key]

    return remembering


def news_of(path, upto):
    with watch(table(upto), path, detector="v-episode") as news:
        pass
    return news.frame.drop(columns="code")


def test_failing_at_every_statement(tmp_path, monkeypatch):
    # What is judged does not depend on the memory: each table is judged once.
    for step in ("make_record", "judge", "falls", "now"):
        monkeypatch.setattr(monitor, step, once(getattr(monitor, step)))
    plain = tmp_path / "plain.sqlite"
    first, second = news_of(plain, 5), news_of(plain, 9)
    connect, failures = sqlite3.connect, 0
    for at in range(1, 60):
        path, before = tmp_path / f"{at}.sqlite", failures
        for upto, expected in ((5, first), (9, second)):
            Broken.left = at
            with monkeypatch.context() as patch:
                patch.setattr(
                    "alliance.clinic.state_file.sqlite3.connect",
                    lambda *a, **k: connect(*a, **k, factory=Broken),
                )
                try:
                    said = news_of(path, upto)
                except AllianceError as error:
                    failures += 1
                    assert "nothing was remembered" in str(error)
                    said = news_of_again(path, upto)
            pd.testing.assert_frame_equal(said, expected)
        if failures == before:  # the statement to fail at comes after the last
            break
    assert failures > 30 and at < 59


def news_of_again(path, upto):
    Broken.left = 10_000
    return news_of(path, upto)


def test_news_that_did_not_get_out_are_said_again(tmp_path):
    path = tmp_path / "m.sqlite"
    with pytest.raises(ZeroDivisionError), watch(table(5), path, detector="v-episode") as news:
        lost = news.frame
        raise ZeroDivisionError
    with watch(table(5), path, detector="v-episode") as news:
        pd.testing.assert_frame_equal(news.frame, lost)
    assert news.first


def test_two_runs_at_once_are_refused(tmp_path):
    path = tmp_path / "m.sqlite"
    with (
        watch(table(5), path, detector="v-episode"),
        pytest.raises(AllianceError, match="in use by another run"),
        watch(table(9), path, detector="v-episode"),
    ):
        pass
    with watch(table(5), path, detector="v-episode") as news:
        assert len(news) == 0


def test_a_program_change_is_said(tmp_path, monkeypatch):
    path = tmp_path / "m.sqlite"
    news_of(path, 5)
    monkeypatch.setattr(monitor, "__version__", "9.9")
    with watch(table(5), path, detector="v-episode") as news:
        assert "program changed from" in news.text() and len(news) == 0
