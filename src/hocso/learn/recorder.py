"""The queue of events on their way to the server: in order, each under one id until it is committed."""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hocso.learn.api import Reply

NOTICES = {
    "saving": "Đang lưu…",
    "saved": "Đã lưu.",
    "trial": "Học thử, không lưu lại.",
    "expired": "Phiên học đã hết hạn. Bấm «Mở lại bài» để học tiếp.",
    "full": "Máy chủ hết chỗ lưu. Hãy báo cho giảng viên. Bài sẽ tự lưu lại sau.",
    "refused": "Máy chủ không nhận câu trả lời này. Hãy báo cho giảng viên.",
    "unreachable": "Chưa lưu được. Máy đang tự thử lại.",
}

# What a widget's `saved` can be; "expired" asks the page around it to offer «Mở lại bài».
SAVED = ("", "saving", "saved", "failed", "refused", "expired", "trial")

# What becomes of an answer for good: the browser need not keep it any longer.
SETTLED = frozenset({"saved", "refused", "trial"})

# An answer that a browser sends again, to another kernel perhaps, makes the same event.
PRESSES = uuid.UUID("b0d5d6a3-6a9c-4f0e-8d35-202611250811")

# A refusal of the event itself: sending the same again can't help, and must not hold up the events behind it.
_REFUSALS = frozenset({400, 404, 409, 413, 415, 422})

RETRY_SECONDS = (1, 2, 4, 8, 15)


def outcome(reply: Reply) -> str:
    """One of committed, expired, full, refused, unreachable."""
    if reply.status in (200, 201):
        return "committed"
    if reply.status in (401, 403):
        return "expired"
    if reply.status == 507:
        return "full"
    return "refused" if reply.status in _REFUSALS else "unreachable"


def saved_as(fate: str) -> str:
    """A key of NOTICES as one of SAVED."""
    return fate if fate in SAVED else "failed"


def event(verb: str, exercise_id: str, result: dict) -> dict:
    """A new event; `occurred_at` is UTC. Its id is made of result["press"], where that is known."""
    press = result.get("press")
    return {
        "id": str(uuid.uuid5(PRESSES, f"{press} {exercise_id} {verb}") if press else uuid.uuid4()),
        "verb": verb,
        "exercise": exercise_id,
        "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "result": result,
    }


@dataclass
class Waiting:
    event: dict
    tell: Callable[[str], None]


class Recorder:
    """Sends events with `post`. Each event's `tell` hears a key of NOTICES whenever its fate changes,
    "saved" only when nothing more waits of the same teller.

    Inside a kernel it sends in a thread and tells in the event loop, so that the kernel goes on answering.
    Without a loop (a plain script) it sends at once, and sends again what is left with the next event.
    """

    def __init__(self, post: Callable[[dict], Reply]):
        self._post = post
        self._queue: deque[Waiting] = deque()
        self._task: asyncio.Task | None = None
        self._news: asyncio.Event | None = None
        self._expired = False

    def add(self, event: dict, tell: Callable[[str], None]) -> None:
        self._queue.append(Waiting(event, tell))
        if self._expired:
            tell("expired")
            return
        tell("saving")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._send_all()
            return
        if self._task is None or self._task.done():
            self._news = asyncio.Event()
            self._task = loop.create_task(self._send_until_empty())
        else:
            self._news.set()

    def _send_all(self) -> None:
        while self._queue and self._settle(self._post(self._queue[0].event)):
            pass

    async def _send_until_empty(self) -> None:
        failures = 0
        while self._queue and not self._expired:
            self._news.clear()
            if self._settle(await asyncio.to_thread(self._post, self._queue[0].event)):
                failures = 0
                continue
            if self._expired:
                return
            delay = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
            failures += 1
            try:
                await asyncio.wait_for(self._news.wait(), delay)
            except TimeoutError:
                continue

    def _settle(self, reply: Reply) -> bool:
        """Deal with the answer to the first event; True if the next one may go."""
        fate = outcome(reply)
        if fate in ("committed", "refused"):
            first = self._queue.popleft()
            if fate == "refused" or all(waiting.tell != first.tell for waiting in self._queue):
                first.tell("saved" if fate == "committed" else fate)
            return True
        self._expired = fate == "expired"
        for waiting in list(self._queue):
            waiting.tell(fate)
        return False
