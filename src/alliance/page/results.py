"""Results: the review, ruptures client by client, the report and the answer, each on its page."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from alliance.explorer import Choice
from alliance.page import work
from alliance.page.arriving import PATIENCE
from alliance.page.columns import unfinished
from alliance.page.guard import DOCUMENT_POLICY
from alliance.page.jobs import DONE
from alliance.page.keep import DOWNLOADS
from alliance.page.render import course_words, desk_of, page, to
from alliance.page.visit import GAIN, READ, RESULTS, REVIEW, STUDY, Visit


def make(request: Request, visit: Visit) -> Response:
    """Begin a long step, and what it needs before."""
    what, talk = request.path_params["what"], visit.talk
    if talk is None or what not in (REVIEW, STUDY, GAIN):
        return to(visit)
    _have_read(visit)
    if not visit.is_done(READ):
        return to(visit, what)
    if what == REVIEW:
        visit.set_aside = visit.set_aside or "set_aside" in request.state.form
        language = desk_of(request).language
        visit.begin(
            what, work.clinic_review, visit.material, language, visit.set_aside, visit.synthetic
        )
    else:
        chosen = visit.chosen()
        step, table = {
            STUDY: (work.study_report, visit.material),
            GAIN: (work.gain, visit.material.sessions),
        }[what]
        visit.begin(what, step, table, chosen.rater, chosen.scale)
    visit.jobs[what].wait(PATIENCE)
    return to(visit, what)


def _have_read(visit: Visit) -> None:
    """Read the sessions, if they were not read yet, and wait for a while."""
    if visit.talk is not None and READ not in visit.jobs:
        visit.begin(READ, work.read, visit.talk)
    visit.jobs[READ].wait(60)


def see(request: Request, visit: Visit) -> Response:
    """Show a part of the results, or that it is not there yet."""
    what = request.path_params["what"]
    if what not in RESULTS or visit.talk is None or visit.talk.question is not None:
        return to(visit)
    _have_read(visit)
    if not visit.is_done(READ):
        return unfinished(request, visit, READ)
    if what == "ruptures":
        return page(request, "ruptures", visit=visit, part=what, **_shown(request, visit))
    if what == "keep":
        return page(request, "keep", visit=visit, part=what, names=sorted(DOWNLOADS))
    job = visit.jobs.get(what)
    if job is not None and job.state != DONE:
        return unfinished(request, visit, what)
    return page(request, what, visit=visit, part=what, made=None if job is None else job.value)


def _shown(request: Request, visit: Visit) -> dict[str, Any]:
    """Return what is shown for the choice in the address, in which nobody is named."""
    choice = _choice(request, visit)
    view = visit.view
    shown = view.show(choice, course_words(request))
    rule = view.rule(choice)
    clients = view.clients(choice.rater)
    return {
        "view": view,
        "choice": choice,
        "clients": clients,
        "at": clients.index(choice.client),
        "threshold": getattr(rule.rupture, "threshold", None),
        "window": rule.repair.window,
        "shown": shown,
    }


def _choice(request: Request, visit: Visit) -> Choice:
    """Return the choice that an address states by numbers and names of rules."""
    asked, view, now = request.query_params, visit.view, visit.chosen()
    rater = _at(view.raters, asked.get("rater"), now.rater)
    clients = view.clients(rater)
    client = now.client if now.client in clients else clients[0]
    rule = asked.get("rule", now.rule)
    rule = rule if rule in view.rules else now.rule
    # Another rule brings its own threshold and window.
    same = rule == now.rule
    visit.choice = replace(
        now,
        rater=rater,
        client=_at(clients, asked.get("client"), client),
        scale=_at(view.scales, asked.get("scale"), now.scale),
        rule=rule,
        threshold=_number(asked.get("threshold"), now.threshold) if same else None,
        window=int(_number(asked.get("window"), now.window or 0) or 0) or None if same else None,
    )
    return visit.choice


def _at(names: Sequence[str], number: str | None, otherwise: str) -> str:
    inside = number is not None and number.isdigit() and int(number) < len(names)
    return str(names[int(number or 0)]) if inside else otherwise


def _number(text: str | None, otherwise: float | None) -> float | None:
    with suppress(ValueError):
        value = float(str(text).replace(",", "."))
        return value if 0 < value < 1000 else otherwise
    return otherwise


def chart(request: Request, visit: Visit) -> Response:
    """Return the part of the page that follows the controls."""
    if not visit.is_done(READ):
        return to(visit, "ruptures")
    return page(request, "chart", visit=visit, **_shown(request, visit))


def chance(request: Request, visit: Visit) -> Response:
    """Show what the same rule finds in noise."""
    if not visit.is_done(READ):
        return to(visit, "ruptures")
    said = visit.view.chance(_choice(request, visit), course_words(request))
    return page(request, "chance", visit=visit, part="ruptures", said=said)


def document(request: Request, visit: Visit) -> Response:
    """Give the review or the report itself, which may reach nothing."""
    what = request.path_params["what"]
    if what not in (REVIEW, STUDY) or not visit.is_done(what):
        return to(visit)
    text = DOWNLOADS[f"{what}.html"](visit)
    return HTMLResponse(text, headers={"Content-Security-Policy": DOCUMENT_POLICY})
