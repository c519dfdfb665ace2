"""Completion: of the sessions held, how many have a questionnaire, by therapist and by month."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.clinic.random_effects import fit_random_effects
from alliance.clinic.record import THIS, Record
from alliance.errors import AllianceError

MIN_SESSIONS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Completion:
    """Questionnaires filled in, of the sessions held."""

    # One row for each: name, held, filled (missing where fewer than 10 sessions were held or the
    # therapist has too few clients), share, low and high (shrunken towards the whole, with 95 %
    # limits; of months the share itself). Therapists of the period, by their code.
    therapists: pd.DataFrame
    months: pd.DataFrame
    # Sessions of the period held without a questionnaire: client, therapist, session, date; a
    # number left out between two sessions has no date.
    without: pd.DataFrame


def completion(record: Record, min_clients: int) -> Completion:
    """Count sessions held and filled; therapists of fewer than `min_clients` are not shown alone."""
    held = _held(record)
    period = held[held["period"] == THIS]
    by = period.dropna(subset=["therapist"]).groupby("therapist", sort=True)
    counts = pd.DataFrame(
        {"held": by.size(), "filled": by["filled"].sum(), "clients": by["client"].nunique()}
    )
    # Few sessions or few clients: a share would be noise, or point at a person.
    shown = (counts["held"] >= MIN_SESSIONS) & (counts["clients"] >= min_clients)
    dated = held.dropna(subset=["date"])
    month = dated["date"].str[:7]
    monthly = pd.DataFrame(
        {"held": dated.groupby(month).size(), "filled": dated.groupby(month)["filled"].sum()}
    )
    enough = monthly["held"] >= MIN_SESSIONS
    monthly = monthly.assign(
        share=(monthly["filled"] / monthly["held"]).where(enough),
        filled=monthly["filled"].where(enough),
    )
    return Completion(
        therapists=_shrunken(counts, shown).rename_axis("name").reset_index(),
        months=monthly.rename_axis("name").reset_index(),
        without=period.loc[~period["filled"], ["client", "therapist", "session", "date"]]
        .sort_values(["therapist", "client", "session"])
        .reset_index(drop=True),
    )


def held_and_filled(record: Record, period: str) -> tuple[int, int]:
    """Return the sessions of a period held, numbers left out included, and those rated."""
    part = record.rows[record.rows["period"] == period]
    numbers = part.groupby("client")["session"]
    held = int((numbers.max() - numbers.min() + 1).sum())
    return held, int(part["score"].notna().sum())


def _held(record: Record) -> pd.DataFrame:
    """Return every session held, the numbers left out between two sessions included."""
    rows = record.rows
    steps = rows.groupby("client")["session"].diff().fillna(1).to_numpy(int)
    # A number left out belongs to the period of the session after it.
    where = np.repeat(np.arange(len(rows)), np.maximum(steps, 1))
    back = np.concatenate([np.arange(step - 1, -1, -1) for step in np.maximum(steps, 1)])
    held = rows.iloc[where].reset_index(drop=True)
    held["session"] = held["session"] - back
    held["filled"] = held["score"].notna() & (back == 0)
    held["date"] = held["date"].where(back == 0)
    return held


def _shrunken(counts: pd.DataFrame, shown: pd.Series) -> pd.DataFrame:
    share = counts["filled"] / counts["held"]
    table = counts.drop(columns="clients").assign(share=share, low=np.nan, high=np.nan)
    with suppress(AllianceError):
        # Shrunken towards the whole: a therapist of few sessions is not an extreme by chance.
        fitted = fit_random_effects(counts["filled"].to_numpy(), counts["held"].to_numpy())
        table[["share", "low", "high"]] = np.column_stack((fitted.shares, *fitted.limits))
    hidden = ["filled", "share", "low", "high"]
    table[hidden] = table[hidden].where(shown, axis=0)
    return table
