"""The clinic's page: nothing from outside, nothing from data run, everything on it said."""

import base64
import hashlib
import re

import pandas as pd
import pytest

from alliance import simulate
from alliance.clinic import Words, in_this_period, review, review_page
from alliance.clinic.clients_view import Seen
from alliance.clinic.svg import EDGE, HEIGHT

HOSTILE = ("<script>alert(1)</script>", '=HYPERLINK("x")', '"><img src=x onerror=alert(1)>')


@pytest.fixture(scope="module")
def hostile():
    """A synthetic clinic whose clients, therapists and log hold what could do harm."""
    made = simulate.clinic(simulate.worlds()["R0s"], clients=40, days=120, seed=2)
    names = dict(zip(sorted(made.sessions["client"].unique()), HOSTILE, strict=False))
    table = made.sessions.assign(
        client=made.sessions["client"].replace(names),
        therapist=made.sessions["therapist"].replace({"t01": HOSTILE[0]}),
    )
    last = table.drop_duplicates("client", keep="last")
    log = last[["client", "session"]].assign(source="client", tension=1, done=HOSTILE[0])
    log["trigger"] = "power"
    return review(table, log=log, detector="own-past", draws=1, therapists=True, min_clients=2)


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
    tags = re.sub(r">[^<]*<", "><", page[page.index("<body>") : page.rindex("<script>")])
    assert not re.search(r"url\(|\ssrc=|<link", tags)
    assert not re.search(r"https?://|@import", page)


def test_a_score_below_the_axis_is_drawn_at_its_end_and_said_as_it_is(reviewed):
    seen, frame = Seen(reviewed, Words(), None), reviewed.judged.frame
    last = frame.drop_duplicates("client", keep="last").set_index("client")["score"]
    client = last.idxmin()
    assert last[client] < seen.low
    drawing = seen.draw(client)
    assert f"last score {last[client]:.1f}" in drawing
    ring = re.search(r'class="ring"[^>]*cy="([\d.]+)"', drawing)
    assert float(ring[1]) == pytest.approx(HEIGHT - EDGE)


def test_every_part_is_there_and_reachable(page, hostile):
    for key in ("now", "period", "completion", "unspoken", "therapists", "supervision", "reading"):
        assert f'id="{key}"' in page and f'href="#{key}"' in page
    assert page.count('class="sheet"') == len(hostile.supervision) > 0
    assert page.index('id="reading"') > page.rindex('class="sheet"')


def test_figures_have_words_and_tables_captions(page):
    assert page.count("<svg") == page.count('role="img" aria-label="') > 2
    assert page.count("<caption>") == page.count("<table")
    assert len(re.findall(r"<th(?! scope)[ >]", page)) == 0


def test_settings_rule_and_what_was_set_aside_are_on_the_last_page(page, hostile):
    last = page[page.index('id="reading"') :]
    assert hostile.judged.rule.name == "own-past" and Words()("rule.own-past")[:40] in last
    assert "rated sessions of" in last and "<dt>seed</dt><dd>0</dd>" in last


def test_without_dates_log_and_prompts_the_page_stands():
    made = simulate.clinic(simulate.worlds()["R0d"], clients=30, days=60, seed=4)
    bare = made.sessions[["client", "session", "rater", "total"]]
    page = review_page(review(bare, detector="own-past", draws=1))
    words = Words()
    assert words("unspoken.no_log") in page.replace("&#39;", "'") and "Alert</th>" not in page
    assert 'class="months"' not in page and words("period.sessions", n=6) in page


def test_every_client_in_therapy_is_drawn_and_the_quiet_ones_are_behind_a_count(hostile, page):
    now = page[page.index('id="now"') : page.index('id="period"')]
    drawn = hostile.frame["client"].isin(hostile.judged.frame["client"])
    assert now.count("<svg") == drawn.sum()
    calls = now[: now.index("<details>")].count('class="call"')
    assert calls == (hostile.frame["open"] | hostile.frame["fell"]).sum()


def test_a_course_breaks_where_a_session_was_missed():
    from alliance.clinic.svg import course_svg

    course = pd.DataFrame(
        {"session": [1, 2, 4], "score": [30, 31, 20], "inside": [0, 0, 1], "expected": 30}
    )
    drawn = course_svg(course, ends=(0, 40), says="<b>")
    assert (
        drawn.count('class="in"') == 1
        and drawn.count('class="out"') == 2
        and drawn.count('class="ring"') == 1
    )
    scores = re.search(r'class="scores" d="([^"]*)"', drawn)[1]
    assert scores.count("M") == 2 and scores.count("L") == 1
    assert "&lt;b&gt;" in drawn
    levels = re.search(r'class="level" d="([^"]*)"', drawn)[1]
    assert levels.count("M") == 1 and pd.Series(levels).str.count("L").iloc[0] == 2


def test_what_went_unspoken_is_listed_for_the_period(page, hostile):
    section = page[page.index('id="unspoken"') : page.index('id="therapists"')]
    signs = in_this_period(hostile.unspoken, hostile.record, hostile.falls)
    assert section.count('class="sign"') == len(signs) > 0
    assert signs["client"].isin(hostile.frame["client"]).all()


def test_a_page_by_therapist_names_no_other_client(hostile):
    frame = hostile.frame.dropna(subset=["therapist"])
    therapist = frame["therapist"].value_counts().index[0]
    page = review_page(hostile, therapist=therapist)
    body = page[page.index("<body>") :]
    mine = set(hostile.record.clients.query("therapist == @therapist")["client"])
    others = [name for name in hostile.record.clients["client"] if name not in mine]
    assert not [name for name in others if f">{name}<" in body]
    assert 'id="therapists"' not in body and 'id="period"' not in body
