"""Time: stored in UTC, reckoned by days in Asia/Ho_Chi_Minh."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# A moment in the name of a file.
STAMP = "%Y%m%dT%H%M%SZ"


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day that it is in Việt Nam."""
    return datetime.now(VIETNAM).date()


def as_utc(moment: datetime | None) -> datetime:
    """`moment` in UTC, now where it is None. Raises ValueError for a datetime without a time zone."""
    if moment is None:
        return utc_now()
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return moment.astimezone(UTC)


def bounds(
    since: date | datetime | None, until: date | datetime | None
) -> tuple[datetime | None, datetime | None]:
    """A period as UTC datetimes [from, to).

    A plain date is a whole day in Asia/Ho_Chi_Minh, so `until=date(2026, 6, 14)` holds all of 14 June; an
    aware datetime is taken as it is (`until` excluded).
    """
    if isinstance(until, date) and not isinstance(until, datetime):
        until += timedelta(days=1)
    return _moment(since), _moment(until)


def _moment(day: date | datetime | None) -> datetime | None:
    if day is None:
        return None
    if isinstance(day, datetime):
        return as_utc(day)
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)
