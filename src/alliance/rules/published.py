"""Criteria from studies of the alliance, of sudden change and of process control, each with its source."""

from alliance.rules.made_for import MadeFor
from alliance.rules.presets import varied
from alliance.rules.rule import Rule


def own_mean(
    *,
    threshold: float = 2,
    window: int | None = 5,
    minimum_drop: float = 0,
    leave_out: bool = False,
) -> Rule:
    """More than two own standard deviations below the client's own mean; the default.

    The only rule on self-report scores here that was tested against observers' coding. Its
    source gives no repair rule; back to the own mean within 5 sessions is our choice.

    Parameters
    ----------
    threshold : float
        In the client's own standard deviations (n - 1).
    window : int or None
        Sessions within which the score must return.
    minimum_drop : float
        Smallest fall below the mean in points; 0 as published.
    leave_out : bool
        Leave the judged session out of its own mean and spread; not as published.

    References
    ----------
    Journal of Consulting and Clinical Psychology (2024), 92(2), 129-133.

    Examples
    --------
    >>> own_mean().provenance
    'exact from source'
    """
    if not leave_out:
        return varied(
            "own-mean", {"threshold": threshold}, {"window": window}, minimum_drop=minimum_drop
        )
    return varied(
        "own-mean",
        {"reference": "own other sessions", "threshold": threshold},
        {"window": window},
        name="own-mean-left-out",
        provenance="user",
        minimum_drop=minimum_drop,
    )


