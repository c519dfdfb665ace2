"""Now: the clients in therapy, ordered by need, each with what there is to know."""

from typing import Any

import numpy as np
import pandas as pd

from alliance.clinic.falls import Falls
from alliance.clinic.judge import Judged
from alliance.clinic.record import Record, last_rows
from alliance.clinic.words import Words

NEEDS = FELL, OPEN, PROMPT, CALM, NOT_JUDGED = (
    "sudden fall",
    "open rupture",
    "alert",
    "no sign",
    "not judged",
)


def now(record: Record, judged: Judged, fallen: Falls) -> pd.DataFrame:
    """Return the clients in therapy, ordered by need; the same for page and monitor.

    Returns
    -------
    DataFrame
        client, therapist; need (one of `NEEDS`); open (a rupture is under way), fell (a sudden fall
        in the last seven days); probability (of a rupture at the last rated session), depth
        (points below the client's own level there), onset (session at which the open rupture
        began), lasted (sessions since, counted from 1), rated, last (session rated), score,
        change (points from the rated session before), last_date, days (since the last session,
        missing without dates), blank (sessions held since the last rating), missed (session
        numbers without a rating since the onset), prompt (alerts of the instrument).

    Notes
    -----
    Sudden falls of the week first, then open ruptures, the surest first; then all others by
    probability; of equal ones, as a rule gives them, the deepest first. Alerts of the instrument
    never move a client up: they are reasons to ask, not ruptures.
    """
    clients = record.in_therapy.set_index("client")
    names = clients.index
    last = last_rows(judged.frame).reindex(names)
    fall = fallen.latest(record).reindex(names)
    is_open, fell = last["inside"].eq(True), fall["fell"].eq(True)
    latest = last_rows(judged.episodes)
    onset = latest["onset"].reindex(names).astype("Int64").where(is_open)
    prompt = _prompts(record, names)
    need = np.select(
        [fell, is_open, prompt.ne(""), last["probability"].notna()],
        [FELL, OPEN, PROMPT, CALM],
        NOT_JUDGED,
    )
    # Missing where there are no dates.
    days = pd.to_datetime(record.at) - pd.to_datetime(clients["last_date"])
    table = pd.DataFrame(
        {
            "therapist": clients["therapist"],
            "need": pd.array(need, dtype="str"),
            "open": is_open,
            "fell": fell,
            "probability": last["probability"],
            "depth": record.sign * (last["expected"] - last["score"]),
            "onset": onset,
            "lasted": clients["last"] - onset + 1,
            "rated": clients["rated"],
            "last": clients["last"],
            "score": last["score"],
            "change": fall["change"],
            "last_date": clients["last_date"],
            "days": days.dt.days.astype("Int64"),
            "blank": clients["blank"],
            "missed": _missed(record, clients, onset),
            "prompt": prompt,
        }
    ).reset_index()
    # Of equally sure ones the deepest below the own level first; names only break ties.
    by = [~table["fell"], ~table["open"], -table["probability"].fillna(-1)]
    by += [-table["depth"].fillna(-np.inf), table["client"]]
    return table.iloc[np.lexsort(by[::-1])].reset_index(drop=True)


def state(row: Any, fallen: Falls, words: Words) -> str:
    """Return what the ratings say of a client on the day: the one sentence of page and monitor.

    Parameters
    ----------
    row : named tuple or Series
        A row of `now`.
    fallen : Falls
    words : Words
    """
    parts = []
    # A fall that the level shows and the last session hardly does begins with the level.
    by_level = row.fell and abs(row.change) < fallen.limit
    if row.fell:
        parts.append(_fall(row, fallen, words, "state.fell_below" if by_level else "state.fell"))
    if row.open:
        parts.append(words("state.open", onset=row.onset, n=int(row.lasted)))
        parts.append(words("state.sure", p=row.probability) if 0 < row.probability < 1 else "")
    elif np.isnan(row.probability):
        parts.append(words("state.not_judged_first" if row.rated == 1 else "state.not_judged"))
    elif not row.fell:
        parts.append(words("state.calm"))
    if np.isfinite(row.depth) and not by_level and (row.open or row.fell):
        side = "below" if row.depth > 0 else "above"
        parts.append(words(f"state.{side}", points=abs(row.depth)))
    if row.blank:
        parts.append(words("state.blank", n=int(row.blank)))
    return " ".join(part for part in parts if part)


def _fall(row: Any, fallen: Falls, words: Words, key: str) -> str:
    said = words(key, points=abs(row.change), below=row.depth)
    share, low, high = fallen.share
    # Of fewer falls no share is quoted.
    if fallen.falls < 10:
        return f"{said} {words('state.often_noise')}"
    return f"{said} {words('state.back', share=share, low=low, high=high)}"


def _missed(record: Record, clients: pd.DataFrame, onset: pd.Series) -> pd.Series:
    """Count session numbers without a rating since the onset, or since the last rating if none."""
    since = onset.fillna(clients["last"])
    rated = record.rated.set_index("client")["session"]
    after = rated > since.reindex(rated.index)
    there = after.groupby(level="client").sum().reindex(since.index, fill_value=0)
    # Numbers passed since the onset, less those with a rating.
    return ((clients["last"] - since - there).fillna(0) + clients["blank"]).astype("Int64")


def _prompts(record: Record, clients: pd.Index) -> pd.Series:
    """Return what the instrument's published levels say of each client's last score."""
    texts = pd.Series("", index=clients, dtype="str")
    instrument = record.instrument
    if instrument is None or not instrument.prompts:
        return texts
    scores = record.rated.groupby("client")["score"]
    # Some published levels ask for the change from the score before.
    last, previous = (
        record.rated.loc[scores.nth(n).index].set_index("client")["score"].reindex(clients)
        for n in (-1, -2)
    )
    for prompt in instrument.prompts:
        applies = prompt.applies(last.to_numpy(float), previous.to_numpy(float))
        texts = texts.where(~applies, texts + np.where(texts.eq(""), "", "; ") + prompt.says)
    return texts
