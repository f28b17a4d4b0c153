"""Whatever has a name and is mistyped is answered with the nearest right one."""

import pickle
import traceback
from pathlib import Path

import pytest

import convexplain as cx

EX = cx.example("kernel_flip")


@pytest.mark.parametrize(
    ("ask", "meant"),
    [
        (lambda: cx.example("kernelflip"), "kernel_flip"),
        (lambda: EX.story("kernal_flip"), "kernel_flip"),
        (lambda: EX.story("kernel_flip", format="iee"), "ieee"),
        (lambda: EX.story("kernel_flip", format="flim"), "film"),
        (lambda: EX.story("kernel_flip", numbers="ful"), "full"),
        (lambda: EX.figure("kernel_flip", theme="drak"), "dark"),
        (lambda: EX.figure("kernel_flip", width="neurps"), "neurips"),
        (lambda: EX.figure("kernel_flip", frames=["outptu"]), "output"),
        (lambda: EX.film("kernel_flip", "a.mp4", "hihg"), "high"),
        (lambda: EX.film("kernel_flip", "a.mp4", theme="ligth"), "light"),
        (lambda: EX.film("kernel_flip", "a.mp4", pacing="tech"), "teach"),
        (lambda: EX.animate("kernel_flip", "a.gif", pacing="norml"), "normal"),
        (lambda: EX.page("kernel_flip", "a.html", theme="atuo"), "auto"),
        (lambda: EX.film("kernel_flip", "a.mp5"), ".mp4"),
        (lambda: cx.save(EX.figure("kernel_flip"), "a.pgn"), ".png"),
        (lambda: EX.gradient("w11"), "w1"),
        (lambda: EX.verify(call="egaer"), "eager"),
        (lambda: cx.explain(cx.notebook().stack, until="conv1"), "conv_1"),
        (lambda: cx.Conv1D(4, 5, padding="smae"), "same"),
        (lambda: cx.Conv1D(4, 5, activation="rleu"), "relu"),
        (lambda: cx.explain("20x1 covn:4,k5"), "conv"),
        (lambda: cx.oracles.keras_backend("jaxx"), "jax"),
        (lambda: cx.Conv2D, "Conv1D"),
        (lambda: cx.notebok, "notebook"),
        (lambda: cx.oracles.scpy, "scipy"),
        (lambda: EX.levle(1), "level"),
    ],
)
def test_the_nearest_right_name(ask, meant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, AttributeError), match=f"Did you mean '{meant}'\\?"):
        ask()
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_signatures_are_those_of_the_tables():
    from convexplain import names
    from convexplain.board.marks import WIDTHS
    from convexplain.check import oracles
    from convexplain.examples import EXAMPLES
    from convexplain.render import film, page, settings
    from convexplain.stories import STORIES, shown
    from convexplain.style import PALETTES

    own = [name for name, kind in STORIES.items() if kind.own is None]
    assert names.words(names.StoryName) == own
    assert names.words(names.FilmName) == ["all", *own]
    assert names.words(names.FigureName) == [*own, "network"]
    assert names.words(names.ExampleName) == list(EXAMPLES)
    assert names.words(names.WidthName) == list(WIDTHS)
    assert names.words(names.FormatName) == ["film", "page", *WIDTHS]
    assert names.words(names.Theme) == list(PALETTES)
    assert names.words(names.PageTheme) == list(page.THEMES)
    assert names.words(names.Quality) == list(film.QUALITIES)
    assert names.words(names.Pacing) == list(settings.PACINGS)
    assert names.words(names.Numbers) == list(shown.NUMBERS)
    assert names.words(names.Call) == [*oracles.CALLS, "both"]


def test_the_stories_of_a_network():
    stories = cx.notebook().stories
    assert list(stories) == list(stories.levels)
    assert stories._ipython_key_completions_() == list(stories)
    assert len(repr(stories).splitlines()) == len(stories) == 8
    assert EX.stories["kernel_flip"].boards == EX.story("kernel_flip").boards
    with pytest.raises(ValueError, match="Did you mean 'kernel_flip'"):
        EX.stories["kernelflip"]
    assert "no Conv1D layer" in repr(cx.explain(cx.Stack((4, 1), [cx.ReLU()])).stories)


@pytest.mark.parametrize("name", ["notebook", "notebok", Path("notebook")])
def test_an_example_that_is_taken_for_a_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"where nothing is. Did you mean cx.example\('notebook'\)\?"):
        cx.explain(name)


def test_a_file_beside_a_mistyped_one_and_a_file_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "lin.keras").touch()
    with pytest.raises(FileNotFoundError, match=r"lin.kras', where nothing is. Did you mean 'lin.keras'\?"):
        cx.explain("~/lin.kras")
    with pytest.raises(ValueError, match="a .keras file is a zip archive"):
        cx.explain("~/lin.keras")
    assert EX.page("kernel_flip", "~/a.html") == str(tmp_path / "a.html")


def test_a_file_that_another_call_writes_is_answered_with_that_call(tmp_path):
    with pytest.raises(ValueError, match=r"one of .mp4, .webm. Received: 'x.gif', which is written by animate"):
        EX.film("kernel_flip", tmp_path / "x.gif")
    with pytest.raises(ValueError, match=r"one of .gif, .webp. Received: 'x.mp4', which is written by film"):
        EX.animate("kernel_flip", tmp_path / "x.mp4")


def test_what_was_typed_stands_in_one_pair_of_quotes():
    with pytest.raises(ValueError, match=r"Received: 'outptu'\. Did"):
        EX.figure("kernel_flip", frames=["outptu"])
    with pytest.raises(ValueError, match=r"Received: 'frist', which no layer has"):
        cx.explain(cx.notebook().stack, until="frist")


def test_names_that_are_not_there_cost_neither_a_copy_nor_completion():
    again = pickle.loads(pickle.dumps(cx.explain(EX.stack)))
    assert again.equation(1) == EX.equation(1)
    assert "level" in dir(EX)
    assert not hasattr(EX, "_repr_png_")
    with pytest.raises(AttributeError) as caught:
        EX.levle(1)
    assert "".join(traceback.format_exception(caught.value)).count("Did you mean") == 1
