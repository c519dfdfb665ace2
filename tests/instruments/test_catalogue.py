"""The catalogue against the facts it rests on, entered here a second time by hand."""

import pytest

from alliance import instruments
from alliance.errors import AllianceError

# number of items, answers, reversed items, score with every answer at its maximum (sum), metric
FACTS = {
    "wai-36": (36, 1, 7, [1, 3, 7, 9, 10, 11, 12, 15, 20, 27, 29, 31, 33, 34], 168, "mean"),
    "wai-s": (12, 1, 7, [4, 10], 72, "mean"),
    "wai-sr": (12, 1, 5, [], 60, "mean"),
    "br-wai": (16, 1, 5, [4, 8, 12, 16], 64, "sum"),
    "srs": (4, 0, 10, [], 40, "sum"),
    "csrs": (4, 0, 10, [], 40, "sum"),
    "haq-ii": (19, 1, 6, [4, 8, 11, 16, 19], 89, "sum"),
    "arm-5": (5, 1, 7, [3], 29, "mean"),
    "tasc-r": (12, 1, 4, [2, 5, 7, 8, 11], 33, "sum"),
    "phq-9": (9, 0, 3, [], 27, "sum"),
    "gad-7": (7, 0, 3, [], 21, "sum"),
    "ors": (4, 0, 10, [], 40, "sum"),
    "bdi-ii": (21, 0, 3, [], 63, "sum"),
}
SCALES = {
    "wai-36": {
        "task": {2, 4, 13, 16, 18, 24, 35} | {7, 11, 15, 31, 33},
        "bond": {5, 8, 17, 19, 21, 23, 26, 28, 36} | {1, 20, 29},
        "goal": {6, 14, 22, 25, 30, 32} | {3, 9, 10, 12, 27, 34},
    },
    "wai-s": {"task": {1, 2, 8, 12}, "bond": {3, 5, 7, 9}, "goal": {4, 6, 10, 11}},
    "wai-sr": {"task": {1, 2, 10, 12}, "bond": {3, 5, 7, 9}, "goal": {4, 6, 8, 11}},
}


@pytest.mark.parametrize("key", FACTS)
def test_structure_and_check_value(key):
    items, low, high, reversed_items, at_maximum, metric = FACTS[key]
    instrument = instruments.load(key)
    assert (instrument.items, instrument.minimum, instrument.maximum) == (items, low, high)
    assert list(instrument.reversed_items) == reversed_items
    assert instrument.metric == metric
    assert instrument.pencil_score([high] * items, "total", "sum") == at_maximum
    assert at_maximum == high * (items - len(reversed_items)) + low * len(reversed_items)


@pytest.mark.parametrize("key", SCALES)
def test_scales_are_as_published_and_partition_the_items(key):
    instrument = instruments.load(key)
    for scale, numbers in SCALES[key].items():
        assert set(instrument.scales[scale]) == numbers
    everything = [number for numbers in SCALES[key].values() for number in numbers]
    assert sorted(everything) == list(range(1, instrument.items + 1))


def test_wai_36_scales_at_maximum():
    scores = {"task": 54, "bond": 66, "goal": 48}
    wai = instruments.load("wai-36")
    assert {scale: wai.pencil_score([7] * 36, scale, "sum") for scale in scores} == scores


@pytest.mark.parametrize(
    ("key", "total", "cutoffs", "changes"),
    [
        ("phq-9", (0, 27), {10}, {6, 5}),
        ("gad-7", (0, 21), {8, 10}, {4}),
        ("core-10", (0, 40), {11, 13}, {6}),
        ("core-om", (0, 40), {10}, {5}),
        ("oq-45", (0, 180), {64}, {14}),
        ("ors", (0, 40), {25, 32}, {5}),
        ("bdi-ii", (0, 63), {14}, {8.46}),
        ("srs", (0, 40), {36}, set()),
    ],
)
def test_cutoffs_and_reliable_change(key, total, cutoffs, changes):
    instrument = instruments.load(key)
    assert instrument.score_range("total") == total
    assert {cutoff.value for cutoff in instrument.cutoffs} == cutoffs
    assert {change.points for change in instrument.reliable_changes} == changes
    assert all(part.source for part in (*instrument.cutoffs, *instrument.reliable_changes))


def test_direction():
    lower = {"phq-9", "gad-7", "core-10", "core-om", "oq-45", "bdi-ii"}
    found = {key for key, one in instruments.instruments().items() if not one.higher_is_better}
    assert found == lower


def test_every_alliance_measure_carries_a_worked_case_and_how_it_was_checked():
    for instrument in instruments.instruments().values():
        assert instrument.checked
        assert instrument.reference
        assert instrument.worked or instrument.totals_only


@pytest.mark.parametrize("spelling", ["wai-sr", "WAI_SR", "waisr", "Wai Sr"])
def test_spelling_does_not_matter(spelling):
    assert instruments.load(spelling).key == "wai-sr"


def test_unverified_questionnaires_ask_for_a_key():
    with pytest.raises(AllianceError, match="CALPAS|California") as caught:
        instruments.load("CALPAS")
    assert "--template" in str(caught.value)
    named = {entry.key for entry in instruments.keys_needed()}
    assert {"calpas", "arm-28", "arm-12", "star", "sai", "rri"} <= named
    assert not named & set(instruments.instrument_names())


def test_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(AllianceError, match="Did you mean 'wai-sr'"):
        instruments.load("wai-srr")


def test_catalogue_holds_no_item_wording():
    from importlib.resources import files

    for entry in (files("alliance.instruments") / "catalogue").iterdir():
        text = entry.read_text("utf-8")
        assert "item_text" not in text and "wording =" not in text


def test_prompts_of_the_srs_by_hand():
    import numpy as np

    level, drop = instruments.load("srs").prompts
    scores, previous = np.array([35.9, 36.0, 36.1, np.nan]), np.array([36.9, 36.9, 37.2, 40])
    # 36 itself is fine; 36.9 to 35.9 and 37.2 to 36.1 are falls of a point or more, 36.9 to 36 is not.
    assert level.applies(scores, previous).tolist() == [True, False, False, False]
    assert drop.applies(scores, previous).tolist() == [True, False, True, False]
    assert all(prompt.source and prompt.sure for prompt in (level, drop))


def test_an_unknown_kind_of_prompt_is_refused():
    with pytest.raises(AllianceError, match="A prompt must be"):
        instruments.Prompt(kind="above", value=1, says="x", source="y", sure="z")
