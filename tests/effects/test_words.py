"""Results on scores that are no alliance say what the scores, the people and the occasions are."""

import re
from pathlib import Path

import pandas as pd
import pytest

from alliance import landmark_comparison, read_scores, repair_gain
from alliance.effects import Words

DIARY = Path(__file__).parents[2] / "data" / "couples_diary" / "diary.csv"
CONTENTMENT = Words(score="the woman's daily contentment", person="couple", occasion="day")


@pytest.fixture(scope="module")
def diary() -> pd.DataFrame:
    days = read_scores(
        DIARY,
        client="ID",
        session="DIARYDAY",
        scores={"contentment": "{rater}_Con."},
        raters={"M": "man", "W": "woman"},
    )
    return days.assign(session=days["session"] + 1)


@pytest.mark.parametrize("ask", [repair_gain, landmark_comparison])
def test_the_couples_diary_reads_as_what_it_is_with_its_chance_level(diary, ask):
    answer = ask(
        diary, scale="contentment", rater="woman", surrogates=19, rng=1, called=CONTENTMENT
    )
    assert answer.answered
    text = answer.text()
    assert "the woman's daily contentment" in text
    assert "in 19 surrogate studies with the same days" in text.lower()
    assert "p = " in text and "among the surrogates" in text
    assert "nothing is said of an alliance" in text
    without = text.replace("nothing is said of an alliance", "")
    assert not re.search(r"alliance|client|session|therap", without, re.IGNORECASE)
    assert 0 < answer.surrogate.p < 1


def test_a_name_alone_is_enough(diary):
    text = repair_gain(diary, scale="contentment", rater="man", called="his contentment").text()
    assert text.startswith("After each repaired rupture his contentment was")
    assert "nothing is said of an alliance" in text


def test_an_alliance_is_called_so_by_default(diary):
    text = repair_gain(diary, scale="contentment", rater="man").text()
    assert text.startswith("After each repaired rupture the man's contentment was")
    assert "nothing is said" not in text


def test_scores_that_are_better_when_low_are_told_as_they_are(diary):
    turned = diary.assign(contentment=4 - diary["contentment"])
    settings = {"scale": "contentment", "rater": "man"}
    plain, other = (
        repair_gain(diary, **settings),
        repair_gain(turned, higher_is_better=False, **settings),
    )
    way = "higher" if plain.estimate > 0 else "lower"
    assert f"points {way} than" in plain.text()
    assert (
        f"points {'lower (better)' if way == 'higher' else 'higher (worse)'} than" in other.text()
    )
