"""Install what is published, as strangers do, and use it: ``python tests/installing.py [3.11 3.12 3.13]``.

The source package and the wheel are built from this folder; each Python gets the core and everything, with the lowest
versions that ``pyproject.toml`` allows and with the newest there are, each in an environment of its own, which is
removed afterwards. What is installed is used from an empty folder, and tested with the tests that came in the source
package. Needs ``uv`` (``pip install uv``), which knows how to choose lowest versions, an index, and half an hour.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
TESTERS = ("pytest>=8.2", "hypothesis>=6.100")
CORE_TESTS = ("tests/test_contract.py", "tests/test_light_import.py", "tests/algebra/test_equation.py")
USES = {
    "core": (
        "equation",
        "ledger --cell 0,3",
        "figure kernel_flip -o figure.pdf",
        "figure kernel_flip -o moving.gif",
        "page -o page.html",
    ),
    "all": (
        "verify",
        "film kernel_flip -o film.mp4 --quality low --pacing fast",
        "doctor",
    ),
}
"""What is typed: that of the core in every environment, the rest where everything is installed."""


def main(pythons):
    """Print a line for each environment; the exit status says whether all of them work."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run("uv", "build", "--quiet", "--out-dir", folder / "dist", HERE)
        (wheel,), (source,) = folder.glob("dist/*.whl"), folder.glob("dist/*.tar.gz")
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        tests = folder / source.name.removesuffix(".tar.gz")
        failed = 0
        for python in pythons or PYTHONS:
            for extra in USES:
                for package, resolution in ((wheel, "lowest-direct"), (source, "highest")):
                    start = time.perf_counter()
                    where = folder / "environment"
                    try:
                        install(where, python, package, extra, resolution)
                        use(where, extra, tests)
                        outcome = "works with " + ", ".join(versions(where))
                    except subprocess.CalledProcessError as error:
                        failed += 1
                        last = (error.stdout or "").strip().splitlines()[-12:]
                        outcome = "\n    ".join(["FAILS", " ".join(map(str, error.cmd)), *last])
                    spent = time.perf_counter() - start
                    print(
                        f"{python} {package.suffix:4} {extra:4} {resolution:13} {spent:4.0f} s  {outcome}", flush=True
                    )
        return 1 if failed else 0


def install(where, python, package, extra, resolution):
    """An environment of its own, with the package and the extra's parts."""
    run("uv", "venv", "--quiet", "--clear", "--python", python, where)
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    extras = [] if extra == "core" else project["optional-dependencies"].values()
    named = [name for names in (project["dependencies"], *extras) for name in names]
    # Only what is named here counts as direct: of that, and not of what it needs in turn, the lowest is taken.
    wanted = [package, *(name for name in named if not name.startswith("convexplain")), *TESTERS]
    # The lowest of these is the lowest that has a wheel for this Python: the core needs no compiler.
    wheels = [part for name in ("numpy", "scipy", "matplotlib") for part in ("--only-binary", name)]
    run("uv", "pip", "install", "--quiet", "--python", where, "--resolution", resolution, *wheels, *wanted)


def use(where, extra, tests):
    """Type the commands in an empty folder, then run the tests that came with the source package."""
    with tempfile.TemporaryDirectory() as empty:
        for kind in ("core",) if extra == "core" else USES:
            for command in USES[kind]:
                run(where / "bin/convexplain", *command.split(), cwd=empty)
    run(where / "bin/python", "-P", "-m", "pytest", "-q", "-m", "not keras and not films", *CORE_TESTS, cwd=tests)


def versions(where):
    """The versions of what the package stands on."""
    names = ("numpy", "sympy", "scipy", "matplotlib", "tensorflow", "keras", "manim")
    found = run("uv", "pip", "list", "--python", where, "--format", "freeze").splitlines()
    return [line.replace("==", " ") for line in found if line.partition("==")[0] in names]


def run(*command, cwd=None):
    """Run a command and return what it says. ``CalledProcessError`` holds what it said when it failed."""
    settings = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=settings,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
