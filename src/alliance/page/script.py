"""Script: the steps of the page as a Python program and as a notebook, to go on with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pprint import pformat
from typing import Any

from alliance.explorer import Choice
from alliance.intake import ExportMap
from alliance.page.work import DRAWS

_WIDTH = 96


def steps(name: str, mapping: ExportMap, choice: Choice) -> list[tuple[str, str]]:
    """Return the steps as pairs of a sentence and the code that takes it.

    `name`: of the file. `mapping`: what the page understood and was told. `choice`: rater, scale,
    rule, threshold and window looked at.
    """
    chosen = {"rater": choice.rater, "scale": choice.scale}
    arguments = ", ".join(f"{key}={value!r}" for key, value in chosen.items())
    return [
        (
            "The file, and what its columns mean.",
            f"EXPORT = {name!r}\nCOLUMNS = {pformat(_said(mapping), width=_WIDTH, sort_dicts=False)}",
        ),
        (
            "Sessions with scores; what cannot stand is set aside, and said in `read.how`.",
            "import warnings\n\nimport alliance as al\n\n"
            'warnings.simplefilter("ignore", al.AllianceWarning)\n'
            "read = al.clinic.read_sessions(EXPORT, **COLUMNS)\nsessions = read.sessions\n"
            'print("\\n".join(read.how))',
        ),
        (
            "The clinic's review.",
            "review = al.clinic.review(sessions, responses=read.responses, outcomes=read.outcomes)\n"
            "print(review.text())\n"
            'with open("review.html", "w", encoding="utf-8") as file:\n'
            "    file.write(al.clinic.review_page(al.clinic.with_losses(review, read.losses), "
            "how=read.how))",
        ),
        (
            "Ruptures and repairs by the rule that was looked at last.",
            f"{_rule(choice)}\nfound = al.find_ruptures(sessions, rule, {arguments})\n"
            'print(found.text())\nfound.frame.to_csv("ruptures.csv", index=False)',
        ),
        (
            "Does repair leave the alliance stronger? (A minute or more.)",
            f"answer = al.repair_gain(sessions, draws={DRAWS}, {arguments})\nprint(answer.text())",
        ),
    ]


def _said(mapping: ExportMap) -> dict[str, Any]:
    """Return the settings that differ from those of an empty mapping."""
    empty = asdict(ExportMap())
    settings = {field.name: getattr(mapping, field.name) for field in fields(mapping)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in settings.items()
        if value != empty[name]
    }


def _rule(choice: Choice) -> str:
    lines = [f"rule = al.rules.load({choice.rule!r})"]
    parts = {"threshold": ("rupture", choice.threshold), "window": ("repair", choice.window)}
    changed = {name: part for name, part in parts.items() if part[1] is not None}
    if changed:
        lines.insert(0, "from dataclasses import replace\n")
    lines += [
        f"rule = replace(rule, {part}=replace(rule.{part}, {name}={value!r}))"
        for name, (part, value) in changed.items()
    ]
    return "\n".join(lines)


def as_script(parts: list[tuple[str, str]]) -> str:
    """Return the steps as a Python program."""
    return "\n\n".join(f"# {words}\n{code}" for words, code in parts) + "\n"


def as_notebook(parts: list[tuple[str, str]]) -> str:
    """Return the steps as a Jupyter notebook."""
    cells: list[dict[str, Any]] = []
    for number, (words, code) in enumerate(parts):
        cells.append({"cell_type": "markdown", "id": f"w{number}", "metadata": {}, "source": words})
        cells.append(
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "source": code,
                "execution_count": None,
                "outputs": [],
            }
        )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)
