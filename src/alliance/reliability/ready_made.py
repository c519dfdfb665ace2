"""Ready-made scores: what can be said of their reliability without the answers to the items."""

from __future__ import annotations

import numpy as np
import pandas as pd

from alliance.errors import AllianceError, join_names, suggest
from alliance.reliability.result import Reliability
from alliance.reliability.same_scores import score_agreement
from alliance.tables import SESSIONS, scale_columns, tidy

NO_ITEMS = "ready-made scores: alpha, omega and reliable change need the answers to the items"
_UNKNOWN = (
    *("alpha", "alpha_lower", "alpha_upper", "omega", "sem", "reliable_change"),
    *("within_person", "between_person", "sessions_averaged"),
)


def assess_scores(
    sessions: pd.DataFrame, *, rater: str | None = None, confidence: float = 0.95
) -> Reliability:
    """Say what scores alone show: spread, own movement, share between clients, and reliable change.

    Items are needed for alpha and omega; see `alliance.assess_reliability`.
    """
    frame = tidy(sessions, SESSIONS)
    raters = sorted(frame["rater"].unique())
    if rater is not None and rater not in raters:
        raise AllianceError(
            f"There is no rater '{rater}'.{suggest(rater, raters)} Raters: {join_names(raters)}."
        )
    frame = frame if rater is None else frame[frame["rater"] == rater]
    scales = scale_columns(frame)
    rows = [_row(part, who, scale) for who, part in frame.groupby("rater") for scale in scales]
    metric = frame["metric"].iloc[0] if "metric" in frame.columns else ""
    return Reliability(
        instrument="",
        name="Ready-made scores",
        metric=metric,
        sessions="first",
        confidence=confidence,
        frame=pd.DataFrame(rows),
        items=pd.DataFrame(columns=["rater", "scale", "item"]),
        components=pd.DataFrame(columns=["rater", "scale"]),
        agreement=score_agreement(frame, scales),
    )


def _row(part: pd.DataFrame, rater: str, scale: str) -> dict[str, object]:
    scored = part[part[scale].notna()].sort_values(["client", "session"])
    # First forms only, so that each client counts once.
    first = scored.drop_duplicates("client")[scale]
    return {
        "rater": rater,
        "scale": scale,
        "items": 0,
        "forms": len(part),
        "incomplete": len(part) - len(scored),
        "clients": len(first),
        "sessions": scored["session"].nunique(),
        "rows": len(first),
        **dict.fromkeys(_UNKNOWN, np.nan),
        "first_mean": first.mean(),
        "first_sd": first.std(),
        "note": NO_ITEMS,
    }
