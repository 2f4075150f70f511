"""Who signed out: a cookie that was copied before is no longer good. Of this server only, never exchanged."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from .clock import as_utc
from .models import SignedOut

# As long as a cookie is good.
DAYS = 30


def note(session: Session, visitor_id: str, now: datetime | None = None) -> None:
    """Note that a browser's visit has ended, and forget those whose cookies have ended by themselves."""
    now = as_utc(now)
    session.execute(delete(SignedOut).where(SignedOut.at < now - timedelta(days=DAYS)))
    session.merge(SignedOut(visitor_id=visitor_id, at=now))


def has(session: Session, visitor_id: str) -> bool:
    return session.get(SignedOut, visitor_id) is not None
