"""Mapping files: what is wrong with one is said; what is written can be read again."""

import tomllib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance as al
from alliance.intake import ExportMap, join_mappings, read_mapping, starting_map
from alliance.intake.mapping import MEANINGS

SRS = "ID,Session,srs_1,srs_2,srs_3,srs_4\n007,1,9.3,8.7,9,9.5\n"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"client": 3}, "'client' must be a text, not 3"),
        ({"items": 3}, "'items' must be a pattern, a list of columns, or a table"),
        ({"items": {"client": 3}}, "'items' must be a pattern, a list of columns, or a table"),
        ({"items": ["a", 3]}, "'items' must be a pattern, a list of columns, or a table"),
        ({"totals": {"total": 3}}, "'totals': 'total' must have a column, as text, not 3"),
        ({"totals": "T"}, "'totals' must be a table, e.g. total = \"WAI Total\""),
        ({"raters": {"K": 1}}, "'raters': 'K' must have a rater, as text"),
        ({"sessions": {"baseline": "0"}}, "'sessions': 'baseline' must have a whole number"),
        ({"sessions": {"x": 10**30}}, "'sessions': 'x' must have a whole number"),
        ({"words": {"oft": "4"}}, "'words': 'oft' must have a number, not '4'"),
        ({"words": {"oft": float("nan")}}, "'words': 'oft' must have a number"),
        ({"words": ["oft"]}, "'words' must be a table"),
        ({"divide_by": 0}, "'divide_by' must be a number above 0"),
        ({"divide_by": "10"}, "'divide_by' must be a number above 0"),
        ({"divide_by": float("inf")}, "'divide_by' must be a number above 0"),
        ({"first_code": True}, "'first_code' must be a number"),
        ({"missing_codes": [[9]]}, "'missing_codes' must be a list of numbers and texts"),
        ({"covariates": [3]}, "'covariates' must be a list of columns"),
        ({"skip": 1.5}, "'skip' must be a text"),
    ],
)
def test_settings_of_the_wrong_kind(setting, said):
    with pytest.raises(al.AllianceError) as caught:
        ExportMap(**setting)
    assert said in str(caught.value)


def test_every_wrong_setting_is_named_at_once():
    with pytest.raises(al.AllianceError) as caught:
        ExportMap(client=3, divide_by=0, words={"a": "b"}, covariates=[1])
    assert str(caught.value).count("\n  - ") == 4


def test_single_values_stand_for_lists():
    mapping = ExportMap(missing_codes=99, covariates="Age")
    assert mapping.missing_codes == (99,) and mapping.covariates == ("Age",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("client = ", "is not a valid TOML file"),
        ("client = 2024-99-99", "is not a valid TOML file"),
        ("a = " + "[" * 3000, "is not a valid TOML file"),
        ("cliant = 'ID'", "There is no setting 'cliant'. Did you mean 'client'?"),
        ("items = {client = 3}", "map.toml: The mapping is not right"),
        ("[words]\noft = '4'", "'words': 'oft' must have a number"),
        (b"\xff\xfe\x00", "not a text in UTF-8"),
    ],
)
def test_mapping_files_that_are_wrong(write, refusal, content, said):
    path, mapping = write(SRS), write(content, "map.toml")
    assert said in refusal(path, mapping=mapping)


def test_mapping_files_that_are_not_there(tmp_path, write, refusal):
    path = write(SRS)
    assert "There is no mapping file" in refusal(path, mapping=tmp_path / "none.toml")
    assert "is a folder" in refusal(path, mapping=tmp_path)
    assert "must be a file or an ExportMap, not dict" in refusal(path, mapping={"client": "ID"})


def test_arguments_go_before_the_file(write):
    path = write(SRS.replace("ID", "Klient"))
    mapping = write('client = "ID"\nsession = "Session"\n[words]\nhoch = 9\n', "map.toml")
    joined = join_mappings(mapping, {"client": "Klient", "therapist": None})
    assert (joined.client, joined.session, joined.words) == ("Klient", "Session", {"hoch": 9})
    assert len(al.read(path, mapping=mapping, client="Klient")) == 1


