"""The result of a search for ruptures: episodes, flags, clients, and the settings used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from alliance.results.notebook import in_html
from alliance.rules import Rule
from alliance.ruptures.paper import paper_table
from alliance.ruptures.why import explain

if TYPE_CHECKING:
    from alliance.results import PublicationTable

_COUNTS = ("ruptures", "repaired", "unrepaired", "open")


@dataclass(frozen=True, eq=False, kw_only=True)
class Ruptures:
    """Ruptures found in a sessions table, and what became of each.

    Parameters
    ----------
    frame : DataFrame
        Episodes, one row each, as in `alliance.tables.EPISODES`, and: ``overshoot``, the score at
        the repair less that before, turned so that better is positive (only where repaired);
        ``unit``, the size of the rule's unit in points; ``before_session``, the session that the
        fall is measured from, where it is one.
    flags : DataFrame
        One row for each rated session: ``client``, ``session``, ``rater``, ``score``,
        ``flagged`` (missing where the session could not be judged), ``state`` (calm, onset, in
        rupture, repaired, still low after the window, not judged), ``reference``, ``limit`` and
        ``unit`` of the rule at that session, ``reference_session``.
    clients : DataFrame
        One row for each client and rater: rated ``sessions``, ``first``, ``last``, ``judged``,
        the ``reason`` if not, ``judged_sessions``, ``flagged`` ones, ``ruptures``, ``repaired``,
        ``unrepaired``, ``open``.
    rule : Rule
    scale : str
    higher_is_better, prospective, overlapping : bool
    instrument : str, optional
    rows, rated : int
        Rows that came in, and those with a score on the scale.
    questionnaire : mapping of str to str
        ``instrument`` and ``metric`` of the scores, where they all have the same.
    """

    frame: pd.DataFrame
    flags: pd.DataFrame
    clients: pd.DataFrame
    rule: Rule
    scale: str
    higher_is_better: bool
    prospective: bool
    overlapping: bool = False
    instrument: str | None = None
    rows: int
    rated: int
    questionnaire: Mapping[str, str] = field(default_factory=dict)

    @property
    def sessions(self) -> pd.DataFrame:
        """The sessions used: client, session, rater and score."""
        return self.flags[["client", "session", "rater", "score"]]

    def summary(self, *, chance=True, draws: int = 99) -> pd.DataFrame:
        """Return the counts, one row for each rater, beside what the same rule finds in noise.

        Parameters
        ----------
        chance : bool or ChanceBaseline
            True to draw noise now, False to leave it out, or what `alliance.chance_baseline` returned.
        draws : int
            Draws of noise, if they are drawn now; always from the same seed.

        Returns
        -------
        DataFrame
            ``clients``, ``judged`` and ``not_judged`` ones, rated ``sessions``,
            ``judged_sessions``, ``flagged`` ones, ``with_rupture`` (clients), ``prevalence``
            (of the clients judged), ``ruptures``, ``repaired``, ``unrepaired``, ``open``,
            ``repair_rate`` (of the ruptures that were not open). With `chance`, for each kind of
            noise the ``prevalence_<noise>`` and ``repair_rate_<noise>`` expected, and
            ``ruptures_<noise>``, the number of false episodes to expect in these data.
        """
        table = self._counts()
        level = self._chance(chance, draws)
        return table if level is None else table.merge(level.expected(), on="rater", how="left")

    def _chance(self, chance, draws: int):
        if chance is True and self.clients["judged"].any():
            from alliance.model import chance_of

            return chance_of(self, draws=draws)
        return None if isinstance(chance, bool) else chance

    def _counts(self) -> pd.DataFrame:
        grouped = self.clients.groupby("rater")
        table = pd.DataFrame(
            {
                "clients": grouped.size(),
                "judged": grouped["judged"].sum(),
                "sessions": grouped["sessions"].sum(),
                "judged_sessions": grouped["judged_sessions"].sum(),
                "flagged": grouped["flagged"].sum(),
                "with_rupture": grouped["ruptures"].agg(lambda counts: (counts > 0).sum()),
                **{name: grouped[name].sum() for name in _COUNTS},
            }
        )
        table.insert(2, "not_judged", table["clients"] - table["judged"])
        table.insert(
            7, "prevalence", table["with_rupture"] / table["judged"].where(table["judged"] > 0)
        )
        settled = table["repaired"] + table["unrepaired"]
        table["repair_rate"] = table["repaired"] / settled.where(settled > 0)
        return table.reset_index()

    def text(self, *, chance=True, draws: int = 99) -> str:
        """Return what was found, how, and what noise gives, in sentences for a paper.

        Parameters
        ----------
        chance, draws
            As in `summary`.
        """
        sentences = [_found(row, self.scale) for row in self._counts().to_dict("records")]
        if not sentences:
            sentences = ["There were no sessions to judge."]
        level = self._chance(chance, draws)
        noise = [] if level is None else [level.text()]
        return "\n".join([" ".join([*sentences, self.text_of_rule()]), *noise])

    def text_of_rule(self) -> str:
        """Return how sessions were judged, in sentences for a method section."""
        mode = (
            "Each session was judged only by what was known on its day."
            if self.prospective
            else "Sessions were judged with the whole course known."
        )
        turned = [] if self.higher_is_better else ["As high scores are worse, below means above."]
        return " ".join([self.rule.text(), *turned, mode])

    def why(
        self, client: str | None = None, session: int | None = None, rater: str | None = None
    ) -> str:
        """Explain in words and numbers why a session was flagged, was not, or was not judged.

        Parameters
        ----------
        client : str, optional
            By default the one with the deepest rupture, or the first if there is none.
        session : int, optional
            By default the onset of the client's deepest rupture, or the first rated session.
        rater : str, optional
            Needed only if several raters rated the client.

        Raises
        ------
        AllianceError
            If there is no such client or rater.
        """
        if not len(self.flags):
            return "There were no sessions to judge."
        if client is None or session is None:
            client, session, rater = self._deepest(client, rater)
        return explain(self, client, session, rater)

    def _deepest(self, client: str | None, rater: str | None) -> tuple[str, int, str | None]:
        episodes, rated = self.frame, self.flags
        if client is not None:
            rated = rated[rated["client"] == str(client)]
            episodes = episodes[episodes["client"] == str(client)]
        if rater is not None:
            rated, episodes = rated[rated["rater"] == rater], episodes[episodes["rater"] == rater]
        if rated.empty:
            return str(client), 0, rater
        if episodes.empty:
            return tuple(rated.iloc[0][["client", "session", "rater"]])
        return tuple(episodes.loc[episodes["depth"].idxmax(), ["client", "onset", "rater"]])

    def plot(self, ax=None, *, client: str | None = None, rater: str | None = None, save=None):
        """Draw one client's course with its limits and ruptures; see `alliance.figures.course`."""
        from alliance import figures

        sessions = self.sessions.rename(columns={"score": self.scale})
        sessions = sessions.assign(**self.questionnaire)
        return figures.course(sessions, self, client=client, rater=rater, ax=ax, save=save)

    def to_table(
        self, *, number: int | None = None, chance=True, draws: int = 99
    ) -> PublicationTable:
        """Return the table for a paper: counts beside what the same rule finds in noise.

        Parameters
        ----------
        number : int, optional
            Of the table in the paper.
        chance, draws
            As in `summary`.

        Returns
        -------
        PublicationTable
            See `alliance.results`.
        """
        return paper_table(self, self._chance(chance, draws), number)

    def _repr_html_(self) -> str:
        level = self._chance(True, 99)
        chance = level or False
        return in_html(self.summary(chance=chance), self.text(chance=chance))


def _found(counts: dict, scale: str) -> str:
    n = counts["ruptures"]
    share = f" ({100 * counts['prevalence']:.0f}%)" if counts["judged"] else ""
    fates = "{repaired} repaired, {unrepaired} unrepaired and {open} open".format_map(counts)
    text = (
        f"In the {scale} scores rated by the {counts['rater']}, {n} "
        f"rupture{'' if n == 1 else 's'} "
        f"{'was' if n == 1 else 'were'} found in {counts['with_rupture']} of {counts['judged']} "
        f"clients judged{share}: {fates}."
    )
    aside = counts["not_judged"]
    if aside:
        text += f" {aside} client{'' if aside == 1 else 's'} could not be judged."
    return text
