"""Now: the clients in therapy, ordered by need, each with what there is to know."""

from typing import Any

import numpy as np
import pandas as pd

from alliance.clinic.falls import Falls
from alliance.clinic.judge import Judged
from alliance.clinic.record import Record
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
    clients = record.in_therapy
    names = clients["client"]
    last = judged.frame.drop_duplicates("client", keep="last").set_index("client").reindex(names)
    fall = fallen.latest(record).reindex(names)
    is_open = last["inside"].eq(True).to_numpy(bool)
    fell = fall["fell"].eq(True).to_numpy(bool)
    onset = _onsets(judged, names).where(is_open)
    prompt = _prompts(record, names)
    judgeable = last["probability"].notna().to_numpy()
    need = np.select(
        [fell, is_open, prompt.ne("").to_numpy(), judgeable],
        [FELL, OPEN, PROMPT, CALM],
        NOT_JUDGED,
    )
    table = pd.DataFrame(
        {
            "client": names.array,
            "therapist": clients["therapist"].array,
            "need": pd.array(need, dtype="str"),
            "open": is_open,
            "fell": fell,
            "probability": last["probability"].to_numpy(float),
            "depth": record.sign * (last["expected"] - last["score"]).to_numpy(float),
            "onset": onset.array,
            "lasted": (clients["last"].reset_index(drop=True) - onset + 1).array,
            "rated": clients["rated"].array,
            "last": clients["last"].array,
            "score": last["score"].to_numpy(float),
            "change": fall["change"].to_numpy(float),
            "last_date": clients["last_date"].array,
            "days": _days(clients["last_date"], record.at).array,
            "blank": clients["blank"].array,
            "missed": _missed(record, clients, onset).array,
            "prompt": prompt.array,
        }
    )
    # Deepest below the own level first; names only break ties.
    by = (-table["depth"].fillna(-np.inf), -table["probability"].fillna(-1), ~is_open, ~fell)
    return table.iloc[np.lexsort((table["client"], *by))].reset_index(drop=True)


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


def _onsets(judged: Judged, clients: pd.Series) -> pd.Series:
    latest = judged.episodes.drop_duplicates("client", keep="last").set_index("client")["onset"]
    return latest.reindex(clients).reset_index(drop=True).astype("Int64")


def _days(dates: pd.Series, at: str) -> pd.Series:
    if not at:
        return pd.Series(pd.NA, index=range(len(dates)), dtype="Int64")
    days = (pd.to_datetime(at) - pd.to_datetime(dates)).dt.days
    return days.reset_index(drop=True).astype("Int64")


def _missed(record: Record, clients: pd.DataFrame, onset: pd.Series) -> pd.Series:
    """Count session numbers without a rating since the onset, or since the last rating if none."""
    if clients.empty:
        return pd.Series(dtype="Int64")
    onset = pd.Series(onset.array, index=clients["client"])
    last = pd.Series(clients["last"].array, index=clients["client"])
    since = onset.fillna(last)
    rated = record.rated[["client", "session"]]
    rated = rated[rated["client"].isin(since.index)]
    after = rated["session"] > rated["client"].map(since)
    there = after.groupby(rated["client"]).sum().reindex(since.index, fill_value=0)
    # Numbers passed since the onset, less those with a rating.
    gaps = (last - since - there).fillna(0)
    return (gaps.reset_index(drop=True) + clients["blank"].reset_index(drop=True)).astype("Int64")


def _prompts(record: Record, clients: pd.Series) -> pd.Series:
    """Return what the instrument's published levels say of each client's last score."""
    texts = pd.Series("", index=range(len(clients)), dtype="str")
    instrument = record.instrument
    if instrument is None or not instrument.prompts or clients.empty:
        return texts
    scores = record.rated.groupby("client")["score"]
    last = scores.last().reindex(clients).to_numpy(float)
    # Some published levels ask for the change from the score before.
    previous = scores.nth(-2)
    previous.index = pd.Index(record.rated.loc[previous.index, "client"])
    previous = previous.reindex(clients).to_numpy(float)
    for prompt in instrument.prompts:
        applies = pd.Series(prompt.applies(last, previous), index=texts.index)
        texts = texts.where(~applies, texts + np.where(texts.eq(""), "", "; ") + prompt.says)
    return texts
