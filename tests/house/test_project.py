"""What others cite, archive and install the project by is complete, and in step with pyproject.toml."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import alliance

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def run(*words) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)


def test_metadata_are_as_they_would_be_written():
    """NOTICE may lack what was added since: it is written anew for each release."""
    done = run(".ci/metadata.py", "--check")
    assert done.stderr == ""
    assert {line.split()[0] for line in done.stdout.splitlines()} <= {"NOTICE"}


def test_notice_names_owners_and_whom_to_write_to():
    text = (ROOT / "NOTICE").read_text("utf-8")
    assert "CORE System Trust" in text and PROJECT["urls"]["Contact"] in text


def test_one_version_everywhere():
    assert PROJECT["version"] == alliance.__version__
    assert f"version: {alliance.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert (
        json.loads((ROOT / "codemeta.json").read_text("utf-8"))["version"] == alliance.__version__
    )
    assert f'version = "{alliance.__version__}"' in (ROOT / "conda" / "meta.yaml").read_text(
        "utf-8"
    )


def test_release_notes_are_the_changelog_of_the_version():
    notes = run(".ci/metadata.py", "--release-notes", alliance.__version__).stdout
    assert "### Added" in notes and "## 0." not in notes
    assert run(".ci/metadata.py", "--release-notes", "99.0").returncode != 0


def test_conda_recipe_is_in_step():
    text = (ROOT / "conda" / "meta.yaml").read_text("utf-8")
    listed = {line.strip()[2:].replace(" ", "") for line in text.splitlines() if "- " in line}
    for wanted in PROJECT["dependencies"]:
        assert re.sub(r"^matplotlib\b", "matplotlib-base", wanted).partition(";")[0] in listed


def test_the_lowest_environment_pins_every_dependency():
    sys.path.insert(0, str(ROOT / ".ci"))
    try:
        from lowest import lowest
    finally:
        sys.path.pop(0)
    assert lowest(["pandas>=3.0,<4", "uvicorn[standard]>=1"]) == [
        "pandas==3.0",
        "uvicorn[standard]==1",
    ]
    assert all("==" in pin and ">" not in pin for pin in lowest(PROJECT["dependencies"]))


def test_the_site_for_the_browser_holds_three_notebooks_and_says_what_is_missing(tmp_path):
    sys.path.insert(0, str(ROOT / ".ci"))
    try:
        import lite
    finally:
        sys.path.pop(0)
    lite.contents(tmp_path / "site")
    made = sorted((tmp_path / "site" / "notebooks").iterdir())
    assert [path.name[:2] for path in made] == ["01", "02", "03"]
    for path in made:
        first, *rest = json.loads(path.read_text("utf-8"))["cells"]
        assert first["source"] == ["%pip install -q alliance-rupture-repair"] and len(rest) > 9
    assert (tmp_path / "site" / "data" / "synthetic_study" / "responses.csv").is_file()
    packages = {name: {"file_name": f"{name}.whl"} for name in ("numpy", "pandas")}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    (tmp_path / "numpy.whl").write_text("")
    assert set(lite.missing(tmp_path)) == set(lite.NEEDED) - {"numpy"}


def test_placeholders_of_addresses_stand_in_one_place():
    """Until there is a home, the addresses are placeholders: typed in pyproject.toml only."""
    written = {"pyproject.toml", "CITATION.cff", "codemeta.json", "NOTICE"}
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if kept.returncode:
        pytest.skip("not a git checkout")
    for name in set(kept.stdout.splitlines()) - written - {"tests/house/test_project.py"}:
        path = ROOT / name
        if path.is_file() and path.suffix in {
            ".md",
            ".toml",
            ".yml",
            ".yaml",
            ".cff",
            ".json",
            ".py",
        }:
            assert "example.org/alliance" not in path.read_text("utf-8"), name


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name
)
def test_forms_and_workflows_are_yaml(path):
    import yaml

    assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)


def test_every_python_named_is_tested():
    named = set(re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"])))
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8")
    assert named == set(re.findall(r'"(3\.\d+)"', workflow.split("steps:")[0]))


def test_types_are_shipped():
    assert (ROOT / "src" / "alliance" / "py.typed").is_file()
