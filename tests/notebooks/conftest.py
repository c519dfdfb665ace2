"""What the tests of notebooks share: where they are, and how one is run."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
MARK = "# Your own data: change this cell"
# Seconds of the kernel's processor time, so that a busy machine fails nobody.
LIMIT = 60
_CLOCK = "import time; time.process_time()"
# A figure is drawn once: not for a window as well, and not to measure how much of it is empty.
# `al.sensitivity` goes through 4 specifications of 32, and the gain is fitted on one rung, as with
# the fixture few_switches.
_FEW = {"drift": (False,), "ruptures": (1,), "min_sessions": (2,)}
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
    """Run a notebook with few clients and draws, and with another marked cell if one is given.

    Returns it with its outputs and, in its metadata, the ``seconds`` of processor time it took.
    """
    # Not where tests are collected; and without the grammar of addresses, which takes seconds.
    sys.modules.setdefault("rfc3987_syntax", None)
    import nbformat
    from nbclient import NotebookClient

    def run(path: Path, own_data: str | None = None):
        notebook = nbformat.read(path, as_version=4)
        if own_data is not None:
            marked = [cell for cell in notebook.cells if cell.source.startswith(MARK)]
            marked[0].source = f"{MARK}\n{own_data}"
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = with_fewer(cell.source)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(_CLEAR))
        notebook.cells.append(nbformat.v4.new_code_cell(_CLOCK))
        client = NotebookClient(notebook, km=kernel, timeout=10 * LIMIT)
        try:
            client.execute()
        finally:
            client.kc.stop_channels()
        begun, ended = (
            float(notebook.cells.pop(at).outputs[0]["data"]["text/plain"]) for at in (0, -1)
        )
        notebook.metadata["seconds"] = ended - begun
        return notebook

    return run


def outputs(notebook) -> list:
    """Return the outputs of all cells, in order."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def shown(notebook) -> str:
    """Return every text that the notebook shows, pages of tables included."""
    parts = []
    for output in outputs(notebook):
        parts += [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join(part for part in parts if isinstance(part, str))
