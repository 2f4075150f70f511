"""What to do with a file that is no table, told by its first bytes: a text for whoever sent it."""

import io
import zipfile

AGAIN = "lưu lại dạng .xlsx («Lưu thành», «Excel Workbook») rồi nhập lại."
PICTURE = (
    "Đây là ảnh, máy không đọc được chữ trong ảnh. Hãy tải tệp mẫu, gõ danh sách vào đó rồi nhập; hoặc xin "
    "người gửi tệp Excel."
)
PDF = (
    "Đây là tệp PDF, không phải bảng tính. Hãy xin người gửi tệp Excel; hoặc mở tệp PDF bằng Word, chép bảng "
    f"sang Excel, {AGAIN}"
)
WORD = f"Đây là tệp Word, không phải bảng tính. Hãy mở bằng Word, chép bảng sang một tệp Excel, {AGAIN}"
WEB_PAGE = f"Tệp này là trang web hay XML mang đuôi của bảng tính. Hãy mở tệp bằng Excel, {AGAIN}"
OTHER_TABLE = f"Bảng tính này không phải dạng .xlsx. Hãy mở tệp bằng Excel hay LibreOffice, {AGAIN}"
PASSWORD = f"Tệp này có mật khẩu. Hãy mở bằng Excel, bỏ mật khẩu, {AGAIN}"
SLIDES = f"Đây là tệp trình chiếu, không phải bảng tính. Hãy chép bảng sang một tệp Excel, {AGAIN}"
ARCHIVE = "Đây là tệp nén. Hãy giải nén, rồi nhập tệp bảng tính ở bên trong."

BEGINNINGS = (
    ((b"%PDF",), PDF),
    ((b"{\\rtf",), WORD),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF"), PICTURE),
    ((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b"), ARCHIVE),
)
PAGE_TAGS = ("html", "!doctype", "table", "meta", "head", "body", "style", "div", "?xml")
PAGE_BEGINNINGS = (b"mime-version", *(f"<{tag}".encode() for tag in PAGE_TAGS))
OLD_OFFICE = {"EncryptedPackage": PASSWORD, "WordDocument": WORD, "PowerPoint Document": SLIDES}
NEW_OFFICE = {"word/": WORD, "ppt/": SLIDES, "xl/workbook.bin": OTHER_TABLE, "content.xml": OTHER_TABLE}


def advice(content: bytes) -> str | None:
    """What to say of a file that is no table; None for what may be one, or is damaged."""
    if content.startswith(b"PK"):
        return _in_archive(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        found = (text for name, text in OLD_OFFICE.items() if name.encode("utf-16-le") in content)
        return next(found, None)
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftypavif"):
        return PICTURE
    for beginnings, text in BEGINNINGS:
        if content.startswith(beginnings):
            return text
    # Without byte order mark and the zeros of UTF-16: what a page begins with is ASCII.
    begins = content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip().lower()
    return WEB_PAGE if begins.startswith(PAGE_BEGINNINGS) else None


def _in_archive(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = parts.namelist()
    except Exception:  # damaged, in one of zipfile's many ways
        return None
    for name, text in NEW_OFFICE.items():
        if any(one.startswith(name) for one in names):
            return text
    return None if "[Content_Types].xml" in names else ARCHIVE
