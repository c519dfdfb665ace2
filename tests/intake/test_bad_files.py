"""Files that cannot be read as what they claim to be: one clear sentence, never a traceback."""

import openpyxl
import pandas as pd
import pytest

import alliance as al
from alliance.intake.files import read_file

HEADER = "ID,Session,srs_1,srs_2,srs_3,srs_4\n"
ROW = "007,1,9.3,8.7,9,9.5\n"


def test_missing_file_folder_and_unknown_ending(tmp_path, write, refusal):
    assert "There is no file" in refusal(tmp_path / "none.csv")
    assert "is a folder" in refusal(tmp_path)
    message = refusal(write("x", "export.docx"))
    assert "export.docx is of a kind that cannot be read" in message and ".xlsx" in message


@pytest.mark.parametrize("content", ["", "   \n\n", "\ufeff", ",,,\n,,\n"])
def test_empty_file(write, refusal, content):
    assert "is empty" in refusal(write(content))


def test_header_only(write, refusal):
    assert "holds no rows below its header" in refusal(write(HEADER))
    assert "holds no rows below its header" in refusal(write(HEADER + ",,,,,\n\n"))


def test_ragged_rows_are_listed(write, refusal):
    message = refusal(write(HEADER + ROW + "007,2,9.3,8.7\n" + ROW + "007,3,9,3,8,7,9,9,5\n"))
    assert "6 columns in its header, but other numbers of cells in 2 rows: 3, 5" in message
    assert "it may have been cut off" in message and "quotation marks" in message


def test_a_quotation_that_never_ends(write, refusal):
    message = refusal(write(HEADER + ROW + '007,"2,9.3,8.7,9,9\n' + ROW))
    assert "other numbers of cells in 1 row: 3" in message


def test_rows_that_end_with_a_separator_are_read(write):
    assert len(al.read(write(HEADER + ROW.replace("\n", ",\n")))) == 1


def test_repeated_column_names(write, refusal):
    message = refusal(write("ID,Session,srs_1,srs_2,srs_3,srs_4,srs_4\n1,1,2,3,3,3,3\n"))
    assert "have the same name: srs_4" in message and "its own name" in message


def test_a_title_above_the_header(write, refusal):
    with pytest.warns(al.AllianceWarning, match="left out as titles"):
        assert len(al.read(write("Export of May,,,,,\n" + HEADER + ROW))) == 1
    assert "its first row (1) does not name the columns" in refusal(write(ROW + ROW))


def test_blank_lines_keep_the_row_numbers(write):
    path = write("\n" + HEADER + "\n" + ROW + "\n")
    assert al.read(path)["row"].tolist() == [4]


def test_columns_without_a_name_are_not_lost(write):
    cells = read_file(write("ID,,Session,\n007,x,1,\n")).cells
    assert cells.columns.tolist() == ["ID", "(column 2)", "Session"]
    assert cells.loc[2].tolist() == ["007", "x", "1"]


def test_binary_file_with_a_text_ending(write, refusal):
    assert "holds binary data" in refusal(write(bytes(range(256)) * 20))


def test_workbook_with_a_text_ending_and_the_reverse(tmp_path, write, refusal):
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "book.xlsx")
    renamed = write((tmp_path / "book.xlsx").read_bytes(), "book.csv")
    assert "it is a workbook or another zip file" in refusal(renamed)
    message = refusal(write(HEADER + ROW, "text.xlsx"))
    assert "text.xlsx is not a workbook" in message and "ending .csv" in message
    assert "web page" in refusal(write("<html><table></table></html>", "page.xls"))


@pytest.mark.parametrize("ending", [".xlsx", ".xlsm"])
def test_workbook_with_a_password(write, refusal, ending):
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    message = refusal(write(locked, f"book{ending}"))
    assert "password-protected workbook" in message and "save it without" in message


@pytest.mark.parametrize("name", ["x.xlsx", "x.xls", "x.ods", "x.sav", "x.dta", "x.parquet"])
@pytest.mark.parametrize("content", [b"\x01\x02garbage" * 50, b"", b"PK\x03\x04broken" * 20])
def test_garbage_behind_every_ending(write, refusal, name, content):
    message = refusal(write(content, name))
    assert name in message and ("is not" in message or "damaged" in message or "empty" in message)


def test_file_that_may_not_be_opened(write, refusal, monkeypatch):
    def deny(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = write(HEADER + ROW)
    monkeypatch.setattr("pathlib.Path.open", deny)
    assert "export.csv cannot be opened: permission denied" in refusal(path)


def test_empty_workbook_and_unknown_sheet(tmp_path, refusal):
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    assert "empty.xlsx is empty" in refusal(tmp_path / "empty.xlsx")
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "book.xlsx", sheet_name="Data")
    assert "has no sheet 'data'; it has Data" in refusal(tmp_path / "book.xlsx", sheet="data")


def test_workbook_cells_arrive_as_a_spreadsheet_shows_them(tmp_path):
    book = openpyxl.Workbook()
    for row in [["ID", "n", "when"], ["007", 7.0, pd.Timestamp("2024-05-31")], [7, 1.5, None]]:
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    cells = read_file(tmp_path / "book.xlsx").cells
    assert cells["ID"].tolist() == ["007", "7"]
    assert cells["n"].tolist() == ["7", "1.5"]
    assert cells["when"].tolist()[0] == "2024-05-31"


def test_encodings_and_separators_that_do_not_fit(write, refusal):
    path = write("Klient,Session\nMüller,1\n".encode("cp1252"))
    assert "There is no encoding 'uft-8'" in refusal(path, encoding="uft-8")
    assert "is not written in utf-8" in refusal(path, encoding="utf-8")
    assert "must be one character, not '::'" in refusal(path, separator="::")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_are_found_out(write, encoding):
    text = (HEADER + ROW.replace("007", "Jürgen")).replace("\n", "\r\n")
    responses = al.read(write(text.encode(encoding)))
    assert responses["client"].tolist() == ["Jürgen"]


@pytest.mark.parametrize("separator", ["tab", "\\t", "\t"])
def test_separators_can_be_named(write, separator):
    text = (HEADER + ROW).replace(",", "\t")
    assert len(al.read(write(text), separator=separator)) == 1


def test_semicolons_and_decimal_commas_in_quotation_marks(write):
    text = '"ID","Session","srs_1","srs_2","srs_3","srs_4"\n"a, b","1","9,3","8,7","9","9,5"\n'
    responses = al.read(write(text))
    assert responses.loc[0, ["client", "item_1", "item_4"]].tolist() == ["a, b", 9.3, 9.5]
