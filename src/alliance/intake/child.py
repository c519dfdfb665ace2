"""Files that C and Rust code reads are read in a process of their own, which may fail and must end.

A damaged or hostile file can end a reader, keep it busy for ever, or let it ask for more memory than
there is. None of that reaches the process that asked: it gets plain values, or a sentence.
"""

import contextlib
import io
import math
import os
import pickle
import signal
import struct
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, Problem

_MEGABYTE = 1_000_000
# Names a result may hold besides texts, numbers, lists and tables: they do nothing when made.
_PLAIN = {("datetime", name) for name in ("date", "datetime", "time", "timedelta")}
_SIGNALS = {signal.SIGKILL, signal.SIGXCPU} if os.name == "posix" else set()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a file may cost to read."""

    memory: int  # Bytes beyond what the process holds already
    seconds: float  # Processor time, so that a busy machine refuses no sound file

    @property
    def patience(self) -> float:
        """Seconds on the clock after which a process that does nothing is given up."""
        return 4 * self.seconds

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return limits by a file's size, or ``ALLIANCE_READ_MEMORY`` (MB) and ``_SECONDS``."""
        size = path.stat().st_size
        memory = _setting("ALLIANCE_READ_MEMORY", max(1200, 40 * size / _MEGABYTE))
        seconds = _setting("ALLIANCE_READ_SECONDS", 5 + 3 * size / _MEGABYTE)
        return cls(memory=int(memory * _MEGABYTE), seconds=seconds)


def _setting(name: str, usual: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else usual
    except ValueError:
        value = -1.0
    if not 0 < value < 1e9:
        raise AllianceError(f"{name} must be a number above 0, not '{text}'.")
    return value


def limited(function: Callable[..., Any], path: Path, *arguments: Any) -> Any:
    """Return what a function gives for a file, run in a process with limits.

    `function`: takes the path and the arguments; returns texts, numbers, lists, mappings, tables,
    and dataclasses of this package. `*arguments`: plain values. Raises AllianceError what the
    function raises; or that the reader broke, took too long or needed too much memory.

    The process is forked where that is safe (Linux), which takes a few hundredths of a second, and
    started anew elsewhere. Windows and macOS do not hold a process to an amount of memory: there the
    time is limited alone.
    """
    limits = Limits.of(path)
    run = _fork if sys.platform == "linux" else _spawn
    started = time.monotonic()
    answer, ended = run(function, (path, *arguments), limits)
    if not answer:
        raise _no_answer(path, ended, time.monotonic() - started >= limits.patience, limits)
    kind, value = _decoded(answer)
    if kind == "done":
        return value
    if kind == "said":
        raise AllianceError(value)
    if kind == "memory":
        raise _too_much_memory(path, limits)
    raise damaged(path, value)


def _no_answer(path: Path, ended: int, late: bool, limits: Limits) -> AllianceError:
    # Killed by the limit of time, or by the system for what it used.
    if late or -ended in _SIGNALS:
        return AllianceError(
            f"{path.name} could not be read within {limits.seconds:.0f} seconds: it is damaged, or very "
            "large.\nTo fix: export it again, as CSV; if it is sound, allow more time with "
            "ALLIANCE_READ_SECONDS=600."
        )
    if ended == _NO_MEMORY:
        return _too_much_memory(path, limits)
    return damaged(path, "the program that reads such files broke off")


def damaged(path: Path, reason: str) -> AllianceError:
    """Return the error that a file cannot be read, for a reason in a word or a sentence."""
    return AllianceError(
        f"{path.name} is damaged or is not what its ending says ({reason}).\n"
        "To fix: export it again, or open it in the program that wrote it and save it as CSV."
    )


def _too_much_memory(path: Path, limits: Limits) -> AllianceError:
    return AllianceError(
        f"{path.name} needs more than {limits.memory / _MEGABYTE:.0f} MB of memory to be read: it is "
        "damaged, or very large.\nTo fix: export it again, as CSV and without columns that are not "
        "needed; if it is sound, allow more with ALLIANCE_READ_MEMORY=8000 (megabytes)."
    )


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Return what a function gives or raises, as bytes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _encoded(("done", function(*arguments)))
    except AllianceError as error:
        return _encoded(("said", str(error)))
    except MemoryError:
        return _encoded(("memory", ""))
    except BaseException as error:  # a panic of Rust code is no Exception
        return _encoded(("failed", type(error).__name__))


# --- a process forked from this one -------------------------------------------------------------

_NO_MEMORY = 77


def _fork(
    function: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits
) -> tuple[bytes, int]:
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python warns of other threads: the child takes no lock that one of them could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _in_child(function, arguments, limits, writing)
    os.close(writing)
    answer = b""
    try:
        answer = _received(reading, time.monotonic() + limits.patience)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    return answer, os.waitstatus_to_exitcode(status)


def _in_child(
    function: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits, writing: int
) -> None:
    """Do the work of the child and end it; nothing of the parent is cleaned up here."""
    code = 1
    try:
        _quiet()
        _limit_time(limits)
        _limit_memory(limits)
        answer = _answer(function, arguments)
        # The length first, so that an answer cut short is seen to be one.
        view = memoryview(struct.pack("<Q", len(answer)) + answer)
        while view:
            view = view[os.write(writing, view) :]
        code = 0
    except MemoryError:
        # Even the message may find no memory: the code says it.
        code = _NO_MEMORY
    finally:
        os._exit(code)


def _quiet() -> None:
    """Say nothing where the parent speaks: no panic, no dump of the reader's memory."""
    import faulthandler

    faulthandler.disable()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _limit_time(limits: Limits) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = math.ceil(limits.seconds)
    # The process is told at the first, and ended at the second if it did not heed that.
    hard = seconds + 1 if most == resource.RLIM_INFINITY else min(seconds + 1, most)
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, hard), hard))


