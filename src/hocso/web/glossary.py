"""The glossary page: all words on one page, which the browser narrows down as one types."""

from hocso.course import GlossaryError, load_glossary
from hocso.course.glossary import without_diacritics

from .page import Page, Refused


class GlossaryPage(Page):
    def get(self):
        try:
            glossary = load_glossary(self.app.kit)
        except GlossaryError as error:
            self.app.log.error("Từ điển không đọc được: %s", error)
            raise Refused(500, "Từ điển đang bị lỗi. Mời bà con báo giảng viên.") from None
        letters = [
            (letter, [(term, term.lesson_in(self.catalogue), _search_text(term)) for term in terms])
            for letter, terms in glossary.by_letter
        ]
        self.show("glossary.html", letters=letters, count=len(glossary.terms))


def _search_text(term) -> str:
    """What a search looks through; the script folds what is typed in the same way."""
    return without_diacritics(" ".join((*term.spellings, term.meaning)))


def routes():
    return [(r"/tu-dien", GlossaryPage)]
