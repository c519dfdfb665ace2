"""The way through: each export of a clinic goes from the drop to its results by clicking alone."""

import json
import re

import pandas as pd
import pytest
from exports import google_forms, redcap_labels, titled_workbook
from page_browser import CASES

from alliance.clinic import review
from alliance.clinic.words import texts
from alliance.page.visit import READ, REVIEW

PRIVATE = "Muster"
WRITTEN = {
    "forms.csv": google_forms,
    "redcap.csv": redcap_labels,
    "titled.xlsx": titled_workbook,
}


def click_through(browser, visit, wanted):
    """Answer every question: with the option that holds a wanted word, else with the first."""
    asked = []
    while visit.talk.question is not None and len(asked) < 9:
        text = browser.get(f"/v/{visit.key}").text
        asked.append(re.search(r'name="asked" value="(\w+)"', text)[1])
        labels = [option.label for option in visit.talk.question.options]
        # Only what is likelier than the rest is chosen before.
        every = visit.talk.question.setting == "instrument" and len(labels) > 5
        assert (" checked" in text) != every
        at = next((n for n, label in enumerate(labels) if any(w in label for w in wanted)), 0)
        assert labels, visit.talk.question.asks
        browser.post(f"/v/{visit.key}/answer", {"asked": asked[-1], "choice": str(at)})
    return asked


@pytest.mark.parametrize(
    ("name", "wanted", "questions", "rows", "clients"),
    [
        ("skipped_sessions.csv", (), 0, 96, 12),
        ("totals_dates_only.csv", ("Session Rating Scale, version 3.0",), 2, 96, 12),
        ("forms.csv", ("wai-sr", "Register"), 3, 60, 6),
        ("german_srs.csv", (), 0, 16, 2),
        ("redcap.csv", ("phq-9",), 1, 60, 6),
        ("titled.xlsx", ("joined",), 1, 60, 5),
    ],
)
def test_from_the_drop_to_the_sessions(browser, tmp_path, name, wanted, questions, rows, clients):
    path = WRITTEN[name](tmp_path) if name in WRITTEN else CASES / "clinic" / name
    visit = browser.drop(path)
    assert browser.answer.status_code == 200
    assert len(click_through(browser, visit, wanted)) == questions
    if name == "redcap.csv":
        # The one chosen is about symptoms: the page says so, and takes the other one.
        assert "about symptoms" in browser.get(f"/v/{visit.key}").text
        browser.post(f"/v/{visit.key}/roles", {"instrument": "wai-sr"})
        assert visit.talk.understood.instrument == "wai-sr"
    assert browser.get(f"/v/{visit.key}").text.count("<h1>") == 1
    answer = browser.get(f"/v/{visit.key}/see/ruptures")
    assert answer.status_code == 200 and "<svg" in answer.text
    sessions = visit.jobs[READ].value.sessions
    assert (len(sessions), sessions["client"].nunique()) == (rows, clients)


@pytest.mark.parametrize("part", ["chart", "chance"])
def test_a_window_left_open_while_the_file_is_read_anew_begins_again(browser, part):
    visit = browser.drop(CASES / "clinic" / "german_srs.csv")
    browser.get(f"/v/{visit.key}/see/ruptures")
    browser.post(f"/v/{visit.key}/anew")
    answer = browser.get(f"/v/{visit.key}/{part}")
    assert answer.status_code == 200 and 'id="chart"' in answer.text


def test_own_answers_by_a_number_and_by_a_column(browser, tmp_path):
    path = tmp_path / "own.csv"
    rows = [f"007,{n},{'oefters' if n == 3 else 4}," + ",".join(["4"] * 11) for n in range(1, 9)]
    path.write_text("\n".join(["Who,Nr," + ",".join(f"wai_sr_{n}" for n in range(1, 13)), *rows]))
    visit = browser.drop(path)
    column = {"choice": "own", "own": "Nr"}
    for setting in ("client", "session"):
        assert visit.talk.question.setting == setting
        mark = re.search(r'name="asked" value="(\w+)"', browser.get(f"/v/{visit.key}").text)[1]
        column["own"] = {"client": "Who", "session": "Nr"}[setting]
        browser.post(f"/v/{visit.key}/answer", {"asked": mark, **column})
    mark = re.search(r'name="asked" value="(\w+)"', browser.get(f"/v/{visit.key}").text)[1]
    wrong = browser.post(f"/v/{visit.key}/answer", {"asked": mark, "choice": "own", "own": "x"})
    assert wrong.status_code == 422 and 'role="alert"' in wrong.text
    browser.post(f"/v/{visit.key}/answer", {"asked": mark, "choice": "own", "own": "3"})
    assert visit.talk.question is None and visit.talk.understood.words == {"oefters": 3}
    browser.post(f"/v/{visit.key}/back")
    assert visit.talk.question is not None


def test_two_windows_do_not_answer_each_others_questions(browser, tmp_path):
    one, two = (browser.drop(google_forms(tmp_path)) for _ in range(2))
    mark = re.search(r'name="asked" value="(\w+)"', browser.get(f"/v/{one.key}").text)[1]
    at = [option.label.startswith("wai-sr") for option in one.talk.question.options].index(True)
    browser.post(f"/v/{one.key}/answer", {"asked": mark, "choice": str(at)})
    stood = one.talk
    # The second window of the first file still shows the question that was answered.
    browser.post(f"/v/{one.key}/answer", {"asked": mark, "choice": "0"})
    assert one.talk is stood
    assert two.talk.understood.instrument is None


