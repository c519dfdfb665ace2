"""News: each thing is said once, the past is never re-stated silently, and only the past is used."""

import datetime
import os
import stat

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance import rules, simulate
from alliance.cli import main
from alliance.clinic import Words, watch
from alliance.errors import AllianceError
from alliance.pseudonyms import Key, new_key
from alliance.ruptures import find_ruptures

DAY = datetime.date(2026, 1, 5)


def course(scores, client="a", first=1):
    return pd.DataFrame(
        {
            "client": client,
            "session": range(first, first + len(scores)),
            "rater": "client",
            "total": scores,
        }
    )


def say(table, path, detector="v-episode", **options):
    with watch(table, path, detector=detector, today=options.pop("today", DAY), **options) as news:
        pass
    return news


def rows(news, *columns):
    return news.frame[list(columns)].values.tolist()


LONG = [6.0, 6.1, 4.6, 4.5, 4.4, 4.5, 6.2, 6.1]


def test_a_rupture_told_by_hand(tmp_path):
    path = tmp_path / "m.sqlite"
    told = {
        upto: rows(
            say(course(LONG[:upto]), path, still_open_after=2),
            "kind",
            "onset",
            "outcome",
            "said_before",
        )
        for upto in range(1, 9)
    }
    assert told == {
        1: [],
        2: [],
        3: [["new rupture", 3, "open", ""]],
        4: [],
        5: [["still open", 3, "open", "open, said on 2026-01-05"]],
        6: [],
        7: [["repaired", 3, "repaired", "open, said on 2026-01-05"]],
        8: [],
    }


def test_the_first_run_lists_what_is_open_now(tmp_path):
    table = pd.concat([course(LONG), course(LONG[:5], client="b")])
    news = say(table, tmp_path / "m.sqlite")
    assert rows(news, "client", "kind", "sessions_open") == [["b", "new rupture", 2]]
    assert news.first and news.taken_in == 1 and Words()("monitor.first", n=1) in news.text()
    later = say(table.assign(total=table["total"] + 0.0), tmp_path / "m.sqlite")
    assert len(later) == 0 and "Nothing is new" in later.text() and later.changed == 0


def test_a_changed_past_is_said(tmp_path):
    path = tmp_path / "m.sqlite"
    say(course(LONG[:5]), path)
    mended = [6.0, 6.1, 6.0, 6.1, 6.0]
    news = say(course(mended), path, today=DAY + datetime.timedelta(7))
    assert rows(news, "kind", "onset", "said_before", "because") == [
        ["withdrawn", 3, "open, said on 2026-01-05", "the export changed: sessions 3, 4, 5 changed"]
    ]
    assert Words()("monitor.changed", n=1) in news.text()
    assert len(say(course(mended), path)) == 0
    back = say(course(LONG[:5]), path)
    assert rows(back, "kind", "because") == [
        ["new rupture", "the export changed: sessions 3, 4, 5 changed"]
    ]


def test_a_repair_that_no_longer_holds_is_restated(tmp_path):
    path = tmp_path / "m.sqlite"
    say(course(LONG[:6]), path)
    assert rows(say(course(LONG), path), "kind") == [["repaired"]]
    gone = course(LONG).query("session not in (7, 8)")
    news = say(gone, path)
    assert rows(news, "kind", "outcome", "said_before", "because") == [
        [
            "restated",
            "open",
            "repaired at session 7, said on 2026-01-05",
            "the export changed: sessions 7, 8 taken out",
        ]
    ]


def test_a_rating_that_came_late_is_a_change(tmp_path):
    path = tmp_path / "m.sqlite"
    without = course(LONG[:5]).query("session != 2")
    say(without, path)
    news = say(course(LONG[:5]), path)
    assert all(
        because == "the export changed: session 2 added" for because in news.frame["because"]
    )
    assert news.changed == 1


