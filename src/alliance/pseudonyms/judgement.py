"""What in a table could tell who somebody is: judged by the values, never by what a column is called."""

import re
from functools import cache

import pandas as pd

from alliance.files import stated
from alliance.instruments import instruments
from alliance.log import CODES, LOG
from alliance.tables import EPISODES, OUTCOMES, RESPONSES, SESSIONS, as_text

OLDEST = 89  # ages above it are given as 90: there are few people of such an age
_WORD = re.compile(r"[^\W\d_]+")
_AGE = {"age", "alter", "edad", "leeftijd", "ålder", "alder", "età", "eta", "idade", "âge"}
_ITEM = re.compile(r"item_\d+")
_TABLES = (RESPONSES, SESSIONS, EPISODES, OUTCOMES, LOG)


@cache
def known_words() -> frozenset[str]:
    """Return the words that name nobody: this package's own, its questionnaires' and its codes'."""
    texts = list(stated("pseudonyms/words.toml").values())
    for table in _TABLES:
        texts += table.every
    for key, entry in instruments().items():
        texts += [key, *entry.scales]
    texts += [code.key for codes in CODES.values() for code in codes]
    return frozenset(word for text in texts for word in _words(text))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(str(text))]


def tells_nobody(text: str) -> bool:
    """Tell whether a text holds known words and short numbers alone, and at least one word.

    >>> tells_nobody("bond: 2 of 4 answered, 3 needed"), tells_nobody("Ms Hill"), tells_nobody("0171")
    (True, False, False)
    """
    words = _words(text)
    return bool(words) and set(words) <= known_words() and not re.search(r"\d{5}", text)


def name_tells_nobody(name: object) -> bool:
    """Tell whether a column's name is one of the package's, of a questionnaire, or a usual word."""
    return bool(_ITEM.fullmatch(str(name))) or tells_nobody(str(name))


def reason_against(column: pd.Series, people: set[str], client: pd.Series | None) -> str:
    """Return why a column must not be shared, or an empty text; `people` are the table's identifiers."""
    if column.isna().all() or pd.api.types.is_bool_dtype(column):
        return ""
    if pd.api.types.is_datetime64_any_dtype(column):
        return "a date can identify"
    if not pd.api.types.is_numeric_dtype(column):
        return _against_texts(set(as_text(column).dropna()), people)
    # Scores would not be all unlike in so many rows.
    numbers_rows = len(column) >= 50 and _is_whole(column) and column.is_unique
    if column.name == "row" or numbers_rows:
        return "it leads back to the rows of the original file"
    if client is not None and _is_second_identifier(column, client):
        return "it tells clients apart like a second identifier"
    if column.abs().max() >= 100_000:
        return "long numbers can identify"
    is_year = _is_whole(column) and column.dropna().between(1900, 2100).all()
    return "a year can identify" if is_year and not _is_ours(column.name) else ""


def _against_texts(words: set[str], people: set[str]) -> str:
    if any(word in people and not tells_nobody(word) for word in words):
        return "an identifier stands in it"
    return "" if all(map(tells_nobody, words)) else "a free text can name somebody"


def _is_ours(name: object) -> bool:
    """Tell whether a column is one of ours, in which large numbers are scores or sessions."""
    known = any(name in table.every for table in _TABLES)
    scales = {scale for entry in instruments().values() for scale in entry.scales}
    return known or bool(_ITEM.fullmatch(str(name))) or name in scales


def _is_age(name: object) -> bool:
    """Tell whether a column is called an age, in which decimals are days of a life."""
    return not _AGE.isdisjoint(_words(str(name)))


def without_great_ages(column: pd.Series, client: pd.Series | None) -> pd.Series | None:
    """Return a column of ages with 90 for all above 89; None if it holds none.

    Ages are numbers up to 120, at most ten years apart within a client; whole ones unless the
    column is called so.
    """
    if client is None or _is_ours(column.name) or not pd.api.types.is_numeric_dtype(column):
        return None
    years = _is_whole(column) or _is_age(column.name)
    if not years or column.max() <= OLDEST or not column.dropna().between(0, 120).all():
        return None
    span = column.groupby(client).agg(lambda ages: ages.max() - ages.min()).max()
    return column.clip(upper=OLDEST + 1) if span <= 10 else None


def _is_second_identifier(column: pd.Series, client: pd.Series) -> bool:
    """Tell whether whole numbers are one for each client and unlike between clients."""
    there = client.notna() & column.notna()
    values, owner = column[there], client[there]
    each = values.groupby(owner).nunique()
    # With one row for each of a few clients, scores can look like that by chance.
    enough = len(each) >= 20 or (len(each) > 2 and owner.value_counts().gt(1).any())
    is_alike = each.eq(1).all() and values.nunique() == len(each)
    return bool(enough and is_alike and _is_whole(values))


def _is_whole(column: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(column):
        return False
    return bool(column.dropna().mod(1).eq(0).all() and column.notna().any())


def facts_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what a table says of each client, the same in all rows: a row per client, by client.

    Scores and sessions are no such facts; the first date of a client is one where dates are kept.
    """
    if "client" not in frame.columns:
        return pd.DataFrame()
    groups = frame.groupby("client")
    facts = {
        name: groups[name].first()
        for name in frame.columns.difference(["client", "row", "day", "case"], sort=False)
        if not _is_ours(name)
        and (
            not pd.api.types.is_float_dtype(frame[name]) or _is_whole(frame[name]) or _is_age(name)
        )
        and groups[name].nunique().le(1).all()
    }
    if "date" in frame.columns:
        facts["date"] = groups["date"].min()
    return pd.DataFrame(facts, index=pd.Index(groups.size().index, name="client"))


def k_anonymity(facts: pd.DataFrame) -> int:
    """Return how many clients share the rarest combination of facts; of no facts, all clients.

    Sweeney, L. (2002). k-anonymity: A model for protecting privacy. International Journal of
    Uncertainty, Fuzziness and Knowledge-Based Systems, 10(5), 557-570. doi:10.1142/S0218488502001648
    """
    if facts.empty:
        return len(facts)
    return int(facts.astype("str").value_counts(dropna=False).min())


def k_text(k: int, facts: pd.DataFrame) -> str:
    """Return what the rarest combination is, in a sentence."""
    if facts.empty:
        return f"Nothing is said of the {k} clients but their courses (k = {k})."
    named = ", ".join(map(str, facts.columns))
    who = "one client alone has" if k == 1 else f"{k} clients share"
    return f"k = {k}: {who} the rarest combination of what is said of clients ({named})."
