"""Repaired against unrepaired: by hand, against R, laws, refusals, words, the calibration."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import AllianceError, landmark_comparison
from alliance.effects import Landmark, Words
from alliance.effects.landmark import NEVER, FirstRuptures, compare
from alliance.effects.landmark_result import GROUPS, MEASURED
from alliance.effects.material import gather
from alliance.rules import RepairRule, Rule, RuptureRule
from alliance.simulate import simulate, worlds

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCRIPT = ROOT / "calibration" / "landmark.py"
NULL = ["N0", "N0d", "N0h", "N0r", "N0w", "N0s", "R0d", "R0g", "R0w", "R0s", "R0L", "R0S", "R0T"]


@pytest.fixture(scope="module")
def study():
    return simulate(worlds()["R0d"], clients=150, rng=7)


@pytest.fixture(scope="module")
def answer(study):
    return landmark_comparison(study.sessions, surrogates=39, rng=1)


# Rated 1 to 7, onset at 3, landmark at 6: (scores, group).
COURSES = {
    "mends at 5": ([5, 5, 3, 3, 5, 5, 6], "repaired by the landmark"),
    "mends at 7": ([5, 5, 3, 3, 3, 3, 5], "repaired later"),
    "stays low": ([5, 5, 3, 3, 3, 3, 3], "never repaired"),
    "leaves low": ([5, 5, 3, 3], "not repaired, left before the landmark"),
    "leaves mended": ([5, 5, 3, 5, 5], "repaired, left before the landmark"),
    "calm": ([5, 5, 5, 5, 5, 5, 5], None),
}
FALL = Rule(
    name="fall",
    rupture=RuptureRule(reference="previous session", unit="points", threshold=2),
    repair=RepairRule(target="before", amount=0, unit="points", window=10),
)


def table(courses: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        (client, number, "client", float(score))
        for client, scores in courses.items()
        for number, score in enumerate(scores, start=1)
    ]
    return pd.DataFrame(rows, columns=["client", "session", "rater", "total"])


def test_who_is_compared_by_hand():
    sessions = table({client: scores for client, (scores, _) in COURSES.items()})
    found = landmark_comparison(sessions, rule=FALL)
    groups = found.clients.set_index("client")["group"].to_dict()
    assert groups == {client: group for client, (_, group) in COURSES.items() if group}
    told = found.clients.set_index("client")
    assert told.loc["mends at 5", ["onset", "repaired", "before", "after"]].tolist() == [3, 5, 5, 6]
    assert pd.isna(told.loc["stays low", "repaired"])
    assert found.counts["without rupture"] == 1
    assert sum(found.counts[group] for group in GROUPS) == found.counts["with rupture"] == 5
    assert not found.answered
    assert "1 clients with the rupture repaired and 2 with it not repaired" in found.text()


def test_a_difference_worked_by_hand():
    # After a repair scores are 0.5 above those before, otherwise 1 below: 1.5, whatever the level.
    courses = {}
    for number in range(9):
        level, calm = 4 + 0.1 * number, [4 + 0.1 * number] * (2 + number % 3)
        courses[f"r{number}"] = [*calm, level - 2, level, level, level, level + 0.5]
        courses[f"u{number}"] = [*calm, level - 2, level - 2, level - 2, level - 2, level - 1]
    material = gather(table(courses), scale="total")
    found = compare(material.scores, Landmark(rule=FALL))
    assert found.estimate.item() == pytest.approx(1.5)
    assert (found.repaired.item(), found.unrepaired.item()) == (9, 9)


@pytest.mark.parametrize("landmark", [2, 3, 6])
def test_agrees_with_r(landmark):
    # lm and HC3 written out in base R: witness_landmark/make_reference.R
    theirs = pd.read_csv(HERE / "witness_landmark" / "reference.csv", comment="#")
    theirs = theirs.set_index("landmark").loc[landmark]
    material = gather(pd.read_csv(HERE / "witness_conventional" / "sessions.csv"), scale="total")
    first = pd.read_csv(HERE / "witness_conventional" / "episodes.csv").drop_duplicates("client")
    told = FirstRuptures(
        judged=np.ones(len(material.clients), dtype=bool),
        course=pd.Index(material.clients).get_indexer(first["client"]),
        onset=first["onset"].to_numpy(),
        repaired=np.where(first["outcome"] == "repaired", first["end"], NEVER),
    )
    ours = compare(material.scores, Landmark(rule=None, sessions=landmark), told)
    assert ours.estimate.item() == pytest.approx(theirs["estimate"], rel=1e-7)
    assert ours.standard_error.item() == pytest.approx(theirs["se"], rel=1e-7)
    assert ours.df.item() == theirs["df"]
    assert [ours.repaired.item(), ours.unrepaired.item()] == theirs[-2:].tolist()


def test_many_studies_at_once_are_the_studies_one_by_one(study):
    from dataclasses import replace

    material = gather(study.sessions, scale="total")
    scores, other = material.scores, material.scores.total[::-1].copy()
    both = replace(
        scores,
        sessions=np.tile(scores.sessions, 2),
        offsets=np.concatenate([scores.offsets, scores.offsets[1:] + len(other)]),
        total=np.concatenate([scores.total, other]),
        study=np.repeat([0, 1], len(material.clients)),
    )
    parts = [compare(part, Landmark()) for part in (scores, replace(scores, total=other))]
    together = compare(both, Landmark())
    for name in ("estimate", "standard_error", "df", "repaired", "unrepaired"):
        singly = np.concatenate([getattr(part, name) for part in parts])
        assert getattr(together, name) == pytest.approx(singly, rel=1e-9)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.floats(-5, 5), st.floats(0.1, 20))
def test_order_names_and_scale_do_not_matter(study, seed, shift, stretch):
    plain = landmark_comparison(study.sessions, log=study.log)
    moved = study.sessions.sample(frac=1, random_state=seed)
    moved["total"] = shift + stretch * moved["total"]
    other = landmark_comparison(moved, log=study.log)
    assert other.difference == pytest.approx(stretch * plain.difference, rel=1e-6)
    assert other.p == pytest.approx(plain.p, rel=1e-6)


def test_mirrored_scores_give_the_same_difference(study, answer):
    mirrored = study.sessions.assign(total=10 - study.sessions["total"])
    other = landmark_comparison(mirrored, higher_is_better=False, surrogates=39, rng=1)
    assert other.difference == pytest.approx(answer.difference, rel=1e-9)
    assert other.p == pytest.approx(answer.p, rel=1e-3)
    assert other.clients["before"].tolist() == pytest.approx(
        (10 - answer.clients["before"]).tolist()
    )


def test_only_the_p_of_the_surrogates_is_given(answer):
    null = answer.surrogate
    assert answer.p == null.p == answer.frame["p"].iloc[0]
    assert answer.corrected == pytest.approx(answer.difference - null.estimates.mean())
    assert answer.expected == pytest.approx(null.estimates.mean())
    # By hand: an observed t is as far from the surrogates' mean t as p says.
    lower, upper = answer.interval
    middle = answer.difference - answer.standard_error * null.t.mean()
    assert (lower + upper) / 2 == pytest.approx(middle)
    assert (lower > 0 or upper < 0) == (answer.p < 0.05)


def test_an_interval_leaves_out_nothing_at_its_own_p(answer):
    lower, upper = answer.surrogate.interval(1 - answer.p)
    assert min(abs(lower), abs(upper)) == pytest.approx(0, abs=1e-9)


def test_the_same_seed_gives_the_same_bytes(study, answer):
    again = landmark_comparison(study.sessions, surrogates=39, rng=1)
    assert again.frame.to_csv() == answer.frame.to_csv()
    assert pickle.loads(pickle.dumps(answer)).text() == answer.text()


def test_measured_rates_are_those_of_the_calibration(study, answer):
    table = pd.read_csv(ROOT / "calibration" / "landmark.csv")
    table = table[
        (table["detection"] == "fall from the session before")
        & (table["judged_by"] == "surrogates")
    ].set_index("world")
    null = table.loc[NULL]
    assert (null["replications"] >= 150).all()
    low, high = 100 * null["rejected"].min(), 100 * null["rejected"].max()
    assert f"{low:.0f} to {high:.0f}% (13 kinds" in MEASURED
    assert f"above 0 then in {100 * null['rejected_above'].max():.0f}% at most" in MEASURED
    gain = 100 * table.loc[["A3d", "A5w", "A5s"], "rejected_above"]
    assert f"in {gain.min():.0f} to {gain.max():.0f}%, so" in MEASURED
    assert MEASURED in answer.text()
    other = landmark_comparison(study.sessions, surrogates=19, rng=1, landmark=5)
    assert MEASURED not in other.text()


def test_words(study, answer):
    text = answer.text()
    for part in (
        "still in therapy 3 sessions after",
        "among the surrogates",
        "they are not compared",
    ):
        assert part in text
    by_log = landmark_comparison(study.sessions, log=study.log)
    assert "no surrogate studies are needed" in by_log.text()
    assert by_log.surrogate is None
    diary = Words(score="daily contentment", person="couple", occasion="day")
    told = landmark_comparison(study.sessions, log=study.log, called=diary).text()
    assert "nothing is said of an alliance" in told
    assert "client" not in told
    assert "session" not in told


def test_refusals(study):
    for message, told in {
        "19 surrogates or more": {"surrogates": 0},
        "sessions": {"landmark": 0},
        "there is no rule": {"log": study.log, "rule": "own-mean"},
        "There is no rater": {"rater": "nobody"},
    }.items():
        with pytest.raises(AllianceError, match=message):
            landmark_comparison(study.sessions, **told)


def test_plot(study, answer):
    import matplotlib

    matplotlib.use("Agg")
    assert "repaired less not repaired" in answer.plot().get_xlabel()
    by_log = landmark_comparison(study.sessions, log=study.log).plot()
    assert "points" in by_log.get_ylabel()
    matplotlib.pyplot.close("all")


def test_the_calibration_gives_the_same_bytes_with_one_and_two_workers(tmp_path):
    tables = []
    for workers in (1, 2):
        written = tmp_path / f"{workers}.csv"
        subprocess.run(
            [sys.executable, SCRIPT, "--replications", "1", "--worlds", "N0", "R0d",
             "--workers", str(workers), "--keep", tmp_path / f"kept{workers}", "--to", written],
            check=True,
        )  # fmt: skip
        tables.append(written.read_bytes())
    assert tables[0] == tables[1]


@pytest.fixture(scope="module")
def calibration():
    return pd.read_csv(SCRIPT.with_suffix(".csv")).set_index(["detection", "judged_by", "world"])


def limit(replications, level: float = 0.05):
    """Return the limit that 99.9 % of measured rates of a true `level` stay below."""
    return level + 3.3 * np.sqrt(level * (1 - level) / replications)


def test_false_positives_with_and_without_surrogates(calibration):
    fall = calibration.loc["fall from the session before"]
    surrogates, raw = fall.loc["surrogates"].loc[NULL], fall.loc["HC3"].loc[NULL]
    assert (surrogates["rejected"] <= limit(surrogates["replications"])).all()
    assert 0.02 < surrogates["rejected"].mean() < 0.08
    assert surrogates["rejected_above"].mean() < 0.03
    assert raw.loc[raw.index.str.startswith("R"), "rejected"].min() > 0.4
    # With a log the difference that ruptures make by staying is found, and that is no gain.
    log = calibration.loc["log"].loc["HC3"].loc[NULL]
    assert log.loc[log.index.str.startswith("R"), "rejected"].min() > 0.4