def test_every_setting_is_explained():
    assert set(MEANINGS) == set(ExportMap.__dataclass_fields__)


MAPS = st.builds(
    ExportMap,
    instrument=st.none() | TEXTS,
    client=st.none() | TEXTS,
    skip=st.none() | TEXTS,
    items=st.none() | TEXTS | st.lists(TEXTS) | st.dictionaries(TEXTS, TEXTS, min_size=1),
    missing_codes=st.lists(st.integers(-999, 999) | st.floats(0, 1e9) | TEXTS),
    first_code=st.none() | st.integers(0, 9),
    divide_by=st.floats(0.01, 1e22),
    covariates=st.lists(TEXTS),
    raters=st.dictionaries(TEXTS, TEXTS),
    instruments=st.dictionaries(TEXTS, TEXTS),
    totals=st.dictionaries(TEXTS, TEXTS),
    sessions=st.dictionaries(TEXTS, st.integers(-999, 999)),
    words=st.dictionaries(TEXTS, st.integers(0, 9) | st.floats(-1e9, 1e9)),
)


@given(mapping=MAPS)
@settings(max_examples=12, deadline=None)
def test_what_is_written_can_be_read_again(mapping, tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.toml"
    path.write_bytes(mapping.to_toml().encode())
    again = read_mapping(path)
    for name in ExportMap.__dataclass_fields__:
        value, found = getattr(mapping, name), getattr(again, name)
        assert found == (value if name != "items" or value is None else found)
    items = mapping.items
    assert again.items == (list(items) if isinstance(items, tuple) else items)


def test_starting_map_of_a_clear_file_reads_it(write, tmp_path):
    path = write(SRS)
    text = starting_map(path)
    assert 'client = "ID"' in text and 'items = "srs_{item}"' in text and "Not clear" not in text
    (tmp_path / "map.toml").write_text(text, "utf-8")
    pd.testing.assert_frame_equal(al.read(path, mapping=tmp_path / "map.toml"), al.read(path))


def test_starting_map_of_an_unclear_file_says_what_is_to_do(write, tmp_path):
    path = write("Fall,Session,F5_1,F5_2,F5_3,F5_4\n007,1,9.3,8.7,9,9.5\n")
    text = starting_map(path)
    assert '# client = "..."' in text and 'session = "Session"' in text
    assert "# Not clear yet:" in text and "The questionnaire was not recognised" in text
    assert '#   "F5_{item}"' in text and '#   "Fall"' in text
    assert "9.3" not in text and "007" not in text, "no cell of the file is copied"
    text = text.replace('# client = "..."', 'client = "Fall"')
    text = text.replace('# instrument = "..."', 'instrument = "srs"')
    text = text.replace('# items = "wai_{item}"', 'items = "F5_{item}"')
    (tmp_path / "map.toml").write_text(text, "utf-8")
    assert al.read(path, mapping=tmp_path / "map.toml")["item_1"].tolist() == [9.3]


def test_starting_map_keeps_what_was_said_already(write):
    path = write("Fall,Session,F5_1,F5_2,F5_3,F5_4\n007,1,9.3,8.7,9,9.5\n")
    text = starting_map(path, client="Fall", words={"hoch": 9})
    assert 'client = "Fall"' in text and "\n[words]" in text and '"hoch" = 9' in text


@given(names=st.lists(TEXTS, min_size=1, max_size=6, unique=True))
@settings(max_examples=12, deadline=None)
def test_starting_map_is_toml_whatever_the_columns_are_called(names, tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "x.parquet"
    pd.DataFrame([["a"] * len(names)], columns=names).to_parquet(path)
    content = tomllib.loads(starting_map(path))
    assert set(content) <= set(ExportMap.__dataclass_fields__)
