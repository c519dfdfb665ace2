"""Scores against a pencil, against a released data set, and against laws that must hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance as al
from alliance.errors import AllianceError, DataError
from alliance.instruments import Instrument, instruments
from alliance.scoring import compare_totals

DATA = Path(__file__).parents[2] / "data"
SCORABLE = [key for key, one in instruments().items() if not one.totals_only]


def forms(answers, rater="client"):
    answers = np.atleast_2d(np.asarray(answers, dtype=float))
    frame = pd.DataFrame(
        {"client": [f"{i:03d}" for i in range(len(answers))], "session": 1, "rater": rater}
    )
    return frame.join(
        pd.DataFrame(answers, columns=[f"item_{i + 1}" for i in range(answers.shape[1])])
    )


@pytest.mark.parametrize("key", SCORABLE)
def test_agrees_with_the_pencil_on_every_worked_case(key):
    instrument = al.load(key)
    for case in instrument.worked:
        scored = al.score(forms(case.answers), key, metric=case.metric)
        for scale, expected in case.scores.items():
            assert scored.loc[0, scale] == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("wai-36", {"task": 54, "bond": 66, "goal": 48, "total": 168}),
        ("wai-s", {"task": 28, "bond": 28, "goal": 16, "total": 72}),
        ("wai-sr", {"task": 20, "bond": 20, "goal": 20, "total": 60}),
        ("srs", {"total": 40}),
        ("haq-ii", {"total": 89}),
        ("tasc-r", {"total": 33}),
        ("br-wai", {"total": 64}),
        ("arm-5", {"total": 29}),
    ],
)
def test_all_items_at_maximum(key, expected):
    instrument = al.load(key)
    scored = al.score(forms([instrument.maximum] * instrument.items), key, metric="sum").loc[0]
    assert {scale: scored[scale] for scale in expected} == expected


def test_arm_5_mean_at_maximum():
    assert al.score(forms([7] * 5), "arm-5").loc[0, "total"] == pytest.approx(5.8)


class TestReleasedTotals:
    """A third party's released totals of 277 sessions (language-model patients, not people)."""

    @pytest.fixture(scope="class")
    @classmethod
    def responses(cls):
        return al.read(
            DATA / "wai36_simulated_patients" / "wai_answers.csv",
            instrument="wai-36",
            client="pairing_id",
            session="session_id",
            totals={scale: f"total_wai_{scale}" for scale in ("task", "bond", "goal")},
        )

    def test_task_and_goal_agree_and_bond_differs_in_172(self, responses):
        scored = al.score(responses, metric="sum")
        differ = {
            scale: int((scored[scale] != responses[f"reported_{scale}"]).sum())
            for scale in ("task", "goal", "bond")
        }
        assert (len(scored), differ) == (277, {"task": 0, "goal": 0, "bond": 172})

    def test_bond_agrees_with_item_28_reversed_instead_of_29(self, responses):
        wai = al.load("wai-36")
        values = {name: getattr(wai, name) for name in wai.__dataclass_fields__}
        wrong = sorted(set(wai.reversed_items) - {29} | {28})
        theirs = Instrument(**{**values, "reversed_items": tuple(wrong), "worked": ()})
        scored = al.score(responses, theirs, metric="sum")
        assert (scored["bond"] == responses["reported_bond"]).all()

    def test_differing_totals_are_reported_with_their_rows(self, responses):

        problems = compare_totals(responses, al.score(responses))
        assert [(p.kind, len(p.rows), p.serious) for p in problems] == [
            ("totals differ", 172, False)
        ]
        assert "bond" in problems[0].what and "172 of 277" in problems[0].what


