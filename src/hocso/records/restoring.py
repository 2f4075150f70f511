"""Other contents for a data folder, all of them or none, also where the plug is pulled in the middle.

They are unpacked into a folder called `.unpacking-*`, in which nothing counts yet. When all is there, and a
plan of what goes where, it is renamed to `.replacing-*`: from then on the change is finished, by whoever
opens the data folder next (`finish`). What lies where tells how far it is.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from .clock import STAMP, utc_now
from .durable import flush_folder, write_private
from .errors import DataInUse

log = logging.getLogger(__name__)

IN_USE = "serving.lock"
UNPACKING, REPLACING, PLAN = ".unpacking-", ".replacing-", "plan.json"


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold what a running server holds, after finishing what was cut off. Raises DataInUse."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(data / IN_USE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise DataInUse(
            "Học Số đang chạy với dữ liệu này. Bấm Ctrl+C ở cửa sổ đang chạy Học Số, rồi làm lại."
        ) from None
    try:
        _finish(data)
        yield
    finally:
        lock.release()


def finish(data: Path) -> None:
    """Finish a change of contents that was cut off, and say so; one that had not begun is cleared away.
    Raises DataInUse while one is being made."""
    begun = any(data.glob(f"{REPLACING}*"))
    if not begun and not any(data.glob(f"{UNPACKING}*")):
        return
    try:
        with alone(data):
            pass
    except DataInUse:
        if begun:
            raise DataInUse("Đang phục hồi dữ liệu. Chờ phục hồi xong, rồi làm lại.") from None


@contextmanager
def unpacking(data: Path) -> Iterator[Path]:
    """A folder for new contents, gone at the end unless it was put in place. The caller is `alone`."""
    fresh = data / f"{UNPACKING}{uuid4().hex}"
    fresh.mkdir(mode=0o700)
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def put_in_place(data: Path, fresh: Path, out: list[str], into: list[str]) -> Path:
    """Put `into`, which lie in `fresh`, in place of the data folder's `out`, which go to the folder that is
    returned. Raises OSError; the next `finish` goes on from there."""
    aside = f"replaced-{utc_now():{STAMP}}"
    if (data / aside).exists():  # the clock was put back
        aside += f"-{uuid4().hex[:8]}"
    write_private(fresh / PLAN, json.dumps({"aside": aside, "out": out, "into": into}).encode())
    for folder in [fresh, *(path for path in fresh.rglob("*") if path.is_dir())]:
        flush_folder(folder)
    begun = fresh.with_name(fresh.name.replace(UNPACKING, REPLACING))
    os.rename(fresh, begun)
    flush_folder(data)
    return _carry_out(data, begun)


def _finish(data: Path) -> None:
    for begun in data.glob(f"{REPLACING}*"):
        if (begun / PLAN).is_file():
            aside = _carry_out(data, begun)
            log.warning("Lần phục hồi trước bị ngắt giữa chừng, máy vừa làm nốt. Dữ liệu cũ nằm ở %s.", aside)
        else:
            shutil.rmtree(begun)  # all was in place
    for unpacked in data.glob(f"{UNPACKING}*"):
        shutil.rmtree(unpacked)
        log.warning("Lần phục hồi trước bị ngắt khi chưa thay gì; dữ liệu vẫn như trước lần đó.")


def _carry_out(data: Path, begun: Path) -> Path:
    plan = json.loads((begun / PLAN).read_bytes())
    aside = data / plan["aside"]
    aside.mkdir(mode=0o700, exist_ok=True)
    if all((begun / name).exists() for name in plan["into"]):  # nothing has come in yet
        for name in plan["out"]:
            if (data / name).exists():
                os.rename(data / name, aside / name)
        flush_folder(aside)
        flush_folder(data)
    for name in plan["into"]:
        if (begun / name).exists():
            os.rename(begun / name, data / name)
    flush_folder(begun)
    flush_folder(data)
    (begun / PLAN).unlink()
    flush_folder(begun)
    shutil.rmtree(begun)
    flush_folder(data)
    return aside
