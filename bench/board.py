"""The two boards in a real browser: indicators of 50,000 residents, and a class of forty at work."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

import requests
from playwright.sync_api import Page, sync_playwright

from hocso.course import load_catalogue
from hocso.records import accounts, classes, open_database
from hocso.web.tokens import KernelTokens, Pass

from .grading import register
from .kpi import EVENTS, RESIDENTS, fill
from .phone import BROWSER, chromium_of
from .result import Row, say
from .servers import KIT, LESSON, our_server
from .visit import kernel_of_a_lesson

OPTIONS: list[str] = []
LEARNERS = 40
ROUNDS = 5
SIGHTS = 30
SECONDS_BETWEEN_EVENTS = 10
SCREEN = {"width": 1280, "height": 720}
PASSWORD = "mat-khau-do-luong"


def measure() -> list[Row]:
    with our_server(prepare=_fill) as server, sync_playwright() as playwright:
        server.wait_until_idle()
        data = Path(server.process.environ()["HOCSO_DATA"])
        browser = playwright.chromium.launch(executable_path=chromium_of(playwright), args=BROWSER)
        try:
            staff = _signed_in(browser, server, "canbo.do")
            opened = [_open_figures(staff, server) for _ in range(ROUNDS)]
            trainer = _signed_in(browser, server, "giangvien.do")
            delays = _class_at_work(trainer, server, data)
        finally:
            browser.close()
    say(f"  figures after {median(opened):.2f} s, what happened shows after {median(delays):.2f} s")
    how = (
        f"{RESIDENTS:,} residents, {EVENTS:,} events; from asking for the page until table and chart stand "
        "in it; figures computed anew each time; asked for: 2 s"
    )
    live = (
        f"{LEARNERS} learners, each an event every {SECONDS_BETWEEN_EVENTS} s; from the moment at which the "
        "server has acknowledged a step until its mark stands on the trainer's screen, "
        f"{SIGHTS} times; asked for: 1 s"
    )
    return [
        Row("board of indicators opens", "s", opened, [], how),
        Row("live board: what happened is on screen, median", "s", [median(delays)], [], live),
        Row("live board: p95", "s", [quantiles(delays, n=20)[-1]], [], live),
    ]


def _fill(data: Path) -> None:
    say(f"  making {RESIDENTS} residents and {EVENTS} events")
    fill(data / "hocso.db")
    with closing(open_database(data / "hocso.db")) as database, database.session() as session:
        for name, role in (("canbo.do", "staff"), ("giangvien.do", "trainer")):
            accounts.create_account(session, username=name, password=PASSWORD, role=role, display_name="Đo")


def _signed_in(browser, server, name: str) -> Page:
    page = browser.new_context(viewport=SCREEN).new_page()
    page.goto(f"{server.url}/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill(name)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    return page


def _open_figures(page: Page, server) -> float:
    # Any form of the staff's makes the figures be computed anew; this one is refused.
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "_xsrf")
    page.request.post(f"{server.url}/can-bo/so/van-ban/them", form={"_xsrf": token})
    began = time.perf_counter()
    page.goto(f"{server.url}/can-bo/bang?ky=2026-12", wait_until="commit")
    page.wait_for_selector(".chart svg")
    page.wait_for_selector(".scroll table")
    return time.perf_counter() - began


def _class_at_work(page: Page, server, data: Path) -> list[float]:
    lesson = load_catalogue(KIT).lesson(LESSON)
    with closing(open_database(data / "hocso.db")) as database:
        people = register(database, LEARNERS)
        with database.session() as session:
            trainer = accounts.check_password(session, "giangvien.do", PASSWORD)
            one = classes.open_class(
                session,
                trainer_id=trainer.id,
                place="Đo",
                date=datetime.now(UTC).date(),
                lesson_ids=[lesson.id],
            )
            for person in people:
                classes.check_in(session, one.id, person)
            class_id = one.id
    tokens = KernelTokens((data / "secret.key").read_bytes(), Pass)
    kernel = kernel_of_a_lesson(server.url, lesson.id)
    passes = [tokens.issue(Pass(person, lesson.id, class_session_id=class_id), kernel) for person in people]
    page.goto(f"{server.url}/giang-vien/lop/{class_id}/theo-doi")
    page.wait_for_selector("table.grid")
    with ThreadPoolExecutor(1) as pool:
        stop: list[bool] = []
        others = pool.submit(_keep_busy, server, passes[1:], lesson, stop)
        try:
            return [_until_seen(page, server, passes[0], lesson, number) for number in range(SIGHTS)]
        finally:
            stop.append(True)
            others.result()


def _until_seen(page: Page, server, token: str, lesson, number: int) -> float:
    """The first learner goes one step on or back; its mark is looked for at each frame of the screen."""
    place = number % 2
    _report(server, token, "progressed", {"step": lesson.steps[place].id})
    began = time.perf_counter()
    page.wait_for_function(
        "place => document.querySelector('table.grid tbody tr').cells[place + 1].innerText.includes('▶')",
        arg=place,
    )
    seconds = time.perf_counter() - began
    time.sleep(0.3 + number % 7 / 10)
    return seconds


def _keep_busy(server, tokens: list[str], lesson, stop: list[bool]) -> None:
    steps = lesson.steps
    while not stop:
        for number, token in enumerate(tokens):
            if stop:
                return
            _report(server, token, "progressed", {"step": steps[number % len(steps)].id})
            time.sleep(SECONDS_BETWEEN_EVENTS / len(tokens))


def _report(server, token: str, verb: str, result: dict) -> None:
    event = {
        "id": str(uuid4()),
        "verb": verb,
        "exercise": None,
        "result": result,
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    answer = requests.post(
        f"{server.url}/api/events", json=event, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    answer.raise_for_status()
