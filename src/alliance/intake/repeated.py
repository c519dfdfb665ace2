"""Repeated: rows that name the same questionnaire, as copies or as different versions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alliance.errors import Problem
from alliance.intake.forms import key_of
from alliance.intake.problems import WHO, problem_of


def codes_of(forms: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Return one number for each row, equal where all the columns are equal."""
    codes = np.zeros(len(forms), dtype=np.int64)
    for name in columns:
        own, values = pd.factorize(forms[name], use_na_sentinel=False)
        codes = codes * max(len(values), 1) + own
    return codes


def repeated_problems(
    forms: pd.DataFrame, nameless: pd.Series, content: list[str], *, in_order: bool = False
) -> tuple[list[Problem], pd.Series]:
    """Find rows that name the same client, session and rater; a mere copy is kept once.

    `nameless`: forms that name nobody; they are not compared. `content`: columns with what was
    answered. `in_order`: whether rows stand by client and session, each there once, so that none is
    repeated. Returns problems; `doubled`: the forms that cannot stand.
    """
    doubled = pd.Series(False, index=forms.index)
    if in_order:
        return [], doubled
    key = key_of(forms)
    same = pd.Series(codes_of(forms, key), index=forms.index).duplicated(keep=False) & ~nameless
    if not same.any():
        return [], doubled
    named = forms[same]
    named = named[named.duplicated(key, keep=False)]
    # A pair of copies beside a third, different form leaves all three in doubt.
    versions_of = named.drop_duplicates([*key, *content]).groupby(key, sort=False, dropna=False)
    sizes = versions_of.size().rename("versions").reset_index()
    differing = named[key].merge(sizes, on=key, how="left")["versions"].to_numpy() > 1
    copies, versions = named[~differing], named[differing]
    problems = problem_of("repeated row", copies.sort_values(WHO, kind="stable"))
    problems += problem_of("two versions", versions.sort_values(WHO, kind="stable"))
    doubled[versions.index] = True
    doubled[copies.index[copies.duplicated([*key, *content], keep="first")]] = True
    return problems, doubled
