"""The report: what was read becomes pages, with the losses said first and the memory kept."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from alliance.clinic.losses import losses_of, refuse_large
from alliance.clinic.monitor import watch
from alliance.clinic.news import News
from alliance.clinic.page import review_page
from alliance.clinic.reading import ReadSessions
from alliance.clinic.record import make_record
from alliance.clinic.review import Review, review, with_losses
from alliance.clinic.settings import Settings
from alliance.clinic.words import ENGLISH, Words
from alliance.errors import AllianceError


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """The pages of a review, and what the terminal says.

    Attributes
    ----------
    pages : mapping of str to str
        HTML by what is put behind the name of the file: empty for the whole clinic, ``-Ann`` for
        a therapist.
    text : str
    review : Review
    """

    pages: Mapping[str, str]
    text: str
    review: Review


@contextmanager
def clinic_report(
    read: ReadSessions,
    settings: Settings | None = None,
    *,
    log: pd.DataFrame | None = None,
    memory: str | Path | None = None,
    language: str = ENGLISH,
    by_therapist: bool = False,
    set_aside: bool = False,
    synthetic: bool = False,
) -> Iterator[Report]:
    """Make the pages of a clinic's review.

    A context manager: with a memory, what is new is remembered if the block ends without an
    error, so write the pages in it.

    Parameters
    ----------
    read : ReadSessions
    settings : Settings, optional
    log : DataFrame, optional
        Rupture log.
    memory : str or Path, optional
        What earlier reviews said, see `alliance.clinic.watch`; then the page says what is new.
    language : str
    by_therapist : bool
        A page for each therapist with a client in therapy besides.
    set_aside : bool
        Go on although more than a fifth of what came in is not used.
    synthetic : bool
        Say on the pages that the clinic is simulated.

    Raises
    ------
    AllianceError
        If something cannot be used, or too much would not be.
    """
    settings, words = settings or Settings(), Words(language)
    record = make_record(read.sessions, settings)
    losses = (*read.losses, *losses_of(record))
    refuse_large(losses, set_aside=set_aside, words=words)

    watched: AbstractContextManager[News | None] = (
        nullcontext() if memory is None else watch(record, memory, settings, language=language)
    )
    with watched as news:
        found = review(
            record,
            settings,
            log=log,
            responses=read.responses,
            outcomes=read.outcomes,
            judged=None if news is None else news.judged,
        )
        found = with_losses(found, read.losses)
        places = {None: ""} | (_places(_therapists(found)) if by_therapist else {})
        pages = {
            place: review_page(
                found,
                how=read.how,
                language=language,
                therapist=therapist,
                news=news,
                synthetic=synthetic,
            )
            for therapist, place in places.items()
        }
        yield Report(pages=pages, text=_said(found, words), review=found)


def _said(found: Review, words: Words) -> str:
    said = [found.text(words)]
    if found.record.twins:
        said.insert(0, words("loss.twins", names="; ".join(found.record.twins)))
    if found.losses:
        losses = "; ".join(loss.text(words) for loss in found.losses)
        said.insert(0, f"{words('loss.title')}: {losses}.")
    return "\n".join(said)


def _therapists(found: Review) -> list[str]:
    names = sorted(found.frame["therapist"].dropna().unique())
    if not names:
        raise AllianceError(
            "Nobody in therapy has a therapist in this table, so there are no pages by therapist.\n"
            "To fix: name the column with --therapist."
        )
    return names


def _places(names: list[str]) -> dict[str | None, str]:
    """Return what is put behind the file's name for each therapist; never the same twice."""
    places: dict[str | None, str] = {}
    # Compared without capitals: to some systems Ann and ann are one file.
    taken: set[str] = set()
    for name in names:
        plain = place = re.sub(r"[^\w-]+", "_", name).strip("_") or "therapist"
        number = 1
        while place.casefold() in taken:
            number += 1
            place = f"{plain}-{number}"
        taken.add(place.casefold())
        places[name] = f"-{place}"
    return places
