"""Render: templates filled in, in the reader's language, and complaints shown as pages."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from alliance.clinic import Words, languages
from alliance.errors import AllianceError
from alliance.page.asking import mark
from alliance.page.said import said
from alliance.page.visit import Desk, Visit
from alliance.results.page import environment

Handler = Callable[[Request, Visit], Response]


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
    templates, here = environment("alliance.page"), request.url.path
    templates.filters["said"] = said
    text = templates.get_template(f"{name}.html").render(
        w=words_of(request), languages=languages(), here=here, mark=mark, **shown
    )
    return HTMLResponse(text, status)


def message(
    request: Request, says: str, status: int, visit: Visit | None = None, **shown: Any
) -> Response:
    """Say what did not work, and what can be done."""
    return page(request, "message", status, says=says, visit=visit, **shown)


def nothing(request: Request, error: Exception) -> Response:
    """Say that there is no such page."""
    return message(request, words_of(request)("error.nothing"), 404)


def our_fault(request: Request, error: Exception) -> Response:
    """Say that the program is at fault, and with which kind of error."""
    return message(request, words_of(request)("error.ours", kind=type(error).__name__), 500)


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
            return message(request, words_of(request)("error.gone"), 404)
        if request.method == "POST":
            request.state.form = await request.form()
        try:
            return await run_in_threadpool(handler, request, visit)
        except AllianceError as error:
            return message(request, str(error), 422, visit)

    return answer
