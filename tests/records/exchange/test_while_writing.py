"""A class goes on while its data is written into a file: nobody waits, and nothing of it is lost."""

import pytest
from sqlalchemy import func, select

from hocso.records import Event, ExchangeReceipt, ExchangeRefused, StorageBusy, exchange

pytestmark = pytest.mark.usefixtures("quick_age")


@pytest.fixture
def meanwhile(monkeypatch):
    """Has something done while the next file is written, once its first event has been read."""
    real = exchange.as_line

    def meanwhile(do):
        def as_line(row, columns):
            if "verb" in columns:
                monkeypatch.setattr(exchange, "as_line", real)
                do()
            return real(row, columns)

        monkeypatch.setattr(exchange, "as_line", as_line)

    return meanwhile


def receipts(device):
    with device.session(readonly=True) as session:
        return session.scalar(select(func.count()).select_from(ExchangeReceipt))


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_recorded_while_a_file_is_written_is_in_the_next(hall, office, meanwhile, whole):
    def go_on():
        hall.did(hall.register("Lê Thị Đến Muộn"))

    meanwhile(go_on)
    office.take(hall.write(whole=whole))
    assert office.dump() != hall.dump()
    office.take(hall.write())
    assert office.dump() == hall.dump()


def test_what_could_not_be_noted_as_sent_is_sent_again(hall, office, monkeypatch):
    def busy(*_arguments):
        raise StorageBusy("bận")

    with monkeypatch.context() as patched:
        patched.setattr(exchange, "_note_sent", busy)
        hall.write()
    office.take(hall.write())
    assert office.dump() == hall.dump()


def test_of_two_who_write_a_file_at_once_one_is_asked_to_do_it_again(hall, office, meanwhile):
    meanwhile(hall.write)
    with pytest.raises(ExchangeRefused, match="người khác xuất"):
        hall.write(whole=True)
    assert receipts(hall) == 1
    office.take(hall.write(whole=True))
    assert office.dump() == hall.dump()


def test_a_file_that_can_not_be_kept_was_not_sent(hall, office):
    def no_room(content):
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        exchange.write(hall.database, passphrase=None, keep=no_room)
    assert receipts(hall) == 0
    office.take(hall.write())
    assert office.dump() == hall.dump()


def test_however_many_events_were_sent_none_is_sent_twice(hall, monkeypatch):
    monkeypatch.setattr(exchange, "AT_A_TURN", 2)
    hall.write()
    with hall.session(readonly=True) as session:
        assert session.scalar(select(func.count()).where(~Event.sent)) == 0
    with pytest.raises(ExchangeRefused, match="không có gì mới"):
        hall.write()
