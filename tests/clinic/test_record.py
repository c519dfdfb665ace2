"""The record: what was known on the day, who was in therapy, and which sessions make the period."""

from datetime import date

import pandas as pd
import pytest

from alliance.clinic import Settings, make_record
from alliance.errors import AllianceError


def test_the_day_is_the_newest_date_and_who_is_in_therapy_follows(by_hand):
    record = make_record(by_hand, Settings())
    assert record.at == "2025-03-24"
    ending = record.clients.set_index("client")["ending"]
    assert ending.to_dict() == {"a": "in therapy", "b": "left, reason unknown"}
    assert record.decided == ("dates",)


def test_nothing_later_than_the_day_is_known(by_hand):
    record = make_record(by_hand, Settings(at="2025-01-13"))
    assert record.rows.loc[record.rows["client"] == "a", "session"].tolist() == [1, 2]
    with pytest.raises(AllianceError, match="on or before 2020"):
        make_record(by_hand, Settings(at="2020-01-01"))


def test_an_end_counts_from_its_day_and_a_status_gives_the_reason(by_hand):
    told = by_hand.assign(ended="2025-03-20", status="dropped out")
    told = told.where(told["client"] == "a", by_hand)
    ending = make_record(told, Settings()).clients.set_index("client")["ending"]
    assert ending["a"] == "drop-out"
    earlier = make_record(told, Settings(at="2025-03-19")).clients.set_index("client")["ending"]
    assert earlier["a"] == "in therapy"


def test_a_status_without_a_date_is_used_only_on_the_newest_day(by_hand):
    told = by_hand.assign(status=by_hand["client"].map({"a": "completed", "b": "active"}))
    for day in (None, "2025-03-24", "2025-12-24"):
        ending = make_record(told, Settings(at=day)).clients.set_index("client")["ending"]
        assert ending.to_dict() == {"a": "end of therapy", "b": "in therapy"}
    earlier = make_record(told, Settings(at="2025-03-23")).clients.set_index("client")["ending"]
    assert earlier.to_dict() == {"a": "in therapy", "b": "left, reason unknown"}


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("Discharged", "left, reason unknown"),
        ("TERMINATED", "left, reason unknown"),
        ("Inactive", "left, reason unknown"),
        ("Planned ending", "end of therapy"),
        ("abgeschlossen", "end of therapy"),
        ("Drop-Out", "drop-out"),
        ("laufend", "in therapy"),
    ],
)
def test_usual_words_for_how_a_therapy_stands_are_known(by_hand, word, ending):
    record = make_record(by_hand.assign(status=word), Settings())
    assert record.clients["ending"].tolist() == [ending] * 2


def test_an_unknown_word_is_asked_for_and_can_be_said(by_hand):
    told = by_hand.assign(status="auf Eis")
    with pytest.raises(AllianceError, match="'auf Eis'(.|\n)*--status-word"):
        make_record(told, Settings())
    record = make_record(told, Settings(statuses={"Auf Eis": "drop-out"}))
    assert record.clients["ending"].tolist() == ["drop-out"] * 2
    with pytest.raises(AllianceError, match="cannot mean"):
        make_record(told, Settings(statuses={"auf eis": "paused"}))


def test_a_slip_of_the_pen_does_not_move_the_day(by_hand):
    for wrong in ("2062-03-24", "2026-03-24"):
        told = by_hand.assign(date=by_hand["date"].replace({"2025-03-17": wrong}))
        record = make_record(told, Settings(), today=date(2025, 6, 1))
        assert record.at == "2025-03-24"
        assert record.counts["dated in the future"] == 1
        assert record.future == ("a",)
    # With the clock far ahead only a date half a year from all others is one.
    told = by_hand.assign(date=by_hand["date"].replace({"2025-03-17": "2026-03-24"}))
    assert make_record(told, Settings(), today=date(2030, 1, 1)).at == "2025-03-24"


def test_two_cases_of_one_client_are_two_courses(by_hand):
    told = by_hand.assign(case=by_hand["session"].gt(6).map({True: "2", False: "1"}))
    told.loc[told["session"].gt(6), "session"] -= 6
    record = make_record(told, Settings())
    assert record.clients["client"].tolist() == ["a · 1", "a · 2", "b"]
    assert record.clients["person"].tolist() == ["a", "a", "b"]


def test_periods_by_dates_and_by_sessions(by_hand):
    record = make_record(by_hand, Settings(start="2025-03-10", end="2025-03-24"))
    assert record.earlier == ("2025-02-23", "2025-03-09")
    periods = record.rows[record.rows["client"] == "a"]["period"].tolist()
    assert periods == [""] * 7 + ["before"] * 2 + ["this"] * 3
    sessions = make_record(by_hand, Settings(last_sessions=2))
    assert sessions.rows[sessions.rows["client"] == "a"]["period"].tolist() == (
        [""] * 8 + ["before"] * 2 + ["this"] * 2
    )


def test_without_dates_everybody_is_in_therapy_and_it_is_said(by_hand):
    record = make_record(by_hand.drop(columns="date"), Settings())
    assert record.clients["ending"].eq("in therapy").all()
    assert record.decided == ()
    assert record.last_sessions == 6 and record.at == ""
    with pytest.raises(AllianceError, match="column date"):
        make_record(by_hand.drop(columns="date"), Settings(at="2025-01-01"))


def test_blank_sessions_and_rows_set_aside_are_counted(by_hand):
    more = pd.DataFrame(
        {
            "client": ["a", "a", "a", "b"],
            "session": [13, 0, 20, 3],
            "date": ["2025-03-25", "2025-01-01", None, "2024-06-17"],
            "total": [None, 30.0, 30.0, 1.0],
            "rater": ["client", "client", "client", "therapist"],
            "instrument": "srs",
        }
    )
    record = make_record(pd.concat([by_hand, more], ignore_index=True), Settings())
    assert record.counts["numbered below 1 (intake)"] == 1
    assert record.counts["without a date"] == 1
    assert record.counts["by other raters"] == 1
    clients = record.clients.set_index("client")
    assert clients.loc["a", "blank"] == 1 and clients.loc["a", "last"] == 12


def test_what_is_not_clear_is_asked_for(by_hand):
    both = pd.concat([by_hand, by_hand.assign(instrument="wai-sr")], ignore_index=True)
    with pytest.raises(AllianceError, match="--instrument"):
        make_record(both, Settings())
    assert make_record(both, Settings(instrument="srs")).counts["of other questionnaires"] == 15
    with pytest.raises(AllianceError, match="There is no|has no scale"):
        make_record(by_hand, Settings(scale="bond"))
    outcome = pd.concat([by_hand, by_hand.assign(instrument="ors")], ignore_index=True)
    assert make_record(outcome, Settings()).instrument.key == "srs"


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "31.12.2024"},
        {"threshold": 1.0},
        {"draws": 0},
        {"min_clients": 0},
        {"last_sessions": 3, "start": "2024-01-01"},
        {"baseline": ("2024", "2025")},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(AllianceError, match="cannot be made"):
        Settings(**wrong)
