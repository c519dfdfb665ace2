"""Recognition: columns whose names say safely what they hold."""

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache

import pandas as pd

from alliance.instruments import Instrument, choices, instruments
from alliance.intake.words import NAMES, folded, line_names, meanings

CALLED = {role: names.split() for role, names in NAMES["columns"].items()}
MARKED, _UNMARKED = set(NAMES["marked"].split()), set(NAMES["unmarked"].split())
_MOMENTS, RATER_LETTERS = meanings(NAMES["moments"]), meanings(NAMES["rater_letters"])
# "Your client code", "Klientencode": a word for the person together with one for a code.
_PERSON = re.compile(r"(?:client|klient|patient|participant|paciente|paziente|cliente)(?:s|en|in)?")
_CODE = re.compile(r"code|id|number|no|nr|nummer|kurzel|chiffre|codigo|numero|numeroid")
_PERSONS_CODE = re.compile(f"{_PERSON.pattern}(?:{_CODE.pattern})")
_WHO = "client|patient|therapist|clinician|observer|c|t|o|p"
# As with wai_s1, wai_t1 may be a therapist's item or a score at time 1: not recognised.
_INSIDE = "[_. -]?(?:client|patient|therapist|clinician|observer)|[ctop]|[_. -][ctop](?=[_.\\[ -])"
_TIME = "(?:t|s|w|wk|week|ses|session|visit)_?"
_GENERIC = ("item", "question", "q")
_OTHER_SPELLINGS = {"haq-ii": ("haq-2",)}
# Below these forms stands one more question, how difficult the problems made life: no item.
_DIFFICULTY = {"phq-9": 10, "gad-7": 8}
WELSH_ANXIETY_ITEMS = 39
RHEUMATOLOGY_HAQ_ITEMS = 10

Runs = dict[tuple[str, str | None, int | None], dict[int, str]]


def plain(name: object) -> str:
    """Return a name's letters and digits, in lower case and without accents."""
    return re.sub(r"[^a-z0-9]", "", without_accents(str(name)).casefold())


def without_accents(text: str) -> str:
    """Return a text with its letters without accents: ``séance`` becomes ``seance``."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def moment_of(text: object) -> str | None:
    """Return "before" or "after" for what says so of a session, in several languages.

    >>> moment_of("vor der Sitzung"), moment_of("Post-session"), moment_of("baseline")
    ('before', 'after', None)
    """
    words = re.findall("[a-z]+", without_accents(str(text)).casefold())
    meant = {_MOMENTS[word] for word in words if word in _MOMENTS}
    return meant.pop() if len(meant) == 1 else None


def columns_named(setting: str, cells: pd.DataFrame) -> list[str]:
    """Return the columns that could be a setting's, by the surest name; empty ones if no other."""
    spelled = {column: plain(column) for column in cells.columns}
    by_word = (
        [column for column, name in spelled.items() if name == word] for word in CALLED[setting]
    )
    found = [columns for columns in by_word if columns]
    filled = ([c for c in columns if cells[c].notna().any()] for columns in found)
    return next(filter(None, filled), found[0] if found else [])


def client_codes(names: dict[str, str]) -> list[str]:
    """Return the columns called, in `names`, a client's code in more words than one.

    >>> client_codes({"q1": "Your client code", "q2": "Client postcode", "q3": "My client's age"})
    ['q1']
    """
    found = []
    for column, name in names.items():
        words = re.findall("[a-z]+", without_accents(name).casefold())
        person = any(_PERSON.fullmatch(word) for word in words)
        code = any(_CODE.fullmatch(word) for word in words)
        if (person and code and len(words) < 6) or any(map(_PERSONS_CODE.fullmatch, words)):
            found.append(column)
    return found


def column_when_sent(cells: pd.DataFrame) -> str | None:
    """Return the column that says when a form was sent, if there is one."""
    spelled = {plain(column): column for column in cells.columns if cells[column].notna().any()}
    return next((spelled[name] for name in CALLED["sent"] if name in spelled), None)


def own_names(instrument: Instrument) -> tuple[str, ...]:
    """Return the beginnings of column names that name an instrument and no other."""
    return (instrument.key, *_OTHER_SPELLINGS.get(instrument.key, ()))


