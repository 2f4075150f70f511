"""What a kernel needs to bring a learner back to where they were; no name, no other learner."""

import zlib

from hocso.records import attempts, events

from .tokens import Pass


def learner_state(session, allowed: Pass) -> dict:
    """{"lesson", "quiz", "attempt", "seed", "learner_tag", "exercises": {id: …}}, plain JSON. Begins an
    attempt where a quiz has none that is open."""
    if allowed.quiz_id:
        attempt = attempts.current_attempt(session, allowed.learner_id, allowed.quiz_id)
        attempt_id, seed = attempt.id, attempt.seed
        exercises = {
            question: {"response": response}
            for question, response in attempts.drafts(session, attempt.id).items()
        }
    else:
        attempt_id, seed = None, zlib.crc32(f"{allowed.learner_id} {allowed.lesson_id}".encode())
        exercises = events.exercise_states(session, allowed.learner_id, allowed.lesson_id)
    return {
        "lesson": allowed.lesson_id,
        "quiz": allowed.quiz_id,
        "attempt": attempt_id,
        "seed": seed,
        "learner_tag": learner_tag(allowed.learner_id),
        "exercises": exercises,
    }


def learner_tag(learner_id: str) -> str:
    """What a browser may keep of whose answers it holds: tells the learners of one tablet apart, no more."""
    return format(zlib.crc32(learner_id.encode()), "08x")
