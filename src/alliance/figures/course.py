"""One client's course of therapy as one picture."""

from __future__ import annotations

import pandas as pd

from alliance.figures.detected import drawable
from alliance.figures.drawing import draw_beside, draw_course, legend_entries
from alliance.figures.looks import Sizes
from alliance.figures.saving import savable
from alliance.figures.selection import (
    OUTCOMES,
    Course,
    courses_of,
    main_rater,
    posterior_of,
    require_scores,
    rows_of_clients,
    rows_of_rater,
    scale_to_draw,
    scored_sessions,
    standings,
    worth_showing,
)
from alliance.figures.style import COLOURS, GREY, INK, plain, style
from alliance.figures.unit import one_questionnaire, unit_of


@savable
def course(
    sessions: pd.DataFrame,
    found=None,
    *,
    client: str | None = None,
    rater: str | None = None,
    scale: str | None = None,
    beside: str | None = None,
    posterior: pd.DataFrame | None = None,
    score_range: tuple[float, float] | None = None,
    ax=None,
):
    """Draw one client's scores session by session, with the ruptures found in them.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS.
    found : result of `find_ruptures` or `pulse.scan`, optional
        Adds the reference and limit of its rule, the flagged sessions and the episodes; for the
        pulse detector the level expected and the strip of probabilities.
    client : str, optional
        By default the one with the deepest rupture found, or the first if there is none.
    rater : str, optional
        Whose ratings; by default the client's own, or those of the only rater.
    scale : str, optional
        By default the scale searched for ruptures, else ``total``.
    beside : str, optional
        Another rater whose scores are drawn behind for comparison.
    posterior : DataFrame, optional
        Probability of rupture by session, columns client, rater, session and posterior (0
        to 1), drawn as a strip below.
    score_range : tuple of float, optional
        Lowest and highest possible score; by default what the instrument says.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        Of the scores. The strip is its child axes.

    Raises
    ------
    AllianceError
        If there are no sessions, an unknown client, rater or scale, or scores of several
        questionnaires.

    Notes
    -----
    A solid line joins sessions that follow each other; a dotted one crosses sessions without
    a score, which are crossed on the axis: numbers between the client's first and last session
    for which this rater's form is missing or could not be scored. The vertical axis always
    shows the whole scale, so that a small dip looks small.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> sessions = pd.DataFrame({"client": "c07", "session": [1, 2, 4], "rater": "client",
    ...     "instrument": "wai-sr", "metric": "mean", "total": [4.5, 3.0, 4.4]})
    >>> ax = course(sessions, client="c07")
    >>> ax.get_ylabel()
    'WAI-SR total, item mean 1–5'
    >>> plt.close(ax.figure)
    """
    found = drawable(found)
    posterior = getattr(found, "posterior", None) if posterior is None else posterior
    scale = scale_to_draw(found, scale)
    sessions = scored_sessions(sessions, scale)
    client = worth_showing(sessions, found) if client is None else client
    sessions = rows_of_clients(sessions, [client])
    rater = rater or main_rater(sessions)
    raters = list(dict.fromkeys([rater, *([beside] if beside else [])]))
    chosen = pd.concat([rows_of_rater(sessions, name) for name in raters])
    chosen = one_questionnaire(chosen, scale, found)
    unit = unit_of(chosen, scale, score_range)
    table = standings(chosen, found)
    drawn = {each.rater: each for each in courses_of(chosen, sessions, found, scale, table)}
    shown, *others = [require_scores(drawn.get(name), name, scale) for name in raters]
    with style():
        ax = ax if ax is not None else _new_axes(strip=posterior is not None)
        sizes = Sizes.of_one(len(shown.scores))
        for other in others:
            draw_beside(ax, other.scores, sizes)
        draw_course(ax, shown, unit, sizes)
        ax.set_title(_title(shown))
        ax.set_ylabel(plain(unit.label, most=60))
        lowest = ax if posterior is None else _draw_strip(ax, posterior_of(posterior, shown))
        lowest.set_xlabel("session number")
        handles, labels = legend_entries([shown], sizes, plain(beside or ""))
        ax.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return ax


def _new_axes(strip: bool):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(8.0, 4.0 if strip else 3.4), layout="constrained")
    return ax


def _title(shown: Course) -> str:
    rated, unrated = len(shown.rated), len(shown.unrated)
    count = (
        f"n = {rated} of {rated + unrated} sessions rated" if unrated else f"n = {rated} sessions"
    )
    return f"Client {plain(shown.client)}, rated by {plain(shown.rater)}\n{count}{_findings(shown)}"


def _findings(shown: Course) -> str:
    if shown.episodes is None:
        return ""
    if shown.standing not in OUTCOMES:
        return "; no rupture found" if shown.standing == "none" else "; not judged by this rule"
    counts = shown.episodes["outcome"].value_counts()
    parts = [f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if outcome in counts]
    return f"; ruptures: {', '.join(parts)}"


def _draw_strip(ax, probability: pd.Series):
    strip = ax.inset_axes([0, -0.27, 1, 0.18], sharex=ax)
    strip.bar(
        probability.index,
        probability,
        width=0.8,
        color=COLOURS["orange"],
        edgecolor=INK,
        linewidth=0.5,
        gid="posterior",
    )
    strip.axhline(0.5, color=GREY, linewidth=0.7, linestyle=":")
    strip.set_ylim(0, 1)
    strip.set_yticks([0, 1])
    strip.text(1.01, 0.5, "probability\nof rupture", transform=strip.transAxes, va="center", size=8)
    ax.tick_params(axis="x", labelbottom=False)
    return strip
