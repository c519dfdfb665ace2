"""Options that several commands share, as values: the data, the scores meant, the files to write."""

import argparse
from typing import Any

from alliance.cli.command import Group, option, reads, writes
from alliance.errors import AllianceError, join_names

# `--keep a b` and `--keep a --keep b` mean the same.
_MANY: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
# A name without an ending is written as CSV.
TABLES = (".csv", ".txt", ".xlsx", "")
PICTURES = (".png", ".svg", ".pdf")

EXPORT = reads("export EXPORT", "CSV, Excel, SPSS, Stata or Parquet file")
SESSIONS = reads("sessions SESSIONS", "table made by `alliance score`")
ITEMS = reads("--items EXPORT", "the export with the answers behind it")
MAPPING = reads("--mapping FILE", "a mapping file, see check --write-mapping")
INSTRUMENT = reads("--instrument NAME", "questionnaire, or a key file")

SCALE = option("--scale", "scale", default="total")
RATER = option("--rater WHO", "whose scores, if several rated")
LOWER_IS_BETTER = option("--lower-is-better", "a rise is the rupture")
WHEN = option("--when", "which rating, if a session has two", choices=("before", "after"))
SCORES = (SCALE, RATER, INSTRUMENT.but(help="which questionnaire, if several"), WHEN)

LOG = reads("--log FILE", "rupture log, see `alliance log`")
PARTIAL = option("--partial", "go on though over a fifth of its clients are in no session")
SOURCE = option("--source WHO", "whose reports, if several kept the log")

RULE = option("--rule NAME", "a rule, or pulse", default="own-mean")
DRAWS = option("--draws N", "draws of noise", default=199)
SEED = option("--seed", "seed of the draws", default=0)
WORKERS = option("--workers N", "processes", default=1)
CLUSTER = option("--cluster ADDRESS", "of a dask scheduler, to simulate on many computers")

SET_ASIDE = option("--set-aside", "leave out cells and rows that cannot stand")
ALL_ROWS = option("--all-rows", "show every row of every problem")
FORCE = option("--force", "overwrite existing files; never an input")
OUTPUT = writes("-o --output FILE", "write the table as .csv or .xlsx too", endings=TABLES)
FIGURE = writes("--figure FILE", "draw, as .png, .svg or .pdf", endings=PICTURES)
PAPER_TABLE = writes(
    "--table FILE",
    "write the table for a paper (APA), as .docx, .tex, .html or .csv",
    endings=(".docx", ".tex", ".html", ".csv"),
)
WRITTEN = (OUTPUT, FIGURE, PAPER_TABLE, FORCE)

KEEP = option("--keep COLUMN ...", "keep a column as it is, after a look at it")
DATES = option(
    "--dates",
    "days since the client's first date, the dates, or neither",
    choices=("days", "keep", "drop"),
    default="days",
)
LEAST = option("--k N", "clients that must share what is said of one", default=5)
ACCEPT = option("--accept", "share the table although fewer clients than --k share it")

ENCODING = option("--encoding NAME", "of a text file, if it is not found out")
SEPARATOR = option("--separator MARK", "of a text file, if it is not found out")
SHEET = option("--sheet NAME", "of a workbook, if several fit")
SHEETS = option("--sheets all", "join the sheets that are alike", dest="sheet")
FILE_SETTINGS = (ENCODING, SEPARATOR, SHEET, SHEETS)
MISSING = option("--missing CODE ...", "code for a missing answer")

# Every setting of `alliance.read`: a command can read whatever Python can.
COLUMNS = Group(
    title="what the columns mean (all optional where the names are clear)",
    about='patterns may hold {item}, {session} and {rater}: --items "s{session}_wai_{item}"',
    options=(
        MAPPING,
        INSTRUMENT,
        *(option(f"--{name} COLUMN") for name in ("client", "session", "therapist", "date")),
        option(
            "--case COLUMN", "episode of care, in which numbers restart; split: tell them apart"
        ),
        option("--moment COLUMN", "says whether a rating was made before or after the session"),
        option(
            "--covariate COLUMN",
            "columns that travel along, never taken for scores",
            **_MANY,
            dest="covariates",
        ),
        option("--rater WHO", "who filled the questionnaires in"),
        option("--rater-column COLUMN"),
        option(
            "--items [RATER=]PATTERN ...",
            'pattern of the item columns, e.g. "wai_{item}" (repeatable, by rater)',
        ),
        option("--total SCALE=COLUMN ...", "ready-made score to compare"),
        option("--scores SCALE=COLUMN ...", "ready-made scores, in a file without answers"),
        option("--metric", "metric of scores", choices=("mean", "sum", "scaled")),
        option("--word WORD=CODE ...", "response word"),
        MISSING,
        option("--session-word WORD=NUMBER ...", "which session a word means"),
        option("--already-reversed ITEM", "items held reversed already", **_MANY, type=int),
        option("--day-first", "03/04/2024 is 3 April", action=argparse.BooleanOptionalAction),
        option("--longest-break DAYS", "before a new therapy is asked about, 183", type=int),
        option("--first-code CODE", "0 if the file counts from 0", type=float),
        option("--divide-by NUMBER", "10 for lines stored as 0-100", type=float),
        *FILE_SETTINGS,
    ),
)


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts as a table; `option` is what they were given with."""
    wrong = [text for text in texts if "=" not in text]
    if wrong:
        raise AllianceError(f"{option} takes NAME=VALUE, not {join_names(map(repr, wrong))}.")
    return dict(text.split("=", 1) for text in texts)
