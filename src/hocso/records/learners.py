"""Learners: registration, search by name, and the 4-digit PIN.

Where entries were merged, the PIN, the lock and the consent are the person's: an id of any of the entries
acts for the one that goes on, and the PIN of each of them opens it until a new one is given.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, exists, or_, select
from sqlalchemy.orm import Session

from .clock import VIETNAM, as_utc
from .codes import LEARNER_LENGTH, as_typed, new_code
from .errors import AlreadyRegistered, InvalidLearner, UnknownRecord
from .merging import entries_of, person_of
from .models import REMOVED_MARK, Attendance, Expected, Hamlet, Learner
from .secret_words import LOCK, fitting, hash_secret, mark, still_locked
from .text import clean, fold, same_name

__all__ = [
    "GROUPS",
    "PIN_TRIES",
    "NewPin",
    "PinCheck",
    "agree",
    "change_pin",
    "check_pin",
    "choose_pin",
    "chosen_pin",
    "first_pin",
    "fold",
    "get",
    "has_agreed",
    "has_own_pin",
    "has_pin",
    "keep_pin",
    "locked",
    "new_pin",
    "person",
    "register",
    "reset_pin",
    "same_person",
    "seal",
    "search",
    "told_apart",
    "unlock",
    "valid_birth_year",
    "valid_name",
    "valid_phone",
    "valid_pin",
]

# The four groups of Quyết định 757/QĐ-BKHCN of 29/4/2025.
GROUPS = {
    "hoc-sinh": "Học sinh, sinh viên",
    "nguoi-dan": "Người dân",
    "can-bo": "Cán bộ, công chức, viên chức, người lao động trong cơ quan nhà nước",
    "nguoi-lao-dong": "Người lao động trong doanh nghiệp, hợp tác xã",
}
# What whoever registers agrees to; kept with the learner, word for word.
CONSENT_WORDING = (
    "Tôi đồng ý cho xã lưu họ tên, năm sinh, ấp, nhóm, số điện thoại (nếu tôi ghi), và kết quả học của tôi. "
    "Xã dùng các thông tin này để giúp tôi học tiếp và để báo cáo số người đã học. "
    "Tôi có thể xem, sửa, rút lại đồng ý hoặc xin xóa bất cứ lúc nào tại Phòng Văn hóa - Xã hội xã."
)
PIN = re.compile(r"[0-9]{4}")
PIN_TRIES = 5
LONGEST_NAME = 80
OLDEST, YOUNGEST = 110, 5
# More than any screen shows: names are ranked here, after the database has narrowed them down.
MOST_CANDIDATES = 300


@dataclass(frozen=True)
class PinCheck:
    """The outcome of a PIN: right or not, tries that are left, and until when the name is locked (UTC)."""

    ok: bool
    remaining: int
    locked_until: datetime | None = None


@dataclass(frozen=True)
class NewPin:
    """A PIN that is to be a learner's, and its hash. That takes 20 ms of a core: it is made before the record
    is written, when all others wait."""

    pin: str
    hashed: str


def register(
    session: Session,
    *,
    full_name: str,
    birth_year: int,
    hamlet_id: str,
    group: str,
    pin: str | NewPin | None,
    consent_wording: str,
    phone: str | None = None,
    now: datetime | None = None,
) -> Learner:
    """Register a learner who has agreed to `consent_wording`. `pin` None: they get one later, on a card.

    The same person is the same name, year of birth and hamlet, unless both gave a phone number and these
    differ. Raises InvalidLearner and AlreadyRegistered.
    """
    now = as_utc(now)
    full_name = valid_name(full_name)
    birth_year = valid_birth_year(birth_year, now)
    # Locked, so that the same person registering twice at the same moment is seen on PostgreSQL too.
    hamlet = session.get(Hamlet, clean(str(hamlet_id or "")), with_for_update=True)
    if hamlet is None:
        raise InvalidLearner("hamlet_id", "Xin chọn ấp trong danh sách.")
    if group not in GROUPS:
        raise InvalidLearner("group", "Xin chọn nhóm trong danh sách.")
    if isinstance(pin, str):
        pin = chosen_pin(pin)
    phone = valid_phone(phone)
    consent_wording = clean(consent_wording or "")
    if not consent_wording:
        raise InvalidLearner("consent_wording", "Cần có sự đồng ý của người học trước khi lưu thông tin.")
    twin = same_person(session, full_name, birth_year, hamlet.id, phone)
    if twin is not None:
        raise AlreadyRegistered(
            twin.merged_into or twin.id,
            "Tên này, năm sinh này đã đăng ký ở ấp này. Xin tìm tên mình trong danh sách để vào học. "
            "Nếu là người khác trùng tên, hãy ghi thêm số điện thoại.",
        )
    learner = Learner(
        code=free_code(session),
        full_name=full_name,
        folded_name=fold(full_name),
        birth_year=birth_year,
        hamlet=hamlet,
        group=group,
        phone=phone,
        pin_hash="" if pin is None else pin.hashed,
        pin_failures=0,
        consent_wording=consent_wording,
        consent_at=now,
        created_at=now,
    )
    session.add(learner)
    session.flush()
    return learner


def get(session: Session, learner_id: str) -> Learner:
    """One learner. Raises UnknownRecord."""
    learner = session.get(Learner, learner_id)
    if learner is None:
        raise UnknownRecord("Không tìm thấy người học này.")
    return learner


def person(session: Session, learner_id: str) -> Learner:
    """The entry that goes on for the person whom `learner_id` is an entry of. Raises UnknownRecord, also for
    one who was removed."""
    found = person_of(session, learner_id)
    if found is None or found.is_removed:
        raise UnknownRecord("Không tìm thấy người học này.")
    return found


def with_code(session: Session, code: str) -> Learner:
    """The person to whom a code was given, with whatever entry, also one who was removed. Raises
    UnknownRecord."""
    learner_id = session.scalar(select(Learner.id).where(Learner.code == as_typed(code)))
    if learner_id is None:
        raise UnknownRecord(f"Không có người học mã {code}.")
    return person_of(session, learner_id)


def search(
    session: Session, text: str, *, class_session_id: str | None = None, limit: int = 20
) -> list[Learner]:
    """Learners whose name has words that begin with the words of `text`, with or without diacritics.

    Those who are spelled as typed come first, then those who are in the class or expected there. By the name
    of a merged entry the one that goes on is found. Fewer than two letters find nobody, so that the list
    can't be leafed through.
    """
    folded = fold(text or "")
    if len(folded) < 2:
        return []
    begins = [
        or_(
            Learner.folded_name.startswith(word, autoescape=True),
            Learner.folded_name.contains(" " + word, autoescape=True),
        )
        for word in folded.split()
    ]
    in_class = or_(
        *(
            exists().where(
                model.learner_id == Learner.id,
                model.class_session_id == class_session_id,
                model.removed_at.is_(None),
            )
            for model in (Attendance, Expected)
        )
    )
    whole_words = or_(
        Learner.folded_name == folded, Learner.folded_name.endswith(" " + folded, autoescape=True)
    )
    found = session.scalars(
        select(Learner)
        .where(~Learner.folded_name.startswith(REMOVED_MARK), and_(*begins))
        .order_by(
            case((in_class, 0), else_=1), case((whole_words, 0), else_=1), Learner.folded_name, Learner.code
        )
        .limit(max(limit, MOST_CANDIDATES))
    ).all()
    typed = clean(text).lower()
    ranked = sorted(found, key=lambda learner: typed not in learner.full_name.lower())
    people = dict.fromkeys(entry.merged_into or entry.id for entry in ranked)
    return [get(session, learner_id) for learner_id in list(people)[:limit]]


def pin_hashes(session: Session, learner_id: str) -> list[str]:
    """The hashes of which a learner's PIN fits one. Raises UnknownRecord."""
    return [entry.pin_hash for entry in _entries(session, get(session, learner_id)) if entry.pin_hash]


