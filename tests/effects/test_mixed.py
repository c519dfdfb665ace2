"""Mixed models against R's lme4 on 77 small studies, by hand, and against their own laws.

Reference numbers: witness_lme4/make_reference.R, from the studies of witness_lme4/make_data.py.
"""

import importlib.util
import pickle
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alliance.effects.mixed import fit_mixed
from alliance.effects.mixed_design import Design
from alliance.effects.mixed_search import best_ending, ending_at
from alliance.errors import AllianceError

WITNESS = Path(__file__).parent / "witness_lme4"
NAMES = {"(Intercept)": "Intercept", "NA": ""}


def made():
    spec = importlib.util.spec_from_file_location("make_data", WITNESS / "make_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = made()
STUDIES = MADE.STUDIES
REFERENCE = (
    pd.read_csv(WITNESS / "reference.csv", comment="#")
    .set_index(["kind", "number", "quantity"])["value"]
    .sort_index()
)


@cache
def fitted(kind, number, **settings):
    formula, random, in_therapists = MADE.KINDS[kind]
    study = MADE.study(kind, number)
    return fit_mixed(
        study, formula, random=random, nested="therapist" if in_therapists else None, **settings
    )


def lme4(kind, number, quantity):
    """Return lme4's numbers of one kind by the name that we give them."""
    numbers = REFERENCE[kind, number]
    chosen = numbers[numbers.index.str.startswith(f"{quantity} ")]
    names = chosen.index.str.removeprefix(f"{quantity} ")
    for theirs, ours in NAMES.items():
        names = names.str.replace(theirs, ours, regex=False)
    return chosen.set_axis(names.str.strip())


def test_there_are_enough_studies_and_they_are_the_ones_that_r_saw():
    assert len(STUDIES) >= 60
    for kind, number in STUDIES:
        study, seen = MADE.study(kind, number), REFERENCE[kind, number]
        assert len(study) == seen["rows"]
        assert study["total"].sum() == pytest.approx(seen["sum"], abs=1e-6)


@pytest.mark.parametrize("kind", MADE.KINDS)
def test_agrees_with_lme4(kind):
    # All of them are compared by calibration/mixed_models.py, which keeps the table.
    for number in range(1, MADE.PER_KIND + 1, 5):
        fit = fitted(kind, number)
        assert fit.loglik == pytest.approx(REFERENCE[kind, number, "reml"], abs=1e-3)
        terms = fit.frame.set_index("term")
        theirs = lme4(kind, number, "estimate")
        np.testing.assert_allclose(terms["estimate"][theirs.index], theirs, atol=1e-4)
        theirs = lme4(kind, number, "se")
        np.testing.assert_allclose(terms["standard_error"][theirs.index], theirs, rtol=1e-3)
        ours = fit.variances.assign(
            name=fit.variances[["group", "with_effect", "effect"]].agg(" ".join, axis=1)
        )
        ours = ours.set_index(
            ours["name"].str.replace("residual", "Residual").str.split().str.join(" ")
        )
        theirs = lme4(kind, number, "variance")
        names = theirs.index.str.split().str.join(" ")
        swapped = names.where(names.isin(ours.index), names.map(_swapped))
        np.testing.assert_allclose(ours["variance"][swapped], theirs, atol=2e-4, rtol=2e-3)


def _swapped(name):
    group, *effects = name.split()
    return " ".join([group, *reversed(effects)])


def test_maximum_likelihood_agrees_with_lme4():
    for kind, number in STUDIES[5::11]:
        fit = fitted(kind, number, reml=False)
        assert fit.loglik == pytest.approx(REFERENCE[kind, number, "ml"], abs=1e-3)


def default_statsmodels(kind, number):
    """Return the log-likelihood that MixedLM ends with when it is used as it comes."""
    import statsmodels.formula.api as smf

    formula, random, _ = MADE.KINDS[kind]
    study = MADE.study(kind, number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = smf.mixedlm(formula, study, groups="client", re_formula=f"~ {random}").fit()
        except np.linalg.LinAlgError:
            return np.nan
    return float(fit.llf)


def test_statsmodels_alone_misses_the_optimum_and_the_guarded_function_does_not(
    record_property, capsys
):
    studies = [(kind, number) for kind, number in STUDIES if kind == "slope, little spread"][:2]
    best = np.array([REFERENCE[kind, number, "reml"] for kind, number in studies])
    default = np.array([default_statsmodels(*study) for study in studies])
    ours = np.array([fitted(*study).loglik for study in studies])
    missed = ~(np.abs(default - best) < 1e-3)
    record_property("missed_by_default_statsmodels", f"{missed.sum()} of {len(studies)}")
    with capsys.disabled():
        print(f"\n  MixedLM as it comes missed the optimum in {missed.sum()} of {len(studies)}")
    assert missed.any()
    np.testing.assert_allclose(ours, best, atol=1e-3)


def test_searches_are_those_of_statsmodels_and_the_best_is_kept():
    fit = fitted("slope", 1)
    assert fit.optimiser.startswith("statsmodels ")
    assert len(fit.searches) >= 2
    assert fit.loglik == fit.searches["loglik"].max()
    assert np.isfinite(fit.searches["loglik"]).all()


def _design(seed=0):
    rng = np.random.default_rng(seed)
    client, time = np.repeat(np.arange(5), 4), np.tile(np.arange(4.0), 5) / 3
    columns = np.column_stack([np.ones(20), time])
    return Design(outcome=rng.normal(size=20), fixed=columns, random=columns, client=client)


class _End:
    scale, vcomp = 1.0, np.zeros(0)

    def __init__(self, cov_re):
        self.cov_re = np.asarray(cov_re)


def test_impossible_ends_of_statsmodels_are_dropped(monkeypatch):
    from statsmodels.regression.mixed_linear_model import MixedLM

    from alliance.effects import mixed_search

    ends = {
        "negative": [[1.0, 2.0], [2.0, 1.0]],
        "nan": np.full((2, 2), np.nan),
        "possible": [[1.0, 0.5], [0.5, 1.0]],
    }
    monkeypatch.setattr(mixed_search, "SEARCHES", tuple((name, 1.0) for name in ends))
    monkeypatch.setattr(MixedLM, "fit", lambda self, method, **_: _End(ends[method]))
    _, found = best_ending(_design())
    assert list(found)[0] == "statsmodels possible from 1"
    lower = found["statsmodels possible from 1"].factor
    np.testing.assert_allclose(lower @ lower.T, ends["possible"], atol=1e-12)
    # One end alone is not believed: the search goes on from it.
    assert len(found) == 2


def test_an_impossible_place_has_no_likelihood():
    assert ending_at(_design(), np.full((2, 2), np.nan), 0.0, True) is None


def test_the_likelihood_is_that_of_the_normal_distribution_written_out():
    from scipy.stats import multivariate_normal

    study = MADE.study("therapists and slope", 3)
    fit = fitted("therapists and slope", 3, reml=False)
    spread = fit.variances.set_index(["group", "effect", "with_effect"])["variance"]
    level, both, slope = (
        spread["client", "Intercept", ""],
        spread["client", "session", "Intercept"],
        spread["client", "session", ""],
    )
    same_client = study["client"].to_numpy()[:, None] == study["client"].to_numpy()
    same_therapist = study["therapist"].to_numpy()[:, None] == study["therapist"].to_numpy()
    t = study["session"].to_numpy(dtype=float)
    covariance = same_client * (level + both * (t[:, None] + t) + slope * t[:, None] * t)
    covariance = covariance + spread["therapist", "Intercept", ""] * same_therapist
    covariance += spread["residual", "", ""] * np.eye(len(t))
    intercept, rise = fit.frame["estimate"]
    written_out = multivariate_normal(intercept + rise * t, covariance).logpdf(study["total"])
    assert fit.loglik == pytest.approx(written_out, abs=1e-8)


def test_balanced_data_by_hand():
    # Steps of 1, 2 and 3 points: mean 2, standard error sd / sqrt(3) = 1 / sqrt(3).
    frame = pd.DataFrame(
        {"client": list("aabbcc"), "session": [1, 2] * 3, "total": [1.0, 2, 5, 7, 3, 6]}
    )
    fit = fit_mixed(frame, "total ~ session")
    step = fit.frame.set_index("term").loc["session"]
    assert step["estimate"] == pytest.approx(2)
    assert step["standard_error"] == pytest.approx(3**-0.5, rel=1e-5)
    # Analysis of variance: residual mean square 0.5; between clients 10.5 = residual + 2 * variance.
    assert fit.variances["variance"].tolist() == pytest.approx([5.0, 0.5], rel=1e-5)


def test_units_of_time_and_of_the_outcome_do_not_matter():
    study = MADE.study("slope", 1)
    plain = fit_mixed(study, "total ~ session", random="1 + session")
    other = study.assign(session=study["session"] * 365.25, total=100 * study["total"])
    scaled = fit_mixed(other, "total ~ session", random="1 + session")
    assert scaled.frame["estimate"][1] == pytest.approx(
        plain.frame["estimate"][1] * 100 / 365.25, rel=1e-5
    )
    assert scaled.frame["p"][1] == pytest.approx(plain.frame["p"][1], rel=1e-3)


def test_order_and_names_do_not_matter_and_missing_rows_are_counted():
    study = MADE.study("groups", 2)
    plain = fit_mixed(study, "total ~ session * repaired", random="1 + session")
    mixed_up = study.sample(frac=1, random_state=1).assign(client=lambda f: "x" + f["client"])
    mixed_up.loc[len(mixed_up) + 5] = ["x99", "t0", 3, 1, np.nan]
    again = fit_mixed(mixed_up, "total ~ session * repaired", random="1 + session")
    assert (again.rows, again.excluded) == (len(study), 1)
    np.testing.assert_allclose(again.frame["estimate"], plain.frame["estimate"], atol=1e-6)
    assert again.loglik == pytest.approx(plain.loglik, abs=1e-6)


def test_the_truth_comes_back():
    rng = np.random.default_rng(3)
    client, session = np.repeat(np.arange(150), 8), np.tile(np.arange(1, 9), 150)
    level, slope = rng.normal(0, 0.6, 150), rng.normal(0, 0.05, 150)
    total = 4 + level[client] + (0.1 + slope[client]) * session + rng.normal(0, 0.3, 1200)
    frame = pd.DataFrame({"client": client, "session": session, "total": total})
    fit = fit_mixed(frame, "total ~ session", random="1 + session")
    rise = fit.frame.iloc[1]
    assert rise["low"] < 0.1 < rise["high"]
    sd = fit.variances.set_index(["group", "effect", "with_effect"])["sd"]
    assert sd["client", "Intercept", ""] == pytest.approx(0.6, abs=0.07)
    assert sd["client", "session", ""] == pytest.approx(0.05, abs=0.01)
    assert sd["residual", "", ""] == pytest.approx(0.3, abs=0.01)
    assert fit.boundary == ()


def test_boundaries_are_said_in_words():
    frame = pd.DataFrame(
        {
            "client": list("aaabbb"),
            "session": [1, 2, 3] * 2,
            "total": [1.0, 2.2, 2.9, 1.1, 1.9, 3.1],
        }
    )
    fit = fit_mixed(frame, "total ~ session")
    assert fit.boundary == ("the variance of Intercept between clients was estimated as 0",)
    assert fit.boundary[0] in fit.text()
    assert fit.variances["variance"][0] == pytest.approx(0, abs=1e-8)
    together = [fitted("slope, little spread", number).boundary for number in (1, 2, 6, 11)]
    assert sum("fully determined" in " ".join(words) for words in together) >= 2


def test_no_variance_between_clients_by_hand():
    # Deviations are .6, .6, .2 and .2: their squares sum to 6.4 over 32 rows, so the residual variance
    # is 6.4 / 30; the mean of 16 scores has SE sqrt(.21333 / 16), a difference sqrt(2) times that.
    step = np.tile([3.4, 4.6, 3.8, 4.2], 8)
    group = np.tile(np.repeat([0, 1], 4), 4)
    client = np.repeat([f"c{number}" for number in range(8)], 4)
    frame = pd.DataFrame({"client": client, "group": group, "total": step + 0.5 * group})
    fit = fit_mixed(frame, "total ~ group")
    assert fit.frame["estimate"].tolist() == pytest.approx([4.0, 0.5], abs=1e-6)
    assert fit.frame["standard_error"].tolist() == pytest.approx([0.115470, 0.163299], abs=1e-6)
    assert fit.variances["variance"][0] == pytest.approx(0, abs=1e-10)
    assert fit.boundary == ("the variance of Intercept between clients was estimated as 0",)


def test_result_reads_and_pickles():
    fit = fitted("therapists", 1)
    assert "within therapist" in fit.methods()
    assert len(fit.text().split()) <= 120
    assert fit.counts == {
        "client": MADE.study("therapists", 1)["client"].nunique(),
        "therapist": fit.counts["therapist"],
    }
    assert fit.summary().shape == (2, 7)
    assert "\n" not in repr(fit)
    again = pickle.loads(pickle.dumps(fit))
    pd.testing.assert_frame_equal(again.frame, fit.frame)
    assert "<table" in fit._repr_html_()


def test_what_cannot_be_fitted_is_said():
    study = MADE.study("therapists", 1)

    def refused(words, frame=study, formula="total ~ session", **settings):
        with pytest.raises(AllianceError, match=words):
            fit_mixed(frame, formula, **settings)

    refused("no column 'clint'", groups="clint")
    refused("cannot be read", formula="total ~ sesion")
    refused("cannot be told apart", formula="total ~ session + I(2 * session)")
    refused(
        "too few",
        frame=study.groupby("client").head(1).assign(session=range(study["client"].nunique())),
    )
    refused(
        "several of therapist",
        frame=study.assign(therapist=study["session"].astype(str)),
        nested="therapist",
    )
    refused(
        "a single one of client", frame=study.assign(therapist=study["client"]), nested="therapist"
    )
    refused("never varies", frame=study.assign(total=1.0))
    refused("at least 2", frame=study[study["client"] == "c00"])
    refused("confidence must", confidence=95)
    refused("No row", frame=study.assign(total=np.nan))
