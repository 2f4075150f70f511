"""The plan's indicators on the command line."""

import json
from datetime import date

import click
import pandas as pd

from hocso import kpi as figures
from hocso.kpi.figures import BY, SPANS, STATUSES
from hocso.records import ClosedReport, access, learners, personal
from hocso.records.clock import VIETNAM, today
from hocso.records.learners import GROUPS
from hocso.records.text import exact_percent, rate

from .place import with_place
from .vietnamese import Command, ask_or_stop

# What goes with each thing that the command does; "" is the table.
GOES_WITH = {
    "": {"period", "by", "json"},
    "explain": {"period", "json", "hamlet", "group", "track", "names"},
    "person": {"explain", "period", "json", "track"},
    "close": {"yes"},
    "changes": {"json"},
}


@click.command(cls=Command)
@click.option("--period", help="Kỳ báo cáo, ví dụ 2026-12; bỏ trống là kỳ hiện nay.", metavar="KỲ")
@click.option("--by", type=click.Choice(list(BY)), help="Chia theo ấp, nhóm hoặc chương.")
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON cho chương trình khác đọc.")
@click.option("--explain", metavar="MÃ", help="Giải thích một chỉ tiêu, ví dụ K1, và con số của nó.")
@click.option("--hamlet", help="Cùng --explain: chỉ một ấp (tên hoặc mã).", metavar="ẤP")
@click.option("--group", type=click.Choice(list(GROUPS)), help="Cùng --explain: chỉ một nhóm.")
@click.option("--track", help="Cùng --explain: theo một chương khác, ví dụ ky-nang-so.", metavar="CHƯƠNG")
@click.option("--names", is_flag=True, help="Cùng --explain: kèm tên; lần xem này được ghi vào nhật ký.")
@click.option(
    "--person", metavar="MÃ", help="Cùng --explain: một người (mã người học) đã làm gì; ghi vào nhật ký."
)
@click.option("--close", metavar="KỲ", help="Chốt số liệu của một kỳ, giữ như đã nộp.")
@click.option("--changes", metavar="KỲ", help="So một kỳ đã chốt với số liệu tính lại bây giờ.")
@click.option("--yes", is_flag=True, help="Cùng --close: không hỏi lại.")
@with_place
def kpi(place, period, by, as_json, explain, hamlet, group, track, names, person, close, changes, yes):
    """Xem các chỉ tiêu của kế hoạch: số đạt được, mẫu số, tỉ lệ."""
    given = {
        "period": period, "by": by, "json": as_json, "explain": explain, "hamlet": hamlet, "group": group,
        "track": track, "names": names, "person": person, "close": close, "changes": changes, "yes": yes,
    }  # fmt: skip
    what = _what({name for name, value in given.items() if value})
    if what == "close":
        _close(place, figures.Period.named(close), yes)
    elif what == "changes":
        _changes(place, figures.Period.named(changes), as_json)
    else:
        chosen = figures.Period.named(period) if period else figures.current_period()
        if what == "person":
            _person(place, chosen, figures.indicator(explain), track, person, as_json)
        elif what == "explain":
            one, part = figures.indicator(explain), _part(place, hamlet, group, track)
            _explain(place, chosen, one, part, names, as_json)
        else:
            _table(place, chosen, by, as_json)


def _what(given: set[str]) -> str:
    """Which of GOES_WITH is asked for. Raises UsageError where it would pass over something given."""
    if {"explain", "person"} <= given:
        what = "person"
    else:
        what = next((name for name in ("close", "changes", "explain") if name in given), "")
    over = sorted(given - GOES_WITH[what] - {what})
    if not over:
        return what
    said = ", ".join(f"--{name}" for name in over)
    if not what:
        example = "--close, ví dụ --close 2026-12" if over == ["yes"] else "--explain, ví dụ --explain K1"
        raise click.UsageError(f"{said} chỉ dùng cùng {example}.")
    hint = " Muốn chỉ xem một phần: --hamlet, --group, --track." if "by" in over else ""
    raise click.UsageError(f"{said} không dùng cùng --{what}.{hint}")


def _table(place, period, by, as_json):
    with place.database.session(readonly=True) as session:
        found = figures.stated(session, place.catalogue, period, by)
    if as_json:
        _echo_json(_as_json(period, found))
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


def _echo_json(about) -> None:
    """Moments and days as ISO texts."""
    click.echo(json.dumps(about, ensure_ascii=False, indent=1, default=lambda day: day.isoformat()))


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
    target = None if pd.isna(row.target) else row.target
    if not pd.isna(row.rate):
        parts.append(rate(row.rate, target))
    if target is not None:
        parts.append(f"phải đạt {exact_percent(target)}")
    return ", ".join([*parts, STATUSES[row.status]])


def _part(place, hamlet, group, track):
    # Only here: it brings all that writes files.
    from .export import hamlet_id, track_slug

    with place.database.session(readonly=True) as session:
        return figures.Part(
            hamlet_id(session, hamlet) if hamlet else None,
            group,
            track_slug(place, track) if track else None,
        )


