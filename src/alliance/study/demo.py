"""Demo: the clinic review of a synthetic clinic and the reports of the bundled studies, from one page."""

import warnings
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pandas as pd

from alliance import figures, simulate
from alliance.clinic import review, review_page
from alliance.effects import RepairGain, repair_gain
from alliance.errors import AllianceError, AllianceWarning
from alliance.files import write_table, write_text
from alliance.intake import check, read, read_scores
from alliance.log import read_log
from alliance.model import chance_baseline
from alliance.results import Page, Section, embed
from alliance.ruptures import Ruptures, find_ruptures
from alliance.scoring import score
from alliance.simulate.folder import refuse_filled
from alliance.study.report import picture_of_noise, pictures_of_answer, study_page

SYNTHETIC = "Synthetic study (simulated; no people)"
COUPLES = "Daily contentment of couples"
# Few, so that the whole demonstration takes seconds.
CLINIC_CLIENTS, CLINIC_DRAWS, DRAWS = 140, 4, 9

Say = Callable[[str], None]


def run(folder: Path, *, force: bool = False, say: Say = lambda line: None) -> Path:
    """Run every step on the bundled data and return the path of the page that shows them.

    `folder` gets the pages, the tables as CSV, and ``index.html`` that links them; it must be empty
    unless `force` is set. `say` is told each step in a sentence.
    """
    refuse_filled(folder, force=force)
    with warnings.catch_warnings():
        # What is set aside is shown on the pages; repeating it here would bury the steps.
        warnings.simplefilter("ignore", AllianceWarning)
        _clinic(folder, say)
        found, answer = _synthetic_study(folder, say)
        _couples(folder, say)
        say("Writing the front page ...")
        page = Page(
            title="Alliance: ruptures and their repair",
            lead=_LEAD,
            links=_LINKS,
            sections=_pictures(found, answer),
        )
    return write_text(page.html(), folder / "index.html", force=True)


_LEAD = (
    "A rupture is a session whose score lies well below the client's own other sessions; it says that "
    "something may have happened between client and therapist, not that therapy goes wrong. Noise "
    "alone produces such sessions too: read every count with that in mind.",
    "Everything behind these links was made just now, on this computer, from the bundled data; the "
    "tables lie beside this page as CSV files.",
)
_LINKS = (
    ("clinic_review.html", "The clinic review", "the page for the meeting, of a synthetic clinic"),
    ("synthetic_study.html", "A study's report", "of 150 synthetic clients whose truth is known"),
    ("couples.html", "Real people, no therapy", "the daily contentment of 80 couples"),
    ("synthetic_problems.csv", "What stands in the export", "every planted fault, with its row"),
)  # fmt: skip


def bundled(*parts: str) -> Path:
    """Return the path of a bundled data file, in an installed package or in the source tree."""
    # The wheel carries the data inside the package; a source tree beside it.
    installed = Path(str(files("alliance"))) / "bundled"
    root = installed if installed.is_dir() else Path(__file__).parents[3] / "data"
    path = root.joinpath(*parts)
    if not path.exists():
        raise AllianceError(f"The bundled data file {'/'.join(parts)} is missing: install again.")
    return path


def showcase(clients: int = CLINIC_CLIENTS) -> simulate.Clinic:
    """Return the synthetic clinic that is shown: six therapists, skipped forms and outcomes."""
    world = simulate.worlds()["R0s"].but(clients_per_therapist=clients / 6)
    return simulate.clinic(world, clients=clients, days=300, skipped=True, seed=7)


def _clinic(folder: Path, say: Say) -> None:
    """Write the review of a synthetic clinic on the day of its last data."""
    say("Synthetic clinic: the review for the meeting ...")
    clinic = showcase()
    write_table(clinic.sessions, folder / "clinic_sessions.csv", force=True)
    made = review(
        clinic.sessions, log=clinic.study.log, outcomes=clinic.outcomes, draws=CLINIC_DRAWS
    )
    write_text(review_page(made, synthetic=True), folder / "clinic_review.html", force=True)


def _synthetic_study(folder: Path, say: Say) -> tuple[Ruptures, RepairGain]:
    """Write the report of the synthetic study, from the export as a system wrote it."""
    export = bundled("synthetic_study", "as_exported.csv")
    say("Synthetic study: checking the export ...")
    write_table(check(export).frame, folder / "synthetic_problems.csv", force=True)
    responses = read(export, problems="set aside")
    sessions = score(responses)
    write_table(sessions, folder / "synthetic_sessions.csv", force=True)
    found = find_ruptures(sessions, "own-mean", rater="client")
    write_table(found.frame, folder / "synthetic_episodes.csv", force=True)
    say("Synthetic study: the report and the answer ...")
    page, _ = study_page(
        sessions,
        responses=responses,
        log=read_log(bundled("synthetic_study", "log.csv")),
        how=(f"{SYNTHETIC}. Each repair truly left this alliance 0.3 SD stronger.",),
        rater="client",
        draws=DRAWS,
        vary=False,
    )
    write_text(page, folder / "synthetic_study.html", force=True)
    answer = repair_gain(sessions, rater="client", draws=0)
    write_table(answer.frame, folder / "synthetic_repair.csv", force=True)
    return found, answer


def couples_diary() -> pd.DataFrame:
    """Return the daily contentment of couples: one row a couple, partner and day."""
    diary = read_scores(
        bundled("couples_diary", "diary.csv"),
        client="ID",
        session="DIARYDAY",
        scores={"contentment": "{rater}_Con."},
        raters={"M": "man", "W": "woman"},
    )
    # Growth is over the logarithm of the day, so that days count from 1.
    return diary.assign(session=diary["session"] + 1)


def _couples(folder: Path, say: Say) -> None:
    """Write the report of the only real series of such length that may be passed on."""
    say("Couples' diary: the same steps on real people ...")
    diary = couples_diary()
    how = (
        f"{COUPLES}: real people, but not a therapy. 80 couples' daily contentment, 0 to 4, over five "
        "weeks. Read 'client' as couple and 'session' as day; a dip here is a day of low contentment, "
        "not a rupture of an alliance. The same days in random order lean to a gain of about 0.1 SD "
        "too: so much of what follows is the shape of such days, which fall deeper than they rise.",
    )
    page, _ = study_page(diary, how=how, scale="contentment", rater="woman", draws=0, vary=False)
    write_text(page, folder / "couples.html", force=True)


def _pictures(found: Ruptures, answer: RepairGain) -> tuple[Section, ...]:
    """Return the three pictures worth seeing: a course, what noise gives, the answer."""
    repaired = found.frame[found.frame["outcome"] == "repaired"]
    # The one that a newcomer sees at once.
    deepest = repaired.loc[repaired["depth"].idxmax(), "client"]
    course = embed(
        figures.course(found.courses, found, client=deepest),
        says="Course of one client with the limit, the rupture and its repair marked",
        caption=f"Score, own mean, limit, rupture and repair of one client. {SYNTHETIC}.",
    )
    level = chance_baseline(found, draws=DRAWS)
    about = f" {SYNTHETIC}."
    return (
        Section(
            title="A course with its rupture and repair",
            paragraphs=(found.why(deepest),),
            figures=(course,),
        ),
        Section(
            title="What noise alone gives",
            paragraphs=tuple(level.text().split("\n")),
            figures=(picture_of_noise(level, about),),
        ),
        Section(
            title="Does repair leave the alliance stronger?",
            paragraphs=(answer.text(),),
            tables=(("The gain for each repair, by what is assumed", answer.summary()),),
            figures=pictures_of_answer(answer, about),
        ),
    )
