"""The exchange file: a zip of JSON Lines, one member for each kind of rows, with a manifest that has the
SHA-256 of each; encrypted as a whole with a passphrase, in the age format.

It is put together and taken apart in memory, so that nothing unencrypted lies on a disk or a stick.
"""

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import unicodedata
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hocso import __version__

from .errors import ExchangeRefused, PassphraseNeeded
from .exchange_rows import Row, from_line
from .exchange_rules import KINDS, Kind

FORMAT = 1
# The newest revision of the schema (records.migrations) that changed what travels.
SCHEMA = 4
MANIFEST = "manifest.json"
SHORTEST_PASSPHRASE = 8
ENCRYPTED = b"age-encryption.org/"
LARGEST_MANIFEST = 1024**2
LONGEST_LINE = 8 * 1024**2
# What a file may unpack to: more than any commune has, and no more than text can be compressed.
LARGEST, DENSEST = 2 * 1024**3, 200
# age refuses what it thinks takes this machine too long, by how fast it is at that moment.
TIMES_TO_TRY = 8
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.zlib.error,
    struct.error,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    OSError,
    OverflowError,
    RecursionError,
    RuntimeError,
)
FOREIGN = (
    "Tệp này không phải tệp trao đổi của Học Số. Mời chọn tệp do Học Số xuất ra, tên kết thúc bằng .hocso. "
    "Chưa nhập gì."
)
DAMAGED = (
    "Tệp trao đổi đã hỏng hoặc bị sửa, nên không nhập gì. Mời chép lại tệp từ máy đã xuất, "
    "hoặc xuất lại ở máy đó."
)
NEWER = (
    "Tệp này do một bản Học Số mới hơn xuất ra, máy này chưa đọc được. "
    "Mời cập nhật Học Số ở máy này rồi nhập lại; tệp vẫn dùng được."
)
BUSY = (
    "Máy này đang quá bận, hoặc quá chậm, để mở mã hóa của tệp. Mời đóng bớt chương trình khác, chờ một lát "
    "rồi làm lại; tệp không hỏng."
)
ASK = "Tệp này có mật khẩu. Mời gõ mật khẩu đã đặt lúc xuất."
WRONG = "Mật khẩu không đúng, hoặc tệp đã hỏng. Mời gõ lại mật khẩu đã đặt lúc xuất; chưa nhập gì."


@dataclass(frozen=True)
class Manifest:
    """What a file says of itself. `members`: kind -> columns, rows, sha256; `written_at` by the clock of the
    device that wrote it; `follows`, `whole` as in ExchangeReceipt, `follows_at`: when that file was written;
    `secrets`: PINs and phones are in it."""

    file_id: str
    device_id: str
    device_name: str
    written_at: datetime
    whole: bool
    follows: str | None
    follows_at: datetime | None
    secrets: bool
    sample: bool
    members: dict[str, dict[str, Any]]


class Writer:
    """Puts a file together, kind by kind in any order; to be closed, finished or not."""

    def __init__(self):
        self._content = io.BytesIO()
        self._archive = zipfile.ZipFile(self._content, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, kind: Kind, columns: list[str], lines: Iterable[str]) -> None:
        """A member of canonical JSON lines."""
        hashed, rows = hashlib.sha256(), 0
        with self._archive.open(_member(kind.name), "w", force_zip64=True) as member:
            for line in lines:
                content = line.encode() + b"\n"
                hashed.update(content)
                member.write(content)
                rows += 1
        self.members[kind.name] = {"columns": columns, "rows": rows, "sha256": hashed.hexdigest()}

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_error) -> None:
        self._archive.close()

    def finish(self, manifest: Manifest, passphrase: str | None) -> bytes:
        """The whole file; encrypted unless `passphrase` is None. Raises ExchangeRefused."""
        about = asdict(manifest) | {
            "format": FORMAT,
            "schema": SCHEMA,
            "version": __version__,
            "written_at": manifest.written_at.isoformat(),
            "follows_at": manifest.follows_at and manifest.follows_at.isoformat(),
        }
        self._archive.writestr(MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))
        self._archive.close()
        content = self._content.getvalue()
        if passphrase is None:
            return content
        return _age("encrypt", content, valid_passphrase(passphrase))


def valid_passphrase(passphrase: str) -> str:
    """A passphrase for a new file, as it is used: the same letters are the same on every keyboard. Raises
    ExchangeRefused for one that is short."""
    passphrase = unicodedata.normalize("NFC", passphrase)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ExchangeRefused(
            f"Mật khẩu của tệp cần ít nhất {SHORTEST_PASSPHRASE} ký tự. Mời đặt mật khẩu dài hơn."
        )
    return passphrase


