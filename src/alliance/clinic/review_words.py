"""The words of the clinic's page: questions for reflection, definitions, what was set aside, settings."""

from __future__ import annotations

from dataclasses import fields

import pandas as pd

from alliance import __version__
from alliance.clinic.counting import FOUND, OPEN_NOW
from alliance.clinic.record import Record
from alliance.clinic.review import Review

QUESTIONS = (
    "Your own response. When this client moved away from you or against you, what did you notice in "
    "yourself first, and what did you do next?",
    "Your fears. If you spoke with the client about what is between you, what do you fear could happen? "
    "What keeps it unsaid?",
    "Your patterns. Where do you know this from, with other clients or outside therapy, and what do you "
    "usually do then?",
    "Support. What do you need before the next session, from whom, and how will you ask for it?",
)
POSITION_QUESTION = (
    "What of the client’s position, and of your own, may have been hard for you to see? Whose comfort "
    "would staying silent serve? Bring this one to supervision, also if it seems settled."
)


def facts(row, now: pd.Series, *, dated: bool) -> list[tuple[str, str]]:
    """Return what is known of one relationship, as names and texts, for its sheet."""
    known = [("Therapist", row.therapist), ("In the ratings", _ratings(now))]
    if dated:
        known.append(("Last session", f"{now['last_date']}, {now['days']} days ago"))
    known += [
        ("What was noticed", row.noticed),
        ("What set it off", row.trigger),
        ("What was tried", row.tried),
        ("What was done", row.done),
        ("Resolved, by the log", row.resolved),
        ("Supervision sought", row.sought),
    ]
    blank = "not logged"
    return [(name, blank if pd.isna(text) or text == "" else str(text)) for name, text in known]


def _ratings(now: pd.Series) -> str:
    if pd.isna(now["probability"]):
        return "not judged"
    said = (
        f"probability of rupture {now['probability']:.2f} at session {now['last']}, "
        f"{abs(now['depth']):.1f} points {'below' if now['depth'] > 0 else 'above'} the client’s own level"
    )
    if pd.isna(now["onset"]):
        return f"no open rupture; {said}"
    return f"open since session {now['onset']}, {said}"


def definitions(review: Review) -> list[tuple[str, str]]:
    """Return what the words on the page mean, and what noise alone gives."""
    return [
        (
            "Rupture",
            "A strain in the working relationship. Here: ratings well below the client’s own level. It does "
            "not mean that therapy goes wrong, and a low rating can have other reasons; a rupture that the "
            "questionnaire does not show is not found. Ask the client.",
        ),
        ("How it is found", review.detector.text()),
        ("Noise", _noise(review)),
        ("Repaired", "The ratings came back. Whether the two spoke about it, only they know."),
        (
            "Below own level",
            "Points between the last score and the level expected of this client without a rupture.",
        ),
        (
            "Without rating",
            "Session numbers without a rating since the rupture began, or since the last rating. Sessions "
            "that the table does not hold cannot be counted.",
        ),
        (
            "Questionnaires filled in",
            "Rated sessions of all session numbers from a client’s first to last one in the period.",
        ),
        (
            "Limits of the monthly chart",
            "A single month outside is worth a look; months inside do not differ from each other in any "
            "way that needs an explanation.",
        ),
        *_prompts(review),
    ]


def _noise(review: Review) -> str:
    noise = review.noise
    if not noise.draws:
        return f"What noise alone gives could not be computed: {noise.why_not}"
    now, found = noise.of(OPEN_NOW), noise.of(f"{FOUND}, this")
    return (
        f"In {noise.draws} simulated clinics with the same sessions and no rupture at all, the same "
        f"procedure showed {now[0]:.1f} open ruptures now and found {found[0]:.1f} in the period on "
        "average. The limits beside are those between which such a count lies in 95 of 100 clinics. Where "
        "ruptures do happen the detector also takes some strong noise for one: how many of those "
        "found are false is said by their probabilities, not by this."
    )


def _prompts(review: Review) -> list[tuple[str, str]]:
    instrument = review.record.instrument
    return [
        (
            f"Prompt: {prompt.says}",
            f"A reason to talk with the client, not a rupture. Source: {prompt.source}. How sure: "
            f"{prompt.sure}.",
        )
        for prompt in (instrument.prompts if instrument else ())
    ]


def aside(record: Record, how: tuple[str, ...]) -> list[str]:
    """Return what came in and what was not used, in sentences."""
    counts = dict(record.counts)
    came = counts.pop("rows")
    rated = record.rated
    sentences = [
        *how,
        f"{came:,} rows of sessions; used: {len(rated):,} rated sessions of "
        f"{rated['client'].nunique():,} clients known on the day.",
    ]
    sentences += [
        f"{count:,} rows {reason} were set aside." for reason, count in counts.items() if count
    ]
    return sentences


def settings_in_words(review: Review) -> list[tuple[str, str]]:
    """Return every setting with its value."""
    rows = [("alliance", __version__)]
    rows += [
        (part.name.replace("_", " "), _said(getattr(review.settings, part.name)))
        for part in fields(review.settings)
    ]
    rows += [("questionnaire", review.record.instrument.name)] if review.record.instrument else []
    return [*rows, ("draws of noise made", str(review.noise.draws))]


def _said(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " to ".join(value) if isinstance(value, tuple) else str(value)
