"""Exports for staff."""

import os
import tempfile
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import click

from hocso.records import hamlets, learners
from hocso.records.clock import VIETNAM
from hocso.reports import completions as report

from .place import with_place
from .vietnamese import Command, Group

DAY = click.DateTime(formats=["%d/%m/%Y", "%Y-%m-%d"])


@click.group(cls=Group)
def export():
    """Xuất kết quả ra tệp."""


@export.command(cls=Command)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["xlsx", "csv"]),
    default="xlsx",
    show_default=True,
    help="Loại tệp.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp ghi ra.", metavar="TỆP"
)
@click.option("--from", "since", type=DAY, help="Từ ngày (ví dụ 15/06/2026).", metavar="NGÀY")
@click.option("--to", "until", type=DAY, help="Đến hết ngày.", metavar="NGÀY")
@click.option("--track", help="Chỉ một chương, ví dụ ky-nang-so.", metavar="CHƯƠNG")
@click.option("--hamlet", help="Chỉ một ấp (tên hoặc mã).", metavar="ẤP")
@click.option("--group", type=click.Choice(list(learners.GROUPS)), help="Chỉ một nhóm người học.")
@with_place
def completions(place, kind, out, since, until, track, hamlet, group):
    """Xuất kết quả hoàn thành: mỗi người học, mỗi bài một dòng, và tỉ lệ theo ấp, theo nhóm."""
    filters = {
        "since": start_of_day(since),
        "until": start_of_day(until, days=1),
        "track": place.catalogue.track(track).slug if track else None,
        "group": group,
    }
    with place.database.session(readonly=True) as session:
        filters["hamlet"] = hamlet_id(session, hamlet) if hamlet else None
        rows = write_whole(out, lambda file: report.write(file, kind, session, place.catalogue, filters))
    click.echo(f"Đã ghi {rows} dòng vào {out}")


def start_of_day(day: datetime | None, days: int = 0) -> datetime | None:
    """Midnight in Việt Nam of a day (plus `days`), as UTC."""
    if day is None:
        return None
    return datetime.combine(day.date() + timedelta(days=days), time(), VIETNAM).astimezone(UTC)


def hamlet_id(session, text: str) -> str:
    """The id of a hamlet named by id or name, with or without diacritics. Raises ClickException."""
    listed = hamlets.listed(session)
    for one in listed:
        if text == one.id or learners.fold(text) == learners.fold(one.name):
            return one.id
    names = ", ".join(one.name for one in listed) or "chưa có ấp nào"
    raise click.ClickException(f"Không có ấp «{text}». Các ấp: {names}.")


def write_whole(out: Path, write):
    """Write a file beside `out`, then put it in its place: what was there stays if anything fails."""
    try:
        handle, name = tempfile.mkstemp(dir=out.absolute().parent, suffix=out.suffix)
    except OSError as error:
        raise click.ClickException(f"Không ghi được vào {out.absolute().parent}: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            result = write(file)
        os.chmod(name, 0o644)
        os.replace(name, out)
    except PermissionError:
        raise click.ClickException(f"Không thay được {out}. Tệp có đang mở trong Excel không?") from None
    finally:
        Path(name).unlink(missing_ok=True)
    return result
