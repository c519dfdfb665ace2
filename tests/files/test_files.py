"""Files are whole or absent, and texts from data do no harm in a spreadsheet."""

import stat
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from alliance.errors import AllianceError
from alliance.files import write_table, write_text
from alliance.intake import read_table
from alliance.tables import SESSIONS

FORMULAS = ['=HYPERLINK("x")', "+1+1", "@SUM(A1)", "-2+3", "\t=1", "\r=1"]


def sessions(clients):
    return pd.DataFrame({"client": clients, "session": 1, "rater": "client", "total": 3.25})


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_are_neutralised(tmp_path, formula):
    path = write_table(sessions([formula]), tmp_path / "t.csv")
    assert pd.read_csv(path).loc[0, "client"].startswith("'")


def test_formulas_in_column_names_are_neutralised(tmp_path):
    path = write_table(pd.DataFrame({"=1+1": [1]}), tmp_path / "t.csv")
    assert path.read_text() == "'=1+1\n1\n"


def test_numbers_are_left_alone(tmp_path):
    path = write_table(
        pd.DataFrame({"id": ["-12", "+3", "007"], "n": [-1.5, 2, 3]}), tmp_path / "t.csv"
    )
    assert path.read_text() == "id,n\n-12,-1.5\n+3,2.0\n007,3.0\n"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1)
        .map(str.strip)
        .filter(bool),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_written_tables_are_read_back(tmp_path_factory, clients):
    path = tmp_path_factory.mktemp("round") / "sessions.csv"
    written = sessions(clients)
    write_table(written, path)
    back = read_table(path, SESSIONS)
    assert sorted(back["client"]) == sorted(clients)
    assert back["total"].tolist() == [3.25] * len(clients)


@pytest.mark.parametrize("client", ["@", "'@", "''=1+1", "'-12", "-12", "'plain", "o'=x"])
def test_names_with_apostrophes_are_read_back(tmp_path, client):
    path = write_table(sessions([client]), tmp_path / "sessions.csv")
    assert read_table(path, SESSIONS)["client"].tolist() == [client]


def test_a_missing_whole_number_is_an_empty_cell_of_a_workbook(tmp_path):
    frame = pd.DataFrame({"end": pd.array([None, 4], "Int64"), "word": ["a", None]})
    book = load_workbook(write_table(frame, tmp_path / "t.xlsx"))
    assert list(book.active.values) == [("end", "word"), (None, "a"), (4, None)]


def test_existing_file_is_kept_without_force(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("mine")
    with pytest.raises(AllianceError, match="exists already.*\n.*--force"):
        write_text("other", path)
    assert path.read_text() == "mine"
    write_text("other", path, force=True)
    assert path.read_text() == "other"


def test_nothing_half_written_remains(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(AllianceError, match="No space left"):
        write_text("text", tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX")
def test_files_are_readable_by_their_owner_only(tmp_path):
    path = write_text("text", tmp_path / "t.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_a_file_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AllianceError, match="cannot be written"):
        write_text("text", tmp_path / "file" / "t.csv")
