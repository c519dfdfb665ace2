"""Time the clinic review from a file to the page, and weigh the page.

    python benchmarks/review.py [--clients 2000]

Prints seconds of processor time and of the clock for reading, reviewing and writing, the size of
the page, and, if Chromium and playwright are there, how long it takes to open.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from alliance import simulate
from alliance.clinic import read_sessions, review, review_page
from alliance.files import write_table


def made(clients: int, folder: Path) -> Path:
    """Write a simulated clinic of longer therapies as a scored table."""
    world = simulate.worlds()["R0s"].but(planned_median=25)
    clinic = simulate.clinic(world, clients=clients, days=900, seed=1)
    return write_table(clinic.sessions, folder / "sessions.csv")


def opening(path: Path) -> float | None:
    """Return the seconds Chromium takes to open the page; None if it is not there."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if chromium is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        start = time.perf_counter()
        page.goto(path.as_uri())
        seconds = time.perf_counter() - start
        browser.close()
    return seconds


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=2_000)
    clients = parser.parse_args().clients
    with tempfile.TemporaryDirectory() as name:
        path = made(clients, Path(name))
        clock, processor = time.perf_counter(), time.process_time()
        read = read_sessions(path)
        found = review(read.sessions, therapists=True)
        page = review_page(found, how=read.how)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        shown = Path(name) / "review.html"
        shown.write_text(page, encoding="utf-8")
        print(
            f"{clients:,} clients, {len(read.sessions):,} sessions: {processor:.1f} s of processor time, "
            f"{clock:.1f} s by the clock; {len(found.frame):,} in therapy, {found.open_now} open; page "
            f"{len(page.encode()) / 1e6:.2f} MB"
        )
        seconds = opening(shown)
        if seconds is not None:
            print(f"Chromium opens it in {seconds:.2f} s")


if __name__ == "__main__":
    main()
