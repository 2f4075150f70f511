"""A learner without a browser, who never gives up: does with a page what its scripts do (static/widgets.js,
learn/static/kept.js), and notes what the server said is saved."""

import asyncio
import json
import random
import re
import uuid
from collections.abc import Callable
from contextlib import suppress

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.conftest import Server, Visitor, learner_in

LESSON = "ky-nang-so/mat-khau-va-otp"
PIN = "1357"
SECONDS_TO_WAIT = 6
SECONDS_BETWEEN_TRIES = 0.5
VISIT = re.compile(r'<script type="application/json" id="hocso-visit">(.*?)</script>', re.DOTALL)


class Page:
    """An open lesson or quiz: `states` of its widgets by exercise id, and a line to its kernel that is sought
    again whenever it is lost, to a new kernel if need be."""

    def __init__(self, visitor: Visitor, path: str):
        self.visitor, self.path = visitor, path
        self.kernel: str | None = None
        self.ids: dict[str, str] = {}
        self.states: dict[str, dict] = {}
        self.line: WebSocketClientConnection | None = None

    async def reach_kernel(self) -> None:
        while self.line is None:
            try:
                await self._connect()
            except (OSError, requests.RequestException, Lost):
                self.close()
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    async def settle(self, exercise: str, content: Callable[[], list[dict]], done: Callable[[dict], bool]):
        """Send `content()` until the exercise's state is as it should be; each time that the line is back,
        and each time that no answer came, it is sent again."""
        while True:
            try:
                await self.reach_kernel()
                if done(self.states[exercise]):
                    return
                for one in content():
                    await self._say(exercise, {"method": "custom", "content": one})
                async with asyncio.timeout(SECONDS_TO_WAIT):
                    while not done(self.states[exercise]):
                        await self._hear()
                return
            except (OSError, requests.RequestException, TimeoutError, Lost):
                self.close()
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None

    async def leave(self) -> None:
        """Say goodbye; a server that is dead has no kernel of ours any more."""
        self.close()
        with suppress(requests.RequestException):
            await asyncio.to_thread(self.visitor.submit, f"/voila/api/shutdown/{self.kernel}", timeout=10)

    async def _connect(self) -> None:
        known = self.kernel and await self._status(f"/api/kernels/{self.kernel}")
        if known in (None, 403, 404):
            await self._open()
        elif known != 200:
            raise Lost
        address = f"{self.visitor.server.url.replace('http', 'ws')}/api/kernels/{self.kernel}/channels"
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.visitor.cookies)
        request = HTTPRequest(
            f"{address}?session_id={uuid.uuid4().hex}", headers={"Cookie": cookies}, request_timeout=30
        )
        try:
            self.line = await websocket_connect(request)
        except Exception as error:
            raise Lost from error
        for exercise in self.ids:
            await self._say(exercise, {"method": "request_state"})

    async def _open(self) -> None:
        answer = await asyncio.to_thread(self.visitor.see, self.path, timeout=60)
        found = VISIT.search(answer.text)
        if answer.status_code != 200 or found is None:
            raise Lost
        visit = json.loads(found[1])
        models = (await asyncio.to_thread(self.visitor.see, visit["models"], timeout=30)).json()
        self.kernel = visit["kernel"]
        self.ids = {state["exercise_id"]: one for one, state in models.items()}
        self.states = {
            state["exercise_id"]: state | visit["changed"].get(one, {}) for one, state in models.items()
        }

    async def _status(self, path: str) -> int:
        return (await asyncio.to_thread(self.visitor.see, path, timeout=30)).status_code

    async def _say(self, exercise: str, data: dict) -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "comm_msg", "username": "", "session": "x"}
        header |= {"version": "5.3", "date": "2026-11-24T00:00:00Z"}
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "buffers": []}
        content = {"comm_id": self.ids[exercise], "data": data}
        try:
            await self.line.write_message(json.dumps(message | {"content": content}))
        except Exception as error:
            raise Lost from error

    async def _hear(self) -> None:
        said = await self.line.read_message()
        if said is None:
            raise Lost
        message = json.loads(said)
        if message["msg_type"] != "comm_msg" or message["content"]["data"].get("method") != "update":
            return
        for exercise, one in self.ids.items():
            if one == message["content"]["comm_id"]:
                self.states[exercise] |= message["content"]["data"]["state"]


