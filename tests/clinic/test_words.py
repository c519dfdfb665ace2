"""The words: every language has the same keys and facts, and the page uses no other."""

import re
import string
from importlib.resources import files

import pandas as pd
import pytest

from alliance.clinic import Words, languages, watch
from alliance.clinic.words import texts
from alliance.errors import AllianceError
from alliance.instruments import instruments
from alliance.log import CODES

PACKAGE = files("alliance.clinic")


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
    assert not [group for group in groups if f"{group}." not in code]


def test_alerts_and_codes_of_the_log_have_words():
    words = Words("de")
    says = {prompt.says for each in instruments().values() for prompt in each.prompts}
    assert not [text for text in says if f"alert.{text}" not in words]
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
