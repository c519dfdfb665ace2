"""Tables with pseudonyms in place of clients and therapists, and without what else could name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.pseudonyms.judgement import (
    facts_of,
    k_anonymity,
    k_text,
    name_tells_nobody,
    reason_against,
    tells_nobody,
    without_great_ages,
)
from alliance.pseudonyms.key import KINDS, Key
from alliance.tables import as_text

DATES = ("keep", "days", "drop")
# Columns whose unknown values are replaced, since the table cannot do without the column.
_REPLACED = {"rater": "rater", "source": "rater", "case": "case", "instrument": "instrument"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Pseudonymised:
    """A table in which nobody is named.

    Attributes
    ----------
    frame : DataFrame
        The table with pseudonyms, in the order of its pseudonyms.
    left_out : mapping of str to str
        Columns that were left out, each with the reason.
    changed : mapping of str to str
        Columns that were renamed or whose values were changed, each with what was done.
    renamed : mapping of str to str
        New names by old.
    lookup : DataFrame
        kind, identifier and pseudonym of each person; for the owner of the key only.
    key_name : str
        Tells keys apart.
    """

    frame: pd.DataFrame
    left_out: Mapping[str, str]
    changed: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    lookup: pd.DataFrame = field(repr=False)
    key_name: str

    @property
    def facts(self) -> pd.DataFrame:
        """What the table says of each client besides courses of scores."""
        return facts_of(self.frame)

    @property
    def k(self) -> int:
        """How many clients share the rarest combination of facts."""
        return k_anonymity(self.facts) if "client" in self.frame.columns else 0

    def text(self) -> str:
        """Return what was replaced and what was left out."""
        counts = self.lookup["kind"].value_counts()
        people = " and ".join(f"{counts.get(kind, 0)} {kind}s" for kind in KINDS if kind in counts)
        lines = [f"Pseudonyms for {people}, by the key {self.key_name}."]
        lines += [f"Left out: {name} ({why})." for name, why in self.left_out.items()]
        lines += [f"Changed: {name} ({what})." for name, what in self.changed.items()]
        if "date" in self.frame.columns:
            lines.append("Dates were kept; together with other facts they can identify a person.")
        if "client" in self.frame.columns:
            lines.append(k_text(self.k, self.facts))
        return "\n".join(lines)


def refuse_rare(k: int, facts: pd.DataFrame, least: int, *, accept: bool) -> None:
    """Raise an error if fewer than `least` clients share a combination of facts, unless accepted.

    Raises
    ------
    AllianceError
    """
    if least < 1:
        raise AllianceError(f"k must be a whole number of 1 or more, not {least}.")
    if k < least and not accept:
        raise AllianceError(
            f"{k_text(k, facts)} Fewer than {least} clients share it, so that one of them could be "
            "recognised; nothing was written.\nTo fix: leave out or coarsen what is said of clients, leave "
            "dates out, or go on all the same with --accept (accept=True)."
        )


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
    Judged are the values, whatever a column is called. Left out unless named in `keep`: texts with
    other words than this package's codes and sentences, since a name can stand in any of them; dates
    other than the column date; years, numbers of six and more digits, and whole numbers that tell
    clients apart like a second identifier or number the rows of the original file.
    Replaced: raters that are not a role, episodes of care, questionnaires that are not built in, ages
    above 89 (by 90), and names of columns that are not known words (by ``column_1`` ...).

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
    replaced, changed = _replaced(frame.assign(**pseudonyms), identifiers, key, keep)
    left_out = _telling(replaced, identifiers, keep)
    replaced = replaced.drop(columns=list(left_out))
    if "date" in replaced.columns and "date" not in keep and dates != "keep":
        left_out["date"] = "a date can identify"
        if dates == "days" and "client" in replaced.columns:
            left_out["date"] += "; the days since the client's first date stand in the column day"
        replaced = with_days(replaced, first_dates([replaced]), dates)
    renamed = new_names(replaced.columns, keep)
    changed |= {name: f"now {new}: its name could name somebody" for name, new in renamed.items()}
    replaced = replaced.rename(columns=renamed)
    order = [name for name in ("client", "therapist", "session", "rater") if name in replaced]
    return Pseudonymised(
        frame=replaced.sort_values(order, kind="stable", ignore_index=True),
        left_out=MappingProxyType(left_out),
        changed=MappingProxyType(changed),
        renamed=MappingProxyType(renamed),
        lookup=_lookup(identifiers, pseudonyms),
        key_name=key.name,
    )


def new_names(columns: Iterable[str], keep: set[str]) -> dict[str, str]:
    """Return new names for columns whose own could name somebody."""
    columns = list(columns)
    old = [name for name in columns if name not in keep and not name_tells_nobody(name)]
    free = (f"column_{n}" for n in range(1, 2 * len(columns) + 2))
    unused = (name for name in free if name not in columns)
    return dict(zip(old, unused, strict=False))


def _replaced(
    frame: pd.DataFrame, identifiers: Mapping[str, pd.Series], key: Key, keep: set[str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table with stand-ins where it cannot do without a column, and what was changed."""
    changed, columns = {}, {}
    client = identifiers.get("client")
    for name in frame.columns:
        if name in KINDS or name in keep:
            continue
        if name in _REPLACED:
            columns[name] = _stand_ins(as_text(frame[name]), _REPLACED[name], key, client)
            if not columns[name].equals(as_text(frame[name])):
                changed[name] = "values that are no roles or known codes are pseudonyms"
        elif (capped := without_great_ages(frame[name], client)) is not None:
            columns[name], changed[name] = capped, "90 stands for all above 89"
    return frame.assign(**columns), changed


