"""Files with an oddity that no single rule foresaw: nothing is misread or lost without a word."""

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

import alliance as al
from alliance.intake.identity import session_numbers

ITEMS = [f"wai_sr_{item}" for item in range(1, 13)]


def kinds(path, **settings) -> set[str]:
    return {problem.kind for problem in al.check(path, **settings).problems}


def in_numbers(clean) -> pd.DataFrame:
    frame = clean.rename(columns={"Client ID": "client", "Session": "session"})
    return frame.astype({name: float for name in ["session", *ITEMS]})


def spss(frame, tmp_path, **declared):
    pyreadstat.write_sav(frame, tmp_path / "study.sav", **declared)
    return tmp_path / "study.sav"


@pytest.mark.parametrize("code", [-99.0, 999.0])
def test_a_total_that_spss_declares_missing_is_no_score(clean, tmp_path, code):
    frame = in_numbers(clean).assign(total=lambda table: table[ITEMS].sum(axis=1))
    frame.loc[[1, 6], "total"] = code
    path = spss(frame[["client", "session", "total"]], tmp_path, missing_ranges={"total": [code]})
    with pytest.warns(al.AllianceWarning, match="without a questionnaire"):
        sessions = al.read_scores(path, scores={"total": "total"}, metric="sum")
    assert sessions.index[sessions["total"].isna()].tolist() == [1, 6]
    assert sessions["total"].between(12, 60).sum() == 22


@pytest.mark.parametrize(
    ("column", "code", "kind"),
    [("client", "999", "empty identifier"), ("session", 6.0, "session number")],
)
def test_who_and_when_that_spss_declares_missing_are_unknown(clean, tmp_path, column, code, kind):
    frame = in_numbers(clean)
    frame.loc[5, column] = code
    path = spss(frame, tmp_path, missing_ranges={column: [code]})
    (found,) = [p for p in al.check(path).problems if p.kind == kind]
    assert 6 in found.rows.index


def test_a_therapist_that_spss_declares_missing_is_none(clean, tmp_path):
    frame = in_numbers(clean).assign(therapist=[1.0, 9.0] * 12)
    responses = al.read(spss(frame, tmp_path, missing_ranges={"therapist": [9.0]}))
    assert set(responses["therapist"].dropna()) == {"1"}


def wide(clean) -> pd.DataFrame:
    table = clean.pivot(index="Client ID", columns="Session", values=ITEMS)
    return table.set_axis([f"{item}_T{k}" for item, k in table.columns], axis=1).reset_index()


def test_a_session_that_lacks_an_item_is_not_lost(clean, write, refusal):
    table = wide(clean).drop(columns="wai_sr_7_T3")
    assert "(session 3) lacks item 7." in refusal(write(table))
    # The way out that is named: an empty column.
    responses = al.read(write(table.assign(wai_sr_7_T3="")))
    assert len(responses) == 24
    assert responses.loc[responses["item_7"].isna(), "session"].tolist() == [3] * 4


def test_a_rater_whose_form_lacks_an_item_is_not_lost(clean, write, refusal):
    other = clean[ITEMS[:-1]].rename(columns=lambda name: name.replace("sr_", "sr_t_"))
    table = pd.concat([clean.rename(columns=lambda n: n.replace("sr_", "sr_c_")), other], axis=1)
    assert "'wai_sr_t_{item}' lacks item 12." in refusal(write(table))


@pytest.mark.parametrize("code", [-99, -9, 999])
def test_a_code_among_scores_of_no_named_questionnaire_is_no_score(write, code):
    frame = pd.DataFrame({"client": "007", "session": range(1, 7), "x": [25, code, 37, 50, 12, 60]})
    settings = {"scores": {"total": "x"}}
    with pytest.raises(al.DataError, match=f"Scores of {code}"):
        al.read_scores(write(frame), **settings)
    with pytest.warns(al.AllianceWarning):  # declared, the session stays without a score
        sessions = al.read_scores(write(frame), **settings, missing_codes=[code])
    assert sessions["total"].count() == 5


@pytest.mark.parametrize("scores", [[-1.2, -9, 0.3, -2], [70, 88, 99, 77]])
def test_scores_of_any_range_stand(write, scores):
    frame = pd.DataFrame({"client": "007", "session": range(1, 5), "x": scores})
    assert al.read_scores(write(frame), scores={"total": "x"})["total"].tolist() == scores


@pytest.mark.parametrize("other", ["7", "007.0", "7,0"])
def test_one_number_written_in_two_ways_is_pointed_out(clean, write, other):
    clean.loc[[1, 3], "Client ID"] = other
    assert "codes alike" in kinds(write(clean, sep=";"))


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\r\n', "SEP=;;;;;\n"])
def test_a_line_that_names_the_separator_is_no_header(clean, write, line):
    responses = al.read(write(line + clean.to_csv(index=False, sep=";")))
    assert len(responses) == 24 and responses["row"].min() == 3


