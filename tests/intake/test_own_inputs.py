"""Further inputs of each kind of fault that real exports have, each with its right answer worked by hand.

WAI-SR: a form answered k throughout has the total k. SRS: four lines from 0 to 10, the total their sum.
"""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import alliance as al
from alliance.files import unfinished
from alliance.intake import ExportMap, begin

ITEMS = [f"wai_sr_{item}" for item in range(1, 13)]
WHO = ("client", "session")
LINES = ["Relationship", "Goals and Topics", "Approach or Method", "Overall"]


def wai(rows, columns=("client", "session"), items=ITEMS):
    """Return WAI-SR forms: of each row what stands in the first columns, then the one answer to all."""
    table = [[*who, *([answer] * 12)] for *who, answer in rows]
    return pd.DataFrame(table, columns=[*columns, *items], dtype=object)


def srs(rows, columns=("client", "session")):
    """Return SRS forms: what stands in the first columns, then a quarter of the total in each line."""
    table = [[*who, *([total / 4 if total != "" else ""] * 4)] for *who, total in rows]
    return pd.DataFrame(table, columns=[*columns, *LINES], dtype=object)


@pytest.fixture
def ran(run, tmp_path):
    """Write a table as a file and run a command on it."""

    def run_on(command, table, options="", name="export.csv"):
        path = tmp_path / name
        if isinstance(table, str):
            path.write_text(table, encoding="utf-8")
        elif table is not None:
            table.to_csv(path, index=False)
        return run(command, str(path), options)

    return run_on


# --- identifiers --------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [al.find_ruptures, al.courses, al.repair_gain])
def test_identifiers_that_became_numbers_are_refused(function, tmp_path):
    path = tmp_path / "s.csv"
    rows = [("001", s, "client", "wai-sr", 4.0) for s in range(1, 6)]
    names = ["client", "session", "rater", "instrument", "total"]
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    more = ("own-mean",) if function is al.find_ruptures else ()
    with pytest.raises(al.AllianceError, match="identifier|number"):
        function(pd.read_csv(path), *more)
    assert list(al.read_sessions(path)["client"].unique()) == ["001"]


@pytest.mark.parametrize("mark", ["n/a", "#REF!", "None", "-999", "?", "unbekannt"])
def test_a_mark_for_nobody_is_no_client(ran, mark):
    found = ran("score", wai([("k1", 1, 4), (mark, 2, 5)]), "--instrument wai-sr --set-aside")
    assert found.totals() == {"k1/1": 4.0}
    assert "not named" in found.said


@pytest.mark.parametrize(("one", "other"), [("Ann", "ANN"), ("k 01", "k01")])
def test_codes_alike(ran, one, other):
    found = ran("check", wai([(one, 1, 4), (other, 2, 5)]), "--instrument wai-sr")
    assert "differ only in case or blanks" in found.said


@pytest.mark.parametrize(
    ("shown", "number", "name"), [("00000", 42, "00042"), ('"K"000', 7, "K007"), ("0", 12, "12")]
)
def test_zeros_that_a_sheet_shows(ran, tmp_path, shown, number, name):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "book.xlsx"
    wai([(number, 1, 4)]).to_excel(path, index=False)
    book = openpyxl.load_workbook(path)
    book.active["A2"].number_format = shown
    book.save(path)
    assert ran("score", None, "--instrument wai-sr", "book.xlsx").totals() == {f"{name}/1": 4.0}


# --- sessions held without a questionnaire ------------------------------------------------------


@pytest.mark.parametrize("mark", ["Y", "true", "x", "1"])
def test_a_skipped_questionnaire_is_a_session(ran, mark):
    rows = [("K1", 1, "", 36), ("K1", 2, mark, ""), ("K1", 3, "", 30), ("K1", 4, mark, "")]
    found = ran("score", srs(rows, ("Client_ID", "Session_ID", "SRS_Skip")), "--instrument srs")
    assert found.totals() == {"K1/1": 36.0, "K1/2": None, "K1/3": 30.0, "K1/4": None}


def test_a_dated_row_without_answers_is_a_session(ran):
    rows = [("a", 1, "2026-01-05", 4), ("a", 2, "2026-01-12", ""), ("a", 3, "2026-01-19", 5)]
    found = ran("score", wai(rows, ("client", "session", "date")), "--instrument wai-sr")
    assert found.totals() == {"a/1": 4.0, "a/2": None, "a/3": 5.0}
    assert "1 session was held without a questionnaire" in found.said


