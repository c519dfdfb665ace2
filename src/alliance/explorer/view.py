"""What is shown for a choice: chart, words, episodes and chance level; in a notebook or on a page."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from alliance.clinic import Words
from alliance.clinic.svg import course_svg
from alliance.errors import AllianceError, join_names, suggest
from alliance.model import chance_baseline
from alliance.rules import Rule, RuptureRule, load, presets
from alliance.ruptures import Ruptures, find_ruptures
from alliance.tables import SESSIONS, scale_columns, tidy

_KEPT = 50
_COLUMNS = ["onset", "low", "end", "before", "lowest", "depth", "outcome"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What somebody chose to look at; without threshold or window the preset's own stand."""

    client: str
    rater: str
    scale: str
    rule: str = "own-mean"  # Name of a preset
    threshold: float | None = None  # In the rule's unit
    window: int | None = None  # Sessions within which a score must return


@dataclass(frozen=True, eq=False, kw_only=True)
class Shown:
    """What is shown for a choice."""

    found: Ruptures  # In all courses of the rater
    episodes: pd.DataFrame  # Of the client chosen
    words: str  # What the chart shows, for those who cannot see it, and why
    everyone: str  # What the rule finds in all courses
    chart: str  # An ``svg`` element with the words as its label


class View:
    """The sessions of a study (table SESSIONS), and what is shown of them for each choice.

    `draws`: of noise behind the chance level; few, because it follows every change. `most`: clients
    it rests on at most, always the same. Raises AllianceError without a session or a scale.
    """

    def __init__(self, sessions: pd.DataFrame, *, draws: int = 19, most: int = 40) -> None:
        self.sessions = tidy(sessions, SESSIONS)
        self.scales = scale_columns(self.sessions)
        if self.sessions.empty or not self.scales:
            raise AllianceError(
                "There is nothing to explore: the table has no sessions or no scale.\n"
                "To fix: pass the sessions table that score or read_scores returned."
            )
        self.raters = sorted(self.sessions["rater"].unique())
        self.rules = tuple(presets())
        self.draws, self.most = draws, most
        # What is shown again is not computed again.
        self._found = lru_cache(_KEPT)(self._find)
        self._chance = lru_cache(_KEPT)(self._facts)

    def clients(self, rater: str) -> list[str]:
        """Return the clients a rater rated, in order."""
        return sorted(self.sessions.loc[self.sessions["rater"] == rater, "client"].unique())

    def start(self, *, scale: str | None = None, rule: str = "own-mean") -> Choice:
        """Return the choice to begin with: the client with the deepest rupture."""
        rater = "client" if "client" in self.raters else self.raters[0]
        scale = ("total" if "total" in self.scales else self.scales[0]) if scale is None else scale
        if scale not in self.scales:
            raise AllianceError(
                f"The sessions have no scale '{scale}'.{suggest(scale, self.scales)}\n"
                f"To fix: choose one of {join_names(self.scales)}."
            )
        first = Choice(
            client=self.clients(rater)[0], rater=rater, scale=scale, rule=load(rule).name
        )
        episodes = self.found(first).frame
        if episodes.empty:
            return first
        return replace(first, client=episodes.loc[episodes["depth"].idxmax(), "client"])

    def rule(self, choice: Choice) -> Rule:
        """Return the preset with the threshold and window chosen.

        Raises AllianceError if the rule has no single threshold, or takes no such value.
        """
        rule = load(choice.rule)
        if choice.threshold is not None and choice.threshold != own_threshold(rule):
            if not isinstance(rule.rupture, RuptureRule):
                raise AllianceError(f"The rule {rule.name} has no single threshold to change.")
            rupture = replace(rule.rupture, threshold=choice.threshold)
            rule = replace(rule, rupture=rupture, provenance="user")
        if choice.window is not None and choice.window != rule.repair.window:
            repair = replace(rule.repair, window=choice.window)
            rule = replace(rule, repair=repair, repair_provenance="user")
        return rule

    def found(self, choice: Choice) -> Ruptures:
        """Return the ruptures in all courses of the rater chosen."""
        return self._found(replace(choice, client=""))

    def _find(self, choice: Choice) -> Ruptures:
        rows = self.sessions[self.sessions["rater"] == choice.rater]
        return find_ruptures(rows, self.rule(choice), scale=choice.scale)

    def chance(self, choice: Choice, words: Words | None = None) -> tuple[str, ...]:
        """Return what the same rule finds in noise, in sentences."""
        words = words or Words(package="alliance.explorer")
        facts = self._chance(replace(choice, client=""))
        return tuple(words(f"chance.{key}", **numbers) for key, numbers in facts)

    def _facts(self, choice: Choice) -> list[tuple[str, dict[str, Any]]]:
        """Return what is said of noise: names of sentences with their numbers."""
        rows = self.sessions[self.sessions["rater"] == choice.rater]
        everyone = self.clients(choice.rater)
        some = everyone
        if len(everyone) > self.most:
            some = np.random.default_rng(0).choice(everyone, self.most, replace=False).tolist()
        found = find_ruptures(
            rows[rows["client"].isin(some)], self.rule(choice), scale=choice.scale
        )
        if not found.clients["judged"].any():
            return [("nobody", {})]
        level: Any = chance_baseline(found, draws=self.draws, workers=1).facts()
        seen = level["n"]
        share = seen["with_rupture"] / seen["judged"]
        said = [("from", {"some": len(some), "all": len(everyone), "share": share})]
        said += [(str(row["null"]), row) for row in level["quantity"]["with_rupture"]]
        if level["doubt"] and seen["ruptures"]:
            said.append(("noise", {"n": int(seen["ruptures"]), **level["doubt"]}))
        return said

    def show(self, choice: Choice, words: Words | None = None) -> Shown:
        """Return everything that is shown for a choice, in English or another language.

        Raises AllianceError if the choice cannot be shown: the message says why.
        """
        words = words or Words(package="alliance.explorer")
        found = self.found(choice)
        mine = found.frame[found.frame["client"] == choice.client]
        course = found.flags[found.flags["client"] == choice.client]
        says = _words(words, choice, mine, course)
        return Shown(
            found=found,
            episodes=mine[_COLUMNS].reset_index(drop=True),
            words=says,
            everyone=_everyone(words, found),
            chart=_chart(found, course, says),
        )


