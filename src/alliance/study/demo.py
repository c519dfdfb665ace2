"""Demo: every step on the bundled data, from the files as exported to one page that shows them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pandas as pd

from alliance import figures, rules
from alliance.effects import Words, repair_gain
from alliance.errors import AllianceError, AllianceWarning
from alliance.files import write_table, write_text
from alliance.intake import check, read, read_scores
from alliance.log import read_log
from alliance.model import chance_baseline, find_pulses
from alliance.reliability import assess_reliability
from alliance.results import Figure, Page, Section, embed
from alliance.ruptures import Ruptures, find_ruptures
from alliance.scoring import score, score_counts

SYNTHETIC = "Synthetic study (simulated; no people)"
SIMULATED_PATIENTS = "Language-model patients (no people)"
COUPLES = "Daily contentment of couples"
SYMPTOMS = "Symptom scores, origin not stated"

DRAWS = 99

Say = Callable[[str], None]


def run(folder: Path, *, force: bool = False, say: Say = lambda line: None) -> Path:
    """Run every step on the bundled data and return the path of the page that shows them.

    Parameters
    ----------
    folder : Path
        Gets the tables as CSV and ``index.html``.
    force : bool
        Overwrite an earlier run.
    say : callable
        Is told each step in a sentence.

    Raises
    ------
    AllianceError
        If the folder holds files already and `force` is not set.
    """
    if folder.exists() and not folder.is_dir():
        raise AllianceError(f"{folder} is a file, not a folder.\nTo fix: name another with -o.")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise AllianceError(
            f"The folder {folder} is not empty.\nTo fix: name another with -o, or use --force."
        )
    with warnings.catch_warnings():
        # What is set aside is shown on the page; repeating it here would bury the steps.
        warnings.simplefilter("ignore", AllianceWarning)
        sections = [
            *_synthetic_study(folder, say),
            *_simulated_patients(folder, say),
            *_couples(folder, say),
            *_symptoms(folder, say),
        ]
    say("Writing the page ...")
    page = Page(
        title="Alliance: ruptures and repairs, step by step", lead=_LEAD, sections=tuple(sections)
    )
    return write_text(page.html(), folder / "index.html", force=True)


_LEAD = (
    "Each part begins with a file as a system exported it and ends with ruptures and repairs. The "
    "tables behind every number lie beside this page as CSV files.",
    "A rupture is a session whose score lies well below the client's own other sessions; it says that "
    "something may have happened between client and therapist, not that therapy goes wrong. Noise "
    "alone produces such sessions too: read every count with that in mind.",
)


def bundled(*parts: str) -> Path:
    """Return the path of a bundled data file, in an installed package or in the source tree."""
    installed = Path(str(files("alliance"))) / "bundled"
    root = installed if installed.is_dir() else Path(__file__).parents[2] / "data"
    path = root.joinpath(*parts)
    if not path.exists():
        raise AllianceError(f"The bundled data file {'/'.join(parts)} is missing: install again.")
    return path


def _synthetic_study(folder: Path, say: Say) -> list[Section]:
    export = bundled("synthetic_study", "as_exported.csv")
    say("Synthetic study: checking the export ...")
    checked = check(export)
    write_table(checked.frame, folder / "synthetic_problems.csv", force=True)
    say("Synthetic study: scoring, reliability, ruptures ...")
    responses = read(export, problems="set aside")
    sessions = score(responses)
    write_table(sessions, folder / "synthetic_sessions.csv", force=True)
    measured = assess_reliability(responses)
    write_table(measured.frame, folder / "synthetic_reliability.csv", force=True)
    found = find_ruptures(sessions, rules.own_mean(), rater="client")
    write_table(found.frame, folder / "synthetic_episodes.csv", force=True)
    return [
        Section(
            title=f"{SYNTHETIC}: what stands in the export",
            paragraphs=(
                "A clinic's export of the WAI-SR, filled in by clients and therapists after each session, "
                "with faults planted in it. Every fault is found and named with its row; here the rows and "
                "cells that cannot stand are set aside, and everything below uses the rest.",
            ),
            tables=(("Problems found", checked.summary()),),
            listing=checked.text(),
        ),
        Section(
            title=f"{SYNTHETIC}: scores",
            paragraphs=("Item means, 1 to 5. Scales with too few answers are not scored.",),
            tables=(("Questionnaires", score_counts(sessions)),),
            figures=(
                embed(
                    figures.score_distribution(sessions),
                    says="Distribution of the total score by rater",
                    caption=f"WAI-SR totals by rater. {SYNTHETIC}.",
                ),
            ),
        ),
        Section(
            title=f"{SYNTHETIC}: reliability",
            paragraphs=(measured.text(),),
            tables=(("Reliability by rater and scale", measured.summary()),),
        ),
        *_rupture_sections(SYNTHETIC, sessions, found, "client"),
        _detector(folder, sessions, found),
        _synthetic_gain(folder, responses, sessions, say),
    ]


def _synthetic_gain(
    folder: Path, responses: pd.DataFrame, sessions: pd.DataFrame, say: Say
) -> Section:
    """Ask whether repair leaves the alliance stronger, by rule and by log; the truth is known."""
    say("Synthetic study: does repair leave the alliance stronger ...")
    log = read_log(bundled("synthetic_study", "log.csv"))
    by_rule = repair_gain(sessions, items=responses, rater="client", surrogates=DRAWS)
    by_log = repair_gain(sessions, log=log, rater="client")
    table = pd.concat([by_rule.summary(), by_log.summary()], ignore_index=True)
    write_table(table, folder / "synthetic_repair.csv", force=True)
    return Section(
        title=f"{SYNTHETIC}: does repair leave the alliance stronger?",
        paragraphs=(
            "Each repair truly left this alliance 0.3 SD stronger (0.20 points), because the study was "
            "simulated so. Rules find few of the true ruptures, so that the first answer below, from "
            "ruptures found in the scores, is expected to be small and unsure. The second takes ruptures "
            "and repairs from a log that clients kept, with gaps and false reports.",
            by_rule.text(),
            by_log.text(),
        ),
        tables=(("Gain for each repair: by rule (P3), by log", _gains(table)),),
        figures=(
            embed(
                by_log.plot(),
                says="The gain for each repair, and what it is without each client",
                caption=f"The gain from the log, and what it is without each client. {SYNTHETIC}.",
            ),
        ),
    )


def _gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of `RepairGain.summary` that a page has room for."""
    wanted = ["design", "points", "estimate_sd", "lower", "upper", "p", "p_surrogate", "exposed"]
    return table[[name for name in wanted if name in table]]