class TestScaledScores:
    def test_metric_can_be_chosen(self):
        form = forms([5, 4, 3, 2, 1])
        scored = {m: al.score(form, "who-5", metric=m).loc[0] for m in ("mean", "sum", "scaled")}
        assert {m: row["total"] for m, row in scored.items()} == {
            "mean": 3,
            "sum": 15,
            "scaled": 60,
        }
        assert scored["scaled"]["metric"] == "scaled"

    def test_totals_of_the_file_are_compared_in_each_metric(self):
        form = forms([[5, 4, 3, 2, 1], [5, 5, 5, 5, 5]]).assign(instrument="who-5")
        scored = al.score(form)
        for totals in ([60.0, 100.0], [15.0, 25.0], [3.0, 5.0]):
            assert compare_totals(form.assign(reported_total=totals), scored) == []
        (problem,) = compare_totals(form.assign(reported_total=[60.0, 90.0]), scored)
        assert "not the scaled score of its items in 1 of 2" in problem.what


class TestMissingAnswers:
    def test_needed_numbers_of_answers(self):
        wai = al.load("wai-36")
        assert {scale: wai.needed(scale) for scale in wai.scales} == {
            "task": 10, "bond": 10, "goal": 10, "total": 29,
        }  # fmt: skip
        assert al.load("wai-sr").needed("bond") == 4
        assert al.load("srs").needed("total") == 4

    def test_by_hand(self):
        # WAI-SR, items 1-12: task 1,2,10,12 = 4,4,4,4; bond 3,5,7,9 = -,2,2,5; goal 4,6,8,11 = 3,3,3,3
        answers = [4, 4, np.nan, 3, 2, 3, 2, 3, 5, 4, 3, 4]
        scored = al.score(forms(answers), "wai-sr").loc[0]
        assert (scored["task"], scored["goal"]) == (4, 3)
        assert np.isnan(scored["bond"])
        assert scored["total"] == pytest.approx((16 + 9 + 12) / 11)
        assert scored["answered"] == 11
        assert scored["prorated"] == "total"
        assert scored["set_aside"] == "bond: 3 of 4 answered, 4 needed"

    def test_a_lower_share_can_be_chosen(self):
        answers = [4, 4, np.nan, 3, 2, 3, 2, 3, 5, 4, 3, 4]
        scored = al.score(forms(answers), "wai-sr", needed_share=0.75).loc[0]
        assert scored["bond"] == pytest.approx(3)
        assert (
            scored["prorated"] == "bond, total"
            or scored["prorated"] == "total, bond"
            or set(scored["prorated"].split(", ")) == {"bond", "total"}
        )

    def test_reversed_items_are_reversed_before_prorating(self):
        # WAI-S goal: items 4(-), 6, 10(-), 11 = 1, 7, 1, unanswered -> 7, 7, 7 -> mean 7
        answers = np.full(12, 4.0)
        answers[[3, 5, 9, 10]] = [1, 7, 1, np.nan]
        scored = al.score(forms(answers), "wai-s", needed_share=0.75, metric="sum").loc[0]
        assert scored["goal"] == 28

    def test_srs_needs_all_lines(self):
        scored = al.score(forms([9.3, 8.7, np.nan, 9]), "srs").loc[0]
        assert np.isnan(scored["total"])
        assert scored["set_aside"] == "total: 3 of 4 answered, 4 needed"

    def test_core_10_with_one_answer_is_not_scored_and_with_nine_it_is(self):
        one, nine = np.full(10, np.nan), np.full(10, 2.0)
        one[0], nine[9] = 4, np.nan
        scored = al.score(forms([one, np.full(10, 2.0), nine]), "core-10")
        assert scored["total"].tolist()[1:] == [20, 20] and np.isnan(scored["total"][0])
        assert scored["set_aside"].tolist()[0] == "total: 1 of 10 answered, 9 needed"

    def test_core_om_scales_each_by_its_own_tenth(self):
        answers = np.full(34, 1.0)
        answers[[1, 4]] = np.nan  # two of the twelve problems: 17 % of the scale, 6 % of the form
        scored = al.score(forms(answers), "core-om").loc[0]
        assert np.isnan(scored["problems"]) and scored["prorated"] == "total"
        # 24 items of 1 and 8 reversed to 3 are 48 of 32 answered: mean 1.5, times ten
        assert scored["total"] == pytest.approx(15)

    def test_an_item_that_does_not_apply_is_not_missing(self):
        no_work = [np.nan, 8, 8, 8, 8]
        one_blank = [np.nan, 8, np.nan, 8, 8]
        scored = al.score(forms([no_work, one_blank]), "wsas")
        assert scored["total"][0] == 32 and np.isnan(scored["total"][1])
        assert scored["prorated"].tolist() == ["", ""]
        assert scored["set_aside"].tolist() == ["", "total: 3 of 4 answered, 4 needed"]

    def test_the_column_of_such_an_item_may_be_absent(self):
        men = forms(np.full((1, 15), 2.0)).drop(columns="item_4")
        men.loc[0, "item_7"] = np.nan
        scored = al.score(men, "phq-15").loc[0]
        assert (scored["total"], scored["answered"], scored["prorated"]) == (28, 13, "total")

    def test_a_form_with_too_little_in_all_is_void(self):
        # five of the twelve blank: void; four blank, all three of avoiding among them: two scales
        void, enough = np.full(12, 3.0), np.full(12, 3.0)
        void[:5], enough[[2, 4, 8, 11]] = np.nan, np.nan
        scored = al.score(forms([void, enough]), "gcq-s")
        assert scored.loc[0, ["engaged", "avoiding", "conflict"]].isna().all()
        assert scored["set_aside"][0] == "all scales: 7 of 12 answered, 8 needed"
        assert scored.loc[1, ["engaged", "conflict"]].tolist() == [3, 3]
        assert scored["set_aside"][1] == "avoiding: 0 of 3 answered, 1 needed"

    def test_counts_say_what_came_in_and_was_set_aside(self):
        empty, part, full = np.full(12, np.nan), np.full(12, 3.0), np.full(12, 3.0)
        part[0] = np.nan
        counts = al.score_counts(al.score(forms([empty, part, full]), "wai-sr")).loc[0]
        assert counts[["came_in", "scored", "partly", "set_aside"]].tolist() == [3, 1, 1, 1]
        assert "task: 3 of 4 answered, 4 needed (1)" in counts["reasons"]


