"""Words are read, ordered as in a Vietnamese dictionary, and linked where they help and nowhere else."""

import time

import pytest

from hocso.course import Glossary, GlossaryError, Term, link_terms, load_catalogue, load_glossary
from hocso.course.glossary import vietnamese_order
from tests.conftest import KIT


@pytest.fixture
def written(tmp_path):
    """Reads a glossary file of this text."""
    (tmp_path / "lessons").mkdir()

    def read(text):
        (tmp_path / "lessons/tu-dien.toml").write_text(text, encoding="utf-8")
        return load_glossary(tmp_path)

    return read


def entry(name, **fields):
    lines = {"name": name, "meaning": "Một câu ngắn."} | fields
    return "[[term]]\n" + "".join(f'{key} = "{text}"\n' for key, text in lines.items())


def test_the_kits_own_words_are_explained_in_short_sentences_and_in_a_lesson():
    glossary, catalogue = load_glossary(KIT), load_catalogue(KIT)
    assert 60 <= len(glossary.terms) <= 90
    for term in glossary.terms:
        assert all(len(one.split()) <= 20 for one in term.meaning.replace(": ", ". ").split(". ")), term.name
        assert term.lesson.rpartition("-")[0] in {track.slug for track in catalogue.tracks}, term.name


def test_a_kit_without_glossary_has_no_words(tmp_path):
    assert load_glossary(tmp_path).terms == ()
    assert link_terms("<p>OTP</p>", load_glossary(tmp_path)) == "<p>OTP</p>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[term]", "Không đọc được lessons/tu-dien.toml"),
        (entry(""), "thiếu name"),
        (entry("OTP", meaning=" "), "«OTP»: thiếu meaning"),
        (entry("OTP", also="mã"), "«OTP»: mục also sai kiểu"),
        (entry("OTP", nghia="mã"), "«OTP»: không có mục nghia"),
        (entry("OTP", meaning="Không chấm cuối"), "có dấu chấm cuối"),
        (entry("OTP", meaning="dài " * 46 + "."), "không quá 45 chữ"),
        (entry("…"), "cần có chữ cái"),
        (entry("mã QR") + entry("Mã QR"), "«mã qr» có ở cả hai từ"),
        (entry("má") + entry("mà"), "«#ma» có ở cả hai từ «má» và «mà»"),
    ],
)
def test_a_mistake_is_named_with_its_word(written, text, said):
    with pytest.raises(GlossaryError, match=said):
        written(text)


def test_decomposed_vietnamese_is_read_as_composed(written):
    (term,) = written(entry("ma\u0303 QR")).terms
    assert (term.name, term.anchor) == ("mã QR", "ma-qr")


def test_words_are_in_the_order_of_the_vietnamese_alphabet():
    ordered = ["4G", "an", "án", "áo", "ăn", "ấp", "bà con", "ban", "cá", "công ty", "cống", "da", "đa", "e"]
    ordered += ["ê", "mã", "mã QR", "mạ", "ô", "ơ", "u", "ư", "Wi-Fi", "xã", "Zalo"]
    assert sorted(reversed(ordered), key=vietnamese_order) == ordered


def test_letters_group_the_words(written):
    glossary = written(
        "".join(map(entry, ["Zalo", "ứng dụng", "định vị", "dung lượng", "4G/5G", "ổ khóa", "OTP"]))
    )
    assert [(letter, [term.name for term in terms]) for letter, terms in glossary.by_letter] == [
        ("0–9", ["4G/5G"]),
        ("D", ["dung lượng"]),
        ("Đ", ["định vị"]),
        ("O", ["OTP"]),
        ("Ô", ["ổ khóa"]),
        ("Ư", ["ứng dụng"]),
        ("Z", ["Zalo"]),
    ]


GLOSSARY = Glossary(
    tuple(
        Term(name, also, "Nghĩa.", "")
        for name, also in [
            ("OTP", ("mã OTP", "mã dùng một lần")),
            ("mật khẩu", ()),
            ("mật khẩu mạnh", ()),
            ("trí tuệ nhân tạo", ("AI",)),
            ("R&D", ()),
            ("Wi-Fi", ("wifi",)),
        ]
    )
)


def a(anchor, text):
    return f'<a class="term" href="/tu-dien#{anchor}">{text}</a>'


@pytest.mark.parametrize(
    ("page", "linked"),
    [
        ("<p>Giữ mật khẩu.</p>", f"<p>Giữ {a('mat-khau', 'mật khẩu')}.</p>"),
        ("Mật khẩu", a("mat-khau", "Mật khẩu")),
        ("<b>Mã\n  OTP</b>", "<b>" + a("otp", "Mã\n  OTP") + "</b>"),
        ("mâ\u0323t khẩu", a("mat-khau", "mật khẩu")),
        ("mật khẩu mạnh, mật khẩu", f"{a('mat-khau-manh', 'mật khẩu mạnh')}, {a('mat-khau', 'mật khẩu')}"),
        ("OTP, mã OTP, otp", f"{a('otp', 'OTP')}, mã OTP, otp"),
        ("Ai biết? AI biết.", f"Ai biết? {a('tri-tue-nhan-tao', 'AI')} biết."),
        ("R&amp;D &lt; 2%", f"{a('r-d', 'R&amp;D')} &lt; 2%"),
        ("wifi", a("wi-fi", "wifi")),
    ],
)
def test_the_first_occurrence_of_a_word_is_linked(page, linked):
    assert link_terms(page, GLOSSARY) == linked


@pytest.mark.parametrize(
    "page",
    [
        "<h2>Mật khẩu</h2>",
        '<a href="/x">mật khẩu</a>',
        "<button>OTP</button>",
        "<pre><code>OTP</code></pre>",
        "<script>'OTP < 1'</script><style>OTP{}</style>",
        "<!-- OTP > OTP -->",
        '<img alt="OTP" title="mật khẩu">',
        "<svg><text>OTP</text></svg>",
        "OTPs, xOTP, tin.otp.vn, mã-otp-mẫu, mật khẩuu, mat khau",
        "<!doctype html><?x OTP?><p CLASS = x >Không&nbsp;có  gì <br/>ở đây</P >\r\n",
        "<p>chưa đóng <b",
    ],
)
def test_all_else_stays_as_it_is(page):
    assert link_terms(page, GLOSSARY) == page


def test_each_step_links_a_word_anew():
    step = "<section class='step' id='{}'><p>OTP và OTP</p></section>"
    linked = link_terms(step.format("mot") + step.format("hai"), GLOSSARY)
    assert linked.count('href="/tu-dien#otp"') == 2


def test_text_after_a_heading_or_a_stray_end_tag_is_linked_again():
    assert a("otp", "OTP") in link_terms("<h2>OTP</h2></a></h3><p>OTP</p>", GLOSSARY)


def test_a_long_lesson_takes_no_time():
    page = "<section>" + "<p>Bà con giữ kín mật khẩu, mã OTP, đừng đưa cho ai hết.</p>" * 500 + "</section>"
    glossary = load_glossary(KIT)
    link_terms(page, glossary)
    began = time.perf_counter()
    link_terms(page, glossary)
    assert time.perf_counter() - began < 1