# --- episodes of care ---------------------------------------------------------------------------


@pytest.mark.parametrize("called", ["Case_ID", "Admission", "care episode", "Episode"])
def test_a_case_is_a_course_of_its_own(ran, called):
    rows = [("a", 1, 1, 4), ("a", 1, 2, 5), ("a", 2, 1, 3), ("a", 2, 2, 2)]
    found = ran("score", wai(rows, ("client", called, "session")), "--instrument wai-sr")
    assert found.code == 0, found.said
    assert found.scores.groupby("case")["total"].apply(list).tolist() == [[4, 5], [3, 2]]


def test_numbers_that_restart_are_asked_about(ran):
    rows = [
        ("a", s, answer) for answer, s in zip((4, 5, 3, 2, 1, 4), (1, 2, 3, 1, 2, 3), strict=True)
    ]
    asked = ran("score", wai(rows), "--instrument wai-sr")
    assert asked.code == 2 and "--case split" in asked.said
    split = ran("score", wai(rows), "--instrument wai-sr --case split")
    assert split.scores.groupby("case")["total"].apply(list).tolist() == [[4, 5, 3], [2, 1, 4]]


def test_a_long_gap_is_asked_about(ran):
    days = ("2025-01-06", "2025-01-13", "2025-08-01", "2025-08-08")  # 200 days between
    table = wai([("a", s, day, 4) for s, day in enumerate(days, 1)], ("client", "session", "date"))
    assert ran("score", table, "--instrument wai-sr").code == 2
    one = ran("score", table, "--instrument wai-sr --longest-break 200")
    assert one.code == 0 and "case" not in one.scores and len(one.scores) == 4


def test_one_client_of_two_therapists_is_pointed_out(ran):
    rows = [("a", 1, "T1", 4), ("a", 2, "T2", 4), ("b", 1, "T1", 5)]
    found = ran("check", wai(rows, ("client", "session", "therapist")), "--instrument wai-sr")
    assert "1 client has more than one therapist" in found.said


# --- dates --------------------------------------------------------------------------------------

TOTALS = "--client client --date date --scores total=total --instrument srs-4"


