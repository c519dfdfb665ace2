"""One study, exported the way each program writes it, gives the same scores to the last digit."""

import json

import pandas as pd
import pyreadstat
import pytest

import alliance as al

ITEM_NUMBERS = range(1, 13)
WORDS = {1: "Seldom", 2: "Sometimes", 3: "Fairly often", 4: "Very often", 5: "Always"}
GERMAN = {1: "selten", 2: "öfters", 3: "häufig", 4: "sehr häufig", 5: "ständig"}
CODES = {"client": 1, "therapist": 2}


def long_table(study, name="wai_sr_{}") -> pd.DataFrame:
    table = pd.DataFrame(
        {"ID": study["client"], "Session": study["session"], "Rater": study["rater"]}
    )
    for item in ITEM_NUMBERS:
        table[name.format(item)] = study[f"item_{item}"]
    return table


def items_of(table) -> list[str]:
    return [name for name in table.columns if name not in ("ID", "Session", "Rater")]


def whole_numbers(table) -> pd.DataFrame:
    return table.assign(**{name: table[name].astype("Int64") for name in items_of(table)})


def in_words(study, words, name) -> pd.DataFrame:
    table = long_table(study, name)
    return table.assign(**{item: table[item].map(words) for item in items_of(table)})


def long_csv(study, path):
    whole_numbers(long_table(study)).to_csv(path / "long.csv", index=False)
    return path / "long.csv", {}


def wide_csv_with_decimal_commas(study, path):
    rows = {}
    for form in study.itertuples(index=False):
        row = rows.setdefault(form.client, {"ID": form.client})
        for item in ITEM_NUMBERS:
            answer = getattr(form, f"item_{item}")
            cell = "" if pd.isna(answer) else f"{answer:.1f}".replace(".", ",")
            row[f"s{form.session:02d}_WAI-SR_{form.rater}_{item:02d}"] = cell
    pd.DataFrame(rows.values()).to_csv(path / "wide.csv", sep=";", index=False)
    return path / "wide.csv", {}


def excel(study, path):
    with pd.ExcelWriter(path / "study.xlsx") as book:
        pd.DataFrame().to_excel(book, sheet_name="Empty")
        whole_numbers(long_table(study)).to_excel(book, sheet_name="Data", index=False)
    return path / "study.xlsx", {}


def spss(study, path):
    table = long_table(study, "WAISR{}").assign(Rater=study["rater"].map(CODES))
    items = items_of(table)
    table[items] = table[items].fillna(99)
    labels = {item: {code: word.upper() for code, word in WORDS.items()} for item in items}
    labels |= {"Rater": {1: "Client", 2: "Therapist"}}
    pyreadstat.write_sav(
        table,
        path / "study.sav",
        variable_value_labels=labels,
        missing_ranges={item: [{"lo": 97, "hi": 99}] for item in items},
    )
    return path / "study.sav", {}


def redcap(study, path):
    """Two repeating instruments beside a base row for each record and another instrument's rows."""
    parts = []
    for rater, short in (("client", "c"), ("therapist", "t")):
        forms = study[study["rater"] == rater]
        part = pd.DataFrame(
            {
                "record_id": forms["client"],
                "redcap_event_name": "therapy_arm_1",
                "redcap_repeat_instrument": f"wai_sr_{rater}",
                "redcap_repeat_instance": forms["session"].astype(str),
            }
        )
        for item in ITEM_NUMBERS:
            answers = forms[f"item_{item}"]
            part[f"wai_sr_{short}_{item}"] = answers.map("{:.0f}".format).where(
                answers.notna(), "UNK"
            )
        part[f"wai_sr_{rater}_complete"] = "2"
        parts.append(part)
    records = study["client"].drop_duplicates()
    base = pd.DataFrame({"record_id": records, "redcap_event_name": "baseline_arm_1", "age": "41"})
    mood = base.assign(
        redcap_event_name="therapy_arm_1",
        redcap_repeat_instrument="mood",
        redcap_repeat_instance="1",
        age="",
        mood_1="3",
    )
    export = pd.concat([base, mood, *parts]).sort_values("record_id", kind="stable")
    export.to_csv(path / "redcap.csv", index=False)
    return path / "redcap.csv", {}


