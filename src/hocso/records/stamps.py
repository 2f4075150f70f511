"""When a row was changed last: set here for every change of what travels in an exchange file, so that no
function that writes has to think of it.

A change is always later than what it changes, also where this device's clock is behind another's: who has
seen a version and corrects it is believed.
"""

from datetime import timedelta

from sqlalchemy import event, inspect

from .clock import utc_now
from .exchange_rules import KINDS
from .models import Base

TICK = timedelta(microseconds=1)
STAMPED = {
    kind.model: [(part.stamp, part.columns) for part in kind.parts if part.how == "newest"]
    for kind in KINDS.values()
}


@event.listens_for(Base, "before_insert", propagate=True)
def _stamp_new(mapper, _connection, row: Base) -> None:
    """Rows that two devices may make under the same key (a hamlet, a holiday, a setting, who was where) are
    told apart by when; any other is new nowhere else, and no stamp is the earliest."""
    for stamp, _ in STAMPED.get(mapper.class_, ()):
        if getattr(row, stamp) is None and not hasattr(row, "created_at"):
            made = getattr(row, "recorded_at", None) or getattr(row, "checked_in_at", None)
            setattr(row, stamp, made or utc_now())


@event.listens_for(Base, "before_update", propagate=True)
def _stamp_changed(mapper, _connection, row: Base) -> None:
    attributes = inspect(row).attrs
    for stamp, columns in STAMPED.get(mapper.class_, ()):
        if not any(attributes[name].history.has_changes() for name in columns):
            continue
        added, unchanged, deleted = attributes[stamp].history
        said, before = next(iter(added or ()), None), next(iter(deleted or unchanged or ()), None)
        setattr(row, stamp, max(filter(None, (said or utc_now(), before and before + TICK))))
