"""One client's course of therapy as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd

from alliance.course import Choice, Courses, courses
from alliance.figures.drawing import Sizes, draw_beside, draw_course, legend_entries
from alliance.figures.saving import picture
from alliance.figures.selection import (
    OUTCOMES,
    Course,
    courses_of,
    findings_of,
    known_clients,
    posterior_of,
    scores_of,
    scores_to_draw,
    standings,
    worth_showing,
)
from alliance.figures.style import COLOURS, GREY, INK, axes_or_new, legend_beside, plain
from alliance.figures.unit import unit_of
from alliance.results import draws
from alliance.ruptures import Ruptures

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@picture
def course(
    sessions: pd.DataFrame | Courses,
    found: Any = None,
    *,
    client: str | None = None,
    beside: str | None = None,
    posterior: pd.DataFrame | None = None,
    score_range: tuple[float, float] | None = None,
    ax: Axes | None = None,
    **choice: Unpack[Choice],
) -> Axes:
    """Draw one client's scores session by session, with the ruptures found in them.

    Parameters
    ----------
    sessions : DataFrame or Courses
        Table SESSIONS.
    found : result of `find_ruptures` or `find_pulses`, optional
        Adds the reference and limit of its rule, the flagged sessions and the episodes; for the
        pulse detector the level expected and the strip of probabilities.
    client : str, optional
        By default the one with the deepest rupture found, or the first if there is none.
    beside : str, optional
        Another rater whose scores are drawn behind for comparison.
    posterior : DataFrame, optional
        Probability of rupture by session, columns client, rater, session and posterior (0
        to 1), drawn as a strip below.
    score_range : tuple of float, optional
        Lowest and highest possible score; by default what the instrument says.
    ax : Axes, optional
        Where to draw; by default a new figure.
    **choice
        Which scores, as in `alliance.courses`; by default those that were searched.

    Returns
    -------
    Axes
        Of the scores. The strip is its child axes.

    Raises
    ------
    AllianceError
        If there are no sessions, an unknown client, or scores must be named that are not.

    Notes
    -----
    A solid line joins sessions that follow each other; a dotted one crosses sessions without
    a score, which are crossed on the axis: numbers between the client's first and last session
    for which this rater's form is missing or could not be scored. The vertical axis always
    shows the whole scale, so that a small dip looks small.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> sessions = pd.DataFrame({"client": ["c07", "c07", "c07"], "session": [1, 2, 4],
    ...     "rater": "client", "instrument": "wai-sr", "metric": "mean", "total": [4.5, 3.0, 4.4]})
    >>> ax = course(sessions, client="c07")
    >>> ax.get_ylabel()
    'WAI-SR total, item mean 1–5'
    >>> plt.close(ax.figure)
    """
    findings = findings_of(found)
    chosen = scores_to_draw(sessions, findings, choice)
    unit = unit_of(chosen, score_range)
    named = worth_showing(chosen, findings) if client is None else client
    clients = known_clients(chosen, [named])
    [shown] = courses_of(chosen, sessions, findings, standings(clients, findings)["standing"])
    posterior = findings.posterior if posterior is None else posterior
    ax = axes_or_new(ax, 8.0, 3.4 if posterior is None else 4.0)
    sizes = Sizes.of_one(len(shown.scores))
    if beside is not None:
        # The same scale and questionnaire as the course in front, whoever rated.
        scores = {"scale": chosen.scale, "instrument": chosen.instrument or None, "rater": beside}
        other = courses(sessions, **{**choice, **scores})  # type: ignore[arg-type]
        draw_beside(ax, scores_of(other, shown.client), sizes)
    draw_course(ax, shown, unit, sizes)
    ax.set_title(_title(shown))
    ax.set_ylabel(plain(unit.label, max_length=60))
    lowest = ax if posterior is None else _draw_strip(ax, posterior_of(posterior, shown))
    lowest.set_xlabel("session number")
    legend_beside(ax, *legend_entries([shown], sizes, plain(beside or "")))
    return ax


@draws(Ruptures)
@picture
def ruptures(found: Ruptures, ax: Axes | None = None, *, client: str | None = None) -> Axes:
    """Draw one client's course with its limits and ruptures as `course` does."""
    return course(found.courses, found, client=client, ax=ax)


def _title(shown: Course) -> str:
    rated, unrated = len(shown.rated), len(shown.unrated)
    count = (
        f"n = {rated} of {rated + unrated} sessions rated" if unrated else f"n = {rated} sessions"
    )
    return f"Client {plain(shown.client)}, rated by {plain(shown.rater)}\n{count}{_findings(shown)}"


_WITHOUT = {
    "": "",
    "none": "; no rupture found",
    "not judged": "; not judged by this rule",
}


def _findings(shown: Course) -> str:
    if shown.standing not in OUTCOMES:
        return _WITHOUT[shown.standing]
    counts = shown.episodes["outcome"].value_counts()
    parts = [f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if outcome in counts]
    return f"; ruptures: {', '.join(parts)}"


def _draw_strip(ax: Axes, probability: pd.Series) -> Axes:
    strip = ax.inset_axes((0, -0.27, 1, 0.18), sharex=ax)
    look: dict[str, Any] = {
        "width": 0.8,
        "color": COLOURS["orange"],
        "edgecolor": INK,
        "linewidth": 0.5,
    }
    strip.bar(probability.index, probability, gid="posterior", **look)
    strip.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    strip.set_ylim(0, 1)
    strip.set_yticks([0, 1])
    strip.text(1.01, 0.5, "probability\nof rupture", transform=strip.transAxes, va="center", size=8)
    ax.tick_params(axis="x", labelbottom=False)
    return strip
