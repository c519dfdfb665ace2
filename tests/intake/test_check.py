"""Check: every planted problem of the synthetic study is listed, and nothing else."""

import pickle
from pathlib import Path

import pandas as pd
import pytest

import alliance as al

STUDY = Path(__file__).parents[2] / "data" / "synthetic_study"
# The list of planted problems was written without a look at the names used here.
CALLED = {"wrong total": "totals differ"}


@pytest.fixture(scope="module")
def found():
    return al.check(STUDY / "as_exported.csv")


def planted() -> pd.DataFrame:
    planted = pd.read_csv(STUDY / "planted_problems.csv", dtype={"client": "str"})
    # SPSS writes #NULL! for a missing answer; it stops nobody, unlike a formula that failed.
    planted.loc[planted["planted"] == "#NULL!", "kind"] = "missing mark"
    return planted.replace({"kind": CALLED})


def test_every_planted_problem_and_nothing_else(found):
    expected = set()
    for problem in planted().itertuples():
        expected.add((problem.kind, problem.row))
        if pd.notna(problem.other_row):
            expected.add((problem.kind, int(problem.other_row)))
    listed = list(zip(found.frame["kind"], found.frame["row"], strict=True))
    assert set(listed) == expected
    assert len(listed) == len(expected), "each once"


def test_planted_cells_are_shown_with_client_item_and_content(found):
    listed = found.frame.set_index(["kind", "row"])
    cells = planted()[lambda problems: problems["column"].str.startswith("wai_sr_", na=False)]
    assert len(cells) >= 9
    for problem in cells.itertuples():
        row = listed.loc[(problem.kind, problem.row)]
        assert row["found"] == problem.planted
        assert f"wai_sr_{row['item']}" == problem.column
        assert (row["client"], row["rater"]) == (problem.client, problem.rater.lower())


def test_what_stops_and_what_is_only_to_be_known(found):
    assert not found.passed
    notes = set(found.frame.loc[~found.frame["serious"], "kind"])
    assert notes == {"missing mark", "totals differ", "copied answers"}


def test_text_says_what_was_read_and_every_row(found):
    text = found.text()
    assert "as_exported.csv: text, utf-8-sig, separated by semicolon." in text
    assert "client = Client ID; session = Session No; rater_column = Rater" in text
    assert "items = wai_sr_{item}; totals = total: WAI Total" in text
    assert "150 clients, raters: client, therapist." in text
    assert "To be mended or declared: 10 kinds" in text and "To know: 3 kinds" in text
    assert text.count("To fix:") == len(found.problems) == len(found.summary())
    for row in found.frame["row"]:
        assert f"\n    {row} " in text


def test_rows_shown_can_be_limited(found):
    assert "... and 2 more" in found.text(rows_shown=1)


def test_counts_add_up(found):
    counts = found.intake.counts
    assert counts["rows"] == counts["forms"] == 3145
    assert counts["forms"] == counts["empty"] + counts["set aside"] + counts["read"]
    # Set aside: no client, no session, blank as zeros, two versions, one copy.
    assert counts["set aside"] == 6
    # Cells: two out of range, three 9s, #VALUE!, a word, 3.5.
    assert counts["cells set aside"] == 8


def test_result_can_be_pickled(found):
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.frame, found.frame)


def test_what_is_left_are_the_true_answers(found):
    truth = pd.read_csv(STUDY / "responses.csv", dtype={"client": "str"})
    keys = ["client", "session", "rater"]
    items = [f"item_{item}" for item in range(1, 13)]
    both = found.intake.responses.merge(truth, on=keys, suffixes=("", "_true"))
    assert len(both) == len(found.intake.responses) == 3139
    true = both[[f"{item}_true" for item in items]].to_numpy()
    read = both[items].to_numpy()
    differing = (read != true) & ~pd.isna(read)
    # Only the copied answers differ, which no rule can tell from true ones.
    assert set(both.loc[differing.any(axis=1), "row"]) == {1623}


def test_a_clean_file_has_no_problem_and_an_empty_frame():
    clean = al.check(STUDY / "responses.csv")
    assert clean.passed and clean.problems == () and len(clean.frame) == 0
    assert clean.frame.columns.tolist() == [
        *("kind", "serious", "row", "client", "session", "rater", "item", "found")
    ]
    assert "No problem was found." in clean.text()


def test_a_problem_of_the_whole_file_has_a_row_without_a_number(tmp_path):
    frame = pd.read_csv(STUDY / "responses.csv", dtype="str")
    items = [f"item_{item}" for item in range(1, 13)]
    frame[items] = frame[items].astype(float) - 1
    frame.to_csv(tmp_path / "x.csv", index=False)
    table = al.check(tmp_path / "x.csv").frame
    assert table["kind"].tolist() == ["first code"] and table["row"].isna().all()


def test_a_key_file_of_the_users_own_is_checked_too(tmp_path):
    key = Path(al.instruments.__file__).parent / "catalogue" / "wai-sr.toml"
    text = key.read_text("utf-8").replace('key = "wai-sr"', 'key = "wai-mine"')
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    export = tmp_path / "export.csv"
    answers = pd.read_csv(STUDY / "responses.csv", dtype="str").drop(columns="instrument").head(50)
    answers.assign(item_3="9").to_csv(export, index=False)
    found = al.check(export, instrument=str(tmp_path / "mine.toml"))
    assert found.intake.instrument.key == "wai-mine"
    assert [problem.kind for problem in found.problems] == ["does not apply"]


def test_what_can_stand_is_at_hand_and_a_notebook_shows_every_row_escaped(tmp_path):
    rows = "ID,Session,srs_1,srs_2,srs_3,srs_4\n<b>7</b>,1,9.3,8.7,99,9.5\n8,1,9.1,8.2,7.7,9.9\n"
    (tmp_path / "srs.csv").write_text(rows)
    checked = al.check(tmp_path / "srs.csv")
    assert checked.responses["item_3"].isna().tolist() == [False, True]
    page = checked._repr_html_()
    assert "&lt;b&gt;7&lt;/b&gt;" in page and "<b>7" not in page
    assert "Answers to srs must be numbers from 0 to 10" in page
