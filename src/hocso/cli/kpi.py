"""The plan's indicators on the command line."""

import json

import click
import pandas as pd

from hocso import kpi as figures
from hocso.kpi.figures import BY, SPANS, STATUSES
from hocso.records import access
from hocso.records.clock import VIETNAM, today
from hocso.records.text import percent

from .place import with_place
from .vietnamese import Command


@click.command(cls=Command)
@click.option("--period", help="Kỳ báo cáo, ví dụ 2026-12; bỏ trống là kỳ hiện nay.", metavar="KỲ")
@click.option("--by", type=click.Choice(list(BY)), help="Chia theo ấp, nhóm hoặc chương.")
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON cho chương trình khác đọc.")
@click.option("--explain", metavar="MÃ", help="Giải thích một chỉ tiêu, ví dụ K1, và con số của nó.")
@click.option("--names", is_flag=True, help="Cùng --explain: kèm tên; lần xem này được ghi vào nhật ký.")
@click.option("--close", metavar="KỲ", help="Chốt số liệu của một kỳ, giữ như đã nộp.")
@click.option("--changes", metavar="KỲ", help="So một kỳ đã chốt với số liệu tính lại bây giờ.")
@click.option("--yes", is_flag=True, help="Cùng --close: không hỏi lại.")
@with_place
def kpi(place, period, by, as_json, explain, names, close, changes, yes):
    """Xem các chỉ tiêu của kế hoạch: số đạt được, mẫu số, tỉ lệ."""
    if close:
        _close(place, figures.Period.named(close), yes)
    elif changes:
        _changes(place, figures.Period.named(changes))
    else:
        chosen = figures.Period.named(period) if period else figures.current_period()
        if explain:
            _explain(place, chosen, figures.indicator(explain), names)
        else:
            _table(place, chosen, by, as_json)


def _table(place, period, by, as_json):
    with place.database.session(readonly=True) as session:
        table = figures.compute(session, place.catalogue, period, by)
        beside = figures.channels(session, period)
    if as_json:
        rows = {"period": period.name, "figures": figures.plain(table), "channels": figures.plain(beside)}
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    click.echo(period.label)
    title = None
    for row in table.itertuples():
        if row.title != title:
            title = row.title
            click.echo(f"\n{row.indicator}. {title}")
        click.echo(f"  {row.label}, {SPANS[row.span].lower()}: {_figure(row)}")
        if row.note:
            click.echo(f"    {row.note}")
    click.echo("\nTheo kênh, do nơi tổ chức báo, không cộng vào K3:")
    for row in beside[beside["span"] == "period"].itertuples():
        click.echo(f"  {row.label}: {row.activities} hoạt động, {row.reach} lượt")


def _figure(row) -> str:
    population = "chưa có mẫu số" if pd.isna(row.population) else f"trên {row.population}"
    parts = [f"{row.numerator} {population}"]
    if not pd.isna(row.rate):
        parts.append(percent(row.rate))
    if not pd.isna(row.target):
        parts.append(f"phải đạt {percent(row.target)}")
    return ", ".join([*parts, STATUSES[row.status]])


def _explain(place, period, one, names):
    click.echo(f"{one.code}. {one.title}")
    for heading, text in one.in_words().items():
        click.echo(f"  {heading}: {text}")
    names = names and one.of_people
    with place.database.session(readonly=not names) as session:
        if names:
            access.note(session, "kpi-names", f"{one.code} {period.name}")
        table = figures.compute(session, place.catalogue, period)
        rows = figures.behind(session, place.catalogue, period, one.code, names=names)
    click.echo(f"\n{period.label}")
    for row in table[table["indicator"] == one.code].itertuples():
        click.echo(f"  {SPANS[row.span]}: {_figure(row)}")
        if row.note:
            click.echo(f"    {row.note}")
    counted, pending = rows[rows["counted"]], int(rows["pending"].sum())
    missing = len(rows) - len(counted) - pending
    click.echo(f"\nĐược tính: {len(counted)} {one.unit}. Có trong danh sách mà chưa tính: {missing}.")
    if pending:
        click.echo(f"Còn trong hạn: {pending}.")
    for month, count in counted.groupby(_local(counted["at"]).dt.strftime("%Y-%m")).size().items():
        click.echo(f"  tháng {month[5:]}/{month[:4]}: {count}")
    if names or not one.of_people:
        for row in rows.itertuples():
            when = "chưa" if pd.isna(row.at) else f"{row.at.astimezone(VIETNAM):%d/%m/%Y}"
            state = "được tính" if row.counted else "còn trong hạn" if row.pending else "chưa tính"
            said = " · ".join(part for part in (row.name, row.about, row.hamlet, when, state) if part)
            click.echo(f"  {said}")


def _local(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_convert(VIETNAM)


def _close(place, period, yes):
    click.echo(period.label)
    if today() <= period.until:
        click.echo("Kỳ này chưa hết: số liệu còn có thể thay đổi sau khi chốt.")
    if not yes:
        click.confirm("Chốt số liệu kỳ này? Bản đã chốt không sửa được", abort=True)
    with place.database.session() as session:
        report = figures.close_report(session, place.catalogue, period)
        mark = report.fingerprint
    click.echo(f"Đã chốt kỳ {period.name}. Dấu kiểm của số liệu: {mark}")


def _changes(place, period):
    with place.database.session(readonly=True) as session:
        table = figures.changes_since(session, place.catalogue, period)
    for row in table.itertuples():
        click.echo(
            f"{row.indicator} · {row.label} · {SPANS[row.span]} · {row.figure}: {row.then} → {row.now}"
        )
    if table.empty:
        click.echo(f"Tính lại kỳ {period.name} cho đúng số liệu đã chốt.")
