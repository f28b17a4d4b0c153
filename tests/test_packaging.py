"""What the package declares: one version everywhere, pins that fit the declared ranges, and everything in its place."""

import importlib.metadata
import shutil
import subprocess
import sys
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


@pytest.mark.skipif(sys.platform != "linux", reason="apt-get is Debian's")
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_who_may_not_install_system_packages_is_told_what_to_ask_for(tmp_path, shell):
    for name in ("bootstrap.sh", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "sh", "dirname", "sed", "cat", "cksum"):
        (tools / name).symlink_to(shutil.which(name))
    for name, says in {"id": "1000", "apt-get": ""}.items():  # a user without sudo, on a system that has apt
        (tools / name).write_text(f"#!{shutil.which('sh')}\necho {says}\n")
        (tools / name).chmod(0o755)
    done = subprocess.run(
        [shell, "bootstrap.sh", "full"],
        cwd=tmp_path,
        env={"PATH": str(tools), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("error: system packages are missing, and you may not install them here")
    assert "apt-get install --no-install-recommends" in sentence
    assert "pkg-config libcairo2-dev libpango1.0-dev" in sentence
    assert not (tmp_path / ".venv").exists()
