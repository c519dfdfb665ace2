"""Tables without names: pseudonyms, days in place of dates, no free texts, no row numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.pseudonyms.judgement import facts_of, k_anonymity, k_text
from alliance.pseudonyms.key import Key
from alliance.pseudonyms.replacing import (
    first_dates,
    new_names,
    pseudonymise,
    refuse_rare,
    with_days,
)
from alliance.tables import SESSIONS, tidy, whole_numbers

DATES = ("days", "keep", "drop")


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """How the people in a study are kept from being known.

    Parameters
    ----------
    key : Key, optional
        By default a random one, which is not kept: then nobody can undo the pseudonyms.
    keep_identifiers : bool
        Leave identifiers as they are.
    keep : tuple of str
        Columns to keep that would be left out or renamed; see `alliance.pseudonyms.pseudonymise`.
    dates : {"days", "keep", "drop"}
        Days since the client's first date in any table (the default), the dates, or neither.
    k : int
        Clients that must share each combination of facts about clients, by default 5.
    accept : bool
        Share although fewer do.

    Raises
    ------
    AllianceError
        If `dates` is something else.
    """

    key: Key | None = None
    keep_identifiers: bool = False
    keep: tuple[str, ...] = ()
    dates: str = "days"
    k: int = 5
    accept: bool = False

    def __post_init__(self) -> None:
        if self.dates not in DATES:
            raise AllianceError(f"dates must be one of {join_names(DATES)}, not {self.dates!r}.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Deidentified:
    """Tables in which nobody is named, with what became of columns and identifiers.

    `renamed` holds new names of columns by old ones, the same in every table; `facts` what all
    tables together say of each client.
    """

    tables: Mapping[str, pd.DataFrame]
    left_out: Mapping[str, Mapping[str, str]]
    changed: Mapping[str, Mapping[str, str]]
    renamed: Mapping[str, str]
    facts: pd.DataFrame
    identifiers: str

    def k_text(self) -> str:
        """Return how many clients share the rarest combination of facts, in a sentence."""
        return k_text(k_anonymity(self.facts), self.facts)


def deidentified(plain: Mapping[str, pd.DataFrame], sharing: Sharing) -> Deidentified:
    """Return tables in which nobody is named; refused where fewer than `sharing.k` are alike."""
    plain = {
        name: frame.drop(columns="row", errors="ignore").apply(whole_numbers)
        for name, frame in plain.items()
    }
    every = list(dict.fromkeys(column for frame in plain.values() for column in frame.columns))
    unknown = sorted(set(sharing.keep) - set(every))
    if unknown:
        raise AllianceError(f"No table has a column {', '.join(unknown)} to keep.")
    # With identifiers kept the key replaces nothing, and is forgotten.
    used = Key.random() if sharing.key is None or sharing.keep_identifiers else sharing.key
    # A column can be called after a person ('Dr Ash: trust'): its name is replaced, too.
    renamed = {} if sharing.keep_identifiers else new_names(every, set(sharing.keep))
    origin = first_dates(plain.values())
    tables, left_out, changed = {}, {}, {}
    for name, frame in plain.items():
        frame = with_days(frame, origin, sharing.dates).rename(columns=renamed)
        result = pseudonymise(frame, used, keep=set(sharing.keep) & set(frame.columns))
        old = {new: was for was, new in renamed.items()}
        left_out[name] = {old.get(column, column): why for column, why in result.left_out.items()}
        gone = list(result.left_out)
        tables[name] = frame.drop(columns=gone) if sharing.keep_identifiers else result.frame
        changed[name] = {} if sharing.keep_identifiers else dict(result.changed)
        changed[name] |= {
            was: f"now {new}: its name could name somebody"
            for was, new in renamed.items()
            if new in tables[name].columns
        }
    # Each table may be harmless alone; together they can name somebody.
    facts = _facts(tables)
    if not sharing.keep_identifiers:
        refuse_rare(k_anonymity(facts), facts, sharing.k, accept=sharing.accept)
    return Deidentified(
        tables=tables,
        left_out={name: columns for name, columns in left_out.items() if columns},
        changed={name: columns for name, columns in changed.items() if columns},
        renamed=renamed,
        facts=facts,
        identifiers=_identifiers(sharing),
    )


def _facts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what all tables together say of each client; a fact in two tables stands once."""
    joined = pd.concat([facts_of(frame) for frame in tables.values()], axis=1)
    return joined.loc[:, ~joined.columns.duplicated()]


def _identifiers(sharing: Sharing) -> str:
    if sharing.keep_identifiers:
        return "Identifiers are those of the original data."
    if sharing.key is None:
        return "Identifiers are pseudonyms by a random key that was not kept: nobody can undo them."
    return f"Identifiers are pseudonyms by the key {sharing.key.name}, which its owner keeps."


def tidy_sessions(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the checked table, without the row numbers of a file that does not come along."""
    table = tidy(sessions, SESSIONS).drop(columns="row", errors="ignore")
    for name in ("prorated", "set_aside"):
        if name in table.columns:
            table[name] = table[name].fillna("").astype("str")  # an empty text means: nothing was
    return table
