"""The command `repair`: the answer first, and other analyses only beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Group, Options, option, picked, reads
from alliance.cli.inputs import choice_of, found_by, log_of, matched, sessions_of
from alliance.cli.outputs import present, show
from alliance.cli.screen import say, shown, wrapped

if TYPE_CHECKING:
    import pandas as pd


def run(options: Options) -> int:
    """Answer whether a repaired rupture leaves the alliance stronger."""
    with al.on_cluster(options.cluster):
        return _answer(options)


def _answer(options: Options) -> int:
    """Print the answer, or how it varies."""
    sessions = sessions_of(options)
    log = matched(log_of(options, sessions), sessions, "rupture log", options)
    drawn: dict[str, Any] = {**picked(options, "seed", "workers"), **choice_of(options)}
    if options.sensitivity:
        return present(al.sensitivity(sessions, draws=options.draws or 0, **drawn), options)
    if log is not None:
        # The cross-check takes one source: refused before the answer, which takes its time.
        al.log.of_one_source(log)
    answer = al.repair_gain(
        sessions,
        log=log,
        draws=40 if options.draws is None else options.draws,
        covariates=options.covariates or (),
        cluster=options.clustered_by,
        **picked(options, "moderator", "by"),
        **drawn,
    )
    present(answer, options)
    say("\n" + wrapped(answer.notes()))
    if len(answer.moderators):
        say("\nHow the gain differs\n\n" + shown(answer.moderators))
    # Below the answer, and only if asked for: none of it replaces the answer.
    _beside(sessions, log, options)
    return 0


def _beside(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Options) -> None:
    """Print what was asked for beside the answer."""
    if log is not None:
        reported = al.reported_gain(sessions, log, **choice_of(options))
        show(reported, title="By the rupture log, a cross-check")
    if options.outcome:
        _outcome(sessions, log, options)
    if options.conventional:
        found = found_by(al.effects.drop_and_return(), sessions, options)
        table = al.conventional_analyses(found.courses, found).summary()
        says = "with the share of studies without any gain in which each rejects"
        say(f"\nConventional analyses, {says}\n\n{shown(table)}")


def _outcome(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Options) -> None:
    """Print whether an outcome differs after repairs, by session and before/after."""
    from alliance.intake import read_table

    scores = read_table(options.outcome, al.tables.OUTCOMES)
    scores = matched(scores, sessions, "outcomes", options)
    measure: al.effects.OutcomeChoice = {"instrument": options.outcome_instrument}
    answer = al.outcome_gain(sessions, scores, log=log, outcome=measure, **choice_of(options))
    show(answer, title=f"After repaired ruptures: {answer.outcome}")
    if log is None:
        kinds = al.histories(found_by(al.effects.drop_and_return(), sessions, options))
        changed = al.outcome_by_history(
            kinds, scores, outcome_instrument=options.outcome_instrument
        )
        show(changed, changed.change, title=f"From first to last score: {answer.outcome}")


CLIENTS = Group(
    title="what is known of the clients (columns of the table)",
    options=(
        option("--covariates NAME", "level and growth may differ with them", nargs="+"),
        option("--moderator NAME", "the gain may differ with this number"),
        option("--by NAME", "the gain may differ between these arms"),
        option("--clustered-by NAME", "therapist, couple or site: not independent"),
    ),
)
BESIDE = Group(
    title="beside the answer",
    options=(
        option("--conventional", "conventional analyses, with their error rates"),
        option("--sensitivity", "the gain under every combination of switches instead"),
        reads("--outcome FILE", "also an outcome measure: client, session, instrument, total"),
        option("--outcome-instrument NAME", "which measure, e.g. phq-9"),
    ),
)
COMMAND = Command(
    name="repair",
    place=70,
    summary="does a repaired rupture leave the alliance stronger? what may be said, by assumption",
    epilog="A stronger alliance is claimed from the rung that assumes least. With --log the "
    "ruptures that somebody reported are a cross-check beside it.",
    options=(
        opt.SESSIONS,
        opt.LOG.but(help="rupture log: client, session, resolution"),
        opt.SOURCE,
        opt.PARTIAL,
        *opt.SCORES,
        opt.LOWER_IS_BETTER,
        option(
            "--draws N",
            "simulated studies like this one, for its error rate and power; by default 40",
            type=int,
        ),
        opt.WORKERS.but(default=None),
        opt.CLUSTER,
        opt.SEED,
        *opt.WRITTEN,
        CLIENTS,
        BESIDE,
    ),
    run=run,
)
