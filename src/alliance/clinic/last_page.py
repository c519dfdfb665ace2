"""The last page: what the words mean, how ruptures are found, what was not used, the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import numpy as np

from alliance.clinic.counting import FOUND, OPEN_NOW
from alliance.clinic.record import THIS, Record
from alliance.clinic.review import Review
from alliance.clinic.words import Words
from alliance.rules import Rule, load
from alliance.version import __version__


def definitions(review: Review, words: Words) -> list[tuple[str, str]]:
    """Return what the words on the page mean, how ruptures are found, and what noise gives."""
    limit = review.falls.limit
    fall = "reading.fall_says" if np.isfinite(limit) else "reading.fall_few"
    noise = review.noise
    noise_says = words("reading.noise_unknown")
    if noise.draws:
        seen, found = noise.of(OPEN_NOW)[0], noise.of(f"{FOUND}, {THIS}")[0]
        noise_says = words("reading.noise_says", n=noise.draws, now=seen, found=found)
    pairs = [
        ("rupture", words("reading.rupture_says")),
        ("found", _how_found(review, words)),
        ("fall", words(fall, limit=limit)),
        ("noise", noise_says),
        *((key, words(f"reading.{key}_says")) for key in ("repaired", "below", "blank")),
        *((key, words(f"reading.{key}_says")) for key in ("completion", "limits")),
    ]
    instrument = review.record.instrument
    prompts = [
        (
            words("reading.prompt", says=words.named(prompt.says, "alert")),
            words(
                "reading.prompt_says",
                source=words.named(prompt.source, "alert"),
                sure=words.named(prompt.sure, "alert"),
            ),
        )
        for prompt in (instrument.prompts if instrument else ())
    ]
    return [(words(f"reading.{key}"), text) for key, text in pairs] + prompts


def _how_found(review: Review, words: Words) -> str:
    judged = review.judged
    if not judged.by_model:
        rule = judged.rule
        if rule is None:
            return ""
        return words("reading.rule", name=rule.name, text=_in_words(rule, words))
    threshold, since = review.settings.threshold, judged.epochs[-1].since
    if not since:
        return words("reading.pulse_undated", threshold=threshold)
    how = words("reading.pulse", threshold=threshold, since=since)
    return (
        how
        if judged.rule is None
        else f"{how} {words('reading.early', since=judged.epochs[0].since)}"
    )


def _in_words(rule: Rule, words: Words) -> str:
    key = f"rule.{rule.name}"
    # A rule of the clinic's own, or a preset with other numbers, has no words but its own.
    if key not in words or rule != load(rule.name):
        return rule.text()
    few = rule.minimum_sessions
    return f"{words(key)} {words('reading.rule_few', n=few)}" if few > 1 else words(key)


def aside(record: Record, words: Words, how: Iterable[str]) -> list[str]:
    """Return what came in and what was not used, in sentences."""
    counts = dict(record.counts)
    came, rated = counts.pop("rows"), record.rated
    clients = rated["client"].nunique()
    sentences = [
        *map(words.say, how),
        words("reading.came", rows=came, rated=len(rated), clients=clients),
    ]
    sentences += [
        words("reading.aside", n=count, reason=words.named(reason, "loss"))
        for reason, count in counts.items()
        if count
    ]
    return sentences


def settings_in_words(review: Review, words: Words) -> list[tuple[str, str]]:
    """Return every setting with its value."""
    # The version first: the same file and settings then give the same page.
    rows = [("alliance", __version__)]
    for part in fields(review.settings):
        value = getattr(review.settings, part.name)
        rows.append((words(f"setting.{part.name}"), _said(value, words)))
    if review.record.instrument:
        rows.append((words("reading.questionnaire"), review.record.instrument.name))
    return [*rows, (words("reading.draws"), str(review.noise.draws))]


def _said(value: object, words: Words) -> str:
    if value is None or value == {}:
        return words("reading.not_set")
    if isinstance(value, bool):
        return words("supervision.yes" if value else "supervision.no")
    if isinstance(value, tuple):
        return words("page.to", a=value[0], b=value[1])
    if isinstance(value, float):
        return words.write(value, "g")
    return words.named(str(getattr(value, "name", value)), "value")
