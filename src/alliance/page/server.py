"""Server: what each address of the page answers, on this computer only, from its start to its end."""

import asyncio
import logging
import os
import tempfile
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from alliance.files import ordinary_file
from alliance.page import arriving, columns, results
from alliance.page.folder import private_folder
from alliance.page.guard import Guard, Pass
from alliance.page.jobs import warm
from alliance.page.keep import download
from alliance.page.render import nothing, of, our_fault
from alliance.page.visit import Desk, Visit


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


IDLE = 3600.0
# Between a window that goes and the next page or sign of life of another one.
GRACE = 90.0
_LOOK = 0.5


def serve(
    file: str | Path | None = None,
    *,
    browser: bool = True,
    idle: float = IDLE,
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Serve the page until it is said goodbye to, or nobody has used it for a while.

    Parameters
    ----------
    file : str or Path, optional
        To begin with; what is remembered of its columns stands beside it.
    browser : bool
        Open the page in the browser.
    idle : float
        Seconds without use after which it ends.
    say : callable
        Is told the address.

    Raises
    ------
    AllianceError
        If the file is none.

    Notes
    -----
    It listens at 127.0.0.1 on a port that the system chooses. The address holds a token that works
    once. Uploads lie in a folder that only this user can open, and are wiped at the end.
    """
    path = None if file is None else ordinary_file(file).resolve()
    # Charts of reports are drawn in processes that have no screen.
    os.environ.setdefault("MPLBACKEND", "Agg")
    usual = tempfile.tempdir
    with private_folder() as folder:
        desk = Desk(folder=folder, known=Pass())
        # Before the folder for temporary files is ours: what it makes there outlives us.
        warm()
        tempfile.tempdir = str(folder)  # parts of uploads lie nowhere else
        try:
            if path is not None:
                desk.add(Visit(path, beside=path.parent))
            _Server(desk, idle=idle, browser=browser, say=say).run()
        finally:
            tempfile.tempdir = usual
            desk.stop_all()


class _Server(uvicorn.Server):
    """A server that knows its port once it listens, and when to end."""

    def __init__(
        self, desk: Desk, *, idle: float, browser: bool, say: Callable[[str], None]
    ) -> None:
        settings = uvicorn.Config(
            make_app(desk),
            host="127.0.0.1",
            port=0,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            limit_concurrency=64,
        )
        super().__init__(settings)
        self.desk, self.idle, self.browser, self.say = desk, idle, browser, say
        self._look: asyncio.Task[None] | None = None
        # What is asked for and what goes wrong could name somebody: nothing is logged.
        quiet = logging.getLogger("uvicorn")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False

    async def startup(self, sockets: Any = None) -> None:
        """Begin to listen, learn the port, and open the page."""
        await super().startup(sockets)
        self.desk.known.port = self.servers[0].sockets[0].getsockname()[1]
        self._look = asyncio.create_task(self._end_in_time())
        self.say(self.desk.known.address)
        if self.browser:
            await asyncio.to_thread(webbrowser.open, self.desk.known.address)

    async def _end_in_time(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(_LOOK)
            now, desk = time.monotonic(), self.desk
            closed = desk.left is not None and now - desk.left > GRACE
            at_work = any(visit.at_work for visit in desk.visits.values())
            if desk.goodbye or closed or (now - desk.used > self.idle and not at_work):
                self.should_exit = True
