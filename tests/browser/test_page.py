"""The page in a browser: from the drop to the answer, in light and dark, without a terminal.

Set ALLIANCE_SCREENSHOTS to a folder to keep what was seen, as in docs/screenshots.
"""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from exports import google_forms, redcap_labels, titled_workbook
from in_chromium import keep, only_when_asked, serious

only_when_asked("starts servers")
CASES = Path(__file__).parents[1] / "cases" / "clinic"
WRITTEN = {
    "forms.csv": google_forms,
    "redcap.csv": redcap_labels,
    "titled.xlsx": titled_workbook,
}
PATIENCE = 180_000
DROP = """([name, content]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  data.items.add(new File([bytes], name));
  return data;
}"""
# Everything that is reached by Tab, and what has the focus now with the line drawn round it.
REACHED = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')];
  return all.filter((e) => e.checkVisibility() && e.type !== 'hidden').length;
}"""
BEYOND = """() => {
  const wide = (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll');
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll('main *, header *')].filter(wide).map((e) => e.outerHTML.slice(0, 99));
}"""
FOCUS = """() => {
  const all = [...document.querySelectorAll('*')], now = document.activeElement;
  const style = getComputedStyle(now);
  const line = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return [all.indexOf(now), now.tagName, line];
}"""


@pytest.fixture
def address(tmp_path):
    """The address of a page of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "alliance", "open", "--no-browser"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    lines = iter(process.stdout.readline, "")
    yield next(line.strip() for line in lines if line.startswith("http"))
    process.terminate()
    process.wait(30)
    process.stdout.close()
    assert list(tmp_path.glob("alliance-*/.page.*")) == []


@pytest.fixture
def opened(chromium, address):
    """Return a way to open the page: what it asked elsewhere and complained of is kept and held."""
    contexts, seen = [], []
    host = address.split("/start")[0]

    def watched(page):
        page.set_default_timeout(PATIENCE)
        page.on(
            "request", lambda r: None if r.url.startswith((host, "data:")) else seen.append(r.url)
        )
        page.on(
            "console", lambda m: seen.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: seen.append(str(error)))
        return page

    def one(**settings):
        settings = {"viewport": {"width": 1000, "height": 760}, **settings}
        contexts.append(chromium.new_context(**settings))
        page = watched(contexts[-1].new_page())
        page.goto(address)
        return page

    yield one
    for context in contexts:
        context.close()
    assert seen == []


def sound(page):
    """Hold that the page is accessible and fits its window."""
    assert serious(page) == []
    assert page.evaluate(BEYOND) == []


def drop(page, path):
    """Let a file fall into the frame."""
    content = base64.b64encode(path.read_bytes()).decode()
    data = page.evaluate_handle(DROP, [path.name, content])
    with page.expect_navigation():
        page.locator("form.drop").dispatch_event("drop", {"dataTransfer": data})


def settle(page, wanted):
    """Answer each question: with the first of the wanted words that is offered, else the likely one."""
    asked = 0
    while page.locator("fieldset input[name=choice]").count():
        for word in wanted:
            option = page.locator("label", has_text=word).locator("input[type=radio]")
            if option.count():
                option.first.check()
                break
        asked += 1
        sound(page)
        yield asked
        page.get_by_role("button", name="Next").click()


def review_of(page, make="make the review"):
    """Make the review from what was found, and wait until it stands there."""
    page.get_by_role("button", name=make).click()
    page.frame_locator("iframe").locator("h1").wait_for()


def walk(page):
    """Go round the page by Tab alone: everything is reached in order, with a line round it."""
    places = []
    for _ in range(page.evaluate(REACHED) + 1):
        page.keyboard.press("Tab")
        place, tag, line = page.evaluate(FOCUS)
        if tag == "BODY" or place in places:
            continue
        assert line, page.evaluate("document.activeElement.outerHTML")
        places.append(place)
    first = places.index(min(places))
    assert places[first:] + places[:first] == sorted(places)
    assert len(places) == page.evaluate(REACHED)


def press(page, role, name):
    """Go on by keyboard alone."""
    page.get_by_role(role, name=name).first.focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_step_of_the_synthetic_clinic_by_keyboard(opened, scheme):
    page = opened(color_scheme=scheme)
    sound(page)
    keep(page, f"page_start_{scheme}")
    walk(page)
    press(page, "button", "Try the synthetic clinic")
    page.get_by_role("heading", name="What was found in the file").wait_for()
    sound(page)
    keep(page, f"page_found_{scheme}")
    walk(page)
    press(page, "button", "make the review")
    page.frame_locator("iframe").locator("h1").wait_for()
    sound(page)
    keep(page, f"page_review_{scheme}")
    press(page, "link", "Ruptures, client by client")
    chart = page.locator("#chart svg")
    before = chart.inner_html()
    page.locator("#threshold").focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "before => document.querySelector('#chart svg').innerHTML !== before", arg=before
    )
    sound(page)
    keep(page, f"page_ruptures_{scheme}")
    walk(page)
    press(page, "link", "What chance alone would show")
    page.get_by_role("heading", name="What chance alone would show").wait_for()
    sound(page)
    keep(page, f"page_chance_{scheme}")
    press(page, "link", "Keep and go on")
    with page.expect_download() as saved:
        press(page, "link", "steps.ipynb")
    assert saved.value.suggested_filename == "steps.ipynb"
    sound(page)
    keep(page, f"page_keep_{scheme}")
    walk(page)
    press(page, "button", "Finish and wipe")
    page.get_by_role("heading", name="Finished").wait_for()


