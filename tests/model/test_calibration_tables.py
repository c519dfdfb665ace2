"""The committed calibration tables hold what is claimed of the detector."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "calibration"


@pytest.fixture(scope="module")
def sessions():
    return pd.read_csv(FOLDER / "pulse_sessions.csv").query("clients == 200")


@pytest.fixture(scope="module")
def episodes():
    return pd.read_csv(FOLDER / "pulse_episodes.csv").query("clients == 200")


@pytest.mark.parametrize(
    ("world", "least"), [("R0d", 0.70), ("rare", 0.55), ("R0w", 0.64), ("R0s", 0.64)]
)
def test_average_precision_and_lead(sessions, world, least):
    found = sessions[sessions["world"] == world].set_index("detector")["average_precision"]
    others = found[~found.index.str.startswith("pulse scan")]
    assert found["pulse scan"] >= least
    assert found["pulse scan"] > others.max()
    assert others.index.str.startswith("preset").sum() >= 12


@pytest.mark.parametrize(
    ("world", "most"), [("N0", 0.01), ("N0w", 0.03), ("N0s", 0.03), ("N0h", 0.03)]
)
def test_false_episodes_in_noise(episodes, world, most):
    row = episodes.query("world == @world and detector == 'pulse scan > 0.5'").iloc[0]
    assert row["false_per_client"] <= most


@pytest.mark.parametrize("world", ["R0d", "rare", "R0w", "R0s", "R0d volatile"])
def test_posterior_bins(world):
    """Predicted and true shares agree as closely as in the earlier study, or as the studies tell."""
    bins = pd.read_csv(FOLDER / "pulse_bins.csv")
    bins = bins.query("world == @world and detector == 'pulse scan' and sessions >= 100")
    assert len(bins) >= 5
    off = (bins["predicted"] - bins["true"]).abs()
    assert (off <= np.maximum(0.12, 2 * bins["true_se"])).all()


def test_bins_of_results_that_do_not_warn():
    """From .5 up within .06 of the truth, as far as the studies tell, where most do not warn."""
    bins = pd.read_csv(FOLDER / "pulse_bins.csv")
    bins = bins[bins["detector"].eq("pulse scan, unwarned") & bins["from"].ge(0.5)]
    bins = bins[bins["studies"].ge(30) & ~bins["world"].str.startswith("N0")]
    assert bins["world"].nunique() >= 16
    off = (bins["predicted"] - bins["true"]).abs()
    assert (off <= 0.06 + 2 * bins["true_se"]).all()
    assert (off <= 0.06).mean() >= 0.9


@pytest.fixture(scope="module")
def rungs():
    """Lines by number of clients, rung and world."""
    table = pd.read_csv(FOLDER / "gain_likelihood.csv")
    return table.set_index(["clients", "rung", "world"]).sort_index()


def within_chance(count, studies, rate):
    """Return whether a share of studies is no surprise (99.5 %) if the true one is the rate."""
    return count <= studies * rate + 2.6 * np.sqrt(studies * rate * (1 - rate)) + 0.5


@pytest.mark.parametrize(
    ("clients", "worlds", "studies"), [(200, 31, 500), (60, 9, 200), (900, 8, 200)]
)
def test_what_assumes_least_seldom_claims_anything_without_a_gain(rungs, clients, worlds, studies):
    null = rungs.loc[clients, "fewest assumptions"].query("gain == 0")
    assert len(null) >= worlds and null["studies"].min() >= studies
    assert (null["stronger"] / null["studies"]).max() <= 0.045
    assert ((null["stronger"] + null["weaker"]) / null["studies"]).max() <= 0.07


def test_power_and_coverage_where_a_gain_was_put_in(rungs):
    scores = rungs.loc[200, "fewest assumptions", "A3d"]
    log = rungs.loc[200, "fewest assumptions and a log", "A3d"]
    assert scores["stronger"] / scores["studies"] >= 0.42
    assert log["stronger"] / log["studies"] >= 0.60
    for row in (scores, log):
        assert abs(row["estimate"] - row["gain"]) <= 0.05
        assert 0.90 <= row["covered"] / row["studies"] <= 0.99


def test_worlds_of_another_kind(rungs):
    """Own slopes and longer courses."""
    for clients, least in ((200, 0.28), (400, 0.67)):
        row = rungs.loc[clients, "fewest assumptions", "own slopes, gain"]
        assert within_chance(row["studies"] - row["stronger"], row["studies"], 1 - least)


def test_lines_of_studies_give_the_table():
    each = pd.read_csv(FOLDER / "gain_studies.csv").groupby(["world", "clients", "rung"])
    table = pd.read_csv(FOLDER / "gain_likelihood.csv")
    told = table.set_index(["world", "clients", "rung"])
    assert told["studies"].sort_index().equals(each.size().sort_index())
    for name, sign in (("stronger", 1), ("weaker", -1)):
        claimed = each["claim"].agg(lambda own, sign=sign: (own == sign).sum())
        assert (told[name].sort_index() == claimed.sort_index()).all()
    assert each["seed"].agg(lambda own: own.is_unique).all()


def test_what_was_put_in_comes_back():
    table = pd.read_csv(FOLDER / "recovery.csv")
    assert {"gain", "tail", "lead", "gain by arm", "client: sensitivity"} <= set(table["parameter"])
    # The mean of the estimates lies within three of its standard errors, and shrinkage by priors.
    reach = 3 * table["estimate_sd"] / np.sqrt(table["studies"]) + 0.15 * table["put_in"].abs()
    assert ((table["estimate"] - table["put_in"]).abs() <= reach).all()
    assert table["covered"].sum() / table["studies"].sum() >= 0.9


def test_differences_between_clients_are_found_where_there_are_some_only():
    table = pd.read_csv(FOLDER / "traits.csv")
    for row in table.itertuples():
        if row.put_in == 0:
            assert within_chance(row.differs, row.studies, 0.07), row.setting
        assert within_chance(row.studies - row.covered, row.studies, 0.07), row.setting


def test_the_page_on_planning_quotes_the_table(rungs):
    page = (FOLDER.parent / "docs" / "how-to" / "plan-a-study.md").read_text("utf-8")
    for clients, rung, world in (
        (200, "fewest assumptions", "A3d"),
        (200, "fewest assumptions and a log", "A3d"),
        (200, "fewest assumptions", "own slopes, gain"),
        (400, "fewest assumptions", "own slopes, gain"),
    ):
        row = rungs.loc[clients, rung, world]
        share = round(100 * row["stronger"] / row["studies"])
        told = f"{share} % of {row['studies']:.0f} simulated studies of {clients} clients"
        assert told in " ".join(page.split())


@pytest.fixture(scope="module")
def chance():
    return pd.read_csv(FOLDER / "chance.csv")


def test_chance_tells_how_many_are_true(chance):
    true = chance[chance["truly_true"] >= 0.7]
    assert len(true) >= 2
    assert (true["expected_true"] - true["truly_true"]).abs().max() <= 0.10


def test_pure_noise_is_seldom_called_more(chance):
    noise = chance[chance["truly_true"] == 0]
    assert noise["world"].nunique() >= 6
    assert noise["more"].sum() / noise["studies"].sum() <= 0.07
    for row in noise.itertuples():
        assert within_chance(row.more, row.studies, 0.07), (row.world, row.rule)


def test_printed_rates_are_those_of_the_world():
    """The power is known of some worlds only."""
    printed = pd.read_csv(FOLDER / "printed_rates.csv")
    assert len(printed) >= 60 and printed["clients"].nunique() == 2
    both = printed["error_agrees"].eq(1) & printed["power_agrees"].ne(0)
    assert both.mean() >= 0.9 and printed["power_agrees"].count() >= 40


def test_days_in_random_order_lean_as_the_page_of_the_couples_says():
    table = pd.read_csv(FOLDER / "couples_diary.csv")
    random = table[table["order"] == "random"]
    assert len(random) >= 24 and (random["p"] < 0.05).sum() <= 2
    assert round(random["estimate_sd"].mean(), 1) == 0.1
    backwards = table[table["order"] == "backwards"]
    assert (backwards["estimate_sd"] < 0).all()
