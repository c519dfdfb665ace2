"""The command `alliance`: thin, each step reading and writing plain files."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from alliance.cli.command import Command, Options, find_commands, spelled_out
from alliance.cli.outputs import check_outputs
from alliance.cli.redaction import redaction_of
from alliance.cli.screen import REDACTION, fit_to_console, say, warnings_as_notes
from alliance.errors import AllianceError
from alliance.version import __version__

DONE, OUR_FAULT, USERS_FAULT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 2 the input is at fault, 1 ours."""
    # Our matrices are small: threads of the linear algebra only wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    fit_to_console()
    commands = find_commands()
    given = spelled_out(sys.argv[1:] if arguments is None else arguments, commands)
    parser = build_parser(commands, only=given[:1])
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return DONE
    ended = signal.getsignal(signal.SIGTERM)
    # One process can run several commands: what one may not say ends with it.
    token = REDACTION.set(None)
    try:
        # Only the main thread may set a handler of signals; a server calls `main` from others.
        if _is_main_thread():
            signal.signal(signal.SIGTERM, _stop)
        return _run(commands[options.command], options)
    except AllianceError as error:
        return _failed(error, USERS_FAULT)
    except KeyboardInterrupt:
        return _failed("Stopped; no file was half written.", OUR_FAULT)
    # A machine with too little memory is no fault of the program.
    except MemoryError:
        return _failed(
            "Memory ran out.\nTo fix: close other programs, leave out columns and rows that are not "
            "needed, or use a computer with more memory.",
            USERS_FAULT,
        )
    except BrokenPipeError:
        # The reader of a pipe (head, less) has gone; leave without a complaint of our own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if os.environ.get("ALLIANCE_TRACEBACK"):
            raise
        return _failed(
            f"This is a fault of the program, not of your data: {type(error).__name__}.\n"
            "No file was changed. Set ALLIANCE_TRACEBACK=1 to see where it happened, and please "
            "report it without client data.",
            OUR_FAULT,
        )
    finally:
        REDACTION.reset(token)
        if _is_main_thread():
            signal.signal(signal.SIGTERM, ended)


def _run(command: Command, options: Options) -> int:
    if options.rows_only or os.environ.get("ALLIANCE_ROWS_ONLY"):
        REDACTION.set(redaction_of(command, options))
    # Before any work: a name refused after an hour of draws would cost that hour.
    check_outputs(command, options)
    with warnings_as_notes():
        return command.run(options)


def _failed(message: object, code: int) -> int:
    say(message, to=sys.stderr)
    return code


def _stop(number: int, frame: FrameType | None) -> None:
    """Leave as Ctrl-C does, so that what is half made is taken away."""
    raise KeyboardInterrupt


def _is_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def build_parser(
    commands: dict[str, Command] | None = None, *, only: Sequence[str] | None = None
) -> argparse.ArgumentParser:
    """Return the parser of the command line, with the options of every command or of some."""
    parser = argparse.ArgumentParser(
        prog="alliance",
        description="From questionnaires filled in after each session to ruptures and their repair. "
        "Nothing leaves this computer.",
        epilog="Start with: alliance demo",
    )
    parser.add_argument("--version", action="version", version=f"alliance {__version__}")
    parts = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in (commands or find_commands()).items():
        says = command.summary
        part = parts.add_parser(name, help=says, description=says, epilog=command.epilog)
        if only is not None and name not in only:
            continue
        command.add_to(part)
        # Every command has it, and none has to name it.
        part.add_argument(
            "--rows-only",
            action="store_true",
            help="name rows, not people, in all messages (for all commands: ALLIANCE_ROWS_ONLY=1)",
        )
    return parser
