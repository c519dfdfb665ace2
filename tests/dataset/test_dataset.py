"""A dataset in partitions gives the numbers that the same rows give in memory."""

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance import AllianceError
from alliance.dataset.partitions import hashed
from alliance.model import find_pulses
from alliance.simulate import simulate, worlds

pytest.importorskip("dask")
KEY = ["client", "onset"]


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["R0d"], clients=60, seed=7)


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    """Sessions in three files, whole clients in each."""
    made = tmp_path_factory.mktemp("plain")
    share = hashed(study.sessions["client"]) % np.uint64(3)
    for number in range(3):
        study.sessions[share == number].to_parquet(made / f"part-{number}.parquet")
    return made


@pytest.fixture(scope="module")
def sessions(folder):
    return al.open_dataset(folder)


def same(found, expected, by):
    found, expected = (
        table.sort_values(by, ignore_index=True)[sorted(expected.columns)]
        for table in (found, expected)
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, check_dtype=False)


def test_it_is_counted(sessions, study):
    assert sessions.rows == len(study.sessions)
    assert sessions.clients == 60 and len(sessions.partitions) == 3
    same(sessions.in_memory(), study.sessions, ["client", "session"])


# The last three need something from all clients together.
@pytest.mark.parametrize("rule", ["own-mean", "strauss-like", "change-point", "reliable-drop"])
def test_ruptures_and_histories_are_those_in_memory(rule, sessions, study, tmp_path):
    expected = al.find_ruptures(study.sessions, rule)
    found = sessions.find_ruptures(rule, tmp_path / "found")
    same(found.episodes.in_memory(), expected.frame, KEY)
    same(found.clients.in_memory(), expected.clients, ["client"])
    histories = al.histories(expected)
    same(found.histories.in_memory(), histories.frame, ["client"])
    assert found.counts["ruptures"] == len(expected.frame) > 0
    assert found.counts["clients"] == 60
    kinds = histories.frame["kind"].value_counts()
    assert found.kinds[found.kinds > 0].to_dict() == kinds.to_dict()


def test_pulses_are_those_in_memory(sessions, study, tmp_path):
    found = sessions.find_pulses(tmp_path / "found", seed=1)
    expected = find_pulses(study.sessions, found.model)
    same(found.sessions.in_memory(), expected.frame, ["client", "session"])
    same(found.episodes.in_memory(), expected.episodes, KEY)
    assert found.fitted_to == 60
    own = find_pulses(study.sessions).model
    assert found.model.raters[0].parameters == own.raters[0].parameters


def test_chance_is_that_in_memory_where_the_part_is_all(sessions, study):
    found = sessions.chance_baseline("own-mean", draws=9, seed=4)
    expected = al.chance_baseline(al.find_ruptures(study.sessions, "own-mean"), draws=9, seed=4)
    pd.testing.assert_frame_equal(found.frame, expected.frame)


def test_responses_are_scored_by_partition(tmp_path):
    responses = simulate(worlds()["R0w"], clients=20, seed=1).responses
    share = hashed(responses["client"]) % np.uint64(2)
    for number in range(2):
        (tmp_path / f"in/site=a%20{number}").mkdir(parents=True)
        path = tmp_path / f"in/site=a%20{number}/a.parquet"
        responses[share == number].to_parquet(path)
    found = al.open_dataset(tmp_path / "in").score(tmp_path / "scored").in_memory()
    assert set(found["site"]) == {"a 0", "a 1"}
    same(found.drop(columns="site"), al.score(responses), ["client", "session"])


def test_an_export_is_read_with_its_mapping(tmp_path):
    for number in range(2):
        table = pd.DataFrame(
            {"ID": [f"0{number}"] * 3, "nr": [1, 2, 3],
             **{f"wai_sr_{item}": [4, 3, 4] for item in range(1, 13)}}
        )  # fmt: skip
        table.to_parquet(tmp_path / f"{number}.parquet")
    data = al.open_dataset(tmp_path, client="ID")
    found = data.score(tmp_path / "to" / "scored", client="ID", session="nr", instrument="wai-sr")
    assert found.in_memory()["total"].tolist() == [4, 3, 4] * 2
    assert set(found.in_memory()["client"]) == {"00", "01"}


def test_a_client_in_two_partitions_is_refused_before_anything_and_mended(study, tmp_path):
    rows = study.sessions.sample(frac=1, random_state=1)
    (tmp_path / "torn").mkdir()
    for number, part in enumerate(np.array_split(np.arange(len(rows)), 3)):
        rows.iloc[part].to_parquet(tmp_path / "torn" / f"{number}.parquet")
    with pytest.raises(AllianceError, match="mended="):
        al.open_dataset(tmp_path / "torn")
    data = al.open_dataset(tmp_path / "torn", mended=tmp_path / "whole", partitions=4)
    assert data.rows == len(rows) and data.clients == 60 and len(data.partitions) == 4
    same(data.in_memory(), study.sessions, ["client", "session"])
    owners = [one.read(["client"])["client"].unique().tolist() for one in data.partitions]
    assert len(sum(owners, [])) == 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["torn", "whole"]
    found = data.find_ruptures("own-mean", tmp_path / "found")
    same(found.episodes.in_memory(), al.find_ruptures(study.sessions, "own-mean").frame, KEY)


def test_the_hash_is_the_same_everywhere():
    # Written down once: another value would tear datasets that were mended before.
    assert hashed(pd.Series(["007", "7", "c001"])).tolist() == [
        4175678020806771434, 639464881952108352, 8814544103436651071
    ]  # fmt: skip


def test_a_part_of_the_clients_depends_on_nothing_but_their_names(sessions, study):
    part = sessions.sample(20, seed=3)
    clients = set(part["client"])
    assert 8 <= len(clients) <= 34
    whole = study.sessions[study.sessions["client"].isin(clients)]
    same(part, whole, ["client", "session"])
    assert clients != set(sessions.sample(20, seed=4)["client"])


def test_two_raters_and_none_named_are_refused_though_each_partition_has_one(study, tmp_path):
    half = study.sessions["client"].lt("c030")
    study.sessions[half].to_parquet(tmp_path / "a.parquet")
    study.sessions[~half].assign(rater="therapist").to_parquet(tmp_path / "b.parquet")
    data = al.open_dataset(tmp_path)
    with pytest.raises(AllianceError, match="several raters: client, therapist"):
        data.find_ruptures("own-mean", tmp_path / "found")
    assert not (tmp_path / "found").exists()
    found = data.find_ruptures("own-mean", tmp_path / "found", rater="therapist")
    assert set(found.episodes.in_memory()["rater"]) == {"therapist"}


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"client": [1, 2]}, "identifiers are text"), ({"ID": ["a", "b"]}, "no column 'client'")],
)
def test_what_cannot_be_opened_is_said(columns, message, tmp_path):
    pd.DataFrame({**columns, "session": [1, 1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(AllianceError, match=message):
        al.open_dataset(tmp_path)


def test_an_empty_folder_and_one_that_is_taken(sessions, tmp_path):
    with pytest.raises(AllianceError, match="no Parquet files"):
        al.open_dataset(tmp_path)
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "mine.txt").write_text("")
    with pytest.raises(AllianceError, match="exists already"):
        sessions.find_ruptures("own-mean", tmp_path / "found")
