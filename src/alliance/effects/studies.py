"""Many simulated studies tested at once: their scores joined, and what logs or the truth tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alliance.effects.designs import Design
from alliance.effects.exposure import Exposure, reported_exposure
from alliance.effects.gains import Gains, Scores, estimate_gain
from alliance.effects.parts import ANSWERED_OF_PART, split_items
from alliance.instruments import load
from alliance.simulate import Sheets, Study, World
from alliance.simulate.answers import INSTRUMENTS, scale_scores


def estimate_gains(
    studies: Sequence[Study], designs: Mapping[str, Design], *, told: str = "reports"
) -> dict[str, Gains]:
    """Estimate the gain in each of many simulated studies, by each of several designs.

    Parameters
    ----------
    studies : sequence of Study
        Of one world. The client's scores are the outcome.
    designs : mapping of str to Design
    told : {"reports", "episodes"}
        What a design without a rule takes for its rupture log: the client's reports, or the
        true episodes.

    Returns
    -------
    dict of str to Gains
        Each with one entry for each study.

    Examples
    --------
    >>> from alliance.effects import designs
    >>> from alliance.simulate import simulate, worlds
    >>> many = [simulate(worlds()["A3d"], clients=100, rng=seed) for seed in range(5)]
    >>> estimate_gains(many, {"P1": designs()["P1"]})["P1"].estimate.shape
    (5,)
    """
    joined: dict[int, Scores] = {}
    tables = None
    found = {}
    for name, design in designs.items():
        if design.parts not in joined:
            joined[design.parts] = join_studies(studies, parts=design.parts)
        scores, exposures = joined[design.parts], None
        if design.rule is None:
            tables = tables or [_told(study, told) for study in studies]
            exposures = (told_exposure(studies, scores, tables, settle=design.settle),)
        found[name] = estimate_gain(scores, design, exposures)
    return found


def _told(study: Study, told: str) -> pd.DataFrame:
    return study.true_ruptures if told == "episodes" else study.told_by("client")


def join_studies(studies: Sequence[Study], *, parts: int = 0) -> Scores:
    """Return the client's scores of several studies, one after the other.

    Parameters
    ----------
    studies : sequence of Study
        Of one world; they may differ in their number of clients.
    parts : int
        With the scores of so many parts of the items, shared out as `repair_gain` does.
        Questionnaires without a score on any part are left out.
    """
    clients = [len(study.client_names) for study in studies]
    first = np.concatenate([[0], np.cumsum(clients)])
    items = part_items(studies[0].world, parts) if parts else ()
    rated = [_rated(study.sheets[0], study.world, items) for study in studies]
    client, session, total, split = (np.concatenate(part) for part in zip(*rated, strict=True))
    client = client + np.repeat(first[:-1], [len(part[0]) for part in rated])
    counts = np.bincount(client, minlength=first[-1])
    return Scores(
        sessions=session,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        total=total,
        parts=split if parts else None,
        sizes=tuple(map(len, items)) or None,
        study=np.repeat(np.arange(len(studies)), clients),
    )


def _rated(sheet: Sheets, world: World, items: Sequence[tuple[int, ...]]) -> tuple:
    """Return client, session, total and parts of the questionnaires that have all scores."""
    scores = [scale_scores(world, sheet.answers, part, needed=ANSWERED_OF_PART) for part in items]
    split = np.column_stack(scores) if scores else np.empty((len(sheet.client), 0))
    kept = np.isfinite(sheet.total) & np.isfinite(split).all(axis=1)
    return sheet.client[kept], sheet.session[kept], sheet.total[kept], split[kept]


def part_items(world: World, parts: int) -> tuple[tuple[int, ...], ...]:
    """Return the item numbers of the parts of a world's questionnaire."""
    if world.scale == "gaussian":
        return tuple(tuple(range(first, 13, parts)) for first in range(1, parts + 1))
    return split_items(load(INSTRUMENTS[world.scale]), parts=parts)


def told_exposure(
    studies: Sequence[Study], scores: Scores, tables: Sequence[pd.DataFrame], *, settle: int
) -> Exposure:
    """Return what each session was exposed to, given reported or true ruptures of each study.

    Parameters
    ----------
    studies : sequence of Study
    scores : Scores
        Of these studies, from `join_studies`.
    tables : sequence of DataFrame
        For each study number (of the client, from 0), onset, end and repaired: its `told_by()`
        or its `true_ruptures`.
    settle : int
        As in `alliance.effects.Design`.
    """
    first = np.concatenate([[0], np.cumsum([len(study.client_names) for study in studies])])
    which = [
        start + table["number"].to_numpy() for start, table in zip(first[:-1], tables, strict=True)
    ]
    onset, end, repaired = (
        np.concatenate([table[name].to_numpy() for table in tables])
        for name in ("onset", "end", "repaired")
    )
    return reported_exposure(
        scores.series(scores.total),
        np.concatenate(which),
        onset,
        end,
        repaired.astype(bool),
        settle=settle,
    )
