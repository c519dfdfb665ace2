"""Planned power: truth, laws, the same bytes from a seed, words, refusals."""

import copy
import pickle
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance import AllianceError
from alliance.effects import PlannedPower, designs, planned_power, repair_gain, replicate
from alliance.simulate import simulate, worlds

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def found():
    return planned_power(
        0.5, clients=[60, 120, 240], design=["P1", "log"], replications=60, workers=1, seed=3
    )


def test_more_clients_more_power(found):
    for _, rows in found.frame.groupby("design"):
        assert rows["power"].iloc[-1] > rows["power"].iloc[0]
        assert rows["smoothed"].is_monotonic_increasing
        assert rows["sd"].is_monotonic_decreasing


def test_a_log_finds_more_than_a_rule_and_rules_attenuate(found):
    table = found.frame.set_index(["design", "clients"])
    for clients in (60, 120, 240):
        rule, log = table.loc[("P1", clients)], table.loc[("log", clients)]
        assert log["power"] > rule["power"]
        assert rule["estimate"] < log["estimate"] < 0.5
    need = found.needed.set_index("design")["clients"]
    assert need["log"] < need["P1"]


def test_the_rows_are_what_one_study_at_a_time_gives():
    world = worlds()["A5w"].but(unanswered_items=0.02)
    rows = replicate(world, dict(designs()), [200], replications=2, seed=5, workers=1)
    for number in range(2):
        stream = np.random.SeedSequence(5, spawn_key=(200, number))
        study = simulate(world, 200, np.random.default_rng(stream))
        its = rows[rows["replication"].eq(number)].set_index("design")
        for name, design in designs().items():
            told = {"items": study.responses} if design.parts else {}
            told |= {"log": study.log} if design.rule is None else {}
            answer = repair_gain(study.sessions, design=name, **told)
            row = its.loc[name]
            assert row["exposed"] == answer.exposed
            assert row["estimate"] * world.score_points_per_sd == pytest.approx(
                answer.estimate, rel=1e-9
            ), name
            assert row["p"] == pytest.approx(answer.p, rel=1e-6), name


# The larger studies are simulated in three blocks.
ON_ANY_WORKERS = dict(clients=[40, 600], design=["P1", "log"], replications=20)


@pytest.fixture(scope="module")
def with_one_worker():
    return planned_power(0.3, **ON_ANY_WORKERS, workers=1)


def test_the_same_bytes_with_one_and_two_workers(with_one_worker):
    two = planned_power(0.3, **ON_ANY_WORKERS, workers=2)
    assert with_one_worker.studies.to_csv().encode() == two.studies.to_csv().encode()
    assert with_one_worker.text() == two.text()


def test_a_backend_chosen_around_the_call_gives_the_same_bytes(with_one_worker):
    """As on a cluster, where joblib's backend is chosen outside."""
    import joblib

    with joblib.parallel_config(backend="threading", n_jobs=2):
        there = planned_power(0.3, **ON_ANY_WORKERS)
    assert there.studies.to_csv() == with_one_worker.studies.to_csv()


def test_by_default_the_rule_with_the_most_power_is_compared_with_a_log():
    plan = planned_power(0.3, clients=60, replications=20, workers=1)
    assert plan.frame["design"].tolist() == ["P4", "log"]


def test_another_seed_other_studies_and_a_longer_grid_the_same():
    first, again, other = (
        planned_power(0.3, clients=clients, design="P1", replications=20, workers=1, seed=seed)
        for clients, seed in (([50], 1), ([50, 70], 1), ([50], 2))
    )
    kept = again.studies[again.studies["clients"].eq(50)].reset_index(drop=True)
    pd.testing.assert_frame_equal(first.studies, kept)
    assert not first.studies["estimate"].equals(other.studies["estimate"])


def test_without_a_gain_the_power_is_the_level():
    found = planned_power(
        0.0, clients=120, design=["P1", "log"], replications=300, workers=1, seed=1
    )
    # 99.9 % of samples of 300 of a true 5 % lie within 0.8 and 9.2 %.
    assert found.frame["power"].between(0.008, 0.092).all()
    assert "every finding is a false one" in found.text()
    assert "80% power" not in found.text()
    assert found.needed["clients"].isna().all()
    ax = found.plot()
    assert [line.get_ydata()[0] for line in ax.lines if line.get_gid() == "wanted"] == [5]
    assert not [line for line in ax.lines if str(line.get_gid()).startswith("curve")]


def test_refused_studies_count_as_not_found():
    found = planned_power(2.0, clients=[15, 40], design="log", replications=40, workers=1)
    row = found.frame.iloc[0]
    answered = found.studies.query("clients == 15")["p"].notna()
    assert row["refused"] == pytest.approx(1 - answered.mean()) and row["refused"] > 0.5
    assert row["power"] <= answered.mean()
    assert "could not be tested at all" in found.text()


