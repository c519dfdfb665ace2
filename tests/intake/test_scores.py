"""Ready-made scores and the package's own tables, read from files."""

import pandas as pd
import pytest

import alliance as al
from alliance.intake import read_scores, read_table
from alliance.tables import EPISODES, SESSIONS

WIDE = "id;bdi_s1;bdi_s2;bdi_s10\n007;35;37,5;.\n008;26;;12\n"


def refused(path, **settings) -> str:
    with pytest.raises(al.AllianceError) as caught:
        read_scores(path, **settings)
    return str(caught.value)


def test_wide_scores_become_sessions(write):
    found = read_scores(write(WIDE), client="id", scores={"total": "bdi_s{session}"})
    expected = [("007", 1, 35.0), ("007", 2, 37.5), ("008", 1, 26.0), ("008", 10, 12.0)]
    assert (
        list(found[["client", "session", "total"]].itertuples(index=False, name=None)) == expected
    )


def test_only_two_ways_to_treat_problems_are_known(write):
    """A misspelled way must not count as the other one."""
    settings = {"client": "id", "scores": {"total": "bdi_s{session}"}}
    for way in ("set-aside", "ignore", ""):
        assert f"not '{way}'" in refused(write(WIDE), problems=way, **settings)


def test_scores_by_rater_with_codes_for_missing(write):
    path = write("ID,s1_P_task,s1_T_task,s1_X_task,s1_P_bond\n007,4.5,99,3,4\n")
    found = read_scores(
        path,
        client="ID",
        scores={"task": "s{session}_{rater}_task", "bond": "s{session}_{rater}_bond"},
        raters={"P": "client", "T": "therapist"},
        missing_codes=99,
    )
    assert found["rater"].tolist() == ["client"]
    assert found[["task", "bond"]].iloc[0].tolist() == [4.5, 4.0]


def test_instrument_gives_metric_and_range(write):
    path = write("ID,Session,SRS\n007,1,36\n007,2,41\n")
    settings = {
        "client": "ID",
        "session": "Session",
        "scores": {"total": "SRS"},
        "instrument": "srs-4",
    }
    message = refused(path, **settings)
    assert "Scores of srs total (sum) lie between 0 and 40 (1 row)" in message and "3" in message
    assert "missing_codes=[...]" in message
    with pytest.warns(al.AllianceWarning, match="held without a questionnaire"):
        found = read_scores(path, **settings, missing_codes=(41,))
    assert found["total"].isna().tolist() == [False, True]
    assert found.loc[0, ["instrument", "metric", "total"]].tolist() == ["srs", "sum", 36.0]


def test_a_total_whose_form_is_open_is_asked_for(write):
    path = write("ID,Session,SRS,WHO\n007,1,36,24\n")
    place = {"client": "ID", "session": "Session"}
    message = refused(path, **place, scores={"total": "SRS"}, instrument="srs")
    assert 'instrument="srs-4" or instrument="srs-10"' in message
    message = refused(path, **place, scores={"total": "WHO"}, instrument="who-5")
    assert 'metric="sum" or metric="scaled"' in message
    ten = read_scores(path, **place, scores={"total": "SRS"}, instrument="srs-10")
    assert ten["instrument"].tolist() == ["srs-10"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"client": "idd"}, "There is no column 'idd'. Did you mean 'id'?"),
        ({"scores": {"total": "bdi"}}, "No column fits 'bdi' for the scale total"),
        ({"scores": {"total": 3}}, "must be a table of scale and column"),
        ({"scores": "bdi_s1"}, "must be a table of scale and column"),
        ({"scores": {"total": "bdi_s1"}}, "No column was recognised as the session number"),
        (
            {"scores": {"total": "bdi_{rater}1"}, "raters": {"t": "therapist"}},
            "No column is of one of the raters t",
        ),
        ({"metric": "average"}, "The metric must be one of mean, sum"),
        ({"instrument": "srs-4", "scores": {"bond": "bdi_s{session}"}}, "srs has no scale 'bond'"),
        ({"missing_codes": [[1]]}, "'missing_codes' must be a list"),
    ],
)
def test_settings_that_do_not_fit(write, settings, said):
    settings = {"client": "id", "scores": {"total": "bdi_s{session}"}} | settings
    if "rater" in str(settings["scores"]):
        settings["session"] = "bdi_s2"
    assert said in refused(write(WIDE), **settings)


