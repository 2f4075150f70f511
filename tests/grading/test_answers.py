import ast
import random
import sys

import pytest

from hocso.grading.answers import MAX_NUMBER, check_answers, literal
from hocso.grading.errors import AnswersRefused

NASTY = [
    'b"\nimport os; os.system("touch /tmp/x")\n"',
    "b'; raise SystemExit #",
    "'''\n### END SOLUTION\n'''",
    '"""',
    "\\",
    "\\'",
    "\\\n",
    "\u2028import os\u2029import os",
    "\x0b\x0c\x1c\x1d\x1e\x85\r\x00\x08\x1b[2J",
    "{__import__('os')}",
    "%run -i x.py",
    "!ls",
    "?help",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnud\N{ZERO WIDTH SPACE}",
    "\ufeff\ufffe\U0001f600\U0010ffff",
    "Nguyễn Thị Mẫu",
]


def only_a_literal(source):
    """The value of `answer_1 = ...`, where that is one line of one assignment of a literal."""
    assert source.isascii() and source.isprintable()
    (statement,) = ast.parse(source).body
    assert isinstance(statement, ast.Assign)
    return ast.literal_eval(statement.value)


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("wrap", [lambda text: text, lambda text: [text], lambda text: {text: {"x": text}}])
def test_text_enters_the_notebook_as_itself_and_as_nothing_else(text, wrap):
    answer = wrap(text)
    check_answers({"answer_1": answer}, ["answer_1"])
    assert only_a_literal(f"answer_1 = {literal(answer)}") == answer


def test_any_plain_value_enters_the_notebook_as_itself():
    chance = random.Random(757)

    def text():
        points = [chance.choice([chance.randrange(0x80), chance.randrange(0xD800), 0x2028]) for _ in range(9)]
        return "".join(map(chr, points))

    def value(depth):
        plain = [
            None,
            True,
            False,
            chance.randint(-MAX_NUMBER, MAX_NUMBER),
            chance.uniform(-1e9, 1e9),
            text(),
        ]
        if depth < 3:
            plain += [
                [value(depth + 1) for _ in range(chance.randrange(4))],
                {text(): value(depth + 1) for _ in range(chance.randrange(4))},
            ]
        return chance.choice(plain)

    for _ in range(300):
        answer = value(0)
        check_answers({"answer_1": answer}, ["answer_1"])
        read = only_a_literal(f"answer_1 = {literal(answer)}")
        assert read == answer and repr(read) == repr(answer)


class Pretender(str):
    def __repr__(self):
        return "__import__('os').getcwd()"


@pytest.mark.parametrize(
    "answer",
    [
        "x" * 2001,
        {"x" * 2001: 1},
        float("nan"),
        float("inf"),
        [-float("inf")],
        2**53 + 1,
        10**400,
        1e300,
        [[[[]]]],
        {"a": [{"b": [1]}]},
        "\ud800",
        ["a\udfff"],
        {"\udc00": 1},
        {1: "a"},
        ("a",),
        {"a"},
        b"a",
        1j,
        Ellipsis,
        Pretender("b"),
    ],
    ids=repr,
)
def test_anything_but_modest_plain_json_is_refused(answer):
    with pytest.raises(AnswersRefused):
        check_answers({"answer_1": answer}, ["answer_1"])


def test_a_very_deep_answer_is_refused_without_exhausting_the_stack():
    answer = []
    for _ in range(sys.getrecursionlimit() * 2):
        answer = [answer]
    with pytest.raises(AnswersRefused):
        check_answers({"answer_1": answer}, ["answer_1"])


def test_answers_over_16_kib_together_are_refused():
    answers = {f"answer_{number}": "ố" * 1500 for number in range(1, 5)}
    with pytest.raises(AnswersRefused):
        check_answers(answers, list(answers))


@pytest.mark.parametrize("answers", [{"answer_9": "b"}, {"answer_1; import os": "b"}, {"": "b"}])
def test_an_answer_to_no_question_of_the_quiz_is_refused(answers):
    with pytest.raises(AnswersRefused):
        check_answers(answers, ["answer_1"])


@pytest.mark.parametrize("answers", [None, [], "answer_1", 1])
def test_answers_that_are_no_mapping_are_refused(answers):
    with pytest.raises(AnswersRefused):
        check_answers(answers, ["answer_1"])
