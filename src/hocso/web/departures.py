"""Who has signed out at this server: a cookie that was copied before is no longer good."""

from hocso.records import Database, StorageBusy, StorageFull, signing_out

from .page import SHORT_WAIT_S


class Departures:
    """The departures that are written, and those that a full or busy disk has not taken yet: they count as
    long as the server runs, and are written with the next one."""

    def __init__(self, database: Database):
        self._database = database
        self._unwritten: set[str] = set()

    async def note(self, visitor_id: str) -> None:
        """Note that a browser's visit has ended."""
        self._unwritten.add(visitor_id)
        try:
            async with self._database.turn(SHORT_WAIT_S) as session:
                written = set(self._unwritten)
                for one in written:
                    signing_out.note(session, one)
        except (StorageFull, StorageBusy):
            return
        self._unwritten -= written

    def has(self, session, visitor_id: str) -> bool:
        return visitor_id in self._unwritten or signing_out.has(session, visitor_id)
