"""What becomes of ruptures: cumulative incidence of repair, drop-out and end of therapy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance.arrays import Floats, Ints
from alliance.checks import check_number
from alliance.errors import AllianceError, join_names, suggest
from alliance.joins import require_one_case
from alliance.results import Result, Spec
from alliance.ruptures.aalen_johansen import aalen_johansen
from alliance.ruptures.found import Ruptures
from alliance.tables import as_text

REPAIRED, UNDER_OBSERVATION = "repaired", "under observation"
ENDINGS = ("drop-out", "end of therapy", UNDER_OBSERVATION)
LEFT = "left, reason unknown"
TIMES, TOLD_AT = (1, 3, 5, 10), 5


@dataclass(frozen=True, eq=False, kw_only=True)
class CumulativeIncidence(Result):
    """Share of ruptures that came to each end by each session since onset.

    Parameters
    ----------
    frame : DataFrame
        One row for each ``cause`` and session since onset (``time``, from 0): ``at_risk``
        ruptures just before, ``events`` of this cause and ``censored`` at that time;
        ``incidence``, ``standard_error``, ``low`` and ``high``.
    courses : DataFrame
        One row for each rupture followed: ``client``, ``rater``, ``onset``, ``time``, ``cause``.
    causes : tuple of str
    confidence : float
        Of the intervals, 0-1.
    ruptures : int
        Ruptures followed, one for each client.
    later : int
        Later ruptures of the same clients, which are not followed.
    endings_known : bool
        Whether it was said how therapies ended.
    """

    courses: pd.DataFrame
    causes: tuple[str, ...]
    confidence: float
    ruptures: int
    later: int
    endings_known: bool

    def at(self, time: int) -> pd.DataFrame:
        """Return incidence, error and interval of each cause so many sessions since onset."""
        known = self.frame[self.frame["time"] <= time]
        last = known.groupby("cause", sort=False).tail(1)
        names = ["cause", "incidence", "standard_error", "low", "high"]
        return last[names].reset_index(drop=True)

    @property
    def times(self) -> tuple[int, ...]:
        """Sessions since onset that the table shows."""
        longest = int(self.frame["time"].max()) if len(self.frame) else 0
        return tuple(time for time in TIMES if time <= longest)

    def table_rows(self) -> pd.DataFrame:
        """Return one row for each cause, with the incidence at some sessions since onset."""
        counts = self.courses["cause"].value_counts().reindex(self.causes, fill_value=0)
        rows = pd.DataFrame({"cause": pd.array(self.causes, "str"), "ruptures": counts.to_numpy()})
        for time in self.times:
            at = self.at(time).set_index("cause").reindex(self.causes)
            for name in ("incidence", "low", "high"):
                rows[f"{name}_{time}"] = at[name].to_numpy()
        return rows

    def table_columns(self) -> Sequence[Spec]:
        """Return cause, count, and the incidence with its interval at each time."""
        columns = [
            Spec(name="cause", head="Outcome"),
            Spec(name="ruptures", head="n", kind="count"),
        ]
        for time in self.times:
            under = f"By session {time}"
            interval = f"{100 * self.confidence:g}% CI"
            columns += [
                Spec(name=f"incidence_{time}", head="%", kind="percent", under=under),
                Spec(
                    name=f"low_{time}",
                    head=interval,
                    kind="bounded interval",
                    high=f"high_{time}",
                    under=under,
                ),
            ]
        return columns

    def facts(self) -> Mapping[str, object]:
        """Return what had become of ruptures by the session the answer speaks of."""
        return {
            "time": TOLD_AT,
            "rows": self.at(TOLD_AT).to_dict("records") if self.ruptures else [],
            "censored": int((self.courses["cause"] == UNDER_OBSERVATION).sum()),
        }


def cumulative_incidence(
    found: Ruptures,
    endings: pd.DataFrame | None = None,
    *,
    confidence: float = 0.95,
) -> CumulativeIncidence:
    """Follow each client's first rupture from its onset to repair, drop-out or end of therapy.

    Parameters
    ----------
    found : Ruptures
    endings : DataFrame, optional
        How therapies ended, one row for each client: ``client``; ``ended``, one of
        "drop-out", "end of therapy", "under observation" (therapy, or its record, still
        open); and, if known, ``last``, the last session attended, rated or not. Without it
        every record's end counts as "left, reason unknown".
    confidence : float
        Of the intervals, 0-1.

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    AllianceError
        If a client has several cases, or one with a rupture no row in `endings` or several, an
        ending is unknown, or a last session lies before the last one rated.

    Notes
    -----
    Time counts sessions since onset. A rupture repaired at session s has the event at
    s - onset; a client who left after session s has it at s + 1 - onset, the first session that
    did not take place; one under observation is censored at s - onset. A rupture that the rule
    calls unrepaired because its window has passed stays at risk of drop-out and of the end;
    the rule decides by its window how late a repair can be seen. Drop-out and end compete
    with repair: taking them for censoring (one minus Kaplan-Meier) would overstate repair. The
    incidence is not biased by defining groups after the fact, because it compares none; but a
    detector's false ruptures are followed like true ones, and in noise most of them are
    "repaired".

    References
    ----------
    Aalen, O. O., & Johansen, S. (1978). An empirical transition matrix for non-homogeneous
    Markov chains based on censored observations. Scandinavian Journal of Statistics, 5,
    141-150.

    Putter, H., Fiocco, M., & Geskus, R. B. (2007). Tutorial in biostatistics: competing risks
    and multi-state models. Statistics in Medicine, 26, 2389-2430.
    https://doi.org/10.1002/sim.2712

    Examples
    --------
    >>> from alliance import rules
    >>> from alliance.ruptures import find_ruptures
    >>> sessions = pd.DataFrame({
    ...     "client": list("aaaabbbb"), "session": [1, 2, 3, 4] * 2, "rater": "client",
    ...     "total": [6.0, 4.0, 6.0, 6.0, 6.0, 4.0, 4.0, 4.0],
    ... })
    >>> found = find_ruptures(sessions, rules.v_episode())
    >>> endings = pd.DataFrame({"client": ["a", "b"], "ended": ["end of therapy", "drop-out"]})
    >>> cumulative_incidence(found, endings).at(3)[["cause", "incidence"]]
                cause  incidence
    0        repaired        0.5
    1        drop-out        0.5
    2  end of therapy        0.0
    """
    check_number(confidence, "confidence", 0.5, 0.9999)
    require_one_case(Ruptures.expected(found).clients["client"])
    # One rupture for each client, since several of one are not independent.
    episodes = found.frame.sort_values(["client", "onset"])
    first = episodes.drop_duplicates("client")
    ended, last = _ends(first, found, endings)
    causes = (REPAIRED, LEFT) if endings is None else (REPAIRED, *ENDINGS[:2])
    courses = _followed(first, ended, last)
    code = courses["cause"].map({cause: place for place, cause in enumerate(causes, start=1)})
    # 0 is censored: still under observation.
    codes = code.fillna(0).to_numpy(int)
    return CumulativeIncidence(
        frame=_frame(courses["time"].to_numpy(), codes, causes, confidence),
        courses=courses,
        causes=causes,
        confidence=confidence,
        ruptures=len(first),
        later=len(episodes) - len(first),
        endings_known=endings is not None,
    )


def _ends(
    first: pd.DataFrame, found: Ruptures, endings: pd.DataFrame | None
) -> tuple[NDArray[np.object_], Ints]:
    """Return how each client's therapy ended, and the last session of its record."""
    known = found.clients.set_index("client")
    rated = known["last"].reindex(first["client"]).to_numpy(dtype=np.int64)
    if endings is None:
        return np.full(len(first), LEFT, dtype=object), rated
    table = _checked(endings, first)
    ended = table["ended"].reindex(first["client"]).to_numpy(dtype=object)
    if "last" not in table.columns:
        return ended, rated
    last = pd.to_numeric(table["last"].reindex(first["client"])).to_numpy(dtype=float)
    last = np.where(np.isnan(last), rated, last).astype(np.int64)
    early = first["client"].to_numpy()[last < rated]
    if len(early):
        raise AllianceError(
            f"The last session attended lies before the last one rated: {join_names(early)}.\n"
            "To fix: correct the column last, or leave it empty."
        )
    return ended, last


