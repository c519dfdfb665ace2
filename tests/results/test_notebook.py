"""What a notebook shows of a result holds no markup from a data file."""

import pandas as pd
import pytest

from alliance.effects import conventional_analyses, repair_gain
from alliance.results.page import in_html
from alliance.ruptures import find_ruptures
from alliance.ruptures.history import histories
from alliance.simulate import simulate, worlds

MARKUP = "<script>alert(1)</script>"


def test_texts_cells_and_names_of_columns_are_escaped():
    shown = in_html(
        pd.DataFrame({MARKUP: [MARKUP], "x": [1 / 3]}), f"one\n\n{MARKUP}", form="{:.1f}"
    )
    assert MARKUP not in shown and shown.count("&lt;script&gt;") == 3
    assert "<p>one</p><p>&lt;" in shown and "<td>0.3</td>" in shown


@pytest.mark.filterwarnings("ignore::alliance.errors.AllianceWarning")
def test_results_escape_the_names_of_raters_and_scales():
    sessions = simulate(worlds()["A3d"], clients=20, seed=3).sessions
    sessions = sessions[sessions["session"] <= 8]
    sessions = sessions.assign(rater=MARKUP).rename(columns={"total": MARKUP})
    found = find_ruptures(sessions, "own-mean", scale=MARKUP)
    results = [
        repair_gain(sessions, scale=MARKUP, draws=0),
        conventional_analyses(sessions, found),
        histories(found),
        found,
    ]
    for result in results:
        assert MARKUP not in result._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()
