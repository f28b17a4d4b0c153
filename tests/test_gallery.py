"""The gallery, and the small pictures of the README."""

import runpy
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

import convexplain as cx
from convexplain import gallery
from convexplain.stories import STORIES

ROOT = Path(__file__).parents[1]


def test_every_story_is_in_the_gallery_in_every_medium():
    found = list(gallery.pictures())
    assert len({picture.file for picture in found}) == len(found)
    for medium in gallery.MEDIA:
        stories = {picture.story for picture in found if picture.medium == medium}
        assert stories == {name for name, kind in STORIES.items() if kind.own is None}
    assert {picture.file for picture in found} >= {"kernel_flip.mp4", "paths_notebook.png", "closed_form_strip.pdf"}


def pinned():
    """The version of matplotlib that the pictures of the README are drawn with."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("matplotlib=="))


@pytest.mark.long
def test_the_pictures_of_the_readme_are_current(tmp_path):
    if matplotlib.__version__ != pinned():
        pytest.skip(f"the pictures are drawn with matplotlib {pinned()}")
    drawn = [Path(path) for path in gallery.renew(str(tmp_path))]
    kept = ROOT / "figures" / "gallery"
    assert sorted(path.name for path in kept.iterdir()) == sorted(path.name for path in drawn)
    for path in drawn:  # Python 3.12 adds floats up more exactly than 3.11, which moves an edge by less than a shade
        now, then = (np.asarray(Image.open(one).convert("RGB"), dtype=int) for one in (path, kept / path.name))
        assert now.shape == then.shape, path.name
        assert np.abs(now - then).mean() < 0.5, path.name
    readme = (ROOT / "README.md").read_text()
    assert all(f"figures/gallery/{path.name}" in readme for path in drawn)


@pytest.mark.long
@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "figures").glob("*.py")))
def test_a_script_writes_into_the_folder_it_is_asked_for(tmp_path, monkeypatch, capsys, script):
    monkeypatch.setattr(sys, "argv", [script, str(tmp_path / "new")])
    runpy.run_path(str(ROOT / "figures" / script), run_name="__main__")
    written = [Path(line) for line in capsys.readouterr().out.split()]
    assert written
    assert all(path.parent == tmp_path / "new" and path.stat().st_size > 1000 for path in written)


class TestOwnStories:
    def test_it_is_told_like_any_other(self, tmp_path):
        runpy.run_path(str(ROOT / "figures" / "own_story.py"))
        ex = cx.example("channel_summation")
        story = ex.story("only_the_sum")
        assert [board.name for board in story.boards] == ["partial sums", "sum"]
        assert story.title == "What is added?"
        assert ex.figure("only_the_sum").get_size_inches()[0] == 7.16
        assert Path(ex.page("only_the_sum", tmp_path / "own.html")).stat().st_size > 10_000

    def test_an_installed_package_brings_its_own(self, monkeypatch):
        import importlib.metadata

        class Entry:
            def load(self):
                cx.story("brought_along", about="nothing")(lambda script, form: ())

        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Entry()])
        from convexplain.stories import find

        try:
            assert find("brought_along").about == "nothing"
        finally:
            STORIES.pop("brought_along", None)

    @pytest.mark.parametrize("name", ["kernel_flip", "no name"])
    def test_a_name_must_be_new_and_an_identifier(self, name):
        with pytest.raises(ValueError, match="the name of a story must be"):
            cx.story(name, about="another")(lambda script, form: ())


def test_a_mistyped_name_is_answered_with_the_nearest():
    ex = cx.example("kernel_flip")
    for ask, said in (
        (lambda: ex.story("kernelflip"), "Did you mean 'kernel_flip'"),
        (lambda: ex.figure("kernel_flip", theme="lihgt"), "Did you mean 'light'"),
        (lambda: ex.figure("kernel_flip", width="iee"), "Did you mean 'ieee'"),
        (lambda: ex.figure("kernel_flip", frames=("turns",)), "Did you mean 'turn"),
        (lambda: cx.example("notebok"), "Did you mean 'notebook'"),
    ):
        with pytest.raises(ValueError, match=said):
            ask()
