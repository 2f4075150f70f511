"""What the checker has to say, in plain Vietnamese."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]
LEVELS: dict[Level, str] = {"error": "Lỗi", "warning": "Cảnh báo", "info": "Thông tin"}


@dataclass(frozen=True)
class Finding:
    """One thing found. `file` lies in the kit; `cell` counts from 1, None where the whole file is meant."""

    level: Level
    file: str
    cell: int | None
    check: str
    message: str
    remedy: str

    @property
    def place(self) -> str:
        return self.file if self.cell is None else f"{self.file}, ô {self.cell}"


def in_reading_order(findings: list[Finding]) -> list[Finding]:
    """By file, then errors before warnings before the rest, then by cell."""
    levels = list(LEVELS)
    return sorted(findings, key=lambda one: (one.file, levels.index(one.level), one.cell or 0))
