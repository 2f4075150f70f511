"""A class on our server with its learners, and the trainer's live board of it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from hocso.course import Lesson, load_catalogue
from hocso.records import Database, accounts, classes, open_database

from .grading import register
from .resident import Diary, Resident
from .result import say
from .servers import KIT, Server
from .visit import KERNEL_ID
from .wire import Browser, Line, VisitFailed

LESSONS = (
    "ky-nang-so/lam-quen-dien-thoai",
    "ky-nang-so/mat-khau-va-otp",
    "ky-nang-so/thanh-toan-khong-tien-mat",
    "nghi-quyet-57/muc-tieu-2030",
    "nghi-quyet-57/bay-nhom-nhiem-vu",
    "truyen-thong-so/kiem-chung-dinh-chinh",
    "doanh-nghiep-nong-nghiep/chuyen-doi-so-bat-dau",
    "doanh-nghiep-nong-nghiep/ban-hang-so",
)
EVERY = 10  # seconds from one exercise or question to the next
BETWEEN_ARRIVALS = 0.3  # seconds
USERNAME, PASSWORD = "giangvien", "chi-de-do-toc-do"

T = TypeVar("T")


@dataclass
class Hall:
    """A class on a server: those who are to come, and what came of them."""

    server: Server
    database: Database
    class_id: str
    class_code: str
    residents: list[Resident]
    diary: Diary

    async def each(self, residents: list[Resident], do: Callable[[Resident], Coroutine]) -> list[Resident]:
        """All at once. Returns those who could; what hindered the others is in the diary."""

        async def could(resident: Resident) -> bool:
            try:
                await do(resident)
                return True
            except VisitFailed as failed:
                self.diary.errors[str(failed)] += 1
                return False

        yes = await asyncio.gather(*map(could, residents))
        return [resident for resident, one in zip(residents, yes, strict=True) if one]

    async def arrive(self, residents: list[Resident]) -> list[Resident]:
        """Each comes in and opens a lesson, one a little after the other."""

        async def come(resident: Resident) -> None:
            await asyncio.sleep(residents.index(resident) * BETWEEN_ARRIVALS)
            await resident.come_in(self.class_code)
            await resident.open_lesson()

        return await self.each(residents, come)

    async def study(self, residents: list[Resident], seconds: float) -> list[Resident]:
        """Each does an exercise every ten seconds; theirs are spread evenly over the ten."""
        start = time.perf_counter()

        async def study(resident: Resident) -> None:
            begin = start + EVERY * residents.index(resident) / len(residents)
            await resident.study(begin, start + seconds, EVERY)

        return await self.each(residents, study)


def in_hall(server: Server, learners: int, live: Callable[[Hall], Coroutine[None, None, T]]) -> T:
    """What `live` gives for a class of so many learners, after one more has opened everything."""
    data = Path(server.process.environ()["HOCSO_DATA"])
    catalogue = load_catalogue(KIT)
    lessons = [catalogue.lesson(lesson_id) for lesson_id in LESSONS]
    with closing(open_database(data / "hocso.db")) as database:
        say(f"  registering {learners} learners")
        first, *people = register(database, learners + 1)
        with database.session() as session:
            trainer = accounts.create_account(
                session, username=USERNAME, password=PASSWORD, role="trainer", display_name="Người Đo"
            )
            one = classes.open_class(
                session, trainer_id=trainer.id, place="Ấp Đo", date=date.today(), lesson_ids=LESSONS
            )
        diary = Diary()
        residents = [
            Resident(server, person, lessons[number % len(lessons)], diary, seed=number)
            for number, person in enumerate(people)
        ]
        asyncio.run(_open_everything(server, first, one.code, lessons, diary))
        server.wait_until_idle(look=3)
        return asyncio.run(live(Hall(server, database, one.id, one.code, residents, diary)))


async def _open_everything(
    server: Server, person: str, class_code: str, lessons: list[Lesson], diary: Diary
) -> None:
    """So that nobody is the first visitor, for whom a lesson is prepared. Counted, but not timed."""
    say(f"  opening {len(lessons)} lessons and their quizzes once")
    for lesson in lessons:
        resident = Resident(server, person, lesson, Diary(ledger=diary.ledger), seed=0)
        await resident.come_in(class_code)
        await resident.open_lesson()
        await resident.leave()
        await resident.open_quiz()
        await resident.leave()


@dataclass
class Board:
    """The trainer's live board, open. `looks`: when it showed what is new (time.perf_counter())."""

    looks: list[float] = field(default_factory=list)
    line: Line | None = None

    async def open(self, hall: Hall) -> None:
        browser = Browser(hall.server)
        await browser.get("/dang-nhap")
        answer, _ = await browser.post_form("/dang-nhap", username=USERNAME, password=PASSWORD)
        if answer.status != 302:
            raise VisitFailed(f"the trainer's sign-in: HTTP {answer.status}")
        answer, page = await browser.get(f"/giang-vien/lop/{hall.class_id}/theo-doi")
        if answer.status != 200:
            raise VisitFailed(f"the board: HTTP {answer.status}")
        self.line = await Line.to(browser, KERNEL_ID.search(page)[1].decode(), self._heard)
        await self.line.ask("kernel_info_request")

    def _heard(self, content: dict) -> None:
        value = content["data"].get("state", {}).get("value", "")
        if "Cập nhật lúc" in str(value):
            self.looks.append(time.perf_counter())

    def waits(self, begin: float, end: float) -> list[float]:
        """Seconds from one look to the next between these moments."""
        looks = [begin, *(one for one in self.looks if begin < one < end), end]
        return [after - before for before, after in pairwise(looks)]


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


def said(diary: Diary) -> str:
    """The errors, the most frequent first."""
    return "; ".join(f"{number} × {what}" for what, number in diary.errors.most_common(5)) or "none"
