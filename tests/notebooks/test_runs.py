"""Every notebook runs from top to bottom, in time, and says nothing on the side."""

import pytest

from .conftest import FOLDER, LIMIT, outputs

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_top_to_bottom(path, run_notebook):
    ran = run_notebook(path)
    assert ran.metadata["seconds"] < LIMIT
    aside = [out["text"] for out in outputs(ran) if out.get("name") == "stderr"]
    assert aside == [], "warnings belong in the text, or their cause away"
    assert any(draws(cell) for cell in ran.cells), "a notebook shows at least one figure"
    for cell in filter(draws, ran.cells):
        pictures = [out for out in cell.outputs if "image/png" in out.get("data", {})]
        assert pictures, f"no figure appeared: {cell.source}"
        assert cell.metadata.get("mystnb", {}).get("image", {}).get("alt"), "say what it shows"


def draws(cell) -> bool:
    return cell.cell_type == "code" and ("al.figures." in cell.source or ".plot(" in cell.source)
