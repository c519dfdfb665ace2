"""Mutated files for every reader: only the project's own errors may come out, in time.

    python tests/fuzz/fuzz.py --files 100000 --seed 1 --keep build/fuzz

Each file is one of the samples with bytes changed, cut out, doubled or put in; of a file that is a
zip archive every second time in what it holds. Whatever makes a reader raise anything but an
`AllianceError`, ends the process, or takes over ten seconds is kept in the folder named by --keep.

Files are read one after the other in one process with the limits that readers have, since a new
process for each would take most of the time. A file that ends it is read again as users read it, in a
process of its own: that must give a sentence.
"""

import argparse
import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from samples import make_samples, packed, sessions_table, unpacked

import alliance as al
from alliance.clinic import watch
from alliance.instruments import load
from alliance.intake import child, read_any_table, read_mapping
from alliance.intake.files import read_file
from alliance.pseudonyms import read_key
from alliance.simulate import find_world

MOST_SECONDS = 10
MOST_MEMORY = 1_200_000_000  # what `child.Limits` allows a small file
# Files that one process reads before the next takes over, so that what readers lose stays small.
TURN = 1_000
# Formats that C and Rust code reads break in more ways than text does, and are read sooner.
OFTEN = {".xls", ".xlsx", ".xlsb", ".ods", ".sav", ".zsav", ".dta", ".parquet"}
# Pieces that have a meaning to one reader or another.
PIECES = (
    b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b'"', b"'", b";", b"\n", b"=",
    b"[[", b"]]", b"{}", b"1e400", b"9" * 40, b"nan", b"-0", b"1979-05-27T07:32:00Z", b"\xd9\xa1",
    b"<row r=\"99999999\">", b"record_id", b"\xef\xbb\xbf", b"\xe2\x80\xae", b",", b"\t", b"\r", b"1900",
    b"31.02.2026", b"-99", b"true", b"NA", b"&#0;", b"&a;", b" table:number-rows-repeated=\"99999999\"",
)  # fmt: skip


def mutated(raw: bytes, dice: random.Random) -> bytes:
    """Return a file with a few changes, in its bytes or in one of the files packed in it."""
    if raw.startswith(b"PK") and dice.random() < 0.5:
        members = unpacked(raw)
        name = dice.choice(sorted(members))
        return packed({**members, name: changed(members[name], dice)})
    return changed(raw, dice)


def changed(raw: bytes, dice: random.Random) -> bytes:
    """Return bytes with one to five changes."""
    content = bytearray(raw)
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        place = dice.randrange(len(content) + 1)
        length = min(dice.choice((1, 1, 2, 4, 8, 40, 400)), len(content) - place)
        kind = dice.randrange(5)
        if kind == 0 and length:
            content[place] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del content[place : place + length]
        elif kind == 2:
            content[place:place] = dice.choice(PIECES)
        elif kind == 3:
            content[place : place + length] = dice.randbytes(length)
        else:
            content[place:place] = content[place : place + length]
    return bytes(content)


def reader(path: Path, number: int) -> Callable[[], object]:
    """Return what reads a file of this kind; of several ways the one whose turn it is."""
    name = path.name
    if name.startswith("map"):
        return lambda: read_mapping(path)
    if name.startswith("key"):
        return lambda: load(str(path))
    if name.startswith("settings"):
        return lambda: find_world(str(path))
    if path.suffix == ".key":
        return lambda: read_key(path)
    if path.suffix == ".memory":
        return lambda: _watched(path)
    if name.startswith("log"):
        return lambda: al.read_log(path)
    if name.startswith("sessions"):
        return lambda: al.find_ruptures(read_any_table(path), "own-mean")
    if path.suffix in OFTEN and number % 10:
        return lambda: read_file(path)
    if number % 3 == 0:
        return lambda: al.check(path).text()
    return lambda: al.read(path, problems="set aside")


def _watched(path: Path) -> int:
    with watch(sessions_table(), path) as news:
        return len(news)