def check_pin(
    session: Session,
    learner_id: str,
    pin: str,
    now: datetime | None = None,
    *,
    fits: Collection[str] | None = None,
) -> PinCheck:
    """Check a PIN. Five wrong ones in a row lock the name for 15 minutes; what is not four digits does not
    count. `fits`: those of `pin_hashes` that it fits, where that was looked at before. Raises
    UnknownRecord."""
    now = as_utc(now)
    learner = locked(session, learner_id)
    if still_locked(learner.locked_until, now):
        return PinCheck(False, 0, learner.locked_until)
    if learner.locked_until is not None:
        learner.locked_until, learner.pin_failures = None, 0
    if not isinstance(pin, str) or not PIN.fullmatch(pin):
        return PinCheck(False, PIN_TRIES - learner.pin_failures)
    hashes = pin_hashes(session, learner_id)
    if fits is None:
        fits = fitting(hashes, pin)
    if any(one in fits for one in hashes):
        learner.pin_failures = 0
        return PinCheck(True, PIN_TRIES)
    learner.pin_failures += 1
    if learner.pin_failures >= PIN_TRIES:
        learner.locked_until = now + LOCK
    return PinCheck(False, PIN_TRIES - learner.pin_failures, learner.locked_until)


def has_pin(session: Session, learner_id: str) -> bool:
    """Whether a learner can come in with a PIN. Raises UnknownRecord."""
    return bool(pin_hashes(session, learner_id))