def qualtrics(study, path):
    answers = in_words(study, WORDS, "Q5_{}")
    answers.insert(0, "StartDate", "2024-01-01 10:00:00")
    header = pd.DataFrame(
        [
            [f"Question\nabout {name}" for name in answers.columns],
            [json.dumps({"ImportId": f"QID{n}"}) for n in range(len(answers.columns))],
        ],
        columns=answers.columns,
    )
    pd.concat([header, answers]).to_csv(path / "qualtrics.csv", index=False)
    return path / "qualtrics.csv", {"items": "Q5_{item}"}


def stata(study, path):
    table = long_table(study, "waisr{}").assign(Rater=study["rater"].map(CODES))
    labels = {"Rater": {1: "client", 2: "therapist"}}
    pyreadstat.write_dta(table, path / "study.dta", variable_value_labels=labels)
    return path / "study.dta", {}


def parquet_with_index(study, path):
    table = long_table(study, "item_{}").set_index(["ID", "Session", "Rater"])
    table.to_parquet(path / "study.parquet")
    return path / "study.parquet", {}


def tsv_in_utf16(study, path):
    whole_numbers(long_table(study, "WAI[SQ{:03d}]")).to_csv(
        path / "study.tsv", index=False, sep="\t", encoding="utf-16"
    )
    return path / "study.tsv", {}


def cp1252_with_german_words(study, path):
    table = in_words(study, GERMAN, "wai_{}").rename(columns={"ID": "Klient", "Rater": "Wer"})
    table["Wer"] = table["Wer"].map({"client": "Klientin", "therapist": "Therapeut"})
    table["Praxis"] = "Köln, Süd"
    table.to_csv(path / "german.csv", index=False, encoding="cp1252")
    words = {word: code for code, word in GERMAN.items()}
    raters = {"Klientin": "client", "Therapeut": "therapist"}
    return path / "german.csv", dict(
        client="Klient", rater_column="Wer", words=words, raters=raters
    )


def own_responses(study, path):
    study.to_csv(path / "responses.csv", index=False)
    return path / "responses.csv", {}


WRITERS = [
    long_csv,
    wide_csv_with_decimal_commas,
    excel,
    spss,
    redcap,
    qualtrics,
    stata,
    parquet_with_index,
    tsv_in_utf16,
    cp1252_with_german_words,
    own_responses,
]


def scores(path, **settings) -> pd.DataFrame:
    scored = al.score(al.read(path, instrument="wai-sr", **settings))
    keys = ["client", "session", "rater", "instrument", "metric"]
    return scored[[*keys, "total", "task", "bond", "goal", "answered", "prorated", "set_aside"]]


@pytest.fixture(scope="module")
def expected(study) -> pd.DataFrame:
    """Scores of the study itself, without any file."""
    scored = al.score(study).sort_values(["client", "session", "rater"], ignore_index=True)
    keys = ["client", "session", "rater", "instrument", "metric"]
    return scored[[*keys, "total", "task", "bond", "goal", "answered", "prorated", "set_aside"]]


def test_the_study_has_what_exports_have(study, expected):
    assert {"007", "020"} <= set(expected["client"])
    assert expected["rater"].value_counts().min() > 150
    assert (expected["answered"] < 12).sum() > 4
    sessions = study[study["rater"] == "client"].groupby("client")["session"]
    assert (sessions.nunique() < sessions.max()).sum() > 9, "missed sessions"


@pytest.mark.parametrize("writer", WRITERS)
def test_every_export_gives_the_same_scores(writer, study, expected, tmp_path):
    path, settings = writer(study, tmp_path)
    before = path.read_bytes()
    pd.testing.assert_frame_equal(scores(path, **settings), expected, check_exact=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("writer", [long_csv, wide_csv_with_decimal_commas, redcap, qualtrics])
def test_the_mapping_that_was_used_reads_the_file_again(writer, study, expected, tmp_path):
    path, settings = writer(study, tmp_path)
    taken = al.check(path, instrument="wai-sr", **settings).intake
    (tmp_path / "map.toml").write_text(taken.mapping.to_toml(), "utf-8")
    again = scores(path, mapping=tmp_path / "map.toml")
    pd.testing.assert_frame_equal(again, expected, check_exact=True)


def test_counts_of_a_wide_file_add_up(study, tmp_path):
    path, _ = wide_csv_with_decimal_commas(study, tmp_path)
    taken = al.check(path).intake
    counts = taken.counts
    assert counts["rows"] == 20
    assert counts["forms"] == counts["empty"] + counts["set aside"] + counts["read"]
    assert counts["read"] == len(study) == len(taken.responses)
