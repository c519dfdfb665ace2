"""Columns: what is recognised, what is asked for, and how."""

import pandas as pd
import pytest

import alliance as al
from alliance.intake.recognition import runs_of

SRS = ["srs_1", "srs_2", "srs_3", "srs_4"]


def numbers(names, value=4) -> pd.DataFrame:
    return pd.DataFrame([[value] * len(names)] * 2, columns=names)


def export(items, value=4, **columns) -> pd.DataFrame:
    return pd.concat(
        [pd.DataFrame({"ID": ["007", "008"], "Session": [1, 1], **columns}), numbers(items, value)],
        axis=1,
    )


def counted(pattern: str, items: int = 12) -> list[str]:
    return [pattern.format(item) for item in range(1, items + 1)]


@pytest.mark.parametrize(
    ("pattern", "items", "key"),
    [
        ("wai_sr_{}", 12, "wai-sr"),
        ("WAISR{}", 12, "wai-sr"),
        ("WAI-SR.{:02d}", 12, "wai-sr"),
        ("WAI_SR[SQ{:03d}]", 12, "wai-sr"),
        ("waisr_q{}", 12, "wai-sr"),
        ("WAIS_item{}", 12, "wai-s"),
        ("wai_s_{}", 12, "wai-s"),
        ("wai{}", 36, "wai-36"),
        ("wai36_{}", 36, "wai-36"),
        ("SRSQ{}", 4, "srs"),
        ("haq_ii_{}", 19, "haq-ii"),
        ("HAQ2_{}", 19, "haq-ii"),
        ("arm5_{}", 5, "arm-5"),
        ("phq9_{}", 9, "phq-9"),
    ],
)
def test_questionnaires_recognised_by_their_names(write, pattern, items, key):
    taken = al.check(write(export(counted(pattern, items), value=3))).intake
    assert taken.instrument.key == key
    assert taken.mapping.client == "ID" and taken.mapping.session == "Session"


@pytest.mark.parametrize(
    "names",
    [
        ["relationship", "goals_and_topics", "approach_or_method", "overall"],
        ["srs_overall", "srs_relationship", "srs_goals_topics", "srs_approach"],
    ],
)
def test_lines_of_the_srs_by_their_names(write, names):
    frame = export(names)
    frame["srs_relationship" if "srs_relationship" in frame else "relationship"] = 8.5
    responses = al.read(write(frame))
    assert responses["item_1"].tolist() == [8.5, 8.5] and responses["item_4"].tolist() == [4, 4]


def test_a_second_column_of_the_same_line_is_not_guessed(write, refusal):
    frame = export(["relationship_status", "relationship", "goals", "approach", "overall"])
    assert "questionnaire was not recognised" in refusal(write(frame))


@pytest.mark.parametrize("pattern", ["wai_s{}", "wai_t{}", "WAI_C{}"])
def test_columns_that_may_be_scores_at_times_are_not_taken_for_items(write, refusal, pattern):
    message = refusal(write(export(counted(pattern))))
    assert "The questionnaire was not recognised" in message


def test_twelve_items_of_a_wai_must_be_named(write, refusal):
    path = write(export(counted("wai_{}")))
    message = refusal(path)
    assert "wai_{item} hold a 12-item Working Alliance Inventory, but not which" in message
    assert 'instrument="wai-sr" or instrument="wai-s"' in message and "--instrument" in message
    assert al.read(path, instrument="wai-s")["instrument"].unique() == ["wai-s"]


def test_welsh_anxiety_inventory_by_its_39_columns(write, refusal):
    path = write(export(counted("WAI{}", 39), value=1))
    for settings in ({}, {"instrument": "wai-36"}, {"instrument": "wai-sr"}):
        message = refusal(path, **settings)
        assert "count to 39" in message and "Welsh Anxiety Inventory" in message


def test_rheumatology_questionnaire_by_its_10_columns(write, refusal):
    path = write(export(counted("HAQ2_{}", 10), value=1))
    for settings in ({}, {"instrument": "haq-ii"}):
        assert "rheumatology Health Assessment Questionnaire-II" in refusal(path, **settings)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (11, "lacks item 12"),
        (13, "has item 13 beyond the last"),
        (16, "has item 13, 14, 15, 16 beyond"),
    ],
)
def test_wrong_number_of_items(write, refusal, items, said):
    message = refusal(write(export(counted("wai_sr_{}", items))), instrument="wai-sr")
    assert f"Wrong number of items: wai-sr has 12, the pattern 'wai_sr_{{item}}' {said}" in message


