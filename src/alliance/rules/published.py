"""Criteria from studies of the alliance and of sudden change, each with its source."""

from __future__ import annotations

from alliance.rules.blind_spots import CEILING, LENGTH, OTHERS, SHIFT, SLIDE
from alliance.rules.repair_rule import RepairRule
from alliance.rules.rule import Rule
from alliance.rules.rupture_rule import RuptureRule, SuddenLoss


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
    return Rule(
        name="own-mean-left-out" if leave_out else "own-mean",
        rupture=RuptureRule(
            reference="own other sessions" if leave_out else "own mean",
            unit="own sd",
            threshold=threshold,
            inequality="more than",
        ),
        repair=RepairRule(target="own mean", window=window),
        citation="Journal of Consulting and Clinical Psychology, 2024, 92, 129-133",
        provenance="user" if leave_out else "exact from source",
        repair_provenance="ours",
        minimum_sessions=6,
        minimum_drop=minimum_drop,
        blind_spots=(
            SHIFT,
            SLIDE,
            "repeated dips hide each other",
            CEILING,
            LENGTH,
            "cannot flag anything in fewer than 6 sessions",
            "the source states neither the denominator of the SD nor whether the session counts "
            "in it; here n - 1, and it does",
        ),
    )


def own_past(*, threshold: float = 2, window: int | None = 5, minimum_drop: float = 0) -> Rule:
    """Below the client's own mean so far by two own standard deviations so far.

    A variant of `own_mean` that never looks ahead and does not count the judged session.
    """
    return Rule(
        name="own-past",
        rupture=RuptureRule(
            reference="own past", unit="own sd", threshold=threshold, inequality="more than"
        ),
        repair=RepairRule(target="before", window=window),
        citation="Journal of Consulting and Clinical Psychology, 2024, 92, 129-133",
        repair_provenance="ours",
        minimum_sessions=6,
        minimum_drop=minimum_drop,
        blind_spots=(CEILING, LENGTH, "a spread from few sessions is itself uncertain"),
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
    return Rule(
        name="v-episode",
        rupture=RuptureRule(
            reference="previous session", unit="points", threshold=drop, max_gap=max_gap
        ),
        repair=RepairRule(target="before", amount=tolerance, window=window),
        citation="Stevens et al. (2007)",
        doi="10.1176/appi.psychotherapy.2007.61.2.109",
        provenance="not verified",
        repair_provenance="not verified",
        blind_spots=(
            SLIDE,
            "a point is easily reached by noise where scores vary much, hardly where they do not",
            "the size of a point depends on the scale",
        ),
    )


def strauss_like(*, threshold: float = 1, tolerance: float = 0.25, window: int | None = 3) -> Rule:
    """Fall from the session before by the mean of the clients' own standard deviations.

    References
    ----------
    Strauss et al. (2006). Journal of Consulting and Clinical Psychology, 74, 337-345.
    https://doi.org/10.1037/0022-006X.74.2.337
    """
    return Rule(
        name="strauss-like",
        rupture=RuptureRule(
            reference="previous session", unit="mean of own sds", threshold=threshold
        ),
        repair=RepairRule(target="before", amount=tolerance, unit="mean of own sds", window=window),
        citation="Strauss et al. (2006)",
        doi="10.1037/0022-006X.74.2.337",
        provenance="secondary",
        repair_provenance="not verified",
        blind_spots=(SLIDE, LENGTH, OTHERS),
    )


def stiles_like(*, threshold: float = 2, window: int | None = 3) -> Rule:
    """Below the client's own line by two standard deviations about that line.

    References
    ----------
    Stiles et al. (2004). Journal of Counseling Psychology, 51, 81-92.
    https://doi.org/10.1037/0022-0167.51.1.81
    """
    return Rule(
        name="stiles-like",
        rupture=RuptureRule(
            reference="own line",
            unit="own residual sd",
            threshold=threshold,
            inequality="more than",
        ),
        repair=RepairRule(target="limit", window=window),
        citation="Stiles et al. (2004)",
        doi="10.1037/0022-0167.51.1.81",
        provenance="not verified",
        repair_provenance="not verified",
        minimum_sessions=5,
        blind_spots=(
            SHIFT,
            "the fall bends the line and widens the spread that it is measured with",
            CEILING,
        ),
    )


def gumz_like(k: float = 1, *, window: int | None = 6) -> Rule:
    """Unbroken decline by k times the larger of the own and the pooled standard deviation.

    Scale and k are from the source; where a decline starts and ends is inferred.

    References
    ----------
    Gumz, Braehler, Geyer & Erices (2012). BMC Medical Research Methodology, 12, 10.
    https://doi.org/10.1186/1471-2288-12-10
    """
    unit = "larger of own and pooled sd"
    return Rule(
        name=f"gumz-like-{k:g}",
        rupture=RuptureRule(reference="start of decline", unit=unit, threshold=k),
        repair=RepairRule(target="rise", amount=k, unit=unit, window=window),
        citation="Gumz et al. (2012)",
        doi="10.1186/1471-2288-12-10",
        provenance="secondary",
        repair_provenance="not verified",
        minimum_sessions=3,
        blind_spots=(LENGTH, OTHERS, "at k = 1 mostly noise"),
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
    settings = {"cutoff": cutoff}
    if cutoff is None:
        settings = {"cutoff": 1.96, "unit": "reliable change", "reliability": reliability}
    return Rule(
        name="sudden-loss",
        rupture=SuddenLoss(**settings),
        repair=RepairRule(target="share", amount=0.5, window=window, inequality="more than"),
        citation="Tang & DeRubeis (1999); Wiedemann et al. (2020)",
        doi="10.1371/journal.pone.0230276",
        provenance="from code",
        repair_provenance="ours",
        minimum_sessions=4,
        blind_spots=(
            "cannot judge the latest session: it needs at least one later one",
            "cannot judge the first fall of a course, nor sessions around missed ones",
            "misses the single dip that is repaired at once, because the fall must last",
            "there is no published cut-off for the alliance",
        ),
    )


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
    unit = {"unit": "reliable change", "reliability": reliability, "sd": sd}
    return Rule(
        name="reliable-drop",
        rupture=RuptureRule(reference="previous session", threshold=1.96, **unit),
        repair=RepairRule(target="rise", amount=1.96, window=window, **unit),
        citation="Jacobson & Truax (1991)",
        doi="10.1037/0022-006X.59.1.12",
        provenance="exact from source",
        repair_provenance="ours",
        blind_spots=(
            SLIDE,
            "the formula is the source's, its use on alliance scores is ours",
            "takes all change between sessions that is not measurement error for a rupture",
        ),
    )
