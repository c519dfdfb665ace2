"""The explorer: what is shown follows the controls, driven here without a browser."""

import asyncio
import builtins

import pandas as pd
import pytest

import alliance as al
from alliance.errors import AllianceError
from alliance.explorer import Choice, Explorer, View

pytest.importorskip("ipywidgets")

SERIES = {
    "dips": [5.5, 5.6, 5.5, 4.2, 5.4, 5.6, 5.7, 5.6, 5.8, 5.7],
    "calm": [5.0, 5.1, 5.0, 5.1, 5.0, 5.1, 5.0, 5.1, 5.0, 5.1],
    "<b>x": [5.8, 5.9, 5.8, 5.9, 4.6, 4.5, 4.6, 4.4, 4.5, 4.5],
}


@pytest.fixture(scope="module")
def sessions():
    rows = [
        (client, number, rater, score + away, score / 2)
        for client, scores in SERIES.items()
        for number, score in enumerate(scores, start=1)
        for rater, away in (("client", 0.0), ("therapist", -0.5))
        if (client, rater) != ("calm", "therapist")
    ]
    return pd.DataFrame(rows, columns=["client", "session", "rater", "total", "bond"])


@pytest.fixture(scope="module")
def view(sessions):
    """One view for all tests: what it has computed once it keeps."""
    return View(sessions, draws=3)


@pytest.fixture
def explorer(view):
    return Explorer(view, view.start())


def test_begins_with_the_deepest_rupture(explorer):
    assert explorer.choice == Choice(client="dips", rater="client", scale="total")
    assert explorer.shown.episodes[["onset", "outcome"]].values.tolist() == [[4, "repaired"]]
    assert "Rupture at session 4, lowest 4.20 at session 4, repaired." in explorer.shown.words


def test_chart_text_and_chance_level_follow_a_control(explorer):
    before = explorer._chart.value
    explorer.controls["threshold"].value = 3.0
    assert explorer.shown.found.rule.rupture.threshold == 3
    assert explorer.shown.episodes.empty
    assert "No rupture by this rule" in explorer._text.value
    assert "3 times the client&#x27;s own standard deviation" in explorer._text.value
    assert explorer._chart.value != before
    assert "Chance level, from 3 of 3 clients" in explorer._text.value


def test_client_scale_and_window_are_followed(explorer):
    explorer.controls["client"].value = "calm"
    assert explorer.shown.words.startswith("Client calm, total rated by client: 10 rated")
    explorer.controls["scale"].value = "bond"
    assert "scores from 2.50 to 2.55" in explorer.shown.words
    explorer.controls["window"].value = 2
    assert explorer.shown.found.rule.repair.window == 2


def test_another_rule_brings_its_own_threshold(explorer):
    explorer.controls["threshold"].value = 3.0
    explorer.controls["rule"].value = "v-episode"
    assert explorer.controls["threshold"].value == 1.0
    assert explorer.shown.found.rule == al.rules.v_episode()
    explorer.controls["rule"].value = "change-point"
    assert explorer.controls["threshold"].disabled
    assert explorer.shown.found.rule == al.rules.change_point()


def test_another_rater_brings_its_own_clients(explorer):
    explorer.controls["client"].value = "calm"
    explorer.controls["rater"].value = "therapist"
    assert "calm" not in explorer.controls["client"].options
    assert explorer.choice.client in explorer.controls["client"].options


def test_every_control_has_a_label_and_the_picture_a_text_alternative(explorer):
    assert all(control.description for control in explorer.controls.values())
    explorer.controls["client"].value = "<b>x"
    assert 'aria-label="Client &lt;b&gt;x, total rated by client' in explorer._chart.value
    assert "<b>x" not in explorer._text.value + explorer._chart.value
    assert 'aria-live="polite"' in explorer._text.value


def test_what_cannot_be_shown_is_said(explorer):
    explorer.controls["rule"].value = "tukey"
    explorer.controls["threshold"].value = 0
    shown = explorer.shown
    assert shown is not None or 'role="alert"' in explorer._text.value
    with pytest.raises(AllianceError, match="no single threshold"):
        explorer.view.rule(
            Choice(client="dips", rater="client", scale="total", rule="cusum", threshold=1)
        )


def test_quick_changes_are_shown_once(sessions, monkeypatch):
    measured, measure = [], View._facts

    def measuring(view, choice):
        measured.append(choice.threshold)
        return measure(view, choice)

    monkeypatch.setattr(View, "_facts", measuring)

    async def hurry():
        explorer = al.explore(sessions, draws=3)
        shown = explorer.shown
        for value in (2.25, 2.5, 3.0):
            explorer.controls["threshold"].value = value
        assert explorer.shown is shown
        await asyncio.sleep(0.6)
        return explorer

    explorer = asyncio.run(hurry())
    assert explorer.shown.found.rule.rupture.threshold == 3
    assert measured == [None, 3.0]


def test_the_same_choice_is_computed_once(view):
    choice = view.start()
    assert view.found(choice) is view.found(choice)
    said, kept = view.chance(choice), view._chance.cache_info().currsize
    assert view.chance(choice) == said and view._chance.cache_info().currsize == kept


def test_what_cannot_be_explored_is_refused(sessions, monkeypatch):
    with pytest.raises(AllianceError, match="nothing to explore"):
        al.explore(sessions[["client", "session", "rater"]])
    with pytest.raises(AllianceError, match="no scale 'totl'"):
        al.explore(sessions, scale="totl")
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(AllianceError, match="needs ipywidgets"):
        al.explore(sessions)


def test_a_notebook_shows_the_box(explorer):
    assert "application/vnd.jupyter.widget-view+json" in explorer._repr_mimebundle_()
