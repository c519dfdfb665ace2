"""Attention: the clients in therapy, ordered by need, each with what there is to know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.clinic.detectors import Detected
from alliance.clinic.endings import IN_THERAPY
from alliance.clinic.record import Record

OPEN, PROMPT, CALM, NOT_JUDGED = ("open rupture", "worth asking", "no sign", "not judged")


def attention(record: Record, found: Detected) -> pd.DataFrame:
    """Return the clients in therapy, ordered by need.

    Returns
    -------
    DataFrame
        client, therapist; need (open rupture, worth asking, no sign, not judged); probability (of a
        rupture at the last rated session), depth (points below the client's own level there),
        onset (session at which the open rupture began), lasted (sessions since, counted from
        1), rated, last (session rated), last_date, days (since the last session, missing without
        dates), missed (session numbers without a rating: gaps since the onset and sessions held
        since the last rating), prompt (levels the instrument asks to talk about).

    Notes
    -----
    Open ruptures first, the surest first; then all others by probability; of equal ones, as a rule
    gives them, the deepest first. Prompts of the instrument never move a client up: they are
    reasons to ask, not ruptures. In simulated clinics the first ten hold 1.7 to 2.9 times as many
    open ruptures as the ten lowest scores, and 93 % or more of what the best possible order holds,
    which knows the truth that the scores were drawn from (calibration/review_first_ten.csv,
    calibration/review_best.csv).
    """
    clients = record.clients[record.clients["ending"] == IN_THERAPY]
    last = found.frame.drop_duplicates("client", keep="last").set_index("client")
    last = last.reindex(clients["client"])
    sign = 1 if record.higher_is_better else -1
    is_open = last["inside"].eq(True).to_numpy(bool)
    onset = _onsets(found, clients["client"]).where(is_open)
    prompt = _prompts(record, clients["client"])
    judged = last["probability"].notna().to_numpy()
    need = np.where(is_open, OPEN, np.where(prompt.ne(""), PROMPT, CALM))
    need = np.where(judged | is_open | prompt.ne("").to_numpy(), need, NOT_JUDGED)
    table = pd.DataFrame(
        {
            "client": clients["client"].array,
            "therapist": clients["therapist"].array,
            "need": pd.array(need, dtype="str"),
            "probability": last["probability"].to_numpy(float),
            "depth": sign * (last["expected"] - last["score"]).to_numpy(float),
            "onset": onset.array,
            "lasted": (clients["last"].reset_index(drop=True) - onset + 1).array,
            "rated": clients["rated"].array,
            "last": clients["last"].array,
            "last_date": clients["last_date"].array,
            "days": _days(clients["last_date"], record.at).array,
            "missed": _missed(record, clients, onset).array,
            "prompt": prompt.array,
        }
    )
    by = (-table["depth"].fillna(-np.inf), -table["probability"].fillna(-1), ~is_open)
    order = np.lexsort((table["client"], *by))
    return table.iloc[order].reset_index(drop=True)


def _onsets(found: Detected, clients: pd.Series) -> pd.Series:
    latest = found.episodes.drop_duplicates("client", keep="last").set_index("client")["onset"]
    return latest.reindex(clients).reset_index(drop=True).astype("Int64")


def _days(dates: pd.Series, at: str) -> pd.Series:
    if not at:
        return pd.Series(pd.NA, index=range(len(dates)), dtype="Int64")
    days = (pd.to_datetime(at) - pd.to_datetime(dates)).dt.days
    return days.reset_index(drop=True).astype("Int64")


def _missed(record: Record, clients: pd.DataFrame, onset: pd.Series) -> pd.Series:
    """Count session numbers without a rating since the onset, or since the last rating if none."""
    onset = pd.Series(onset.array, index=clients["client"])
    last = pd.Series(clients["last"].array, index=clients["client"])
    since = onset.fillna(last)
    rated = record.rated[["client", "session"]]
    rated = rated[rated["client"].isin(since.index)]
    after = rated["session"] > rated["client"].map(since)
    there = after.groupby(rated["client"]).sum().reindex(since.index, fill_value=0)
    gaps = (last - since - there).fillna(0)
    return (gaps.reset_index(drop=True) + clients["blank"].reset_index(drop=True)).astype("Int64")


def _prompts(record: Record, clients: pd.Series) -> pd.Series:
    """Return what the instrument's published levels say of each client's last score."""
    texts = pd.Series("", index=range(len(clients)), dtype="str")
    instrument = record.instrument
    if instrument is None or not instrument.prompts:
        return texts
    scores = record.rated.groupby("client")["score"]
    last = scores.last().reindex(clients).to_numpy(float)
    previous = scores.nth(-2)
    previous.index = record.rated.loc[previous.index, "client"]
    previous = previous.reindex(clients).to_numpy(float)
    for prompt in instrument.prompts:
        applies = pd.Series(prompt.applies(last, previous), index=texts.index)
        texts = texts.where(~applies, texts + np.where(texts.eq(""), "", "; ") + prompt.says)
    return texts