def own_past(*, threshold: float = 2, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the client's own mean so far by two own standard deviations so far.

    A variant of `own_mean` that never looks ahead and does not count the judged session.
    """
    return varied(
        "own-past", {"threshold": threshold}, {"window": window}, minimum_drop=minimum_drop
    )


def v_episode(
    *, drop: float = 1.0, tolerance: float = 0.25, window: int | None = 5, max_gap: int = 1
) -> Rule:
    """Fall of a point from the session before, and back to within a quarter of a point.

    Parameters
    ----------
    drop, tolerance : float
        In points of an item mean that runs from 1 to 7.
    window : int or None
        Sessions within which the score must return; 3 to 5 in the source.
    max_gap : int
        Largest difference between the numbers of the two sessions.

    References
    ----------
    Stevens, Muran, Safran, Gorman & Winston (2007). American Journal of Psychotherapy, 61,
    109-129. https://doi.org/10.1176/appi.psychotherapy.2007.61.2.109
    """
    return varied(
        "v-episode",
        {"threshold": drop, "max_gap": max_gap},
        {"amount": tolerance, "window": window},
        **_for_other_scores((drop, tolerance) != (1.0, 0.25)),
    )


def strauss_like(*, threshold: float = 1, tolerance: float = 0.25, window: int | None = 3) -> Rule:
    """Fall from the session before by the mean of the clients' own standard deviations.

    References
    ----------
    Strauss et al. (2006). Journal of Consulting and Clinical Psychology, 74, 337-345.
    https://doi.org/10.1037/0022-006X.74.2.337
    """
    return varied("strauss-like", {"threshold": threshold}, {"amount": tolerance, "window": window})


def stiles_like(*, threshold: float = 2, window: int | None = 3) -> Rule:
    """Below the client's own line by two standard deviations about that line.

    References
    ----------
    Stiles et al. (2004). Journal of Counseling Psychology, 51, 81-92.
    https://doi.org/10.1037/0022-0167.51.1.81
    """
    return varied("stiles-like", {"threshold": threshold}, {"window": window})


def gumz_like(k: float = 1, *, window: int | None = 6) -> Rule:
    """Unbroken decline by k times the larger of the own and the pooled standard deviation.

    Scale and k are from the source; where a decline starts and ends is inferred.

    References
    ----------
    Gumz, Braehler, Geyer & Erices (2012). BMC Medical Research Methodology, 12, 10.
    https://doi.org/10.1186/1471-2288-12-10
    """
    return varied(
        "gumz-like-1",
        {"threshold": k},
        {"amount": k, "window": window},
        name=f"gumz-like-{k:g}",
    )


def sudden_loss(
    cutoff: float | None = None, *, reliability: float = 0.9, window: int | None = 5
) -> Rule:
    """Sudden loss: the three criteria of sudden gains, applied to falls.

    Parameters
    ----------
    cutoff : float, optional
        Smallest fall in points, such as 7 for the BDI. Without it 1.96 standard errors of a
        difference, from the standard deviation of all scores and `reliability`.
    reliability : float
        Only used without `cutoff`. The default is an assumption; give your instrument's.
    window : int or None
        Sessions within which more than half of the fall must be regained. The code looks at
        all later sessions (None); then a fall that is never regained holds all later ones.

    References
    ----------
    Tang & DeRubeis (1999). Journal of Consulting and Clinical Psychology, 67, 894-904.
    https://doi.org/10.1037/0022-006X.67.6.894
    Wiedemann, Thew, Stott & Ehlers (2020). PLoS ONE, 15, e0230276.
    https://doi.org/10.1371/journal.pone.0230276
    """
    unit = {"unit": "points", "reliability": None, "cutoff": cutoff}
    if cutoff is None:
        unit = {"reliability": reliability}
    return varied("sudden-loss", unit, {"window": window})


def reliable_drop(
    *, reliability: float = 0.9, sd: float | None = None, window: int | None = 5
) -> Rule:
    """Fall from the session before by more than measurement error explains.

    Parameters
    ----------
    reliability : float
        Of single scores, from retests or within persons rather than cross-sectional alpha. The
        default is an assumption; give your instrument's.
    sd : float, optional
        Standard deviation of scores; without it that of all scores in the data.
    window : int or None
        Sessions within which a rise of the same size must follow.

    References
    ----------
    Jacobson & Truax (1991). Journal of Consulting and Clinical Psychology, 59, 12-19.
    https://doi.org/10.1037/0022-006X.59.1.12
    """
    unit = {"reliability": reliability, "sd": sd}
    return varied("reliable-drop", unit, {**unit, "window": window})


def xmr(*, threshold: float = 2.66, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the lower limit of the client's own individuals chart, mean - 2.66 moving ranges."""
    return varied("xmr", {"threshold": threshold}, {"window": window}, minimum_drop=minimum_drop)


def tukey(*, threshold: float = 1.5, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the client's own lower fence, first quartile - 1.5 interquartile ranges.

    Named in a thesis on children's alliance (Kluft genannt Jans, Radboud University); the
    formula is the textbook one with linearly interpolated quartiles.
    """
    return varied("tukey", {"threshold": threshold}, {"window": window}, minimum_drop=minimum_drop)


def cusum(*, allowance: float = 0.5, decision: float = 4, window: int | None = 5) -> Rule:
    """Alarm of a lower cumulative sum about the client's own mean.

    References
    ----------
    Page (1954). Biometrika, 41, 100-115. https://doi.org/10.1093/biomet/41.1-2.100
    """
    return varied("cusum", {"allowance": allowance, "decision": decision}, {"window": window})


def running_high(
    *, threshold: float = 2, unit: str = "own sd", tolerance: float = 0.25, window: int | None = 5
) -> Rule:
    """Below the highest score so far by two standard deviations.

    Parameters
    ----------
    threshold, tolerance : float
        In `unit`.
    unit : str
        One of `UNITS`; "own sd" by default, "pooled sd" to compare clients alike.
    window : int or None
        Sessions within which the score must return.
    """
    return varied(
        "running-high",
        {"threshold": threshold, "unit": unit},
        {"amount": tolerance, "unit": unit, "window": window},
    )


def change_point(*, penalty: float = 1.5, minimum_segment: int = 1, window: int | None = 5) -> Rule:
    """First session of a stretch with a lower mean, in the segmentation that PELT finds.

    References
    ----------
    Killick, Fearnhead & Eckley (2012). Journal of the American Statistical Association, 107,
    1590-1598. https://doi.org/10.1080/01621459.2012.737745
    """
    settings = {"penalty": penalty, "minimum_segment": minimum_segment}
    return varied("change-point", settings, {"window": window})


def srs_level(cut: float = 36, *, inequality: str = "more than", window: int | None = 5) -> Rule:
    """Session Rating Scale total below 36 of 40: a prompt to talk, not a rupture.

    Parameters
    ----------
    cut : float
        On the total from 0 to 40.
    inequality : {"more than", "at least"}
        Whether a total must lie below the cut or may equal it; sources disagree.
    window : int or None
        Sessions within which the total must be back above the cut.

    References
    ----------
    Duncan et al. (2003). Journal of Brief Therapy, 3, 3-12.
    """
    # Whoever lies exactly at the cut is on one side of it, never on both.
    returned = "at least" if inequality == "more than" else "more than"
    return varied(
        "srs-level",
        {"level": cut, "inequality": inequality},
        {"window": window, "inequality": returned},
        **_for_other_scores(cut != 36),
    )


def srs_drop(drop: float = 1, *, window: int | None = 5) -> Rule:
    """Session Rating Scale total a point or more below the last: a prompt to talk."""
    return varied(
        "srs-drop", {"threshold": drop}, {"window": window}, **_for_other_scores(drop != 1)
    )


def _for_other_scores(own_points: bool) -> dict[str, MadeFor]:
    """Who sets points of a scale of their own has said which scores they are made for."""
    return {"made_for": MadeFor()} if own_points else {}
