"""The site builds without a warning, asks no other computer for anything, and its links lead somewhere."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import alliance
from alliance.instruments import instruments
from alliance.rules import presets

ROOT = Path(__file__).parents[2]
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site as it is written: notebooks and examples are run by tests of their own."""
    output = tmp_path_factory.mktemp("docs") / "site"
    built = subprocess.run(
        [
            sys.executable,
            ROOT / "docs" / "site.py",
            output,
            "--notebooks",
            output / "none",
            "--as-written",
        ],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return output


class Page(HTMLParser):
    """What a page loads, links to and can be linked at."""

    def __init__(self, path: Path):
        super().__init__()
        self.loads, self.links, self.anchors, self.unseen = [], [], set(), []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.add(attributes.get("id"))
        if tag in LOADS:
            self.loads.append(attributes.get(LOADS[tag]) or "")
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "img" and not attributes.get("alt"):
            self.unseen.append(attributes.get("src"))


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_nothing_is_loaded_from_outside(site, pages):
    assert len(pages) > 40
    outside = re.compile(r"^(https?:)?//")
    for path, page in pages.items():
        assert [source for source in page.loads if outside.match(source)] == [], path
    for path in [*site.rglob("*.css"), *site.rglob("*.js")]:
        text = path.read_text("utf-8")
        assert not re.search(r"""(?:@import|url\()\s*["']?(?:https?:)?//""", text), path
        assert not re.search(r"""(?:fetch|importScripts|import)\(\s*["']https?:""", text), path


def test_links_and_anchors_lead_somewhere(site, pages):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            if re.match(r"^[a-z]+:", link):
                continue
            there = (path.parent / target).resolve() if target else path
            known = pages[there].anchors if there in pages else None
            if not there.exists() or (anchor and known is not None and anchor not in known):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_every_picture_says_what_it_shows(pages):
    assert {path: page.unseen for path, page in pages.items() if page.unseen} == {}


def test_every_instrument_rule_and_public_name_is_in_the_reference(site):
    instrument_page = (site / "reference" / "instruments.html").read_text("utf-8")
    rule_page = (site / "reference" / "rules.html").read_text("utf-8")
    assert [name for name in instruments() if f">{name}<" not in instrument_page] == []
    assert [name for name in presets() if f">{name}<" not in rule_page] == []
    rooms = "".join(path.read_text("utf-8") for path in (site / "reference/rooms").glob("*.html"))
    missing = [
        f"alliance.{room}.{name}"
        for name, room in alliance._FUNCTIONS.items()
        if f'id="alliance.{room}.{name}"' not in rooms
    ]
    assert missing == []


def test_the_map_of_the_code_names_every_package(site):
    page = (site / "explanation" / "architecture.html").read_text("utf-8")
    packages = {path.parent.name for path in Path(alliance.__file__).parent.glob("*/__init__.py")}
    assert packages and [name for name in packages if f">{name}<" not in page] == []


def test_search_fetches_no_page(site):
    """A browser refuses to fetch from a folder, so that the search must do without."""
    options = (site / "_static" / "documentation_options.js").read_text("utf-8")
    assert "SHOW_SEARCH_SUMMARY: false" in options
    index = (site / "searchindex.js").read_text("utf-8")
    assert '"immort"' in index or "immort:" in index, "words from inside the pages are found"
