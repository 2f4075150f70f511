"""Sample data, to look at the kit before using it in earnest."""

import click

from hocso.records import demo as sample

from .place import Place, with_place
from .vietnamese import Command


def load_and_tell(place: Place) -> None:
    """Load the sample commune and print its passwords, this once."""
    accounts = sample.load_sample(place.database, place.catalogue)
    click.echo("Đã nạp dữ liệu mẫu: 4 ấp, 60 người học mẫu, một lớp đang mở. Không có người thật nào.")
    click.echo("")
    click.echo("Ghi lại ngay, các mật khẩu này chỉ hiện một lần:")
    click.echo(f"  Giảng viên:      {accounts.trainer[0]}   mật khẩu: {accounts.trainer[1]}")
    click.echo(f"  Cán bộ:          {accounts.staff[0]}   mật khẩu: {accounts.staff[1]}")
    click.echo(f"  Người học mẫu:   gõ tên «Mẫu», mã PIN: {accounts.pin}")
    click.echo(f"  Mã lớp đang mở:  {accounts.class_code}")
    click.echo("")


@click.command(cls=Command)
@with_place
def demo(place):
    """Nạp dữ liệu mẫu (xã mẫu, 60 người học mẫu) để xem thử."""
    load_and_tell(place)
    click.echo("Mở máy chủ bằng lệnh: hocso serve")