def test_a_client_who_leaves_the_export_is_said_once_and_comes_back_quietly(tmp_path):
    path = tmp_path / "m.sqlite"
    both = pd.concat([course(LONG[:5]), course(LONG[:2], client="b")])
    first = say(both, path)
    news = say(both[both["client"] == "b"], path)
    assert rows(news, "kind", "code") == [["gone", first.frame["code"].item()]]
    assert news.frame["client"].isna().all()
    assert len(say(both[both["client"] == "b"], path)) == 0
    assert len(say(both, path)) == 0
    assert rows(say(both[both["client"] == "b"], path), "kind") == [["gone"]]


@pytest.fixture(scope="module")
def study():
    world = simulate.worlds()["R0d"]
    return simulate.simulate(world, clients=24, seed=4).sessions.query("rater == 'client'")


@pytest.mark.parametrize(
    "rule",
    [*(n for n in rules.presets() if n != "sudden-loss" and not n.startswith("srs")), "pulse"],
)
def test_a_growing_export_is_never_restated(tmp_path, study, rule):
    path = tmp_path / "m.sqlite"
    kinds = set()
    for upto in (6, 9, 40):
        news = say(study[study["session"] <= upto], path, detector=rule)
        kinds |= set(news.frame["kind"])
        assert set(news.frame["because"]) <= {"new sessions"} and news.changed == 0
    assert kinds <= {"sudden fall", "new rupture", "repaired", "not repaired in time", "still open"}
    assert len(say(study, path, detector=rule)) == 0


@given(cuts=st.lists(st.integers(1, 20), unique=True, max_size=4).map(sorted))
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_often_one_looks_the_same_ruptures_are_told(tmp_path_factory, study, cuts):
    path = tmp_path_factory.mktemp("cuts") / "m.sqlite"
    state = {}
    for upto in [2, *cuts, 99]:  # at session 2 no rupture can be over
        news = say(study[study["session"] <= max(upto, 2)], path).frame
        for row in news[news["kind"] != "sudden fall"].itertuples():
            state[row.client, row.onset] = row.outcome
    whole = find_ruptures(study, "v-episode", prospective=True).frame
    assert state == {(row.client, row.onset): row.outcome for row in whole.itertuples()}


def test_shuffled_rows_change_nothing(tmp_path, study):
    plain = say(study, tmp_path / "a.sqlite", detector="own-mean")
    shuffled = say(study.sample(frac=1, random_state=1), tmp_path / "b.sqlite", detector="own-mean")
    pd.testing.assert_frame_equal(
        plain.frame.drop(columns="code"), shuffled.frame.drop(columns="code")
    )


def test_numbers_from_all_clients_are_fixed_until_asked_for_anew(tmp_path, study):
    path = tmp_path / "m.sqlite"
    some = study[study["client"].isin(sorted(study["client"].unique())[:10])]
    say(some, path, detector="strauss-like")
    # New clients with large swings would make every fall of the others look small.
    swings = [course([1, 7] * 6, client=f"new{i}") for i in range(60)]
    grown = pd.concat([some, *swings]).assign(instrument=some["instrument"].iloc[0])
    own = say(grown, path, detector="strauss-like").frame
    assert not own["client"].isin(some["client"]).any()
    anew = say(grown, path, detector="strauss-like", re_estimate=True)
    assert "estimated anew" in anew.text() and "withdrawn" in set(anew.frame["kind"])
    assert anew.frame["because"].str.contains("estimated anew").all()
    assert len(say(grown, path, detector="strauss-like")) == 0


def test_until_there_are_enough_ratings_a_rule_judges_and_then_it_is_said(tmp_path, study):
    path = tmp_path / "m.sqlite"
    few = study[study["client"].isin(sorted(study["client"].unique())[:5])]
    assert not say(few, path, detector="pulse").judged.by_model
    news = say(study, path, detector="pulse")
    assert news.judged.by_model and "enough ratings" in news.anew
    assert say(study, path, detector="pulse").anew == ""


