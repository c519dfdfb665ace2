"""Recognition: columns whose names say safely what they hold."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from alliance.instruments import Instrument, instruments

_KNOWN = {
    "client": "client clientid clientcode clientnumber patient patientid patientcode participant "
    "participantid subject subjectid studyid recordid caseid idclient idpatient id",
    "session": "session sessionid sessionno sessionnr sessionnumber sessionnum sessnr",
    "rater_column": "rater respondent informant ratedby",
    "therapist": "therapist therapistid clinician clinicianid counsellor counselor provider "
    "providerid",
    "date": "date sessiondate dateofsession",
}
RATER_LETTERS = {
    **dict.fromkeys(("client", "c", "patient", "p"), "client"),
    **dict.fromkeys(("therapist", "t", "clinician"), "therapist"),
    **dict.fromkeys(("observer", "o"), "observer"),
}
_WHO = "client|patient|therapist|clinician|observer|c|t|o|p"
# As with wai_s1, wai_t1 may be a therapist's item or a score at time 1: not recognised.
_INSIDE = "[_. -]?(?:client|patient|therapist|clinician|observer)|[ctop]|[_. -][ctop](?=[_.\\[ -])"
_TIME = "(?:t|s|w|wk|week|ses|session|visit)_?"
_GENERIC = ("item", "question", "q")
_OTHER_SPELLINGS = {"haq-ii": ("haq-2",)}
WELSH_ANXIETY_ITEMS = 39
RHEUMATOLOGY_HAQ_ITEMS = 10

Runs = dict[tuple[str, str | None, int | None], dict[int, str]]


def plain(name: object) -> str:
    """Return a name's letters and digits, in lower case."""
    return re.sub(r"[^a-z0-9]", "", str(name).casefold())


def columns_named(setting: str, columns: list[str]) -> list[str]:
    """Return the columns that could be a setting's, by the surest of its names that occurs."""
    for word in _KNOWN[setting].split():
        found = [column for column in columns if plain(column) == word]
        if found:
            return found
    return []


def own_names(instrument: Instrument) -> tuple[str, ...]:
    """Return the beginnings of column names that name an instrument and no other."""
    return (instrument.key, *_OTHER_SPELLINGS.get(instrument.key, ()))


def all_names(instrument: Instrument) -> tuple[str, ...]:
    """Return the beginnings of column names that fit an instrument once it is known."""
    return (*own_names(instrument), instrument.key.split("-")[0], *_GENERIC)


@lru_cache
def _shape(name: str) -> re.Pattern:
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
    """Group the columns of a questionnaire that differ only in the item number.

    Parameters
    ----------
    columns : list of str
    name : str
        How the columns' names begin, e.g. ``"wai-sr"``.

    Returns
    -------
    dict
        For each (pattern, rater, session) the column of each item.

    Examples
    --------
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


def _place(match: re.Match, column: str) -> tuple[str, str | None, int | None]:
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
    """Return the runs that hold every item of an instrument, under the first name that has any."""
    wanted = set(range(1, instrument.items + 1))
    for name in names:
        runs = {key: run for key, run in runs_of(columns, name).items() if set(run) == wanted}
        if runs:
            return runs
    return {}


def longest_run(columns: list[str], names: tuple[str, ...]) -> tuple[str, int]:
    """Return the pattern and the number of columns of the longest run; ("", 0) if none."""
    found = (runs_of(columns, name) for name in names)
    lengths = {key[0]: len(run) for runs in found for key, run in runs.items()}
    return max(lengths.items(), key=lambda entry: entry[1], default=("", 0))


def named_items(columns: list[str], instrument: Instrument) -> list[str]:
    """Return the columns of items that have names, as the lines of the SRS do, if all are clear."""
    found: dict[int, list[str]] = defaultdict(list)
    for column in columns:
        words = re.split(r"[^a-z]+", column.casefold().removeprefix(instrument.key).lstrip("_-. "))
        for number, name in enumerate(instrument.item_names, start=1):
            if words[0] == name.split("_")[0]:
                found[number].append(column)
    clear = len(found) == instrument.items and all(len(columns) == 1 for columns in found.values())
    return [found[number][0] for number in sorted(found)] if instrument.item_names and clear else []


def fitting_instruments(columns: list[str]) -> list[Instrument]:
    """Return the instruments whose items stand in the columns under their own names."""
    return [
        instrument
        for instrument in instruments().values()
        if not instrument.totals_only
        and (
            complete_runs(columns, instrument, own_names(instrument))
            or named_items(columns, instrument)
        )
    ]


def total_column(columns: list[str], instrument: Instrument) -> str | None:
    """Return the one column that is called the instrument's total, if there is one."""
    return _called(columns, instrument, "{0}total", "total{0}", "{0}totalscore")


def skip_column(columns: list[str], instrument: Instrument) -> str | None:
    """Return the one column that is called the instrument's skip mark, if there is one."""
    return _called(columns, instrument, "{0}skip")


def _called(columns: list[str], instrument: Instrument, *shapes: str) -> str | None:
    stems = (*own_names(instrument), instrument.key.split("-")[0])
    names = {shape.format(plain(stem)) for shape in shapes for stem in stems}
    found = [column for column in columns if plain(column) in names]
    return found[0] if len(found) == 1 else None
