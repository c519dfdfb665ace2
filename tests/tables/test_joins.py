"""Clients of a second table: found, counted, refused with the likely cause."""

import pandas as pd
import pytest

import alliance as al
from alliance.joins import join_clients

KNOWN = ["007", "012", "031", "044", "105"]


@pytest.mark.parametrize(
    ("clients", "known", "pair"),
    [
        (["7", "12", "31"], KNOWN, "7 is 007"),
        (["7.0", "12.0"], KNOWN, "7.0 is 007"),
        (["k01", "k02"], ["K01", "K02", "K03"], "k01 is K01"),
        (["K 01", "K 02"], ["K01", "K02", "K03"], "K 01 is K01"),
        (["K-01", "K-02"], ["K01", "K02"], "K-01 is K01"),
        (["K1", "K2"], ["K01", "K02"], "K1 is K01"),
        (["P01", "P02"], ["1", "2"], "P01 is 1"),
        (["anna", "ben"], KNOWN, ""),
        # k1 and K1 are two clients: capitals explain nothing.
        (["K 1", "x"], ["k1", "K1"], ""),
    ],
)
def test_the_likely_cause_is_named(clients, known, pair):
    joined = join_clients(clients, known)
    assert set(joined.lost) == set(clients) and joined.too_many
    assert (f"({pair})" in joined.cause) if pair else not joined.cause


def test_a_fifth_is_the_limit_and_three_are_named():
    log = pd.DataFrame({"client": [f"c{n}" for n in range(10)], "session": 1})
    for strangers, refused in ((2, False), (3, True)):
        sessions = pd.DataFrame({"client": [f"c{n}" for n in range(strangers, 10)]})
        joined = join_clients(log["client"], sessions["client"])
        assert joined.too_many is refused and len(joined.lost) == strangers
        if refused:
            with pytest.raises(al.AllianceError, match="c0, c1, c2"):
                al.match_clients(log, sessions)
        kept = al.match_clients(log, sessions, partial=True)
        assert kept["client"].tolist() == sessions["client"].tolist()


def test_nobody_lost_says_nothing():
    joined = join_clients(["007", "007"], KNOWN)
    assert joined.text() == "" and joined.require() is joined and joined.clients == 1
