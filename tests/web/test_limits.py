"""Who tries everything is slowed down, a class is not."""

import asyncio

import pytest
from tornado.web import Application, RequestHandler

from hocso.web import http_server
from hocso.web.limits import ALLOWANCES, MOST_ADDRESSES, Limits
from tests.conftest import STAFF, Visitor


def test_a_hall_behind_one_address_meets_no_limit():
    """Eighty people: all register, look for their name five times and err on their PIN."""
    limits = Limits(clock=lambda: 0.0)
    for kind, times in (("register", 1), ("search", 5), ("pin", 4), ("password", 0.5)):
        assert not any(limits.wait(kind, "192.168.1.1") for _ in range(int(80 * times)))


def test_a_machine_that_tries_everything_is_told_to_wait_and_others_are_not():
    now = [0.0]
    limits = Limits(clock=lambda: now[0])
    for kind, allowance in ALLOWANCES.items():
        waits = [limits.wait(kind, "203.0.113.9") for _ in range(allowance.at_once + 50)]
        assert not any(waits[: allowance.at_once]) and all(waits[allowance.at_once :])
        assert limits.wait(kind, "203.0.113.10") == 0
        now[0] += waits[-1]
        assert limits.wait(kind, "203.0.113.9") == 0
        assert limits.wait(kind, "203.0.113.9") > 0


def test_a_machine_that_takes_one_address_after_the_other_of_its_network_is_one_machine():
    limits = Limits(clock=lambda: 0.0)
    most = ALLOWANCES["password"].at_once
    waits = [limits.wait("password", f"2001:db8:1:2::{number:x}") for number in range(most + 5)]
    assert not any(waits[:most]) and all(waits[most:])
    assert limits.wait("password", "2001:db8:1:3::1") == 0
    assert limits.wait("password", "::ffff:192.0.2.1") == limits.wait("password", "fe80::1%eth0") == 0


def test_many_addresses_fill_no_memory():
    limits = Limits(clock=lambda: 0.0)
    for number in range(3 * MOST_ADDRESSES):
        limits.wait("pin", str(number))
    assert len(limits._left) <= MOST_ADDRESSES


class Form(RequestHandler):
    def post(self):
        self.finish(self.get_argument("a"))


async def answer_to(*said: bytes) -> bytes:
    """What a server says to one who says this, half a second between the parts."""
    server = http_server.KitServer(Application([("/", Form)], cookie_secret=b"x" * 32))
    server.listen(0, "127.0.0.1")
    [listening] = server._sockets.values()
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    writer.write(said[0])
    for part in said[1:]:
        await asyncio.sleep(0.5)
        writer.write(part)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    server.stop()
    return answer


HEADERS = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"
)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(HEADERS, b"", id="half of the headers"),
        pytest.param(HEADERS + b"\r\na", b"", id="half of the body"),
        pytest.param(HEADERS + b"\r\na=1", b"1", id="all of it, and then nothing"),
    ],
)
def test_who_connects_and_says_nothing_more_is_hung_up_on(monkeypatch, said, heard):
    """They would take all descriptors, and nobody else could come in."""
    for name in ("SECONDS_FOR_HEADERS", "SECONDS_FOR_A_BODY"):
        monkeypatch.setattr(http_server, name, 0.3)

    assert asyncio.run(answer_to(said)).endswith(heard)


def test_who_has_an_account_may_send_a_large_file_slowly(monkeypatch):
    monkeypatch.setattr(http_server, "SECONDS_FOR_A_BODY", 0.1)
    monkeypatch.setattr(http_server, "has_account", lambda secret, cookie: True)

    answer = asyncio.run(answer_to(HEADERS + b"Connection: close\r\n\r\na=", b"1"))
    assert answer.endswith(b"1")


@pytest.fixture(scope="module")
def own(new_server):
    """Its limits are used up here."""
    return new_server()


def test_who_tries_one_password_after_the_other_is_told_when_to_come_back(own):
    one = Visitor(own)
    most = ALLOWANCES["password"].at_once
    statuses = [one.sign_in_to_account((f"ai.do{n}", "x")).status_code for n in range(most + 1)]
    assert set(statuses[:most]) == {403}
    answer = one.sign_in_to_account(STAFF)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Mời bà con chờ 1 phút rồi thử lại" in answer.text
    assert one.see("/dang-nhap").ok
    # Nobody can say that they are another address, unless the server is behind a proxy.
    forged = one.submit("/dang-nhap", {"username": "x"}, headers={"X-Forwarded-For": "198.51.100.1"})
    assert forged.status_code == 429
