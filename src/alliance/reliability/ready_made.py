"""Ready-made scores: what can be said of their reliability without the answers to the items."""

import numpy as np
import pandas as pd

from alliance.course import Courses, courses
from alliance.reliability.intraclass import score_agreement
from alliance.reliability.result import Reliability
from alliance.tables import distinct, scale_columns

NO_ITEMS = "ready-made scores: alpha, omega and reliable change need the answers to the items"
_UNKNOWN = (
    *("alpha", "alpha_lower", "alpha_upper", "omega", "sem", "reliable_change"),
    *("within_person", "between_person", "sessions_averaged"),
)


def assess_scores(
    sessions: pd.DataFrame, *, rater: str | None = None, confidence: float = 0.95
) -> Reliability:
    """Say what scores alone show: spread, own movement, share between clients, reliable change."""
    raters = [rater] if rater is not None else sorted(distinct(sessions["rater"]).astype(str))
    scales = scale_columns(sessions)
    chosen = [courses(sessions, rater=who, scale=scale) for who in raters for scale in scales]
    # The rows of a rater are the same for every scale.
    frame = pd.concat([each.table for each in chosen[:: len(scales)]], ignore_index=True)
    return Reliability(
        instrument="",
        name="Ready-made scores",
        metric=chosen[0].metric,
        sessions="first",
        confidence=confidence,
        frame=pd.DataFrame([_row(each) for each in chosen]),
        items=pd.DataFrame(columns=["rater", "scale", "item"]),
        components=pd.DataFrame(columns=["rater", "scale"]),
        agreement=score_agreement(frame, scales),
    )


def _row(chosen: Courses) -> dict[str, object]:
    # First forms only, so that each client counts once.
    first = pd.Series(chosen.points[chosen.offsets[:-1][chosen.lengths > 0]])
    return {
        "rater": chosen.rater,
        "scale": chosen.scale,
        "items": 0,
        "forms": len(chosen.table),
        "incomplete": chosen.counts["without a score"],
        "clients": len(first),
        "sessions": len(np.unique(chosen.sessions)),
        "rows": len(first),
        **dict.fromkeys(_UNKNOWN, np.nan),
        "first_mean": first.mean(),
        "first_sd": first.std(),
        "note": NO_ITEMS,
    }
