"""Clients with several cases: refused in words wherever another table is joined by client and session."""

import numpy as np
import pytest

import alliance as al
from alliance.compare import against_truth
from alliance.effects import conventional_analyses
from alliance.simulate import World, simulate

STUDY = simulate(World(name="two cases", second_rater=True), clients=15, seed=1)
LATER = STUDY.sessions["session"].gt(5)
SESSIONS = STUDY.sessions.assign(
    case=np.where(LATER, "second", "first"), session=STUDY.sessions["session"] - 5 * LATER
)
FOUND = al.find_ruptures(SESSIONS, "own-mean", rater="client")

JOINS = {
    "reported_gain": lambda: al.reported_gain(SESSIONS, STUDY.log, rater="client"),
    "repair_gain": lambda: al.repair_gain(SESSIONS, draws=0, log=STUDY.log, rater="client"),
    "outcome_gain": lambda: al.outcome_gain(SESSIONS, STUDY.outcomes, rater="client"),
    "outcome_by_history": lambda: al.outcome_by_history(al.histories(FOUND), STUDY.outcomes),
    "conventional_analyses": lambda: conventional_analyses(SESSIONS, FOUND),
    "conventional_analyses of one case": lambda: conventional_analyses(
        SESSIONS[~LATER].drop(columns="case"), FOUND
    ),
    "why": lambda: FOUND.why(
        FOUND.clients.loc[FOUND.clients["client"].duplicated(), "client"].iloc[0], 2
    ),
    "cumulative_incidence": lambda: al.cumulative_incidence(FOUND),
    "compare_with_log": lambda: al.compare_with_log(FOUND, STUDY.log, asked="rated"),
    "compare_raters": lambda: al.compare_raters(SESSIONS),
    "rating_drop": lambda: al.rating_drop_in_other_rater(FOUND, SESSIONS),
    "unreported_signs": lambda: al.unreported_signs(SESSIONS, FOUND),
    "compare_with_log, pulses": lambda: al.compare_with_log(
        al.model.find_pulses(SESSIONS, rater="client"), STUDY.log, asked="rated"
    ),
    "against_truth": lambda: against_truth(FOUND, STUDY.episodes),
}


@pytest.mark.parametrize("name", JOINS)
def test_several_cases_are_refused_where_a_table_cannot_tell_them_apart(name):
    with pytest.raises(al.AllianceError, match="has several cases"):
        JOINS[name]()


def test_one_case_of_each_client_is_no_hindrance():
    first = SESSIONS[SESSIONS["case"] == "first"]
    assert len(al.compare_raters(first, draws=0).clients) > 3
    chosen = al.courses(SESSIONS, rater="client")
    assert len(chosen.clients) > len(set(chosen.clients))
