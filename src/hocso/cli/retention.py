"""Removing who has done nothing for longer than the commune keeps names."""

import click

from hocso.records import access, removal, retention
from hocso.records import settings as setting_records
from hocso.records.clock import VIETNAM

from .backup import or_say
from .place import with_place
from .vietnamese import Command, ask_or_stop

NOT_SET = (
    "Xã chưa đặt thời hạn, nên không xóa ai. Đặt bằng: hocso settings retention_years 5 "
    "(5 là số năm không học gì)."
)


@click.command("retention", cls=Command)
@click.option("--dry-run", is_flag=True, help="Chỉ cho biết có bao nhiêu người, không xóa.")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@with_place
def retain(place, dry_run, yes):
    """Xóa tên những người đã lâu không học, theo thời hạn của xã. Số liệu đã đếm vẫn giữ."""
    with place.database.session(readonly=True) as session:
        years = int(setting_records.get(session, "retention_years"))
        found = retention.due(session, years)
    if not years:
        click.echo(NOT_SET)
        return
    day = retention.since(years).astimezone(VIETNAM)
    click.echo(f"Có {len(found)} người không học gì từ ngày {day:%d/%m/%Y} (thời hạn {years} năm).")
    if dry_run or not found:
        return
    click.echo("Tên, số điện thoại, câu trả lời của họ sẽ bị xóa. Số bài đã học vẫn được đếm, không kèm tên.")
    if not yes:
        ask_or_stop("Xóa? Xóa rồi chỉ lấy lại được từ bản sao lưu.")
    _back_up(place)
    with place.database.session() as session:
        # Asked again: somebody may have come to learn since.
        still = sorted(set(found) & set(retention.due(session, years)))
        removal.remove_all(session, still, removal.RETENTION)
        access.note(session, "xoa-qua-han", f"{len(still)} người, thời hạn {years} năm")
    place.database.empty_log()
    click.echo(f"Đã xóa tên {len(still)} người.")


def _back_up(place) -> None:
    from hocso.grading import backup

    if place.database.engine.dialect.name != "sqlite":
        click.echo("Dữ liệu nằm ở PostgreSQL: bản sao lưu là của pg_dump, lệnh này không tự làm.")
        return
    made = or_say(lambda: backup.back_up(place.kit, place.data))
    click.echo(f"Đã sao lưu trước khi xóa: {made.path}")
    click.echo("Bản này còn tên của họ; xóa nó đi khi đã xem lại xong.")
