"""The command `ruptures`: one rule with its chance level, several rules compared, or the detector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance.cli import options as opt
from alliance.cli.command import Command, Options, option
from alliance.cli.inputs import direction, sessions_of
from alliance.cli.outputs import save
from alliance.cli.screen import say, shown, wrapped
from alliance.files import refuse_existing, write_table

if TYPE_CHECKING:
    import pandas as pd

PULSE = "pulse"


def run(options: Options) -> int:
    """Find ruptures and repairs in scored sessions, each count beside its chance level."""
    compares = options.compare or len(options.rule) > 1
    output = Path(options.output or ("comparison.csv" if compares else "episodes.csv"))
    refuse_existing([output], force=options.force)
    sessions = sessions_of(options)
    if compares:
        return _compare(sessions, options, output)
    if options.rule == [PULSE]:
        return _scan(sessions, options, output)
    return _find(sessions, options, output)


def _settings(options: Options) -> dict[str, Any]:
    return {
        "scale": options.scale,
        "higher_is_better": direction(options),
        "prospective": options.prospective,
    }


def _find(sessions: pd.DataFrame, options: Options, output: Path) -> int:
    from alliance.ruptures import find_ruptures

    rule = options.rule[0] if options.rule else "own-mean"
    found = find_ruptures(
        sessions,
        rule,
        scale=options.scale,
        higher_is_better=direction(options),
        prospective=options.prospective,
        max_gap=options.max_gap,
    )
    level = None
    if options.chance and found.clients["judged"].any():
        from alliance.model import chance_baseline

        level = chance_baseline(found, draws=options.draws, seed=options.seed)
    _say(found.text(), found.summary())
    say(f"\n{wrapped(found.notes())}{_gap_hint(found)}\n\n{wrapped(found.methods())}")
    _write(found.frame, output, options)
    if level is not None:
        say(f"\nWhat noise gives\n{wrapped(level.text())}\n\n{shown(level.summary())}")
    _save(found, sessions, options)
    return 0


def _gap_hint(found: Any) -> str:
    """Say which gap would let clients be judged whose ratings stand at every k-th session."""
    gaps = found.courses.usual_gap
    rule = found.rule.rupture
    if found.clients["judged"].all() or gaps <= getattr(rule, "max_gap", gaps):
        return ""
    return (
        f"\nMost ratings stand {gaps} session numbers apart: --max-gap {gaps} compares them with "
        "each other."
    )


def _scan(sessions: pd.DataFrame, options: Options, output: Path) -> int:
    from alliance.model import find_pulses

    found = find_pulses(sessions, **_settings(options))
    _say(found.text(), found.summary())
    _write(found.episodes, output, options)
    _save(found, sessions, options)
    return 0


def _compare(sessions: pd.DataFrame, options: Options, output: Path) -> int:
    from alliance.compare import compare_rules

    compared = compare_rules(
        sessions,
        options.rule or None,
        **_settings(options),
        rater=options.rater,
        chance=options.chance,
        draws=options.draws,
        seed=options.seed,
    )
    _say(" ".join(filter(None, (compared.text(), compared.notes()))), compared.summary())
    write_table(compared.frame, output, force=options.force)
    say(f"\nWrote the comparison to {output}.")
    save(compared, options)
    return 0


def _say(text: str, summary: pd.DataFrame) -> None:
    say(f"{wrapped(text)}\n\n{shown(summary)}")


def _write(episodes: pd.DataFrame, output: Path, options: Options) -> None:
    write_table(episodes, output, force=options.force)
    say(f"\nWrote {len(episodes)} episodes to {output}.")


def _save(found: Any, sessions: pd.DataFrame, options: Options) -> None:
    def plot() -> Any:
        from alliance import figures

        return figures.courses(sessions, found)

    save(found, options, plot=plot)


COMMAND = Command(
    name="ruptures",
    place=60,
    summary="find ruptures and repairs in scored sessions: episodes.csv",
    epilog="Rules: own-mean (the default), v-episode, strauss-like, xmr and others, see "
    "`alliance ruptures opt.SESSIONS --compare`; pulse is the model-based detector.",
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
