"""One client's course: everything in the tables is drawn, where it belongs, and named."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from alliance.errors import AllianceError
from alliance.figures import course

from .conftest import artists, found_in, points, sessions_of


def legend_of(ax) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_axes_say_what_they_measure(fourteen):
    ax = course(fourteen, client="c07")
    assert ax.get_ylabel() == "WAI-SR total, item mean 1–5"
    assert ax.get_xlabel() == "session number"
    assert ax.get_title(loc="left") == "Client c07, rated by client\nn = 12 of 14 sessions rated"


def test_the_whole_scale_is_shown(fourteen):
    low, high = course(fourteen, client="c07").get_ylim()
    assert low < 1 and high > 5
    low, high = course(fourteen, client="c07", score_range=(1, 7)).get_ylim()
    assert low < 1 and high > 7


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ({"metric": "sum"}, "WAI-SR total, sum 12–60"),
        ({"instrument": "srs", "metric": "sum"}, "SRS total, sum 0–40"),
        ({"instrument": "my_key"}, "my_key total, item mean"),
    ],
)
def test_unit_follows_the_questionnaire(columns, label):
    ax = course(sessions_of({1: 13, 2: 14}, **columns), client="c07")
    assert ax.get_ylabel() == label


def test_unknown_questionnaire_takes_the_ends_given():
    sessions = sessions_of({1: 3, 2: 4})[["client", "session", "rater", "total"]]
    assert course(sessions, client="c07").get_ylabel() == "total, score"
    assert course(sessions, client="c07", score_range=(0, 9)).get_ylabel() == "total, score 0–9"
    with pytest.raises(AllianceError, match="lowest and the highest"):
        course(sessions, client="c07", score_range=(9, 0))


def test_sessions_without_a_score_are_crossed_on_the_axis_and_break_the_line(fourteen):
    ax = course(fourteen, client="c07")
    (crosses,) = artists(ax, "unrated")
    assert crosses.get_xdata().tolist() == [4, 8]
    assert crosses.get_ydata().tolist() == [0, 0]
    assert crosses.get_transform() == ax.get_xaxis_transform()
    (line,) = artists(ax, "scores")
    broken = [x for x, y in line.get_xydata() if np.isnan(y)]
    assert broken == [4, 8]
    assert points(ax, "gap") == [(3, 3.0), (5, 4.4), (7, 3.1), (9, 3.3)]
    assert all(line.get_linestyle() == ":" for line in artists(ax, "gap"))
    assert "session not rated" in legend_of(ax)


def test_no_cross_without_a_gap():
    ax = course(sessions_of({1: 4.0, 2: 4.5, 3: 4.2}), client="c07")
    assert not artists(ax, "unrated")
    assert not artists(ax, "gap")
    assert "session not rated" not in legend_of(ax)


def test_session_rated_by_the_other_only_counts_as_not_rated():
    both = pd.concat(
        [sessions_of({2: 4.0, 3: 4.1}), sessions_of({1: 4, 2: 4, 5: 4}, rater="therapist")]
    )
    assert artists(course(both, client="c07", rater="client"), "unrated")[
        0
    ].get_xdata().tolist() == [1, 4, 5]


def test_points_are_the_scores_whatever_the_order_of_rows(fourteen):
    wanted = [(s, t) for s, t in zip(fourteen.session, fourteen.total, strict=True) if t == t]
    assert points(course(fourteen, client="c07"), "scores") == wanted
    shuffled = fourteen.sample(frac=1, random_state=1)
    assert points(course(shuffled, client="c07"), "scores") == wanted


def test_episodes_drawn_match_the_table(fourteen, three_ruptures):
    ax = course(fourteen, three_ruptures, client="c07")
    for episode in three_ruptures.frame.itertuples():
        (shade,) = artists(ax, f"episode-{episode.outcome}")
        left, right = shade.get_x(), shade.get_x() + shade.get_width()
        assert episode.onset - 0.5 < left < episode.onset
        assert episode.end < right < episode.end + 0.5
        assert points(ax, f"end-{episode.outcome}") == [(episode.end, episode.after)]
    assert points(ax, "low") == [(3, 3.0), (6, 2.9), (13, 2.8)]
    assert ax.get_title(loc="left").endswith("; ruptures: 1 open, 1 unrepaired, 1 repaired")


def test_outcomes_differ_in_shape_and_pattern_too(fourteen, three_ruptures):
    ax = course(fourteen, three_ruptures, client="c07")
    outcomes = ("repaired", "unrepaired", "open")
    assert len({artists(ax, f"end-{outcome}")[0].get_marker() for outcome in outcomes}) == 3
    assert len({artists(ax, f"episode-{outcome}")[0].get_hatch() for outcome in outcomes}) == 3
    assert {f"{outcome} rupture" for outcome in outcomes} < set(legend_of(ax))


def test_rule_is_drawn_and_flagged_sessions_are_filled(fourteen, three_ruptures):
    ax = course(fourteen, three_ruptures, client="c07")
    assert {y for _, y in points(ax, "reference")} == {4.5}
    assert {y for _, y in points(ax, "limit")} == {3.5}
    assert [x for x, _ in points(ax, "flagged")] == [3, 6, 7, 9, 13, 14]
    assert {"reference", "limit", "flagged session", "low of a rupture"} < set(legend_of(ax))


def test_other_clients_findings_are_not_drawn(fourteen, three_ruptures):
    sessions = pd.concat([fourteen, sessions_of({1: 4.0, 2: 4.1}, client="c08")])
    ax = course(sessions, three_ruptures, client="c08")
    assert not ax.patches
    assert ax.get_title(loc="left").endswith("not judged by this rule")


def test_no_rupture_and_not_judged_are_two_answers(fourteen):
    none = course(fourteen, found_in(fourteen), client="c07")
    assert none.get_title(loc="left").endswith("; no rupture found")
    unknown = found_in(fourteen, limit=np.nan, reference=np.nan)
    unknown.flags["flagged"] = pd.array([pd.NA] * len(fourteen), dtype="boolean")
    ax = course(fourteen, unknown, client="c07")
    assert ax.get_title(loc="left").endswith("; not judged by this rule")
    assert not artists(ax, "limit")


def test_open_episode_without_a_score_after_ends_at_its_low(fourteen):
    found = found_in(fourteen, ("c07", "client", "total", 13, 13, 14, 4.5, 2.8, np.nan, "open"))
    assert points(course(fourteen, found, client="c07"), "end-open") == [(14, 2.8)]


def test_posterior_is_a_strip_below(fourteen):
    posterior = fourteen[["client", "rater", "session"]].assign(posterior=0.25)
    posterior.loc[2, "posterior"] = 0.9
    ax = course(fourteen, client="c07", posterior=posterior)
    (strip,) = ax.child_axes
    assert [round(bar.get_height(), 2) for bar in strip.patches[:4]] == [0.25, 0.25, 0.9, 0.25]
    assert strip.get_xlabel() == "session number"
    assert strip.get_ylim() == (0, 1)
    assert strip.get_xlim() == ax.get_xlim()


def test_posterior_is_checked(fourteen):
    posterior = fourteen[["client", "rater", "session"]].assign(posterior=40.0)
    with pytest.raises(AllianceError, match="between 0 and 1"):
        course(fourteen, client="c07", posterior=posterior)
    with pytest.raises(AllianceError, match="lacks posterior"):
        course(fourteen, client="c07", posterior=posterior.drop(columns="posterior"))


def test_another_rater_beside(fourteen):
    both = pd.concat([fourteen, sessions_of({1: 4.0, 2: 4.1, 5: 3.9}, rater="therapist")])
    ax = course(both, client="c07", rater="client", beside="therapist")
    assert points(ax, "beside") == [(1, 4.0), (2, 4.1), (5, 3.9)]
    assert "rated by therapist" in legend_of(ax)
    assert "rated by client" in ax.get_title(loc="left")
    assert "rated by therapist" in course(both, client="c07", rater="therapist").get_title(
        loc="left"
    )


def test_given_axes_are_drawn_on(fourteen):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert course(fourteen, client="c07", ax=ax) is ax
    assert len(plt.get_fignums()) == 1


def test_identifiers_are_no_formulas():
    sessions = sessions_of({1: 4.0, 2: 4.1}, client="$x^2$ \\$ <script>")
    ax = course(sessions, client="$x^2$ \\$ <script>")
    shown, is_formula = ax._left_title._preprocess_math(ax.get_title(loc="left").split(",")[0])
    assert (shown, is_formula) == ("Client $x^2$ \\$ <script>", False)
    ax.figure.canvas.draw()


def test_one_session_can_be_drawn():
    ax = course(sessions_of({3: 4.0}), client="c07")
    assert points(ax, "scores") == [(3, 4.0)]
    ax.figure.canvas.draw()


@pytest.mark.parametrize("count", [5, 60])
def test_marks_fit_the_number_of_sessions(count):
    sessions = sessions_of({session: 4.0 for session in range(1, count + 1)})
    ax = course(sessions, client="c07")
    width = ax.figure.get_figwidth() * 72 / count
    assert artists(ax, "scores")[0].get_markersize() < width
    ticks = [tick for tick in ax.get_xticks() if 1 <= tick <= count]
    assert 3 <= len(ticks) <= 13
    assert all(float(tick).is_integer() for tick in ticks)


def test_empty_sessions(no_sessions):
    with pytest.raises(AllianceError, match="sessions table is empty"):
        course(no_sessions, client="c07")


def test_unknown_client_gets_a_hint_and_no_list():
    clients = [f"patient-{number}" for number in range(50)]
    sessions = pd.concat([sessions_of({1: 4.0}, client=client) for client in clients])
    with pytest.raises(AllianceError) as error:
        course(sessions, client="patent-7")
    assert "no client 'patent-7'" in str(error.value)
    assert "Did you mean 'patient-7'?" in str(error.value)
    assert str(error.value).count("patient-") == 1


def test_client_is_text(fourteen):
    assert "Client 7," in course(fourteen.assign(client="7"), client=7).get_title(loc="left")
    with pytest.raises(AllianceError, match="'007' became 7"):
        course(fourteen.assign(client=7), client=7)
    with pytest.raises(AllianceError, match="'007' is not '7'"):
        course(fourteen.assign(client="007"), client=7)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"rater": "therapst"}, "Did you mean 'therapist'"),
        ({"rater": "client", "beside": "observer"}, "no rater 'observer'"),
        ({"rater": "client", "scale": "totl"}, "Did you mean 'total'"),
    ],
)
def test_unknown_names(fourteen, asked, message):
    both = pd.concat([fourteen, fourteen.assign(rater="therapist")])
    with pytest.raises(AllianceError, match=message):
        course(both, client="c07", **asked)


def test_rater_must_be_named_where_several_rated(fourteen):
    others = pd.concat([fourteen, fourteen.assign(rater="therapist")])
    with pytest.raises(AllianceError, match="several raters: client, therapist"):
        course(others, client="c07")


def test_scale_other_than_the_one_searched(fourteen):
    found = found_in(fourteen)
    with pytest.raises(AllianceError, match="found with scale='total', not 'bond'"):
        course(fourteen.assign(bond=4.0), found, client="c07", scale="bond")
    found.scale = "bond"
    assert "bond" in course(fourteen.assign(bond=4.0), found, client="c07").get_ylabel()


def test_two_questionnaires_cannot_share_an_axis(fourteen):
    two = pd.concat([fourteen, fourteen.assign(instrument="srs", metric="sum", bond=np.nan)])
    with pytest.raises(AllianceError, match="several instruments: srs, wai-sr"):
        course(two, client="c07")
    assert course(two, client="c07", instrument="srs").get_ylabel() == "SRS total, sum 0–40"


def test_scores_outside_the_scale():
    with pytest.raises(AllianceError, match="2 total scores lie outside 1 to 5"):
        course(sessions_of({1: 40, 2: 41, 3: 4}), client="c07")
    with pytest.raises(AllianceError, match="1 total score lies outside 5 to 6"):
        course(sessions_of({1: 4, 2: 5}), client="c07", score_range=(5, 6))


def test_changing_limits_are_not_joined(fourteen):
    found = found_in(fourteen)
    found.flags.loc[found.flags["session"].ge(9), "limit"] = 3.0
    found.flags.loc[found.flags["session"].eq(6), "limit"] = np.nan
    (limit,) = artists(course(fourteen, found, client="c07"), "limit")
    x, y = limit.get_data()
    pieces = np.split(np.arange(len(x)), np.flatnonzero(np.isnan(y)))
    ends = [
        (x[p][~np.isnan(y[p])][[0, -1]].tolist(), y[p][~np.isnan(y[p])][0]) for p in pieces[:-1]
    ]
    assert ends == [([0.5, 3.5], 3.5), ([4.5, 5.5], 3.5), ([6.5, 8.5], 3.5), ([8.5, 14.5], 3.0)]


def test_a_limit_below_the_scale_does_not_stretch_it(fourteen):
    low, _ = course(fourteen, found_in(fourteen, limit=-3.0), client="c07").get_ylim()
    assert low == course(fourteen, client="c07").get_ylim()[0] > 0


def test_dates_are_no_session_numbers():
    with pytest.raises(AllianceError, match="from 1 to 20240131"):
        course(sessions_of({1: 4.0, 20240131: 4.1}), client="c07")


def test_findings_without_any_flag_are_not_judged(fourteen):
    found = found_in(fourteen)
    found.flags = found.flags.iloc[:0]
    assert course(fourteen, found, client="c07").get_title(loc="left").endswith("by this rule")


def test_judged_follows_the_rule_where_it_says(fourteen):
    found = found_in(fourteen, limit=np.nan, reference=np.nan)
    found.flags["flagged"] = pd.array([False] * len(fourteen), dtype="boolean")
    assert course(fourteen, found, client="c07").get_title(loc="left").endswith("no rupture found")


def test_scale_without_scores(fourteen):
    with pytest.raises(AllianceError, match="no bond score"):
        course(fourteen.assign(bond=np.nan), client="c07", scale="bond")


def test_grey_print_keeps_the_limit_apart_from_the_reference(fourteen, three_ruptures):
    ax = course(fourteen, three_ruptures, client="c07")
    (reference,), (limit,) = artists(ax, "reference"), artists(ax, "limit")
    assert reference.get_linestyle() != limit.get_linestyle()
    assert to_rgb(reference.get_color()) != to_rgb(limit.get_color())
