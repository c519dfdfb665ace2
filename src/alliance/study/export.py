"""Making a bundle: tables without names, described, checked and put in place as one folder."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from alliance.course import Choice
from alliance.files import neutralised, write_text
from alliance.instruments import Instrument, called_in, known
from alliance.model import chance_baseline
from alliance.rules import Rule
from alliance.ruptures import Ruptures, find_ruptures
from alliance.ruptures.history import histories
from alliance.study.checklist import tables_of
from alliance.study.codebook import Codebook, codebook, data_package, dataset_description
from alliance.study.deidentify import Deidentified, Sharing, deidentified, tidy_sessions
from alliance.study.export_readme import codebook_tables, documents, readme
from alliance.study.manifest import MANIFEST, hashes, in_place, manifest, refuse, sha256
from alliance.study.spss import write_sav
from alliance.tables import TABLES, whole_numbers

_LEAD = (
    "Items by the numbers of STROBE for cohort studies, in our own words. What the data tell is "
    "filled in; the rest is for the authors. The same facts answer what JARS-Quant asks about the flow of "
    "participants, measures and missing data."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Bundle:
    """A folder to share: `frame` holds path, bytes and sha256 of each file in it.

    `tables` are the tables as they are in it; `left_out` and `changed` name for each the columns that
    were, with the reason; `identifiers` says what became of the identifiers, and how many clients
    share what is said of them.
    """

    folder: Path
    frame: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    left_out: Mapping[str, Mapping[str, str]]
    changed: Mapping[str, Mapping[str, str]]
    identifiers: str

    def summary(self) -> pd.DataFrame:
        """Return one row for each table: table, rows, columns, left_out."""
        rows = [
            (name, *frame.shape, ", ".join(self.left_out.get(name, {})))
            for name, frame in self.tables.items()
        ]
        return pd.DataFrame(rows, columns=["table", "rows", "columns", "left_out"])

    def text(self) -> str:
        """Return what was made, in sentences."""
        return (
            f"{len(self.frame)} files, {len(self.tables)} of them tables. {self.identifiers} "
            "Read README.md, where it says how persons could still be recognised, before you share it."
        )

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(index=False))


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a bundle holds beside the tables that it is made from.

    Parameters
    ----------
    title, description : str
    rule : Rule or str
        By which the episodes and histories are found.
    draws, seed : int
        Draws of noise for the checklist, 0 for none, and their seed.
    sav : bool
        SPSS files too.
    """

    title: str = "Alliance study"
    description: str = (
        "Alliance ratings by session, ruptures found in them, and what became of each."
    )
    rule: Rule | str = "own-mean"
    draws: int = 99
    seed: int = 0
    sav: bool = False