def _rupture_sections(
    label: str, sessions: pd.DataFrame, found: Ruptures, rater: str, remarks: tuple[str, ...] = ()
) -> list[Section]:
    pictures: list[Figure] = [
        embed(
            figures.courses(
                sessions[sessions["rater"] == rater], found, scale=found.scale, most=12
            ),
            says="Courses of the twelve clients that need attention first, with their ruptures",
            caption=f"The twelve courses that need attention first ({rater}). {label}.",
        )
    ]
    deepest = _deepest(found, rater)
    if deepest is not None:
        pictures.insert(
            0,
            embed(
                figures.course(sessions, found, client=deepest, rater=rater, scale=found.scale),
                says="Course of one client with the limit and the rupture marked",
                caption=f"The course with the deepest rupture ({rater}): score, own mean, limit, rupture "
                f"and repair. {label}.",
            ),
        )
    level = chance_baseline(found, draws=DRAWS)
    return [
        Section(
            title=f"{label}: ruptures and repairs",
            paragraphs=(*remarks, found.text()),
            tables=(("What was found", found.summary()),),
            figures=tuple(pictures),
        ),
        Section(
            title=f"{label}: what noise alone gives",
            paragraphs=tuple(level.text().split("\n")),
            tables=(("Found, and expected in noise", level.summary()),),
            figures=(
                embed(
                    level.plot(),
                    says="Shares found, beside the shares that the same rule finds in noise",
                    caption="Shares found (dots) beside the middle 95 % of what the same rule finds in "
                    f"noise. {label}.",
                ),
            ),
        ),
    ]


def _deepest(found: Ruptures, rater: str) -> str | None:
    episodes = found.frame[found.frame["rater"] == rater]
    return None if episodes.empty else episodes.loc[episodes["depth"].idxmax(), "client"]


def _detector(folder: Path, sessions: pd.DataFrame, found: Ruptures) -> Section:
    """Run the pulse detector, and compare it and the rule with the truth that was put in."""
    sessions = sessions[sessions["rater"] == "client"]
    scanned = find_pulses(sessions)
    write_table(scanned.episodes, folder / "synthetic_pulse_episodes.csv", force=True)
    surest = scanned.episodes.sort_values("probability", kind="stable")["client"].iloc[-1]
    by_rule = found.flags.loc[found.flags["rater"] == "client"].set_index(_SESSION)["flagged"]
    by_model = scanned.frame.set_index(_SESSION)["probability"] > scanned.threshold
    return Section(
        title=f"{SYNTHETIC}: the pulse detector, and the truth",
        paragraphs=(
            "The pulse detector weighs all sessions of all clients at once and gives each session a "
            "probability of rupture. Because the study is simulated, its true ruptures are known: the "
            "table says how many of the sessions that truly lie in a rupture each has found. Real data "
            "do not tell, and they need not follow the kind of model that made this study and that the "
            "detector assumes: expect less there.",
            scanned.text(),
        ),
        tables=(("Client ratings against the truth, sessions", _known_truth(by_rule, by_model)),),
        figures=(
            embed(
                figures.course(sessions, scanned, client=surest),
                says="Course of one client with the probability of rupture below",
                caption=f"The course with the surest rupture, and its probabilities. {SYNTHETIC}.",
            ),
        ),
    )


