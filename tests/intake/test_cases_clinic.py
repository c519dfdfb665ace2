"""Files of clinics and of a trial: each gives its right answer through the command line."""

import pandas as pd

import alliance as al


def test_skipped_sessions(run):
    ran = run("score", "clinic/skipped_sessions.csv")
    assert ran.code == 0 and len(ran.scores) == 96
    assert ran.scores["total"].notna().sum() == 88
    held = ran.scores[ran.scores["client"] == "K01"]
    assert held["session"].max() == 8 and held["total"].isna().sum() == 2
    assert "8 sessions were held without a questionnaire" in ran.said


def test_totals(run):
    named = (
        "--client Client_ID --session Session_ID --date Session_Date --therapist Therapist "
        "--scores total=Total --instrument srs-4"
    )
    ran = run("score", "clinic/totals.csv", named)
    assert ran.code == 0 and ran.scores["date"].notna().all() and "therapist" in ran.scores


def test_totals_dates_only(run):
    named = (
        "--client Client_ID {}--date Session_Date --therapist Therapist --scores total=Total "
        "--instrument srs-4"
    )
    by_date = run("score", "clinic/totals_dates_only.csv", named.format(""))
    numbered = run("score", "clinic/totals.csv", named.format("--session Session_ID "))
    pd.testing.assert_frame_equal(by_date.scores, numbered.scores)


def test_two_cases(run):
    ran = run("score", "clinic/two_cases.csv")
    assert ran.code == 0 and "different answers" not in ran.said
    assert set(ran.scores["case"]) == {"K01-1", "K01-2"}
    assert set(ran.scores["therapist"]) == {"Ann"}


def test_book_merged_clients(run):
    ran = run("score", "clinic/book_merged_clients.xlsx", "--sheets all")
    assert ran.code == 0 and ran.scores["total"].notna().sum() == 96
    one = run("score", "clinic/book_merged_clients.xlsx")
    assert one.code == 2 and "--sheets all" in one.said


def test_book_title_rows(run):
    ran = run("score", "clinic/book_title_rows.xlsx", "--sheets all")
    assert ran.code == 0, ran.said


def test_client_case(run):
    ran = run("check", "clinic/client_case.csv")
    assert "differ only in case or blanks" in ran.said
    assert "k01" in ran.said and "K01" in ran.said


def test_typo_future(run):
    ran = run("score", "clinic/typo_future.csv")
    assert ran.code == 0 and "2027" in ran.said


def test_redcap_raw(run):
    ran = run("score", "clinic/redcap_raw.csv", "--instrument wai-sr")
    assert ran.code == 0
    assert ran.scores["therapist"].notna().all() and ran.scores["date"].notna().all()
    assert ran.scores["client"].nunique() == 12


def test_redcap_labels(run):
    ran = run("score", "clinic/redcap_labels.csv", "--instrument wai-sr")
    assert ran.code == 0 or "label export" in ran.said


def test_german_srs(run):
    ran = run("score", "clinic/german_srs.csv")
    assert ran.code == 0 and ran.totals()["K01/1"] == 36.1
    assert ran.scores["date"].iloc[0] == "2026-01-05"


def test_date_d_mon_yy(run):
    ran = run("score", "clinic/date_d_mon_yy.csv", "--instrument srs")
    assert ran.scores["date"].tolist()[0] == "2026-03-14" and ran.totals()["A1/1"] == 27


def test_discharged_and_left_last_year_keep_skipped_sessions(run):
    for name in ("discharged", "left_last_year"):
        ran = run("score", f"clinic/{name}.csv")
        assert ran.code == 0 and len(ran.scores) == 96


NAMED = "--instrument wai-s --client id --items wai_{item}_s{session} --covariate arm ecr_avoid"


def test_item4_recoded(run):
    ran = run("score", "study/item4_recoded.sav", NAMED)
    assert ran.code == 0 and "Items 4 (client)" in ran.said.replace("Item 4 (", "Items 4 (")
    assert {"arm", "ecr_avoid"} <= set(ran.scores)
    assert not {"arm", "ecr_avoid"} & set(al.tables.scale_columns(ran.scores))
    settled = run("score", "study/item4_recoded.sav", f"{NAMED} --already-reversed 4")
    assert "already reversed" not in settled.said


def test_long_diary(run):
    named = "--client dyad --session day --scores total=satisf --rater-column partner"
    ran = run("score", "study/long_diary.csv", named)
    assert ran.code == 0 and set(ran.scores["rater"]) == {"F", "M"}


def test_pre_and_post(run, tmp_path):
    ran = run("score", "study/pre_and_post.csv")
    assert ran.code == 0 and set(ran.scores["moment"]) == {"before", "after"}
    sessions = str(tmp_path / "sessions.csv")
    asked = run("ruptures", sessions, "--no-chance")
    assert asked.code == 2 and "--when after" in asked.said
    chosen = run("ruptures", sessions, f"--no-chance --when after -o {tmp_path / 'e.csv'}")
    assert chosen.code == 0 and "3 rows came in" in chosen.said
    assert run("reliability", "study/pre_and_post.csv").code == 2
    assert run("reliability", "study/pre_and_post.csv", "--when after").code == 0
    page = f"-o {tmp_path / 'p.html'} --draws 1"
    for kind in ("clinic", "study"):
        assert run("report", "study/pre_and_post.csv", f"--for {kind} {page}").code == 2
        made = run("report", "study/pre_and_post.csv", f"--for {kind} {page} --force --when before")
        assert made.code == 0
    memory = f"--memory {tmp_path / 'm.sqlite'}"
    assert run("monitor", "study/pre_and_post.csv", f"{memory} --when before").code == 0
