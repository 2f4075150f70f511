"""Certificates of completed tracks: issued once, confirmed by a secret code, revoked for good.

A certificate belongs to a person: entries that were merged into another count as that one. Who asks again
gets the same certificate, also after the track has got a new lesson. After a revocation only staff issue
another, with a number of its own; the revoked one stays in the list.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from hocso.course import Catalogue

from .clock import VIETNAM, as_utc
from .codes import as_typed, new_code
from .completions import LessonStatus, lesson_status, track_completed_at
from .devices import device_id
from .errors import CertificateRefused, UnknownRecord
from .learners import locked
from .merging import entries_of, person_of
from .models import Learner, Setting, new_id
from .register_models import Certificate
from .text import clean, fold

COLUMNS = [
    "id", "number", "code", "name", "hamlet", "track", "completed_at", "issued_at", "revoked_at", "reason",
]  # fmt: skip
COUNTER = "certificates_issued"
DEVICE_LETTERS, DEVICE_LENGTH = "CDFGHJKMNPQRTVWXY", 6
# 30 of the 22 signs of `codes` are 133 bits; people type them in groups.
SECRET_LENGTH, SECRET_GROUP = 30, 5
LONGEST_REASON = 300


@dataclass(frozen=True)
class Confirmation:
    """What anybody who holds a certificate's secret may know."""

    name: str
    track: str
    completed_at: datetime
    revoked: bool


def issue(
    session: Session, catalogue: Catalogue, learner_id: str, track: str, now: datetime | None = None
) -> Certificate:
    """The learner's certificate of a track, made at the first asking. Raises CertificateRefused where the
    track is not completed, or the certificate was revoked; UnknownTrack and UnknownRecord."""
    # Locked, so that asking twice at the same moment makes one certificate on PostgreSQL too.
    owner = locked(session, learner_id)
    held = of_person(session, owner.id, track)
    valid = next((one for one in held if one.revoked_at is None), None)
    if valid is not None:
        return valid
    if held:
        raise CertificateRefused(
            f"Giấy chứng nhận số {held[-1].number} đã bị thu hồi. Mời hỏi Phòng Văn hóa - Xã hội của xã."
        )
    return _make(session, catalogue, owner, track, as_utc(now))


def issue_again(
    session: Session, catalogue: Catalogue, certificate_id: str, now: datetime | None = None
) -> Certificate:
    """A new certificate for the person and track of a revoked one. Raises CertificateRefused where there is a
    valid one or the track is not completed; UnknownTrack and UnknownRecord."""
    revoked = get(session, certificate_id)
    owner = locked(session, revoked.learner_id)
    for one in of_person(session, owner.id, revoked.track):
        if one.revoked_at is None:
            raise CertificateRefused(f"Người này đang có giấy còn giá trị, số {one.number}.")
    return _make(session, catalogue, owner, revoked.track, as_utc(now))


def revoke(
    session: Session, certificate_id: str, reason: str, account_id: str | None, now: datetime | None = None
) -> None:
    """Take a certificate's validity, for good. Raises CertificateRefused without a reason or where it is
    revoked already, and UnknownRecord."""
    certificate, reason = get(session, certificate_id), clean(reason or "")
    if certificate.revoked_at is not None:
        raise CertificateRefused(f"Giấy số {certificate.number} đã thu hồi từ trước.")
    if not reason or len(reason) > LONGEST_REASON:
        raise CertificateRefused(f"Mời ghi lý do thu hồi, không quá {LONGEST_REASON} chữ.")
    certificate.revoked_at, certificate.revoked_by, certificate.reason = as_utc(now), account_id, reason
    session.flush()


def get(session: Session, certificate_id: str) -> Certificate:
    """One certificate. Raises UnknownRecord."""
    certificate = session.get(Certificate, certificate_id)
    if certificate is None:
        raise UnknownRecord("Không tìm thấy giấy chứng nhận này. Mời mở lại danh sách.")
    return certificate


def by_number(session: Session, number: str) -> Certificate:
    """The certificate with a number as people type it. Raises UnknownRecord."""
    certificate = session.scalar(select(Certificate).where(Certificate.number == clean(number).upper()))
    if certificate is None:
        raise UnknownRecord("Không có giấy chứng nhận số này. Xem danh sách: hocso certificates list")
    return certificate


