"""What the tests of notebooks share: where they are, and how one is run."""

import copy
import os
import shutil
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
MARK = "# Your own data: change this cell"
# Seconds of the kernel's processor time, so that a busy machine fails nobody.
LIMIT = 60
_CLOCK = "import time; time.process_time()"
# What stays loaded is left out of the search for garbage that each %reset makes.
# A figure is drawn once: not for a window as well, and not to measure how much of it is empty.
# `al.sensitivity` goes through 2 specifications of 32, and the gain is fitted on one rung, as with
# the fixture few_switches.
_FEW = {"edges": ("either",), "drift": (False,), "ruptures": (1,), "min_sessions": (2,)}
_CLEAR = f"""
from alliance.effects import planning, repair_gain
from alliance.effects.sensitivity import SWITCHES
SWITCHES.update({_FEW})
repair_gain.__kwdefaults__["rungs"] = repair_gain.__kwdefaults__["rungs"][:1]
planning.MIN_REPLICATIONS = 1
%reset -f
%config InlineBackend.print_figure_kwargs = {{"bbox_inches": None}}
import gc, matplotlib.pyplot, time
gc.set_threshold(100_000, 20, 100)
gc.freeze()
matplotlib.pyplot.close("all")
matplotlib.pyplot.uninstall_repl_displayhook()
time.process_time()
"""


@pytest.fixture(scope="session")
def kernel(tmp_path_factory, small_data):
    """One kernel for all notebooks, in a folder beside the data; each finds it empty."""
    from jupyter_client.manager import start_new_kernel

    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(FOLDER, folder / "notebooks")
    (folder / "data").symlink_to(small_data)
    # Figures are drawn into the notebook, as in JupyterLab, and not by the tests' own backend.
    backend = "module://matplotlib_inline.backend_inline"
    settings = {**os.environ, "MPLBACKEND": backend, "PYTHONPATH": str(ROOT / "src")}
    manager, client = start_new_kernel(cwd=str(folder / "notebooks"), env=settings)
    client.stop_channels()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def run_notebook(kernel, with_fewer):
    """Run a notebook with few clients and draws, and again from its marked cell on for other data.

    That is what a reader does who changes the cell. Returns the cells with their outputs, one list
    a run, and the seconds of processor time.
    """
    # Not where tests are collected; and without the grammar of addresses, which takes seconds.
    sys.modules.setdefault("rfc3987_syntax", None)
    import nbformat
    from nbclient import NotebookClient

    def run(path: Path, others: Iterable[str]):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = with_fewer(cell.source)
        runs = [notebook.cells]
        marked = [cell.source.startswith(MARK) for cell in notebook.cells].index(True)
        for own_data in others:
            runs.append(copy.deepcopy(notebook.cells[marked:]))
            runs[-1][0].source = f"{MARK}\n{own_data}"
        clear, clock = map(nbformat.v4.new_code_cell, (_CLEAR, _CLOCK))
        notebook.cells = [clear, *chain(*runs), clock]
        client = NotebookClient(notebook, km=kernel, timeout=10 * LIMIT)
        try:
            client.execute()
        finally:
            client.kc.stop_channels()
        begun, ended = (float(cell.outputs[0]["data"]["text/plain"]) for cell in (clear, clock))
        return runs, ended - begun

    return run


def outputs(cells) -> list:
    """Return the outputs of all cells, in order."""
    return [output for cell in cells for output in cell.get("outputs", [])]


def shown(cells) -> str:
    """Return every text that the cells show, pages of tables included."""
    parts = []
    for output in outputs(cells):
        parts += [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join(part for part in parts if isinstance(part, str))
