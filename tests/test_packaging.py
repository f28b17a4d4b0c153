"""What the package declares: one version everywhere, pins that fit the declared ranges, and everything in its place."""

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]

DECLARED = [
    requirement
    for group in [
        PROJECT["dependencies"],
        *PROJECT["optional-dependencies"].values(),
        *PYPROJECT["dependency-groups"].values(),
    ]
    for requirement in group
    if isinstance(requirement, str) and not requirement.startswith("convexplain")
]


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("declared", DECLARED)
def test_each_dependency_is_pinned_within_its_range(declared, pins):
    requirement = Requirement(declared)
    assert requirement.specifier.contains(pins[requirement.name])


def test_one_version_everywhere():
    assert importlib.metadata.version("convexplain") == PROJECT["version"]
    assert f"\nversion: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert PROJECT["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_command_is_installed():
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="convexplain")
    assert callable(command.load())


def test_the_package_is_marked_as_typed():
    assert (ROOT / "convexplain" / "py.typed").is_file()
