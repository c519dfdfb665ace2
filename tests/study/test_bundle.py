"""A bundle: nobody is named, every file is described, and the same inputs give the same bytes."""

import json
import os
import re
import stat
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from frictionless import Package, validate

from alliance import simulate
from alliance.cli import main
from alliance.errors import AllianceError
from alliance.pseudonyms import Key, new_key
from alliance.study import Contents, Sharing, export_study
from alliance.study.checklist import follow_up, missing_scores
from alliance.study.manifest import sha256

KEY = Key(secret=bytes(range(32)))


@pytest.fixture(scope="module")
def given():
    """A small study as the tables of the package, with a free text and dates in it."""
    study = simulate.simulate(simulate.worlds()["R0d"], clients=24, seed=2)
    sessions = study.sessions.query("rater == 'client'").reset_index(drop=True)
    sessions = sessions.assign(
        therapist="Zebedee " + (pd.Series(pd.factorize(sessions["client"])[0]) % 3).astype(str),
        date=pd.Timestamp("2024-03-01") + pd.to_timedelta(7 * sessions["session"], unit="D"),
        client="Walburga" + sessions["client"],
        row=range(2, len(sessions) + 2),
        remark="met at Hill Street",
    )
    sessions.loc[3, "total"] = float("nan")
    responses = sessions[["client", "session", "rater"]].assign(
        instrument="srs", item_1=[7.0, None] * (len(sessions) // 2) + [9.5] * (len(sessions) % 2)
    )
    log = sessions[["client", "session"]].head(6).assign(source="client", tension=1, done="=1+1")
    outcomes = sessions[["client", "session"]].assign(instrument="phq-9", total=sessions.index % 28)
    return {"sessions": sessions, "responses": responses, "log": log, "outcomes": outcomes}


@pytest.fixture(scope="module")
def made(given, tmp_path_factory):
    return export_study(
        **given,
        folder=tmp_path_factory.mktemp("b") / "shared",
        sharing=Sharing(key=KEY),
        contents=Contents(sav=True, draws=0),
    )


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_nobody_is_named_anywhere(made):
    for name, content in files(made.folder).items():
        for secret in (b"Walburga", b"Zebedee", b"Hill Street", b"2024-03", b"=1+1"):
            assert secret not in content, (name, secret)
    assert made.left_out == {
        "sessions": {"remark": "a free text can name somebody"},
        "log": {"done": "a free text can name somebody"},
    }
    assert "row" not in made.tables["sessions"].columns
    assert "left out of sessions" in (made.folder / "README.md").read_text()


def test_the_tables_fit_together_and_are_whole(made, given):
    sessions = made.tables["sessions"]
    assert len(sessions) == len(given["sessions"])
    assert sorted(sessions["total"].dropna()) == sorted(given["sessions"]["total"].dropna())
    people = set(sessions["client"])
    assert people == set(KEY.of(given["sessions"]["client"].unique()))
    for name in ("responses", "episodes", "histories", "log", "outcomes"):
        assert set(made.tables[name]["client"]) <= people
    first = given["sessions"].groupby("client")["session"].min()
    assert sessions["day"].min() == 0
    assert (
        sessions["day"].max()
        == 7 * (given["sessions"]["session"] - given["sessions"]["client"].map(first)).max()
    )


def test_frictionless_finds_it_valid(made):
    report = validate(str(made.folder / "datapackage.json"))
    assert report.valid, report.flatten(["fieldName", "message"])
    package = Package(str(made.folder / "datapackage.json"))
    assert {r.name for r in package.resources} == {
        *("responses", "sessions", "episodes", "histories", "log", "outcomes"),
    }
    by_name = {f.name: f for f in package.get_resource("responses").schema.fields}
    assert by_name["item_1"].constraints == {"minimum": 0.0, "maximum": 10.0}
    assert by_name["client"].required and by_name["session"].type == "integer"


def test_frictionless_would_find_a_fault(made, tmp_path):
    import shutil

    folder = tmp_path / "broken"
    shutil.copytree(made.folder, folder)
    path = next(folder.glob("data/*description-responses_data.csv"))
    path.write_text(path.read_text().replace("9.5", "95", 1).replace(",7", ",77", 1))
    assert not validate(str(folder / "datapackage.json")).valid


def test_psych_ds(made):
    described = json.loads((made.folder / "dataset_description.json").read_text())
    assert described["@type"] == "Dataset" and described["@context"] == "https://schema.org"
    assert described["name"] and described["description"]
    named = {entry["name"] for entry in described["variableMeasured"]}
    shape = re.compile(r"([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")
    data = list((made.folder / "data").iterdir())
    assert len(data) == 6 and all(shape.fullmatch(path.name) for path in data)
    assert named == {column for path in data for column in pd.read_csv(path, nrows=0).columns}
    assert (made.folder / "README.md").is_file()


def test_the_manifest_tells_how_to_make_it_again(made):
    told = json.loads((made.folder / "documentation/manifest.json").read_text())
    listed = {name: sha256(made.folder / name) for name in files(made.folder)}
    listed.pop("documentation/manifest.json")
    assert told["outputs"] == listed
    assert told["settings"]["rule"] == "own-mean" and {"alliance", "python", "pandas"} <= set(
        told["made_with"]
    )
    text = json.dumps(told)
    assert str(made.folder.parent) not in text and str(Path.home()) + "/" not in text


def test_the_same_inputs_give_the_same_bytes(given, made, tmp_path):
    shuffled = {name: frame.sample(frac=1, random_state=5) for name, frame in given.items()}
    again = export_study(
        **shuffled,
        folder=tmp_path / "again",
        sharing=Sharing(key=KEY),
        contents=Contents(sav=True, draws=0),
    )
    assert files(again.folder) == files(made.folder)
    other = export_study(given["sessions"], tmp_path / "random", contents=Contents(draws=0))
    assert not set(other.tables["sessions"]["client"]) & set(made.tables["sessions"]["client"])
    assert "not kept" in other.text()


def test_spss_files_keep_labels_and_missing_codes(made):
    path = made.folder / "products/spss/responses.sav"
    table, meta = pyreadstat.read_sav(str(path), user_missing=True)
    assert meta.column_names_to_labels["item_1"].startswith("item_1: answer to item 1")
    assert meta.variable_value_labels["item_1"] == {-99.0: "not answered"}
    assert meta.missing_ranges["item_1"] == [{"lo": -99.0, "hi": -99.0}]
    own = made.tables["responses"]
    assert (table["item_1"] == -99).sum() == own["item_1"].isna().sum() > 0
    blank, _ = pyreadstat.read_sav(str(path))
    assert blank["item_1"].fillna(-1).tolist() == own["item_1"].astype(float).fillna(-1).tolist()
    assert blank["client"].tolist() == own["client"].tolist()
    _, meta = pyreadstat.read_sav(str(made.folder / "products/spss/histories.sav"))
    assert meta.variable_value_labels["kind"][1.0] == "uninterrupted"
    kinds, _ = pyreadstat.read_sav(
        str(made.folder / "products/spss/histories.sav"), apply_value_formats=True
    )
    assert kinds["kind"].astype(str).tolist() == made.tables["histories"]["kind"].tolist()


def test_the_checklist_counts(made):
    sessions = pd.DataFrame(
        {
            "client": ["a"] * 3 + ["b"],
            "session": [1, 2, 5, 1],
            "rater": "client",
            "total": [1.0, None, 3.0, 2.0],
        }
    )
    assert missing_scores(sessions)[["rows", "with_score", "share_missing"]].values.tolist() == [
        [4, 3, 0.25]
    ]
    row = follow_up(sessions).iloc[0]
    assert (row["clients"], row["sessions"], row["fewest"], row["most"], row["last_session"]) == (
        2,
        2,
        1,
        3,
        3,
    )
    assert row["missed"] == pytest.approx(2 / 6)
    page = (made.folder / "documentation/reporting_checklist.md").read_text()
    assert "| 14c | Follow-up time |" in page and "24 clients" in page
    html = (made.folder / "documentation/codebook.html").read_text()
    assert "answer to item 1" in html and "http" not in html.replace("http-equiv", "")


def test_a_bundle_of_tables_without_any_date_in_the_column(given, tmp_path):
    sessions = given["sessions"].drop(columns="remark").assign(date=None)
    made = export_study(
        sessions, tmp_path / "b", sharing=Sharing(key=KEY), contents=Contents(draws=0)
    )
    assert made.tables["sessions"]["day"].isna().all()


def test_missing_scores_are_counted_whatever_a_scale_is_called():
    sessions = pd.DataFrame(
        {
            "client": ["a", "a", "b", "b"],
            "session": [1, 2, 1, 1],
            "rater": ["therapist", "client", "client", "therapist"],
            "score": [1.0, None, 3.0, 2.0],
            "rows": [4.0, 2.0, 3.0, None],
        }
    )
    assert missing_scores(sessions).values.tolist() == [
        ["client", "score", 2, 1, 0.5],
        ["client", "rows", 2, 2, 0.0],
        ["therapist", "score", 2, 2, 0.0],
        ["therapist", "rows", 2, 1, 0.5],
    ]


def test_identifiers_and_dates_are_kept_only_on_request(given, tmp_path):
    kept = export_study(
        given["sessions"],
        tmp_path / "kept",
        sharing=Sharing(keep_identifiers=True, dates="keep", keep=("remark",)),
        contents=Contents(draws=0),
    )
    text = (kept.folder / "README.md").read_text()
    assert "Walburga" in next((kept.folder / "data").glob("*sessions*")).read_text()
    assert "Identifiers are those of the original data." in text and "Dates were kept" in text
    assert {"date", "remark"} <= set(kept.tables["sessions"].columns)
    assert validate(str(kept.folder / "datapackage.json")).valid


def test_harmful_texts_do_no_harm(tmp_path):
    name = "<script>alert(1)</script>|[x](y)"
    table = pd.DataFrame(
        {"client": name, "session": range(1, 8), "rater": "client", "total": 5.0, "=1": 1.0}
    )
    made = export_study(
        table,
        tmp_path / "b",
        sharing=Sharing(keep_identifiers=True),
        contents=Contents(title="<b>|T", draws=0, sav=True),
    )
    for path in made.folder.rglob("*"):
        if path.suffix in (".md", ".html"):
            assert "<script>alert" not in path.read_text() and "<b>" not in path.read_text()
    assert "'=1" in pd.read_csv(next((made.folder / "data").glob("*sessions*"))).columns
    assert validate(str(made.folder / "datapackage.json")).valid


def test_the_folder_is_whole_or_absent(given, tmp_path, monkeypatch):
    folder = tmp_path / "b"

    def fail(*arguments, **settings):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("alliance.study.export._write_pages", fail)
        with pytest.raises(AllianceError, match="No space left"):
            export_study(given["sessions"], folder, contents=Contents(draws=0))
    assert list(tmp_path.iterdir()) == []
    export_study(given["sessions"], folder, contents=Contents(draws=0))
    before = files(folder)
    with pytest.raises(AllianceError, match="exists already"):
        export_study(given["sessions"], folder, contents=Contents(draws=0))
    with monkeypatch.context() as patch:
        patch.setattr("alliance.study.export._write_pages", fail)
        with pytest.raises(AllianceError, match="No space left"):
            export_study(given["sessions"], folder, contents=Contents(draws=0), force=True)
    assert files(folder) == before
    export_study(given["sessions"], folder, contents=Contents(draws=0), force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["b"] and files(folder) != before
    if os.name == "posix":
        modes = {
            stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [folder, *folder.rglob("*.*")]
        }
        assert modes == {0}
    other = tmp_path / "papers"
    other.mkdir()
    with pytest.raises(AllianceError, match="only a bundle is replaced"):
        export_study(given["sessions"], other, contents=Contents(draws=0), force=True)


def test_the_command(given, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given["sessions"].drop(columns="date").to_csv("sessions.csv", index=False)
    given["log"].to_csv("log.csv", index=False)
    new_key("clinic.key")
    order = ["bundle", "sessions.csv", "-o", "shared", "--log", "log.csv", "--draws", "3", "--sav"]
    assert main([*order, "--key", "clinic.key"]) == 0
    out = capsys.readouterr().out
    assert "left out of sessions: remark" in out and "The bundle is here" in out
    told = json.loads((tmp_path / "shared/documentation/manifest.json").read_text())
    assert sha256("sessions.csv") not in json.dumps(told)  # whoever tried all orders would find it
    assert main(order) == 2
    assert main([*order, "--force", "--keep", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err


MARKER = "Qxzkwy"


def marked() -> dict[str, pd.DataFrame]:
    """Return the tables of a study with a marker wherever somebody could be named."""
    clients = [f"{MARKER} {n}" for n in range(30)]
    scores = [5.0, 5.1, 4.9, 5.2, 2.0, 2.2, 5.0, 5.1]
    rows = [(c, n, scores[(n + i) % 8]) for i, c in enumerate(clients) for n in range(1, 9)]
    table = pd.DataFrame(rows, columns=["client", "session", "total"])
    names = {name: f"{MARKER} {name}" for name in ("therapist", "case", "remark", "reason", "kind")}
    sessions = table.assign(
        rater=f"Dr. {MARKER}",
        **names,
        outcome=f"repaired {MARKER}",
        set_aside=f"{MARKER}: 2 of 4 answered",
        prorated=MARKER,
        instrument=f"{MARKER}-scale",
        metric="mean",
        **{
            MARKER: 3.5,
            f"{MARKER} trust": table["total"],
            f"=x {MARKER}": MARKER,
            f"{MARKER}_1": True,
        },
    )
    responses = sessions[["client", "session", "rater", "instrument"]].assign(item_1=3.0)
    log = table[["client", "session"]].head(9).assign(
        source=f"{MARKER} observer", tension=1, done=MARKER, trigger=MARKER, markers=MARKER,
        strategies=MARKER, kind=MARKER,
    )  # fmt: skip
    outcomes = table[["client", "session"]].assign(instrument=MARKER, total=7.0, note=MARKER)
    return {"sessions": sessions, "responses": responses, "log": log, "outcomes": outcomes}


def unpacked(folder):
    """Yield all bytes of a folder: names and contents of files, and of the files in archives."""
    import io
    import zipfile

    for path in sorted(folder.rglob("*")):
        yield path.relative_to(folder).as_posix().encode()
        if path.is_file():
            content = path.read_bytes()
            yield content
            if zipfile.is_zipfile(io.BytesIO(content)):
                archive = zipfile.ZipFile(io.BytesIO(content))
                yield from (archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("scale", ["total", f"{MARKER} trust"])
def test_a_marker_in_every_place_comes_out_nowhere(tmp_path, scale):
    made = export_study(
        **marked(), folder=tmp_path / "shared", scale=scale, contents=Contents(sav=True, draws=1),
        sharing=Sharing(accept=True),
    )  # fmt: skip
    for content in unpacked(made.folder):
        for written in (MARKER, MARKER.upper(), MARKER.lower()):
            assert written.encode() not in content
            assert written.encode("utf-16-le") not in content
    assert len(made.tables["sessions"]) == 240
    assert MARKER in str(made.changed) + str(made.left_out)  # the owner is told which columns


def test_names_of_files_and_labels_of_values_come_out_nowhere(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path(MARKER).mkdir()
    clients = [f"{MARKER} {n}" for n in range(30)]
    rows = [
        (c, s, i % 2, *[2 + (s + i) % 3] * 12) for i, c in enumerate(clients) for s in range(1, 7)
    ]
    export = pd.DataFrame(
        rows, columns=["client", "session", "arm", *[f"wai_sr_{i}" for i in range(1, 13)]]
    )
    given, scored = f"{MARKER}/{MARKER}.sav", f"{MARKER}/{MARKER}.csv"
    labels = {"arm": {0: f"ward of {MARKER}", 1: f"with Dr. {MARKER}"}}
    questions = {"arm": f"Who of {MARKER}?", "wai_sr_3": f"I trust {MARKER}"}
    pyreadstat.write_sav(
        export, given, file_label=MARKER, column_labels=questions, variable_value_labels=labels,
        note=f"Exported by {MARKER}",
    )  # fmt: skip
    score = ["score", given, "--instrument", "wai-sr", "--covariate", "arm", "-o", scored]
    assert main(score) == 0
    assert MARKER in Path(scored).read_text()
    made = ["bundle", scored, "-o", "shared", "--draws", "0", "--sav", "--title", "A study"]
    assert main([*made, "--items", given, "--instrument", "wai-sr", "--accept"]) == 0
    capsys.readouterr()
    contents = list(unpacked(tmp_path / "shared"))
    assert len(contents) > 20
    for content in contents:
        assert MARKER.encode() not in content and MARKER.encode("utf-16-le") not in content


def test_rare_combinations_are_refused_unless_accepted(given, tmp_path):
    sessions = given["sessions"].drop(columns=["date", "remark", "row"])
    number = pd.factorize(sessions["client"])[0]
    rare = sessions.assign(age=30 + (number == 3) * 40, arm=number % 2)
    with pytest.raises(AllianceError, match="k = 1: one client alone has the rarest"):
        export_study(rare, tmp_path / "b", contents=Contents(draws=0))
    assert not (tmp_path / "b").exists()
    made = export_study(
        rare, tmp_path / "b", contents=Contents(draws=0), sharing=Sharing(accept=True)
    )
    assert "k = 1" in (made.folder / "README.md").read_text() and "k = 1" in made.text()
    common = sessions.assign(arm=number % 2)
    assert "k = 12" in export_study(common, tmp_path / "c", contents=Contents(draws=0)).text()
    with pytest.raises(AllianceError, match="Fewer than 13"):
        export_study(common, tmp_path / "d", contents=Contents(draws=0), sharing=Sharing(k=13))


def test_the_folders_of_a_bundle_are_its_owners(made):
    if os.name == "posix":
        folders = [made.folder, *(path for path in made.folder.rglob("*") if path.is_dir())]
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
