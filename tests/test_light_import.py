"""Importing the package and asking for help loads nothing heavy."""

import json
import subprocess
import sys

import pytest

HEAVY = ("sympy", "scipy", "matplotlib", "h5py", "keras", "tensorflow", "manim")


def loaded_by(code):
    """Which heavy packages a new process has loaded after ``code``."""
    ask = f"import json, sys\n{code}\nprint()\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "code",
    [
        "import convexplain",
        "import convexplain as cx; cx.Stack((20, 1), [cx.Conv1D(4, 5)])",
        "import convexplain as cx; dir(cx)",
        "from convexplain.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from convexplain.cli import main\ntry: main(['explain', '--help'])\nexcept SystemExit: pass",
    ],
)
def test_nothing_heavy_is_loaded(code):
    assert loaded_by(code) == []


def test_a_closed_form_needs_sympy_alone():
    code = "import convexplain as cx\nex = cx.notebook(); ex[0, 3]; ex.equation(2); ex.path_count(0, 3)"
    assert loaded_by(code) == ["sympy"]


def test_a_stack_is_explained_without_the_reader_of_files():
    told = "import convexplain as cx\ncx.explain(cx.Stack((20, 1), [cx.Conv1D(4, 5)]))[0, 3]"
    assert loaded_by(f"{told}\nassert 'convexplain.reader.archive' not in sys.modules") == ["sympy"]


def test_a_ledger_needs_no_sympy():
    assert loaded_by("import convexplain as cx\nprint(cx.notebook().ledger(0, 3))") == []


def test_every_public_name_is_there():
    import convexplain as cx

    for name in cx.__all__:
        assert getattr(cx, name) is not None
    assert cx.MaxPool1D is cx.MaxPooling1D
    with pytest.raises(AttributeError, match="no attribute 'Conv2D'"):
        cx.Conv2D  # noqa: B018
