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
    better : {"higher", "lower"}
        Which scores are the better ones.
    alliance : bool
        Whether the scores are an alliance; otherwise results say that they are not.

    Examples
    --------
    >>> diary = Words(score="daily contentment", person="couple", occasion="day")
    >>> diary.told("8 clients had sessions both before and after. Clients differ.")
    '8 couples had days both before and after. Couples differ.'
    """

    score: str
    person: str = "client"
    occasion: str = "session"
    better: str = "higher"
    alliance: bool = False

    def differ(self, gain: float) -> str:
        """Return a gain (positive for the better) as a difference of the scores as they are."""
        worse = "lower" if self.better == "higher" else "higher"
        way = self.better if gain >= 0 else worse
        return f"{abs(gain):.2f} points {way}" + (
            "" if self.better == "higher" else _VALUE[gain >= 0]
        )

    def told(self, text: str) -> str:
        """Return a text about clients and sessions in these words."""
        new = {"client": self.person, "session": self.occasion}
        new |= {word.capitalize(): name.capitalize() for word, name in new.items()}
        return re.sub(r"\b([Cc]lient|[Ss]ession)(?=s?\b)", lambda found: new[found[1]], text)

    def note(self) -> str:
        """Return what must be said where the scores are no alliance; empty if they are one."""
        if self.alliance:
            return ""
        return (
            f'"Rupture" and "repair" stand here for falls of {self.score} and for their return; '
            "nothing is said of an alliance."
        )


_VALUE = {True: " (better)", False: " (worse)"}


def in_words(
    called: str | Words | None, *, rater: str, scale: str, higher_is_better: bool = True
) -> Words:
    """Return the words to use; without any, those of an alliance scale."""
    if isinstance(called, Words):
        return called
    better = "higher" if higher_is_better else "lower"
    if called is None:
        return Words(score=f"the {rater}'s {scale}", better=better, alliance=True)
    return Words(score=called, better=better)
