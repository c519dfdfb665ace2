"""Keep: what can be saved: tables, pages, the answers about the columns, and the steps as a program."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from starlette.requests import Request
from starlette.responses import Response

from alliance.files import write_table
from alliance.page.render import to
from alliance.page.script import as_notebook, as_script, steps
from alliance.page.visit import READ, REVIEW, STUDY, Visit

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


def _toml(visit: Visit) -> str:
    return "" if visit.talk is None else visit.talk.understood.to_toml()


DOWNLOADS: dict[str, Callable[[Visit], str | bytes]] = {
    "sessions.csv": lambda visit: _table(visit.material.sessions, ".csv"),
    "sessions.xlsx": lambda visit: _table(visit.material.sessions, ".xlsx"),
    "ruptures.csv": lambda visit: _table(visit.view.found(visit.chosen()).frame, ".csv"),
    "review.html": lambda visit: visit.jobs[REVIEW].value[1],
    "study.html": lambda visit: visit.jobs[STUDY].value,
    "columns.mapping.toml": _toml,
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
