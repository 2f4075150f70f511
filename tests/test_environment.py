"""Those who install with conda get the same packages as those who install with pip."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

# conda-forge's names where they differ from PyPI's, after lower case and dashes.
CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-tzdata": "tzdata"}


def bounds(lines):
    found = {}
    for line in lines:
        requirement = Requirement(line)
        name = requirement.name.lower().replace("_", "-")
        found[CONDA_NAMES.get(name, name)] = str(requirement.specifier)
    return found


def test_conda_and_pip_install_the_same_packages_with_the_same_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = bounds(project["dependencies"] + project["optional-dependencies"]["test"])
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    plain = [line for line in environment if isinstance(line, str) and line != "pip"]
    by_pip = [line for entry in environment if isinstance(entry, dict) for line in entry["pip"]]
    assert "--editable ." in by_pip
    found = bounds(plain + [line for line in by_pip if not line.startswith("-")])
    assert found.pop("python") == project["requires-python"]
    assert found == wanted


def test_the_locked_versions_fit_the_bounds_and_name_no_host():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    locked = {}
    for line in text.splitlines():
        if "==" in line:
            requirement = Requirement(line.removesuffix("\\").strip())
            (pin,) = requirement.specifier
            locked[canonicalize_name(requirement.name)] = pin.version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in project["dependencies"] + project["optional-dependencies"]["test"]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), line
    pins = re.findall(r"^\S+==.*$", text, re.MULTILINE)
    hashed = re.findall(r"^\S+==.*\\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(pins) == len(hashed) > 100