def test_cells_that_are_no_numbers_and_sessions_that_are_none(write):
    path = write(
        "ID,Session,SRS\n007,1,high\n007,2b,30\n007,1e300,30\n,4,30\n007,,\n007,9,#NULL!\n"
    )
    message = refused(path, client="ID", session="Session", scores={"total": "SRS"})
    assert "The column SRS must hold numbers (1 row)" in message and "high" in message
    assert "The session is not a whole number (2 rows)" in message
    path = write("ID,Session,SRS\n,4,30\n")
    assert "The client is not named" in refused(
        path, client="ID", session="Session", scores={"total": "SRS"}
    )


def test_one_session_scored_twice(write):
    path = write("ID,Session,SRS\n007,1,30\n007,1,31\n")
    assert "must name a row once" in refused(
        path, client="ID", session="Session", scores={"total": "SRS"}
    )
    path = write("ID,srs_1,srs_01\n007,30,31\n")
    assert "Two columns are the same score" in refused(
        path, client="ID", scores={"total": "srs_{session}"}
    )


def test_own_table_comes_back_as_it_was(clean, write, tmp_path):
    sessions = al.score(al.read(write(clean, "answers.csv")))
    sessions["client"] = ["=1+1", *sessions["client"][1:]]
    written = sessions.assign(client=sessions["client"].str.replace("=1+1", "'=1+1", regex=False))
    written.to_csv(tmp_path / "sessions.csv", index=False)
    again = read_table(tmp_path / "sessions.csv", SESSIONS)
    expected = sessions.sort_values(["client", "session"], ignore_index=True)
    expected["answered"] = expected["answered"].astype(float)
    pd.testing.assert_frame_equal(again, expected, check_exact=True)


def test_another_table_is_refused(clean, write):
    with pytest.raises(al.AllianceError, match="is not a episodes table: it lacks"):
        read_table(write(clean), EPISODES)


@pytest.mark.parametrize("called", ["SRS_Skip", "SRS_Skipped", "srs declined", "Skipped"])
def test_a_total_of_zero_that_is_marked_as_left_out_is_no_score(called, tmp_path):
    """A skipped form exported as 0 would be the deepest fall of the course."""
    path = tmp_path / "totals.csv"
    path.write_text(f"client,session,SRS_total,{called}\nk1,1,30,N\nk1,2,0,Y\nk1,3,29,N\n")
    settings = {"scores": {"total": "SRS_total"}, "instrument": "srs-4"}
    checked = al.check(path, **settings)
    assert "zeros of a skipped form" in {problem.kind for problem in checked.problems}
    assert checked.responses["session"].tolist() == [1, 2, 3]
    assert checked.responses["total"].isna().tolist() == [False, True, False]
    path.write_text(path.read_text().replace("2,0,Y", "2,12,Y"))
    with pytest.raises(al.DataError, match="marked as left out, but holds answers"):
        al.read_scores(path, **settings)


@pytest.mark.parametrize(("add", "pointed_out"), [(0, True), (20, False)])
def test_sums_that_may_be_means_are_pointed_out(add, pointed_out, tmp_path):
    path = tmp_path / "totals.csv"
    rows = [f"k1,{session},{add + 8.5 + session / 10}" for session in range(1, 7)]
    path.write_text("\n".join(["client,session,total", *rows]) + "\n")
    settings = {"scores": {"total": "total"}, "instrument": "srs-4"}
    kinds = {problem.kind for problem in al.check(path, **settings).problems}
    assert ("scores look like means" in kinds) == pointed_out
    assert not al.check(path, **settings, metric="mean").problems or pointed_out is False
