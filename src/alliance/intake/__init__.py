"""Intake: exports of any program become responses; nothing is scored and nothing is lost."""

from alliance.intake.examine import WHOLE_FILE, Intake, examine, read
from alliance.intake.mapping import ExportMap, join_mappings, read_mapping
from alliance.intake.own_tables import read_any_table, read_table
from alliance.intake.rupture_logs import examine_log, read_log
from alliance.intake.scores import read_scores
from alliance.intake.starting_map import starting_map

__all__ = [
    "WHOLE_FILE",
    "ExportMap",
    "Intake",
    "examine",
    "examine_log",
    "join_mappings",
    "read",
    "read_any_table",
    "read_log",
    "read_mapping",
    "read_scores",
    "read_table",
    "starting_map",
]
