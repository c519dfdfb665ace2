"""The true ruptures of a simulated study, and the log that reports of them, source by source."""

import numpy as np
import pandas as pd

from alliance.simulate.answers import Sheets
from alliance.simulate.courses import QUIET, RUPTURE, UNREPAIRED, Courses
from alliance.simulate.world import World

OUTCOMES = ("repaired", "unrepaired", "open")


def true_episodes(courses: Courses, sheets: Sheets) -> pd.DataFrame:
    """Return one row for each true rupture that could be seen, as in `Study.episodes`, by number."""
    inside = courses.in_rupture & courses.took_place
    change = np.diff(inside.astype(np.int8), axis=1, prepend=0, append=0)
    number, onset = np.nonzero(change > 0)
    end = np.nonzero(change < 0)[1] - 1
    # Over while therapy went on; a dip at the last session attended is never repaired.
    repaired = end < courses.attended[number] - 1
    kind = np.where(repaired, 0, np.where(courses.phase[number, end] == UNREPAIRED, 1, 2))
    return pd.DataFrame(
        {
            "number": number,
            "episode": courses.episode[number, onset].astype("int64"),
            "onset": onset + 1,
            "end": end + 1,
            "depth": courses.depth[number, onset],
            "duration": _counted(courses.phase == RUPTURE, number, onset, end),
            "repaired": repaired,
            "outcome": pd.array(OUTCOMES, dtype="str").take(kind),
            "observed": _counted(sheets.rated(inside.shape), number, onset, end) > 0,
        }
    )


def _counted(
    what: np.ndarray, number: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Count the true cells of rows `number` from column `first` to `last`, both included."""
    # Running counts: what lies between two columns is a difference of two of them.
    upto = np.cumsum(np.hstack([np.zeros((len(what), 1), dtype=int), what]), axis=1)
    return np.asarray(upto[number, last + 1] - upto[number, first])


def sensitivities(world: World) -> dict[str, float]:
    """Return who keeps a rupture log, and the chance that a true rupture stands in it."""
    others = {
        "therapist": world.therapist_log_sensitivity,
        "observer": world.observer_log_sensitivity,
    }
    return {"client": world.log_sensitivity} | {who: n for who, n in others.items() if n > 0}


def draw_reports(
    world: World,
    sensitivity: float,
    episodes: pd.DataFrame,
    courses: Courses,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw which of the true ruptures (numbered clients) one source reports, each with a chance.

    One row for each report: number, onset, end, repaired, intensity (1 to 5), genuine.
    """
    clients, longest = courses.phase.shape
    heard = rng.random(len(episodes)) < sensitivity
    mistaken, mended = rng.random((2, clients, longest))
    graded = rng.standard_normal((clients, longest))

    false = courses.took_place & (courses.phase == QUIET) & (mistaken < world.log_false_rate)
    number, at = np.nonzero(false)
    invented = pd.DataFrame(
        {
            "number": number,
            "onset": at + 1,
            "end": at + 1,
            "repaired": mended[number, at] < world.log_false_repaired,
            "depth": 0.5,
            "genuine": False,
        }
    )
    true = episodes.loc[heard].assign(genuine=True)[invented.columns]
    reports = pd.concat([true, invented]).sort_values(["number", "onset"], ignore_index=True)
    noise = graded[reports["number"], reports["onset"] - 1]
    # Deeper ruptures are felt as more intense, with noise of the reporter's own.
    intensity = np.clip(np.rint(1 + 1.5 * reports.pop("depth") + 0.7 * noise), 1, 5)
    return reports.assign(intensity=intensity.astype("int64"))


def log_of(reports: pd.DataFrame) -> pd.DataFrame:
    """Return the reports as a rupture log: one row for each session reported as a rupture.

    `resolution` is 1 at the last session of a rupture reported as repaired: from the next
    session on it was over. In all other rows it is 0.
    """
    span = (reports["end"] - reports["onset"] + 1).to_numpy()
    rows = reports.loc[reports.index.repeat(span)]
    step = np.arange(len(rows)) - np.repeat(np.cumsum(span) - span, span)
    session = rows["onset"].to_numpy() + step
    resolved = rows["repaired"].to_numpy() & (session == rows["end"].to_numpy())
    return pd.DataFrame(
        {
            "client": rows["client"].array,
            "session": session.astype("int64"),
            "source": rows["source"].array,
            "tension": np.ones(len(rows), dtype="int64"),
            "intensity": rows["intensity"].to_numpy(),
            "resolution": resolved.astype("int64"),
        }
    )
