"""Certificates on the command line."""

import click

from hocso.records import access
from hocso.records import certificates as papers
from hocso.records.clock import VIETNAM

from .place import with_place
from .vietnamese import Command, Group, ask_or_stop


@click.group(cls=Group)
def certificates():
    """Giấy chứng nhận hoàn thành chương."""


@certificates.command("list", cls=Command)
@click.option("--names", is_flag=True, help="Kèm họ tên; lần xem này được ghi vào nhật ký.")
@with_place
def list_certificates(place, names):
    """Liệt kê các giấy đã cấp, theo mã người học."""
    with place.database.session(readonly=not names) as session:
        if names:
            access.note(session, "chung-nhan", "danh sách giấy chứng nhận có tên")
        table = papers.table(session, place.catalogue)
    for one in table.itertuples():
        day = f"{one.completed_at.astimezone(VIETNAM):%d/%m/%Y}"
        state = "đã thu hồi" if one.revoked_at else "còn giá trị"
        who = f"{one.code}\t{one.name}" if names else one.code
        click.echo(f"{one.number}\t{who}\t{one.track}\t{day}\t{state}")
    if table.empty:
        click.echo("Chưa có giấy nào.")


@certificates.command("revoke", cls=Command)
@click.argument("number", metavar="SỐ_GIẤY")
@click.option("--reason", required=True, help="Lý do thu hồi; chỉ cán bộ thấy.", metavar="LÝ_DO")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@with_place
def revoke(place, number, reason, yes):
    """Thu hồi một giấy; không lấy lại được, cần thì cấp giấy mới ở trang của cán bộ."""
    if not yes:
        ask_or_stop(f"Thu hồi giấy số {number}?")
    with place.database.session() as session:
        papers.revoke(session, papers.by_number(session, number).id, reason, None)
    click.echo(f"Đã thu hồi giấy số {number}.")
