"""The command `report`: the clinic's review or the study's report, from a scored table or an export."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pandas as pd

from alliance.cli.finding import chosen_log
from alliance.cli.showing import wrapped
from alliance.errors import AllianceError
from alliance.files import refuse_existing, write_text

DONE = 0
CLINIC = "clinic"


def report(options: Namespace) -> int:
    """Write the page asked for, and say the first thing to know."""
    output = Path(options.output or ("review.html" if options.whom == CLINIC else "report.html"))
    refuse_existing([output], force=options.force)
    read = _read(options)
    log = chosen_log(options)
    key = _key(options)
    sessions, responses, log = (
        _named_by(key, table) for table in (read.sessions, read.responses, log)
    )
    if options.whom == CLINIC:
        page, text = _clinic(sessions, responses, log, read.how, options)
    else:
        page, text = _study(sessions, responses, log, read.how, options)
    write_text(page, output, force=options.force)
    print(f"{wrapped(text)}\n\nWrote {output}.")
    return DONE


def _read(options: Namespace):
    from alliance.cli.commands import mapping_of
    from alliance.clinic import read_sessions

    return read_sessions(
        options.export,
        mapping=mapping_of(options),
        scale=options.scale,
        encoding=options.encoding,
        separator=options.separator,
        sheet=options.sheet,
    )


def _key(options: Namespace):
    if not options.pseudonyms:
        return None
    from alliance.pseudonyms import read_key

    return read_key(options.pseudonyms)


def _named_by(key, table: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return a table with pseudonyms in place of clients and therapists."""
    if key is None or table is None:
        return table
    people = [kind for kind in ("client", "therapist") if kind in table.columns]
    return table.assign(**{kind: key.of(table[kind], kind) for kind in people})


def _clinic(sessions, responses, log, how, options: Namespace) -> tuple[str, str]:
    from alliance.clinic import Settings, review, review_page

    settings = Settings(
        at=options.at,
        start=options.start,
        end=options.end,
        last_sessions=options.last_sessions,
        absent_after=options.absent_after,
        detector=options.detector,
        threshold=options.threshold,
        scale=options.scale,
        rater=options.rater or "client",
        instrument=options.instrument,
        therapists=options.therapists,
        fewest=options.fewest,
        baseline=_months(options.baseline),
        draws=options.draws,
        seed=options.seed,
    )
    found = review(sessions, settings, log=log, responses=responses)
    return review_page(found, how=how), found.text()


def _months(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not colon:
        raise AllianceError(f"--baseline takes two months, 2024-01:2024-12, not '{text}'.")
    return first, last


def _study(sessions, responses, log, how, options: Namespace) -> tuple[str, str]:
    from alliance.study import study_page

    return study_page(
        sessions,
        responses=responses,
        log=log,
        how=how,
        scale=options.scale,
        rater=options.rater,
        surrogates=options.surrogates,
        draws=options.draws,
        seed=options.seed,
    )
