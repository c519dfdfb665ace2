"""Within-person reliability: by hand, against R's lme4 and psych, against brute force, as laws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.errors import AllianceError
from alliance.reliability import variance_components, within_person_reliability
from alliance.reliability.components import _strata, _stratum_deviance

WITNESS = Path(__file__).parent / "witness"
FINE = {
    "client": "client",
    "session": "session",
    "item": "items",
    "client_session": "client:session",
    "client_item": "client:items",
    "session_item": "items:session",
    "residual": "Residual",
}
PSYCH = {
    "client": "ID",
    "session": "Time",
    "item": "Items",
    "client_session": "ID x time",
    "client_item": "ID x items",
    "session_item": "time x items",
    "residual": "Residual",
}
COEFFICIENTS = {"r_kf": "RkF", "r_1r": "R1R", "r_kr": "RkR", "r_c": "Rc"}


def data_set(name):
    return pd.read_csv(WITNESS / f"{name}.csv")


def of(frame, **settings_):
    return within_person_reliability(
        frame.filter(like="item_"), frame["client"], frame["session"], **settings_
    )


def variances(found):
    return found.frame.set_index("component")["variance"]


def reference(name):
    table = pd.read_csv(WITNESS / "reference.csv")
    return table[table["data"] == name].set_index("quantity")["value"]


def simulated(seed, clients=8, sessions=5, items=3, kept=1.0):
    rng = np.random.default_rng(seed)
    client, session = np.divmod(np.arange(clients * sessions), sessions)
    chosen = rng.random(len(client)) < kept
    client, session = client[chosen], session[chosen]
    answers = (
        rng.normal(0, 1, (clients, 1))[client]
        + rng.normal(0, 0.5, (sessions, 1))[session]
        + rng.normal(0, 0.7, (len(client), 1))
        + rng.normal(0, 0.5, (1, items))
        + rng.normal(0, 0.6, (clients, items))[client]
        + rng.normal(0, 0.3, (sessions, items))[session]
        + rng.normal(0, 0.8, (len(client), items))
    )
    return answers, client, session


def test_two_clients_two_sessions_two_items_by_hand():
    # Client a: session 1 answers 1, 3; session 2 answers 4, 4. Client b: 6, 6; then 5, 9.
    # Every effect has one degree of freedom, so its mean square is 8 times its squared mean
    # contrast. Means: a 3, b 6.5; session 1 4, session 2 5.5; item 1 4, item 2 5.5; mean 4.75.
    # client: 8 * 1.75^2 = 24.5; session: 8 * .75^2 = 4.5; item: 8 * .75^2 = 4.5.
    # client x session: form means 2, 4, 6, 7; (2 - 4 - 6 + 7) / 4 = -.25: 8 * .0625 = .5
    # client x item: means a 2.5, 3.5; b 5.5, 7.5: (2.5 - 3.5 - 5.5 + 7.5) / 4 = .25: .5
    # session x item: means 3.5, 4.5; 4.5, 6.5: (3.5 - 4.5 - 4.5 + 6.5) / 4 = .25: .5
    # rest: differences item 2 - item 1: a 2, 0; b 0, 4: (2 - 0 - 0 + 4) / 8 = .75: 4.5
    # The three interactions lie below the rest, so their estimates are 0 and are pooled with it:
    # rest = (.5 + .5 + .5 + 4.5) / 4 = 1.5. client = (24.5 - 1.5) / 4 = 5.75; session and item
    # = (4.5 - 1.5) / 4 = .75.
    found = within_person_reliability([[1, 3], [4, 4], [6, 6], [5, 9]], list("aabb"), [1, 2, 1, 2])
    expected = {"client": 5.75, "session": 0.75, "item": 0.75, "residual": 1.5}
    for component, value in variances(found).items():
        assert value == pytest.approx(expected.get(component, 0.0), abs=1e-4)
    assert found.r_c == 0
    assert found.note == "no change beyond chance within clients"
    # r_1r = 5.75 / (5.75 + .75 + 1.5 / 2); over two sessions the error is halved.
    assert found.r_1r == pytest.approx(5.75 / 7.25, abs=1e-4)
    assert found.r_kr == pytest.approx(5.75 / 6.5, abs=1e-4)
    assert found.r_kf == pytest.approx(5.75 / 6.125, abs=1e-4)


def test_balanced_against_the_analysis_of_variance_in_psych():
    # Both are exact up to our optimiser's stopping rule.
    frame, expected = data_set("balanced"), reference("balanced")
    found = of(frame)
    assert found.sessions_averaged == expected["aov_n_time"]
    for ours, theirs in PSYCH.items():
        assert variances(found)[ours] == pytest.approx(expected[f"aov_{theirs}"], abs=1e-5)
    for ours, theirs in COEFFICIENTS.items():
        assert getattr(found, ours) == pytest.approx(expected[f"aov_{theirs}"], abs=1e-5)


@pytest.mark.parametrize("name", ["balanced", "unbalanced"])
def test_against_lmer_with_a_fine_stopping_rule(name):
    found, expected = of(data_set(name)), reference(name)
    for ours, theirs in FINE.items():
        assert variances(found)[ours] == pytest.approx(expected[f"fine_{theirs}"], abs=1e-5)


@pytest.mark.parametrize("name", ["balanced", "unbalanced"])
def test_against_psych_with_lmer(name):
    # psych lets lmer stop where the deviance is flat to its default: the fourth digit is open.
    expected = reference(name)
    found = of(data_set(name), sessions_averaged=expected["lmer_n_time"])
    for ours, theirs in PSYCH.items():
        assert variances(found)[ours] == pytest.approx(expected[f"lmer_{theirs}"], abs=2e-4)
    for ours, theirs in COEFFICIENTS.items():
        assert getattr(found, ours) == pytest.approx(expected[f"lmer_{theirs}"], abs=5e-5)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_likelihood_of_the_strata_is_that_of_all_answers_at_once(seed):
    answers, client, session = simulated(seed, clients=5, sessions=4, items=3, kept=0.8)
    rng = np.random.default_rng(seed)
    compared = [_both_deviances(answers, client, session, rng.uniform(0.1, 1, 6)) for _ in range(2)]
    by_strata, at_once = np.diff(np.array(compared), axis=0)[0]
    assert by_strata == pytest.approx(at_once, abs=1e-7)


def _both_deviances(answers, client, session, shares):
    forms, items = answers.shape
    means, contrasts = _strata(answers, client, session)
    one = _stratum_deviance(items * shares[:3] + shares[3:], means)[0]
    two, _, item = _stratum_deviance(shares[3:], contrasts)
    y = answers.ravel()
    who, when, what = (
        np.repeat(client, items),
        np.repeat(session, items),
        np.tile(np.arange(items), forms),
    )
    same_client, same_session, same_item = (
        np.equal.outer(code, code) for code in (who, when, what)
    )
    blocks = [same_client, same_session, same_client & same_session, same_client & same_item]
    blocks += [same_session & same_item, np.eye(len(y)), same_item]
    covariance = sum(share * block for share, block in zip([*shares, item], blocks, strict=True))
    inverse, ones = np.linalg.inv(covariance), np.ones(len(y))
    information = ones @ inverse @ ones
    dense = np.linalg.slogdet(covariance)[1] + np.log(information)
    dense += y @ inverse @ y - (ones @ inverse @ y) ** 2 / information
    return one + two, dense


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_slope_of_the_likelihood_is_its_slope(seed):
    answers, client, session = simulated(seed, kept=0.7)
    at = np.random.default_rng(seed).uniform(0.1, 1, 3)
    for stratum in _strata(answers, client, session):
        slope = _stratum_deviance(at, stratum)[1]
        for place, step in enumerate(1e-5 * np.eye(3)):
            rise = (
                _stratum_deviance(at + step, stratum)[0] - _stratum_deviance(at - step, stratum)[0]
            )
            assert slope[place] == pytest.approx(rise / 2e-5, rel=1e-4, abs=1e-4)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kept=st.sampled_from([1.0, 0.75]))
def test_labels_order_origin_and_direction_do_not_matter(seed, kept):
    answers, client, session = simulated(seed, kept=kept)
    rng = np.random.default_rng(seed)
    found = within_person_reliability(answers, client, session)
    order = rng.permutation(len(answers))
    names = np.array([f"c{n:02}" for n in rng.permutation(8)])
    changed = within_person_reliability(
        5 - 3 * answers[order][:, ::-1], names[client[order]], 10 + 2 * session[order]
    )
    # Two runs of an optimiser: three digits of a coefficient are what a reader could use.
    for name in ("r_c", "r_1r", "r_kr", "r_kf"):
        assert getattr(changed, name) == pytest.approx(getattr(found, name), abs=2e-4)
    assert (variances(changed) / 9).tolist() == pytest.approx(variances(found).tolist(), abs=2e-3)


def test_a_simulation_gives_back_the_truth():
    answers, client, session = simulated(11, clients=400, sessions=12, items=6, kept=0.8)
    found = within_person_reliability(answers, client, session)
    # Put in: .7 squared for change and .8 squared over six items for error.
    assert found.r_c == pytest.approx(0.49 / (0.49 + 0.64 / 6), abs=0.01)
    assert variances(found)["client"] == pytest.approx(1, abs=0.2)
    assert variances(found)["client_item"] == pytest.approx(0.36, abs=0.03)
    assert variances(found)["residual"] == pytest.approx(0.64, abs=0.02)


def test_incomplete_forms_are_set_aside_and_counted():
    answers, client, session = simulated(3)
    with_gap = answers.copy()
    with_gap[[0, 7], 1] = np.nan
    found = within_person_reliability(with_gap, client, session)
    keep = ~np.isin(np.arange(len(answers)), [0, 7])
    again = within_person_reliability(answers[keep], client[keep], session[keep])
    assert (found.forms, found.incomplete, found.clients, found.items) == (38, 2, 8, 3)
    assert found.r_c == again.r_c


def test_mean_over_sessions_uses_the_harmonic_mean():
    answers, client, session = simulated(3)
    keep = (client > 0) | (session < 2)  # one client with 2 sessions, seven with 5
    found = within_person_reliability(answers[keep], client[keep], session[keep])
    assert found.sessions_averaged == pytest.approx(8 / (1 / 2 + 7 / 5))


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda a, c, s: (a[:, :1], c, s), "fewer than 2 items"),
        (lambda a, c, s: (a[c == 0], c[c == 0], s[c == 0]), "fewer than 2 clients"),
        (lambda a, c, s: (a[s == 0], c[s == 0], s[s == 0]), "2 sessions"),
        (lambda a, c, s: (a, c, np.arange(len(s))), "too few clients with two sessions in common"),
        (lambda a, c, s: (a[:, :1] + np.zeros(3), c, s), "same answer to all items"),
        (lambda a, c, s: (a[s == 0][c], c, s), "same answers at every session"),
        (lambda a, c, s: (np.full(a.shape, 0.1), c, s), "same answer to all items"),
        (lambda a, c, s: (np.full(a.shape, np.nan), c, s), "fewer than 2 clients"),
        (lambda a, c, s: (a[:0], c[:0], s[:0]), "fewer than 2 clients"),
    ],
)
def test_undefined_says_why(change, note):
    found = within_person_reliability(*change(*simulated(5)))
    assert note in found.note
    assert np.isnan([found.r_c, found.r_1r, found.r_kr, found.r_kf]).all()
    assert found.frame["variance"].isna().all()
    assert note in found.text()


def test_answers_without_error_are_fully_reliable():
    # Level, change and the lean of each item explain every answer.
    _, client, session = simulated(5)
    rng = np.random.default_rng(5)
    answers = rng.normal(size=(len(client), 1)) + np.array([0.0, 1.0, 2.0])
    found = within_person_reliability(answers, client, session)
    assert found.r_c == pytest.approx(1, abs=1e-5)


def test_text_and_summary():
    found = of(data_set("unbalanced"))
    assert "R_C = .70" in found.text() and "0 incomplete forms set aside" in found.text()
    assert found.summary()["coefficient"].tolist() == ["R_C", "R_1R", "R_KR", "R_KF"]
    assert found.frame["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, c, s: (a[1:], c, s), "same length"),
        (lambda a, c, s: (a, c, np.zeros_like(s)), "two forms for session 0"),
        (lambda a, c, s: (a, np.where(c == 0, np.nan, c), s), "needs a client and a session"),
    ],
)
def test_keys_that_are_none(change, message):
    with pytest.raises(AllianceError, match=message):
        within_person_reliability(*change(*simulated(5)))


def test_fewer_than_one_session_cannot_be_averaged():
    with pytest.raises(AllianceError, match="1 or more"):
        within_person_reliability(*simulated(5), sessions_averaged=0)


def test_components_by_name():
    parts = variance_components(*simulated(5)).as_dict()
    assert list(parts) == list(FINE) and min(parts.values()) >= 0