class Lost(Exception):
    """No line, no page or no answer just now."""


class Pupil:
    """`presses`, `places`, `attempts` and `classes`: what the screen called saved."""

    def __init__(self, server: Server, name: str, codes: dict[str, str], chance: random.Random):
        self.visitor = Visitor(server)
        self.name, self.codes, self.chance = name, codes, chance
        self.learner_id = self.visitor.register(name, PIN)
        self.presses: list[str] = []
        self.places: list[str] = []
        self.attempts: list[str] = []
        self.classes: list[str] = []

    async def learn(self, is_over: Callable[[], bool]) -> None:
        """Do this and that until the class is over; what was begun is brought to its end."""
        steps = [step.id for step in self.visitor.server.catalogue.lesson(LESSON).steps]
        waiting = dict(self.codes)
        page = Page(self.visitor, f"/hoc/{LESSON}")
        while not is_over():
            await asyncio.sleep(self.chance.uniform(0.2, 2))
            match self.chance.choice(["press"] * 6 + ["place"] * 2 + ["quiz", "class"]):
                case "press":
                    await self.press(page)
                case "place":
                    await self.reach(self.chance.choice(steps))
                case "quiz":
                    await self.take_quiz()
                case "class" if waiting:
                    await self.check_in(*waiting.popitem())
        await page.leave()

    async def press(self, page: Page) -> None:
        """Check an answer, right or wrong, at one of the lesson's exercises."""
        if page.line is None:
            await page.reach_kernel()
        exercise = self.chance.choice(
            [one for one, state in page.states.items() if state["kind"] == "one_choice"]
        )
        key = self.chance.choice(page.states[exercise]["view"]["options"])["key"]
        nonce = uuid.UUID(int=self.chance.getrandbits(128)).hex
        press = {"type": "check", "nonce": nonce, "response": key}
        await page.settle(exercise, lambda: [press], lambda state: nonce in state["settled"])
        self.presses.append(nonce)

    async def take_quiz(self) -> None:
        page = Page(self.visitor, f"/kiem-tra/{LESSON}")
        await page.reach_kernel()
        [quiz] = page.states
        question = next(one for one in page.states[quiz]["questions"] if one["kind"] == "one_choice")
        key = self.chance.choice(question["view"]["options"])["key"]
        scope = page.states[quiz]["scope"]
        answer = {"type": "answer", "question": question["id"], "response": key}
        await page.settle(
            quiz,
            lambda: [answer, {"type": "submit"}] if page.states[quiz]["scope"] == scope else [],
            lambda state: state["goto"] != "" or state["scope"] != scope,
        )
        self.attempts.append(scope.partition("/")[2])
        await page.leave()

    async def reach(self, step: str) -> None:
        body = {
            "id": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            "lesson": LESSON,
            "step": step,
        }
        page = await self._until(lambda: self.visitor.see(f"/hoc/{LESSON}", timeout=60), 200)
        body["learner"] = learner_in(page.text)
        headers = {"X-XSRFToken": self.visitor.cookies["_xsrf"]}
        address = f"{self.visitor.server.url}/api/place"
        await self._until(lambda: self.visitor.post(address, json=body, headers=headers, timeout=30), 201)
        self.places.append(body["id"])

    async def check_in(self, class_id: str, code: str) -> None:
        form = {"pin": PIN, "lop": code}
        path = f"/vao-hoc/pin/{self.learner_id}"
        await self._until(lambda: self.visitor.submit(path, form, timeout=30), 200)
        self.classes.append(class_id)

    async def _until(self, ask: Callable[[], requests.Response], status: int) -> requests.Response:
        while True:
            try:
                answer = await asyncio.to_thread(ask)
                if answer.status_code == status:
                    return answer
            except requests.RequestException:
                pass
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
