"""The figures of the staff's board, computed once for all who ask within a minute."""

import asyncio
import time
from datetime import datetime

from hocso import kpi
from hocso.records.clock import VIETNAM

SECONDS_GOOD = 60


class Figures:
    """`get` answers from what was computed in the last minute; `forget` after anything that staff changed."""

    def __init__(self, database, catalogue):
        self._database = database
        self._catalogue = catalogue
        self._computing: dict[str, tuple[float, asyncio.Future]] = {}

    async def get(self, period: kpi.Period, anew: bool = False) -> dict:
        """`hocso.kpi.board` of a period, and `at`, when it was computed (text, Việt Nam)."""
        return await asyncio.shield(self.begin(period, anew))

    def begin(self, period: kpi.Period, anew: bool = False) -> asyncio.Future:
        """Compute without waiting for it: the page of the board does, before its kernel asks."""
        began, computing = self._computing.get(period.name, (0.0, None))
        failed = computing is not None and computing.done() and computing.exception() is not None
        if computing is None or failed or anew or time.monotonic() > began + SECONDS_GOOD:
            computing = asyncio.ensure_future(asyncio.to_thread(self._compute, period))
            self._computing[period.name] = (time.monotonic(), computing)
        return computing

    def forget(self) -> None:
        self._computing.clear()

    def _compute(self, period: kpi.Period) -> dict:
        with self._database.session(readonly=True) as session:
            figures = kpi.board(session, self._catalogue, period)
        return figures | {"at": f"{datetime.now(VIETNAM):%H:%M:%S ngày %d/%m/%Y}"}
