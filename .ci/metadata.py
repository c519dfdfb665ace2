"""Write the files that others cite and archive the project by, all from pyproject.toml and the catalogue.

python .ci/metadata.py            # write them
python .ci/metadata.py --check    # exit with 1 if one is not as it would be written
"""

import argparse
import json
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "src" / "alliance" / "instruments" / "catalogue"
TITLE = (
    "Alliance: ruptures of the therapeutic alliance and their repair, beside what noise would give"
)


def citation(project: dict) -> str:
    """Return CITATION.cff; a quoted JSON text is a YAML text, too."""
    lines = [
        "cff-version: 1.2.0",
        "message: If you use this software, please cite it as below.",
        "type: software",
        f"title: {json.dumps(TITLE)}",
        f"abstract: {json.dumps(project['description'])}",
        "authors:",
        *(f"  - name: {json.dumps(author['name'])}" for author in project["authors"]),
        f"version: {project['version']}",
        f"license: {project['license']}",
        f"url: {json.dumps(project['urls']['Homepage'])}",
        f"repository-code: {json.dumps(project['urls']['Repository'])}",
        "keywords:",
        *(f"  - {json.dumps(word)}" for word in project["keywords"]),
    ]
    return "\n".join(lines) + "\n"


def codemeta(project: dict) -> str:
    """Return codemeta.json."""
    return as_json(
        {
            "@context": "https://doi.org/10.5063/schema/codemeta-2.0",
            "@type": "SoftwareSourceCode",
            "name": TITLE,
            "description": project["description"],
            "identifier": project["name"],
            "version": project["version"],
            "author": [{"@type": "Organization", "name": a["name"]} for a in project["authors"]],
            "license": f"https://spdx.org/licenses/{project['license']}",
            "codeRepository": project["urls"]["Repository"],
            "issueTracker": project["urls"]["Issues"],
            "softwareHelp": project["urls"]["Documentation"],
            "keywords": project["keywords"],
            "programmingLanguage": "Python",
            "runtimePlatform": f"Python {project['requires-python']}",
            "operatingSystem": ["Linux", "macOS", "Windows"],
            "softwareRequirements": project["dependencies"],
            "developmentStatus": "active",
        }
    )


def zenodo(project: dict) -> str:
    """Return .zenodo.json."""
    return as_json(
        {
            "title": TITLE,
            "description": project["description"],
            "upload_type": "software",
            "creators": [{"name": author["name"]} for author in project["authors"]],
            "license": project["license"],
            "access_right": "open",
            "keywords": project["keywords"],
            "language": "eng",
        }
    )


def as_json(content: dict) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def notice(project: dict) -> str:
    """Return NOTICE: whose the questionnaires are, and whom to tell if something should not be here."""
    owners = defaultdict(list)
    for path in sorted(CATALOGUE.glob("*.toml")):
        entry = tomllib.loads(path.read_text("utf-8"))
        if "rights" in entry:
            owners[entry["rights"]["owner"]].append(entry["name"])
    listed = "\n".join(f"{owner}:\n    " + "\n    ".join(owners[owner]) for owner in sorted(owners))
    return f"""alliance {project["version"]}
Copyright (C) {", ".join(author["name"] for author in project["authors"])}
Licence: {project["license"]}; see LICENSE. The data in data/ have their own licences, which stand beside them.

Questionnaires
--------------
This software holds numbers of items, ranges, scoring rules and a few response words such as
"never", which exports carry. It holds no item or instruction of any questionnaire and reproduces no
form. The right to use a form is not given by this software: ask its owner. As far as public pages
tell, the owners are:

{listed}

What may be done with each, where that was read and when: `alliance instruments NAME`.

If you own something that you think should not be here, or is described wrongly, please write to
{project["urls"]["Contact"]}
It will be taken out or mended.
"""


def pages() -> dict[Path, str]:
    """Return the text of each file, by its path."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        ROOT / "CITATION.cff": citation(project),
        ROOT / "codemeta.json": codemeta(project),
        ROOT / ".zenodo.json": zenodo(project),
        ROOT / "NOTICE": notice(project),
    }


def release_notes(version: str) -> str:
    """Return the part of CHANGELOG.md on a version, without its heading."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    found = [part for part in parts if re.match(rf"{re.escape(version)}\b", part)]
    if not found:
        raise SystemExit(f"CHANGELOG.md says nothing of version {version}.")
    return found[0].partition("\n")[2].strip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--release-notes", metavar="VERSION", help="print what is new in a version")
    options = parser.parse_args()
    if options.release_notes:
        print(release_notes(options.release_notes), end="")
        return 0
    stale = [path for path, text in pages().items() if not same(path, text)]
    for path in stale:
        print(f"{path.name} {'is not as it would be written' if options.check else 'written'}")
        if not options.check:
            path.write_text(pages()[path], encoding="utf-8")
    return int(options.check and bool(stale))


def same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
