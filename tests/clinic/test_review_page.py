"""The clinic's page: nothing from outside, nothing from data run, everything on it said."""

import base64
import hashlib
import re

import pandas as pd
import pytest

from alliance import simulate
from alliance.clinic import review, review_page

HOSTILE = ("<script>alert(1)</script>", '=HYPERLINK("x")', '"><img src=x onerror=alert(1)>')


@pytest.fixture(scope="module")
def hostile():
    """A synthetic clinic whose clients, therapists and log hold what could do harm."""
    made = simulate.clinic(simulate.worlds()["R0s"], clients=40, days=120, rng=2)
    names = dict(zip(sorted(made.sessions["client"].unique()), HOSTILE, strict=False))
    table = made.sessions.assign(
        client=made.sessions["client"].replace(names),
        therapist=made.sessions["therapist"].replace({"t01": HOSTILE[0]}),
    )
    last = table.drop_duplicates("client", keep="last")
    log = last[["client", "session"]].assign(source="client", tension=1, done=HOSTILE[0])
    log["trigger"] = "power"
    return review(table, log=log, detector="own-past", draws=1, therapists=True, fewest=2)


@pytest.fixture(scope="module")
def page(hostile):
    """Its page."""
    return review_page(hostile, how=(f"Read as {HOSTILE[0]}.",))


def test_what_stands_in_the_data_is_only_ever_text(page):
    body = page[page.index("<body>") : page.rindex("<script>")]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "<script" not in body and "<img" not in body
    assert not re.search(r"\son[a-z]+=", re.sub(r">[^<]*<", "><", body))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for tag, name in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert " style=" not in page
    assert not re.search(r"https?://|url\(|@import|\ssrc=|<link", page)


def test_every_part_is_there_and_reachable(page, hostile):
    for key in ("now", "period", "unspoken", "therapists", "supervision", "reading"):
        assert f'id="{key}"' in page and f'href="#{key}"' in page
    assert page.count('class="sheet"') == len(hostile.supervision) > 0
    assert page.index('id="reading"') > page.rindex('class="sheet"')
    for text in ("own response", "Your fears", "Your patterns", "Support", "no ranking"):
        assert text in page
    assert "cut" not in hostile.record.counts


def test_figures_have_words_and_tables_captions(page):
    assert page.count("<svg") == page.count('role="img" aria-label="') > 2
    assert page.count("<caption>") == page.count("<table")
    assert len(re.findall(r"<th(?! scope)[ >]", page)) == 0


def test_settings_rule_and_what_was_set_aside_are_on_the_last_page(page, hostile):
    last = page[page.index('id="reading"') :]
    assert hostile.detector.rule.text().split(".")[0][:40] in last.replace("&#39;", "'")
    assert "rated sessions of" in last and "<dt>seed</dt><dd>0</dd>" in last
    assert "simulated clinics" in last or "could not be computed" in last


def test_without_dates_log_and_prompts_the_page_stands():
    made = simulate.clinic(simulate.worlds()["R0d"], clients=30, days=60, rng=4)
    bare = made.sessions[["client", "session", "rater", "total"]]
    page = review_page(review(bare, detector="own-past", draws=1))
    assert "No rupture log was given" in page and "Prompt</th>" not in page
    assert "by month" not in page and "last 6 rated sessions" in page


def test_only_those_who_need_attention_are_drawn(hostile, page):
    drawn = page[page.index('id="now"') : page.index('id="period"')].count("<svg")
    assert 0 < drawn < len(hostile.frame)
    assert drawn == int((hostile.frame["probability"] >= 0.2).sum())


def test_a_course_breaks_where_a_session_was_missed():
    from alliance.clinic.svg import course_svg

    drawn = course_svg([1, 2, 4], [30, 31, 20], [0, 0, 1], [30, 30, 30], low=0, high=40, says="<b>")
    assert drawn.count('class="in"') == 1 and drawn.count('class="out"') == 2
    scores = re.search(r'class="scores" d="([^"]*)"', drawn)[1]
    assert scores.count("M") == 2 and scores.count("L") == 1
    assert "&lt;b&gt;" in drawn
    levels = re.search(r'class="level" d="([^"]*)"', drawn)[1]
    assert levels.count("M") == 1 and pd.Series(levels).str.count("L").iloc[0] == 2


def test_what_went_unspoken_is_listed_for_the_period(page, hostile):
    section = page[page.index('id="unspoken"') : page.index('id="therapists"')]
    assert "None of these is proof" in section
    listed = section.count("<tr>") - 1
    from alliance.clinic.silences import in_this_period

    signs = in_this_period(hostile.unspoken, hostile.record)
    assert listed == len(signs) > 0
    assert signs["client"].isin(hostile.frame["client"]).all()
    assert set(signs["sign"]) <= {
        "a dip nobody logged",
        "logged, without a dip",
        "perfect ratings in a row",
    }
