"""One way to choose scores: found by inspection, so that no new analysis can forget it."""

import inspect

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance import AllianceError
from alliance.course import Choice, courses
from alliance.simulate import simulate, worlds

# What an analysis needs besides sessions, small enough to be refused or answered at once.
BESIDE = {
    "find_ruptures": {"rule": "own-mean"},
    "reported_gain": {"log": pd.DataFrame({"client": ["c001"], "session": [2]})},
    "outcome_gain": {
        "outcomes": pd.DataFrame(
            {"client": ["c001"], "session": [2], "instrument": "phq-9", "total": [4.0]}
        )
    },
}
# Two raters are its very subject.
OF_BOTH = {"compare_raters"}


def analyses():
    """Yield the public functions whose first argument is a sessions table and who pass a choice on."""
    for name in al.__all__:
        made = getattr(al, name)
        if not inspect.isfunction(made) or name in OF_BOTH:
            continue
        parameters = list(inspect.signature(made).parameters.values())
        chooses = any(each.kind is each.VAR_KEYWORD for each in parameters)
        if parameters and parameters[0].name == "sessions" and chooses:
            yield name


NAMES = sorted(analyses())


@pytest.fixture(scope="module")
def two_raters():
    sessions = simulate(worlds()["R0d"], clients=12, seed=2).sessions
    return pd.concat([sessions, sessions.assign(rater="therapist")], ignore_index=True)


def test_the_analyses_are_found():
    assert {"find_ruptures", "repair_gain", "reported_gain", "outcome_gain", "sensitivity"} <= set(
        NAMES
    )


@pytest.mark.parametrize("name", NAMES)
def test_two_raters_and_none_named_is_one_and_the_same_error(name, two_raters):
    with pytest.raises(AllianceError) as error:
        getattr(al, name)(two_raters, **BESIDE.get(name, {}))
    assert str(error.value) == (
        "The sessions table holds several raters: client, therapist.\n"
        "To fix: name one, e.g. rater='client'."
    )


@pytest.mark.parametrize("name", NAMES)
def test_no_analysis_has_a_choice_of_its_own(name):
    own = set(inspect.signature(getattr(al, name)).parameters)
    assert not own & set(Choice.__annotations__), f"{name} looks at the table by itself"
    assert len([each for each in own if each != "choice"]) <= 8


@pytest.mark.parametrize("name", NAMES)
def test_identifiers_that_came_back_as_numbers_are_refused(name, two_raters):
    numbers = two_raters.assign(client=two_raters["client"].str[1:].astype(int))
    with pytest.raises(AllianceError, match="identifiers are text"):
        getattr(al, name)(numbers, **BESIDE.get(name, {}), rater="client")


def test_direction_comes_from_the_catalogue():
    worse = pd.DataFrame(
        {
            "client": "a",
            "session": np.arange(1, 9),
            "rater": "client",
            "instrument": "bdi-ii",
            "metric": "sum",
            "total": [10.0, 11, 10, 30, 11, 10, 11, 10],
        }
    )
    assert courses(worse).sign == -1
    assert al.find_ruptures(worse, "own-mean").frame["onset"].tolist() == [4]
    assert al.find_ruptures(worse, "own-mean", higher_is_better=True).frame.empty


def test_a_rule_made_for_other_scores_is_refused(two_raters):
    means = two_raters.assign(instrument="wai-sr", metric="mean")
    with pytest.raises(AllianceError, match="srs"):
        al.find_ruptures(means, "srs-level", rater="client")
