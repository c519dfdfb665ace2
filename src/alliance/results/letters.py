"""Letters: text without what no page can show, statistics in italics, marks of notes."""

import re
import unicodedata

_SYMBOLS = "MSD|M|SD|SE|N|n|p|r|t|z|F|df|d|b|R|k"
# Only where no letter or hyphen touches it: the n of 'in' or of 'n-back' is no statistic.
_IN_HEAD = re.compile(rf"(?<![\w'-])(?:{_SYMBOLS})(?![\w'-])")
_IN_TEXT = re.compile(rf"(?<![\w'-])(?:{_SYMBOLS})(?= [=<>≤≥] )")


def clean(text: object) -> str:
    """Return text on one line, without control characters and others that no file may hold."""
    joined = " ".join(str(text).split())
    # Control characters, lone surrogates, unassigned code points: no XML may hold them.
    return "".join(c for c in joined if unicodedata.category(c) not in {"Cc", "Cs", "Cn"})


def runs(text: str, *, head: bool = False) -> list[tuple[str, bool]]:
    """Return text in pieces, each with whether it is set in italics, as statistics are.

    In a `head` every symbol of a statistic is one; in running text only one before a comparison.

    >>> runs("n judged", head=True)
    [('n', True), (' judged', False)]
    >>> runs("a client, n = 12")
    [('a client, ', False), ('n', True), (' = 12', False)]
    """
    pieces, place = [], 0
    for match in (_IN_HEAD if head else _IN_TEXT).finditer(text):
        pieces += [(text[place : match.start()], False), (match.group(), True)]
        place = match.end()
    pieces.append((text[place:], False))
    return [piece for piece in pieces if piece[0]]


def mark(place: int) -> str:
    """Return the letter of a note: a, b ... z, aa, ab ...

    >>> mark(0), mark(27)
    ('a', 'ab')
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
