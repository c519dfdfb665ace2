"""Small multiples: who needs attention comes first, and every panel can be read."""

import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.figures import courses

from .conftest import artists, found_in, points, sessions_of

SERIES = {1: 4.5, 2: 4.4, 3: 3.0, 4: 4.4, 5: 4.5, 6: 4.6}


def of_clients(*clients, **columns) -> pd.DataFrame:
    return pd.concat([sessions_of(SERIES, client=client, **columns) for client in clients])


def episode(client, outcome, lowest=3.0, rater="client", onset=3):
    return (client, rater, "total", onset, onset, onset + 1, 4.4, lowest, 4.4, outcome)


def names(axes) -> list[str]:
    return [ax.get_title(loc="left").split(",")[0].split("\n")[0] for ax in axes]


def test_attention_open_unrepaired_repaired_none_and_the_deepest_first():
    sessions = of_clients("a", "b", "c", "d", "e", "f", "g")
    found = found_in(
        sessions,
        episode("b", "repaired"),
        episode("c", "repaired", lowest=1.2),
        episode("d", "unrepaired"),
        episode("d", "repaired", lowest=1.0, onset=5),
        episode("f", "open", lowest=4.0),
        episode("g", "unrepaired", lowest=2.0),
    )
    found.flags.loc[found.flags["client"].eq("a"), "flagged"] = pd.NA
    axes = courses(sessions, found)
    assert names(axes) == ["f", "g", "d", "c", "b", "e", "a"]
    standings = [ax.get_title(loc="right") for ax in axes]
    assert standings == [
        "open",
        "unrepaired",
        "unrepaired",
        "repaired",
        "repaired",
        "",
        "not judged",
    ]
    assert names(courses(sessions, found, order="client")) == list("abcdefg")


def test_each_panel_draws_its_own_course():
    sessions = of_clients("a", "b")
    axes = courses(sessions, found_in(sessions, episode("b", "open")))
    assert len(artists(axes[0], "episode-open")) == 1
    assert not artists(axes[1], "episode-open")
    assert points(axes[0], "scores") == [(float(s), t) for s, t in SERIES.items()]


def test_labels_n_unit_and_shared_vertical_axis():
    sessions = pd.concat(
        [of_clients("a", "b", "c", "d", "e"), sessions_of({1: 4, 3: 4}, client="f")]
    )
    axes = courses(sessions)
    figure = axes[0].figure
    assert figure.get_supylabel() == "WAI-SR total, item mean 1–5"
    assert [ax.get_xlabel() for ax in axes] == ["", "", *["session number"] * 4]
    assert axes[-1].get_title(loc="left") == "f, n = 2"
    assert artists(axes[-1], "unrated")[0].get_xdata().tolist() == [2]
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert len(figure.axes) == 6


def test_no_more_than_asked_and_says_so():
    sessions = of_clients(*(f"c{number:02d}" for number in range(30)))
    axes = courses(sessions)
    assert len(axes) == 24
    assert axes[0].figure.get_suptitle() == "24 of 30 courses"
    axes = courses(sessions, found_in(sessions), max_courses=2)
    assert axes[0].figure.get_suptitle() == "2 of 30 courses, those that need attention first"
    with pytest.raises(AllianceError, match="1 or more"):
        courses(sessions, max_courses=0)


def test_clients_and_raters_chosen():
    sessions = pd.concat([of_clients("a", "b"), of_clients("a", "b", rater="therapist")])
    axes = courses(sessions, clients=["b"], rater="client")
    assert [ax.get_title(loc="left") for ax in axes] == ["b, n = 6"]
    assert len(courses(sessions, rater="therapist")) == 2
    with pytest.raises(AllianceError, match="several raters: client, therapist"):
        courses(sessions)
    with pytest.raises(AllianceError, match="no rater 'x'"):
        courses(sessions, rater="x")


@pytest.mark.parametrize(("count", "length"), [(1, 5), (1, 60), (3, 5), (3, 60), (24, 60)])
def test_nothing_overlaps_or_is_cut_off(count, length):
    scores = {
        session: 4.0 + 0.5 * (session % 2) for session in range(1, length + 1) if session != 3
    }
    clients = [f"c{number}" for number in range(count)]
    sessions = pd.concat([sessions_of(scores, client=client) for client in clients])
    found = found_in(sessions, *[episode(client, "unrepaired", onset=4) for client in clients])
    axes = courses(sessions, found)
    figure = axes[0].figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    (legend,) = figure.legends
    box = legend.get_window_extent(renderer)
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 <= figure.bbox.width
    for ax in axes:
        assert ax.get_tightbbox(renderer).y0 >= box.y1 - 1
        left, right = (
            title.get_window_extent(renderer) for title in (ax._left_title, ax._right_title)
        )
        assert left.x1 < right.x0
    assert {tick.is_integer() for ax in axes for tick in ax.get_xticks()} == {True}


def test_long_identifiers_stay_apart():
    clients = [f"clinic-north/therapist-17/{number:03d}" for number in range(4)]
    assert names(courses(of_clients(*clients))) == clients


def test_mistakes_are_named(no_sessions):
    sessions = of_clients("a", "b")
    with pytest.raises(AllianceError, match="sessions table is empty"):
        courses(no_sessions)
    with pytest.raises(AllianceError, match="no client 'z'"):
        courses(sessions, clients=["a", "z"])
    with pytest.raises(AllianceError, match="Did you mean 'attention'"):
        courses(sessions, order="atention")
    with pytest.raises(AllianceError, match="no session has a total score"):
        courses(sessions.assign(total=np.nan))
    with pytest.raises(AllianceError, match="choose at least one client"):
        courses(sessions, clients=[])
