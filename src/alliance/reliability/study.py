"""Reliability of an instrument in one file: the table and the paragraph that a paper needs."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alliance.course.choosing import rows_of
from alliance.errors import AllianceError, join_names
from alliance.instruments import Instrument, called_in, load
from alliance.reliability.change import reliable_change
from alliance.reliability.internal_consistency import (
    check_confidence,
    cronbach_alpha,
    item_rest_correlations,
    mcdonald_omega,
)
from alliance.reliability.intraclass import score_agreement
from alliance.reliability.ready_made import assess_scores
from alliance.reliability.result import Reliability
from alliance.reliability.within_person import WithinPersonReliability, within_person_reliability
from alliance.scoring import score
from alliance.tables import RESPONSES, scale_columns, tidy

# What the column instrument says where `alliance.simulate` drew answers of no real questionnaire.
SIMULATED = "simulated"


@dataclass(frozen=True, eq=False, kw_only=True)
class _ScaleForms:
    # The forms of one rater, cut to the items of one scale; rows sorted by client and session.
    client: np.ndarray
    session: np.ndarray
    answers: np.ndarray
    scores: np.ndarray

    @property
    def complete(self) -> np.ndarray:
        missing: np.ndarray = np.isnan(self.answers).any(axis=1)
        return ~missing

    @property
    def first(self) -> np.ndarray:
        """Places of the first complete form of each client."""
        places = np.flatnonzero(self.complete)
        again: np.ndarray = pd.Series(self.client[places]).duplicated().to_numpy()
        first: np.ndarray = places[~again]
        return first


def assess_reliability(
    responses: pd.DataFrame,
    instrument: str | Instrument | None = None,
    *,
    rater: str | None = None,
    confidence: float = 0.95,
    sessions: str = "first",
) -> Reliability:
    """Return how reliable an instrument was in a file, as a table and as a paragraph.

    Parameters
    ----------
    responses : DataFrame
        Table RESPONSES: answers as ticked on the form; reversed items are reversed here. Or the
        sessions table that `alliance.read_scores` returns: then only what scores can tell is
        told, the agreement of raters and of sessions.
    instrument : str or Instrument, optional
        By default what the column ``instrument`` says, if it names just one.
    rater : str, optional
        Only this rater; by default each rater in the file.
    confidence : float
        Of alpha's interval and of reliable change. Intraclass correlations always come with 95 %.
    sessions : {"first", "all"}
        Rows for alpha, omega and the item statistics: the first complete form of each client,
        or all complete forms. The mean, SD and reliable change always rest on first forms,
        the within-person coefficients always on all.

    Returns
    -------
    Reliability

    Raises
    ------
    AllianceError
        If instrument or rater are unknown or `responses` is not in order.

    Notes
    -----
    Sessions of the same client are not independent. Over all of them alpha mixes how clients
    differ with how they change, and its interval is too narrow; hence one form for each client
    by default. Clients of the same therapist are not independent either: read the interval as
    too narrow where therapists differ much.

    Reliable change is computed with alpha. A retest coefficient, if there is one for the
    measure, gives a larger threshold: see `reliable_change`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> client, session = np.divmod(np.arange(300), 6)
    >>> feeling = 3 + rng.normal(0, 0.7, 50)[client] + rng.normal(0, 0.4, 300)
    >>> answers = np.clip(np.rint(feeling[:, None] + rng.normal(0, 0.6, (300, 12))), 1, 5)
    >>> forms = pd.DataFrame(answers, columns=[f"item_{i}" for i in range(1, 13)])
    >>> forms = forms.assign(client=client.astype(str), session=session, rater="client")
    >>> found = assess_reliability(forms, "wai-sr")
    >>> found.frame.set_index("scale")["alpha"].round(2)[["total", "bond"]].tolist()
    [0.94, 0.85]
    >>> found.frame.set_index("scale")["within_person"].round(2)[["total", "bond"]].tolist()
    [0.78, 0.5]
    """
    if _ready_made(responses):
        return assess_scores(responses, rater=rater, confidence=confidence)
    chosen, forms = _forms(responses, instrument, rater)
    if sessions not in ("first", "all"):
        raise AllianceError(f"sessions must be 'first' or 'all', not '{sessions}'.")
    check_confidence(confidence)
    scores = score(forms, chosen)
    rows, items, components = [], [], []
    for who in sorted(forms["rater"].unique()):
        for scale in chosen.scale_order:
            part = _scale_forms(forms, scores, chosen, who, scale)
            label = {"rater": who, "scale": scale}
            used = part.first if sessions == "first" else np.flatnonzero(part.complete)
            statistics = _items(part.answers[used], chosen, scale)
            over_sessions = within_person_reliability(part.answers, part.client, part.session)
            rows.append(
                label | _row(part, part.answers[used], statistics, over_sessions, confidence)
            )
            items.append(pd.DataFrame(label, index=statistics.index).join(statistics))
            components.append(label | _component_row(over_sessions))
    return Reliability(
        instrument=chosen.key,
        name=chosen.name,
        metric=chosen.metric,
        sessions=sessions,
        confidence=confidence,
        frame=pd.DataFrame(rows),
        items=pd.concat(items, ignore_index=True),
        components=pd.DataFrame(components),
        agreement=score_agreement(scores, chosen.scale_order),
    )


def _ready_made(table: pd.DataFrame) -> bool:
    if not isinstance(table, pd.DataFrame) or not len(table):
        return False
    items = any(str(column).startswith("item_") for column in table.columns)
    return not items and {"client", "session", "rater"} <= set(table) and bool(scale_columns(table))


def _forms(
    responses: pd.DataFrame, instrument: str | Instrument | None, rater: str | None
) -> tuple[Instrument, pd.DataFrame]:
    if not isinstance(responses, pd.DataFrame) or not len(responses):
        raise AllianceError("The responses must be a DataFrame with at least one questionnaire.")
    present = sorted(set(responses.get("instrument", pd.Series(dtype="str")).dropna()))
    if instrument is None:
        if len(present) != 1:
            held = (
                f"hold {join_names(present)}"
                if present
                else "do not say which questionnaire they are"
            )
            raise AllianceError(
                f"The responses {held}.\n"
                "To fix: choose the rows of one questionnaire and name it, "
                "e.g. assess_reliability(responses, 'wai-sr')."
            )
        instrument = present[0]
    chosen = _simulated(responses) if instrument == SIMULATED else load(instrument)
    others = [name for name in present if name != called_in(present, chosen)]
    if others:
        raise AllianceError(
            f"The responses hold {join_names(others)}, not only {chosen.key}.\n"
            "To fix: choose the rows of one questionnaire first."
        )
    forms = tidy(responses.assign(instrument=chosen.called), RESPONSES)
    if rater is not None:
        forms = rows_of(forms, "rater", rater, table="responses").reset_index(drop=True)
    return chosen, forms


def _simulated(responses: pd.DataFrame) -> Instrument:
    """Return the questionnaire of a simulated study: one scale, nothing reversed, no limits."""
    items = sum(name.startswith("item_") for name in responses.columns)
    answers = responses[[f"item_{number}" for number in range(1, items + 1)]]
    return Instrument(
        key=SIMULATED,
        name="Simulated questionnaire",
        kind="alliance",
        raters=dict.fromkeys(responses["rater"].unique(), "user"),
        items=items,
        # Simulated answers have no limits: these only keep the scoring from refusing any.
        minimum=float(answers.min(axis=None)) - 1,
        maximum=float(answers.max(axis=None)) + 1,
        whole_numbers=False,
        scales={"total": tuple(range(1, items + 1))},
        metric="mean",
        needed_share=0.8,
        missing_rule_from="ours",
        higher_is_better=True,
        reference="simulated",
        checked="the items were drawn from one model",
    )


def _scale_forms(
    forms: pd.DataFrame, scores: pd.DataFrame, instrument: Instrument, who: str, scale: str
) -> _ScaleForms:
    rows = (forms["rater"] == who).to_numpy()
    numbers = instrument.scales[scale]
    answers = forms.loc[rows, [f"item_{number}" for number in numbers]].to_numpy(
        float, na_value=np.nan
    )
    mirrored = np.isin(numbers, instrument.reversed_items)
    return _ScaleForms(
        client=forms["client"].to_numpy()[rows],
        session=forms["session"].to_numpy()[rows],
        # Keyed answers: reversed items turned, so that all of a scale point one way.
        answers=np.where(mirrored, instrument.minimum + instrument.maximum - answers, answers),
        scores=scores[scale].to_numpy(float)[rows],
    )


def _items(answers: np.ndarray, instrument: Instrument, scale: str) -> pd.DataFrame:
    """Return what is known of each item of a scale."""
    numbers = list(instrument.scales[scale])
    known = {"item": numbers, "reversed": np.isin(numbers, instrument.reversed_items)}
    return pd.DataFrame(known).join(item_rest_correlations(answers).drop(columns="item"))


def _row(
    part: _ScaleForms,
    answers: np.ndarray,
    items: pd.DataFrame,
    over: WithinPersonReliability,
    confidence: float,
) -> dict[str, object]:
    alpha, omega = cronbach_alpha(answers, confidence), mcdonald_omega(answers)
    first = pd.Series(part.scores[part.first])
    # A negative alpha is no reliability: sqrt(1 - r) would exceed the SD itself.
    usable = alpha.value if alpha.value >= 0 else math.nan
    threshold = reliable_change(first.std(), usable, confidence)
    over_sessions = f"over sessions: {over.note}" if over.note else ""
    notes = dict.fromkeys([alpha.note, omega.note, _against(items), over_sessions])
    return {
        "items": over.items,
        "forms": over.forms + over.incomplete,
        "incomplete": over.incomplete,
        "clients": over.clients,
        "sessions": over.sessions,
        "rows": alpha.rows,
        "alpha": alpha.value,
        "alpha_lower": alpha.lower,
        "alpha_upper": alpha.upper,
        "omega": omega.value,
        "first_mean": first.mean(),
        "first_sd": first.std(),
        "sem": threshold.sem,
        "reliable_change": threshold.points,
        "within_person": over.r_c,
        "between_person": over.r_kr,
        "sessions_averaged": over.sessions_averaged,
        "note": "; ".join(note for note in notes if note),
    }


def _against(items: pd.DataFrame) -> str:
    # Two standard errors of a zero correlation: clearly negative, not merely low.
    clearly = items["item_rest"] < -2 / np.sqrt(items["rows"].clip(lower=1))
    against = items.loc[clearly, "item"]
    if against.empty:
        return ""
    return f"item {join_names(against)} against the rest: was it reversed before, or not at all?"


def _component_row(over: WithinPersonReliability) -> dict[str, object]:
    variances = over.frame.set_index("component")["variance"]
    coefficients = {name: getattr(over, name) for name in ("r_c", "r_1r", "r_kr", "r_kf")}
    return {**variances, **coefficients, "sessions_averaged": over.sessions_averaged}
