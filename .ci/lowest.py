"""Make the environment of the lowest versions that pyproject.toml allows, and try the toolkit there.

python .ci/lowest.py build/lowest
"""

import argparse
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def lowest(requirements: list[str]) -> list[str]:
    """Return each requirement pinned to the lowest version it allows, without its marker."""
    return [
        re.sub(r"^([\w.-]+(?:\[[^]]*\])?)>=([\w.]+).*$", r"\1==\2", one) for one in requirements
    ]


def make(folder: Path) -> Path:
    """Install the package with the lowest version of each direct dependency; return its python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    venv.create(folder, with_pip=True, clear=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    extras = project["optional-dependencies"]
    kinds = [one for extra in ("excel", "parquet", "spss", "word") for one in extras[extra]]
    pins = lowest([*project["dependencies"], *kinds])
    install = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *pins]
    subprocess.run(install, check=True)
    subprocess.run([*install[:5], "--no-deps", ROOT], check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    python = make(parser.parse_args().folder.resolve()).absolute()
    subprocess.run([python, "-m", "pip", "list"], check=True)
    subprocess.run([python, ROOT / ".ci" / "smoke.py"], check=True)


if __name__ == "__main__":
    main()