def own_threshold(rule: Rule) -> float | None:
    """Return the threshold of a rule that has a single one."""
    return rule.rupture.threshold if isinstance(rule.rupture, RuptureRule) else None


def _words(words: Words, choice: Choice, episodes: pd.DataFrame, course: pd.DataFrame) -> str:
    facts: dict[str, Any] = {
        "client": choice.client,
        "scale": words.named(choice.scale, "scale"),
        "rater": words.named(choice.rater, "rater"),
    }
    if course.empty:
        return words("course.empty", **facts)
    scores = course["score"]
    facts |= {"lowest": scores.min(), "highest": scores.max(), "mean": scores.mean()}
    ruptures = [
        {**row, "outcome": words.named(row["outcome"], "outcome")}
        for row in episodes.to_dict("records")
    ]
    none = "course.none" if course["flagged"].notna().any() else "course.not_judged"
    said = [words("course.rupture", **row) for row in ruptures] or [words(none)]
    return " ".join([words("course.begins", count=len(course), **facts), *said])


def _everyone(words: Words, found: Ruptures) -> str:
    n = found.table_rows().iloc[0].to_dict()
    said = [words("found.all", n=n["ruptures"], **n)]
    if n["not_judged"]:
        said.append(words("found.not_judged", n=n["not_judged"]))
    return " ".join(said)


def _chart(found: Ruptures, course: pd.DataFrame, words: str) -> str:
    """Draw scores, reference and limit of the rule, and the sessions in a rupture."""
    if course.empty:
        return ""
    inside = course["flagged"].fillna(False) | (course["state"] == "in rupture")
    return course_svg(
        course.assign(inside=inside, expected=course["reference"]),
        ends=_ends(found),
        says=words,
        session=str,
    )


def _ends(found: Ruptures) -> tuple[float, float]:
    """Return the whole range of the scale, so that a small dip looks small."""
    low, high = found.courses.range or (np.nan, np.nan)
    scores = found.courses.points
    ends = np.where(np.isfinite([low, high]), [low, high], [scores.min(), scores.max()])
    return float(ends[0]), float(ends[1])
