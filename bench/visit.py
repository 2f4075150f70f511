"""A visitor without a browser: opens the lesson and waits until its kernel answers.

The visitors of a burst share the cores with the server that they measure, so this is one thread on asyncio's
plain streams, the same for every server: a GET, a websocket, one message of Jupyter's protocol.
"""

import asyncio
import http.client
import io
import json
import re
import time
import uuid
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie

from .servers import HOST, Server

SECONDS_TO_ANSWER = 120
SECONDS_TO_LEAVE = 20
KERNEL_ID = re.compile(rb'(?:"kernelId":\s*|data-kernel-id=)"([^"]+)"')
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10  # opcodes of websocket frames


class VisitFailed(Exception):
    """The lesson did not open, or its kernel did not answer."""


class Line:
    """A websocket to a kernel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer
        self._asked = b""
        self._reply: asyncio.Future | None = None
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def to(cls, server: Server, kernel_id: str, cookies: dict[str, str]) -> "Line":
        reader, writer = await _connect(server)
        path = f"/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
        handshake = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": b64encode(uuid.uuid4().bytes).decode(),
            "Origin": server.url,
            "Cookie": _cookie_header(cookies),
        }
        writer.write(_request("GET", path, server, handshake))
        status = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]
        if b" 101 " not in status:
            raise VisitFailed(status.decode())
        return cls(reader, writer)

    async def ask(self, request: str) -> dict:
        """Ask the kernel, and wait for its reply's content. Raises VisitFailed."""
        if self._listening.done():
            raise VisitFailed("the line is cut")
        asked = uuid.uuid4().hex
        self._asked, self._reply = asked.encode(), asyncio.get_running_loop().create_future()
        header = {
            "msg_id": asked,
            "msg_type": request,
            "username": "",
            "session": uuid.uuid4().hex,
            "version": "5.3",
            "date": "2026-11-24T00:00:00Z",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "channel": "shell"}
        self._send(TEXT, json.dumps(message | {"buffers": []}).encode())
        reply = await self._reply
        if reply["content"].get("status") != "ok":
            raise VisitFailed(f"the kernel refused {request}")
        return reply["content"]

    def close(self) -> None:
        self._listening.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        """Hear the reply that is waited for; answer pings, or the server takes us for gone after a while."""
        try:
            while True:
                opcode, heard = await self._message()
                if opcode == PING:
                    self._send(PONG, heard)
                elif opcode == CLOSE:
                    raise EOFError
                elif opcode == TEXT and self._asked and self._asked in heard:
                    reply = json.loads(heard)
                    if reply["msg_type"].endswith("_reply") and not self._reply.done():
                        self._reply.set_result(reply)
        except (OSError, EOFError):
            if self._reply is not None and not self._reply.done():
                self._reply.set_exception(VisitFailed("the line was cut"))

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        # A mask of zeros changes nothing, which saves the work of masking.
        self._writer.write(bytes([0x80 | opcode]) + length + bytes(4) + payload)

    async def _message(self) -> tuple[int, bytes]:
        """The next message, put together, or a control frame."""
        parts, kind = [], None
        while True:
            first, size = await self._reader.readexactly(2)
            if size >= 126:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
            payload = await self._reader.readexactly(size)
            opcode = first & 0x0F
            if opcode >= 8:
                return opcode, payload
            parts.append(payload)
            kind = kind or opcode
            if first & 0x80:
                return kind, b"".join(parts)


@dataclass(frozen=True)
class Visit:
    """An open lesson. `seconds` from the request to the kernel's answer; `ended` by time.perf_counter()."""

    server: Server
    kernel_id: str
    cookies: dict[str, str]
    line: Line
    seconds: float
    ended: float

    async def widgets(self) -> int:
        """How many widget models live in the kernel: the lesson has run there, and not only the kernel."""
        return len((await self.line.ask("comm_info_request"))["comms"])

    async def answers(self) -> bool:
        """Whether the kernel still answers."""
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                await self.line.ask("kernel_info_request")
            return True
        except (OSError, EOFError, VisitFailed):
            return False

    async def close(self) -> None:
        """Leave, as the page does."""
        self.line.close()
        headers = {"Cookie": _cookie_header(self.cookies), "X-XSRFToken": self.cookies.get("_xsrf", "")}
        path = f"/voila/api/shutdown/{self.kernel_id}"
        await _answer(self.server, _request("POST", path, self.server, headers | {"Content-Length": "0"}))


