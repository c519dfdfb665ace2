"""Make the synthetic study, byte for byte: `python data/synthetic_study/make.py [--check]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from alliance.simulate import Study, World, simulate

HERE = Path(__file__).resolve().parent

# Of the seeds from 2000 on, the first with which no two questionnaires of 3,143 share a
# varied answer vector by chance (about 5 pairs do with any other seed), so that the one
# copied vector planted below is the only one in the file.
SEED = 2024
CLIENTS = 150

WORLD = World(
    name="synthetic study",
    scale="wai",
    level=4.1,
    item_spread=0.4,
    volatility_sd=0.2,
    planned_range=(4, 30),
    clients_per_therapist=6,
    unanswered_items=0.003,
    gain=0.3,
    second_rater=True,
)

ITEMS = [f"item_{number}" for number in range(1, 13)]
EXPORTED_ITEMS = [f"wai_sr_{number}" for number in range(1, 13)]
KEY = ["client", "session", "rater"]


def study() -> Study:
    """Return the study with everything known about it."""
    return simulate(WORLD, clients=CLIENTS, seed=SEED)


def clean_tables(made: Study, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return the clean tables by file name, clients named 001, 002 ..."""
    dates = session_dates(made, rng)
    responses = plain_clients(made.responses).merge(dates, on=["client", "session"])
    responses[ITEMS] = responses[ITEMS].astype("Int64")
    order = [*KEY, "therapist", "date", "instrument", *ITEMS]
    outcomes = plain_clients(made.outcomes)
    outcomes["total"] = outcomes["total"].astype("int64")
    return {
        "responses.csv": responses[order].sort_values(KEY, ignore_index=True),
        "outcomes.csv": outcomes,
        "log.csv": plain_clients(made.log),
        "truth.csv": plain_clients(made.truth).sort_values(KEY, ignore_index=True),
        "true_episodes.csv": plain_clients(made.episodes),
        "clients.csv": plain_clients(made.clients).drop(columns=["ruptures", "repairs"]),
    }


