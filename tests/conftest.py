"""The real server in a process of its own, on a data folder of its own, as a commune would run it."""

import ipaddress
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import requests
from playwright.sync_api import sync_playwright
from requests.adapters import HTTPAdapter

from hocso import grading
from hocso.course import Catalogue, load_catalogue
from hocso.records import Database, Learner, accounts, hamlets, learners, open_database
from hocso.web.app import server_secret
from hocso.web.tokens import BoardPass, KernelTokens, Pass

KIT = Path(__file__).parents[1]
TRAINER = ("giangvien.thu", "mat-khau-giang-vien")
OTHER_TRAINER = ("giangvien.khac", "mat-khau-giang-vien")
STAFF = ("canbo.thu", "mat-khau-can-bo")
ADMINISTRATOR = ("quantri.thu", "mat-khau-quan-tri")
HAMLETS = ("Ấp Thử 1", "Ấp Thử 2")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Server:
    """A running `hocso serve`; `log` is what it printed."""

    kit: Path
    data: Path
    port: int
    environment: dict = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://localhost:{self.port}"

    @property
    def certificate(self) -> str | None:
        return dict(zip(self.options, self.options[1:], strict=False)).get("--tls-cert")

    @property
    def log(self) -> str:
        return (self.data / "server.log").read_text(encoding="utf-8")

    def hocso(self, *arguments: str) -> str:
        """Run the command line on the same data; returns what it printed."""
        return subprocess.run(
            [sys.executable, "-c", "from hocso.cli import main; main()", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout

    @property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.kit)

    def trainer_notes(self, lesson_id: str) -> list[str]:
        """The first line of each trainer's note of a lesson."""
        cells = json.loads(self.catalogue.lesson(lesson_id).path.read_text(encoding="utf-8"))["cells"]
        notes = [cell for cell in cells if cell["metadata"].get("hocso", {}).get("trainer_note")]
        return ["".join(cell["source"]).splitlines()[-1].strip("*- ") for cell in notes]

    def database(self) -> Database:
        return open_database(self.environment.get("HOCSO_DATABASE") or self.data / "hocso.db")

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "server.log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "from hocso.cli import main; main()",
                    "serve",
                    "--port",
                    str(self.port),
                    *self.options,
                ],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        for _ in range(600):
            try:
                if requests.get(f"{self.url}/healthz", timeout=30, verify=self.certificate or True).ok:
                    return
            except requests.ConnectionError:
                pass
            assert self.process.poll() is None, self.log
            time.sleep(0.1)
        raise AssertionError(self.log)

    def kill(self) -> None:
        """As a power cut would: nobody is told."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def _environment(self) -> dict:
        return {
            **os.environ,
            "HOCSO_KIT": str(self.kit),
            "HOCSO_DATA": str(self.data),
            "PYTHONUTF8": "1",
            **self.environment,
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def released_course(tmp_path_factory) -> Path:
    """nbgrader's course after the release of the kit's quizzes, made once for all servers."""
    data = tmp_path_factory.mktemp("released")
    grading.release(KIT, data)
    return data / "course"


@contextmanager
def servers(tmp_path_factory, released_course):
    """Makes servers; all are stopped at the end."""
    running = []

    def make(
        kit: Path = KIT, data: Path | None = None, options: list[str] | None = None, **environment: str
    ) -> Server:
        data = data or tmp_path_factory.mktemp("data")
        server = Server(kit, data, free_port(), environment, options or [])
        if kit == KIT and not (server.data / "course").exists():
            shutil.copytree(released_course, server.data / "course")
        with server.database().session() as session:
            for name in HAMLETS:
                hamlets.add(session, name)
            for (username, password), role, name in (
                (TRAINER, "trainer", "Giảng viên Thử"),
                (OTHER_TRAINER, "trainer", "Giảng viên Khác"),
                (STAFF, "staff", "Cán bộ Thử"),
                (ADMINISTRATOR, "administrator", "Quản trị Thử"),
            ):
                accounts.create_account(
                    session, username=username, password=password, role=role, display_name=name
                )
        server.start()
        running.append(server)
        return server

    try:
        yield make
    finally:
        for server in running:
            server.stop()


@pytest.fixture(scope="module")
def new_server(tmp_path_factory, released_course):
    """Makes servers of a module's own: `new_server(kit=..., NAME_IN_ENVIRONMENT=...)`."""
    with servers(tmp_path_factory, released_course) as make:
        yield make


def small_kit(folder: Path) -> Path:
    """A copy of the kit with two lessons and their quizzes, to be changed."""
    kept = {"ky-nang-so": "04", "nghi-quyet-57": "03"}
    for name in ("lessons", "quizzes", "voila_apps"):
        shutil.copytree(KIT / name, folder / name)
    for lesson in folder.glob("lessons/*/*.ipynb"):
        if lesson.name[:2] != kept.get(lesson.parent.name):
            lesson.unlink()
    for quiz in folder.glob("quizzes/source/*"):
        track, _, number = quiz.name.rpartition("-")
        if number != kept.get(track):
            shutil.rmtree(quiz)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory, released_course):
    """One server for all tests that leave it as good as they found it."""
    with servers(tmp_path_factory, released_course) as make:
        yield make()