def test_raters_who_never_share_a_date_are_pointed_out(clean, write):
    days = pd.to_datetime("2024-03-01") + pd.to_timedelta(clean["Session"].astype(int) * 7, "D")
    dated = clean.drop(columns="Session").assign(rater="client", date=days.dt.date)
    later = dated.assign(rater="therapist", date=(days + pd.Timedelta("1D")).dt.date)
    assert "raters on other days" in kinds(write(pd.concat([dated, later])))
    same = dated.assign(rater="therapist")
    assert "raters on other days" not in kinds(write(pd.concat([dated, same])))


@pytest.mark.parametrize(
    "cells",
    [["1st", "2nd", "3rd"], ["1. Sitzung", "2. Sitzung", "3.Sitzung"], ["1e séance", "2", "3e"]],
)
def test_ordinal_numbers_of_sessions(cells):
    found = session_numbers(pd.Series(cells), {}).tolist()
    assert found[:2] == [1, 2] and (found[2] == 3 or cells[2] == "3e")


def test_days_in_the_session_column_are_to_be_named_as_dates(clean, write, problem):
    clean["Session"] = "2024-03-0" + clean["Session"]
    assert 'date="..." (--date)' in problem(write(clean), "session number").fix
    responses = al.check(write(clean), date="Session").responses
    assert responses["session"].tolist() == [1, 2, 3, 4, 5, 6] * 4


def test_sessions_numbered_otherwise_than_their_labels_are_pointed_out(clean, tmp_path):
    frame = in_numbers(clean)
    labels = {"session": {k: f"Session {3 * k}" for k in range(1, 7)}}
    path = spss(frame, tmp_path, variable_value_labels=labels)
    assert "session labels" in kinds(path)
    named = al.check(path, sessions={str(k): 3 * k for k in range(1, 7)})
    assert named.responses["session"].tolist() == [3, 6, 9, 12, 15, 18] * 4
    plain = {"session": {k: f"Session {k}" for k in range(1, 7)}}
    assert "session labels" not in kinds(spss(frame, tmp_path, variable_value_labels=plain))


def test_checkboxes_are_named_and_never_taken_for_sessions(clean, write, refusal):
    boxes = {
        f"wai_{i}___{k}": (clean[name] == str(k)).astype(int)
        for i, name in enumerate(ITEMS, start=1)
        for k in range(1, 6)
    }
    message = refusal(write(clean[["Client ID", "Session"]].assign(**boxes)), instrument="wai-sr")
    assert "checkboxes" in message and "{session}" not in message


def test_a_hidden_sheet_is_not_read_before_one_that_is_shown(clean, tmp_path):
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "old", "hidden"
    old = clean.set_axis(["client", "session", *(f"WAI-SR {i}" for i in range(1, 13))], axis=1)
    for sheet, frame in ((book.active, old.head(3)), (book.create_sheet("new"), clean)):
        for row in [list(frame.columns), *frame.to_numpy().tolist()]:
            sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    assert len(al.read(tmp_path / "book.xlsx")) == 24
    assert "hidden" in kinds(tmp_path / "book.xlsx", sheet="old")


@pytest.mark.parametrize(
    "content", ["client session wai_sr_1\nk01 1 4\n", '"client,session"\n"k01,1"\n']
)
def test_a_file_of_one_column_asks_for_the_separator(write, refusal, content):
    message = refusal(write(content))
    assert "--separator" in message and message.count("To fix") == 1


def test_items_recoded_in_one_raters_form_only_are_pointed_out(write):
    rng = np.random.default_rng(5)
    level = rng.uniform(2, 6, (120, 1))
    answers = np.clip(np.round(level + rng.normal(0, 0.7, (120, 12))), 1, 7).astype(int)
    items = [f"wai_s_{item}" for item in range(1, 13)]
    table = pd.DataFrame(answers, columns=items)
    table.insert(0, "session", list(range(1, 61)) * 2)
    table.insert(0, "rater", ["client"] * 60 + ["therapist"] * 60)
    table.insert(0, "client", "007")
    ticked = table["rater"] == "therapist"
    table.loc[ticked, ["wai_s_4", "wai_s_10"]] = 8 - table[["wai_s_4", "wai_s_10"]]
    found = {p.kind: p.what for p in al.check(write(table), already_reversed=[4, 10]).problems}
    assert "4, 10 (therapist)" in found["not already reversed"]
    assert "already reversed" not in found
    ours = table[~ticked]
    assert "not already reversed" not in kinds(write(ours), already_reversed=[4, 10])


def test_moments_are_read_by_their_labels(clean, tmp_path):
    frame = in_numbers(clean).assign(when=[1.0, 2.0] * 12)
    frame["session"] = [1, 1, 2, 2, 3, 3] * 4
    path = spss(frame, tmp_path, variable_value_labels={"when": {1: "pre", 2: "post"}})
    assert set(al.read(path, moment="when")["moment"]) == {"before", "after"}
