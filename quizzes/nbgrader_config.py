"""The quizzes as an nbgrader course.

Typed by a person in this folder, the ordinary commands work: `nbgrader validate source/X/X.ipynb`,
`nbgrader generate_assignment X`, `nbgrader autograde X`, `nbgrader export`. The server's own grading
(hocso.grading) reads this same file, so both give the same scores.

Only source/ is read here. All that nbgrader writes goes to HOCSO_DATA/course (without HOCSO_DATA: data/course
in the kit): release, submitted, autograded, feedback, gradebook.db, grades.csv.
"""

from pathlib import Path

from hocso.course import data_folder
from hocso.grading.course import GRADING_KERNEL, Course

c = get_config()  # noqa: F821 - traitlets gives this name to a configuration file

kit = Path(__file__).resolve().parent.parent
Course(kit, data_folder(kit)).place(c)

# The release version is run as an app, so an unanswered question must not raise: a remark takes the place of
# the solution, and the line above it (`answer_1 = None`) stays.
c.ClearSolutions.code_stub = {"python": "# Câu trả lời của người học sẽ nằm ở đây."}
c.ClearSolutions.text_stub = "*Câu trả lời của người học.*"

# A submission holds only literals, so a cell that takes this long is a fault of the quiz or of the machine.
c.Execute.timeout = 30
c.Execute.kernel_name = GRADING_KERNEL