def test_two_columns_for_one_item(write, refusal):
    path = write(export([*counted("wai_sr_{}"), "wai_sr_01"]))
    assert "has two columns for one item" in refusal(path, instrument="wai-sr")
    assert "has two columns for one item" in refusal(
        path, instrument="wai-sr", items="wai_sr_{item}"
    )


def test_columns_of_another_form_are_not_read_as_this_one(write, refusal):
    message = refusal(write(export(counted("wai_sr_{}"))), instrument="wai-s")
    assert "columns are named like wai-sr" in message


def test_unclear_columns_come_all_at_once_with_the_way_to_say_them(write, refusal):
    message = refusal(
        write(pd.DataFrame([[1] * 14], columns=["Fall", "Stunde", *counted("Q5_{}")])),
        instrument="wai-sr",
    )
    assert "No column was recognised as the client" in message and 'client="Fall"' in message
    assert "No column was recognised as the session number" in message and "--session" in message
    assert "These count to 12: Q5_{item}" in message and 'items="Q5_{item}"' in message
    assert "Fall, Stunde, Q5_1" in message


def test_unknown_column_names_with_a_suggestion(write, refusal):
    message = refusal(
        write(export(SRS)),
        client="Id",
        therapist="Tharapist",
        covariates=["Sesion"],
        totals={"total": "T"},
    )
    assert "There is no column 'Id'." in message
    assert "There is no column 'Tharapist'." in message
    assert "There is no column 'Sesion'. Did you mean 'Session'?" in message
    assert "There is no column 'T'." in message


def test_unknown_settings_with_a_suggestion(write, refusal):
    message = refusal(write(export(SRS)), cliant="ID", wordz={})
    assert "There is no setting 'cliant'. Did you mean 'client'?" in message
    assert "There is no setting 'wordz'. Did you mean 'words'?" in message
    assert "Did you mean 'wai-sr'?" in refusal(write(export(SRS)), instrument="wai-sr2")


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("srs_1", "has no place for the item number: write {item}"),
        ("srs_{Item}", "has no place for the item number"),
        ("srs_{item}_{item}", "names {item} twice"),
        ("[(*+?^$|\\{item}", "No column fits the pattern '[(*+?^$|\\{item}'"),
        ("s{item}", "No column fits the pattern"),
        (["srs_1"], "1 columns are named as items"),
        (["srs_1", "srs_1", "srs_2", "srs_3"], "named as items twice: srs_1"),
        (["srs_1", "srs_2", "srs_3", "srs_5"], "There is no column 'srs_5'. Did you mean"),
        (
            {"client": "srs_{item}", "therapist": "t_{item}"},
            "No column fits the pattern 't_{item}'",
        ),
    ],
)
def test_item_settings_that_do_not_fit(write, refusal, items, said):
    assert said in refusal(write(export(SRS)), instrument="srs", items=items)


def test_a_pattern_of_odd_characters_is_taken_literally(write):
    odd = counted("(.*)+[{}]$", 4)
    responses = al.read(write(export(odd)), instrument="srs", items="(.*)+[{item}]$")
    assert responses["item_4"].tolist() == [4, 4]


def test_several_columns_that_could_be_the_client(write, refusal):
    message = refusal(write(export(SRS).assign(**{"Client ID": 1, "client_id": 2})))
    assert "Several columns could be the client: Client ID, client_id" in message


def test_several_sets_of_item_columns(write, refusal):
    path = write(export([*counted("wai_sr_{}"), *counted("s2_wai_sr_{}")]))
    assert (
        "Several sets of columns could hold the items: s{session}_wai_sr_{item}, wai_sr_{item}"
        in refusal(path)
    )


@pytest.mark.parametrize(
    "pattern",
    ["wai_sr_{who}_{item}", "{who}_wai_sr_{item}", "wai_sr_{item}_{who}", "WAISR{who}{item}"],
)
@pytest.mark.parametrize(
    ("client", "therapist"), [("c", "t"), ("client", "therapist"), ("patient", "clinician")]
)
def test_raters_in_the_names_of_columns(write, pattern, client, therapist):
    frame = export([pattern.format(who=client, item=i) for i in range(1, 13)], 5)
    frame = frame.join(numbers([pattern.format(who=therapist, item=i) for i in range(1, 13)], 2))
    responses = al.read(write(frame))
    assert responses.groupby("rater")["item_7"].unique().map(list).to_dict() == {
        "client": [5],
        "therapist": [2],
    }


