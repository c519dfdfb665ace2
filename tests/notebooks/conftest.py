"""What the tests of notebooks share: where they are, and how one is run."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
MARK = "# Your own data: change this cell"
# Seconds of the kernel's processor time, so that a busy machine fails nobody.
LIMIT = 60
_CLOCK = "import time; time.process_time()"


@pytest.fixture
def run_notebook(monkeypatch):
    """Run a notebook, with another marked cell if one is given.

    Returns it with its outputs and, in its metadata, the ``seconds`` of processor time it took.
    """
    # Figures are drawn into the notebook, as in JupyterLab, and not by the tests' own backend.
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src")]))

    def run(path: Path, own_data: str | None = None):
        notebook = nbformat.read(path, as_version=4)
        if own_data is not None:
            marked = [cell for cell in notebook.cells if cell.source.startswith(MARK)]
            marked[0].source = f"{MARK}\n{own_data}"
        notebook.cells.append(nbformat.v4.new_code_cell(_CLOCK))
        where = {"metadata": {"path": str(FOLDER)}}
        NotebookClient(notebook, timeout=10 * LIMIT, resources=where).execute()
        clock = notebook.cells.pop().outputs[0]
        notebook.metadata["seconds"] = float(clock["data"]["text/plain"])
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
