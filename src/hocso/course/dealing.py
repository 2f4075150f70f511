"""A quiz dealt for paper, without a kernel: `python -m hocso.course.dealing RELEASE SEED...`.

The release version's cells run once, in a process of their own (they are an author's code), and `learn` deals
from the seeds as it does on the screen. The questions come with the author's keys in place of the screen's
opaque ones: letters are what paper shows. Which option is right is not in a release version.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

MOST_SECONDS = 90


class NotDealt(Exception):
    """The quiz could not be run; says which and where it failed."""


def deal(release: Path, seeds: Sequence[int], env: Mapping[str, str]) -> dict[int, list[dict]]:
    """For each seed the questions in their order: id, kind, prompt and view, as `Quiz.deal` gives them but
    for the keys. Takes a second or two the first time, so not on the server's own thread. `env` is all that
    the quiz's code sees of the environment. Raises NotDealt."""
    try:
        stamp = release.stat().st_mtime_ns
    except OSError as error:
        raise NotDealt(f"{release.stem}: {type(error).__name__}") from error
    return _dealt(release, stamp, tuple(sorted(set(seeds))), tuple(sorted(env.items())))


@lru_cache(maxsize=8)
def _dealt(release: Path, _stamp: int, seeds: tuple[int, ...], env: tuple) -> dict[int, list[dict]]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(release), *map(str, seeds)],
            capture_output=True,
            check=True,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            timeout=MOST_SECONDS,
        )
        return {int(seed): questions for seed, questions in json.loads(done.stdout).items()}
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise NotDealt(f"{release.stem}: {said[-1] if said else error.returncode}") from error
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise NotDealt(f"{release.stem}: {type(error).__name__}") from error


def main(release: str, *seeds: str) -> None:
    # Here: the server, which only starts this, has no need of them.
    from hocso.learn.keyring import Keyring
    from hocso.learn.quizzes import Quiz

    from .checker.notebooks import Notebook
    from .checker.running import run

    path = Path(release)
    done = run(Notebook(path.parent, path))
    quiz = next((one for one in done.names.values() if isinstance(one, Quiz)), None)
    if quiz is None or not done.finished:
        sys.exit(next((finding.message for finding in done.findings), "không có learn.quiz"))

    def with_authors_keys(question: dict) -> dict:
        rings = [
            ring for ring in vars(quiz.questions[question["id"]].form).values() if isinstance(ring, Keyring)
        ]

        def named(value):
            match value:
                case {"key": str(key), **rest}:
                    names = [name for ring in rings if (name := ring.name(key)) is not None]
                    return {"key": names[0], **named(rest)}
                case dict():
                    return {name: named(one) for name, one in value.items()}
                case list():
                    return [named(one) for one in value]
            return value

        return question | {"view": named(question["view"])}

    sheets = {seed: [with_authors_keys(one) for one in quiz.deal(int(seed))] for seed in seeds}
    json.dump(sheets, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main(*sys.argv[1:])
