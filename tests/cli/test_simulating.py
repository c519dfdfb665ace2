"""The commands `simulate` and `power`: files, refusals, exit codes."""

import json
from pathlib import Path

import pandas as pd
import pytest

from alliance.cli import main
from alliance.simulate import World, parameters, worlds

FILES = {
    "responses.csv", "sessions.csv", "log.csv", "outcomes.csv", "truth.csv", "true_episodes.csv",
    "clients.csv", "settings.json", "README.md",
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(capsys, *arguments):
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as left:
        code = left.code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return code, shown.out, shown.err


def test_a_study_is_written_says_synthetic_and_can_be_made_again(capsys):
    code, out, _ = run(
        capsys, "simulate", "A5w", "--clients", 25, "--seed", 4, "-o", "first",
        "--set", "depth=0.5,1.2", "--set", "second_rater=yes",
    )  # fmt: skip
    assert code == 0 and "SYNTHETIC" in out
    assert {path.name for path in Path("first").iterdir()} == FILES
    assert "SYNTHETIC" in Path("first/README.md").read_text().splitlines()[0]
    settings = json.loads(Path("first/settings.json").read_text())
    assert (settings["clients"], settings["seed"], settings["synthetic"]) == (25, 4, True)
    assert settings["world"]["depth"] == [0.5, 1.2]
    assert run(capsys, "simulate", "first/settings.json", "-o", "again")[0] == 0
    for name in FILES:
        assert Path("first", name).read_bytes() == Path("again", name).read_bytes(), name
    sessions = pd.read_csv("first/sessions.csv")
    assert set(sessions["rater"]) == {"client", "therapist"}
    assert run(capsys, "repair", "first/sessions.csv", "--rater", "client", "--draws", 0)[0] == 0


def test_a_filled_folder_is_kept(capsys):
    Path("study").mkdir()
    Path("study/mine.txt").write_text("mine")
    code, _, err = run(capsys, "simulate", "--clients", 5, "-o", "study")
    assert code == 2 and "not empty" in err and "--force" in err
    assert run(capsys, "simulate", "--clients", 5, "-o", "study", "--force")[0] == 0
    assert Path("study/mine.txt").read_text() == "mine"
    Path("file").write_text("")
    code, _, err = run(capsys, "simulate", "-o", "file")
    assert code == 2 and "is a file" in err


def test_worlds_and_parameters_are_listed(capsys):
    code, out, _ = run(capsys, "simulate", "--list")
    assert code == 0 and max(map(len, out.splitlines())) <= 100
    for name in (*worlds(), *(set(World.__dataclass_fields__) - {"name"})):
        assert f"  {name} " in out, name
    assert "gain=0.3" in out and "latent points a session" in out
    assert parameters()["meaning"].str.len().gt(15).all()


REFUSED = {
    "Did you mean 'R0d'": ["simulate", "R0dd"],
    "there is no 'gian'. Did you mean 'gain'": ["simulate", "--set", "gian=3"],
    "write it like depth=0.75,2": ["simulate", "--set", "depth=deep"],
    "--set takes NAME=VALUE": ["simulate", "--set", "gain"],
    "hazard must lie between 0 and 1": ["simulate", "--set", "hazard=2"],
    "at least 1 client": ["simulate", "--clients", "0"],
    "--seed must be": ["simulate", "--seed", "-1"],
    "There is no file of settings": ["simulate", "nothing.json"],
    "There is no file": ["power", "--gain", "0.3", "--like", "nothing.csv"],
    "analyses": ["power", "--gain", "0.3", "--by", "rules"],
    "clients must be a whole number": ["power", "--gain", "0.3", "--clients", "3"],
    "cannot be saved": ["power", "--gain", "0.3", "--figure", "power.jpeg"],
    "--gain": ["power"],
}


@pytest.mark.parametrize("said", REFUSED)
def test_the_users_mistakes(capsys, said):
    code, out, err = run(capsys, *REFUSED[said])
    assert code == 2 and said in err
    assert not list(Path().iterdir())


@pytest.mark.parametrize("text", ["{", "[]", '{"world": {"gain": []}}', '{"world": {"x": 1}}'])
def test_a_file_that_is_not_of_settings(capsys, text):
    Path("settings.json").write_text(text)
    code, _, err = run(capsys, "simulate", "settings.json")
    assert code == 2 and err.strip()


def test_power_of_studies_like_a_pilot_study(capsys, monkeypatch):
    monkeypatch.setattr("alliance.effects.planning.MIN_REPLICATIONS", 1)
    run(capsys, "simulate", "A5w", "--clients", 40, "-o", "pilot")
    arguments = [
        "power", "--gain", 0.5, "--clients", 20, 40, "--by", "log", "--replications", 2,
        "--workers", 1, "--like", "pilot/sessions.csv", "--set", "hazard=0.1",
    ]  # fmt: skip
    code, out, _ = run(
        capsys, *arguments, "-o", "table.csv", "--figure", "power.svg", "--table", "table.html"
    )
    assert code == 0
    assert "like yours with hazard=0.1" in " ".join(out.split())
    table = pd.read_csv("table.csv")
    assert table["analysis"].tolist() == ["log", "log"]
    assert table["power"].between(0, 1).all()
    assert "<svg" in Path("power.svg").read_text() and "Power" in Path("table.html").read_text()
    code, _, err = run(capsys, *arguments, "-o", "table.csv")
    assert code == 2 and "--force" in err
