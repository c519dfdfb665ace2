"""What all specifications say together: by hand, in words, in tables, on paper."""

import copy
import pickle

import numpy as np
import pytest

from alliance import AllianceError, multiverse
from alliance.effects import Choices, Estimates, SurrogateNull, choices, joint_table
from alliance.effects.multiverse_joint import curve_band, each_p, statistics
from alliance.simulate import simulate, worlds


def made(*t_values) -> Estimates:
    """Estimates with standard errors of 1, so that they are their own t; many df."""
    t = np.array(t_values, dtype=float)
    return Estimates(
        estimate=t, standard_error=np.ones_like(t), df=np.full_like(t, 1e6),
        exposed=np.full_like(t, 9), used=np.full_like(t, 99),
    )  # fmt: skip


def test_joint_statistics_by_hand():
    found = statistics(made([1, 2, 3, -3], [np.nan, 2.5, 0, 0], [np.nan] * 4))
    assert found["median t"] == pytest.approx([1.5, 0, np.nan], nan_ok=True)
    assert found["share significant"] == pytest.approx([0.5, 1 / 3, np.nan], nan_ok=True)


def test_the_joint_p_counts_the_study_itself():
    """Median t of the study 2; of the surrogates 0, 1, 2, 3: two of four as high, (1 + 2) / 5."""
    surrogates = made([0, 0, 9], [1, 1, 9], [2, 2, 9], [3, 3, 9])
    table = joint_table(made([2, 2, np.nan]), surrogates)
    assert table["observed"].tolist() == [2, 1]
    assert table["p"].tolist() == pytest.approx([3 / 5, 3 / 5])
    assert table["surrogates"].tolist() == [4, 4]
    assert table["without_gain"].tolist() == [1.5, 0.5]


def test_each_p_is_that_of_the_surrogate_null():
    surrogates = made([0.5, 1], [1, -2], [-1, 0], [0, np.nan], [2, np.nan])
    found = made([2.5, 1])
    for place, p in enumerate(each_p(found, surrogates)):
        null = SurrogateNull(
            estimates=surrogates.estimate[:, place], t=surrogates.t[:, place],
            estimate=found.estimate[0, place], standard_error=1.0, model=None,
        )  # fmt: skip
        assert p == pytest.approx(null.p)


def test_band_by_hand():
    """Two curves in any order, the second short by one: stretched to three places."""
    band = curve_band(np.array([[3.0, 1, 2], [4, np.nan, 0], [np.nan] * 3]), 3)
    assert band["place"].tolist() == [1, 2, 3]
    assert band["median"].tolist() == pytest.approx([0.5, 2, 3.5])
    assert curve_band(np.full((2, 3), np.nan), 3)["lower"].isna().all()


@pytest.fixture(scope="module")
def curve(study):
    return multiverse(study.sessions, items=study.responses, surrogates=19)


def test_frame_summary_and_words_say_the_same(curve):
    frame, summary = curve.frame, curve.summary()
    assert len(frame) == len(choices()["small"]) == summary["specifications"].iloc[0]
    answered = frame[frame["answered"]]
    assert summary["significant"].iloc[0] == pytest.approx(answered["significant"].mean())
    assert summary["median_sd"].iloc[0] == pytest.approx(answered["estimate_sd"].median())
    assert summary["median_t"].iloc[0] == pytest.approx(answered["t"].median())
    assert curve.joint["observed"].tolist() == pytest.approx(
        summary[["median_t", "significant"]].iloc[0].tolist()
    )
    kept = summary[(summary["axis"] == "flanks") & (summary["option"] == "kept")].iloc[0]
    part = answered[answered["flanks"] == "kept"]
    assert kept["significant"] == pytest.approx(part["significant"].mean())
    by_axis = summary.groupby("axis")["answered"].sum()
    assert (by_axis == len(answered)).all()
    text = curve.text()
    for part in (
        "in 48 ways of 150 clients",
        "growth: common, by history. Alike in all were back to within, SD: 0.25; sessions to return: 5",
        f"{answered['significant'].sum()} (",
        "one specification reaching .05 means nothing",
        f"joint p = {curve.p:.3f}".replace("0.", "."),
        "In 19 surrogate studies",
    ):
        assert part in text
    assert "<script" not in curve._repr_html_() and "specifications" in curve._repr_html_()
    table = curve.to_table(number=3)
    assert len(table.rows) == len(summary)
    assert table.rows[0][:3] == ("All specifications", "", "48")
    assert table.notes[0][1].startswith(text[:60])
    again = pickle.loads(pickle.dumps(copy.deepcopy(curve)))
    assert again.text() == text


def test_corrected_estimates_are_less_the_surrogates(curve):
    frame = curve.frame
    mean = np.nanmean(curve.surrogates.estimate, axis=0) / curve.total_sd
    assert (frame["estimate_sd"] - frame["corrected_sd"]).to_numpy() == pytest.approx(mean)
    assert frame["p_surrogate"].between(0, 1).all()
    band = curve.band
    assert len(band) == curve.answered
    assert (band["lower"] <= band["median"]).all() and (band["median"] <= band["upper"]).all()
    assert (np.diff(band["median"]) >= 0).all()


def test_a_large_gain_lifts_the_whole_curve():
    strong = simulate(worlds()["A3d"].but(gain=1.2), clients=200, rng=5)
    curve = multiverse(strong.sessions, surrogates=39)
    assert curve.p == pytest.approx(1 / 40)
    assert curve.joint["p"].max() < 0.05
    assert "lies higher than without a gain" in curve.text()


def test_too_few_exposed_clients_are_refused_by_every_specification():
    few = simulate(worlds()["A3d"], clients=8, rng=2)
    curve = multiverse(few.sessions, surrogates=19)
    assert curve.answered == 0 and curve.surrogates is None and np.isnan(curve.p)
    assert curve.frame["reason"].str.contains("fewer than 8 cannot carry").all()
    assert curve.joint.empty and curve.band.empty
    assert "24 were not answered for having fewer than 8 clients" in curve.text()
    with pytest.raises(AllianceError, match="no specification has an estimate"):
        curve.plot()


def test_without_surrogates_nothing_is_said_of_all(study):
    curve = multiverse(study.sessions, choices=Choices(threshold=(1.0, 1.5)), surrogates=0)
    assert np.isnan(curve.p) and curve.joint.empty
    assert "without surrogates nothing can be said" in curve.text()
    assert "p_surrogate" not in curve.frame
    assert "significant_without_gain" not in curve.summary()
