"""App: what each address of the page answers; a handler asks the visit and fills in a template."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from alliance.page import arriving, columns, results
from alliance.page.desk import Desk
from alliance.page.guard import Guard
from alliance.page.keep import download
from alliance.page.render import nothing, of, our_fault


def make_app(desk: Desk) -> Guard:
    """Return the application behind its guard."""
    own = Path(__file__).parent / "static"
    routes = [
        Route("/", arriving.start),
        Route("/language", arriving.language, methods=["POST"]),
        Route("/file", arriving.upload, methods=["POST"]),
        Route("/example", arriving.example, methods=["POST"]),
        Route("/here", arriving.here, methods=["POST"]),
        Route("/leaving", arriving.leaving, methods=["POST"]),
        Route("/goodbye", arriving.goodbye, methods=["POST"]),
        Mount("/static", StaticFiles(directory=own)),
        Route("/v/{key}", of(columns.now)),
        Route("/v/{key}/progress", of(columns.progress)),
        Route("/v/{key}/answer", of(columns.answer), methods=["POST"]),
        Route("/v/{key}/roles", of(columns.roles), methods=["POST"]),
        Route("/v/{key}/back", of(columns.back), methods=["POST"]),
        Route("/v/{key}/anew", of(columns.anew), methods=["POST"]),
        Route("/v/{key}/stop", of(columns.stop), methods=["POST"]),
        Route("/v/{key}/remember", of(columns.remember), methods=["POST"]),
        Route("/v/{key}/make/{what}", of(results.make), methods=["POST"]),
        Route("/v/{key}/see/{what}", of(results.see)),
        Route("/v/{key}/chart", of(results.chart)),
        Route("/v/{key}/chance", of(results.chance)),
        Route("/v/{key}/page/{what}.html", of(results.document)),
        Route("/v/{key}/get/{name}", of(download)),
    ]
    app = Starlette(routes=routes, exception_handlers={404: nothing, 500: our_fault})
    app.state.desk = desk
    return Guard(app, known=desk.known)
