"""The fitted model: what is normal for these clients, and what ruptures look like."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, AllianceWarning, join_names, suggest
from alliance.model.fitting import fit_parameters
from alliance.model.likelihood import Parameters
from alliance.model.ratings import Ratings, ratings
from alliance.model.scores import KINDS, StandardScores, standardise
from alliance.results.notebook import in_html

if TYPE_CHECKING:
    from alliance.results import PublicationTable

FEWEST_CLIENTS = 10
FEW_CLIENTS = 20
FEWEST_SESSIONS = 3
MOST_SESSIONS = 150

_MEANING = {
    "level": ("SD", "mean score at session 1, from the mean of all scores"),
    "growth": ("SD", "mean rise for each unit of log session"),
    "level_sd": ("SD", "differences between clients in level"),
    "growth_sd": ("SD", "differences between clients in growth"),
    "level_growth_correlation": ("", "correlation of the two"),
    "carry_over_sd": ("SD", "fluctuation that carries over from session to session"),
    "carry_over": ("", "its correlation one session apart"),
    "error_sd": ("SD", "error of measurement"),
    "volatility": ("", "differences between clients in the size of fluctuation, on a log scale"),
    "depth": ("SD", "mean depth of a rupture"),
    "hazard": ("", "ruptures that begin for each session"),
    "repaired": ("", "share of ruptures that pass within the therapy"),
}


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
class PulseModel:
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
    """

    scale: str
    reliability: float
    higher_is_better: bool
    raters: tuple[RaterModel, ...]

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

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each rater and parameter.

        Columns: rater, parameter, estimate, unit (``SD`` of the pooled scores, or empty),
        points (the estimate in points of the scale; NaN where it has no unit, or under normal
        scores) and meaning.
        """
        rows = []
        for model in self.raters:
            for name in (field.name for field in fields(Parameters)):
                unit, meaning = _MEANING[name]
                estimate = getattr(model.parameters, name)
                in_points = unit and model.scores.kind == "raw"
                points = estimate * model.scores.sd if in_points else np.nan
                rows.append((model.rater, name, estimate, unit, points, meaning))
        columns = ["rater", "parameter", "estimate", "unit", "points", "meaning"]
        return pd.DataFrame(rows, columns=columns)

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the fitted parameters as a table for a paper; see `alliance.results`."""
        from alliance import results

        table = self.frame
        who = [results.words("Rater", table["rater"])] if len(self.raters) > 1 else []
        return results.PublicationTable(
            number=number,
            title=f"Parameters of the Pulse Detector Fitted to the {self.scale} Score",
            columns=(
                *who,
                results.words("Parameter", table["parameter"].str.replace("_", " ")),
                results.numbers("Estimate", table["estimate"], 3),
                results.words("Unit", table["unit"]),
                results.words("Meaning", table["meaning"]),
            ),
            general=f"{self.text()} SD: of the pooled scores.",
        )

    def summary(self) -> pd.DataFrame:
        """Return one row for each rater: counts, kind of scores and what ruptures look like."""
        return pd.DataFrame(
            {
                "rater": model.rater,
                "clients": model.clients,
                "sessions": model.sessions,
                "clients_fitted": model.clients_fitted,
                "scores": model.scores.kind,
                "at_ceiling": model.scores.at_ceiling,
                "hazard": model.parameters.hazard,
                "depth": model.parameters.depth,
                "repaired": model.parameters.repaired,
            }
            for model in self.raters
        )

    def text(self) -> str:
        """Return a methods paragraph."""
        return " ".join([_METHOD, *map(self._text_of, self.raters)])

    def _text_of(self, model: RaterModel) -> str:
        theta = model.parameters
        kind = {"raw": "Scores as they are", "normal": "Pooled rank-normal scores"}
        return (
            f"{kind[model.scores.kind]} of {model.clients_fitted:,} clients, rater {model.rater} "
            f"({100 * model.scores.at_ceiling:.0f} % at the best score; reliability taken as "
            f"{self.reliability:.2f}), gave {100 * theta.hazard:.1f} ruptures beginning per 100 "
            f"sessions, {theta.depth:.2f} SD deep on average, "
            f"{100 * theta.repaired:.0f} % of them passing within the therapy."
        )

    def _repr_html_(self) -> str:
        return in_html(self.frame, form="{:.3f}")


