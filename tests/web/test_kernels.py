"""A lesson's kernel: its own visitor's, and for widget messages only."""

import json
import socket
import struct
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests
import websocket
from jupyter_client import BlockingKernelClient
from sqlalchemy import select

from hocso.records import Event
from tests.conftest import TRAINER, Visitor, kernel_in

LESSON = "/hoc/ky-nang-so/mat-khau-va-otp"


def open_lesson(one) -> str:
    """Open a lesson; returns the id of its kernel."""
    return kernel_in(one.see(LESSON).text)


def cookies(one) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in one.cookies)


def connect(one, kernel, origin=None, session=None, **options):
    session = session or uuid.uuid4().hex
    return websocket.create_connection(
        f"ws://localhost:{one.server.port}/api/kernels/{kernel}/channels?session_id={session}",
        cookie=cookies(one),
        origin=origin or one.server.url,
        timeout=10,
        **options,
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


HUNG_UP = (ConnectionError, websocket.WebSocketConnectionClosedException)


def is_heard(line) -> bool:
    """Whether the kernel answers on both channels of a line; not where the server has hung up."""
    heard = set()
    try:
        asked = say(line, "kernel_info_request", {})
        while heard != {"kernel_info_reply", "status"}:
            text = line.recv()
            if not text:
                return False
            if isinstance(text, bytes):
                continue  # in the newer of the two protocols, an answer to what was said before
            message = json.loads(text)
            if message["parent_header"].get("msg_id") == asked:
                heard.add(message["msg_type"])
    except HUNG_UP:
        return False
    return True


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


@pytest.mark.parametrize("session", ["a" * 32, None], ids=["the same page", "another"])
def test_a_phone_that_comes_back_is_heard_also_beside_its_old_line(lesson, session):
    one, kernel = lesson
    old = connect(one, kernel, session=session)
    assert is_heard(old)
    back = connect(one, kernel, session=session)
    assert is_heard(back)
    back.close()
    old.close()


def test_many_lines_to_one_lesson_harm_it_not_and_leave_nothing_behind(lesson):
    one, kernel = lesson
    process = psutil.Process(one.server.process.pid)
    before = process.num_fds()
    with ThreadPoolExecutor(20) as threads:
        lines = list(threads.map(lambda _: connect(one, kernel), range(130)))
    assert is_heard(lines[-1])
    assert process.num_fds() < before + 40
    for line in lines:
        line.close()
    for _ in range(100):
        if process.num_fds() <= before + 5:
            break
        time.sleep(0.1)
    assert process.num_fds() <= before + 5
    line = connect(one, kernel)
    assert is_heard(line)
    line.close()


def test_a_browser_that_reads_nothing_is_hung_up_on_before_it_takes_the_servers_memory(lesson):
    one, kernel = lesson
    line = connect(one, kernel, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),))
    with pytest.raises(HUNG_UP):
        for _ in range(100_000):
            say(line, "kernel_info_request", {})
    again = connect(one, kernel)
    assert is_heard(again)
    again.close()


def test_who_says_too_much_at_once_is_hung_up_on(lesson):
    one, kernel = lesson
    line = connect(one, kernel)
    say(line, "comm_msg", {"comm_id": "x", "data": {"method": "custom", "content": "x" * 2**18}})
    assert not is_heard(line)
    line = connect(one, kernel)
    assert is_heard(line)
    line.close()


def binary(*parts: bytes) -> bytes:
    """A message in the form of Voilà's own front end."""
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(parts)


NAME = "Nguyễn Thị Không Được Lộ"
OF_A_MODEL = {"comm_id": NAME, "data": {"method": NAME, "state": {NAME: NAME}, "content": {NAME: NAME}}}
HEADER = json.dumps({"msg_id": NAME, "msg_type": "comm_msg", "session": NAME, "username": NAME}).encode()


