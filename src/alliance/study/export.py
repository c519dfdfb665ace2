"""Making a bundle: tables without names, described, checked and put in place as one folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from alliance.files import neutralised, write_text
from alliance.instruments import called_in, known
from alliance.model import ChanceBaseline
from alliance.rules import Rule
from alliance.ruptures import Ruptures, find_ruptures
from alliance.ruptures.history import histories
from alliance.study.checklist import tables_of
from alliance.study.codebook import (
    KEYS,
    ROWS,
    Variable,
    codebook,
    data_package,
    dataset_description,
)
from alliance.study.deidentify import Sharing, deidentified, tidy_sessions, whole_numbers
from alliance.study.export_readme import (
    codebook_html,
    codebook_markdown,
    readme,
    tables_html,
    tables_markdown,
)
from alliance.study.manifest import manifest, sha256
from alliance.study.placing import MANIFEST, hashes, in_place, refuse
from alliance.study.spss import write_sav

_LEAD = (
    "Items by the numbers of STROBE for cohort studies, in our own words. What the data tell is "
    "filled in; the rest is for the authors. The same facts answer what JARS-Quant asks about the flow of "
    "participants, measures and missing data."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Bundle:
    """A folder to share.

    Attributes
    ----------
    folder : Path
    frame : DataFrame
        One row for each file: path, bytes, sha256.
    tables : mapping of str to DataFrame
        The tables as they are in it.
    left_out : mapping of str to mapping of str to str
        For each table the columns left out, with the reason.
    changed : mapping of str to mapping of str to str
        The same for columns that were changed.
    identifiers : str
        What became of the identifiers, and how many share what is said of clients, in words.
    """

    folder: Path
    frame: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    left_out: Mapping[str, Mapping[str, str]]
    changed: Mapping[str, Mapping[str, str]]
    identifiers: str

    def summary(self) -> pd.DataFrame:
        """Return one row for each table: table, rows, columns, left_out."""
        return pd.DataFrame(
            {
                "table": list(self.tables),
                "rows": [len(frame) for frame in self.tables.values()],
                "columns": [frame.shape[1] for frame in self.tables.values()],
                "left_out": [", ".join(self.left_out.get(name, {})) for name in self.tables],
            }
        )

    def text(self) -> str:
        """Return what was made, in sentences."""
        return (
            f"{len(self.frame)} files, {len(self.tables)} of them tables. {self.identifiers} "
            "Read README.md, where it says how persons could still be recognised, before you share it."
        )

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(index=False))


def export_study(
    sessions: pd.DataFrame,
    folder: str | Path,
    *,
    responses: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    outcomes: pd.DataFrame | None = None,
    rule: Rule | str = "own-mean",
    scale: str = "total",
    instrument: str | None = None,
    higher_is_better: bool | None = None,
    title: str = "Alliance study",
    description: str = "Alliance ratings by session, ruptures found in them, and what became of each.",
    sharing: Sharing | None = None,
    sav: bool = False,
    draws: int = 99,
    seed: int = 0,
    force: bool = False,
) -> Bundle:
    """Write a study as one folder to share: tables, codebooks, checklist and manifest.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS.
    folder : str or Path
        Made whole or not at all.
    responses, log, outcomes : DataFrame, optional
        The answers, the rupture log, outcome scores.
    rule, scale, instrument, higher_is_better
        For the episodes and histories, as in `alliance.find_ruptures`.
    title, description : str
    sharing : Sharing, optional
        How people are kept from being known: key, dates, columns to keep, k.
    sav : bool
        SPSS files too.
    draws, seed : int
        Draws of noise for the checklist, 0 for none, and their seed.
    force : bool
        Put the new bundle in the place of an old one. Another folder is never replaced.

    Returns
    -------
    Bundle

    Raises
    ------
    AllianceError
        If the folder exists, the tables cannot be used, or too few clients share what is said of them.

    Notes
    -----
    With a key and the same tables, settings and versions, every file has the same bytes.

    References
    ----------
    Psych-DS (https://psych-ds.github.io), Frictionless Data Package, version 1, STROBE.
    """
    folder = Path(folder)
    refuse(folder, force)
    sharing = sharing or Sharing()
    given = {
        "responses": responses,
        "sessions": _of_instrument(tidy_sessions(sessions), instrument),
        "log": log,
        "outcomes": outcomes,
    }
    safe = deidentified({name: f for name, f in given.items() if f is not None}, sharing)
    higher_is_better = _direction(given["sessions"], scale, higher_is_better)
    # Everything else is made from the tables without names, so that none can come in again.
    table, scale = safe.tables["sessions"], safe.renamed.get(scale, scale)
    raters = sorted(table["rater"].dropna().unique()) or [None]
    searched = [
        find_ruptures(table, rule, scale=scale, rater=rater, higher_is_better=higher_is_better)
        for rater in raters
    ]
    found, courses = searched[0], [histories(each) for each in searched]
    made = {
        **safe.tables,
        "episodes": pd.concat([each.frame for each in searched], ignore_index=True),
        "histories": pd.concat([each.frame for each in courses], ignore_index=True),
    }
    tables = {name: made[name].apply(whole_numbers) for name in ROWS if name in made}
    checks = tables_of(table, found, courses[0], level=_level(found, draws, seed))
    settings = {"rule": found.rule.name, "scale": scale, "higher_is_better": higher_is_better}
    settings |= {
        "dates": sharing.dates,
        "identifiers": safe.identifiers,
        "draws": draws,
        "seed": seed,
    }

    def write(into: Path) -> None:
        variables, paths = _write_data(into, tables, title=title, description=description)
        _write_pages(into, variables, checks, title)
        text = readme(
            title=title,
            description=description,
            tables=tables,
            paths=paths,
            safe=safe,
            rule=found.rule.text(),
        )
        write_text(text, into / "README.md")
        if sav:
            _write_spss(into, tables, variables)
        write_text(_json(manifest(outputs=hashes(into), settings=settings)), into / MANIFEST)

    in_place(folder, write)
    return Bundle(
        folder=folder,
        frame=_files(folder),
        tables=tables,
        left_out=safe.left_out,
        changed=safe.changed,
        identifiers=f"{safe.identifiers} {safe.k_text()}",
    )


def _direction(sessions: pd.DataFrame, scale: str, said: bool | None) -> bool:
    """Return whether higher is better, before the names of questionnaires are replaced."""
    names = sessions["instrument"].dropna().unique() if "instrument" in sessions.columns else ()
    measure = known(names[0]) if len(names) == 1 else None
    if said is not None or measure is None:
        return said is not False
    return measure.better_when_high(scale)


def _of_instrument(sessions: pd.DataFrame, instrument: str | None) -> pd.DataFrame:
    if instrument is None or "instrument" not in sessions.columns:
        return sessions
    name = called_in(sessions["instrument"].dropna().unique(), instrument)
    return sessions[sessions["instrument"] == name].reset_index(drop=True)


def _level(found: Ruptures, draws: int, seed: int) -> ChanceBaseline | None:
    if not draws or not found.clients["judged"].any():
        return None
    from alliance.model import chance_baseline

    return chance_baseline(found, draws=draws, seed=seed)


def _write_data(
    into: Path, tables: Mapping[str, pd.DataFrame], *, title: str, description: str
) -> tuple[list[Variable], dict[str, str]]:
    slug = re.sub(r"[^a-z0-9]", "", title.casefold())[:40] or "study"
    paths, facts = {}, {}
    for name, frame in tables.items():
        paths[name] = f"data/study-{slug}_description-{name}_data.csv"
        text = neutralised(frame).to_csv(index=False, lineterminator="\n")
        path = write_text(text, into / paths[name])
        key = [column for column in KEYS[name] if column in frame.columns]
        names_once = not frame.duplicated(key).any() and not frame[key].isna().any(axis=None)
        facts[name] = {
            "path": paths[name],
            "bytes": path.stat().st_size,
            "sha256": sha256(path),
            "key": key if names_once else [],
        }
    variables = codebook({name: neutralised(frame) for name, frame in tables.items()})
    package = data_package(variables, facts, name=slug, description=description)
    write_text(_json(package), into / "datapackage.json")
    described = dataset_description(variables, name=title, description=description)
    write_text(_json(described), into / "dataset_description.json")
    return variables, paths


def _write_pages(
    into: Path, variables: list[Variable], checks: Mapping[str, pd.DataFrame], title: str
) -> None:
    pages = {
        "codebook.md": codebook_markdown(variables, title),
        "codebook.html": codebook_html(variables, title),
        "reporting_checklist.md": tables_markdown(checks, "Reporting checklist", _LEAD),
        "reporting_checklist.html": tables_html(checks, "Reporting checklist", _LEAD),
    }
    for name, text in pages.items():
        write_text(text, into / "documentation" / name)


def _write_spss(into: Path, tables: Mapping[str, pd.DataFrame], variables: list[Variable]) -> None:
    folder = into / "products" / "spss"
    folder.mkdir(parents=True)
    for name, frame in tables.items():
        own = [variable for variable in variables if variable.table == name]
        write_sav(neutralised(frame), own, folder / f"{name}.sav")


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _files(folder: Path) -> pd.DataFrame:
    found = hashes(folder)
    return pd.DataFrame(
        {
            "path": list(found),
            "bytes": [(folder / name).stat().st_size for name in found],
            "sha256": list(found.values()),
        }
    )
