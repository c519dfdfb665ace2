"""Reliability of a whole file: the table, the paragraph, and what real files contain."""

import copy
import pickle
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.errors import AllianceError, DataError
from alliance.reliability import (
    assess_reliability,
    cronbach_alpha,
    icc,
    mcdonald_omega,
    reliable_change,
    within_person_reliability,
)

WITNESS = Path(__file__).parent / "witness"
WAI_SR_BOND = ["item_3", "item_5", "item_7", "item_9"]


def forms(seed=0, clients=30, sessions=5, items=12, low=1, high=5, raters=("client", "therapist")):
    """Responses of both raters, with a few missed sessions and unanswered items."""
    rng = np.random.default_rng(seed)
    client, session = np.divmod(np.arange(clients * sessions), sessions)
    level, change = rng.normal(0, 0.6, clients)[client], rng.normal(0, 0.4, len(client))
    middle = (low + high) / 2 + 0.3
    parts = []
    for rater in raters:
        seen = middle + 0.8 * (level + change) + rng.normal(0, 0.4, clients)[client]
        answers = np.rint(seen[:, None] + rng.normal(0, 0.6, (len(client), items))).clip(low, high)
        answers[rng.random(answers.shape) < 0.01] = np.nan
        part = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(1, items + 1)])
        parts.append(
            part.assign(client=[f"{c:03}" for c in client], session=session + 1, rater=rater)
        )
    table = pd.concat(parts, ignore_index=True)
    return table[rng.random(len(table)) < 0.9].reset_index(drop=True)


@pytest.fixture(scope="module")
def responses():
    return forms()


@pytest.fixture(scope="module")
def found(responses):
    return assess_reliability(responses, "wai-sr")


def row(found, rater="client", scale="total"):
    return found.frame.set_index(["rater", "scale"]).loc[(rater, scale)]


def first_complete(responses, rater, items):
    own = (
        responses[responses["rater"] == rater]
        .dropna(subset=items)
        .sort_values(["client", "session"])
    )
    return own.drop_duplicates("client")


def test_every_rater_and_scale_has_a_row(found):
    scales = ["total", "task", "bond", "goal"]
    expected = [(rater, scale) for rater in ("client", "therapist") for scale in scales]
    assert list(found.frame[["rater", "scale"]].itertuples(index=False, name=None)) == expected
    assert found.frame["note"].eq("").all()
    assert len(found.items) == 2 * (12 + 3 * 4)


def test_alpha_omega_and_sd_rest_on_the_first_complete_form_of_each_client(responses, found):
    first = first_complete(responses, "client", WAI_SR_BOND)
    alpha, omega = cronbach_alpha(first[WAI_SR_BOND]), mcdonald_omega(first[WAI_SR_BOND])
    sd = first[WAI_SR_BOND].mean(axis=1).std()
    bond = row(found, scale="bond")
    assert bond["rows"] == bond["clients"] == len(first)
    assert bond["alpha"] == pytest.approx(alpha.value, abs=1e-12)
    assert bond["alpha_lower"] == pytest.approx(alpha.lower, abs=1e-12)
    assert bond["omega"] == pytest.approx(omega.value, abs=1e-8)
    assert bond["first_sd"] == pytest.approx(sd, abs=1e-12)
    threshold = reliable_change(sd, alpha.value)
    assert bond["sem"] == pytest.approx(threshold.sem)
    assert bond["reliable_change"] == pytest.approx(threshold.points)


def test_all_sessions_on_request_and_said_so(responses, found):
    everything = assess_reliability(responses, "wai-sr", sessions="all")
    complete = responses[responses["rater"] == "client"].dropna(subset=WAI_SR_BOND)
    bond = row(everything, scale="bond")
    assert bond["rows"] == len(complete)
    assert bond["alpha"] == pytest.approx(cronbach_alpha(complete[WAI_SR_BOND]).value, abs=1e-12)
    assert bond["first_sd"] == row(found, scale="bond")["first_sd"]
    assert "all complete forms" in everything.methods()
    assert "first complete form of each client" in found.methods()


def test_within_person_rests_on_all_complete_forms(responses, found):
    own = responses[responses["rater"] == "therapist"]
    alone = within_person_reliability(own[WAI_SR_BOND], own["client"], own["session"])
    bond = row(found, "therapist", "bond")
    assert bond["within_person"] == pytest.approx(alone.r_c, abs=1e-4)
    assert bond["between_person"] == pytest.approx(alone.r_kr, abs=1e-4)
    assert (bond["forms"], bond["incomplete"]) == (len(own), alone.incomplete)
    parts = found.components.set_index(["rater", "scale"]).loc[("therapist", "bond")]
    assert parts["r_c"] == bond["within_person"]
    assert parts["residual"] > 0


