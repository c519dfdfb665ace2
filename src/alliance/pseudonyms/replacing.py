"""Tables with pseudonyms in place of clients and therapists, and without texts that could name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.pseudonyms.key import KINDS, Key
from alliance.tables import as_text

DATES = ("keep", "days", "drop")
# Text columns of our tables whose words are chosen by this package or from a short list.
CODED = frozenset(
    (
        *("rater", "source", "scale", "instrument", "metric", "prorated", "set_aside"),
        *("outcome", "kind", "reason", "state", "trigger", "markers", "strategies"),
    )
)
_YES_NO = {"true", "false", "yes", "no"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Pseudonymised:
    """A table in which nobody is named.

    Attributes
    ----------
    frame : DataFrame
        The table with pseudonyms, in the order of its pseudonyms.
    left_out : mapping of str to str
        Columns that were left out, each with the reason.
    lookup : DataFrame
        kind, identifier and pseudonym of each person; for the owner of the key only.
    key_name : str
        Tells keys apart.
    """

    frame: pd.DataFrame
    left_out: Mapping[str, str]
    lookup: pd.DataFrame = field(repr=False)
    key_name: str

    def text(self) -> str:
        """Return what was replaced and what was left out."""
        counts = self.lookup["kind"].value_counts()
        people = " and ".join(f"{counts.get(kind, 0)} {kind}s" for kind in KINDS if kind in counts)
        lines = [f"Pseudonyms for {people}, by the key {self.key_name}."]
        lines += [f"Left out: {name} ({why})." for name, why in self.left_out.items()]
        if "date" in self.frame.columns:
            lines.append("Dates were kept; together with other facts they can identify a person.")
        return "\n".join(lines)


def pseudonymise(
    frame: pd.DataFrame, key: Key, *, keep: Iterable[str] = (), dates: str = "keep"
) -> Pseudonymised:
    """Replace clients and therapists by pseudonyms, and leave out what could name them.

    Parameters
    ----------
    frame : DataFrame
        Any table with the column client, therapist or both: responses, sessions, episodes,
        histories, a rupture log, outcomes.
    key : Key
    keep : iterable of str
        Columns to keep although they would be left out; to be named only after a look.
    dates : {"keep", "days", "drop"}
        Keep the column date, put the days since the client's first date in its place (column
        ``day``, 0 at the first), or leave it out.

    Returns
    -------
    Pseudonymised

    Raises
    ------
    AllianceError
        If there is nobody to replace, a column to keep is not there, or as for `Key.of`.

    Notes
    -----
    Left out unless named in `keep`: texts that are not from a short list known to this package,
    since a name can stand in any of them; dates other than the column date; columns of
    whole numbers that tell clients apart like a second identifier, or number the rows of the
    original file; coded columns in which an identifier of the table occurs.

    A table with pseudonyms is still about persons: a rare course can be recognised by one who
    knows it.

    Examples
    --------
    >>> table = pd.DataFrame({"client": ["007"], "session": [3], "done": ["Spoke with Ms Hill"]})
    >>> replaced = pseudonymise(table, Key(secret=bytes(32)))
    >>> list(replaced.frame.columns), dict(replaced.left_out)
    (['client', 'session'], {'done': 'a free text can name somebody'})
    """
    people = [kind for kind in KINDS if kind in frame.columns]
    if not people:
        raise AllianceError(
            "The table has no column client or therapist to replace.\n"
            "To fix: make one of our tables first, e.g. alliance score EXPORT -o sessions.csv."
        )
    if dates not in DATES:
        raise AllianceError(f"dates must be {join_names(DATES)}, not {dates!r}.")
    keep = set(keep)
    unknown = sorted(keep - set(frame.columns))
    if unknown:
        hint = suggest(unknown[0], frame.columns)
        raise AllianceError(f"There is no column {join_names(unknown)} to keep.{hint}")
    identifiers = {kind: as_text(frame[kind]) for kind in people}
    pseudonyms = {kind: key.of(identifiers[kind], kind) for kind in people}
    left_out = _telling(frame, identifiers, keep)
    replaced = frame.drop(columns=list(left_out)).assign(**pseudonyms)
    replaced = _with_dates(replaced, dates, keep, left_out)
    order = [name for name in ("client", "therapist", "session", "rater") if name in replaced]
    return Pseudonymised(
        frame=replaced.sort_values(order, kind="stable", ignore_index=True),
        left_out=MappingProxyType(left_out),
        lookup=_lookup(identifiers, pseudonyms),
        key_name=key.name,
    )


def _telling(frame: pd.DataFrame, identifiers: Mapping, keep: set[str]) -> dict[str, str]:
    """Return the columns in which a person may be named, each with the reason."""
    names = {name for column in identifiers.values() for name in column.dropna().unique()}
    client = identifiers.get("client")
    reasons = {
        name: _reason(frame[name], names, client)
        for name in frame.columns
        if name not in KINDS and name not in keep and name != "date"
    }
    return {name: why for name, why in reasons.items() if why}


def _reason(column: pd.Series, people: set[str], client: pd.Series | None) -> str:
    is_number = pd.api.types.is_numeric_dtype(column)
    is_date = pd.api.types.is_datetime64_any_dtype(column)
    is_text = not (is_number or is_date) and column.notna().any()
    words = set(as_text(column).dropna()) if is_text else set()
    if column.name not in CODED and not {word.casefold() for word in words} <= _YES_NO:
        return "a free text can name somebody"
    if words & people - set(KINDS):
        return "an identifier stands in it"
    if is_date:
        return "a date can identify"
    if column.name == "row" or (is_number and _numbers_rows(column)):
        return "it leads back to the rows of the original file"
    if is_number and client is not None and _is_second_identifier(column, client):
        return "it tells clients apart like a second identifier"
    return ""


def _numbers_rows(column: pd.Series) -> bool:
    """Tell whether whole numbers are all unlike, in so many rows that scores would not be."""
    return len(column) >= 50 and _is_whole(column) and column.is_unique


def _is_second_identifier(column: pd.Series, client: pd.Series) -> bool:
    """Tell whether whole numbers are the same within each client and unlike between clients.

    In a table with one row for each of a few clients scores can look like that by chance.
    """
    there = client.notna() & column.notna()
    values, owner = column[there], client[there]
    each = values.groupby(owner).nunique()
    enough = len(each) >= 20 or (len(each) > 2 and owner.value_counts().gt(1).any())
    is_alike = each.eq(1).all() and values.nunique() == len(each)
    return bool(enough and is_alike and _is_whole(values))


def _is_whole(column: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(column):
        return False
    return bool(column.dropna().mod(1).eq(0).all() and column.notna().any())


def _with_dates(frame: pd.DataFrame, dates: str, keep: set[str], left_out: dict) -> pd.DataFrame:
    if "date" not in frame.columns or dates == "keep" or "date" in keep:
        return frame
    left_out["date"] = "a date can identify"
    if dates == "drop" or "client" not in frame.columns:
        return frame.drop(columns="date")
    date = pd.to_datetime(frame["date"], errors="coerce")
    day = (date - date.groupby(frame["client"]).transform("min")).dt.days.astype("Int64")
    left_out["date"] += "; the days since the client's first date stand in the column day"
    place = frame.columns.get_loc("date")
    frame = frame.drop(columns="date")
    frame.insert(place, "day", day)
    return frame


def _lookup(identifiers: Mapping, pseudonyms: Mapping) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"kind": kind, "identifier": identifiers[kind], "pseudonym": pseudonyms[kind]})
        for kind in identifiers
    ]
    found = pd.concat(parts).dropna().drop_duplicates()
    return found.sort_values(["kind", "identifier"], ignore_index=True)