_SESSION = ["client", "session"]


def _known_truth(by_rule: pd.Series, by_model: pd.Series) -> pd.DataFrame:
    truth = pd.read_csv(bundled("synthetic_study", "truth.csv"), dtype={"client": "str"})
    truth = truth[truth["rater"] == "client"].set_index(_SESSION)["in_rupture"].astype(bool)
    rows = []
    for name, flags in (("own-mean", by_rule), ("pulse detector", by_model)):
        flagged = flags.eq(True)
        true = truth.reindex(flags.index).eq(True)
        rows.append(
            {
                "detector": name,
                "rated": len(flags),
                "in a true rupture": int(true.sum()),
                "flagged": int(flagged.sum()),
                "flagged and true": int((flagged & true).sum()),
            }
        )
    return pd.DataFrame(rows)


def _simulated_patients(folder: Path, say: Say) -> list[Section]:
    say("Language-model patients: checking, scoring, reliability ...")
    export = bundled("wai36_simulated_patients", "wai_answers.csv")
    columns = {
        "instrument": "wai-36",
        "client": "pairing_id",
        "session": "session_id",
        "totals": {scale: f"total_wai_{scale}" for scale in ("task", "bond", "goal")},
    }
    checked = check(export, **columns)
    responses = read(export, **columns)
    sessions = score(responses)
    write_table(sessions, folder / "wai36_sessions.csv", force=True)
    measured = assess_reliability(responses)
    write_table(measured.frame, folder / "wai36_reliability.csv", force=True)
    return [
        Section(
            title=f"{SIMULATED_PATIENTS}: a third party's totals checked",
            paragraphs=(
                "277 sessions of the WAI-36, answered in words by language models that play patients, with "
                "the totals that were released with them. Task and Goal agree in every session; Bond differs "
                "in 172, because item 28 was reversed there instead of item 29.",
                "With one to four sessions each no client's own course can be judged for ruptures.",
            ),
            tables=(
                ("Problems found", checked.summary()),
                ("Questionnaires", score_counts(sessions)),
                ("Reliability by scale", measured.summary()),
            ),
            listing=checked.text(rows_shown=5),
        )
    ]


def _couples(folder: Path, say: Say) -> list[Section]:
    say("Couples' diary: ruptures and repairs ...")
    sessions = read_scores(
        bundled("couples_diary", "diary.csv"),
        client="ID",
        session="DIARYDAY",
        scores={"contentment": "{rater}_Con."},
        raters={"M": "man", "W": "woman"},
    )
    found = find_ruptures(sessions, rules.own_mean(), scale="contentment", rater="woman")
    write_table(found.frame, folder / "couples_episodes.csv", force=True)
    remark = (
        "Real people, but not a therapy: 80 couples' daily contentment, 0 to 4, over five weeks, the only "
        "real series of such length that may be passed on. Read 'client' as person and 'session' as day; a "
        "dip here is a day of low contentment, not a rupture of an alliance."
    )
    return [
        *_rupture_sections(COUPLES, sessions, found, "woman", (remark,)),
        _couples_gain(folder, sessions, say),
    ]


def _couples_gain(folder: Path, sessions: pd.DataFrame, say: Say) -> Section:
    say("Couples' diary: is contentment higher after a dip that passed ...")
    answer = repair_gain(
        # Growth is over the logarithm of the day, so that days count from 1.
        sessions.assign(session=sessions["session"] + 1),
        scale="contentment",
        rater="woman",
        surrogates=DRAWS,
        called=Words(score="the woman's daily contentment", person="couple", occasion="day"),
    )
    write_table(answer.frame, folder / "couples_repair.csv", force=True)
    return Section(
        title=f"{COUPLES}: is it higher after a dip that passed?",
        paragraphs=(answer.text(),),
        tables=(("Gain for each dip that passed", _gains(answer.summary())),),
    )


def _symptoms(folder: Path, say: Say) -> list[Section]:
    say("Symptom scores: a wide file ...")
    sessions = read_scores(
        bundled("sudden_gains_example", "sgdata.csv"),
        client="id",
        scores={"total": "bdi_s{session}"},
        instrument="bdi-ii",
    )
    sessions = sessions[sessions["session"].between(1, 12)]
    # Symptoms: a sudden gain is a fall of the score, so a "rupture" with higher taken as better.
    found = find_ruptures(sessions, rules.sudden_loss(), higher_is_better=True)
    write_table(found.frame, folder / "symptoms_sudden_gains.csv", force=True)
    people = found.frame["client"].nunique()
    return [
        Section(
            title=f"{SYMPTOMS}: the one rule with a published program",
            paragraphs=(
                "43 persons' BDI scores in a wide file. The sudden-change rule finds "
                f"{len(found.frame)} sudden falls in {people} persons; the R package "
                "suddengains printed 24 in 15 for the same file.",
                found.rule.text(),
            ),
            tables=(("What was found", found.summary()),),
        )
    ]
