"""Instruments: what a questionnaire asks of its numbers, kept as data and checked on loading."""

from alliance.instruments.catalogue_files import (
    Choice,
    KeyNeeded,
    called_in,
    choices,
    instrument_names,
    instruments,
    keys_needed,
    known,
    load,
    load_file,
    load_for_totals,
    template,
)
from alliance.instruments.instrument import GRADES, METRICS, Instrument
from alliance.instruments.parts import Cutoff, Prompt, ReliableChange, Rights, WorkedCase

__all__ = [
    "GRADES",
    "METRICS",
    "Choice",
    "Cutoff",
    "Instrument",
    "KeyNeeded",
    "Prompt",
    "ReliableChange",
    "Rights",
    "WorkedCase",
    "called_in",
    "choices",
    "instrument_names",
    "instruments",
    "keys_needed",
    "known",
    "load",
    "load_file",
    "load_for_totals",
    "template",
]
