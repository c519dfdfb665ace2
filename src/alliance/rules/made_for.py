"""Which scores a criterion is made for: metric, range and questionnaires."""

from dataclasses import dataclass
from math import inf, nan

_PLURALS = {"mean": "means", "sum": "sums"}


@dataclass(frozen=True, kw_only=True)
class MadeFor:
    """The scores that a criterion is made for; by default any.

    Parameters
    ----------
    scores : str
        What they are, in words, to follow "made for".
    instruments : tuple of str
        Questionnaires by key; empty for any.
    metric : str
        ``"mean"`` or ``"sum"``; empty for either.
    range : (float, float)
        Lowest and highest possible score, points.
    some_above : float
        Where it is not known which questionnaire the scores come from, the highest of them must
        exceed this, points.

    Examples
    --------
    >>> totals = MadeFor(scores="totals from 0 to 40", metric="sum", range=(0, 40), some_above=10)
    >>> totals.misfit(highest=6.5)
    'made for totals from 0 to 40; no score exceeds 10'
    >>> totals.misfit(metric="sum", highest=38.5)
    ''
    """

    scores: str = ""
    instruments: tuple[str, ...] = ()
    metric: str = ""
    range: tuple[float, float] = (-inf, inf)
    some_above: float = -inf

    def misfit(
        self, *, instrument: str = "", metric: str = "", lowest: float = nan, highest: float = nan
    ) -> str:
        """Return why scores are not what the criterion is made for; empty if they are.

        Parameters
        ----------
        instrument, metric : str
            Of the scores; empty where it is not known.
        lowest, highest : float
            Of the scores as given, points; not a number if there is none.
        """
        reason = ""
        if self.instruments and instrument and instrument not in self.instruments:
            reason = f"these are {instrument}"
        elif self.metric and metric and metric != self.metric:
            reason = f"these scores are {_PLURALS.get(metric, metric)}"
        # Item means below ten could pass for totals where nobody says which form they are from.
        elif not instrument and highest <= self.some_above:
            reason = f"no score exceeds {self.some_above:g}"
        elif lowest < self.range[0] or highest > self.range[1]:
            reason = f"these run from {lowest:g} to {highest:g}"
        return f"made for {self.scores}; {reason}" if reason else ""
