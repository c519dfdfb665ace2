"""Mutated files for every reader: only the project's own errors may come out, in time.

    python tests/fuzz/fuzz.py --files 100000 --seed 1

Each file is one of the samples with bytes changed, cut out, doubled or put in. Whatever makes a reader
raise anything but an `AllianceError`, or take over ten seconds, is kept in the folder named by --keep.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat

import alliance as al
from alliance.clinic import watch
from alliance.instruments import load, template
from alliance.intake import read_any_table, read_mapping
from alliance.intake.files import read_file
from alliance.pseudonyms import new_key, read_key
from alliance.simulate import find_world, simulate, worlds, write_study

MOST_SECONDS = 10.0
# Pieces that have a meaning to one reader or another.
PIECES = (
    b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b'"', b"'", b";", b"\n", b"=",
    b"[[", b"]]", b"{}", b"1e400", b"9" * 40, b"nan", b"-0", b"1979-05-27T07:32:00Z", b"\xd9\xa1",
    b"<row r=\"99999999\">", b"record_id", b"\xef\xbb\xbf", b"\xe2\x80\xae",
)  # fmt: skip


def sessions_table() -> pd.DataFrame:
    """Return a small scored table with a fall in it."""
    scores = [5.0, 5.1, 4.9, 5.2, 2.0, 2.2, 5.0, 5.1]
    rows = [(f"c{c}", s, "client", scores[(s + c) % 8]) for c in range(4) for s in range(1, 9)]
    return pd.DataFrame(rows, columns=["client", "session", "rater", "total"])


def export_table() -> pd.DataFrame:
    """Return a small export with the answers to a questionnaire of twelve items."""
    items = {f"wai_sr_{i}": [1 + (i + s) % 5 for s in range(12)] for i in range(1, 13)}
    who = {"client": ["007"] * 6 + ["b"] * 6, "session": [*range(1, 7)] * 2}
    return pd.DataFrame({**who, "date": "2026-03-14", **items})


def make_samples(folder: Path) -> list[Path]:
    """Write one sound file of every kind that is read."""
    export, sessions = export_table(), sessions_table()
    export.to_csv(folder / "export.csv", index=False)
    export.to_csv(folder / "export.tsv", index=False, sep="\t", encoding="utf-16")
    export.to_excel(folder / "export.xlsx", index=False)
    export.to_parquet(folder / "export.parquet")
    pyreadstat.write_sav(export, str(folder / "export.sav"))
    pyreadstat.write_sav(export, str(folder / "export.zsav"), compress=True)
    pyreadstat.write_dta(export, str(folder / "export.dta"))
    sessions.to_csv(folder / "sessions.csv", index=False)
    log = sessions.head(9).drop(columns=["rater", "total"]).assign(source="client", tension=1)
    log.to_csv(folder / "log.csv", index=False)
    (folder / "map.toml").write_text(
        'client = "client"\nitems = "wai_sr_{item}"\n[words]\nnie = 1\n'
    )
    key = template().replace('"..."', '"my-scale"')
    (folder / "key.toml").write_text(key)
    new_key(folder / "clinic.key")
    study = simulate(worlds()["R0d"], clients=3, rng=1)
    write_study(study, folder / "study", seed=1)
    (folder / "study" / "settings.json").rename(folder / "settings.json")
    with watch(sessions, folder / "clinic.memory"):
        pass
    samples = [path for path in folder.iterdir() if path.is_file()]
    # Formats that nothing here can write: small files made by other programs.
    given = Path(__file__).parents[1] / "cases" / "hostile"
    for name in ("panic.xls", "endless_loop.ods", "beyond_row.xlsx"):
        copy = folder / f"given_{name}"
        copy.write_bytes((given / name).read_bytes())
        samples.append(copy)
    return sorted(samples)


def mutated(raw: bytes, dice: random.Random) -> bytes:
    """Return the bytes of a file with one to six changes."""
    content = bytearray(raw)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
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


def readers(path: Path) -> list[Callable[[], object]]:
    """Return what reads a file of this kind."""
    name = path.name
    if name.startswith("map"):
        return [lambda: read_mapping(path)]
    if name.startswith("key"):
        return [lambda: load(str(path))]
    if name.startswith("settings"):
        return [lambda: find_world(str(path))]
    if path.suffix == ".key":
        return [lambda: read_key(path)]
    if path.suffix == ".memory":
        return [lambda: _watched(path)]
    if name.startswith("log"):
        return [lambda: al.read_log(path)]
    if name.startswith("sessions"):
        return [lambda: al.find_ruptures(read_any_table(path), "own-mean")]
    if path.suffix in (".csv", ".tsv"):
        return [lambda: al.read(path, problems="set aside"), lambda: al.check(path).text()]
    return [lambda: read_file(path)]


def _watched(path: Path) -> int:
    with watch(sessions_table(), path) as news:
        return len(news)


def run(files: int, seed: int, keep: Path | None = None) -> Counter[str]:
    """Read mutated files and return how often each thing happened."""
    dice = random.Random(seed)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        samples = [(path, path.read_bytes()) for path in make_samples(Path(made))]
        for number in range(files):
            path, raw = samples[number % len(samples)]
            changed = mutated(raw, dice)
            path.write_bytes(changed)
            for read in readers(path):
                started = time.monotonic()
                result = outcome(read)
                if time.monotonic() - started > MOST_SECONDS:
                    result = f"SLOW {path.name}"
                counts[result] += 1
                if keep is not None and result.isupper() | result.startswith(("FAULT", "SLOW")):
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{seed}-{number}-{path.name}").write_bytes(changed)
    return counts


def outcome(read: Callable[[], object]) -> str:
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
    for name, count in run(options.files, options.seed, options.keep).most_common():
        print(f"{count:8}  {name}")
    peak = max(resource.getrusage(who).ru_maxrss for who in (0, resource.RUSAGE_CHILDREN))
    print(f"Most memory of a process: {peak / 1000:.0f} MB")


if __name__ == "__main__":
    main()
