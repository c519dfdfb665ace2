"""What only some need is an extra: without it the toolkit works, and says what to install."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from alliance.checks import EXTRAS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Stands in for an installation without the extras: what they bring cannot be imported.
WITHOUT = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {set(EXTRAS)!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""
SHEET = "client,session," + ",".join(f"wai_sr_{item}" for item in range(1, 13)) + "\n"


def run(code: str, cwd) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code],
        cwd=cwd, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def test_an_export_is_scored_and_searched_without_the_extras(tmp_path):
    answers = [(session, 2 if session == 5 else 4) for session in range(1, 9)]
    rows = [f"007,{session}{f',{answer}' * 12}\n" for session, answer in answers]
    (tmp_path / "export.csv").write_text(SHEET + "".join(rows))
    done = run(
        "import alliance as al\n"
        "sessions = al.score(al.read('export.csv'))\n"
        "found = al.find_ruptures(sessions, al.rules.own_mean())\n"
        "print(len(sessions), found.frame['onset'].tolist())\n",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "8 [5]\n"


def test_a_file_that_needs_an_extra_names_it(tmp_path):
    needed = {
        ".xlsx": "excel",
        ".ods": "excel",
        ".sav": "spss",
        ".dta": "spss",
        ".parquet": "parquet",
    }
    begin = {".xlsx": b"PK\3\4", ".ods": b"PK\3\4", ".sav": b"$FL2"}
    for ending in needed:
        (tmp_path / f"export{ending}").write_bytes(begin.get(ending, b"") + b"\0" * 600)
    code = f"from alliance.cli import main\nfor ending in {[*needed]}:\n    print(main(['check', 'export' + ending]))"
    done = run(code, tmp_path)
    assert done.stdout.split() == ["2"] * len(needed)
    assert re.findall(r"alliance-rupture-repair\[(\w+)\]", done.stderr) == [*needed.values()]
    assert "Traceback" not in done.stderr


def test_writing_a_workbook_or_a_word_table_names_the_extra(tmp_path):
    done = run(
        "import pandas as pd\n"
        "from alliance.errors import AllianceError\n"
        "from alliance.files import write_table\n"
        "from alliance.results import PublicationTable, words\n"
        "table = PublicationTable(title='T', columns=(words('a', ['b']),))\n"
        "frame = pd.DataFrame({'a': [1]})\n"
        "for write in (lambda: write_table(frame, 'x.xlsx'), lambda: table.to_word('x.docx')):\n"
        "    try:\n"
        "        write()\n"
        "    except AllianceError as error:\n"
        "        print(error)\n",
        tmp_path,
    )
    named = re.findall(r"alliance-rupture-repair\[(\w+)\]", done.stdout)
    assert named == ["excel", "word"], done.stderr


def test_every_optional_package_stands_in_its_extra_and_not_in_the_core():
    for package, extra in EXTRAS.values():
        listed = " ".join(PROJECT["optional-dependencies"][extra])
        assert re.search(rf"\b{re.escape(package)}\b", listed), (package, extra)
        assert not any(wanted.startswith(package) for wanted in PROJECT["dependencies"])


def test_without_numba_rules_pulses_and_shuffling_work_and_give_the_same(tmp_path):
    code = (
        "import numpy as np, alliance as al\n"
        "from alliance.ruptures.engine import LARGE\n"
        "rng = np.random.default_rng(1)\n"
        "many = al.simulate.simulate(al.simulate.worlds()['N0'], clients=12, seed=1).sessions\n"
        "many = al.courses(many[many['session'] <= 6])\n"
        "scores = rng.integers(8, 57, LARGE) / 8\n"
        "numbers, offsets = np.tile(np.arange(1, 11), LARGE // 10), np.arange(0, LARGE + 1, 10)\n"
        "large = type(many)(scores=scores, sessions=numbers, offsets=offsets)\n"
        "seen = al.ruptures.scan(large, al.rules.own_mean())\n"
        "print(seen.onset.sum(), seen.before.sum().hex(), seen.counts().sum(axis=0).tolist())\n"
        "found = al.find_ruptures(many, 'xmr')\n"
        "al.chance_baseline(found, draws=2, nulls=['shuffled'])\n"
        "print(len(al.model.find_pulses(many).frame), 'numba' in str(sys.modules.get('numba')))\n"
    )
    without, with_it = (
        run(start + code, tmp_path) for start in ("sys.modules['numba'] = None\n", "")
    )
    assert without.returncode == with_it.returncode == 0, without.stderr + with_it.stderr
    assert without.stdout.endswith("False\n")
    assert with_it.stdout.endswith("True\n")
    assert without.stdout.splitlines()[0] == with_it.stdout.splitlines()[0]
