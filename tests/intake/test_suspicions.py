"""Suspicions: what is allowed but odd is pointed out; plausible data give no warning."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance.intake.copies import copied_forms
from alliance.intake.plausibility import coding_problems, form_problems
from alliance.simulate import World, simulate, worlds


def forms(answers, instrument="wai-sr") -> pd.DataFrame:
    answers = np.asarray(answers, dtype=float)
    frame = pd.DataFrame(answers, columns=[f"item_{n + 1}" for n in range(answers.shape[1])])
    frame.insert(0, "client", [f"c{n // 5:03d}" for n in range(len(frame))])
    frame.insert(1, "session", np.arange(len(frame)) % 5 + 1)
    frame.insert(2, "rater", "client")
    frame.insert(3, "instrument", instrument)
    return frame.assign(row=np.arange(len(frame)) + 2)


def answers_of(instrument, count=60, seed=3) -> np.ndarray:
    """Raw answers of a unidimensional form, reversed items included."""
    key = al.load(instrument)
    rng = np.random.default_rng(seed)
    span = key.maximum - key.minimum
    level = rng.normal(0.68, 0.17, (count, 1)) + rng.normal(0, 0.1, (count, key.items))
    keyed = np.clip(np.round(key.minimum + span * level), key.minimum, key.maximum)
    places = np.array(key.reversed_items, dtype=int) - 1
    keyed[:, places] = key.minimum + key.maximum - keyed[:, places]
    return keyed


def suspicions(frame, instrument) -> list:
    return [*form_problems(frame, instrument), *coding_problems(frame, instrument)]


def kinds(frame, instrument) -> list[str]:
    return [problem.kind for problem in suspicions(frame, al.load(instrument))]


@pytest.mark.parametrize(
    "instrument", ["wai-36", "wai-s", "wai-sr", "haq-ii", "arm-5", "tasc-r", "phq-9"]
)
def test_plain_answers_give_no_warning(instrument):
    assert kinds(forms(answers_of(instrument), instrument), instrument) == []


@pytest.mark.parametrize(
    ("instrument", "items"), [("wai-s", [4, 10]), ("haq-ii", [4, 8, 11, 16, 19])]
)
def test_items_that_look_already_reversed(instrument, items):
    answers, key = answers_of(instrument), al.load(instrument)
    for item in items:
        answers[:, item - 1] = key.minimum + key.maximum - answers[:, item - 1]
    before = answers.copy()
    (problem,) = suspicions(forms(answers, instrument), key)
    assert problem.kind == "already reversed" and not problem.serious
    assert f"Items {', '.join(map(str, items))} (client) run against the others" in problem.what
    assert "Nothing was changed" in problem.fix and "--already-reversed" in problem.fix
    assert (answers == before).all()


def test_items_whose_options_are_flipped():
    answers = answers_of("wai-sr")
    answers[:, [2, 6]] = 6 - answers[:, [2, 6]]
    (problem,) = suspicions(forms(answers), al.load("wai-sr"))
    assert problem.kind == "flipped items" and "Items 3, 7 (client)" in problem.what


def test_a_few_forms_are_too_few_to_say_that_items_are_turned():
    answers = answers_of("wai-sr", count=19)
    answers[:, 2] = 6 - answers[:, 2]
    assert kinds(forms(answers), "wai-sr") == []


def test_four_identical_lines_that_are_quarters_of_a_total():
    rng = np.random.default_rng(1)
    answers = np.round(rng.uniform(5, 10, (40, 4)), 1)
    answers[7], answers[9] = 9.125, 10
    (problem,) = suspicions(forms(answers, "srs"), al.load("srs"))
    assert problem.kind == "equal lines" and not problem.serious
    assert "same mark in 1 of 39" in problem.what and problem.rows.index.tolist() == [9]
    assert "no analysis of items" in problem.fix


def test_identical_lines_in_many_forms():
    rng = np.random.default_rng(1)
    answers = np.round(rng.uniform(5, 10, (40, 4)), 1)
    answers[:6] = [[9.3], [8.7], [9.1], [7.5], [8.2], [6.6]]
    (problem,) = suspicions(forms(answers, "srs"), al.load("srs"))
    assert problem.kind == "equal lines" and problem.rows.index.tolist() == [2, 3, 4, 5, 6, 7]
    answers[3:6] += [0, 0, 0.1, 0]
    assert kinds(forms(answers, "srs"), "srs") == [], "three of forty may be chance"


def test_lines_that_are_all_zero():
    answers = np.round(np.random.default_rng(1).uniform(5, 10, (40, 4)), 1)
    answers[4] = 0
    (problem,) = suspicions(forms(answers, "srs"), al.load("srs"))
    assert problem.kind == "all answers 0" and problem.rows.index.tolist() == [6]


def test_a_highest_answer_that_nobody_gave():
    answers = np.clip(answers_of("wai-sr"), 1, 4)
    (problem,) = suspicions(forms(answers), al.load("wai-sr"))
    assert problem.kind == "highest answer missing" and "may count from 0" in problem.what


def test_copied_answers_are_found_wherever_they_stand():
    study = simulate(World(scale="wai", unanswered_items=0.003), clients=60, seed=5)
    responses = study.responses.assign(row=lambda table: table.index + 2)
    key = al.load("wai-sr")
    assert not copied_forms(responses, key).any()
    source, target = 100, 400
    particular = [1, 5, 2, 4, 1, 3, 5, 2, 4, 3, 1, 5]
    responses.loc[source, key.item_columns] = particular
    responses.loc[target, key.item_columns] = particular
    (problem,) = suspicions(responses, key)
    assert problem.kind == "copied answers" and problem.rows.index.tolist() == [102, 402]
    shuffled = responses.sample(frac=1, random_state=1)
    assert set(shuffled.loc[copied_forms(shuffled, key), "row"]) == {102, 402}


@pytest.mark.parametrize("pattern", [[5] * 12, [4] * 6 + [5] * 6, [3] * 7 + [4, 5, 2, 4, 5]])
def test_patterns_that_people_tick_by_habit_are_not_copies(pattern):
    answers = answers_of("wai-sr")
    answers[[3, 40]] = pattern
    assert not copied_forms(forms(answers), al.load("wai-sr")).any()


def test_a_client_who_answers_the_same_each_time_has_copied_nothing():
    rng = np.random.default_rng(2)
    own = rng.choice([2, 3, 4, 5], (12, 12))
    answers = np.repeat(own, 5, axis=0)
    changed = rng.random(answers.shape) < 0.1
    answers[changed] = rng.choice([2, 3, 4, 5], changed.sum())
    frame = forms(answers)
    assert frame.duplicated([f"item_{n}" for n in range(1, 13)]).any()
    assert not copied_forms(frame, al.load("wai-sr")).any()
    # The same answers from another client are beyond any habit of one's own.
    frame.loc[57, [f"item_{n}" for n in range(1, 13)]] = answers[2]
    assert {2, 57} <= set(np.nonzero(copied_forms(frame, al.load("wai-sr")))[0])


@pytest.mark.parametrize(
    "world",
    [
        {"level": 4.1},
        {"level": 4.7},
        {"level": 3.4},
        {"second_rater": True, "unanswered_items": 0.01},
    ],
)
def test_simulated_clean_studies_give_no_warning(world):
    for seed in (11, 12):
        study = simulate(World(scale="wai", **world), clients=150, seed=seed)
        assert kinds(study.responses, "wai-sr") == []


def test_simulated_session_ratings_with_ceilings_give_no_warning():
    for seed in (11, 12):
        study = simulate(replace(worlds()["A5s"], level=9.8), clients=150, seed=seed)
        assert (study.responses["item_1"] == 10).mean() > 0.4
        assert kinds(study.responses, "srs") == []


def test_an_empty_table_has_nothing_to_suspect():
    assert kinds(forms(answers_of("wai-sr")).iloc[:0], "wai-sr") == []
