"""A questionnaire's items in two or more parts, each scored on the scale of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from alliance.errors import AllianceError, join_names
from alliance.instruments import Instrument, load
from alliance.scoring import score

# Of a part's items, where the whole has a score. A part is one wobble of several, not a result: with
# the instrument's own rule a single blank among four items would take the session away.
ANSWERED_OF_PART = 0.5


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Which items are in which part.

    Parameters
    ----------
    items : tuple of tuple of int
        Item numbers of each part.
    instrument : str
        Key of the questionnaire.
    in_catalogue : bool
        False where the questionnaire is not known; its items are then taken as one scale
        without reversed items.
    """

    items: tuple[tuple[int, ...], ...]
    instrument: str
    in_catalogue: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of items of each part."""
        return tuple(map(len, self.items))


def split_items(
    instrument: Instrument, scale: str = "total", *, parts: int = 2
) -> tuple[tuple[int, ...], ...]:
    """Share out the items of a scale between parts.

    Parameters
    ----------
    instrument : Instrument
    scale : str
    parts : int
        How many, 2 or more; as many as there are items where these are fewer.

    Returns
    -------
    tuple of tuples of int
        Item numbers of each part.

    Raises
    ------
    AllianceError
        If there is no such scale, or it has fewer than two items.

    Notes
    -----
    The items of each subscale go to the parts in turn, in the order of their numbers, so that
    every part holds every subscale that has items enough. A subscale begins with the part that
    is smallest so far.

    Examples
    --------
    >>> from alliance.instruments import load
    >>> split_items(load("wai-sr"))
    ((1, 3, 4, 7, 8, 10), (2, 5, 6, 9, 11, 12))
    >>> split_items(load("srs"), parts=3)
    ((1, 4), (2,), (3,))
    """
    if scale not in instrument.scales:
        raise AllianceError(
            f"{instrument.key} has no scale '{scale}'. Scales: {join_names(instrument.scales)}."
        )
    if len(instrument.scales[scale]) < 2:
        raise AllianceError(
            f"The scale {scale} has one item and so no parts.\n"
            "To fix: leave items out, or choose another scale."
        )
    shares: list[list[int]] = [[] for _ in range(min(parts, len(instrument.scales[scale])))]
    left = set(instrument.scales[scale])
    for items in sorted(instrument.scales.values(), key=len):
        group = sorted(left & set(items))
        left -= set(group)
        begin = min(range(len(shares)), key=lambda place: len(shares[place]))
        for place, item in enumerate(group):
            shares[(begin + place) % len(shares)].append(item)
    return tuple(tuple(sorted(share)) for share in shares)


def score_parts(
    responses: pd.DataFrame,
    *,
    scale: str = "total",
    parts: int = 2,
    instrument: str | Instrument | None = None,
) -> tuple[pd.DataFrame, Parts]:
    """Score parts of a scale, each in the metric of the whole scale.

    Parameters
    ----------
    responses : DataFrame
        A responses table of one instrument.
    scale : str
    parts : int
        How many, see `split_items`.
    instrument : str or Instrument, optional
        By default that named in the table.

    Returns
    -------
    frame : DataFrame
        client, session, rater, whole (the score of all items), part_1, part_2 ... A part is
        NaN where the whole is, or where fewer than half of its items were answered.
    parts : Parts

    Raises
    ------
    AllianceError
        If the table holds several instruments, or the instrument has no such scale.
    """
    responses, key = _one_instrument(responses, instrument)
    known = instrument if isinstance(instrument, Instrument) else _in_catalogue(key)
    used = known or _plain(responses, key)
    shares = split_items(used, scale, parts=parts)
    whole = used.scales[scale]
    named = {f"part_{number}": share for number, share in enumerate(shares, start=1)}
    scored = score(responses, _with_scales(used, {"whole": tuple(whole)}))
    split = score(responses, _with_scales(used, named), needed_share=ANSWERED_OF_PART)
    frame = scored[["client", "session", "rater", "whole"]].copy()
    frame[list(named)] = split[list(named)].where(frame["whole"].notna())
    for name, share in named.items():
        frame[name] *= used.factor(len(whole)) / used.factor(len(share))
    return frame, Parts(items=shares, instrument=used.key, in_catalogue=known is not None)


def _one_instrument(responses: pd.DataFrame, instrument) -> tuple[pd.DataFrame, str]:
    key = instrument.key if isinstance(instrument, Instrument) else instrument
    if "instrument" not in responses.columns:
        return responses, key or "unnamed"
    named = sorted(responses["instrument"].dropna().unique())
    if key is None and len(named) > 1:
        raise AllianceError(
            f"The responses hold several instruments: {join_names(named)}.\n"
            f"To fix: name one, e.g. instrument='{named[0]}'."
        )
    if key is None:
        return responses, named[0] if named else "unnamed"
    if key not in named:
        raise AllianceError(f"The responses hold {join_names(named) or 'nothing'}, not {key}.")
    return responses[responses["instrument"] == key], key


def _in_catalogue(key: str) -> Instrument | None:
    try:
        return load(key)
    except AllianceError:
        return None


def _plain(responses: pd.DataFrame, key: str) -> Instrument:
    """Return an instrument of one scale of all items, for a questionnaire that is not known."""
    items = [name for name in responses.columns if name.startswith("item_")]
    if not items:
        raise AllianceError("The responses hold no items: columns must be item_1, item_2 ...")
    answers = responses[items].astype(float)
    return Instrument(
        key=key,
        name=key,
        kind="alliance",
        raters={"client": "user"},
        items=len(items),
        minimum=float(answers.min(axis=None)),
        maximum=float(answers.max(axis=None)),
        whole_numbers=False,
        scales={"total": tuple(range(1, len(items) + 1))},
        metric="mean",
        needed_share=0.8,
        missing_rule_from="ours",
        higher_is_better=True,
        reference="",
        checked="not in the catalogue",
    )


def _with_scales(known: Instrument, scales: dict[str, tuple[int, ...]]) -> Instrument:
    values = {name: getattr(known, name) for name in known.__dataclass_fields__}
    values["scales"] = {"total": tuple(range(1, known.items + 1)), **scales}
    return Instrument(**values | {"worked": ()})
