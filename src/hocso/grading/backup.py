"""Backups of a data folder: records, gradebook and submissions of one moment in one file.

A backup is a zip with `manifest.json` (what is in it, with SHA-256), the two databases, copied by SQLite's
own online backup, and the files of the course. While it is made nobody writes to the course, everything else
goes on. It is proved after writing, by opening what was written, and has its name only then.

With a passphrase it is that zip as an age file (age-encryption.org), which other programs open as well.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tempfile
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage

from hocso import __version__
from hocso.records import RecordsError, StorageFull, open_database, removal, restoring, soundness
from hocso.records.clock import as_utc, utc_now
from hocso.records.database import KEPT, RECORDS, STAMP, copy_sqlite, require_whole
from hocso.records.durable import copy_private, flush_folder, private, write_private

from .course import course_at
from .errors import ServerFull
from .folders import room_needed

FORMAT = 1
LONGEST_BACKUP_S = 3600
MANIFEST = "manifest.json"
GRADEBOOK = "course/gradebook.db"
# The key is part of it: cookies and printed cards go on being good after a restore.
SINGLE_FILES = ("secret.key",)
ENCRYPTED = b"age-encryption.org/"


class BackupRefused(RecordsError):
    """A backup that can't be made, proved or restored; nothing was changed."""


class PassphraseNeeded(BackupRefused):
    """The backup is encrypted, and no passphrase or another one was given."""


@dataclass(frozen=True)
class Backup:
    """A proved backup. `made_at` is UTC; `size` in bytes; `learners` and `events`: how many it holds;
    `records_only`: a copy of the records alone, as made before an import; `orphans`: a sentence for each
    table with rows that point at rows that are not there."""

    path: Path
    made_at: datetime
    size: int
    learners: int
    events: int
    records_only: bool = False
    orphans: tuple[str, ...] = ()

    @property
    def warning(self) -> str | None:
        """What is off in it, which was so in the data too; None where nothing is."""
        if not self.orphans:
            return None
        return f"{' '.join(self.orphans)} Bản này giữ nguyên các dòng ấy. Nên xem: hocso doctor --deep"


def back_up(
    kit: Path, data: Path, folder: Path | None = None, keep: int = KEPT, passphrase: str | None = None
) -> Backup:
    """Make a backup in `folder` (default: backups in the data folder), encrypted if there is a passphrase,
    prove it, and delete all but the newest `keep` there. Raises BackupRefused and DataInUse."""
    data = Path(data).resolve()
    restoring.finish(data)
    if not (data / RECORDS).is_file():
        raise BackupRefused(
            "Chưa có dữ liệu để sao lưu ở thư mục này. Nếu xã dùng PostgreSQL, hãy sao lưu bằng pg_dump."
        )
    folder = Path(folder or data / "backups")
    with _room():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(data, folder)
        made_at = utc_now().replace(microsecond=0)
        target = folder / f"hocso-{made_at:{STAMP}}.zip{'.age' if passphrase else ''}"
        part = folder / f".{target.name}.{uuid.uuid4().hex}"
        try:
            with tempfile.TemporaryDirectory(prefix=".backup-", dir=data) as scratch:
                # Never in the clear on another disk.
                plain = Path(scratch, "plain.zip") if passphrase else part
                _write(kit, data, Path(scratch), plain, made_at)
                if passphrase:
                    write_private(part, pyrage.passphrase.encrypt(plain.read_bytes(), _as_used(passphrase)))
                proved = prove(part, Path(scratch, "proved"), passphrase)
            os.replace(part, target)
            flush_folder(folder)
        finally:
            part.unlink(missing_ok=True)
    for old in [one for one in listed(folder) if one != target][keep - 1 :]:
        old.unlink()
    return replace(proved, path=target)


