"""One shape for results: one implementation shows them all, from columns and templates."""

import copy
import pickle
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from alliance.errors import AllianceError
from alliance.results import Result, Spec, draws, sentences
from alliance.results.sentences import count, percent, span

WORDS = {
    "Dips": {
        "line": "{{ result.clients | count('client') }}",
        "title": "Dips by {{ kind }}",
        "answer": "{{ result.frame['n'].sum() | count('dip') }} ({{ result.p | p }}).",
        "caution": "{% if result.clients < 2 %}Of one client only.{% endif %}",
        "basis": "Share {{ result.frame['share'].iloc[0] | percent }}.",
        "method": "Counted by hand.",
    }
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Dips(Result):
    clients: int
    p: float = 0.0004

    def table_columns(self):
        return (
            Spec(name="who"),
            Spec(name="n", kind="count"),
            Spec(name="share", head="Share", kind="coefficient", under="Estimate"),
            Spec(name="low", head="95% CI", kind="bounded interval", high="high", under="Estimate"),
        )

    def row_notes(self):
        return ("", "a note")

    def facts(self):
        return {"kind": "client"}


@pytest.fixture
def dips(monkeypatch):
    monkeypatch.setattr(sentences, "_templates", lambda package: WORDS)
    rows = {"who": ["<b>", "b"], "n": [1, 0], "share": [0.94525, np.nan]}
    return Dips(frame=pd.DataFrame({**rows, "low": [0.1, 0.2], "high": [0.98, 0.3]}), clients=1)


def test_words_are_filled_in_and_counted_right(dips):
    assert dips.text() == "1 dip (p < .001). Of one client only."
    assert dips.notes() == "Share 95%."
    assert dips.methods() == "Counted by hand."
    assert repr(dips) == "<Dips: 1 client>"


def test_the_table_is_rounded_once_from_the_full_value(dips):
    assert dips.summary()["share"].iloc[0] == 0.94525
    table = dips.to_table(number=2)
    assert [column.head for column in table.columns] == ["Who", "n", "Share", "95% CI"]
    assert table.rows[0] == ("<b>", "1", ".95", "[.10, .98]")
    assert table.title == "Dips by client" and table.label == "Table 2"


def test_a_notebook_shows_table_and_words_and_runs_nothing(dips):
    page = dips._repr_html_()
    assert "&lt;b&gt;" in page and "<b>" not in page.replace("<b>c", "")
    assert "p &lt; .001" in page and "Estimate: Share" in page


def test_settings_are_the_plain_fields(dips):
    assert dips.settings == {"clients": 1, "p": 0.0004}


def test_results_are_copied_and_pickled(dips):
    for again in (copy.deepcopy(dips), pickle.loads(pickle.dumps(dips))):
        pd.testing.assert_frame_equal(again.frame, dips.frame)
        assert again.text() == dips.text()


def test_a_picture_is_found_by_the_type_it_draws(dips):
    with pytest.raises(AllianceError, match="no picture of Dips"):
        dips.plot()

    @draws(Dips)
    def picture(result, *, ax=None, save=None, colour="k"):
        return (result.clients, ax, save, colour)

    axes = plt.figure().subplots()
    assert dips.plot(axes, colour="r") == (1, axes, None, "r")
    plt.close("all")


def test_a_column_names_its_kind():
    with pytest.raises(AllianceError, match="not 'colour'"):
        Spec(name="n", kind="colour")
    with pytest.raises(AllianceError, match="needs high="):
        Spec(name="low", kind="interval")


def test_grammar_of_counts_and_missing_numbers():
    assert [count(n, "study") for n in (0, 1, 2)] == ["0 studies", "1 study", "2 studies"]
    assert count(53, "woman", "women") == "53 women"
    assert percent(float("nan")) == "not known"
    assert span(float("nan"), 1.0) == "not known to 1.00"
