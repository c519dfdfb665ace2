"""The key: the same stand-in for the same person everywhere, and a file nobody else can read."""

import hashlib
import hmac
import os
import re
import stat
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.errors import AllianceError, AllianceWarning
from alliance.pseudonyms import Key, new_key, read_key

KEY = Key(secret=bytes(range(32)))
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_by_hand_it_is_the_beginning_of_an_hmac_in_base_32():
    digest = hmac.new(bytes(range(32)), b"alliance pseudonym 1\0client\x00007", hashlib.sha256)
    bits = bin(int(digest.hexdigest()[:10], 16))[2:].zfill(40)
    letters = "".join(ALPHABET[int(bits[i : i + 5], 2)] for i in range(0, 40, 5))
    assert KEY.of(["007"]).tolist() == [f"C-{letters[:4]}-{letters[4:]}"]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
        min_size=1,
        max_size=20,
    )
)
def test_the_same_person_has_the_same_pseudonym_in_every_company(people):
    together = KEY.of(people)
    assert together.tolist() == [KEY.of([person]).item() for person in people]
    assert all(re.fullmatch(f"C-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", p) for p in together)


def test_it_is_the_same_in_another_process():
    code = "from alliance.pseudonyms import Key; print(Key(secret=bytes(range(32))).of(['é7'])[0])"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "99"},
    )
    assert shown.stdout.strip() == KEY.of(["é7"]).item()


def test_identifiers_are_taken_as_the_tables_take_them():
    assert KEY.of([7.0, 8.0]).tolist() == KEY.of(["7", "8"]).tolist()
    assert KEY.of(["007"]).item() != KEY.of(["7"]).item()
    assert KEY.of([" 7 "]).item() == KEY.of(["7"]).item()
    assert KEY.of(["e\u0301"]).item() == KEY.of(["\u00e9"]).item()
    assert KEY.of(["7", None]).isna().tolist() == [False, True]


def test_name_spaces_and_keys_are_unlike():
    other = Key(secret=bytes(32))
    assert KEY.of(["12"])[0][1:] != KEY.of(["12"], "therapist")[0][1:]
    assert KEY.of(["12"])[0] != other.of(["12"])[0] and KEY.name != other.name
    with pytest.raises(AllianceError, match="not for supervisor"):
        KEY.of(["12"], "supervisor")


def test_pseudonyms_are_not_replaced_again():
    with pytest.raises(AllianceError, match="already"):
        KEY.of(KEY.of(["1", "2"]))


def test_a_shared_pseudonym_is_refused(monkeypatch):
    monkeypatch.setattr(Key, "_letters", lambda self, kind, text: "AAAA-AAAA")
    with pytest.raises(AllianceError, match="Two of 2 clients"):
        KEY.of(["1", "2"])


def test_letters_are_spread_evenly():
    people = KEY.of([str(number) for number in range(20_000)])
    counts = pd.Series(list("".join(people.str.replace("-", "").str[1:]))).value_counts()
    expected = 20_000 * 8 / 32
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert len(counts) == 32 and chi_square < 61.1  # 31 degrees of freedom, p = .001


def test_a_key_file_is_read_back_and_is_for_its_owner(tmp_path):
    path = tmp_path / "deep" / "clinic.key"
    key = new_key(path)
    assert read_key(path).of(["1"]).item() == key.of(["1"]).item()
    assert key.secret.hex() not in repr(key) + str(key) + key.name
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["clinic.key"]
    assert new_key(tmp_path / "other.key") != key


def test_a_key_is_never_overwritten(tmp_path):
    path = tmp_path / "clinic.key"
    new_key(path)
    before = path.read_bytes()
    with pytest.raises(AllianceError, match="never overwritten"):
        new_key(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_file_system_without_links(tmp_path, monkeypatch):
    def refuse(self, target):
        raise OSError("not supported")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    path = tmp_path / "clinic.key"
    key = new_key(path)
    assert read_key(path) == key and stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(AllianceError, match="never overwritten"):
        new_key(path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: "", "empty"),
        (lambda text: "# nothing\n\n", "empty"),
        (lambda text: "client,session\n1,2\n", "something else"),
        (lambda text: text[:-4], "cut off"),
        (lambda text: text.replace(text.split()[-2], "0" * 64), "changed"),
        (lambda text: text.replace(text.split()[-1], "00000000"), "changed"),
        (lambda text: text + text, "something else"),
    ],
)
def test_what_is_not_a_key_is_named(tmp_path, damage, says):
    path = tmp_path / "clinic.key"
    new_key(path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(AllianceError, match=says) as error:
        read_key(path)
    assert "To fix" in str(error.value)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(AllianceError, match="--new-key"):
        read_key(tmp_path / "none.key")
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(AllianceError, match="not a text"):
        read_key(path)
    with pytest.raises(AllianceError, match="is a folder"):
        read_key(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_a_key_that_others_can_read_is_warned_of(tmp_path):
    path = tmp_path / "clinic.key"
    new_key(path)
    path.chmod(0o644)
    with pytest.warns(AllianceWarning, match="chmod 600"):
        read_key(path)


def test_a_secret_has_32_bytes():
    with pytest.raises(AllianceError, match="32 bytes"):
        Key(secret=b"short")