def has_own_pin(session: Session, learner_id: str) -> bool:
    """Whether a learner's PIN is one of their own, not one that was given to them. Raises UnknownRecord."""
    entries = _entries(session, get(session, learner_id))
    return any(entry.pin_hash and not entry.pin_is_first for entry in entries)


def has_agreed(session: Session, learner_id: str) -> bool:
    """Whether a learner has agreed to be kept. Raises UnknownRecord."""
    return any(entry.consent_at for entry in _entries(session, get(session, learner_id)))


def unlock(session: Session, learner_id: str) -> None:
    """Lift the lock after wrong PINs. Raises UnknownRecord."""
    learner = locked(session, learner_id)
    learner.pin_failures, learner.locked_until = 0, None


def new_pin() -> NewPin:
    """A random PIN; its hash takes the time."""
    while _is_easy(pin := f"{secrets.randbelow(10_000):04d}"):
        pass
    return NewPin(pin, hash_secret(pin))


def chosen_pin(pin: str) -> NewPin:
    """A PIN that a person has chosen. Raises InvalidLearner."""
    return NewPin(valid_pin(pin), hash_secret(pin))


def reset_pin(
    session: Session, learner_id: str, now: datetime | None = None, *, pin: NewPin | None = None
) -> str:
    """Give a learner a new random PIN (`pin`, where it was made before), which is returned once, and lift the
    lock. Raises UnknownRecord."""
    learner, pin = locked(session, learner_id), pin or new_pin()
    _set_pin(session, learner, pin.hashed, now)
    learner.pin_is_first = True
    return pin.pin


def change_pin(
    session: Session, learner_id: str, old: str, new: str, now: datetime | None = None
) -> PinCheck:
    """Change a learner's PIN to one of their own, where `old` is right; `old` is checked, and tries are
    counted, as in `check_pin`. Raises InvalidLearner for a PIN that `valid_pin` refuses, and
    UnknownRecord."""
    new = valid_pin(new)
    check = check_pin(session, learner_id, old, now)
    if check.ok:
        _set_pin(session, locked(session, learner_id), hash_secret(new), now)
    return check


def choose_pin(session: Session, learner_id: str, new: str, now: datetime | None = None) -> None:
    """Set the learner's own PIN in place of one that was given to them and that they have just typed.
    Raises InvalidLearner, also where the PIN is their own already, and UnknownRecord."""
    learner = locked(session, learner_id)
    if has_own_pin(session, learner_id):
        raise InvalidLearner("pin", "Bà con đã có mã PIN riêng. Muốn đổi thì cần gõ mã cũ.")
    _set_pin(session, learner, chosen_pin(new).hashed, now)


def keep_pin(session: Session, learner_id: str, now: datetime | None = None) -> None:
    """Note that a learner keeps the PIN that was given to them: it is their own from now on. Raises
    UnknownRecord."""
    for entry in _entries(session, locked(session, learner_id)):
        if entry.pin_hash and entry.pin_is_first:
            entry.pin_is_first, entry.updated_at = False, as_utc(now)


def seal(learner: Learner) -> str | None:
    """Goes into the cookie of who signs in; another PIN of their own makes it another, and so ends whatever
    is signed in. None before there is one: cards are printed anew in the middle of a class."""
    own = learner.pin_hash and not learner.pin_is_first
    return mark(learner.pin_hash) if own else None


def valid_pin(pin: str) -> str:
    """A PIN that a person may choose: four digits, not the first that anybody would try. Raises
    InvalidLearner."""
    if not isinstance(pin, str) or not PIN.fullmatch(pin):
        raise InvalidLearner("pin", "Mã PIN gồm đúng 4 chữ số.")
    if _is_easy(pin):
        raise InvalidLearner(
            "pin", "Mã PIN này ai cũng đoán ra ngay (bốn số giống nhau, hoặc 1234). Mời chọn mã khác."
        )
    return pin


def _is_easy(pin: str) -> bool:
    return len(set(pin)) == 1 or pin == "1234"


def _set_pin(session: Session, learner: Learner, hashed: str, now: datetime | None) -> None:
    """A PIN of the learner's own, the only one of all their entries; the lock is lifted."""
    for entry in _entries(session, learner):
        if entry.pin_hash:
            entry.pin_hash, entry.updated_at = "", as_utc(now)
    learner.pin_hash, learner.pin_is_first = hashed, False
    learner.pin_failures, learner.locked_until = 0, None
    learner.updated_at = as_utc(now)


