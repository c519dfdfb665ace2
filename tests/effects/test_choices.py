"""Specifications and choices as values."""

import pytest

from alliance import AllianceError
from alliance.effects import AXES, Choices, Specification, choices
from alliance.effects.multiverse_choices import chosen


def test_every_combination_once():
    options = choices()["full"]
    all_of_them = options.specifications()
    assert len({*all_of_them}) == len(all_of_them) == 4 * 4 * 2 * 3 * 2 * 2 * 3 * 2 * 2
    for axis in AXES:
        assert {getattr(one, axis) for one in all_of_them} == {*getattr(options, axis)}


def test_the_choices_as_a_table():
    frame = choices()["full"].frame.set_index("axis")
    assert frame.loc["window", "options"] == "3, 5, any"
    assert frame["count"].prod() == len(choices()["full"])


def test_without_items_no_specification_needs_halves():
    assert not any(one.halves for one in choices()["full"].without_items().specifications())
    with pytest.raises(AllianceError, match="pass items="):
        Choices(halves=(True,)).without_items()


def test_a_specification_is_a_rule_and_a_design():
    one = Specification(criterion="own line", threshold=1.5, tolerance=0.5, window=None)
    assert "1.5 times the standard deviation about" in one.rule().text()
    assert "at any later session" in one.rule().text()
    assert one.design().growth == "common" and not one.design().parts


@pytest.mark.parametrize(
    "axis, option, message",
    [
        ("criterion", "own meen", "There is no criterion 'own meen'"),
        ("flanks", "some", "There is no choice for the flanks"),
        ("growth", "none", "There is no growth 'none'"),
        ("scores", "log", "There is no kind of scores"),
        ("threshold", 0.0, "threshold must be a number"),
        ("window", 0, "window must be a whole number"),
        ("minimum_sessions", 0, "minimum_sessions must be a whole number"),
        ("halves", 1, "halves must be True or False"),
    ],
)
def test_impossible_options_are_named(axis, option, message):
    with pytest.raises(AllianceError, match=message):
        Choices(**{axis: (option,)})


def test_axes_hold_different_options_and_sets_have_names():
    for options in ((), (1.0, 1.0), [1.0]):
        with pytest.raises(AllianceError, match="one or more different options"):
            Choices(threshold=options)
    assert chosen("small") is choices()["small"]
    with pytest.raises(AllianceError, match="Did you mean 'small'"):
        chosen("smal")
