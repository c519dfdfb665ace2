"""Check: what stands in an export and what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Self

import pandas as pd

from alliance.errors import ROWS_SHOWN, Problem, join_names
from alliance.instruments import load_for_totals
from alliance.intake.examine import WHOLE_FILE, Intake, examine_export
from alliance.intake.export import Export
from alliance.intake.files import read_file
from alliance.intake.layout import Layout, clear, find_layout
from alliance.intake.mapping import ExportMap, join_mappings
from alliance.intake.plausibility import form_problems
from alliance.intake.which_instrument import called_total
from alliance.results.sentences import count

_COLUMNS = ("kind", "serious", "row", "client", "session", "rater", "item", "found")
_SAID = (
    *("client", "case", "session", "rater_column", "moment", "instrument_column", "therapist"),
    *("date", "items", "totals", "skip", "covariates"),
)


_ROWS_IN_HTML = 200


@dataclass(frozen=True, eq=False, kw_only=True)
class Check:
    """What stands in an export and what is wrong with it.

    Parameters
    ----------
    problems : tuple of Problem
        Serious ones first.
    intake : Intake
        The export as it was read, without what cannot stand.
    name : str
        The file's name.
    """

    problems: tuple[Problem, ...]
    intake: Intake
    name: str

    @property
    def passed(self) -> bool:
        """True if no problem is serious."""
        return not any(problem.serious for problem in self.problems)

    @property
    def responses(self) -> pd.DataFrame:
        """The answers that can stand, as ``read(..., problems="set aside")`` returns them."""
        return self.intake.responses

    def redacted(self) -> Self:
        """Return the same with row numbers in place of people, to be passed on."""
        return replace(self, problems=tuple(p.redacted() for p in self.problems))

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each row of the file that a problem names.

        Columns: kind, serious, row (in the file; missing where a problem concerns the whole
        file), client, session, rater, item and found (the cell), where they apply.
        """
        parts = []
        for problem in self.problems:
            rows = problem.rows.rename_axis("row").reset_index()
            rows = rows if len(rows) else pd.DataFrame({"row": [pd.NA]})
            rows = rows.assign(kind=problem.kind, serious=problem.serious)
            parts.append(rows.reindex(columns=_COLUMNS).astype(object))
        frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)
        # Joined sheets name rows as "sheet, row".
        numbered = frame["row"].map(lambda row: not isinstance(row, str)).all()
        types = {"kind": "str", "serious": "bool", "item": "Int64"}
        types["row"] = "Int64" if numbered else "str"
        return frame.astype(types | dict.fromkeys(("client", "session", "rater", "found"), "str"))

    def summary(self) -> pd.DataFrame:
        """Return one row for each kind of problem: kind, serious, rows, what."""
        return pd.DataFrame(
            {
                "kind": [problem.kind for problem in self.problems],
                "serious": [problem.serious for problem in self.problems],
                "rows": [len(problem.rows) for problem in self.problems],
                "what": [problem.what for problem in self.problems],
            }
        )

    def text(self, rows_shown: int | None = ROWS_SHOWN) -> str:
        """Return what was read, what was recognised, and every problem."""
        return "\n".join([*self._read(), *self._problems(rows_shown)])

    def _repr_html_(self) -> str:
        read = "</p><p>".join(escape(line) for line in self._read())
        if not self.problems:
            return f"<div><p>{read}</p><p>No problem was found.</p></div>"
        kinds = self.summary().to_html(index=False)
        rows = self.frame.to_html(index=False, na_rep="", max_rows=_ROWS_IN_HTML)
        rows = f"<details><summary>Every row that a problem names</summary>{rows}</details>"
        return f"<div><p>{read}</p>{kinds}{rows}</div>"

    def _read(self) -> Iterable[str]:
        taken, counts = self.intake, self.intake.counts
        which = taken.instrument
        what = [f"{which.key}, {which.name}"] if which else []
        scores = taken.mapping.scores
        metric = taken.mapping.metric or (which.metric if which else "")
        what += (
            [f"ready-made scores, {_shown(scores)}{metric and f' ({metric})'}"] if scores else []
        )
        yield f"{self.name}: {taken.read_as}."
        yield f"Read as {'; '.join(what)}."
        said = ((name, getattr(taken.mapping, name)) for name in _SAID)
        yield f"Columns: {'; '.join(f'{name} = {_shown(value)}' for name, value in said if value)}."
        yield _scores_counted(counts) if scores else _forms_counted(counts)
        absent = [name for name in ("therapist", "date") if getattr(taken.mapping, name) is None]
        if absent:
            yield f"No column was recognised as {' or '.join(absent)}."
        if taken.unused:
            yield f"Columns not used: {join_names(taken.unused, 30)}."
        raters = sorted(taken.responses["rater"].unique())
        clients = taken.responses["client"].nunique()
        yield f"{clients} client{'s' * (clients != 1)}, raters: {', '.join(raters) or 'none'}."

    def _problems(self, rows_shown: int | None) -> Iterable[str]:
        if not self.problems:
            yield "No problem was found."
        for title, serious in (("To be mended or declared", True), ("To know", False)):
            group = [problem for problem in self.problems if problem.serious == serious]
            if group:
                yield f"\n{title}: {len(group)} {'kind' if len(group) == 1 else 'kinds'}\n"
                yield "\n\n".join(problem.text(rows_shown) for problem in group)


