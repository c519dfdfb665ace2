"""A simulated study as a folder of files, with a page that says that it is synthetic."""

from __future__ import annotations

from pathlib import Path

from alliance.errors import AllianceError
from alliance.files import write_table, write_text
from alliance.simulate.settings import settings_text
from alliance.simulate.study import Study

_TABLES = {
    "responses": "a form that one rater filled in: client, session, rater, therapist, instrument, "
    "item_1 ... (empty: unanswered)",
    "sessions": "the scores of a form: client, session, rater, therapist, instrument, metric (mean "
    "or sum), total and scales, answered (items)",
    "log": "a session reported as part of a rupture: client, session, source, tension (1), "
    "intensity (1-5), resolution (1: over after this session)",
    "outcomes": "symptoms at a session: client, session, instrument, total (0-27, higher worse)",
    "truth": "an attended session, for each rater: rated, state (none, rupture, recovering, "
    "unrepaired), in_rupture, episode (0: none), repairs (completed so far), latent (true score, "
    "ceilings aside), dip (points a rupture takes away)",
    "true_episodes": "a true rupture: client, episode, onset, end, depth (SD), duration "
    "(sessions), repaired, outcome (repaired, unrepaired, open), observed (rated during it)",
    "clients": "a client: therapist, planned, attended and rated sessions, dropped_out, trait and "
    "slope (latent points), ruptures, repairs",
}


def write_study(
    study: Study, folder: str | Path, *, seed: int | None = None, force: bool = False
) -> list[Path]:
    """Write a simulated study with its truth into a folder.

    Parameters
    ----------
    study : Study
    folder : path
        Made if it is not there.
    seed : int, optional
        The seed the study was drawn from, so that it can be made again.
    force : bool
        Write into a folder that holds other files, and over those of an earlier study.

    Returns
    -------
    list of Path
        ``responses.csv``, ``sessions.csv``, ``log.csv``, ``outcomes.csv``, ``truth.csv``,
        ``true_episodes.csv``, ``clients.csv``, ``settings.json``, ``README.md``.

    Raises
    ------
    AllianceError
        If the folder is not empty and `force` is not set, or cannot be written.
    """
    folder = Path(folder)
    refuse_filled(folder, force=force)
    written = []
    for name in _TABLES:
        table = study.episodes if name == "true_episodes" else getattr(study, name)
        written.append(write_table(table, folder / f"{name}.csv", force=force))
    settings = settings_text(study.world, clients=len(study.client_names), seed=seed)
    written.append(write_text(settings, folder / "settings.json", force=force))
    written.append(write_text(_readme(study, seed), folder / "README.md", force=force))
    return written


def refuse_filled(folder: Path, *, force: bool) -> None:
    """Raise an error if a folder holds anything, unless `force` is set."""
    if folder.exists() and not folder.is_dir():
        raise AllianceError(f"{folder} is a file, not a folder.\nTo fix: choose another name.")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise AllianceError(
            f"The folder {folder} is not empty.\n"
            "To fix: choose another with -o, or write into it with --force."
        )


def _readme(study: Study, seed: int | None) -> str:
    from alliance.version import __version__

    rows = "\n".join(f"| `{name}.csv` | {meaning} |" for name, meaning in _TABLES.items())
    again = (
        "" if seed is None else "\nMade again by: `alliance simulate settings.json -o FOLDER`.\n"
    )
    seeded = "" if seed is None else f" from the seed {seed}"
    return (
        "# A SYNTHETIC study with known truth\n\n"
        "Nobody answered these questionnaires: every number was drawn at random by alliance "
        f"{__version__}{seeded}. Call it synthetic wherever it is shown.\n\n{study.text()}\n"
        "One SD of depth or gain is "
        f"{study.world.score_points_per_sd:.4g} points of the total; what else is true is in "
        "`settings.json`, and what its parameters mean: `alliance simulate --list`.\n"
        f"{again}\n| file | one row is |\n|---|---|\n{rows}\n"
    )
