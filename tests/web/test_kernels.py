"""A lesson's kernel: its own visitor's, and for widget messages only."""

import json
import tempfile
import time
import uuid
from pathlib import Path

import pytest
import requests
import websocket
from jupyter_client import BlockingKernelClient
from sqlalchemy import select

from hocso.records import Event
from tests.conftest import Visitor, kernel_in

LESSON = "/hoc/ky-nang-so/mat-khau-va-otp"


def open_lesson(one) -> str:
    """Open a lesson; returns the id of its kernel."""
    return kernel_in(one.see(LESSON).text)


def cookies(one) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in one.cookies)


def connect(one, kernel, origin=None):
    return websocket.create_connection(
        f"ws://localhost:{one.server.port}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}",
        cookie=cookies(one),
        origin=origin or one.server.url,
        timeout=10,
    )


def say(line, msg_type, content, channel="shell") -> str:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": msg_type,
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
        "date": "2026-11-24T00:00:00Z",
    }
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": channel}
    line.send(json.dumps(message | {"buffers": []}))
    return header["msg_id"]


def hear_reply(line, msg_id) -> dict:
    """The reply to a message; raises WebSocketTimeoutException when there is none."""
    while True:
        message = json.loads(line.recv())
        if message["parent_header"].get("msg_id") == msg_id and message["msg_type"].endswith("_reply"):
            return message


@pytest.fixture
def lesson(visitor):
    one = visitor()
    kernel = open_lesson(one)
    yield one, kernel
    one.submit(f"/voila/api/shutdown/{kernel}")


def test_a_residents_browser_cannot_run_code(lesson, tmp_path):
    one, kernel = lesson
    line = connect(one, kernel)
    assert hear_reply(line, say(line, "kernel_info_request", {}))["content"]["status"] == "ok"
    trace = tmp_path / "ran"
    code = f"open({str(trace)!r}, 'w').close()"
    for channel in ("shell", "control", "stdin"):
        for kind, content in (
            ("execute_request", {"code": code, "silent": False, "user_expressions": {"x": code}}),
            ("debug_request", {"type": "request", "command": "evaluate", "arguments": {"expression": code}}),
            ("complete_request", {"code": code, "cursor_pos": 3}),
            ("inspect_request", {"code": code, "cursor_pos": 3}),
            ("shutdown_request", {"restart": True}),
            ("interrupt_request", {}),
            ("input_reply", {"value": code}),
        ):
            say(line, kind, content, channel)
    # Messages are answered in order: when this one is, those before it have had their turn.
    assert hear_reply(line, say(line, "kernel_info_request", {}))["content"]["status"] == "ok"
    time.sleep(0.5)
    assert not trace.exists()
    assert one.see(f"/api/kernels/{kernel}").status_code == 200
    line.close()


def test_nobody_reaches_anothers_kernel(lesson, visitor):
    one, kernel = lesson
    other, nobody = visitor(), visitor()
    other.see(LESSON)
    for stranger in (other, nobody):
        assert stranger.see(f"/api/kernels/{kernel}", allow_redirects=False).status_code == 403
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            connect(stranger, kernel)
        assert refused.value.status_code == 403
        assert stranger.submit(f"/voila/api/shutdown/{kernel}").status_code == 403
        assert stranger.delete(
            f"{one.server.url}/api/kernels/{kernel}",
            headers={"X-XSRFToken": stranger.cookies["_xsrf"]},
        ).status_code in (403, 404)
    assert one.see(f"/api/kernels/{kernel}").status_code == 200


def test_who_is_nobody_is_refused_a_kernels_line_without_an_error_in_the_log(server):
    before = len(server.log)
    address = f"{server.url}/api/kernels/{uuid.uuid4()}/channels"
    for ask in (requests.get, requests.post):
        assert ask(address, timeout=10).status_code == 403
    assert "Traceback" not in server.log[before:]


def test_a_page_of_another_site_reaches_no_kernel(lesson):
    one, kernel = lesson
    with pytest.raises(websocket.WebSocketBadStatusException):
        connect(one, kernel, origin="http://evil.example")


def test_the_kernel_ends_when_the_page_is_left(visitor):
    one = visitor()
    kernel = open_lesson(one)
    assert one.submit(f"/voila/api/shutdown/{kernel}").status_code == 204
    assert one.see(f"/api/kernels/{kernel}").status_code in (403, 404)


def test_a_kernel_knows_no_secret_of_the_server(new_server):
    server = new_server(HOCSO_SECRET_FOR_TEST="khong-duoc-lo", SECRET_TOKEN="cung-khong")
    one = Visitor(server)
    one.register("Người Mở Bài")
    (connection_file,) = Path(tempfile.gettempdir()).glob(f"voila_*/kernel-{open_lesson(one)}.json")
    kernel = BlockingKernelClient()
    kernel.load_connection_file(str(connection_file))
    kernel.start_channels()
    code = """
import ctypes, os, pathlib
# What the process was started with lies in its memory, whatever os.environ says.
first, end = map(int, pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()[47:49])
assert first < end
memory = ctypes.string_at(first, end - first).decode()
print(sorted({*os.environ, *(entry.partition("=")[0] for entry in memory.split("\\0"))}))
for handle in range(256):
    try:
        print(os.readlink(f"/proc/self/fd/{handle}"))
    except OSError:
        pass
"""
    heard = []
    kernel.execute_interactive(code, timeout=10, output_hook=lambda message: heard.append(message["content"]))
    kernel.stop_channels()
    said = "".join(content.get("text", "") for content in heard)
    assert "HOCSO_TOKEN" in said
    assert "SECRET" not in said
    assert "HOCSO_DATA" not in said
    assert str(server.data) not in said.replace(str(server.data / "server.log"), "")


def test_a_full_hall_asks_to_wait_and_keeps_who_is_inside(new_server):
    server = new_server(options=["--max-lessons", "1"])
    inside, outside = Visitor(server), Visitor(server)
    inside.register("Người Đã Vào")
    learner_id = outside.register("Người Chờ Chỗ")
    kernel = open_lesson(inside)
    line = connect(inside, kernel)
    try:
        refused = outside.see(LESSON)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "60"
        assert "chờ một phút" in refused.text
        assert hear_reply(line, say(line, "kernel_info_request", {}))["content"]["status"] == "ok"
        with server.database().session(readonly=True) as session:
            opened = session.scalars(select(Event).where(Event.learner_id == learner_id)).all()
        assert opened == [], "who did not get in has opened nothing"
    finally:
        line.close()
    inside.submit(f"/voila/api/shutdown/{kernel}")
    assert outside.see(LESSON).status_code == 200
    with server.database().session(readonly=True) as session:
        [event] = session.scalars(select(Event).where(Event.learner_id == learner_id)).all()
    assert event.verb == "initialized"
