"""Files that commands write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from hocso.reports.files import whole_file


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which appears at `path` only when it is whole. Raises ClickException."""
    try:
        with whole_file(path) as file:
            yield file
    except OSError:
        raise click.ClickException(
            f"Không ghi được {path}. Thư mục đó có không, tệp có đang mở trong Excel hay Word không, "
            "và ổ đĩa còn chỗ không?"
        ) from None
