"""A visitor without a browser: opens the lesson and waits until its kernel answers."""

import gzip
import http.client
import json
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from threading import Barrier

import websocket

from .servers import HOST, Server

SECONDS_TO_ANSWER = 180
KERNEL_ID = re.compile(r'(?:"kernelId":\s*|data-kernel-id=)"([^"]+)"')


class VisitFailed(Exception):
    """The lesson did not open, or its kernel did not answer."""


@dataclass(frozen=True)
class Visit:
    """An open lesson. `seconds` from the request to the kernel's answer; `ended` by time.perf_counter()."""

    server: Server
    kernel_id: str
    cookies: dict[str, str]
    line: websocket.WebSocket
    seconds: float
    ended: float

    def widgets(self) -> int:
        """How many widget models live in the kernel: the lesson has run there, and not only the kernel."""
        return len(_ask(self.line, "comm_info_request", {})["comms"])

    def close(self) -> None:
        """Leave, as the page does."""
        self.line.close()
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=SECONDS_TO_ANSWER)
        headers = {"Cookie": _cookie_header(self.cookies), "X-XSRFToken": self.cookies.get("_xsrf", "")}
        try:
            connection.request("POST", f"/voila/api/shutdown/{self.kernel_id}", headers=headers)
            connection.getresponse().read()
        finally:
            connection.close()


@dataclass(frozen=True)
class Burst:
    """Visits begun at the same moment. `wall`: seconds until the last of them was answered."""

    visits: list[Visit]
    failures: list[str]
    wall: float


def open_lesson(server: Server) -> Visit:
    """Get the page, complete, then a kernel_info_reply. Raises VisitFailed."""
    began = time.perf_counter()
    try:
        cookies, page = _get(server)
        found = KERNEL_ID.search(page)
        if found is None:
            raise VisitFailed("no kernel in the page")
        line = websocket.create_connection(
            f"ws://{HOST}:{server.port}/api/kernels/{found[1]}/channels?session_id={uuid.uuid4().hex}",
            cookie=_cookie_header(cookies),
            origin=server.url,
            timeout=SECONDS_TO_ANSWER,
        )
        _ask(line, "kernel_info_request", {})
    except (OSError, http.client.HTTPException, websocket.WebSocketException) as error:
        raise VisitFailed(f"{type(error).__name__}: {error}") from error
    ended = time.perf_counter()
    return Visit(server, found[1], cookies, line, ended - began, ended)


@contextmanager
def visits_at_once(server: Server, number: int) -> Iterator[Burst]:
    """Open the lesson `number` times at the same moment; all are left again at the end."""
    start = Barrier(number + 1)

    def visit() -> Visit | str:
        start.wait()
        try:
            return open_lesson(server)
        except VisitFailed as error:
            return str(error)

    with ThreadPoolExecutor(max_workers=number) as pool:
        answers = [pool.submit(visit) for _ in range(number)]
        start.wait()
        began = time.perf_counter()
        outcomes = [answer.result() for answer in answers]
        visits = [outcome for outcome in outcomes if isinstance(outcome, Visit)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, str)]
        wall = max((visit.ended for visit in visits), default=began) - began
        try:
            yield Burst(visits, failures, wall)
        finally:
            list(pool.map(Visit.close, visits))


def warm_up(server: Server) -> int:
    """Open the lesson once, untimed: a server's first page also loads code. Returns the widgets it has."""
    visit = open_lesson(server)
    try:
        return visit.widgets()
    finally:
        visit.close()


def _get(server: Server) -> tuple[dict[str, str], str]:
    """The lesson's page: its cookies and its text."""
    end = time.monotonic() + SECONDS_TO_ANSWER
    connection = http.client.HTTPConnection(HOST, server.port, timeout=SECONDS_TO_ANSWER)
    try:
        connection.request("GET", server.lesson, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = b""
        while piece := answer.read1():
            body += piece
            if time.monotonic() > end:
                raise VisitFailed(f"the page was not complete after {SECONDS_TO_ANSWER} s")
    finally:
        connection.close()
    if answer.status != 200:
        raise VisitFailed(f"HTTP {answer.status}")
    if answer.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    cookies = SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie", []):
        cookies.load(header)
    return {name: morsel.value for name, morsel in cookies.items()}, body.decode()


def _ask(line: websocket.WebSocket, request: str, content: dict) -> dict:
    """Ask the kernel and wait for its reply's content. Raises VisitFailed."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": request,
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
        "date": "2026-11-24T00:00:00Z",
    }
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    line.send(json.dumps(message | {"buffers": []}))
    end = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < end:
        heard = line.recv()
        if not isinstance(heard, str):
            continue  # a message with buffers answers none of these requests
        reply = json.loads(heard)
        if reply["parent_header"].get("msg_id") == header["msg_id"] and reply["msg_type"].endswith("_reply"):
            if reply["content"].get("status") != "ok":
                raise VisitFailed(f"the kernel refused {request}")
            return reply["content"]
    raise VisitFailed(f"no reply to {request} after {SECONDS_TO_ANSWER} s")


def _cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
