"""Every notebook runs from top to bottom, in time, and says nothing on the side.

Notebooks 1 to 3 run on someone else's data, too, when only the marked cell is changed.
"""

import pytest

from .conftest import FOLDER, LIMIT, outputs, shown

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
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
# What the marked cell becomes, and what is then shown.
OTHERS = {
    SCORES: {
        WAI_36
        + "checked = al.check(export, **columns)\nresponses = checked.responses\nsessions = al.score(responses)": [
            "277 rows with 277 questionnaires",
            "150 clients",
        ],
        DIARY
        + "checked = 'Ready-made scores: there are no answers to check.'\nresponses = sessions = diary": [
            "cannot be judged without the answers to the items"
        ],
    },
    RUPTURES: {
        WAI_36 + "sessions = al.score(al.read(export, **columns))\nscale = 'total'": ["not judged"],
        DIARY + "sessions, scale = diary[diary['rater'] == 'woman'], 'contentment'": ["Client 2"],
    },
    REPAIR: {
        WAI_36
        + "responses = al.read(export, **columns).head(90)\nsessions, scale, log = al.score(responses), 'total', None": [
            "is not answered",
            "No rupture log.",
        ],
        DIARY
        + "sessions, scale = diary[diary['rater'] == 'woman'], 'contentment'\nresponses = log = None": [
            "contentment",
            "No rupture log.",
        ],
    },
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_top_to_bottom_and_on_other_data_when_only_the_marked_cell_changes(path, run_notebook):
    others = OTHERS.get(path.stem, {})
    (whole, *again), seconds = run_notebook(path, others)
    assert seconds < LIMIT
    for cells in (whole, *again):
        aside = [out["text"] for out in outputs(cells) if out.get("name") == "stderr"]
        assert aside == [], "warnings belong in the text, or their cause away"
    assert any(draws(cell) for cell in whole), "a notebook shows at least one figure"
    for cell in filter(draws, whole):
        pictures = [out for out in cell.outputs if "image/png" in out.get("data", {})]
        assert pictures, f"no figure appeared: {cell.source}"
        assert cell.metadata.get("mystnb", {}).get("image", {}).get("alt"), "say what it shows"
    for cells, says in zip(again, others.values(), strict=True):
        for words in says:
            assert words in shown(cells)


def draws(cell) -> bool:
    return cell.cell_type == "code" and ("al.figures." in cell.source or ".plot(" in cell.source)