def all_names(instrument: Instrument) -> tuple[str, ...]:
    """Return the beginnings of column names that fit an instrument once it is known."""
    return (*own_names(instrument), instrument.key.split("-")[0], *_GENERIC)


@lru_cache
def _shape(name: str) -> re.Pattern[str]:
    who = "" if name in _GENERIC else f"(?P<inside>{_INSIDE})??"
    return re.compile(
        rf"(?:(?P<first>{_WHO})[_. -])?(?:{_TIME}(?P<before>\d{{1,4}})[_. -])?"
        rf"(?:(?P<second>{_WHO})[_. -])?{_spelled(name)}{who}"
        r"[_.\[ -]?(?:q|item|sq|question)?[_. -]?(?P<item>0*\d{1,2})\]?"
        rf"(?:[_. -]{_TIME}(?P<after>\d{{1,4}}))?(?:[_. -](?P<last>{_WHO}))?",
        re.IGNORECASE,
    )


def _spelled(name: str) -> str:
    *front, last = name.split("-")
    if front and len(last) == 1 and last.isalpha():
        # wais1 and wai_s_1 are items of the WAI-S, but wai_s1 may be a score at session 1.
        return rf"{'[_ -]?'.join(front)}(?:{last}|[_ -]{last}(?=[_.\[ -]))"
    return "[_ -]?".join(map(re.escape, [*front, last]))


def runs_of(columns: list[str], name: str) -> Runs:
    """Return the columns of a questionnaire by item, for each (pattern, rater, session).

    >>> runs_of(["ID", "s1_WAI_1", "s1_WAI_2"], "wai")
    {('s{session}_WAI_{item}', None, 1): {1: 's1_WAI_1', 2: 's1_WAI_2'}}
    """
    runs: Runs = defaultdict(dict)
    for column in columns:
        match = _shape(name).fullmatch(column)
        if match:
            run = runs[_place(match, column)]
            # Two columns for one item (1 and 01): item 0 keeps the run from being complete.
            run[0 if int(match["item"]) in run else int(match["item"])] = column
    return dict(runs)


def _place(match: re.Match[str], column: str) -> tuple[str, str | None, int | None]:
    groups = match.groupdict()
    who = next((groups[g] for g in ("first", "second", "inside", "last") if groups.get(g)), "")
    number = groups["before"] or groups["after"]
    pattern = column
    # From the back, so that the places in front do not move.
    for group, mark in (("after", "{session}"), ("item", "{item}"), ("before", "{session}")):
        start, end = match.span(group)
        if start >= 0:
            pattern = pattern[:start] + mark + pattern[end:]
    rater = RATER_LETTERS.get(re.sub("[^a-z]", "", who.casefold()))
    return pattern, rater, int(number) if number else None


def complete_runs(columns: list[str], instrument: Instrument, names: tuple[str, ...]) -> Runs:
    """Return the runs with every item but optional ones, under the first name that has any."""
    wanted = set(range(1, instrument.items + 1))
    needed = wanted - set(instrument.optional_items)
    beyond = {_DIFFICULTY[instrument.key]} if instrument.key in _DIFFICULTY else set()
    for name in names:
        found = runs_of(columns, name).items()
        runs = {
            key: {item: column for item, column in run.items() if item in wanted}
            for key, run in found
            if needed <= set(run) - beyond <= wanted
        }
        if runs:
            return runs
    return {}


def incomplete_runs(columns: list[str], instrument: Instrument, complete: Runs) -> Runs:
    """Return the runs beside complete ones that lack items: of their pattern, or with most items.

    What is called "q" or "item" and no more may be another questionnaire's.
    """
    patterns = {pattern for pattern, _, _ in complete}
    wanted = set(range(1, instrument.items + 1))
    found: Runs = {}
    for name in all_names(instrument):
        runs = runs_of(columns, name)
        if runs.keys() & complete.keys():
            most = instrument.items if name in _GENERIC else instrument.items / 2
            found |= {
                key: run
                for key, run in runs.items()
                if key[0] in patterns or len(wanted & run.keys()) > most
            }
    return {key: run for key, run in found.items() if key not in complete}


