"""A real browser: headless Chromium at phone size."""

import pytest

PHONE = {"width": 360, "height": 740}
PROJECTOR = {"width": 1280, "height": 720}


def watched_page(browser, server, trouble: list[str], viewport=PHONE, **options):
    """A page in a browser of its own; `trouble` hears what it asks another host for, and what scripts of ours
    fail with."""
    context = browser.new_context(
        viewport=viewport, base_url=server.url, locale="vi-VN", has_touch=True, **options
    )
    page = context.new_page()
    page.on(
        "request", lambda request: trouble.append(request.url) if _elsewhere(request.url, server) else None
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    return page


@pytest.fixture
def open_page(browser, server):
    """Makes pages, each in a browser of its own; fails the test if one asked another host for anything, or
    a script of ours failed."""
    pages, trouble = [], []

    def make(viewport=PHONE, at=server):
        pages.append(watched_page(browser, at, trouble, viewport))
        return pages[-1]

    yield make
    for page in pages:
        page.context.close()
    assert trouble == []


def sign_in(page, visitor) -> None:
    """Let a page go on as somebody who signed in without a browser."""
    cookie = next(cookie for cookie in visitor.cookies if cookie.name == "hocso")
    page.context.add_cookies([{"name": "hocso", "value": cookie.value, "url": visitor.server.url}])


def _elsewhere(url: str, server) -> bool:
    return not url.startswith((server.url, f"ws://localhost:{server.port}", "data:", "blob:"))
