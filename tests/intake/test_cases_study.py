"""Files of a study through its analyses: each gives its right answer through the command line."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alliance as al

CASES = Path(__file__).parents[1] / "cases"
SKIPPED = "clinic/skipped_sessions.csv"


@pytest.fixture
def skipped(run, tmp_path):
    """The scored table of the clinic with skipped sessions, as a file."""
    ran = run("score", SKIPPED)
    path = tmp_path / "skipped.csv"
    ran.scores.to_csv(path, index=False)
    return path


def test_every_third(run, tmp_path):
    file, to = "study/every_third.csv", f"--no-chance -o {tmp_path / 'e.csv'} --force"
    plain = run("ruptures", file, f"--rule v-episode {to}")
    assert plain.code == 0 and "fewer than 2 rated sessions" not in _before_methods(plain.said)
    assert "12 with no two rated sessions close enough" in " ".join(plain.said.split())
    assert "--max-gap 3" in plain.said
    settled = run("ruptures", file, f"--rule v-episode --max-gap 3 {to}")
    assert settled.code == 0 and len(pd.read_csv(tmp_path / "e.csv")) == 12


def _before_methods(said: str) -> str:
    return said.split("A session was called")[0]


def test_landmark(run):
    found = al.find_ruptures(al.read_sessions(CASES / "study/landmark.csv"), "v-episode")
    table = al.conventional_analyses(found.courses, found).frame
    table = table[table["estimate"].notna()]
    marks = table[table["analysis"].str.contains("landmark")]
    assert len(marks)
    assert ((table["low"] <= table["estimate"]) & (table["estimate"] <= table["high"])).all()


def test_wais_rec(run, tmp_path, monkeypatch):
    shutil.copy(CASES / "study/wais_rec.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    columns = "--client id --items wai_{item}_s{session}"
    by_path = run("score", "study/item4_recoded.sav", f"--instrument wais_rec.toml {columns}")
    assert by_path.code == 0 and "already reversed" not in by_path.said
    for name in ("wais_rec", "wai-s-rec"):
        ran = run("score", "study/item4_recoded.sav", f"--instrument {name} {columns}")
        pd.testing.assert_frame_equal(ran.scores, by_path.scores)
        trust = run("reliability", "study/item4_recoded.sav", f"--instrument {name} {columns}")
        assert trust.code == 0, trust.said
        found = run(
            "ruptures", str(tmp_path / "sessions.csv"), f"--instrument {name} --no-chance --force"
        )
        assert found.code == 0, found.said
    chosen = al.courses(by_path.scores)
    assert chosen.range == (1, 7) and chosen.sign == 1


def test_35_bundle_with_gaps_and_blanks(run, tmp_path):
    ran = run("score", "public/35-bundle-with-gaps-and-blanks.csv", "--instrument wai-sr")
    assert ran.code == 0
    made = run("bundle", str(tmp_path / "sessions.csv"), f"-o {tmp_path / 'b'} --draws 3 --accept")
    assert made.code == 0, made.said
    frictionless = pytest.importorskip("frictionless")
    frictionless.system.trusted = True
    report = frictionless.validate(str(tmp_path / "b" / "datapackage.json"))
    assert report.valid and len(report.tasks) == 3


def test_56_log_with_leading_zeros(run, tmp_path):
    ran = run(
        "score",
        "public/56-excel-ids-shown-with-leading-zeros.xlsx",
        "--instrument wai-sr",
    )
    assert set(ran.scores["client"]) == {"007", "012"}
    log = al.read_log(CASES / "public/56b-log-with-leading-zeros.csv")
    assert set(log["client"]) == {"007", "012"}
    bare = tmp_path / "bare.csv"
    bare.write_text("client,session,tension\n7,2,1\n12,2,0\n")
    said = run("log", str(bare), f"--against {tmp_path / 'sessions.csv'}")
    assert said.code == 2 and "12, 7" in said.said and "zeros to 3 places" in said.said


def test_59_icc_six_targets_four_judges():
    from alliance.reliability.intraclass import icc

    table = pd.read_csv(CASES / "public/59-icc-six-targets-four-judges.csv")
    found = icc(table, targets="target", raters="judge", scores="score")
    assert np.allclose(found["icc"], [0.17, 0.29, 0.71, 0.44, 0.62, 0.91], atol=0.006)


def test_70_xmr_last_score_missing(run, tmp_path):
    file, to = CASES / "public/70-xmr-last-score-missing.csv", tmp_path / "e.csv"
    without = tmp_path / "without.csv"
    without.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    for path in (file, without):
        ran = run("ruptures", str(path), f"--rule xmr --no-chance -o {to} --force")
        (row,) = pd.read_csv(to).itertuples()
        assert ran.code == 0 and row.onset == 9
        assert row.before - 2.66 * row.unit == pytest.approx(4.417, abs=0.001)


def test_72_mixed_model_no_client_variance():
    from alliance.effects import fit_mixed

    table = pd.read_csv(CASES / "public/72-mixed-model-no-client-variance.csv")
    fit = fit_mixed(table, "total ~ group")
    estimates = fit.frame.set_index("term")
    assert np.allclose(estimates["estimate"], [4.0, 0.5], atol=1e-6)
    assert np.allclose(estimates["standard_error"], [0.115470, 0.163299], atol=1e-4)
    assert fit.boundary


def test_log_dates(run, skipped):
    sessions = al.read_sessions(skipped)
    log = al.read_log(CASES / "clinic/log_dates.csv", sessions=sessions)
    held = sessions[sessions["client"].eq("K01") & sessions["date"].eq("2026-02-09")]
    assert log[["client", "session"]].values.tolist() == [["K01", held["session"].item()]]
    alone = run("log", "clinic/log_dates.csv")
    assert alone.code == 2 and "--against" in alone.said
    both = run("log", "clinic/log_dates.csv", f"--against {skipped} --draws 3 --asked rated")
    assert both.code == 0, both.said


def test_log_unknown_client(run, skipped):
    file = "clinic/log_unknown_client.csv"
    settings = f"--against {skipped} --draws 3 --asked rated"
    refused = run("log", file, settings)
    assert refused.code == 2 and "K99" in refused.said and "k02 is K02" in refused.said
    partly = run("log", file, f"{settings} --partial")
    assert partly.code == 0 and partly.said.startswith("2 of 3 clients")


def test_a_large_log_with_one_stranger_is_counted_first(run, skipped, tmp_path):
    log = tmp_path / "log.csv"
    rows = "".join(f"K{n:02d},2,{int(n < 4)}\n" for n in range(1, 11))
    log.write_text(f"client,session,tension\n{rows}K77,2,0\n")
    ran = run("log", str(log), f"--against {skipped} --draws 3")
    assert ran.code == 0 and ran.said.startswith("1 of 11 clients"), ran.said
    found = al.find_ruptures(al.read_sessions(skipped), "own-mean")
    compared = al.compare_with_log(found, al.read_log(log), draws=0)
    assert compared.text().startswith("1 of 11 clients") and compared.joined.lost == ("K77",)


def test_outcomes_of_other_clients_are_refused_everywhere(skipped):
    sessions = al.read_sessions(skipped)
    outcomes = pd.DataFrame(
        {"client": [f"k{n:02d}" for n in range(1, 13)], "session": 1, "instrument": "phq-9"}
    ).assign(total=9.0)
    found = al.find_ruptures(sessions, "own-mean")
    for analysis in (
        lambda: al.outcome_gain(sessions, outcomes),
        lambda: al.outcome_by_history(al.histories(found), outcomes),
        lambda: al.reported_gain(sessions, outcomes.assign(tension=1.0)),
        lambda: al.unreported_signs(sessions, found, log=outcomes.assign(tension=1.0)),
    ):
        with pytest.raises(al.AllianceError, match="capitals"):
            analysis()
    assert al.match_clients(outcomes, sessions, partial=True).empty


def test_numbered_clients_of_a_log_are_refused():
    log = pd.DataFrame({"client": [7, 12], "session": [1, 2]})
    with pytest.raises(al.DataError, match="read_sessions|dtype"):
        al.log.tidy_log(log)
