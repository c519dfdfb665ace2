"""The pages of a bundle for people: README, codebook and reporting checklist."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from alliance.pseudonyms.judgement import name_tells_nobody
from alliance.results.page import Page, Section, environment
from alliance.study.codebook import Codebook
from alliance.study.deidentify import Deidentified
from alliance.tables import TABLES

# The smallest group that is usually published in a table.
FEWEST = 5


def risks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return in what ways a person could still be recognised, with the counts."""
    sessions = tables["sessions"]
    clients = sessions["client"].nunique()
    lines = [
        "A course of scores is itself a trace: whoever knows when a client's scores fell can find "
        "that client's row.",
        f"There are {clients} clients"
        + ("; in so small a group single persons are easily recognised." if clients < 20 else "."),
    ]
    if "therapist" in sessions.columns:
        each = sessions.groupby("therapist")["client"].nunique()
        small = int((each < FEWEST).sum())
        if small:
            lines.append(
                f"{small} of {len(each)} therapists have fewer than {FEWEST} clients here: numbers by "
                "therapist would speak of single persons."
            )
    longest = sessions.groupby("client")["session"].nunique()
    alone = int((longest == longest.max()).sum())
    if alone < FEWEST:
        lines.append(
            f"{alone} {'client' if alone == 1 else 'clients'} came more often than all others: "
            f"{longest.max()} sessions."
        )
    if any("date" in frame.columns for frame in tables.values()):
        lines.append("Dates were kept; a date can identify a person.")
    return lines


def readme(
    *,
    title: str,
    description: str,
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, Mapping[str, Any]],
    safe: Deidentified,
    rule: str,
) -> str:
    """Return the README as Markdown: what is in the folder, who, and by what one could be recognised."""
    rows = [
        (f"`{files[name]['path']}`", f"{len(frame)}", f"one row is {TABLES[name].row}")
        for name, frame in tables.items()
    ]
    template = environment("alliance.study", escape=False).get_template("readme.txt")
    return template.render(
        title=title,
        description=description,
        plain=_plain,
        files=_table(("file", "rows", "meaning"), rows),
        rule=rule,
        safe=safe,
        # A column whose name could name somebody is not named.
        harmless=name_tells_nobody,
        risks=risks(tables),
    )


def codebook_tables(described: Codebook) -> dict[str, pd.DataFrame]:
    """Return what the codebook says of the columns of each table."""
    made = {}
    for name, variables in described.items():
        rows = [
            (v.name, v.type, v.range, "never" if v.needed else "empty cell", v.meaning)
            for v in variables
        ]
        made[name] = pd.DataFrame(rows, columns=["column", "type", "values", "missing", "meaning"])
    return made


def documents(
    title: str,
    tables: Mapping[str, pd.DataFrame],
    *,
    lead: str = "",
    notes: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return a page of tables as Markdown and as HTML, by ending; each table below its note."""
    parts, sections = [f"# {_plain(title)}", *filter(None, [lead])], []
    for name, frame in tables.items():
        note = tuple(filter(None, [(notes or {}).get(name)]))
        cells = frame.map(_cell).values.tolist()
        parts += [f"## {name}", *note, _table(frame.columns, cells)]
        sections.append(Section(title=name, paragraphs=note, tables=((name, frame),)))
    page = Page(title=title, lead=tuple(filter(None, [lead])), sections=tuple(sections))
    return {".md": "\n\n".join(parts) + "\n", ".html": page.html()}


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = [_plain(name) for name in columns]
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(_plain(str(cell)) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is: no markup, no new line, no bar."""
    # Names come from data files: what looks like markup is shown, never obeyed.
    text = " ".join(str(text).split()).replace("|", "\\|")
    return text.replace("<", "&lt;").replace("[", "\\[")
