"""The same code on PostgreSQL, by one URL: with a real one, started for these tests where it is installed."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from glob import glob
from pathlib import Path

import pytest

from hocso.records import StorageAway, StorageBusy, open_database
from tests.conftest import TRAINER, Visitor, free_port
from tests.web.test_api import Kernel, event

HERE = Path(__file__).parent
# Those of the records' tests that lean most on what databases do differently.
MODULES = ("test_database.py", "test_upgrades.py", "exchange/test_files.py")


def program(name: str) -> str | None:
    return shutil.which(name) or next(iter(sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))), None)


class Postgres:
    """A PostgreSQL of its own on the loopback interface; run by its own user where root runs the tests."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", folder, "-A", "trust", "-U", "hocso", "--no-sync")

    def run(self, name, *arguments):
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(
            [program(name), *map(str, arguments)], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL
        )

    def new_database(self, name: str) -> str:
        """Its address."""
        self.run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "hocso", name)
        return f"postgresql://hocso@127.0.0.1:{self.port}/{name}"

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self.run("pg_ctl", "-D", self.folder, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.folder, "-w", "-m", "fast", "stop")


@pytest.fixture(scope="module")
def postgres():
    if program("initdb") is None:
        pytest.skip("PostgreSQL is not installed")
    # Not in pytest's folder, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="hocso-postgresql-") as folder:
        one = Postgres(Path(folder))
        one.start()
        yield one
        one.stop()


@pytest.mark.parametrize("module", MODULES)
def test_the_records_promise_the_same_on_postgresql(postgres, tmp_path, module):
    around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = f"--basetemp={tmp_path / 'own'}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", own, str(HERE / module)],
        env={**around, "HOCSO_TEST_DATABASE": postgres.new_database(Path(module).stem)},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_a_server_on_postgresql_outlives_its_restart_and_says_when_it_is_away(postgres, new_server):
    address = postgres.new_database("xa")
    server = new_server(HOCSO_DATABASE=address)
    learner, trainer = Visitor(server), Visitor(server)
    kernel, answer, late = Kernel(server, learner.register("Người Ở Xa")), event(), event()
    trainer.sign_in_to_account(TRAINER)
    assert kernel.send("events", answer).status_code == 201
    postgres.stop()
    refused = kernel.send("events", late)
    assert refused.status_code == 503
    assert "chưa nối được với nơi lưu dữ liệu" in refused.json()["message"]
    assert trainer.see("/giang-vien").status_code == 503
    with pytest.raises(StorageAway):
        open_database(address)
    postgres.start()
    assert kernel.send("events", late).status_code == 201
    assert trainer.see("/giang-vien").status_code == 200
    server.stop()


def test_who_waits_too_long_for_another_on_postgresql_is_told_so(postgres, monkeypatch):
    monkeypatch.setattr("hocso.records.database.BUSY_TIMEOUT_S", 1)
    address = postgres.new_database("dong")
    with closing(open_database(address)) as database, database.session() as session:
        session.connection().exec_driver_sql("LOCK TABLE hamlets IN ACCESS EXCLUSIVE MODE")
        with closing(open_database(address)) as other, pytest.raises(StorageBusy), other.session() as late:
            late.connection().exec_driver_sql("LOCK TABLE hamlets IN ACCESS EXCLUSIVE MODE")
