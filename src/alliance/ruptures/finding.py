"""From a sessions table to ruptures: chooses the scores, checks the rule against them, searches."""

from collections.abc import Mapping
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.course import Choice, Courses, courses
from alliance.errors import AllianceError
from alliance.rules import Rule, load
from alliance.ruptures.engine import Pools, pools_of, scan
from alliance.ruptures.found import Ruptures
from alliance.ruptures.frames import episode_frame


def find_ruptures(
    sessions: pd.DataFrame | Courses,
    rule: Rule | str,
    *,
    prospective: bool = False,
    max_gap: int | None = None,
    overlapping: bool = False,
    pooled: Mapping[str, Mapping[str, float]] | None = None,
    **choice: Unpack[Choice],
) -> Ruptures:
    """Find ruptures and what became of them, for each client.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table, or what `alliance.courses` chose from one.
    rule : Rule or str
        From `alliance.rules`, or the name of a preset such as ``"own-mean"``.
    prospective : bool
        Judge each session only by what was known on its day, as a clinic must; otherwise the
        whole course is used.
    max_gap : int, optional
        Largest difference between the numbers of two sessions that are compared as
        neighbours; the rule's own if not given, which is 1 for all presets.
    overlapping : bool
        Follow every flagged session by itself, so that falls can overlap; otherwise an episode
        must be over before the next begins.
    pooled : mapping, optional
        What the rule needs from all clients together, as `pooled_quantities` returned it, perhaps
        on an earlier day; by default taken from these sessions.
    **choice
        scale, rater, instrument, moment, higher_is_better, as in `alliance.courses`.

    Returns
    -------
    Ruptures

    Raises
    ------
    AllianceError
        If the table or the rule cannot be used, the scores to use must be named, or the rule is
        not made for them.

    Notes
    -----
    A session without a score is a gap, like a row that is not there. Repair windows count
    session numbers, rated or not. An episode is *unrepaired* once its window has passed with a
    rated session in it, and *open* if the record ends inside the window or nothing in the window
    was rated. With `prospective`, quantities from all clients use sessions with the same or a
    lower number.

    Found ruptures mean little without what the same rule finds in noise.

    Examples
    --------
    >>> import pandas as pd
    >>> from alliance import rules
    >>> sessions = pd.DataFrame({
    ...     "client": "a", "session": range(1, 7), "rater": "client",
    ...     "total": [6.0, 6.1, 4.6, 5.2, 6.0, 6.2],
    ... })
    >>> found = find_ruptures(sessions, rules.v_episode())
    >>> found.frame[["onset", "low", "end", "before", "outcome"]]
       onset  low  end  before   outcome
    0      3    3    5     6.1  repaired
    """
    rule = load(rule).with_max_gap(max_gap)
    chosen = courses(sessions, **choice)
    check_made_for(rule, chosen)
    pools = None if pooled is None else _given_pools(pooled, rule, chosen)
    return search(chosen, rule, prospective=prospective, overlapping=overlapping, pools=pools)


def search(
    chosen: Courses,
    rule: Rule,
    *,
    prospective: bool = False,
    overlapping: bool = False,
    pools: Pools | None = None,
    each_session: bool = False,
) -> Ruptures:
    """Search scores that were chosen and are what the rule is made for; see `scan`."""
    # The engine looks for falls: where a rise is for the worse, scores and rule are turned.
    found = scan(
        chosen,
        rule if chosen.sign == 1 else rule.mirrored(),
        prospective=prospective,
        overlapping=overlapping,
        pools=pools,
        each_session=each_session,
    )
    return Ruptures(
        frame=episode_frame(found, chosen),
        courses=chosen,
        rule=rule,
        scan=found,
        prospective=prospective,
        overlapping=overlapping,
        pools=pools,
    )


def misfit(rule: Rule, chosen: Courses) -> str:
    """Return why a rule is not made for the chosen scores; empty if it is."""
    points = chosen.points
    return rule.made_for.misfit(
        instrument=chosen.instrument,
        metric=chosen.metric,
        lowest=float(points.min()) if len(points) else float("nan"),
        highest=float(points.max()) if len(points) else float("nan"),
    )


def check_made_for(rule: Rule, chosen: Courses) -> None:
    """Raise an `AllianceError` with the reason if a rule is not made for the chosen scores."""
    reason = misfit(rule, chosen)
    if reason:
        raise AllianceError(
            f"The rule {rule.name} cannot be used on these scores: {reason}.\n"
            "To fix: take another rule, or give it settings of your own for these scores."
        )


def pooled_quantities(
    sessions: pd.DataFrame | Courses, rule: Rule | str, **choice: Unpack[Choice]
) -> dict[str, dict[str, float]]:
    """Return what a rule needs from all clients together: for the rater, value by quantity.

    With it, sessions of a later day can be judged by what was known on an earlier one.

    Parameters
    ----------
    sessions, rule, **choice
        As in `find_ruptures`.

    Returns
    -------
    dict
        Empty for a rule that judges each client alone; NaN where no client has two scores yet.
    """
    chosen = courses(sessions, **choice)
    quantities = pools_of(chosen, load(rule)).items()
    return {
        chosen.rater: {
            _quantity(*part): float(values[0]) for part, values in quantities if len(values)
        }
    }


def _quantity(pool: str, ddof: int) -> str:
    return f"{pool}, ddof {ddof}"


def _given_pools(pooled: Mapping[str, Mapping[str, float]], rule: Rule, chosen: Courses) -> Pools:
    if chosen.rater not in pooled:
        raise AllianceError(f"pooled holds nothing for the rater {chosen.rater}.")
    known = pooled[chosen.rater]
    return {
        (part.pool, part.ddof): np.full(
            len(chosen.scores), known[_quantity(part.pool, part.ddof)], dtype=float
        )
        for part in (rule.rupture, rule.repair)
        if part.pool
    }
