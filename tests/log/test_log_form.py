"""The blank rupture log: filled in and read back, it is the log that was filled in."""

import csv
import stat

import openpyxl
import pandas as pd
import pytest

import alliance as al
from alliance.log import CODES, LOG, write_log_form
from alliance.log.form import FIELDS, FORM_NAME, REDCAP_HEADER, redcap_dictionary

ANSWERS = {
    "client": "007",
    "session": 3,
    "source": "therapist",
    "date": "2024-05-02",
    "therapist": "t1",
    "tension": "yes",
    "intensity": 4,
    "resolution_extent": 5,
    "withdrawal_extent": 3,
    "confrontation_extent": 1,
    "trigger": "cultural_difference",
    "markers": "minimal_answers",
    "strategies": "owns_contribution",
    "done": "said sorry; asked what was missed",
    "supervision": "no",
}


def assert_as_written(log: pd.DataFrame, **more) -> None:
    row = log.iloc[0]
    wanted = ANSWERS | {"tension": 1, "supervision": 0} | more
    for name, value in wanted.items():
        name = name.removesuffix("_extent")
        told = str(row[name])[:10] if name == "date" else row[name]
        assert told == value, name
    assert row["resolved"] and row["kind"] == "withdrawal"


def test_the_form_asks_for_every_column_of_the_log():
    names = {field.name.removesuffix("_extent") for field in FIELDS}
    assert names == {*LOG.columns, *LOG.optional} - {"resolved", "kind"}


def test_excel_filled_in_and_read_back(tmp_path):
    (path,) = write_log_form(tmp_path / "form.xlsx")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["log", "explanation", "codes"]
    sheet = book["log"]
    places = {cell.value: cell.column for cell in sheet[1]}
    for name, value in ANSWERS.items():
        sheet.cell(row=2, column=places[name], value=value)
    sheet.cell(row=2, column=places["trigger_2"], value="power")
    sheet.cell(row=2, column=places["strategies_3"], value="refocuses")
    sheet.cell(row=3, column=places["client"], value="008")
    sheet.cell(row=3, column=places["session"], value=1)
    book.save(path)
    log = al.read_log(path)
    assert_as_written(
        log, trigger="cultural_difference; power", strategies="owns_contribution; refocuses"
    )
    assert log["client"].tolist() == ["007", "008"] and pd.isna(log["tension"].iloc[1])


def test_excel_drop_downs_offer_what_the_log_takes(tmp_path):
    (path,) = write_log_form(tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["log"]
    head = {cell.column_letter: cell.value for cell in sheet[1]}
    offered = {}
    for rule in sheet.data_validations.dataValidation:
        letter = str(rule.sqref).split(":")[0].rstrip("0123456789")
        offered[head[letter]] = rule
        assert rule.prompt and len(rule.prompt) <= 255  # Excel refuses longer ones
    assert set(offered) == set(head.values())
    assert offered["tension"].formula1 == '"yes,no"'
    assert offered["intensity"].formula1 == '"1,2,3,4,5"'
    assert offered["session"].type == "whole"
    for name in ("trigger", "trigger_2", "markers_3", "strategies_2"):
        cells = book["codes"][offered[name].formula1.removeprefix("codes!").replace("$", "")]
        assert [cell.value for (cell,) in cells] == [c.key for c in CODES[name.split("_")[0]]]
    explained = [row[0].value for row in book["explanation"].iter_rows(min_row=2)]
    assert explained == [field.name for field in FIELDS]


def test_csv_filled_in_and_read_back(tmp_path):
    path, beside = write_log_form(tmp_path / "form.csv")
    assert beside.name == "form_explained.csv"
    answers = ANSWERS | {"trigger": "Cultural difference; Power"}
    with path.open("a", newline="") as file:
        csv.writer(file).writerow([answers[field.name] for field in FIELDS])
    assert_as_written(al.read_log(path), trigger="cultural_difference; power")
    explained = pd.read_csv(beside)
    assert set(explained["column"]) == {field.name for field in FIELDS}
    assert {code.key for code in CODES["markers"]} <= set(explained["answer"].dropna())
    with pytest.raises(al.AllianceError, match="exist already"):
        write_log_form(tmp_path / "form.csv")


def test_redcap_dictionary_is_of_the_documented_form(tmp_path):
    (path,) = write_log_form(tmp_path / "redcap.csv")
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert tuple(header) == REDCAP_HEADER and len(header) == 18
    table = redcap_dictionary().set_index("Variable / Field Name")
    assert table.index[0] == "record_id"
    assert table.index.str.fullmatch("[a-z][a-z0-9_]{0,25}").all() and table.index.is_unique
    assert set(table["Form Name"]) == {FORM_NAME}
    assert set(table["Field Type"]) == {"text", "notes", "radio", "yesno", "checkbox"}
    assert set(table["Text Validation Type OR Show Slider Number"]) == {"", "integer", "date_ymd"}
    choices = table["Choices, Calculations, OR Slider Labels"]
    assert (choices.ne("") == table["Field Type"].isin(["radio", "checkbox"])).all()
    keys = [choice.split(", ", 1)[0] for choice in choices["trigger"].split(" | ")]
    assert keys == [code.key for code in CODES["trigger"]]
    assert table.loc["session", "Required Field?"] == "y"


def test_redcap_export_of_the_form_is_read_back(tmp_path):
    answers = ANSWERS | {"tension": 1, "supervision": 0}
    record = {
        "record_id": "007",
        "redcap_repeat_instrument": FORM_NAME,
        "redcap_repeat_instance": 1,
    }
    for row in redcap_dictionary().to_dict("records"):
        name = row["Variable / Field Name"]
        if row["Field Type"] == "checkbox":
            for choice in row["Choices, Calculations, OR Slider Labels"].split(" | "):
                key = choice.split(", ", 1)[0]
                record[f"{name}___{key}"] = int(key == answers[name])
        elif name != "record_id":
            record[name] = answers[name]
    record["rupture_log_complete"] = 2
    path = tmp_path / "export.csv"
    pd.DataFrame([record]).to_csv(path, index=False)
    assert_as_written(al.read_log(path))


def test_unknown_kinds_are_refused(tmp_path):
    with pytest.raises(al.AllianceError, match="csv or .xlsx"):
        write_log_form(tmp_path / "form.doc")
    with pytest.raises(al.AllianceError, match="no form of the kind"):
        write_log_form(tmp_path / "form.csv", kind="pdf")


def test_sheets_print_across_few_pages_with_their_headings(tmp_path):
    (path,) = write_log_form(tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(path)
    for sheet in book:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.print_title_rows == "$1:$1"
    assert book["log"].print_title_cols == "$A:$B"
