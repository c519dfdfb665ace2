"""Intake: from exports as they are to checked responses and scores, every problem with row and fix."""

from alliance.intake.check import Check, check
from alliance.intake.conversation import Conversation, begin
from alliance.intake.examine import WHOLE_FILE, Intake, examine, read
from alliance.intake.mapping import ExportMap, join_mappings, read_mapping
from alliance.intake.own_tables import read_any_table, read_sessions, read_table
from alliance.intake.plausibility import suspicions
from alliance.intake.scores import read_scores
from alliance.intake.starting_map import starting_map

__all__ = [
    "Check",
    "Conversation",
    "ExportMap",
    "Intake",
    "WHOLE_FILE",
    "begin",
    "check",
    "examine",
    "join_mappings",
    "read",
    "read_any_table",
    "read_mapping",
    "read_scores",
    "read_sessions",
    "read_table",
    "starting_map",
    "suspicions",
]
