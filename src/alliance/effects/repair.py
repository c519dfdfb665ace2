"""Does a repaired rupture leave the alliance stronger? The ladder of assumptions on a study's scores."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import pandas as pd

from alliance.checks import check_choice, check_integer, check_number
from alliance.course import Choice, Courses, courses
from alliance.effects.client_traits import TraitColumns, client_traits, reports_of
from alliance.effects.observed_difference import around_ruptures, observed_difference
from alliance.effects.power_curves import wilson_interval
from alliance.effects.repair_result import RepairGain
from alliance.errors import AllianceError
from alliance.model.gain_assumptions import LADDER, Assumptions
from alliance.model.gain_fit import degrees_of_freedom, quantile
from alliance.model.gain_ladder import GainFit, fit_gain, moderation, session_posterior
from alliance.model.gain_likelihood import Traits
from alliance.model.gain_studies import StudiesLikeYours, studies_like
from alliance.model.gain_verdict import verdict
from alliance.model.scores import KINDS, StandardScores, standardise
from alliance.ruptures.frames import whose

GAIN_IN_SD = 0.3
_MODERATION = ["rung", "moderator", "difference", "low", "high", "difference_sd", "chi2", "p"]


class RepairChoice(Choice, TraitColumns, total=False):
    """Which scores, and which columns say something of the clients."""


# A study of fewer clients cannot carry a course model of a dozen parameters.
MIN_CLIENTS = 10


def repair_gain(
    sessions: pd.DataFrame | Courses,
    *,
    scores: str = "auto",
    confidence: float = 0.95,
    draws: int = 40,
    rungs: Sequence[Assumptions] = LADDER,
    log: pd.DataFrame | None = None,
    seed: int | np.random.Generator = 0,
    workers: int | None = None,
    **choice: Unpack[RepairChoice],
) -> RepairGain:
    """Estimate how much stronger the alliance is after each repaired rupture.

    Parameters
    ----------
    sessions : DataFrame or Courses
        A sessions table with session numbers from 1, or what `alliance.courses` chose from it.
    scores : {"auto", "raw", "normal"}
        Work on the scores as they are or, under ceilings, on their normal scores; ``auto`` takes
        normal scores where many lie at the ceiling or the scores have a long tail down.
    confidence : float
        Level of the intervals, 0-1.
    draws : int
        Studies like this one that are simulated without a gain, and as many with one of 0.3 SD,
        and put through the same analysis, to print its error rate and power; 0 for none.
    rungs : sequence of Assumptions
        The one that assumes least first; it carries the claim.
    log : DataFrame, optional
        A rupture log of one or several sources. Its reports raise or lower the probability of
        each rupture, by a sensitivity and a rate of false reports of each source that are
        estimated with everything else.
    seed : int or Generator
        Of the simulated studies; the same seed gives the same result.
    workers : int, optional
        Processes; all cores if not given. Their number changes no result.
    **choice
        Which scores, as in `alliance.courses`; and columns of the table with one value for each
        client: ``covariates`` (level and growth may differ with them), ``moderator`` and ``by``
        (the gain may differ with a number, or between arms) and ``cluster`` (therapist, couple
        or site, whose clients are not independent: errors add the clients up within clusters, p
        and intervals, those of moderators and of a log's rates too, are of t with one degree of
        freedom less than there are clusters).

    Returns
    -------
    RepairGain

    Raises
    ------
    AllianceError
        If the table or the settings cannot be used, or fewer than 10 clients have scores that
        differ.

    Notes
    -----
    The gain is a parameter of the course model: level, growth, fluctuation and error of each
    client, at most two ruptures with their depth, onset and recovery, and after each repair a
    step that lasts. Ruptures are not looked for first; every set of at most two is weighed by
    its posterior probability. Growth that bends, a recovery that takes sessions, and a lift that
    passes all look like a gain to a model that does not know them; the rungs differ in which of
    these they allow for. *Stronger* is claimed from the first rung alone. *Weaker* is never read
    as harm from repair: it is where ruptures of another shape show.

    A finding on the first rung must hold with clients' own growth left free as well from 500
    clients on, where a small bias is significant, and in any number of clients if it is of a
    weaker alliance, for ruptures of another shape and noise with a long tail look like one: ``p``
    is then the larger of the two, ``z`` the one nearer to 0 and the interval holds both.

    A study in which less than a tenth of a repaired rupture a client is to be expected is not
    answered on the first rung: there, steps that have nothing to do with ruptures would be taken
    for gains.

    References
    ----------
    Berndt, E., Hall, B., Hall, R., & Hausman, J. (1974). Estimation and inference in nonlinear
    structural models. Annals of Economic and Social Measurement, 3, 653-665.
    Cameron, A. C., & Miller, D. L. (2015). A practitioner's guide to cluster-robust inference.
    Journal of Human Resources, 50, 317-372.

    Examples
    --------
    >>> from alliance import simulate
    >>> study = simulate.simulate(simulate.worlds()["R0d"], clients=20, seed=1)
    >>> found = repair_gain(study.sessions, draws=0)
    >>> found.frame["rung"].tolist()
    ['fewest assumptions', 'no passing lift', 'straight growth']
    """
    check_choice(scores, KINDS, "scores")
    check_number(confidence, "confidence", 0.5, 0.9999)
    check_integer(draws, "draws")
    chosen, traits = _chosen(sessions, choice)
    if log is not None:
        traits = replace(traits or Traits(), reports=reports_of(log, chosen))
    scale, standard = _standardised(chosen, scores)
    fits = tuple(fit_gain(standard, rung, confidence=confidence, traits=traits) for rung in rungs)
    studies = None
    if draws:
        studies = studies_like(
            fits[0], gain=GAIN_IN_SD, draws=draws, seed=seed, scores=scale, workers=workers
        )
    by_session = _sessions(chosen, fits[0], scale)
    freedom = degrees_of_freedom(fits[0].study)
    clusters = int(freedom) + 1 if np.isfinite(freedom) else None
    return RepairGain(
        frame=_ladder(fits, scale, confidence),
        sessions=by_session,
        around=around_ruptures(by_session, fits[0].gain * scale.sd * chosen.sign),
        studies=_rates(studies, draws),
        observed=observed_difference(chosen, fits[0], scale, draws=draws, seed=seed),
        counts={
            **chosen.counts,
            "clients fitted": fits[0].clients,
            "clients without two scores that differ": chosen.count - fits[0].clients,
            **({} if clusters is None else {"clusters": clusters}),
        },
        # One row a parameter, one column a rung.
        parameters=pd.DataFrame({fit.assumptions.name: pd.Series(fit.parameters) for fit in fits}),
        moderators=_moderators(fits, scale, confidence),
        sources=_sources(fits, confidence),
        scale=chosen.scale,
        rater=chosen.rater,
        instrument=chosen.instrument,
        scores=scale.kind,
        point=scale.sd,
        confidence=confidence,
        draws=draws,
    )


def fit_rung(
    sessions: pd.DataFrame | Courses,
    rung: Assumptions,
    *,
    confidence: float | None = 0.95,
    log: pd.DataFrame | None = None,
    **choice: Unpack[Choice],
) -> tuple[GainFit, float]:
    """Fit one rung as `repair_gain` does; return it, in pooled SD, and the points of one SD."""
    chosen = courses(sessions, **choice)
    scale, standard = _standardised(chosen, "auto")
    traits = None if log is None else Traits(reports=reports_of(log, chosen))
    return fit_gain(standard, rung, confidence=confidence, traits=traits), scale.sd


def _chosen(
    sessions: pd.DataFrame | Courses, choice: RepairChoice
) -> tuple[Courses, Traits | None]:
    """Split the choice into scores and columns of clients, and apply both."""
    columns = {
        name: value for name, value in choice.items() if name in TraitColumns.__annotations__
    }
    scores = {name: value for name, value in choice.items() if name not in columns}
    chosen = courses(sessions, **scores)  # type: ignore[arg-type]
    chosen.require_numbers_from_one()
    chosen, traits = client_traits(chosen, **columns)  # type: ignore[arg-type]
    several = int(np.count_nonzero(chosen.lengths > 1))
    if several < MIN_CLIENTS:
        raise AllianceError(
            f"Only {several} of {chosen.count} clients have two or more scores, and the course "
            f"model needs {MIN_CLIENTS}.\nTo fix: there is no way round it; ruptures can still be "
            "found and followed client by client, with alliance.find_ruptures()."
        )
    return chosen, traits


def _standardised(chosen: Courses, scores: str) -> tuple[StandardScores, Courses]:
    """Return how points become standard scores, and the courses of these."""
    scale = standardise(chosen.points, scores, higher_is_better=chosen.sign > 0)
    return scale, chosen.with_scores(scale.of(chosen.points))


def _ladder(fits: Sequence[GainFit], scale: StandardScores, confidence: float) -> pd.DataFrame:
    """Return one row a rung: the gain in SD and in points, and whether it is claimed."""
    rows = []
    for fit in fits:
        said = verdict(fit, confidence)
        rows.append(
            {
                "rung": fit.assumptions.name,
                "estimate": fit.gain * scale.sd,
                "low": said.low * scale.sd,
                "high": said.high * scale.sd,
                "estimate_sd": fit.gain,
                "standard_error_sd": fit.standard_error,
                "low_sd": said.low,
                "high_sd": said.high,
                "z": said.z,
                "p": said.p,
                "repairs_a_client": said.repairs,
                "answered": said.answered,
                "stronger": said.claim > 0,
            }
        )
    return pd.DataFrame(rows)


def _sessions(chosen: Courses, fit: GainFit, scale: StandardScores) -> pd.DataFrame:
    known = session_posterior(fit, len(chosen.scores))
    known["undisturbed"] = scale.back(known["undisturbed"].to_numpy())
    rated = {"session": chosen.sessions, "score": chosen.points}
    return pd.DataFrame({**whose(chosen, chosen.owner), **rated}).join(known)


def _rates(studies: StudiesLikeYours | None, draws: int) -> pd.DataFrame:
    """Return how often studies like this one are called stronger, by the gain put in."""
    if studies is None:
        return pd.DataFrame(columns=["gain_sd", "studies", "stronger", "weaker", "low", "high"])
    stronger = studies.stronger.mean(axis=1)
    low, high = wilson_interval(stronger * studies.worth, studies.worth)
    return pd.DataFrame(
        {
            "gain_sd": studies.gains,
            "studies": draws,
            "stronger": stronger,
            "weaker": studies.weaker.mean(axis=1),
            "low": low,
            "high": high,
        }
    )


def _sources(fits: Sequence[GainFit], confidence: float) -> pd.DataFrame:
    """Return what each source of the log reports, one row a rung, source and rate."""
    rows = []
    for fit in fits:
        space, free = fit.study.space, fit.fitted.free
        errors = np.sqrt(np.diag(fit.covariance))
        reach = quantile(fit.study, confidence)
        for at in range(len(free) - space.spoken, len(free)):
            source, rate = space.names[at].split(": ")
            ends = free[at] + reach * errors[at] * np.array([-1, 0, 1])
            low, share, high = (float(space.links[at].back(end)) for end in ends)
            rows.append((fit.assumptions.name, source, rate, share, low, high))
    return pd.DataFrame(rows, columns=["rung", "source", "rate", "share", "low", "high"])


def _moderators(fits: Sequence[GainFit], scale: StandardScores, confidence: float) -> pd.DataFrame:
    """Return how the gain differs with what moderates it, one row a rung and moderator."""
    parts = [pd.DataFrame(columns=_MODERATION)]
    for fit in (each for each in fits if each.study.doses.shape[1]):
        differs = moderation(fit)
        estimate = differs["estimate"]
        half = quantile(fit.study, confidence) * differs["standard_error"]
        found = {
            "rung": fit.assumptions.name,
            "moderator": differs["name"],
            "difference": estimate * scale.sd,
            "low": (estimate - half) * scale.sd,
            "high": (estimate + half) * scale.sd,
            "difference_sd": estimate,
            "chi2": differs["chi2"],
            "p": differs["p"],
        }
        parts.append(pd.DataFrame(found))
    return pd.concat(parts[1:] or parts, ignore_index=True)
