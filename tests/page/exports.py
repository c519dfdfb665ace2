"""Exports as clinics have them, written anew for a test: Google Forms, REDCap, a titled workbook."""

import csv
import random

from openpyxl import Workbook

FORMS = ["Timestamp", "Wie heissen Sie im Register?"]
FORMS += [f"Wie sehr trifft Aussage {letter} zu?" for letter in "ABCDEFGHIJKL"]
WORDS = ["selten", "manchmal", "immer", "sehr oft"] * 3
CLIENTS = ("007", "008", "009", "010", "011", "012")


def _written(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def google_forms(folder):
    """Write an export of Google Forms with questions as names and answers in German."""
    rows = [
        [f"3/{day}/2026 10:00:00", client, *WORDS[day % 4 :], *WORDS[: day % 4]]
        for client in CLIENTS
        for day in range(14, 24)
    ]
    return _written(folder / "forms.csv", [FORMS, *rows])


def redcap_labels(folder):
    """Write REDCap's export of labels: two repeating forms, one about symptoms, one about the alliance."""
    head = ["Record ID", "Repeat Instrument", "Repeat Instance", "Therapist", "Complete?"]
    head += [*(f"phq9_{n}" for n in range(1, 10)), "Complete?", "wai_date"]
    head += [*(f"wai_{n}" for n in range(1, 13)), "Complete?"]
    draw, rows = random.Random(1), [head]
    for client in CLIENTS:
        rows.append([client, "", "", 2, 2] + [""] * 24)
        for number in range(1, 11):
            symptoms = [draw.randint(0, 3) for _ in range(9)]
            alliance = [draw.randint(2 if number == 6 else 3, 5) for _ in range(12)]
            rows.append([client, "phq9", number, "", "", *symptoms, 2] + [""] * 14)
            day = f"2026-{number:02d}-09"
            rows.append([client, "wai_sr", number, "", ""] + [""] * 10 + [day, *alliance, 2])
    return _written(folder / "redcap.csv", rows)


def titled_workbook(folder):
    """Write a workbook of five therapists' sheets, with rows of titles above the names of columns."""
    book, draw = Workbook(), random.Random(1)
    book.remove(book.active)
    for therapist, client in zip(("Ann", "Bo", "Cy", "Di", "Ed"), CLIENTS, strict=False):
        sheet = book.create_sheet(therapist)
        sheet.append([f"North Street Clinic: {therapist}"])
        sheet.append(["last update 25 Nov"])
        sheet.append(["Client", "Session", "Relationship", "Goals and Topics"])
        for column, name in enumerate(("Approach or Method", "Overall"), start=5):
            sheet.cell(3, column, name)
        for number in range(1, 13):
            low = 3 if number == 7 else 0
            sheet.append([client, number, *(round(draw.uniform(8, 10) - low, 1) for _ in range(4))])
    path = folder / "titled.xlsx"
    book.save(path)
    return path
