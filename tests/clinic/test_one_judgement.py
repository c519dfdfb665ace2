"""One judgement: on every day page and monitor say the same of every client, whatever ran before."""

import pandas as pd
import pytest

from alliance import simulate
from alliance.clinic import Settings, Words, falls, judge, make_record, now, state, watch

DAYS = pd.date_range("2025-02-03", "2025-06-30", periods=3).strftime("%Y-%m-%d")


def page(table):
    """What the page shows of each client in therapy: open or fallen, with its sentence."""
    record = make_record(table)
    judged = judge(record, Settings())
    fallen = falls(record, judged)
    shown = now(record, judged, fallen)
    calls = shown[shown["open"] | shown["fell"]]
    return {row.client: state(row, fallen, Words()) for row in calls.itertuples()}


@pytest.mark.parametrize(("world", "seed"), [("R0s", 1), ("N0w", 3)])
def test_page_and_monitor_agree_on_every_client_at_every_date(tmp_path, world, seed):
    made = simulate.clinic(simulate.worlds()[world], clients=30, days=300, seed=seed)
    kept, open_before = tmp_path / "kept.sqlite", set()
    for day in DAYS:
        table = made.sessions[made.sessions["date"] <= day]
        over = table["ended"] <= day
        table = table.assign(ended=table["ended"].where(over), status=table["status"].where(over))
        shown = page(table)
        with watch(table, tmp_path / f"{day}.sqlite") as fresh:
            first = dict(zip(fresh.frame["client"], fresh.frame["says"], strict=True))
        assert first == shown
        with watch(table, kept) as news:
            told = news.frame
        # What the old memory says of a client in therapy is word for word what the page says.
        here = told[told["client"].isin(list(shown))]
        assert all(shown[row.client] == row.says for row in here.itertuples())
        new = set(told.loc[told["kind"].isin(["new rupture", "sudden fall"]), "client"])
        assert set(shown) <= new | open_before
        assert not set(told["kind"]) & {"restated", "withdrawn", "gone"}
        open_before = set(shown)
