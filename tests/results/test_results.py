"""Every result makes its table: its numbers are those of the result, its notes say what was done."""

import importlib
import inspect
import pkgutil

import numpy as np
import pandas as pd
import pytest

import alliance
from alliance import effects, find_ruptures, rules, simulate
from alliance.compare import against_truth, compare_rules
from alliance.model import find_pulses
from alliance.reliability import assess_reliability, within_person_reliability
from alliance.results import DASH, PublicationTable
from alliance.ruptures import cumulative_incidence, histories

# Results of looking at a file, of making one up, or of a night in a clinic, not of a study.
NOT_FOR_PAPERS = {"Bundle", "Check", "LogCheck", "News", "Review", "Study"}


@pytest.fixture(scope="module")
def study():
    return simulate.simulate(simulate.worlds()["R0d"], clients=40, seed=3)


@pytest.fixture(scope="module")
def found(study):
    return find_ruptures(study.sessions, rules.v_episode())


def column(table: PublicationTable, head: str) -> tuple[str, ...]:
    (cells,) = [column.cells for column in table.columns if column.head == head]
    return cells


def test_every_result_has_a_table():
    without = set()
    for module in pkgutil.walk_packages(alliance.__path__, "alliance."):
        if module.name.endswith("__main__"):
            continue
        for name, each in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            shows = (
                hasattr(each, "summary")
                and hasattr(each, "text")
                and each.__module__ == module.name
            )
            if shows and not hasattr(each, "to_table"):
                without.add(name)
    assert without - NOT_FOR_PAPERS == set()


def test_ruptures(found):
    table = found.to_table(number=1)
    counts = found.summary().iloc[0]
    assert column(table, "Repaired") == (str(counts["repaired"]),)
    assert column(table, "% repaired") == (f"{100 * counts['repair_rate']:.0f}",)
    assert found.rule.text() in table.general and "could not be judged" in table.general


def test_chance_levels(found):
    from alliance.model import chance_baseline

    level = chance_baseline(found, draws=9)
    table = level.to_table()
    assert column(table, "n") == tuple(str(n) for n in level.summary()["n"])
    assert "9 draws" in table.general
    assert column(table, "Found")[0].startswith("0.")


def test_courses_and_incidence(found, study):
    flow = histories(found).to_table()
    assert column(flow, "n")[0] == "40" and column(flow, "% of those judged")[:3] == (
        DASH,
        DASH,
        "100",
    )
    incidence = cumulative_incidence(found)
    table = incidence.to_table()
    first = incidence.at(1)["incidence"].iloc[0]
    assert table.rows[0][2] == f"{100 * first:.0f}" and "not followed" in table.general
    assert [name for name, _ in table.spanners][:2] == ["", "By session 1"]


def test_the_pulse_detector(study):
    scan = find_pulses(study.sessions)
    table = scan.to_table()
    assert column(table, "Sessions") == (f"{len(scan.frame):,}",) and "0.5" in table.general
    assert len(scan.model.to_table().rows) == len(scan.model.frame)


def test_the_gain(study):
    answer = effects.repair_gain(study.sessions, draws=0)
    table = answer.to_table()
    assert answer.methods() in table.general and len(table.rows) == 3
    few = study.log["client"].unique()[:3]
    sessions, log = (table[table["client"].isin(few)] for table in (study.sessions, study.log))
    reported = effects.reported_gain(sessions, log)
    assert set(column(reported.to_table(), "Estimate")) == {DASH}


def test_usual_analyses_carry_their_warnings(found, study):
    usual = effects.conventional_analyses(study.sessions, found)
    table = usual.to_table()
    reasons, warnings = usual.frame["reason"], usual.frame["warning"]
    assert all(
        (reason or warning) in note
        for reason, warning, note in zip(reasons, warnings, table.specific, strict=True)
    )
    assert all(cell == DASH or 0 <= int(cell) <= 100 for cell in column(table, "Highest"))


def test_mixed_models(study):
    fit = effects.fit_mixed(study.sessions, "total ~ session")
    table = fit.to_table()
    assert column(table, "Term") == tuple(fit.frame["term"])
    assert "left out" in table.general and f"{fit.variances['sd'].iloc[-1]:.3f}" in table.general


def test_comparison_and_truth(found, study):
    compared = compare_rules(study.sessions, [rules.v_episode(), rules.srs_level()], chance=False)
    table = compared.to_table()
    assert table.specific[0] == "Rule: not verified; its repair: not verified."
    assert table.specific[1].startswith("Could not be used") or "Rule:" in table.specific[1]
    onsets = found.frame[["client", "onset", "end"]]
    truth = against_truth(found, onsets).to_table()
    assert column(truth, "Value")[0] == "1.00"


def test_reliability():
    rng = np.random.default_rng(1)
    client, session = np.divmod(np.arange(180), 6)
    feeling = 3 + rng.normal(0, 0.7, 30)[client] + rng.normal(0, 0.4, 180)
    answers = np.clip(np.rint(feeling[:, None] + rng.normal(0, 0.6, (180, 12))), 1, 5)
    forms = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(1, 13)])
    found = assess_reliability(
        forms.assign(client=client.astype(str), session=session, rater="client"), "wai-sr"
    )
    table = found.to_table(number=2)
    assert column(table, "α") == tuple(f"{a:.2f}".lstrip("0") for a in found.frame["alpha"])
    assert column(table, "M") == tuple(f"{m:.2f}" for m in found.frame["first_mean"])
    assert "30 clients came in, 0 incomplete and set aside" in table.general
    within = within_person_reliability(forms, client, session)
    assert column(within.to_table(), "Value")[0] == f"{within.r_c:.2f}".lstrip("0")


def test_agreement_with_a_log_and_between_its_sources(study, found):
    from alliance.compare import compare_sources, compare_with_log

    log = found.flags[["client", "session"]].assign(source="client", tension=0)
    second = log.assign(source="therapist")
    log.loc[::5, "tension"] = 1
    second.loc[::5, "tension"] = 1
    against = compare_with_log(found, log, draws=0)
    table = against.to_table()
    assert column(table, "n") == tuple(f"{n:,.0f}" for n in against.frame["of"])
    between = compare_sources(pd.concat([log, second]), draws=0).to_table()
    assert column(between, "κ") == ("1.00",) and column(between, "First only") == ("0",)
