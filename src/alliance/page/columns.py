"""Columns: from the file to what it holds: questions, answers, problems, what is at work."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from alliance.errors import AllianceError
from alliance.files import write_text
from alliance.instruments import instruments
from alliance.intake import Conversation
from alliance.intake.problems import Question
from alliance.page import asking, work
from alliance.page.arriving import PATIENCE
from alliance.page.jobs import RUNNING, SAID, STOPPED
from alliance.page.render import message, page, to, words_of
from alliance.page.visit import GAIN, OPEN, RESULTS, REVIEW, STUDY, Visit


def now(request: Request, visit: Visit) -> Response:
    """Show where a file stands: at work, a question, what was found, or what went wrong."""
    talk = visit.talk
    if talk is None:
        return unfinished(request, visit, OPEN)
    if talk.question is not None:
        return _asked(request, visit, talk, talk.question)
    measure = instruments().get(_role(talk, "instrument"))
    serious = [problem for problem in talk.problems if problem.serious]
    return page(
        request,
        "found",
        visit=visit,
        talk=talk,
        blocking=[p for p in serious if p.kind in work.WHOLE_FILE],
        serious=[p for p in serious if p.kind not in work.WHOLE_FILE],
        notes=[problem for problem in talk.problems if not problem.serious],
        roles=[(name, _role(talk, name)) for name in asking.ROLES],
        columns=asking.columns_of(talk),
        known=instruments(),
        outcome=measure is not None and measure.kind != "alliance",
    )


def _asked(
    request: Request, visit: Visit, talk: Conversation, question: Question, wrong: str = ""
) -> Response:
    """Ask a question, and say what was wrong with the last answer."""
    form, status = asking.form_of(talk, question, words_of(request)), 422 if wrong else 200
    return page(request, "question", status, visit=visit, talk=talk, form=form, wrong=wrong)


def _role(talk: Conversation, name: str) -> str:
    """Return the column that has a role, or the questionnaire by its key."""
    known = getattr(talk.understood, name) or ""
    if name == "instrument" and known and known not in instruments():
        # An alias that says which of the totals in use is meant.
        return next((key for key, each in instruments().items() if known in each.aliases), known)
    return str(known)


def unfinished(request: Request, visit: Visit, what: str) -> Response:
    """Show that a step is still at work, or say why it gave nothing and what to click."""
    job, words = visit.jobs[what], words_of(request)
    if job.state == RUNNING:
        return page(request, "progress", visit=visit, what=what, job=job)
    again = what if what in (REVIEW, STUDY, GAIN) else ""
    if job.state == STOPPED:
        return message(request, words("error.stopped"), 200, visit, again=again)
    says = job.message if job.state == SAID else words("error.ours", kind=job.message or "?")
    # A review is refused where much is lost; it can be made from the rest, knowingly.
    lost = what == REVIEW and "--set-aside" in job.message
    return message(request, says, 422, visit, lost=lost, again=again)


def progress(request: Request, visit: Visit) -> Response:
    """Say how far the step at work is."""
    if visit.at_work is None:
        return JSONResponse({"running": False})
    job = visit.jobs[visit.at_work]
    _, done, total = job.progress or ("", 0, 0)
    return JSONResponse(
        {"running": True, "seconds": round(job.seconds), "done": done, "total": total}
    )


def answer(request: Request, visit: Visit) -> Response:
    """Take an answer to the question that was shown."""
    form, talk = request.state.form, visit.talk
    question = None if talk is None else talk.question
    # What was asked is sent along: an answer from an older window is not taken for another's.
    if talk is None or question is None or form.get("asked") != asking.mark(question):
        return to(visit)
    choice, own = str(form.get("choice", "")), str(form.get("own", ""))
    try:
        visit.say(asking.answered(talk, question, choice, own))
    except AllianceError as error:
        return _asked(request, visit, talk, question, wrong=str(error))
    return to(visit)


def roles(request: Request, visit: Visit) -> Response:
    """Take what columns are said to be, where it differs from what was understood."""
    form, talk = request.state.form, visit.talk
    if talk is None:
        return to(visit)
    said = {name: str(form.get(name, "")) for name in asking.ROLES}
    said = {k: v for k, v in said.items() if v and v != _role(talk, k)}
    if said:
        visit.say(talk.state(**said))
    return to(visit)


def back(request: Request, visit: Visit) -> Response:
    """Take the last answer back."""
    visit.back()
    return to(visit)


def anew(request: Request, visit: Visit) -> Response:
    """Read the file again, without what was remembered."""
    visit.open(anew=True)
    visit.jobs[OPEN].wait(PATIENCE)
    return to(visit)


def stop(request: Request, visit: Visit) -> Response:
    """Stop what is at work."""
    what = visit.at_work
    visit.stop_all()
    return to(visit, what if what in RESULTS else "")


def remember(request: Request, visit: Visit) -> Response:
    """Write the answers about the columns beside the file."""
    if visit.talk is not None and visit.mapping_beside is not None:
        write_text(visit.talk.understood.to_toml(), visit.mapping_beside, force=True)
        visit.known = visit.mapping_beside
    return to(visit, str(request.state.form.get("then", "keep")))
