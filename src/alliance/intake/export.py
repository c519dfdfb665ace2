"""Export: the cells of a file as they stand in it, and what the file says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from alliance.errors import Problem


@dataclass(frozen=True, eq=False, kw_only=True)
class Export:
    """The cells of a file as they stand in it."""

    name: str  # The file's name, without its folder
    # Text or numbers; the index ``row`` is the row in the file, the first one being 1 (for SPSS,
    # Stata and Parquet the number of the case).
    cells: pd.DataFrame
    # For columns of SPSS or Stata files, the value labels by code.
    labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    # {'plain', 'REDCap', 'REDCap labels', 'Qualtrics', 'Microsoft Forms', 'LimeSurvey'}.
    kind: str = "plain"
    read_as: str  # How the file was read, in words
    repeated: frozenset[str] = frozenset()  # Names that stand over more than one column
    # What a column is called at length: a question, or a variable's label.
    captions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()  # What the file itself makes known
