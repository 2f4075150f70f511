"""A backup a day, while the server runs."""

import asyncio
from logging import LoggerAdapter
from pathlib import Path

from hocso.grading.backup import back_up, is_due
from hocso.records import RecordsError

SECONDS_UNTIL_FIRST_LOOK = 60
SECONDS_BETWEEN_LOOKS = 15 * 60


async def back_up_daily(kit: Path, data: Path, log: LoggerAdapter) -> None:
    """Look now and then whether a backup is due, and make it in a thread. What goes wrong is logged."""
    await asyncio.sleep(SECONDS_UNTIL_FIRST_LOOK)
    while True:
        try:
            if is_due(data / "backups"):
                made = await asyncio.to_thread(back_up, kit, data)
                log.info("Đã sao lưu: %s", made.path)
                if made.warning:
                    log.warning("Bản sao lưu %s: %s", made.path.name, made.warning)
        except (RecordsError, OSError) as error:
            log.error("Chưa sao lưu được: %s", error)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
