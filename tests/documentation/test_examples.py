"""Every example runs: in docstrings, in the README, in the pages of docs."""

import doctest
import importlib
import pkgutil
import re
import shlex
import shutil
from pathlib import Path

import pytest

import alliance
from alliance.cli import main

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(alliance.__path__, "alliance.")
    if not module.name.endswith("__main__")
)
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "data").rglob("README.md")),
]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A folder with the data folder beside it, as in a clone, and nothing to overwrite."""
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.py"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_and_shell_examples(page, study, capsys):
    """Run the examples of a page in order, as a reader does who types along."""
    names = {"__name__": "example"}
    for language, code in BLOCK.findall(page.read_text("utf-8")):
        if language == "python":
            exec(compile(code, str(page), "exec"), names)
        for line in code.splitlines() if language == "console" else ():
            if line.startswith("$ alliance"):
                command, _, note = line.removeprefix("$ alliance").partition("  #")
                stated = re.search(r"exit code (\d+)", note)
                expected = int(stated[1]) if stated else 0
                assert main(shlex.split(command)) == expected, capsys.readouterr().err
    close_figures()


def close_figures():
    import matplotlib.pyplot as plt

    plt.close("all")


def test_readme_has_examples_of_both_kinds():
    readme = ROOT / "README.md"
    assert len(blocks(readme, "python")) >= 1
    assert (
        sum(
            line.startswith("$ alliance")
            for line in "".join(blocks(readme, "console")).splitlines()
        )
        >= 4
    )


def test_links_within_the_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
