"""Keep: what can be saved: tables, pages, the answers about the columns, and the steps as a program."""

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from pprint import pformat
from string import Template
from typing import Any

import pandas as pd
from starlette.requests import Request
from starlette.responses import Response

from alliance.explorer import Choice
from alliance.files import write_table
from alliance.intake import ExportMap
from alliance.page.render import to
from alliance.page.visit import READ, REVIEW, STUDY, Visit
from alliance.page.work import DRAWS

_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
    ".py": "text/x-python; charset=utf-8",
    ".ipynb": "application/x-ipynb+json",
}


def _table(frame: pd.DataFrame, ending: str) -> bytes:
    """Return a table as it is written anywhere, with formulas made harmless."""
    path = Path(tempfile.mkdtemp()) / f"table{ending}"
    return write_table(frame, path).read_bytes()


def _code(visit: Visit) -> list[tuple[str, str]]:
    if visit.talk is None:
        return []
    return steps(visit.path.name, visit.talk.understood, visit.chosen())


DOWNLOADS: dict[str, Callable[[Visit], str | bytes]] = {
    "sessions.csv": lambda visit: _table(visit.material.sessions, ".csv"),
    "sessions.xlsx": lambda visit: _table(visit.material.sessions, ".xlsx"),
    "ruptures.csv": lambda visit: _table(visit.view.found(visit.chosen()).frame, ".csv"),
    "review.html": lambda visit: visit.jobs[REVIEW].value[1],
    "study.html": lambda visit: visit.jobs[STUDY].value,
    "columns.mapping.toml": lambda visit: visit.talk.understood.to_toml() if visit.talk else "",
    "steps.py": lambda visit: as_script(_code(visit)),
    "steps.ipynb": lambda visit: as_notebook(_code(visit)),
}


def download(request: Request, visit: Visit) -> Response:
    """Give one of the files that can be saved."""
    name = request.path_params["name"]
    needed = name.removesuffix(".html") if name.endswith(".html") else READ
    if name not in DOWNLOADS or not visit.is_done(needed):
        return to(visit, "keep")
    return Response(
        DOWNLOADS[name](visit),
        media_type=_TYPES[Path(name).suffix],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


_WIDTH = 96


def steps(name: str, mapping: ExportMap, choice: Choice) -> list[tuple[str, str]]:
    """Return the steps as pairs of a sentence and the code that takes it."""
    chosen = {"rater": choice.rater, "scale": choice.scale}
    text = (files("alliance.page") / "templates" / "steps.txt").read_text("utf-8")
    filled = Template(text).substitute(
        export=repr(name),
        columns=pformat(_said(mapping), width=_WIDTH, sort_dicts=False),
        rule=_rule(choice),
        chosen=", ".join(f"{key}={value!r}" for key, value in chosen.items()),
        draws=DRAWS,
    )
    # A step begins with the sentence that says what it does.
    parts = re.split(r"^# (.+)\n", filled, flags=re.MULTILINE)[1:]
    return [(words, code.strip()) for words, code in zip(parts[::2], parts[1::2], strict=True)]


def _said(mapping: ExportMap) -> dict[str, Any]:
    """Return the settings that differ from those of an empty mapping."""
    empty = ExportMap()
    settings = {field.name: getattr(mapping, field.name) for field in fields(mapping)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in settings.items()
        if value != getattr(empty, name)
    }


def _rule(choice: Choice) -> str:
    lines = [f"rule = al.rules.load({choice.rule!r})"]
    parts = {"threshold": ("rupture", choice.threshold), "window": ("repair", choice.window)}
    changed = {name: part for name, part in parts.items() if part[1] is not None}
    if changed:
        lines.insert(0, "from dataclasses import replace\n")
    lines += [
        f"rule = replace(rule, {part}=replace(rule.{part}, {name}={value!r}))"
        for name, (part, value) in changed.items()
    ]
    return "\n".join(lines)


def as_script(parts: list[tuple[str, str]]) -> str:
    """Return the steps as a Python program."""
    return "\n\n".join(f"# {words}\n{code}" for words, code in parts) + "\n"


def as_notebook(parts: list[tuple[str, str]]) -> str:
    """Return the steps as a Jupyter notebook."""
    cells: list[dict[str, Any]] = []
    not_run: dict[str, Any] = {"execution_count": None, "outputs": []}
    for number, (words, code) in enumerate(parts):
        cells += [
            {"cell_type": "markdown", "id": f"w{number}", "metadata": {}, "source": words},
            {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": code, **not_run},
        ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1)
