"""The page in a browser: from the drop to the review, in light and dark, without a terminal.

Set ALLIANCE_SCREENSHOTS to a folder to keep what was seen, as in docs/screenshots.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if not os.environ.get("ALLIANCE_BROWSER"):
    pytest.skip("starts servers and a browser: run it with make browser", allow_module_level=True)
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
if CHROMIUM is None:
    pytest.skip("needs Chromium", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra [browser]")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="needs the extra [browser]"
)

CASES = Path(__file__).parents[1] / "cases" / "clinic"
PATIENCE = 120_000


@pytest.fixture
def address(tmp_path):
    """The address of a page of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "alliance", "open", "--no-browser"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    lines = iter(process.stdout.readline, "")
    yield next(line.strip() for line in lines if line.startswith("http"))
    process.terminate()
    process.wait(30)
    process.stdout.close()
    assert list(tmp_path.glob("alliance-*/.page.*")) == []


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window and with an empty profile."""
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, address):
    """Return a way to open the page: what it asked elsewhere and complained of is kept and held."""
    contexts, seen = [], []

    def one(**settings):
        context = browser.new_context(viewport={"width": 1000, "height": 760}, **settings)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        host = address.split("/start")[0]
        page.on(
            "request", lambda r: None if r.url.startswith((host, "data:")) else seen.append(r.url)
        )
        page.on(
            "console", lambda m: seen.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.goto(address)
        contexts.append(context)
        return page

    yield one
    for context in contexts:
        context.close()
    assert seen == []


def keep(page, name):
    """Keep a picture, where ALLIANCE_SCREENSHOTS says."""
    if folder := os.environ.get("ALLIANCE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def sound(page):
    """Hold that the page is accessible and fits its window."""
    found = axe.Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def choose(page, path):
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Read the file").click()


def settle(page, wanted):
    """Answer each question: with the first of the wanted words that is offered, else the likely one."""
    while page.locator("fieldset input[name=choice]").count():
        for word in wanted:
            option = page.locator("label", has_text=word).locator("input[type=radio]")
            if option.count():
                option.first.check()
                break
        page.get_by_role("button", name="Next").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_step_of_the_synthetic_clinic(opened, scheme):
    page = opened(color_scheme=scheme)
    sound(page)
    keep(page, f"page_start_{scheme}")
    page.get_by_role("button", name="Try the synthetic clinic").click()
    page.get_by_role("heading", name="What was found in the file").wait_for()
    sound(page)
    keep(page, f"page_found_{scheme}")
    page.get_by_role("button", name="make the review").click()
    page.frame_locator("iframe").locator("h1").wait_for()
    sound(page)
    keep(page, f"page_review_{scheme}")
    page.get_by_role("link", name="Ruptures, client by client").click()
    chart = page.locator("#chart svg")
    before = chart.inner_html()
    slider = page.locator("#threshold")
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "before => document.querySelector('#chart svg').innerHTML !== before", arg=before
    )
    sound(page)
    keep(page, f"page_ruptures_{scheme}")
    page.get_by_role("link", name="Keep and go on").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="steps.ipynb").click()
    assert saved.value.suggested_filename == "steps.ipynb"
    sound(page)
    page.get_by_role("button", name="Finish and wipe").click()
    page.get_by_role("heading", name="Finished").wait_for()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("skipped_sessions.csv", ()),
        ("totals_dates_only.csv", ("Session Rating Scale, version 3.0",)),
        ("german_srs.csv", ()),
        ("book_merged_clients.xlsx", ("sheets joined",)),
    ],
)
def test_from_the_drop_to_the_review(opened, name, wanted):
    page = opened()
    choose(page, CASES / name)
    page.locator("h1").wait_for()
    if page.locator("fieldset input[name=choice]").count():
        sound(page)
        keep(page, f"page_question_{Path(name).stem}")
    settle(page, wanted)
    page.get_by_role("button", name="make the review").click()
    page.frame_locator("iframe").locator("h1").wait_for()


def test_without_javascript_and_at_twice_the_size(opened):
    page = opened(java_script_enabled=False, locale="de")
    page.set_viewport_size({"width": 500, "height": 400})
    page.locator("#file").set_input_files(CASES / "german_srs.csv")
    page.get_by_role("button", name="Datei lesen").click()
    page.get_by_role("heading", name="Was in der Datei gefunden wurde").wait_for()
    page.get_by_role("link", name="Brüche im Einzelnen").click()
    page.locator("#chart svg").wait_for()