def test_reversed_items_against_psych():
    # The data set holds answers as ticked; R reversed items 4 and 10 before psych::alpha.
    table = pd.read_csv(WITNESS / "reference.csv")
    expected = table[table["data"] == "reversed"].set_index("quantity")["value"]
    answers = pd.read_csv(WITNESS / "reversed.csv")
    answers = answers.assign(client=answers.index.astype(str), session=1, rater="client")
    found = assess_reliability(answers, "wai-s")
    total = row(found)
    assert total["alpha"] == pytest.approx(expected["alpha"], abs=1e-9)
    assert total["omega"] == pytest.approx(expected["omega"], abs=2e-4)
    items = found.items[found.items["scale"] == "total"].set_index("item")
    assert items.index[items["reversed"]].tolist() == [4, 10]
    wanted = expected.filter(like="item_rest_").tolist()
    assert items["item_rest"].tolist() == pytest.approx(wanted, abs=1e-9)
    assert total["note"] == "over sessions: fewer than 2 clients or 2 sessions with complete forms"


def test_items_reversed_before_are_noticed():
    answers = pd.read_csv(WITNESS / "reversed.csv")
    answers[["item_4", "item_10"]] = 8 - answers[["item_4", "item_10"]]
    found = assess_reliability(
        answers.assign(client=answers.index.astype(str), session=1, rater="client"), "wai-s"
    )
    assert "item 4, 10 against the rest: was it reversed before" in row(found)["note"]


def test_raters_agree_at_the_first_session_both_rated(responses, found):
    bond = responses.dropna(subset=WAI_SR_BOND)
    bond = bond.assign(score=bond[WAI_SR_BOND].mean(axis=1))
    both = bond[bond.duplicated(["client", "session"], keep=False)]
    first = both[both["session"] == both.groupby("client")["session"].transform("min")]
    alone = icc(first, targets="client", raters="rater", scores="score")
    table = found.agreement
    ours = table[(table["question"] == "raters agree") & (table["scale"] == "bond")]
    assert ours["rater"].eq("client and therapist").all()
    assert ours["icc"].tolist() == pytest.approx(alone["icc"].tolist(), abs=1e-9)
    assert ours["ci95_lower"].tolist() == pytest.approx(alone["ci95_lower"].tolist(), abs=1e-9)


def test_session_to_session_is_each_raters_first_two_sessions(responses, found):
    own = responses[responses["rater"] == "client"].dropna(subset=WAI_SR_BOND)
    own = own.assign(score=own[WAI_SR_BOND].mean(axis=1)).sort_values(["client", "session"])
    two = own.groupby("client").head(2)
    two = two.assign(order=two.groupby("client").cumcount())
    alone = icc(two, targets="client", raters="order", scores="score")
    table = found.agreement.query("question == 'session to session' and scale == 'bond'")
    ours = table[table["rater"] == "client"]
    assert ours["icc"].tolist() == pytest.approx(alone["icc"].tolist(), abs=1e-9)


def test_text_says_what_was_used(found):
    text = found.text()
    total = row(found)
    assert f"n = {total['rows']}" in text
    assert f"A change of more than {total['reliable_change']:.2f} is reliable" in text
    assert "alpha gives smaller thresholds than a retest coefficient" in found.methods()
    assert f"was {total['alpha']:.2f}".replace("0.", ".") in text
    assert f"R_C = {total['within_person']:.2f}".replace("0.", ".") in text
    assert "Agreement of client and therapist on the total" in found.notes()
    assert len(text.split()) <= 120
    assert "nan" not in text


def test_one_rater_on_request(responses):
    found = assess_reliability(responses, "wai-sr", rater="client")
    assert set(found.frame["rater"]) == {"client"}
    assert "Agreement" not in found.notes()


def test_four_lines_and_a_sum():
    found = assess_reliability(forms(items=4, low=0, high=10), "srs")
    assert found.metric == "sum"
    assert found.frame["scale"].tolist() == ["total", "total"]
    assert row(found)["items"] == 4 and 0 < row(found)["alpha"] < 1
    assert "Scores are sums of items" in found.methods()


def test_four_lines_made_of_a_total():
    answers = forms(items=4, low=0, high=10)
    answers[["item_2", "item_3", "item_4"]] = np.repeat(answers[["item_1"]].to_numpy(), 3, axis=1)
    note = row(assess_reliability(answers, "srs"))["note"]
    assert "were they split from a total?" in note
    assert "each form has the same answer to all items" in note


def test_a_ceiling_is_undefined_and_says_why():
    answers = forms()
    answers.loc[:, "item_1":"item_12"] = 5.0
    found = assess_reliability(answers, "wai-sr")
    numbers = ["alpha", "alpha_lower", "omega", "sem", "reliable_change", "within_person"]
    assert found.frame[numbers].isna().all(axis=None)
    assert found.frame["note"].str.contains("does not vary").all()
    assert found.agreement["note"].eq("the scores do not vary").all()
    assert "alpha of the total is undefined" in found.text()
    assert "the sum of the items does not vary" in found.notes()


def test_one_form_is_not_enough_and_says_so():
    found = assess_reliability(forms().head(1), "wai-sr")
    assert found.frame["alpha"].isna().all()
    assert "1 complete rows, 3 needed" in row(found)["note"]


