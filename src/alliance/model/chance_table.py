"""The table of chance levels for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alliance.model.chance_result import ChanceBaseline
    from alliance.results import PublicationTable

PER_CLIENT = "episodes per client"
_SPANNERS = {"shuffled": "Own sessions shuffled", "simulated": "Simulated without ruptures"}


def paper_table(level: ChanceBaseline, number: int | None) -> PublicationTable:
    """Return the table of `ChanceBaseline.to_table`."""
    from alliance import results
    from alliance.results import columns

    table = level.summary()
    means = table["quantity"].eq(PER_CLIENT)

    def written(name: str) -> list[str]:
        coefficient = results.coefficients("", table[name].mask(means)).cells
        mean = results.numbers("", table[name]).cells
        return [m if is_mean else c for m, c, is_mean in zip(mean, coefficient, means, strict=True)]

    keys = [
        results.words(head, table[name])
        for head, name in (("Rule", "rule"), ("Rater", "rater"))
        if table[name].nunique() > 1
    ]
    beside = []
    for null in level.nulls:
        ends = zip(written(f"{null}_low"), written(f"{null}_high"), strict=True)
        cells = (
            columns.DASH if columns.DASH in pair else f"[{pair[0]}, {pair[1]}]" for pair in ends
        )
        beside += [
            results.Column(head="Expected", cells=written(null)).under(_SPANNERS[null]),
            results.Column(head="95% of draws", cells=tuple(cells)).under(_SPANNERS[null]),
            results.p_values("p", table[f"{null}_p"]).under(_SPANNERS[null]),
        ]
    return results.PublicationTable(
        number=number,
        title=f"Ruptures Found in the {level.scale} Score and Expected From Noise",
        columns=(
            *keys,
            results.words("Quantity", table["quantity"]),
            results.counts("n", table["n"]),
            results.Column(head="Found", cells=written("observed")),
            *beside,
        ),
        general=_general(level),
    )


def _general(level: ChanceBaseline) -> str:
    rules = " ".join(rule.text() for rule in level.rules)
    return (
        f"Shares are proportions: clients with a rupture of those judged, episodes repaired of "
        f"those repaired or unrepaired, episodes open of all. n is the number divided by. Expected "
        f"is the mean of {level.draws} draws; p is the share of draws with as much as found or "
        f"more, the data counted as one draw. {rules}"
    )
