"""The heat-map of agreement: every number is written, and can be read on its shade."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from alliance.errors import AllianceError
from alliance.figures import agreement_heatmap
from alliance.figures.style import lightness


@pytest.fixture
def kappa():
    rules = ["own mean", "drop", "XmR"]
    values = [[1, 0.414, -0.05], [0.414, 1, np.nan], [-0.05, np.nan, 1]]
    return pd.DataFrame(values, index=rules, columns=rules)


def test_every_cell_has_its_number(kappa):
    ax = agreement_heatmap(kappa)
    written = [text.get_text() for text in ax.texts]
    assert written == ["1", ".41", "−.05", ".41", "1", "–", "−.05", "–", "1"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["own mean", "drop", "XmR"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["own mean", "drop", "XmR"]


def test_names_the_measure(kappa):
    ax = agreement_heatmap(kappa)
    assert "kappa" in ax.get_title(loc="left")
    assert "kappa" in ax.images[0].colorbar.ax.get_ylabel()


def test_more_agreement_is_darker_in_greyscale(kappa):
    image = agreement_heatmap(kappa).images[0]
    shades = [lightness(to_hex(image.to_rgba(value))) for value in np.linspace(0, 1, 21)]
    assert all(np.diff(shades) < 0)
    assert shades[0] - shades[-1] > 70


def test_numbers_stand_out_from_their_shade():
    values = np.linspace(0, 1, 16).reshape(4, 4)
    rules = list("abcd")
    ax = agreement_heatmap(pd.DataFrame(values, index=rules, columns=rules))
    for text, value in zip(ax.texts, values.ravel(), strict=True):
        shade = lightness(to_hex(ax.images[0].to_rgba(value)))
        assert abs(lightness(text.get_color()) - shade) > 45


def test_mistakes_are_named(kappa):
    with pytest.raises(AllianceError, match="empty"):
        agreement_heatmap(pd.DataFrame())
    with pytest.raises(AllianceError, match="same rules as rows and columns"):
        agreement_heatmap(kappa.iloc[:2])
    with pytest.raises(AllianceError, match="between -1 and 1"):
        agreement_heatmap(kappa * 100)
