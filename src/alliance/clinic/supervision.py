"""Supervision: which relationships to talk about first, and what is known of each."""

from __future__ import annotations

import pandas as pd

from alliance.clinic.attention import OPEN
from alliance.clinic.endings import IN_THERAPY
from alliance.clinic.record import THIS, Record
from alliance.log import CODES, has_code, tidy_log

# Ruptures over these are missed most easily by the person who has the power.
POSITION = ("cultural_difference", "power")
_MEANINGS = {code.key: code.meaning for codes in CODES.values() for code in codes}


def log_by_then(log: pd.DataFrame, record: Record) -> pd.DataFrame:
    """Return the checked rows of a rupture log about sessions that the record holds.

    A log of the whole file so becomes the log as it stood on the day of the review.

    Raises
    ------
    DataError
        If the log cannot be used.
    """
    known = record.rows[["client", "session"]].drop_duplicates()
    return (
        tidy_log(log)
        .merge(known, on=["client", "session"])
        .sort_values(["client", "session", "source"], ignore_index=True)
    )


def supervision_list(record: Record, now: pd.DataFrame, log: pd.DataFrame | None) -> pd.DataFrame:
    """Return the relationships to talk about, the most pressing first.

    Returns
    -------
    DataFrame
        One row for each client in therapy with an open rupture, or with a tense session logged in
        the period: client, therapist, open, position (culture, identity or power was named),
        first (open or position), why, session (logged last, if any), noticed, tried, trigger,
        done, resolved (yes, no or empty), sought (supervision was sought: yes, no or empty).
    """
    open_now = now[now["need"] == OPEN]
    names = ["client", "therapist", "open", "position", "first", "why", "session"]
    texts = ["noticed", "tried", "trigger", "done", "resolved", "sought"]
    logged = _logged(record, log)
    in_therapy = record.clients[record.clients["ending"] == IN_THERAPY].set_index("client")
    clients = [
        *open_now["client"],
        *sorted(set(logged) & set(in_therapy.index) - set(open_now["client"])),
    ]
    rows = []
    for client in clients:
        told = logged.get(client, {})
        is_open = client in set(open_now["client"])
        position = told.get("position", False)
        rows.append(
            {
                "client": client,
                "therapist": in_therapy["therapist"].get(client),
                "open": is_open,
                "position": position,
                "first": is_open or position,
                "why": _why(is_open, position, told),
                **{name: told.get(name) for name in ("session", *texts)},
            }
        )
    table = pd.DataFrame(rows, columns=[*names, *texts])
    order = table["position"].astype(int) + 2 * table["first"].astype(int)
    place = order.sort_values(ascending=False, kind="stable").index
    return table.loc[place].reset_index(drop=True)


def _why(is_open: bool, position: bool, told: dict) -> str:
    reasons = []
    if is_open:
        reasons.append("a rupture is open in the ratings")
    if told:
        reasons.append(f"tension was logged at session {told['session']}")
    if position:
        reasons.append("culture, identity or power was named")
    return "; ".join(reasons)


def _logged(record: Record, log: pd.DataFrame | None) -> dict[str, dict]:
    """Return for each client what was logged of the tense sessions of the period."""
    if log is None or log.empty:
        return {}
    period = record.rows[record.rows["period"] == THIS][["client", "session"]]
    tense = log[log["tension"] > 0].merge(period, on=["client", "session"])
    return {client: _told(rows) for client, rows in tense.groupby("client", sort=True)}


def _told(rows: pd.DataFrame) -> dict:
    last = rows.iloc[-1]
    trigger = rows["trigger"] if "trigger" in rows else pd.Series(dtype="str")
    return {
        "session": int(last["session"]),
        "position": bool(has_code(trigger, *POSITION).any()),
        "noticed": _in_words(rows, "markers"),
        "tried": _in_words(rows, "strategies"),
        "trigger": _in_words(rows, "trigger"),
        "done": "; ".join(rows["done"].dropna().astype("str").unique()) if "done" in rows else "",
        "resolved": _yes_no(last.get("resolved")),
        "sought": _yes_no(rows["supervision"].max() if "supervision" in rows else None),
    }


def _in_words(rows: pd.DataFrame, column: str) -> str:
    if column not in rows:
        return ""
    codes = rows[column].dropna().str.split("; ").explode()
    return "; ".join(_MEANINGS.get(code, code) for code in dict.fromkeys(codes) if code)


def _yes_no(value: object) -> str:
    if value is None or pd.isna(value):
        return ""
    return "yes" if value else "no"
