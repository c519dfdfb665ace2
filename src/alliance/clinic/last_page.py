"""The last page: what the words mean, how ruptures are found, what was not used, the settings."""

from dataclasses import fields

from alliance.clinic.review import Review
from alliance.clinic.words import Words
from alliance.rules import Rule, load
from alliance.version import __version__


def how_found(review: Review, words: Words) -> str:
    """Return how ruptures are found in this review: by the model or a rule."""
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
