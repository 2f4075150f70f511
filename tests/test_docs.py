"""The pages for residents, trainers, staff and authors say what the software does, and all of it."""

import json
import re
import tomllib
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import click
import nbformat
import pytest

from hocso import grading, learn
from hocso.cli import hocso
from hocso.course import load_catalogue, load_glossary
from hocso.course.glossary import GLOSSARY_FILE
from hocso.learn.exercise import REVEAL_AFTER
from hocso.records import accounts, learners
from hocso.records.learners import GROUPS
from hocso.records.secret_words import LOCK
from hocso.records.settings import DEFAULTS
from hocso.reports import completions as report
from hocso.reports import period_excel, period_word, period_words
from hocso.web.identity import COOKIE_DAYS
from hocso.web.limits import ALLOWANCES

KIT = Path(__file__).parents[1]
DOCS = KIT / "docs"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
FOR_USERS = ("hoc-vien.md", "giang-vien.md", "can-bo.md", "chi-tieu.md", "soan-bai.md", "van-hanh.md")
STAFF, AUTHOR = PAGES["can-bo.md"], PAGES["soan-bai.md"]

CODE = re.compile(r"```\w*\n.*?```|`[^`\n]+`", re.DOTALL)
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
QUOTED = re.compile(r"«([^»]+)»")
FILE_NAME = re.compile(r"(?:lessons|quizzes|notebooks|docs|src|tests)/[\w./-]+")
OF_A_MACHINE = re.compile(r"/(?:home|root|tmp|work|Users|var)/|\b[A-Z]:\\")
# Written by an author in a lesson, not shown by the software.
WORDS_OF_EXAMPLES = {"09xx xxx 000", "Ngân hàng A"}


