"""A smoke test of the installed toolkit: every format, every figure, the demo and both reports."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

EXPORTS = ("export.csv", "export.xlsx", "export.sav", "export.dta", "export.parquet")


def alliance(*words: str) -> None:
    """Run one command as a user does; its output is shown only where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "alliance", *words], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"alliance {' '.join(words)}\n{done.stdout}\n{done.stderr}")
    print(f"ok: alliance {' '.join(words)}", flush=True)


def write_exports() -> None:
    """Write one small export in each format that is read."""
    import pandas as pd
    import pyreadstat

    people = [(f"{client:03d}", session) for client in range(8) for session in range(1, 9)]
    frame = pd.DataFrame(people, columns=["client", "session"])
    for item in range(1, 13):
        dip = (frame["session"] == 5) & (frame["client"] < "004")
        frame[f"wai_sr_{item}"] = 4 - 2 * dip + (frame["session"] + item) % 2
    frame.to_csv("export.csv", index=False)
    frame.to_excel("export.xlsx", index=False)
    frame.to_parquet("export.parquet", index=False)
    pyreadstat.write_sav(frame, "export.sav")
    pyreadstat.write_dta(frame, "export.dta")


def scores(path: str) -> str:
    """Return a scored table without the row of the file, which a header moves by one."""
    return "\n".join(line.rpartition(",")[0] for line in Path(path).read_text().splitlines())


def main() -> None:
    os.environ.setdefault("MPLBACKEND", "Agg")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_exports()
        for name in EXPORTS:
            alliance("score", name, "-o", f"{Path(name).suffix[1:]}_sessions.csv")
        if len({scores(f"{Path(name).suffix[1:]}_sessions.csv") for name in EXPORTS}) != 1:
            raise SystemExit("The formats were not read alike.")
        alliance("ruptures", "csv_sessions.csv", "-o", "episodes.csv", "--figure", "courses.png")
        alliance("reliability", "export.csv", "--table", "table.docx")
        alliance("report", "export.csv", "--for", "clinic", "--draws", "9", "-o", "review.html")
        alliance("report", "export.csv", "--for", "study", "--draws", "9", "-o", "study.html")
        alliance("demo", "-o", "demo")


if __name__ == "__main__":
    main()
