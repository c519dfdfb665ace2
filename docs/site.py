"""Gather the pages of the site, run their examples, and build it with Sphinx.

python docs/site.py build/docs [--notebooks build/executed] [--as-written]
"""

import argparse
import contextlib
import gc
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import architecture
import executed
import generated

HERE = Path(__file__).parent
ROOT = HERE.parent


# Pages that stand at the top of the repository, too.
PAGES = ("README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md")
RUN = ("README.md", "installation.md", "tutorials/*.md", "how-to/*.md", "explanation/*.md")


def gather(folder: Path, notebooks: Path, *, run: bool = True) -> None:
    """Copy everything the site is built from into a folder, generated pages included."""
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__*"))
    shutil.copy(HERE / "conf.py", folder)
    for name in ("data", "calibration"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__*"))
    shutil.copy(ROOT / "CHANGELOG.md", folder / "changelog.md")
    for name in ("CITATION.cff", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    for name in PAGES:
        page = (ROOT / name).read_text("utf-8").replace("](docs/", "](")
        page = page.replace("](notebooks)", "](notebooks/index.md)")
        (folder / name).write_text(page, encoding="utf-8")
    (folder / "notebooks").mkdir()
    (folder / "generated").mkdir()
    for name, text in {
        "packages": architecture.table(),
        "equal_alarms": generated.equal_alarms(),
        "large_data": generated.large_data(),
    }.items():
        (folder / "generated" / f"{name}.md").write_text(text, encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        executed = notebooks / path.name
        shutil.copy(executed if executed.is_file() else path, folder / "notebooks" / path.name)
    for path, text in generated.pages(folder).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "figures" / "architecture.svg").write_text(architecture.drawing(), encoding="utf-8")
    if run:
        for page in sorted(path for pattern in RUN for path in folder.glob(pattern)):
            show_outputs(page, folder)


def show_outputs(page: Path, folder: Path) -> None:
    """Run the examples of a page beside the data, and write the page with what they gave."""
    pictures = folder / "outputs"
    pictures.mkdir(exist_ok=True)

    def keep(path: Path) -> str:
        name = f"{page.stem}-{path.name}"
        shutil.copy(path, pictures / name)
        return f"/outputs/{name}"

    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        shutil.copytree(ROOT / "data", "data", ignore=shutil.ignore_patterns("*.py"))
        text = executed.run_page(page.read_text("utf-8"), keep)
    page.write_text(text, encoding="utf-8")


def build(output: Path, notebooks: Path = ROOT / "build" / "executed", *, run: bool = True) -> int:
    """Build the site; warnings are errors. Return Sphinx's exit code."""
    # nbformat checks addresses by a grammar that takes seconds to make; no notebook holds any.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # Pages are large trees: looking for garbage among them takes a tenth of the time.
    gc.set_threshold(100_000, 50, 1_000)
    from sphinx.cmd.build import main
    from sphinx.search.en import SearchEnglish

    # The same words stand on every page.
    SearchEnglish.stem = cache(SearchEnglish.stem)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        gather(source, notebooks, run=run)
        settings = ["-W", "--keep-going", "-q", "-n", "-b", "html", "-d", f"{folder}/doctrees"]
        settings += [] if run else ["-t", "as_written"]
        return main([*settings, str(source), str(output)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--notebooks", type=Path, default=ROOT / "build" / "executed")
    parser.add_argument("--as-written", action="store_true", help="do not run the examples")
    options = parser.parse_args()
    os.environ.setdefault("MPLBACKEND", "Agg")
    shutil.rmtree(options.output, ignore_errors=True)
    sys.exit(build(options.output, options.notebooks, run=not options.as_written))
