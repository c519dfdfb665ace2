"""Answers that cannot stand, or hardly: each is named with its rows and what to do."""

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

import alliance as al

ITEMS = [f"wai_sr_{item}" for item in range(1, 13)]


def rows_of(problem) -> list[tuple]:
    return list(problem.rows.reset_index().itertuples(index=False, name=None))


def test_clean_export_has_no_problem(clean, write):
    found = al.check(write(clean))
    assert found.problems == () and found.passed
    assert "No problem was found." in found.text()


def test_out_of_range(clean, write, problem):
    clean.loc[3, "wai_sr_2"], clean.loc[20, "wai_sr_7"] = "7", "55"
    found = problem(write(clean), "out of range")
    assert found.serious
    assert found.what == "Answers to wai-sr must be whole numbers from 1 to 5"
    assert "missing_codes=[...]" in found.fix and "--missing" in found.fix
    assert rows_of(found) == [(5, "007", 4, "client", 2, "7"), (22, "010", 3, "client", 7, "55")]
    assert "(2 rows)." in found.text() and "item found" in found.text()


def test_blanks_scored_as_zero(clean, write, problem):
    clean.loc[5, ITEMS] = "0"
    found = problem(write(clean), "blanks scored as 0")
    assert "a questionnaire that was not filled in" in found.what
    assert "missing_codes=[0] (--missing 0)" in found.fix
    assert rows_of(found) == [(7, "007", 6, "client")]
    assert len(al.read(write(clean), missing_codes=[0])) == 23


def test_counting_from_zero(clean, write, problem):
    expected = al.read(write(clean))
    clean[ITEMS] = (clean[ITEMS].astype(int) - 1).astype(str)
    found = problem(write(clean), "first code")
    assert "Answers run from 0 to 4, where wai-sr has 1 to 5" in found.what
    assert "first_code=0 (--first-code 0)" in found.fix
    with pytest.raises(al.DataError, match="count from 0"):
        al.read(write(clean), problems="set aside")
    pd.testing.assert_frame_equal(al.read(write(clean), first_code=0), expected)


def test_counting_from_zero_is_seen_beside_a_missing_code(clean, write):
    clean[ITEMS] = (clean[ITEMS].astype(int) - 1).astype(str)
    clean.loc[2, "wai_sr_1"] = "99"
    kinds = {p.kind for p in al.check(write(clean)).problems}
    assert kinds == {"first code", "does not apply"}


def test_does_not_apply_codes(clean, write, problem):
    clean.loc[[2, 9, 11], "wai_sr_10"] = "9"
    clean.loc[4, "wai_sr_1"] = "-99"
    found = problem(write(clean), "does not apply")
    assert "Answers of -99, 9 look like a code" in found.what
    assert "missing_codes=[-99, 9]" in found.fix
    assert found.rows.index.tolist() == [4, 6, 11, 13]
    responses = al.read(write(clean), missing_codes=[-99, 9])
    assert responses.set_index("row")["item_10"].isna().sum() == 3


def test_repeated_row_and_two_versions(clean, write, problem):
    copy, version = clean.loc[[3]], clean.loc[[10]].assign(wai_sr_1="2", wai_sr_2="5")
    path = write(pd.concat([clean, copy, version]))
    repeated = problem(path, "repeated row")
    assert rows_of(repeated) == [(5, "007", 4, "client"), (26, "007", 4, "client")]
    assert "take the copies out" in repeated.fix
    versions = problem(path, "two versions")
    assert rows_of(versions) == [(12, "008", 5, "client"), (27, "008", 5, "client")]
    assert "correct the session number or the client" in versions.fix
    with pytest.warns(al.AllianceWarning, match="Set aside"):
        responses = al.read(path, problems="set aside")
    assert len(responses) == 23
    assert 5 in set(responses["row"]) and not {12, 27, 26} & set(responses["row"])


def test_two_copies_beside_another_version_are_all_in_doubt(clean, write):
    path = write(
        pd.concat([clean, clean.loc[[3]], clean.loc[[3]].assign(wai_sr_1="2", wai_sr_2="5")])
    )
    (found,) = al.check(path).problems
    assert found.kind == "two versions" and found.rows.index.tolist() == [5, 26, 27]


def test_totals_that_do_not_equal_their_items(clean, write, problem):
    clean["WAI Total"] = clean[ITEMS].astype(int).sum(axis=1)
    clean.loc[6, "WAI Total"] += 3
    found = problem(write(clean), "totals differ")
    assert not found.serious
    assert "is not the sum of its items in 1 of 24" in found.what
    assert found.rows.index.tolist() == [8]
    assert found.rows["reported"].iloc[0] == found.rows["computed"].iloc[0] + 3