def _checked(endings: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in ("client", "ended") if name not in endings.columns]
    if missing:
        hints = "".join(suggest(name, endings.columns) for name in missing)
        raise AllianceError(f"The endings lack the column {join_names(missing)}.{hints}")
    table = endings.assign(client=as_text(endings["client"]))
    table = table[table["client"].isin(first["client"])]
    unknown = sorted(set(table["ended"].dropna()) - set(ENDINGS))
    if unknown:
        raise AllianceError(
            f"There is no ending '{unknown[0]}'.{suggest(unknown[0], ENDINGS)} "
            f"Known: {join_names(ENDINGS)}."
        )
    if table["client"].duplicated().any():
        several = table.loc[table["client"].duplicated(), "client"].unique()
        raise AllianceError(f"The endings name clients more than once: {join_names(several)}.")
    without = sorted(set(first["client"]) - set(table.dropna(subset=["ended"])["client"]))
    if without:
        raise AllianceError(
            f"The endings do not say how therapy ended for {join_names(without)}.\n"
            f"To fix: add them, with '{UNDER_OBSERVATION}' where it is not known."
        )
    return table.set_index("client")


def _followed(first: pd.DataFrame, ended: NDArray[np.object_], last: Ints) -> pd.DataFrame:
    onset, end = first["onset"].to_numpy(), first["end"].to_numpy()
    repaired = first["outcome"].eq(REPAIRED).to_numpy(dtype=bool)
    censored = ~repaired & (ended == UNDER_OBSERVATION)
    # Who left is seen to be gone at the first session that did not take place.
    left = last + np.where(censored, 0, 1)
    return pd.DataFrame(
        {
            "client": first["client"].to_numpy(),
            "rater": first["rater"].to_numpy(),
            "onset": onset,
            "time": np.where(repaired, end, left) - onset,
            "cause": pd.array(np.where(repaired, REPAIRED, ended), dtype="str"),
        }
    )


