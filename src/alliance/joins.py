"""Joins: which clients of a second table are found in the sessions, and why others are not."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.tables import as_text

# More than this share of clients who are not found is a mistake in the codes, not a gap.
MOST_LOST = 0.20
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Joined:
    """How many clients of a table are among those of the sessions."""

    # What was joined, e.g. "rupture log".
    table: str
    clients: int
    lost: tuple[str, ...]  # Those that are in no session
    cause: str  # What probably happened, in a sentence without its end; empty if nothing fits

    @property
    def too_many(self) -> bool:
        """True if more than a fifth of the clients, or all of them, are lost."""
        return len(self.lost) > MOST_LOST * self.clients

    def text(self) -> str:
        """Return who is not found, in a sentence; empty where everybody is."""
        if not self.lost:
            return ""
        said = (
            f"{len(self.lost)} of {self.clients} clients of the {self.table} "
            f"{'is' if len(self.lost) == 1 else 'are'} in no session: "
            f"{join_names(self.lost, _NAMED)}."
        )
        return f"{said} {self.cause}." if self.cause else said

    def require(self) -> Self:
        """Return the same, or refuse it where too many are lost."""
        if self.too_many:
            raise AllianceError(
                f"{self.text()}\nTo fix: write the codes of clients alike in both tables; or go on "
                "without these clients, match_clients(table, sessions, partial=True) (on the "
                "command line --partial)."
            )
        return self


def join_clients(
    clients: Iterable[object], known: Iterable[object], *, table: str = "rupture log"
) -> Joined:
    """Return how far the clients of a table, as `table` calls it, are those of the sessions.

    >>> print(join_clients(["7", "12"], ["007", "012", "031"]).text())
    2 of 2 clients of the rupture log are in no session: 7, 12. They match after adding ...
    """
    named, there = _codes(clients), _codes(known)
    lost = tuple(name for name in named if name not in there)
    return Joined(table=table, clients=len(named), lost=lost, cause=_cause(lost, there))


def require_one_case(courses: Iterable[object]) -> None:
    """Refuse a client with two courses: other tables name a session by client and number only.

    `courses`: whose each course is.
    """
    clients = pd.Series(list(courses), dtype=object)
    again = clients[clients.duplicated()]
    if len(again):
        raise AllianceError(
            f"Client '{again.iloc[0]}' has several cases, which a table by client and session "
            "cannot tell apart.\nTo fix: choose the rows of one case for each client."
        )


def match_clients(
    frame: pd.DataFrame, sessions: pd.DataFrame, *, table: str = "table", partial: bool = False
) -> pd.DataFrame:
    """Return the rows of a log, of outcomes or of answers whose clients are in the sessions.

    Parameters
    ----------
    frame, sessions : DataFrame
        Both with the column ``client``.
    table : str
        What `frame` is, for the message.
    partial : bool
        Go on although more than a fifth of the clients are not found.

    Raises
    ------
    AllianceError
        If more than a fifth of the clients are in no session, with three of them and the likely
        cause, unless `partial`.

    Examples
    --------
    >>> log = pd.DataFrame({"client": ["007", "999"], "session": [3, 1]})
    >>> match_clients(log, pd.DataFrame({"client": ["007"]}), partial=True)["client"].tolist()
    ['007']
    """
    joined = join_clients(frame["client"], sessions["client"], table=table)
    if not partial:
        joined.require()
    return frame[~as_text(frame["client"]).isin(set(joined.lost))]


def _codes(clients: Iterable[object]) -> dict[str, None]:
    return dict.fromkeys(as_text(pd.Series(list(clients), dtype=object)).dropna())


def _cause(lost: tuple[str, ...], known: Mapping[str, None]) -> str:
    """Return the first explanation that brings at least half of the lost clients back."""
    for says, spelled in _SPELLINGS:
        there: dict[str, list[str]] = {}
        for name in known:
            there.setdefault(spelled(name), []).append(name)
        found = [(name, there[spelled(name)][0]) for name in lost if spelled(name) in there]
        # Where two clients would be one, the explanation is none.
        if found and 2 * len(found) >= len(lost) and all(len(n) == 1 for n in there.values()):
            first, other = found[0]
            return f"{says(other)} ({first} is {other})"
    return ""


def _without_zeros(name: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", name.removesuffix(".0"))


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _zeros(other: str) -> str:
    places = len(re.sub(r"\D", "", other))
    return f"They match after adding zeros to {places} places"


_SPELLINGS: tuple[tuple[Callable[[str], str], Callable[[str], str]], ...] = (
    (_zeros, _without_zeros),
    (lambda _: "They match when capitals are written alike", str.casefold),
    (
        lambda _: "They match when blanks and capitals are left out",
        lambda name: "".join(name.casefold().split()),
    ),
    (lambda _: "They match when marks between letters and numbers are left out", _plain),
    (
        lambda _: "Only their numbers match",
        lambda name: _without_zeros(re.sub(r"\D", "", name)) or name,
    ),
)