def agree(session: Session, learner_id: str, wording: str, now: datetime | None = None) -> None:
    """Note that a learner who came from a roster has agreed to `wording`; the first time counts. Raises
    UnknownRecord."""
    learner = locked(session, learner_id)
    if learner.consent_at is None:
        learner.consent_wording, learner.consent_at = clean(wording), as_utc(now)


def first_pin(session: Session, learner_id: str, pin: NewPin | None = None) -> str | None:
    """A new PIN (`pin`, where it was made before) to print on a card, for one who has none or only a printed
    one; None (and no change) for one who has a PIN of their own. Raises UnknownRecord."""
    learner = locked(session, learner_id)
    return None if has_own_pin(session, learner.id) else reset_pin(session, learner_id, pin=pin)


def free_code(session: Session) -> str:
    """A learner's code that is not in use."""
    while session.scalar(select(Learner.id).where(Learner.code == (code := new_code(LEARNER_LENGTH)))):
        pass
    return code


def free_codes(session: Session, count: int) -> list[str]:
    """As many different codes that are not in use; one look at the table, however many."""
    used, free = set(session.scalars(select(Learner.code))), set()
    while len(free) < count:
        free |= {new_code(LEARNER_LENGTH)} - used
    return list(free)


def locked(session: Session, learner_id: str) -> Learner:
    """`person`, to be changed: on PostgreSQL others wait. Raises UnknownRecord."""
    own = person(session, learner_id)
    return session.get(Learner, own.id, with_for_update={"of": Learner}, populate_existing=True)


def _entries(session: Session, learner: Learner) -> list[Learner]:
    return list(session.scalars(select(Learner).where(Learner.id.in_(entries_of(session, learner.id)))))


def same_person(
    session: Session,
    full_name: str,
    birth_year: int,
    hamlet_id: str,
    phone: str | None,
    other_than: str | None = None,
) -> Learner | None:
    """The learner who is the same person as `register` sees it, None where there is nobody. `other_than`: a
    person whose entries are not meant."""
    conditions = [
        Learner.folded_name == fold(full_name),
        Learner.birth_year == birth_year,
        Learner.hamlet_id == hamlet_id,
    ]
    if other_than is not None:
        conditions.append(Learner.id.not_in(entries_of(session, other_than)))
    namesakes = session.scalars(select(Learner).where(*conditions))
    return next((other for other in namesakes if not told_apart(full_name, phone, other)), None)


def told_apart(full_name: str, phone: str | None, other) -> bool:
    """Whether spelling or phone tell somebody from `other` (full_name, phone), who has the same year of
    birth, the same hamlet and, without diacritics, the same name."""
    phones_differ = bool(phone and other.phone and phone != other.phone)
    return phones_differ or not same_name(full_name, other.full_name)


def valid_name(full_name: str) -> str:
    """A full name as it is stored. Raises InvalidLearner."""
    name = clean(full_name or "")
    if sum(char.isalpha() for char in name) < 2:
        raise InvalidLearner("full_name", "Xin ghi đầy đủ họ và tên.")
    if len(name) > LONGEST_NAME:
        raise InvalidLearner("full_name", f"Họ và tên dài quá {LONGEST_NAME} chữ.")
    if not all(char.isalpha() or char in " '’.-" for char in name):
        raise InvalidLearner("full_name", "Họ và tên chỉ gồm chữ cái và dấu cách.")
    return name


def valid_birth_year(birth_year: int, now: datetime) -> int:
    """A year of birth, of people from 5 to 110 years old. Raises InvalidLearner."""
    this_year = now.astimezone(VIETNAM).year
    try:
        year = int(birth_year)
    except (TypeError, ValueError):
        year = 0
    if not this_year - OLDEST <= year <= this_year - YOUNGEST:
        raise InvalidLearner(
            "birth_year",
            f"Năm sinh gồm bốn chữ số, từ {this_year - OLDEST} đến {this_year - YOUNGEST}.",
        )
    return year


def valid_phone(phone: str | None) -> str | None:
    """A phone number as ten digits, None for none. Raises InvalidLearner."""
    digits = re.sub(r"[\s.\-()]", "", clean(phone or ""))
    digits = re.sub(r"^\+?84(?=[0-9]{9}$)", "0", digits)
    if not digits:
        return None
    if not re.fullmatch(r"0[0-9]{9}", digits):
        raise InvalidLearner("phone", "Số điện thoại gồm 10 chữ số, bắt đầu bằng số 0. Có thể bỏ trống.")
    return digits
