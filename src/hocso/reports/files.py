"""Files that appear only when they are whole, and texts that no spreadsheet takes for a formula."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

Target = str | os.PathLike | BinaryIO


@contextmanager
def whole_file(target: Target) -> Iterator[BinaryIO]:
    """A file to write to; at a path it appears only when it is whole, and what was there before stays until
    then. Raises OSError."""
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    path = Path(target)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def csv_content(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """CSV that Excel opens: UTF-8 with BOM, commas, times such as 2026-11-24 08:30:00. A text that a
    spreadsheet would take for a formula gets an apostrophe before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for values in rows:
        writer.writerow([_csv_text(value) for value in values])
    return text.getvalue().encode("utf-8-sig")


def _csv_text(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case str() if value.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")):
            return "'" + value
    return value
