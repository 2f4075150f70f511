"""A first visit in a real browser: what goes over the network until the first exercise can be answered."""

import base64
import shutil
import time
from collections import Counter
from pathlib import Path

from playwright.sync_api import CDPSession, Playwright, sync_playwright

from .result import NotMeasured, Row, say
from .same_lesson import warm_up_and_compare
from .servers import HOST, Server, both_servers, in_turn

ROUNDS = 3
SECONDS_TO_PAINT = 120
PHONE = {"width": 360, "height": 740}
FIRST_EXERCISE = ".hs-check:visible"
# Stock Voilà loads every JupyterLab extension that it finds; these are here only because nbgrader is.
NEIGHBOURS = ("/labextensions/@jupyter/nbgrader/", "/labextensions/@jupyter-notebook/")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves this machine: every other name fails at once.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
]


class Traffic:
    """Counts Chromium's network events until stop(). Bytes of HTTP are as sent (compressed, with headers);
    bytes of websockets are those of the messages."""

    def __init__(self, cdp: CDPSession, url: str):
        self._cdp, self._url = cdp, url
        self._requests: Counter[str] = Counter()
        self._http: Counter[str] = Counter()
        self._neighbours: set[str] = set()
        self._redirects = self._websockets = 0
        self.elsewhere: set[str] = set()
        for event, count in {
            "requestWillBeSent": self._request,
            "requestServedFromCache": lambda event: self._requests.pop(event["requestId"], None),
            "dataReceived": self._data,
            "loadingFinished": self._finished,
            "webSocketFrameReceived": self._frame,
            "webSocketFrameSent": self._frame,
        }.items():
            cdp.on(f"Network.{event}", count)
        cdp.send("Network.enable")

    def stop(self) -> None:
        self._cdp.detach()

    @property
    def requests(self) -> int:
        """Requests to the server, redirects included; a websocket is none."""
        return self._requests.total()

    @property
    def http_kib(self) -> float:
        return (self._http.total() + self._redirects) / 1024

    @property
    def websocket_kib(self) -> float:
        return self._websockets / 1024

    @property
    def neighbours(self) -> tuple[int, float]:
        """Requests and KiB, within the above, for extensions that a Voilà without nbgrader would not have."""
        ids = self._neighbours
        return sum(self._requests[id] for id in ids), sum(self._http[id] for id in ids) / 1024

    def _request(self, event):
        url = event["request"]["url"]
        if url.startswith(self._url):
            self._requests[event["requestId"]] += 1
            if any(part in url for part in NEIGHBOURS):
                self._neighbours.add(event["requestId"])
        elif url.startswith("http"):
            self.elsewhere.add(url)
        if "redirectResponse" in event:
            self._redirects += event["redirectResponse"]["encodedDataLength"]

    def _data(self, event):
        self._http[event["requestId"]] += event["encodedDataLength"]

    def _finished(self, event):
        self._http[event["requestId"]] = event["encodedDataLength"]

    def _frame(self, event):
        payload = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2
        self._websockets += len(base64.b64decode(payload) if binary else payload.encode())


def measure(opens: int) -> list[Row]:
    with sync_playwright() as playwright:
        chromium = _chromium(playwright)
        with both_servers() as (ours, stock):
            warm_up_and_compare((ours, stock))
            traffic, seconds = {ours: [], stock: []}, {ours: [], stock: []}
            for server in in_turn((ours, stock), ROUNDS):
                took, counted = _visit(playwright, chromium, server)
                seconds[server].append(took)
                traffic[server].append(counted)
                say(
                    f"  {server.name}: {took:.2f} s, {counted.requests} requests, "
                    f"{counted.http_kib:,.0f} KiB over HTTP, {counted.websocket_kib:,.0f} over websockets"
                )

    def counted(what: str, unit: str, name: str, how: str) -> Row:
        values = ([getattr(one, name) for one in traffic[server]] for server in (ours, stock))
        return Row(f"first visit: {what} until then", unit, *values, how)

    how = f"headless Chromium, an empty cache each time, no throttling; median of {ROUNDS}, in turn"
    first = "first visit: time until the first exercise can be answered"
    return [
        Row(first, "s", seconds[ours], seconds[stock], how),
        counted("requests", "", "requests", f"to the server{_remarks(traffic)}"),
        counted("bytes over HTTP", "KiB", "http_kib", "encodedDataLength of Chromium's network events"),
        counted("bytes over websockets", "KiB", "websocket_kib", "messages both ways, before compression"),
    ]


def _remarks(traffic: dict[Server, list[Traffic]]) -> str:
    """What a reader must know to judge the numbers, as far as it happened."""
    remarks = []
    for server, (first, *_) in traffic.items():
        if first.elsewhere:
            remarks.append(
                f"{server.name} also asks other hosts for {len(first.elsewhere)} files, which are not let "
                "through nor counted"
            )
        requests, kib = first.neighbours
        if requests:
            remarks.append(
                f"{requests} requests and {kib:.0f} KiB of {server.name} are front-end extensions of "
                "nbgrader and notebook, which a Voilà installed alone would not load"
            )
    return "".join(f"; {remark}" for remark in remarks)


def _visit(playwright: Playwright, chromium: str, server: Server) -> tuple[float, Traffic]:
    """One visit with an empty cache: seconds until the first exercise can be answered, and the traffic."""
    processes = len(server.processes())
    browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
    try:
        page = browser.new_page(viewport=PHONE, locale="vi-VN", has_touch=True)
        traffic = Traffic(page.context.new_cdp_session(page), server.url)
        began = time.perf_counter()
        page.goto(server.url + server.lesson, wait_until="commit", timeout=1000 * SECONDS_TO_PAINT)
        page.locator(FIRST_EXERCISE).first.wait_for(timeout=1000 * SECONDS_TO_PAINT)
        seconds = time.perf_counter() - began
        traffic.stop()
        page.goto("about:blank")  # the page tells its server that it is left
        page.wait_for_timeout(500)
    finally:
        browser.close()
    server.wait_for_processes(processes)
    return seconds, traffic


def _chromium(playwright: Playwright) -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if Path(playwright.chromium.executable_path).exists():
        return playwright.chromium.executable_path
    raise NotMeasured("Chromium is missing: run tests/install_chromium.sh")