def _limit_memory(limits: Limits) -> None:
    import resource

    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - no pathlib in a forked child
        # A fork shares what its parent holds: the limit counts from there.
        held = int(file.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = held + limits.memory
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))


def _received(reading: int, until: float) -> bytes:
    """Return the whole answer, or nothing if it does not come in time."""
    import select

    parts: list[bytes] = []
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([reading], [], [], left)
        part = os.read(reading, 1 << 20) if ready else b""
        if not part:
            break
        parts.append(part)
    answer = b"".join(parts)
    whole = len(answer) >= 8 and struct.unpack("<Q", answer[:8])[0] == len(answer) - 8
    return answer[8:] if whole else b""


# --- a process started anew ---------------------------------------------------------------------


def _spawn(
    function: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits
) -> tuple[bytes, int]:
    order = pickle.dumps((function.__module__, function.__name__, arguments, limits))
    try:
        done = subprocess.run(
            [sys.executable, "-c", "from alliance.intake.child import serve; serve()"],
            input=order,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return b"", -int(signal.SIGTERM)
    return done.stdout, done.returncode


def serve() -> None:
    """Read what to do from the standard input, and write the answer to the standard output."""
    module, name, arguments, limits = pickle.loads(sys.stdin.buffer.read())
    if os.name == "posix":
        _limit_time(limits)
    if sys.platform == "linux":
        _limit_memory(limits)
    sys.stdout.buffer.write(_answer(getattr(import_module(module), name), arguments))


# --- what passes between them -------------------------------------------------------------------


class _Pickler(pickle.Pickler):
    """Writes tables as their columns, so that none of pandas' own code is named."""

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, pd.DataFrame):
            columns = [_column(obj.iloc[:, place]) for place in range(obj.shape[1])]
            return (
                "table",
                list(obj.columns),
                columns,
                _column(obj.index.to_series()),
                obj.index.name,
            )
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, np.generic):
            return _plain, (obj.item(),)
        return NotImplemented


def _plain(value: Any) -> Any:
    return value


def _column(values: pd.Series) -> tuple[str, Any]:
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufbM":
        numbers = np.ascontiguousarray(values.to_numpy())
        return numbers.dtype.str, numbers.tobytes()
    return "text", [None if value is pd.NA or value != value else value for value in values]


class _Unpickler(pickle.Unpickler):
    """Makes nothing but plain values, tables and this package's own dataclasses and notes."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if (module, name) == (__name__, "_plain"):
            return _plain
        # Dataclasses of this package, and notes, run no code of a file's choice.
        if module.startswith("alliance."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or found is Problem):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> pd.DataFrame:
        _, names, columns, index, index_name = pid
        rows = _series(index)
        frame = pd.DataFrame({place: _series(column) for place, column in enumerate(columns)})
        frame.index = (
            pd.Index(rows, name=index_name) if len(rows) else frame.index.rename(index_name)
        )
        frame.columns = pd.Index(names) if names else frame.columns
        return frame


def _series(column: tuple[str, Any]) -> pd.Series:
    kind, values = column
    if kind == "text":
        is_text = all(value is None or isinstance(value, str) for value in values)
        return pd.Series(values, dtype="str" if is_text else None)
    if np.dtype(kind).kind not in "iufbM":
        raise pickle.UnpicklingError(kind)
    return pd.Series(np.frombuffer(values, dtype=kind).copy())


def _encoded(value: object) -> bytes:
    content = io.BytesIO()
    _Pickler(content, protocol=5).dump(value)
    return content.getvalue()


def _decoded(content: bytes) -> Any:
    try:
        return _Unpickler(io.BytesIO(content)).load()
    except MemoryError:
        raise
    except Exception as error:
        return "failed", type(error).__name__
