"""Whatever a file holds, it is read or refused in words; and it stays as it is."""

import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alliance as al
from alliance.intake import read_mapping, read_scores, read_table, starting_map
from alliance.tables import SESSIONS

ROWS = [
    ["Client ID", "Session", "Date", "Rater", *(f"wai_sr_{i}" for i in range(1, 13)), "WAI Total"],
    ["007", "1", "31.05.2024", "client", *"123451234512", "33"],
    ["007", "2", "07.06.2024", "client", *"223451234512", "34"],
    ["008", "1", "01.06.2024", "therapist", *"523451234512", "37"],
]
ODD = st.sampled_from(
    [
        "",
        " ",
        ".",
        "#VALUE!",
        "#NULL!",
        "often",
        "0",
        "9",
        "99",
        "-1",
        "3,5",
        "1e400",
        "nan",
        "inf",
        "1" * 400,
    ]
    + [
        '"',
        "'",
        ";",
        ",",
        "\t",
        "\n",
        "\r",
        "\x00",
        "\x7f",
        "\ufeff",
        "\u2028",
        "ä",
        "𝒳",
        "{item}",
        "4b",
    ]
    + [
        "wai_sr_1",
        "Session",
        "session",
        "Rater",
        "redcap_event_name",
        "record_id",
        "instrument",
        "wai_1",
    ]
    + ["20240531", "03/04/2024", "2024-13-45", "99999999999999999999", '{"ImportId": 1}']
)
# Named, because hypothesis tries a codec on every character there is, which takes seconds.
TEXT = ODD | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
QUIET = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def assert_read_or_refused(path, **options) -> None:
    """Read in each way; an AllianceError is an answer, anything else is a fault."""
    before = path.read_bytes()

    def check_and_show():
        found = al.check(path, **options)
        return found.text(), found.frame, found.intake.mapping.to_toml()

    ways = [
        lambda: al.read(path, problems="set aside", **options),
        check_and_show,
        lambda: starting_map(path, **options),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", al.AllianceWarning)
        for way in ways:
            try:
                way()
            except al.AllianceError as error:
                assert len(str(error)) > 20
    assert path.read_bytes() == before


@given(
    changes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 16), TEXT), max_size=6),
    separator=st.sampled_from([",", ";", "\t"]),
    instrument=st.sampled_from([None, "wai-sr", "srs", "haq-ii"]),
)
@QUIET
def test_changed_cells_and_headers(changes, separator, instrument, tmp_path):
    rows = [list(row) for row in ROWS]
    for row, column, text in changes:
        rows[row][column] = text
    path = tmp_path / "export.csv"
    path.write_bytes("\n".join(separator.join(row) for row in rows).encode("utf-8", "replace"))
    assert_read_or_refused(path, instrument=instrument)


@given(
    start=st.integers(0, 250),
    length=st.integers(0, 60),
    put=st.binary(max_size=12),
    ending=st.sampled_from([".csv", ".tsv", ".xlsx", ".sav", ".dta", ".parquet", ".ods"]),
)
@QUIET
def test_changed_bytes(start, length, put, ending, tmp_path):
    raw = "\n".join(";".join(row) for row in ROWS).encode()
    path = tmp_path / f"export{ending}"
    path.write_bytes(raw[:start] + put + raw[start + length :])
    assert_read_or_refused(path)


KEYS = [
    "client",
    "session",
    "items",
    "words",
    "totals",
    "covariates",
    "divide_by",
    "raters",
    "sessions",
    "skip",
]
VALUES = (
    ODD
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.lists(TEXT | st.integers(), max_size=13)
    | st.dictionaries(TEXT, TEXT | st.integers() | st.floats(), max_size=3)
)
COLUMNS = st.sampled_from(
    [*ROWS[0], "wai_sr_{item}", "wai_{session}_{item}", "{rater}_{item}", "(?P<item>"]
)


@given(
    mapping=st.dictionaries(
        st.sampled_from([*KEYS, "missing_codes", "first_code"]), VALUES | COLUMNS
    )
)
@QUIET
def test_changed_settings(mapping, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("\n".join(";".join(row) for row in ROWS))
    assert_read_or_refused(path, **mapping)


@given(
    start=st.integers(0, 400),
    length=st.integers(0, 40),
    put=st.binary(max_size=12) | TEXT.map(str.encode),
)
@QUIET
def test_changed_mapping_files(start, length, put, tmp_path):
    raw = b'client = "Client ID"\nitems = "wai_sr_{item}"\nmissing_codes = [9]\n[words]\nnie = 1\n'
    path = tmp_path / "map.toml"
    path.write_bytes(raw[:start] + put + raw[start + length :])
    try:
        read_mapping(path)
    except al.AllianceError as error:
        assert "map.toml" in str(error)


@pytest.mark.filterwarnings("ignore::alliance.errors.AllianceWarning")
@given(changes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 16), TEXT), max_size=5))
@QUIET
def test_changed_score_files(changes, tmp_path):
    rows = [list(row) for row in ROWS]
    for row, column, text in changes:
        rows[row][column] = text
    path = tmp_path / "scores.csv"
    path.write_bytes("\n".join(";".join(row) for row in rows).encode("utf-8", "replace"))
    columns = {"client": "Client ID", "session": "Session", "scores": {"total": "WAI Total"}}
    for way in (lambda: read_scores(path, **columns), lambda: read_table(path, SESSIONS)):
        try:
            way()
        except al.AllianceError as error:
            assert len(str(error)) > 20


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".sav", ".parquet"])
def test_a_name_with_odd_characters(tmp_path, ending):
    path = tmp_path / f'ex"{{}}\n ü{ending}'
    path.write_bytes(b"a;b\n1;2\n")
    assert_read_or_refused(path)
