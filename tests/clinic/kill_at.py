"""Runs `monitor` or `report`, killed wherever its files change, and prints what was left behind.

python kill_at.py FOLDER [monitor|report [KILLS]]: FOLDER holds sessions.csv, clinic.key and, unless
it is the first run, memory.sqlite. By hand: `report 25`.

A killed process leaves its files as they are. So one run is watched line by line of the package,
and each state its folder passes through is kept and gone on from, as after a kill at those lines.
Beside it some runs are forks that die by SIGKILL: by themselves at some line, or after a time.
"""

import datetime
import gc
import json
import os
import pickle
import random
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from alliance import clinic
from alliance.cli import main
from alliance.cli.commands import monitor as monitor_command
from alliance.cli.commands import report_clinic as report_command
from alliance.clinic import monitor as watching
from alliance.clinic import page
from alliance.clinic import report as reporting


class SameDay(datetime.date):
    """The day of every run, or runs on both sides of midnight would differ."""

    @classmethod
    def today(cls):
        return cls(2026, 1, 5)


watching.datetime = SimpleNamespace(date=SameDay)

COMMAND = sys.argv[2] if len(sys.argv) > 2 else "monitor"
OUTPUT = {"monitor": "news.csv", "report": "review.html"}[COMMAND]
WAY = {"monitor": [], "report": ["--for", "clinic", "--draws", "1", "--force"]}[COMMAND]
WATCHED = ("clinic", "files.py", "pseudonyms", "cli")


def run(folder, at_line=None):
    """Run in this process, calling `at_line` before every line of the package; return the code."""
    watched = {}

    def trace(frame, event, argument):
        file = frame.f_code.co_filename
        if file not in watched:
            ours = f"{os.sep}alliance{os.sep}" in file
            watched[file] = ours and any(name in file for name in WATCHED)
        if not watched[file]:
            return None
        if event == "line":
            at_line()
        return trace

    if at_line:
        sys.settrace(trace)
    code = main(
        [
            COMMAND,
            f"{folder}/sessions.csv",
            *WAY,
            "--memory",
            f"{folder}/memory.sqlite",
            "--detector",
            "v-episode",
        ]
        + ["--pseudonyms", f"{folder}/clinic.key", "-o", f"{folder}/{OUTPUT}"]
    )
    sys.settrace(None)
    return code


class Dying:
    """Dies at a line."""

    def __init__(self, kill_at):
        self.left = kill_at

    def __call__(self):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


class Watching:
    """Keeps every state of the files of a folder, and counts the lines."""

    def __init__(self, folder):
        self.folder, self.lines, self.seen, self.states = folder, 0, None, []

    def __call__(self):
        self.lines += 1
        with os.scandir(self.folder) as entries:
            stats = {entry.name: entry.stat() for entry in entries}
        seen = {name: (at.st_ino, at.st_size, at.st_mtime_ns) for name, at in stats.items()}
        if seen != self.seen:
            self.seen = seen
            self.states.append({name: Path(self.folder, name).read_bytes() for name in seen})


def forked(folder, kill_at=None, delay=None):
    """Run in a fork; return its exit code, negative if it was killed."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(run(folder, kill_at and Dying(kill_at)))
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def left_behind(folder):
    """Return the news file and what the memory holds."""
    with sqlite3.connect(f"file:{folder}/memory.sqlite?mode=ro", uri=True) as file:
        tables = {
            table: file.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            for table in ("seen", "said")
        }
    news = Path(folder, OUTPUT)
    return {
        "news": news.read_text() if news.exists() else None,
        "files": sorted(path.name for path in Path(folder).iterdir()),
        **tables,
    }


def fresh(source, name):
    folder = Path(source).parent / name
    shutil.copytree(source, folder)
    return folder


def tried(folder, killed):
    between = folder / OUTPUT
    half = between.read_text() if between.exists() else None
    again = forked(folder)
    return {"killed": killed, "between": half, "again": again} | left_behind(folder)


def tried_after(source, name, **point):
    folder = fresh(source, name)
    return tried(folder, forked(folder, **point))


def tried_from(source, name, state):
    folder = Path(source).parent / name
    folder.mkdir()
    for file, content in state.items():
        (folder / file).write_bytes(content)
        (folder / file).chmod(0o600)
    return tried(folder, -signal.SIGKILL)


def in_silence(folder):
    """Run in this process, so that everything is loaded before the forks."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    run(folder)
    sys.stdout.flush()
    os.dup2(saved, 1)


def watched(folder):
    """Run in a fork, so that its process has ended as a killed one has; return what it kept."""
    kept = folder.with_suffix(".pickle")
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        watching = Watching(folder)
        run(folder, watching)
        kept.write_bytes(pickle.dumps((watching.lines, watching.states)))
        os._exit(0)
    os.waitpid(child, 0)
    return pickle.loads(kept.read_bytes())


def once(function):
    """Return what was returned the first time: for steps that touch no file, of the one table."""
    kept = []

    def remembering(*given, **options):
        if not kept:
            kept.append(function(*given, **options))
        return kept[0]

    return remembering


def measure(source, kills=1):
    for module, step in (
        (monitor_command, "read_export"),
        (clinic, "make_record"),
        (report_command, "read_material"),
        (watching, "make_record"),
        (watching, "judge"),
        (watching, "falls"),
        (watching, "now"),
        (reporting, "make_record"),
        (reporting, "review"),
        (page, "in_this_period"),
    ):
        setattr(module, step, once(getattr(module, step)))
    in_silence(fresh(source, "warm"))
    # A fork that collects garbage would copy all that it shares with this process.
    gc.disable()
    lines, states = watched(fresh(source, "watched"))
    reference = fresh(source, "reference")
    started = time.time()
    code = forked(reference)
    duration = time.time() - started
    whole = {"code": code} | left_behind(reference)
    whole["once more"] = forked(reference)
    whole["then"] = left_behind(reference)["news"]
    runs = [tried_from(source, f"state{i}", state) for i, state in enumerate(states)]
    draw = random.Random(20260101)
    # The last lines are where files are written and the memory is changed: look closely there.
    points = [1, lines - 12, *(draw.randrange(1, lines) for _ in range(kills))]
    runs += [tried_after(source, f"line{at}", kill_at=at) for at in points[:kills]]
    runs += [
        tried_after(source, f"delay{i}", delay=duration * (i + draw.random()) / kills)
        for i in range(kills)
    ]
    print(json.dumps({"whole": whole, "states": len(states), "runs": runs}))


if __name__ == "__main__":
    measure(sys.argv[1], *map(int, sys.argv[3:]))
