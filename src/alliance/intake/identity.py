"""Identity: whose questionnaire it is, of which session and moment, filled in by whom."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from alliance.errors import Problem, join_names
from alliance.instruments import Instrument
from alliance.intake.dates import read_dates
from alliance.intake.problems import WHO, ask_each, known_problem, problem_of
from alliance.intake.recognition import moment_of
from alliance.intake.words import NAMES, folded, meanings, to_number
from alliance.tables import as_text, distinct

# What a program writes where it knows no name; none is the code of a person.
_NOBODY = re.compile(
    r"na|n/a|n\.a\.|#.*[!?a]|<na>|\.+|-+|\?+|null|nil|nan|none|missing|unknown|unbekannt|inconnue?"
    r"|k\. ?a\.|keine angabe|n\. ?v\.|tbd|anonym(?:ous)?|anonyme|anonimo|desconocid[oa]|sconosciut[oa]"
    r"|desconhecid[oa]|onbekend|okänd|ukjent|ukendt"
    r"|-(?:9|99|999|77|88|777|888)(?:\.0)?",
    re.IGNORECASE,
)
_ODD_NAME = re.compile(rf"^(?:{_NOBODY.pattern})?$|^[^\S\n]|[^\S\n]$", re.IGNORECASE | re.MULTILINE)
_RATERS, _TOTAL_WORDS = meanings(NAMES["raters"]), NAMES["totals"].split()
_TOTAL_ROW = re.compile(rf"(?:.* )?(?:{'|'.join(_TOTAL_WORDS)})s?:?", re.IGNORECASE)
_REDCAP_EVENT = re.compile(
    r"(?P<word>.*?)(?P<number>[0-9]+)?(?:_arm_[0-9]+[a-z]?| \(arm [0-9]+:.*\))", re.IGNORECASE
)
# "Session 3", "3rd", "3. Sitzung", "3e séance".
_COUNTED = re.compile(
    r"(?P<word>[^0-9]*?)[\s._-]*(?P<number>[0-9]+)(?:st|nd|rd|th|[ªº.])?(?:(?:er?|[eè][rm]e)?\s?"
    r"(?:session|sitzung|s[eé]ance|sesi[oó]n|sessie|seduta|sess[aã]o))?",
    re.IGNORECASE,
)
LARGEST_SESSION = 99_999


def by_value(column: pd.Series, meaning: Callable[[Any], str | None]) -> pd.Series:
    """Return what each value of a column means, as text; each value is looked at once."""
    meant = {value: meaning(value) for value in different(column)}
    if all(value == text for value, text in meant.items()):
        return column.astype("str")
    return column.map(meant, na_action="ignore").astype("str")


def identifiers(column: pd.Series) -> pd.Series:
    """Return identifiers as text, missing where a mark for "nobody" stands.

    >>> identifiers(pd.Series(["007", "NA", " k1 ", "-99", "#N/A"])).fillna("(nobody)").tolist()
    ['007', '(nobody)', 'k1', '(nobody)', '(nobody)']
    """
    if pd.api.types.is_numeric_dtype(column):
        column = as_text(column)
    names = different(column)
    if not _ODD_NAME.search("\n".join(map(str, names))):
        return column if pd.api.types.is_string_dtype(column.dtype) else column.astype("str")
    meant = {name: _person(name) for name in names}
    return column.map(meant, na_action="ignore").astype("str")


def different(column: pd.Series) -> list[Any]:
    """Return the different values of a column, so that each is looked at once."""
    names: list[Any] = distinct(column).tolist()
    return names


def _person(name: object) -> str | None:
    text = str(name).strip()
    return None if not text or _NOBODY.fullmatch(text) else text


def are_totals(clients: pd.Series, names: list[Any] | None = None) -> pd.Series:
    """Return the rows in which a sum or a mean stands, and no client; `names` if known already."""
    names = different(clients) if names is None else names
    together = "\n".join(map(str, names)).casefold()
    if not any(word in together for word in _TOTAL_WORDS):
        return pd.Series(False, index=clients.index)
    return clients.isin([name for name in names if _TOTAL_ROW.fullmatch(str(name))])


def session_numbers(column: pd.Series, stated: Mapping[str, int]) -> pd.Series:
    """Return session numbers as floats, NaN where a cell holds none.

    Whole numbers are taken as they are, words with a number ("Session 3", REDCap's
    ``visit_3_arm_1``) if all cells with a number begin with the same word.

    >>> session_numbers(pd.Series(["Session 1", "Session 02", "baseline"]), {"baseline": 0}).tolist()
    [1.0, 2.0, 0.0]
    """
    stated = {folded(text): number for text, number in stated.items()}
    if stated:
        column = as_text(column)  # 1.0 of a statistics file is the word "1"
    codes, texts = pd.factorize(column)
    open_texts = [text for text in texts if folded(text) not in stated]
    counted = {text: _counted(str(text).strip()) for text in open_texts if not _whole(text)}
    words = {match["word"].casefold().strip(" ._-") for match in counted.values() if match} - {""}
    if len(words) > 1:
        counted = {}
    numbers = [stated.get(folded(text), _number(text, counted.get(text))) for text in texts]
    return pd.Series(np.array([*numbers, np.nan], dtype=float)[codes], index=column.index)


def _counted(text: str) -> re.Match[str] | None:
    event = _REDCAP_EVENT.fullmatch(text)
    match = event if event is not None else _COUNTED.fullmatch(text)
    return match if match is not None and match["number"] else None


def _whole(cell: object) -> bool:
    number = to_number(cell)
    # Larger numbers are dates or identifiers.
    return number is not None and abs(number) <= LARGEST_SESSION and number == int(number)


def _number(text: object, counted: re.Match[str] | None) -> float:
    number = to_number(text)
    if number is not None:
        code = number < 0 and _NOBODY.fullmatch(f"{number:g}")
        return number if _whole(text) and not code else np.nan
    return float(counted["number"]) if counted and _whole(counted["number"]) else np.nan


def raters(
    column: pd.Series, stated: Mapping[str, str], instrument: Instrument | None
) -> tuple[pd.Series, list[Problem]]:
    """Return the raters in the field's words, and a problem if the instrument has no such rater."""
    own = {folded(text): rater for text, rater in stated.items()}
    allowed = tuple(instrument.raters) if instrument is not None else ()
    known = {**_RATERS, **{rater: rater for rater in allowed}, **own}
    column = as_text(column) if pd.api.types.is_numeric_dtype(column) else column
    meant = by_value(column, lambda name: (text := _person(name)) and known.get(folded(text), text))
    unknown = sorted(set(different(meant)) - set(allowed)) if instrument is not None else []
    if instrument is None or not unknown:
        return meant, []
    problem = known_problem(
        "unknown rater",
        of=instrument,
        allowed=join_names(allowed),
        named=join_names(repr(name) for name in unknown),
        first=unknown[0],
    )
    asks = {name: f"Who is the rater '{name}'?" for name in unknown}
    return meant, [ask_each(problem, "raters", asks, allowed)]


