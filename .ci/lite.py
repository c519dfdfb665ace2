"""Build a JupyterLite site with notebooks 1 to 3: Python in the browser, nothing to install.

python .ci/lite.py build/lite --pyodide FOLDER

FOLDER is an unpacked distribution of Pyodide (the full one, `pyodide-314.0.6.tar.bz2` of its
releases), which holds numpy, scipy, pandas, matplotlib and statsmodels for the browser. All parts
are copied into the site, so that it asks no other computer for anything. What npm calls `pyodide`
is the runtime without those packages: the kernel stops before the first cell, at micropip.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEEDED = (
    "micropip",
    "numpy",
    "scipy",
    "pandas",
    "matplotlib",
    "statsmodels",
    "jinja2",
    "joblib",
    "tqdm",
)
FIRST = {
    "cell_type": "code",
    "execution_count": None,
    "id": "in-the-browser",
    "metadata": {},
    "outputs": [],
    "source": ["%pip install -q alliance-rupture-repair"],
}


def missing(pyodide: Path) -> list[str]:
    """Return which packages the distribution names but does not hold."""
    lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))["packages"]
    return [
        name
        for name in NEEDED
        if name not in lock or not (pyodide / lock[name]["file_name"]).is_file()
    ]


def contents(folder: Path) -> None:
    """Copy notebooks 1 to 3 with a first cell that installs the toolkit, and the data they read."""
    (folder / "notebooks").mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").glob("0[123]_*.ipynb")):
        notebook = json.loads(path.read_text("utf-8"))
        notebook["cells"].insert(0, FIRST)
        (folder / "notebooks" / path.name).write_text(json.dumps(notebook), encoding="utf-8")
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("__*", "*.py"))


def build(site: Path, pyodide: Path) -> None:
    """Gather wheel, runtime and contents beside the site, and let JupyterLite put them together."""
    home = site.with_name(f"{site.name}-parts")
    shutil.rmtree(home, ignore_errors=True)
    wheels = home / "wheels"
    wheels.mkdir(parents=True)
    python = [sys.executable, "-m"]
    pack = [*python, "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, ROOT]
    subprocess.run(pack, check=True)
    (wheel,) = wheels.glob("*.whl")
    shutil.copytree(pyodide, home / "lite" / "static" / "pyodide")
    contents(home / "contents")
    command = [*python, "jupyter", "lite", "build", "--lite-dir", home / "lite", "--contents"]
    command += [home / "contents", "--output-dir", site, "--piplite-wheels", wheel]
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--pyodide", type=Path, required=True, help="unpacked distribution")
    options = parser.parse_args()
    if not (options.pyodide / "pyodide.mjs").is_file():
        raise SystemExit(f"{options.pyodide} holds no Pyodide (no pyodide.mjs).")
    absent = missing(options.pyodide)
    build(options.site.resolve(), options.pyodide.resolve())
    if absent:
        print(f"The notebooks will not run: Pyodide came without {', '.join(absent)}.")
    print(f"Serve it: python -m http.server -d {options.site}")


if __name__ == "__main__":
    main()
