"""Small tables and findings made by hand, and a desk cleared of figures after each test."""

from types import SimpleNamespace

import matplotlib
import pandas as pd
import pytest

matplotlib.use("Agg")
EPISODE = [
    "client",
    "rater",
    "scale",
    "onset",
    "low",
    "end",
    "before",
    "lowest",
    "after",
    "outcome",
]


@pytest.fixture(autouse=True)
def closed_figures():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def sessions_of(scores: dict[int, float], client="c07", rater="client", **columns) -> pd.DataFrame:
    table = {
        "client": client,
        "session": list(scores),
        "rater": rater,
        "total": list(scores.values()),
    }
    return pd.DataFrame({**table, "instrument": "wai-sr", "metric": "mean", **columns})


def found_in(sessions, *episodes, flagged=(), limit=3.5, reference=4.5, scale="total"):
    """A finding with the limit, flags and episodes given, in the form of `find_ruptures`."""
    flags = sessions[["client", "rater", "session"]].assign(
        score=sessions[scale], reference=reference, limit=limit
    )
    flags["flagged"] = flags["session"].isin(flagged).astype("boolean")
    frame = pd.DataFrame(episodes, columns=EPISODE)
    searched = {"scale": scale, "rater": "", "instrument": ""}
    return SimpleNamespace(frame=frame, flags=flags, sessions=sessions, rule=None, **searched)


@pytest.fixture
def fourteen():
    """Fourteen sessions: 4 missed, the form of 8 not scored, falls at 3, 6 and 13."""
    scores = {1: 4.5, 2: 4.6, 3: 3.0, 5: 4.4, 6: 2.9, 7: 3.1, 8: float("nan"), 9: 3.3, 10: 4.4}
    return sessions_of({**scores, 11: 4.6, 12: 4.5, 13: 2.8, 14: 3.0})


@pytest.fixture
def three_ruptures(fourteen):
    """One episode of each outcome in the fourteen sessions."""
    return found_in(
        fourteen,
        ("c07", "client", "total", 3, 3, 5, 4.6, 3.0, 4.4, "repaired"),
        ("c07", "client", "total", 6, 6, 9, 4.4, 2.9, 3.3, "unrepaired"),
        ("c07", "client", "total", 13, 13, 14, 4.5, 2.8, 3.0, "open"),
        flagged=(3, 6, 7, 9, 13, 14),
    )


def artists(ax, gid: str) -> list:
    """Everything drawn on `ax` under a name."""
    return [artist for artist in [*ax.lines, *ax.patches] if artist.get_gid() == gid]


def points(ax, gid: str) -> list[tuple[float, float]]:
    """The points of the lines drawn under a name, without gaps."""
    pairs = [tuple(map(float, xy)) for line in artists(ax, gid) for xy in line.get_xydata()]
    return [pair for pair in pairs if pair[1] == pair[1]]


@pytest.fixture
def no_sessions():
    """A sessions table without rows."""
    empty = {"client": [], "session": [], "rater": [], "total": []}
    types = {"client": "str", "session": "int64", "rater": "str", "total": "float"}
    return pd.DataFrame(empty).astype(types)
