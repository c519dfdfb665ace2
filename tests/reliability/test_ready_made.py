"""Ready-made scores: what can be said without items is said, and what cannot is said, too."""

import math

import pandas as pd
import pytest

import alliance as al
from alliance.errors import AllianceError
from alliance.reliability import icc


@pytest.fixture
def sessions():
    """Four clients, two sessions, both raters; one score is missing."""
    rows = [
        (f"c{client}", session, rater, score)
        for client, scores in enumerate([(3, 4, 2, 4), (4, 4, 3, 4), (2, 3, 2, 2), (5, 5, 4, None)])
        for (session, rater), score in zip(
            [(1, "client"), (2, "client"), (1, "therapist"), (2, "therapist")], scores, strict=True
        )
    ]
    return pd.DataFrame(rows, columns=["client", "session", "rater", "bond"])


def test_first_sessions_are_counted_and_averaged(sessions):
    frame = al.assess_reliability(sessions).frame.set_index("rater")
    assert frame.loc["client", "first_mean"] == 3.5
    assert frame.loc["client", "first_sd"] == pytest.approx(math.sqrt(5 / 3))
    assert frame.loc["therapist", ["forms", "incomplete", "clients"]].tolist() == [8, 1, 4]
    assert frame[["alpha", "omega", "within_person", "reliable_change"]].isna().all(axis=None)
    assert frame["note"].str.contains("answers to the items").all()


def test_raters_are_compared_as_icc_does(sessions):
    found = al.assess_reliability(sessions).agreement
    first = sessions[sessions["session"] == 1]
    expected = icc(first, targets="client", raters="rater", scores="bond")
    own = found[found["question"] == "raters agree"]
    pd.testing.assert_frame_equal(own[expected.columns].reset_index(drop=True), expected)


def test_text_says_what_cannot_be_judged_and_gives_the_rest(sessions):
    text = al.assess_reliability(sessions, rater="client").text()
    assert "cannot be judged without the answers" in text
    assert "8 scores of 4 clients, first sessions M = 3.50, SD = 1.29" in text


def test_unknown_rater_is_refused(sessions):
    with pytest.raises(AllianceError, match="no rater 'observer'"):
        al.assess_reliability(sessions, rater="observer")


def test_scores_are_counted(sessions):
    counts = al.score_counts(sessions).set_index("rater")
    assert counts.loc["client", ["came_in", "scored", "set_aside"]].tolist() == [8, 8, 0]
    assert counts.loc["therapist", ["came_in", "scored", "set_aside"]].tolist() == [8, 7, 1]
    assert counts.loc["therapist", "reasons"] == "no score in the file (1)"


def test_several_questionnaires_are_refused_as_by_every_analysis(sessions):
    two = pd.concat([sessions.assign(instrument="srs"), sessions.assign(instrument="wai-sr")])
    with pytest.raises(AllianceError, match="several instruments: srs, wai-sr"):
        al.assess_reliability(two)
