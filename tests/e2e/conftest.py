"""A real browser: headless Chromium at phone size."""

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import chromium

PHONE = {"width": 360, "height": 740}
PROJECTOR = {"width": 1280, "height": 720}
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, server):
    """Makes pages, each in a browser of its own; fails the test if one asked another host for anything, or
    a script of ours failed."""
    contexts, trouble = [], []

    def make(viewport=PHONE, at=server):
        context = browser.new_context(viewport=viewport, base_url=at.url, locale="vi-VN", has_touch=True)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request", lambda request: trouble.append(request.url) if _elsewhere(request.url, at) else None
        )
        page.on("pageerror", lambda error: trouble.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert trouble == []


def _elsewhere(url: str, server) -> bool:
    return not url.startswith((server.url, f"ws://localhost:{server.port}", "data:", "blob:"))
