"""Render: templates filled in, in the reader's language, and complaints shown as pages."""

import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from alliance.clinic import Words, languages
from alliance.errors import AllianceError
from alliance.explorer import named
from alliance.page.asking import mark
from alliance.page.said import said
from alliance.page.visit import Desk, Visit
from alliance.results.page import environment

Handler = Callable[[Request, Visit], Response]


@cache
def _environment() -> Environment:
    own = environment("alliance.page")
    own.filters.update(said=said, named=lambda name, w, kind: named(w, kind, str(name)))
    return own


def desk_of(request: Request) -> Desk:
    """Return what the server knows."""
    desk: Desk = request.app.state.desk
    return desk


def words_of(request: Request) -> Words:
    """Return the words of the reader's language."""
    desk = desk_of(request)
    if not desk.language:
        wanted = request.headers.get("accept-language", "")[:2].lower()
        desk.language = wanted if wanted in languages() else "en"
    return Words(desk.language, package="alliance.page")


def course_words(request: Request) -> Words:
    """Return the words for what is shown of courses."""
    return Words(words_of(request).language, package="alliance.explorer")


def page(request: Request, name: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """Return a template filled in."""
    words = words_of(request)
    text = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            w=words,
            languages=languages(),
            here=request.url.path,
            mark=mark,
            **shown,
        )
    )
    return HTMLResponse(text, status)


def nothing(request: Request, error: Exception) -> Response:
    """Say that there is no such page."""
    return page(request, "message", 404, says=words_of(request)("error.nothing"), visit=None)


def our_fault(request: Request, error: Exception) -> Response:
    """Say that the program is at fault, and with which kind of error."""
    text = words_of(request)("error.ours", kind=type(error).__name__)
    return page(request, "message", 500, says=text, visit=None)


def wrong(request: Request, visit: Visit | None, error: AllianceError | str) -> Response:
    """Say what did not work, and what can be done."""
    return page(request, "message", 422, says=str(error), visit=visit)


def to(visit: Visit, what: str = "") -> RedirectResponse:
    """Lead on to where a visit stands, or to a part of its results."""
    return RedirectResponse(f"/v/{visit.key}{f'/see/{what}' if what else ''}", 303)


def of(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler that is given the visit of its address, and whose complaints are shown."""

    async def answer(request: Request) -> Response:
        desk = desk_of(request)
        desk.used, desk.left = time.monotonic(), None
        visit = desk.visits.get(request.path_params["key"])
        if visit is None:
            return page(request, "message", 404, says=words_of(request)("error.gone"), visit=None)
        if request.method == "POST":
            request.state.form = await request.form()
        try:
            return await run_in_threadpool(handler, request, visit)
        except AllianceError as error:
            return wrong(request, visit, error)

    return answer
