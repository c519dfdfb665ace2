"""The page as a browser would ask for it, without a network; long steps are done at once."""

import asyncio
import re
from pathlib import Path

import httpx

from alliance.page.jobs import _outcome
from alliance.page.server import make_app

CASES = Path(__file__).parents[1] / "cases"
HOST = "http://127.0.0.1:5555"


class Done:
    """A job that is done where it is begun."""

    progress, seconds = None, 0.0

    def __init__(self, function, *arguments, seconds=0):
        self.state, given = _outcome(function, arguments)
        self.value, self.message = (given, "") if self.state == "done" else (None, given)

    def wait(self, seconds):
        return True

    def stop(self):
        pass


class Browser:
    """Asks one page after the other, with cookies, and keeps every address and title it saw."""

    def __init__(self, desk):
        self.desk, self.seen = desk, []
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=make_app(desk)), base_url=HOST, follow_redirects=True
        )

    def ask(self, method, address, **more):
        headers = {"origin": HOST} if method == "POST" else {}
        headers |= more.pop("headers", {})
        answer = asyncio.run(self.client.request(method, address, headers=headers, **more))
        title = re.search(r"<title>(.*?)</title>", answer.text)
        places = [str(each.url) for each in (*answer.history, answer)]
        self.seen += [*places, title[1] if title else ""]
        return answer

    def get(self, address, **more):
        return self.ask("GET", address, **more)

    def post(self, address, data=None, **more):
        return self.ask("POST", address, data=data or {}, **more)

    def enter(self):
        """Use the token, as the browser does that is opened."""
        return self.get("/start", params={"token": self.desk.known.token})

    def drop(self, path, name=None, **more):
        """Upload a file and return its visit."""
        files = {"file": (name or path.name, path.read_bytes()), **more}
        self.answer = self.post("/file", files=files)
        return list(self.desk.visits.values())[-1]
