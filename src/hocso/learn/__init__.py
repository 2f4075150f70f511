"""What lesson and quiz notebooks import: exercises as widgets, the quiz, and the marking of a quiz.

    from hocso import learn

    learn.one_choice("chon-mat-khau", "Mật khẩu nào mạnh nhất?", [
        learn.option("123456", why="Ai cũng đoán được."),
        learn.option("Lúa-chín-vàng-2-vụ", right=True, why="Dài, dễ nhớ, khó đoán."),
    ])

Notebooks call it, and `hocso.course` reads KINDS. It knows nothing of the server: all that it needs to know
about the learner comes from the environment variables HOCSO_API and HOCSO_TOKEN (module `session`).
"""

from hocso.learn import mark, session
from hocso.learn.charts import chart
from hocso.learn.choices import one_choice, several_choices
from hocso.learn.errors import ExerciseError
from hocso.learn.gaps import fill_gaps
from hocso.learn.inboxes import inbox
from hocso.learn.matches import match
from hocso.learn.mistakes import find_mistakes
from hocso.learn.numbers import number
from hocso.learn.orders import put_in_order
from hocso.learn.parts import card, element, field, letter, option, piece, screen
from hocso.learn.passwords import password
from hocso.learn.phones import phone_screen
from hocso.learn.piles import two_piles
from hocso.learn.quizzes import quiz
from hocso.learn.tasks import phone_task

KINDS = (
    "one_choice",
    "several_choices",
    "put_in_order",
    "two_piles",
    "match",
    "phone_screen",
    "phone_task",
    "inbox",
    "password",
    "find_mistakes",
    "fill_gaps",
    "chart",
    "number",
)

__all__ = [
    "KINDS",
    "ExerciseError",
    "card",
    "chart",
    "element",
    "field",
    "fill_gaps",
    "find_mistakes",
    "inbox",
    "letter",
    "mark",
    "match",
    "number",
    "one_choice",
    "option",
    "password",
    "phone_screen",
    "phone_task",
    "piece",
    "put_in_order",
    "quiz",
    "screen",
    "session",
    "several_choices",
    "two_piles",
]