def test_who_has_left_is_in_no_news_and_who_leaves_with_a_rupture_open_is_said_once(tmp_path):
    weeks = pd.date_range("2025-01-06", periods=40, freq="7D").strftime("%Y-%m-%d")
    low = course(LONG[:5], "low").assign(date=weeks[:5])
    long_ago = course(LONG[:5], "ago").assign(date="2023-05-05")
    other = course([6.0, 6.1] * 20, "other").assign(date=weeks)
    path = tmp_path / "m.sqlite"

    def until(day):
        table = pd.concat([low, long_ago, other[other["date"] <= day]])
        return rows(say(table, path, still_open_after=9), "client", "kind")

    assert until(weeks[4]) == [["low", "new rupture"]]
    assert until(weeks[8]) == []
    assert until(weeks[20]) == [["low", "ended"]]
    assert until(weeks[30]) == []


def test_a_sudden_fall_is_said_on_its_day_and_forgotten_if_it_comes_back(tmp_path):
    calm = pd.concat([course([6.0, 6.1, 6.0, 6.1, 6.0, 6.1], f"c{n}") for n in range(9)])
    path = tmp_path / "m.sqlite"
    day = pd.concat([calm, course([6.0, 6.1, 6.0, 4.0], "a")])
    news = say(day, path, detector="cusum")
    assert rows(news, "client", "kind", "onset") == [["a", "sudden fall", 4]]
    assert "2.0 points" in news.frame["says"].item()
    assert len(say(day, path, detector="cusum")) == 0
    back = pd.concat([calm, course([6.0, 6.1, 6.0, 4.0, 6.1], "a")])
    assert len(say(back, path, detector="cusum")) == 0


def test_the_memory_holds_no_identifier_and_no_score(tmp_path):
    path = tmp_path / "deep" / "m.sqlite"
    table = pd.concat([course([5.1234, 6.0, 4.3217], "Walburga"), course(LONG[:3], "b")])
    say(table.assign(therapist="Zebedee"), path)
    content = path.read_bytes()
    for secret in (b"Walburga", b"Zebedee", b"5.1234", b"4.3217"):
        assert secret not in content
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["m.sqlite"]


def test_news_with_pseudonyms(tmp_path):
    key, path = Key.random(), tmp_path / "m.sqlite"
    table = course(LONG[:4], "Walburga").assign(therapist="Zebedee")
    news = say(table, path, key=key)
    assert rows(news, "client", "therapist") == [
        [key.of(["Walburga"]).item(), key.of(["Zebedee"], "therapist").item()]
    ]
    assert "Walburga" not in news.html() + news.frame.to_csv()
    assert key.secret.hex() not in path.read_bytes().decode("latin-1")
    for other in (None, Key.random()):
        with pytest.raises(AllianceError, match="same key"):
            say(table, path, key=other)
    plain = tmp_path / "plain.sqlite"
    say(table, plain)
    with pytest.raises(AllianceError, match="without a key"):
        say(table, plain, key=key)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"detector": "own-mean"}, "rule: v-episode there, own-mean now"),
        ({"detector": "pulse"}, "pulse above 0.5 now"),
        ({"scale": "bond"}, "scale: total there, bond now"),
        ({"detector": rules.v_episode(drop=1.5)}, "another definition"),
    ],
)
def test_a_memory_of_other_settings_is_refused(tmp_path, options, says):
    path = tmp_path / "m.sqlite"
    table = course(LONG).assign(bond=LONG)
    say(table, path)
    before = path.read_bytes()
    with pytest.raises(AllianceError, match=says):
        say(table, path, **options)
    assert path.read_bytes() == before


