"""Ruptures found against ruptures known to be there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from alliance.arrays import Bools, Floats
from alliance.checks import check_choice
from alliance.compare.measures import average_precision, share
from alliance.compare.records import inside, last_low
from alliance.errors import AllianceError, join_names
from alliance.joins import require_one_case
from alliance.results import Result
from alliance.ruptures import Ruptures

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
class AgainstTruth(Result):
    """How well a rule finds ruptures that are known to be there.

    Parameters
    ----------
    frame : DataFrame
        ``measure`` (one of `MEASURES`), ``meaning``, ``value`` and ``of``, the number divided by.
    episodes, detections : DataFrame
        The true episodes with ``rated``, ``judged`` and ``found``; those found with ``true`` and
        ``agrees`` on repair (missing where not matched, or where found or truth is open).
    """

    episodes: pd.DataFrame
    detections: pd.DataFrame

    def __getitem__(self, measure: str) -> float:
        """Return the value of a measure by its name."""
        check_choice(measure, MEASURES, "measure")
        return float(self.frame.set_index("measure").loc[measure, "value"])

    def facts(self) -> Mapping[str, object]:
        """Return value and divisor of each measure."""
        at = self.frame.set_index("measure")
        return {"value": at["value"].to_dict(), "of": at["of"].to_dict()}


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
    if Ruptures.expected(found).clients["rater"].nunique() > 1:
        raise AllianceError("Several raters were judged; compare one with the truth at a time.")
    require_one_case(found.clients["client"])
    flags = found.flags.assign(client=found.flags["client"].astype("str")).reset_index(drop=True)
    truth = _counted(true_episodes, longest)
    detections = last_low(found.frame)
    held, called = inside(flags, truth), inside(flags, detections)
    # A found and a true episode belong together if they share a rated session.
    touches = called.merge(held, on="point", suffixes=("_found", "_true"))
    episodes = _episodes(truth, held, touches, flags)
    detections = _detections(detections, touches, episodes)
    in_truth = np.isin(flags.index, held["point"])
    # Still low after the window is no new episode, and yet called by the rule.
    in_found = np.isin(flags.index, called["point"]) | flags["state"].eq("still low").to_numpy()
    return AgainstTruth(
        frame=_measures(found, flags, episodes, detections, in_truth, in_found),
        episodes=true_episodes.reset_index(drop=True).join(episodes[["rated", "judged", "found"]]),
        detections=found.frame.reset_index(drop=True).join(detections[["true", "agrees"]]),
    )


def _counted(truth: pd.DataFrame, longest: int | None) -> pd.DataFrame:
    """Return the true episodes with the last session of each that counts."""
    latest = np.inf if longest is None else truth["onset"] + longest - 1
    last = truth["end"].clip(upper=latest)
    return truth.assign(client=truth["client"].astype("str"), last=last).reset_index(drop=True)


def _episodes(
    truth: pd.DataFrame, held: pd.DataFrame, touches: pd.DataFrame, flags: pd.DataFrame
) -> pd.DataFrame:
    judged = held[flags["flagged"].notna().to_numpy()[held["point"]]]
    return truth.assign(
        rated=truth.index.isin(held["episode"]),
        judged=truth.index.isin(judged["episode"]),
        found=truth.index.isin(touches["episode_true"]),
    )


def _detections(
    detections: pd.DataFrame, touches: pd.DataFrame, episodes: pd.DataFrame
) -> pd.DataFrame:
    true = detections.index.isin(touches["episode_found"])
    detections = detections.assign(true=true, agrees=pd.array([pd.NA] * len(true), dtype="boolean"))
    if "outcome" not in episodes.columns or not true.any():
        return detections
    # A found episode that touches two true ones is held against the first.
    first = touches.drop_duplicates("episode_found").set_index("episode_found")["episode_true"]
    fate = episodes["outcome"].reindex(first.reindex(detections.index)).to_numpy()
    own = detections["outcome"].to_numpy()
    # Where one of the two is open, nobody can say yet whether they agree.
    both = (own != "open") & pd.Series(fate).isin(["repaired", "unrepaired"]).to_numpy()
    same = pd.Series(own == fate, index=detections.index, dtype="boolean")
    return detections.assign(agrees=same.where(both))


def _measures(
    found: Ruptures,
    flags: pd.DataFrame,
    episodes: pd.DataFrame,
    detections: pd.DataFrame,
    in_truth: Bools,
    called: Bools,
) -> pd.DataFrame:
    rated = episodes[episodes["rated"]]
    settled = detections["agrees"].dropna()
    sensitivity, ppv = _share(rated["found"]), _share(detections["true"])
    clients = len(found.clients)
    false = int((~detections["true"]).sum())
    values = {
        "sensitivity": (sensitivity, len(rated)),
        "ppv": (ppv, len(detections)),
        "f1": (float(share(2 * sensitivity * ppv, sensitivity + ppv)), len(rated)),
        "false_per_client": (float(share(false, clients)), clients),
        "repair_agreement": (_share(settled), len(settled)),
        "session_sensitivity": (_share(called[in_truth]), int(in_truth.sum())),
        "session_ppv": (_share(in_truth[called]), int(called.sum())),
        "average_precision": (average_precision(in_truth, _fall(found, flags)), len(flags)),
    }
    rows = [(name, MEASURES[name], *value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["measure", "meaning", "value", "of"])


def _fall(found: Ruptures, flags: pd.DataFrame) -> Floats:
    sign = 1 if found.higher_is_better else -1
    return share(sign * (flags["reference"] - flags["score"]), flags["unit"])


def _share(yes: ArrayLike) -> float:
    return float(share(np.sum(yes), len(np.asarray(yes))))
