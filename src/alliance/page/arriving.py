"""Arriving: the first page, files that come, and the end."""

import time
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alliance.clinic import languages
from alliance.page import work
from alliance.page.folder import safe_name
from alliance.page.render import desk_of, message, page, to, words_of
from alliance.page.visit import OPEN, Visit

# A quick step is waited for, so that nobody sees a page that says so.
PATIENCE = 1.5


def start(request: Request) -> Response:
    """Show where a file is chosen; a file named at the start comes first."""
    desk = desk_of(request)
    desk.used, desk.left = time.monotonic(), None
    named = next((visit for visit in desk.visits.values() if visit.beside is not None), None)
    if named is not None and len(desk.visits) == 1 and "another" not in request.query_params:
        return to(named)
    return page(request, "start", largest=desk.known.largest)


async def language(request: Request) -> Response:
    """Take the language that the pages shall be in."""
    form = await request.form()
    wanted, back = str(form.get("language", "")), str(form.get("here", "/"))
    if wanted in languages():
        desk_of(request).language = wanted
    return RedirectResponse(back if back.startswith(("/v/", "/?")) else "/", 303)


async def upload(request: Request) -> Response:
    """Keep a file that was sent in the private folder, and begin to read it."""
    desk = desk_of(request)
    async with request.form(max_files=2, max_fields=4) as form:
        sent = form.get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return message(request, words_of(request)("error.no_file"), 422)
        folder = desk.new_folder()
        path = await _kept(sent, folder / safe_name(sent.filename))
        mapping = form.get("mapping")
        known = None
        if isinstance(mapping, UploadFile) and mapping.filename:
            known = await _kept(mapping, folder / "known.toml")
    visit = desk.add(await run_in_threadpool(lambda: Visit(path, mapping=known)))
    await run_in_threadpool(visit.jobs[OPEN].wait, PATIENCE)
    return to(visit)


async def _kept(sent: UploadFile, path: Path) -> Path:
    with path.open("xb") as file:
        while part := await sent.read(1 << 20):
            file.write(part)
    return path


def example(request: Request) -> Response:
    """Begin with the file of a synthetic clinic."""
    desk = desk_of(request)
    path = desk.new_folder() / "synthetic_clinic.csv"
    work.example(path)
    return to(desk.add(Visit(path, synthetic=True)))


def here(request: Request) -> Response:
    """Hear that a window is open: that does not count as use, but takes back a goodbye."""
    desk_of(request).left = None
    return Response(status_code=204)


def leaving(request: Request) -> Response:
    """Hear that a window was closed or went to another page."""
    desk_of(request).left = time.monotonic()
    return Response(status_code=204)


def goodbye(request: Request) -> Response:
    """End, at the wish of the user."""
    desk = desk_of(request)
    desk.goodbye = True
    return page(request, "goodbye")
