"""The command line in a process of its own, as a person would call it."""

import os
import subprocess
import sys

import pytest

from tests.conftest import KIT


@pytest.fixture
def run(tmp_path):
    """Runs `hocso ...` on a data folder of its own; returns the finished process."""

    def run(*arguments, python=(), **environment):
        return subprocess.run(
            [sys.executable, *python, "-c", "from hocso.cli import main; main()", *arguments],
            env={
                **os.environ,
                "HOCSO_KIT": str(KIT),
                "HOCSO_DATA": str(tmp_path / "data"),
                "PYTHONUTF8": "1",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    return run
