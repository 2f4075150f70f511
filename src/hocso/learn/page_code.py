"""The browser's part: static/*.js and static/exercises.css, sent once a page and shared by all exercises.

In JupyterLab, each exercise's own `_esm` is a few lines that fetch the code from the one widget that holds
it: a lesson with twelve exercises would otherwise send twelve copies. The residents' page has the same code
as a file (`hocso.web.assets`).
"""

from importlib.resources import files

import ipywidgets
import traitlets

# Order matters: a file may use what those before it define. Together they make one ES module.
SCRIPTS = (
    "icons.js",
    "dom.js",
    "kept.js",
    "taps.js",
    "chooser.js",
    "choices.js",
    "order.js",
    "piles.js",
    "match.js",
    "phone.js",
    "inbox.js",
    "password.js",
    "mistakes.js",
    "gaps.js",
    "number.js",
    "chart.js",
    "exercise.js",
    "task.js",
    "quiz.js",
)

STATIC = files("hocso.learn") / "static"

LOADER = (STATIC / "loader.js").read_text(encoding="utf-8")


class PageCode(ipywidgets.Widget):
    """Holds the script and the style of all exercises; draws nothing."""

    js = traitlets.Unicode().tag(sync=True)
    css = traitlets.Unicode().tag(sync=True)


_shared: PageCode | None = None


def shared() -> str:
    """A reference to this kernel's one PageCode, made on first use."""
    global _shared
    if _shared is None or _shared.comm is None:
        _shared = PageCode(js=script(), css=style())
    return f"IPY_MODEL_{_shared.model_id}"


def script() -> str:
    """An ES module that exports `render(model, el)`."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)


def style() -> str:
    return (STATIC / "exercises.css").read_text(encoding="utf-8")
