"""Models as JSON: what a memory keeps, so that later runs judge by them unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from alliance.clinic.judge import Epoch
from alliance.errors import AllianceError
from alliance.model import Parameters, PulseModel, RaterModel
from alliance.model.scores import StandardScores


def as_json(epochs: Sequence[Epoch]) -> list[dict[str, Any]]:
    """Return models in a form that can be written as JSON, to the last digit."""
    return [
        {
            "since": epoch.since,
            "sessions": epoch.sessions,
            "model": None if epoch.model is None else _model_as_json(epoch.model),
            "pooled": None if epoch.pooled is None else dict(epoch.pooled),
        }
        for epoch in epochs
    ]


def from_json(kept: Sequence[Mapping[str, Any]]) -> tuple[Epoch, ...]:
    """Return the models that were written; a damaged memory is refused in a sentence."""
    try:
        return tuple(map(_epoch, kept))
    except (KeyError, TypeError, ValueError):
        raise AllianceError(
            "The models in the memory file are damaged.\nTo fix: let them be fitted anew "
            "(re_estimate=True, on the command line --re-estimate), or begin another memory."
        ) from None


def _epoch(kept: Mapping[str, Any]) -> Epoch:
    model = None if kept["model"] is None else _model(kept["model"])
    return Epoch(since=kept["since"], sessions=kept["sessions"], model=model, pooled=kept["pooled"])


def _model_as_json(model: PulseModel) -> dict[str, Any]:
    fitted = model.raters[0]
    scores = asdict(fitted.scores)
    arrays = {name: scores[name].tolist() for name in ("knots", "standard")}
    return {
        "scale": model.scale,
        "reliability": model.reliability,
        "higher_is_better": model.higher_is_better,
        "rater": fitted.rater,
        "parameters": asdict(fitted.parameters),
        "scores": scores | arrays,
        "clients": fitted.clients,
        "sessions": fitted.sessions,
        "clients_fitted": fitted.clients_fitted,
    }


def _model(kept: Mapping[str, Any]) -> PulseModel:
    arrays = {name: np.array(kept["scores"][name], float) for name in ("knots", "standard")}
    fitted = RaterModel(
        rater=kept["rater"],
        parameters=Parameters(**kept["parameters"]),
        scores=StandardScores(**{**kept["scores"], **arrays}),
        **{name: kept[name] for name in ("clients", "sessions", "clients_fitted")},
    )
    settled = {name: kept[name] for name in ("scale", "reliability", "higher_is_better")}
    return PulseModel(**settled, raters=(fitted,))
