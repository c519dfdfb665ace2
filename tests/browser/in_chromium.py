"""What the tests in a browser share: where Chromium is, when they run, and what axe finds."""

import os
import shutil
from pathlib import Path

import pytest

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
if CHROMIUM is None:
    pytest.skip("needs Chromium", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra [browser]")


def only_when_asked(why: str) -> None:
    """Skip a whole file unless `make browser` runs it."""
    if not os.environ.get("ALLIANCE_BROWSER"):
        pytest.skip(f"{why}: run it with make browser", allow_module_level=True)


def serious(page, **options) -> list[str]:
    """Return what axe calls serious or critical, with the first element concerned."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the extra [browser]"
    )
    found = axe.Axe().run(page, **options).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def keep(page, name: str) -> None:
    """Keep a picture of what is seen, where ALLIANCE_SCREENSHOTS says, as in docs/screenshots."""
    if folder := os.environ.get("ALLIANCE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")
