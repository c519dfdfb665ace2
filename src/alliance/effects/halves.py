"""Two halves of a questionnaire's items, each scored on the scale of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from alliance.errors import AllianceError, listed
from alliance.instruments import Instrument, load
from alliance.scoring import score


@dataclass(frozen=True, kw_only=True)
class Halves:
    """Which items are in which half.

    Parameters
    ----------
    first, second : tuple of int
        Item numbers.
    instrument : str
        Key of the questionnaire.
    in_catalogue : bool
        False where the questionnaire is not known; its items are then taken as one scale
        without reversed items.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    instrument: str
    in_catalogue: bool


def split_items(instrument: Instrument, scale: str = "total") -> tuple[tuple[int, ...], ...]:
    """Share out the items of a scale between two halves.

    Parameters
    ----------
    instrument : Instrument
    scale : str

    Returns
    -------
    tuple of two tuples of int
        Item numbers.

    Raises
    ------
    AllianceError
        If there is no such scale, or it has fewer than two items.

    Notes
    -----
    The items of each subscale go to the halves in turn, in the order of their numbers, so that
    both halves hold every subscale of two or more items. A subscale begins with the half that
    is smaller so far.

    Examples
    --------
    >>> from alliance.instruments import load
    >>> split_items(load("wai-sr"))
    ((1, 3, 4, 7, 8, 10), (2, 5, 6, 9, 11, 12))
    """
    if scale not in instrument.scales:
        raise AllianceError(
            f"{instrument.key} has no scale '{scale}'. Scales: {listed(instrument.scales)}."
        )
    if len(instrument.scales[scale]) < 2:
        raise AllianceError(
            f"The scale {scale} has one item and so no halves.\n"
            "To fix: leave items out, or choose another scale."
        )
    halves: tuple[list[int], list[int]] = ([], [])
    left = set(instrument.scales[scale])
    for items in sorted(instrument.scales.values(), key=len):
        group = sorted(left & set(items))
        left -= set(group)
        begin = int(len(halves[0]) > len(halves[1]))
        for place, item in enumerate(group):
            halves[(begin + place) % 2].append(item)
    return tuple(tuple(sorted(half)) for half in halves)


def score_halves(
    responses: pd.DataFrame, *, scale: str = "total", instrument: str | Instrument | None = None
) -> tuple[pd.DataFrame, Halves]:
    """Score both halves of a scale, each in the metric of the whole scale.

    Parameters
    ----------
    responses : DataFrame
        A responses table of one instrument.
    scale : str
    instrument : str or Instrument, optional
        By default that named in the table.

    Returns
    -------
    frame : DataFrame
        client, session, rater, whole (the score of all items), first, second. A half is NaN
        where fewer of its items were answered than the instrument's rule asks for.
    halves : Halves

    Raises
    ------
    AllianceError
        If the table holds several instruments, or the instrument has no such scale.
    """
    responses, key = _one_instrument(responses, instrument)
    known = instrument if isinstance(instrument, Instrument) else _in_catalogue(key)
    used = known or _plain(responses, key)
    first, second = split_items(used, scale)
    whole = used.scales[scale]
    scored = score(responses, _with_scales(used, whole, first, second))
    frame = scored[["client", "session", "rater", "whole", "first", "second"]].copy()
    if used.metric == "sum":
        frame["first"] *= len(whole) / len(first)
        frame["second"] *= len(whole) / len(second)
    return frame, Halves(
        first=first, second=second, instrument=used.key, in_catalogue=known is not None
    )


def _one_instrument(responses: pd.DataFrame, instrument) -> tuple[pd.DataFrame, str]:
    key = instrument.key if isinstance(instrument, Instrument) else instrument
    if "instrument" not in responses.columns:
        return responses, key or "unnamed"
    named = sorted(responses["instrument"].dropna().unique())
    if key is None and len(named) > 1:
        raise AllianceError(
            f"The responses hold several instruments: {listed(named)}.\n"
            f"To fix: name one, e.g. instrument='{named[0]}'."
        )
    if key is None:
        return responses, named[0] if named else "unnamed"
    if key not in named:
        raise AllianceError(f"The responses hold {listed(named) or 'nothing'}, not {key}.")
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


def _with_scales(known: Instrument, whole, first, second) -> Instrument:
    values = {name: getattr(known, name) for name in known.__dataclass_fields__}
    values["scales"] = {
        "total": tuple(range(1, known.items + 1)),
        "whole": tuple(whole),
        "first": first,
        "second": second,
    }
    return Instrument(**values | {"worked": ()})
