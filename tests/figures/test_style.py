"""The look: told apart by lightness as well as by colour, and nothing global is changed."""

import itertools
import subprocess
import sys

import matplotlib
import pytest

from alliance.figures import COLOURS, STYLE, style
from alliance.figures.chance import _NULLS
from alliance.figures.drawing import LOOKS
from alliance.figures.style import lightness, plain


@pytest.mark.parametrize(
    ("colour", "expected"),
    # L* of sRGB colours: ends by definition, mid-grey and red from the usual tables.
    [("white", 100), ("black", 0), ("#777777", 50.03), ("#FF0000", 53.24), ("#0000FF", 32.30)],
)
def test_lightness(colour, expected):
    assert lightness(colour) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    "colours",
    [[look.colour for look in LOOKS.values()], [bar["color"] for bar, _, _ in _NULLS.values()]],
    ids=["outcomes", "nulls"],
)
def test_colours_that_mean_different_things_differ_in_greyscale(colours):
    for one, other in itertools.combinations(colours, 2):
        assert abs(lightness(one) - lightness(other)) > 15


def test_palette_is_okabe_and_ito():
    # Okabe and Ito (2008), RGB 0-255 as printed on their page.
    printed = {
        "orange": (230, 159, 0),
        "sky blue": (86, 180, 233),
        "bluish green": (0, 158, 115),
        "yellow": (240, 228, 66),
        "blue": (0, 114, 178),
        "vermillion": (213, 94, 0),
        "reddish purple": (204, 121, 167),
        "black": (0, 0, 0),
    }
    assert {name: tuple(bytes.fromhex(code[1:])) for name, code in COLOURS.items()} == printed


def test_style_holds_inside_only():
    before = dict(matplotlib.rcParams)
    with style():
        assert all(matplotlib.rcParams[name] == value for name, value in STYLE.items())
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a$b", r"a\$b"),
        ("two\nlines", "two lines"),
        (7, "7"),
        ("x" * 41, "x" * 20 + "…" + "x" * 19),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


def test_cutting_never_leaves_half_an_escape():
    text = plain("$" * 60)
    assert text.count("$") == text.count(r"\$") == 39


def test_importing_draws_nothing_in():
    code = "import sys, alliance.figures; print([m for m in ('matplotlib', 'seaborn') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_what_a_notebooks_backend_switches_on_stays_on():
    before = matplotlib.is_interactive()
    try:
        with style():
            matplotlib.interactive(True)
        assert matplotlib.is_interactive()
    finally:
        matplotlib.interactive(before)


def test_the_look_is_put_back_after_an_error():
    before = dict(matplotlib.rcParams)
    with pytest.raises(ValueError), style():
        raise ValueError
    assert dict(matplotlib.rcParams) == before
