"""The access log: who looked at names or took them away in a file, when, and of what; never whose names."""

from datetime import datetime

from sqlalchemy.orm import Session

from .clock import as_utc
from .models import new_id
from .register_models import AccessEntry


def note(
    session: Session, what: str, about: str, account_id: str | None = None, now: datetime | None = None
) -> None:
    """Note a look at names. `what`: the fixed name of the action; `about`: a class, an indicator, a period;
    `account_id` None: from the command line."""
    session.add(AccessEntry(id=new_id(), at=as_utc(now), account_id=account_id, what=what, about=about))
    session.flush()
