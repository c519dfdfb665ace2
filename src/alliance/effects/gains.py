"""The regression of scores on repairs completed before, within clients."""

from dataclasses import dataclass

import numpy as np

from alliance.arrays import Bools, Floats, Ints
from alliance.course import Courses
from alliance.effects.exposure import (
    OPEN,
    RECOVERY,
    REPAIRED,
    ROLES,
    SETTLING,
    UNREPAIRED,
    USED,
    Exposure,
)
from alliance.effects.within import Estimate, WithinFit, fit_within

# Fewer exposed clients, or expected repairs, cannot carry a standard error.
MIN_EXPOSED = 8
# SD of the clients' own growths for a rise of 1 in log session, in residual SDs. It weights the
# sessions only; standard errors hold for any value.
GROWTH_SPREAD = 0.75


@dataclass(frozen=True, eq=False, kw_only=True)
class Gains(Estimate):
    """What a regression on repairs finds: points of the scale for each; NaN where not answered."""

    exposed: int  # Clients with sessions both before and after a repair, or expected repairs
    fit: WithinFit  # With the clients' shares and the estimates without each


def reported_gains(chosen: Courses, reported: Exposure) -> Gains:
    """Regress scores on the number of reported repairs completed before each."""
    settling = np.isin(reported.role, (RECOVERY, SETTLING))
    # Growth of clients with ruptures may differ from that of others without any gain.
    ever = (reported.counts > 0)[chosen.owner][:, [REPAIRED, UNREPAIRED]]
    growth = growth_columns(chosen)
    # Not chosen by their scores, so they can stay, but not as if the recovery were over.
    predictors = np.column_stack([reported.repairs, growth, ever * growth[:, :1], settling])
    used = (reported.role == USED) | settling
    steady = used & ~settling
    exposed = exposed_clients(reported.repairs[steady], chosen.owner[steady], chosen.count)
    return regress(chosen, predictors, used, exposed)


def regress(
    chosen: Courses, predictors: Floats, used: Bools, exposed: int, *, enough: bool = True
) -> Gains:
    """Regress the scores used on predictors, exposure first; no answer if too few are exposed."""
    fit = fit_within(
        chosen.scores[used],
        predictors[used],
        chosen.owner[used],
        np.arange(chosen.count),
        spread=GROWTH_SPREAD,
    )
    answered = enough and exposed >= MIN_EXPOSED and np.isfinite(fit.standard_error)
    values = (fit.estimate, fit.standard_error, fit.df)
    estimate, error, df = (float(value) if answered else np.nan for value in values)
    return Gains(estimate=estimate, standard_error=error, df=df, exposed=exposed, fit=fit)


def growth_columns(chosen: Courses) -> Floats:
    """Return the columns of growth: log session, and what lets it bend."""
    numbers, owner = chosen.sessions.astype(float), chosen.owner
    last = np.maximum(chosen.lengths - 1, 1)[owner]
    place = (np.arange(len(numbers)) - chosen.offsets[:-1][owner]) / last
    # Over session numbers and over the place in the client's own course: growth may bend in both.
    bends = [numbers / 10, (numbers / 10) ** 2, place, place**2]
    # Clients settle in at their own pace during the first sessions.
    early = [numbers == session for session in (1, 2, 3)]
    return np.column_stack([np.log(numbers), *bends, *early])


def exposed_clients(repairs: Floats, course: Ints, courses: int) -> int:
    """Count the clients whose number of repairs changes among the sessions used."""
    rows = np.bincount(course, minlength=courses)
    total = np.bincount(course, weights=repairs, minlength=courses)
    squares = np.bincount(course, weights=repairs**2, minlength=courses)
    # Whole numbers: exact, so that no tolerance is needed.
    return int((rows * squares > total**2).sum())


def counted(told: Exposure) -> dict[str, int]:
    """Return how many sessions have which role, and how many ruptures were reported."""
    roles = np.bincount(told.role, minlength=len(ROLES))
    kinds = {"repaired": REPAIRED, "unrepaired": UNREPAIRED, "open": OPEN}
    return {name: int(roles[code]) for code, name in enumerate(ROLES)} | {
        f"{name}_ruptures": int(told.counts[:, code].sum()) for name, code in kinds.items()
    }
