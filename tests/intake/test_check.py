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


def totals(folder, header="Client,Session,Total", values=(36.1, 35.0, 30.2)):
    file = folder / "totals.csv"
    rows = [
        f"{client},{session},{value}" for client in "AB" for session, value in enumerate(values)
    ]
    file.write_text("\n".join([header, *rows]) + "\n")
    return file


@pytest.mark.parametrize(
    "settings", [{"instrument": "srs-4"}, {"instrument": "srs-4", "scores": {"total": "Total"}}]
)
def test_a_file_of_totals_is_checked_as_scores(settings, tmp_path):
    checked = al.check(totals(tmp_path), **settings)
    assert checked.passed
    assert (checked.intake.counts["rows"], checked.intake.counts["read"]) == (6, 6)
    assert checked.responses["total"].tolist() == [36.1, 35.0, 30.2] * 2
    assert checked.intake.mapping.scores == {"total": "Total"}
    assert "total: Total (sum)" in checked.text()


def test_a_total_outside_the_range_is_named_with_its_row(tmp_path):
    file = totals(tmp_path, "Klient,Sitzung,Summe", (36.1, 77.0, 30.2))
    checked = al.check(file, instrument="srs-4", scores={"total": "Summe"})
    assert not checked.passed
    assert checked.frame[["kind", "row"]].values.tolist() == [["out of range", r] for r in (3, 6)]


def test_a_stated_metric_goes_before_the_likely_one(tmp_path):
    checked = al.check(
        totals(tmp_path), instrument="srs-4", metric="mean", scores={"total": "Total"}
    )
    assert not checked.passed


def test_a_total_called_srs_asks_how_many_items_it_has(tmp_path):
    file = totals(tmp_path, "Client,Session,SRS_Total")
    for settings in ({}, {"instrument": "srs"}):
        with pytest.raises(al.AllianceError, match="Johnson"):
            al.check(file, **settings)


def spaced(folder, numbers, called="session"):
    file = folder / "spaced.csv"
    items = [f"item_{item}" for item in range(1, 13)]
    rows = [[client, number, *"345345345345"] for client in ("a", "b") for number in numbers]
    pd.DataFrame(rows, columns=["client", called, *items]).to_csv(file, index=False)
    return file


@pytest.mark.parametrize(
    ("numbers", "step"),
    [((1, 4, 7, 10), 3), ((0, 2, 4, 6, 8), 2), ((1, 2, 7, 12, 17, 22), 5), ((1, 2, 3, 5, 6), 1)],
)
def test_ratings_at_every_kth_session_are_pointed_out(numbers, step, tmp_path):
    file = spaced(tmp_path, numbers, "Sitzung")
    kinds = {problem.kind: problem for problem in al.check(file, instrument="wai-sr").problems}
    assert ("every k-th session" in kinds) == (step > 1)
    if step > 1:
        assert f"--max-gap {step}" in kinds["every k-th session"].fix
        with pytest.warns(al.AllianceWarning, match=f"stand {step} session numbers apart"):
            responses = al.read(file, instrument="wai-sr")
        al.score(responses).to_csv(tmp_path / "scored.csv", index=False)
        with pytest.warns(al.AllianceWarning, match=f"stand {step} session numbers apart"):
            al.read_sessions(tmp_path / "scored.csv")