def test_a_rater_without_a_complete_form(responses):
    answers = responses.copy()
    answers.loc[answers["rater"] == "therapist", "item_3"] = np.nan
    found = assess_reliability(answers, "wai-sr")
    assert row(found, "therapist")["clients"] == 0
    assert row(found, "therapist", "goal")["alpha"] > 0
    assert np.isnan(row(found, "therapist", "bond")["alpha"])


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_rows_names_of_clients_and_direction_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    answers = forms(seed, clients=9, sessions=3, raters=("client",))
    clients = answers["client"].unique()
    names = dict(zip(clients, rng.permutation(1000).astype(str), strict=False))
    changed = answers.assign(client=answers["client"].map(names)).sample(frac=1, random_state=seed)
    items = [f"item_{i}" for i in range(1, 13)]
    changed[items] = 6 - changed[items]
    numbers = ["alpha", "alpha_upper", "first_sd", "sem", "reliable_change"]
    one, two = (
        assess_reliability(answers, "wai-sr").frame,
        assess_reliability(changed, "wai-sr").frame,
    )
    assert np.allclose(one[numbers], two[numbers], atol=1e-9, equal_nan=True)
    loose = ["omega", "within_person", "between_person"]
    assert np.allclose(one[loose], two[loose], atol=1e-3, equal_nan=True)


def test_responses_are_not_changed(responses):
    before = responses.copy()
    assess_reliability(responses, "wai-sr")
    pd.testing.assert_frame_equal(responses, before)


def test_sentence_and_table_end_an_interval_of_alpha_at_the_same_place():
    rng = np.random.default_rng(0)
    turned = rng.choice([[1, 5, 1, 5], [5, 1, 5, 1], [2, 4, 1, 5]], size=8) + 0.0
    answers = pd.DataFrame(
        turned + rng.normal(0, 0.1, (8, 4)), columns=[f"item_{i}" for i in range(1, 5)]
    )
    known = {"client": [f"c{i}" for i in range(8)], "session": 1, "rater": "client"}
    found = assess_reliability(answers.clip(0, 10).assign(**known, instrument="srs"))
    assert found.frame.loc[0, "alpha_lower"] < -1
    assert found.table_rows().loc[0, "alpha_lower"] == -1 and "CI −1.00 to" in found.text()


def test_result_can_be_copied_pickled_and_shown(found):
    again = pickle.loads(pickle.dumps(copy.deepcopy(found)))
    pd.testing.assert_frame_equal(again.frame, found.frame)
    assert again.text() == found.text()
    assert found.summary()["alpha"].tolist() == found.frame["alpha"].tolist()
    assert "<table" in found._repr_html_() and found.name in found.notes()


def test_instrument_from_the_column(responses, found):
    named = assess_reliability(responses.assign(instrument="wai-sr"))
    pd.testing.assert_frame_equal(named.frame, found.frame)


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        (lambda r: r, {}, "do not say which questionnaire"),
        (
            lambda r: r.assign(
                instrument=["wai-sr", "srs"] * (len(r) // 2) + ["srs"] * (len(r) % 2)
            ),
            {},
            "hold srs, wai-sr",
        ),
        (
            lambda r: r.assign(instrument="srs"),
            {"instrument": "wai-sr"},
            "hold srs, not only wai-sr",
        ),
        (lambda r: r, {"instrument": "wai-sr", "rater": "cleint"}, "Did you mean 'client'"),
        (lambda r: r, {"instrument": "wai-sr", "sessions": "last"}, "'first' or 'all'"),
        (lambda r: r, {"instrument": "wai-sr", "confidence": 95}, "confidence"),
        (lambda r: r, {"instrument": "wai-36"}, "lack item_13"),
        (lambda r: r.iloc[:0], {"instrument": "wai-sr"}, "at least one questionnaire"),
        (lambda r: r.drop(columns="client"), {"instrument": "wai-sr"}, "lacks client"),
    ],
)
def test_what_cannot_be_used(responses, change, arguments, message):
    with pytest.raises(AllianceError, match=message):
        assess_reliability(change(responses), **arguments)


def test_answers_out_of_range_are_refused(responses):
    wrong = responses.copy()
    wrong.loc[3, "item_2"] = 9
    with pytest.raises(DataError, match="from 1 to 5"):
        assess_reliability(wrong, "wai-sr")


def test_a_large_file_takes_seconds():
    # 3,000 forms of two raters; generous, because the machine may be busy.
    large = forms(clients=150, sessions=11)
    assert len(large) > 2900
    assess_reliability(large.head(200), "wai-sr")
    start = time.process_time()
    assess_reliability(large, "wai-sr")
    assert time.process_time() - start < 6


def test_a_simulated_study_gives_back_the_reliability_that_was_put_in():
    from alliance import simulate

    world = simulate.worlds()["R0d"]
    found = assess_reliability(simulate.simulate(world, clients=150, seed=3).responses)
    assert found.frame["scale"].tolist() == ["total"] and found.frame["note"].eq("").all()
    # Error variance of one rating, whichever questionnaire: (1 - reliability) of the unit squared.
    assert row(found)["alpha"] > world.reliability - 0.05
