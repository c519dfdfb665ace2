"""Why a session was flagged, was not, or could not be judged: in words and numbers."""

import math
from functools import singledispatch
from statistics import fmean, variance
from typing import Protocol

import pandas as pd

from alliance.course import Courses
from alliance.errors import AllianceError, suggest
from alliance.joins import require_one_case
from alliance.rules import ChangePoint, Criterion, Cusum, Rule, RuptureRule, SuddenLoss
from alliance.rules.rupture_rule import REFERENCES
from alliance.rules.units import number
from alliance.ruptures.judging import critical_t


class Searched(Protocol):
    """What is asked of the result of a search to explain one of its sessions."""

    @property
    def frame(self) -> pd.DataFrame:
        """The episodes."""

    @property
    def rule(self) -> Rule:
        """The criterion."""

    @property
    def prospective(self) -> bool:
        """Was each session judged only by what was known on its day?"""

    @property
    def courses(self) -> Courses:
        """The scores searched."""

    @property
    def flags(self) -> pd.DataFrame:
        """What was found at each rated session."""

    @property
    def clients(self) -> pd.DataFrame:
        """What was found in each course."""


def explain(found: Searched, client: str, session: int, rater: str | None) -> str:
    """Return the explanation for one session; see `Ruptures.why`."""
    _check_known(found, str(client), rater)
    course = found.flags[found.flags["client"] == str(client)]
    who = (
        f"Client {client}, session {session}, {found.courses.scale} rated by {found.courses.rater}"
    )
    here = course[course["session"] == session]
    if here.empty:
        return f"{who}: not rated. A gap is neither a rupture nor the absence of one."
    row = here.iloc[0]
    if pd.isna(row["flagged"]):
        return f"{who}: not judged. {_not_judged(found, str(client), course, row)}"
    verdict = "flagged" if row["flagged"] else "not flagged"
    numbers = _numbers(found.rule.rupture, found, course, row)
    return f"{who}: {verdict}. {numbers} {_fate(found, row)}".strip()


def _check_known(found: Searched, client: str, rater: str | None) -> None:
    known = found.courses.clients
    if client not in set(known):
        raise AllianceError(f"There is no client '{client}'.{suggest(client, known)}")
    if rater is not None and rater != found.courses.rater:
        raise AllianceError(
            f"Only scores rated by '{found.courses.rater}' were searched, not by '{rater}'.\n"
            f"To fix: search those, with rater='{rater}'."
        )
    require_one_case(known[known == client])


def _not_judged(found: Searched, client: str, course: pd.DataFrame, row: pd.Series) -> str:
    clients = found.clients
    entry = clients[clients["client"] == client].iloc[0]
    if entry["reason"]:
        return f"The client could not be judged at all: {entry['reason']}."
    rule, known = found.rule.rupture, course[course["session"] <= row["session"]]
    if found.prospective and len(known) < found.rule.minimum_sessions:
        return (
            f"Only {len(known)} sessions were rated by then; the rule needs "
            f"{found.rule.minimum_sessions}."
        )
    # Checked before the gap: a first session has no neighbour at any distance.
    if len(known) == 1 and (rule.step_rule or rule.compared_with):
        return "It is the first rated session, so there is nothing to compare it with."
    gap = row["session"] - known["session"].iloc[-2] if len(known) > 1 else 0
    if rule.step_rule and rule.neighbours_within < gap and not rule.skips_gaps:
        return (
            f"The rated session before it is {gap} sessions away; the rule compares sessions at "
            f"most {rule.neighbours_within} apart."
        )
    if not rule.judges_last:
        return (
            "The rule needs two rated sessions among the three up to the one before it, and two "
            "among the three from it on."
        )
    return "There were too few rated sessions for the rule's reference or unit."


@singledispatch
def _numbers(rule: Criterion, found: Searched, course: pd.DataFrame, row: pd.Series) -> str:
    raise AllianceError(f"{type(rule).__name__} is not a rupture rule.")


def _worse(found: Searched) -> tuple[str, str, int]:
    return ("below", "above", 1) if found.courses.sign == 1 else ("above", "below", -1)


