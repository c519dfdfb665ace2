"""Supervision: which relationships to talk about first, and what is known of each."""

from typing import Any

import pandas as pd

from alliance.clinic.record import THIS, Record
from alliance.log import has_code

# Ruptures over these are missed most easily by the person who has the power.
POSITION = ("cultural_difference", "power")
_TOLD = ["session", "noticed", "trigger", "tried", "done", "resolved", "sought"]


def supervision_list(record: Record, now: pd.DataFrame, log: pd.DataFrame | None) -> pd.DataFrame:
    """Return the relationships to talk about, the most pressing first.

    Returns one row for each client in therapy with an open rupture, or with a tense session logged
    in the period: client, therapist, open, position (culture, identity or power was named), first
    (open or position), session (logged last, if any), noticed, trigger, tried (codes of the log, in
    tuples), done (text), resolved, sought (supervision was sought; True, False or missing).
    """
    open_now = list(now.loc[now["open"], "client"])
    logged = _logged(record, log)
    therapists = record.in_therapy.set_index("client")["therapist"]
    rows = []
    for client in (*open_now, *sorted({*logged} & {*therapists.index} - {*open_now})):
        told = {**dict.fromkeys(_TOLD), "position": False, **logged.get(client, {})}
        is_open = client in open_now
        first = is_open or told["position"]
        row = {"client": client, "therapist": therapists[client], "open": is_open, "first": first}
        rows.append(row | told)
    columns = ["client", "therapist", "open", "position", "first", *_TOLD]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(
        ["first", "position"], ascending=False, kind="stable", ignore_index=True
    )


def _logged(record: Record, log: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Return for each client what was logged of the tense sessions of the period."""
    if log is None or log.empty:
        return {}
    period = record.rows[record.rows["period"] == THIS][["client", "session"]]
    tense = log[log["tension"] > 0].merge(period, on=["client", "session"])
    return {str(client): _told(rows) for client, rows in tense.groupby("client", sort=True)}


def _told(rows: pd.DataFrame) -> dict[str, Any]:
    last = rows.iloc[-1]
    trigger = rows["trigger"] if "trigger" in rows else pd.Series(dtype="str")
    return {
        "session": int(last["session"]),
        "position": bool(has_code(trigger, *POSITION).any()),
        "noticed": _codes(rows, "markers"),
        "tried": _codes(rows, "strategies"),
        "trigger": _codes(rows, "trigger"),
        "done": "; ".join(rows["done"].dropna().astype("str").unique()) if "done" in rows else "",
        "resolved": _truth(last.get("resolved")),
        "sought": _truth(rows["supervision"].max() if "supervision" in rows else None),
    }


def _codes(rows: pd.DataFrame, column: str) -> tuple[str, ...]:
    if column not in rows:
        return ()
    codes = rows[column].dropna().str.split("; ").explode()
    return tuple(code for code in dict.fromkeys(codes) if code)


def _truth(value: Any) -> bool | None:
    return None if value is None or pd.isna(value) else bool(value)


def logged_near(now: pd.DataFrame, log: pd.DataFrame | None) -> pd.DataFrame:
    """Return by client who logged tension last since the onset shown, or at the last session."""
    if log is None:
        return pd.DataFrame(columns=["source", "session"])
    since = now.set_index("client")["onset"].fillna(now.set_index("client")["last"])
    tense = log[(log["tension"] > 0) & log["client"].isin(since.index)]
    # A fall is often logged at the session before it shows in the form.
    near = tense[tense["session"] >= tense["client"].map(since).astype("Float64") - 1]
    last = near.sort_values("session").drop_duplicates("client", keep="last")
    return last.set_index("client")[["source", "session"]]
