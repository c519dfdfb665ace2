"""Alliance: from questionnaires filled in after each session to ruptures and their repair.

import alliance as al

responses = al.read("export.csv", instrument="wai-sr", client="ID", session="Session")
sessions = al.score(responses)
found = al.find_ruptures(sessions, al.rules.own_mean())
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Loaded on first use, so that `import alliance` and `alliance --help` answer at once.
_FUNCTIONS = {
    "AllianceError": "errors",
    "AllianceWarning": "errors",
    "DataError": "errors",
    "chance_level": "chance",
    "check": "checking",
    "compare_rules": "agreement",
    "compare_sources": "agreement",
    "compare_with_log": "agreement",
    "cumulative_incidence": "effects",
    "every_choice": "multiverse",
    "explore": "explorer",
    "find_ruptures": "ruptures",
    "load": "instruments",
    "planned_power": "planning",
    "read": "intake",
    "read_log": "intake",
    "read_scores": "intake",
    "assess_reliability": "reliability",
    "outcome_by_history": "effects",
    "outcome_gain": "effects",
    "repair_gain": "effects",
    "repaired_against_unrepaired": "effects",
    "rupture_noticed": "agreement",
    "score": "scoring",
    "score_counts": "scoring",
    "two_views": "agreement",
    "unspoken": "agreement",
    "usual_analyses": "effects",
}
_ROOMS = (
    "bundle",
    "effects",
    "figures",
    "histories",
    "instruments",
    "multiverse",
    "papers",
    "monitoring",
    "planning",
    "pseudonyms",
    "pulse",
    "review",
    "rules",
    "rupture_log",
    "simulate",
    "tables",
    "therapists",
)

__all__ = ["__version__", *_FUNCTIONS, *_ROOMS]

if TYPE_CHECKING:
    from alliance import (
        bundle,
        effects,
        figures,
        histories,
        instruments,
        monitoring,
        multiverse,
        papers,
        planning,
        pseudonyms,
        pulse,
        review,
        rules,
        rupture_log,
        simulate,
        tables,
        therapists,
    )
    from alliance.agreement import (
        compare_rules,
        compare_sources,
        compare_with_log,
        rupture_noticed,
        two_views,
        unspoken,
    )
    from alliance.chance import chance_level
    from alliance.checking import check
    from alliance.effects import (
        cumulative_incidence,
        outcome_by_history,
        outcome_gain,
        repair_gain,
        repaired_against_unrepaired,
        usual_analyses,
    )
    from alliance.errors import AllianceError, AllianceWarning, DataError
    from alliance.explorer import explore
    from alliance.instruments import load
    from alliance.intake import read, read_log, read_scores
    from alliance.multiverse import every_choice
    from alliance.planning import planned_power
    from alliance.reliability import assess_reliability
    from alliance.ruptures import find_ruptures
    from alliance.scoring import score, score_counts


def __getattr__(name: str):
    if name in _FUNCTIONS:
        return getattr(import_module(f"alliance.{_FUNCTIONS[name]}"), name)
    if name in _ROOMS:
        return import_module(f"alliance.{name}")
    raise AttributeError(f"module 'alliance' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
