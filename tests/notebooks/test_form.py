"""The form of a notebook: a question first, data named, one cell to change, no program hidden in it."""

import ast
import json
import re

import pytest

from .conftest import FOLDER, MARK

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LAST = ("What you may and may not conclude", "Now with your own data")


class Node(dict):
    """A part of a notebook: JSON, since nbformat takes seconds to import."""

    __getattr__ = dict.__getitem__


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    notebook = json.loads(request.param.read_text("utf-8"), object_hook=Node)
    for cell in notebook.cells:
        cell["source"] = "".join(cell.source)
    return notebook


def code(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def words(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_there_are_notebooks_and_they_are_numbered():
    assert len(NOTEBOOKS) >= 8
    numbers = [path.stem.split("_")[0] for path in NOTEBOOKS]
    assert all(re.fullmatch(r"\d\d", number) for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_opens_with_its_question(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    heading, *rest = [line for line in first.source.splitlines() if line.strip()]
    assert heading.startswith("# ")
    assert any(line.rstrip("*_ ").endswith("?") for line in rest), "no question"


def test_names_its_data_and_calls_the_synthetic_synthetic(notebook):
    opening = notebook.cells[0].source + notebook.cells[1].source
    assert re.search(r"\bdata\b", opening, re.IGNORECASE)
    uses_synthetic = re.search(r"synthetic_study|al\.simulate|worlds\(", "\n".join(code(notebook)))
    if uses_synthetic:
        assert re.search("synthetic", opening, re.IGNORECASE)
    if "couples_diary" in "\n".join(code(notebook)):
        assert "couples" in words(notebook)


def test_has_one_cell_to_change(notebook):
    assert sum(cell.startswith(MARK) for cell in code(notebook)) == 1
    assert sum(MARK in cell.source for cell in notebook.cells) == 1


def test_ends_with_what_may_be_concluded_and_with_your_own_data(notebook):
    headings = re.findall(r"^#+ (.+?)\s*$", words(notebook), re.MULTILINE)
    assert tuple(headings[-2:]) == LAST


def test_has_about_fifteen_cells(notebook):
    assert 10 <= len(notebook.cells) <= 20


def test_is_thin_over_the_package(notebook):
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell)):
            assert not isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
            ), "what is worth a function belongs in the package"
            assert not isinstance(node, ast.For | ast.While), (
                "what needs a loop belongs in the package"
            )
            assert not isinstance(node, ast.Try | ast.With), "a notebook loads, calls and looks"


def test_is_stored_without_outputs(notebook):
    for cell in notebook.cells:
        clear = "jupyter nbconvert --clear-output --inplace notebooks/*.ipynb"
        assert not cell.get("outputs"), f"stored with outputs; clear them: {clear}"
        assert cell.get("execution_count") is None, f"stored after a run; clear it: {clear}"
        assert not cell.get("attachments")
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert notebook.metadata["kernelspec"]["name"] == "python3"


def test_links_lead_somewhere(notebook):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", words(notebook)):
        assert (FOLDER / target).exists(), target
