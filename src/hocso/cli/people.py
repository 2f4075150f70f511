"""Accounts, hamlets, populations and settings of the commune."""

import re

import click

from hocso.records import Account, populations
from hocso.records import accounts as account_records
from hocso.records import hamlets as hamlet_records
from hocso.records import settings as setting_records
from hocso.records.clock import today

from .export import hamlet_id
from .place import with_place
from .vietnamese import Command, Group, new_password


@click.group(cls=Group)
def accounts():
    """Tài khoản của giảng viên, cán bộ và người quản trị."""


@accounts.command("add", cls=Command)
@click.argument("username", metavar="TÊN_ĐĂNG_NHẬP")
@click.option(
    "--role",
    type=click.Choice(list(account_records.ROLES)),
    required=True,
    help="trainer: giảng viên; staff: cán bộ; administrator: quản trị.",
)
@click.option("--name", required=True, help="Tên hiện trên trang.", metavar="HỌ_TÊN")
@click.option("--password", help="Mật khẩu; bỏ trống thì được hỏi.", metavar="MẬT_KHẨU")
@with_place
def add_account(place, username, role, name, password):
    """Thêm một tài khoản."""
    password = password or new_password("Mật khẩu (ít nhất 8 ký tự)")
    with place.database.session() as session:
        account_records.create_account(
            session, username=username, password=password, role=role, display_name=name
        )
    click.echo(f"Đã thêm tài khoản {username}.")


@accounts.command("password", cls=Command)
@click.argument("username", metavar="TÊN_ĐĂNG_NHẬP")
@click.option("--password", help="Mật khẩu mới; bỏ trống thì được hỏi.", metavar="MẬT_KHẨU")
@with_place
def change_password(place, username, password):
    """Đặt lại mật khẩu và mở khóa một tài khoản."""
    password = password or new_password("Mật khẩu mới (ít nhất 8 ký tự)")
    with place.database.session() as session:
        account = session.query(Account).filter_by(username=username.lower()).one_or_none()
        if account is None:
            raise click.ClickException(f"Không có tài khoản {username}. Xem danh sách: hocso accounts list")
        account_records.change_password(session, account.id, password)
    click.echo(f"Đã đặt lại mật khẩu của {username}.")


@accounts.command("list", cls=Command)
@with_place
def list_accounts(place):
    """Liệt kê các tài khoản."""
    with place.database.session(readonly=True) as session:
        found = account_records.listed(session)
    for account in found:
        closed = "\tđã khóa" if account_records.is_closed(account) else ""
        click.echo(
            f"{account.username}\t{account_records.ROLES[account.role]}\t{account.display_name}{closed}"
        )
    if not found:
        click.echo("Chưa có tài khoản nào. Thêm bằng: hocso accounts add")


@click.group(cls=Group)
def hamlets():
    """Danh sách ấp của xã."""


@hamlets.command("add", cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="TÊN_ẤP...")
@with_place
def add_hamlets(place, names):
    """Thêm một hay nhiều ấp."""
    with place.database.session() as session:
        try:
            added = [hamlet_records.add(session, name).name for name in names]
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"Trong danh sách đã có: {', '.join(added)}.")


@hamlets.command("list", cls=Command)
@with_place
def list_hamlets(place):
    """Liệt kê các ấp."""
    with place.database.session(readonly=True) as session:
        for hamlet in hamlet_records.listed(session):
            click.echo(f"{hamlet.id}\t{hamlet.name}")


@click.command(cls=Command)
@click.argument("hamlet", metavar="ẤP")
@click.argument("group", type=click.Choice(list(populations.GROUPS_COUNTED)), metavar="NHÓM")
@click.argument("count", type=click.IntRange(min=0), metavar="SỐ_NGƯỜI")
@click.option("--year", default=today().year, show_default=True, help="Năm của số liệu.", metavar="NĂM")
@click.option("--source", required=True, help="Văn bản có số liệu này.", metavar="NGUỒN")
@with_place
def population(place, hamlet, group, count, year, source):
    """Nhập dân số của một nhóm ở một ấp (mẫu số của tỉ lệ).

    NHÓM là một trong: hoc-sinh, nguoi-dan, can-bo, nguoi-lao-dong, truyen-thong.
    """
    with place.database.session() as session:
        populations.set_population(session, hamlet_id(session, hamlet), group, year, count, source)
    click.echo("Đã lưu.")


SETTINGS = [
    "commune_name",
    "province_name",
    "public_address",
    "pass_mark",
    "publish_within_days",
    "retention_years",
    "device_name",
]


@click.command("settings", cls=Command)
@click.argument("key", required=False, type=click.Choice(SETTINGS), metavar="[MỤC]")
@click.argument("value", required=False, metavar="[GIÁ_TRỊ]")
@with_place
def settings(place, key, value):
    """Xem hoặc đặt thông tin của xã.

    MỤC: commune_name (tên xã), province_name (tên tỉnh), public_address (địa chỉ trên Internet,
    ví dụ https://hoc.example.vn), pass_mark (mức đạt, ví dụ 0.7), publish_within_days (số ngày làm
    việc để đăng một văn bản), retention_years (sau bao nhiêu năm không học thì xóa tên được, xem
    hocso retention; 0 là không xóa), device_name (tên máy này trong tệp trao đổi).
    """
    with place.database.session() as session:
        if value is not None:
            setting_records.put(session, key, READ.get(key, str)(value))
        for name in [key] if key else SETTINGS:
            click.echo(f"{name}\t{setting_records.get(session, name)}")


def pass_mark(text: str) -> float:
    """A share between 0 and 1. Raises ClickException."""
    try:
        share = float(text.replace(",", "."))
    except ValueError:
        share = -1
    if not 0 < share <= 1:
        raise click.ClickException("Mức đạt là số lớn hơn 0 và không quá 1, ví dụ 0.7.")
    return share


def working_days(text: str) -> int:
    """A number of working days, 1 to 60. Raises ClickException."""
    if not text.isdecimal() or not 1 <= int(text) <= 60:
        raise click.ClickException("Số ngày làm việc là số nguyên từ 1 đến 60, ví dụ 5.")
    return int(text)


def years(text: str) -> int:
    """A number of years, 0 to 50. Raises ClickException."""
    if not text.isdecimal() or int(text) > 50:
        raise click.ClickException("Số năm là số nguyên từ 0 đến 50; 0 là không xóa ai.")
    return int(text)


def public_address(text: str) -> str:
    """An address of a site, without a path; "" for none. Raises ClickException."""
    address = text.strip().rstrip("/")
    if address and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", address):
        raise click.ClickException("Địa chỉ có dạng https://hoc.example.vn, không có phần sau tên máy.")
    return address


READ = {
    "pass_mark": pass_mark,
    "publish_within_days": working_days,
    "retention_years": years,
    "public_address": public_address,
}
