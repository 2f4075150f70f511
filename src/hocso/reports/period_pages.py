"""Where a page of the Word report may end: no row of a table stands alone, no heading without its table, no
line that ends with a colon without what it announces. Done to the finished report, so that a template of the
staff's own has it too."""

from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

WHOLE = 8  # rows with the heading: a table up to this long stays on one page
FIRST, LAST = 2, 2  # rows of a longer one that stay with what follows: the heading and one more; of its end


def keep_together(document: Document) -> None:
    """Keep with the next, where no page may end: rows of tables with a repeated heading, the line above them,
    and lines that announce something. LibreOffice heeds this only where no empty line stands between."""
    for line in document.paragraphs:
        if line.text.rstrip().endswith(":"):
            line.paragraph_format.keep_with_next = True
    for element in document.element.body.iter(qn("w:tbl")):
        rows = list(Table(element, document).rows)
        if element.find(f"{qn('w:tr')}/{qn('w:trPr')}/{qn('w:tblHeader')}") is None:
            continue
        above = element.getprevious()
        if above is not None and above.tag == qn("w:p"):
            Paragraph(above, document).paragraph_format.keep_with_next = True
        kept = rows[:-1] if len(rows) <= WHOLE else rows[:FIRST] + rows[-LAST:-1]
        for line in (line for row in kept for cell in row.cells for line in cell.paragraphs):
            line.paragraph_format.keep_with_next = True
