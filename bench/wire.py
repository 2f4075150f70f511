"""HTTP and websockets on plain asyncio streams, for visitors who share the cores with what they measure."""

import asyncio
import http.client
import io
import json
import uuid
import zlib
from base64 import b64encode
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from .servers import HOST, Server

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10  # opcodes of websocket frames


class VisitFailed(Exception):
    """A page did not come, or a kernel did not answer."""


class Browser:
    """What a browser is to a server: its cookies. Asks for each page on a connection of its own."""

    def __init__(self, server: Server):
        self.server = server
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        return await self._ask("GET", path)

    async def post_form(self, path: str, **fields: str) -> tuple[http.client.HTTPResponse, bytes]:
        body = urlencode(fields | {"_xsrf": self.cookies.get("_xsrf", "")}).encode()
        return await self._ask("POST", path, body, "application/x-www-form-urlencoded")

    async def post_json(self, path: str, **values: object) -> tuple[http.client.HTTPResponse, bytes]:
        return await self._ask("POST", path, json.dumps(values).encode(), "application/json")

    async def _ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The complete answer; what it says is read by Python's own HTTP client. Raises VisitFailed."""
        headers = self.headers() | {"Connection": "close", "Accept-Encoding": "gzip"}
        if body is not None:
            headers |= {"Content-Type": kind, "Content-Length": str(len(body))}
            headers |= {"X-XSRFToken": self.cookies.get("_xsrf", "")}
        try:
            reader, writer = await _connect(self.server)
            writer.write(_request(method, path, headers) + (body or b""))
            try:
                received = await reader.read()
            finally:
                writer.close()
            answer = http.client.HTTPResponse(_Received(received))
            answer.begin()
            text = answer.read()
        except (OSError, EOFError, http.client.HTTPException) as error:
            raise VisitFailed(f"{type(error).__name__}: {error}") from error
        cookies = SimpleCookie()
        for header in answer.headers.get_all("Set-Cookie", []):
            cookies.load(header)
        self.cookies |= {name: morsel.value for name, morsel in cookies.items()}
        if answer.getheader("Content-Encoding") == "gzip":
            text = zlib.decompress(text, wbits=31)
        return answer, text

    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": f"{HOST}:{self.server.port}", "Accept": "text/html"} | (
            {"Cookie": cookies} if cookies else {}
        )


class Line:
    """A websocket to a kernel. `heard` is told the content of each message between widgets and page."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        heard: Callable[[dict], None] | None,
    ):
        self._reader, self._writer = reader, writer
        self._heard = heard
        self._session = uuid.uuid4().hex
        self._asked = b""
        self._reply: asyncio.Future | None = None
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def to(
        cls, browser: Browser, kernel_id: str, heard: Callable[[dict], None] | None = None
    ) -> "Line":
        """Raises VisitFailed."""
        handshake = browser.headers() | {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": b64encode(uuid.uuid4().bytes).decode(),
            "Origin": browser.server.url,
        }
        path = f"/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
        try:
            reader, writer = await _connect(browser.server)
            writer.write(_request("GET", path, handshake))
            status = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]
        except (OSError, EOFError) as error:
            raise VisitFailed(f"{type(error).__name__}: {error}") from error
        if b" 101 " not in status:
            writer.close()
            raise VisitFailed(f"websocket: {status.decode()}")
        return cls(reader, writer, heard)

    @property
    def cut(self) -> bool:
        return self._listening.done()

    async def ask(self, request: str) -> dict:
        """Ask the kernel, and wait for its reply's content. Raises VisitFailed."""
        asked = uuid.uuid4().hex
        self._asked, self._reply = asked.encode(), asyncio.get_running_loop().create_future()
        self._say(asked, request, {})
        reply = await self._reply
        if reply["content"].get("status") != "ok":
            raise VisitFailed(f"the kernel refused {request}")
        return reply["content"]

    def send(self, comm_id: str, content: dict) -> None:
        """A message to a widget, as its part of the page sends it. Raises VisitFailed."""
        data = {"method": "custom", "content": content}
        self._say(uuid.uuid4().hex, "comm_msg", {"comm_id": comm_id, "data": data})

    def close(self) -> None:
        self._listening.cancel()
        self._writer.close()

    def _say(self, message_id: str, kind: str, content: dict) -> None:
        if self.cut:
            raise VisitFailed("the line is cut")
        header = {
            "msg_id": message_id,
            "msg_type": kind,
            "username": "",
            "session": self._session,
            "version": "5.3",
            "date": "2026-11-24T00:00:00Z",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._send(TEXT, json.dumps(message | {"channel": "shell", "buffers": []}).encode())

    async def _listen(self) -> None:
        """Hear the reply that is waited for and what widgets say; answer pings, or the server takes us for
        gone after a while."""
        try:
            while True:
                opcode, heard = await self._message()
                if opcode == PING:
                    self._send(PONG, heard)
                elif opcode == CLOSE:
                    raise EOFError
                elif opcode == TEXT:
                    self._understand(heard)
        except (OSError, EOFError):
            if self._reply is not None and not self._reply.done():
                self._reply.set_exception(VisitFailed("the line was cut"))

    def _understand(self, heard: bytes) -> None:
        """Only what is waited for is read: the rest costs nothing."""
        if self._heard is not None and b'"comm_msg"' in heard:
            message = json.loads(heard)
            if message["msg_type"] == "comm_msg":
                self._heard(message["content"])
        elif self._asked and self._asked in heard:
            reply = json.loads(heard)
            if reply["msg_type"].endswith("_reply") and not self._reply.done():
                self._reply.set_result(reply)

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


class _Received:
    """What HTTPResponse wants of a socket."""

    def __init__(self, received: bytes):
        self._received = received

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._received)


async def _connect(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(HOST, server.port, limit=2**22)


def _request(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = (f"{name}: {value}" for name, value in headers.items())
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()
