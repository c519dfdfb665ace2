"""The paper: its citations exist, its numbers are those that were measured, its length is that of a paper."""

import re
import sys
from pathlib import Path

import pandas as pd

PAPER = Path(__file__).parents[2] / "paper"
TEXT = (PAPER / "paper.md").read_text("utf-8")
sys.path.insert(0, str(PAPER))
import figures  # noqa: E402


def test_every_citation_stands_in_the_bibliography_and_every_entry_is_cited():
    cited = set(re.findall(r"@(\w+)", TEXT.split("# Summary")[1]))
    listed = set(
        re.findall(r"^@\w+\{(\w+),", (PAPER / "paper.bib").read_text("utf-8"), re.MULTILINE)
    )
    assert cited == listed


def test_figures_are_there():
    for name in re.findall(r"\]\((\w+\.png)\)", TEXT):
        assert (PAPER / name).stat().st_size > 10_000, name


def test_numbers_are_those_of_the_tables():
    rates = figures.false_positives().set_index("analysis")["rate"]
    for analysis in (
        "last session: repaired v not repaired",
        "repairs so far, repeated-measures correlation",
    ):
        low, high = 100 * rates[analysis].min(), 100 * rates[analysis].max()
        assert f"{low:.0f} to {high:.0f} % " in TEXT.replace("\n", " "), analysis
    found = pd.read_csv(PAPER.parent / "calibration" / "equal_alarms.csv").set_index("statistic")[
        "found"
    ]
    simple = found[["below the own mean of all sessions", "below the mean so far"]]
    assert f"{100 * simple.iloc[0]:.0f} to {100 * simple.iloc[1]:.0f} % of true" in TEXT
    assert f"at once, {100 * found.max():.0f} %" in TEXT


def test_length():
    assert 900 < len(TEXT.split("# Summary")[1].split()) < 1200