def commands(group: click.Group = hocso, above: str = "hocso"):
    """(name as typed, command) of each subcommand that does something."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}", command


COMMANDS = dict(commands())


def options(command: click.Command) -> list[str]:
    return [name for param in command.params for name in param.opts if name.startswith("--")]


def code(page: str) -> str:
    return "\n".join(CODE.findall(page))


ALL_CODE = "\n".join(map(code, PAGES.values()))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described(name):
    assert re.search(rf"\b{name}\b", ALL_CODE), f"no page in docs/ shows «{name}»"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described(name):
    missing = [one for one in options(COMMANDS[name]) if not re.search(rf"{one}\b", ALL_CODE)]
    assert missing == []


def test_every_option_of_the_export_has_a_row_on_the_staffs_page():
    wanted = options(COMMANDS["hocso export completions"])
    assert [one for one in wanted if f"\n| `{one}` |" not in STAFF] == []


def test_every_option_of_the_report_has_a_row_on_the_staffs_page():
    wanted = options(COMMANDS["hocso report"])
    assert [one for one in wanted if f"\n| `{one}` |" not in STAFF] == []


@pytest.mark.parametrize("page", FOR_USERS)
def test_every_command_line_in_a_page_can_be_typed(page):
    for line in re.findall(r"(?:^ *|`)(hocso(?: [^`\n]+)?)", code(PAGES[page]), re.MULTILINE):
        words = line.split()
        name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None)
        assert name or words == ["hocso"], f"no such command: {line}"
        unknown = [word for word in words if word.startswith("--") and word not in options(COMMANDS[name])]
        assert unknown == [], line


@pytest.mark.parametrize("column", [*report.COLUMNS.values(), *report.SUMMARY_COLUMNS.values()])
def test_every_exported_column_is_explained(column):
    assert f"| {column.header or 'Ấp / Nhóm'} | {column.meaning} |" in STAFF


def test_every_name_sheet_and_column_of_the_report_is_explained():
    wanted = [f"| `{name}` | {meaning} |" for name, meaning in period_words.NAMES.items()]
    wanted += [f"«{name}»" for name in period_excel.SHEETS.values()]
    columns = (period_excel.FIGURE_COLUMNS, period_excel.CHANNEL_COLUMNS, period_excel.PEOPLE_COLUMNS)
    wanted += [f"| {one.header} | {one.meaning} |" for some in columns for one in some.values()]
    assert [one for one in wanted if one not in STAFF] == []
    assert f"`{period_word.OWN_TEMPLATE}`" in STAFF


def test_every_sheet_group_and_setting_is_explained():
    wanted = [f"«{name}»" for name in report.SHEETS.values()]
    wanted += [f"| `{slug}` | {label} |" for slug, label in GROUPS.items()]
    wanted += [f"hocso settings {key}" for key in DEFAULTS if key != "sample_data"]
    wanted += [f"«{report.NO_POPULATION}»", f"«{report.PART_OF_POPULATION}»"]
    assert [one for one in wanted if one not in STAFF] == []


def test_numbers_in_the_docs_are_those_of_the_software():
    mark = f"{DEFAULTS['pass_mark']:.0%}"
    minutes = int(LOCK.total_seconds() / 60)
    resident, trainer = PAGES["hoc-vien.md"], PAGES["giang-vien.md"]
    assert f"**Đạt** là từ {mark} số điểm" in resident
    assert f"**Sai {learners.PIN_TRIES} lần:** tên tạm khóa {minutes} phút" in resident
    assert "Sai ba lần, máy cho xem «Đáp án»" in resident and REVEAL_AFTER == 3
    assert f"nhớ tên mình {COOKIE_DAYS} ngày" in resident
    assert f"Sai {accounts.TRIES} lần thì tài khoản tạm khóa {minutes} phút" in trainer
    assert f"Mức đạt** của bài kiểm tra ban đầu là {mark}" in STAFF
    assert f"ít nhất {accounts.SHORTEST_PASSWORD} ký tự" in STAFF


def test_the_limits_in_the_docs_are_those_of_the_server():
    def number(value):
        return f"{value:,}".replace(",", ".")

    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) \| ([\d.]+) \|$", PAGES["van-hanh.md"], re.MULTILINE)
    assert rows == [(number(one.at_once), number(one.an_hour)) for one in ALLOWANCES.values()]


def test_every_role_is_described():
    assert [role for role in accounts.ROLES if f"(`{role}`)" not in PAGES["van-hanh.md"]] == []


@pytest.mark.parametrize("kind", learn.KINDS)
def test_every_kind_of_exercise_is_described_and_shown_in_the_authors_notebook(kind):
    assert f"\n| `{kind}` |" in AUTHOR
    assert f"learn.{kind}(" in (KIT / "notebooks" / "soan-bai.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", FOR_USERS)
def test_words_quoted_from_the_screen_are_on_the_screen(page):
    assert [said for said in QUOTED.findall(PAGES[page]) if not on_screen(said)] == []


def on_screen(said: str) -> bool:
    return said in WORDS_OF_EXAMPLES or said.removeprefix("✓ ") in SCREENS


def read_screens() -> str:
    """All that the software can say: templates, scripts, and texts in the code."""
    sources = [
        *(KIT / "src").rglob("*.html"),
        *(KIT / "src").rglob("*.js"),
        *(KIT / "src").rglob("*.py"),
        *(KIT / "voila_apps").rglob("*.j2"),
        *(KIT / "voila_apps").glob("*.ipynb"),
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in sources)


SCREENS = read_screens()


def test_the_readme_leads_to_every_page():
    links = LINK.findall((KIT / "README.md").read_text(encoding="utf-8"))
    assert {f"docs/{name}" for name in PAGES} <= set(links)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(CODE.sub("", PAGES[page])):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = (DOCS / path).resolve() if path else DOCS / page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), target


def anchors(page: str) -> set[str]:
    """The anchors that GitHub and GitLab make of headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", FOR_USERS)
def test_every_file_named_in_a_page_exists(page):
    for name in FILE_NAME.findall(code(PAGES[page])):
        assert (KIT / name).exists() or "<" in name, name


