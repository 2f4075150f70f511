"""The template of a roster: the headings, and a sample row that is never taken in."""

import xlsxwriter

HEADINGS = {"Họ và tên": 32, "Năm sinh": 12, "Ấp": 20, "Nhóm": 24, "Điện thoại": 16}
SAMPLE_ROW = ("Ví dụ (xóa dòng này): Nguyễn Văn Mẫu", 1960, "Ấp Mẫu 1", "Người dân", "0900000000")
WRITABLE_ROWS = 500


def write(target) -> None:
    """Write the template as .xlsx to a path or a binary file."""
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Danh sách")
        heading = book.add_format({"bold": True, "border": 1, "bg_color": "#DDEBF7"})
        sample = book.add_format({"italic": True, "font_color": "#595959"})
        as_text = book.add_format({"num_format": "@"})
        for column, (name, width) in enumerate(HEADINGS.items()):
            sheet.write(0, column, name, heading)
            # Text, or Excel takes a phone number's leading zero away.
            sheet.set_column(column, column, width, as_text if name == "Điện thoại" else None)
            sheet.write(1, column, SAMPLE_ROW[column], sample)
        short = ("Học sinh", "Người dân", "Cán bộ", "Người lao động")
        sheet.data_validation(
            2, 3, WRITABLE_ROWS, 3, {"validate": "list", "source": list(short), "ignore_blank": True}
        )
        sheet.freeze_panes(1, 0)
