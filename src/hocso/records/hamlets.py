"""The commune's hamlets (ấp, khóm)."""

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .errors import UnknownRecord
from .models import Hamlet
from .text import clean, fold


def add(session: Session, name: str) -> Hamlet:
    """The hamlet of that name, made if there is none. Raises ValueError for a name without a letter."""
    name = clean(name)
    hamlet_id = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:64]
    if not hamlet_id:
        raise ValueError("Tên ấp phải có chữ.")
    hamlet = session.get(Hamlet, hamlet_id)
    if hamlet is None:
        position = session.scalar(select(func.count()).select_from(Hamlet)) + 1
        hamlet = Hamlet(id=hamlet_id, name=name, position=position)
        session.add(hamlet)
        session.flush()
    return hamlet


def listed(session: Session) -> list[Hamlet]:
    """All hamlets in the staff's order."""
    return list(session.scalars(select(Hamlet).order_by(Hamlet.position, Hamlet.id)))


def known(session: Session, hamlet_id: str) -> Hamlet:
    """One hamlet. Raises UnknownRecord."""
    hamlet = session.get(Hamlet, hamlet_id)
    if hamlet is None:
        raise UnknownRecord("Không có ấp này trong danh sách.")
    return hamlet
