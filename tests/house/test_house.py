"""The plan of the house holds: imports one way, nothing printed, nothing asserted, no addresses."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "alliance"
ROOMS = [
    "version", "arrays", "errors", "checks", "progress", "cluster", "files", "tables", "joins", "results", "instruments", "rules", "scoring", "course", "intake", "log", "pseudonyms",
    "reliability", "ruptures", "model", "simulate", "dataset", "effects", "compare", "figures", "clinic", "study", "explorer", "page", "cli",
]  # fmt: skip
# A result draws itself, and asks what noise gives, by calling a later package when it is told to.
ASKED_ON_REQUEST = {"figures", "model"}
FILES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(tree: ast.AST):
    """Yield (room, is it at the top of the module) for each import of the package's own rooms."""
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("alliance"):
            parts = node.module.split(".")
            rooms = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            rooms = [a.name.split(".")[1] for a in node.names if a.name.startswith("alliance.")]
        else:
            continue
        for room in rooms:
            yield room, id(node) in top


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


# One test for all files each: a thousand small ones would take longer to tell than to run.


def test_imports_point_one_way():
    wrong = []
    for path in FILES:
        room = room_of(path)
        if room in ("__init__", "__main__"):
            continue
        assert room in ROOMS, f"{room} is not in the plan of the house"
        for other, at_top in imports(tree_of(path)):
            asked = other in ASKED_ON_REQUEST and not at_top
            if not (other.startswith("__") or other == room or asked):
                before = ROOMS.index(other) < ROOMS.index(room)
                wrong += [] if before else [f"{path.relative_to(SOURCE)} imports {other}"]
    assert wrong == []


def test_only_the_command_line_calls_the_public_face():
    """Elsewhere it would hide which package is imported, and the order with it."""
    found = {
        room_of(path)
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Import) and "alliance" in {alias.name for alias in node.names}
    }
    assert found == {"cli"}


def test_modules_say_their_job_and_neither_assert_nor_print():
    wrong = []
    for path in FILES:
        tree, name = tree_of(path), path.relative_to(SOURCE)
        public = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ]
        for node in (tree, *public):
            if not ast.get_docstring(node):
                wrong.append(f"{name}: {getattr(node, 'name', 'module')} has no docstring")
        for node in ast.walk(tree):
            is_print = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
            if isinstance(node, ast.Assert) or (is_print and room_of(path) != "cli"):
                wrong.append(f"{name}: assert or print in line {node.lineno}")
    assert wrong == []


def test_the_headings_of_docstrings_stand_on_lines_of_their_own():
    wrong = [
        f"{path.relative_to(SOURCE)}: {getattr(node, 'name', 'module')}"
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module)
        and re.search(r"\w -{4,}", ast.get_docstring(node) or "")
    ]
    assert wrong == [], "a heading ran into its text"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_addresses_of_registries_or_machines():
    hosts = "|".join(
        ["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian\.org"]
    )
    paths = "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"])
    bad = re.compile(f"{hosts}|{paths}")
    for path in tracked():
        if path.suffix in {".png", ".xlsx", ".sav"} or not path.is_file():
            continue
        found = bad.search(path.read_text("utf-8", errors="replace"))
        assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_constraints_are_plain_pins():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    shape = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*( ; [a-z_]+ (==|!=|<|>=) \"[^\"]+\")?")
    assert len(pins) > 50
    assert [line for line in pins if not shape.fullmatch(line)] == []


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_conda_environment_is_in_step():
    text = (ROOT / "environment.yml").read_text("utf-8")
    listed = {line.strip()[2:] for line in text.splitlines() if line.strip().startswith("- ")}
    renamed = {"matplotlib": "matplotlib-base"}
    extras = project()["optional-dependencies"]
    kinds = [
        one for name in ("excel", "lab", "page", "parquet", "spss", "word") for one in extras[name]
    ]
    for wanted in [*project()["dependencies"], *kinds]:
        wanted = wanted.partition(";")[0]
        name = re.match(r"[A-Za-z0-9_-]+", wanted)[0]
        assert wanted.replace(name, renamed.get(name, name), 1) in listed
    assert f"python{project()['requires-python']}" in listed


def test_constraints_pin_every_direct_dependency_within_its_bounds():
    from packaging.requirements import Requirement

    pins = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if "==" in line and not line.startswith("#"):
            name, version = line.split(" ;")[0].split("==")
            pins[name.lower().replace("_", "-")] = version
    extras = project()["optional-dependencies"]
    kinds = [
        one for name in ("cluster", "excel", "parquet", "spss", "word") for one in extras[name]
    ]
    for wanted in [*project()["dependencies"], *kinds]:
        if wanted.startswith(project()["name"]):
            continue
        requirement = Requirement(wanted)
        assert requirement.specifier.contains(pins[requirement.name.lower()]), wanted


def loaded_after(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
    )
    return set(shown.stdout.split())


def test_nothing_heavy_is_loaded_before_it_is_needed():
    heavy = {
        "pandas",
        "numpy",
        "scipy",
        "statsmodels",
        "seaborn",
        "pingouin",
        "matplotlib",
        "numba",
    }
    assert not loaded_after("import alliance") & heavy
    # Dataclasses alone would take a quarter of the time in which `alliance --help` answers.
    slow = {"dataclasses", "inspect", "difflib"}
    built = loaded_after("from alliance.cli import build_parser; build_parser()")
    assert not built & (heavy | (slow - loaded_after("")))
    assert not loaded_after("import alliance.scoring, alliance.intake") & (
        heavy - {"pandas", "numpy"}
    )


def test_nothing_opens_a_connection():
    network = re.compile(r"\b(import|from) (socket|urllib|http|requests|httpx|ftplib|smtplib)\b")
    for path in FILES:
        assert not network.search(path.read_text("utf-8")), path
