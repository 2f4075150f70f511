"""Nobody is held up by what takes long in a large commune: it runs beside the event loop, which goes on
answering, and outside of the records' one writing transaction."""

import asyncio
import json
import re
import sqlite3
import threading
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.web import create_signed_value

from hocso.course import load_catalogue
from hocso.records import accounts, classes, hamlets, learners, open_database
from hocso.records.learners import CONSENT_WORDING
from hocso.web import HocSo, administration, page, papers, registers
from hocso.web.behind import MOST_ROWS
from hocso.web.identity import COOKIE, Visitor
from tests.conftest import KIT, free_port

XSRF = "_xsrf=2|00000000|00000000000000000000000000000000|1700000000"


class Commune:
    """The application in this process: `ask` sends requests to it, one after the other."""

    def __init__(self, data):
        self.database = open_database(data / "hocso.db")
        with self.database.session() as session:
            place = hamlets.add(session, "Ấp Thử 1")
            self.people = {
                role: accounts.create_account(
                    session, username=f"{role}.thu", password="mat-khau-dai", role=role, display_name="Thử"
                )
                for role in ("trainer", "staff")
            }
            self.class_id = classes.open_class(
                session,
                trainer_id=self.people["trainer"].id,
                place="Nhà văn hóa",
                date=date(2026, 11, 24),
                lesson_ids=["ky-nang-so/mat-khau-va-otp"],
            ).id
            for name in ("An", "Bình", "Chi"):
                learner = learners.register(
                    session,
                    full_name=f"Nguyễn Văn Mẫu {name}",
                    birth_year=1960,
                    hamlet_id=place.id,
                    group="nguoi-dan",
                    pin=None,
                    consent_wording=CONSENT_WORDING,
                )
                classes.check_in(session, self.class_id, learner.id)

        class Silent(HocSo):
            def listen(self):
                """Nobody is served but those who `ask`."""

        self.app = Silent(kit=KIT, data=data, database=self.database, catalogue=load_catalogue(KIT))
        self.app.initialize()
        self.app.start()

    def ask(self, role: str, path: str, form: dict | None = None):
        """A request of an account's; POST where there is a form."""
        return asyncio.run(self._ask(role, path.replace("*", self.class_id), form))

    async def _ask(self, role, path, form):
        account = self.people[role]
        visitor = Visitor.new(account_id=account.id, account_seal=accounts.seal(account))
        cookie = create_signed_value(self.app.cookie_secret, COOKIE, json.dumps(asdict(visitor))).decode()
        self.app.ip, self.app.port = "127.0.0.1", free_port()
        server = self.app.app.listen(self.app.port, "127.0.0.1")
        try:
            return await AsyncHTTPClient().fetch(
                f"http://127.0.0.1:{self.app.port}{path}",
                method="GET" if form is None else "POST",
                body=None if form is None else urlencode(form | {"_xsrf": XSRF.partition("=")[2]}),
                headers={"Cookie": f"{COOKIE}={cookie}; {XSRF}"},
                raise_error=False,
            )
        finally:
            server.stop()


@pytest.fixture(scope="module")
def commune(tmp_path_factory):
    return Commune(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize(
    ("role", "path", "form", "module", "name"),
    [
        ("trainer", "/giang-vien/lop/*/chung-nhan", None, papers.completions, "lesson_status"),
        ("trainer", "/giang-vien/lop/*/the", {}, papers, "learner_cards"),
        ("staff", "/can-bo/so/van-ban", None, registers.registers, "table"),
        ("staff", "/can-bo/so/van-ban.xlsx", None, registers.register_files, "write"),
        ("staff", "/quan-tri/nhat-ky.csv", None, administration.access, "entries"),
    ],
)
def test_what_takes_long_runs_beside_the_event_loop(commune, monkeypatch, role, path, form, module, name):
    real, ran = getattr(module, name), []

    def noted(*arguments, **options):
        ran.append(threading.current_thread())
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, noted)
    assert commune.ask(role, path, form).code == 200
    assert ran
    assert threading.main_thread() not in ran


def test_while_the_pins_of_a_class_are_made_others_can_write(commune, monkeypatch):
    real, written = learners.hash_secret, []

    def hashed(secret):
        with closing(sqlite3.connect(commune.database.engine.url.database, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
            written.append(secret)
        return real(secret)

    monkeypatch.setattr(learners, "hash_secret", hashed)
    assert commune.ask("trainer", "/giang-vien/lop/*/the", {}).code == 200
    assert len(written) == 3


@pytest.mark.parametrize(
    ("path", "form", "module", "name"),
    [
        ("/vao-hoc/pin/{}", {"pin": "2468"}, page, "fitting"),
        (
            "/vao-hoc/ghi-ten",
            {
                "full_name": "Nguyễn Văn Mẫu Dũng",
                "birth_year": "1960",
                "hamlet_id": "ap-thu-1",
                "group": "nguoi-dan",
                "pin": "2468",
                "pin_again": "2468",
                "consent": "yes",
            },
            learners,
            "hash_secret",
        ),
    ],
    ids=["sign in", "register"],
)
def test_a_class_that_signs_in_holds_nobody_up(commune, monkeypatch, path, form, module, name):
    """Three hundred at once kept all others waiting for six seconds."""
    with commune.database.session() as session:
        learner = learners.search(session, "Nguyễn Văn Mẫu An")[0]
        learners.reset_pin(session, learner.id, pin=learners.chosen_pin("2468"))
    real, ran = getattr(module, name), []

    def noted(*arguments):
        ran.append(threading.current_thread())
        with closing(sqlite3.connect(commune.database.engine.url.database, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
        return real(*arguments)

    monkeypatch.setattr(module, name, noted)
    assert commune.ask("trainer", path.format(learner.id), form).code == 200
    assert len(ran) == 1 and threading.main_thread() not in ran


@pytest.fixture
def long_register(commune):
    """The register of documents with more rows than a page shows."""
    with commune.database.session() as session:
        for number in range(MOST_ROWS + 3):
            day = date(2026, 1, 2) + timedelta(days=number % 100)
            values = {"number": f"{number:04d}/VB-MAU", "title": f"Văn bản mẫu số {number}"}
            registers.registers.add(session, "van-ban", values | {"issued_on": day, "received_on": day})


def shown(answer):
    assert answer.code == 200
    return re.findall(r"<td>(\d{4}/VB-MAU)</td>", answer.body.decode())


def test_a_long_register_comes_in_pages_and_each_row_is_found(commune, long_register):
    first = commune.ask("staff", "/can-bo/so/van-ban")
    following = unescape(re.search(r'href="(\?[^"]*)">Trang sau', first.body.decode())[1])
    second = commune.ask("staff", f"/can-bo/so/van-ban{following}")
    assert [len(shown(first)), len(shown(second))] == [MOST_ROWS, 3]
    assert len({*shown(first), *shown(second)}) == MOST_ROWS + 3
    found = commune.ask("staff", "/can-bo/so/van-ban?tim=mau+so+502")
    assert shown(found) == ["0502/VB-MAU"]
