"""Laws of reading: what must change nothing changes nothing, and no answer is invented."""

import warnings

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance as al

ITEMS = [f"wai_sr_{item}" for item in range(1, 13)]
ANSWERS = [f"item_{item}" for item in range(1, 13)]
KEY = ["client", "session", "rater"]


PLAIN_CELLS = st.integers(1, 5).map(str) | st.just("")


@st.composite
def exports(draw, cells=PLAIN_CELLS) -> pd.DataFrame:
    """Draw a small export: client, session, rater and twelve answers as text."""
    keys = st.tuples(
        st.sampled_from(["007", "7", "Ä 1", "c-2"]),
        st.integers(0, 30).map(str),
        st.sampled_from(["client", "therapist"]),
    )
    drawn = draw(st.lists(keys, min_size=1, max_size=8, unique=True))
    rows = [[*key, *draw(st.lists(cells, min_size=12, max_size=12))] for key in drawn]
    # One complete form, so that there is something to read.
    rows.append(["first", "1", "client", *"123451234512"])
    return pd.DataFrame(rows, columns=["ID", "Session", "Rater", *ITEMS])


def read(frame: pd.DataFrame, folder, **options) -> pd.DataFrame:
    path = folder / "export.csv"
    frame.to_csv(path, index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", al.AllianceWarning)
        return al.read(path, **options)


def content(responses: pd.DataFrame) -> pd.DataFrame:
    return responses.drop(columns="row").sort_values(KEY, ignore_index=True)


@given(frame=exports(), random=st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_order_of_rows_and_columns_does_not_matter(frame, random, tmp_path_factory):
    folder = tmp_path_factory.mktemp("order")
    expected = content(read(frame, folder))
    columns = random.sample(list(frame.columns), len(frame.columns))
    rows = random.sample(list(frame.index), len(frame))
    pd.testing.assert_frame_equal(content(read(frame.loc[rows, columns], folder)), expected)


@given(frame=exports())
@settings(max_examples=8, deadline=None)
def test_renaming_clients_only_renames(frame, tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    names = {"007": "x9", "7": "b", "Ä 1": "c", "c-2": "0", "first": "é"}
    expected = content(read(frame, folder))
    expected = expected.assign(client=expected["client"].map(names).astype("str"))
    renamed = read(frame.assign(ID=frame["ID"].map(names)), folder)
    pd.testing.assert_frame_equal(content(renamed), expected.sort_values(KEY, ignore_index=True))


@given(frame=exports(), share=st.floats(0, 1))
@settings(max_examples=8, deadline=None)
def test_reading_two_halves_is_reading_the_whole(frame, share, tmp_path_factory):
    folder = tmp_path_factory.mktemp("halves")
    expected = content(read(frame, folder))
    complete = frame.iloc[[-1]]
    cut = int(share * (len(frame) - 1))
    # A file without any answer is refused, so each half gets the complete form.
    halves = [pd.concat([part, complete]) for part in (frame.iloc[:cut], frame.iloc[cut:-1])]
    joined = pd.concat([read(half, folder) for half in halves]).drop_duplicates(KEY)
    pd.testing.assert_frame_equal(content(joined), expected)


ODD_CELLS = st.integers(1, 5).map(str) | st.sampled_from(
    [
        "",
        "0",
        "6",
        "9",
        "99",
        "-1",
        "3.5",
        "3,0",
        "4.0",
        ".",
        "#VALUE!",
        "often",
        "Always",
        "1e400",
        "NA",
    ]
)


@given(frame=exports(cells=ODD_CELLS), repeat=st.integers(0, 8))
@settings(max_examples=12, deadline=None)
def test_setting_aside_never_invents_or_changes_an_answer(frame, repeat, tmp_path_factory):
    folder = tmp_path_factory.mktemp("aside")
    frame = pd.concat([frame, frame.iloc[[repeat % len(frame)]]], ignore_index=True)
    try:
        responses = read(frame, folder, problems="set aside")
    except al.DataError as error:
        assert {p.kind for p in error.problems} <= {"first code", "more options", "name clash"}
        return
    # Numbers that begin anew are a course of their own.
    case = ["case"] if "case" in responses.columns else []
    assert not responses.duplicated([*KEY, *case]).any()
    for form in responses.itertuples(index=False):
        row = frame.loc[form.row - 2]
        assert (form.client, form.session, form.rater) == (
            row["ID"],
            int(row["Session"]),
            row["Rater"],
        )
        for item, answer in zip(ITEMS, ANSWERS, strict=True):
            assert_taken_over(row[item], getattr(form, answer))


def assert_taken_over(cell: str, answer: float) -> None:
    """An answer is its cell, or missing where the cell holds no allowed answer."""
    words = {"Always": 5.0}
    try:
        number = float(cell.replace(",", "."))
    except ValueError:
        number = words.get(cell, np.nan)
    allowed = number in (1, 2, 3, 4, 5)
    assert answer == number if allowed else np.isnan(answer)
