"""The codes a rupture log may hold: what set a rupture off, how it showed, what was tried."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of the log.

    Parameters
    ----------
    key : str
        As it stands in a log.
    group : str
        What it is a code of: ``trigger``, ``withdrawal``, ``confrontation`` or ``strategy``.
    meaning : str
        One line.
    synonyms : tuple of str
        Other spellings that are read as this code.
    """

    key: str
    group: str
    meaning: str
    synonyms: tuple[str, ...] = ()


def _codes(group: str, *rows: tuple) -> tuple[Code, ...]:
    return tuple(
        Code(key=key, group=group, meaning=meaning, synonyms=synonyms)
        for key, meaning, *synonyms in rows
    )


TRIGGERS = _codes(
    "trigger",
    (
        "missed_cue",
        "something the client showed or said was passed over",
        "missed",
        "misattunement",
    ),
    ("interpretation", "an explanation or comment that did not fit or came too soon"),
    ("boundary", "time, fee, contact, privacy or roles", "boundaries", "frame"),
    (
        "cultural_difference",
        "background, language, faith, gender or another identity was misread or passed over",
        "culture",
        "cultural",
        "identity",
    ),
    ("power", "who decides, status, privilege, coercion", "power_difference", "authority"),
    ("expectations", "the two expected different things of therapy", "expectation", "goals"),
    ("other", "anything else; say what in `done` or a column of your own"),
)

WITHDRAWAL = _codes(
    "withdrawal",
    ("denies_problem", "says that nothing is wrong where something plainly is", "denial"),
    ("minimal_answers", "goes quiet or answers in a word or two", "minimal_response"),
    ("abstract_talk", "speaks in general terms, away from the felt matter", "abstract"),
    (
        "tells_stories_or_shifts_topic",
        "fills time or changes the subject",
        "avoidant_storytelling",
        "shifting_topic",
    ),
    (
        "over_compliance",
        "goes along and pleases instead of disagreeing",
        "deferential",
        "appeasing",
    ),
    ("feeling_mismatch", "face or voice does not fit what is said", "content_affect_split"),
    (
        "self_blame_or_hopelessness",
        "turns against the self or gives up",
        "self_criticism",
        "hopelessness",
    ),
)

CONFRONTATION = _codes(
    "confrontation",
    ("complains_about_therapist", "finds fault with the therapist", "complaints_about_therapist"),
    ("rejects_intervention", "turns down what the therapist offers", "rejects"),
    (
        "complains_about_activities",
        "finds fault with what is done in sessions",
        "complaints_about_activities",
    ),
    (
        "complains_about_arrangements",
        "finds fault with times, fees, rooms",
        "complaints_about_parameters",
    ),
    ("complains_about_progress", "finds that therapy does not help", "complaints_about_progress"),
    ("defends_self", "justifies the self against the therapist", "self_defence", "self_defense"),
    (
        "controls_or_pressures",
        "pushes the therapist to do something or not",
        "controlling",
        "pressures_therapist",
    ),
)

STRATEGIES = _codes(
    "strategy",
    ("clears_up_misunderstanding", "puts a misunderstanding right", "clarifies_misunderstanding"),
    (
        "changes_task_or_goal",
        "drops or alters what was being worked on",
        "changes_task",
        "changes_goal",
    ),
    ("explains_task", "shows or says what the work is for", "gives_rationale", "illustrates_task"),
    (
        "invites_feelings",
        "asks how the client feels about therapist or therapy",
        "invites_thoughts",
    ),
    (
        "owns_contribution",
        "says what the therapist did to bring it about",
        "acknowledges_contribution",
    ),
    (
        "shares_own_experience",
        "says how the exchange feels to the therapist",
        "discloses_experience",
    ),
    (
        "links_between_the_two",
        "points to a pattern between client and therapist",
        "links_to_patterns",
    ),
    (
        "links_to_other_relationships",
        "points to the client's relationships outside",
        "links_to_others",
    ),
    (
        "validates_guardedness",
        "shows that being guarded makes sense",
        "validates_defensive_posture",
    ),
    ("refocuses", "leads back to the work or the matter avoided", "redirects"),
)

MARKERS = (*WITHDRAWAL, *CONFRONTATION)

# The columns of a log that hold codes, several of them separated by semicolons.
CODES = MappingProxyType({"trigger": TRIGGERS, "markers": MARKERS, "strategies": STRATEGIES})