def test_nobody_is_named_in_an_address_or_a_title(browser, tmp_path, caplog):
    path = tmp_path / f"Anna {PRIVATE}.csv"
    source = (CASES / "clinic" / "german_srs.csv").read_text("utf-8")
    path.write_text(source.replace("K01", f"Anna {PRIVATE}"), "utf-8")
    visit = browser.drop(path)
    shown = browser.get(f"/v/{visit.key}/see/ruptures", params={"client": "0", "rule": "own-mean"})
    assert PRIVATE in shown.text
    browser.get(f"/v/{visit.key}/chance")
    browser.post(f"/v/{visit.key}/make/review")
    assert visit.is_done(REVIEW) and PRIVATE in browser.get(f"/v/{visit.key}/page/review.html").text
    assert not [text for text in browser.seen if PRIVATE in text]
    assert PRIVATE not in caplog.text


def test_a_remembered_mapping_asks_nothing_of_next_weeks_file(browser, desk, tmp_path):
    from alliance.page.visit import Visit

    path = google_forms(tmp_path)
    first = desk.add(Visit(path, beside=tmp_path))
    assert len(click_through(browser, first, ("wai-sr", "Register"))) == 3
    browser.post(f"/v/{first.key}/remember", {"then": "keep"})
    later = path.rename(tmp_path / "next_week.csv")
    second = desk.add(Visit(later, beside=tmp_path))
    assert second.talk.question is None and second.known.name == "forms.mapping.toml"
    browser.post(f"/v/{second.key}/anew")
    assert second.talk.question is not None
    # An uploaded file comes with what was saved.
    kept = browser.get(f"/v/{first.key}/get/columns.mapping.toml")
    assert (
        kept.status_code == 200 and not kept.history or browser.get(f"/v/{first.key}/see/ruptures")
    )
    kept = browser.get(f"/v/{first.key}/get/columns.mapping.toml")
    third = browser.drop(later, mapping=("columns.mapping.toml", kept.content))
    assert third.talk.question is None


def test_the_script_and_the_notebook_give_the_numbers_of_the_page(browser, tmp_path, monkeypatch):
    visit = browser.drop(CASES / "clinic" / "german_srs.csv")
    browser.post(f"/v/{visit.key}/make/review")
    browser.get(
        f"/v/{visit.key}/chart", params={"rule": "own-mean", "threshold": "1.5", "window": "3"}
    )
    table = browser.get(f"/v/{visit.key}/get/ruptures.csv").text
    script = browser.get(f"/v/{visit.key}/get/steps.py").text
    notebook = json.loads(browser.get(f"/v/{visit.key}/get/steps.ipynb").text)
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(part in script for part in code)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "german_srs.csv").write_bytes(visit.path.read_bytes())
    names = {}
    # The last step is the answer, which asks the same function and takes its time.
    exec("\n".join(code[:-1]), names)
    assert "repair_gain(" in code[-1]
    pd.testing.assert_frame_equal(names["sessions"], visit.material.sessions)
    assert names["review"].text() == visit.jobs[REVIEW].value[0]
    assert (tmp_path / "ruptures.csv").read_text() == table and len(table.splitlines()) > 1
    assert names["review"].frame.equals(
        review(visit.material.sessions, responses=visit.material.responses).frame
    )


def test_tables_can_be_saved_and_formulas_are_harmless(browser, tmp_path):
    path = tmp_path / "x.csv"
    rows = [f"=1+1,{n},9,8,9,9" for n in range(1, 9)]
    path.write_text("\n".join(["client,session,srs_1,srs_2,srs_3,srs_4", *rows]))
    visit = browser.drop(path)
    browser.get(f"/v/{visit.key}/see/keep")
    text = browser.get(f"/v/{visit.key}/get/sessions.csv").text
    assert "'=1+1" in text
    assert browser.get(f"/v/{visit.key}/get/sessions.xlsx").content[:2] == b"PK"
    assert browser.get(f"/v/{visit.key}/get/../../passwd").status_code in (404, 200)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_in_the_readers_language(browser, language):
    browser.post("/language", {"language": language, "here": "/"})
    answer = browser.get("/")
    assert f'<html lang="{language}">' in answer.text
    known = texts(language, "alliance.page")
    assert known["start.title"] in answer.text


def test_the_languages_have_the_same_words():
    english, german = texts("en", "alliance.page"), texts("de", "alliance.page")
    assert sorted(english) == sorted(german)
    fields = {key: set(re.findall(r"{(\w+)", text)) for key, text in english.items()}
    assert not [
        key
        for key, text in german.items()
        if not set(re.findall(r"{(\w+)", text)) <= fields[key] | {"n"}
    ]
    same = [key for key, text in english.items() if text == german[key] and len(text.split()) > 2]
    assert same == []


def test_the_synthetic_clinic_is_read_without_a_question_and_called_synthetic(browser):
    answer = browser.post("/example")
    (visit,) = browser.desk.visits.values()
    assert visit.talk.question is None and visit.talk.counts["read"] > 500
    assert texts("en", "alliance.page")["page.synthetic"] in answer.text
