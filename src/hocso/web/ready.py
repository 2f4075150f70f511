"""Lessons, quizzes and apps that have been run and rendered once, for all visitors."""

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from hocso import boards, learn
from hocso.kernels.environment import kernel_environment
from hocso.kernels.nursery import NoTemplate, Nursery, Prepared

from .assets import Assets, size_of_drawing

HOOKS = "hocso.learn.visits"
CODE = [Path(package.__file__).parent for package in (learn, boards)]
SECONDS_BETWEEN_LOOKS = 1
SECONDS_BEFORE_TRYING_AGAIN = 30
SECONDS_BETWEEN_LESSONS = 2
SECONDS_TO_LET_OTHERS_WORK = 10

Render = Callable[[Path, Prepared, bool], Awaitable[str]]


@dataclass(frozen=True)
class ReadyLesson:
    """`body`: the inside of the page; `models`: the path of its widgets' state, None where only Voilà's front
    end can draw them; `template`: where its kernels come from. `stamp` says what it was made of."""

    body: str
    models: str | None
    template: Prepared
    stamp: tuple


class ReadyLessons:
    """Keeps each notebook's template and rendered page, and makes them anew when the notebook, a picture of
    it, or the code that it imports from us has changed, or the template has died. `render` turns (notebook,
    template, whether our own front end draws it) into the body of the page, with a look at the files `also`.
    `hooks` are those of notebooks that have others than lessons and quizzes have."""

    def __init__(self, assets: Assets, render: Render, log, also: list[Path], hooks: dict[Path, str]):
        self.assets = assets
        self.also = also
        self.hooks = hooks
        self.render = render
        self.log = log
        self.nursery: Nursery | None = None
        self._lessons: dict[Path, ReadyLesson] = {}
        self._making: dict[Path, asyncio.Task] = {}
        self._failed: dict[Path, tuple[tuple, float]] = {}
        self._made = 0
        self._code_stamp = code_stamp()
        self._looked = time.monotonic()
        self._background: asyncio.Task | None = None

    def start(self, notebooks: list[Path]) -> None:
        """Begin in the background, one notebook after the other, while the machine has nothing better to do;
        one that is asked for does not wait for its turn. Call it inside the event loop."""
        try:
            self._begin_nursery()
        except NoTemplate as error:
            self.log.warning("Không dùng được máy sẵn sàng (%s). Bài học sẽ mở chậm hơn.", error)
            return
        self._background = asyncio.create_task(self._prepare_all(notebooks))

    def _begin_nursery(self) -> None:
        if self.nursery is not None:
            self.nursery.stop()
        self.nursery = Nursery(kernel_environment())
        self.nursery.begin()

    async def _prepare_all(self, notebooks: list[Path]) -> None:
        for notebook in notebooks:
            await asyncio.sleep(SECONDS_BETWEEN_LESSONS)
            while os.getloadavg()[0] > os.cpu_count():
                await asyncio.sleep(SECONDS_TO_LET_OTHERS_WORK)
            await self.get(notebook)

    def stop(self) -> None:
        if self._background is not None:
            self._background.cancel()
        if self.nursery is not None:
            self.nursery.stop()

    async def get(self, notebook: Path) -> ReadyLesson | None:
        """The ready lesson, waiting for it if need be; None where it has to be run for each visitor."""
        if self.nursery is None:
            return None
        try:
            stamp = self._stamp(notebook)
        except OSError:
            return None
        ready = self._lessons.get(notebook)
        if ready is not None and ready.stamp == stamp and ready.template.alive:
            return ready
        failed = self._failed.get(notebook)
        if failed is not None and failed[0] == stamp and time.monotonic() < failed[1]:
            return None
        if notebook not in self._making:
            self._making[notebook] = asyncio.create_task(self._make(notebook, stamp))
        return await asyncio.shield(self._making[notebook])

    def give_up(self, notebook: Path, ready: ReadyLesson) -> None:
        """Of a lesson whose template gives no kernels, though it may live: the next look makes it anew."""
        if self._lessons.get(notebook) is ready:
            del self._lessons[notebook]
            ready.template.retire()

    async def plain(self) -> str | None:
        """The address of the template that has run no lesson, for a lesson that could not be made ready; None
        where this system has none. Raises NoTemplate."""
        if self.nursery is None:
            return None
        if not self.nursery.alive:
            self._begin_nursery()
        await asyncio.to_thread(self.nursery.wait_until_ready)
        return self.nursery.plain

    async def _make(self, notebook: Path, stamp: tuple) -> ReadyLesson | None:
        try:
            if not self.nursery.alive:
                self._begin_nursery()
            self._made += 1
            hooks = self.hooks.get(notebook, HOOKS)
            template = await self.nursery.prepare(f"bai-{self._made}", notebook, hooks)
            try:
                models = only_ours(template.widgets)
                body = await self.render(notebook, template, models is not None)
            except BaseException:
                template.retire()
                raise
            before = self._lessons.get(notebook)
            if before is not None:
                before.template.retire()
            ready = ReadyLesson(
                self._with_pictures(body, notebook.parent),
                None if models is None else self._keep(notebook, models),
                template,
                stamp,
            )
            self._lessons[notebook] = ready
            self._failed.pop(notebook, None)
            return ready
        except Exception as error:
            self._failed[notebook] = (stamp, time.monotonic() + SECONDS_BEFORE_TRYING_AGAIN)
            self.log.warning(
                "%s: chưa chuẩn bị sẵn được (%s); mỗi lượt mở chạy cả bài.", notebook.name, error
            )
            return None
        finally:
            del self._making[notebook]

    def _keep(self, notebook: Path, models: dict) -> str:
        return self.assets.add(f"{notebook.stem}.json", json.dumps(models, ensure_ascii=False).encode())

    def _stamp(self, notebook: Path) -> tuple:
        """Changes whenever the page would. Raises OSError."""
        if time.monotonic() > self._looked + SECONDS_BETWEEN_LOOKS:
            before, self._code_stamp = self._code_stamp, code_stamp()
            self._looked = time.monotonic()
            if before != self._code_stamp:
                self.assets.add_lesson_code()
                self._begin_nursery()  # the old one has imported the old code
        also = (file for file in self.also if file.exists())
        return (_file_stamp(notebook), self._code_stamp, *map(_file_stamp, also))

    def _with_pictures(self, body: str, folder: Path) -> str:
        """Pictures come from an address that never changes, when their step is looked at, into the room that
        is kept for them."""

        def picture(found: re.Match) -> str:
            file = folder / unescape(found[2])
            try:
                address = self.assets.file_url(file)
            except OSError:
                return found[0]
            size = size_of_drawing(file.read_bytes()) if file.suffix == ".svg" else None
            room = f'width="{size[0]}" height="{size[1]}" ' if size else ""
            return f'<img loading="lazy" {room}{found[1]}src="{address}"'

        return re.sub(r'<img ([^>]*?)src="(pictures/[^"]+)"', picture, body)


def only_ours(widgets: dict[str, dict]) -> dict[str, dict] | None:
    """{model id: state} of the exercises, without what only JupyterLab needs; None where there are widgets
    that our own front end can't draw."""
    helpers = {"LayoutModel", "WidgetModel"}
    exercises = {}
    for model_id, model in widgets.items():
        state = model["state"]
        if str(state.get("_anywidget_id", "")).startswith("hocso.learn."):
            exercises[model_id] = {
                name: value
                for name, value in state.items()
                if not name.startswith("_") and name not in UNSHOWN
            }
        elif model["model_name"] not in helpers:
            return None
    return exercises


UNSHOWN = {"layout", "tabbable", "tooltip", "code"}


def code_stamp() -> int:
    """Changes with the code of ours that runs in kernels."""
    files = (file for folder in CODE for file in folder.rglob("*") if file.suffix in (".py", ".js", ".css"))
    return hash(tuple(sorted(_file_stamp(file) for file in files)))


def _file_stamp(file: Path) -> tuple:
    status = file.stat()
    return (str(file), status.st_mtime_ns, status.st_size)
