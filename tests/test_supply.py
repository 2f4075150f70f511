"""What the kit is made of may be passed on, and what runs talks to nobody outside."""

import os
import re
import time
from importlib.metadata import PackageNotFoundError, metadata
from urllib.parse import urlsplit

import pytest
import requests

from hocso.records import attempts
from hocso.web.tokens import Pass
from tests.conftest import ADMINISTRATOR, KIT, STAFF, TRAINER, Visitor, kernel_in, token_of_kernel

LESSON, QUIZ = "ky-nang-so/mat-khau-va-otp", "ky-nang-so-04"

# Licences under which all of this can be given to a commune, changed, and given on.
COMPATIBLE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|LGPL|Zlib|CC0|Unlicense|HPND"
)
# Their packages say it in a file only.
READ_THERE = {"pyrage": "MIT", "axe-playwright-python": "MIT"}


def locked() -> list[str]:
    text = (KIT / "requirements.lock").read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)


def licence(package: str) -> str:
    about = metadata(package)
    named = [one.split("::")[-1] for one in about.get_all("Classifier", []) if one.startswith("License ::")]
    said = about.get("License-Expression") or " ".join(named) or (about.get("License") or "").split("\n")[0]
    return said.strip() or READ_THERE.get(package, "")


@pytest.mark.parametrize("package", locked())
def test_each_package_may_be_passed_on(package):
    try:
        said = licence(package)
    except PackageNotFoundError:
        pytest.skip("not for this system")
    assert COMPATIBLE.search(said), said or "no licence is named"
    assert not re.search(r"\bA?GPL", said), said


WATCH = """
import os, sys
_log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_home = ("127.", "::1", "localhost", "0.0.0.0", "/", "\\0")
def _watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        to = arguments[0] if event.startswith("socket.get") else arguments[1]
        name = to[0] if isinstance(to, tuple) else to
        name = name.decode(errors="replace") if isinstance(name, bytes) else str(name)
        if name and not name.startswith(_home):
            os.write(_log, f"{{event}} {{to}}\\n".encode())
    elif event == "subprocess.Popen":
        os.write(_log, f"began {{os.path.basename(str(arguments[0]))}}\\n".encode())
sys.addaudithook(_watch)
"""


@pytest.fixture(scope="module")
def visited(new_server, tmp_path_factory):
    """(pages and files that were fetched, {address: text}; what all processes of the server called outside):
    everybody has looked at everything, and a quiz was graded."""
    folder = tmp_path_factory.mktemp("watch")
    log = folder / "calls"
    (folder / "sitecustomize.py").write_text(WATCH.format(log=str(log)))
    server = new_server(PYTHONPATH=os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    seen = {}
    learner = Visitor(server)
    learner_id = learner.register("Tô Thị Đi Khắp")
    hand_in(server, learner, learner_id)
    everybody = [Visitor(server), learner]
    for account in (TRAINER, STAFF, ADMINISTRATOR):
        everybody.append(Visitor(server))
        everybody[-1].sign_in_to_account(account)
    everybody[2].submit("/giang-vien", {"place": "Nhà văn hóa", "date": "2026-11-24", "lesson": LESSON})
    for one in everybody:
        walk(one, seen)
    return seen, log.read_text()


def hand_in(server, learner, learner_id) -> None:
    with server.database().session() as session:
        attempt = attempts.current_attempt(session, learner_id, QUIZ).id
    token = token_of_kernel(server, Pass(learner_id, LESSON, QUIZ))
    answer = requests.post(
        f"{server.url}/api/attempts",
        json={"id": attempt, "answers": {}},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 202, answer.text
    for _ in range(600):
        with server.database().session(readonly=True) as session:
            if attempts.get(session, attempt, learner_id).state == "graded":
                return
        time.sleep(0.1)
    raise AssertionError(server.log)


OF_A_KIND = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/hoc/).*|(?<=/kiem-tra/).*|(?<=/trinh-chieu/)[^/]+/[^/]+"
)


def walk(one: Visitor, seen: dict[str, str]) -> None:
    """Every address of ours that a page names, one of each kind."""
    waiting, kinds = ["/", "/dang-nhap", "/vao-hoc", f"/hoc/{LESSON}"], set()
    while waiting:
        path = waiting.pop(0)
        kind = OF_A_KIND.sub("*", path)
        if kind in kinds or urlsplit(path).query:
            continue
        kinds.add(kind)
        answer = one.see(path)
        if not re.match(r"text|application/j", answer.headers.get("Content-Type", "")):
            continue
        seen[path] = answer.text
        if answer.headers["Content-Type"].startswith("text/html"):
            waiting += re.findall(r'\b(?:href|src)="(/[^"#]*)', answer.text)
            if 'data-kernel-id="' in answer.text:
                one.submit(f"/voila/api/shutdown/{kernel_in(answer.text)}")


def test_everybody_was_everywhere(visited):
    seen, calls = visited
    assert {"/", f"/hoc/{LESSON}", "/giang-vien", "/can-bo/chi-tieu", "/quan-tri/nhat-ky"} <= set(seen)
    assert len([path for path in seen if path.startswith("/static/")]) > 5
    assert "began" in calls  # the watch was there


def test_no_page_or_file_fetches_from_another_host(visited):
    """A link that is pressed may lead elsewhere; nothing that is loaded does."""
    fetched = re.compile(
        r"""<(?:script|img|link|iframe|source|video|audio|embed|object|use|image|form|base|input)\b[^>]*?"""
        r"""\b(?:src|href|action|data|srcset|poster|formaction)=["']?\s*((?:https?:)?//[^"'\s>]+)"""
        r"""|url\(\s*["']?((?:https?:)?//[^"')]+)|@import\s+["']((?:https?:)?//[^"']+)"""
        r"""|(?:fetch|import|WebSocket|EventSource|sendBeacon|open)\(\s*["'`]((?:https?:|wss?:)?//[^"'`]+)""",
        re.IGNORECASE,
    )
    found = {path: fetched.findall(text) for path, text in visited[0].items()}
    assert {path: where for path, where in found.items() if where} == {}


def test_no_process_of_the_server_calls_anybody(visited):
    calls = [line for line in visited[1].splitlines() if not line.startswith("began")]
    assert calls == []