@pytest.mark.parametrize(
    "pattern", ["t{time}_{who}_srs_{item}", "Session{time}.srs{item}", "srs_{item}_wk{time:02d}"]
)
def test_sessions_in_the_names_of_columns(write, pattern):
    frame = pd.DataFrame({"ID": ["007"]})
    pattern = pattern.replace("{who}", "client")
    for time in (1, 2, 10):
        frame = frame.join(
            numbers([pattern.format(time=time, item=i) for i in range(1, 5)], time / 2)[:1]
        )
    responses = al.read(write(frame))
    assert responses["session"].tolist() == [1, 2, 10]
    assert responses["item_3"].tolist() == [0.5, 1, 5]


def test_a_pattern_with_rater_session_and_total(write):
    frame = pd.DataFrame({"ID": ["007"]})
    for who, value in (("K", 5), ("T", 3)):
        for time in (1, 2):
            frame = frame.join(numbers(counted(f"{who}{time}: frage {{}}"), value - time)[:1])
            frame[f"{who}{time} summe"] = 12 * (value - time)
    responses = al.read(
        write(frame),
        instrument="wai-sr",
        items="{rater}{session}: frage {item}",
        raters={"K": "client", "T": "therapist"},
        totals={"total": "{rater}{session} summe"},
    )
    assert responses["session"].tolist() == [1, 1, 2, 2]
    assert responses["rater"].tolist() == ["client", "therapist"] * 2
    assert responses["item_12"].tolist() == [4, 2, 3, 1]
    assert responses["reported_total"].tolist() == [48, 24, 36, 12]


def test_session_or_rater_named_twice(write, refusal):
    frame = pd.DataFrame({"ID": ["007"], "Session": [1], "Rater": ["client"]})
    frame = frame.join(numbers(counted("s2_wai_sr_c_{}"))[:1])
    assert al.read(write(frame))["session"].tolist() == [2]
    message = refusal(write(frame), session="Session", rater_column="Rater")
    assert "The session is named twice" in message and "The rater is named twice" in message


def test_both_srs_and_ors_ask_which(write, refusal):
    path = write(export([*counted("SRSQ{}", 4), *counted("ORSQ{}", 4)]))
    message = refusal(path)
    assert "several questionnaires" in message and "ors" in message and "srs" in message
    assert al.read(path, instrument="ors")["instrument"].tolist() == ["ors", "ors"]


def openfit() -> pd.DataFrame:
    """The columns of OpenFIT's import layout."""
    lines = {
        f"{name}Q{n}": ["9.1", "8.2", "", "0", "9"] for name in ("ORS", "SRS") for n in range(1, 5)
    }
    return pd.DataFrame(
        {
            "Service_Location": "A",
            "Provider_ID": "p1",
            "Client_ID": ["007", "007", "007", "008", "008"],
            "Case_ID": "1",
            "Session_ID": ["1", "2", "3", "1", "2"],
            "Session_Date": "2024-05-31",
            "ORS_Skip": ["N", "N", "Y", "N", "N"],
            **{name: lines[name] for name in lines if name.startswith("ORS")},
            "Total_ORS": ["36.4", "32.8", "", "0", "36"],
            "SRS_Skip": ["0", "0", "1", "0", "0"],
            **{name: lines[name] for name in lines if name.startswith("SRS")},
            "Total_SRS": ["36.4", "31.0", "", "0", "36"],
        }
    )


def test_openfit_layout_needs_no_mapping(write):
    found = al.check(write(openfit()), instrument="srs")
    mapping = found.intake.mapping
    assert (mapping.client, mapping.session, mapping.therapist) == (
        "Client_ID",
        "Session_ID",
        "Provider_ID",
    )
    assert mapping.items == "SRSQ{item}" and mapping.totals == {"total": "Total_SRS"}
    assert mapping.skip == "SRS_Skip"
    assert found.intake.counts["empty"] == 1 and found.intake.counts["read"] == 4
    kinds = {p.kind: p.rows.index.tolist() for p in found.problems}
    assert kinds["totals differ"] == [3]
    assert kinds["all answers 0"] == [5]
    assert [
        p.kind
        for p in al.check(write(openfit()), instrument="ors").problems
        if p.kind == "totals differ"
    ] == []


@pytest.mark.parametrize("mark", ["1", "Y", "yes", "TRUE", "skipped"])
def test_a_skipped_form_with_answers_is_no_answer(write, problem, mark):
    frame = openfit()
    frame.loc[1, "SRS_Skip"] = mark
    found = problem(write(frame), "skipped but answered", instrument="srs")
    assert found.serious and found.rows.index.tolist() == [3]
    counts = al.check(write(frame), instrument="srs").intake.counts
    assert (counts["read"], counts["held"], counts["set aside"]) == (3, 1, 1)