def _scores_counted(counts: Mapping[str, int]) -> str:
    return (
        f"{count(counts['rows'], 'row')}: {count(counts['read'], 'session')} with a score, "
        f"{counts['held']} more held without; {count(counts['set aside'], 'row')} cannot stand."
    )


def _forms_counted(counts: Mapping[str, int]) -> str:
    others = f", {counts['other rows']} of other questionnaires," if counts["other rows"] else ""
    left = f"{counts['left out']} left out, " if counts["left out"] else ""
    return (
        f"{count(counts['rows'], 'row')}{others} with {count(counts['forms'], 'questionnaire')}: "
        f"{counts['empty']} empty, {left}{counts['set aside']} cannot stand, {counts['read']} read; "
        f"in these {count(counts['cells set aside'], 'cell')} cannot stand."
    )


def _shown(value: str | Sequence[str] | Mapping[str, object]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {entry}" for name, entry in value.items())
    return ", ".join(value)


def check(
    path: str | Path,
    *,
    mapping: str | Path | ExportMap | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | Sequence[str] | None = None,
    **settings: Any,
) -> Check:
    """Examine an export and report every problem at once; nothing is changed.

    A file without answers is checked as ready-made scores, if one column is called its total.

    Parameters
    ----------
    path, mapping, encoding, separator, sheet, **settings
        As in `alliance.read`.

    Returns
    -------
    Check

    Raises
    ------
    AllianceError
        If the file cannot be read at all or its columns are not clear.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "srs.csv"
    >>> _ = file.write_text("ID,Session,srs_1,srs_2,srs_3,srs_4\\n007,1,9.3,8.7,99,9.5\\n")
    >>> print(check(file).problems[0].text())
    Answers to srs must be numbers from 0 to 10 (1 row).
            client  session   rater  item found
        row                                    
        2      007        1  client     3    99
        To fix: correct the cells, or declare a code for missing answers with missing_codes=[...] \
(--missing).
    """
    wanted = join_mappings(mapping, settings)
    export = read_file(path, encoding=encoding, separator=separator, sheet=sheet or wanted.sheet)
    taken = examine_export(export, clear(_layout(export, wanted), export.name))
    problems = list(taken.problems)
    doubtful = any(problem.serious and problem.kind in WHOLE_FILE for problem in problems)
    if taken.instrument is not None and not taken.mapping.scores and not doubtful:
        # Otherwise the answers are not what they seem, and whatever they suggest is idle.
        problems += form_problems(taken.responses, taken.instrument)
    # A stable sort: serious ones first, otherwise in the order found.
    problems.sort(key=lambda problem: not problem.serious)
    return Check(problems=tuple(problems), intake=taken, name=Path(path).name)


def _layout(export: Export, wanted: ExportMap) -> Layout:
    """Return the layout of an export; as ready-made scores where it can only hold these."""
    layout = find_layout(export, wanted)
    offered = [option.settings for asked in layout.questions for option in asked.options]
    offered = [settings for settings in offered if "scores" in settings]
    columns = {settings["scores"]["total"] for settings in offered}
    likely = [name for name in columns if called_total(name)]
    if not wanted.scores and len(likely) == 1:
        settings = next(s for s in offered if s["scores"]["total"] == likely[0])
        stated = {"instrument": wanted.instrument, "metric": wanted.metric}
        stated = {name: value for name, value in stated.items() if value is not None}
        wanted = join_mappings(wanted, {**settings, **stated})
        layout = find_layout(export, wanted)
    if wanted.scores and wanted.instrument is not None:
        # A name that leaves open which scores these are is asked about, as `read_scores` does.
        load_for_totals(wanted.instrument, wanted.metric)
    return layout
