"""A simulated study as a folder of files, with a page that says that it is synthetic."""

from pathlib import Path

from alliance.errors import AllianceError
from alliance.files import write_table, write_text
from alliance.results.page import environment
from alliance.simulate.settings import settings_text
from alliance.simulate.study import Study
from alliance.version import __version__

_TABLES = ("responses", "sessions", "log", "outcomes", "truth", "true_episodes", "clients")


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
    template = environment("alliance.simulate", escape=False).get_template("readme.txt")
    readme = template.render(study=study, seed=seed, version=__version__) + "\n"
    written.append(write_text(readme, folder / "README.md", force=force))
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
