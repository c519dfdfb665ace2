"""Pages that come from the package itself: instruments, rules, commands, functions, figures."""

import csv
import importlib
import inspect
import json
import pkgutil
from argparse import HelpFormatter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import alliance
from alliance.cli import build_parser
from alliance.instruments import GRADES, instruments, keys_needed
from alliance.rules import PROVENANCE, presets

_INSIDE = {"__main__", "arrays", "cli", "demo"}


def pages(folder: Path) -> dict[str, str]:
    """Return the text of each generated page by its path, and draw the figures they show."""
    rooms = {f"reference/rooms/{name}.md": room(name) for name in room_names()}
    figures(folder / "figures")
    return {
        "reference/instruments.md": instrument_page(),
        "reference/rules.md": rule_page(),
        "reference/commands.md": command_page(),
        "reference/functions.md": function_page(),
        "notebooks/index.md": notebook_page(folder / "notebooks"),
        **rooms,
    }


def room_names() -> list[str]:
    """Return the rooms whose names a user may need."""
    listed = (module.name for module in pkgutil.iter_modules(alliance.__path__))
    return [name for name in listed if name not in _INSIDE and not name.startswith("_")]


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    lines = [list(heads), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _source(reference: str, doi: str) -> str:
    return f"{reference} [doi:{doi}](https://doi.org/{doi})" if doi else reference


def instrument_page() -> str:
    """Return the catalogue of instruments, with how each scoring key was checked."""
    rows = [
        (
            f"`{each.key}`",
            each.name,
            each.kind,
            each.items,
            f"{each.minimum:g}–{each.maximum:g}",
            ", ".join(each.scales),
            each.metric,
            "; ".join(f"{rater}: {grade}" for rater, grade in each.raters.items()),
        )
        for each in instruments().values()
    ]
    sections = [_instrument(each) for each in instruments().values()]
    needed = table(
        ("Key", "Questionnaire", "What is known"),
        [(f"`{each.key}`", each.name, each.known) for each in keys_needed()],
    )
    heads = ("Key", "Questionnaire", "Kind", "Items", "Answers", "Scales", "Score", "Key checked")
    return "\n\n".join(
        [
            "# Instruments",
            "Made from the catalogue when this site was built. Only item numbers are held, never "
            "the wording of items, which belongs to their owners. What is said of rights was read on "
            "public pages on the day named; it is no legal advice.",
            table(heads, rows),
            "## How a key was checked",
            table(("Grade", "Meaning"), GRADES.items()),
            "## Each instrument",
            *sections,
            "## Not built in: a key is needed",
            "Their scoring keys could not be verified in public sources. See "
            "{doc}`/how-to/own-questionnaire`.",
            needed,
        ]
    )


def _instrument(each) -> str:
    lines = [
        f"- {scale}: items {', '.join(map(str, items))}" for scale, items in each.scales.items()
    ]
    turned = ", ".join(map(str, each.reversed_items)) or "none"
    more = [f"- Scaled: {times:g} times the {of}" for of, times in each.scaled.items()]
    if each.optional_items:
        more.append(f"- Need not apply: items {', '.join(map(str, each.optional_items))}")
    if each.opposite_scales:
        more.append(f"- Low is good in: {', '.join(each.opposite_scales)}")
    better = "higher" if each.higher_is_better else "lower"
    notes = [f"- Note: {note}" for note in each.notes]
    cuts = [f"- Cut-off {cut.value:g}: {cut.meaning} ({cut.source})" for cut in each.cutoffs]
    changes = [
        f"- Reliable change: {change.points:g} points ({change.source})"
        for change in each.reliable_changes
    ]
    parts = [
        f"### {each.key}",
        each.name,
        "\n".join([] if each.totals_only else [*lines, f"- Reversed: {turned}", *more])
        or "Only ready-made totals are accepted.",
        "\n".join(
            [f"- {better.capitalize()} is better", f"- Missing answers: {each.missing_rule_from}"]
            + [*cuts, *changes, *notes]
        ),
        f"How the key was checked: {each.checked}",
        f"Rights: {each.rights.text()}",
        f"Source: {_source(each.reference, each.doi)}",
    ]
    return "\n\n".join(parts)


def rule_page() -> str:
    """Return every named rule, how surely it is known, its source and what it cannot see."""
    rows = [
        (f"[`{rule.name}`](#{rule.name})", rule.provenance, rule.repair_provenance)
        for rule in presets().values()
    ]
    sections = [
        "\n\n".join(
            [
                f"### {rule.name}",
                rule.text(),
                f"Rupture: {rule.provenance}. Repair: {rule.repair_provenance}. "
                f"Source: {_source(rule.citation or 'put together here', rule.doi)}",
                "Known blind spots:" if rule.blind_spots else "",
                "\n".join(f"- {spot}" for spot in rule.blind_spots),
            ]
        )
        for rule in presets().values()
    ]
    meanings = {**PROVENANCE, "ours": "the source gives no repair rule; this one was chosen here"}
    return "\n\n".join(
        [
            "# Rules",
            "Made from the presets when this site was built. There is no agreed rule for a "
            "rupture; {doc}`/explanation/what-a-rule-can-see` says what none of them can do.",
            table(("Rule", "Rupture rule known", "Repair rule known"), rows),
            "## How surely a rule is known",
            table(("Grade", "Meaning"), meanings.items()),
            "## Each rule",
            *sections,
        ]
    )


def command_page() -> str:
    """Return the help of every command."""
    parser = build_parser()
    (commands,) = (action for action in parser._actions if action.choices)
    parts = [f"## alliance {name}\n\n{_help(part)}" for name, part in commands.choices.items()]
    return "\n\n".join(["# Commands", _help(parser), *parts])


def _help(parser) -> str:
    parser.formatter_class = partial(HelpFormatter, width=96)
    return f"```text\n{parser.format_help().rstrip()}\n```"


def function_page() -> str:
    """Return what `import alliance as al` offers, each with its first sentence."""
    rows = []
    for name, room_name in sorted(alliance._FUNCTIONS.items()):
        value = getattr(alliance, name)
        first = (value.__doc__ or "").strip().split("\n\n")[0]
        link = f"{{py:obj}}`al.{name} <alliance.{room_name}.{name}>`"
        rows.append((link, first.replace("`", "")))
    rooms = "\n".join(f"- {{doc}}`rooms/{name}`" for name in room_names())
    toc = "\n".join(f"rooms/{name}" for name in room_names())
    return "\n\n".join(
        [
            "# Functions",
            "What `import alliance as al` offers:",
            table(("Name", "What it does"), rows),
            "## Rooms",
            "The same and everything else, by the part of the house it lives in:",
            rooms,
            f"```{{toctree}}\n:hidden:\n{toc}\n```",
        ]
    )


def notebook_page(folder: Path) -> str:
    """Return the list of notebooks, each with its question."""
    found = sorted(folder.glob("*.ipynb"))
    rows = [(f"{{doc}}`{path.stem}`", _question(path)) for path in found]
    toc = "\n".join(path.stem for path in found)
    return "\n\n".join(
        [
            "# Notebooks",
            "One question each. They stand in the folder `notebooks/`: open them in JupyterLab, "
            "and change the one marked cell to use your own data.",
            table(("Notebook", "Question"), rows),
            f"```{{toctree}}\n:hidden:\n{toc}\n```",
        ]
    )


def _question(path: Path) -> str:
    """Return the first paragraph below the title of a notebook."""
    first = json.loads(path.read_text("utf-8"))["cells"][0]["source"]
    paragraphs = "".join(first).split("\n\n")
    return paragraphs[1].strip("*") if len(paragraphs) > 1 else ""


def room(name: str) -> str:
    """Return the page of a room, filled from its docstrings."""
    made = importlib.import_module(f"alliance.{name}")
    directive = f".. automodule:: alliance.{name}\n   :members:"
    # A package offers what its __init__ imports.
    if hasattr(made, "__path__"):
        names = [each for each in vars(made) if not inspect.ismodule(getattr(made, each))]
        offered = ", ".join(each for each in names if not each.startswith("_"))
        directive += f" {offered}\n   :imported-members:"
    return f"# alliance.{name}\n\n```{{eval-rst}}\n{directive}\n```\n"


def equal_alarms() -> str:
    """Return what each way of looking finds at equal false alarms, as it was measured."""
    path = Path(__file__).parents[1] / "calibration" / "equal_alarms.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cells = [
        (
            row["statistic"],
            f"{100 * float(row['found']):.0f} % (± {196 * float(row['standard_error']):.0f})",
        )
        for row in rows
    ]
    first = rows[0]
    return "\n\n".join(
        [
            table(("A session is flagged by its", "True ruptures found"), cells),
            f"Simulated; {first['studies']} studies of {first['clients']} clients, ± half of a 95 % interval "
            "(`calibration/equal_alarms.py`).\n",
        ]
    )


def large_data() -> str:
    """Return time and peak memory of each step on a dataset, as they were measured."""
    path = Path(__file__).parents[1] / "benchmarks" / "large_data.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cells = [
        (
            f"`{row['step']}`",
            f"{float(row['rows']) / 1e6:g} million of {int(row['clients']):,} clients",
            f"{float(row['processor_seconds']):,.0f} s",
            f"{int(row['peak_mb']):,} MB",
        )
        for row in rows
    ]
    return table(("Step", "Sessions", "Processor time", "Peak memory"), cells) + "\n"


def figures(folder: Path) -> None:
    """Draw the figures of the pages of explanation from the measured tables."""
    import matplotlib

    matplotlib.use("Agg")
    import drawings
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    for name in drawings.__all__:
        drawn = getattr(drawings, name)()
        alliance.figures.save(drawn, folder / f"{name}.svg")
        plt.close("all")