def confirm(session: Session, catalogue: Catalogue, code: str) -> Confirmation | None:
    """What a secret confirms, as it stands in the QR code or as people type it; None where there is none."""
    certificate = session.scalar(select(Certificate).where(Certificate.secret == as_typed(code)))
    if certificate is None:
        return None
    return Confirmation(
        person_of(session, certificate.learner_id).full_name,
        title_of(catalogue, certificate.track),
        certificate.completed_at,
        certificate.revoked_at is not None,
    )


def looks_like_a_number(code: str) -> bool:
    """Whether somebody typed a certificate's number where its secret is asked for; not whether there is such
    a certificate."""
    return re.fullmatch(rf"(SỐ)?HS\d{{4}}[A-Z]{{{DEVICE_LENGTH}}}\d{{4,}}", as_typed(clean(code))) is not None


def of_person(session: Session, learner_id: str, track: str) -> list[Certificate]:
    """All certificates of one person for a track, the oldest first."""
    return list(
        session.scalars(
            select(Certificate)
            .where(Certificate.learner_id.in_(entries_of(session, learner_id)), Certificate.track == track)
            .order_by(Certificate.issued_at, Certificate.number)
        )
    )


def available(
    session: Session, catalogue: Catalogue, learner_id: str, statuses: dict[str, LessonStatus]
) -> list[str]:
    """The tracks of which `issue` gives a learner with these statuses a certificate."""
    found = []
    for track in catalogue.tracks:
        held = of_person(session, learner_id, track.slug)
        valid = any(one.revoked_at is None for one in held)
        if valid or (not held and track_completed_at(track, statuses) is not None):
            found.append(track.slug)
    return found


def table(session: Session, catalogue: Catalogue, text: str = "") -> pd.DataFrame:
    """All certificates, the newest first; with `text` those whose number or owner's name has it, with or
    without diacritics. Columns: COLUMNS; track is its title, times are aware (UTC), what is empty is None.
    Whoever shows names notes it in the access log."""
    entry, owner = aliased(Learner), aliased(Learner)
    rows = session.execute(
        select(Certificate, owner)
        .join(entry, entry.id == Certificate.learner_id)
        .join(owner, owner.id == func.coalesce(entry.merged_into, entry.id))
        .order_by(Certificate.issued_at.desc(), Certificate.number.desc())
    )
    wanted = fold(text)
    said = [
        {
            "id": one.id,
            "number": one.number,
            "code": who.code,
            "name": who.full_name,
            "hamlet": who.hamlet.name,
            "track": title_of(catalogue, one.track),
            "completed_at": one.completed_at,
            "issued_at": one.issued_at,
            "revoked_at": one.revoked_at,
            "reason": one.reason,
        }
        for one, who in rows
        if wanted in who.folded_name or wanted in fold(one.number)
    ]
    return pd.DataFrame(said, columns=COLUMNS, dtype="object")


def title_of(catalogue: Catalogue, track: str) -> str:
    """A track's title; its slug where the kit has it no more."""
    return next((one.title for one in catalogue.tracks if one.slug == track), track)


def in_groups(secret: str) -> str:
    """A secret as it is printed for people who type it."""
    return " ".join(secret[first : first + SECRET_GROUP] for first in range(0, len(secret), SECRET_GROUP))


def _make(session: Session, catalogue: Catalogue, owner: Learner, track: str, now: datetime) -> Certificate:
    about = catalogue.track(track)
    completed_at = track_completed_at(about, lesson_status(session, catalogue, owner.id))
    if completed_at is None:
        raise CertificateRefused(
            f"Chưa hoàn thành mọi bài của chương «{about.title}», nên chưa có giấy chứng nhận. "
            "Mời học nốt các bài còn lại."
        )
    certificate = Certificate(
        id=new_id(),
        number=_new_number(session, now),
        secret=new_code(SECRET_LENGTH),
        learner_id=owner.id,
        track=track,
        completed_at=completed_at,
        issued_at=now,
    )
    session.add(certificate)
    session.flush()
    return certificate


def _new_number(session: Session, now: datetime) -> str:
    """HS-<year>-<six letters of this device><counter>: no two laptops give the same, and none gives one
    again."""
    value, letters = device_id(session).int, ""
    for _ in range(DEVICE_LENGTH):
        value, place = divmod(value, len(DEVICE_LETTERS))
        letters += DEVICE_LETTERS[place]
    counter = session.get(Setting, COUNTER, with_for_update=True)
    if counter is None:
        counter = Setting(key=COUNTER, value=0)
        session.add(counter)
    counter.value += 1
    session.flush()
    return f"HS-{now.astimezone(VIETNAM).year}-{letters}{counter.value:04d}"