def test_a_memory_of_another_study_is_refused(tmp_path):
    path = tmp_path / "m.sqlite"
    say(course(LONG[:4]), path)
    with pytest.raises(AllianceError, match="another study"):
        say(course(LONG, client="elsewhere"), path)
    assert rows(say(course(LONG), path), "kind") == [["repaired"]]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"client,session\n1,2\n" * 100,
        lambda content: content[:1500],
        lambda content: content[:100] + b"\xff" * (len(content) - 100),
    ],
)
def test_a_damaged_memory_is_refused_and_kept(tmp_path, damage):
    path = tmp_path / "m.sqlite"
    say(course(LONG), path)
    broken = damage(path.read_bytes())
    path.write_bytes(broken)
    with pytest.raises(AllianceError, match="damaged or is not a memory"):
        say(course(LONG), path)
    assert path.read_bytes() == broken


def test_other_databases_and_newer_memories_are_refused(tmp_path):
    import sqlite3

    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE patients (name TEXT)")
    file.close()
    with pytest.raises(AllianceError, match="not a memory"):
        say(course(LONG), path)
    newer = tmp_path / "newer.sqlite"
    say(course(LONG), newer)
    with sqlite3.connect(newer) as file:
        file.execute("PRAGMA user_version = 7")
    file.close()
    with pytest.raises(AllianceError, match="newer version"):
        say(course(LONG), newer)
    with pytest.raises(AllianceError, match="is a folder"):
        say(course(LONG), tmp_path)


def test_what_cannot_be_monitored(tmp_path):
    path = tmp_path / "m.sqlite"
    for wrong, options, says in (
        (course(LONG), {"detector": "sudden-loss"}, "needs later sessions"),
        (course(LONG), {"scale": "totl"}, "Did you mean 'total'"),
        (course(LONG), {"still_open_after": 0}, "1 or more"),
        (course([float("nan")] * 3), {}, "no rated session"),
        (course(LONG).assign(instrument=["a", "b"] * 4), {}, "--instrument"),
    ):
        with pytest.raises(AllianceError, match=says):
            say(wrong, path, **options)
    assert not path.exists()


def test_the_command_tells_a_scheduler(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    new_key("clinic.key")
    order = [
        "monitor",
        "sessions.csv",
        "--memory",
        "m.sqlite",
        "--detector",
        "v-episode",
        "-o",
        "news.csv",
    ]
    course(LONG[:4], '=HYPERLINK("x")').to_csv("sessions.csv", index=False)
    assert main(order) == 10
    written = pd.read_csv("news.csv")
    assert written["client"].item() == '\'=HYPERLINK("x")' and "ruptur" in capsys.readouterr().out
    kept = (tmp_path / "news.csv").read_bytes()
    assert main(order) == 0 and (tmp_path / "news.csv").read_bytes() == kept
    course(LONG, '=HYPERLINK("x")').to_csv("sessions.csv", index=False)
    assert main(order) == 2  # the news of the earlier run are not overwritten
    assert main([*order, "--force"]) == 10
    assert pd.read_csv("news.csv")["kind"].tolist() == ["repaired"]
    assert main([*order[:-1], "news.txt"]) == 2
    assert (
        main([*order[:3], "n.sqlite", *order[4:-1], "page.html", "--pseudonyms", "clinic.key"]) == 0
    )
    shown = capsys.readouterr()
    assert "overwrite with --force" in shown.err and ".csv or .html" in shown.err


def test_the_command_scores_an_export_first(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    header = ["ID", "Session", *[f"wai_sr_{i}" for i in range(1, 13)]]
    answers = [[1, s, *[2 if s == 4 else 4 + i % 2 for i in range(12)]] for s in range(1, 5)]
    pd.DataFrame(answers, columns=header).to_csv("export.csv", index=False)
    order = ["monitor", "export.csv", "--memory", "m.sqlite", "--detector", "v-episode"]
    assert main([*order, "--instrument", "wai-sr", "-o", "news.html"]) == 10
    page = (tmp_path / "news.html").read_text()
    assert "1 new rupture" in page and "How to read" in page


def test_a_damaged_model_in_the_memory_is_a_sentence():
    from alliance.clinic.models import from_json

    with pytest.raises(AllianceError, match="fitted anew"):
        from_json([{"sessions": 3, "model": None, "pooled": None}])
