"""How far fit_mixed, and MixedLM as it comes, are from R's lme4 in the 77 studies of the witness.

Writes `mixed_models.csv`, one row for each study: the differences from lme4 of the restricted
log-likelihood, and the largest ones of the estimates, of the standard errors (as a share) and of the
variances; and the difference of the log-likelihood that `statsmodels.MixedLM` ends with when it is
used as it comes (empty where it stops with an error, or cannot fit the model).

    python calibration/mixed_models.py
"""

import importlib.util
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from alliance.effects import MixedFit, fit_mixed

WITNESS = Path(__file__).parents[1] / "tests" / "effects" / "witness_lme4"
REPORT = Path(__file__).with_suffix(".csv")


def studies() -> ModuleType:
    """Return the module that makes the studies of the witness."""
    spec = importlib.util.spec_from_file_location("make_data", WITNESS / "make_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers_of_lme4(reference: pd.Series, quantity: str) -> pd.Series:
    """Return lme4's numbers of one kind, by the words in their names in alphabetical order."""
    chosen = reference[reference.index.str.startswith(f"{quantity} ")]
    return chosen.rename(lambda name: _key(name.removeprefix(f"{quantity} ")))


def _key(name: str) -> str:
    plain = (
        name.replace("(Intercept)", "Intercept").replace("NA", "").replace("Residual", "residual")
    )
    return " ".join(sorted(plain.split()))


def differences(fit: MixedFit, reference: pd.Series) -> dict[str, float]:
    """Return how far a fit is from lme4."""
    terms = fit.frame.set_index(fit.frame["term"].map(_key))
    named = fit.variances[["group", "effect", "with_effect"]].agg(" ".join, axis=1).map(_key)
    variances = fit.variances.set_index(named)["variance"]
    estimates = numbers_of_lme4(reference, "estimate")
    errors = numbers_of_lme4(reference, "se")
    theirs = numbers_of_lme4(reference, "variance")
    return {
        "loglik": fit.loglik - reference["reml"],
        "estimate": (terms["estimate"][estimates.index] - estimates).abs().max(),
        "standard_error": (terms["standard_error"][errors.index] / errors - 1).abs().max(),
        "variance": (variances[theirs.index] - theirs).abs().max(),
    }


def as_it_comes(study: pd.DataFrame, formula: str, random: str) -> float:
    """Return the log-likelihood that MixedLM ends with by itself; NaN where it stops."""
    import statsmodels.formula.api as smf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = smf.mixedlm(formula, study, groups="client", re_formula=f"~ {random}").fit()
        except np.linalg.LinAlgError:
            return np.nan
    return float(fit.llf)


def main() -> None:
    """Fit every study and write the table."""
    made = studies()
    reference = pd.read_csv(WITNESS / "reference.csv", comment="#")
    reference = reference.set_index(["kind", "number", "quantity"])["value"].sort_index()
    rows = []
    for kind, number in made.STUDIES:
        formula, random, in_therapists = made.KINDS[kind]
        study, theirs = made.study(kind, number), reference[kind, number]
        nested = "therapist" if in_therapists else None
        fit = fit_mixed(study, formula, random=random, nested=nested)
        alone = np.nan if nested else as_it_comes(study, formula, random) - theirs["reml"]
        row = {"kind": kind, "number": number, "lme4": theirs["reml"]}
        rows.append(row | differences(fit, theirs) | {"mixedlm_as_it_comes": alone})
    table = pd.DataFrame(rows)
    table.to_csv(REPORT, index=False, float_format="%.3g", lineterminator="\n")


if __name__ == "__main__":
    main()
