"""How often one address may try what is guessed or what fills the records, and how much one learner may
send. A hall of hundreds behind one address never meets a limit, nor does who answers all day; a machine that
goes through all names or PINs soon does, or one that sends answers without end.

By address, not by browser: whoever tries everything keeps no cookie. Of IPv6 by network: a machine may take
as many addresses of its network as it likes.
"""

import ipaddress
import math
import time
from contextlib import suppress
from dataclasses import dataclass

MOST_ADDRESSES = 10_000


@dataclass(frozen=True)
class Allowance:
    """So many at once, and so many more each hour."""

    at_once: int
    an_hour: int


ALLOWANCES = {
    "register": Allowance(300, 300),
    "search": Allowance(600, 2400),
    "pin": Allowance(400, 1200),
    "password": Allowance(60, 240),
    # By learner, each started 4 KiB of an event; an answer every ten seconds is 720 events an hour at most.
    "events": Allowance(3000, 3600),
}


class Limits:
    """What each address, or learner, has left, in memory."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def wait(self, kind: str, address: str, cost: int = 1) -> int:
        """Take `cost` tries of `kind`; 0, or in how many seconds there will be so many."""
        allowance, now, address = ALLOWANCES[kind], self._clock(), counted_as(address)
        left, since = self._left.get((kind, address), (allowance.at_once, now))
        left = min(allowance.at_once, left + (now - since) * allowance.an_hour / 3600)
        if left < cost:
            return math.ceil((cost - left) * 3600 / allowance.an_hour)
        if len(self._left) >= MOST_ADDRESSES:
            self._forget(now)
        self._left[kind, address] = (left - cost, now)
        return 0

    def _forget(self, now: float) -> None:
        """Those who have their whole allowance again, or else those who have been quiet longest."""
        hour = {key: kept for key, kept in self._left.items() if now - kept[1] < 3600}
        newest = sorted(hour, key=lambda key: hour[key][1])[-MOST_ADDRESSES // 2 :]
        self._left = {key: hour[key] for key in newest}


def counted_as(address: str) -> str:
    """What an address is counted as; the text itself where it is none."""
    with suppress(ValueError):
        one = ipaddress.ip_address(address)
        if one.version == 6 and one.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(one), 64), strict=False))
    return address
