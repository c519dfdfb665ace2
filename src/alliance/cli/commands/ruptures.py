"""The command `ruptures`: one rule with its chance level, several rules compared, or the detector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option, picked
from alliance.cli.inputs import PULSE, choice_of, found_by, sessions_of
from alliance.cli.outputs import save, show
from alliance.cli.screen import say, wrapped
from alliance.files import refuse_existing, write_table

if TYPE_CHECKING:
    import pandas as pd


def run(options: Options) -> int:
    """Find ruptures and repairs in scored sessions, each count beside its chance level."""
    compares = options.compare or len(options.rule) > 1
    output = Path(options.output or ("comparison.csv" if compares else "episodes.csv"))
    # Before the search, which can take minutes; the default name is known only here.
    refuse_existing([output], force=options.force)
    sessions = sessions_of(options)
    return (_compare if compares else _find)(sessions, options, output)


def _find(sessions: pd.DataFrame, options: Options, output: Path) -> int:
    [rule] = options.rule or ["own-mean"]
    settings = {"prospective": options.prospective}
    if rule != PULSE:
        settings["max_gap"] = options.max_gap
    found = found_by(rule, sessions, options, **settings)
    episodes = found.episodes if rule == PULSE else found.frame
    level = None
    if options.chance and rule != PULSE and found.clients["judged"].any():
        # Every count stands beside what the same rule finds in noise.
        level = al.chance_baseline(found, draws=options.draws, seed=options.seed)
    show(found)
    if rule != PULSE:
        say(f"\n{wrapped(found.notes())}\n\n{wrapped(found.methods())}")
    write_table(episodes, output, force=options.force)
    say(f"\nWrote {len(episodes)} episodes to {output}.")
    if level is not None:
        show(level, title="What noise gives")
    save(
        found,
        options,
        plot=lambda: al.figures.courses(sessions, found, instrument=options.instrument),
    )
    return 0


def _compare(sessions: pd.DataFrame, options: Options, output: Path) -> int:
    compared = al.compare_rules(
        sessions,
        options.rule or None,
        **picked(options, "prospective", "max_gap", "chance", "draws", "seed"),
        **choice_of(options),
    )
    show(compared)
    if compared.notes():
        say(f"\n{wrapped(compared.notes())}")
    write_table(compared.frame, output, force=options.force)
    say(f"\nWrote the comparison to {output}.")
    save(compared, options)
    return 0


COMMAND = Command(
    name="ruptures",
    place=60,
    summary="find ruptures and repairs in scored sessions: episodes.csv",
    epilog="Rules: own-mean (the default), v-episode, strauss-like, xmr and others, see "
    "`alliance ruptures SESSIONS --compare`; pulse is the model-based detector.",
    options=(
        opt.SESSIONS,
        option("--rule NAME ...", "rule; several are compared"),
        option("--compare", "compare all rules: comparison.csv"),
        *opt.SCORES,
        opt.LOWER_IS_BETTER,
        option("--prospective", "use no session after the one judged"),
        option("--max-gap N", "sessions between two ratings that are compared", type=int),
        option(
            "--no-chance",
            "do not say what the same rule finds in noise",
            dest="chance",
            action="store_false",
        ),
        opt.DRAWS,
        opt.SEED,
        opt.OUTPUT.but(help="by default episodes.csv; or .xlsx"),
        opt.FIGURE,
        opt.PAPER_TABLE,
        opt.FORCE,
    ),
    run=run,
)
