"""Ruptures found against ruptures known to be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.compare.measures import average_precision
from alliance.errors import AllianceError, join_names
from alliance.results.notebook import in_html
from alliance.ruptures import Ruptures

if TYPE_CHECKING:
    from alliance.results import PublicationTable

MEASURES = {
    "sensitivity": "true episodes that were found",
    "ppv": "found episodes that were true",
    "f1": "harmonic mean of the two",
    "false_per_client": "found episodes that were not true, per client",
    "repair_agreement": "matched episodes on whose repair both agree",
    "session_sensitivity": "sessions in a true episode that were called so",
    "session_ppv": "sessions called so that were in a true episode",
    "average_precision": "area under the precision-recall curve of the fall, by session",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class AgainstTruth:
    """How well a rule finds ruptures that are known to be there.

    Parameters
    ----------
    frame : DataFrame
        One row for each of `MEASURES`: ``measure``, ``meaning``, ``value`` (NaN where there is
        nothing to divide by) and ``of``, the number divided by.
    episodes : DataFrame
        The true episodes with ``rated`` (a session of it was), ``judged`` (one was judged) and
        ``found``.
    detections : DataFrame
        The found episodes with ``true`` and ``agrees`` on repair (missing where not matched, or
        where found or truth is open).
    """

    frame: pd.DataFrame
    episodes: pd.DataFrame
    detections: pd.DataFrame

    def __getitem__(self, measure: str) -> float:
        """Return the value of a measure by its name."""
        values = self.frame.set_index("measure")["value"]
        if measure not in values.index:
            raise AllianceError(f"There is no measure '{measure}'. Known: {join_names(MEASURES)}.")
        return float(values[measure])

    def summary(self) -> pd.DataFrame:
        """Return the measures and what each was divided by."""
        return self.frame

    def text(self) -> str:
        """Return the main measures in a sentence."""
        of = self.frame.set_index("measure")["of"]
        return (
            f"Of {of['sensitivity']} true episodes with a rated session "
            f"{self['sensitivity']:.0%} were found; of {of['ppv']} episodes found "
            f"{self['ppv']:.0%} were true: {self['false_per_client']:.2f} false ones per client."
        )

    def to_table(self, *, number: int | None = None) -> PublicationTable:
        """Return the table for a paper; see `alliance.results`."""
        from alliance import results

        frame = self.frame
        return results.PublicationTable(
            number=number,
            title="Ruptures Found Against Ruptures Known to Be There",
            columns=(
                results.words("Measure", frame["measure"].str.replace("_", " ")),
                results.words("Meaning", frame["meaning"]),
                results.numbers("Value", frame["value"]),
                results.counts("Of", frame["of"]),
            ),
            general=f"{self.text()} True episodes without a rated session cannot be found and "
            "are left out. The truth is known because the data are synthetic, or was coded by "
            "observers.",
        )

    def _repr_html_(self) -> str:
        return in_html(self.frame)


def against_truth(
    found: Ruptures, true_episodes: pd.DataFrame, *, longest: int | None = 5
) -> AgainstTruth:
    """Compare ruptures found with those known to be there.

    Parameters
    ----------
    found : Ruptures
        For one rater.
    true_episodes : DataFrame
        One row for each: client, onset, end (first and last session of the rupture), and, if
        known, outcome ("repaired", "unrepaired", "open").
    longest : int, optional
        Count at most so many sessions of a true episode, from its onset, as being in rupture:
        a rupture never repaired would else weigh as much as therapy goes on. None for all.

    Returns
    -------
    AgainstTruth

    Raises
    ------
    AllianceError
        If columns are missing or several raters were judged.

    Notes
    -----
    An episode is matched by overlap: a found one covers its sessions from the onset to the one
    before its repair (to its end if not repaired), and it is true if that touches a true episode
    in at least one rated session; a true episode is found if a found one touches it. Two found
    in one true episode are both true. True episodes without a rated session cannot be found and
    are left out; those in clients whom the rule could not judge count as missed.

    By session, a session is called if it lies in a found episode or is flagged as still low.
    Average precision orders sessions by their fall below the rule's reference in its unit; where
    a rule has no such fall, by nothing, and sessions not judged come last.
    """
    missing = [name for name in ("client", "onset", "end") if name not in true_episodes.columns]
    if missing:
        raise AllianceError(f"The table of true episodes lacks {join_names(missing)}.")
    if found.clients["rater"].nunique() > 1:
        raise AllianceError("Several raters were judged; compare one with the truth at a time.")
    flags = found.flags.reset_index(drop=True)
    truth = true_episodes.reset_index(drop=True).assign(number=range(len(true_episodes)))
    inside = _covered(flags, truth.assign(last=_last_counted(truth, longest)))
    detections = found.frame.reset_index(drop=True)
    detections = detections.assign(number=range(len(detections)))
    covered = _covered(flags, detections.assign(last=_last_low(detections)))
    touches = covered.merge(inside, on="row", suffixes=("_found", "_true"))
    episodes = _episodes(truth, inside, touches, flags)
    detections = _detections(detections, touches, episodes)
    frame = _measures(found, flags, episodes, detections, inside["row"], covered["row"])
    return AgainstTruth(
        frame=frame,
        episodes=episodes.drop(columns="number"),
        detections=detections.drop(columns="number"),
    )


def _last_counted(truth: pd.DataFrame, longest: int | None) -> pd.Series:
    return (
        truth["end"] if longest is None else truth["end"].clip(upper=truth["onset"] + longest - 1)
    )


def _last_low(detections: pd.DataFrame) -> pd.Series:
    return detections["end"] - (detections["outcome"] == "repaired")


def _covered(flags: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `flags` that each episode covers: row, number."""
    rows = flags[["client", "session"]].assign(row=flags.index)
    rows["client"] = rows["client"].astype("str")
    episodes = episodes[["client", "onset", "last", "number"]].assign(
        client=episodes["client"].astype("str")
    )
    pairs = rows.merge(episodes, on="client")
    return pairs.loc[pairs["session"].between(pairs["onset"], pairs["last"]), ["row", "number"]]


