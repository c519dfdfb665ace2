"""The review: prospective to the byte, ordered by need, each count beside noise."""

import numpy as np
import pandas as pd
import pytest

from alliance.clinic import Settings, Words, review, review_page
from alliance.clinic.counting import OPEN_NOW
from alliance.clinic.losses import log_by_then
from alliance.clinic.monthly import monthly
from alliance.clinic.periods import rate_ratio
from alliance.clinic.supervision import supervision_list
from alliance.errors import AllianceError

DRAWS = 1


def as_it_stood(clinic, day):
    """Return the file as it stood on a day: no later row, no end that had not come."""
    table = clinic.sessions[clinic.sessions["date"] <= day].reset_index(drop=True)
    over = table["ended"] <= day
    return table.assign(ended=table["ended"].where(over), status=table["status"].where(over))


@pytest.mark.parametrize(
    ("day", "detector"),
    [("2025-02-10", "pulse"), ("2025-05-31", "pulse"), ("2025-04-15", "own-past")],
)
def test_a_review_of_a_past_day_is_the_one_made_on_that_day_to_the_byte(clinic, log, day, detector):
    settings = Settings(at=day, detector=detector, draws=DRAWS, therapists=True)
    then = as_it_stood(clinic, day)
    last = then.groupby("client")["session"].max()
    held = log[log["session"] <= log["client"].map(last).fillna(-1)]
    log = log[log["client"].isin(clinic.sessions["client"])]
    later = review_page(review(clinic.sessions, settings, log=log))
    assert later == review_page(review(then, settings, log=held))
    assert later.count("<svg") > 3


def test_the_order_of_rows_changes_nothing(clinic, reviewed):
    mixed = clinic.sessions.sample(frac=1, random_state=1)
    assert review_page(review(mixed, reviewed.settings)) == review_page(reviewed)


def test_falls_come_first_then_open_ruptures_and_alerts_move_nobody_up(reviewed):
    now = reviewed.frame
    assert set(now["need"]) <= {"sudden fall", "open rupture", "alert", "no sign", "not judged"}
    assert (now["fell"] | now["open"]).iloc[: int((now["fell"] | now["open"]).sum())].all()
    rest = now[~now["fell"]]
    assert not rest["open"].to_numpy()[rest["open"].sum() :].any() and now["open"].any()
    quiet = now.loc[~now["fell"] & ~now["open"], "probability"].dropna()
    assert quiet.is_monotonic_decreasing
    assert now.loc[now["open"], "probability"].gt(0.5).all()
    assert (
        now.loc[now["open"], "onset"].notna().all() and now.loc[~now["open"], "onset"].isna().all()
    )


def test_by_hand_a_rule_in_too_small_a_clinic(by_hand):
    found = review(by_hand, draws=DRAWS)
    assert found.remarks == (("decided.remark_few", ""),)
    (row,) = found.frame.itertuples()
    assert (row.client, row.need, row.onset, row.lasted) == ("a", "open rupture", 11, 2)
    assert (row.score, row.change) == (19, -1)
    # Before session 12 the client's own past is ten scores of 36.5 on average and one of 20.
    assert row.depth == pytest.approx((10 * 36.5 + 20) / 11 - 19)
    assert row.prompt == "below 36; fell a point or more"
    counts = found.periods.frame.set_index("quantity")["this"]
    assert counts.tolist() == [1, 0, 1, 0]
    assert found.periods.completion[0] == 1
    assert np.isinf(found.periods.speed.median)


def test_alerts_are_those_of_the_catalogue(by_hand):
    scores = {11: 36.0, 12: 36.0}
    table = by_hand.assign(total=by_hand["session"].map(scores).fillna(by_hand["total"]))
    # 36 itself is fine, and 36 after 36 is no fall.
    assert review(table, detector="own-past", draws=DRAWS).frame["prompt"].tolist() == [""]


