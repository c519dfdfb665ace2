"""Every specification gives what it gives when it is asked alone, and obeys the same laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from alliance import AllianceError, find_ruptures, multiverse, repair_gain
from alliance.effects import CRITERIA, Choices, Scores, choices, estimate_all
from alliance.effects.material import gather

GRIDS = {
    "criteria": Choices(
        criterion=tuple(CRITERIA),
        halves=(False, True),
        growth=("common", "by history", "own"),
        minimum_sessions=(1, 8),
    ),
    "returns": Choices(threshold=(0.75, 1.5), tolerance=(0.25, 0.5), window=(3, None)),
}


def long_enough(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    return table[table.groupby("client")["session"].transform("size") >= minimum]


@pytest.mark.parametrize("name", GRIDS)
def test_each_row_is_the_answer_of_repair_gain(study, name):
    curve = multiverse(study.sessions, items=study.responses, choices=GRIDS[name], surrogates=0)
    assert len(curve.frame) == len(GRIDS[name])
    for one, row in zip(curve.specifications, curve.frame.itertuples(), strict=True):
        alone = repair_gain(
            long_enough(study.sessions, one.minimum_sessions),
            items=study.responses if one.halves else None,
            design=one.design(),
        )
        assert row.exposed == alone.exposed
        assert row.answered == alone.answered
        assert row.reason == alone.reason
        assert row.sessions_used == pytest.approx(alone.counts["used"])
        ours = (row.estimate, row.df, row.p, row.lower_sd * curve.total_sd)
        theirs = (alone.estimate, alone.df, alone.p, alone.interval[0])
        if alone.answered:
            assert ours == pytest.approx(theirs, rel=1e-9)
    assert curve.answered > len(GRIDS[name]) / 2


def normal(scores: pd.Series) -> pd.Series:
    quantile = pd.Series(norm.ppf((scores.rank() - 0.5) / len(scores)), scores.index)
    return (quantile - quantile.mean()) / quantile.std(ddof=0)


def test_normal_scores_are_those_of_the_sample(study):
    options = Choices(scores=("normal",), minimum_sessions=(1, 8))
    curve = multiverse(study.sessions, choices=options, surrogates=0)
    for one, row in zip(curve.specifications, curve.frame.itertuples(), strict=True):
        sample = long_enough(study.sessions, one.minimum_sessions)
        alone = repair_gain(sample.assign(total=normal(sample["total"])), design=one.design())
        assert np.isnan(row.estimate)
        assert row.estimate_sd == pytest.approx(alone.estimate, rel=1e-6)
        assert row.p == pytest.approx(alone.p, rel=1e-6)


def slope(outcome, repairs, log_session, client) -> float:
    """The coefficient of repairs beside a dummy variable for each client."""
    table = np.column_stack([repairs, log_session, pd.get_dummies(client).to_numpy(float)])
    return np.linalg.solve(table.T @ table, table.T @ outcome)[0]


def test_flanks_kept_is_a_regression_on_all_sessions(study):
    one = Choices(flanks=("kept",), minimum_sessions=(1,), threshold=(1.5,))
    row = multiverse(study.sessions, choices=one, surrogates=0).frame.iloc[0]
    table = study.sessions.sort_values(["client", "session"])
    found = find_ruptures(table, one.specifications()[0].rule()).frame
    ends = found.loc[found["outcome"] == "repaired", ["client", "end"]]
    pairs = table[["client", "session"]].merge(ends, on="client")
    earlier = pairs[pairs["end"] < pairs["session"]].groupby(["client", "session"]).size()
    repairs = earlier.reindex(pd.MultiIndex.from_frame(table[["client", "session"]])).fillna(0)
    parts = (
        table["total"].to_numpy(),
        repairs.to_numpy(),
        np.log(table["session"]).to_numpy(),
        table["client"].to_numpy(),
    )
    estimate = slope(*parts)
    assert row["sessions_used"] == len(table)
    assert row["estimate"] == pytest.approx(estimate, rel=1e-9)
    everyone = table["client"].value_counts().loc[lambda count: count > 1].index
    changes = [
        slope(*(part[parts[3] != client] for part in parts)) - estimate for client in everyone
    ]
    error = np.sqrt(np.sum(np.square(changes)) * (len(everyone) - 1) / len(everyone))
    assert row["standard_error_sd"] * row["estimate"] / row["estimate_sd"] == pytest.approx(error)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1000), st.floats(-5, 5), st.floats(0.1, 20))
def test_order_names_constant_and_unit_do_not_matter(study, seed, shift, stretch):
    options = Choices(
        criterion=tuple(CRITERIA), flanks=("dropped", "kept"), scores=("raw", "normal")
    )
    plain = multiverse(study.sessions, choices=options, surrogates=0).frame
    moved = study.sessions.sample(frac=1, random_state=seed)
    moved["client"] = moved["client"].map(
        lambda name: f"{(int(name[1:]) * 7919 + seed) % 1009}-{name}"
    )
    moved["total"] = shift + stretch * moved["total"]
    other = multiverse(moved, choices=options, surrogates=0).frame
    for column in ("estimate_sd", "lower_sd", "p", "exposed", "sessions_used"):
        assert other[column].to_numpy() == pytest.approx(
            plain[column].to_numpy(), rel=1e-6, nan_ok=True
        )
    mirrored = multiverse(
        study.sessions.assign(total=10 - study.sessions["total"]),
        choices=options, surrogates=0, higher_is_better=False,
    ).frame  # fmt: skip
    assert mirrored["t"].to_numpy() == pytest.approx(plain["t"].to_numpy(), rel=1e-6, nan_ok=True)


def test_normal_scores_forget_the_shape_of_the_scale(study):
    specifications = Choices(scores=("normal",), halves=(False, True)).specifications()
    scores = gather(study.sessions, scale="total", items=study.responses).scores
    bent = Scores(
        sessions=scores.sessions,
        offsets=scores.offsets,
        total=np.exp(scores.total),
        parts=scores.parts**3,
    )
    straight, curved = (estimate_all(one, specifications) for one in (scores, bent))
    assert curved.estimate == pytest.approx(straight.estimate, rel=1e-9)
    assert straight.answered.all()


def test_studies_side_by_side_are_studies_apart(study):
    from alliance.effects.surrogate_grid import side_by_side
    from alliance.simulate import simulate, worlds

    other = simulate(worlds()["R0s"], clients=90, rng=3)
    parts = [
        gather(one.sessions, scale="total", items=one.responses).scores for one in (study, other)
    ]
    specifications = (
        choices()["small"].specifications()[::3]
        + Choices(scores=("normal",), minimum_sessions=(8,)).specifications()
    )
    both = estimate_all(side_by_side(parts), specifications)
    for place, part in enumerate(parts):
        alone = estimate_all(part, specifications)
        for name in ("estimate", "standard_error", "df", "exposed", "used"):
            ours, theirs = getattr(both, name)[place], getattr(alone, name)[0]
            known = alone.answered[0] if name in ("estimate", "standard_error") else slice(None)
            assert ours[known] == pytest.approx(theirs[known], rel=1e-7, nan_ok=True)
            assert np.array_equal(both.answered[place], alone.answered[0])


def test_tables_that_cannot_be_used(study):
    with pytest.raises(AllianceError, match="has no scale 'bond'"):
        multiverse(study.sessions, scale="bond")
    with pytest.raises(AllianceError, match="19 surrogates or more"):
        multiverse(study.sessions, surrogates=5)
    with pytest.raises(AllianceError, match="nothing to test"):
        multiverse(study.sessions.assign(total=np.nan))


def test_a_minimum_that_nobody_reaches_is_refused_and_the_rest_answered(study):
    options = Choices(minimum_sessions=(4, 60), scores=("raw", "normal"))
    frame = multiverse(study.sessions, choices=options, surrogates=0).frame
    assert frame["answered"].tolist() == [True, True, False, False]
    nobody = frame[~frame["answered"]]
    assert (nobody["exposed"] == 0).all() and (nobody["sessions_used"] == 0).all()
    assert nobody["reason"].str.startswith("only 0 clients").all()
