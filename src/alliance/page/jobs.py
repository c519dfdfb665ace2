"""Jobs: long steps in a process of their own, which says how far it is and can be stopped."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection, wait
from typing import Any

from alliance.errors import AllianceError
from alliance.progress import LISTENER

GRACE = 2.0
RUNNING, DONE, SAID, FAILED, STOPPED = "running", "done", "said", "failed", "stopped"


@cache
def _context() -> Any:
    """Return how processes are started: from one without threads, which has loaded what they need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["alliance.page.work"])
    return context


def warm() -> None:
    """Begin to load what the first job needs, while the first page is read."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        ensure_running()


class Job:
    """A function at work in a process of its own.

    `*arguments`: what can be sent to another process. `seconds`: time after which it is stopped.
    `state` {'running', 'done', 'said', 'failed', 'stopped'}: ``said``: it ended with a message for
    the user; ``failed``: with a fault of the program. `value`: what the function gave. `progress`:
    label, done and total of what it is at.
    """

    def __init__(
        self, function: Callable[..., Any], *arguments: Any, seconds: float = 3600
    ) -> None:
        self.state, self.message = RUNNING, ""
        self.value: Any = None
        self.progress: tuple[str, int, int] | None = None
        self.started = time.monotonic()
        self._reading, writing = _context().Pipe(duplex=False)
        self._process = _context().Process(target=_work, args=(writing, function, arguments))
        self._process.start()
        writing.close()
        self._ended = threading.Event()
        self._timer = threading.Timer(seconds, self.stop)
        self._timer.daemon = True
        self._timer.start()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; return whether it came."""
        return self._ended.wait(seconds)

    def stop(self) -> None:
        """End the process and those it started, if it is still at work."""
        if self.state == RUNNING:
            self.state = STOPPED
            _kill(self._process.pid)

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                kind, value = self._reading.recv()
                if kind == "progress":
                    self.progress = value
                    continue
                if self.state == RUNNING:
                    self.value, self.message = (value, "") if kind == DONE else (None, value)
                    self.state = kind
                break
        if self.state == RUNNING:
            self.state = FAILED
        self._timer.cancel()
        self._process.join(GRACE)
        if self._process.is_alive():
            # A pool of workers that waits for more to do would keep it, and the server, for minutes.
            _kill(self._process.pid)
            self._process.join()
        self._ended.set()


def _kill(process: int | None) -> None:
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)


def _work(writing: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Do the work in the new process and send what came of it."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that it is ended together with what it starts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    LISTENER.set(lambda *news: writing.send(("progress", news)))
    writing.send(_outcome(function, arguments))


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return DONE, function(*arguments)
    except AllianceError as error:
        return SAID, str(error)
    except MemoryError:
        return SAID, "Memory ran out.\nTo fix: close other programs, or take a smaller file."
    except Exception as error:  # what it was is said; where, only to those who look for it
        if os.environ.get("ALLIANCE_TRACEBACK"):
            raise
        return FAILED, type(error).__name__


def _end_with_parent() -> None:
    """End when the server is gone, however it went: nobody would stop this process any more."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        _kill(os.getpid())
