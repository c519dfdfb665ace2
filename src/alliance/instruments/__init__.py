"""Instruments: what a questionnaire asks of its numbers, kept as data and checked on loading."""

from alliance.instruments.catalogue_files import Choice as Choice
from alliance.instruments.catalogue_files import KeyNeeded as KeyNeeded
from alliance.instruments.catalogue_files import called_in as called_in
from alliance.instruments.catalogue_files import choices as choices
from alliance.instruments.catalogue_files import instrument_names as instrument_names
from alliance.instruments.catalogue_files import instruments as instruments
from alliance.instruments.catalogue_files import keys_needed as keys_needed
from alliance.instruments.catalogue_files import known as known
from alliance.instruments.catalogue_files import load as load
from alliance.instruments.catalogue_files import load_for_totals as load_for_totals
from alliance.instruments.catalogue_files import template as template
from alliance.instruments.instrument import GRADES as GRADES
from alliance.instruments.instrument import METRICS as METRICS
from alliance.instruments.instrument import Instrument as Instrument
from alliance.instruments.key_file import load_file as load_file
from alliance.instruments.parts import Cutoff as Cutoff
from alliance.instruments.parts import Prompt as Prompt
from alliance.instruments.parts import ReliableChange as ReliableChange
from alliance.instruments.parts import Rights as Rights
from alliance.instruments.parts import WorkedCase as WorkedCase
