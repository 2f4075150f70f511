"""Bringing data together from laptops that were apart."""

import json
import sys
from functools import partial
from pathlib import Path

import click

from hocso.records import exchange as exchanges
from hocso.records.clock import VIETNAM

from .passphrases import known_passphrase, new_passphrase
from .place import with_place
from .vietnamese import Command, Group, ask_or_stop

DIRECTIONS = {"out": "Xuất", "in": "Nhập"}


@click.group(cls=Group)
def exchange():
    """Mang dữ liệu giữa các máy: xuất ra một tệp, nhập tệp của máy khác."""


@exchange.command(cls=Command)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tệp ghi ra, ví dụ lop-ap-1.hocso.",
    metavar="TỆP",
)
@click.option("--all", "whole", is_flag=True, help="Mọi dữ liệu, không chỉ phần mới từ lần xuất trước.")
@click.option("--no-encrypt", is_flag=True, help="Không mã hóa. Khi đó tệp không có mã PIN, số điện thoại.")
@with_place
def export(place, out, whole, no_encrypt):
    """Xuất dữ liệu ra một tệp có mật khẩu. Không ghi --all: phần mới từ lần xuất trước."""
    passphrase = None if no_encrypt else new_passphrase("tệp")
    try:
        content, receipt = exchanges.write(
            place.database,
            passphrase=passphrase,
            whole=whole,
            progress=_Count("Đã ghi"),
            keep=partial(exchanges.write_whole, out),
        )
    except OSError:
        raise click.ClickException(
            f"Không ghi được {out}. Thư mục đó có không, và ổ đĩa còn chỗ không?"
        ) from None
    click.echo(f"Đã xuất vào {out} ({len(content) / 2**20:.1f} MB):")
    _tell(receipt.counts)
    if no_encrypt:
        click.echo("Tệp này không mã hóa, ai nhặt được cũng đọc được tên bà con: nhập xong thì xóa ngay.")
    else:
        click.echo("Nhớ mật khẩu của tệp: quên thì không ai mở được, phải xuất lại.")


@exchange.command("import", cls=Command)
@click.argument("file", metavar="TỆP", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước, không nhập gì.")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@with_place
def import_(place, file, dry_run, yes, as_json):
    """Nhập tệp trao đổi của máy khác: cả tệp, hoặc không nhập gì. Nhập lại không tạo gì hai lần."""
    reader = _opened(file)
    with place.database.session(readonly=True) as session:
        plan = exchanges.plan(session, reader)
    if not as_json:
        about = plan.manifest
        click.echo(f"Tệp của máy «{about.device_name}», ghi lúc {_moment(about.written_at)}:")
        _tell(plan.counts)
        for note in plan.notes:
            click.echo(f"Lưu ý: {note}")
    receipt = None
    if not dry_run:
        if not yes and not as_json:
            ask_or_stop("Nhập tệp này?")
        receipt = _take_in(place, reader)
    if as_json:
        click.echo(json.dumps(_report(plan, receipt), ensure_ascii=False, indent=1))
        return
    if receipt is None:
        click.echo("Chưa nhập gì, đây là xem trước.")
        return
    for note in receipt.notes[len(plan.notes) :]:
        click.echo(f"Lưu ý: {note}")
    click.echo(
        "Đã nhập. Bản sao lưu trước khi nhập nằm trong thư mục backups. Xem lại: hocso exchange receipts"
    )


@exchange.command(cls=Command)
@with_place
def receipts(place):
    """Liệt kê các tệp đã xuất, đã nhập: của máy nào, lúc nào, bao nhiêu dòng."""
    with place.database.session(readonly=True) as session:
        found = exchanges.receipts(session)
    for one in found:
        rows = sum(count["rows"] for count in one.counts.values())
        new = sum(count.get("new", 0) + count.get("changed", 0) for count in one.counts.values())
        click.echo(
            f"{_moment(one.recorded_at)}\t{DIRECTIONS[one.direction]}\t{one.device_name}\t{one.file_id}\t"
            f"{rows} dòng" + (f", {new} mới hoặc đổi" if one.direction == "in" else "")
        )
    if not found:
        click.echo("Máy này chưa xuất hay nhập tệp nào.")


def _take_in(place, reader):
    from hocso.grading import ServerFull
    from hocso.grading.exchange import take_in

    try:
        return take_in(place.kit, place.data, place.database, reader, progress=_Count("Đã nhập"))
    except ServerFull as error:
        raise click.ClickException(str(error)) from None


def _opened(file: Path) -> exchanges.Reader:
    content = file.read_bytes()
    passphrase = known_passphrase("tệp") if exchanges.is_encrypted(content) else None
    return exchanges.open_file(content, passphrase)


class _Count:
    """Tells how far it is, on a terminal."""

    def __init__(self, words: str):
        self._words, self._rows = words, 0

    def __call__(self, rows: int) -> None:
        self._rows += rows
        if sys.stderr.isatty():
            click.echo(f"\r{self._words} {self._rows} dòng…", nl=False, err=True)


def _tell(counts: dict) -> None:
    for words, rows, new, changed in exchanges.in_words(counts):
        told = f"  {words}: {rows}"
        if new is not None:
            told += f" ({new} mới, {changed} đổi)"
        click.echo(told)


def _moment(moment) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _report(plan: exchanges.Plan, receipt) -> dict:
    about = plan.manifest
    return {
        "file_id": about.file_id,
        "device_id": about.device_id,
        "device_name": about.device_name,
        "written_at": about.written_at.isoformat(),
        "whole": about.whole,
        "counts": plan.counts,
        "notes": receipt.notes if receipt else plan.notes,
        "imported": receipt is not None,
    }
