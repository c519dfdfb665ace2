"""The command `score`: from an export to scores by session."""

import alliance as al
from alliance.cli import options as opt
from alliance.cli.command import Command, Options
from alliance.cli.inputs import file_settings, mapping_of, responses_of
from alliance.cli.screen import say, shown
from alliance.files import write_table


def run(options: Options) -> int:
    """Score an export."""
    mapping = mapping_of(options)
    if mapping.scores:
        sessions = al.read_scores(options.export, mapping=mapping, **file_settings(options))
    else:
        sessions = al.score(responses_of(options), metric=options.metric)
    path = write_table(sessions, options.output, force=options.force)
    say(f"Wrote {len(sessions)} rows to {path}.")
    # Only scores made from answers tell what was set aside; ready-made ones do not.
    if "set_aside" in sessions.columns:
        counts = al.score_counts(sessions)
        say(shown(counts.drop(columns="reasons")))
        for row in counts[counts["reasons"].ne("")].itertuples():
            say(f"not scored, {row.instrument} by {row.rater}: {row.reasons}")
    return 0


COMMAND = Command(
    name="score",
    place=40,
    summary="score an export: sessions.csv",
    options=(
        opt.EXPORT,
        opt.COLUMNS,
        opt.OUTPUT.but(default="sessions.csv", help="or .xlsx"),
        opt.SET_ASIDE,
        opt.FORCE,
    ),
    run=run,
)
