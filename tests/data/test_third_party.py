"""The third-party files are what their READMEs say, with the counts that their sources gave."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance import rules

DATA = Path(__file__).parents[2] / "data"
FOLDERS = sorted(path for path in DATA.iterdir() if path.is_dir() and path.name != "__pycache__")
THIRD_PARTY = ["couples_diary", "sudden_gains_example", "wai36_simulated_patients"]
OWN = ["literature", "synthetic_study"]
KEY = {
    "task": ([2, 4, 13, 16, 18, 24, 35], [7, 11, 15, 31, 33]),
    "bond": ([5, 8, 17, 19, 21, 23, 26, 28, 36], [1, 20, 29]),
    "goal": ([6, 14, 22, 25, 30, 32], [3, 9, 10, 12, 27, 34]),
}
WORDS = ["Never", "Rarely", "Occasionally", "Sometimes", "Often", "Very Often", "Always"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_folder_says_what_it_is_and_names_every_file(folder):
    readme = (folder / "README.md").read_text(encoding="utf-8")
    overview = (DATA / "README.md").read_text(encoding="utf-8")
    assert "Licence" in readme and f"`{folder.name}/`" in overview
    assert folder.name in OWN or (folder / "LICENSE").stat().st_size > 1000
    for file in folder.iterdir():
        if file.suffix == ".csv":
            assert f"`{file.name}`" in readme, file.name


def test_third_party_folders_are_all_there():
    assert [path.name for path in FOLDERS if path.name not in OWN] == THIRD_PARTY


def test_labels_are_as_they_must_be():
    def text(folder):
        return (DATA / folder / "README.md").read_text(encoding="utf-8")

    assert "Daily contentment of couples" in text("couples_diary")
    assert '**never "alliance"**' in text("couples_diary")
    assert "language-model patients, not people" in text("wai36_simulated_patients")
    assert "origin not stated" in text("sudden_gains_example")
    assert "SYNTHETIC" in text("synthetic_study")


def test_couples_diary_counts():
    diary = pd.read_csv(DATA / "couples_diary" / "diary.csv")
    assert len(diary) == 2765
    assert diary["ID"].nunique() == 80
    assert diary.groupby("ID").size().agg(["min", "max"]).tolist() == [26, 36]
    steps = diary.sort_values(["ID", "DIARYDAY"]).groupby("ID")["DIARYDAY"].diff().dropna()
    assert steps.gt(1).sum() == 36
    moods = diary.filter(regex="^[MW]_")
    assert moods.min().min() == 0 and moods.max().max() == 4
    assert len(pd.read_csv(DATA / "couples_diary" / "satisfaction.csv")) == 80


def test_couples_contentment_within_and_between():
    diary = pd.read_csv(DATA / "couples_diary" / "diary.csv")
    long = diary.melt("ID", ["M_Con.", "W_Con."], "partner", "content")
    persons = long.groupby(["ID", "partner"])["content"]
    mean, size = persons.mean(), persons.size()
    within = ((long["content"] - persons.transform("mean")) ** 2).sum() / (len(long) - len(mean))
    between = (size * (mean - long["content"].mean()) ** 2).sum() / (len(mean) - 1)
    common = (len(long) - (size**2).sum() / len(long)) / (len(mean) - 1)
    trait = (between - within) / common
    assert within**0.5 == pytest.approx(0.724, abs=0.0006)
    assert trait**0.5 == pytest.approx(0.609, abs=0.006)
    assert trait / (trait + within) == pytest.approx(0.41, abs=0.006)


def wai_answers():
    folder = DATA / "wai36_simulated_patients"
    return pd.read_csv(folder / "wai_answers.csv")


def test_simulated_patients_counts():
    answers = wai_answers()
    assert len(answers) == 277
    sessions = answers.groupby("pairing_id").size().value_counts().sort_index()
    assert sessions.to_dict() == {1: 80, 2: 36, 3: 11, 4: 23}
    assert not answers.duplicated(["pairing_id", "session_id"]).any()
    words = answers.filter(regex=r"^question\d+$")
    assert words.shape[1] == 36 and set(np.unique(words)) == set(WORDS)


@pytest.mark.parametrize(("scale", "differ"), [("task", 0), ("bond", 172), ("goal", 0)])
def test_released_totals_follow_the_key_but_for_bond(scale, differ):
    answers = wai_answers()
    codes = answers.filter(regex=r"^question\d+$").replace(
        dict(zip(WORDS, range(1, 8), strict=True))
    )
    codes.columns = range(1, 37)
    plain, turned = KEY[scale]
    total = codes[plain].sum(axis=1) + (8 - codes[turned]).sum(axis=1)
    assert total.ne(answers[f"total_wai_{scale}"]).sum() == differ
    if scale == "bond":
        wrong = total - codes[28] + (8 - codes[28]) - (8 - codes[29]) + codes[29]
        assert wrong.eq(answers["total_wai_bond"]).all()


def test_srs_lines_of_the_same_sessions():
    srs = pd.read_csv(DATA / "wai36_simulated_patients" / "srs_answers.csv")
    key = ["pairing_id", "session_id"]
    assert (
        srs[key].sort_values(key).to_numpy().tolist()
        == wai_answers()[key].sort_values(key).to_numpy().tolist()
    )
    lines = srs[["relationship", "goals_and_topics", "approach_or_method", "overall"]]
    assert lines.min().min() >= 0 and lines.max().max() <= 10
    assert np.allclose(lines.sum(axis=1), srs["total"], atol=0.051)


def test_sudden_gains_counts():
    folder = DATA / "sudden_gains_example"
    assert len(pd.read_csv(folder / "sgdata.csv")) == 43
    gains = pd.read_csv(folder / "gains_by_interval.csv")
    flags = gains.filter(regex="^sg_")
    assert flags.sum().sum() == 24
    assert flags.eq(1).any(axis=1).sum() == 15
    each = pd.read_csv(folder / "gains_by_interval_each_criterion.csv")
    pd.testing.assert_frame_equal(each[flags.columns], flags)


def test_reported_numbers_say_how_surely_they_are_known():
    prevalence = pd.read_csv(DATA / "literature" / "prevalence.csv")
    sure = {"abstract", "memory"}
    for value, tag in (("with_rupture", "sure_rupture"), ("repaired", "sure_repaired")):
        assert prevalence[value].dropna().between(0, 1).all()
        assert (prevalence[value].notna() == prevalence[tag].isin(sure)).all()
    assert prevalence["rule"].dropna().isin(list(rules.presets())).all()
    pooled = pd.read_csv(DATA / "literature" / "meta_analyses.csv")
    assert (pooled["low"] < pooled["r"]).all() and (pooled["r"] < pooled["high"]).all()
    assert pooled["sure"].isin(sure).all()
    # Three studies, their numbers of clients as the other table has them, but one: 25 were analysed.
    clients = prevalence.set_index("study")["participants"]
    assert clients["Stiles et al. (2004)"] + 25 + clients["Stevens et al. (2007)"] == 148
