"""The scripts in ``scenes/``: each gives its pictures with manim's own command."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from convexplain.system import parts

pytestmark = [
    pytest.mark.films,
    pytest.mark.skipif(not parts.is_installed("manim"), reason='needs pip install "convexplain[films]"'),
]
ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "scenes").glob("*.py"))


def scenes(script):
    """The scenes that a script defines, by name."""
    from manim import Scene

    found = runpy.run_path(str(script), run_name="scenes").items()
    return {name: kind for name, kind in found if isinstance(kind, type) and issubclass(kind, Scene)}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_every_scene_of_a_script_is_told_to_its_last_frame(script, tmp_path):
    command = [sys.executable, "-m", "manim", "render", "-ql", "-s", "-a", "--media_dir", str(tmp_path), str(script)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    own = {name for name, kind in scenes(script).items() if kind.__module__ == "scenes"}
    assert {path.name.partition("_")[0] for path in tmp_path.rglob("*.png")} == own


def test_the_output_is_pointed_at_once_when_it_has_been_made(tmp_path, monkeypatch):
    from manim import Indicate, tempconfig

    pointed = []
    kind = scenes(ROOT / "scenes" / "own_animation.py")["Pointed"]

    def play(scene, *moves, **options):
        pointed.extend(move.mobject.mark.about for move in moves if isinstance(move, Indicate))
        super(kind, scene).play(*moves, **options)

    monkeypatch.setattr(kind, "play", play)
    settings = {"media_dir": str(tmp_path), "save_last_frame": True, "verbosity": "ERROR", "progress_bar": "none"}
    with tempconfig(settings | {"quality": "low_quality"}):
        kind().render()
    assert set(pointed) == {("total", 1, 0, 0)}
