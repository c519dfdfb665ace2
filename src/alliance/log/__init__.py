"""The rupture log: what client, therapist or observer reported of a session, read, checked and joined."""

from alliance.log.check import RESOLVED_FROM as RESOLVED_FROM
from alliance.log.check import LogCheck as LogCheck
from alliance.log.check import check_log as check_log
from alliance.log.check import tidy_log as tidy_log
from alliance.log.columns import CODES as CODES
from alliance.log.columns import CONFRONTATION as CONFRONTATION
from alliance.log.columns import LOG as LOG
from alliance.log.columns import MARKERS as MARKERS
from alliance.log.columns import STRATEGIES as STRATEGIES
from alliance.log.columns import TRIGGERS as TRIGGERS
from alliance.log.columns import WITHDRAWAL as WITHDRAWAL
from alliance.log.columns import Code as Code
from alliance.log.counts import code_counts as code_counts
from alliance.log.counts import has_code as has_code
from alliance.log.counts import source_counts as source_counts
from alliance.log.episodes import of_one_source as of_one_source
from alliance.log.episodes import reports as reports
from alliance.log.file import examine_log as examine_log
from alliance.log.file import read_log as read_log
from alliance.log.form import write_log_form as write_log_form
