"""A world refuses what cannot be, and names everything that is wrong."""

import copy
import pickle

import pytest

from alliance.errors import AllianceError
from alliance.simulate import World, simulate, worlds

NAMES = [
    "N0",
    "N0d",
    "N0h",
    "N0r",
    "N0w",
    "N0s",
    "R0d",
    "R0g",
    "R0w",
    "R0s",
    "R0L",
    "R0S",
    "R0T",
    "rare",
    "shallow",
    "A3d",
    "A5w",
    "A5s",
]


def test_every_parameter_is_documented_with_its_meaning():
    for name in World.__dataclass_fields__:
        assert f"    {name}" in World.__doc__ or f", {name}" in World.__doc__, name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scale": "likert"}, "scale must be one of gaussian, wai, srs"),
        ({"hazard": 1.2}, "hazard must lie between 0 and 1, not 1.2"),
        ({"unit": 0.0}, "unit must be above 0"),
        ({"trait_sd": -0.1}, "trait_sd must not be negative"),
        ({"depth": (2.0, 1.0)}, "depth must run from a lower to a higher value"),
        ({"depth": (2.0,)}, "depth must run from a lower to a higher value"),
        ({"durations": (0.5, 0.4)}, "add up to 1"),
        ({"autocorrelation": (0.2, 1.0)}, "autocorrelation must stay below 1"),
        ({"gain": float("nan")}, "gain must be a finite number"),
    ],
)
def test_a_wrong_value_is_named(change, said):
    with pytest.raises(AllianceError, match="This world cannot be") as caught:
        World(**change)
    assert said in str(caught.value)


def test_all_misfits_are_named_at_once():
    with pytest.raises(AllianceError) as caught:
        World(hazard=2.0, unit=-1.0, scale="x")
    assert str(caught.value).count("\n  - ") == 3


def test_unknown_parameter_is_refused():
    with pytest.raises(AllianceError, match="no parameter gains"):
        World().but(gains=0.3)


def test_named_worlds_are_all_there_and_differ_as_they_say():
    found = worlds()
    assert list(found)[: len(NAMES)] == NAMES
    assert all(found[name].gain == 0 for name in list(found)[len(NAMES) :])
    assert all(world.name == name for name, world in found.items())
    assert all(found[name].hazard == 0 for name in NAMES if name.startswith("N0"))
    assert all(found[name].gain == 0 for name in NAMES if not name.startswith("A"))
    assert [found[name].gain for name in ("A3d", "A5w", "A5s")] == [0.3, 0.5, 0.5]
    assert found["rare"] == found["R0d"].but(hazard=0.02)
    assert found["shallow"] == found["R0d"].but(depth=(0.5, 1.2))


def test_worlds_cannot_be_changed():
    with pytest.raises(TypeError):
        worlds()["N0"] = World()


def test_world_and_study_can_be_copied_and_pickled():
    study = simulate(worlds()["R0w"], clients=12, seed=3)
    again = pickle.loads(pickle.dumps(study))
    assert again.world == study.world
    assert again.sessions.equals(study.sessions)
    assert copy.deepcopy(study).truth.equals(study.truth)
    assert study.text() in study._repr_html_() and "Simulated study R0w: 12 clients" in study.text()


@pytest.mark.parametrize("clients", [0, -3])
def test_a_study_needs_clients(clients):
    with pytest.raises(AllianceError, match="at least 1 client"):
        simulate(World(), clients=clients)


def test_a_name_is_not_a_world():
    with pytest.raises(AllianceError, match="must be a World"):
        simulate("R0d")
