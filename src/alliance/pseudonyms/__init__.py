"""Pseudonyms: the same stand-in for the same person everywhere, by a key that stays with its owner."""

from alliance.pseudonyms.key import Key as Key
from alliance.pseudonyms.key import new_key as new_key
from alliance.pseudonyms.key import read_key as read_key
from alliance.pseudonyms.replacing import Pseudonymised as Pseudonymised
from alliance.pseudonyms.replacing import pseudonymise as pseudonymise
from alliance.pseudonyms.replacing import refuse_rare as refuse_rare