class Reader:
    """A file that was opened: its manifest is sound, each member is proved as it is read."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest):
        self._archive, self.manifest = archive, manifest

    def rows(self, kind: Kind) -> Iterator[Row]:
        """The rows of a kind. Raises ExchangeRefused, at the latest after the last one."""
        about = self.manifest.members.get(kind.name)
        if about is None:
            return
        hashed, rows = hashlib.sha256(), 0
        with _named(DAMAGED), self._archive.open(_member(kind.name)) as member:
            while line := member.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise ValueError("too long")
                hashed.update(line)
                rows += 1
                yield from_line(kind, line, about["columns"])
            if (hashed.hexdigest(), rows) != (about["sha256"], about["rows"]):
                raise ValueError("changed")


def open_file(content: bytes, passphrase: str | None = None) -> Reader:
    """Open an exchange file. Raises PassphraseNeeded and ExchangeRefused."""
    with _named(FOREIGN):
        archive = zipfile.ZipFile(io.BytesIO(decrypted(content, passphrase)))
        if MANIFEST not in archive.namelist() or archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise ValueError("no manifest")
    with _named(DAMAGED):
        about = json.loads(archive.read(MANIFEST))
        if about["format"] > FORMAT or about["schema"] > SCHEMA:
            raise ExchangeRefused(NEWER)
        members = about["members"]
        if (
            set(archive.namelist()) != {MANIFEST, *map(_member, members)}
            or not members.keys() <= KINDS.keys()
        ):
            raise ValueError("other members than the manifest says")
        unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > min(LARGEST, LARGEST_MANIFEST + DENSEST * len(content)):
            raise ValueError("unpacks to too much")
        manifest = Manifest(
            file_id=str(uuid.UUID(about["file_id"])),
            device_id=str(uuid.UUID(about["device_id"])),
            device_name=str(about["device_name"])[:80],
            written_at=_moment(about["written_at"]),
            whole=bool(about["whole"]),
            follows=about["follows"] and str(uuid.UUID(about["follows"])),
            follows_at=about["follows_at"] and _moment(about["follows_at"]),
            secrets=bool(about["secrets"]),
            sample=bool(about["sample"]),
            members=members,
        )
    return Reader(archive, manifest)


def is_encrypted(content: bytes) -> bool:
    """Whether a file needs a passphrase."""
    return content.startswith(ENCRYPTED)


def decrypted(content: bytes, passphrase: str | None) -> bytes:
    """The zip in a file. Raises PassphraseNeeded."""
    if not is_encrypted(content):
        return content
    if not passphrase:
        raise PassphraseNeeded(ASK)
    for _ in range(TIMES_TO_TRY):
        try:
            return _age("decrypt", content, unicodedata.normalize("NFC", passphrase))
        except ValueError as error:
            if str(error) == "Decryption failed":
                raise PassphraseNeeded(WRONG) from None
            if not str(error).startswith("Excessive work"):
                raise ExchangeRefused(DAMAGED) from None
    raise ExchangeRefused(BUSY)


# Making a key of a passphrase takes a second and up to a gigabyte, on purpose: not in the server itself.
AGE = """
import sys, pyrage
passphrase, content = sys.stdin.buffer.readline(), sys.stdin.buffer.read()
try:
    done = getattr(pyrage.passphrase, sys.argv[1])(content, passphrase[:-1].decode())
except (pyrage.DecryptError, OSError) as error:
    sys.exit(f"age: {error}")
sys.stdout.buffer.write(done)
"""


def _age(do: str, content: bytes, passphrase: str) -> bytes:
    """Encrypt or decrypt, in a process of its own. Raises ValueError with age's words."""
    if "\n" in passphrase:
        raise ValueError("Decryption failed")
    done = subprocess.run(
        [sys.executable, "-I", "-c", AGE, do],
        input=passphrase.encode() + b"\n" + content,
        capture_output=True,
    )
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip()
    if said.startswith("age: "):
        raise ValueError(said.removeprefix("age: "))
    raise ExchangeRefused(
        "Máy này không đủ bộ nhớ để mã hóa hoặc mở mã hóa tệp. Mời đóng bớt chương trình khác rồi làm lại."
    )


def write_whole(target: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all. Raises OSError."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with open(part, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)


def _member(kind: str) -> str:
    return f"{kind}.jsonl"


@contextmanager
def _named(message: str) -> Iterator[None]:
    """What can go wrong in a file that is not as we wrote it, in words."""
    try:
        yield
    except ZIP_ERRORS as error:
        raise ExchangeRefused(message) from error
