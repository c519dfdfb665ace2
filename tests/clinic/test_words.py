"""The words: every language has the same keys and facts, and the page uses no other."""

import re
import string
from importlib.resources import files

import pandas as pd
import pytest

from alliance.clinic import Settings, Words, languages, review, review_page, watch
from alliance.clinic.judge import LATER
from alliance.clinic.words import Keyed, texts
from alliance.errors import AllianceError
from alliance.instruments import instruments
from alliance.intake.problems import known_problems
from alliance.log import CODES
from alliance.rules import presets
from alliance.study.demo import showcase

PACKAGE = files("alliance.clinic")
# Names, and words of the data and of the program, which no language changes.
NAMES = {
    "session",
    "rating",
    "scale",
    "version",
    "patient",
    "health",
    "questionnaire",
    "depression",
}
NAMES |= {"alliance", "status", "ended", "export", "past", "form", "puls"}


def facts(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_and_german_are_there():
    assert {"en", "de"} <= set(languages())
    with pytest.raises(AllianceError, match="no words for the language 'dd'"):
        Words("dd")


@pytest.mark.parametrize("language", languages())
def test_no_key_is_untranslated(language):
    english, other = texts("en"), texts(language)
    assert sorted(english) == sorted(other)
    assert not [key for key, text in other.items() if not text.strip()]
    # A form for one may leave the number out; nothing else may.
    assert not [key for key in english if not facts(other[key]) <= facts(english[key]) | {"n"}]


def test_every_rule_that_can_judge_on_its_day_has_words():
    named = {key.removeprefix("rule.") for key in texts("en") if key.startswith("rule.")}
    assert named == set(presets()) - {LATER}


def test_german_sentences_are_not_english():
    english, german = texts("en"), texts("de")
    same = [
        key
        for key, text in english.items()
        if text == german[key] and len(text.split()) > 2 and not facts(text)
    ]
    assert same == []


def test_every_key_that_is_used_is_there_and_every_key_is_used():
    code = "".join(
        path.read_text("utf-8")
        for folder in (PACKAGE, PACKAGE / "templates")
        for path in folder.iterdir()
        if path.name.endswith((".py", ".html"))
    )
    known = texts("en")
    for key in re.findall(r"""(?:words|w|head)\(\s*["']([a-z_]+\.[a-z_ ]*[a-z0-9])["']""", code):
        assert key in Words(), key
    groups = {key.split(".")[0] for key in known}
    assert not [group for group in groups if f"{group}." not in code and f'"{group}")' not in code]


def test_alerts_and_codes_of_the_log_have_words():
    words = Words("de")
    prompts = [prompt for each in instruments().values() for prompt in each.prompts]
    said = {text for each in prompts for text in (each.says, each.source, each.sure)}
    assert not [text for text in said if f"alert.{text}" not in words]
    assert not [c.key for codes in CODES.values() for c in codes if f"code.{c.key}" not in words]


def test_numbers_and_dates_are_written_as_the_language_does():
    words = Words("de")
    assert words.write(1234.5, ",.1f") == "1.234,5"
    assert words.write("2026-03-14", "date") == "14.03.2026"
    assert words("loss.says", rows=2, of=1000, share=0.002, what="x") == "2 von 1.000 (0 %) x"


def test_the_reasons_of_the_monitor_are_in_its_language(tmp_path):
    table = pd.DataFrame(
        {"client": "a", "session": range(1, 5), "rater": "client", "total": [6.0, 6.1, 4.0, 4.1]}
    )
    kept = tmp_path / "kept.sqlite"
    with watch(table, kept, detector="v-episode", language="de"):
        pass
    changed = table.assign(total=[6.0, 6.1, 6.0, 6.1])
    with watch(changed, kept, detector="v-episode", language="de") as news:
        told = news.frame
    said = [*told["because"], *told["said_before"]]
    english = {texts("en")[key] for key in texts("en") if key.startswith("because.")}
    assert len(told) and all(said)
    assert not [text for text in said for word in english if "{" not in word and word in text]
    assert told["because"].str.startswith("der Export").all()


def words_of(*texts):
    plain = " ".join(re.sub(r"\{[^}]*\}", " ", text) for text in texts)
    return {word.casefold() for word in re.findall(r"[^\W\d_]{4,}", plain)}


def seen(page):
    """What a reader sees or is read aloud, drawings included."""
    page = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.S)
    labels = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', page)
    return [*labels, re.sub(r"<[^>]+>", " ", page)]


def test_no_english_word_is_left_on_the_german_pages(tmp_path):
    made = showcase(60)
    settings = Settings(draws=1, therapists=True)
    how = (Keyed.of("how.noted_rows", what="codes alike", n=2), Keyed.of("how.empty", n=1))
    with watch(made.sessions, tmp_path / "kept.sqlite", settings, language="de") as news:
        found = review(
            made.sessions,
            settings,
            log=made.study.log,
            outcomes=made.outcomes,
            judged=news.judged,
        )
        pages = [review_page(found, language="de", news=news, how=how), news.html()]
        few = review(made.sessions.head(40), draws=1)
        pages += [review_page(few, language="de", how=how), news.text()]
    told = words_of(*(text for page in pages for text in seen(page)))
    english = words_of(*texts("en").values()) - words_of(*texts("de").values()) - NAMES
    assert len(told) > 300 and not told & english
    assert "Fallkennungen" in pages[0] and "2 Zeilen" in pages[0]


def test_every_kind_of_problem_has_words():
    kinds = [entry.get("kind", name) for name, entry in known_problems().items()]
    assert len(kinds) > 30
    assert not {kind for kind in kinds if f"problem.{kind}" not in Words("de")} - {"date"}
