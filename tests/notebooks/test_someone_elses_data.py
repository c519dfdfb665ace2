"""Notebooks 1 to 3 run on someone else's data when only the marked cell is changed."""

import pytest

from .conftest import FOLDER, outputs, shown

SCORES = "01_from_an_export_to_scores"
RUPTURES = "02_finding_ruptures_and_repairs"
REPAIR = "03_do_repaired_ruptures_predict_stronger_alliances"

WAI_36 = """
export = "../data/wai36_simulated_patients/wai_answers.csv"  # language-model patients, not people
columns = {"instrument": "wai-36", "client": "pairing_id", "session": "session_id"}
"""
DIARY = """
# daily contentment of couples, not an alliance
diary = al.read_scores(
    "../data/couples_diary/diary.csv", client="ID", session="DIARYDAY",
    scores={"contentment": "{rater}_Con."}, raters={"W": "woman", "M": "man"},
)
diary = diary[diary["client"].isin(diary["client"].unique()[:21]) & (diary["session"] < 7)]
diary["session"] += 1
"""
CELLS = {
    ("wai36", SCORES): WAI_36
    + "checked = al.check(export, **columns)\nresponses = checked.responses\nsessions = al.score(responses)",
    ("wai36", RUPTURES): WAI_36
    + "sessions = al.score(al.read(export, **columns))\nscale = 'total'",
    ("wai36", REPAIR): WAI_36
    + "responses = al.read(export, **columns).head(90)\nsessions, scale, log = al.score(responses), 'total', None",
    ("diary", SCORES): DIARY
    + "checked = 'Ready-made scores: there are no answers to check.'\nresponses = sessions = diary",
    ("diary", RUPTURES): DIARY
    + "sessions, scale = diary[diary['rater'] == 'woman'], 'contentment'",
    ("diary", REPAIR): DIARY
    + "sessions, scale = diary[diary['rater'] == 'woman'], 'contentment'\nresponses = log = None",
}
SAYS = {
    ("wai36", SCORES): ["277 rows hold 277 questionnaires", "150 clients"],
    ("wai36", RUPTURES): ["not judged"],
    ("wai36", REPAIR): ["is not answered", "No rupture log."],
    ("diary", SCORES): ["cannot be judged without the answers to the items"],
    ("diary", RUPTURES): ["Client 2"],
    ("diary", REPAIR): ["contentment", "No rupture log."],
}


@pytest.mark.parametrize(("data", "name"), CELLS, ids=lambda value: value[:5])
def test_only_the_marked_cell_changes(data, name, run_notebook):
    ran = run_notebook(FOLDER / f"{name}.ipynb", own_data=CELLS[data, name])
    aside = [out["text"] for out in outputs(ran) if out.get("name") == "stderr"]
    assert aside == []
    for words in SAYS[data, name]:
        assert words in shown(ran)
