"""This installation: each laptop and server has an id of its own, so that what they make apart can be told
apart when it meets."""

import socket
from uuid import UUID

from sqlalchemy.orm import Session

from . import settings
from .models import new_id


def device_id(session: Session) -> UUID:
    """This installation's id, random, made on first use (in a writing session) and kept for ever."""
    if (kept := settings.get(session, "device_id")) is None:
        settings.put(session, "device_id", kept := new_id())
    return UUID(kept)


def device_name(session: Session) -> str:
    """How people call this installation: as it was set, else the machine's name in the network."""
    return (settings.get(session, "device_name") or socket.gethostname())[:80]
