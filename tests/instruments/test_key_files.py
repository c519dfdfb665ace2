"""The user's own key files: completed, checked in full, refused with everything that is wrong."""

import copy
import pickle

import pytest

from alliance import instruments
from alliance.errors import AllianceError

COMPLETE = """
key = "my-scale"
name = "My scale"
kind = "alliance"
items = 4
minimum = 1
maximum = 5
reversed_items = [2]
metric = "mean"
needed_share = 0.75
missing_rule_from = "ours: for the test"
higher_is_better = true
reference = "A manual"
checked = "Manual, page 3"
[raters]
client = "user"
[scales]
total = "all"
warmth = [1, 2]
[[worked]]
answers = [5, 5, 5, 5]
scores = { total = 4.0, warmth = 3.0 }
metric = "mean"
"""


def write(tmp_path, text):
    path = tmp_path / "my_key.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_complete_file_loads(tmp_path):
    instrument = instruments.load(write(tmp_path, COMPLETE))
    assert instrument.scales == {"total": (1, 2, 3, 4), "warmth": (1, 2)}
    assert instrument.needed("total") == 3
    assert instrument.needed("warmth") == 2


def test_template_must_be_completed_and_then_loads(tmp_path):
    text = instruments.template()
    with pytest.raises(AllianceError) as caught:
        instruments.load_file(write(tmp_path, text))
    for name in ("key", "name", "missing_rule_from", "reference", "checked"):
        assert f"'{name}' must be filled in" in str(caught.value)
    assert instruments.load_file(write(tmp_path, text.replace('"..."', '"filled in"'))).items == 4


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("items = 4", 'items = "four"', "'items' must be a number"),
        ("items = 4", "items = 4.5", "'items' must be a whole number"),
        ("minimum = 1", "minimum = 9", "minimum (9) must be below maximum (5)"),
        ("reversed_items = [2]", "reversed_items = [7]", "reversed names items outside 1 to 4: 7"),
        ("reversed_items = [2]", "reversed_items = [2, 2]", "reversed names an item twice"),
        ("reversed_items = [2]", 'reversed_items = "2"', "must be a list of item numbers"),
        ('metric = "mean"\nneeded', 'metric = "median"\nneeded', "metric must be one of mean, sum"),
        ("needed_share = 0.75", "needed_share = 80", "needed_share must lie above 0"),
        ("higher_is_better = true", 'higher_is_better = "yes"', "must be true or false"),
        ("[2]\nmetric", "[2]\nmetrik", "'metrik' is not known here. Did you mean 'metric'?"),
        ('client = "user"', 'client = "sure"', "'sure' is not one of"),
        ('total = "all"', "sum = [1]", "scales must include 'total'"),
        ("warmth = [1, 2]", "warmth = []", "scale warmth has no items"),
        ("total = 4.0", "total = 4.5", "worked case 1: total is 4 by the key, not 4.5"),
        ("answers = [5, 5, 5, 5]", "answers = [5, 5]", "worked case 1 has 2 answers, not 4"),
        (
            'metric = "mean"\nneeded',
            'metric = "scaled"\nneeded',
            "the metric 'scaled' needs [scaled]",
        ),
        ("items = 4", "items = 4\nneeded_in_all = 5", "needed_in_all must lie between 0 and 4"),
        ("items = 4", "items = 4\nhas_total = false", "has_total is false: no 'total'"),
        (
            "items = 4",
            "items = 4\noptional_items = [5]",
            "optional_items names items outside 1 to 4",
        ),
        ("items = 4", 'items = 4\nopposite_scales = ["cold"]', "scales that are not there: cold"),
        ("[raters]", "[scaled]\nmedian = 2\n[raters]", "scaled must name one number"),
        ("[raters]", "[scaled]\nmean = 'ten'\n[raters]", "scaled: 'mean' must have a number"),
        ("[raters]", "[rights]\nowner = 'me'\n[raters]", "each Rights needs exactly: owner, use"),
        (
            "[5, 5, 5, 5]",
            "[5, 5, 5, nan]",
            "worked case 1 leaves out items that must be answered: 4",
        ),
        ("items = 4", "items = ", "is not a valid TOML file"),
    ],
)
def test_each_fault_is_named(tmp_path, old, new, says):
    assert old in COMPLETE
    with pytest.raises(AllianceError) as caught:
        instruments.load(write(tmp_path, COMPLETE.replace(old, new)))
    assert says in str(caught.value)


def test_all_faults_at_once(tmp_path):
    text = COMPLETE.replace("minimum = 1", "minimum = 9").replace("[2]", "[8]")
    with pytest.raises(AllianceError) as caught:
        instruments.load(write(tmp_path, text))
    assert "minimum (9)" in str(caught.value) and "reversed names" in str(caught.value)


def test_missing_file_is_said_plainly(tmp_path):
    with pytest.raises(AllianceError, match="There is no instrument file"):
        instruments.load(tmp_path / "nowhere.toml")


def test_instruments_are_values():
    wai = instruments.load("wai-sr")
    assert copy.deepcopy(wai) == pickle.loads(pickle.dumps(wai)) == wai
    with pytest.raises(TypeError):
        wai.scales["bond"] = (1,)