def _sweep(data: Path, folder: Path) -> None:
    """Remove what a backup, or a copy before an import, has left that was killed; another that is being made
    is younger."""
    for left in [*data.glob(".backup-*"), *folder.glob(".hocso-*Z.*")]:
        if time.time() - left.stat().st_mtime > LONGEST_BACKUP_S:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def listed(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first."""
    return sorted([*folder.glob("hocso-*Z.zip"), *folder.glob("hocso-*Z.zip.age")], reverse=True)


def is_encrypted(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(ENCRYPTED)) == ENCRYPTED


def restore(
    file: Path, data: Path, passphrase: str | None = None, ask: Callable[[Backup], None] = lambda proved: None
) -> Path:
    """Put a proved backup in place of the data folder's contents, which go to the folder that is returned,
    in the data folder; a copy of the records alone replaces the records alone. Backups stay where they are.
    `ask` hears what was proved, before anything is replaced, and raises where it is not wanted. Raises
    BackupRefused, PassphraseNeeded and DataInUse; then nothing has changed."""
    data = Path(data).resolve()
    with _room(), restoring.alone(data), restoring.unpacking(data) as fresh:
        proved = prove(Path(file), fresh, passphrase)
        ask(proved)
        _carry_over(data / RECORDS, fresh / RECORDS)
        out = [one for one in _contents(data) if not proved.records_only or one.startswith(RECORDS)]
        try:
            return restoring.put_in_place(data, fresh, out, _contents(fresh))
        except PermissionError:
            # Windows, where some program holds a file open.
            raise BackupRefused(
                "Chưa phục hồi xong: có chương trình khác đang mở tệp dữ liệu. Đóng chương trình đó, rồi "
                "chạy hocso doctor: máy làm nốt, không mất gì."
            ) from None


def _carry_over(before: Path, after: Path) -> None:
    """Bring restored records to the newest schema, and keep in them what a restore must not undo: who has
    signed out since (the key is the same, so a copy of their cookie would be good again), and who was removed
    on their own or their family's wish. Raises the refusal of a newer schema."""
    departures = _rows(before, "SELECT visitor_id, at FROM signed_out")
    removals = _rows(
        before,
        "SELECT learner_id, reason, removed_at FROM removals WHERE reason NOT IN (?, ?)",
        (removal.ROSTER, removal.RETENTION),
    )
    with closing(open_database(after)) as database, database.session() as session:
        write = session.connection().exec_driver_sql
        for row in departures:
            write("INSERT OR IGNORE INTO signed_out (visitor_id, at) VALUES (?, ?)", row)
        for row in removals:
            write(
                "INSERT INTO removals (learner_id, reason, removed_at) VALUES (?, ?, ?) "
                "ON CONFLICT (learner_id) DO UPDATE SET reason = excluded.reason WHERE reason = ?",
                (*row, removal.ROSTER),
            )
        removal.carry_out(session)


def _rows(records: Path, query: str, values: tuple[str, ...] = ()) -> list[tuple]:
    """What a SQLite file answers; nothing where it is not there, damaged or of an older schema."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{records.as_uri()}?mode=rw", uri=True)) as opened:
        return opened.execute(query, values).fetchall()
    return []


@contextmanager
def _room() -> Iterator[None]:
    try:
        with room_needed():
            yield
    except (ServerFull, StorageFull) as error:
        raise BackupRefused(
            "Ổ đĩa hết chỗ, chưa làm được. Dữ liệu đang có và các bản sao lưu trước vẫn còn nguyên. "
            "Hãy dọn bớt ổ đĩa, hoặc sao lưu ra ổ khác bằng --out."
        ) from error


def _contents(folder: Path) -> list[str]:
    """What a backup holds, by first name, with the two files that SQLite keeps beside a database."""
    names = [RECORDS, f"{RECORDS}-wal", f"{RECORDS}-shm", "course", *SINGLE_FILES]
    return [name for name in names if (folder / name).exists()]


def _write(kit: Path, data: Path, scratch: Path, part: Path, made_at: datetime) -> None:
    course = course_at(kit, data)
    files: dict[str, str] = {}
    with (
        open(part, "xb", opener=private) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):

        def add(source: Path, name: str) -> None:
            archive.write(source, name)
            files[name] = _digest(source)

        copies = {}
        with course.locked():
            for name in (RECORDS, GRADEBOOK):
                if (data / name).is_file():
                    copies[name] = scratch / name.replace("/", "-")
                    copy_sqlite(data / name, copies[name])
            for source in _course_files(course.root):
                add(source, source.relative_to(data).as_posix())
        for name, copy in copies.items():
            add(copy, name)
        for name in SINGLE_FILES:
            if (data / name).is_file():
                add(data / name, name)
        about = {"format": FORMAT, "version": __version__, "made_at": made_at.isoformat(), "files": files}
        archive.writestr(MANIFEST, json.dumps(about, indent=1))
        archive.close()
        out.flush()
        os.fsync(out.fileno())


def _course_files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        first = path.relative_to(root).parts[0]
        if path.is_file() and not first.startswith((".", "gradebook.db")):
            yield path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(file: Path, passphrase: str | None) -> Path | io.BytesIO:
    """The zip in a file, decrypted if need be. Raises PassphraseNeeded."""
    if not is_encrypted(file):
        return file
    if not passphrase:
        raise PassphraseNeeded(f"Tệp {file.name} có mật khẩu. Cần mật khẩu đã đặt lúc sao lưu để mở.")
    try:
        return io.BytesIO(pyrage.passphrase.decrypt(file.read_bytes(), _as_used(passphrase)))
    except pyrage.DecryptError:
        raise PassphraseNeeded(
            f"Không mở được tệp {file.name}: sai mật khẩu, hoặc tệp đã hỏng. Dữ liệu đang có vẫn còn nguyên."
        ) from None


def _as_used(passphrase: str) -> str:
    """The same letters are the same on every keyboard."""
    return unicodedata.normalize("NFC", passphrase)


def _unpack_records(file: Path, folder: Path) -> Backup:
    """A copy of the records alone. Raises sqlite3.Error, ValueError."""
    target = folder / RECORDS
    with file.open("rb") as source:
        copy_private(source, target)
    made_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return replace(_proved(file, made_at, target), records_only=True)


def prove(file: Path, folder: Path, passphrase: str | None = None) -> Backup:
    """Unpack a backup into a folder, which is the data's own to clear away, and prove what lies there: all of
    it, unchanged, and both databases sound. Raises BackupRefused, PassphraseNeeded."""
    try:
        if file.suffix == ".db":
            return _unpack_records(file, folder)
        with zipfile.ZipFile(_opened(file, passphrase)) as archive:
            about = json.loads(archive.read(MANIFEST))
            if about["format"] > FORMAT:
                raise BackupRefused(
                    "Bản sao lưu này do một bản Học Số mới hơn làm. Hãy cập nhật Học Số rồi phục hồi lại."
                )
            names = set(archive.namelist()) - {MANIFEST}
            if names != set(about["files"]) or RECORDS not in names or not all(map(_is_plain, names)):
                raise ValueError("other files than the manifest says")
            for name, digest in about["files"].items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source:
                    copy_private(source, target)
                if _digest(target) != digest:
                    raise ValueError("changed")
            if GRADEBOOK in names:
                # Its keys are not looked at: nbgrader's point to a course that it never writes.
                with closing(sqlite3.connect(folder / GRADEBOOK)) as gradebook:
                    require_whole(gradebook)
            return _proved(file, datetime.fromisoformat(about["made_at"]), folder / RECORDS)
    except FileNotFoundError:
        raise BackupRefused(f"Không thấy tệp {file}. Hãy xem lại tên tệp và ổ đĩa.") from None
    except (zipfile.BadZipFile, zipfile.zlib.error, ValueError, KeyError, TypeError, EOFError, sqlite3.Error):
        raise BackupRefused(
            f"Tệp {file.name} không phải bản sao lưu của Học Số, hoặc đã hỏng. Hãy dùng bản khác; "
            "dữ liệu đang có vẫn còn nguyên."
        ) from None


def _is_plain(name: str) -> bool:
    """Whether a member stays in the folder that it is unpacked into."""
    return name in (RECORDS, *SINGLE_FILES) or (
        name.startswith("course/") and "\\" not in name and not {"", ".", ".."} & set(name.split("/"))
    )


def _proved(file: Path, made_at: datetime, records: Path) -> Backup:
    """What a backup holds, when its records are whole. Rows that point at none are kept and said: a backup
    that refused them would leave the commune without any. Raises sqlite3.Error."""
    with closing(sqlite3.connect(records)) as connection:
        require_whole(connection)
        [(learners, events)] = connection.execute(
            "SELECT (SELECT count(*) FROM learners), (SELECT count(*) FROM events)"
        )
        loose = tuple(soundness.orphans(connection.execute(soundness.ORPHANS)))
    return Backup(file, made_at, file.stat().st_size, learners, events, orphans=loose)


def is_due(folder: Path, now: datetime | None = None) -> bool:
    """Whether the newest backup in the folder is older than a day, or there is none. One from the future says
    nothing: the clock was wrong when it was made."""
    now = as_utc(now)
    return not any(timedelta() <= now - _made_at(one) < timedelta(days=1) for one in listed(folder))


def _made_at(backup: Path) -> datetime:
    return datetime.strptime(backup.name.removesuffix(".age"), f"hocso-{STAMP}.zip").replace(tzinfo=UTC)
