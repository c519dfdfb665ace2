"""Pseudonyms: the same stand-in for the same person everywhere, by a key that stays with its owner."""

from alliance.pseudonyms.key import Key, new_key, read_key
from alliance.pseudonyms.replacing import Pseudonymised, pseudonymise, refuse_rare

__all__ = ["Key", "Pseudonymised", "new_key", "pseudonymise", "read_key", "refuse_rare"]