def test_zeros_of_a_skipped_form_are_a_session_without_a_questionnaire(write, problem):
    """Some programs export a form that was left out as zeros: no fall to the end of the lines."""
    frame = openfit()
    frame.loc[3, "SRS_Skip"] = "1"
    found = problem(write(frame), "zeros of a skipped form", instrument="srs")
    assert not found.serious and found.rows.index.tolist() == [5]
    checked = al.check(write(frame), instrument="srs")
    counts = checked.intake.counts
    assert (counts["read"], counts["held"], counts["set aside"]) == (3, 2, 0)
    kept = checked.responses.set_index(["client", "session"])
    assert kept.loc[("008", 1), ["item_1", "item_4", "reported_total"]].isna().all()


def several_instruments() -> pd.DataFrame:
    frame = pd.DataFrame(
        {"ID": ["007"] * 4, "Session": [1, 1, 2, 2], "Instrument": ["SRS", "ORS"] * 2}
    )
    return frame.assign(**{f"q{line}": [9, 5, 8, 4] for line in range(1, 5)})


def test_rows_that_name_their_questionnaire(write, refusal):
    path = write(several_instruments())
    assert "names srs, ors" in refusal(path) and 'instrument="wai-sr"' in refusal(path)
    taken = al.check(path, instrument="srs").intake
    assert taken.responses["item_1"].tolist() == [9, 8]
    assert taken.counts["rows"] == 4 and taken.counts["other rows"] == 2
    assert al.read(path, instrument="ors")["item_1"].tolist() == [5, 4]
    assert "No row of the column 'Instrument' names csrs" in refusal(path, instrument="csrs")


def test_rows_that_name_their_questionnaire_in_other_words(write, refusal):
    frame = several_instruments().replace({"SRS": "Session scale", "ORS": "Mood"})
    path = write(frame.rename(columns={"Instrument": "Measure"}))
    settings = {"instrument": "srs", "instrument_column": "Measure"}
    assert 'instruments={"Session scale": "srs"}' in refusal(path, **settings)
    responses = al.read(path, **settings, instruments={"session scale": "srs"})
    assert responses["item_1"].tolist() == [9, 8]


def test_a_file_of_one_named_questionnaire_needs_no_more(write):
    path = write(several_instruments().iloc[::2])
    assert al.read(path)["instrument"].tolist() == ["srs", "srs"]


def test_measures_that_only_have_totals_say_so(write, refusal):
    message = refusal(write(export(counted("oq_{}", 45))), instrument="oq-45")
    assert "read_scores" in message and "--scores" in message


def test_kept_columns_travel_along(write):
    responses = al.read(write(export(SRS, Age=["41", "29"])), covariates=["Age"])
    assert responses["Age"].tolist() == ["41", "29"]


def test_instances_that_only_count_are_named(write):
    frame = (
        export(SRS)
        .assign(srs_1=9)
        .rename(columns={"ID": "record_id", "Session": "redcap_repeat_instance"})
    )
    assert al.check(write(frame)).problems == ()
    longer = pd.concat([frame, frame.assign(redcap_repeat_instance=2)])
    assert [p.kind for p in al.check(write(longer)).problems] == ["numbered by instance"]
    gap = longer.iloc[[0, 2, 1]].assign(redcap_repeat_instance=[1, 2, 3])
    assert al.check(write(gap)).problems == ()
    own = longer.assign(session_no=[1, 1, 5, 6])
    assert sorted(al.read(write(own))["session"]) == [1, 1, 5, 6]


def test_zero_padded_and_plain_numbers_are_one_pattern():
    runs = runs_of(["s09_srs_1", "s10_srs_1"], "srs")
    assert [key[0] for key in runs] == ["s{session}_srs_{item}"] * 2
    assert [key[2] for key in runs] == [9, 10]


def test_k10_is_asked_for_by_its_coding(write, refusal):
    header = ",".join(["client", "session", *[f"k10_{item}" for item in range(1, 11)]])
    path = write(f"{header}\na,1{',3' * 10}\n")
    message = refusal(path)
    assert 'instrument="k10-0to4" or instrument="k10-1to5"' in message
    assert al.score(al.read(path, instrument="k10-1to5"))["total"].tolist() == [30]


QUESTIONS = [f"As a result of these sessions, part {part} is clearer." for part in "abcdefghijkl"]
SAID = ["Seldom", "Sometimes", "Fairly Often", "Very Often", "Always"]


