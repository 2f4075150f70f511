"""A phone on slow 4G, a real browser: first visit and second lesson, until an answer is acknowledged."""

import asyncio
import base64
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import CDPSession, Page, Playwright, TimeoutError, sync_playwright

from .result import NotMeasured, Row, say
from .same_lesson import warm_up_and_compare
from .servers import HOST, Server, in_turn, our_server, running, stock_server

ROUNDS = 3
SECONDS_TO_ANSWER = 120
PHONE = {"width": 360, "height": 740}
SLOW_4G = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,  # bytes a second
}
CPU_SLOWER = 4
# The first exercise with options in sight; the lessons that are opened have it in their first step.
OPTION = ".hs-option:visible"
CHECK = ".hs-check:visible"
ACKNOWLEDGED = ".hs-feedback-title:visible"
# Stock Voilà loads every JupyterLab extension that it finds; these are here only because nbgrader is.
NEIGHBOURS = ("/labextensions/@jupyter/nbgrader/", "/labextensions/@jupyter-notebook/")
BROWSER = [
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
    def kib(self) -> float:
        return self.http_kib + self.websocket_kib

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


@dataclass(frozen=True)
class PhoneVisit:
    """Seconds until the first answer is acknowledged; the traffic of the first lesson until then."""

    first: float
    second: float
    traffic: Traffic


def measure(opens: int) -> list[Row]:
    with running(our_server, stock_server) as servers:
        asyncio.run(warm_up_and_compare(*servers))
        # Playwright has a loop of its own in this thread, in which no other may run.
        with sync_playwright() as playwright:
            return _measure(playwright, *servers)


def _measure(playwright: Playwright, ours: Server, stock: Server) -> list[Row]:
    chromium = chromium_of(playwright)
    visits, failed = {ours: [], stock: []}, ""
    for server in in_turn((ours, stock), ROUNDS):
        try:
            visit = _visit(playwright, chromium, server)
        except TimeoutError:
            if server is ours:
                raise
            say(f"  {server.name}: no answer after {SECONDS_TO_ANSWER} s")
            failed += (
                f"; a visit to {server.name} had NO ANSWER after {SECONDS_TO_ANSWER} s and is not counted"
            )
            continue
        visits[server].append(visit)
        say(
            f"  {server.name}: {visit.first:.2f} s, then {visit.second:.2f} s; {visit.traffic.requests} "
            f"requests, {visit.traffic.http_kib:,.0f} KiB over HTTP, "
            f"{visit.traffic.websocket_kib:,.0f} over websockets"
        )

    if not visits[stock]:
        raise NotMeasured(f"no visit to {stock.name} was answered{failed}")

    def row(what: str, unit: str, value: Callable, how: str, target: float | None) -> Row:
        values = ([value(visit) for visit in visits[server]] for server in (ours, stock))
        return Row(what, unit, *values, how, target=target)

    how = (
        f"headless Chromium told to be a phone: 1.6 Mbit/s, 150 ms, CPU / {CPU_SLOWER}; from the "
        f"address until the first option of the first exercise is chosen, «Kiểm tra» pressed and the "
        f"judgement shown; median of {ROUNDS}, in turn; the network's limits are Chromium's own, for HTTP"
    )
    how += failed
    until = "until the first answer is acknowledged"
    traffic = _remarks({server: [visit.traffic for visit in visits[server]] for server in visits})
    bytes_how = "encodedDataLength of Chromium's network events and the websockets' messages"
    return [
        row(f"first visit, slow 4G phone, {until}", "s", lambda v: v.first, how + "; empty cache", 5),
        row("requests of the first visit", "", lambda v: v.traffic.requests, f"until then{traffic}", 5),
        row("bytes of the first visit", "KiB", lambda v: v.traffic.kib, f"until then; {bytes_how}", 5),
        row(
            "of these, over websockets", "KiB", lambda v: v.traffic.websocket_kib, "before compression", None
        ),
        row(f"second lesson, same phone, {until}", "s", lambda v: v.second, how + "; warm cache", 4),
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


def _visit(playwright: Playwright, chromium: str, server: Server) -> PhoneVisit:
    browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
    try:
        page = browser.new_page(viewport=PHONE, locale="vi-VN", has_touch=True)
        page.set_default_timeout(1000 * SECONDS_TO_ANSWER)
        phone = page.context.new_cdp_session(page)
        phone.send("Network.enable")
        phone.send("Network.emulateNetworkConditions", SLOW_4G)
        phone.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
        traffic = Traffic(page.context.new_cdp_session(page), server.url)
        first = _open_and_answer(page, server.url + server.lesson)
        traffic.stop()
        second = _open_and_answer(page, server.url + server.next_lesson)
        page.goto("about:blank")  # the page tells its server that it is left
        page.wait_for_timeout(500)
    finally:
        browser.close()
    server.wait_until_idle()
    return PhoneVisit(first, second, traffic)


def _open_and_answer(page: Page, url: str) -> float:
    """Seconds until the first answer is acknowledged."""
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(OPTION).first.click()
    page.locator(CHECK).first.click()
    page.locator(ACKNOWLEDGED).first.wait_for()
    return time.perf_counter() - began


def chromium_of(playwright: Playwright) -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if Path(playwright.chromium.executable_path).exists():
        return playwright.chromium.executable_path
    raise NotMeasured("Chromium is missing: run tests/install_tools.sh")
