"""One Chromium for each file of tests: a running one would stop the event loops of others."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent / "page")]


@pytest.fixture(scope="module")
def chromium():
    """Chromium without a window and with an empty profile."""
    from in_chromium import CHROMIUM, sync_api

    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
