"""Whether cards that were printed some day still lead to this machine."""

from datetime import UTC, date, datetime

import pytest

from hocso.records import open_database
from hocso.web import card_address
from hocso.web.card_address import OldCards, old_cards, remember

PRINTED = datetime(2026, 11, 20, 18, tzinfo=UTC)  # the 21st in Việt Nam
CARDS = "http://192.168.1.10:8866"
NOW = "http://192.168.0.5:8866"


@pytest.fixture
def session(tmp_path, monkeypatch):
    """After cards for CARDS were printed, at a machine that has the number of NOW and 10.42.0.1."""
    monkeypatch.setattr(card_address, "own_addresses", lambda: ["192.168.0.5", "10.42.0.1"])
    database = open_database(tmp_path / "hocso.db")
    with database.session() as session:
        remember(session, CARDS, PRINTED)
        yield session
    database.close()


def test_cards_for_another_number_are_told_with_the_day_on_which_they_were_printed(session):
    assert old_cards(session, NOW) == OldCards(CARDS, date(2026, 11, 21))


@pytest.mark.parametrize("address", [CARDS, None, "http://localhost:8866", "http://127.0.0.1:8866"])
def test_nothing_is_said_where_they_still_lead_here_or_no_phone_gets_here_at_all(session, address):
    assert old_cards(session, address) is None


@pytest.mark.parametrize(
    ("printed", "old"),
    [
        ("http://10.42.0.1:8866", False),
        ("http://10.42.0.1:9000", True),
        ("https://10.42.0.1:8866", True),
        ("http://hoc.xa.vn", False),
    ],
)
def test_another_of_this_machines_numbers_is_good_and_another_port_is_not(session, printed, old):
    remember(session, printed, PRINTED)
    assert (old_cards(session, NOW) is not None) is old


def test_printing_where_no_phone_gets_here_says_nothing_of_the_cards_that_are_out(session):
    remember(session, "http://localhost:8866")
    assert old_cards(session, NOW).address == CARDS


def test_before_the_first_cards_nothing_is_said(tmp_path):
    database = open_database(tmp_path / "hocso.db")
    with database.session(readonly=True) as session:
        assert old_cards(session, NOW) is None
    database.close()
