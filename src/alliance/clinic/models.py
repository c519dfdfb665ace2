"""Models as JSON: what a memory keeps, so that later runs judge by them unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from alliance.clinic.judge import Epoch
from alliance.errors import AllianceError
from alliance.model import Parameters, PulseModel, RaterModel
from alliance.model.scores import StandardScores

_OWN = ("scale", "reliability", "higher_is_better")
_ARRAYS = ("knots", "standard")


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
    fitted = asdict(model.raters[0])
    scores = fitted["scores"]
    scores |= {name: scores[name].tolist() for name in _ARRAYS}
    return {name: getattr(model, name) for name in _OWN} | fitted


def _model(kept: Mapping[str, Any]) -> PulseModel:
    arrays = {name: np.array(kept["scores"][name], float) for name in _ARRAYS}
    fitted = {field.name: kept[field.name] for field in fields(RaterModel)}
    fitted["parameters"] = Parameters(**kept["parameters"])
    fitted["scores"] = StandardScores(**{**kept["scores"], **arrays})
    return PulseModel(**{name: kept[name] for name in _OWN}, raters=(RaterModel(**fitted),))