def two_numbers(columns: list[str], instrument: Instrument) -> list[str]:
    """Return the patterns of columns such as ``wai_3_12``, of which each number may be the item."""
    shapes: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for column in columns:
        match = re.fullmatch(r"(\D*)(\d+)([_. -]+\D*)(\d+)(\D*)", column)
        if match:
            shapes[match[1], match[3], match[5]].append((int(match[2]), int(match[4])))
    wanted = set(range(1, instrument.items + 1))
    for (start, between, end), pairs in shapes.items():
        ones, twos = ({pair[place] for pair in pairs} for place in (0, 1))
        forms = (("{item}%s{session}", ones), ("{session}%s{item}", twos))
        fitting = [start + form % between + end for form, numbers in forms if numbers == wanted]
        if fitting and min(len(ones), len(twos)) > 1 and len(pairs) == len(ones) * len(twos):
            return fitting
    return []


def longest_run(columns: list[str], names: tuple[str, ...]) -> tuple[str, int]:
    """Return the pattern and the number of columns of the longest run; ("", 0) if none."""
    found = (runs_of(columns, name) for name in names)
    lengths = {key[0]: len(run) for runs in found for key, run in runs.items()}
    return max(lengths.items(), key=lambda entry: entry[1], default=("", 0))


def named_items(columns: list[str], instrument: Instrument) -> list[str]:
    """Return the columns of items that have names, as the lines of the SRS do, if all are clear."""
    lines = line_names(instrument)
    found: dict[int, list[str]] = defaultdict(list)
    for column in columns:
        spelled = column.casefold().removeprefix(instrument.key).lstrip("_-. ")
        first = re.split(r"[\W\d_]+", spelled)[0]
        for number, names in enumerate(lines, start=1):
            if first in names:
                found[number].append(column)
    clear = len(found) == instrument.items and all(len(columns) == 1 for columns in found.values())
    return [found[number][0] for number in sorted(found)] if lines and clear else []


def fitting_instruments(columns: list[str]) -> list[Instrument]:
    """Return the instruments whose items stand in the columns under their own names."""
    return [
        instrument
        for instrument in instruments().values()
        if not instrument.totals_only
        and (
            complete_runs(columns, instrument, own_names(instrument))
            or named_items(columns, instrument)
            or _form_of(columns, instrument)
        )
    ]


def _form_of(columns: list[str], instrument: Instrument) -> bool:
    """Does REDCap's ``wai_sr_complete`` say whose the columns ``wai_1`` ... are?"""
    if f"{instrument.key.replace('-', '_')}_complete" not in columns:
        return False
    shared = [choice for choice in choices() if instrument.key in choice.choose]
    return any(longest_run(columns, (each.name,))[1] == each.items for each in shared)


def total_column(columns: list[str], instrument: Instrument) -> str | None:
    """Return the one column that is called the instrument's total, if there is one."""
    return _called(columns, instrument, "{0}total", "total{0}", "{0}totalscore")


def skip_column(cells: pd.DataFrame, instrument: Instrument) -> str | None:
    """Return the one column that is called a skip mark: the instrument's own before any other.

    What is called "skipped" and no more may count items: it is taken only if it says yes or no.
    """
    columns = list(cells.columns)
    shapes = [shape for word in CALLED["skip"] for shape in ("{0}" + word, word + "{0}")]
    own = _called(columns, instrument, *shapes)
    general = [column for column in columns if plain(column) in CALLED["skip"]]
    words = {folded(cell) for cell in cells[general[0]].dropna().unique()} if general else set()
    return own or (general[0] if len(general) == 1 and words <= MARKED | _UNMARKED else None)


def date_column(columns: list[str], instrument: Instrument) -> str | None:
    """Return the one column that is called the date of the instrument, if there is one."""
    return _called(columns, instrument, "{0}date", "date{0}", "{0}datum", "{0}timestamp")


def _called(columns: list[str], instrument: Instrument, *shapes: str) -> str | None:
    stems = (*own_names(instrument), instrument.key.split("-")[0])
    names = {shape.format(plain(stem)) for shape in shapes for stem in stems}
    found = [column for column in columns if plain(column) in names]
    return found[0] if len(found) == 1 else None
