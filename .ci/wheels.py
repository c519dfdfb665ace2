"""Gather a folder of wheels from which the toolkit is installed without a network.

python .ci/wheels.py build/wheels [--extra lab]

With the packages that read and write every kind of file.

The folder fits the system and the Python it was made with; its README.txt says how to install from it.
"""

import argparse
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = """Alliance, to be installed without a network
Made for {system} {machine}, Python {python}.

    python -m venv alliance-env
    {run} -m pip install --no-index --find-links . "alliance-rupture-repair[{extras}]"
    {run} -m alliance demo
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extra", action="append", default=[], help="e.g. lab, for JupyterLab")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    extras = ",".join(["files", "page", *options.extra])
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", folder]
    subprocess.run([*command, "-c", ROOT / "constraints.txt", f"{ROOT}[{extras}]"], check=True)
    windows = platform.system() == "Windows"
    text = README.format(
        system=platform.system(),
        machine=platform.machine(),
        python=".".join(map(str, sys.version_info[:2])),
        run=r"alliance-env\Scripts\python" if windows else "alliance-env/bin/python",
        extras=extras,
    )
    (folder / "README.txt").write_text(text, encoding="utf-8")
    print(f"{len(list(folder.glob('*.whl')))} wheels in {folder}")


if __name__ == "__main__":
    main()