def export_study(
    sessions: pd.DataFrame,
    folder: str | Path,
    *,
    responses: pd.DataFrame | None = None,
    log: pd.DataFrame | None = None,
    outcomes: pd.DataFrame | None = None,
    sharing: Sharing | None = None,
    contents: Contents | None = None,
    force: bool = False,
    **choice: Unpack[Choice],
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
    sharing : Sharing, optional
        How people are kept from being known: key, dates, columns to keep, k.
    contents : Contents, optional
        Title, description, the rule for episodes and histories, draws of noise, SPSS files.
    force : bool
        Put the new bundle in the place of an old one. Another folder is never replaced.
    **choice
        Which scores are searched, as in `alliance.courses`; every rater's if none is named. The
        tables of a study keep the rows of the other raters.

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
    sharing, contents = sharing or Sharing(), contents or Contents()
    # The rows of another questionnaire do not go out at all.
    instrument = choice.pop("instrument", None)
    given = {
        "responses": responses,
        "sessions": _of_instrument(tidy_sessions(sessions), instrument),
        "log": log,
        "outcomes": outcomes,
    }
    safe = deidentified({name: f for name, f in given.items() if f is not None}, sharing)
    choice["higher_is_better"] = _direction(given["sessions"], choice)
    # Everything else is made from the tables without names, so that none can come in again.
    choice["scale"] = safe.renamed.get(choice.get("scale", "total"), choice.get("scale", "total"))
    study = _searched(safe, contents, choice)
    settings = {
        "rule": study.found.rule.name,
        "scale": choice["scale"],
        "higher_is_better": choice["higher_is_better"],
        "dates": sharing.dates,
        "identifiers": safe.identifiers,
        "draws": contents.draws,
        "seed": contents.seed,
    }
    in_place(folder, lambda into: _write(into, study, safe, contents, settings))
    files = [(name, (folder / name).stat().st_size, sha) for name, sha in hashes(folder).items()]
    return Bundle(
        folder=folder,
        frame=pd.DataFrame(files, columns=["path", "bytes", "sha256"]),
        tables=study.tables,
        left_out=safe.left_out,
        changed=safe.changed,
        identifiers=f"{safe.identifiers} {safe.k_text()}",
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Study:
    """The tables as they go out, the tables of the checklist, and what was found in the first."""

    tables: Mapping[str, pd.DataFrame]
    checks: Mapping[str, pd.DataFrame]
    found: Ruptures


def _searched(safe: Deidentified, contents: Contents, choice: Choice) -> _Study:
    """Return a study without names together with the episodes and histories of each rater."""
    table = safe.tables["sessions"]
    named = choice.get("rater")
    # A study is shared with every rater's episodes, none is preferred.
    raters = [named] if named else sorted(table["rater"].dropna().unique()) or [None]
    searched = []
    for rater in raters:
        choice["rater"] = rater
        searched.append(find_ruptures(table, contents.rule, **choice))
    found, courses = searched[0], [histories(each) for each in searched]
    made = {
        **safe.tables,
        "episodes": pd.concat([each.frame for each in searched], ignore_index=True),
        "histories": pd.concat([each.frame for each in courses], ignore_index=True),
    }
    level = None
    if contents.draws and found.clients["judged"].any():
        level = chance_baseline(found, draws=contents.draws, seed=contents.seed)
    return _Study(
        tables={name: made[name].apply(whole_numbers) for name in TABLES if name in made},
        checks=tables_of(table, found, courses[0], level=level),
        found=found,
    )


def _direction(sessions: pd.DataFrame, choice: Choice) -> bool:
    """Return whether higher is better, before the names of questionnaires are replaced."""
    given = choice.get("higher_is_better")
    named = sessions.get("instrument", pd.Series(dtype="str"))
    names = list(named.dropna().unique())
    measure = known(names[0]) if len(names) == 1 else None
    if given is not None or measure is None:
        return given is not False
    return measure.better_when_high(choice.get("scale", "total"))


def _of_instrument(sessions: pd.DataFrame, instrument: str | Instrument | None) -> pd.DataFrame:
    if instrument is None or "instrument" not in sessions.columns:
        return sessions
    name = called_in(sessions["instrument"].dropna().unique(), instrument)
    return sessions[sessions["instrument"] == name].reset_index(drop=True)


def _write(
    into: Path,
    study: _Study,
    safe: Deidentified,
    contents: Contents,
    settings: Mapping[str, object],
) -> None:
    """Fill the folder; the manifest last, because it holds the hash of every other file."""
    described, files = _write_data(into, study.tables, contents)
    _write_pages(into, described, study.checks, contents.title)
    text = readme(
        title=contents.title,
        description=contents.description,
        tables=study.tables,
        files=files,
        safe=safe,
        rule=study.found.rule.text(),
    )
    write_text(text, into / "README.md")
    if contents.sav:
        _write_spss(into, study.tables, described)
    write_text(_json(manifest(outputs=hashes(into), settings=settings)), into / MANIFEST)


def _write_data(
    into: Path, tables: Mapping[str, pd.DataFrame], contents: Contents
) -> tuple[Codebook, dict[str, dict[str, Any]]]:
    """Write the tables and what describes them to programs; return the columns and facts of each."""
    # Psych-DS allows letters and digits in a file's keywords, nothing else.
    slug = re.sub(r"[^a-z0-9]", "", contents.title.casefold())[:40] or "study"
    facts = {}
    for name, frame in tables.items():
        place = f"data/study-{slug}_description-{name}_data.csv"
        text = neutralised(frame).to_csv(index=False, lineterminator="\n")
        path = write_text(text, into / place)
        key = [column for column in TABLES[name].key if column in frame.columns]
        # Asked of the data: a log can hold a session twice.
        names_once = not frame.duplicated(key).any() and not frame[key].isna().any(axis=None)
        facts[name] = {
            "path": place,
            "bytes": path.stat().st_size,
            "sha256": sha256(path),
            "key": key if names_once else [],
        }
    described = codebook({name: neutralised(frame) for name, frame in tables.items()})
    package = data_package(described, facts, name=slug, description=contents.description)
    write_text(_json(package), into / "datapackage.json")
    psych_ds = dataset_description(described, name=contents.title, description=contents.description)
    write_text(_json(psych_ds), into / "dataset_description.json")
    return described, facts


def _write_pages(
    into: Path, described: Codebook, checks: Mapping[str, pd.DataFrame], title: str
) -> None:
    rows = {name: f"One row is {table.row}." for name, table in TABLES.items()}
    pages = {
        "codebook": documents(f"Codebook: {title}", codebook_tables(described), notes=rows),
        "reporting_checklist": documents("Reporting checklist", checks, lead=_LEAD),
    }
    for name, texts in pages.items():
        for ending, text in texts.items():
            write_text(text, into / "documentation" / f"{name}{ending}")


def _write_spss(into: Path, tables: Mapping[str, pd.DataFrame], described: Codebook) -> None:
    folder = into / "products" / "spss"
    folder.mkdir(parents=True)
    for name, frame in tables.items():
        write_sav(neutralised(frame), described[name], folder / f"{name}.sav")


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
