"""Judging a growing export: by each course's own past, and by numbers fixed at the first run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from alliance.errors import AllianceError
from alliance.model import Parameters, PulseModel, RaterModel, find_pulses, fit_pulses
from alliance.model.scores import StandardScores
from alliance.rules import Rule, SuddenLoss, load
from alliance.ruptures import find_ruptures, pooled_quantities

PULSE = "pulse"


@dataclass(frozen=True, kw_only=True)
class Detector:
    """How ruptures are found.

    Parameters
    ----------
    rule : Rule or str
        A rule, its name, or ``"pulse"``.
    scale : str
    higher_is_better : bool
    threshold : float
        Of the pulse detector.

    Raises
    ------
    AllianceError
        If the rule is unknown, or needs later sessions.
    """

    rule: Rule | str
    scale: str = "total"
    higher_is_better: bool = True
    threshold: float = 0.5

    def __post_init__(self) -> None:
        rule = PULSE if self.rule == PULSE else load(self.rule)
        if rule != PULSE and isinstance(rule.rupture, SuddenLoss):
            raise AllianceError(
                f"The rule {rule.name} needs later sessions, so it cannot judge one on its day.\n"
                "To fix: monitor with another rule."
            )
        object.__setattr__(self, "rule", rule)

    def settings(self) -> dict[str, str]:
        """Return what must not change between the runs of one memory."""
        rule = self.rule
        parts = () if rule == PULSE else (rule.rupture, rule.repair, rule.minimum_sessions)
        named = f"{PULSE} above {self.threshold:g}" if rule == PULSE else rule.name
        return {
            "rule": named,
            "definition": repr((*parts, rule.minimum_drop)) if parts else named,
            "scale": self.scale,
            "higher is better": "yes" if self.higher_is_better else "no",
        }

    def text(self) -> str:
        """Return how sessions are judged, in words."""
        if self.rule == PULSE:
            how = f"the pulse detector, with a probability of rupture above {self.threshold:g}"
        else:
            how = f"the rule {self.rule.name}. {self.rule.text()}"
        return f"Ruptures in {self.scale} were found by {how}".rstrip(".") + "."

    def estimate(self, sessions: pd.DataFrame, known: Mapping) -> tuple[dict, list[str]]:
        """Return the numbers taken from all clients together, for raters not known yet too.

        Parameters
        ----------
        sessions : DataFrame
        known : mapping of str to object
            What earlier runs fixed, by rater; it stays.

        Returns
        -------
        dict
            By rater; can be written as JSON.
        list of str
            Raters for whom nothing can be estimated yet, with the reason.
        """
        found, waiting = dict(known), []
        for rater, part in sessions.groupby("rater", sort=True):
            if rater in found:
                continue
            try:
                found[rater] = self._estimate(part, str(rater))
            except AllianceError as error:
                reason = str(error).split("\n")[0]
                waiting.append(f"Ratings by the {rater} cannot be judged yet. {reason}")
        return found, waiting

    def _estimate(self, part: pd.DataFrame, rater: str) -> object:
        if self.rule == PULSE:
            model = fit_pulses(part, scale=self.scale, higher_is_better=self.higher_is_better)
            return _as_json(model)
        pooled = pooled_quantities(part, self.rule, scale=self.scale)
        values = pooled.get(rater, {})
        if any(value != value for value in values.values()):
            raise AllianceError("No client has two rated sessions.")
        return values

    def judge(self, sessions: pd.DataFrame, parameters: Mapping) -> pd.DataFrame:
        """Return the episodes, each session judged by the sessions up to it only.

        Returns
        -------
        DataFrame
            client, rater, onset, low, end, depth, outcome.
        """
        known = sessions[sessions["rater"].isin(list(parameters))]
        names = ["client", "rater", "onset", "low", "end", "depth", "outcome"]
        parts = [
            self._episodes(part, parameters[rater])[names]
            for rater, part in known.groupby("rater", sort=True)
            if part[self.scale].notna().any()
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)

    def _episodes(self, part: pd.DataFrame, parameters: object) -> pd.DataFrame:
        if self.rule != PULSE:
            rater = part["rater"].iloc[0]
            return find_ruptures(
                part,
                self.rule,
                scale=self.scale,
                higher_is_better=self.higher_is_better,
                prospective=True,
                pooled={rater: parameters},
            ).frame
        found = find_pulses(part, _from_json(parameters), prospective=True)
        # The last digits depend on which courses are worked on together; they decide nothing.
        steady = found.frame.assign(probability=found.frame["probability"].round(9))
        return replace(found, frame=steady).at(self.threshold).episodes


def _as_json(model: PulseModel) -> dict:
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


def _from_json(kept: Mapping) -> PulseModel:
    arrays = {name: np.array(kept["scores"][name], float) for name in ("knots", "standard")}
    fitted = RaterModel(
        rater=kept["rater"],
        parameters=Parameters(**kept["parameters"]),
        scores=StandardScores(**{**kept["scores"], **arrays}),
        **{name: kept[name] for name in ("clients", "sessions", "clients_fitted")},
    )
    settled = {name: kept[name] for name in ("scale", "reliability", "higher_is_better")}
    return PulseModel(**settled, raters=(fitted,))
