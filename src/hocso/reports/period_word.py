"""The report of a period in Word, from a template that staff may change in Word.

The template is a .docx with docxtpl's tags, which may name what is in `period_words.NAMES`. It runs in
Jinja's sandbox: a template from elsewhere can read what the report says, and do nothing else.
"""

import io
import re
from datetime import datetime, time
from importlib import resources
from pathlib import Path
from zipfile import BadZipFile

from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.shared import Inches
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from hocso.records import RecordsError

from .period_charts import WIDTH, Bar, chart_words, rates_chart
from .period_pages import keep_together
from .period_report import PeriodReport
from .period_words import hamlet_bars, indicator_bars, words

OWN_TEMPLATE = "mau-bao-cao.docx"  # in the data folder
REMEDY = (
    "Mời sửa mẫu trong Word theo hướng dẫn dành cho cán bộ, hoặc lấy lại mẫu đầu bằng: "
    "hocso report --write-template TỆP"
)
TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
HALF_A_TAG = re.compile(r"\{\{|\}\}|\{%|%\}")
INDICATOR_CHART = "Tỉ lệ đạt được của từng chỉ tiêu đến hết kỳ"
HAMLET_CHART = "Tỉ lệ người lớn hoàn thành chương Kỹ năng số cơ bản, theo ấp"


class TemplateRefused(RecordsError):
    """A template that no report can be made with; the text says what is wrong in it."""


def kit_template() -> bytes:
    """The template that the kit carries."""
    return resources.files(__package__).joinpath("report_template.docx").read_bytes()


def template_in(data: Path) -> bytes:
    """The commune's own template in the data folder, else the kit's."""
    own = data / OWN_TEMPLATE
    return own.read_bytes() if own.is_file() else kit_template()


def word(report: PeriodReport, template: bytes) -> bytes:
    """The report as .docx. Raises TemplateRefused."""
    document = _opened(template)
    names = words(report) | {
        "bieu_do_chi_tieu": _Picture(document, INDICATOR_CHART, indicator_bars(report)),
        "bieu_do_ap": _Picture(document, HAMLET_CHART, hamlet_bars(report)),
    }
    try:
        document.render(names, SandboxedEnvironment(undefined=StrictUndefined, autoescape=True))
    except TemplateError as error:
        raise TemplateRefused(_said(error)) from error
    except Exception as error:  # what a template computes may fail in any way
        raise TemplateRefused(f"Mẫu báo cáo có chỗ không tính được. {REMEDY}") from error
    keep_together(document.docx)
    about = document.docx.core_properties
    about.created = about.modified = datetime.combine(report.day, time())
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _Picture:
    """A chart, drawn where the template names it, with its words as alternative text. No public attribute:
    the template may show it only."""

    def __init__(self, document: DocxTemplate, title: str, bars: list[Bar]):
        self._document, self._title, self._bars = document, title, bars

    def __bool__(self) -> bool:
        """Whether there is a rate to draw."""
        return bool(self._bars)

    def __html__(self) -> str:
        if not self:
            return ""
        part = self._document.current_rendering_part
        inline = part.new_pic_inline(io.BytesIO(rates_chart(self._bars)), Inches(WIDTH), None)
        inline.docPr.set("descr", chart_words(self._title, self._bars))
        return f'</w:t></w:r><w:r><w:drawing>{inline.xml}</w:drawing></w:r><w:r><w:t xml:space="preserve">'


def _opened(template: bytes) -> DocxTemplate:
    document = DocxTemplate(io.BytesIO(template))
    try:
        document.init_docx()
    except (OpcError, BadZipFile, KeyError, ValueError, OSError) as error:
        raise TemplateRefused(f"Mẫu báo cáo không phải tệp Word .docx, hoặc tệp bị hỏng. {REMEDY}") from error
    for line in document.docx.element.body.iter(qn("w:p")):
        text = "".join(part.text or "" for part in line.iter(qn("w:t"))).strip()
        # docxtpl would leave half a tag in the report as it stands.
        if HALF_A_TAG.search(TAG.sub("", text)):
            raise TemplateRefused(f"Mẫu báo cáo có thẻ chưa đóng đúng, ở gần «{text[:60]}». {REMEDY}")
    return document


def _said(error: TemplateError) -> str:
    """What is wrong in the template, in words."""
    quoted = re.findall(r"'([^']+)'", str(error))
    if isinstance(error, UndefinedError):
        return f"Mẫu báo cáo dùng tên «{quoted[-1] if quoted else '?'}» mà báo cáo không có. {REMEDY}"
    near = _near(error)
    what = f" «{quoted[0]}»" if quoted else ""
    return f"Mẫu báo cáo có thẻ viết sai{what}{near}. {REMEDY}"


def _near(error: TemplateError) -> str:
    """The text of the line that a tag stands in; docxtpl gives it with three lines before and after."""
    lines = list(getattr(error, "docx_context", ()))
    if not lines:
        return ""
    line = lines[min(3, error.lineno - 1, len(lines) - 1)].strip()
    return f", ở gần «{line[:60]}»" if line else ""