_METHOD = (
    "Ruptures were detected with a hierarchical model: own level and growth over log session, "
    "fluctuation that carries over, measurement error, client-specific volatility, and passing "
    "or lasting falls of up to two ruptures, fitted to all clients by type-II maximum likelihood "
    "with weak priors; each session gets its posterior probability of lying in a rupture."
)


def fit_pulses(
    sessions: pd.DataFrame,
    *,
    scale: str = "total",
    reliability: float = 0.90,
    higher_is_better: bool = True,
    scores: str = "auto",
) -> PulseModel:
    """Fit the pulse detector's model to the courses of many clients.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS; session numbers from 1, a missed session left out or without score.
        Each rater is fitted on its own.
    scale : str
        Column with the score.
    reliability : float
        Of one session's score, above 0 and below 1, such as its alpha or omega. It centres a
        prior for the error of measurement; .90 is usual for alliance totals.
    higher_is_better : bool
        False if low scores mean a good alliance.
    scores : {"auto", "raw", "normal"}
        ``normal``: rank-normal scores, pooled over clients, which keep a ceiling from looking
        like ruptures. ``auto`` takes them if more than 5 % of the scores are the best score
        seen, or if the skewness is below -0.5.

    Returns
    -------
    PulseModel

    Raises
    ------
    AllianceError
        If fewer than 10 clients have 3 rated sessions, a scale is missing, or options are wrong.

    Warns
    -----
    AllianceWarning
        If fewer than 20 clients have 3 rated sessions.

    Notes
    -----
    Of more than 2,000 clients, 2,000 spread evenly over lengths and levels give the parameters.
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
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=40, rng=1)
    >>> model = fit_pulses(study.sessions)
    >>> model.raters[0].scores.kind
    'raw'
    """
    if scores not in KINDS:
        raise AllianceError(f"scores must be one of {join_names(KINDS)}, not {scores!r}.")
    if not 0 < reliability < 1:
        raise AllianceError(f"reliability must lie between 0 and 1, not {reliability}.")
    found = [
        _fit_rater(given, reliability, higher_is_better, scores)
        for given in ratings(sessions, scale)
    ]
    return PulseModel(
        scale=scale,
        reliability=float(reliability),
        higher_is_better=bool(higher_is_better),
        raters=tuple(found),
    )


def _fit_rater(
    given: Ratings, reliability: float, higher_is_better: bool, scores: str
) -> RaterModel:
    _check_enough(given)
    points = given.rated["score"].to_numpy()
    standard = standardise(points, scores, higher_is_better=higher_is_better)
    usable = judgeable(given)
    courses = given.courses(standard.of(points), usable)
    parameters, clients_fitted = fit_parameters(courses, reliability)
    return RaterModel(
        rater=given.rater,
        parameters=parameters,
        scores=standard,
        clients=int(usable.sum()),
        sessions=int(given.lengths[usable].sum()),
        clients_fitted=clients_fitted,
    )


def judgeable(given: Ratings) -> np.ndarray:
    """Return which clients can be judged: those with 2 to `MOST_SESSIONS` rated sessions."""
    return (given.lengths >= 2) & (given.lengths <= MOST_SESSIONS)


def _check_enough(given: Ratings) -> None:
    enough = (given.lengths >= FEWEST_SESSIONS) & (given.lengths <= MOST_SESSIONS)
    found = int(enough.sum())
    said = f"{found} {'client has' if found == 1 else 'clients have'} {FEWEST_SESSIONS} or more"
    if found < FEWEST_CLIENTS:
        raise AllianceError(
            f"Too few clients to fit the pulse detector: for the rater '{given.rater}', {said} "
            f"rated sessions, and {FEWEST_CLIENTS} are needed.\n"
            "To fix: scan with a model fitted to other clients with the same questionnaire, "
            "or use a rule instead."
        )
    if found < FEW_CLIENTS:
        warnings.warn(
            f"For the rater '{given.rater}' only {said} rated sessions: the pulse detector's "
            "parameters lean on its priors.",
            AllianceWarning,
            stacklevel=4,
        )
