"""Gather the pages of the site, write those that come from the catalogue, and build it with Sphinx.

python docs/site.py build/docs [--notebooks build/executed]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import generated

HERE = Path(__file__).parent
ROOT = HERE.parent


def gather(folder: Path, notebooks: Path) -> None:
    """Copy everything the site is built from into a folder, generated pages included."""
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("site.py", "generated.py", "__*"))
    for name in ("data", "calibration"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__*"))
    shutil.copy(ROOT / "CHANGELOG.md", folder / "changelog.md")
    readme = (ROOT / "README.md").read_text("utf-8").replace("](docs/", "](")
    readme = readme.replace("](notebooks)", "](notebooks/index.md)")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / "notebooks").mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        executed = notebooks / path.name
        shutil.copy(executed if executed.is_file() else path, folder / "notebooks" / path.name)
    for path, text in generated.pages(folder).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def build(output: Path, notebooks: Path = ROOT / "build" / "executed") -> int:
    """Build the site; warnings are errors. Return Sphinx's exit code."""
    from sphinx.cmd.build import main

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        gather(source, notebooks)
        settings = ["-W", "--keep-going", "-q", "-n", "-b", "html", "-d", f"{folder}/doctrees"]
        return main([*settings, str(source), str(output)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--notebooks", type=Path, default=ROOT / "build" / "executed")
    options = parser.parse_args()
    shutil.rmtree(options.output, ignore_errors=True)
    sys.exit(build(options.output, options.notebooks))
