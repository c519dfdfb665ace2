"""Pictures of what was found: ruptures, what noise gives, what became of ruptures."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from alliance.figures.chance import chance_strip
from alliance.figures.course import course
from alliance.figures.incidence import incidence
from alliance.model import ChanceBaseline
from alliance.results import draws
from alliance.ruptures import CumulativeIncidence, Ruptures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Save = str | PathLike[str] | None


@draws(Ruptures)
def draw_ruptures(
    found: Ruptures, *, ax: Axes | None = None, save: Save = None, client: str | None = None
) -> Axes:
    """Draw one client's course with its limits and ruptures; see `alliance.figures.course`."""
    return course(found.courses.table, found, client=client, rater=found.rater, ax=ax, save=save)


@draws(ChanceBaseline)
def draw_chance(level: ChanceBaseline, *, ax: Axes | None = None, save: Save = None) -> Axes:
    """Draw found and expected shares; see `alliance.figures.chance_strip`."""
    return chance_strip(level.shares, ax=ax, save=save)


@draws(CumulativeIncidence)
def draw_incidence(
    found: CumulativeIncidence, *, ax: Axes | None = None, save: Save = None
) -> Axes:
    """Draw the incidence of each cause; see `alliance.figures.incidence`."""
    return incidence(found.frame, n=found.ruptures, ax=ax, save=save)
