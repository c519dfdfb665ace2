"""Run the examples of a page in order, as a reader does who types along, and show what they gave."""

import ast
import contextlib
import html
import io
import os
import re
import shlex
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from alliance.cli import main

BLOCK = re.compile(r"^```(python|console)\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)
_PICTURES = (".png", ".svg")


class ExampleError(Exception):
    """An example did not do what its page says."""


def run_page(text: str, keep: Callable[[Path], str] | None = None) -> str:
    """Run the examples of a page in the current folder; return the page with what they gave.

    Parameters
    ----------
    text : str
        The page in Markdown. Blocks of ``python`` share their names; in blocks of ``console`` the
        lines that begin with ``$ alliance`` are run.
    keep : callable, optional
        Given a picture that an example wrote, puts it where the page can show it and returns the
        address; without it pictures are not shown.

    Raises
    ------
    ExampleError
        If a command ends with another exit code than the page states (0 where it states none).
    """
    names: dict[str, object] = {"__name__": "example"}

    def shown(block: re.Match[str]) -> str:
        run = _run_python if block[1] == "python" else _run_console
        before = _pictures()
        given = list(run(block[2], names))
        if keep is not None:
            given += [_picture(keep(path)) for path in sorted(_pictures() - before)]
        return block[0].rstrip("\n") + "\n" + "".join(f"\n{part}\n" for part in given)

    return BLOCK.sub(shown, text)


def _pictures() -> set[Path]:
    return {path for path in Path().iterdir() if path.suffix in _PICTURES}


def _picture(address: str) -> str:
    name = Path(address).stem.rpartition("-")[2]
    return f"```{{image}} {address}\n:alt: The figure {name} that this example draws.\n```"


def _run_python(code: str, names: dict[str, object]) -> Iterator[str]:
    """Run a block; what it prints and what its bare expressions are come in their order."""
    for statement in ast.parse(code).body:
        spoken = io.StringIO()
        value = None
        with contextlib.redirect_stdout(spoken), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), "example", "eval"), names)
            else:
                exec(compile(ast.Module([statement], []), "example", "exec"), names)
        if spoken.getvalue():
            yield _spoken(spoken.getvalue())
        if hasattr(value, "_repr_html_"):
            # The corner of a table is no heading of anything.
            table = value._repr_html_().replace("<th></th>", "<td></td>")
            yield f'<div class="output example-output">\n{_one_block(table)}\n</div>'


def _run_console(code: str, names: dict[str, object]) -> Iterator[str]:
    for line in code.splitlines():
        if not line.startswith("$ alliance"):
            continue
        command, _, note = line.removeprefix("$ alliance").partition("  #")
        stated = re.search(r"exit code (\d+)", note)
        expected = int(stated[1]) if stated else 0
        spoken = io.StringIO()
        with contextlib.redirect_stdout(spoken), contextlib.redirect_stderr(spoken):
            code = main(shlex.split(command))
        if code != expected:
            raise ExampleError(f"alliance{command} ended with {code}:\n{spoken.getvalue()}")
        if spoken.getvalue().strip():
            yield _spoken(spoken.getvalue())


def _spoken(text: str) -> str:
    # The folder in which the examples were run is nobody's business.
    text = text.replace(str(Path.cwd()) + os.sep, "")
    return f'<pre class="example-output">{_one_block(html.escape(text.strip()))}</pre>'


def _one_block(text: str) -> str:
    """Return HTML without empty lines, which would end it in Markdown."""
    return re.sub(r"\n\s*\n", "\n&#8203;\n", text.strip())
