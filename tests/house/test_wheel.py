"""The package is right when it is installed as a wheel, away from its source tree."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel, install it alone into a clean environment, lend it the dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    home = folder / "env"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    target = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--no-deps",
        "--no-index",
        "--target",
        target,
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    # Paths in a .pth file are searched after the environment's own packages, and the editable
    # install in them is not followed, so only the wheel can answer for `alliance`.
    Path(target, "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    # So is what was compiled of the same source, or the model would be compiled once more. It
    # counts for a file of the same age.
    for compiled in Path(ROOT, "src").rglob("*.nb[ic]"):
        source = compiled.parents[1] / f"{compiled.name.split('.')[0]}.py"
        if not source.exists():  # What was compiled of a file that is gone.
            continue
        place = Path(target, compiled.relative_to(ROOT / "src"))
        place.parent.mkdir(exist_ok=True)
        shutil.copy(compiled, place)
        shutil.copystat(source, place.parents[1] / source.name)
    return python, folder


def run(python, *arguments, cwd):
    # A source tree on PYTHONPATH would answer in place of the wheel.
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [python, *arguments], capture_output=True, text=True, cwd=cwd, env=elsewhere
    )


def test_wheel_scores_and_lists(installed):
    python, folder = installed
    where = run(python, "-c", "import alliance; print(alliance.__file__)", cwd=folder)
    assert str(folder) in where.stdout, where.stderr
    assert "wai-sr" in run(python, "-m", "alliance", "instruments", cwd=folder).stdout
    export = folder / "export.csv"
    header = ",".join(["client", "session", *[f"wai_sr_{i}" for i in range(1, 13)]])
    export.write_text(f"{header}\n007,1{',4' * 12}\n")
    done = run(python, "-m", "alliance", "score", str(export), cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "007,1,client,wai-sr,mean,4.0" in (folder / "sessions.csv").read_text()


def test_wheel_carries_every_file_that_the_package_and_its_data_have(installed):
    _, folder = installed
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        carried = set(wheel.namelist())
    listed = subprocess.run(
        ["git", "ls-files", "-z", "src/alliance", "data"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = [name for name in listed.stdout.split("\0") if name]
    assert len(names) > 300
    homes = {"src/alliance/": "alliance/", "data/": "alliance/bundled/"}
    for name in names:
        home = next(place for place in homes if name.startswith(place))
        assert homes[home] + name.removeprefix(home) in carried


def test_wheel_writes_a_review_of_the_bundled_study(installed):
    """Templates, words, styles and data are found there; `make release` runs the whole demo."""
    python, folder = installed
    find = "from alliance.study.demo import bundled; print(bundled('synthetic_study'))"
    data = run(python, "-c", find, cwd=folder).stdout.strip()
    assert data.startswith(str(folder))
    lines = Path(data, "responses.csv").read_text("utf-8").splitlines(keepends=True)
    (folder / "few.csv").write_text("".join(lines[:400]), "utf-8")
    told = ["few.csv", "--for", "clinic", "--detector", "own-past", "--draws", "1"]
    done = run(python, "-m", "alliance", "report", *told, "-o", "review.html", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "review.html").stat().st_size > 20_000
