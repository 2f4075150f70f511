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
        found = figures.stated(session, place.catalogue, period, by)
    if as_json:
        click.echo(json.dumps(_as_json(period, found), ensure_ascii=False, indent=1))
        return
    click.echo(period.label)
    if found.closed:
        click.echo(_closing(found.closed))
    title = None
    for row in found.figures.itertuples():
        if row.title != title:
            title = row.title
            click.echo(f"\n{row.indicator}. {title}")
        click.echo(f"  {row.label}, {SPANS[row.span].lower()}: {_figure(row)}")
        if row.note:
            click.echo(f"    {row.note}")
    click.echo("\nTheo kênh, do nơi tổ chức báo, không cộng vào K3:")
    beside = found.channels
    for row in beside[beside["span"] == "period"].itertuples():
        click.echo(f"  {row.label}: {row.activities} hoạt động, {row.reach} lượt")
    if found.closed:
        _tell(period, found.changes)


def _as_json(period, found) -> dict:
    closed = found.closed
    return {
        "period": period.name,
        "closed_at": closed and closed.closed_at.isoformat(),
        "fingerprint": closed and closed.fingerprint,
        "figures": figures.plain(found.figures),
        "channels": figures.plain(found.channels),
        "changes": figures.plain(found.changes),
    }


def _closing(report) -> str:
    at = report.closed_at.astimezone(VIETNAM)
    return f"Số liệu đã chốt lúc {at:%H:%M} ngày {at:%d/%m/%Y}. Dấu kiểm của số liệu: {report.fingerprint}"


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
    _tell(period, table)


def _tell(period, changes):
    if changes.empty:
        click.echo(f"\nTính lại kỳ {period.name} cho đúng số liệu đã chốt.")
        return
    click.echo(f"\nTính lại bây giờ có {len(changes)} số khác bản đã chốt (số đã chốt → số tính lại):")
    for row in figures.told(changes):
        click.echo("  {indicator} · {label} · {span} · {figure}: {then} → {now}".format_map(row))
