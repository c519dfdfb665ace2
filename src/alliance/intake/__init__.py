"""Intake: from exports as they are to checked responses and scores, every problem with row and fix."""

from alliance.intake.check import Check as Check
from alliance.intake.check import check as check
from alliance.intake.conversation import Conversation as Conversation
from alliance.intake.conversation import begin as begin
from alliance.intake.examine import WHOLE_FILE as WHOLE_FILE
from alliance.intake.examine import Intake as Intake
from alliance.intake.examine import examine as examine
from alliance.intake.examine import read as read
from alliance.intake.mapping import ExportMap as ExportMap
from alliance.intake.mapping import join_mappings as join_mappings
from alliance.intake.mapping import read_mapping as read_mapping
from alliance.intake.own_tables import read_any_table as read_any_table
from alliance.intake.own_tables import read_sessions as read_sessions
from alliance.intake.own_tables import read_table as read_table
from alliance.intake.scores import read_scores as read_scores
from alliance.intake.starting_map import starting_map as starting_map
