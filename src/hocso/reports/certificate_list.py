"""The list of certificates as an .xlsx file."""

from datetime import datetime
from typing import BinaryIO

import pandas as pd
import xlsxwriter

from hocso.records.clock import VIETNAM

HEADERS = {
    "number": ("Số giấy", 26),
    "code": ("Mã người học", 14),
    "name": ("Họ và tên", 30),
    "hamlet": ("Ấp", 20),
    "track": ("Chương", 40),
    "completed_at": ("Ngày hoàn thành", 16),
    "issued_at": ("Ngày cấp", 16),
    "revoked_at": ("Ngày thu hồi", 16),
    "reason": ("Lý do thu hồi", 40),
}
# The reason of a revocation is free text, in which somebody may be named.
NAMING = ("name", "reason")


def write(target: BinaryIO, table: pd.DataFrame, names: bool = False) -> None:
    """Write a table of `records.certificates.table`; days are those of Việt Nam. Without `names` learners are
    known by their codes alone; whoever asks for names notes it in the access log."""
    shown = {name: column for name, column in HEADERS.items() if names or name not in NAMING}
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("Giấy chứng nhận")
    font = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
    header = book.add_format({**font, "bold": True, "text_wrap": True, "bg_color": "#D9E8E3", "border": 1})
    plain = book.add_format({**font, "text_wrap": True})
    day = book.add_format({**font, "num_format": "dd/mm/yyyy"})
    for place, (name, (said, width)) in enumerate(shown.items()):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, said, header)
        for row, value in enumerate(table[name], start=1):
            if isinstance(value, datetime):
                sheet.write_datetime(row, place, value.astimezone(VIETNAM).replace(tzinfo=None), day)
            elif value is not None:
                sheet.write_string(row, place, value, plain)
    sheet.freeze_panes(1, 0)
    book.close()
