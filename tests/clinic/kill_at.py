"""Runs `monitor` or `report` many times, killed at many points, and prints what was left behind.

python kill_at.py FOLDER [monitor|report [KILLS]]: FOLDER holds sessions.csv, clinic.key and, unless
it is the first run, memory.sqlite. By hand: `report 25`. Every run is a fork of this process, killed by SIGKILL: by itself when it has run
a number of lines of the package, or from outside after a time.
"""

import datetime
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from alliance.cli import main
from alliance.clinic import monitor as watching


class SameDay(datetime.date):
    """The day of every run, or runs on both sides of midnight would differ."""

    @classmethod
    def today(cls):
        return cls(2026, 1, 5)


watching.datetime = SimpleNamespace(date=SameDay)

LINES, DELAYS = 3, 2
COMMAND = sys.argv[2] if len(sys.argv) > 2 else "monitor"
OUTPUT = {"monitor": "news.csv", "report": "review.html"}[COMMAND]
WAY = {"monitor": [], "report": ["--for", "clinic", "--draws", "1", "--force"]}[COMMAND]
WATCHED = ("clinic", "files.py", "pseudonyms", "cli")


def run(folder, kill_at=None, count_lines=False):
    """Run in this process; die after `kill_at` lines of the package. Returns code and lines run."""
    count, watched = 0, {}

    def trace(frame, event, argument):
        nonlocal count
        file = frame.f_code.co_filename
        if file not in watched:
            ours = f"{os.sep}alliance{os.sep}" in file
            watched[file] = ours and any(name in file for name in WATCHED)
        if not watched[file]:
            return None
        if event == "line":
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    if kill_at or count_lines:
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
    return code, count


def forked(folder, kill_at=None, delay=None):
    """Run in a fork; return its exit code, negative if it was killed."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(run(folder, kill_at)[0])
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


def tried(source, name, **point):
    folder = fresh(source, name)
    killed = forked(folder, **point)
    between = folder / OUTPUT
    half = between.read_text() if between.exists() else None
    again = forked(folder)
    return {"killed": killed, "between": half, "again": again} | left_behind(folder)


def in_silence(folder):
    """Run in this process and return the lines it took."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    lines = run(folder, count_lines=True)[1]
    sys.stdout.flush()
    os.dup2(saved, 1)
    return lines


def measure(source, kills=LINES):
    in_silence(fresh(source, "warm"))  # everything is loaded before the forks, so they are alike
    lines = in_silence(fresh(source, "counted"))
    reference = fresh(source, "reference")
    started = time.time()
    code = forked(reference)
    duration = time.time() - started
    whole = {"code": code} | left_behind(reference)
    whole["once more"] = forked(reference)
    whole["then"] = left_behind(reference)["news"]
    draw = random.Random(20260101)
    # The last lines are where files are written and the memory is changed: look closely there.
    close = 6 if kills >= LINES else 20
    points = {1, lines, *range(lines - 29, lines, close), *draw.sample(range(1, lines), kills)}
    runs = [tried(source, f"line{at}", kill_at=at) for at in sorted(points)]
    runs += [
        tried(source, f"delay{i}", delay=duration * (i + draw.random()) / DELAYS)
        for i in range(min(kills, DELAYS))
    ]
    print(json.dumps({"whole": whole, "lines": lines, "runs": runs}))


if __name__ == "__main__":
    measure(sys.argv[1], *map(int, sys.argv[3:]))
