"""A real browser: headless Chromium at phone size."""

import pytest

PHONE = {"width": 360, "height": 740}
PROJECTOR = {"width": 1280, "height": 720}


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
