"""A small fixed part of the fuzzing: only the project's own errors come out of the readers."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="readers are limited on Linux")
def test_mutated_files_are_read_or_refused():
    path = Path(__file__).with_name("fuzz.py")
    spec = importlib.util.spec_from_file_location("fuzz", path)
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    counts = fuzz.run(files=168, seed=7)
    assert {each.split(",")[0] for each in counts} == {"read", "refused"}, counts
    assert counts.total() == 168
    assert counts["read"] > 20 and counts["refused"] > 20
