"""A learner without a screen, who does what the pages do: comes in, opens a lesson, does its exercises, takes
its quiz and waits for the score."""

import asyncio
import json
import re
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random

from hocso.course import Lesson

from .ledger import Ledger
from .responses import respond
from .servers import Server
from .wire import Browser, Line, VisitFailed

PIN = "2580"
SECONDS_TO_ANSWER = 60
SECONDS_BETWEEN_LOOKS = 15  # lesson.js: whether the kernel is still there
SECONDS_BETWEEN_SCORE_LOOKS = 2  # result.html
SECONDS_TO_GRADE = 600
TAG = re.compile(rb'data-learner="([^"]+)"')
VISIT = re.compile(rb'id="hocso-visit">(.*?)</script>', re.DOTALL)


@dataclass
class Diary:
    """What all learners of a hall lived through: seconds by what they waited for, errors by what was said."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    ledger: Ledger = field(default_factory=Ledger)


class Full(VisitFailed):
    """The hall is full, and the page says so as it should."""


class Resident:
    """One learner. What goes wrong is noted in the diary, and raised as VisitFailed."""

    def __init__(self, server: Server, learner_id: str, lesson: Lesson, diary: Diary, seed: int):
        self.browser = Browser(server)
        self.learner_id = learner_id
        self.lesson = lesson
        self.diary = diary
        self.chance = Random(seed)
        self.tag = ""
        self.kernel_id = ""
        self.line: Line | None = None
        self.models: dict[str, dict] = {}
        self._waiting: tuple[Callable[[], bool], asyncio.Future] | None = None
        self._looking: asyncio.Task | None = None

    async def come_in(self, class_code: str) -> None:
        """As from a card: the PIN page of one's own name, the PIN, the page behind it."""
        began, path = time.perf_counter(), f"/vao-hoc/pin/{self.learner_id}"
        await self._page(f"{path}?lop={class_code}")
        answer, _ = await self.browser.post_form(path, lop=class_code, pin=PIN)
        if answer.status != 302:
            raise VisitFailed(f"sign-in: HTTP {answer.status}")
        await self._page(answer.getheader("Location"))
        self.diary.seconds["coming in"].append(time.perf_counter() - began)

    async def open_lesson(self) -> None:
        await self._open(f"/hoc/{self.lesson.id}", "a lesson")

    async def open_quiz(self) -> None:
        await self._open(f"/kiem-tra/{self.lesson.id}", "a quiz")

    async def _open(self, path: str, what: str) -> None:
        """The page, its widgets' state, the websocket, the kernel's first answer. Raises Full."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                page = await self._page(path)
                if what == "a lesson":
                    self.diary.ledger.opened(self.learner_id, self.lesson.id)
                visit = json.loads(VISIT.search(page)[1])
                models = _parsed(await self._page(visit["models"]))
                self.models = {name: state | visit["changed"].get(name, {}) for name, state in models.items()}
                self.kernel_id, self.tag = visit["kernel"], TAG.search(page)[1].decode()
                self.line = await Line.to(self.browser, self.kernel_id, self._heard)
                await self.line.ask("kernel_info_request")
        except TimeoutError as error:
            raise VisitFailed(f"{what} did not open in {SECONDS_TO_ANSWER} s") from error
        self.diary.seconds[what].append(time.perf_counter() - began)
        self._looking = asyncio.create_task(self._look_again_and_again())

    async def _page(self, path: str) -> bytes:
        answer, text = await self.browser.get(path)
        if answer.status == 503 and answer.getheader("Retry-After") and "chờ một phút" in text.decode():
            raise Full("the hall is full")
        if answer.status not in (200, 302):
            raise VisitFailed(f"{path.split('/')[1]}: HTTP {answer.status}")
        return text

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            try:
                answer, _ = await self.browser.get(f"/api/kernels/{self.kernel_id}")
                if answer.status != 200:
                    self.diary.errors[f"the kernel is gone: HTTP {answer.status}"] += 1
            except VisitFailed as failed:
                self.diary.errors[str(failed)] += 1

    async def leave(self) -> None:
        """The page's goodbye."""
        if self.line is None:
            return
        self._looking.cancel()
        self.line.close()
        self.line = None
        await self.browser.post_form(f"/voila/api/shutdown/{self.kernel_id}")

    async def study(self, begin: float, end: float, every: float) -> None:
        """The exercises in the order of the page, again and again: one every so many seconds from `begin`
        to `end` (of time.perf_counter())."""
        refs = {ref.id: ref for ref in self.lesson.exercises}
        widgets = [name for name, state in self.models.items() if state.get("exercise_id") in refs]
        step, number = "", 0
        while (due := begin + number * every + self.chance.uniform(0, every / 10)) < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            widget = widgets[number % len(widgets)]
            ref = refs[self.models[widget]["exercise_id"]]
            if ref.step != step:
                step = ref.step
                await self._move(step)
            await self._check(widget)
            number += 1

    async def _move(self, step: str) -> None:
        answer, _ = await self.browser.post_json(
            "/api/place", id=str(uuid.uuid4()), lesson=self.lesson.id, step=step, learner=self.tag
        )
        if answer.status != 201:
            raise VisitFailed(f"place: HTTP {answer.status}")
        self.diary.ledger.moved(self.learner_id, self.lesson.id, step)

    async def _check(self, widget: str) -> None:
        """«Kiểm tra»: until the judgement is there, and until it is said that the answer is saved."""
        state = self.models[widget]
        before, state["saved"], nonce = state["state"], "", uuid.uuid4().hex
        response = respond(state["kind"], state, self.chance)
        began = time.perf_counter()
        self.line.send(widget, {"type": "check", "nonce": nonce, "response": response})
        judged = await self._until(lambda: state["feedback"].get("nonce") == nonce)
        self.diary.seconds["a judgement"].append(judged - began)
        right = state["feedback"]["right"]
        if right is None:
            if "at" not in state["feedback"]:
                raise VisitFailed(f"{state['kind']}: not understood")
            return  # a tap on the way: nothing is recorded
        saved = await self._until(lambda: state["saved"] == "saved")
        self.diary.seconds["an answer"].append(saved - began)
        completed = right and before != "done"
        self.diary.ledger.answered(
            self.learner_id, self.lesson.id, state["exercise_id"], state["tries"], completed
        )

    async def take_quiz(self, every: float) -> None:
        """Answer every question, one every so many seconds, hand in, and wait for the score."""
        [(widget, sheet)] = [one for one in self.models.items() if one[1].get("kind") == "quiz"]
        for question in sheet["questions"]:
            await asyncio.sleep(every + self.chance.uniform(-every / 10, every / 10))
            sheet["saved"] = ""
            response = respond(question["kind"], question, self.chance)
            began = time.perf_counter()
            self.line.send(widget, {"type": "answer", "question": question["id"], "response": response})
            saved = await self._until(lambda: sheet["saved"] == "saved")
            self.diary.seconds["an answer in a quiz"].append(saved - began)
            self.diary.ledger.drafted(self.learner_id, self.lesson.id, question["id"])
        began = time.perf_counter()
        self.line.send(widget, {"type": "submit"})
        await self._until(lambda: bool(sheet["goto"]))
        await self.leave()
        await self._wait_for_score(sheet["goto"])
        self.diary.seconds["a score"].append(time.perf_counter() - began)
        self.diary.ledger.scored(self.learner_id, sheet["goto"].rpartition("/")[2])

    async def _wait_for_score(self, path: str) -> None:
        end = time.perf_counter() + SECONDS_TO_GRADE
        while time.perf_counter() < end:
            page = (await self._page(path)).decode()
            if 'class="score"' in page:
                return
            if "Đang chấm" not in page:
                raise VisitFailed("a submission could not be graded")
            await asyncio.sleep(SECONDS_BETWEEN_SCORE_LOOKS)
        raise VisitFailed("a score did not come")

    def _heard(self, content: dict) -> None:
        """What widgets.js does with a message."""
        state = self.models.get(content["comm_id"])
        if state is None or content["data"].get("method") != "update":
            return
        state.update(content["data"]["state"])
        if state.get("saved") in ("failed", "expired") and "saved" in content["data"]["state"]:
            self.diary.errors[f"not saved at once: {state['notice']}"] += 1
        if self._waiting and not self._waiting[1].done() and self._waiting[0]():
            self._waiting[1].set_result(time.perf_counter())

    async def _until(self, told: Callable[[], bool]) -> float:
        """When the kernel has told it (time.perf_counter())."""
        if told():
            return time.perf_counter()
        self._waiting = told, asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                return await self._waiting[1]
        except TimeoutError:
            raise VisitFailed("the line is cut" if self.line.cut else "no answer from the kernel") from None
        finally:
            self._waiting = None


@cache
def _parsed(models: bytes) -> dict[str, dict]:
    return json.loads(models)
