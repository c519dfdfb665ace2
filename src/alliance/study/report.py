"""The study's report: flow, scores, reliability, ruptures beside noise, the answer, and how it varies."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from alliance import __version__, figures, rules
from alliance.compare import compare_rules
from alliance.effects import conventional_analyses, drop_and_return, multiverse, repair_gain
from alliance.errors import AllianceError, AllianceWarning, join_names
from alliance.model import chance_baseline
from alliance.reliability import assess_reliability
from alliance.results.page import Page, Section, embed
from alliance.ruptures import Ruptures, find_ruptures
from alliance.ruptures.history import histories
from alliance.tables import SESSIONS, scale_columns, tidy

MOST_SURROGATES = 99


def study_page(
    sessions: pd.DataFrame,
    *,
    responses: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    how: tuple[str, ...] = (),
    rule: str = "own-mean",
    scale: str = "total",
    rater: str | None = None,
    higher_is_better: bool = True,
    surrogates: int = 0,
    draws: int = 199,
    seed: int = 0,
) -> tuple[str, str]:
    """Return the study's report as HTML, and its answer in a sentence or two.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS.
    responses : DataFrame, optional
        The answers behind it: for reliability, and so that ruptures can be looked for in one half of
        the items and the outcome taken from the other.
    log : DataFrame, optional
        A rupture log of one source.
    how : tuple of str
        How the file was read and what was set aside, in sentences.
    rule : str
        Rule by which ruptures are counted and described.
    scale : str
    rater : str, optional
        Whose ratings, if several rated; the client's unless said.
    higher_is_better : bool
    surrogates : int
        Studies without gain to compare the answer with; 0 for none, 199 is usual. Up to 99 of as
        many also judge the answers under every choice together.
    draws : int
        Draws of noise.
    seed : int

    Returns
    -------
    html, text : str

    Raises
    ------
    AllianceError
        If the table, the scale, the rater or the rule cannot be used. A part that the data do not
        allow is said to be left out, with the reason, and the rest is reported.
    """
    table, rater = _of_one_rater(sessions, scale, rater)
    found = find_ruptures(table, rule, scale=scale, higher_is_better=higher_is_better)
    items = _of_rater(responses, rater)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AllianceWarning)
        answer = repair_gain(
            table,
            items=items,
            log=log,
            scale=scale,
            higher_is_better=higher_is_better,
            surrogates=surrogates,
            rng=seed,
        )
        parts = [
            ("Flow", lambda: _flow(table, found, how)),
            ("Scores", lambda: _scores(table, scale)),
            ("Reliability", lambda: _reliability(items)),
            ("Ruptures and repairs", lambda: _ruptures(table, found, draws, seed)),
            ("Does repair leave the alliance stronger?", lambda: _answer(answer)),
            ("The usual analyses", lambda: _usual(table, scale, higher_is_better)),
            ("Other rules", lambda: _rules(table, scale, higher_is_better, seed)),
            (
                "Every defensible choice",
                lambda: _choices(table, items, scale, higher_is_better, surrogates, seed),
            ),
        ]
        sections = [_section(title, make) for title, make in parts]
    remarks = dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught)
    used = {
        "alliance": __version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "scale": scale,
        "rater": rater,
        "rule": found.rule.name,
        "draws of noise": str(draws),
        "surrogate studies": str(surrogates),
        "seed": str(seed),
    }
    sections.append(_methods(found, used, remarks))
    page = Page(
        title="Study report: ruptures and repairs of the alliance",
        lead=(answer.text().split("\n")[0],),
        sections=tuple(sections),
    )
    return page.html(), answer.text()


def _of_one_rater(
    sessions: pd.DataFrame, scale: str, rater: str | None
) -> tuple[pd.DataFrame, str]:
    table = tidy(sessions, SESSIONS)
    if scale not in scale_columns(table):
        raise AllianceError(
            f"The sessions table has no scale '{scale}'; it has {join_names(scale_columns(table))}.\n"
            "To fix: name one with --scale."
        )
    raters = sorted(table["rater"].unique())
    chosen = rater or (raters[0] if len(raters) == 1 else "client")
    if chosen not in raters:
        raise AllianceError(f"No session was rated by '{chosen}'; raters: {join_names(raters)}.")
    return table[table["rater"] == chosen].reset_index(drop=True), chosen


def _of_rater(responses: pd.DataFrame | None, rater: str) -> pd.DataFrame | None:
    if responses is None:
        return None
    return responses[responses["rater"] == rater].reset_index(drop=True)


def _section(title: str, make: Callable[[], Section | None]) -> Section:
    """Return a section, or say why the data do not allow it."""
    try:
        return make()
    except AllianceError as error:
        return Section(title=title, paragraphs=("Left out: " + str(error).splitlines()[0],))


def _flow(table: pd.DataFrame, found: Ruptures, how: tuple[str, ...]) -> Section:
    courses = histories(found)
    return Section(
        title="Flow",
        paragraphs=(*how, courses.text()),
        tables=(
            ("How many courses of therapy are left at each step", courses.flow()),
            ("Kinds of course, with mean sessions and ruptures", courses.kinds()),
        ),
    )


def _scores(table: pd.DataFrame, scale: str) -> Section:
    scores = table[scale]
    course = table.dropna(subset=[scale]).groupby("client")[scale]
    between, within = course.mean().std(), np.sqrt(course.var().mean())
    numbers = pd.DataFrame(
        {
            "clients": [table["client"].nunique()],
            "rated_sessions": [int(scores.notna().sum())],
            "sessions_per_client": [course.size().mean()],
            "mean": [scores.mean()],
            "sd": [scores.std()],
            "sd_between_clients": [between],
            "sd_within_clients": [within],
            "lowest": [scores.min()],
            "highest": [scores.max()],
            "share_at_highest": [float((scores == scores.max()).sum() / scores.notna().sum())],
        }
    )
    drawn = figures.score_distribution(table, scale=scale)
    return Section(
        title="Scores",
        tables=((f"Descriptive statistics of the scale {scale}", numbers),),
        figures=(
            embed(drawn, says="Distribution of the scores", caption=f"Scores, scale {scale}."),
        ),
    )


def _reliability(items: pd.DataFrame | None) -> Section:
    if items is None:
        raise AllianceError("reliability needs the answers to the items; give the export instead.")
    measured = assess_reliability(items)
    return Section(
        title="Reliability",
        paragraphs=(measured.text(),),
        tables=(("Reliability by scale", measured.summary()),),
    )


def _ruptures(table: pd.DataFrame, found: Ruptures, draws: int, seed: int) -> Section:
    level = chance_baseline(found, draws=draws, seed=seed)
    pictures = [
        embed(
            level.plot(),
            says="Shares found beside the shares that the same rule finds in noise",
            caption="Shares found (dots) beside the middle 95 % of what the same rule finds in noise.",
        )
    ]
    if len(found.frame):
        pictures.append(
            embed(
                figures.courses(table, found, scale=found.scale, most=12),
                says="Twelve courses with their ruptures",
                caption="The twelve courses with the most to look at.",
            )
        )
    return Section(
        title="Ruptures and repairs",
        paragraphs=(found.text(), *level.text().split("\n")),
        tables=(
            ("What was found", found.summary()),
            ("Found, and expected in noise", level.summary()),
        ),
        figures=tuple(pictures),
    )


def _answer(answer) -> Section:
    pictures = ()
    if answer.answered:
        drawn = answer.plot()
        pictures = (
            embed(drawn, says="The gain and its interval", caption="The gain with its interval."),
        )
    return Section(
        title="Does repair leave the alliance stronger?",
        paragraphs=tuple(answer.text().split("\n")),
        tables=(("The calibrated answer", answer.summary()), ("What it rests on", answer.flow())),
        figures=pictures,
    )


def _usual(table: pd.DataFrame, scale: str, higher_is_better: bool) -> Section:
    found = find_ruptures(table, drop_and_return(), scale=scale, higher_is_better=higher_is_better)
    usual = conventional_analyses(table, found)
    return Section(
        title="The usual analyses",
        paragraphs=(
            "Published answers rest on analyses like these. Beside each stands how often it finds a "
            "benefit of repair in simulated studies without any: read its p with that in mind.",
        ),
        tables=(("The usual analyses, with their rates of false positives", usual.summary()),),
    )


def _rules(table: pd.DataFrame, scale: str, higher_is_better: bool, seed: int) -> Section:
    compared = compare_rules(
        table, None, scale=scale, higher_is_better=higher_is_better, chance=False, seed=seed
    )
    return Section(
        title="Other rules",
        paragraphs=(
            "How much hangs on the choice of a rule: what every named rule finds in the same sessions.",
        ),
        tables=(("What each rule finds", compared.summary()),),
    )


def _choices(
    table: pd.DataFrame,
    items: pd.DataFrame | None,
    scale: str,
    higher_is_better: bool,
    surrogates: int,
    seed: int,
) -> Section:
    curve = multiverse(
        table,
        items=items,
        scale=scale,
        higher_is_better=higher_is_better,
        surrogates=min(surrogates, MOST_SURROGATES),
        rng=seed,
    )
    return Section(
        title="Every defensible choice",
        paragraphs=tuple(curve.text().split("\n")),
        tables=(("All specifications together", curve.summary()),),
        figures=(
            embed(
                curve.plot(),
                says="The gain by every specification, with the choices behind each",
                caption="The gain by every specification, from the lowest to the highest.",
            ),
        ),
    )


def _methods(found: Ruptures, used: dict[str, str], remarks: Iterable[str]) -> Section:
    settings = pd.DataFrame({"setting": list(used), "value": list(used.values())})
    return Section(
        title="Methods and settings",
        paragraphs=(found.rule.text(), rules.load(drop_and_return()).text(), *remarks),
        tables=(("Settings", settings),),
    )
