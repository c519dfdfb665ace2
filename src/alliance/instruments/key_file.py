"""One instrument's file: read, checked in full and built."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

from alliance.errors import AllianceError, join_names, suggest
from alliance.files import read_small_text
from alliance.instruments.instrument import Instrument
from alliance.instruments.parts import Cutoff, Prompt, ReliableChange, Rights, WorkedCase

_ITEM_LISTS = ("reversed_items", "optional_items")
_TUPLES = (*_ITEM_LISTS, "item_names", "notes", "total_range", "opposite_scales", "aliases")
_NUMBERS = ("items", "minimum", "maximum", "needed_share", "needed_in_all")
_TRUTHS = ("whole_numbers", "higher_is_better", "totals_only", "has_total")
_TEXTS = ("key", "name", "kind", "metric", "missing_rule_from", "reference", "checked", "doi")
_TABLES = ("scales", "raters", "words", "scaled", "rights")


def load_file(path: str | Path) -> Instrument:
    """Read and check the user's own instrument file.

    Parameters
    ----------
    path : str or Path
        A TOML file made from the template.

    Raises
    ------
    AllianceError
        If the file cannot be read or does not hold a complete, consistent instrument.
    """
    path = Path(path)
    text = read_small_text(path, "instrument file")
    try:
        return replace(build(tomllib.loads(text), path.name), file=path.as_posix())
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise AllianceError(f"{path.name} is not a valid TOML file: {error}.") from None
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError) as error:
        raise AllianceError(
            f"{path.name} is not a complete instrument file: a value is of a kind that cannot stand "
            f"there ({error}).\nTo fix: compare it with alliance instruments --template FILE."
        ) from None


def build(content: Mapping[str, Any], source: str) -> Instrument:
    """Return the instrument that a file's content describes; what is wrong with it is one error."""
    problems = [*_name_problems(content), *_type_problems(content)]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise AllianceError(f"{source} is not a complete instrument file:\n{lines}")
    values = dict(content)
    for name in _TUPLES:
        if name in values:
            values[name] = tuple(values[name])
    values["scales"] = {
        scale: tuple(range(1, values["items"] + 1)) if items == "all" else tuple(items)
        for scale, items in values["scales"].items()
    }
    values["words"] = {str(word).casefold(): code for word, code in values.get("words", {}).items()}
    if "rights" in values:
        (values["rights"],) = _parts([values["rights"]], Rights, source)
    values["cutoffs"] = _parts(values.pop("cutoff", []), Cutoff, source)
    values["reliable_changes"] = _parts(values.pop("reliable_change", []), ReliableChange, source)
    values["prompts"] = _parts(values.pop("prompt", []), Prompt, source)
    values["worked"] = tuple(
        WorkedCase(answers=tuple(case.answers), scores=case.scores, metric=case.metric)
        for case in _parts(values.get("worked", []), WorkedCase, source)
    )
    return Instrument(**values)


def _parts(entries: list[dict[str, Any]], kind: type, source: str) -> tuple[Any, ...]:
    try:
        return tuple(kind(**entry) for entry in entries)
    except TypeError:
        wanted = join_names(part.name for part in fields(kind))
        raise AllianceError(f"{source}: each {kind.__name__} needs exactly: {wanted}.") from None


def _name_problems(content: Mapping[str, Any]) -> list[str]:
    known = {part.name: part for part in fields(Instrument) if part.name != "file"}
    several = {"cutoffs": "cutoff", "reliable_changes": "reliable_change", "prompts": "prompt"}
    accepted = (set(known) - set(several)) | set(several.values())
    needed = [
        name
        for name, part in known.items()
        if part.default is MISSING and part.default_factory is MISSING
    ]
    problems = [f"'{name}' is missing" for name in needed if name not in content]
    problems += [
        f"'{name}' is not known here.{suggest(name, accepted)}"
        for name in content
        if name not in accepted
    ]
    return problems


def _type_problems(content: Mapping[str, Any]) -> list[str]:
    def is_number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def are_items(value: object) -> bool:
        return isinstance(value, list) and all(type(item) is int for item in value)

    problems = []
    for name, value in content.items():
        if name in _NUMBERS and not is_number(value):
            problems.append(f"'{name}' must be a number, not {value!r}")
        if name == "items" and is_number(value) and type(value) is not int:
            problems.append(f"'items' must be a whole number, not {value!r}")
        if name in _TRUTHS and not isinstance(value, bool):
            problems.append(f"'{name}' must be true or false, not {value!r}")
        if name in _TEXTS and not (isinstance(value, str) and "..." not in value):
            problems.append(f"'{name}' must be filled in, as text")
        if name in _ITEM_LISTS and not are_items(value):
            problems.append(f"'{name}' must be a list of item numbers, e.g. [4, 10]")
        if name in _TABLES and not isinstance(value, dict):
            problems.append(f"'{name}' must be a table, [{name}]")
    if isinstance(content.get("scales"), dict):
        problems += [
            f"scale '{scale}' must be a list of item numbers, or \"all\""
            for scale, items in content["scales"].items()
            if items != "all" and not are_items(items)
        ]
    for table, of_each in (("words", "the word"), ("scaled", "scaled:")):
        if isinstance(content.get(table), dict):
            problems += [
                f"{of_each} '{word}' must have a number"
                for word, code in content[table].items()
                if not is_number(code)
            ]
    return problems
