"""The study's report: flow, scores, reliability, ruptures beside noise, the answer, and how it varies."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import pandas as pd

from alliance import figures
from alliance.compare import compare_rules
from alliance.course import Choice, Courses, courses
from alliance.effects import (
    RepairGain,
    conventional_analyses,
    drop_and_return,
    repair_gain,
    reported_gain,
    sensitivity,
)
from alliance.errors import AllianceError, AllianceWarning
from alliance.model import ChanceBaseline, chance_baseline
from alliance.reliability import assess_reliability
from alliance.results import Result
from alliance.results.page import Figure, Page, Section, embed
from alliance.ruptures import Ruptures, find_ruptures, histories
from alliance.version import __version__

TITLE = "Study report: ruptures and repairs of the alliance"
QUESTION = "Does repair leave the alliance stronger?"
VARIES = "How the answer varies"
_LEFT_OUT = "Left out: "


@dataclass(frozen=True, eq=False, kw_only=True)
class _Material:
    """What a study's report is made from.

    `responses` are the answers behind the scores, `log` the rupture log of one source, `how` says how
    they were read; `found` are the ruptures that are counted and described, `draws` both draws of
    noise and simulated studies.
    """

    chosen: Courses
    responses: pd.DataFrame | None
    log: pd.DataFrame | None
    how: tuple[str, ...]
    found: Ruptures
    draws: int
    seed: int


def study_page(
    sessions: pd.DataFrame | Courses,
    *,
    responses: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    how: tuple[str, ...] = (),
    rule: str = "own-mean",
    draws: int = 40,
    vary: bool = True,
    seed: int = 0,
    **choice: Unpack[Choice],
) -> tuple[str, str]:
    """Return the study's report as HTML, and its answer in a few sentences.

    Parameters
    ----------
    sessions : DataFrame or Courses
    responses : DataFrame, optional
        The answers behind it, for reliability.
    log : DataFrame, optional
        A rupture log of one source.
    how : tuple of str
        How the file was read and what was set aside, in sentences.
    rule : str
        Rule by which ruptures are counted and described.
    draws : int
        Draws of noise, and simulated studies like this one; 0 for none.
    vary : bool
        Ask under every combination of switches, too; takes as long as ten answers.
    seed : int
    **choice
        Which scores, as in `alliance.courses`.

    Returns
    -------
    html, text : str

    Raises
    ------
    AllianceError
        If the table, the scores or the rule cannot be used. A part that the data do not allow is
        said to be left out, with the reason, and the rest is reported.
    """
    chosen = courses(sessions, **choice)
    if responses is not None:
        responses = responses[responses["rater"] == chosen.rater].reset_index(drop=True)
    material = _Material(
        chosen=chosen,
        responses=responses,
        log=log,
        how=how,
        found=find_ruptures(chosen, rule),
        draws=draws,
        seed=seed,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AllianceWarning)
        # Every combination of switches takes as long as ten answers.
        sections = {
            title: _section(title, make, material)
            for title, make in _STEPS.items()
            if vary or title != VARIES
        }
    answer = sections[QUESTION].paragraphs[0]
    if answer.startswith(_LEFT_OUT):
        answer = f"No answer: {answer}"
    # The same warning from several steps is said once.
    remarks = dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught)
    every = (*sections.values(), _methods(material, remarks))
    return Page(title=TITLE, lead=(answer,), sections=every).html(), answer


def _section(title: str, make: Callable[[_Material], Section], material: _Material) -> Section:
    """Return a section under its title, or say why the data do not allow it."""
    try:
        return replace(make(material), title=title)
    except AllianceError as error:
        return Section(title=title, paragraphs=(_LEFT_OUT + str(error).splitlines()[0],))


def _of_result(result: Result) -> Section:
    """Return what any result shows: its answer, its table and its picture."""
    title = result.sentences("title")
    picture = embed(result.plot(), says=result.text(), caption=f"{title}.")
    return Section(
        paragraphs=(result.text(), result.notes()),
        tables=((title, result.summary()),),
        figures=(picture,),
    )


def _flow(material: _Material) -> Section:
    kinds = histories(material.found)
    return Section(
        paragraphs=(*material.how, kinds.text()),
        tables=(
            ("How many courses of therapy are left at each step", kinds.flow()),
            ("Kinds of course, with mean sessions and ruptures", kinds.kinds()),
        ),
    )


def _answer(material: _Material) -> Section:
    answer = repair_gain(material.chosen, draws=material.draws, seed=material.seed)
    return Section(
        paragraphs=(answer.text(), answer.notes(), answer.methods()),
        tables=(
            ("The gain for each repaired rupture, by what is assumed", answer.summary()),
            ("How often studies like this one are called stronger", answer.studies),
        ),
        figures=pictures_of_answer(answer),
    )


def pictures_of_answer(answer: RepairGain, about: str = "") -> tuple[Figure, ...]:
    """Return the average course around a rupture, or nothing where no rupture stands out."""
    says = "The average course around a rupture, observed and expected"
    caption = (
        "The average course around a rupture: observed, expected without any gain, and with the "
        f"estimate.{about}"
    )
    try:
        return (embed(answer.plot(), says=says, caption=caption),)
    except AllianceError:
        return ()


def picture_of_noise(level: ChanceBaseline, about: str = "") -> Figure:
    """Return the shares that were found beside those that noise gives."""
    return embed(
        level.plot(),
        says="Shares found beside the shares that the same rule finds in noise",
        caption="Shares found (dots) beside the middle 95 % of what the same rule finds in "
        f"noise.{about}",
    )


def _log(material: _Material) -> Section:
    if material.log is None:
        raise AllianceError("there is no rupture log; give one with --log.")
    return _of_result(reported_gain(material.chosen, material.log))


def _ruptures(material: _Material) -> Section:
    found = material.found
    # Never a count without its level of noise: 19 draws are the fewest for a 5 % interval.
    level = chance_baseline(found, draws=material.draws or 19, seed=material.seed)
    pictures = [picture_of_noise(level)]
    if len(found.frame):
        drawn = figures.courses(material.chosen, found, max_courses=12)
        caption = "The twelve courses with the most to look at."
        pictures += [embed(drawn, says="Twelve courses with their ruptures", caption=caption)]
    return Section(
        paragraphs=(found.text(), *level.text().split("\n"), found.methods()),
        tables=(
            ("What was found", found.summary()),
            ("Found, and expected in noise", level.summary()),
        ),
        figures=tuple(pictures),
    )


def _sensitivity(material: _Material) -> Section:
    return _of_result(sensitivity(material.chosen))


def _conventional(material: _Material) -> Section:
    found = find_ruptures(material.chosen, drop_and_return())
    usual = conventional_analyses(material.chosen, found)
    return Section(
        paragraphs=(
            "Published answers rest on analyses like these. Beside each stands how often it finds a "
            "benefit of repair in simulated studies without any: read its p with that in mind.",
        ),
        tables=(("Conventional analyses, with their rates of false positives", usual.summary()),),
    )


def _rules(material: _Material) -> Section:
    compared = compare_rules(material.chosen, None, chance=False, seed=material.seed)
    return Section(
        paragraphs=(
            "How much hangs on the choice of a rule: what every named rule finds in the same sessions.",
        ),
        tables=(("What each rule finds", compared.summary()),),
    )


def _scores(material: _Material) -> Section:
    chosen = material.chosen
    scores, course = chosen.points, chosen.frame.groupby("client")["score"]
    numbers = pd.DataFrame(
        {
            "clients": [chosen.counts.get("clients", chosen.count)],
            "rated_sessions": [len(scores)],
            "sessions_per_client": [course.size().mean()],
            "mean": [scores.mean()],
            "sd": [chosen.total_sd],
            "sd_between_clients": [course.mean().std()],
            "sd_within_clients": [chosen.within_sd],
            "lowest": [scores.min()],
            "highest": [scores.max()],
            "share_at_highest": [float(np.mean(scores == scores.max()))],
        }
    )
    drawn = figures.score_distribution(chosen)
    caption = f"Scores, scale {chosen.scale}."
    return Section(
        tables=((f"Descriptive statistics of the scale {chosen.scale}", numbers),),
        figures=(embed(drawn, says="Distribution of the scores", caption=caption),),
    )


def _reliability(material: _Material) -> Section:
    if material.responses is None:
        raise AllianceError("reliability needs the answers to the items; give the export instead.")
    measured = assess_reliability(material.responses)
    return Section(
        paragraphs=(measured.text(),),
        tables=(("Reliability by scale", measured.summary()),),
    )


def _methods(material: _Material, remarks: Iterable[str]) -> Section:
    used = {
        "alliance": __version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "scale": material.chosen.scale,
        "rater": material.chosen.rater,
        "rule": material.found.rule.name,
        "draws": str(material.draws),
        "seed": str(material.seed),
    }
    settings = pd.DataFrame(used.items(), columns=["setting", "value"])
    return Section(
        title="Methods and settings",
        paragraphs=(material.found.methods(), *remarks),
        tables=(("Settings", settings),),
    )


_STEPS: Mapping[str, Callable[[_Material], Section]] = {
    "Flow": _flow,
    QUESTION: _answer,
    "What a rupture log adds": _log,
    "Ruptures and repairs": _ruptures,
    VARIES: _sensitivity,
    "Conventional analyses": _conventional,
    "Other rules": _rules,
    "Scores": _scores,
    "Reliability": _reliability,
}
