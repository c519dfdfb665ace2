"""Files of clinics: each gives its right page, or its way out, through `alliance report`."""

import contextlib
import functools
import io
import re
from pathlib import Path

import pandas as pd
import pytest

from alliance.cli import main

CASES = Path(__file__).parents[1] / "cases" / "clinic"
NAMED = "--client Client_ID --date Session_Date --therapist Therapist --scores total=Total"


# How each file is read: what `report` needs, `monitor` needs.
WAYS = {
    "skipped_sessions.csv": "",
    "totals.csv": f"{NAMED} --session Session_ID --instrument srs-4",
    "totals_dates_only.csv": f"{NAMED} --instrument srs-4",
    "two_cases.csv": "",
    "book_merged_clients.xlsx": "--sheets all",
    "book_title_rows.xlsx": "--sheets all",
    "discharged.csv": "",
    "left_last_year.csv": "",
    "client_case.csv": "",
    "typo_future.csv": "",
    "redcap_raw.csv": "",
    "german_srs.csv": "",
    "date_d_mon_yy.csv": "",
}


@pytest.mark.parametrize("file", WAYS)
def test_monitor_says_of_every_file_what_its_page_says(file, tmp_path, report):
    news, memory = tmp_path / "news.csv", tmp_path / "kept.sqlite"
    given = [str(CASES / file), *WAYS[file].split()]
    code = main(["monitor", *given, "--memory", str(memory), "-o", str(news)])
    assert code in (0, 10)
    done, _, html = report(file, WAYS[file])
    assert done == 0
    shown = dict(re.findall(r'<tr class="call">.*?<span class="code">(.*?)</span>(.*?)</tr>', html))
    told = pd.read_csv(news, dtype=str) if code == 10 else pd.DataFrame({"client": [], "says": []})
    # Of a first run every open rupture and every fall is news, and the page shows no other.
    assert sorted(shown) == sorted(told["client"])
    for row in told.itertuples():
        first, _, rest = row.says.partition(". ")
        assert first in shown[row.client] and rest in shown[row.client]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Run the report on a file of a clinic; returns exit code, what was said, and the page.

    What was asked before is not run again.
    """

    @functools.cache
    def asked_once(file, options, log):
        page = tmp_path_factory.mktemp("report") / "review.html"
        logged = [] if log is None else ["--log", str(CASES / log)]
        asked = ["report", str(CASES / file), "--for", "clinic", "--draws", "1", "-o", str(page)]
        told = io.StringIO()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = main([*asked, *options.split(), *logged])
        said = " ".join(told.getvalue().split())
        return code, said, page.read_text("utf-8") if page.exists() else ""

    def run(file, options="", log=None):
        return asked_once(file, options, log)

    return run


def in_therapy(said):
    """How many clients the lead says are in therapy."""
    found = re.search(r"(\d+) (?:clients? )?in therapy", said)
    return int(found[1]) if found else 0


def test_skipped_sessions(report):
    code, said, page = report("skipped_sessions.csv")
    assert code == 0 and in_therapy(said) == 12 and said.startswith("1 client")
    held = re.search(r"Of (\d+) sessions held in the period (\d+) have", page)
    assert held and held[2] == "88" and held[1] == "96"


def test_an_unknown_client_of_the_log_is_named(report):
    code, said, page = report("skipped_sessions.csv", log="log_unknown_client.csv")
    assert code == 2 and "K99" in said and "k02 is K02" in said and not page


def test_a_logged_session_far_below_the_level_is_never_one_without_a_dip(report):
    code, said, page = report("skipped_sessions.csv", "--partial", log="log_unknown_client.csv")
    assert code == 0 and "K99" in said and "k02 (K02?)" in said and "K99" in page
    unspoken = page[page.index('id="unspoken"') : page.index('id="supervision"')]
    signs = re.findall(r"<tr[^>]*>(.*?)</tr>", unspoken, flags=re.S)
    of_k01 = [row for row in signs if ">K01<" in row]
    assert of_k01 and not [row for row in of_k01 if "without a dip" in row]


def test_a_log_by_date(report):
    code, said, page = report("skipped_sessions.csv", log="log_dates.csv")
    assert code == 0 and "session 6" in page


@pytest.mark.parametrize("file", ["totals.csv", "totals_dates_only.csv"])
def test_totals(report, file):
    code, said, _ = report(file, WAYS[file])
    assert code == 0 and in_therapy(said) == 4


def test_two_cases_are_two_courses(report):
    code, said, page = report("two_cases.csv")
    assert code == 0 and "different answers" not in said and in_therapy(said) == 1
    assert "rated sessions of 1 client known" in page


def test_two_cases_are_of_one_client(tmp_path, capsys):
    file, memory = str(CASES / "two_cases.csv"), str(tmp_path / "kept.sqlite")
    assert main(["monitor", file, "--memory", memory]) in (0, 10)
    assert "rated sessions of 1 client were judged." in capsys.readouterr().out


def test_a_book_of_several_sheets_is_read_whole_or_not(report):
    code, said, page = report("book_merged_clients.xlsx")
    assert code == 2 and "--sheets all" in said and not page
    code, said, _ = report("book_merged_clients.xlsx", "--sheets all")
    assert code == 0


def test_discharged_nobody_is_in_therapy(report):
    code, said, page = report("discharged.csv")
    assert code == 0 and said.startswith("Nobody is in therapy")


def test_who_left_last_year_is_in_no_now(report):
    code, said, page = report("left_last_year.csv")
    assert in_therapy(said) == 11
    now = page[page.index('id="now"') : page.index('id="period"')]
    assert code == 0 and ">K01<" not in now and ">K02<" in now


def test_clients_written_in_two_ways_are_pointed_out(report, tmp_path, capsys):
    code, said, page = report("client_case.csv")
    assert code == 0 and "K01 / k01" in page and "Not used" not in page
    capsys.readouterr()
    file, memory = str(CASES / "client_case.csv"), str(tmp_path / "kept.sqlite")
    assert main(["monitor", file, "--memory", memory]) == 0
    assert "K01 / k01" in capsys.readouterr().out


def test_a_date_of_next_year_does_not_date_the_review(report):
    code, said, page = report("typo_future.csv")
    title = re.search(r"<h1>(.*?)</h1>", page)[1]
    assert code == 0 and "2027" not in title and "1 of 96" in said


def test_redcap(report):
    # wai_sr_complete says which form wai_1 ... are.
    for way in ("", "--instrument wai-sr"):
        code, said, _ = report("redcap_raw.csv", way)
        assert code == 0 and in_therapy(said) == 4
    code, said, page = report("redcap_labels.csv", "--instrument wai-sr")
    assert page if code == 0 else "label" in said


@pytest.mark.parametrize("file", ["german_srs.csv", "date_d_mon_yy.csv", "book_title_rows.xlsx"])
def test_other_ways_to_write_it(report, file):
    code, said, page = report(file, "--sheets all" if file.endswith("xlsx") else "")
    assert code == 0 and in_therapy(said) >= 1
