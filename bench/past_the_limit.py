"""A hall that is full, and more learners at its door than are inside."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .hall import EVERY, Hall, in_hall, p95, said
from .ledger import compare
from .resident import Full, Resident
from .result import Row, say
from .servers import our_server
from .wire import VisitFailed

OPTIONS = ["learners"]
INSIDE = 5  # one of so many of the learners has a place
SECONDS = 60
BETWEEN_KNOCKS = 5  # seconds: the page asks for a minute


class LetIn(Exception):
    """Somebody at the door of a full hall got a lesson, or a place that was free was not given."""


def measure(learners: int) -> list[Row]:
    inside = max(1, learners // INSIDE)
    with our_server(f"--max-lessons={inside}") as server:
        return in_hall(server, learners, lambda hall: _fill(hall, inside))


async def _fill(hall: Hall, inside: int) -> list[Row]:
    """A minute without the others, a minute with them; then one leaves."""
    others = hall.residents[inside:]
    here = await hall.arrive(hall.residents[:inside])
    say(f"  {len(here)} inside, {len(others)} at the door")
    await hall.each(others, lambda resident: resident.come_in(hall.class_code))
    with _seconds(hall, "an answer") as quiet:
        here = await hall.study(here, SECONDS)
    refused: list[float] = []
    with _seconds(hall, "an answer") as crowded:
        knocking = [asyncio.create_task(_knock(hall, one, refused)) for one in others]
        here = await hall.study(here, SECONDS)
        await asyncio.gather(*knocking)
    await here[0].leave()
    if await _turned_away(others[0]):
        raise LetIn("a place is free, and nobody is let in")
    compared = compare(hall.diary.ledger, hall.database)
    say(f"  {compared}; errors: {said(hall.diary)}")
    how = (
        f"a hall for {inside} lessons, full; {len(others)} more ask for one, all at once and again every "
        f"{BETWEEN_KNOCKS} s for {SECONDS} s"
    )
    return [
        Row(
            f"past the limit, {inside} inside and {len(others)} at the door: answer saved inside, p95",
            "s",
            [p95(crowded)],
            [],
            f"{how}; in the minute before, without them: {p95(quiet):.3f} s; an exercise every "
            f"{EVERY} s each; "
            f"errors: {said(hall.diary)}; {compared.lost} of {compared.told:,} events lost",
        ),
        Row(
            "past the limit: refusal at the door, p95",
            "s",
            [p95(refused)],
            [],
            f"{len(refused):,} times asked, each time status 503 with Retry-After and a page that "
            f"says to wait a "
            f"minute; slowest {max(refused):.2f} s; once one had left, the next was let in",
        ),
    ]


async def _knock(hall: Hall, resident: Resident, refused: list[float]) -> None:
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        began = time.perf_counter()
        try:
            if not await _turned_away(resident):
                raise LetIn("more lessons are open than there are places")
            refused.append(time.perf_counter() - began)
        except VisitFailed as failed:
            hall.diary.errors[f"at the door: {failed}"] += 1
        await asyncio.sleep(max(0, began + BETWEEN_KNOCKS - time.perf_counter()))


async def _turned_away(resident: Resident) -> bool:
    try:
        await resident.open_lesson()
        return False
    except Full:
        return True


@contextmanager
def _seconds(hall: Hall, what: str) -> Iterator[list[float]]:
    """Those of what happens meanwhile; there when it is over."""
    before, meanwhile = len(hall.diary.seconds[what]), []
    yield meanwhile
    meanwhile += hall.diary.seconds[what][before:]