@pytest.mark.parametrize(
    "said",
    [
        NAME,
        json.dumps(NAME),
        json.dumps({"header": {"msg_type": NAME}, "channel": "shell"}),
        json.dumps({"header": {"msg_type": "comm_msg"}, "channel": NAME, "content": NAME}),
        json.dumps({"header": {"msg_type": "comm_msg"}, "content": NAME, "parent_header": NAME}),
        json.dumps({"header": NAME, "channel": "shell", "content": NAME}),
        json.dumps({"header": {"msg_type": [NAME]}, "channel": [NAME], "content": NAME}),
        json.dumps({"header": {"msg_type": "comm_msg"}, "channel": "shell", "content": OF_A_MODEL}),
        "[" * 20_000 + NAME,
        NAME.encode(),
        binary(b"shell", NAME.encode(), NAME.encode(), NAME.encode(), NAME.encode()),
        binary(b"shell", HEADER, b"{}", b"{}", NAME.encode()),
        binary(b"shell", HEADER, b"{}", b"{}", json.dumps(OF_A_MODEL).encode()),
        binary(NAME.encode(), HEADER, b"{}", b"{}", b"{}"),
    ],
)
def test_nothing_that_a_browser_says_to_a_lesson_gets_into_the_log(lesson, said):
    one, kernel = lesson
    before = len(one.server.log)
    for protocols in (None, ["v1.kernel.websocket.jupyter.org"]):
        line = connect(one, kernel, subprotocols=protocols, session="Nguyen-Thi-Lo")
        line.send(said, websocket.ABNF.OPCODE_BINARY if isinstance(said, bytes) else 1)
        is_heard(line)
        line.close()
    line = connect(one, kernel)
    assert is_heard(line)
    line.close()
    assert one.server.log[before:] == ""


@pytest.mark.parametrize("name", ["a" * 300, "\0", "á", "", " "])
def test_a_line_of_a_page_with_a_name_that_no_page_has_is_refused(lesson, name):
    one, kernel = lesson
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        connect(one, kernel, session=requests.utils.quote(name) or "%20")
    assert refused.value.status_code == 400


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


@pytest.fixture
def full_hall(new_server):
    """A server that carries three lessons, and who looks at them all without having signed in."""
    server = new_server(options=["--max-lessons", "3"])
    trials = [Visitor(server) for _ in range(3)]
    lines = [connect(one, open_lesson(one)) for one in trials]
    yield server, lines
    for line in lines:
        line.close()


def test_in_a_full_hall_who_has_signed_in_takes_the_place_of_who_only_tries(full_hall):
    """Otherwise one phone that opens lessons again and again would keep a whole class out."""
    server, lines = full_hall
    assert Visitor(server).see(LESSON).status_code == 503
    trainer, learner = Visitor(server), Visitor(server)
    trainer.sign_in_to_account(TRAINER)
    learner.register("Người Có Tên")
    kernel = open_lesson(learner)
    line = connect(learner, kernel)
    assert is_heard(line)
    assert not is_heard(lines[0])
    assert all(map(is_heard, lines[1:]))
    assert Visitor(server).see(LESSON).status_code == 503
    assert is_heard(line)
    line.close()
    # Who has not come yet to the lesson that was opened has their place too.
    for one in (learner, trainer):
        open_lesson(one)
    assert Visitor(server).see(LESSON).status_code == 503
    assert learner.see(f"/api/kernels/{kernel}").ok


def test_who_asks_forty_times_at_once_gets_no_more_than_there_is(new_server):
    server = new_server(options=["--max-lessons", "3"])
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: Visitor(server).see(LESSON).status_code, range(40)))
    assert sorted(answers) == [200] * 3 + [503] * 37


def test_one_browser_has_no_more_than_ten_lessons_open_the_newest(visitor):
    one = visitor()
    kernels = [open_lesson(one) for _ in range(12)]
    there = [one.see(f"/api/kernels/{kernel}").ok for kernel in kernels]
    assert there == [False] * 2 + [True] * 10
    for kernel in kernels:
        one.submit(f"/voila/api/shutdown/{kernel}")


def test_who_signs_out_while_pages_are_on_their_way_leaves_no_kernel_behind(visitor):
    """The cookie of before may have been copied."""
    one = visitor()
    one.register("Người Bấm Nhanh")
    before = visitor()
    before.cookies.update(one.cookies)
    with ThreadPoolExecutor(12) as threads:
        pages = [threads.submit(before.see, LESSON) for _ in range(10)]
        time.sleep(0.03)
        one.submit("/ra")
        texts = [page.result().text for page in pages]
    opened = [kernel_in(text) for text in texts if "data-kernel-id" in text]
    assert not any(before.see(f"/api/kernels/{kernel}").ok for kernel in opened)


def test_a_page_that_says_goodbye_several_times_is_no_error(visitor):
    one = visitor()
    kernel = open_lesson(one)
    before = len(one.server.log)
    with ThreadPoolExecutor(10) as threads:
        goodbyes = list(
            threads.map(lambda _: one.submit(f"/voila/api/shutdown/{kernel}").status_code, range(10))
        )
    assert set(goodbyes) <= {204, 403} and 204 in goodbyes
    assert "Traceback" not in one.server.log[before:]
