"""Instrument files: the catalogue that comes with the package, and the user's own keys."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from alliance.errors import AllianceError, join_names, suggest
from alliance.files import read_small_text
from alliance.instruments.instrument import Instrument
from alliance.instruments.key_file import build, load_file

_CATALOGUE = files("alliance.instruments") / "catalogue"
_OWN_KEY = (
    "# A key file to change: say in `checked` what you changed and how you know it. Use it with\n"
    "# --instrument and this file's name; it is checked in full, with its worked case.\n\n"
)
_MOST_FILES = 200
_SPECIAL = {"key_needed.toml", "template.toml", "choices.toml"}


@dataclass(frozen=True, kw_only=True)
class KeyNeeded:
    """A questionnaire whose scoring key could not be verified, so that the user must supply it.

    Parameters
    ----------
    key, name : str
    known : str
        What is known of its structure, and how surely.
    """

    key: str
    name: str
    known: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A name that several questionnaires share, so that the user is asked which one is meant.

    Parameters
    ----------
    name : str
        As it stands in a file, e.g. ``"k10"``.
    items : int
    what : str
        What the columns hold, as far as the name tells.
    choose : tuple of str
        Keys of the catalogue, one of which must be named.
    why : str
        How they differ.
    """

    name: str
    items: int
    what: str
    choose: tuple[str, ...]
    why: str

    def question(self) -> str:
        """Return what is asked, and how to answer."""
        answers = " or ".join(f'instrument="{key}"' for key in self.choose)
        return (
            f"{self.what}, but not which: {self.why}.\n"
            f"    To fix: say which, {answers} (on the command line --instrument)."
        )


