"""A simulated clinic, and small tables by hand."""

import pandas as pd
import pytest

from alliance import simulate
from alliance.clinic import review


@pytest.fixture(scope="session")
def clinic():
    """A synthetic clinic with dates, drop-out, ruptures and the ceiling of the SRS."""
    return simulate.clinic(simulate.worlds()["R0s"], clients=45, days=300, seed=3)


@pytest.fixture(scope="session")
def log(clinic):
    """A rupture log of the clinic with triggers, markers and words."""
    log = clinic.study.log.copy()
    triggers = ["missed_cue", "power", "expectations", "cultural_difference"]
    log["trigger"] = [triggers[place % 4] for place in range(len(log))]
    log["markers"], log["strategies"] = "minimal_answers", "invites_feelings"
    log["done"] = "Asked what had been missed."
    log["supervision"] = [place % 2 for place in range(len(log))]
    return log


@pytest.fixture(scope="session")
def reviewed(clinic):
    """The clinic's review."""
    return review(clinic.sessions, draws=2)


@pytest.fixture
def by_hand():
    """Two clients: one whose score fell at the end, one who ended long ago."""
    weeks = pd.date_range("2025-01-06", periods=12, freq="7D").strftime("%Y-%m-%d")
    a = pd.DataFrame(
        {
            "client": "a",
            "session": range(1, 13),
            "date": weeks,
            "total": [36, 37, 36, 37, 36, 37, 36, 37, 36, 37, 20, 19.0],
        }
    )
    b = pd.DataFrame(
        {
            "client": "b",
            "session": [1, 2, 4],
            "date": ["2024-06-03", "2024-06-10", "2024-06-24"],
            "total": [38.0, 38.5, 39.0],
        }
    )
    frame = pd.concat([a, b], ignore_index=True)
    return frame.assign(rater="client", instrument="srs", metric="sum", therapist="t1")
