"""The key: what makes pseudonyms, how it is kept in a file, and who may read that file."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

import pandas as pd

from alliance.errors import AllianceError
from alliance.files import read_small_text, warn_if_others_read
from alliance.tables import as_text

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _LETTERS)
_MARK = "alliance-key-1"
_NOTE = (
    "# The key behind the pseudonyms. Whoever has it can tell which pseudonym stands for whom:\n"
    "# keep it apart from the data, keep a copy in a safe place, and never pass it on.\n"
)
KINDS = {"client": "C", "therapist": "T"}
# Others that can be named in a table: who else rated, an episode of care, a questionnaire of one's own.
OTHERS = {"rater": "R", "case": "E", "instrument": "Q"}
_LETTER = {**KINDS, **OTHERS}


@dataclass(frozen=True, kw_only=True)
class Key:
    """Gives each identifier its pseudonym: a short text such as ``C-7KQ2-M9FT``.

    Parameters
    ----------
    secret : bytes
        32 bytes; never printed.

    Raises
    ------
    AllianceError
        If it has another length.

    Notes
    -----
    A pseudonym is the first 40 bits of HMAC-SHA256 of the kind of person and the identifier, in
    the 32 letters and digits that are not mistaken for each other. The same key and the same
    identifier give the same pseudonym in every file and on every day; without the key neither
    can be found from the other, not even by trying out all identifiers. Among 2,000 clients
    the probability that two share a pseudonym is 2 in a million; it is looked for each time.

    References
    ----------
    Krawczyk, H., Bellare, M., & Canetti, R. (1997). HMAC: Keyed-hashing for message
    authentication. RFC 2104. doi:10.17487/RFC2104

    Examples
    --------
    >>> Key(secret=bytes(32)).of(["007", "7"]).tolist()
    ['C-C8FF-WE5C', 'C-TX5Q-2PJN']
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.secret, bytes) or len(self.secret) != 32:
            raise AllianceError("The secret of a key must be 32 bytes.")

    @classmethod
    def random(cls) -> Self:
        """Return a new key that nobody else has."""
        return cls(secret=secrets.token_bytes(32))

    @property
    def name(self) -> str:
        """A name to tell keys apart by; nothing can be found from it."""
        return f"K-{self._letters('key', '')}"

    def of(self, identifiers: Iterable[object], kind: str = "client") -> pd.Series:
        """Return the pseudonym of each identifier; a missing one stays missing.

        Parameters
        ----------
        identifiers : sequence
            Taken as the tables take them: as text, ``7.0`` as ``7``, ``007`` as ``007``.
        kind : {"client", "therapist"}
            Two name spaces: the client 12 and the therapist 12 get unlike pseudonyms.

        Raises
        ------
        AllianceError
            If two identifiers would get the same pseudonym, or they are pseudonyms already.
        """
        if kind not in _LETTER:
            raise AllianceError(f"There are pseudonyms for client and therapist, not for {kind}.")
        named = self.codes(identifiers, kind)
        people = _one_form(identifiers).dropna().unique()
        pseudonym = re.compile(f"{_LETTER[kind]}-[{_LETTERS}]{{4}}-[{_LETTERS}]{{4}}")
        if len(people) and all(map(pseudonym.fullmatch, people)):
            raise AllianceError(
                f"Every {kind} has a pseudonym already.\n"
                "To fix: start from the table with the identifiers, or leave the key out."
            )
        return named

    def codes(self, identifiers: Iterable[object], kind: str = "client") -> pd.Series:
        """Return the same of identifiers that may be pseudonyms already, for a file's own codes."""
        text = _one_form(identifiers)
        people = text.dropna().unique()
        named = {person: f"{_LETTER[kind]}-{self._letters(kind, person)}" for person in people}
        if len(set(named.values())) < len(named):
            raise AllianceError(
                f"Two of {len(named)} {kind}s would get the same pseudonym with this key.\n"
                "To fix: make another key. This happens once in very many keys."
            )
        return text.map(named, na_action="ignore").astype("str")

    def _letters(self, kind: str, text: str) -> str:
        message = f"alliance pseudonym 1\0{kind}\0{text}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self.secret, message, "sha256")
        # Five bits a letter, of the first 40.
        letters = base64.b32encode(digest[:5]).decode("ascii").translate(_CROCKFORD)
        return f"{letters[:4]}-{letters[4:]}"


def _one_form(identifiers: Iterable[object]) -> pd.Series:
    given = identifiers if isinstance(identifiers, pd.Series) else pd.Series(list(identifiers))
    # One form of a text whose accents can be written in two ways.
    return as_text(given).map(partial(unicodedata.normalize, "NFC"), na_action="ignore")


def new_key(path: str | Path) -> Key:
    """Make a random key and write it to a file that only its owner can read.

    Raises
    ------
    AllianceError
        If the file exists (a key is never overwritten) or cannot be written.
    """
    path, key = Path(path), Key.random()
    written = key.secret.hex()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(f"{_NOTE}{_MARK} {written} {_check(written)}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            _put_in_place(Path(name), path)
        finally:
            Path(name).unlink(missing_ok=True)
    except FileExistsError:
        raise AllianceError(
            f"{path} exists already, and a key is never overwritten: pseudonyms made with it "
            "could not be made again.\nTo fix: choose another name."
        ) from None
    except OSError as error:
        raise AllianceError(f"{path} cannot be written: {error.strerror}.") from None
    return key


def _put_in_place(written: Path, path: Path) -> None:
    """Give the file its name, whole and only if nothing has that name."""
    try:
        path.hardlink_to(written)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: create the name first, then write it whole
        with open(path, "x", opener=partial(os.open, mode=0o600)) as file:
            file.write(written.read_text("ascii"))


def read_key(path: str | Path) -> Key:
    """Read a key that `new_key` wrote.

    Raises
    ------
    AllianceError
        If the file is missing, empty, not a key or damaged.

    Warns
    -----
    AllianceWarning
        If others than the owner may read the file.
    """
    path = Path(path)
    if not path.exists():
        raise AllianceError(
            f"There is no key file {path}.\nTo fix: make one, alliance pseudonyms --new-key {path}"
        )
    secret = _secret(path, read_small_text(path, "key for pseudonyms"))
    warn_if_others_read(path, "key file")
    return Key(secret=secret)


def _secret(path: Path, text: str) -> bytes:
    lines = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    if not lines:
        raise _not_a_key(path, "it is empty")
    if len(lines) != 1 or len(lines[0]) != 3 or lines[0][0] != _MARK:
        raise _not_a_key(path, "it holds something else")
    _, written, check = lines[0]
    if len(written) != 64 or check != _check(written):
        raise _not_a_key(path, "it was changed or cut off")
    return bytes.fromhex(written)


def _check(written: str) -> str:
    return hashlib.sha256(written.encode("utf-8")).hexdigest()[:8]


def _not_a_key(path: Path, why: str) -> AllianceError:
    return AllianceError(
        f"{path} is not a key for pseudonyms: {why}.\n"
        "To fix: name the file that alliance pseudonyms --new-key made, or a copy of it."
    )
