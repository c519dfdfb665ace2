"""What a result calls the scale, the people and the occasions, where they are not an alliance's."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """Names for the words that results use.

    Parameters
    ----------
    score : str
        What the scores are, e.g. ``"daily contentment"``.
    person : str
        In the singular; the plural is made with an s.
    occasion : str
        In the singular, e.g. ``"day"``.
    alliance : bool
        Whether the scores are an alliance; otherwise results say that they are not.

    Examples
    --------
    >>> diary = Words(score="daily contentment", person="couple", occasion="day")
    >>> diary.told("8 clients had sessions both before and after.")
    '8 couples had days both before and after.'
    """

    score: str
    person: str = "client"
    occasion: str = "session"
    alliance: bool = False

    def told(self, text: str) -> str:
        """Return a text about clients and sessions in these words."""
        new = {"client": self.person, "session": self.occasion}
        return re.sub(r"\b(client|session)(?=s?\b)", lambda found: new[found[1]], text)

    def note(self) -> str:
        """Return what must be said where the scores are no alliance; empty if they are one."""
        if self.alliance:
            return ""
        return (
            f'"Rupture" and "repair" stand here for falls of {self.score} and for their return; '
            "nothing is said of an alliance."
        )


def in_words(called: str | Words | None, *, rater: str, scale: str) -> Words:
    """Return the words to use; without any, those of an alliance scale."""
    if isinstance(called, Words):
        return called
    if called is None:
        return Words(score=f"the {rater}'s {scale}", alliance=True)
    return Words(score=called)
