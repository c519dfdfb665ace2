"""A small clean export, and the way to spoil it."""

import shlex
import shutil
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alliance as al

ITEMS = [f"wai_sr_{item}" for item in range(1, 13)]
STUDY = Path(__file__).parents[2] / "data" / "synthetic_study"


@pytest.fixture
def clean() -> pd.DataFrame:
    """24 WAI-SR forms of 4 clients as text, clients 007 to 010, sessions 1 to 6."""
    rng = np.random.default_rng(7)
    level = rng.normal(3.8, 0.7, (24, 1))
    answers = np.clip(np.round(level + rng.normal(0, 0.6, (24, 12))), 1, 5).astype(int)
    answers[:3, 0], answers[1, 1] = 1, 5
    frame = pd.DataFrame(answers.astype(str), columns=ITEMS)
    frame.insert(0, "Client ID", [f"{client:03d}" for client in range(7, 11) for _ in range(6)])
    frame.insert(1, "Session", [str(session) for _ in range(4) for session in range(1, 7)])
    return frame


@pytest.fixture
def write(tmp_path):
    """Write a frame or a text as a file and return its path."""

    def write_one(content, name: str = "export.csv", **options) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_bytes(content.encode("utf-8"))
        else:
            content.to_csv(path, index=False, **options)
        return path

    return write_one


@pytest.fixture
def problem():
    """Return the one problem of a kind that a check finds; there must be exactly one."""

    def find(path, kind: str, **settings):
        found = al.check(path, **settings).problems
        (one,) = [p for p in found if p.kind == kind]
        return one

    return find


@pytest.fixture
def refusal():
    """Return the message with which an export is refused."""

    def refuse(path, **settings) -> str:
        with pytest.raises(al.AllianceError) as caught:
            al.read(path, **settings)
        return str(caught.value)

    return refuse


@pytest.fixture(scope="session")
def study() -> pd.DataFrame:
    """The first 20 clients of the synthetic study: item level, two raters, missing answers."""
    study = pd.read_csv(STUDY / "responses.csv", dtype={"client": "str"})
    return study[study["client"] <= "020"].reset_index(drop=True)


CASES = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True)
class Run:
    """What one call of the command line did: exit code, all it printed, the scores it wrote."""

    code: int
    said: str
    written: Path | None

    @cached_property
    def scores(self) -> pd.DataFrame | None:
        """The scores it wrote, read where a test asks for them."""
        with warnings.catch_warnings():
            # What is to be known of the file was said by the command already.
            warnings.simplefilter("ignore", al.AllianceWarning)
            return self.written and al.read_sessions(self.written)

    def totals(self, scale: str = "total") -> dict:
        """Return the written scores by client and session (and rater, where several rated)."""
        rows = self.scores
        several = rows["rater"].nunique() > 1
        keys = ["client", "session", *(["rater"] if several else [])]
        return {
            "/".join(map(str, key)): None if pd.isna(value) else round(float(value), 4)
            for *key, value in rows[[*keys, scale]].itertuples(index=False, name=None)
        }


@pytest.fixture
def run(tmp_path, capsys):
    """Run `alliance COMMAND FILE OPTIONS` on a case and return what came out."""

    def run_one(command: str, file: str, options: str = "") -> Run:
        from alliance.cli import main

        path = file if Path(file).is_absolute() else str(CASES / file)
        words = [command, path, *shlex.split(options)]
        written = tmp_path / "sessions.csv"
        if command == "score":
            words += ["-o", str(written), "--force"]
        try:
            code = main(words)
        except SystemExit as stopped:
            code = stopped.code
        streams = capsys.readouterr()
        kept = None
        if command == "score" and code == 0:
            kept = tmp_path / f"sessions{len(list(tmp_path.iterdir()))}.csv"
            shutil.copy(written, kept)
        return Run(code=code, said=streams.out + streams.err, written=kept)

    return run_one
