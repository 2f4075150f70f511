"""The parts of an .xlsx file, cut down to cells and bounded before openpyxl makes objects of them.

A file of five kilobytes can say that a million cells are merged, or hold a row of five million empty ones;
each would become an object of half a kilobyte. So a sheet keeps nothing but its cells here, merged ranges
are returned as numbers, and what is still too much is refused.
"""

import io
import re
import zipfile
from collections import defaultdict

from openpyxl.utils import range_boundaries

from .errors import RosterRefused

LARGEST_UNPACKED = 20 * 1024 * 1024
MOST_TAGS = {"cells": 2_500_000, "texts": 1_500_000, "other": 400_000}  # opening and closing ones
MOST_CELLS = 600_000
LARGEST_ROW = 1024 * 1024
ROOT = re.compile(rb"<((?:\w+:)?)(worksheet|sst)\b[^>]*>")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']")

TOO_LARGE = "Bảng tính này quá lớn khi mở ra. Hãy chép riêng bảng cần nhập sang một tệp mới rồi nhập lại."

Range = tuple[int, int, int, int]


def slim(content: bytes) -> tuple[io.BytesIO, dict[str, list[Range]]]:
    """The workbook again, its sheets with nothing but cells, and the merged ranges of each sheet's part as
    (first row, end row, first column, end column) from 0. Raises RosterRefused, BadZipFile, ValueError and
    others of zipfile."""
    slimmed, merged = io.BytesIO(), defaultdict(list)
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(slimmed, "w") as kept:
        if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
            raise RosterRefused(TOO_LARGE)
        for name in parts.namelist():
            part = parts.read(name)
            if name.lower().endswith((".xml", ".rels")):
                part, merged[name] = _slim_part(part)
                kept.writestr(name, part)
    slimmed.seek(0)
    return slimmed, merged


def _slim_part(part: bytes) -> tuple[bytes, list[Range]]:
    if b"<!DOCTYPE" in part or b"\0" in part:  # Excel writes neither entities nor UTF-16
        raise ValueError("no part of Excel's")
    root = ROOT.search(part)
    if root is None:
        _bound(part, "other")
        return part, []
    prefix, kind = root.groups()
    if kind == b"sst":
        _bound(part, "texts")
        return part, []
    begin = part.find(b"<%ssheetData" % prefix)
    end_tag = b"</%ssheetData>" % prefix
    end = part.find(end_tag, begin)
    if begin < 0 or end < 0:  # «<sheetData/>»
        return root[0] + b"</%sworksheet>" % prefix, []
    cells = part[begin : end + len(end_tag)]
    _bound(cells, "cells")
    if sum(cells.count(b"%sc%s" % (start, stop)) for start in (b"<", b":") for stop in (b" ", b">", b"/")) > (
        MOST_CELLS
    ) or any(len(row) > LARGEST_ROW for row in re.split(rb"<(?:\w+:)?row\b", cells)):
        raise RosterRefused(TOO_LARGE)
    merged = [range_boundaries(found[1].decode()) for found in MERGED.finditer(part, end)]
    return (
        root[0] + cells + b"</%sworksheet>" % prefix,
        [(top - 1, bottom, left - 1, right) for left, top, right, bottom in merged],
    )


def _bound(part: bytes, kind: str) -> None:
    if part.count(b"<") > MOST_TAGS[kind]:
        raise RosterRefused(TOO_LARGE)
