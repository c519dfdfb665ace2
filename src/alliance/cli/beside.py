"""What the command `repair` prints beside its answer: flow, usual analyses, landmark, outcomes."""

from __future__ import annotations

from argparse import Namespace

import pandas as pd

from alliance.cli.showing import shown, wrapped
from alliance.intake import read_table
from alliance.tables import OUTCOMES

SURROGATES = 199


def found_by(rule, sessions: pd.DataFrame, options: Namespace):
    """Return the ruptures that a rule finds in the scores asked about."""
    from alliance.ruptures import find_ruptures

    return find_ruptures(
        sessions, rule, scale=options.scale, higher_is_better=not options.lower_is_better
    )


def flow(sessions: pd.DataFrame, answer, options: Namespace) -> None:
    """Print how many clients and sessions are left at each step."""
    rule = answer.design.rule
    if rule is not None:
        from alliance.ruptures.history import histories

        where = " (in the whole score)" if answer.design.parts else ""
        print(f"\nClients at each step{where}\n")
        steps = histories(sessions, found_by(rule, sessions, options)).flow()
        print(shown(steps.drop(columns="rater")))
    print("\nSessions at each step\n")
    print(shown(answer.flow().astype({"sessions": "int64"})))


def usual(sessions: pd.DataFrame, options: Namespace) -> None:
    """Print the usual analyses, each with its measured error."""
    from alliance.effects import conventional_analyses, drop_and_return

    found = found_by(drop_and_return(), sessions, options)
    table = conventional_analyses(sessions, found, rater=options.rater).summary()
    print(
        "\nThe usual analyses, with the share of studies without any gain in which each rejects\n"
    )
    print(shown(table.drop(columns="warning")) + "\n")
    for row in table.itertuples():
        print(wrapped(f"{row.analysis}: {row.warning}"))


def unrepaired(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Namespace) -> None:
    """Print repaired against unrepaired from a landmark, and what became of ruptures."""
    from alliance.effects import landmark_comparison
    from alliance.ruptures import cumulative_incidence

    compared = landmark_comparison(
        sessions,
        log=log,
        landmark=options.landmark,
        scale=options.scale,
        rater=options.rater,
        higher_is_better=not options.lower_is_better,
        surrogates=options.surrogates or SURROGATES,
        rng=options.seed,
    )
    print("\nRepaired against unrepaired, from a landmark\n")
    print(wrapped(compared.text()) + "\n")
    print(shown(compared.flow()))
    if log is None:
        followed = cumulative_incidence(found_by(compared.landmark.rule, sessions, options))
        print("\nWhat became of first ruptures, by sessions since onset\n")
        print(wrapped(followed.text()) + "\n")
        print(shown(followed.summary()))


def outcome(sessions: pd.DataFrame, log: pd.DataFrame | None, options: Namespace) -> None:
    """Print whether an outcome differs after repairs, by session and before/after."""
    from alliance.effects import drop_and_return, outcome_by_history, outcome_gain
    from alliance.ruptures.history import histories

    scores = read_table(options.outcome, OUTCOMES)
    answer = outcome_gain(
        sessions,
        scores,
        log=log,
        outcome_instrument=options.outcome_instrument,
        scale=options.scale,
        rater=options.rater,
        higher_is_better=not options.lower_is_better,
    )
    print(f"\nAfter repaired ruptures: {answer.words.score}\n")
    print(wrapped(answer.text()) + "\n")
    print(shown(answer.summary()))
    if log is None:
        courses = histories(sessions, found_by(drop_and_return(), sessions, options))
        changed = outcome_by_history(courses, scores, outcome_instrument=options.outcome_instrument)
        print(f"\nFrom first to last score: {answer.words.score}\n")
        print(wrapped(changed.text()) + "\n")
        print(shown(changed.change))