class TestErrors:
    def test_answers_out_of_range_are_shown_with_their_place(self):
        answers = np.full((2, 12), 3.0)
        answers[1, 4] = 9
        with pytest.raises(DataError) as caught:
            al.score(forms(answers), "wai-sr")
        text = str(caught.value)
        assert "whole numbers from 1 to 5 (1 row)" in text
        assert "001" in text and "9" in text and "To fix" in text

    def test_missing_item_columns(self):
        with pytest.raises(AllianceError, match="lack item_12"):
            al.score(forms(np.full(11, 3.0)), "wai-sr")

    def test_no_instrument(self):
        with pytest.raises(AllianceError, match="which questionnaire"):
            al.score(forms(np.full(12, 3.0)))

    def test_another_instrument_than_the_table_says(self):
        with pytest.raises(AllianceError, match="hold wai-s, not wai-sr"):
            al.score(forms(np.full(12, 3.0)).assign(instrument="wai-s"), "wai-sr")

    def test_totals_only(self):
        with pytest.raises(AllianceError, match="read_scores"):
            al.score(forms(np.full(45, 2.0)), "oq-45")

    def test_repeated_rows(self):
        two = pd.concat([forms(np.full(12, 3.0))] * 2)
        with pytest.raises(DataError, match="must name a row once"):
            al.score(two, "wai-sr")

    def test_empty_table(self):
        with pytest.raises(AllianceError, match="no questionnaires"):
            al.score(forms(np.full(12, 3.0)).iloc[:0], "wai-sr")


def test_several_instruments_keep_their_rows_and_metrics():
    wai = forms([np.full(12, 3.0)]).assign(instrument="wai-sr")
    srs = forms([np.full(4, 9.5)]).assign(instrument="srs", client="900")
    scored = al.score(pd.concat([srs, wai]))
    assert scored["instrument"].tolist() == ["srs", "wai-sr"]
    assert scored["metric"].tolist() == ["sum", "mean"]
    assert scored["total"].tolist() == [38, 3]


def test_company_travels_along_and_input_is_not_changed():
    frame = forms([np.full(12, 3.0)]).assign(therapist="T1", age=44)
    before = frame.copy()
    scored = al.score(frame, "wai-sr")
    assert scored.loc[0, ["therapist", "age"]].tolist() == ["T1", 44]
    pd.testing.assert_frame_equal(frame, before)


