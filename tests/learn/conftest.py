"""A trial session for each test, and a server that records what kernels tell it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hocso.learn import session


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch):
    """No test hears of another test's exercises or learner."""
    monkeypatch.delenv("HOCSO_API", raising=False)
    monkeypatch.delenv("HOCSO_TOKEN", raising=False)
    monkeypatch.setattr(session, "_session", None)
    monkeypatch.setattr(session, "_exercises", {})


class Office:
    """A real HTTP server in the place of Học Số: keeps what it is sent, answers as it is told."""

    token = "the-token"

    def __init__(self):
        self.state = {"lesson": "thu/bai", "quiz": None, "attempt": None, "seed": 7, "exercises": {}}
        self.statuses = {"state": [], "events": [], "attempts": []}
        self.received = {"events": [], "attempts": []}
        self.committed = []
        self.garbled = b""
        office = self

        class Desk(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(office.status("state", 200), office.state)

            def do_POST(self):
                path = self.path.rsplit("/", 1)[1]
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                office.received[path].append(body)
                status = office.status(path, 201 if path == "events" else 202)
                if status == 201:
                    office.committed.append(body)
                self.answer(status, {"result_url": f"/ket-qua/{body['id']}"} if status == 202 else {})

            def answer(self, status, body):
                if self.headers["Authorization"] != f"Bearer {office.token}":
                    status = 401
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/dang-nhap")
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(office.garbled or json.dumps(body).encode())

            def log_message(self, *args):
                """Quiet: pytest's output is for failures."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.api = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def status(self, path, usual):
        return self.statuses[path].pop(0) if self.statuses[path] else usual

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def office(monkeypatch):
    office = Office()
    monkeypatch.setenv("HOCSO_API", office.api)
    monkeypatch.setenv("HOCSO_TOKEN", office.token)
    yield office
    office.close()
