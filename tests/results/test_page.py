"""Pages: everything escaped, nothing from outside, every picture described."""

import re

import pandas as pd

from alliance.results import Figure, Page, Section, embed

EVIL = '<script>alert("1")</script>'


def page():
    frame = pd.DataFrame(
        {EVIL: [EVIL], "share": [0.125], "count": [3], "none": [None], "yes": [True]}
    )
    figure = Figure(source="data:image/png;base64,AAAA", says=EVIL, caption=EVIL)
    section = Section(title=EVIL, paragraphs=(EVIL,), tables=((EVIL, frame),), figures=(figure,))
    return Page(title=EVIL, lead=(EVIL,), sections=(section,)).html()


def test_every_text_is_escaped():
    assert "<script" not in page()
    # title, heading, lead, contents, part heading, paragraph, table label, caption, column, cell,
    # picture text, picture caption
    assert page().count("&lt;script&gt;") == 12


def test_page_loads_nothing_from_outside():
    text = page()
    assert "default-src 'none'" in text
    assert re.findall(r'(?:src|href)="(?!data:|#)', text) == []


def test_numbers_are_shown_short_and_missing_as_a_dash():
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page())
    assert cells[1:] == ["0.12", "3", "–", "yes"]


def test_figures_are_embedded_and_closed():
    import matplotlib.pyplot as plt

    others = plt.get_fignums()
    axes = plt.figure().subplots()
    axes.plot([1, 2])
    figure = embed(axes, says="A line", caption="A rising line")
    assert figure.source.startswith("data:image/png;base64,iVBOR")
    assert plt.get_fignums() == others
