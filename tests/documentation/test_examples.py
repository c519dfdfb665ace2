"""Every example runs: in docstrings, in the README, in the pages of docs."""

import doctest
import importlib
import linecache
import re
import sys
from pathlib import Path

import pytest

import alliance

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import executed  # noqa: E402

SOURCE = ROOT / "src"
MODULES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "data").rglob("README.md")),
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    # Or doctest would look for each of the files that were ever read.
    linecache.clearcache()
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture
def study(tmp_path, monkeypatch, small_data, few_switches):
    """A folder with the data folder beside it, as in a clone, and nothing to overwrite."""
    (tmp_path / "data").symlink_to(small_data)
    monkeypatch.setattr("alliance.effects.planning.MIN_REPLICATIONS", 1)
    # A command draws 24 courses unless there are fewer.
    monkeypatch.setitem(alliance.figures.courses.__wrapped__.__kwdefaults__, "max_courses", 2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_and_shell_examples(page, study, with_fewer):
    """Run the examples of a page in order, as a reader does who types along."""
    text = page.read_text("utf-8")
    shown = executed.run_page(executed.BLOCK.sub(lambda block: with_fewer(block[0]), text))
    # Every command answers something, or it was not run.
    assert shown.count("example-output") >= len(re.findall(r"^\$ alliance", text, re.MULTILINE))
    close_figures()


PAGE = """
```python
import pandas as pd

pd.DataFrame({"a": [1, 2]})
print("<said>")
```

```console
$ alliance instruments no-such-name  # exit code 2: it is not there
```
"""


def test_what_an_example_gives_stands_below_it(study):
    shown = executed.run_page(PAGE)
    table, said, refusal = shown.split('example-output">')[1:]
    assert "<td>2</td>" in table
    assert said.startswith("&lt;said&gt;</pre>")
    assert "There is no instrument" in refusal and str(study) not in shown
    assert shown.index("pd.DataFrame") < shown.index("<td>2</td>") < shown.index("$ alliance")


def test_a_picture_that_an_example_writes_is_shown(study):
    page = "```python\nfrom pathlib import Path\nPath('course.png').write_bytes(b'')\n```\n"
    shown = executed.run_page(page, lambda path: f"/outputs/page-{path.name}")
    assert "{image} /outputs/page-course.png" in shown and ":alt: The figure course" in shown


def test_an_example_that_ends_otherwise_than_stated_is_an_error(study):
    with pytest.raises(executed.ExampleError, match="ended with 2"):
        executed.run_page(PAGE.replace("  # exit code 2: it is not there", ""))


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