def _plain(name: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


@cache
def instruments() -> Mapping[str, Instrument]:
    """Return every instrument of the catalogue, by key, alliance measures first."""
    found = []
    for entry in _CATALOGUE.iterdir():
        if entry.name.endswith(".toml") and entry.name not in _SPECIAL:
            found.append(_of_the_catalogue(entry.name, entry.read_text("utf-8")))
    found.sort(key=lambda instrument: (instrument.kind != "alliance", instrument.key))
    return {instrument.key: instrument for instrument in found}


@cache
def _by_plain_name() -> Mapping[str, Instrument]:
    return {
        _plain(called): instrument
        for instrument in instruments().values()
        for called in (instrument.key, *instrument.aliases)
    }


def _of_the_catalogue(name: str, text: str) -> Instrument:
    instrument = build(tomllib.loads(text), name)
    if instrument.rights is None:
        raise AllianceError(f"{name} does not say who may use the questionnaire: [rights].")
    return instrument


def instrument_names() -> list[str]:
    """Return the keys of the catalogue."""
    return list(instruments())


@cache
def keys_needed() -> tuple[KeyNeeded, ...]:
    """Return the questionnaires that are known but whose key the user must supply."""
    entries = tomllib.loads((_CATALOGUE / "key_needed.toml").read_text("utf-8"))["instrument"]
    return tuple(KeyNeeded(**entry) for entry in entries)


@cache
def choices() -> tuple[Choice, ...]:
    """Return the names that several questionnaires share."""
    entries = tomllib.loads((_CATALOGUE / "choices.toml").read_text("utf-8"))["choice"]
    return tuple(Choice(**entry | {"choose": tuple(entry["choose"])}) for entry in entries)


def template(instrument: str | Instrument | None = None) -> str:
    """Return the text of a key file for the user to complete.

    Parameters
    ----------
    instrument : str or Instrument, optional
        One of the catalogue to start from: its key is filled in, and is the user's own from there.
    """
    if instrument is None:
        return (_CATALOGUE / "template.toml").read_text("utf-8")
    key = load(instrument).key
    text = (_CATALOGUE / f"{key}.toml").read_text("utf-8")
    # Whoever changes a key vouches for it: the catalogue's own checks do not hold for the copy.
    text = re.sub(r"(?m)^key = .*$", f'key = "my-{key}"', text)
    text = re.sub(r"(?m)^checked = .*$", f'checked = "started from {key}; changed: "', text)
    text = re.sub(r'(?ms)^(?:aliases|total_question) = (?:""".*?"""|.*?)\n', "", text)
    raters = "".join(f'{rater} = "user"\n' for rater in load(key).raters)
    return _OWN_KEY + re.sub(r"(?m)^\[raters\].*\n(?:\w+ = .*\n)+", f"[raters]\n{raters}", text)


def load(name: str | Path | Instrument) -> Instrument:
    """Return an instrument by its name in the catalogue, or from the user's own file.

    Parameters
    ----------
    name : str, Path or Instrument
        A key such as ``"wai-sr"`` (hyphens, spaces and capitals do not matter), or the path
        of a ``.toml`` file; the name of a key file in the working folder does, too. An
        `Instrument` is returned as it is.

    Raises
    ------
    AllianceError
        If the name is unknown or its key could not be verified, with what to do.

    Examples
    --------
    >>> load("WAI_SR").scales["bond"]
    (3, 5, 7, 9)
    """
    if isinstance(name, Instrument):
        return name
    if str(name).endswith(".toml"):
        return load_file(name)
    if _plain(name) in _by_plain_name():
        return _by_plain_name()[_plain(name)]
    for choice in choices():
        if _plain(name) == _plain(choice.name):
            raise AllianceError(f"'{name}' may be {choice.question()}")
    for entry in keys_needed():
        if _plain(name) == _plain(entry.key):
            raise AllianceError(
                f"The scoring key of {entry.name} could not be verified, so none is built in. "
                f"Known: {entry.known}\n"
                "To fix: write a key file with `alliance instruments --template my_key.toml`, "
                "complete it from the questionnaire's manual, and name it as the instrument."
            )
    own = _key_file_here(str(name))
    if own is not None:
        return own
    raise AllianceError(
        f"There is no instrument '{name}'.{suggest(str(name), instruments())} "
        f"Known: {join_names(instruments(), 40)}."
    )


def _key_file_here(name: str) -> Instrument | None:
    """Return the user's own instrument of that name from a key file in the working folder."""
    for path in sorted(Path().glob("*.toml"))[:_MOST_FILES]:
        try:
            key = tomllib.loads(read_small_text(path, "instrument file")).get("key")
        except (AllianceError, ValueError, RecursionError):
            continue  # some other file of the folder
        if isinstance(key, str) and _plain(name) in (_plain(key), _plain(path.stem)):
            return load_file(path)
    return None


def known(name: object) -> Instrument | None:
    """Return the instrument that a table names: of the catalogue, or by the path of a key file.

    Parameters
    ----------
    name : object
        As a table's column ``instrument`` holds it.

    Returns
    -------
    Instrument or None
        None where the name is no instrument that is known here.

    Raises
    ------
    AllianceError
        If it is a key file that is not there any more: without it the direction is not known.
    """
    text = str(name)
    if not text.endswith(".toml"):
        return instruments().get(text)
    if not Path(text).is_file():
        raise AllianceError(
            f"The scores were made with the key file {text}, which is not there.\n"
            "To fix: run this in the folder it was in, or write its present path into the column "
            "instrument."
        )
    return load_file(text)


def called_in(names: Iterable[str], instrument: str | Instrument) -> str:
    """Return which of a table's names an instrument has there, or as it was given if none.

    Examples
    --------
    >>> called_in(["phq-9", "wai-sr"], "WAI_SR")
    'wai-sr'
    """
    wanted = _names_of(instrument)
    given = instrument if isinstance(instrument, str) else instrument.called
    return next((name for name in names if wanted & _names_of(name)), given)


def _names_of(instrument: str | Instrument) -> set[str]:
    """Return what an instrument may be called in a table."""
    if isinstance(instrument, Instrument):
        return {instrument.key, instrument.called, Path(instrument.called).name}
    names = {instrument, Path(instrument).name}
    try:
        return names | _names_of(load(instrument))
    except AllianceError:  # a name of the study's own, or a key file that was moved
        return names


def load_for_totals(name: str | Path | Instrument, metric: str | None = None) -> Instrument:
    """Return the instrument that ready-made scores are of; ask where a name does not say it.

    Parameters
    ----------
    name : str, Path or Instrument
        As for `load`.
    metric : {"mean", "sum", "scaled"}, optional
        As the user says; needed where published scores are scaled, because raw ones fit their range.

    Raises
    ------
    AllianceError
        If the name or the metric leaves open which scores these are.

    Examples
    --------
    >>> load_for_totals("srs-4").key
    'srs'
    """
    instrument = load(name)
    named = not isinstance(name, Instrument) and _plain(name) == _plain(instrument.key)
    if named and instrument.total_question:
        raise AllianceError(instrument.total_question)
    if instrument.scaled and metric is None:
        ((of, times),) = instrument.scaled.items()
        raise AllianceError(
            f"A ready-made score of the {instrument.key.upper()} may be the {of} of its items or "
            f"{times:g} times that.\n"
            f'To fix: say which, metric="{of}" or metric="scaled" (on the command line --metric).'
        )
    return instrument
