"""What commands read: an export by its mapping, a sessions table, a rupture log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import alliance as al
from alliance.cli.command import Options, picked
from alliance.cli.options import pairs
from alliance.cli.screen import say
from alliance.errors import AllianceError

if TYPE_CHECKING:
    import pandas as pd

    from alliance.course import Choice
    from alliance.intake import ExportMap

PULSE = "pulse"
_DIRECT = (
    *("instrument", "client", "session", "therapist", "date", "case", "moment", "rater"),
    *("rater_column", "day_first", "longest_break", "first_code", "divide_by", "metric"),
)
_MANY = ("covariates", "already_reversed")


def mapping_of(options: Options) -> ExportMap:
    """Return what the options say of an export's columns, joined to the mapping file."""
    from alliance.intake import join_mappings

    # What is said on the command line goes before the mapping file; None says nothing.
    settings = picked(options, *_DIRECT)
    if options.items:
        settings["items"] = _items(options.items)
    settings |= {name: tuple(getattr(options, name)) or None for name in _MANY}
    if options.session_word:
        numbers = _codes(options.session_word, "--session-word", whole=True)
        settings["sessions"] = {word: int(number) for word, number in numbers.items()}
    if options.total:
        settings["totals"] = pairs(options.total, "--total")
    if options.scores:
        settings["scores"] = pairs(options.scores, "--scores")
    if options.word:
        settings["words"] = _codes(options.word, "--word")
    if options.missing:
        settings["missing_codes"] = tuple(options.missing)
    return join_mappings(options.mapping, settings)


def _items(texts: list[str]) -> str | list[str] | dict[str, str]:
    """Return item columns as a pattern, as patterns by rater, or as a list in their order."""
    # A text with {item} is a pattern; one with commas is a list in the order of the items.
    if len(texts) == 1 and ("{" in texts[0] or "," not in texts[0]) and "=" not in texts[0]:
        return texts[0]
    if all("=" in text and "{" in text for text in texts):
        return pairs(texts, "--items")
    return [name.strip() for text in texts for name in text.split(",")]


def _codes(texts: list[str], option: str, *, whole: bool = False) -> dict[str, float]:
    """Return the number that is given for each word."""
    from alliance.intake.words import to_number

    codes = {}
    for word, text in pairs(texts, option).items():
        number = to_number(text)
        if number is None or (whole and number % 1):
            kind = "a whole number" if whole else "a number"
            raise AllianceError(f"{option} takes WORD=NUMBER with {kind}; '{word}' has '{text}'.")
        codes[word] = float(number)
    return codes


def file_settings(options: Options) -> dict[str, Any]:
    """Return how the file is to be opened: encoding, separator, sheet."""
    return picked(options, "encoding", "separator", "sheet")


def responses_of(options: Options) -> pd.DataFrame:
    """Read the answers of an export whose columns the options explain."""
    responses = al.read(
        options.export,
        mapping=mapping_of(options),
        problems="set aside" if options.set_aside else "raise",
        **file_settings(options),
    )
    return at_moment(responses, options, "responses")


def at_moment(table: pd.DataFrame, options: Options, called: str) -> pd.DataFrame:
    """Return the ratings made before or after the sessions, if one of them was asked for."""
    moment = getattr(options, "when", None)
    if not moment:
        return table
    from alliance.course.choosing import rows_of

    return rows_of(table, "moment", moment, table=called)


def items_of(options: Options) -> pd.DataFrame | None:
    """Read the answers behind a sessions table, if the export is named with --items."""
    from alliance.intake import join_mappings

    if not options.items:
        return None
    responses = al.read(
        options.items,
        mapping=join_mappings(options.mapping, {"instrument": options.instrument}),
        problems="set aside" if options.set_aside else "raise",
    )
    return at_moment(responses, options, "responses")


def choice_of(options: Options) -> Choice:
    """Return which scores are meant; the direction comes from the catalogue unless said."""
    return {
        "scale": options.scale,
        "rater": getattr(options, "rater", None),
        "instrument": options.instrument,
        # There is no --higher-is-better: unless a rise is bad, the catalogue knows.
        "higher_is_better": False if options.lower_is_better else None,
    }


def sessions_of(options: Options, path: str | None = None) -> pd.DataFrame:
    """Read a sessions table."""
    return at_moment(al.read_sessions(path or options.sessions), options, "sessions")


def found_by(
    rule: al.rules.Rule | str, sessions: pd.DataFrame, options: Options, **settings: Any
) -> Any:
    """Return the ruptures that a rule, or the detector ``pulse``, finds in the scores meant."""
    if rule == PULSE:
        return al.model.find_pulses(sessions, **settings, **choice_of(options))
    return al.find_ruptures(sessions, rule, **settings, **choice_of(options))


def log_of(options: Options, sessions: pd.DataFrame) -> pd.DataFrame | None:
    """Read the rupture log beside the sessions, if there is one, and take the source asked for."""
    if options.log:
        log = al.read_log(options.log, sessions=sessions)
        return al.log.of_one_source(log, options.source) if options.source else log
    # A source without a log is a slip; silence would pass for a choice.
    if options.source:
        raise AllianceError("--source chooses from a rupture log.\nTo fix: name one with --log.")
    return None


def matched(
    frame: pd.DataFrame | None, sessions: pd.DataFrame, table: str, options: Options
) -> pd.DataFrame | None:
    """Return the rows of clients in the sessions, after saying who is not; too many is an error."""
    if frame is None:
        return None
    from alliance.joins import join_clients

    lost = join_clients(frame["client"], sessions["client"], table=table)
    kept = al.match_clients(frame, sessions, table=table, partial=options.partial)
    if lost.lost:
        say(lost.text() + "\n")
    return kept
