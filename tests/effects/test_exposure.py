"""Which sessions are used, and what they were exposed to: tables that can be checked by eye."""

import numpy as np
import pandas as pd
import pytest

from alliance import AllianceError
from alliance.course import Courses
from alliance.effects import reported_exposure
from alliance.effects.gains import ROLES
from alliance.log import reports

LETTERS = dict(zip(ROLES, "uxcs", strict=True))


def series(scores, sessions=None) -> Courses:
    sessions = range(1, len(scores) + 1) if sessions is None else sessions
    return Courses(scores=scores, sessions=list(sessions), offsets=[0, len(scores)])


def shown(told) -> tuple[str, str]:
    """Return roles as letters (used, x rupture, recovery, settling) and repairs."""
    letters = "".join(LETTERS[ROLES[code]] for code in told.role)
    return letters, "".join(f"{count:.0f}" for count in told.repairs)


def test_reports_set_their_sessions_aside_but_not_those_around_them():
    scores = series(np.zeros(8), sessions=[1, 2, 3, 4, 6, 7, 8, 9])
    told = reported_exposure(
        scores, [0], np.array([3]), np.array([5]), np.array([True]), settling_sessions=0
    )
    assert shown(told) == ("uuxxuuuu", "00001111")
    told = reported_exposure(
        scores, [0], np.array([3]), np.array([5]), np.array([True]), settling_sessions=2
    )
    assert shown(told)[0] == "uuxxcsuu"
    assert told.repairs[-2:].tolist() == [1, 1]


def test_a_report_that_was_not_repaired_is_open_if_nothing_follows():
    scores = series(np.zeros(4))
    for end, expected in ((3, [0, 1, 0]), (4, [0, 0, 1])):
        told = reported_exposure(
            scores, [0], np.array([2]), np.array([end]), np.array([False]), settling_sessions=2
        )
        assert told.counts.tolist() == [expected]
        assert told.repairs.tolist() == [0, 0, 0, 0]


RATED = pd.DataFrame({"client": "a", "session": [1, 2, 3, 4, 5, 7, 8, 9]})
LOGS = {
    "one session": ([3], [1], [1], [(3, 3, True)]),
    "two in a row": ([3, 4], [1, 1], [0, 1], [(3, 4, True)]),
    "resolved between": ([3, 4], [1, 1], [1, 0], [(3, 3, True), (4, 4, False)]),
    "a rated session between": ([3, 5], [1, 1], [0, 1], [(3, 3, False), (5, 5, True)]),
    "an unrated session between": ([5, 7], [1, 1], [0, 1], [(5, 7, True)]),
    "resolved in a session without tension": ([3, 4], [1, 0], [0, 1], [(3, 3, True)]),
    "a session without tension is no report": ([3, 4], [1, 0], [0, 0], [(3, 3, False)]),
    "resolution of nothing": ([3], [0], [1], []),
    "resolution after quiet sessions is of nothing": ([3, 5], [1, 0], [0, 1], [(3, 3, False)]),
}


@pytest.mark.parametrize("name", LOGS)
def test_joining_reported_sessions(name):
    session, tension, resolution, expected = LOGS[name]
    log = pd.DataFrame(
        {"client": "a", "session": session, "tension": tension, "resolution": resolution}
    )
    found = reports(log, RATED)
    assert [
        tuple(row) for row in found[["onset", "end", "repaired"]].itertuples(index=False)
    ] == expected
    shuffled = reports(log.sample(frac=1, random_state=1), RATED)
    pd.testing.assert_frame_equal(found, shuffled)


def test_without_columns_every_row_is_a_report_and_none_is_repaired():
    found = reports(pd.DataFrame({"client": ["007"], "session": [3]}), RATED)
    assert found.to_numpy().tolist() == [["007", 3, 3, False]]


def test_several_sources_must_be_told_apart():
    log = pd.DataFrame({"client": "a", "session": [3, 3], "source": ["client", "observer"]})
    with pytest.raises(AllianceError, match="several sources: client, observer"):
        reports(log, RATED)


def test_the_simulated_log_is_joined_into_its_reports():
    from alliance.simulate import simulate, worlds

    study = simulate(worlds()["R0d"], clients=150, seed=4)
    joined = reports(study.log, study.sessions)
    expected = study.reports[["client", "onset", "end", "repaired"]]
    together = expected.merge(joined, on=["client", "onset", "end", "repaired"])
    # Reports that touch without a resolution between them cannot be told apart.
    assert len(together) >= 0.97 * len(expected)