def plain_clients(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which client c007 is called 007, as in many clinics."""
    return table.assign(client=table["client"].str.removeprefix("c"))


def session_dates(made: Study, rng: np.random.Generator) -> pd.DataFrame:
    """Return client, session, date: weekly sessions, one in ten after a fortnight."""
    attended = plain_clients(made.clients)[["client", "attended"]]
    first = pd.Timestamp("2022-01-10") + pd.to_timedelta(
        7 * rng.integers(0, 90, CLIENTS) + rng.integers(0, 5, CLIENTS), unit="D"
    )
    weeks = 1 + (rng.random((CLIENTS, attended["attended"].max())) < 0.1)
    weeks[:, 0] = 0
    days = 7 * np.cumsum(weeks, axis=1)
    rows = [
        (client, session, first[number] + pd.Timedelta(days=int(days[number, session - 1])))
        for number, (client, sessions) in enumerate(attended.itertuples(index=False))
        for session in range(1, sessions + 1)
    ]
    return pd.DataFrame(rows, columns=["client", "session", "date"])


def exported(responses: pd.DataFrame) -> pd.DataFrame:
    """Return the responses as a clinic's system writes them: every cell is text."""
    items = responses[ITEMS].astype("str").where(responses[ITEMS].notna(), "")
    export = pd.DataFrame(
        {
            "Client ID": responses["client"],
            "Session No": responses["session"].astype("str"),
            "Session Date": responses["date"].dt.strftime("%d.%m.%Y"),
            "Rater": responses["rater"].str.capitalize(),
        }
    )
    export[EXPORTED_ITEMS] = items.to_numpy()
    order = ["Client ID", "Session No", "Session Date", "Therapist", "Rater", *EXPORTED_ITEMS]
    export["Therapist"] = responses["therapist"]
    export["WAI Total"] = [total_cell(row) for row in export[EXPORTED_ITEMS].to_numpy()]
    return export[[*order, "WAI Total"]]


def total_cell(answers) -> str:
    """Return the sum of the answers as text; empty if one is missing or not a number."""
    try:
        return f"{sum(float(answer) for answer in answers):g}"
    except ValueError:
        return ""


@dataclass
class Planter:
    """Plants problems in an export and writes down each one.

    Parameters
    ----------
    export : DataFrame
        All text; its index is the order of the rows, halves for rows put in between.
    rng : numpy Generator
        Chooses the rows.
    """

    export: pd.DataFrame
    rng: np.random.Generator
    planted: list[dict] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def pick(self, suits) -> float:
        """Return a row, of a client not used yet, whose answers suit; sessions from 2 on."""
        complete = self.export["WAI Total"].ne("") & self.export["Session No"].ne("1")
        for row in self.rng.permutation(self.export.index[complete]):
            client = self.export.at[row, "Client ID"]
            if client not in self.taken and suits(answers_of(self.export.loc[row])):
                self.taken.add(client)
                return row
        raise SystemExit("No row is left that suits the problem to be planted.")

    def note(self, kind, row, planted, *, column="", was="", other_row=None) -> None:
        """Write one problem down; rows are numbered when the file is complete."""
        names = self.export.loc[row, ["Client ID", "Session No", "Rater"]]
        entry = {"kind": kind, "row": row, "other_row": other_row, "column": column}
        entry |= {"planted": planted, "was": was}
        self.planted.append(entry | dict(zip(KEY, names, strict=True)))

    def cell(self, kind: str, value: str, column: str | None = None) -> None:
        """Replace one cell; the total follows the items unless the total is meant."""
        row = self.pick(varied)
        column = column or str(self.rng.choice(EXPORTED_ITEMS))
        was = self.export.at[row, column]
        self.note(kind, row, value, column=column, was=was)
        self.export.at[row, column] = value
        if column in EXPORTED_ITEMS:
            self.total(row)

    def total(self, row: float) -> None:
        """Make the total of a row follow its items."""
        self.export.at[row, "WAI Total"] = total_cell(self.export.loc[row, EXPORTED_ITEMS])

    def wrong_total(self, change: int) -> None:
        """Change the total of a row."""
        row = self.pick(varied)
        was = self.export.at[row, "WAI Total"]
        self.export.at[row, "WAI Total"] = str(int(was) + change)
        planted = self.export.at[row, "WAI Total"]
        self.note("wrong total", row, planted, column="WAI Total", was=was)

    def zeros(self) -> None:
        """Turn a questionnaire into one that was left blank and exported as zeros."""
        row = self.pick(varied)
        self.export.loc[row, EXPORTED_ITEMS] = "0"
        self.total(row)
        self.note("blanks scored as 0", row, "all twelve items 0")

    def repeated_row(self) -> None:
        """Put an exact copy of a row below it; a plain vector, so that only the key shows."""
        row = self.pick(lambda answers: not varied(answers))
        self.insert(row, self.export.loc[row].copy())
        self.note("repeated row", row + 0.5, "exact copy of the row above", other_row=row)

    def second_version(self) -> None:
        """Put a second version of a questionnaire, three answers different, below it."""
        row = self.pick(varied)
        second = self.export.loc[row].copy()
        for column in self.rng.choice(EXPORTED_ITEMS, 3, replace=False):
            second[column] = "3" if second[column] != "3" else "5"
        self.insert(row, second)
        self.total(row + 0.5)
        planted = "three answers other than in the row above"
        self.note("two versions", row + 0.5, planted, other_row=row)

    def insert(self, row: float, cells: pd.Series) -> None:
        """Put a row below another one."""
        self.export.loc[row + 0.5] = cells
        self.export = self.export.sort_index()

    def copied_answers(self) -> None:
        """Copy all answers of one client into another client's row."""
        source, row = self.pick(varied), self.pick(varied)
        self.export.loc[row, EXPORTED_ITEMS] = self.export.loc[source, EXPORTED_ITEMS]
        self.total(row)
        client = self.export.at[source, "Client ID"]
        self.note("copied answers", row, f"answers of client {client}", other_row=source)

    def list_of_problems(self) -> pd.DataFrame:
        """Return the problems with row numbers as a text editor or Excel counts them."""
        line = {row: number for number, row in enumerate(self.export.index, start=2)}
        listed = pd.DataFrame(self.planted)
        listed["row"] = listed["row"].map(line)
        listed["other_row"] = listed["other_row"].map(line).astype("Int64")
        return listed.sort_values(["row", "column"], ignore_index=True)


def answers_of(row: pd.Series) -> list[str]:
    """Return the answers of an exported row."""
    return row[EXPORTED_ITEMS].tolist()


def varied(answers: list[str]) -> bool:
    """Say whether nobody would give the same answers by habit: 4 values, none dominant."""
    most = max(answers.count(answer) for answer in answers)
    return len(set(answers)) >= 4 and most <= len(answers) / 2


def plant(export: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the export with its problems, and the list of them."""
    export = export.copy()
    export.index = export.index.astype(float)
    planter = Planter(export=export, rng=rng)
    planter.cell("out of range", "7")
    planter.cell("out of range", "55")
    planter.zeros()
    for _ in range(3):
        planter.cell("does not apply", "9", "wai_sr_10")
    planter.repeated_row()
    planter.second_version()
    planter.copied_answers()
    planter.wrong_total(-4)
    planter.wrong_total(10)
    for mark in ("#VALUE!", "#NULL!", "."):
        planter.cell("spreadsheet error" if mark != "." else "missing mark", mark)
    planter.cell("word", "often")
    planter.cell("not a whole number", "3.5")
    planter.cell("empty identifier", "", "Client ID")
    row = planter.pick(varied)
    was = planter.export.at[row, "Session No"]
    planter.note("session number", row, f"{was}b", column="Session No", was=was)
    planter.export.at[row, "Session No"] = f"{was}b"
    return planter.export, planter.list_of_problems()


def write_all(folder: Path) -> list[str]:
    """Write every file of the study into a folder; return their names."""
    rng = np.random.default_rng(SEED)
    tables = clean_tables(study(), rng)
    export, problems = plant(exported(tables["responses.csv"]), rng)
    tables["planted_problems.csv"] = problems
    for name, table in tables.items():
        text = table.to_csv(index=False, float_format="%.4f", lineterminator="\n")
        (folder / name).write_bytes(text.encode())
    text = export.to_csv(index=False, sep=";", lineterminator="\n")
    (folder / "as_exported.csv").write_bytes(text.encode("utf-8-sig"))
    return [*tables, "as_exported.csv"]


def differing(folder: Path) -> list[str]:
    """Return the names of files in the folder that differ from what would be made."""
    with tempfile.TemporaryDirectory() as fresh:
        names = write_all(Path(fresh))
        return [
            name
            for name in names
            if not (folder / name).is_file()
            or (folder / name).read_bytes() != (Path(fresh) / name).read_bytes()
        ]


def main() -> int:
    """Write the files, or with --check say whether they are what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, compare")
    if parser.parse_args().check:
        names = differing(HERE)
        print("\n".join(f"differs: {name}" for name in names) or "all files are as made")
        return 1 if names else 0
    print("\n".join(write_all(HERE)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
