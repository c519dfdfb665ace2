"""The command `repair`: the calibrated answer first, and other analyses only beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alliance.cli import options as opt
from alliance.cli.command import Command, Group, Options, option, reads
from alliance.cli.inputs import items_of, log_of, sessions_of
from alliance.cli.outputs import present
from alliance.cli.screen import say, shown, wrapped
from alliance.errors import AllianceError, join_names

if TYPE_CHECKING:
    import pandas as pd

# Surrogate studies where none are asked for: of the multiverse, and of the landmark comparison.
MULTIVERSE_SURROGATES, LANDMARK_SURROGATES = 99, 199


def run(options: Options) -> int:
    """Answer whether a repaired rupture leaves the alliance stronger."""
    from alliance.effects import repair_gain

    _refuse(options)
    if options.multiverse:
        return _multiverse(options)
    sessions, log = sessions_of(options), log_of(options)
    answer = repair_gain(
        sessions,
        items=items_of(options),
        log=log,
        design=options.design,
        **_settings(options),
        surrogates=options.surrogates or 0,
        rng=options.seed,
    )
    present(answer, options)
    _flow(sessions, answer, options)
    if options.unrepaired:
        _unrepaired(sessions, log, options)
    if options.outcome:
        _outcome(sessions, log, options)
    if options.usual:
        _usual(sessions, options)
    return 0


def _settings(options: Options) -> dict[str, Any]:
    return {
        "scale": options.scale,
        "rater": options.rater,
        "higher_is_better": not options.lower_is_better,
    }


def _multiverse(options: Options) -> int:
    from alliance.effects import multiverse

    given = options.surrogates
    curve = multiverse(
        sessions_of(options),
        items=items_of(options),
        choices=options.choices,
        **_settings(options),
        surrogates=MULTIVERSE_SURROGATES if given is None else given,
        rng=options.seed,
        workers=options.workers,
        keep=options.keep,
    )
    present(curve, options)
    return 0


def _refuse(options: Options) -> None:
    """Refuse options that would say nothing beside the others."""
    if not options.multiverse:
        alone = [name for name in ("figure", "keep") if getattr(options, name)]
        if alone:
            named = join_names(f"--{name}" for name in alone)
            raise AllianceError(
                f"{named} needs --multiverse.\nTo fix: add it, or leave {named} out."
            )
        return
    if options.log or options.source:
        raise AllianceError(
            "The choices are those of rules that look for ruptures in scores; a rupture log has "
            "none of them.\nTo fix: leave out --log or --multiverse."
        )
    given = {"--design": options.design != "auto", "--usual": options.usual}
    given |= {"--unrepaired": options.unrepaired, "--outcome": options.outcome}
    named = join_names(name for name, there in given.items() if there)
    if named:
        raise AllianceError(
            f"{named} and --multiverse exclude each other.\nTo fix: ask one after the other."
        )


def _found_by(rule: Any, sessions: pd.DataFrame, options: Options) -> Any:
    from alliance.ruptures import find_ruptures

    better = not options.lower_is_better
    return find_ruptures(
        sessions, rule, scale=options.scale, rater=options.rater, higher_is_better=better
    )


def _flow(sessions: pd.DataFrame, answer: Any, options: Options) -> None:
    """Print how many clients and sessions are left at each step."""
    if answer.design.rule is not None:
        from alliance.ruptures.history import histories

        where = " (in the whole score)" if answer.design.parts else ""
        steps = histories(_found_by(answer.design.rule, sessions, options)).flow()
        say(f"\nClients at each step{where}\n")
        say(shown(steps.drop(columns="rater")))
    say("\nSessions at each step\n")
    say(shown(answer.flow().astype({"sessions": "int64"})))


def _usual(sessions: pd.DataFrame, options: Options) -> None:
    """Print the usual analyses, each with its measured error."""
    from alliance.effects import conventional_analyses, drop_and_return

    found = _found_by(drop_and_return(), sessions, options)
    usual = conventional_analyses(sessions, found)
    say("\nThe usual analyses, with the share of studies without any gain in which each rejects\n")
    say(shown(usual.summary()) + "\n")
    for name, note in zip(usual.frame["analysis"], usual.row_notes(), strict=True):
        say(wrapped(f"{name}: {note}"))


def _unrepaired(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Options) -> None:
    """Print repaired against unrepaired from a landmark, and what became of ruptures."""
    from alliance.effects import landmark_comparison
    from alliance.ruptures import cumulative_incidence

    compared = landmark_comparison(
        sessions,
        log=log,
        landmark=options.landmark,
        **_settings(options),
        surrogates=options.surrogates or LANDMARK_SURROGATES,
        rng=options.seed,
    )
    _titled("Repaired against unrepaired, from a landmark", compared, compared.flow())
    if log is None:
        followed = cumulative_incidence(_found_by(compared.landmark.rule, sessions, options))
        title = "What became of first ruptures, by sessions since onset"
        _titled(title, followed, followed.summary())


def _outcome(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Options) -> None:
    """Print whether an outcome differs after repairs, by session and before/after."""
    from alliance.effects import drop_and_return, outcome_by_history, outcome_gain
    from alliance.intake import read_table
    from alliance.ruptures.history import histories
    from alliance.tables import OUTCOMES

    scores, measure = read_table(options.outcome, OUTCOMES), options.outcome_instrument
    answer = outcome_gain(
        sessions, scores, log=log, outcome_instrument=measure, **_settings(options)
    )
    _titled(f"After repaired ruptures: {answer.words.score}", answer, answer.summary())
    if log is None:
        courses = histories(_found_by(drop_and_return(), sessions, options))
        changed = outcome_by_history(courses, scores, outcome_instrument=measure)
        _titled(f"From first to last score: {answer.words.score}", changed, changed.change)


def _titled(title: str, result: Any, table: pd.DataFrame) -> None:
    say(f"\n{title}\n")
    say(wrapped(result.text()) + "\n")
    say(shown(table))


BESIDE = Group(
    title="beside the answer",
    options=(
        option("--usual", "the usual analyses, with their error rates"),
        option(
            "--unrepaired",
            "also repaired against unrepaired from a landmark, and what became of ruptures",
        ),
        option(
            "--landmark N",
            "the landmark lies this many sessions after the onset",
            default=3,
        ),
        reads("--outcome FILE", "also an outcome measure: client, session, instrument, total"),
        option("--outcome-instrument NAME", "which measure, e.g. phq-9"),
    ),
)
EVERY_CHOICE = Group(
    title="every defensible choice",
    options=(
        option("--multiverse", "ask by every combination of choices instead"),
        option("--choices SET", "small (default) or full", default="small"),
        opt.FIGURE.but(help="draw the specification curve, as .png, .svg or .pdf"),
        option("--keep FOLDER", "keep finished surrogates, to go on after a stop"),
        opt.WORKERS,
    ),
)
COMMAND = Command(
    name="repair",
    place=70,
    summary="does a repaired rupture leave the alliance stronger? the calibrated answer",
    epilog="With --items ruptures are looked for in some of the items and the outcome is taken from "
    "the others; with --log they are those that somebody reported.",
    options=(
        opt.SESSIONS,
        opt.ITEMS,
        opt.LOG.but(help="rupture log: client, session, resolution"),
        opt.SOURCE,
        option("--design", "P1 to P4, 4d or log; by default the best", default="auto"),
        *opt.SCORES,
        opt.LOWER_IS_BETTER,
        option(
            "--surrogates N",
            "studies without gain to compare with, by default 0, or 99 with --multiverse",
            type=int,
        ),
        opt.SEED,
        opt.OUTPUT,
        opt.PAPER_TABLE,
        opt.FORCE,
        BESIDE,
        EVERY_CHOICE,
    ),
    run=run,
)
