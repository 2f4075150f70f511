"""Files that never change under their address: fingerprinted, compressed beforehand, kept for a year."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from tornado.web import HTTPError, RequestHandler

from hocso.learn import page_code

STATIC = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600

# Pages of lessons have one script and one style sheet: each further request costs a phone a round trip.
LESSON_SCRIPT = "bai-hoc.js"
LESSON_STYLE = "bai-hoc.css"
PRESENTING_SCRIPT = "trinh-chieu.js"
PRESENTING_STYLE = "trinh-chieu.css"


@dataclass(frozen=True)
class Asset:
    body: bytes
    packed: bytes | None
    content_type: str


class Assets:
    """Addresses for contents: `/static/<fingerprint>/<name>`."""

    def __init__(self):
        self._assets: dict[str, Asset] = {}
        self._current: dict[str, str] = {}
        self._files: dict[Path, tuple[tuple, str]] = {}
        for file in STATIC.iterdir():
            self.add(file.name, file.read_bytes())
        self.add_lesson_code()

    def add_lesson_code(self) -> None:
        """Read the script and the style of lesson pages."""
        style = self.text("hocso.css") + page_code.style()
        self.add(LESSON_SCRIPT, script_with_exercises("again.js", "lesson.js").encode())
        self.add(LESSON_STYLE, style.encode())
        self.add(PRESENTING_SCRIPT, script_with_exercises("presenting.js").encode())
        self.add(PRESENTING_STYLE, (style + self.text("presenting.css")).encode())

    def add(self, name: str, body: bytes) -> str:
        """Serve `body` from now on; returns its path. `name` gives the kind of content."""
        fingerprint = f"{hashlib.sha256(body).hexdigest()[:16]}/{name}"
        if fingerprint not in self._assets:
            packed = gzip.compress(body, 9, mtime=0)
            content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self._assets[fingerprint] = Asset(
                body, packed if len(packed) < 0.9 * len(body) else None, content_type
            )
        self._current[name] = fingerprint
        return f"/static/{fingerprint}"

    def text(self, name: str) -> str:
        return (STATIC / name).read_text(encoding="utf-8")

    def url(self, name: str) -> str:
        """The path of one of our own static files."""
        return f"/static/{self._current[name]}"

    def file_url(self, file: Path) -> str:
        """The path of a picture of a lesson, read again when it has changed. Raises OSError."""
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._files.get(file)
        if known is None or known[0] != stamp:
            self._files[file] = known = (stamp, self.add(file.name, file.read_bytes()))
        return known[1]

    def find(self, fingerprint: str) -> Asset | None:
        return self._assets.get(fingerprint)


class AssetHandler(RequestHandler):
    """No cookie, no visitor: the same for all, for a year."""

    def get(self, fingerprint: str):
        asset = self.settings["hocso"].assets.find(fingerprint)
        if asset is None:
            raise HTTPError(404)
        self.set_header("Content-Type", content_type_header(asset.content_type))
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable")
        if asset.packed and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Vary", "Accept-Encoding")
            self.finish(asset.packed)
        else:
            self.finish(asset.body)

    head = get


def content_type_header(kind: str) -> str:
    text = kind.startswith("text/") or kind in ("application/json", "application/javascript", "image/svg+xml")
    return f"{kind}; charset=utf-8" if text else kind


def script_with_exercises(*page: str) -> str:
    """One module: the exercises, the widgets' connection to their kernel, and the scripts of the page around
    them."""
    parts = (STATIC / name for name in ("widgets.js", *page))
    own = "".join(f"{{\n{part.read_text(encoding='utf-8')}\n}}\n" for part in parts)
    return f"{page_code.script()}\n{own}"


def size_of_drawing(svg: bytes) -> tuple[str, str] | None:
    """(width, height) of an SVG's viewBox, so that a page leaves room for it before it has come."""
    found = re.search(rb'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg[:1000])
    return (found[1].decode(), found[2].decode()) if found else None
