"""Every result is shown in one line, answers in few words, and computes nothing when it is shown."""

import importlib
import inspect
import pkgutil

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance.compare import against_truth
from alliance.effects import drop_and_return, fit_mixed
from alliance.log import examine_log
from alliance.model import find_pulses
from alliance.reliability import within_person_reliability
from alliance.results import Result
from alliance.simulate import simulate, worlds


@pytest.fixture(scope="module")
def made(tmp_path_factory, few_switches):
    """One result of every class, from one small study."""
    study = simulate(worlds()["R0d"], clients=30, seed=3)
    sessions = study.sessions[study.sessions["session"] <= 8].reset_index(drop=True)
    own = {"rater": "client"}
    noise = np.random.default_rng(2).normal(0, 2, len(sessions))
    other = sessions.assign(rater="therapist", total=(sessions["total"] + noise).clip(0, 40))
    dyads = pd.concat([sessions, other], ignore_index=True)
    found = al.find_ruptures(sessions, drop_and_return(), **own)
    kinds = al.histories(found)
    scan = find_pulses(sessions, **own)
    notes = found.flags[["client", "session"]].assign(source="client", tension=0)
    notes.loc[::5, "tension"] = 1
    both = pd.concat([notes, notes.assign(source="therapist")])
    path = tmp_path_factory.mktemp("log") / "log.csv"
    notes.to_csv(path, index=False)
    rng = np.random.default_rng(1)
    client, session = np.divmod(np.arange(180), 6)
    answers = np.clip(np.rint(3 + rng.normal(0, 1, (180, 12))), 1, 5)
    forms = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(1, 13)])
    named = forms.assign(client=client.astype(str), session=session, rater="client")
    made = [
        found,
        kinds,
        scan,
        scan.model,
        al.chance_baseline(found, draws=2),
        al.cumulative_incidence(found),
        al.compare_rules(sessions, [drop_and_return(), "srs-level"], chance=False, **own),
        al.compare_sources(both, draws=0),
        al.compare_with_log(found, notes, draws=0),
        al.compare_raters(dyads, draws=0),
        al.rating_drop_in_other_rater(found, dyads, draws=0),
        al.unreported_signs(sessions, found, log=notes, draws=0),
        against_truth(found, found.frame[["client", "onset", "end"]]),
        examine_log(path),
        al.assess_reliability(named, "wai-sr"),
        within_person_reliability(forms, client, session),
        fit_mixed(found.courses.table, "total ~ session"),
        al.conventional_analyses(found.courses, found),
        al.outcome_by_history(kinds, study.outcomes),
        al.repair_gain(sessions, draws=0, **own),
        al.reported_gain(sessions, study.log, **own),
        al.sensitivity(sessions, **own),
        al.planned_power(0.8, clients=[12, 16], analyses=["log"], replications=10, workers=1),
    ]
    return {type(each).__name__: each for each in made}


def every_class() -> set[str]:
    found = set()
    for module in pkgutil.walk_packages(al.__path__, "alliance."):
        if not module.name.endswith("__main__"):
            for name, each in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                own = each.__module__ == module.name and issubclass(each, Result)
                found |= {name} if own and each is not Result else set()
    return found


NAMES = sorted(every_class())


def test_no_class_is_forgotten(made):
    assert set(made) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_one_line_and_few_words(made, name):
    line = repr(made[name])
    assert line.startswith(f"<{name}: ") and "\n" not in line and len(line) < 200
    assert 3 < len(made[name].text().split()) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_showing_computes_nothing(made, name, monkeypatch):
    result = made[name]
    result._repr_html_()  # templates are read once, at the first sentence

    def drawn(*arguments, **settings):
        raise AssertionError("a random number was drawn to show a result")

    monkeypatch.setattr(np.random, "default_rng", drawn)
    before = {field: id(getattr(result, field)) for field in result.__dataclass_fields__}
    shown = (repr(result), result._repr_html_())
    assert shown[1].startswith("<div>")
    assert before == {field: id(getattr(result, field)) for field in result.__dataclass_fields__}
