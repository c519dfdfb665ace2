"""Attacks on the page: who may not ask is turned away, and what is sent stays where it belongs."""

import re

import pytest
from page_browser import CASES, HOST, Browser

from alliance.page.folder import safe_name

FORM = {"language": "de", "here": "/"}


def test_the_token_lets_in_once_and_becomes_a_strict_cookie(desk):
    token, one = desk.known.token, Browser(desk)
    answer = one.enter()
    cookie = answer.history[0].headers["set-cookie"]
    assert answer.status_code == 200 and "token" not in str(answer.url)
    assert cookie.startswith("alliance-5555=")
    assert {"HttpOnly", "SameSite=strict"} <= set(re.split("; ", cookie))
    other = Browser(desk)
    assert other.get("/start", params={"token": token}).status_code == 403
    assert one.get("/start", params={"token": token}).status_code == 200, "it is in already"


@pytest.mark.parametrize("token", ["", "x" * 43, "'; --", "é"])
def test_a_guessed_token_is_refused_and_spends_nothing(desk, token):
    assert Browser(desk).get("/start", params={"token": token}).status_code == 403
    assert Browser(desk).enter().status_code == 200


def test_without_the_cookie_there_is_nothing_to_see(desk, browser):
    stranger = Browser(desk)
    visit = browser.drop(CASES / "clinic" / "german_srs.csv")
    for path in ("/", f"/v/{visit.key}", f"/v/{visit.key}/get/sessions.csv", "/static/page.js"):
        assert stranger.get(path).status_code == 403
    cookie = {"alliance-5555": "x" * 43}
    assert stranger.get("/", headers={"cookie": f"{cookie}"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:5555"},
        {"host": "127.0.0.1"},
        {"host": "localhost:5555"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_rebinding_host_and_another_page_are_refused(browser, headers):
    assert browser.get("/").status_code == 200
    assert browser.get("/", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8888", "http://localhost:5555", ""]
)
def test_another_sites_form_is_refused(browser, origin):
    assert browser.post("/language", FORM, headers={"origin": origin}).status_code == 403
    assert browser.desk.language == "en"
    assert browser.post("/language", FORM).status_code == 200
    assert browser.desk.language == "de"


def test_other_methods_and_listings_are_refused(browser):
    assert browser.ask("PUT", "/").status_code == 403
    assert browser.ask("OPTIONS", "/").status_code == 403
    for path in ("/static/", "/static", "/static/../app.py", "/static/%2e%2e/app.py", "/v/"):
        assert browser.get(path).status_code == 404


def test_every_answer_forbids_what_pages_do_not_need(browser):
    for path in ("/", "/nothing", "/static/page.css"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert not [name for name in headers if name.startswith("access-control")]


def test_no_page_has_script_or_style_of_its_own(browser):
    visit = browser.drop(CASES / "clinic" / "german_srs.csv")
    for path in ("/", f"/v/{visit.key}", f"/v/{visit.key}/see/ruptures"):
        text = browser.get(path).text
        assert not re.search(r"<script(?! src=\"/static)|<style|\sstyle=|\son[a-z]+=", text)
        assert set(re.findall(r"https?://[^\"'< ]+", text)) <= {HOST}


@pytest.mark.parametrize(
    "name",
    ["../../../escaped.csv", "..\\..\\escaped.csv", "/etc/escaped.csv", "a\x00b/escaped.csv"],
)
def test_a_name_leads_nowhere_else(browser, name):
    visit = browser.drop(CASES / "clinic" / "german_srs.csv", name)
    assert visit.path.parent.parent == browser.desk.folder
    assert visit.path.name == "escaped.csv"


@pytest.mark.parametrize("name", ["", ".", "..", "...", "/", "x" * 3000 + ".csv", ".csv"])
def test_a_safe_name_is_one_that_a_folder_can_hold(name, tmp_path):
    (tmp_path / safe_name(name)).write_text("x")
    assert len(list(tmp_path.iterdir())) == 1


def test_300_megabytes_are_refused_and_nothing_is_kept(browser):
    async def sent(megabytes):
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
        for _ in range(megabytes):
            yield b"x" * 1_000_000
        yield b"\r\n--b--\r\n"

    kind = {"content-type": "multipart/form-data; boundary=b"}
    length = {"content-length": "300000000"}
    said = browser.ask("POST", "/file", content=sent(300), headers=kind | length)
    assert said.status_code == 413 and "100 MB" in said.text
    browser.desk.known.largest = 3_000_000
    silent = browser.ask("POST", "/file", content=sent(9), headers=kind)
    assert silent.status_code == 413
    assert browser.desk.visits == {} and list(browser.desk.folder.iterdir()) == []
    assert browser.ask("POST", "/file", content=sent(1), headers=kind).status_code < 500
    assert len(browser.desk.visits) == 1


def test_markup_in_a_file_stays_text(browser, tmp_path):
    path = tmp_path / "x.csv"
    rows = [f'"<script>alert({n})</script>",{n},9,8,9,9' for n in range(1, 9)]
    path.write_text("\n".join(["<b>ID</b>,Session,srs_1,srs_2,srs_3,srs_4", *rows]))
    visit = browser.drop(path)
    visit.say(visit.talk.state(client="<b>ID</b>"))
    for part in ("", "/see/ruptures", "/chart"):
        text = browser.get(f"/v/{visit.key}{part}").text
        assert "<script>alert" not in text and "<b>" not in text
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize("name", ["endless_loop.ods", "segfault_one_byte.sav", "beyond_row.xlsx"])
def test_a_hostile_file_is_a_sentence(browser, name, monkeypatch):
    monkeypatch.setenv("ALLIANCE_READ_SECONDS", "1")
    browser.drop(CASES / "hostile" / name)
    assert browser.answer.status_code == 422 and "To fix" in browser.answer.text
    assert browser.get("/").status_code == 200