@st.composite
def filled(draw):
    """Draw an instrument and a table of its answers, some missing."""
    instrument = al.load(draw(st.sampled_from(SCORABLE)))
    rows = draw(st.integers(1, 6))
    low, high = instrument.minimum, instrument.maximum
    one = (
        st.integers(int(low), int(high))
        if instrument.whole_numbers
        else st.integers(0, 100).map(lambda v: v / 10)
    )
    cell = st.one_of(st.none(), *[one] * 6)
    answers = draw(
        st.lists(
            st.lists(cell, min_size=instrument.items, max_size=instrument.items),
            min_size=rows,
            max_size=rows,
        )
    )
    return instrument, forms(np.array(answers, dtype=float))


SCORES = ["total", "task", "bond", "goal"]


def scores_of(sessions):
    return sessions[[name for name in SCORES if name in sessions.columns]].to_numpy()


@settings(max_examples=15, deadline=None)
@given(filled(), st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_does_not_matter(case, random):
    instrument, frame = case
    plain = al.score(frame, instrument)
    columns, rows = list(frame.columns), list(range(len(frame)))
    random.shuffle(columns)
    random.shuffle(rows)
    shuffled = (
        al.score(frame[columns].iloc[rows], instrument).set_index("client").loc[frame["client"]]
    )
    np.testing.assert_array_equal(scores_of(plain), scores_of(shuffled))


@settings(max_examples=15, deadline=None)
@given(filled())
def test_renaming_clients_changes_only_names(case):
    instrument, frame = case
    renamed = frame.assign(client="x" + frame["client"])
    left, right = al.score(frame, instrument), al.score(renamed, instrument)
    pd.testing.assert_frame_equal(left.drop(columns="client"), right.drop(columns="client"))


@settings(max_examples=15, deadline=None)
@given(filled())
def test_splitting_and_joining_changes_nothing(case):
    instrument, frame = case
    half = len(frame) // 2
    parts = [al.score(part, instrument) for part in (frame[:half], frame[half:]) if len(part)]
    pd.testing.assert_frame_equal(al.score(frame, instrument), pd.concat(parts, ignore_index=True))


@settings(max_examples=15, deadline=None)
@given(filled())
def test_mirroring_the_answers_mirrors_the_scores(case):
    """Answers turned round, and the reversals with them, turn every mean about the middle."""
    instrument, frame = case
    turned = frame.copy()
    turned[instrument.item_columns] = (
        instrument.minimum + instrument.maximum - frame[instrument.item_columns]
    )
    plain = scores_of(al.score(frame, instrument, metric="mean"))
    mirror = scores_of(al.score(turned, instrument, metric="mean"))
    np.testing.assert_allclose(
        plain + mirror,
        np.where(np.isnan(plain), np.nan, instrument.minimum + instrument.maximum),
        atol=1e-9,
    )


@settings(max_examples=15, deadline=None)
@given(filled(), st.integers(-5, 5))
def test_adding_a_constant_to_answers_and_range_adds_it_to_the_mean(case, constant):
    instrument, frame = case
    values = {name: getattr(instrument, name) for name in instrument.__dataclass_fields__}
    moved = Instrument(
        **{
            **values,
            "minimum": instrument.minimum + constant,
            "maximum": instrument.maximum + constant,
            "words": {},
            "worked": (),
        }
    )
    shifted = frame.copy()
    shifted[instrument.item_columns] += constant
    np.testing.assert_allclose(
        scores_of(al.score(frame, instrument, metric="mean")) + constant,
        scores_of(al.score(shifted, moved, metric="mean")),
        atol=1e-9,
    )


@settings(max_examples=15, deadline=None)
@given(filled())
def test_sum_is_the_mean_times_the_number_of_items(case):
    instrument, frame = case
    sums, means = (
        al.score(frame, instrument, metric="sum"),
        al.score(frame, instrument, metric="mean"),
    )
    for scale, items in instrument.scales.items():
        np.testing.assert_allclose(sums[scale], means[scale] * len(items), rtol=1e-12)
