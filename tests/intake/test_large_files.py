"""Large text files are read in another way than small ones, with the same cells and the same refusals."""

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance.intake import text_files
from alliance.intake.files import read_file

HEAD = "client,session,wai_sr_1,wai_sr_2,wai_sr_3,wai_sr_4\n"
FILES = {
    "plain": HEAD + "007,1,1,2,3,4\nb,2,5,4,3,2\n",
    "no end of line": HEAD + "007,1,1,2,3,4\nb,2,5,4,3,2",
    "marked as UTF-8": "\ufeff" + HEAD + "Zoë,1,1,2,3,4\nb,2,5,4,3,2\n",
    "lines of Windows": (HEAD + "007,1,1,2,3,4\nb,2,5,,3,2\n").replace("\n", "\r\n"),
    "empty lines at the end": HEAD + "007,1,1,2,3,4\nb,2,5,4,3,2\n\n\n",
    "empty line within": HEAD + "007,1,1,2,3,4\n\nb,2,5,4,3,2\n",
    "words and gaps": HEAD + "007,1,1,often,3,\nNA,2,5,4,#N/A,2\n",
    "decimals": HEAD + "007,1,1.5,2e0,3,4\nb,2,5,4,inf,1e400\n",
    "quotation marks": HEAD + '"0,07",1,1,2,3,4\nb,2,5,4,3,2\n',
    "cell too few": HEAD + "007,1,1,2,3,4\nb,2,5,4,3\n",
    "cell too many": HEAD + "007,1,1,2,3,4\nb,2,5,4,3,2,7\n",
    "one too many and one too few": HEAD + "007,1,1,2,3\nb,2,5,4,3,2,7\n",
    "too many in the first": HEAD + "007,1,1,2,3,4,9\nb,2,5,4,3\n",
}


def cells(path):
    """Return the cells as text, or that the file was refused."""
    try:
        found = read_file(path).cells
    except al.AllianceError as error:
        return str(error)
    texts = found.map(lambda cell: f"{cell:g}" if isinstance(cell, float) else cell)
    numbers = {"2e0": "2", "3.0": "3", "4.0": "4", "1e400": "inf"}
    return texts.where(found.notna(), None).replace(numbers).astype(object)


@pytest.mark.parametrize("name", FILES)
def test_both_ways_of_reading_agree(name, tmp_path, monkeypatch):
    path = tmp_path / "export.csv"
    path.write_bytes(FILES[name].encode("utf-8"))
    small = cells(path)
    monkeypatch.setattr(text_files, "LARGE", 0)
    large = cells(path)
    if isinstance(small, str):
        assert large == small
    else:
        pd.testing.assert_frame_equal(large.dropna(how="all"), small)


def test_counted_columns_become_numbers_and_identifiers_stay_text(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "LARGE", 0)
    path = tmp_path / "export.csv"
    path.write_text(FILES["lines of Windows"], encoding="utf-8", newline="")
    read = read_file(path).cells
    assert read["client"].tolist() == ["007", "b"] and read.index.tolist() == [2, 3]
    assert read["wai_sr_2"].dtype == np.float64 and np.isnan(read.loc[3, "wai_sr_2"])
