"""Exports for staff."""

from pathlib import Path

import click

from hocso.records import access, hamlets, learners
from hocso.reports import completions as report

from .files import written
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
@click.option("--names", is_flag=True, help="Kèm họ tên, năm sinh; ghi vào nhật ký.")
@with_place
def completions(place, kind, out, since, until, track, hamlet, group, names):
    """Xuất kết quả hoàn thành: mỗi người học, mỗi bài một dòng, và tỉ lệ theo ấp, theo nhóm."""
    filters = {
        "since": since.date() if since else None,
        "until": until.date() if until else None,
        "track": track_slug(place, track) if track else None,
        "group": group,
    }
    with place.database.session(readonly=True) as session:
        filters["hamlet"] = hamlet_id(session, hamlet) if hamlet else None
    if names:
        with place.database.session() as session:
            access.note(session, "export-names", report.about_names(filters))
    with place.database.session(readonly=True) as session, written(out) as file:
        rows = report.write(file, kind, session, place.catalogue, filters, names=names)
    click.echo(f"Đã ghi {rows} dòng vào {out}")
    click.echo(
        "Tệp có họ tên, năm sinh: chỉ gửi cho người có việc cần, dùng xong thì xóa."
        if names
        else "Tệp chỉ có mã người học. Cần họ tên, năm sinh thì thêm --names."
    )


def track_slug(place, text: str) -> str:
    """The slug of a track of the catalogue. Raises ClickException."""
    slugs = [track.slug for track in place.catalogue.tracks]
    if text not in slugs:
        raise click.ClickException(f"Không có chương «{text}». Các chương: {', '.join(slugs)}.")
    return text


def hamlet_id(session, text: str) -> str:
    """The id of a hamlet named by id or name, with or without diacritics. Raises ClickException."""
    listed = hamlets.listed(session)
    for one in listed:
        if text == one.id or learners.fold(text) == learners.fold(one.name):
            return one.id
    names = ", ".join(one.name for one in listed) or "chưa có ấp nào"
    raise click.ClickException(f"Không có ấp «{text}». Các ấp: {names}.")
