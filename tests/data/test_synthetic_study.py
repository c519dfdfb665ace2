"""The synthetic study is made byte for byte, is clean, and its export holds the problems listed."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance.log import examine_log
from alliance.tables import RESPONSES, tidy

FOLDER = Path(__file__).parents[2] / "data" / "synthetic_study"
ITEMS = [f"item_{number}" for number in range(1, 13)]
EXPORTED = [f"wai_sr_{number}" for number in range(1, 13)]
PLANTED = {
    "out of range": 2,
    "blanks scored as 0": 1,
    "does not apply": 3,
    "repeated row": 1,
    "two versions": 1,
    "copied answers": 1,
    "wrong total": 2,
    "spreadsheet error": 2,
    "missing mark": 1,
    "word": 1,
    "not a whole number": 1,
    "empty identifier": 1,
    "session number": 1,
}


def read(name):
    texts = dict.fromkeys(["client", "therapist"], "str")
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=texts)


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("make_synthetic_study", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def responses():
    return read("responses")


@pytest.fixture(scope="module")
def export():
    """The export as text; its index is the row number of the file, header = row 1."""
    table = pd.read_csv(
        FOLDER / "as_exported.csv",
        sep=";",
        dtype="str",
        keep_default_na=False,
        encoding="utf-8-sig",
    )
    return table.set_axis(range(2, len(table) + 2))


@pytest.fixture(scope="module")
def problems():
    return pd.read_csv(FOLDER / "planted_problems.csv", dtype="str", keep_default_na=False).astype(
        {"row": int}
    )


def test_the_files_are_what_the_script_makes_byte_for_byte(make):
    assert make.differing(FOLDER) == []


def test_the_check_is_a_command():
    command = [sys.executable, str(FOLDER / "make.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "all files are as made\n")


def test_the_check_sees_a_changed_byte(make, tmp_path):
    names = make.write_all(tmp_path)
    there = {path.name for path in FOLDER.glob("*.csv")} - {"session_log.csv"}
    assert sorted(names) == sorted(there)
    log = tmp_path / "log.csv"
    log.write_bytes(log.read_bytes().replace(b"client,1,", b"client,0,", 1))
    (tmp_path / "truth.csv").unlink()
    assert sorted(make.differing(tmp_path)) == ["log.csv", "truth.csv"]


def test_the_clean_study_is_a_responses_table(responses):
    table = tidy(responses, RESPONSES)
    assert len(table) == 3143
    assert table["client"].nunique() == 150 and table["client"].iloc[0] == "001"
    assert table["therapist"].nunique() == 25
    assert table.groupby("client")["therapist"].nunique().eq(1).all()
    assert set(table["rater"]) == {"client", "therapist"}
    assert (table[ITEMS].isin([1, 2, 3, 4, 5]) | table[ITEMS].isna()).all(axis=None)
    assert 50 < table[ITEMS].isna().sum().sum() < 200


def test_dates_go_forward_and_are_the_sessions(responses):
    by_session = responses.groupby(["client", "session"])["date"]
    assert by_session.nunique().eq(1).all()
    days = pd.to_datetime(by_session.first()).groupby("client").diff().dropna().dt.days
    assert days.ge(7).all() and days.mod(7).eq(0).all()


def test_lengths_gaps_and_dropout(responses):
    clients = read("clients")
    assert clients["attended"].between(4, 30).all() and clients["attended"].nunique() > 15
    assert clients["dropped_out"].sum() == 36
    rated = responses[responses["rater"].eq("client")]
    gaps = rated.groupby("client")["session"].agg(lambda s: s.max() - s.min() + 1 - len(s))
    assert gaps.gt(0).mean() > 0.5
    assert 0.10 < 1 - len(rated) / clients["attended"].sum() < 0.25


def test_the_scores_reach_the_ceiling(responses):
    client = responses[responses["rater"].eq("client")]
    assert client[ITEMS].eq(5).to_numpy().mean() > 0.35
    assert client[ITEMS].eq(5).all(axis=1).mean() > 0.03


def test_every_item_goes_with_the_rest(responses):
    for _, answers in responses.dropna().groupby("rater"):
        rest = [answers[i].corr(answers[ITEMS].drop(columns=i).sum(axis=1)) for i in ITEMS]
        assert min(rest) > 0.4


def test_truth_fits_the_responses(responses):
    truth = read("truth")
    rated = truth.loc[truth["rated"], ["client", "session", "rater"]]
    pd.testing.assert_frame_equal(
        rated.reset_index(drop=True), responses[["client", "session", "rater"]], check_dtype=False
    )
    latent = truth.loc[truth["rated"], "latent"].clip(1, 5).to_numpy()
    assert np.corrcoef(latent, responses[ITEMS].mean(axis=1))[0, 1] > 0.9


def test_ruptures_and_the_gain_are_in_the_truth():
    episodes, truth = read("true_episodes"), read("truth")
    assert len(episodes) == 80 and episodes["client"].nunique() == 69
    assert episodes["outcome"].value_counts().to_dict() == {
        "repaired": 35,
        "unrepaired": 25,
        "open": 20,
    }
    client = truth[truth["rater"].eq("client")]
    inside = (
        client[client["in_rupture"]].groupby(["client", "episode"])["session"].agg(["min", "max"])
    )
    assert inside.to_numpy().tolist() == episodes[["onset", "end"]].to_numpy().tolist()
    assert client.loc[client["state"].eq("none"), "dip"].eq(0).all()
    assert client.loc[client["in_rupture"], "dip"].gt(0.3).all()


def test_log_and_outcomes():
    log, outcomes = read("log"), read("outcomes")
    assert log["tension"].eq(1).all() and log["intensity"].between(1, 5).all()
    truth = read("truth").query("rater == 'client'")
    told = log.merge(truth, on=["client", "session"], how="left")
    assert 0.6 < told["in_rupture"].astype(bool).mean() < 1
    assert outcomes["total"].between(0, 27).all()
    means = outcomes.groupby("session")["total"].mean()
    assert means[10] < means[1] - 3


def varied(answers):
    counts = pd.Series(answers).value_counts()
    return counts.sum() >= 10 and len(counts) >= 3 and counts.max() <= counts.sum() / 2


def same_varied_answers(table, names):
    answers = table[names].astype("str").replace({"": np.nan})
    shared = answers.duplicated(keep=False)
    rows = answers[shared]
    return rows[[varied(row.dropna()) for _, row in rows.iterrows()]]


def test_no_two_clean_forms_share_varied_answers(responses):
    assert same_varied_answers(responses, ITEMS).empty


def test_the_file_is_written_as_a_clinic_would():
    raw = (FOLDER / "as_exported.csv").read_bytes()
    assert raw.startswith(
        b"\xef\xbb\xbfClient ID;Session No;Session Date;Therapist;Rater;wai_sr_1;"
    )
    assert raw.split(b"\n", 1)[0].endswith(b"wai_sr_12;WAI Total")
    assert b"\r" not in raw


def test_the_list_holds_what_was_to_be_planted(problems):
    assert problems["kind"].value_counts().to_dict() == PLANTED
    assert not problems["row"].duplicated().any()
    assert problems.loc[problems["kind"].eq("does not apply"), "column"].nunique() == 1
    assert problems["client"].nunique() == len(problems)


def test_planted_cells_are_where_the_list_says(problems, export):
    cells = problems[problems["column"].ne("")]
    assert len(cells) == 14
    for row in cells.itertuples():
        assert export.at[row.row, row.column] == row.planted
        assert row.planted != row.was
        if row.column != "Client ID":
            assert export.at[row.row, "Client ID"] == row.client
        if row.column != "Session No":
            assert export.at[row.row, "Session No"] == row.session
        assert export.at[row.row, "Rater"] == row.rater


def test_planted_rows_are_what_the_list_says(problems, export):
    rows = problems[problems["column"].eq("")].set_index("kind")
    at, other = rows["row"], pd.to_numeric(rows["other_row"])
    assert export.loc[at["blanks scored as 0"], EXPORTED].eq("0").all()

    repeated = [export.loc[at["repeated row"]], export.loc[other["repeated row"]]]
    assert repeated[0].equals(repeated[1])

    one, two = export.loc[at["two versions"]], export.loc[other["two versions"]]
    key = ["Client ID", "Session No", "Rater"]
    assert one[key].equals(two[key]) and one[EXPORTED].ne(two[EXPORTED]).sum() == 3

    copy, source = export.loc[at["copied answers"]], export.loc[other["copied answers"]]
    assert copy[EXPORTED].equals(source[EXPORTED]) and varied(copy[EXPORTED])
    assert copy["Client ID"] != source["Client ID"]


def test_only_the_copied_answers_are_shared_by_two_forms(problems, export):
    listed = problems[problems["kind"].eq("copied answers")]
    rows = {int(listed["row"].item()), int(listed["other_row"].item())}
    assert set(same_varied_answers(export, EXPORTED).index) == rows


def test_totals_are_the_sum_of_the_items_but_for_two(problems, export):
    answers = export[EXPORTED].apply(pd.to_numeric, errors="coerce")
    whole = answers.notna().all(axis=1)
    assert export.loc[~whole, "WAI Total"].eq("").all()
    differ = answers[whole].sum(axis=1) != pd.to_numeric(export.loc[whole, "WAI Total"])
    listed = problems.loc[problems["kind"].eq("wrong total"), "row"]
    assert sorted(differ.index[differ]) == sorted(listed)


def test_without_the_planted_problems_the_export_is_the_clean_study(problems, export, responses):
    added = problems.loc[problems["kind"].isin(["repeated row", "two versions"]), "row"]
    table = export.drop(index=added).reset_index()
    assert len(table) == len(responses)
    untouched = ~table["index"].isin(problems["row"])
    answers = responses[ITEMS].astype("Int64").astype("str").where(responses[ITEMS].notna(), "")
    assert (table[EXPORTED].to_numpy() == answers.to_numpy())[untouched].all()
    assert table.loc[untouched, "Client ID"].tolist() == responses.loc[untouched, "client"].tolist()
    assert (
        table.loc[untouched, "Rater"].str.lower().tolist()
        == responses.loc[untouched, "rater"].tolist()
    )
    dates = pd.to_datetime(table["Session Date"], format="%d.%m.%Y").dt.strftime("%Y-%m-%d")
    assert dates.tolist() == responses["date"].tolist()
    changed = (table[EXPORTED].to_numpy() != answers.to_numpy()).any(axis=1)
    planted_in_items = problems[problems["column"].str.startswith("wai_sr")]["row"]
    planted_rows = problems[problems["kind"].isin(["blanks scored as 0", "copied answers"])]["row"]
    assert set(table["index"][changed]) == set(planted_in_items) | set(planted_rows)


def test_the_session_log_is_what_its_script_makes_and_reads_without_a_problem():
    command = [sys.executable, str(FOLDER / "make_session_log.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "the file is as made\n")
    checked = examine_log(FOLDER / "session_log.csv")
    assert not checked.problems
    assert checked.summary()["source"].tolist() == ["client", "observer", "therapist"]
    assert checked.frame["tension"].eq(0).sum() > checked.frame["tension"].gt(0).sum()
