"""The named criteria: what each is, where it comes from, and that uncertainty is said aloud."""

import pytest

from alliance import rules
from alliance.errors import AllianceError
from alliance.rules import PROVENANCE

# Name: reference, unit, threshold, inequality; from the publications and textbooks cited.
DEFINITIONS = {
    "own-mean": ("own mean", "own sd", 2, "more than"),
    "own-past": ("own past", "own sd", 2, "more than"),
    "v-episode": ("previous session", "points", 1, "at least"),
    "strauss-like": ("previous session", "mean of own sds", 1, "at least"),
    "stiles-like": ("own line", "own residual sd", 2, "more than"),
    "gumz-like-1": ("start of decline", "larger of own and pooled sd", 1, "at least"),
    "gumz-like-2": ("start of decline", "larger of own and pooled sd", 2, "at least"),
    "xmr": ("own mean", "own moving range", 2.66, "more than"),
    "tukey": ("own lower quartile", "own iqr", 1.5, "more than"),
    "reliable-drop": ("previous session", "reliable change", 1.96, "at least"),
    "running-high": ("running high", "own sd", 2, "at least"),
    "srs-level": ("level", "points", 0, "more than"),
    "srs-drop": ("previous session", "points", 1, "at least"),
}
OTHERS = {"sudden-loss", "cusum", "change-point"}
UNSEEN = (
    "larsson",
    "lipner",
    "chen",
    "coutinho",
    "haugen",
    "guelu",
    "kramer",
    "roussos",
    "zlotnick",
)


def test_every_preset_is_here():
    assert set(rules.presets()) == set(DEFINITIONS) | OTHERS


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definitions(name):
    rupture = rules.presets()[name].rupture
    found = (rupture.reference, rupture.unit, rupture.threshold, rupture.inequality)
    assert found == DEFINITIONS[name]


def test_presets_with_their_own_shape():
    loss = rules.sudden_loss(7).rupture
    assert (loss.cutoff, loss.unit, loss.share, loss.alpha) == (7, "points", 0.25, 0.05)
    assert rules.sudden_loss().rupture.unit == "reliable change"
    assert (rules.cusum().rupture.allowance, rules.cusum().rupture.decision) == (0.5, 4)
    assert rules.change_point().rupture.penalty == 1.5
    assert rules.own_mean().minimum_sessions == 6
    assert rules.v_episode().repair.amount == 0.25


@pytest.mark.parametrize("name", rules.presets())
def test_uncertainty_is_said_aloud(name):
    rule = rules.presets()[name]
    assert rule.provenance in PROVENANCE
    assert rule.blind_spots and all(spot == spot.strip() for spot in rule.blind_spots)
    unsure = rule.provenance in ("secondary", "not verified")
    assert (f"after {rule.citation} (parameters not verified)" in rule.text()) == unsure
    assert ("our choice" in rule.text()) == (rule.repair_provenance == "ours")


def test_only_what_was_read_is_called_exact():
    exact = {
        name for name, rule in rules.presets().items() if rule.provenance == "exact from source"
    }
    assert exact == {"own-mean", "reliable-drop"}
    code = {name for name, rule in rules.presets().items() if rule.provenance == "from code"}
    assert code == {"sudden-loss", "change-point"}


def test_rules_nobody_saw_are_not_named():
    for name, rule in rules.presets().items():
        words = f"{name} {rule.citation} {rule.text()}".lower()
        assert not any(unseen in words for unseen in UNSEEN)


def test_a_changed_rule_is_not_the_published_one():
    left_out = rules.own_mean(leave_out=True)
    assert left_out.name == "own-mean-left-out"
    assert left_out.provenance == "user"
    assert "(cf. " in left_out.text()


def test_load():
    assert rules.load("Own mean") == rules.load("own_mean") == rules.own_mean()
    rule = rules.v_episode(drop=0.8)
    assert rules.load(rule) is rule
    with pytest.raises(AllianceError, match="Did you mean 'gumz-like-2'"):
        rules.load("gumz-like")
    with pytest.raises(AllianceError, match="Known: own-mean"):
        rules.load("zzz")