def test_a_total_that_is_no_number_is_named(clean, write, problem):
    clean["WAI Total"] = clean[ITEMS].astype(int).sum(axis=1).astype(str)
    clean.loc[6, "WAI Total"] = "#VALUE!"
    found = problem(write(clean), "total not a number")
    assert not found.serious and rows_of(found) == [(8, "008", 1, "client", "#VALUE!")]


def test_a_total_without_answers_is_named(clean, write, problem):
    clean["WAI Total"] = clean[ITEMS].astype(int).sum(axis=1).astype(str)
    clean.loc[6, ITEMS] = ""
    found = problem(write(clean), "total without answers")
    assert not found.serious and found.rows.index.tolist() == [8]
    assert "read_scores" in found.fix


@pytest.mark.parametrize("error", ["#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#N/A", "#NUM!"])
def test_spreadsheet_errors_in_text(clean, write, problem, error):
    clean.loc[8, "wai_sr_11"] = error
    found = problem(write(clean), "spreadsheet error")
    assert found.serious and rows_of(found) == [(10, "008", 3, "client", 11, error)]
    assert "mend the formula" in found.fix


def test_spreadsheet_error_as_a_true_error_cell(clean, tmp_path, problem):
    numbers = clean.assign(**{item: clean[item].astype(int) for item in ITEMS})
    numbers.to_excel(tmp_path / "export.xlsx", index=False)
    book = openpyxl.load_workbook(tmp_path / "export.xlsx")
    cell = book.active.cell(row=10, column=13)
    cell.value, cell.data_type = "#VALUE!", "e"
    book.save(tmp_path / "export.xlsx")
    found = problem(tmp_path / "export.xlsx", "spreadsheet error")
    assert rows_of(found) == [(10, "008", 3, "client", 11, "#VALUE!")]


@pytest.mark.parametrize("mark", [".", "#NULL!", "NA", "n/a", "-"])
def test_missing_marks_are_read_as_unanswered_and_named(clean, write, problem, mark):
    clean.loc[8, "wai_sr_11"] = mark
    path = write(clean)
    found = problem(path, "missing mark")
    assert not found.serious and rows_of(found) == [(10, "008", 3, "client", 11, mark)]
    with pytest.warns(al.AllianceWarning, match="sign for 'missing'"):
        responses = al.read(path).set_index("row")
    assert np.isnan(responses.loc[10, "item_11"])


def test_a_form_of_missing_marks_is_an_empty_form(clean, write):
    clean.loc[8, ITEMS] = "."
    found = al.check(write(clean))
    assert {p.kind for p in found.problems} == {"held without a questionnaire", "missing mark"}
    assert found.intake.counts["empty"] == 1 and found.intake.counts["read"] == 23
    assert found.responses.set_index("row").filter(like="item_").loc[10].isna().all()


def test_words_not_in_the_list(clean, write, problem):
    clean.loc[12, "wai_sr_3"], clean.loc[0, "wai_sr_1"] = "oft", "Very  Often"
    found = problem(write(clean), "word")
    assert rows_of(found) == [(14, "009", 1, "client", 3, "oft", 1)]
    assert 'words={"oft": ...}' in found.fix and '--word "oft"=...' in found.fix
    responses = al.read(write(clean), words={"OFT": 3}).set_index("row")
    assert responses.loc[14, "item_3"] == 3 and responses.loc[2, "item_1"] == 4


def test_words_for_a_form_that_is_all_unknown_words(clean, write, problem):
    clean.loc[12, ITEMS] = "oft"
    found = al.check(write(clean))
    assert problem(write(clean), "word").rows["times"].tolist() == [12]
    assert found.intake.counts["set aside"] == 1 and found.intake.counts["empty"] == 0


def test_answers_that_are_not_whole(clean, write, problem):
    clean.loc[1, "wai_sr_4"] = "3,5"
    found = problem(write(clean), "not a whole number")
    assert rows_of(found) == [(3, "007", 2, "client", 4, "3.5")]
    assert "between two boxes" in found.fix


@pytest.mark.parametrize(("options", "highest"), [(6, 6), (7, 7)])
def test_forms_with_more_options(clean, write, problem, options, highest):
    clean.loc[::2, "wai_sr_1"] = str(options)
    clean.loc[::2, "wai_sr_2"] = str(options)
    found = problem(write(clean), "more options")
    assert f"Answers run from 2 to {highest}" in found.what or "from 1 to" in found.what
    assert "WAI-S has 7 options, WAI-SR 5" in found.fix and "--template" in found.fix


