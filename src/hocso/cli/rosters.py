"""Rosters from the command line: take in, take back, and the template."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.orm import Session

from hocso.records import ClassSession, RosterImport, classes, rosters
from hocso.records.database import copy_before
from hocso.records.learners import CONSENT_WORDING, GROUPS
from hocso.reports import roster_template

from .export import hamlet_id
from .files import written
from .place import with_place
from .vietnamese import Command, Group


@click.group(cls=Group)
def learners():
    """Danh sách người học."""


@learners.command("import", cls=Command)
@click.argument("file", metavar="TỆP", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước, không ghi gì.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@click.option(
    "--group",
    type=click.Choice(list(GROUPS)),
    default="nguoi-dan",
    show_default=True,
    help="Nhóm của những dòng không ghi nhóm.",
)
@click.option("--hamlet", help="Ấp của những dòng không ghi ấp (tên hoặc mã).", metavar="ẤP")
@click.option("--new-hamlets", is_flag=True, help="Thêm những ấp chưa có trong danh sách của xã.")
@click.option("--consented", is_flag=True, help="Mọi người trong danh sách đã đồng ý cho xã lưu thông tin.")
@click.option(
    "--class",
    "class_code",
    help="Đưa mọi người trong tệp, cả người đã có, vào danh sách dự kiến của lớp này.",
    metavar="MÃ LỚP",
)
@with_place
def take_in(place, file, dry_run, as_json, group, hamlet, new_hamlets, consented, class_code):
    """Nhập danh sách người học từ tệp .xlsx, .xls hoặc .csv. Nhập lại không tạo ai hai lần."""
    roster = rosters.read(file)
    taken_id = None
    with place.database.session(readonly=dry_run) as session:
        for_class = _class_of(session, class_code) if class_code else None
        plan = rosters.plan(
            session,
            roster,
            default_group=group,
            default_hamlet=hamlet_id(session, hamlet) if hamlet else None,
            new_hamlets=new_hamlets,
        )
        listed = plan.everybody if for_class else 0
        if (plan.people or listed) and not dry_run:
            copy_before(place.database, "nhap-nguoi")
            taken_id = rosters.apply(
                session,
                plan,
                account_id=None,
                consented=consented,
                consent_wording=CONSENT_WORDING,
                class_session_id=for_class.id if for_class else None,
            ).id
    if as_json:
        click.echo(json.dumps(_report(plan, taken_id, for_class), ensure_ascii=False, indent=1))
        return
    counts = plan.counts
    for table in roster.tables:
        where = f"trang «{table.sheet}»" if table.sheet else "tệp"
        click.echo(f"Đọc {table.people} người từ {where}, tiêu đề ở dòng {table.header_row}.")
        if table.left_out:
            click.echo(f"  Không đọc cột giấy tờ tùy thân: {', '.join(table.left_out)}.")
        if table.others:
            click.echo(f"  Không đọc cột của người khác: {', '.join(table.others)}.")
    for sheet, why in roster.unread:
        click.echo(f"Không đọc trang «{sheet}»: {why}")
    for notice in roster.notices:
        click.echo(f"Mời xem kỹ: {notice}")
    if roster.ignored:
        click.echo(f"Bỏ qua {len(roster.ignored)} dòng không phải tên người:")
    for row in roster.ignored:
        click.echo(f"  {row.place}: {row.text}")
    click.echo(f"Người mới: {counts['new']}. Đã có: {counts['known']}. Có thể trùng: {counts['twin']}.")
    if counts["error"]:
        click.echo(f"Cần sửa {counts['error']} dòng, sửa xong nhập lại tệp này:")
    for error in (error for row in plan.rows for error in row.errors):
        click.echo(f"  {error}")
    for row in roster.rows:
        for remark in row.remarks:
            click.echo(f"  {row.place}: {remark}")
    for row in plan.rows:
        if row.state == "twin":
            click.echo(f"  {row.row.place}: có thể trùng, {row.why}.")
    if listed:
        click.echo(f"Danh sách dự kiến của lớp {for_class.code}: {listed} người trong tệp.")
    if taken_id:
        click.echo(f"Đã nhập {plan.people} người. Hoàn tác: hocso learners take-back {taken_id}")
    else:
        click.echo("Chưa ghi gì, đây là xem trước." if dry_run else "Không có ai mới để nhập.")


@learners.command(cls=Command)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp ghi ra.", metavar="TỆP"
)
def template(out):
    """Ghi tệp mẫu để điền danh sách người học."""
    with written(out) as file:
        roster_template.write(file)
    click.echo(f"Đã ghi tệp mẫu vào {out}")


@learners.command("take-back", cls=Command)
@click.argument("import_id", metavar="[MÃ]", required=False)
@with_place
def take_back(place, import_id):
    """Hoàn tác một lần nhập danh sách (không ghi mã: lần gần nhất). Ai đã học thì được giữ lại."""
    with place.database.session() as session:
        taken = session.get(RosterImport, import_id) if import_id else rosters.latest(session)
        if taken is None:
            raise click.ClickException("Không có lần nhập danh sách nào như vậy để hoàn tác.")
        back = rosters.take_back(session, taken.id)
    place.database.empty_log()
    click.echo(f"Đã bỏ {back.removed} người, giữ lại {len(back.stayed)} người.")
    if back.off_lists:
        click.echo(f"Đã bỏ {back.off_lists} tên khỏi danh sách các lớp.")
    if back.hamlets:
        click.echo(f"Đã bỏ ấp mà danh sách đã thêm và chưa có ai: {', '.join(back.hamlets)}.")
    for one in back.stayed:
        click.echo(f"  {one.full_name}: {one.why}")


def _class_of(session: Session, code: str) -> ClassSession:
    """The class with that code, which has not ended."""
    found = classes.find_by_code(session, code)
    if found is None:
        raise click.ClickException(f"Không có lớp nào chưa kết thúc với mã «{code}».")
    return found


def _report(plan: rosters.Plan, taken_id: str | None, for_class: ClassSession | None) -> dict:
    return {
        "rows": len(plan.rows),
        "understood": len(plan.rows) - plan.counts["error"],
        "counts": plan.counts,
        "tables": [asdict(table) for table in plan.roster.tables],
        "unread": [{"sheet": sheet, "why": why} for sheet, why in plan.roster.unread],
        "notices": plan.roster.notices,
        "ignored": [{"sheet": row.sheet, "row": row.number, "text": row.text} for row in plan.roster.ignored],
        "remarks": [
            {"sheet": row.sheet, "row": row.number, "text": remark}
            for row in plan.roster.rows
            for remark in row.remarks
        ],
        "new_hamlets": plan.new_hamlet_names,
        "errors": [asdict(error) for row in plan.rows for error in row.errors],
        "known": _like_somebody(plan, "known"),
        "possible_doubles": _like_somebody(plan, "twin"),
        "import_id": taken_id,
        "class": for_class.code if for_class else None,
        "expected_in_class": plan.everybody if for_class else 0,
    }


def _like_somebody(plan: rosters.Plan, state: str) -> list[dict]:
    return [
        {"sheet": row.row.sheet, "row": row.row.number, "learner_id": row.learner_id, "why": row.why}
        for row in plan.rows
        if row.state == state
    ]
