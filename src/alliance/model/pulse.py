"""The fitted model: what is normal for these clients, and what ruptures look like."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.checks import check_choice
from alliance.course import Choice, Courses, courses
from alliance.errors import AllianceError, AllianceWarning, join_names, suggest
from alliance.model.fitting import MOST_SESSIONS, fit_parameters, judgeable
from alliance.model.misfit import checks
from alliance.model.parameters import Parameters
from alliance.model.scores import KINDS, StandardScores, standardise
from alliance.results import Result
from alliance.results.sentences import stated

FEWEST_CLIENTS = 10
FEW_CLIENTS = 20
FEWEST_SESSIONS = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class RaterModel:
    """What was fitted for one rater.

    Attributes
    ----------
    rater : str
    parameters : Parameters
        In SDs of the pooled scores.
    scores : StandardScores
        How scores become standard scores, and back.
    clients, sessions : int
        Clients with two or more rated sessions, and their rated sessions.
    clients_fitted : int
        Clients the parameters were taken from.
    """

    rater: str
    parameters: Parameters
    scores: StandardScores
    clients: int
    sessions: int
    clients_fitted: int


@dataclass(frozen=True, eq=False, kw_only=True)
class PulseModel(Result):
    """The pulse detector's model, fitted; can be pickled and used on other clients.

    Attributes
    ----------
    scale : str
        Column of the sessions table.
    reliability : float
        Of one session's score, 0-1, as given.
    higher_is_better : bool
    raters : tuple of RaterModel
        One for each rater.
    checks : DataFrame
        Statistics of the courses beside those of courses drawn from the model, and whether each
        ``holds``; where one does not, the probabilities of rupture may be too sure.
    frame : DataFrame
        One row for each rater and parameter: rater, parameter, estimate, unit (``SD`` of the
        pooled scores, or empty), points (the estimate in points of the scale; NaN where it has
        no unit, or under normal scores) and meaning.
    """

    scale: str
    reliability: float
    higher_is_better: bool
    raters: tuple[RaterModel, ...]
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        rows = [row for model in self.raters for row in _parameter_rows(model)]
        columns = ["rater", "parameter", "estimate", "unit", "points", "meaning"]
        object.__setattr__(self, "frame", pd.DataFrame(rows, columns=columns))

    def of(self, rater: str) -> RaterModel:
        """Return what was fitted for a rater.

        Raises
        ------
        AllianceError
            If the model knows no such rater.
        """
        for model in self.raters:
            if model.rater == rater:
                return model
        known = [model.rater for model in self.raters]
        raise AllianceError(
            f"The model was not fitted for the rater '{rater}'.{suggest(rater, known)}\n"
            f"To fix: pass only sessions rated by {join_names(known)}, or fit a model that has "
            f"'{rater}' in its data."
        )

    def facts(self) -> Mapping[str, object]:
        """Return what ruptures look like, by rater."""
        return {"models": self.raters, "doubts": self.doubts}

    @property
    def doubts(self) -> list[str]:
        """What of the courses the model does not give, in words; empty if it can be trusted."""
        return (
            [] if self.checks.empty else self.checks.loc[~self.checks["holds"], "meaning"].tolist()
        )


def _parameter_rows(model: RaterModel) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for name, (unit, meaning) in stated(PulseModel, "parameters").items():
        estimate = getattr(model.parameters, name)
        in_points = unit and model.scores.kind == "raw"
        points = estimate * model.scores.sd if in_points else np.nan
        rows.append((model.rater, name, estimate, unit, points, meaning))
    return rows


def fit_pulses(
    sessions: pd.DataFrame | Courses,
    *,
    reliability: float = 0.90,
    scores: str = "auto",
    **choice: Unpack[Choice],
) -> PulseModel:
    """Fit the pulse detector's model to the courses of many clients.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table, or what `alliance.courses` chose from one; session numbers from 1, a
        missed session left out or without score.
    reliability : float
        Of one session's score, above 0 and below 1, such as its alpha or omega. It centres a
        prior for the error of measurement; .90 is usual for alliance totals.
    scores : {"auto", "raw", "normal"}
        ``normal``: rank-normal scores, pooled over clients, which keep a ceiling from looking
        like ruptures. ``auto`` takes them if more than 5 % of the scores are the best score
        seen, or if the skewness is below -0.5.
    **choice
        scale, rater, instrument, moment, higher_is_better, as in `alliance.courses`.

    Returns
    -------
    PulseModel

    Raises
    ------
    AllianceError
        If fewer than 10 clients have 3 rated sessions, the scores to use must be named, or options
        are wrong.

    Warns
    -----
    AllianceWarning
        If fewer than 20 clients have 3 rated sessions.

    Notes
    -----
    Of more than 500 clients, 500 spread evenly over lengths and levels give the parameters.
    Weak priors carry small samples. Makes sense where a rupture is a fall against a level of
    the client's own that drifts slowly; falls of less than about 1 SD of the pooled scores stay
    mostly unseen, by this as by any method. The hazard takes in some shallow falls and tends to
    come out above the true rate of clear ruptures.

    References
    ----------
    Morris, C. N. (1983). Parametric empirical Bayes inference: theory and applications.
    Journal of the American Statistical Association, 78, 47-55.
    doi:10.1080/01621459.1983.10477920

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=40, seed=1)
    >>> model = fit_pulses(study.sessions)
    >>> model.raters[0].scores.kind
    'raw'
    """
    chosen = chosen_courses(sessions, **choice)
    model = fit_unchecked(chosen, reliability, scores)
    fitted = model.raters[0]
    standard = chosen.with_scores(fitted.scores.of(chosen.points))
    return replace(model, checks=checks(standard, fitted.parameters, reliability))


def fit_unchecked(
    chosen: Courses,
    reliability: float = 0.90,
    scores: str = "auto",
    *,
    ruptures: bool = True,
    near: PulseModel | None = None,
) -> PulseModel:
    """Fit the model as `fit_pulses` does, and do not ask whether it gives such courses.

    Without `ruptures` it is fitted as if there were none, so that all that moves is noise. `near`: of
    such courses, where the search may begin.
    """
    check_choice(scores, KINDS, "kind of scores")
    if not 0 < reliability < 1:
        raise AllianceError(f"reliability must lie between 0 and 1, not {reliability}.")
    _check_enough(chosen)
    standard = standardise(chosen.points, scores, higher_is_better=chosen.sign == 1)
    usable = judgeable(chosen)
    parameters, clients_fitted = fit_parameters(
        chosen.with_scores(standard.of(chosen.points)),
        reliability,
        ruptures=ruptures,
        near=None if near is None else near.raters[0].parameters,
    )
    model = RaterModel(
        rater=chosen.rater,
        parameters=parameters,
        scores=standard,
        clients=int(usable.sum()),
        sessions=int(chosen.lengths[usable].sum()),
        clients_fitted=clients_fitted,
    )
    return PulseModel(
        scale=chosen.scale,
        reliability=float(reliability),
        higher_is_better=chosen.sign == 1,
        raters=(model,),
    )


def chosen_courses(sessions: pd.DataFrame | Courses, **choice: Unpack[Choice]) -> Courses:
    """Return the scores to judge, with sessions numbered from 1.

    Raises AllianceError if there are none.
    """
    chosen = courses(sessions, **choice)
    if not chosen.count:
        raise AllianceError("There are no sessions to judge: the sessions table is empty.")
    chosen.require_numbers_from_one()
    return chosen


def _check_enough(chosen: Courses) -> None:
    enough = (chosen.lengths >= FEWEST_SESSIONS) & (chosen.lengths <= MOST_SESSIONS)
    found = int(enough.sum())
    counted = f"{found} {'client has' if found == 1 else 'clients have'} {FEWEST_SESSIONS} or more"
    if found < FEWEST_CLIENTS:
        raise AllianceError(
            f"Too few clients to fit the pulse detector: for the rater '{chosen.rater}', {counted} "
            f"rated sessions, and {FEWEST_CLIENTS} are needed.\n"
            "To fix: scan with a model fitted to other clients with the same questionnaire, "
            "or use a rule instead."
        )
    if found < FEW_CLIENTS:
        warnings.warn(
            f"For the rater '{chosen.rater}' only {counted} rated sessions: the pulse detector's "
            "parameters lean on its priors.",
            AllianceWarning,
            stacklevel=4,
        )
