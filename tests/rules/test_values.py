"""Rules as values: what fits together, what is refused, and what they say of themselves."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest

from alliance import rules
from alliance.errors import AllianceError
from alliance.rules import (
    REFERENCES,
    TARGETS,
    UNITS,
    ChangePoint,
    Cusum,
    RepairRule,
    Rule,
    RuptureRule,
    SuddenLoss,
)


def rupture(**settings) -> RuptureRule:
    return RuptureRule(**{"reference": "own mean", "unit": "points", "threshold": 1} | settings)


def fitting(reference: str, unit: str) -> dict:
    more = {"last sessions": {"span": 3}, "level": {"level": 4}}.get(reference, {})
    return more | ({"reliability": 0.9} if unit == "reliable change" else {})


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("unit", UNITS)
def test_every_reference_combines_with_every_unit(reference, unit):
    rule = rupture(reference=reference, unit=unit, **fitting(reference, unit))
    assert "below" in rule.text() and "None" not in rule.text()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("window", [1, 5, None])
def test_every_target_combines_with_every_window(target, window):
    text = RepairRule(target=target, amount=0.5, window=window).text()
    assert text.endswith(
        {1: "within 1 session", 5: "within 5 sessions", None: "at any later session"}[window]
    )


REFUSED = [
    (lambda: rupture(reference="own meen"), "Did you mean 'own mean'"),
    (lambda: rupture(unit="own_sd"), "Did you mean 'own sd'"),
    (lambda: rupture(threshold=-1), "threshold must be a number, 0 or more"),
    (lambda: rupture(threshold=float("nan")), "threshold must be a number"),
    (lambda: rupture(threshold=float("inf")), "threshold must be a number"),
    (lambda: rupture(threshold="two"), "it is 'two'"),
    (lambda: rupture(inequality=">"), "no inequality '>'"),
    (lambda: rupture(max_gap=0), "max_gap must be a whole number, 1 or more"),
    (lambda: rupture(max_gap=1.5), "max_gap must be a whole number"),
    (lambda: rupture(ddof=2), "ddof must be 0 or 1"),
    (lambda: rupture(span=3), "'last sessions' and the setting span"),
    (lambda: rupture(reference="last sessions"), "'last sessions' and the setting span"),
    (lambda: rupture(reference="level"), "'level' and the setting level"),
    (lambda: rupture(unit="reliable change"), "go together"),
    (lambda: rupture(reliability=0.9), "go together"),
    (lambda: rupture(unit="reliable change", reliability=1), "reliability must be"),
    (lambda: RepairRule(target="bevore", window=3), "Did you mean 'before'"),
    (lambda: RepairRule(target="share", amount=1.2, window=3), "amount must be a number, 0 to 1"),
    (lambda: RepairRule(target="share", unit="own sd", window=3), "takes no unit"),
    (lambda: RepairRule(target="before", window=0), "window must be a whole number"),
    (lambda: SuddenLoss(cutoff=-1), "cutoff"),
    (lambda: SuddenLoss(cutoff=1, share=2), "share"),
    (lambda: Cusum(decision=-1), "decision"),
    (lambda: ChangePoint(minimum_segment=0), "minimum_segment"),
    (lambda: Rule(name="x", rupture="own mean", repair=RepairRule(target="before", window=3)), "must be a RuptureRule"),
    (lambda: Rule(name="x", rupture=rupture(), repair=None), "must be a RepairRule"),
    (lambda: replace(rules.own_mean(), provenance="sure"), "no provenance 'sure'"),
    (lambda: replace(rules.own_mean(), minimum_sessions=0), "minimum_sessions"),
    (lambda: replace(rules.own_mean(), minimum_drop=-1), "minimum_drop"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_refused(build, message):
    with pytest.raises(AllianceError, match=message):
        build()


def test_rules_are_values():
    assert rules.own_mean() == rules.own_mean()
    assert len({rules.own_mean(), rules.own_mean(), rules.xmr()}) == 2
    with pytest.raises(FrozenInstanceError):
        rules.own_mean().name = "mine"
    for rule in rules.presets().values():
        assert pickle.loads(pickle.dumps(rule)) == copy.deepcopy(rule) == rule


def test_look_ahead_and_pooling_are_known():
    assert not rupture(reference="previous session").looks_ahead
    assert rupture(reference="previous session", unit="own sd").looks_ahead
    assert rupture().looks_ahead
    assert not rupture(reference="own past", unit="own sd").looks_ahead
    assert not rupture(
        reference="running high", unit="reliable change", reliability=0.9, sd=1
    ).looks_ahead
    assert rupture(unit="reliable change", reliability=0.9).pool == "sd of all scores"
    assert rupture(unit="reliable change", reliability=0.9, sd=1).pool is None
    assert rules.gumz_like(1).pools == ("pooled sd",)
    assert rules.own_mean().pools == ()


def test_methods_sentences():
    assert rules.own_mean().text() == (
        "A session was called a rupture when its score lay more than 2 times the client's own "
        "standard deviation below the client's own mean over the whole course (Journal of "
        "Consulting and Clinical Psychology, 2024, 92, 129-133). The rupture was called repaired "
        "when the score returned to the client's own mean within 5 sessions (our choice; the "
        "source gives no repair rule). Clients with fewer than 6 rated sessions were not judged."
    )
    assert str(rules.own_mean()) == rules.own_mean().text()
    guarded = replace(rules.own_mean(), minimum_drop=0.5).text()
    assert "Falls of less than 0.5 points were not counted." in guarded
    assert rupture(reference="level", level=36, threshold=0, inequality="more than").text() == (
        "its score lay below 36"
    )
    assert rupture(reference="last sessions", span=3, threshold=1.5).text() == (
        "its score lay at least 1.5 points below the mean of the last 3 sessions before"
    )