@pytest.mark.parametrize(
    "day",
    ["14-Mar-26", "14 Mar 2026", "Mar 14, 2026", "03/14/26", "14.03.26", "20260314", "46095",
     "14. März 2026", "2026-03-14T09:30:00", "14 mars 2026"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(ran, day):
    table = pd.DataFrame({"client": ["a"], "date": [day], "total": [31.5]})
    found = ran("score", table, TOTALS)
    assert found.code == 0, found.said
    assert found.scores[["date", "session", "total"]].values.tolist() == [["2026-03-14", 1, 31.5]]


def test_days_that_fit_both_ways_are_asked_for(ran):
    table = pd.DataFrame({"client": "a", "date": ["03/04/26", "05/06/26"], "total": [31.5, 20]})
    asked = ran("score", table, TOTALS)
    assert asked.code == 2 and "--day-first" in asked.said
    assert ran("score", table, f"{TOTALS} --day-first").scores["date"].tolist() == [
        "2026-04-03",
        "2026-06-05",
    ]


def test_two_sessions_of_a_day_follow_the_clock(ran):
    days = ["2026-03-14 15:00", "2026-03-14 09:00", "2026-03-21 09:00"]
    table = pd.DataFrame({"client": "a", "date": days, "total": [20, 30, 40]})
    assert ran("score", table, TOTALS).totals() == {"a/1": 30.0, "a/2": 20.0, "a/3": 40.0}


@pytest.mark.parametrize("day", ["2062-01-10", "1926-01-17"])
def test_a_day_far_from_the_others_is_pointed_out(ran, day):
    days = ["2026-01-03", day, "2026-01-17", "2026-01-24"]
    rows = [("a", s, at, 4) for s, at in enumerate(days, 1)]
    found = ran("score", wai(rows, ("client", "session", "date")), "--instrument wai-sr")
    assert found.code == 0 and day in found.said and len(found.scores) == 4


def test_an_empty_column_is_not_taken_before_a_filled_one(ran):
    rows = [("a", s, "", "Ann", 36) for s in (1, 2)]
    names = ("Client_ID", "Session_ID", "Provider_ID", "Therapist")
    assert set(ran("score", srs(rows, names), "--instrument srs").scores["therapist"]) == {"Ann"}


def test_one_bad_day_does_not_stop_a_stata_file(run, tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    table = wai([("a", 1, 24180.0, 4), ("a", 2, 9e8, 5)], ("client", "session", "date"))
    table = table.astype(dict.fromkeys([*ITEMS, "session", "date"], float))
    path = tmp_path / "s.dta"
    pyreadstat.write_dta(table, path, variable_format={"date": "%td"})
    found = run("score", str(path), "--instrument wai-sr")
    # 24180 days after 1 January 1960.
    assert found.scores["date"].fillna("").tolist() == ["2026-03-15", ""]
    assert found.totals() == {"a/1": 4.0, "a/2": 5.0}


# --- first codes and directions -----------------------------------------------------------------


def scattered(low, high, items, forms=60, seed=3):
    """Return answers that go together, every code but the lowest used."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(low, high, (forms, 1))
    return np.clip(np.round(level + rng.normal(0, 0.7, (forms, items))), low, high).astype(int)


def questionnaire(answers, stem):
    table = pd.DataFrame(answers, columns=[f"{stem}_{n}" for n in range(1, answers.shape[1] + 1)])
    table.insert(0, "client", [f"p{n:02d}" for n in range(len(table))])
    table.insert(1, "session", 1)
    return table


@pytest.mark.parametrize(("instrument", "items"), [("gad-7", 7), ("phq-9", 9)])
def test_a_lowest_answer_that_nobody_gives_is_said(ran, instrument, items):
    table = questionnaire(scattered(1, 3, items), instrument.replace("-", ""))
    said = ran("check", table, f"--instrument {instrument}").said
    assert "--first-code 1" in said
    first = ran("score", table, f"--instrument {instrument} --first-code 1").scores
    answers = table[[name for name in table if name.startswith(instrument[:3])]]
    assert first["total"].tolist() == (answers - 1).sum(axis=1).tolist()


@pytest.mark.parametrize(("low", "high", "instrument"), [(0, 4, "wai-sr"), (0, 6, "wai-s")])
def test_another_lowest_code_is_named_and_never_as_missing(ran, low, high, instrument):
    table = questionnaire(scattered(low, high, 12), instrument.replace("-", "_"))
    asked = ran("check", table, f"--instrument {instrument}")
    assert asked.code == 2 and f"--first-code {low}" in asked.said
    assert "--missing" not in asked.said
    assert ran("score", table, f"--instrument {instrument} --first-code {low}").code == 0


@pytest.mark.parametrize("item", [4, 10])
def test_an_item_already_reversed_is_said_by_every_command_that_reads(ran, item):
    answers = scattered(1, 7, 12)
    answers[:, 14 - item - 1] = 8 - answers[:, 14 - item - 1]  # the other one as ticked
    table = questionnaire(answers, "wai_s")
    for command in ("check", "score", "reliability"):
        said = ran(command, table, "--instrument wai-s").said
        assert f"--already-reversed {item}" in said, command
    settled = ran("score", table, f"--instrument wai-s --already-reversed {item}")
    by_hand = answers.astype(float)
    by_hand[:, 14 - item - 1] = 8 - by_hand[:, 14 - item - 1]
    np.testing.assert_allclose(settled.scores["total"], by_hand.mean(axis=1))


# --- files as they are --------------------------------------------------------------------------


def test_redcap_labels_with_two_forms(ran):
    table = wai([("1", "Session 1", 4), ("1", "Session 2", 5)], ("Record ID", "Event Name"))
    table["Complete?"] = "Complete"
    text = table.to_csv(index=False).replace("Complete?", "Complete?,Complete?")
    text = text.replace("Complete\n", "Complete,Complete\n")
    found = ran("score", text, "--instrument wai-sr")
    assert (found.code == 0 and found.totals() == {"1/1": 4.0, "1/2": 5.0}) or (
        found.code == 2 and "label export" in found.said
    )


@pytest.mark.parametrize("other", ["followup_month_3_arm_1", "booster_1_arm_1"])
def test_events_of_another_word_are_no_sessions(ran, other):
    rows = [("1", "session_1_arm_1", 4), ("1", "session_2_arm_1", 5), ("1", other, 3)]
    names = ("record_id", "redcap_event_name")
    asked = ran("check", wai(rows, names), "--instrument wai-sr")
    assert asked.code == 2 and other in asked.said
    one = ran("score", wai(rows[:2], names), "--instrument wai-sr")
    assert one.totals() == {"1/1": 4.0, "1/2": 5.0}


def test_several_arms_share_the_word(ran):
    rows = [("1", "visit_1_arm_1", 4), ("2", "visit_1_arm_2", 5), ("2", "visit_2_arm_2b", 3)]
    found = ran("score", wai(rows, ("record_id", "redcap_event_name")), "--instrument wai-sr")
    assert found.totals() == {"1/1": 4.0, "2/1": 5.0, "2/2": 3.0}


QUESTIONS = [f"{n}. What I think of the {n}th thing we do together" for n in range(1, 13)]


@pytest.mark.parametrize(
    ("first", "values"),
    [
        (("Timestamp", "Client code", "Session number"), ("2026/03/14 9:30:00 AM GMT+1", "a", 1)),
        (
            ("ID", "Start time", "Completion time", "Client code", "Session number"),
            (1, "3/14/26 9:30:00", "3/14/26 9:40:00", "a", 1),
        ),
    ],
)
def test_whole_questions_as_headers_are_shown_for_confirmation(ran, first, values):
    table = wai([(*values, 4)], first, QUESTIONS)
    shown = ran(
        "check", table, "--instrument wai-sr --client 'Client code' --session 'Session number'"
    )
    assert shown.code == 2 and QUESTIONS[0] in shown.said and QUESTIONS[11] in shown.said
    items = " ".join(f'--items "{question}"' for question in QUESTIONS)
    found = ran(
        "score",
        table,
        f"--instrument wai-sr --client 'Client code' --session 'Session number' {items}",
    )
    assert found.totals() == {"a/1": 4.0}


@pytest.mark.parametrize("answer", ["A4", "4"])
def test_limesurvey_codes(ran, answer):
    items = [f"WAI[SQ{n:03d}]" for n in range(1, 13)]
    rows = [(1, "2026-03-14 09:30:00", 1, "a", 1, answer)]
    table = wai(rows, ("id", "submitdate", "lastpage", "client", "session"), items)
    assert ran("score", table, "--instrument wai-sr").totals() == {"a/1": 4.0}


def test_a_row_of_means_below_a_table_is_no_client(ran):
    rows = [("a", 1, 4), ("b", 1, 2), ("Mean", "", 3)]
    found = ran("score", wai(rows), "--instrument wai-sr")
    assert found.totals() == {"a/1": 4.0, "b/1": 2.0} and "Rows with sums or means" in found.said


@pytest.mark.parametrize("titles", [1, 3])
def test_titles_above_the_header_of_a_sheet(ran, tmp_path, titles):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "book.xlsx"
    wai([("a", 1, 4), ("a", 2, 5)]).to_excel(path, index=False)
    book = openpyxl.load_workbook(path)
    book.active.insert_rows(1, titles)
    book.active["A1"] = "Alliance, spring"
    book.save(path)
    found = ran("score", None, "--instrument wai-sr", "book.xlsx")
    assert found.totals() == {"a/1": 4.0, "a/2": 5.0}


def test_sheets_are_joined_on_request(ran, tmp_path):
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        for name, client in (("Ann", "a"), ("Ben", "b")):
            wai([(client, 1, 4), (client, 2, 5)]).to_excel(book, sheet_name=name, index=False)
    asked = ran("score", None, "--instrument wai-sr", "book.xlsx")
    assert asked.code == 2 and "--sheets all" in asked.said
    named = "--instrument wai-sr --sheets all --therapist sheet"
    joined = ran("score", None, named, "book.xlsx").scores
    assert joined["therapist"].tolist() == ["Ann", "Ann", "Ben", "Ben"]


def test_formulas_without_values_are_named_by_row(ran, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "book.xlsx"
    wai([("a", 1, 4), ("a", 2, 5)]).to_excel(path, index=False)
    book = openpyxl.load_workbook(path)
    book.active["E3"] = "=6-1"
    book.save(path)
    found = ran("check", None, "--instrument wai-sr", "book.xlsx")
    assert found.code == 2 and "formulas without stored values" in found.said
    assert any(line.split()[:3] == ["3", "a", "2"] for line in found.said.splitlines())


def test_equal_names_that_are_not_needed_stop_nothing(ran):
    text = wai([("a", 1, 4)]).assign(note="x").to_csv(index=False)
    text = text.replace("note", "note,note").replace(",x\n", ",x,y\n")
    assert ran("score", text, "--instrument wai-sr").totals() == {"a/1": 4.0}


def test_one_column_in_two_roles_is_refused(ran):
    found = ran("check", wai([("a", 1, 4)]), "--instrument wai-sr --therapist client --case client")
    assert found.code == 2 and "two roles" in found.said


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("sehr oft|SELTEN|immer", (4, 1, 5)),
        ("toujours|parfois|très  souvent", (5, 2, 4)),
        ("siempre|a veces|rara vez", (5, 2, 1)),
        ("altijd|soms|Zelden", (5, 2, 1)),
        ("alltid|ibland|sällan", (5, 2, 1)),
        ("alltid|av og til|sjelden", (5, 2, 1)),
        ("altid|nogle gange|meget ofte", (5, 2, 4)),
        ("sempre|a volte|spesso", (5, 2, 3)),
        ("sempre|às vezes|raramente", (5, 2, 1)),
        ("Always|Seldom|Sometimes", (5, 1, 2)),
        ("תמיד|לפעמים|לעיתים רחוקות", (5, 2, 1)),
    ],
)
def test_answers_in_words(ran, words, codes):
    table = wai([("a", 1, 3)])
    table.loc[0, ITEMS] = 4 * words.split("|")
    # Each of the three words stands four times among the twelve items.
    found = ran("score", table, "--instrument wai-sr")
    assert found.totals() == {"a/1": round(sum(codes) / 3, 4)}


def test_a_word_or_two_among_numbers_do_not_tell_a_language(ran):
    table = wai([("a", 1, 3), ("a", 2, 4)])
    table.loc[0, "wai_sr_5"] = "oft"
    assert ran("check", table, "--instrument wai-sr").code == 2


def test_unknown_words_are_listed_once(ran):
    table = wai([("a", s, "mostly") for s in range(1, 6)])
    asked = ran("check", table, "--instrument wai-sr")
    assert asked.code == 2 and '--word "mostly"=' in asked.said and " 60" in asked.said
    settled = ran("score", table, '--instrument wai-sr --word "mostly=4"')
    assert set(settled.totals().values()) == {4.0}


@pytest.mark.parametrize(
    ("words", "total"),
    [("Several days|nearly every day|Not at all", 12), ("More than half the days|Not at all", 10)],
)
def test_words_of_the_phq(ran, words, total):
    items = [f"phq9_{n}" for n in range(1, 10)]
    answers = (5 * words.split("|"))[:9]
    table = pd.DataFrame([["a", 1, *answers]], columns=["client", "session", *items])
    assert ran("score", table, "--instrument phq-9").totals() == {"a/1": total}


# --- asking -------------------------------------------------------------------------------------


def test_the_conversation_settles_what_is_open(tmp_path):
    path = tmp_path / "e.csv"
    rows = [(f"p{n}", n, "mostly") for n in range(1, 4)]
    wai(rows, ("Kennung", "Nr")).to_csv(path, index=False)
    talk = begin(path, mapping=ExportMap(instrument="wai-sr"))
    answers = {"client": "Kennung", "session": "Nr", "words": 4}
    for _ in range(6):
        if talk.question is None:
            break
        talk = talk.answer(answers[talk.question.setting])
    read = al.read(path, mapping=talk.mapping)
    assert read["client"].tolist() == ["p1", "p2", "p3"] and set(read["item_7"]) == {4.0}


# --- moments, raters, covariates ----------------------------------------------------------------


@pytest.mark.parametrize("words", [("pre", "post"), ("before", "after"), ("Pre", "Post")])
def test_ratings_before_and_after_stay_apart(ran, words):
    rows = [("a", s, word, 4 + n) for s in (1, 2) for n, word in enumerate(words)]
    table = wai(rows, ("client", "session", "moment"))
    scores = ran("score", table, "--instrument wai-sr").scores
    assert scores.groupby("moment")["total"].apply(list).to_dict() == {
        "after": [5, 5],
        "before": [4, 4],
    }
    with pytest.raises(al.AllianceError, match="moment"):
        al.courses(scores)
    assert al.courses(scores, moment="after").scores.tolist() == [5, 5]


@pytest.mark.parametrize("words", [("Patient", "Therapist"), ("client", "therapist")])
def test_a_column_says_who_rated_ready_scores(ran, words):
    rows = [("a", s, word, 30 + n) for s in (1, 2) for n, word in enumerate(words)]
    table = pd.DataFrame(rows, columns=["client", "session", "who", "score"])
    named = "--rater-column who --scores total=score --instrument wai-sr --metric sum"
    found = ran("score", table, named)
    assert found.totals() == {
        f"a/{s}/{rater}": 30.0 + n
        for s in (1, 2)
        for n, rater in enumerate(("client", "therapist"))
    }


def test_covariates_travel_and_are_no_scales(ran):
    rows = [("a", s, "waiting list", 3.25, 4) for s in (1, 2)]
    table = wai(rows, ("client", "session", "arm", "avoid"))
    scores = ran("score", table, "--instrument wai-sr --covariate arm avoid").scores
    assert scores["arm"].tolist() == ["waiting list"] * 2 and scores["avoid"].tolist() == [3.25] * 2
    assert set(al.tables.scale_columns(scores)) == {"task", "bond", "goal", "total"}


@pytest.mark.parametrize("step", [3, 5])
def test_ratings_at_every_kth_session_are_recognised(ran, tmp_path, step):
    numbers = range(1, 8 * step, step)
    rows = [(c, s, 2 + (s + n) % 3) for n, c in enumerate("abc") for s in numbers]
    scores = ran("score", wai(rows), "--instrument wai-sr").scores
    options = f"--rule v-episode --no-chance -o {tmp_path / 'e.csv'}"
    said = ran("ruptures", scores, options, "scores.csv").said
    assert f"--max-gap {step}" in said


# --- outputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("force", ["", " --force"])
def test_a_command_never_writes_over_its_input(tmp_path, force):
    path = tmp_path / "e.csv"
    wai([("a", 1, 4)]).to_csv(path, index=False)
    before = path.read_bytes()
    words = ["score", str(path), "--instrument", "wai-sr", "-o", str(path), *force.split()]
    assert exit_code(words) == 2 and path.read_bytes() == before


@pytest.mark.parametrize("ending", [".xlsx", ".XLSX"])
def test_a_workbook_is_written_or_refused(tmp_path, ending):
    path, written = tmp_path / "e.csv", tmp_path / f"s{ending}"
    wai([("007", 1, 4)]).to_csv(path, index=False)
    code = exit_code(["score", str(path), "--instrument", "wai-sr", "-o", str(written)])
    if code == 0:
        assert pd.read_excel(written, engine="openpyxl", dtype="str")["client"].astype(
            "str"
        ).tolist() == ["007"]
    else:
        assert code == 2 and not written.exists()


def test_what_a_killed_run_left_is_removed(tmp_path):
    path, written = tmp_path / "e.csv", tmp_path / "s.csv"
    wai([("a", 1, 4)]).to_csv(path, index=False)
    here, process, _ = unfinished(written).rsplit("-", 2)
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (tmp_path / f"{here}-{ended}-abcd").write_text("half")
    (tmp_path / f"{here}-{process}-abcd").write_text("at work")
    assert exit_code(["score", str(path), "--instrument", "wai-sr", "-o", str(written)]) == 0
    (tmp_path / f"{here}-{process}-abcd").unlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e.csv", "s.csv"]


def exit_code(words):
    from alliance.cli import main

    try:
        return main(words)
    except SystemExit as stopped:
        return stopped.code


# --- other spellings of what is known ------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "raters"),
    [
        (("Therapeutin", "Klientin"), {"therapist", "client"}),
        (("Behandelaar", "Klant"), {"therapist", "client"}),
        (("terapeuta", "paziente"), {"therapist", "client"}),
    ],
)
def test_raters_in_other_languages(words, raters, tmp_path):
    path = tmp_path / "raters.csv"
    rows = [("a", number, word, 4) for number in (1, 2) for word in words]
    wai(rows, ("client", "session", "rater")).to_csv(path, index=False)
    assert set(al.read(path)["rater"]) == raters


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("Zeitpunkt", ("vor der Sitzung", "nach der Sitzung")),
        ("moment", ("Pre-session", "Post-session")),
        ("timing", ("avant la séance", "après la séance")),
    ],
)
def test_moments_said_in_more_words_than_one(column, words, tmp_path):
    path = tmp_path / "moments.csv"
    rows = [("a", n, word, 3 + place) for n in (1, 2) for place, word in enumerate(words)]
    wai(rows, ("client", "session", column)).to_csv(path, index=False)
    read = al.read(path).set_index("moment")["item_1"]
    assert read["before"].tolist() == [3.0, 3.0] and read["after"].tolist() == [4.0, 4.0]


@pytest.mark.parametrize("status", ["Umfragevorschau", "Survey Test", "Aperçu de l'enquête", "1"])
def test_previews_of_a_survey_in_other_languages(status, tmp_path):
    path = tmp_path / "qualtrics.csv"
    names = ("StartDate", "EndDate", "Status", "Progress", "Finished", "client", "session")
    day = ("2025-03-01", "2025-03-01")
    rows = [(*day, "IP", 100, "Wahr", "k1", 1, 4), (*day, status, 100, "Wahr", "k9", 1, 2)]
    wai(rows, names).to_csv(path, index=False)
    found = al.check(path)
    assert list(found.responses["client"]) == ["k1"]
    assert found.frame.query("kind == 'preview'")["row"].tolist() == [3]


@pytest.mark.parametrize("people", [("P01", "P02", "P03"), ("K-001", "K-002")])
def test_patients_as_columns_under_codes(people, tmp_path):
    path = tmp_path / "turned.csv"
    table = {"Item": range(1, 13), **dict.fromkeys(people, [4] * 12)}
    pd.DataFrame(table).to_csv(path, index=False)
    with pytest.raises(al.AllianceError, match=f"patients stand in columns: {people[0]}"):
        al.read(path, instrument="wai-sr")


@pytest.mark.parametrize("days", [(43538, 43545), (43538.5, 43545.75)])
def test_bare_numbers_of_a_workbook_that_counts_from_1904(days, tmp_path):
    """Day 43,538 from 1904 is 15 March 2023; from 1900 it would be 2019, without a word."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    table = wai([("a", number, day, 4) for number, day in enumerate(days, 1)], (*WHO, "date"))
    for row in [list(table.columns), *table.values.tolist()]:
        book.active.append(row)
    book.save(tmp_path / "mac.xlsx")
    found = al.check(tmp_path / "mac.xlsx")
    assert found.responses["date"].tolist() == ["2023-03-15", "2023-03-22"]
    assert "days from 1904" in {problem.kind for problem in found.problems}


@pytest.mark.parametrize(
    "days",
    [
        ("Samstag, 14. März 2026", "Fr 20.03.2026"),
        ("1er février 2025", "sam. 8 mars 2025"),
        ("Mon 03/31/25", "Tue 04/08/25"),
    ],
)
def test_dates_with_the_day_of_the_week(days, tmp_path):
    path = tmp_path / "days.csv"
    wai([("a", n, day, 4) for n, day in enumerate(days, 1)], (*WHO, "date")).to_csv(
        path, index=False
    )
    assert al.read(path)["date"].notna().all()


# --- courses and codes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days",
    [
        ("2024-01-01", "2024-01-08", "2024-03-01", "2024-03-08"),
        ("2024-01-01", "2024-01-08", "2025-03-01", "2025-03-08"),
    ],
)
def test_numbers_that_restart_with_later_dates_are_asked_about(days, tmp_path):
    """They were "two versions" of a questionnaire, and their dates out of order."""
    path = tmp_path / "restart.csv"
    rows = [("a", 1 + n % 2, day, 2 + n) for n, day in enumerate(days)]
    rows += [("b", 1, "2023-01-02", 3), ("b", 2, "2024-06-03", 4)]  # a long break beside it
    wai(rows, (*WHO, "date")).to_csv(path, index=False)
    found = al.check(path)
    assert found.frame.query("serious")["kind"].unique().tolist() == ["new course"]
    assert found.frame["row"].tolist() == [4, 7]
    split = al.read(path, case="split")
    assert split["item_1"].tolist() == [2.0, 3.0, 4.0, 5.0, 3.0, 4.0]
    assert split["case"].tolist() == ["1", "1", "2", "2", "1", "2"]


def test_a_total_with_which_a_new_course_begins_is_not_left_out(tmp_path):
    path = tmp_path / "totals.csv"
    rows = [("2023-01-02", 30), ("2023-01-09", 31), ("2024-06-03", 12), ("2024-06-10", 13)]
    table = [("a", *row) for row in rows]
    pd.DataFrame(table, columns=["client", "date", "total"]).to_csv(path, index=False)
    checked = al.check(path, instrument="srs-4", scores={"total": "total"})
    assert not checked.passed
    assert checked.responses["total"].tolist() == [30, 31, 12, 13]


@pytest.mark.parametrize("other", ["K\uff101", "K01\u200b", "\uff2b01"])
def test_codes_that_look_alike_on_a_screen_are_pointed_out(other, tmp_path):
    path = tmp_path / "alike.csv"
    wai([("K01", 1, 4), (other, 2, 2)]).to_csv(path, index=False)
    assert "codes alike" in {problem.kind for problem in al.check(path).problems}


@pytest.mark.parametrize("code", [99, 999])
def test_a_code_for_unknown_among_session_numbers_is_pointed_out(code, tmp_path):
    path = tmp_path / "far.csv"
    wai([("a", 1, 4), ("a", 2, 4), ("a", code, 4)]).to_csv(path, index=False)
    found = al.check(path).frame.set_index("kind")
    assert found.loc["session number far beyond", "row"] == 4
    wai([("a", n, 4) for n in range(90, 101)]).to_csv(path, index=False)
    assert "session number far beyond" not in set(al.check(path).frame["kind"])


@pytest.mark.parametrize(
    "anchors",
    [
        "aldri, sjelden, noen ganger, av og til, ofte, svært ofte, alltid",
        "aldrig, sjældent, af og til, nogle gange, ofte, meget ofte, altid",
    ],
)
def test_two_words_for_one_code_where_another_has_none_are_asked_about(anchors, tmp_path):
    """In this translation they are two answers; both were read as 4, without a word."""
    path = tmp_path / "words.csv"
    words = anchors.split(", ")
    rows = [("a", n, word) for n, word in enumerate(words, 1)]
    wai(rows, items=[f"wai_s_{item}" for item in range(1, 13)]).to_csv(path, index=False)
    with pytest.raises(al.DataError, match=f"{words[2]}") as refused:
        al.read(path)
    assert words[3] in str(refused.value) and words[4] not in str(refused.value)
    told = al.read(path, words={words[2]: 3, words[3]: 4})
    assert told["item_1"].tolist() == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("forms", [1, 2])
def test_whole_questions_of_a_label_export_between_marks_of_completeness(forms, tmp_path):
    """The second "Complete?" was taken for a thirteenth question."""
    names = ["Record ID", "Event Name", *["Complete?"] * forms]
    questions = [f"{item}. Statement {item} of the questionnaire" for item in range(1, 13)]
    lines = [",".join([*names, *questions, "Complete?"])]
    for session, word in ((1, "Often"), (2, "Seldom")):
        cells = ["1", f"Session {session} (Arm 1: A)", *["Complete"] * forms, *[word] * 12]
        lines.append(",".join([*cells, "Complete"]))
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(lines) + "\n")
    talk = begin(path).state(instrument="wai-sr")
    talk = talk.answer(talk.question.options[0])
    asked = talk.question
    assert asked.key == "Often"
    assert talk.answer(3).preview["item_12"].tolist() == [3.0, 1.0]


@pytest.mark.parametrize("days", [("1980-05-05", "1971-02-03"), ("2025-06-01", "2025-06-01")])
def test_one_date_for_all_sessions_is_pointed_out(days, tmp_path):
    path = tmp_path / "dates.csv"
    rows = [(c, n, day, 4) for c, day in zip("ab", days, strict=True) for n in (1, 2, 3)]
    wai(rows, (*WHO, "date")).to_csv(path, index=False)
    assert "one date for all sessions" in {problem.kind for problem in al.check(path).problems}
    rows[2] = ("a", 3, "2025-06-08", 4)
    wai(rows, (*WHO, "date")).to_csv(path, index=False)
    assert "one date for all sessions" not in {problem.kind for problem in al.check(path).problems}
