"""Accounts of trainers, staff and administrators: user name, password, role."""

import re
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .clock import as_utc
from .errors import AccountRefused, UnknownRecord
from .models import Account
from .secret_words import LOCK, hash_secret, mark, matches, still_locked
from .text import clean

ROLES = {"trainer": "Giảng viên", "staff": "Cán bộ", "administrator": "Quản trị"}
USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
TRIES = 10
# Without letters and digits that are taken for one another when they are copied from a screen by hand.
EASY_TO_COPY = "abcdefghjkmnpqrstuvwxyz23456789"


def create_account(
    session: Session,
    *,
    username: str,
    password: str,
    role: str,
    display_name: str,
    now: datetime | None = None,
) -> Account:
    """Create an account with one of ROLES. Raises AccountRefused."""
    username = clean(username or "").lower()
    if not USERNAME.fullmatch(username):
        raise AccountRefused(
            "username",
            "Tên đăng nhập có từ 3 đến 40 ký tự, bắt đầu bằng chữ; "
            "chỉ gồm chữ thường không dấu, số, dấu chấm, gạch nối.",
        )
    display_name = clean(display_name or "")
    if not 1 <= len(display_name) <= 80:
        raise AccountRefused("display_name", "Tên hiển thị có từ 1 đến 80 chữ.")
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise AccountRefused("username", "Tên đăng nhập này đã có người dùng.")
    account = Account(
        username=username,
        display_name=display_name,
        role=_valid_role(role),
        password_hash=hash_secret(_valid_password(password)),
        failures=0,
        created_at=as_utc(now),
    )
    session.add(account)
    session.flush()
    return account


def get(session: Session, account_id: str) -> Account:
    """One account. Raises UnknownRecord."""
    account = session.get(Account, account_id)
    if account is None:
        raise UnknownRecord("Không tìm thấy tài khoản này.")
    return account


def listed(session: Session) -> list[Account]:
    """All accounts by user name."""
    return list(session.scalars(select(Account).order_by(Account.username)))


def is_closed(account: Account) -> bool:
    """Whether nobody can sign in with the account until it is given a new password."""
    return not account.password_hash


def seal(account: Account) -> str:
    """Goes into the cookie of who signs in; a new password, or closing the account, makes it another, and so
    ends whatever is signed in."""
    return mark(account.password_hash)


def new_password() -> str:
    """A password to read from a screen once: three groups of four, of 59 random bits."""
    return "-".join("".join(secrets.choice(EASY_TO_COPY) for _ in range(4)) for _ in range(3))


def check_password(
    session: Session, username: str, password: str, now: datetime | None = None
) -> Account | None:
    """The account, None where name or password is wrong or the account is locked (10 wrong ones in a row
    lock it for 15 minutes)."""
    now = as_utc(now)
    account = session.scalar(
        select(Account)
        .where(Account.username == clean(username or "").lower())
        .with_for_update(of=Account)
        .execution_options(populate_existing=True)
    )
    right = matches(account.password_hash if account else None, (password or "")[:LONGEST_PASSWORD])
    if account is None or still_locked(account.locked_until, now):
        return None
    if account.locked_until is not None:
        account.locked_until, account.failures = None, 0
    if right:
        account.failures = 0
        return account
    account.failures += 1
    if account.failures >= TRIES:
        account.locked_until = now + LOCK
    return None


def change_password(session: Session, account_id: str, password: str) -> None:
    """Set a new password and lift the lock. Raises AccountRefused and UnknownRecord."""
    account = get(session, account_id)
    account.password_hash = hash_secret(_valid_password(password))
    account.failures, account.locked_until = 0, None


def change_role(session: Session, account_id: str, role: str) -> None:
    """Another of ROLES, from the next request on. Raises AccountRefused and UnknownRecord."""
    get(session, account_id).role = _valid_role(role)


def close(session: Session, account_id: str) -> None:
    """Nobody signs in with it, or stays signed in, until it has a new password. Raises UnknownRecord."""
    get(session, account_id).password_hash = ""


def _valid_role(role: str) -> str:
    if role not in ROLES:
        kinds = ", ".join(f"{label} ({name})" for name, label in ROLES.items())
        raise AccountRefused("role", f"Vai trò là một trong: {kinds}.")
    return role


def _valid_password(password: str) -> str:
    if not isinstance(password, str) or not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountRefused("password", f"Mật khẩu có từ {SHORTEST_PASSWORD} đến {LONGEST_PASSWORD} ký tự.")
    return password
