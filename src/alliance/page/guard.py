"""Guard: only the browser that was given the token may ask, from this computer and our own pages."""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What the pages may load: our own style and script, and pictures made here.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# A review or report is a file of its own with a stricter policy inside; here it may reach nothing.
DOCUMENT_POLICY = (
    "sandbox allow-scripts allow-modals; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_METHODS = {"GET", "HEAD", "POST"}


@dataclass
class Pass:
    """Who may come in."""

    port: int | None = None  # Where the server listens, once it does
    # Stands in the address that is opened; spent when it is used.
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    # Stands in the cookie that the token is turned into.
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    largest: int = 100_000_000  # Bytes that may be sent at once

    @property
    def host(self) -> str:
        """What a browser that means this server puts into Host."""
        return f"127.0.0.1:{self.port}"

    @property
    def cookie(self) -> str:
        """Name of the cookie: browsers hold one jar for all ports of an address."""
        return f"alliance-{self.port}"

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        return f"http://{self.host}/start?token={self.token}"

    def spend(self, token: str) -> bool:
        """Return whether a token is the one that was given out; it cannot be used again."""
        right = bool(self.token) and hmac.compare_digest(token.encode(), self.token.encode())
        if right:
            self.token = ""
        return right


class Guard:
    """Turns away whoever may not ask, before anything is read, and bounds what is sent."""

    def __init__(self, app: ASGIApp, *, known: Pass) -> None:
        self.app, self.known = app, known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal:
            await _refuse(refusal, 403, scope, receive, send)
        elif scope["path"] == "/start":
            await self._start(scope, receive, send)
        elif not self._is_known(headers):
            await _refuse(_NOT_KNOWN, 403, scope, receive, send)
        elif int(headers.get("content-length") or 0) > self.known.largest:
            await _drain(receive)
            await _refuse(self._too_large(), 413, scope, receive, send)
        else:
            await self._bounded(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: Headers) -> str:
        """Return why a request cannot come from our own pages; empty if it can."""
        if headers.get("host") != self.known.host:
            return "This is not the address of this page."
        if scope["method"] not in _METHODS:
            return "There is nothing here to be done so."
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "Another page asked for this."
        if scope["method"] == "POST" and headers.get("origin") != f"http://{self.known.host}":
            return "Another page sent this form."
        return ""

    def _is_known(self, headers: Headers) -> bool:
        shown = cookie_parser(headers.get("cookie", "")).get(self.known.cookie, "")
        return hmac.compare_digest(shown.encode(), self.known.secret.encode())

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = QueryParams(scope["query_string"]).get("token", "")
        if self._is_known(Headers(scope=scope)):
            answer: Any = RedirectResponse("/", 303)
        elif self.known.spend(asked):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(
                self.known.cookie, self.known.secret, httponly=True, samesite="strict", path="/"
            )
        else:
            answer = PlainTextResponse(_NOT_KNOWN, 403)
        await answer(scope, receive, _with_headers(send))

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on and count what comes, where no length was said: too much ends it."""
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message if came <= self.known.largest else {"type": "http.disconnect"}

        async def sent(message: Message) -> None:
            if came <= self.known.largest:
                await send(message)

        try:
            await self.app(scope, counted, sent)
        except ClientDisconnect:
            if came <= self.known.largest:
                raise
        if came > self.known.largest:
            await _drain(receive)
            await _refuse(self._too_large(), 413, scope, receive, send)

    def _too_large(self) -> str:
        megabytes = self.known.largest // 1_000_000
        return (
            f"The file is larger than {megabytes} MB. Go back, and choose a smaller one: export it as "
            "CSV, and leave out columns that are not needed."
        )


_NOT_KNOWN = (
    "This address was used already, or is not the one that was given out.\n"
    "Close this window, and start again: alliance open"
)


async def _refuse(why: str, status: int, scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(why, status)(scope, receive, _with_headers(send))


async def _drain(receive: Receive) -> None:
    """Take in what is sent and keep nothing: a browser shows an answer only when it has sent all."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", POLICY)
            for name, value in _HEADERS.items():
                headers[name] = value
        await send(message)

    return sent
