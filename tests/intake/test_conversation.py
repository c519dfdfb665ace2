"""The open questions of a file, one by one: as values, and in the terminal."""

import io

import pandas as pd
import pytest

import alliance as al
from alliance.intake import begin, read_mapping

FORMS = (
    "Timestamp,Wie heissen Sie im Register?,"
    + ",".join(f"Wie sehr trifft Aussage {n} zu?" for n in "ABCDEFGHIJKL")
    + "\n3/14/2026 10:00:00,007,"
    + ",".join(["selten", "manchmal", "immer", "sehr oft"] * 3)
    + "\n3/21/2026 10:00:00,007,"
    + ",".join(["selten", "manchmal", "immer", "sehr oft"] * 3)
    + "\n"
)


def test_questions_are_asked_one_by_one_and_no_question_twice(write):
    talk = begin(write(FORMS))
    asked = []
    while talk.question is not None and len(asked) < 9:
        asked.append(talk.question.asks)
        wanted = "wai-sr" if talk.question.setting == "instrument" else None
        options = talk.question.options
        chosen = next((o for o in options if o.label.startswith(wanted or "")), options[0])
        talk = talk.answer(chosen)
    assert len(asked) == len(set(asked)) == 3
    assert talk.understood.instrument == "wai-sr" and len(talk.understood.items) == 12
    assert talk.preview["item_1"].tolist() == [1, 1] and talk.preview["session"].tolist() == [1, 2]


def test_a_word_and_an_answer_that_does_not_fit(clean, write):
    clean.loc[12, "wai_sr_3"] = "oefters"
    talk = begin(write(clean))
    assert talk.question.key == "oefters"
    with pytest.raises(al.AllianceError, match="must have a number"):
        talk.answer("three")
    assert talk.answer(3).understood.words == {"oefters": 3}
    assert talk.answer(None).question is None, "passed over"


def test_the_terminal_writes_the_mapping(write, tmp_path, monkeypatch, capsys):
    from alliance.cli import main

    path, mapping = write(FORMS), tmp_path / "map.toml"
    monkeypatch.setattr("sys.stdin", io.StringIO("wai-sr\n1\nWie heissen Sie im Register?\n"))
    assert main(["check", str(path), "--ask", "--write-mapping", str(mapping)]) == 0
    said = capsys.readouterr().out
    assert "item 12: Wie sehr trifft Aussage L zu?" in said and "as they would be read" in said
    assert read_mapping(mapping).client == "Wie heissen Sie im Register?"
    assert main(["score", str(path), "--mapping", str(mapping), "-o", str(tmp_path / "s.csv")]) == 0


def test_answers_that_end_too_early_are_said(write, monkeypatch, capsys):
    from alliance.cli import main

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["check", str(write(FORMS)), "--ask"]) == 2
    assert "it is open" in capsys.readouterr().err


def test_ready_made_scores_are_offered_where_no_items_are_found(tmp_path, capsys):
    """A file of totals: the scores become part of the mapping, which reads it without asking."""
    from alliance.cli import main

    path, mapping = tmp_path / "totals.csv", tmp_path / "map.toml"
    rows = [f"K1,2025-03-{day},{30 + day / 10}" for day in range(10, 22)]
    path.write_text("\n".join(["Client_ID,Session_Date,Total", *rows, "K1,2025-03-28,99"]) + "\n")
    talk = begin(path).state(instrument="srs")
    (option,) = talk.question.options
    assert option.settings["scores"] == {"total": "Total"} and option.settings["metric"] == "sum"
    talk = talk.answer(option)
    assert talk.question is None and talk.counts["rows"] == 13 and talk.counts["read"] == 12
    assert [problem.kind for problem in talk.problems if problem.serious] == ["out of range"]
    mapping.write_text(talk.understood.to_toml())
    assert begin(path, mapping=mapping).question is None
    scored = ["score", str(path), "--mapping", str(mapping), "-o", str(tmp_path / "s.csv")]
    assert main(scored) == 2 and "lie between 0 and 40" in capsys.readouterr().err
    with pytest.raises(al.AllianceError, match="ready-made scores"):
        al.read(path, mapping=mapping)


def test_which_sheet_is_asked_and_stays_in_the_mapping(clean, tmp_path):
    path, none = tmp_path / "book.xlsx", pd.DataFrame({"Notes": ["x", "y"], "More": [1, 2]})
    with pd.ExcelWriter(path) as book:
        none.to_excel(book, sheet_name="Cover", index=False)
        clean.iloc[:12].to_excel(book, sheet_name="Ann", index=False)
        clean.iloc[12:].to_excel(book, sheet_name="Bo", index=False)
    talk = begin(path)
    assert talk.question.setting == "sheet" and talk.sheets == ("Cover", "Ann", "Bo")
    assert talk.question.options[0].label == "Ann", "the likeliest is the first"
    one = talk.answer(talk.question.options[0])
    assert one.question is None and one.counts["read"] == 12 and one.understood.sheet == "Ann"
    both = one.state(sheet="all")
    assert both.counts["read"] == 24 and both.sheets == talk.sheets
    assert len(al.read(path, mapping=both.understood)) == 24
