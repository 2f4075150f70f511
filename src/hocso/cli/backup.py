"""Backups and restoring them."""

from pathlib import Path

import click

from hocso.records.clock import VIETNAM
from hocso.records.database import KEPT

from .passphrases import PASSPHRASE, known_passphrase, new_passphrase
from .place import with_place
from .vietnamese import Command, ask_or_stop

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(cls=Command)
@click.option(
    "--out", type=FOLDER, metavar="THƯ_MỤC", help="Nơi cất bản sao lưu, ví dụ ổ USB. Không ghi: data/backups."
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEPT,
    show_default=True,
    metavar="SỐ",
    help="Giữ bao nhiêu bản mới nhất ở nơi đó.",
)
@click.option(
    "--encrypt",
    is_flag=True,
    help=f"Khóa bản sao lưu bằng mật khẩu (hỏi hai lần; trong tập lệnh: biến môi trường {PASSPHRASE}).",
)
@with_place
def backup(place, out, keep, encrypt):
    """Sao lưu mọi dữ liệu (người học, kết quả, sổ điểm, bài nộp) vào một tệp, rồi kiểm tra tệp đó."""
    from hocso.grading import backup as backups

    passphrase = new_passphrase("bản sao lưu") if encrypt else None
    made = or_say(lambda: backups.back_up(place.kit, place.data, out, keep, passphrase))
    click.echo(f"Đã sao lưu và kiểm tra: {made.path} ({made.size / 2**20:.1f} MB)")
    click.echo(f"Trong đó có {made.learners} người học, {made.events} sự kiện học tập.")
    warn(made)
    if encrypt:
        click.echo("Không có mật khẩu thì không ai mở được tệp này: hãy cất mật khẩu ở nơi khác với tệp.")
    else:
        click.echo("Tệp này có tên người học: hãy cất kỹ, và giữ thêm một bản ở nơi khác.")


@click.command(cls=Command)
@click.argument("file", type=FILE, metavar="TỆP")
@click.option("--yes", is_flag=True, help="Không hỏi lại.")
@with_place
def restore(place, file, yes):
    """Phục hồi dữ liệu từ một bản sao lưu. Dữ liệu đang có được giữ lại ở một thư mục riêng."""
    from hocso.grading import backup as backups

    passphrase = known_passphrase("bản sao lưu") if backups.is_encrypted(file) else None

    def ask(found):
        click.echo(
            f"Bản sao lưu lúc {found.made_at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y} còn tốt: "
            f"{found.learners} người học, {found.events} sự kiện học tập."
        )
        warn(found)
        if found.records_only:
            click.echo("Bản này chỉ có tệp hocso.db; sổ điểm và bài nộp đang có được giữ nguyên.")
            click.echo("Phục hồi xong, chạy tiếp: hocso doctor --deep")
        if not yes:
            ask_or_stop("Dùng bản này thay cho dữ liệu đang có?")

    aside = or_say(lambda: backups.restore(file, place.data, passphrase, ask))
    click.echo(f"Đã phục hồi. Dữ liệu trước đó nằm ở {aside}, xóa được khi không cần nữa.")


def warn(one) -> None:
    """Say what is off in a backup."""
    if one.warning:
        click.echo(f"Lưu ý: {one.warning}", err=True)


def or_say(step):
    """What the step gives. Raises ClickException where the disk is full."""
    from hocso.grading import ServerFull

    try:
        return step()
    except ServerFull as error:
        raise click.ClickException(str(error)) from None
