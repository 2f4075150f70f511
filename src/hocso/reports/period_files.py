"""The report of a period as a file of the wanted kind, for the page and the command."""

from sqlalchemy.orm import Session

from hocso import kpi
from hocso.course import Catalogue

from .period_excel import excel
from .period_report import PeriodReport, csv
from .period_word import word

KINDS = ("docx", "xlsx", "csv")


def content(
    session: Session,
    catalogue: Catalogue,
    report: PeriodReport,
    kind: str,
    template: bytes,
    names: bool = False,
    phones: bool = False,
) -> bytes:
    """The file of one of KINDS. `template`: of the .docx; `names`, `phones`: whether the .xlsx has those of
    the people who are not counted yet; whoever asks for them notes it in the access log. Raises
    TemplateRefused and TooManyRows."""
    match kind:
        case "docx":
            return word(report, template)
        case "xlsx":
            people = kpi.not_counted(session, catalogue, report.period, names, phones, report.day)
            return excel(report, people, names, phones)
        case "csv":
            return csv(report)
    raise ValueError(f"kind is one of {KINDS}")


def about_people(period: kpi.Period, names: bool, phones: bool) -> str:
    """What the access log says of a file with names or phones."""
    return ", ".join([period.name] + ["họ tên"] * names + ["điện thoại"] * phones)