@dataclass(frozen=True)
class Burst:
    """Visits begun at the same moment. `wall`: seconds until the last of them was answered."""

    visits: list[Visit]
    failures: list[str]
    wall: float


async def open_lesson(server: Server) -> Visit:
    """Get the page, complete, then a kernel_info_reply. Raises VisitFailed."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            cookies, page = await _page(server)
            found = KERNEL_ID.search(page)
            if found is None:
                raise VisitFailed("no kernel in the page")
            kernel_id = found[1].decode()
            line = await Line.to(server, kernel_id, cookies)
            await line.ask("kernel_info_request")
    except TimeoutError as error:
        raise VisitFailed(f"not answered after {SECONDS_TO_ANSWER} s") from error
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise VisitFailed(f"{type(error).__name__}: {error}") from error
    ended = time.perf_counter()
    return Visit(server, kernel_id, cookies, line, ended - began, ended)


async def open_at_once(server: Server, number: int) -> Burst:
    """Open the lesson `number` times at the same moment. Whoever asks closes the visits."""
    began = time.perf_counter()
    opened = await asyncio.gather(*(open_lesson(server) for _ in range(number)), return_exceptions=True)
    visits = [one for one in opened if isinstance(one, Visit)]
    failures = [one for one in opened if not isinstance(one, Visit)]
    for failure in failures:
        if not isinstance(failure, VisitFailed):
            raise failure
    wall = max((visit.ended for visit in visits), default=began) - began
    return Burst(visits, [str(failure) for failure in failures], wall)


async def close_all(visits: list[Visit]) -> None:
    """Leave; a server that has ceased to answer is not waited for."""
    leaving = (asyncio.wait_for(visit.close(), SECONDS_TO_LEAVE) for visit in visits)
    await asyncio.gather(*leaving, return_exceptions=True)


@asynccontextmanager
async def visits_at_once(server: Server, number: int) -> AsyncIterator[Burst]:
    """Open the lesson `number` times at the same moment; all are left again at the end."""
    burst = await open_at_once(server, number)
    try:
        yield burst
    finally:
        await close_all(burst.visits)


async def warm_up(server: Server) -> int:
    """Open the lesson once, untimed, as a server's first page also loads code, and wait until the server has
    nothing more to prepare. Returns the widgets of the lesson."""
    visit = await open_lesson(server)
    try:
        widgets = await visit.widgets()
    finally:
        await visit.close()
    server.wait_until_idle()
    return widgets


async def _page(server: Server) -> tuple[dict[str, str], bytes]:
    """The lesson's page: its cookies and its text."""
    request = _request("GET", server.lesson, server, {"Accept-Encoding": "gzip", "Accept": "text/html"})
    answer, body = await _answer(server, request)
    if answer.status != 200:
        raise VisitFailed(f"HTTP {answer.status}")
    if answer.getheader("Content-Encoding") == "gzip":
        body = zlib.decompress(body, wbits=31)
    cookies = SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie", []):
        cookies.load(header)
    return {name: morsel.value for name, morsel in cookies.items()}, body


async def _answer(server: Server, request: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    """The complete answer; what it says is read by Python's own HTTP client."""
    reader, writer = await _connect(server)
    writer.write(request)
    try:
        received = await reader.read()
    finally:
        writer.close()
    answer = http.client.HTTPResponse(_Received(received))
    answer.begin()
    return answer, answer.read()


class _Received:
    """What HTTPResponse wants of a socket."""

    def __init__(self, received: bytes):
        self._received = received

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._received)


async def _connect(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(HOST, server.port, limit=2**22)


def _request(method: str, path: str, server: Server, headers: dict[str, str]) -> bytes:
    all_headers = {"Host": f"{HOST}:{server.port}", "Connection": "close"} | headers
    lines = (f"{name}: {value}" for name, value in all_headers.items())
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


def _cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