def test_what_the_docs_install_with_exists():
    makefile = (KIT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (\w+)", ALL_CODE):
        assert f"\n{target}:" in makefile, target
    for name in re.findall(r"conda env create -f (\S+)", ALL_CODE):
        environment = (KIT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"conda activate (\w+)", ALL_CODE)) == set(
            re.findall(r"^name: (\w+)", environment, re.MULTILINE)
        )


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_nfc_and_name_no_machine(page):
    assert unicodedata.is_normalized("NFC", PAGES[page])
    assert OF_A_MACHINE.findall(PAGES[page]) == []


def test_pictures_are_few_small_and_used():
    pictures = sorted((DOCS / "pictures").iterdir())
    texts = "".join(PAGES.values())
    assert len(pictures) <= 5
    assert [one.name for one in pictures if f"pictures/{one.name}" not in texts] == []
    assert [one.name for one in pictures if one.stat().st_size >= 120_000] == []


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The lesson and quiz in docs/soan-bai.md, put together as the page says."""
    return example_kit(tmp_path_factory.mktemp("kit"))


def test_the_authors_example_is_read_by_the_catalogue(example):
    (lesson,) = load_catalogue(example).lessons
    assert (lesson.id, lesson.quiz_id) == ("chuong-thu/bai-thu", "chuong-thu-01")
    assert [step.id for step in lesson.steps] == ["tinh-huong"]
    assert lesson.required_exercises == ("chon-mat-khau",)
    assert lesson.sources and lesson.objectives and lesson.skill_groups


def test_the_authors_example_of_a_term_is_read(example):
    assert [(term.anchor, term.lesson) for term in load_glossary(example).terms] == [("otp", "ky-nang-so-04")]


def test_the_authors_example_earns_full_points_with_its_own_key(example, tmp_path):
    assert grading.release(example, tmp_path) == ["chuong-thu-01"]
    marking = grading.grade(
        example,
        tmp_path,
        quiz_id="chuong-thu-01",
        learner_id="nguoi-1",
        attempt_id="lan-1",
        answers={"answer_1": "a"},
        submitted_at=datetime.now(UTC),
    )
    assert marking.share == 1
    assert marking.questions[0]["why"] == ["Mã OTP chỉ mình biết."]


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCK.findall(AUTHOR) if name == language]


def example_kit(folder: Path) -> Path:
    """A kit folder with the page's example in it."""
    about, step, note, _ = map(json.loads, blocks("json"))
    exercise, begin, question, answer, marks, show = blocks("python")
    lesson = nbformat.v4.new_notebook(
        metadata=about,
        cells=[
            nbformat.v4.new_markdown_cell("## Tình huống", metadata=step),
            nbformat.v4.new_markdown_cell("Ghi chú.", metadata=note),
            nbformat.v4.new_code_cell(exercise),
        ],
    )
    quiz = nbformat.v4.new_notebook(
        cells=[
            nbgrader_cell(begin, "chuan-bi"),
            nbgrader_cell(question, "question_1"),
            nbgrader_cell(answer, "answer_1", solution=True, locked=False),
            nbgrader_cell(marks, "test_1", grade=True, points=1),
            nbgrader_cell(show, "nop-bai"),
        ]
    )
    track, term = blocks("toml")
    assert tomllib.loads(track)["title"]
    write(folder / "lessons/chuong-thu/track.toml", track)
    write(folder / GLOSSARY_FILE, term)
    write(folder / "lessons/chuong-thu/01-bai-thu.ipynb", nbformat.writes(lesson))
    write(folder / "quizzes/source/chuong-thu-01/chuong-thu-01.ipynb", nbformat.writes(quiz))
    settings = KIT / "quizzes" / "nbgrader_config.py"
    write(folder / "quizzes/nbgrader_config.py", settings.read_text(encoding="utf-8"))
    return folder


def nbgrader_cell(source: str, grade_id: str, **kind):
    about = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
    return nbformat.v4.new_code_cell(
        source.rstrip(), metadata={"nbgrader": {**about, "grade_id": grade_id, **kind}}
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
