"""What planned power comes to in words, with what it rests on and where it must not be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from alliance.effects.designs import Design

if TYPE_CHECKING:
    from alliance.effects.power_result import PlannedPower


def paragraph(result: PlannedPower) -> str:
    """Return the paragraph for a grant application or an ethics form."""
    parts = [f"{_assumed(result)} {_simulated(result)}"]
    parts += [_of_design(result, name, design) for name, design in result.designs.items()]
    if result.world.gain:
        parts.append(_attenuated(result))
    parts.append(
        "These numbers are no better than the world they were simulated in: its ruptures, how deep "
        "they are and how often repaired, are assumptions and not estimates."
    )
    return "\n".join(parts)


def _assumed(result: PlannedPower) -> str:
    world, seen = result.world, result.marginals
    points = abs(world.gain) * world.score_points_per_sd
    aim = (
        f"a lasting gain of {world.gain:g} SD ({points:.2g} points of the score) after each "
        "repaired rupture"
        if world.gain
        else "no gain at all, so that every finding is a false one"
    )
    ruptures = (
        f"{seen['ruptured']:.0%} of clients have a rupture and {seen['repaired']:.0%} of ruptures "
        "are repaired before therapy ends"
        if world.hazard
        else "there are no ruptures"
    )
    named = f": world {world.name}" if world.name else ""
    return (
        f"The studies were planned by simulation (synthetic data{named}) with {aim}. Clients "
        f"have about {world.planned_median:.0f} planned and {seen['rated']:.0f} rated sessions, "
        f"{ruptures}."
    )


def _simulated(result: PlannedPower) -> str:
    frame = result.frame
    return (
        f"For each number of clients {frame['replications'].iloc[0]} studies were simulated (seed "
        f"{result.seed}) and tested at {result.alpha:.0%} (two-sided)."
    )


def _of_design(result: PlannedPower, name: str, design: Design) -> str:
    rows = result.frame[result.frame["design"].eq(name)]
    nearest = (rows["power"] - result.wanted).abs().idxmin()
    row = rows.loc[nearest if result.world.gain else rows["clients"].idxmax()]
    what = "the gain" if result.world.gain else "a gain or loss that is not there"
    text = (
        f"{_how(result, name, design)} a study of {row['clients']:,} clients finds {what} with a "
        f"probability of {row['power']:.0%} (95% Monte-Carlo interval {row['lower']:.0%} to "
        f"{row['upper']:.0%})."
    )
    if result.world.gain:
        text += _needed(result, name)
    return text + _warnings(rows, name, design)


def _warnings(rows: pd.DataFrame, name: str, design: Design) -> str:
    text = ""
    worst = rows.loc[rows["refused"].idxmax()]
    if worst["refused"] >= 0.02:
        text += (
            f" Of the studies of {worst['clients']:,} clients {worst['refused']:.0%} could not be "
            "tested at all, for want of clients with sessions before and after a repair."
        )
    if design.rule is not None and design.growth == "common":
        text += (
            f" Design {name} finds too much where scores meet a ceiling: use it with surrogates."
        )
    return text


def _how(result: PlannedPower, name: str, design: Design) -> str:
    if design.rule is not None:
        return f"With ruptures found by a rule in the scores (design {name})"
    world, false = result.world, result.marginals["false_reports"]
    wrong = "" if np.isnan(false) else f" and in which {false:.0%} of the reports are false"
    return f"With a rupture log that holds {world.log_sensitivity:.0%} of the ruptures{wrong}"


def _needed(result: PlannedPower, name: str) -> str:
    need = result.needed.set_index("design").loc[name]
    largest, smallest = result.studies["clients"].max(), result.studies["clients"].min()
    goal = f" {result.wanted:.0%} power"
    if name not in result.curves:
        return ""
    if pd.isna(need["clients"]):
        return f"{goal} is not in sight: it did not rise with the number of clients."
    if need["clients"] < smallest:
        return f"{goal} is reached with fewer than {smallest:,} clients."
    lower, limited = rounded(need["lower"], np.floor), np.isfinite(need["upper"])
    interval = f"{lower} to {rounded(need['upper'])}" if limited else f"{lower} or more"
    text = f"{goal} needs about {rounded(need['clients'])} clients (95% interval {interval})"
    if not need["within"]:
        text += f", an extrapolation beyond the {largest:,} clients simulated: simulate there, too"
    return text + "."


def rounded(count: float, to=np.ceil) -> str:
    """Return a number of clients with two digits that count: nothing more is known."""
    unit = 10 ** max(int(np.log10(max(count, 1))) - 1, 0)
    return f"{int(to(count / unit) * unit):,}"


def _attenuated(result: PlannedPower) -> str:
    means = result.frame.groupby("design", sort=False)["estimate"].mean()
    told = ", ".join(f"{value:.2f} SD with {name}" for name, value in means.items())
    ceiling = " and scores at the ceiling of the questionnaire" if _has_ceiling(result) else ""
    rules = any(design.rule is not None for design in result.designs.values())
    begins = (
        "Rules find half or less of the true ruptures and flag noise besides. " if rules else ""
    )
    return (
        f"{begins}Ruptures that are missed, ruptures that were none{ceiling} pull the estimate "
        f"towards zero: on average it is {told} for a true {result.world.gain:g} SD. It is a lower "
        "bound, never the size of the effect."
    )


def _has_ceiling(result: PlannedPower) -> bool:
    return result.marginals["ceiling"] >= 0.01
