"""What can be wrong with an exercise, said to its author."""


class ExerciseError(ValueError):
    """The exercise can't be shown as written; names the exercise and what to mend, in Vietnamese."""

    def __init__(self, exercise_id: str, problem: str):
        super().__init__(f"Bài tập «{exercise_id}»: {problem}")
        self.exercise_id = exercise_id


class MalformedResponse(ValueError):
    """What the browser sent is no answer to this question (nothing chosen, a foreign key, a wrong type)."""
