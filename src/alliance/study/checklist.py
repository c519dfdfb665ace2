"""The reporting checklist: what reviewers ask for by STROBE, filled in as far as the data tell."""

from collections.abc import Mapping

import pandas as pd

from alliance.files import stated
from alliance.instruments import known
from alliance.model import ChanceBaseline
from alliance.ruptures import Ruptures
from alliance.ruptures.history import Histories
from alliance.scoring import score_counts
from alliance.tables import scale_columns

YOURS = "to be written by the authors"


def missing_scores(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return for each rater and scale the rows, those with a score, and the share without."""
    scales = scale_columns(sessions)
    parts = [
        (rater, scale, len(part), part[scale].count())
        for rater, part in sessions.groupby("rater")
        for scale in scales
    ]
    table = pd.DataFrame(parts, columns=["rater", "scale", "rows", "with_score"])
    return table.assign(share_missing=1 - table["with_score"] / table["rows"])


def follow_up(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return for each rater how long clients were followed: rated sessions and session numbers.

    Columns: rater, clients, sessions (median rated), fewest, most, last_session (median number
    of the last), missed (share of numbers between first and last without a row).
    """
    courses = sessions.groupby(["rater", "client"])["session"].agg(["size", "min", "max"])
    courses["span"] = courses["max"] - courses["min"] + 1
    by = courses.groupby("rater")
    table = {
        "clients": by.size(),
        "sessions": by["size"].median(),
        "fewest": by["size"].min(),
        "most": by["size"].max(),
        "last_session": by["max"].median(),
        # Numbers between the first and the last session that no row holds were missed.
        "missed": 1 - by["size"].sum() / by["span"].sum(),
    }
    return pd.DataFrame(table).reset_index()


def checklist(
    sessions: pd.DataFrame,
    found: Ruptures,
    courses: Histories,
    *,
    level: ChanceBaseline | None = None,
) -> pd.DataFrame:
    """Return the checklist: item (number in STROBE for cohort studies), asks, here.

    `level` is what the same rule finds in noise.

    von Elm, E., et al. (2007). The Strengthening the Reporting of Observational Studies in
    Epidemiology (STROBE) statement. PLoS Medicine, 4(10), e296. doi:10.1371/journal.pmed.0040296
    """
    counts = sessions.groupby("rater")["client"].nunique()
    people = "; ".join(f"{rater}: {count} clients" for rater, count in counts.items())
    facts = {
        "yours": YOURS,
        "people": people,
        "rule": found.rule.text(),
        "measured": _measured(sessions),
        "noise": "not computed" if level is None else level.text(),
        "metric": _metric(sessions),
        "missing": _missing_rule(sessions),
        "events": _events(found, courses),
    }
    items = stated("study/checklist.toml")["items"]
    rows = [(item, asks, here.format_map(facts)) for item, asks, here in items]
    return pd.DataFrame(rows, columns=["item", "asks", "here"])


def _measured(sessions: pd.DataFrame) -> str:
    if "instrument" not in sessions.columns:
        return "the questionnaire is not named in the table"
    lines = []
    for key in sorted(sessions["instrument"].dropna().unique()):
        entry = known(key)
        lines.append(f"{key}: {entry.name}; {entry.reference}" if entry else f"{key}: own key")
    return "; ".join(lines)


def _metric(sessions: pd.DataFrame) -> str:
    if "metric" not in sessions.columns:
        return "scores are used as they are"
    names = {"mean": "means of items", "sum": "sums of items", "scaled": "scaled scores"}
    used = sorted(sessions["metric"].dropna().unique())
    return "scores are " + " and ".join(names.get(metric, metric) for metric in used)


def _missing_rule(sessions: pd.DataFrame) -> str:
    rules = "sessions without a score are gaps, never steps; nothing was imputed"
    if "prorated" in sessions.columns:
        count = int(sessions["prorated"].fillna("").ne("").sum())
        return f"{rules}; {count} of {len(sessions)} rows were scored although answers were missing"
    return rules


def _events(found: Ruptures, courses: Histories) -> str:
    counts = found.frame["outcome"].value_counts()
    fates = ", ".join(
        f"{counts.get(name, 0)} {name}" for name in ("repaired", "unrepaired", "open")
    )
    kinds = courses.frame["kind"].value_counts()
    return f"{len(found.frame)} ruptures ({fates}); courses: " + ", ".join(
        f"{count} {kind}" for kind, count in kinds.items()
    )


def tables_of(
    sessions: pd.DataFrame,
    found: Ruptures,
    courses: Histories,
    *,
    level: ChanceBaseline | None = None,
) -> Mapping[str, pd.DataFrame]:
    """Return the tables that the checklist speaks of, by title."""
    tables = {
        "Checklist": checklist(sessions, found, courses, level=level),
        "Numbers by step": courses.flow(),
        "Missing scores": missing_scores(sessions),
        "Follow-up": follow_up(sessions),
    }
    if "set_aside" in sessions.columns:
        tables["Set aside"] = score_counts(sessions)
    return tables
