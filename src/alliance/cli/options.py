"""What several commands do with their options: texts NAME=VALUE become a table."""

from __future__ import annotations

from alliance.errors import AllianceError, join_names


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts as a table; `option` is what they were given with."""
    wrong = [text for text in texts if "=" not in text]
    if wrong:
        raise AllianceError(f"{option} takes NAME=VALUE, not {join_names(map(repr, wrong))}.")
    return dict(text.split("=", 1) for text in texts)
