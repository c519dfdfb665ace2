"""The command report: one command from the exports of three systems, and from a scored table."""

import stat

import numpy as np
import pandas as pd
import pytest

from alliance import simulate
from alliance.cli import main
from alliance.files import write_table
from alliance.pseudonyms import new_key

QUICK = ["--detector", "own-past", "--draws", "1"]


@pytest.fixture(scope="module")
def made():
    """A synthetic clinic."""
    return simulate.clinic(simulate.worlds()["R0s"], clients=30, days=120, seed=5)


@pytest.fixture(scope="module")
def lines(made):
    """The clinic's four SRS lines for each session, with what else an export holds."""
    key = ["client", "session"]
    answers = made.study.responses.drop(columns=["rater", "instrument", "therapist"])
    return made.sessions[[*key, "date", "therapist", "ended", "status"]].merge(answers, on=key)


def openfit(lines, path):
    """Write a long table as an outcome system exports it: ORS and SRS lines side by side."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "ClientID": lines["client"],
            "ProviderID": lines["therapist"],
            "SessionDate": lines["date"],
            "SessionNumber": lines["session"],
            **{f"ORSQ{n}": rng.integers(20, 90, len(lines)) / 10 for n in range(1, 5)},
            **{f"SRSQ{n}": lines[f"item_{n}"].round(1) for n in range(1, 5)},
            "Status": lines["status"].fillna("active"),
        }
    )
    table.to_csv(path, index=False)


def spreadsheet(lines, path):
    """Write a workbook kept by hand, with a mapping file for its own words."""
    table = pd.DataFrame(
        {
            "Code": lines["client"],
            "Session": lines["session"],
            "Date": lines["date"],
            "Relationship": lines["item_1"].round(1),
            "Goals and topics": lines["item_2"].round(1),
            "Approach": lines["item_3"].round(1),
            "Overall": lines["item_4"].round(1),
        }
    )
    table.to_excel(path, index=False)
    mapping = path.with_suffix(".toml")
    mapping.write_text(
        'instrument = "srs"\nclient = "Code"\n'
        'items = ["Relationship", "Goals and topics", "Approach", "Overall"]\n'
    )
    return mapping


def redcap(lines, path):
    """Write REDCap's export of a repeating instrument."""
    table = pd.DataFrame(
        {
            "record_id": lines["client"],
            "redcap_repeat_instrument": "srs",
            "redcap_repeat_instance": lines["session"],
            "session_date": lines["date"],
            **{f"srs_{n}": lines[f"item_{n}"].round(1) for n in range(1, 5)},
            "srs_complete": 2,
        }
    )
    table.to_csv(path, index=False)


def page_of(arguments, output):
    assert main(["report", *map(str, arguments), "-o", str(output), *QUICK]) == 0
    return output.read_text("utf-8")


def test_three_exports_make_the_same_order_in_one_command(made, lines, tmp_path, capsys):
    openfit(lines, tmp_path / "openfit.csv")
    mapping = spreadsheet(lines, tmp_path / "srs.xlsx")
    redcap(lines, tmp_path / "redcap.csv")
    pages = [
        page_of([tmp_path / "openfit.csv"], tmp_path / "1.html"),
        page_of([tmp_path / "srs.xlsx", "--mapping", mapping], tmp_path / "2.html"),
        page_of([tmp_path / "redcap.csv"], tmp_path / "3.html"),
    ]
    # Only the first system says who has left; the others agree on who is in therapy.
    lists = [page[page.index("<tbody>") : page.index("</tbody>")] for page in pages]
    assert lists[1] == lists[2]
    for page in pages:
        assert "Session Rating Scale, version 3.0" in page
        assert f"Clinic review, {made.sessions['date'].max()}" in page
    assert "open rupture" in capsys.readouterr().out


def test_a_scored_table_gives_what_its_export_gives(made, lines, tmp_path):
    mapping = spreadsheet(lines, tmp_path / "srs.xlsx")
    assert (
        main(
            [
                "score",
                str(tmp_path / "srs.xlsx"),
                "--mapping",
                str(mapping),
                "-o",
                str(tmp_path / "s.csv"),
            ]
        )
        == 0
    )
    whole = page_of([tmp_path / "srs.xlsx", "--mapping", mapping], tmp_path / "1.html")
    scored = page_of([tmp_path / "s.csv"], tmp_path / "2.html")
    # What items were left blank after a dip can be said only where there are answers.
    body = [page[page.index('id="now"') : page.index('id="unspoken"')] for page in (whole, scored)]
    assert body[0] == body[1]
    assert "an item unanswered" in whole and "an item unanswered" not in scored


def test_the_page_is_its_owners_and_not_overwritten(made, tmp_path, capsys):
    write_table(made.sessions, tmp_path / "s.csv")
    output = tmp_path / "review.html"
    page_of([tmp_path / "s.csv"], output)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    arguments = ["report", str(tmp_path / "s.csv"), "-o", str(output), *QUICK]
    assert main(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert main([*arguments, "--force"]) == 0


def test_pseudonyms_stand_for_everybody_on_the_page(made, tmp_path):
    table = made.sessions.assign(client="Smith " + made.sessions["client"])
    write_table(table, tmp_path / "s.csv")
    log = table.drop_duplicates("client", keep="last")[["client", "session"]]
    write_table(log.assign(source="client", tension=1, trigger="power"), tmp_path / "log.csv")
    new_key(tmp_path / "clinic.key")
    page = page_of(
        [
            tmp_path / "s.csv",
            "--log",
            tmp_path / "log.csv",
            "--pseudonyms",
            tmp_path / "clinic.key",
        ],
        tmp_path / "p.html",
    )
    assert "Smith" not in page and "C-" in page
    assert "culture, identity or power was named" in page


@pytest.mark.parametrize(
    "wrong",
    [
        ["--at", "yesterday"],
        ["--baseline", "2024"],
        ["--detector", "none"],
        ["--from", "2030-01-01", "--to", "2031-01-01"],
        ["--scale", "bond"],
        ["--log", "missing.csv"],
        ["--pseudonyms", "missing.key"],
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(made, tmp_path, capsys, wrong):
    write_table(made.sessions, tmp_path / "s.csv")
    assert main(["report", str(tmp_path / "s.csv"), "-o", str(tmp_path / "r.html"), *wrong]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_the_study_report_has_flow_answer_and_settings(tiny_study, few_switches, tmp_path, capsys):
    short = tiny_study.sessions[tiny_study.sessions["session"] <= 8]
    hostile = short.assign(client=short["client"].replace({"c001": "<script>alert(1)</script>"}))
    write_table(hostile, tmp_path / "s.csv")
    output = tmp_path / "study.html"
    arguments = [
        "report",
        str(tmp_path / "s.csv"),
        "--for",
        "study",
        "-o",
        str(output),
        "--draws",
        "1",
    ]
    assert main(arguments) == 0
    page = output.read_text("utf-8")
    titles = ("Flow", "Scores", "Reliability", "Ruptures and repairs", "stronger?", "Other rules")
    for title in (*titles, "How the answer varies", "Settings"):
        assert title in page
    assert "Left out: reliability needs the answers" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "<script" not in page and page.count("<caption>") == page.count("<table")
