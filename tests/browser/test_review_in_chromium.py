"""The clinic's page in a browser: no request, no error, accessible, sorted by keyboard, quick to open."""

import time

import pytest
from in_chromium import serious

from alliance import simulate
from alliance.clinic import review, review_page

HOSTILE = {"c001": "<script>alert(1)</script>", "c002": '=HYPERLINK("x")'}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the page of a synthetic clinic lies."""
    made = simulate.clinic(simulate.worlds()["R0s"], clients=60, days=150, seed=2)
    table = made.sessions.assign(client=made.sessions["client"].replace(HOSTILE))
    last = table.drop_duplicates("client", keep="last")
    log = last[["client", "session"]].assign(
        source="client", tension=1, trigger="power", done="<img src=x onerror=alert(1)>"
    )
    found = review(table, log=log, detector="own-past", draws=1, therapists=True, min_clients=2)
    path = tmp_path_factory.mktemp("stick") / "review.html"
    path.write_text(review_page(found), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(params=["light", "dark"])
def opened(chromium, address, request):
    """The page in light and in dark, with what it asked for and what it complained of."""
    context = chromium.new_context(color_scheme=request.param)
    page = context.new_page()
    page.asked, page.said = [], []
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
    started = time.perf_counter()
    page.goto(address)
    page.seconds = time.perf_counter() - started
    yield page
    context.close()


def test_it_asks_for_nothing_and_complains_of_nothing(opened, address):
    assert opened.asked == [address]
    assert opened.said == []


def test_axe_finds_nothing_serious(opened):
    assert serious(opened) == []


def test_tables_sort_by_keyboard_and_say_so(opened):
    others = opened.locator("#now ~ details").first
    others.locator("summary").focus()
    opened.keyboard.press("Enter")
    head = others.locator("thead th", has_text="Last session")
    head.locator("button").focus()
    place = head.evaluate("e => e.cellIndex + 1")

    def column():
        return [
            int(text) for text in others.locator(f"tbody td:nth-child({place})").all_inner_texts()
        ]

    before = column()
    opened.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column() == sorted(before) != before
    opened.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert column() == sorted(before, reverse=True)


def test_it_prints_each_sheet_on_one_page_of_its_own(opened):
    opened.emulate_media(media="print")
    for sheet in opened.locator(".sheet").all():
        # A4 less margins is 267 mm high: 1,009 pixels of 1/96 inch.
        sheet.evaluate("e => { e.open = true; }")
        assert sheet.evaluate("e => getComputedStyle(e).breakBefore") == "page"
        assert sheet.bounding_box()["height"] < 1009


def test_it_can_be_read_without_its_script(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(120_000)
    # On a busy machine Chromium may still be laying the page out when it counts as loaded.
    page.goto(address, wait_until="load")
    page.locator("section").last.wait_for(state="attached")
    assert page.locator("h2").count() == page.locator("section").count() > 5
    assert page.locator("thead button").count() == 0
    context.close()
