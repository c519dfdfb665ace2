"""The pulse detector's findings are drawn like a rule's, with the probabilities below."""

import numpy as np
import pytest

from alliance import simulate
from alliance.figures import course, courses
from alliance.model import find_pulses


@pytest.fixture(scope="module")
def scanned():
    study = simulate.simulate(simulate.worlds()["R0d"], clients=60, seed=3)
    return study.sessions, find_pulses(study.sessions)


def test_one_course_shows_the_episode_and_every_probability(scanned):
    sessions, found = scanned
    client = found.episodes.sort_values("probability")["client"].iloc[-1]
    ax = course(sessions, found, client=client)
    own = found.frame[(found.frame["client"] == client) & found.frame["probability"].notna()]
    strip = ax.child_axes[0]
    heights = [bar.get_height() for bar in strip.patches]
    np.testing.assert_allclose(heights, own.sort_values("session")["probability"])
    assert "ruptures: " in ax.get_title(loc="left")


def test_many_courses_begin_with_open_ruptures(scanned):
    sessions, found = scanned
    axes = courses(sessions, found, max_courses=6)
    assert len(axes) == 6
    assert axes[0].get_title(loc="right") == "open"