def _stand_ins(values: pd.Series, kind: str, key: Key, client: pd.Series | None) -> pd.Series:
    """Return the values, those that are not known words as pseudonyms; cases always."""
    if kind == "case":
        whose = client if client is not None else pd.Series("", index=values.index)
        return key.of((whose + " " + values).where(values.notna()), kind)
    unknown = values.notna() & ~values.map(tells_nobody, na_action="ignore").fillna(True).astype(
        bool
    )
    if not unknown.any():
        return values
    return values.where(~unknown, key.of(values.where(unknown), kind))


def _telling(
    frame: pd.DataFrame, identifiers: Mapping[str, pd.Series], keep: set[str]
) -> dict[str, str]:
    """Return the columns in which a person may be named, each with the reason."""
    names = {name for column in identifiers.values() for name in column.dropna().unique()}
    client = identifiers.get("client")
    reasons = {
        name: reason_against(frame[name], names, client)
        for name in frame.columns
        if name not in KINDS and name not in _REPLACED and name not in keep and name != "date"
    }
    return {name: why for name, why in reasons.items() if why}


def first_dates(tables: Iterable[pd.DataFrame]) -> pd.Series:
    """Return each client's first date in any of the tables that have clients and dates."""
    parts = [
        pd.to_datetime(frame["date"], errors="coerce").set_axis(frame["client"].astype("str"))
        for frame in tables
        if {"client", "date"} <= set(frame.columns)
    ]
    if not parts:
        return pd.Series(dtype="datetime64[us]")
    # One zero for all tables: days counted from several would give the gap away.
    every = pd.concat(parts).dropna()
    return every.groupby(level=0).min()


def with_days(frame: pd.DataFrame, origin: pd.Series, dates: str) -> pd.DataFrame:
    """Return a table with the days since each client's date of origin for dates, or without both."""
    if dates == "keep" or "date" not in frame.columns:
        return frame
    place = frame.columns.get_loc("date")
    without = frame.drop(columns="date")
    if dates == "days" and "client" in frame.columns:
        date = pd.to_datetime(frame["date"], errors="coerce")
        # The time between sessions stays; the calendar goes.
        first = origin.reindex(frame["client"].astype("str")).set_axis(frame.index)
        without.insert(place, "day", (date - first).dt.days.astype("Int64"))
    return without


def _lookup(
    identifiers: Mapping[str, pd.Series], pseudonyms: Mapping[str, pd.Series]
) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"kind": kind, "identifier": identifiers[kind], "pseudonym": pseudonyms[kind]})
        for kind in identifiers
    ]
    found = pd.concat(parts).dropna().drop_duplicates()
    return found.sort_values(["kind", "identifier"], ignore_index=True)
