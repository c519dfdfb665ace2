"""The pictures beside the search for ruptures itself: what is found is what is drawn."""

import numpy as np
import pandas as pd
import pytest

from alliance import rules
from alliance.figures import course, courses
from alliance.ruptures import find_ruptures

from .conftest import artists, points, sessions_of

# Sharp V: mean 5.46, SD .4575, so the limit of "2 SD below the own mean" is 4.545, by hand.
SHARP = dict(enumerate([5.5, 5.6, 5.5, 4.2, 5.4, 5.6, 5.7, 5.6, 5.8, 5.7], start=1))
SHORT = dict(enumerate([5.5, 5.6, 3.0, 5.5, 5.6], start=1))
QUIET = dict(enumerate([5.5, 5.6, 5.5, 5.4, 5.4, 5.6, 5.7, 5.6, 5.8, 5.7], start=1))


@pytest.fixture
def sessions():
    series = {"sharp": SHARP, "short": SHORT, "quiet": QUIET}
    return pd.concat(
        [sessions_of(scores, client, instrument="wai-36") for client, scores in series.items()]
    )


def test_worked_series(sessions):
    found = find_ruptures(sessions, rules.own_mean())
    ax = course(sessions, found, client="sharp")
    assert {round(y, 3) for _, y in points(ax, "reference")} == {5.46}
    assert {round(y, 3) for _, y in points(ax, "limit")} == {4.545}
    assert points(ax, "flagged") == [(4, 4.2)]
    assert points(ax, "low") == [(4, 4.2)]
    assert len(artists(ax, "episode-repaired")) == 1
    assert ax.get_ylabel() == "WAI-36 total, item mean 1–7"


def test_standings(sessions):
    found = find_ruptures(sessions, rules.own_mean())
    axes = courses(sessions, found)
    shown = [(ax.get_title(loc="left").split(",")[0], ax.get_title(loc="right")) for ax in axes]
    assert shown == [("sharp", "repaired"), ("quiet", ""), ("short", "not judged")]


@pytest.mark.parametrize("name", sorted(n for n in rules.presets() if not n.startswith("srs")))
def test_every_preset_can_be_drawn(sessions, name):
    if name == "change-point":
        pytest.importorskip("ruptures", reason="change points need the extra package ruptures")
    found = find_ruptures(sessions, name)
    for client, ax in zip(
        ("quiet", "sharp", "short"), courses(sessions, found, order="client"), strict=True
    ):
        episodes = found.frame[found.frame["client"].eq(client)]
        assert points(ax, "low") == list(zip(episodes["low"], episodes["lowest"], strict=True))


def test_the_questionnaire_searched_is_the_one_drawn(sessions):
    other = sessions.assign(instrument="srs", metric="sum", total=np.float64(38))
    both = pd.concat([sessions, other])
    found = find_ruptures(both, rules.own_mean(), instrument="wai-36")
    ax = course(both, found, client="sharp")
    assert ax.get_ylabel().startswith("WAI-36")
    assert points(ax, "scores")[3] == (4, 4.2)
    assert len(courses(both, found)) == 3
