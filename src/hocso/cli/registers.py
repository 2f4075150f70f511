"""The staff's registers and populations, from and to Excel."""

from pathlib import Path

import click

from hocso.records import register_files
from hocso.records.registers import REGISTERS

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