def fake(power, clients=(100, 200, 400, 800), replications=1000, **changes):
    """A result whose studies find the gain exactly as often as said."""
    rows = [
        ("P1", count, number, 0.1, 0.05, 20.0, 0.01 if number < share * replications else 0.5, 30)
        for count, share in zip(clients, power, strict=True)
        for number in range(replications)
    ]
    columns = [
        "design",
        "clients",
        "replication",
        "estimate",
        "standard_error",
        "df",
        "p",
        "exposed",
    ]
    settings = dict(
        studies=pd.DataFrame(rows, columns=columns),
        designs={"P1": designs()["P1"]},
        world=worlds()["A3d"],
        wanted=0.8,
        alpha=0.05,
        seed=0,
        marginals=simulate(worlds()["A3d"], 200, 0).summary().to_dict(),
    )
    return PlannedPower(**settings | changes)


def test_the_number_needed_of_a_known_curve():
    from scipy.stats import norm

    clients = np.array([100, 200, 400, 800])
    result = fake(np.round(norm.cdf(0.12 * np.sqrt(clients) - 1.96), 3))
    need = result.needed.iloc[0]
    assert need["within"]
    # By hand: ((1.96 + 0.8416) / 0.12)^2 = 545.
    assert need["lower"] < 545 < need["upper"]
    assert need["clients"] == pytest.approx(545, rel=0.02)
    assert "80% power needs about 550 clients" in result.text()
    assert result.frame["lower"].lt(result.frame["power"]).all()


def test_beyond_and_below_the_grid_is_said():
    assert "an extrapolation beyond the 800 clients" in fake([0.07, 0.10, 0.18, 0.34]).text()
    assert "reached with fewer than 100 clients" in fake([0.9, 0.99, 1, 1]).text()
    assert "not in sight" in fake([0.3, 0.3, 0.3, 0.3]).text()
    assert "or more)" in fake([0.05, 0.05, 0.06, 0.06], replications=100).text()


def test_words_and_forms(found, tmp_path):
    text = found.text()
    for part in (
        "synthetic data",
        "0.5 SD (0.33 points of the score)",
        "60 studies were simulated",
        "ruptures found by a rule in the scores (design P1)",
        "a rupture log that holds 70% of the ruptures",
        "a lower bound, never the size of the effect",
        "Ruptures that are missed, ruptures that were none pull the estimate",
        "assumptions and not estimates",
    ):
        assert part in text
    again = pickle.loads(pickle.dumps(copy.deepcopy(found)))
    assert again.text() == text
    assert "<table" in found._repr_html_()
    named = replace(found, world=found.world.but(name="<b>mine</b>"))
    assert "world &lt;b&gt;mine" in named._repr_html_()
    assert "Power" in found.to_table().to_csv()
    assert found.summary().shape == (6, 8)


def test_a_plot_shows_what_was_found(found):
    import matplotlib.pyplot as plt

    ax = found.plot()
    drawn = {line.get_gid(): line for line in ax.lines if line.get_gid()}
    assert drawn["wanted"].get_ydata()[0] == 80
    assert {"curve-P1", "curve-log"} <= set(drawn)
    need = found.needed.set_index("design").loc["log"]
    assert need["within"]
    assert drawn["needed-log"].get_xdata()[0] == need["clients"]
    assert "needed-P1" not in drawn or found.needed.set_index("design").loc["P1", "within"]
    bars = ax.containers
    assert [round(float(y)) for y in bars[0].lines[0].get_ydata()] == [
        round(100 * power) for power in found.frame.query("design == 'P1'")["power"]
    ]
    assert "synthetic" in ax.get_title(loc="left")
    plt.close(ax.figure)
    one = planned_power(0.5, clients=60, design="P1", replications=20, workers=1)
    assert np.isnan(one.frame["smoothed"]).all() and one.needed["clients"].isna().all()
    plt.close(one.plot().figure)


def test_a_world_like_a_pilot_study():
    pilot = simulate(worlds()["R0w"], clients=60, rng=1).sessions
    world = al.simulate.like(pilot, rounds=3, clients=200)
    result = al.planned_power(
        0.4, clients=80, design="P1", world=world, sessions=20, log_sensitivity=0.5,
        log_false_rate=0.02, replications=20, workers=1,
    )  # fmt: skip
    assert result.world.scale == "wai"
    assert (result.world.gain, result.world.planned_median) == (0.4, 20)
    assert (result.world.log_sensitivity, result.world.log_false_rate) == (0.5, 0.02)
    assert "world like yours" in result.text()
    assert "scores at the ceiling of the questionnaire" in result.text()


def test_all_that_cannot_be_is_named_at_once():
    with pytest.raises(AllianceError) as caught:
        planned_power(
            0.3, clients=[5, 2.5], world="N0", power=0.01, replications=3, seed=-1, workers=0,
            sessions=90,
        )  # fmt: skip
    assert str(caught.value).count("\n  - ") == 7


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"design": "P11"}, "There is no design 'P11'. Did you mean 'P1'"),
        ({"design": []}, "There is no design named"),
        ({"world": "A3e"}, "There is no world 'A3e'. Did you mean 'A3d'"),
        ({"gain": "much"}, "must be numbers"),
        ({"log_sensitivity": 2}, "log_sensitivity must lie between 0 and 1"),
        ({"clients": []}, "clients must be whole numbers"),
    ],
)
def test_refusals_say_what_is_wrong(settings, said):
    with pytest.raises(AllianceError) as caught:
        planned_power(**{"gain": 0.3, "workers": 1} | settings)
    assert said in str(caught.value)