def sealed(server: Server, allowed: Pass) -> Pass:
    """The pass as the page of a lesson makes it: with the seal of the PIN that its learner has."""
    with server.database().session(readonly=True) as session:
        learner = session.get(Learner, allowed.learner_id)
        return replace(allowed, seal=learner and learners.seal(learner))


def token_of_kernel(server: Server, allowed: Pass | BoardPass, secret: bytes | None = None) -> str:
    """What a kernel shows to the API: one of this server's that is there now, of nobody's lesson."""
    page = Visitor(server).see("/hoc/ky-nang-so/mat-khau-va-otp")
    if isinstance(allowed, Pass):
        allowed = sealed(server, allowed)
    tokens = KernelTokens(secret or server_secret(server.data), type(allowed))
    return tokens.issue(allowed, kernel_in(page.text))


class FromAddress(HTTPAdapter):
    """Connects from an address of this machine."""

    def __init__(self, address: str):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


class Visitor(requests.Session):
    """A browser without scripts: keeps cookies, and sends the XSRF token with every form. Each has an address
    of its own, as on a network, so the server's limits for one address are not met by all tests together."""

    _addresses = itertools.count(2)

    def __init__(self, server: Server):
        super().__init__()
        self.server = server
        self.way_in: tuple[str, dict] | None = None
        if sys.platform == "linux":
            address = ipaddress.IPv4Address("127.0.0.0") + next(self._addresses)
            self.mount(server.url, FromAddress(str(address)))
        if server.certificate:
            self.verify, self.trust_env = server.certificate, False

    def see(self, path: str, **kwargs) -> requests.Response:
        return self.get(self.server.url + path, **kwargs)

    def submit(self, path: str, form: dict | None = None, **kwargs) -> requests.Response:
        if "_xsrf" not in self.cookies:
            self.see("/vao-hoc")
        return self.post(
            self.server.url + path, data={"_xsrf": self.cookies["_xsrf"], **(form or {})}, **kwargs
        )

    def register(self, name: str, pin: str = "1357", **changes) -> str:
        """Register and stay signed in; returns the learner's id."""
        form = {
            "full_name": name,
            "birth_year": "1960",
            "hamlet_id": "ap-thu-1",
            "group": "nguoi-dan",
            "pin": pin,
            "pin_again": pin,
            "consent": "yes",
            **changes,
        }
        answer = self.submit("/vao-hoc/ghi-ten", form)
        assert answer.ok, answer.text
        found = self.submit("/vao-hoc/ten", {"ten": name})
        learner_id = re.search(r"/vao-hoc/pin/([0-9a-f-]{36})", found.text)[1]
        self.way_in = (f"/vao-hoc/pin/{learner_id}", {"pin": pin})
        return learner_id

    def reach(self, lesson_id: str, step: str, learner: str, event: str | None = None) -> requests.Response:
        """Tell the step that was reached, as the page of a lesson does; `learner` as in `learner_in`."""
        body = {"id": event or str(uuid.uuid4()), "lesson": lesson_id, "step": step, "learner": learner}
        headers = {"X-XSRFToken": self.cookies["_xsrf"]}
        return self.post(f"{self.server.url}/api/place", json=body, headers=headers)

    def sign_in_to_account(self, account: tuple[str, str]) -> requests.Response:
        self.way_in = ("/dang-nhap", {"username": account[0], "password": account[1]})
        return self.submit(*self.way_in)

    def come_back(self) -> None:
        """Sign in again, where this browser was."""
        if self.way_in:
            assert self.submit(*self.way_in).ok


def kernel_in(page: str) -> str:
    """The id of the kernel behind the page of a lesson or quiz."""
    return re.search(r'data-kernel-id="([^"]+)"', page)[1]


def learner_in(page: str) -> str:
    """How the page of a lesson tells whose it is."""
    return re.search(r'data-learner="([^"]+)"', page)[1]


@pytest.fixture
def visitor(server):
    return lambda at=server: Visitor(at)


@pytest.fixture
def short_folder():
    """A temporary folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="hs-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with little room; `fill()` takes all of it, `free()` gives it back."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system needs root")

    class Disk:
        path = folder
        _ballast = folder / "ballast"

        def fill(self):
            for size in (2**20, 2**12, 1):
                with self._ballast.open("ab", buffering=0) as file:
                    try:
                        while file.write(b"x" * size) == size:
                            pass
                    except OSError:
                        pass

        def free(self):
            self._ballast.unlink()

    yield Disk()
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise AssertionError("Chromium is missing: run tests/install_tools.sh")


@pytest.fixture(scope="module")
def browser():
    """Not longer than a module: while Playwright runs, no other test can run an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "cert.pem", folder / "key.pem"
