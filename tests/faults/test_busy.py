"""While another process holds the database for longer than one waits: a plain message, and nothing lost."""

import sqlite3
import threading
import time
from contextlib import closing

from sqlalchemy import func, select

from hocso.records import Event
from tests.conftest import Visitor
from tests.web.test_api import Kernel, event


def test_a_database_that_is_busy_for_long_refuses_in_plain_words_and_takes_it_once_later(new_server):
    server = new_server()
    kernel, late = Kernel(server, Visitor(server).register("Người Chờ Lâu")), event()
    held = threading.Event()

    def hold():
        with closing(sqlite3.connect(server.data / "hocso.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(11)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    answer = kernel.send("events", late)
    assert answer.status_code == 503
    assert "Máy chủ đang bận" in answer.json()["message"]
    holder.join()
    assert [kernel.send("events", late).status_code for _ in range(2)] == [201, 200]
    with closing(server.database()) as database, database.session(readonly=True) as session:
        assert session.scalar(select(func.count()).where(Event.id == late["id"])) == 1
    server.stop()