@pytest.mark.parametrize(
    ("name", "wanted", "questions"),
    [
        ("skipped_sessions.csv", (), 0),
        ("totals_dates_only.csv", ("Session Rating Scale, version 3.0",), 2),
        ("forms.csv", ("wai-sr", "Register"), 3),
        ("german_srs.csv", (), 0),
        ("redcap.csv", ("phq-9",), 1),
        ("titled.xlsx", ("sheets joined",), 1),
    ],
)
def test_from_the_drop_to_the_review(opened, tmp_path, name, wanted, questions):
    page = opened()
    drop(page, WRITTEN[name](tmp_path) if name in WRITTEN else CASES / name)
    asked = 0
    for asked in settle(page, wanted):
        keep(page, f"page_question_{Path(name).stem}_{asked}")
    assert asked == questions
    if name == "redcap.csv":
        keep(page, "page_found_symptoms")
        page.get_by_label("Questionnaire", exact=True).select_option("wai-sr")
        page.get_by_role("button", name="Take over changes").click()
        page.get_by_text("60 questionnaires can be read").wait_for()
    sound(page)
    keep(page, f"page_found_{Path(name).stem}")
    review_of(page)
    sound(page)
    keep(page, f"page_review_{Path(name).stem}")


def test_the_answer_the_report_and_the_steps_that_are_saved(opened, tiny_files, tmp_path):
    page = opened()
    drop(page, tiny_files / "responses.csv")
    page.get_by_role("link", name="Ruptures, client by client").click()
    page.get_by_role("link", name="Does repair leave it stronger?").click()
    sound(page)
    # The first time it is stopped.
    page.get_by_role("button", name="Look for the answer").click()
    page.locator("progress").wait_for()
    page.get_by_text("seconds so far").wait_for()
    sound(page)
    keep(page, "page_progress")
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("The step was stopped.").wait_for()
    sound(page)
    page.get_by_role("button", name="Try it again").click()
    figure = page.locator("figure img")
    figure.wait_for()
    assert figure.evaluate("image => image.naturalWidth") > 200
    page.get_by_text("As it would stand in a paper").click()
    sound(page)
    keep(page, "page_gain")
    answer = page.locator("details [lang=en] p").first.inner_text()
    page.get_by_role("link", name="Study report").click()
    page.get_by_role("button", name="Make the report").click()
    report = page.frame_locator("iframe")
    report.locator("h1").wait_for()
    assert answer in " ".join(report.locator("body").inner_text().split())
    sound(page)
    keep(page, "page_study")
    page.get_by_role("link", name="Keep and go on").click()
    saved = _saved(page, tmp_path, ("ruptures.csv", "steps.py", "steps.ipynb", "study.html"))
    page_ruptures = saved["ruptures.csv"].read_text()
    (tmp_path / "responses.csv").write_bytes((tiny_files / "responses.csv").read_bytes())
    notebook = "jupyter nbconvert --to notebook --execute --output done.ipynb steps.ipynb"
    for command in (["steps.py"], ["-m", *notebook.split()]):
        saved["ruptures.csv"].unlink()
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, text=True, capture_output=True, check=True
        )
        said = done.stdout if command == ["steps.py"] else (tmp_path / "done.ipynb").read_text()
        assert answer in " ".join(said.replace("\\n", " ").split())
        assert saved["ruptures.csv"].read_text() == page_ruptures


def _saved(page, folder, names):
    files = {}
    for name in names:
        with page.expect_download() as saved:
            page.get_by_role("link", name=name, exact=True).click()
        files[name] = folder / name
        saved.value.save_as(files[name])
    return files


def test_without_javascript_from_the_file_to_the_review(opened, tmp_path):
    page = opened(java_script_enabled=False)
    page.locator("#file").set_input_files(google_forms(tmp_path))
    page.get_by_role("button", name="Read the file").click()
    for word in ("wai-sr", "these", "Register"):
        page.locator("label", has_text=word).locator("input[type=radio]").first.check()
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="make the review").click()
    page.get_by_role("link", name="Open the review").wait_for()
    page.get_by_role("link", name="Ruptures, client by client").click()
    page.locator("#chart svg").wait_for()
    page.locator("#client").select_option(index=2)
    page.get_by_role("button", name="Show").click()
    assert page.locator("#client").input_value() == "2"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_twice_the_size_and_in_german(opened, scheme):
    # What a browser does at 200 %: half the width, each point drawn as two by two.
    half = {"width": 500, "height": 380}
    page = opened(viewport=half, device_scale_factor=2, color_scheme=scheme, locale="de")
    sound(page)
    drop(page, CASES / "german_srs.csv")
    page.get_by_role("heading", name="Was in der Datei gefunden wurde").wait_for()
    sound(page)
    keep(page, f"page_large_found_{scheme}")
    review_of(page, "Fallübersicht erstellen")
    sound(page)
    page.get_by_role("link", name="Brüche im Einzelnen").click()
    page.locator("#chart svg").wait_for()
    sound(page)
    for each in page.get_by_role("button").all() + page.get_by_role("combobox").all():
        box = each.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= 500)
    page.locator("#chart").scroll_into_view_if_needed()
    keep(page, f"page_large_ruptures_{scheme}")
