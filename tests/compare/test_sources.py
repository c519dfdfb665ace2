"""Client against therapist against observer, by hand; who was not asked says nothing."""

import pandas as pd
import pytest

import alliance as al


def told(source, sessions, tension, client="a"):
    return pd.DataFrame(
        {"client": client, "session": sessions, "source": source, "tension": tension}
    )


LOG = pd.concat(
    [
        told("client", range(1, 9), [1, 1, 0, 0, 0, 0, 0, 0]),
        told("therapist", range(1, 9), [1, 1, 1, 1, 0, 0, 0, 0]),
        told("observer", [1, 2, 3], [1, 1, 1]),
        told("client", range(1, 5), [0, 0, 1, 0], client="b"),
        told("therapist", range(1, 5), [0, 1, 1, 0], client="b"),
        told("observer", range(1, 5), [0, 0, 0, 0], client="b"),
    ]
)


def test_by_hand():
    compared = al.compare_sources(LOG, draws=0)
    row = compared.frame.set_index(["first", "second"]).loc[("client", "therapist")]
    # client 3 of 12, therapist 6 of 12; both in a1 a2 b3.
    assert [row[n] for n in ("sessions", "both", "first_only", "second_only", "neither")] == [
        *(12, 3, 0, 3, 6)
    ]
    assert row["kappa"] == pytest.approx((9 / 12 - 0.5) / 0.5)
    assert row["on_yes"] == pytest.approx(6 / 9)
    with_observer = compared.frame.set_index(["first", "second"]).loc[("client", "observer")]
    assert with_observer["sessions"] == 7  # a4 to a8 the observer never saw


def test_who_noticed_is_counted_where_all_were_asked():
    noticed = al.compare_sources(LOG, draws=0).noticed().set_index("reported_by")["sessions"]
    assert noticed.to_dict() == {
        "client and observer and therapist": 2,
        "observer and therapist": 1,
        "client and therapist": 1,
        "therapist": 1,
        "nobody": 2,
    }


def test_sessions_asked_about_can_be_declared():
    only = LOG[LOG["tension"] > 0]
    with pytest.raises(al.AllianceError, match="nobody was asked"):
        al.compare_sources(only, draws=0)
    asked = LOG[["client", "session", "source"]]
    again = al.compare_sources(only, asked=asked, draws=0)
    pd.testing.assert_frame_equal(again.frame, al.compare_sources(LOG, draws=0).frame)
    with pytest.raises(al.AllianceError, match="one source only"):
        al.compare_sources(LOG[LOG["source"] == "client"])


def test_the_result_shows_itself():
    import matplotlib.pyplot as plt

    compared = al.compare_sources(LOG, draws=19, seed=1)
    assert "kappa .50" in compared.text()
    assert {"chance", "p"} <= set(compared.summary()) and "<table" in compared._repr_html_()
    assert compared.to_table().rows[1][:2] == ("client", "therapist")
    ax = compared.plot()
    assert "sources" in ax.get_title(loc="left")
    plt.close(ax.figure)
