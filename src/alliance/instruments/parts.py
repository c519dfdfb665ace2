"""The parts of an instrument: its rights, cut-offs, published changes, prompts and worked cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from alliance.errors import AllianceError, join_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PROMPTS = ("below", "at most", "drop")
ELECTRONIC = ("allowed", "allowed unchanged", "not allowed", "ask the owner")


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Whose questionnaire it is and who may use it, as read on public pages; no legal advice.

    Parameters
    ----------
    owner : str
    use : str
        Who may use the form, and on what conditions.
    electronic : {"allowed", "allowed unchanged", "not allowed", "ask the owner"}
        Whether the form may be put on a screen. Scoring answers that were given is another thing.
    source : str
        Where this was read.
    date : date
        When it was read.
    """

    owner: str
    use: str
    electronic: str
    source: str
    date: date

    def __post_init__(self) -> None:
        if self.electronic not in ELECTRONIC:
            raise AllianceError(
                f"rights: electronic must be {join_names(ELECTRONIC)}, not '{self.electronic}'."
            )

    def text(self) -> str:
        """Return the rights as one sentence for a list of facts."""
        return (
            f"owner: {self.owner}; use: {self.use}; electronic form: {self.electronic} "
            f"[{self.source}; read {self.date}]"
        )


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """A published cut-off, and whether sources agree on it.

    Parameters
    ----------
    value : float
        In the instrument's metric.
    meaning : str
        What the cut-off separates, with its inequality in words.
    source : str
    """

    value: float
    meaning: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ReliableChange:
    """A published amount of change that exceeds measurement error.

    Parameters
    ----------
    points : float
        In the instrument's metric.
    source : str
    """

    points: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A level or a fall at which users' manuals advise to talk with the client; never a rupture.

    Parameters
    ----------
    kind : {"below", "at most", "drop"}
        ``below`` or ``at most`` a total, or a ``drop`` of so many points or more since the last.
    value : float
        In the instrument's metric.
    says : str
        A few words for a table.
    source : str
    sure : str
        How sure we are of it.
    """

    kind: str
    value: float
    says: str
    source: str
    sure: str

    def __post_init__(self) -> None:
        if self.kind not in PROMPTS:
            raise AllianceError(f"A prompt must be {join_names(PROMPTS)}, not '{self.kind}'.")

    def applies(
        self, score: NDArray[np.float64], previous: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return where the prompt applies, for arrays of last and previous totals (NaN: no)."""
        # Totals are sums of tenths: a fall of one point must not be lost to rounding.
        prompted: dict[str, NDArray[np.bool_]] = {
            "drop": previous - score >= self.value - 1e-9,
            "below": score < self.value,
            "at most": score <= self.value,
        }
        return prompted[self.kind]


@dataclass(frozen=True, kw_only=True)
class WorkedCase:
    """A case that a person can verify with a pencil.

    Parameters
    ----------
    answers : tuple of float
        As ticked on the form, before reversing, one for each item; NaN where an item that need
        not apply was left out.
    scores : mapping of str to float
        The expected score of each scale, in the metric named.
    metric : {"mean", "sum", "scaled"}
    """

    answers: tuple[float, ...]
    scores: Mapping[str, float]
    metric: str