def moments(column: pd.Series) -> pd.Series:
    """Return moments as "before" and "after" the session; other words stay as they are."""
    return by_value(identifiers(column), lambda text: moment_of(text) or text)


def nameless_problem(name: str, shown: pd.DataFrame, where: pd.Series) -> Problem:
    """Return a problem with the rows that do not say their client, session or rater."""
    rows = shown[where].set_index("row")[WHO]
    problem = known_problem("session number" if name == "session" else f"empty {name}", rows)
    if name != "session":
        return problem
    words = rows["session"].dropna().value_counts()
    if len(words) and read_dates(words.index.to_series()).days.notna().all():
        days = 'if these are the days of the sessions, name the column as the date, date="..." (--date); '
        return problem.but(fix=days + problem.fix)
    asks = {
        str(word): f"Which session is '{word}' ({count} questionnaires)? A number, e.g. 0 or 99"
        for word, count in words.items()
    }
    return ask_each(problem, "sessions", asks)


def as_seen(names: Sequence[Any]) -> pd.Series:
    """Return names without capitals and blanks, and as they look on a screen; one for each name."""
    together = "\n".join(map(str, names))
    if not together.isascii():
        # Letters of full width, and characters that take no room, look the same on every screen.
        plainly = unicodedata.normalize("NFKC", together)
        together = "".join(letter for letter in plainly if unicodedata.category(letter) != "Cf")
    spelled = re.sub(r"[^\S\n]+", "", together.casefold()).split("\n")
    # A name that holds a line break cannot be told from two: then each stays as it is.
    return pd.Series(spelled if len(spelled) == len(names) else list(map(str, names)), dtype="str")


def alike_clients(clients: pd.Series, names: list[Any] | None = None) -> list[Problem]:
    """Point out codes alike but for case, blanks or a number's form; `names` if known already."""
    names = different(clients) if names is None else names
    spelled = as_seen(names).str.replace(r"^0*(\d+?)(?:[.,]0+)?$", r"\1", regex=True)
    if not spelled.duplicated().any():
        return []
    alike = pd.Series(names, dtype=object)[spelled.duplicated(keep=False)]
    first = clients[clients.isin(set(alike))].drop_duplicates()
    return [known_problem("codes alike", pd.DataFrame({"client": first}), count=len(alike))]


def shared_clients(forms: pd.DataFrame, column: str) -> list[Problem]:
    """Point out clients who stand under more than one therapist or clinic."""
    pairs = forms[["client", column, "row"]].dropna().drop_duplicates(["client", column])
    several = pairs[pairs["client"].duplicated(keep=False)].rename(columns={column: "found"})
    clients = several["client"].nunique()
    have = "client has" if clients == 1 else "clients have"
    shown = ("client", "found")
    return problem_of(f"more than one {column}", several, shown, clients=clients, have=have)
