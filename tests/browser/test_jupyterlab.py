"""JupyterLab in a real Chromium: notebook 3 runs and shows its figures, the explorer answers a control.

Set ALLIANCE_SCREENSHOTS to a folder to keep what was seen, as in docs/screenshots.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import matplotlib
import pytest
from in_chromium import keep

# Asked for without being imported, which takes seconds in every process that collects tests.
if find_spec("jupyterlab") is None:
    pytest.skip("the extra 'lab' is not installed", allow_module_level=True)

ROOT = Path(__file__).parents[2]
TOKEN = "for-this-test-only"
PATIENCE = 180
NOTEBOOK = "03_do_repaired_ruptures_predict_stronger_alliances.ipynb"
EXPLORER = """
import alliance as al

sessions = al.score(al.read("../data/synthetic_study/responses.csv"))  # SYNTHETIC
al.explore(sessions[sessions["rater"] == "client"])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of notebooks and data, with the settings and a notebook of the test."""
    import nbformat  # slow to import: not where tests are collected

    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "data", folder / "data")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(EXPLORER.strip())])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(made, folder / "notebooks" / "explorer.ipynb")
    # Every cell is drawn, not only those on the screen, so that all can be looked at.
    _settings(folder, "notebook-extension", "tracker", {"windowingMode": "none"})
    _settings(folder, "apputils-extension", "notification", {"fetchNews": "false"})
    return folder


def _settings(folder: Path, extension: str, name: str, values: dict) -> None:
    place = folder / "settings" / "@jupyterlab" / extension
    place.mkdir(parents=True)
    (place / f"{name}.jupyterlab-settings").write_text(json.dumps(values))


@pytest.fixture(scope="module")
def lab(folder):
    """The address of a JupyterLab on this computer only, with a token, without news or updates."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(ROOT / "src"),
        "MPLBACKEND": "",
        "MPLCONFIGDIR": matplotlib.get_cachedir(),  # with its list of fonts
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={TOKEN}"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
    ]
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api?token={TOKEN}", server, folder / "lab.log")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(PATIENCE):
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            with urlopen(address):
                return
        except OSError:
            time.sleep(1)
    pytest.fail("JupyterLab did not start")


@pytest.fixture
def page(chromium, lab):
    """A page that may ask nobody but this JupyterLab; whom else it asked is an error."""
    asked = []
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(1000 * PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    page.context.route(
        lambda url: not url.startswith((lab, "data:", "blob:")), lambda route: route.abort()
    )
    yield page
    page.context.close()
    assert [url for url in asked if not url.startswith((lab, "data:", "blob:"))] == []


def run_all(page, lab: str, name: str) -> None:
    """Open a notebook and run it from top to bottom."""
    page.goto(f"{lab}/lab/tree/notebooks/{name}?token={TOKEN}&reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("(ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def finished(page) -> None:
    """Wait until every code cell has its number."""
    page.wait_for_function(
        """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
                 .every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent.trim()))"""
    )


def type_threshold(page, number: str) -> None:
    """Write a threshold by keyboard and leave its field."""
    page.locator(".widget-text", has_text="Threshold").locator("input").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(number)
    page.keyboard.press("Tab")


def errors(page) -> list[str]:
    """Return what cells said on the side or failed with."""
    kinds = ("stderr", "error")
    found = [f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds]
    return page.locator(", ".join(found)).all_text_contents()


def test_notebook_3_runs_and_its_figures_appear(page, lab):
    run_all(page, lab, NOTEBOOK)
    finished(page)
    figures = page.locator(".jp-OutputArea-output img")
    assert figures.count() >= 2
    for place in range(figures.count()):
        assert figures.nth(place).evaluate("image => image.naturalWidth") > 200
    assert errors(page) == []
    figures.last.scroll_into_view_if_needed()
    keep(page, "notebook_3")


def test_the_explorer_answers_a_control(page, lab):
    run_all(page, lab, "explorer.ipynb")
    chart = page.locator("svg[aria-label^='Client']")
    chart.wait_for()
    before = chart.inner_html()
    # By keyboard alone: into the threshold, another number, out of it.
    type_threshold(page, "3")
    page.get_by_text("3 times the client's own standard deviation").first.wait_for()
    assert chart.inner_html() != before
    clients = page.locator(".widget-dropdown", has_text="Client").first.locator("select")
    clients.select_option("020")
    page.locator("svg[aria-label^='Client 020']").wait_for()
    assert "No rupture by this rule." in page.locator(".jp-Notebook").inner_text()
    type_threshold(page, "1.5")
    page.locator("svg[aria-label*='Rupture at session 5']").wait_for()
    assert "Chance level, from 40 of" in page.locator(".jp-Notebook").inner_text()
    assert errors(page) == []
    keep(page, "explorer")
