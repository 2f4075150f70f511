"""The calendar on the command line."""

import json
from pathlib import Path

import click

from hocso.kpi import calendar as dates
from hocso.records import settings
from hocso.reports.calendar import icalendar

from .place import with_place
from .vietnamese import Command


@click.command(cls=Command)
@click.option(
    "--ics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TỆP",
    help="Ghi cả lịch ra tệp .ics cho Google Calendar, Outlook, điện thoại.",
)
@click.option("--json", "as_json", is_flag=True, help="In dạng JSON cho chương trình khác đọc.")
@with_place
def calendar(place, ics, as_json):
    """Xem những ngày sắp đến: hạn báo cáo, ngày của kế hoạch, ngày riêng của xã."""
    with place.database.session(readonly=True) as session:
        if ics:
            name = f"Học Số · {settings.get(session, 'commune_name')}"
            content = icalendar(dates.dates(session), name)
        else:
            entries = dates.upcoming(session, place.catalogue)
    if ics:
        try:
            ics.write_bytes(content)
        except OSError:
            raise click.ClickException(f"Không ghi được {ics}. Thư mục đó có không?") from None
        click.echo(f"Đã ghi {ics}")
    elif as_json:
        click.echo(json.dumps([_plain(one) for one in entries], ensure_ascii=False, indent=1))
    else:
        for one in entries:
            click.echo(f"{one.day:%d/%m/%Y}  {one.about.title}")
            if one.due:
                click.echo("\n".join(f"            {line}" for line in one.due.words))


def _plain(entry: dates.Entry) -> dict:
    plain = {"day": entry.day.isoformat(), "kind": entry.about.kind, "title": entry.about.title}
    if due := entry.due:
        plain |= {
            "period": due.period.name,
            "closed_at": due.closed_at.isoformat() if due.closed_at else None,
            "late": due.late,
            "last_working_day": due.last_working_day.isoformat(),
            "working_days_left": due.working_days_left,
            "missed": due.missed,
            "unknown": due.unknown,
        }
    return plain
