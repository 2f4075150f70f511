"""The address in the QR codes of the cards that were printed last, and whether this machine still has it.

A card is used for weeks, and a router gives out another address whenever it likes: who holds the cards must
hear of it before the class does.
"""

import ipaddress
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from hocso.records import settings
from hocso.records.clock import VIETNAM, as_utc

from .network import own_addresses

KEY = "cards_printed"
ONLY_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class OldCards:
    """Cards whose QR codes lead nowhere now: to which address, and the day of the last printing."""

    address: str
    printed_on: date


def only_here(address: str) -> bool:
    """Whether nobody but this machine can open an address."""
    return urlsplit(address).hostname in ONLY_HERE


def remember(session: Session, address: str, now: datetime | None = None) -> None:
    """Note to which address the cards lead that are being printed, if a phone can open it."""
    if not only_here(address):
        day = as_utc(now).astimezone(VIETNAM).date()
        settings.put(session, KEY, {"address": address, "on": day.isoformat()})


def old_cards(session: Session, address: str | None) -> OldCards | None:
    """The cards that were printed last, where they lead to a number that this machine, reached at `address`
    now, has no more. None where phones reach it at none now: then it is not the cards' fault. A name may
    lead here whatever the number."""
    printed = settings.get(session, KEY)
    if printed is None or not address or only_here(address) or printed["address"] == address:
        return None
    then, now = urlsplit(printed["address"]), urlsplit(address)
    try:
        ipaddress.ip_address(then.hostname)
    except ValueError:
        return None
    if then.hostname in own_addresses() and (then.scheme, then.port) == (now.scheme, now.port):
        return None
    return OldCards(printed["address"], date.fromisoformat(printed["on"]))
