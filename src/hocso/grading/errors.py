"""What can go wrong between a resident's answers and their score.

`str(error)` is for the resident. `detail` is for the log: it names the quiz, the cell and the kind of error,
never a learner, an answer or a text that could hold one.
"""


class CourseMisplaced(Exception):
    """The kit or the data folder has a path that nbgrader cannot work with."""


class GradingFailed(Exception):
    """A submission could not be graded. Its answers are kept, and it can be graded again."""

    message = "Chưa chấm được bài này. Câu trả lời vẫn còn nguyên. Mời bà con bấm «Chấm lại» sau ít phút."

    def __init__(self, detail: str, message: str | None = None):
        super().__init__(message or self.message)
        self.detail = detail

    def __reduce__(self):
        """From one process to another."""
        return type(self), (self.detail, str(self))


class AnswersRefused(GradingFailed):
    """The answers do not belong to this quiz, or are not plain values. Grading again would not help."""

    message = "Câu trả lời gửi lên không khớp với bài kiểm tra. Mời bà con mở lại bài và làm lại."


class ServerFull(GradingFailed):
    """No room is left on the disk. The submission waits and is graded when there is room again."""

    message = "Máy chủ hết chỗ lưu nên chưa chấm được bài. Xin báo cho giảng viên. Câu trả lời vẫn được giữ."


class ReleaseFailed(Exception):
    """Some quizzes have no new release version. `failures`: quiz id -> what went wrong."""

    def __init__(self, failures: dict[str, str]):
        super().__init__(
            "Chưa phát hành được bài kiểm tra: "
            + "; ".join(f"{quiz} ({why})" for quiz, why in sorted(failures.items()))
        )
        self.failures = failures
