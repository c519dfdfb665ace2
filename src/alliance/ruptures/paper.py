"""The table of ruptures for a paper: what was found, and what the same rule finds in noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from alliance.results import PublicationTable
    from alliance.ruptures.found import Ruptures

_NULLS = {"shuffled": "Own sessions shuffled", "simulated": "Simulated without ruptures"}
_ROWS = (
    ("Clients judged", "judged", "count", ""),
    ("Clients with a rupture", "with_rupture", "count", ""),
    ("Clients with a rupture, % of those judged", "prevalence", "percent", "prevalence"),
    ("Ruptures", "ruptures", "count", "ruptures"),
    ("Repaired", "repaired", "count", ""),
    ("Unrepaired", "unrepaired", "count", ""),
    ("Open at the last session", "open", "count", ""),
    ("Repaired, % of those not open", "repair_rate", "percent", "repair_rate"),
)


def paper_table(found: Ruptures, level, number: int | None) -> PublicationTable:
    """Return the table of `Ruptures.to_table`; `level` is a `ChanceBaseline` or None."""
    from alliance import results

    counts = found.summary(chance=level or False)
    nulls = [name for name in _NULLS if f"prevalence_{name}" in counts]
    rows = [(row, *line) for row in counts.to_dict("records") for line in _ROWS]
    who = [results.words("Rater", [row["rater"] for row, *_ in rows])] if len(counts) > 1 else []
    expected = [
        results.Column(
            head=_NULLS[null],
            spanner="Expected from noise",
            cells=[_expected(row, name, kind, null) for row, _, _, kind, name in rows],
        )
        for null in nulls
    ]
    return results.PublicationTable(
        number=number,
        title=f"Ruptures Found by the Rule {found.rule.name} in the {found.scale} Score",
        columns=(
            *who,
            results.words("Quantity", [label for _, label, *_ in rows]),
            results.Column(
                head="Found", cells=[_written(row[name], k) for row, _, name, k, _ in rows]
            ),
            *expected,
        ),
        general=" ".join([_came_in(found, counts), found.text_of_rule(), _noise(level)]),
    )


def _written(value: float, kind: str) -> str:
    from alliance import results

    write = results.percents if kind == "percent" else results.counts
    return write("", [value]).cells[0]


def _expected(row: dict, name: str, kind: str, null: str) -> str:
    return _written(row[f"{name}_{null}"], kind) if name else ""


def _came_in(found: Ruptures, counts: pd.DataFrame) -> str:
    aside = found.rows - found.rated
    judged = " and ".join(
        f"of {row.clients} clients rated by the {row.rater} {row.not_judged} were not judged"
        for row in counts.itertuples()
    )
    scored = f"{found.rows:,} sessions came in and {aside:,} were set aside without a score"
    return f"{scored}; {judged}." if judged else f"{scored}."


def _noise(level) -> str:
    if level is None:
        return ""
    return f"Values expected from noise are means of {level.draws} draws of the same size."