def _episodes(
    truth: pd.DataFrame, inside: pd.DataFrame, touches: pd.DataFrame, flags: pd.DataFrame
) -> pd.DataFrame:
    judged = inside[flags["flagged"].notna().to_numpy()[inside["row"]]]
    return truth.assign(
        rated=truth["number"].isin(inside["number"]),
        judged=truth["number"].isin(judged["number"]),
        found=truth["number"].isin(touches["number_true"]),
    )


def _detections(
    detections: pd.DataFrame, touches: pd.DataFrame, episodes: pd.DataFrame
) -> pd.DataFrame:
    detections = detections.assign(
        true=detections["number"].isin(touches["number_found"]),
        agrees=pd.array([pd.NA] * len(detections), dtype="boolean"),
    )
    if "outcome" not in episodes.columns or not detections["true"].any():
        return detections
    first = touches.drop_duplicates("number_found").set_index("number_found")["number_true"]
    fate = episodes.set_index("number")["outcome"].reindex(detections["number"].map(first))
    own = detections["outcome"]
    both = (own != "open").to_numpy() & fate.isin(["repaired", "unrepaired"]).to_numpy()
    same = pd.Series(own.to_numpy() == fate.to_numpy(), index=detections.index, dtype="boolean")
    return detections.assign(agrees=same.where(both))


def _measures(found, flags, episodes, detections, inside, covered) -> pd.DataFrame:
    rated = episodes[episodes["rated"]]
    settled = detections["agrees"].dropna()
    in_truth = flags.index.isin(inside)
    called = flags.index.isin(covered) | (flags["state"] == "still low").to_numpy()
    sensitivity, ppv = _share(rated["found"]), _share(detections["true"])
    clients = len(found.clients)
    false = int((~detections["true"]).sum())
    values = {
        "sensitivity": (sensitivity, len(rated)),
        "ppv": (ppv, len(detections)),
        "f1": (_harmonic(sensitivity, ppv), len(rated)),
        "false_per_client": (false / clients if clients else np.nan, clients),
        "repair_agreement": (_share(settled), len(settled)),
        "session_sensitivity": (_share(called[in_truth]), int(in_truth.sum())),
        "session_ppv": (_share(in_truth[called]), int(called.sum())),
        "average_precision": (average_precision(in_truth, _fall(found, flags)), len(flags)),
    }
    rows = [(name, MEASURES[name], *value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["measure", "meaning", "value", "of"])


def _fall(found: Ruptures, flags: pd.DataFrame) -> np.ndarray:
    sign = 1 if found.higher_is_better else -1
    size = flags["unit"].to_numpy()
    fall = sign * (flags["reference"] - flags["score"]).to_numpy()
    return np.divide(fall, size, out=np.full(len(fall), np.nan), where=size > 0)


def _share(yes) -> float:
    return float(np.mean(yes)) if len(yes) else float("nan")


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other > 0 else float("nan")
