"""One table, four forms: each says the same and takes the data's texts letter by letter."""

import csv
import io
import re
import xml.etree.ElementTree as tree

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import AllianceError
from alliance.results import PublicationTable, counts, numbers, words
from alliance.results.latex import escape

from .conftest import NASTY


def test_columns_of_different_length_are_refused():
    with pytest.raises(AllianceError, match="differ in length"):
        PublicationTable(title="T", columns=(words("a", ["x"]), counts("b", [1, 2])))
    with pytest.raises(AllianceError, match="for each row"):
        PublicationTable(title="T", columns=(words("a", ["x"]),), specific=("", ""))
    with pytest.raises(AllianceError, match="at least one column"):
        PublicationTable(title="T", columns=())


def test_equal_notes_share_a_letter_and_a_dash_is_explained(table):
    assert table.marks == ["a", "", "a"]
    assert [letter for letter, _ in table.notes] == ["Note.", "a", ""]
    assert table.notes[0][1].endswith("A dash marks a value that could not be computed.")


def test_html_is_a_table_that_reads_aloud(table):
    root = tree.fromstring(table.to_html().replace("<br>", "<br/>"))
    heads = ["".join(cell.itertext()) for cell in root.iter("th") if cell.get("scope") == "col"]
    assert heads == ["Scale", "n", "M", "r", "p", "95% CI"]
    assert [cell.get("colspan") for cell in root.iter("th") if cell.get("scope") == "colgroup"] == [
        "2"
    ]
    rows = ["".join(cell.itertext()) for cell in root.iter("th") if cell.get("scope") == "row"]
    assert rows == [f"{NASTY}a", "=cmd()", "[goal]a"]
    italic = ["".join(piece.itertext()) for piece in root.iter("em")]
    assert italic == ["Reliability and Change", "n", "M", "r", "p", "Note.", "n"]
    assert "<script" not in table.to_html()


def test_html_has_no_upright_rules_and_loads_nothing(table, tmp_path):
    page = table.save(tmp_path / "t.html").read_text("utf-8")
    assert not re.search(r"border-(left|right)|(?<!u)src=|href=|@import|url\(", page)
    assert "default-src 'none'" in page


def test_latex_is_balanced_and_escaped(table):
    text = table.to_latex()
    bare = re.sub(r"\\[\\{}&%#$_]", "", text)
    assert bare.count("{") == bare.count("}")
    assert re.findall(r"\\(begin|end)\{(table|tabular)\}", text) == [
        ("begin", "table"), ("begin", "tabular"), ("end", "tabular"), ("end", "table"),
    ]  # fmt: skip
    assert all(
        rule in text for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\cmidrule(lr){3-4}")
    )
    assert r"\textbackslash{}end\{table\}" in text and r"50\% of c\_07 \& " in text
    assert "|" not in re.search(r"\\begin\{tabular\}\{(.*?)\}\n", text)[1]
    for line in text.splitlines():
        if line.endswith(r"\\") and "multicolumn" not in line:
            assert len(re.findall(r"(?<!\\)&", line)) == 5
    assert "\n{}[goal]" in text, (
        "a bracket at the start would be read as an option of the line's end"
    )


@given(st.text(alphabet='a\\{}&%#$_~^<>|"`-–—−[* ', max_size=12))
def test_no_text_escapes_from_latex(text):
    bare = re.sub(r"\\[a-z]+(?:\{\})?|\\[{}&%#$_]|\$(?:-|\\[a-z]+|\^2)\$", "", escape(text))
    assert not set(bare.replace("{}", "")) & set('\\{}&%#$_~^<>|"')
    assert "---" not in escape("---")


def test_word_is_a_real_table_in_apa_style(table, tmp_path):
    document = Document(table.to_word(tmp_path / "t.docx"))
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    assert paragraphs[:2] == ["Table 3", "Reliability and Change"]
    assert document.paragraphs[0].runs[0].bold and document.paragraphs[1].runs[0].italic
    assert paragraphs[2].startswith("Note. Clients, n = 12") and paragraphs[3] == "afew forms"
    (grid,) = document.tables
    cells = [[cell.text for cell in row.cells] for row in grid.rows]
    assert cells[1] == ["Scale", "n", "M", "r", "p", "95% CI"]
    assert cells[0][2] == cells[0][3] == "First form"
    assert cells[2:] == [
        [f"{NASTY}a", "1,200", "−1.23", ".87", "< .001", "[−0.50, 0.25]"],
        ["=cmd()", "80", "—", "−.20", ".032", "—"],
        ["[goal]a", "7", "0.00", "1.00", "—", "[1.00, 2.00]"],
    ]
    italic = [cell.text for cell in grid.rows[1].cells if cell.paragraphs[0].runs[0].italic]
    assert italic == ["n", "M", "r", "p"]


def test_word_has_rules_above_and_below_the_head_and_at_the_end_only(table, tmp_path):
    (grid,) = Document(table.to_word(tmp_path / "t.docx")).tables
    sides = [
        sorted({child.tag.split("}")[1] for b in row._tr.iter(qn("w:tcBorders")) for child in b})
        for row in grid.rows
    ]
    assert sides == [["bottom", "top"], ["bottom"], [], [], ["bottom"]]
    for cell in grid._tbl.iter(qn("w:tcPr")):
        names = [child.tag.split("}")[1] for child in cell]
        order = [n for n in ("tcW", "gridSpan", "vMerge", "tcBorders", "vAlign") if n in names]
        assert names == order, "Word refuses cells whose properties are in another order"
    assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_csv_is_rectangular_and_harmless(table, tmp_path):
    path = table.save(tmp_path / "t.csv")
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    assert {len(row) for row in rows} == {6}
    assert rows[0][0] == "Table 3. Reliability and Change"
    assert rows[1] == ["Scale", "n", "First form: M", "First form: r", "p", "95% CI"]
    assert rows[3][0] == "'=cmd()"
    assert rows[5][0].startswith("Note. Clients") and rows[6][0] == "a few forms"


def test_control_characters_are_left_out_of_every_form(tmp_path):
    bad = PublicationTable(title="a\x00b\n c", columns=(words("h\x1b", ["x\ud800\uffff\ty"]),))
    assert bad.title == "ab c" and bad.columns[0].cells == ("x y",) and bad.columns[0].head == "h"
    for ending in (".html", ".tex", ".docx", ".csv"):
        assert bad.save(tmp_path / f"t{ending}").stat().st_size


def test_saving_says_what_is_wrong(table, tmp_path):
    with pytest.raises(AllianceError, match=r"\.html, \.tex, \.docx and \.csv|\.docx"):
        table.save(tmp_path / "t.pdf")
    table.save(tmp_path / "t.docx")
    with pytest.raises(AllianceError, match="exists already"):
        table.save(tmp_path / "t.docx")
    table.numbered(None).save(tmp_path / "t.docx", force=True)
    assert Document(tmp_path / "t.docx").paragraphs[0].text == "Reliability and Change"


def test_latex_turns_a_table_sideways_only_if_it_does_not_fit_a_page_upright():
    ten = [numbers(f"Quantity {place}", [place]) for place in range(10)]
    narrow, wide = (
        PublicationTable(title="Numbers", columns=tuple(columns)) for columns in (ten[:4], ten)
    )
    assert r"\begin{table}" in narrow.to_latex() and "rotating" not in narrow.to_latex()
    assert r"\begin{sidewaystable}" in wide.to_latex() and "rotating" in wide.to_latex()
