"""Client, therapist and observer compared: who reported a rupture in the same session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from alliance.arrays import Floats
from alliance.checks import check_number
from alliance.compare.circular_shift import beside_chance, circular_shift, client_codes
from alliance.compare.measures import share
from alliance.compare.records import answers
from alliance.compare.two_by_two import (
    BOTH,
    FIRST_ONLY,
    NEITHER,
    SECOND_ONLY,
    estimates,
    tables_by_client,
    value_of,
)
from alliance.errors import AllianceError
from alliance.log import tidy_log
from alliance.results import Result

_BY = "by_"


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceAgreement(Result):
    """How far those who reported on the same sessions agree.

    Parameters
    ----------
    frame : DataFrame
        One row for each pair of sources: ``first``, ``second``; ``clients`` and ``sessions`` about
        which both were asked; ``both``, ``first_only``, ``second_only``, ``neither``;
        ``first_yes`` and ``second_yes`` (share of sessions reported); ``on_yes`` (sessions both
        report, as a share of the mean of those each does); ``kappa`` with ``low`` and ``high``
        (jackknife over clients), ``chance``, ``chance_low``, ``chance_high`` and ``p``.
    sessions : DataFrame
        client, session and one column for each source (``by_therapist``): True, False, or
        missing (not asked).
    confidence : float
    draws : int
    """

    sessions: pd.DataFrame
    confidence: float
    draws: int

    def facts(self) -> Mapping[str, object]:
        """Return the pairs, one after the other."""
        return {"pairs": self.frame.to_dict("records")}

    def noticed(self) -> pd.DataFrame:
        """Return who reported: sessions by the set of sources that said yes, where all were asked.

        Returns
        -------
        DataFrame
            ``reported_by`` ("client and therapist", "nobody" ...), ``sessions``, ``share``.
        """
        columns = [name for name in self.sessions.columns if name.startswith(_BY)]
        names = [name.removeprefix(_BY) for name in columns]
        table = self.sessions.dropna(subset=columns)
        reported = [
            " and ".join(name for name, yes in zip(names, row, strict=True) if yes) or "nobody"
            for row in table[columns].to_numpy(bool)
        ]
        counts = pd.Series(reported, dtype="str").value_counts().rename_axis("reported_by")
        counts = counts.rename("sessions").reset_index()
        return counts.assign(share=counts["sessions"] / max(len(table), 1))


def compare_sources(
    log: pd.DataFrame,
    *,
    asked: pd.DataFrame | None = None,
    confidence: float = 0.95,
    draws: int = 199,
    seed: np.random.Generator | int = 0,
) -> SourceAgreement:
    """Compare all pairs of sources of a rupture log, session by session.

    Parameters
    ----------
    log : DataFrame
        A rupture log of several sources, see `alliance.read_log`.
    asked : DataFrame, optional
        Sessions about which the sources were asked, if the log holds only reported ruptures:
        client and session, and ``source`` where they differ by source. What is neither in the
        log nor here was not asked about, and is not taken for a no.
    confidence, draws, seed
        As in `compare_with_log`.

    Returns
    -------
    SourceAgreement

    Raises
    ------
    AllianceError
        If there is only one source, no session in common, or it is not known who was asked.

    Notes
    -----
    Kappa is low where a rupture is rare, whatever the agreement; read it beside the counts, and
    beside its chance level: kappa after shifting one record of each client round by a random
    number of sessions. Above 0 that level is agreement about clients, not about sessions.

    Examples
    --------
    >>> log = pd.DataFrame({
    ...     "client": ["a"] * 4 + ["b"] * 4,
    ...     "session": [1, 1, 2, 2] * 2,
    ...     "source": ["client", "therapist"] * 4,
    ...     "tension": [1, 1, 0, 0, 0, 1, 0, 0],
    ... })
    >>> compare_sources(log, draws=0).frame[["both", "first_only", "second_only"]].values.tolist()
    [[1, 0, 1]]
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    rng = np.random.default_rng(seed)
    log = tidy_log(log)
    names = sorted(log["source"].unique())
    if len(names) < 2:
        raise AllianceError(
            f"The log has one source only ({', '.join(names)}): there is nobody to compare with."
        )
    wide = _by_source(log, names, asked)
    rows = [
        _pair(wide, first, second, confidence, draws, rng)
        for first, second in combinations(names, 2)
    ]
    return SourceAgreement(
        frame=pd.DataFrame(rows), sessions=wide, confidence=confidence, draws=draws
    )


def _by_source(log: pd.DataFrame, names: Sequence[str], asked: pd.DataFrame | None) -> pd.DataFrame:
    """Return client, session and what each source said: yes, no or not asked."""
    parts = []
    for name in names:
        more = asked
        if isinstance(asked, pd.DataFrame) and "source" in asked:
            more = asked[asked["source"] == name]
        # Not asked stays missing: it is no vote for calm.
        said = answers(log[log["source"] == name], more, log).set_index(["client", "session"])
        parts.append(said["logged"].rename(_BY + name).astype("boolean"))
    return pd.concat(parts, axis="columns").sort_index().reset_index()


def _pair(
    wide: pd.DataFrame,
    first: str,
    second: str,
    confidence: float,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, object]:
    shared = wide.dropna(subset=[_BY + first, _BY + second])
    if shared.empty:
        raise AllianceError(f"{first} and {second} were never asked about the same session.")
    one, other = (shared[_BY + name].to_numpy(bool) for name in (first, second))
    client, offsets = client_codes(shared["client"])
    counts = tables_by_client(one, other, client)
    total = counts.sum(0)
    agreed = estimates(counts, confidence).set_index("measure").loc["kappa"]

    def draw() -> Floats:
        shifted, _ = circular_shift(other, offsets, rng)
        return value_of("kappa", tables_by_client(one, shifted, np.zeros_like(client)))

    chance = beside_chance(np.array([agreed["value"]]), draw, draws)
    cells = {"both": BOTH, "first_only": FIRST_ONLY, "second_only": SECOND_ONLY, "neither": NEITHER}
    # Dice's coefficient, which does not gain from the many calm sessions.
    said = 2 * total[BOTH] + total[FIRST_ONLY] + total[SECOND_ONLY]
    return {
        "first": first,
        "second": second,
        "clients": len(counts),
        "sessions": len(shared),
        **{name: int(total[cell]) for name, cell in cells.items()},
        "first_yes": one.mean(),
        "second_yes": other.mean(),
        "on_yes": float(share(2 * total[BOTH], said)),
        "kappa": agreed["value"],
        **agreed[["low", "high"]],
        **chance.iloc[0],
    }
