"""What the scores are measured in: one questionnaire, its unit and the ends of its scale."""

from dataclasses import dataclass

from alliance.course import Courses
from alliance.errors import AllianceError
from alliance.instruments import known

_METRICS = {"mean": "item mean", "sum": "sum", "scaled": "scaled"}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What the vertical axis measures, and the ends of the scale where they are known."""

    label: str
    low: float | None = None
    high: float | None = None


def unit_of(chosen: Courses, score_range: tuple[float, float] | None = None) -> Unit:
    """Return the unit of the scores; an error if `score_range` is none, or scores lie outside it."""
    # A questionnaire of the user's own is drawn too, with the ends they give.
    entry = known(chosen.instrument)
    name = chosen.instrument if entry is None else entry.key.upper()
    low, high = score_range or chosen.range or (None, None)
    ends = ""
    if low is not None and high is not None:
        if not low < high:
            raise AllianceError(
                f"score_range must be the lowest and the highest possible score, not {score_range}."
            )
        _require_inside(chosen, low, high)
        ends = f" {low:g}–{high:g}"
    kind = _METRICS.get(chosen.metric, "score")
    return Unit(label=f"{name} {chosen.scale}, {kind}{ends}".strip(), low=low, high=high)


def _require_inside(chosen: Courses, low: float, high: float) -> None:
    scores, scale = chosen.points, chosen.scale
    outside = int(((scores < low - 1e-6) | (scores > high + 1e-6)).sum())
    if outside:
        raise AllianceError(
            f"{outside} {scale} score{' lies' if outside == 1 else 's lie'} outside "
            f"{low:g} to {high:g}, the range of the scale.\n"
            "To fix: correct the scores, the columns instrument and metric, or score_range."
        )


def steps_of(chosen: Courses) -> int | None:
    """Return the number of steps from the lowest to the highest complete score, if known."""
    entry = known(chosen.instrument)
    if entry is None or not entry.whole_numbers or not entry.scales.get(chosen.scale):
        return None
    return round((entry.maximum - entry.minimum) * len(entry.scales[chosen.scale]))
