"""A page of its own for each test, with nothing on it yet."""

import sys
from pathlib import Path

import pytest

from alliance.page import visit as visits
from alliance.page.guard import Pass
from alliance.page.visit import Desk

sys.path.append(str(Path(__file__).parent))

from page_browser import Browser, Done  # noqa: E402


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "page"
    folder.mkdir(mode=0o700)
    return Desk(folder=folder, known=Pass(port=5555), language="en")


@pytest.fixture
def browser(desk, monkeypatch):
    """A browser that was let in; its long steps run in this process."""
    monkeypatch.setattr(visits, "Job", Done)
    monkeypatch.setattr("alliance.page.work._limit_memory", lambda beyond: None)
    opened = Browser(desk)
    opened.enter()
    return opened