def test_srs_in_millimetres(write, problem):
    frame = pd.DataFrame({"Client": ["1"] * 5, "Session": range(1, 6)})
    for line in range(1, 5):
        frame[f"srs_{line}"] = [88, 93 + line, 97 - line, 99, 100]
    found = problem(write(frame), "0-100 units")
    assert "Answers run up to 100, where srs has 0 to 10" in found.what
    assert "divide_by=10 (--divide-by 10)" in found.fix
    assert al.read(write(frame), divide_by=10)["item_1"].tolist() == [8.8, 9.4, 9.6, 9.9, 10.0]


def test_labels_that_are_turned_round(tmp_path, clean, problem, refusal):
    words = ["always", "very often", "fairly often", "sometimes", "seldom"]
    numbers = clean.astype(dict.fromkeys(ITEMS, float))
    labels = {item: dict(enumerate(words, start=1)) for item in ITEMS}
    numbers = numbers.rename(columns={"Client ID": "Client"})
    pyreadstat.write_sav(numbers, tmp_path / "x.sav", variable_value_labels=labels)
    found = problem(tmp_path / "x.sav", "labels contradict")
    assert found.serious
    assert "wai_sr_1 say 1 = 'always', where wai-sr has 5 = 'always'" in found.what
    assert "the order is turned round" in found.what
    assert "the order is turned round" in refusal(tmp_path / "x.sav", problems="set aside")
    declared = dict(zip(words, range(1, 6), strict=True))
    assert len(al.read(tmp_path / "x.sav", words=declared)) == 24


def test_labels_that_are_shifted_are_a_warning(tmp_path, clean, problem):
    numbers = clean.astype(dict.fromkeys(ITEMS, float))
    numbers[ITEMS] -= 1
    labels = {item: {0: "seldom", 1: "sometimes", 4: "always"} for item in ITEMS}
    numbers = numbers.rename(columns={"Client ID": "Client"})
    pyreadstat.write_sav(numbers, tmp_path / "x.sav", variable_value_labels=labels)
    found = problem(tmp_path / "x.sav", "labels contradict")
    assert not found.serious and "first_code=0" in found.fix
    assert [p.kind for p in al.check(tmp_path / "x.sav", first_code=0).problems] == []


def test_welsh_anxiety_inventory_by_its_two_answers(clean, write, problem):
    rng = np.random.default_rng(1)
    clean[ITEMS] = rng.integers(1, 3, (24, 12)).astype(str)
    found = problem(write(clean), "name clash")
    assert found.serious and "Welsh Anxiety Inventory" in found.what


def test_two_high_answers_are_no_name_clash(clean, write):
    rng = np.random.default_rng(1)
    clean[ITEMS] = rng.integers(4, 6, (24, 12)).astype(str)
    assert al.check(write(clean)).problems == ()


def test_rheumatology_questionnaire_by_its_answers(write, problem):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(0, 4, (10, 19)), columns=[f"HAQ2_{i}" for i in range(1, 20)])
    frame.insert(0, "ID", range(10))
    frame.insert(1, "Session", 1)
    found = problem(write(frame), "name clash")
    assert "rheumatology Health Assessment Questionnaire-II" in found.what


def test_several_problems_of_a_file_come_in_one_error(clean, write):
    clean.loc[3, "wai_sr_2"] = "7"
    clean.loc[5, ITEMS] = "0"
    clean.loc[8, "wai_sr_11"] = "#VALUE!"
    clean.loc[12, "wai_sr_3"] = "oft"
    clean.loc[14, "Client ID"] = ""
    clean.loc[16, "Session"] = "4b"
    path = write(pd.concat([clean, clean.loc[[20]]]))
    with pytest.raises(al.DataError) as caught:
        al.read(path)
    kinds = {p.kind for p in caught.value.problems}
    assert kinds == {
        "out of range",
        "blanks scored as 0",
        "spreadsheet error",
        "word",
        "empty identifier",
        "session number",
        "repeated row",
    }
    text = str(caught.value)
    assert text.count("To fix:") == 7
    for row in (5, 7, 10, 14, 16, 18, 22, 26):
        assert f"\n    {row} " in text
    with pytest.warns(al.AllianceWarning):
        left = al.read(path, problems="set aside")
    assert sorted(set(range(2, 27)) - set(left["row"])) == [7, 16, 18, 26]
    assert (
        left.set_index("row").loc[[5, 10, 14], ["item_2", "item_11", "item_3"]].isna().sum().sum()
        == 3
    )