def _frame(time: Ints, code: Ints, causes: tuple[str, ...], confidence: float) -> pd.DataFrame:
    steps = aalen_johansen(time, code, len(causes))
    low, high = interval(steps["incidence"], steps["standard_error"], confidence)
    shape = len(causes), len(steps["time"])
    cause = pd.array(np.repeat(causes, shape[1]), dtype="str")
    # Cause by cause; what is the same for all of them is repeated.
    columns = {
        name: np.broadcast_to(values.T, shape).ravel()
        for name, values in {**steps, "low": low, "high": high}.items()
    }
    return pd.DataFrame({"cause": cause, **columns})


def interval(incidence: Floats, standard_error: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the ends of intervals that are symmetric for log(-log(incidence)).

    Both ends are the incidence itself where it is 0 or 1, or where the standard error is 0.
    """
    from scipy.special import ndtri

    low, high = incidence.copy(), incidence.copy()
    inside = (incidence > 0) & (incidence < 1) & (standard_error > 0)
    share = incidence[inside]
    # Delta method: the error of log(-log F) is se / (F |log F|).
    reach = float(ndtri((1 + confidence) / 2)) * standard_error[inside]
    reach = reach / (share * np.abs(np.log(share)))
    low[inside] = share ** np.exp(reach)
    high[inside] = share ** np.exp(-reach)
    return low, high
