"""The command `repair`: the answer first, and other analyses only beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alliance.cli import options as opt
from alliance.cli.command import Command, Group, Options, option, reads
from alliance.cli.inputs import direction, log_of, matched, sessions_of
from alliance.cli.outputs import present
from alliance.cli.screen import say, shown, wrapped

if TYPE_CHECKING:
    import pandas as pd


def run(options: Options) -> int:
    """Answer whether a repaired rupture leaves the alliance stronger."""
    from alliance.cluster import on_cluster

    with on_cluster(options.cluster):
        return _answer(options)


def _answer(options: Options) -> int:
    """Print the answer, or how it varies."""
    from alliance.effects import repair_gain, sensitivity

    sessions = sessions_of(options)
    log = matched(log_of(options, sessions), sessions, "rupture log", options)
    if options.sensitivity:
        present(
            sensitivity(
                sessions, draws=options.draws or 0, seed=options.seed, workers=options.workers,
                **_choice(options),
            ),
            options,
        )  # fmt: skip
        return 0
    answer = repair_gain(
        sessions,
        draws=40 if options.draws is None else options.draws,
        seed=options.seed,
        workers=options.workers,
        covariates=options.covariates or (),
        moderator=options.moderator,
        by=options.by,
        cluster=options.clustered_by,
        **_choice(options),
    )
    present(answer, options)
    say("\n" + wrapped(answer.notes()))
    if len(answer.moderators):
        say("\nHow the gain differs\n\n" + shown(answer.moderators))
    _beside(sessions, log, options)
    return 0


def _choice(options: Options) -> dict[str, Any]:
    """Return which scores are meant; the direction comes from the catalogue unless said."""
    return {
        "scale": options.scale,
        "rater": options.rater,
        "higher_is_better": direction(options),
    }


def _beside(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Options) -> None:
    """Print what was asked for beside the answer."""
    from alliance.effects import reported_gain

    if log is not None:
        reported = reported_gain(sessions, log, **_choice(options))
        _titled("By the rupture log, a cross-check", reported, reported.summary())
    if options.outcome:
        _outcome(sessions, log, options)
    if options.conventional:
        _conventional(sessions, options)


def _conventional(sessions: pd.DataFrame, options: Options) -> None:
    """Print the conventional analyses, each with its measured error."""
    from alliance.effects import conventional_analyses, drop_and_return
    from alliance.ruptures import find_ruptures

    found = find_ruptures(sessions, drop_and_return(), **_choice(options))
    table = conventional_analyses(found.courses, found).summary()
    say(
        "\nConventional analyses, with the share of studies without any gain in which each rejects\n"
    )
    say(shown(table))


def _outcome(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Options) -> None:
    """Print whether an outcome differs after repairs, by session and before/after."""
    from alliance.effects import drop_and_return, outcome_by_history, outcome_gain
    from alliance.intake import read_table
    from alliance.ruptures import find_ruptures, histories
    from alliance.tables import OUTCOMES

    scores, measure = read_table(options.outcome, OUTCOMES), options.outcome_instrument
    scores = matched(scores, sessions, "outcomes", options)
    answer = outcome_gain(
        sessions, scores, log=log, outcome={"instrument": measure}, **_choice(options)
    )
    _titled(f"After repaired ruptures: {answer.outcome}", answer, answer.summary())
    if log is None:
        found = find_ruptures(sessions, drop_and_return(), **_choice(options))
        changed = outcome_by_history(histories(found), scores, outcome_instrument=measure)
        _titled(f"From first to last score: {answer.outcome}", changed, changed.change)


def _titled(title: str, result: Any, table: pd.DataFrame) -> None:
    say(f"\n{title}\n")
    say(wrapped(result.text()) + "\n")
    say(shown(table))


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
        opt.OUTPUT,
        opt.FIGURE,
        opt.PAPER_TABLE,
        opt.FORCE,
        CLIENTS,
        BESIDE,
    ),
    run=run,
)