def survey(head: list[str], rows: list[list[str]], answers: list[str]) -> str:
    """Return a survey's CSV: what stands before the questions, and answers in turn."""
    lines = [",".join(f'"{cell}"' for cell in [*head, *QUESTIONS])]
    for number, row in enumerate(rows):
        given = [answers[(number + item) % len(answers)] for item in range(12)]
        lines.append(",".join(f'"{cell}"' for cell in [*row, *given]))
    return "\n".join(lines) + "\n"


PEOPLE = [[str(n), c, str(s)] for n, (c, s) in enumerate([("A1", 1), ("A1", 2), ("B2", 1)], 1)]
SENT = "2026-03-14 09:00:00"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (
            ["ID", "Start time", "Completion time", "Your client code", "Session number"],
            "Microsoft",
        ),
        (["ID", "Startzeit", "Fertigstellungszeit", "Klientencode", "Sitzungsnummer"], "Microsoft"),
        (
            ["Antwort ID", "Letzte Seite", "Datum Abgeschickt", "Code des Klienten", "Sitzung"],
            "Lime",
        ),
    ],
)
def test_surveys_with_whole_questions_are_read_in_order(write, head, kind):
    rows = [[n, "", SENT, client, session] for n, client, session in PEOPLE]
    path = write(survey(head, rows, SAID))
    with pytest.raises(al.AllianceError, match="item 12: As a result"):
        al.read(path, instrument="wai-sr")
    read = al.read(path, instrument="wai-sr", items="in order")
    assert read[["client", "session", "date"]].values.tolist() == [
        ["A1", 1, "2026-03-14"],
        ["A1", 2, "2026-03-14"],
        ["B2", 1, "2026-03-14"],
    ]
    assert read.loc[0, ["item_1", "item_5", "item_6"]].tolist() == [1, 5, 1]
    checked = al.check(path, instrument="wai-sr", items="in order")
    assert checked.intake.read_as.startswith(kind)


def test_limesurvey_with_codes_and_questions_in_its_header(write):
    codes = [f"WAI[SQ{n:03d}]. Part {n} is clearer" for n in range(1, 13)]
    head = ["id. Antwort ID", "submitdate. Sent", "lastpage. Page", "c. Klientencode", "s. Sitzung"]
    lines = [",".join(f'"{cell}"' for cell in [*head, *codes])]
    lines += [f'"{n}","{SENT}","3","{c}","{s}",' + ",".join(["A4"] * 12) for n, c, s in PEOPLE]
    read = al.read(write("\n".join(lines)), instrument="wai-sr")
    assert read["client"].tolist() == ["A1", "A1", "B2"] and read["item_12"].eq(4).all()


def test_an_optional_item_may_be_absent_from_any_kind_of_columns(write):
    frame = pd.DataFrame(
        {"id": ["001", "002"], "session": "1", **{f"Q3_{n}": "2" for n in (2, 3, 4, 5)}}
    )
    path = write(frame)
    with pytest.raises(al.AllianceError, match="Q3_{item}"):
        al.read(path, instrument="wsas")
    read = al.read(path, instrument="wsas", items="Q3_{item}")
    assert al.score(read)["total"].tolist() == [8.0, 8.0]


def test_no_covariate_is_lost(tmp_path):
    path = tmp_path / "visits.csv"
    rows = [f"a,{n},2024-01-0{n},9,8,9,9,noon,no,x,y" for n in (1, 2, 3)]
    header = "ID,session,date,srs_1,srs_2,srs_3,srs_4,time,skipped,row,rater"
    kept = ["time", "skipped", "who"]
    path.write_text("\n".join([header.replace("rater", "who"), *rows]))
    read = al.read(path, session="session", covariates=[*kept, "session"])
    assert read[kept].to_numpy().tolist() == [["noon", "no", "y"]] * 3
    assert read["session"].tolist() == [1, 2, 3]
    path.write_text("\n".join([header, *rows]))
    with pytest.raises(al.AllianceError) as refused:
        al.read(path, covariates=["row", "rater"])
    for name in ("row", "rater"):
        assert f"covariate '{name}' is called like a column" in str(refused.value)


def test_a_covariate_called_skip_stands_beside_the_column_of_forms_left_out(tmp_path):
    path = tmp_path / "visits.csv"
    rows = [f"a,{n},9,8,9,9,{'Y' if n == 3 else 'N'},rope" for n in (1, 2, 3)]
    path.write_text("\n".join(["ID,session,srs_1,srs_2,srs_3,srs_4,SRS_Skip,skip", *rows]))
    with pytest.warns(al.AllianceWarning, match="marked as left out"):
        read = al.read(path, skip="SRS_Skip", covariates=["skip"], problems="set aside")
    assert read["skip"].tolist() == ["rope", "rope"]
