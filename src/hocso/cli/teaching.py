"""For trainers who use nbgrader's own tools."""

import os
import subprocess
import sys

import click

from hocso import grading

from .place import with_place
from .vietnamese import Command


@click.command(cls=Command)
@with_place
def release(place):
    """Tạo lại bản phát của các bài kiểm tra đã sửa (nbgrader)."""
    made = grading.release(place.kit, place.data)
    click.echo(f"Đã tạo: {', '.join(made)}." if made else "Các bài kiểm tra không có gì thay đổi.")


@click.command(cls=Command)
@with_place
def formgrader(place):
    """Mở JupyterLab với formgrader của nbgrader để xem bài nộp."""
    start = grading.formgrader_command(place.kit, place.data)
    click.echo("Đang mở JupyterLab. Trong thực đơn chọn Nbgrader, rồi Formgrader. Bấm Ctrl+C để dừng.")
    sys.exit(subprocess.call(start.argv, env={**os.environ, **start.environment}, cwd=start.folder))
