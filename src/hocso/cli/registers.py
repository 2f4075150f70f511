"""The staff's registers and populations, from and to Excel."""

from pathlib import Path

import click

from hocso.records import holidays as public_holidays
from hocso.records import register_files
from hocso.records.database import copy_before
from hocso.records.registers import REGISTERS
from hocso.records.text import weekday

from .files import written
from .place import with_place
from .vietnamese import Command, Group

KIND = click.argument("kind", type=click.Choice(list(REGISTERS)), metavar="SỔ")
KINDS = "SỔ là một trong: " + ", ".join(REGISTERS) + "."


@click.group(cls=Group)
def registers():
    """Sổ văn bản, nhiệm vụ, hoạt động, cơ sở, ngày nghỉ, mức riêng, dân số."""


@registers.command("import", cls=Command, epilog=KINDS)
@KIND
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="TỆP")
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước, chưa nhập.")
@with_place
def import_(place, kind, file, dry_run):
    """Nhập một sổ từ tệp .xlsx: nhập cả tệp, hoặc không nhập dòng nào."""
    with place.database.session() as session:
        plan = register_files.plan(session, kind, file.read_bytes())
        for problem in plan.problems:
            click.echo(str(problem), err=True)
        if not dry_run:
            copy_before(place.database, "nhap-so")
            register_files.carry_out(session, plan)
    done = "Xem trước, chưa nhập" if dry_run else "Đã nhập"
    click.echo(f"{done}: {len(plan.new)} dòng mới, {len(plan.changed)} dòng sửa, {plan.same} dòng như cũ.")
    if plan.problems:
        raise click.ClickException(f"Có {len(plan.problems)} chỗ cần sửa trong tệp, xem ở trên.")


@registers.command("export", cls=Command, epilog=KINDS)
@KIND
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="TỆP")
@with_place
def export(place, kind, file):
    """Xuất một sổ ra tệp .xlsx; sổ trống thì được tệp mẫu để điền."""
    with written(file) as content, place.database.session(readonly=True) as session:
        rows = register_files.write(content, session, kind)
    click.echo(f"Đã ghi {rows} dòng vào {file}")


@registers.command("holidays", cls=Command)
@click.argument("year", type=int, metavar="NĂM")
@click.option(
    "--tet", nargs=2, metavar="TỪ ĐẾN", default=("", ""), help="Ngày đầu, ngày cuối của kỳ nghỉ Tết Âm lịch."
)
@click.option("--hung-kings", metavar="NGÀY", default="", help="Ngày nghỉ Giỗ Tổ Hùng Vương (10/3 âm lịch).")
@click.option("--national-day", metavar="NGÀY", default="", help="Ngày nghỉ thứ hai của Quốc khánh.")
@click.option("--more", metavar="NGÀY", multiple=True, help="Ngày nghỉ bù, nghỉ thêm; ghi được nhiều lần.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước, chưa ghi.")
@with_place
def holidays(place, year, tet, hung_kings, national_day, more, dry_run):
    """Ghi ngày nghỉ lễ của một năm vào sổ: bốn ngày cố định và các ngày theo thông báo, như 16/04/2027."""
    typed = {
        "tet_from": tet[0],
        "tet_until": tet[1],
        "hung_kings": hung_kings,
        "national_day": national_day,
        "more": " ".join(more),
    }
    with place.database.session(readonly=dry_run) as session:
        planned = public_holidays.plan(session, year, typed)
        if not dry_run:
            public_holidays.enter(session, planned)
    for days, state in (
        (planned.new, "mới"),
        (planned.there, "đã có, giữ như cũ"),
        (planned.removed, "đã bỏ khỏi sổ, không ghi lại"),
    ):
        for day, name in days:
            click.echo(f"{day:%d/%m/%Y}  {weekday(day):<8}  {name} ({state})")
    click.echo(f"{'Xem trước, chưa ghi' if dry_run else 'Đã ghi'}: {len(planned.new)} ngày mới.")
