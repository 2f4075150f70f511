"""While another process holds the database: nobody else waits, a plain message at last, and nothing lost."""

import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import requests
from sqlalchemy import func, select

from hocso.records import Event
from tests.conftest import Visitor
from tests.web.test_api import Kernel, event


@contextmanager
def held(database):
    """Another process, as to SQLite, writes for as long as the block lasts."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_database_that_is_busy_for_long_refuses_in_plain_words_and_takes_it_once_later(server):
    kernel, late = Kernel(server, Visitor(server).register("Người Chờ Lâu")), event()
    with held(server.data / "hocso.db"):
        answer = kernel.send("events", late)
    assert answer.status_code == 503
    assert "Máy chủ đang bận" in answer.json()["message"]
    assert [kernel.send("events", late).status_code for _ in range(2)] == [201, 200]
    with closing(server.database()) as database, database.session(readonly=True) as session:
        assert session.scalar(select(func.count()).where(Event.id == late["id"])) == 1


def test_while_answers_wait_for_a_busy_database_others_read_on_and_the_answers_are_saved_in_the_end(server):
    kernels = [Kernel(server, Visitor(server).register(f"Người Chờ {i}")) for i in ("Một", "Hai", "Ba")]
    answers = []
    waiting = [
        threading.Thread(target=lambda one=one: answers.append(one.send("events", event()).status_code))
        for one in kernels
    ]
    with held(server.data / "hocso.db"):
        for one in waiting:
            one.start()
        time.sleep(1)
        # All three are at the server by now; had one of them stopped it, nobody would come through.
        pages = [requests.get(f"{server.url}{path}", timeout=5) for path in ("/", "/vao-hoc", "/tu-dien")]
        assert not answers
    for one in waiting:
        one.join()
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert answers == [201, 201, 201]


def test_who_signs_out_while_the_database_is_busy_has_left_all_the_same(new_server):
    server = new_server()
    one, copy = Visitor(server), Visitor(server)
    one.register("Người Ra Về")
    copy.cookies.update(one.cookies)
    with held(server.data / "hocso.db"):
        one.submit("/ra")
        assert "Người Ra Về" not in copy.see("/du-lieu-cua-toi").text
    # It is written when somebody else leaves.
    another = Visitor(server)
    another.register("Người Ra Sau")
    another.submit("/ra")
    server.stop()
    server.start()
    assert "Người Ra Về" not in copy.see("/du-lieu-cua-toi").text
    server.stop()
