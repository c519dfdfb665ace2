"""Instruments: what a questionnaire asks of its numbers, kept as data and checked on loading."""

from alliance.instruments.catalogue_files import (
    KeyNeeded,
    instrument_names,
    instruments,
    keys_needed,
    load,
    load_file,
    template,
)
from alliance.instruments.instrument import (
    GRADES,
    Cutoff,
    Instrument,
    Prompt,
    ReliableChange,
    WorkedCase,
)

__all__ = [
    "GRADES",
    "Cutoff",
    "Instrument",
    "KeyNeeded",
    "Prompt",
    "ReliableChange",
    "WorkedCase",
    "instrument_names",
    "instruments",
    "keys_needed",
    "load",
    "load_file",
    "template",
]
