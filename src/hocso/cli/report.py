"""The report of a period, as a file."""

from pathlib import Path

import click

from hocso import kpi
from hocso.records import access

from .files import written
from .place import with_place
from .vietnamese import Command, ask_or_stop

OUT = click.Path(dir_okay=False, path_type=Path)
IN = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.option("--period", help="Kỳ báo cáo, ví dụ 2026-12; bỏ trống là kỳ hiện nay.", metavar="KỲ")
@click.option("--out", type=OUT, help="Tệp ghi ra: .docx, .xlsx hoặc .csv.", metavar="TỆP")
@click.option("--template", type=IN, help="Mẫu Word khác, cho tệp .docx.", metavar="TỆP")
@click.option("--write-template", type=OUT, help="Ghi mẫu Word của bộ học ra tệp để sửa.", metavar="TỆP")
@click.option("--yes", is_flag=True, help="Tệp Word đã có thì ghi đè, không hỏi lại.")
@click.option("--names", is_flag=True, help="Tệp .xlsx: kèm họ tên người chưa được tính; ghi vào nhật ký.")
@click.option("--phones", is_flag=True, help="Tệp .xlsx: kèm điện thoại của họ; ghi vào nhật ký.")
@with_place
def report(place, period, out, template, write_template, yes, names, phones):
    """Lập báo cáo của một kỳ: văn bản Word, bảng Excel hoặc tệp CSV, theo đuôi của tệp."""
    if write_template:
        _write_template(write_template, yes)
    if out:
        _write_report(place, period, out, template, yes, names, phones)
    if not out and not write_template:
        raise click.UsageError("Mời ghi --out TỆP để lập báo cáo, hoặc --write-template TỆP để lấy mẫu.")


def _write_template(path: Path, yes: bool) -> None:
    from hocso.reports import period_word

    _ask_before_replacing(path, yes)
    with written(path) as file:
        file.write(period_word.kit_template())
    click.echo(f"Đã ghi mẫu báo cáo vào {path}")


def _write_report(place, period, out, template, yes, names, phones) -> None:
    from hocso.reports import period_files, period_report, period_word

    kind = out.suffix.lower().removeprefix(".")
    if kind not in period_files.KINDS:
        raise click.UsageError("Tệp ghi ra phải có đuôi .docx, .xlsx hoặc .csv.")
    if template and kind != "docx":
        raise click.UsageError("--template chỉ dùng với tệp .docx.")
    if (names or phones) and kind != "xlsx":
        raise click.UsageError("--names và --phones chỉ dùng với tệp .xlsx.")
    chosen = kpi.Period.named(period) if period else kpi.current_period()
    if kind == "docx":
        _ask_before_replacing(out, yes)
    used = template.read_bytes() if template else period_word.template_in(place.data)
    if names or phones:
        with place.database.session() as session:
            about = period_files.about_people(chosen, names, phones)
            access.note(session, "report-names", about)
    with written(out) as file, place.database.session(readonly=True) as session:
        found = period_report.gather(session, place.catalogue, chosen)
        file.write(period_files.content(session, place.catalogue, found, kind, used, names, phones))
    click.echo(f"Đã lập báo cáo kỳ {chosen.name}: {out}")
    for sentence in found.state:
        click.echo(sentence)


def _ask_before_replacing(path: Path, yes: bool) -> None:
    """Staff write in Word files; what they wrote is not lost by a command typed twice."""
    if path.exists() and not yes:
        ask_or_stop(f"{path} đã có, có thể đã có người ghi thêm vào đó. Ghi đè?")
