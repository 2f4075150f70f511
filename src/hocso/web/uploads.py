"""Files that wait for a confirmation: in a private folder for an hour, each for the account that sent it.

Not in the page itself: a phone would have to carry ten megabytes there and back.
"""

import re
import time
import uuid
from pathlib import Path

from .page import Refused

SECONDS = 3600
ID = re.compile(r"[0-9a-f]{32}")


def keep(data: Path, account_id: str, content: bytes) -> str:
    """Keep a file; returns the id to ask for it by. What has waited for too long is removed."""
    sweep(data)
    folder = _folder(data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    upload_id = uuid.uuid4().hex
    file = _file(data, account_id, upload_id)
    file.touch(mode=0o600)
    file.write_bytes(content)
    return upload_id


def read(data: Path, account_id: str, upload_id: str) -> bytes:
    """A file that waits for this account. Raises Refused where it waits no more."""
    sweep(data)
    try:
        if not ID.fullmatch(upload_id):
            raise FileNotFoundError
        return _file(data, account_id, upload_id).read_bytes()
    except FileNotFoundError:
        raise Refused(
            410, "Tệp đã gửi không còn ở đây: chờ quá một giờ, hoặc đã nhập rồi. Mời chọn lại tệp."
        ) from None


def remove(data: Path, account_id: str, upload_id: str) -> None:
    """Remove a file that is done with."""
    if ID.fullmatch(upload_id):
        _file(data, account_id, upload_id).unlink(missing_ok=True)


def sweep(data: Path) -> None:
    """Remove what has waited for more than an hour."""
    for file in _folder(data).glob("*"):
        if time.time() - file.stat().st_mtime > SECONDS:
            file.unlink(missing_ok=True)


def _folder(data: Path) -> Path:
    return data / "uploads"


def _file(data: Path, account_id: str, upload_id: str) -> Path:
    return _folder(data) / f"{account_id}-{upload_id}"
