"""The pictures of a lesson: there, described, drawn as SVG, and still."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from .findings import Finding
from .notebooks import Cell, Notebook, strangers

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")
FEWEST_PICTURES = 3
SHORTEST_ALT = 15
FORBIDDEN_TAGS = {"script", "foreignObject", "image", "a", "animate", "set"}


def check_pictures(lesson: Notebook) -> Iterator[Finding]:
    """Every picture that a learner sees."""
    count = 0
    for cell in lesson.for_learners:
        for alt, address in PICTURE.findall(cell.source) if cell.kind == "markdown" else ():
            count += 1
            if len(alt.strip()) < SHORTEST_ALT:
                yield lesson.error(
                    "pictures",
                    cell,
                    f"Hình «{address}» chưa được tả, hoặc tả quá ngắn: «{alt}».",
                    f"Trong ngoặc vuông tả điều hình muốn nói, ít nhất {SHORTEST_ALT} ký tự.",
                )
            yield from _drawing(lesson, cell, address)
    if count < FEWEST_PICTURES:
        yield lesson.error(
            "pictures",
            None,
            f"Bài có {count} hình, cần ít nhất {FEWEST_PICTURES}.",
            "Vẽ thêm hình SVG, để ở thư mục pictures bên cạnh bài.",
        )


def _drawing(lesson: Notebook, cell: Cell, address: str) -> Iterator[Finding]:
    file = lesson.path.parent / address
    if not re.fullmatch(r"pictures/[a-z0-9-]+\.svg", address) or not file.is_file():
        yield lesson.error(
            "pictures",
            cell,
            f"Không có hình SVG «{address}».",
            "Đặt hình ở thư mục pictures bên cạnh bài; tên gồm chữ thường không dấu, số, gạch nối.",
        )
        return
    try:
        root = ElementTree.fromstring(file.read_bytes())
    except ElementTree.ParseError as error:
        yield lesson.error(
            "pictures", cell, f"Hình «{address}» hỏng: {error}.", "Xuất lại hình SVG từ phần mềm vẽ."
        )
        return
    for problem in _unsafe(root):
        yield lesson.error(
            "pictures",
            cell,
            f"Hình «{address}» có {problem}.",
            "Hình chỉ được vẽ bằng nét và chữ: bỏ đường dẫn, mã chạy và hình nhúng.",
        )
    yield from strangers(lesson, cell, " ".join(root.itertext()))


def _unsafe(root: ElementTree.Element) -> Iterator[str]:
    """What could fetch or run something, or move."""
    if _local(root.tag) != "svg":
        yield f"thẻ gốc «{_local(root.tag)}», không phải SVG"
    for element in root.iter():
        if _local(element.tag) in FORBIDDEN_TAGS:
            yield f"thẻ «{_local(element.tag)}»"
        for name, value in element.attrib.items():
            if _local(name) == "href" or name.startswith("on"):
                yield f"thuộc tính «{_local(name)}»"
            elif re.search(r"url\(\s*['\"]?(?!#)", value):
                yield f"địa chỉ bên ngoài trong «{_local(name)}»"
        if _local(element.tag) == "style" and re.search(r"@import|url\(\s*['\"]?(?!#)", element.text or ""):
            yield "địa chỉ bên ngoài trong «style»"


def _local(name: object) -> str:
    """A name without its namespace; comments have none."""
    return name.rpartition("}")[2] if isinstance(name, str) else ""
