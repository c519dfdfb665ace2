"""The documentation site in a browser: no error, no request, accessible in light and in dark."""

import subprocess
import sys
from pathlib import Path

import pytest
from in_chromium import only_when_asked, serious

only_when_asked("opens every page twice")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, with the notebooks' outputs if `make notebooks` has made them."""
    output = tmp_path_factory.mktemp("docs") / "site"
    subprocess.run([sys.executable, ROOT / "docs" / "site.py", output], check=True)
    return output


@pytest.fixture(scope="module", params=["light", "dark"])
def page(chromium, request):
    """A page that may open files only, with what it asked for and complained of."""
    context = chromium.new_context(color_scheme=request.param)
    opened = context.new_page()
    opened.outside, opened.said = [], []
    opened.on(
        "console", lambda said: opened.said.append(said.text) if said.type == "error" else None
    )
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.route("**/*", lambda route: _files_only(route, opened.outside))
    yield opened
    context.close()


def _files_only(route, outside: list) -> None:
    if route.request.url.startswith(("file:", "data:")):
        route.continue_()
    else:
        outside.append(route.request.url)
        route.abort()


def test_every_page_opens_alone_and_without_a_complaint(site, page):
    bad = {}
    for path in sorted(site.rglob("*.html")):
        page.outside.clear()
        page.said.clear()
        page.goto(path.as_uri())
        if page.outside or page.said:
            bad[str(path.relative_to(site))] = [*page.outside, *page.said]
    assert bad == {}


def test_pages_are_accessible(site, page):
    # The rooms are made alike from docstrings: two stand for all.
    pages = [path for path in site.rglob("*.html") if path.parent.name != "rooms"]
    pages += [site / "reference" / "rooms" / f"{name}.html" for name in ("rules", "clinic")]
    bad = {}
    for path in sorted(pages):
        page.goto(path.as_uri())
        if found := serious(page, options={"preload": False}):
            bad[str(path.relative_to(site))] = found
    assert bad == {}


def test_a_reader_gets_from_the_first_page_to_a_tutorial_and_finds_a_word(site, page):
    page.goto((site / "index.html").as_uri())
    page.get_by_role("main").get_by_role("link", name="For researchers").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("For researchers")
    page.goto((site / "search.html").as_uri() + "?q=ceilings")
    page.get_by_role("main").get_by_role("link", name="Ceilings").first.wait_for(timeout=10_000)