def test_counts_of_a_period_add_up(reviewed):
    found = reviewed
    counts = found.periods.frame.set_index("quantity")["this"]
    episodes = found.judged.episodes
    dates = found.record.rows.set_index(["client", "session"])["date"]
    began = dates.reindex(pd.MultiIndex.from_frame(episodes[["client", "onset"]])).to_numpy()
    start, end = found.record.period
    assert counts["ruptures found"] == ((began >= start) & (began <= end)).sum()
    assert counts["ruptures still open"] <= found.open_now
    months = found.monthly.frame
    assert months["ruptures"].sum() == len(episodes)
    assert months["sessions"].sum() == len(found.judged.frame)


def test_months_have_limits_of_moving_ranges_from_the_baseline_named(clinic, reviewed):
    whole = reviewed.monthly
    rates = whole.frame.loc[whole.frame["in_baseline"], "rate"]
    reach = 2.66 * rates.diff().abs().mean()
    assert whole.centre == pytest.approx(rates.mean())
    assert whole.high == pytest.approx(rates.mean() + reach)
    fixed = monthly(reviewed.record, reviewed.judged, ("2024-10", "2025-01"))
    assert fixed.frame["in_baseline"].sum() == 4
    with pytest.raises(AllianceError, match="--baseline"):
        monthly(reviewed.record, reviewed.judged, ("2030-01", "2030-12"))


def test_ratio_of_rates_is_exact():
    # R: poisson.test(c(11, 23), c(800, 3000)) estimates 1.793478, interval 0.78931 to 3.82982
    assert rate_ratio(11, 800, 23, 3000) == pytest.approx((1.793478, 0.7893109, 3.82982), rel=1e-5)
    assert np.isnan(rate_ratio(3, 10, 0, 10)[0])


def test_supervision_list_begins_with_culture_power_and_open_ruptures(reviewed, log):
    record = reviewed.record
    table = supervision_list(record, reviewed.frame, log_by_then(log, record)[0])
    assert table["first"].is_monotonic_decreasing
    open_rows = table[table["open"]]
    assert len(open_rows) and open_rows["first"].all()
    named = table["trigger"].map(
        lambda codes: bool({"power", "cultural_difference"} & {*(codes or ())})
    )
    assert table.loc[named, "position"].all() and table.loc[named, "first"].all()


def test_half_are_repaired_as_soon_as_counted_by_hand(by_hand):
    from alliance.clinic.counting import MEDIAN

    # One rupture of one session, repaired at the next: half are repaired within one session.
    back = by_hand.assign(total=by_hand["total"].where(by_hand["session"] != 12, 37.0))
    found = review(back, detector="own-past", draws=5)
    speed = found.periods.speed
    assert (speed.median, speed.share) == (1, 1)
    noise = found.noise.of(MEDIAN)[0]
    assert np.array_equal(found.periods.median_in_noise, noise, equal_nan=True)


def test_of_equally_sure_ruptures_the_deepest_come_first(by_hand):
    less = by_hand[by_hand["client"] == "a"].assign(client="0")
    less = less.assign(total=less["total"].where(less["session"] < 11, 25.0))
    now = review(pd.concat([less, by_hand]), detector="own-past", draws=1).frame
    assert now["probability"].tolist() == [1, 1] and now["client"].tolist() == ["a", "0"]


def test_noise_is_printed_beside_the_count(reviewed):
    expected, low, high = reviewed.noise.of(OPEN_NOW)
    assert reviewed.noise.draws == 2
    assert low <= expected <= high and expected < reviewed.open_now
    words = Words()
    assert words("lead.noise", n=expected, low=low, high=high) in reviewed.lead()
    false = (1 - reviewed.frame["probability"])[reviewed.frame["open"]].sum()
    assert words("lead.false", n=false) in reviewed.lead()


def test_therapists_are_compared_only_when_asked_for(clinic, reviewed):
    assert reviewed.funnels == ()
    asked = review(clinic.sessions, detector="own-past", draws=DRAWS, therapists=True)
    (dropped,) = [each for each in asked.funnels if each.what == "dropped"]
    assert dropped.frame["therapist"].is_monotonic_increasing
    assert dropped.frame["clients"].min() >= 5
