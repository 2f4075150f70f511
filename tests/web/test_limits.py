"""Who tries everything is slowed down, a class is not."""

import pytest

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


def test_many_addresses_fill_no_memory():
    limits = Limits(clock=lambda: 0.0)
    for number in range(3 * MOST_ADDRESSES):
        limits.wait("pin", str(number))
    assert len(limits._left) <= MOST_ADDRESSES


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
