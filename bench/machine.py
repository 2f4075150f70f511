"""The machine that the figures were measured on."""

import os
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = (
    "voila",
    "nbgrader",
    "ipykernel",
    "ipywidgets",
    "anywidget",
    "jupyter_client",
    "jupyter_server",
    "nbclient",
    "nbconvert",
    "tornado",
    "pyzmq",
    "playwright",
)


def described() -> list[str]:
    """Lines of text: date, commit, cores, memory, system, Python, packages."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, {_commit()}",
        f"{cores} cores ({_processor()}), {psutil.virtual_memory().total / 2**30:.1f} GiB of memory",
        f"{platform.platform()}, Python {platform.python_version()}",
        ", ".join(f"{package} {version(package)}" for package in PACKAGES),
    ]


def busy() -> float:
    """Percent of all cores that other work takes just now, measured for a second."""
    return psutil.cpu_percent(interval=1)


def _commit() -> str:
    """Which Học Số was measured."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "commit not known"
    return f"commit {said.replace('-dirty', ' with changes not committed')}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
