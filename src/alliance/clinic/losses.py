"""Losses: what came in and was not used, said first, and too much of it refused."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from alliance.clinic.record import Record
from alliance.clinic.words import Words
from alliance.errors import AllianceError
from alliance.log import tidy_log

MOST = 0.20
# Rows that are another table's, not lost: other raters, other questionnaires.
_LOST = ("without a date", "dated in the future", "numbered below 1 (intake)")


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Rows that came in and were not used.

    Parameters
    ----------
    what : str
        Why, in a few words.
    rows, of : int
        How many, and of how many that came in.
    who : tuple of str
        Clients concerned, where they are known.
    """

    what: str
    rows: int
    of: int
    who: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Share of what came in, 0-1."""
        return self.rows / self.of if self.of else 0.0

    def text(self, words: Words) -> str:
        """Return the loss in a sentence."""
        name = f"loss.{self.what}"
        what = words(name) if name in words else self.what
        who = f" ({', '.join(self.who[:5])}{' …' if len(self.who) > 5 else ''})" if self.who else ""
        return words("loss.says", rows=self.rows, of=self.of, share=self.share, what=what) + who


def losses_of(record: Record) -> list[Loss]:
    """Return what the record set aside."""
    counts = record.counts
    return [
        Loss(
            what=reason,
            rows=counts[reason],
            of=counts["rows"],
            who=record.future if reason == "dated in the future" else (),
        )
        for reason in _LOST
        if counts.get(reason)
    ]


def log_by_then(log: pd.DataFrame, record: Record) -> tuple[pd.DataFrame, list[Loss]]:
    """Return the checked log as it stood on the day of the review, and the rows that are lost.

    Rows about clients in no row of the record are a loss, named; rows about other sessions of known
    clients are counted only where the session lies before the client's last one.
    """
    checked = tidy_log(log)
    held = record.rows[["person", "client", "session"]].drop_duplicates()
    # Logs name the person; the record's client may be one of several therapies of theirs.
    named = checked.rename(columns={"client": "person"}).merge(held, on=["person", "session"])
    named = named.drop(columns="person").sort_values(["client", "session", "source"])
    known = record.rows.groupby("person")["session"].max()
    unknown = ~checked["client"].isin(record.everyone)
    # Logged ahead of the ratings: not lost, only not rated yet.
    in_time = checked["session"] <= checked["client"].map(known).fillna(-1)
    places = pd.MultiIndex.from_frame(checked[["client", "session"]])
    unmatched = in_time & ~places.isin(pd.MultiIndex.from_frame(held[["person", "session"]]))
    of = int((unknown | in_time).sum())
    losses = [
        Loss(
            what=what,
            rows=int(lost.sum()),
            of=of,
            who=tuple(
                _like(name, record.everyone) for name in checked.loc[lost, "client"].unique()
            ),
        )
        for what, lost in (("log unknown", unknown), ("log unmatched", unmatched))
        if lost.any()
    ]
    return named.reset_index(drop=True)[list(checked.columns)], losses


def _like(name: str, known: frozenset[str]) -> str:
    """Return a name; one that is not known with the one that may be meant: ``k02 (K02?)``."""
    if name in known:
        return name
    alike = [other for other in sorted(known) if other.casefold() == name.casefold()]
    return f"{name} ({alike[0]}?)" if alike else name


def refuse_large(losses: Sequence[Loss], *, set_aside: bool, words: Words | None = None) -> None:
    """Raise an error if more than a fifth of what came in is lost, unless that is wished.

    Each loss is named in the language of the `words`.

    Raises
    ------
    AllianceError
        With each loss.
    """
    rows = [loss for loss in losses if not loss.what.startswith("log")]
    total, came = sum(loss.rows for loss in rows), max((loss.of for loss in rows), default=0)
    large = any(loss.share > MOST for loss in rows) or (came and total / came > MOST)
    if set_aside or not large:
        return
    said = [f"  - {loss.text(words or Words())}" for loss in losses]
    raise AllianceError(
        "More than a fifth of what came in would not be used:\n"
        + "\n".join(said)
        + "\nTo fix: mend the export (`alliance check` shows each row), or go on without these rows "
        "with --set-aside."
    )