def _explain(place, period, one, part, names, as_json):
    names = names and one.of_people
    with place.database.session(readonly=not names) as session:
        rows = figures.behind(session, place.catalogue, period, one.code, part, names)
        table, closed = _figures_of(session, place, period, one, part)
        if names:
            said = (one.code, period.name, part.hamlet, part.group, part.track)
            access.note(session, "kpi-names", " ".join(filter(None, said))[:300])
    if as_json:
        shown = rows if names or not one.of_people else rows[:0]
        _echo_json(
            {
                "period": period.name,
                "indicator": one.code,
                "title": one.title,
                "definition": one.in_words(),
                "closed_at": closed and closed.closed_at,
                "fingerprint": closed and closed.fingerprint,
                "figures": figures.plain(pd.DataFrame(table)),
                **_counts(rows),
                "rows": figures.as_dicts(shown),
            }
        )
        return
    click.echo(f"{one.code}. {one.title}")
    for heading, text in one.in_words().items():
        click.echo(f"  {heading}: {text}")
    click.echo(f"\n{period.label}")
    if closed:
        click.echo(_closing(closed))
    for row in table:
        click.echo(f"  {row.label}, {SPANS[row.span].lower()}: {_figure(row)}")
        if row.note:
            click.echo(f"    {row.note}")
    if closed:
        click.echo("\nDanh sách sau đây tính theo ghi chép bây giờ, có thể khác số đã chốt.")
    _list(one, rows, names)


def _figures_of(session, place, period, one, part) -> tuple[list, ClosedReport | None]:
    """The figures of a part, in the period and in all, and the report that keeps them; none of two parts at
    once."""
    by, key = part.cell or (None, None)
    by_part, closed = by if by in BY else None, figures.last_closed(session, period)
    if closed:
        rows = figures.kept_figures(closed, by_part)
    else:
        rows = figures.compute(session, place.catalogue, period, by_part)
    rows = rows[(rows["indicator"] == one.code) & (rows["by"] == by) & (rows["key"] == key)]
    return list(rows.itertuples()), closed


def _list(one, rows, names):
    counts = _counts(rows)
    click.echo(f"\nĐược tính: {counts['counted']} {one.unit}, trong kỳ {counts['in_period']}.")
    click.echo(f"Có trong danh sách mà chưa tính: {counts['missing']}.")
    if counts["pending"]:
        click.echo(f"Còn trong hạn: {counts['pending']}.")
    for month, count in counts["months"].items():
        click.echo(f"  tháng {month[5:]}/{month[:4]}: {count}")
    if names or not one.of_people:
        for row in rows.to_dict("records"):
            click.echo(f"  {_in_list(one, row)}")


def _counts(rows) -> dict:
    """How many rows behind an indicator count, and in which month (Việt Nam) they were reached."""
    counted, pending = rows[rows["counted"]], int(rows["pending"].sum())
    return {
        "counted": len(counted),
        "in_period": int(counted["in_period"].sum()),
        "missing": len(rows) - len(counted) - pending,
        "pending": pending,
        "months": counted.groupby(_local(counted["at"]).dt.strftime("%Y-%m")).size().to_dict(),
    }


def _in_list(one, row) -> str:
    """A row of the list behind an indicator: names, what else the page shows of it, and how it counts."""
    said = [row["name"], row["about"], row["hamlet"]]
    for column, header in figures.listed(one.code).items():
        if column not in ("name", "about", "hamlet", "group"):
            said.append(_shown(row[column]) if one.of_people else f"{header} {_shown(row[column])}")
    state = "được tính" if row["counted"] else "còn trong hạn" if row["pending"] else "chưa tính"
    said.append(f"{state} trong kỳ" if row["counted"] and row["in_period"] else state)
    return " · ".join(filter(None, said))


def _shown(value) -> str:
    if pd.isna(value):
        return "chưa"
    if isinstance(value, pd.Timestamp):
        value = value.astimezone(VIETNAM)
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def _person(place, period, one, track, code, as_json):
    """What one person did to be counted."""
    with place.database.session() as session:
        who = learners.with_code(session, code)
        rows = figures.evidence(session, place.catalogue, period, one.code, who.id, track)
        access.note(session, "bang-chung", personal.noted_as(who))
    if as_json:
        about = {"period": period.name, "indicator": one.code, "code": who.code, "name": who.full_name}
        _echo_json(about | {"rows": figures.as_dicts(rows)})
        return
    click.echo(f"{one.code}, {who.full_name}, mã {who.code}, đến hết ngày {period.until:%d/%m/%Y}")
    for row in rows.itertuples():
        when = "chưa" if pd.isna(row.at) else f"{row.at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
        click.echo("  " + " · ".join(filter(None, (when, row.what, row.about, row.place, row.how))))
    if rows.empty:
        click.echo("  Chưa có bằng chứng nào.")


def _local(moments: pd.Series) -> pd.Series:
    return moments.dt.tz_convert(VIETNAM)


def _close(place, period, yes):
    click.echo(period.label)
    if today() <= period.until:
        click.echo("Kỳ này chưa hết: số liệu còn có thể thay đổi sau khi chốt.")
    if not yes:
        ask_or_stop("Chốt số liệu kỳ này? Bản đã chốt không sửa được.")
    with place.database.session() as session:
        report = figures.close_report(session, place.catalogue, period)
        mark = report.fingerprint
    click.echo(f"Đã chốt kỳ {period.name}. Dấu kiểm của số liệu: {mark}")


def _changes(place, period, as_json):
    with place.database.session(readonly=True) as session:
        table = figures.changes_since(session, place.catalogue, period)
    if as_json:
        _echo_json({"period": period.name, "changes": figures.plain(table)})
    else:
        _tell(period, table)


def _tell(period, changes):
    if changes.empty:
        click.echo(f"\nTính lại kỳ {period.name} cho đúng số liệu đã chốt.")
        return
    click.echo(f"\nTính lại bây giờ có {len(changes)} số khác bản đã chốt (số đã chốt → số tính lại):")
    for row in figures.told(changes):
        click.echo("  {indicator} · {label} · {span} · {figure}: {then} → {now}".format_map(row))
