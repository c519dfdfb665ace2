"""The command line: exit codes, plain messages, no traceback, no file changed."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from alliance.cli import main
from alliance.simulate import simulate, worlds

HEADER = ["client", "session", *[f"wai_sr_{i}" for i in range(1, 13)]]


@pytest.fixture
def export(tmp_path, monkeypatch):
    """A small clean export in the current folder: two clients, eight sessions, one dip."""
    monkeypatch.chdir(tmp_path)
    rows = [
        [
            client,
            session,
            *[2 if (client, session) == ("007", 5) else 4 + item % 2 for item in range(12)],
        ]
        for client in ("007", "8")
        for session in range(1, 9)
    ]
    path = tmp_path / "export.csv"
    pd.DataFrame(rows, columns=HEADER).to_csv(path, index=False)
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return code, shown.out, shown.err


def test_no_command_shows_help(capsys):
    code, out, _ = run(capsys)
    assert code == 0 and "alliance demo" in out


def test_instruments(capsys):
    code, out, _ = run(capsys, "instruments")
    assert code == 0
    for name in ("wai-36", "srs", "haq-ii", "phq-9", "calpas", "two sources"):
        assert name in out


def test_one_instrument_fits_a_screen(capsys):
    for name in ("wai-36", "wai-sr", "srs", "phq-9", "oq-45"):
        code, out, _ = run(capsys, "instruments", name)
        assert code == 0 and len(out.splitlines()) <= 40 and max(map(len, out.splitlines())) <= 100
    _, out, _ = run(capsys, "instruments", "wai-sr")
    assert "items 3, 5, 7, 9" in out and "client: two sources" in out


def test_unknown_instrument(capsys):
    code, out, err = run(capsys, "instruments", "wai-srr")
    assert (code, out) == (2, "") and "Did you mean 'wai-sr'" in err


def test_template_is_written_once(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "instruments", "--template", "my.toml")[0] == 0
    code, _, err = run(capsys, "instruments", "--template", "my.toml")
    assert code == 2 and "--force" in err
    code, _, err = run(capsys, "instruments", "my.toml")
    assert code == 2 and "must be filled in" in err


def test_check_of_a_clean_export(capsys, export):
    before = export.read_bytes()
    code, out, _ = run(capsys, "check", export)
    assert code == 0
    assert "16 rows with 16 questionnaires" in out
    assert export.read_bytes() == before


def test_check_of_a_faulty_export(capsys, export):
    text = export.read_text().replace("8,3,", "8,3,9", 1)
    export.write_text(text)
    code, out, _ = run(capsys, "check", export)
    assert code == 2
    assert "94" in out and "To fix" in out and "1 to 5" in out


def test_check_writes_mapping_and_problems(capsys, export):
    code, _, _ = run(
        capsys, "check", export, "--write-mapping", "m.toml", "--problems-csv", "p.csv"
    )
    assert code == 0
    assert 'items = "wai_sr_{item}"' in Path("m.toml").read_text()
    assert run(capsys, "check", export, "--mapping", "m.toml")[0] == 0


def test_check_writes_a_mapping_to_complete_when_columns_are_unclear(capsys, export):
    export.write_text(export.read_text().replace("client", "who").replace("wai_sr_", "zz"))
    code, _, err = run(capsys, "check", export, "--write-mapping", "m.toml")
    assert code == 2
    assert "m.toml" in err
    assert "zz1" in Path("m.toml").read_text()


def test_score_then_ruptures(capsys, export):
    code, out, _ = run(capsys, "score", export)
    assert code == 0 and "16 rows" in out
    sessions = pd.read_csv("sessions.csv", dtype={"client": "str"})
    assert sessions.loc[0, "client"] == "007"
    code, out, _ = run(
        capsys, "ruptures", "sessions.csv", "--draws", "9", "--figure", "courses.png"
    )
    assert code == 0, out
    episodes = pd.read_csv("episodes.csv", dtype={"client": "str"})
    assert episodes[["client", "onset"]].values.tolist() == [["007", 5]]
    assert Path("courses.png").read_bytes().startswith(b"\x89PNG")


def test_existing_output_is_kept(capsys, export):
    Path("sessions.csv").write_text("mine")
    code, _, err = run(capsys, "score", export)
    assert code == 2 and "exists already" in err
    assert Path("sessions.csv").read_text() == "mine"
    assert run(capsys, "score", export, "--force")[0] == 0


def test_ready_made_scores(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("wide.csv").write_text("id,bdi_s1,bdi_s2\n007,35,37\n008,26,\n")
    code, _, _ = run(
        capsys,
        "score",
        "wide.csv",
        "--client",
        "id",
        "--scores",
        "total=bdi_s{session}",
        "--instrument",
        "bdi-ii",
    )
    assert code == 0
    assert len(pd.read_csv("sessions.csv")) == 3


def test_missing_codes_reach_ready_made_scores(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text("id,session,phq\n007,1,0\n007,2,99\n")
    score = ["score", "s.csv", "--client", "id", "--session", "session", "--scores", "total=phq"]
    assert run(capsys, *score, "--missing", "99")[0] == 0
    assert pd.read_csv("sessions.csv")["total"].fillna(-1).tolist() == [0, -1], "held, unrated"
    assert run(capsys, *score, "--missing", "0", "--force")[0] == 0
    assert pd.read_csv("sessions.csv")["total"].fillna(-1).tolist() == [-1, 99]


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "nowhere.csv"],
        ["check", "."],
        ["score", "export.csv", "--instrument", "nothing"],
        ["score", "export.csv", "--client", "nobody"],
        ["score", "export.csv", "--items", "x_{item}"],
        ["score", "export.csv", "--word", "often"],
        ["score", "export.csv", "--word", "often=much"],
        ["score", "export.csv", "--session-word", "pre=first"],
        ["score", "export.csv", "--session-word", "pre=0.5"],
        ["score", "export.csv", "--mapping", "nowhere.toml"],
        ["score", "export.csv", "--scores", "total"],
        ["score", "export.csv", "--encoding", "klingon"],
        ["ruptures", "export.csv"],
        ["ruptures", "nowhere.csv"],
        ["reliability", "nowhere.csv"],
        ["demo", "-o", "export.csv"],
    ],
    ids=" ".join,
)
def test_mistakes_get_exit_code_2_and_a_message(capsys, export, arguments):
    before = sorted(path.name for path in Path().iterdir())
    code, _, err = run(capsys, *arguments)
    assert code == 2 and err.strip()
    assert sorted(path.name for path in Path().iterdir()) == before


def test_unknown_rule_scale_and_rater(capsys, export):
    run(capsys, "score", export)
    for option, value, says in (
        ("--rule", "own_meen", "Did you mean"),
        ("--scale", "bnd", "bond"),
        ("--rater", "nobody", "client"),
        ("--instrument", "srs", "wai-sr"),
    ):
        code, _, err = run(capsys, "ruptures", "sessions.csv", option, value)
        assert code == 2 and says in err, err


def test_reliability(capsys, export):
    code, out, _ = run(capsys, "reliability", export)
    assert code == 0, out
    assert "alpha" in out


def test_a_key_of_the_users_own_goes_all_the_way(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(capsys, "instruments", "--template", "blank.toml")
    Path("my.toml").write_text(Path("blank.toml").read_text().replace('"..."', '"my-scale"'))
    rows = [
        [f"c{i}", s, 1 + (i + s) % 5, 2 + i % 3, 3, 1 + s % 4]
        for i in range(9)
        for s in range(1, 8)
    ]
    frame = pd.DataFrame(rows, columns=["client", "session", "q1", "q2", "q3", "q4"])
    frame["total"] = frame[["q1", "q2", "q3", "q4"]].sum(axis=1)
    frame.loc[0, "total"] = 99
    frame.to_csv("own.csv", index=False)
    key = ["--instrument", "my.toml", "--items", "q{item}"]
    code, out, _ = run(capsys, "check", "own.csv", *key, "--total", "total=total")
    assert code == 0 and "not the sum of its items in 1 of 63" in out
    code, out, err = run(capsys, "score", "own.csv", *key)
    assert code == 0 and "63 rows" in out, err
    assert run(capsys, "reliability", "own.csv", *key)[0] == 0
    code, out, err = run(capsys, "ruptures", "sessions.csv", "--draws", "9", "--figure", "own.svg")
    assert code == 0 and "What noise gives" in out, err


def test_rules_are_compared(capsys, export):
    run(capsys, "score", export)
    code, out, err = run(
        capsys, "ruptures", "sessions.csv", "--compare", "--draws", "9", "--figure", "rules.png"
    )
    assert code == 0, err
    compared = pd.read_csv("comparison.csv")
    assert {"own-mean", "v-episode", "change-point", "srs-level"} <= set(compared["rule"])
    assert compared.set_index("rule").loc["srs-level", "reason"]
    two = ["ruptures", "sessions.csv", "--rule", "own-mean", "--rule", "xmr", "--no-chance"]
    assert run(capsys, *two, "-o", "two.csv")[0] == 0
    assert len(pd.read_csv("two.csv")) == 2


def test_chance_can_be_switched_off_and_has_a_seed(capsys, export):
    run(capsys, "score", export)
    again = ["ruptures", "sessions.csv", "--force", "--draws", "19"]
    shown = [run(capsys, *again, "--seed", 1)[1] for _ in range(2)]
    assert shown[0] == shown[1] and "What noise gives" in shown[0]
    assert "noise" not in run(capsys, *again, "--no-chance")[1]


def test_prospective_search_ends_with_the_day(capsys, export):
    run(capsys, "score", export)
    code, out, _ = run(capsys, "ruptures", "sessions.csv", "--prospective", "--no-chance")
    assert code == 0 and "known on its day" in " ".join(out.split())


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A small synthetic study as files, shared by the tests of `repair`."""
    folder = tmp_path_factory.mktemp("study")
    made = simulate(worlds()["A3d"], clients=16, seed=3)
    arm = made.sessions["client"].str[-1].isin(list("02468")).map({True: "A", False: "B"})
    tables = {"sessions": made.sessions.assign(arm=arm), "log": made.log, "outcomes": made.outcomes}
    for name, table in tables.items():
        # The gain is fitted several times: courses are short.
        table[table["session"] <= 8].to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_the_answer_comes_first_and_others_beside_it(
    capsys, tmp_path, monkeypatch, study, few_switches
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(
        capsys, "repair", study / "sessions.csv", "--draws", 2, "--log", study / "log.csv",
        "--outcome", study / "outcomes.csv", "--conventional", "--by", "arm", "-o", "gain.csv",
    )  # fmt: skip
    assert code == 0, err
    parts = (
        "fewest assumptions",
        "By the rupture log, a cross-check",
        "After repaired ruptures",
        "Conventional analyses",
    )
    places = [out.index(part) for part in parts]
    assert places == sorted(places)
    assert "gain by arm" in out
    assert pd.read_csv("gain.csv")["rung"].tolist()[0] == "fewest assumptions"
    code, out, err = run(capsys, "repair", study / "sessions.csv", "--sensitivity")
    assert code == 0 and "2 specifications" in out, err


def test_a_log_of_several_sources_asks_which(capsys, tmp_path, monkeypatch, study):
    monkeypatch.chdir(tmp_path)
    one = pd.read_csv(study / "log.csv", dtype={"client": "str"})
    several = pd.concat([one.assign(source="client"), one.head(30).assign(source="observer")])
    several.to_csv("logs.csv", index=False)
    asked = ("repair", study / "sessions.csv", "--draws", 0)
    code, _, err = run(capsys, *asked, "--log", "logs.csv")
    assert code == 2 and "--source client at the command line" in " ".join(err.split())
    code, _, err = run(capsys, *asked, "--log", "logs.csv", "--source", "observr")
    assert code == 2 and "Did you mean 'observer'?" in err
    code, _, err = run(capsys, *asked, "--source", "client")
    assert code == 2 and "name one with --log" in err


def test_a_fault_of_ours_is_exit_code_1_without_data(capsys, export, monkeypatch):
    def broken(*arguments, **settings):
        raise RuntimeError("secret client 007")

    monkeypatch.setattr("alliance.scoring.score", broken)
    code, _, err = run(capsys, "score", export)
    assert code == 1 and "fault of the program" in err and "007" not in err


def test_installed_command_answers():
    shown = subprocess.run(
        [sys.executable, "-m", "alliance", "--version"], capture_output=True, text=True
    )
    assert shown.returncode == 0 and shown.stdout.startswith("alliance ")


def test_a_table_for_a_paper(export, capsys):
    run(capsys, "score", export, "--instrument", "wai-sr")
    code, out, err = run(
        capsys, "ruptures", "sessions.csv", "--no-chance", "--table", "ruptures.docx"
    )
    assert code == 0 and "ruptures.docx" in out, err
    code, out, _ = run(
        capsys, "reliability", export, "--instrument", "wai-sr", "--table", "reliability.tex"
    )
    assert code == 0 and "toprule" in Path("reliability.tex").read_text()


def test_a_table_that_cannot_be_written_is_refused_before_any_work(export, capsys):
    run(capsys, "score", export, "--instrument", "wai-sr")
    code, _, err = run(capsys, "ruptures", "sessions.csv", "--table", "ruptures.pdf")
    assert code == 2 and ".docx" in err and not Path("episodes.csv").exists()
