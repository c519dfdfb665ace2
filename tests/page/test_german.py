"""The page in German is German throughout: what it says itself, and what the reader of files says."""

import ast
import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from exports import google_forms
from page_browser import CASES
from test_way import click_through

import alliance.intake
from alliance.clinic.words import texts
from alliance.instruments import choices, instruments
from alliance.page.said import said
from alliance.page.visit import RESULTS
from alliance.rules import presets

# Words of every English sentence that no German one holds.
ENGLISH = set(
    re.findall(
        r"\w+",
        "the of and is are were which with not no from by has have what it its this that be to as "
        "on for than must hold holds could where there",
    )
)
# Said to those who write mappings and arguments by hand, never on the page.
BY_HAND = ("mapping.py", "check.py", "starting_map.py", "own_tables.py")
ARGUMENTS = (
    "7 must be a number above 0",
    "problems must be",
    "The metric must",
    "The separator must",
    "The scores must",
)
# Sentences whose subject and verb are put together: one that occurs.
PUT_TOGETHER = {
    "7 held without": "2 sessions were held without",
    "7 7 more than": "2 clients have more than",
    "the total: 7 (7)": "the total: 7 (sum)",
    "score: 7 7 empty": "score: 7 is empty",
    "cells in 7 7: 7": "cells in 7 rows: 7",
    "write 7.": "write {item}.",
}
INTAKE = Path(alliance.intake.__file__).parent
SOURCES = [path for path in sorted(INTAKE.glob("*.py")) if path.name not in BY_HAND]
SOURCES += [INTAKE / "problems.toml", INTAKE / "questions.toml"]


def english_words(text):
    return sorted(ENGLISH & set(re.findall(r"[a-zäöüß]+", text.lower())))


def literal(node):
    """Return the text of a node with X for what changes; None if it is no text."""
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "7" for v in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts_of(path):
    """Return the texts with which a file of the reader asks, remarks or refuses."""
    if path.suffix == ".toml":
        for said_so in tomllib.loads(path.read_text("utf-8")).values():
            yield re.sub(r"\{\w+\}", "7", said_so.get("what") or said_so["asks"])
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        texts = []
        if isinstance(node, ast.keyword) and node.arg in ("asks", "what", "label"):
            texts = [node.value]
        elif isinstance(node, ast.Assign):
            texts = [node.value] if ast.unparse(node.targets[0]) in ("asks", "what") else []
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "AllianceError":
            texts = node.args[:2]
        yield from (literal(each) or "" for each in texts)


def sentences_of(path):
    """Return what a file of the reader can ask, remark or refuse."""
    for text in texts_of(path):
        text = text.split("\nTo fix")[0]
        if " " in text and not text.startswith(ARGUMENTS):
            for apart, whole in PUT_TOGETHER.items():
                text = text.replace(apart, whole)
            yield re.sub(r"(?<=[.'])7+$", "", text)  # a second sentence of its own


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_what_the_reader_says_is_known_in_german(path):
    left = {text: english_words(said(text, "de")) for text in sentences_of(path)}
    assert {text: words for text, words in left.items() if words} == {}


@pytest.mark.parametrize("choice", choices(), ids=lambda choice: choice.name)
def test_what_several_questionnaires_share_is_asked_in_german(choice):
    asks = f"The columns {choice.name}_1 hold {choice.question().splitlines()[0]}"
    assert english_words(said(asks, "de").replace("Alliance Inventory", "")) == []


def shown(page):
    """Return what is read on a page, but what stands in the file itself or is marked as English."""
    page = re.sub(r"<(head|script|select|td)\b.*?</\1>", " ", page, flags=re.S)
    page = re.sub(r'<(\w+)[^>]*\blang="en"[^>]*>.*?</\1>', " ", page, flags=re.S)
    labels = re.findall(r'(?:aria-label|alt|title)="([^"]*)"', page)
    text = unescape(re.sub(r"<[^>]+>", " ", page) + " ".join(labels))
    for each in instruments().values():
        text = text.replace(each.name, "")  # questionnaires keep their names
    return text


@pytest.fixture
def german(browser):
    browser.post("/language", {"language": "de", "here": "/"})
    return browser


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("totals_dates_only.csv", ("Session Rating Scale, version 3.0",)),
        ("forms.csv", ("wai-sr", "Register")),
        ("german_srs.csv", ()),
        ("book_merged_clients.xlsx", ("joined",)),
        ("two_dates.csv", ()),
    ],
)
def test_questions_and_results_are_german(german, tmp_path, monkeypatch, name, wanted):
    path = CASES / "clinic" / name
    if name == "forms.csv":
        path = google_forms(tmp_path)
    elif name == "two_dates.csv":
        path = tmp_path / name
        rows = [
            f"A{n % 3},{n // 3 + 1},0{n % 7 + 1}/0{n % 9 + 1}/2026,9,8,{99 if n == 5 else 8},9"
            for n in range(12)
        ]
        path.write_text("\n".join(["client,session,date,srs_1,srs_2,srs_3,srs_4", *rows]))
    visit, seen = german.drop(path), []
    get = german.get
    monkeypatch.setattr(german, "get", lambda *a, **k: seen.append(get(*a, **k)) or seen[-1])
    click_through(german, visit, wanted)
    for part in ("", *(f"/see/{name}" for name in RESULTS), "/chance"):
        german.get(f"/v/{visit.key}{part}")
    assert len(seen) > len(RESULTS)
    for each in seen:
        assert english_words(shown(each.text)) == [], shown(each.text)


@pytest.mark.parametrize("name", ["beyond_row.xlsx", "segfault_one_byte.sav"])
def test_what_cannot_be_read_is_said_in_german(german, name):
    german.drop(CASES / "hostile" / name)
    assert german.answer.status_code == 422
    assert english_words(shown(german.answer.text)) == []


def test_every_rule_has_a_plain_name():
    for language in ("en", "de"):
        known = texts(language, "alliance.page")
        assert {f"rule.{name}" for name in presets()} <= set(known)
