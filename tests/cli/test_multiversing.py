"""`alliance repair --multiverse` on files."""

import pandas as pd
import pytest

from alliance.cli import main
from alliance.simulate import simulate, worlds


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    study = simulate(worlds()["A3d"], clients=80, rng=3)
    study.sessions.to_csv(folder / "sessions.csv", index=False)
    study.log.to_csv(folder / "log.csv", index=False)
    return folder


def run(capsys, *arguments):
    code = main(["repair", *map(str, arguments)])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return code, shown.out, shown.err


def test_answer_table_figure_and_kept_blocks(folder, capsys):
    code, out, _ = run(
        capsys, folder / "sessions.csv", "--multiverse", "--surrogates", 19,
        "--figure", folder / "curve.png", "--keep", folder / "kept", "-o", folder / "curve.csv",
        "--table", folder / "curve.html",
    )  # fmt: skip
    assert code == 0
    told = " ".join(out.split())
    assert "one specification reaching .05 means nothing" in told
    assert len(pd.read_csv(folder / "curve.csv")) == 24
    assert "Median estimate" in (folder / "curve.html").read_text("utf-8")
    assert (folder / "curve.png").stat().st_size > 10_000
    assert len([*(folder / "kept").iterdir()]) == 2
    code, _, err = run(capsys, folder / "sessions.csv", "--multiverse", "-o", folder / "curve.csv")
    assert code == 2 and "exists already" in err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--multiverse", "--choices", "ful"], "Did you mean 'full'"),
        (["--multiverse", "--design", "P1"], "exclude each other"),
        (["--multiverse", "--unrepaired", "--outcome", "x.csv"], "--unrepaired, --outcome and"),
        (["--multiverse", "--source", "client"], "leave out --log"),
        (["--figure", "x.png"], "--figure needs --multiverse"),
        (["--multiverse", "--workers", "0"], "workers must be a whole number"),
        (["--multiverse", "--seed", "-1"], "rng must be a whole number"),
        (["--multiverse", "--keep", __file__], "cannot be written"),
    ],
)
def test_refusals(folder, capsys, arguments, message):
    code, _, err = run(capsys, folder / "sessions.csv", *arguments)
    assert code == 2 and message in err


def test_a_log_has_no_choices(folder, capsys):
    code, _, err = run(capsys, folder / "sessions.csv", "--multiverse", "--log", folder / "log.csv")
    assert code == 2 and "leave out --log" in err
