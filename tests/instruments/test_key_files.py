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


def test_a_template_of_each_instrument_loads_as_a_key_of_the_users_own(tmp_path):
    for name in instruments.instrument_names():
        own = instruments.load(write(tmp_path, instruments.template(name)))
        built_in = instruments.load(name)
        assert own.key == f"my-{name}" and own.scales == built_in.scales
        assert set(own.raters.values()) == {"user"} and not own.total_question


def test_an_own_key_is_found_by_path_and_by_both_its_names(tmp_path, monkeypatch):
    path = write(tmp_path, COMPLETE)
    monkeypatch.chdir(tmp_path)
    own = instruments.load("my_key.toml")
    assert own.called == "my_key.toml"
    assert instruments.load("my-scale") == instruments.load("my_key") == own
    assert instruments.known("my_key.toml") == own and instruments.known("my-scale") is None
    assert instruments.called_in(["wai-sr", "my_key.toml"], "my-scale") == "my_key.toml"
    assert instruments.called_in(["elsewhere/my_key.toml"], str(path)) == "elsewhere/my_key.toml"


def test_a_table_whose_key_file_is_gone_is_refused(tmp_path):
    with pytest.raises(AllianceError, match="not there"):
        instruments.known(str(tmp_path / "gone.toml"))


def test_the_direction_of_an_own_key_travels_with_the_scores(tmp_path, monkeypatch):
    import pandas as pd

    import alliance as al

    write(tmp_path, COMPLETE.replace("higher_is_better = true", "higher_is_better = false"))
    monkeypatch.chdir(tmp_path)
    answers = {f"item_{n}": [1, 2, 5] for n in range(1, 5)}
    responses = pd.DataFrame({"client": "a", "session": [1, 2, 3], "rater": "client", **answers})
    al.score(responses, "my_key.toml").to_csv("sessions.csv", index=False)
    chosen = al.courses(al.read_sessions("sessions.csv"))
    assert chosen.sign == -1 and chosen.range == (1, 5) and chosen.instrument == "my_key.toml"
    named = al.courses(al.read_sessions("sessions.csv"), instrument="my-scale")
    assert named.sign == -1
    assert al.courses(al.read_sessions("sessions.csv"), higher_is_better=True).sign == 1