class Fuzz:
    """Samples in a folder, and the files that come of them: file `n` is the same whenever it is made."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        made = make_samples(folder)
        made += 3 * [path for path in made if path.suffix in OFTEN]
        self.samples = [(path.name, path.read_bytes()) for path in made]

    def content(self, number: int) -> tuple[str, bytes]:
        """Return the name and the bytes of one mutated file."""
        name, raw = self.samples[number % len(self.samples)]
        return name, mutated(raw, random.Random(f"{self.seed}-{number}"))

    def outcome(self, number: int) -> str:
        """Read one file and return what came of it."""
        name, content = self.content(number)
        path = self.folder / name
        path.write_bytes(content)
        started = time.process_time()
        result = _outcome(reader(path, number))
        return f"SLOW {name}" if time.process_time() - started > MOST_SECONDS else result

    def in_turn(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Yield what came of each file, read in one process as long as that lives."""
        number = first
        with _process(lambda say: self._turn(number, last, say)) as lines:
            for number, line in enumerate(lines, start=first):
                yield number, line
                first = number + 1
        if first < last:
            yield first, self._alone(first)
            yield from self.in_turn(first + 1, last)

    def _turn(self, first: int, last: int, say: Callable[[str], None]) -> None:
        child._fork = _here
        child._limit_memory(child.Limits(memory=MOST_MEMORY, seconds=0))
        for number in range(first, last):
            # Ends the process where a reader does not come back, by the processor's clock.
            signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS / 4)
            say(self.outcome(number))

    def _alone(self, number: int) -> str:
        """Read a file that ended the process as users read it."""
        with _process(lambda say: say(self.outcome(number))) as lines:
            came = next(iter(lines), "")
        name, _ = self.content(number)
        return f"{came}, after the reader of {name} broke" if came else f"DIED {name}"


def _here(
    function: Callable[..., object], arguments: tuple[object, ...], limits: object
) -> tuple[bytes, int]:
    """Stand in for the fork of `child.limited`: all else is as it is there."""
    return child._answer(function, arguments), 0


@contextlib.contextmanager
def _process(work: Callable[[Callable[[str], None]], None]) -> Iterator[Iterator[str]]:
    """Run work in a forked process and give the lines that it says."""
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        code = 1
        try:
            os.close(reading)
            child._quiet()
            work(lambda text: os.write(writing, f"{text}\n".encode()) and None)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as lines:
            yield (line.rstrip("\n") for line in lines)
    finally:
        os.waitpid(worker, 0)


def run(files: int, seed: int, keep: Path | None = None, show: bool = False) -> Counter[str]:
    """Read mutated files and return how often each thing happened."""
    counts: Counter[str] = Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fuzz = Fuzz(Path(made), seed)
        for first in range(0, files, TURN):
            for number, result in fuzz.in_turn(first, min(first + TURN, files)):
                counts[result] += 1
                if keep is not None and result[:4].isupper():
                    keep.mkdir(parents=True, exist_ok=True)
                    name, content = fuzz.content(number)
                    (keep / f"{seed}-{number}-{name}").write_bytes(content)
            if show:
                rate = counts.total() / (time.monotonic() - started)
                print(f"{counts.total()} files, {rate:.0f} a second: {dict(counts)}", flush=True)
    return counts


def _outcome(read: Callable[[], object]) -> str:
    """Return what came of reading: read, refused, or a fault and where it happened."""
    try:
        read()
    except al.AllianceError:
        return "refused"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)
        ours = [f"{Path(f.filename).name}:{f.lineno}" for f in last if "alliance" in f.filename]
        return f"FAULT {type(error).__name__} {' '.join(ours[-2:])}"
    return "read"


def main() -> None:
    """Fuzz as the command line says and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    for name, count in run(options.files, options.seed, options.keep, show=True).most_common():
        print(f"{count:8}  {name}")
    peak = max(resource.getrusage(who).ru_maxrss for who in (0, resource.RUSAGE_CHILDREN))
    print(f"Most memory of a process: {peak / 1000:.0f} MB")


if __name__ == "__main__":
    main()
