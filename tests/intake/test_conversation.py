"""The open questions of a file, one by one: as values, and in the terminal."""

import io

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