@_numbers.register(RuptureRule)
def _compared(rule: RuptureRule, found: Searched, course: pd.DataFrame, row: pd.Series) -> str:
    below, above, sign = _worse(found)
    fall = sign * (row["reference"] - row["score"])
    where = f"{number(abs(fall))} {below if fall >= 0 else above}"
    what = REFERENCES[rule.reference]
    if pd.notna(row["reference_session"]):
        what += f" (session {row['reference_session']})"
    return (
        f"The score of {number(row['score'])} lay {where} {what}, {number(row['reference'])}. "
        f"{_asked(found, rule, row)} The limit was {number(row['limit'])}."
    )


def _asked(found: Searched, rule: RuptureRule, row: pd.Series) -> str:
    asked = f"The rule asks for {rule.inequality} {rule.amount_text(rule.threshold)}"
    if rule.unit != "points":
        needed = rule.threshold * row["unit"]
        asked += (
            f", here {number(rule.threshold)} x {number(row['unit'])} = {number(needed)} points"
        )
    if found.rule.minimum_drop:
        asked += f", and for at least {number(found.rule.minimum_drop)} points"
    return asked + "."


@_numbers.register(SuddenLoss)
def _sudden(rule: SuddenLoss, found: Searched, course: pd.DataFrame, row: pd.Series) -> str:
    sign = _worse(found)[2]
    start = row["reference_session"]
    near = course["session"].between(start - 2, start)
    pre = (sign * course.loc[near, "score"]).tolist()
    near = course["session"].between(row["session"], row["session"] + 2)
    post = (sign * course.loc[near, "score"]).tolist()
    df = len(pre) + len(post) - 2
    # Pooled over the sessions observed on either side, as the rule itself has it.
    spread = ((len(pre) - 1) * variance(pre) + (len(post) - 1) * variance(post)) / df
    needed = critical_t(rule.alpha, df) * math.sqrt(spread)
    fall = sign * (row["reference"] - row["score"])
    return (
        f"From session {start} the score went from {number(row['reference'])} to "
        f"{number(row['score'])}, a change for the worse of {number(fall)} points. "
        f"(1) The rule asks for at least {number(rule.cutoff * row['unit'])}, (2) for at least "
        f"{number(100 * rule.share)}% of {number(abs(row['reference']))}, which is "
        f"{number(rule.share * abs(row['reference']))}, and (3) for means that differ by more than "
        f"{number(needed)}; they differ by {number(fmean(pre) - fmean(post))}."
    )


@_numbers.register(Cusum)
def _cumulated(rule: Cusum, found: Searched, course: pd.DataFrame, row: pd.Series) -> str:
    sign = _worse(found)[2]
    total = 0.0
    for score in course.loc[course["session"] <= row["session"], "score"]:
        fall = sign * (row["reference"] - score)
        total = max(0.0, total + fall - rule.allowance * row["unit"])
    return (
        f"The cumulative sum of falls beyond {number(rule.allowance * row['unit'])} points from "
        f"the client's own mean of {number(row['reference'])} stood at {number(total)} points; "
        f"the rule asks for more than {number(rule.decision * row['unit'])}."
    )


@_numbers.register(ChangePoint)
def _changed(rule: ChangePoint, found: Searched, course: pd.DataFrame, row: pd.Series) -> str:
    if row["flagged"]:
        return (
            f"A stretch with a lower mean began with its score of {number(row['score'])}; the "
            f"mean of the stretch before was {number(row['reference'])}."
        )
    return "No stretch with a lower mean began with it."


def _fate(found: Searched, row: pd.Series) -> str:
    frame = found.frame
    own = frame[frame["client"] == row["client"]]
    # Overlapping episodes may hold the session twice: the later one is told.
    own = own[(own["onset"] <= row["session"]) & (own["end"] >= row["session"])]
    if own.empty:
        still = "It is still low after a rupture whose window has passed, not a new rupture."
        return still if row["flagged"] else ""
    episode = own.iloc[-1]
    if episode["onset"] == row["session"]:
        begins = f"It began a rupture that was {episode['outcome']}"
        return (
            f"{begins} at session {episode['end']}."
            if episode["end"] > row["session"]
            else f"{begins}."
        )
    if episode["end"] == row["session"] and episode["outcome"] == "repaired":
        return f"It repaired the rupture that began at session {episode['onset']}."
    return f"It belongs to the rupture that began at session {episode['onset']}."
