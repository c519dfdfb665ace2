"""Alliance: from questionnaires filled in after each session to ruptures and their repair.

import alliance as al

responses = al.read("export.csv", instrument="wai-sr", client="ID", session="Session")
sessions = al.score(responses)
found = al.find_ruptures(sessions, al.rules.own_mean())
"""

from importlib import import_module
from typing import TYPE_CHECKING

from alliance.version import __version__

# Loaded on first use, so that `import alliance` and `alliance --help` answer at once.
_FUNCTIONS = {
    "AllianceError": "errors",
    "AllianceWarning": "errors",
    "DataError": "errors",
    "assess_reliability": "reliability",
    "chance_baseline": "model",
    "check": "intake",
    "compare_raters": "compare",
    "compare_rules": "compare",
    "compare_sources": "compare",
    "compare_with_log": "compare",
    "conventional_analyses": "effects",
    "cumulative_incidence": "ruptures",
    "explore": "explorer",
    "find_ruptures": "ruptures",
    "histories": "ruptures",
    "load": "instruments",
    "match_clients": "joins",
    "on_cluster": "cluster",
    "open_dataset": "dataset",
    "outcome_by_history": "effects",
    "outcome_gain": "effects",
    "planned_power": "effects",
    "rating_drop_in_other_rater": "compare",
    "read": "intake",
    "read_log": "log",
    "read_scores": "intake",
    "read_sessions": "intake",
    "repair_gain": "effects",
    "reported_gain": "effects",
    "sensitivity": "effects",
    "courses": "course",
    "Courses": "course",
    "score": "scoring",
    "score_counts": "scoring",
    "unreported_signs": "compare",
}
_PACKAGES = (
    "clinic",
    "compare",
    "effects",
    "figures",
    "instruments",
    "log",
    "model",
    "pseudonyms",
    "results",
    "rules",
    "simulate",
    "study",
    "tables",
)

__all__ = ["__version__", *_FUNCTIONS, *_PACKAGES]

if TYPE_CHECKING:
    from alliance import (
        clinic,
        compare,
        effects,
        figures,
        instruments,
        log,
        model,
        pseudonyms,
        results,
        rules,
        simulate,
        study,
        tables,
    )
    from alliance.cluster import on_cluster
    from alliance.compare import (
        compare_raters,
        compare_rules,
        compare_sources,
        compare_with_log,
        rating_drop_in_other_rater,
        unreported_signs,
    )
    from alliance.course import Courses, courses
    from alliance.dataset import open_dataset
    from alliance.effects import (
        conventional_analyses,
        outcome_by_history,
        outcome_gain,
        planned_power,
        repair_gain,
        reported_gain,
        sensitivity,
    )
    from alliance.errors import AllianceError, AllianceWarning, DataError
    from alliance.explorer import explore
    from alliance.instruments import load
    from alliance.intake import check, read, read_scores, read_sessions
    from alliance.joins import match_clients
    from alliance.log import read_log
    from alliance.model import chance_baseline
    from alliance.reliability import assess_reliability
    from alliance.ruptures import cumulative_incidence, find_ruptures, histories
    from alliance.scoring import score, score_counts


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        return getattr(import_module(f"alliance.{_FUNCTIONS[name]}"), name)
    if name in _PACKAGES:
        return import_module(f"alliance.{name}")
    raise AttributeError(f"module 'alliance' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
