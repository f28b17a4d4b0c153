"""What all films share: places of steps, texts, the caption, and how a film is written."""

from pathlib import Path

import numpy as np
import pytest

from convexplain import films, parts
from convexplain.parts import MissingPart

pytestmark = [
    pytest.mark.films,
    pytest.mark.skipif(not parts.is_installed("manim", "typst"), reason='needs pip install "convexplain[films]"'),
]


def columns(*shown: int | None):
    from convexplain.films.stage import Columns

    return Columns(shown, left=-1.0, pitch=0.5)


def test_a_step_stands_in_its_place_or_in_the_gap_it_is_left_out_in():
    places = columns(0, 1, None, 7)
    assert [places.x(step) for step in (0, 1, 7)] == [-0.75, -0.25, 0.75]
    assert places.x(3) == places.gaps[0] == 0.25
    assert places.x(9) == 0.75
    assert (places.steps, places.right) == ((0, 1, 7), 1.0)


def test_padded_steps_have_places_but_no_number_on_the_ruler(play, told):
    from convexplain.films.stage import Stage

    ruler = Stage.ruler(Stage.__new__(Stage), columns(-1, 0, 1, 2), 2, 0.0)
    assert sorted(ruler.cells) == [0, 1]


def test_a_row_is_addressed_by_the_index_of_the_data():
    from convexplain.films.stage import Cell, Row, Stage

    stage = Stage.__new__(Stage)
    places = columns(0, 1, None, 7)
    row = Row({step: Cell(stage.number(step), 0.5, 0.5) for step in places.steps}, places, 1.5, gap=stage.dots())
    assert len(row) == 3
    assert len(row.dots) == 1
    np.testing.assert_allclose(row[7].box.get_center(), [0.75, 1.5, 0])
    np.testing.assert_allclose(row[7].number.get_center(), [0.75, 1.5, 0])


def test_a_cell_gives_its_number_away_and_takes_another():
    from convexplain.films.stage import Cell, Stage

    stage = Stage.__new__(Stage)
    cell = Cell(stage.number(3), 0.5, 0.5)
    old, new = cell.number, stage.number(-4)
    cell.hold(new)
    assert new in cell.submobjects
    assert old not in cell.submobjects
    assert cell.let_go() is new
    assert cell.number is None
    assert new not in cell.submobjects


@pytest.mark.parametrize("text", ["Keras", "gypsy", "`w[::-1]`", "Keras’s `y[t]`, q"])
def test_words_stand_on_their_baseline_whatever_hangs_below_it(text):
    from convexplain.films.stage import Stage

    words = Stage.__new__(Stage).say(text).sit(0, 1.0)
    capital = words[0] if text[0] != "g" else words[3]
    assert capital.get_bottom()[1] == pytest.approx(1.0, abs=0.09)


def test_what_looks_like_markup_is_text():
    from convexplain.films.stage import Stage

    say = Stage.__new__(Stage).say
    assert len(say('#panic("no") $x$ *b* \\ "q"')) == len('#panic("no")$x$*b*\\"q"')


def test_labelled_parts_of_a_formula_are_found_also_in_a_copy():
    from convexplain.films.stage import Stage

    formula = Stage.__new__(Stage).math("{{ y : name }} = x bracket.l t {{ + : sign }} k bracket.r").copy()
    assert len(formula.select("sign")) == 1
    assert formula.select("sign")[0] is formula[5]
    with pytest.raises(KeyError):
        formula.select("missing")


def test_an_unknown_pacing_is_refused(told):
    from convexplain.films.stage import Stage

    with pytest.raises(ValueError, match="pacing must be one of teach, normal, fast. Received: pacing='slow'"):
        Stage(told("kernel_flip", "kernel_flip"), pacing="slow")


def short_film():
    """A film of one picture, to see how films are written."""
    from convexplain.films.stage import Stage

    class Short(Stage):
        def opening(self) -> None:
            self.caption_at_once(self.script.story.frames[0].caption)

        def tell(self, frame) -> None:
            if frame.kind == "turn":
                self.pause(0.5)

        def caption(self, text: str) -> None:
            self.captions.append((self.time, text))

    return Short


@pytest.mark.parametrize("suffix", films.SUFFIXES)
def test_a_film_is_written_whole_and_its_frames_are_counted(suffix, told, tmp_path, monkeypatch, capfd):
    import av

    monkeypatch.setattr(films, "scene_of", lambda story: short_film())
    script = told("kernel_flip", "kernel_flip")
    seen = []
    target = tmp_path / f"flip{suffix}"
    assert films.render(script, target, quality="low", pacing="fast", on_frame=seen.append) == str(target)
    assert seen == list(script.story.frames)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    with av.open(str(target)) as film:
        picture = next(film.decode(video=0))
    assert (picture.width, picture.height) == (854, 480)
    assert np.asarray(picture.to_image()).mean() > 15, "the first picture is the poster, and not black"
    assert capfd.readouterr() == ("", "")


def test_a_film_that_fails_leaves_what_was_there(told, tmp_path, monkeypatch):
    class Broken(short_film()):
        def tell(self, frame) -> None:
            raise RuntimeError("in the middle of a frame")

    monkeypatch.setattr(films, "scene_of", lambda story: Broken)
    target = tmp_path / "flip.mp4"
    target.write_bytes(b"\0\0\0\x18ftypmp42 an earlier film")
    with pytest.raises(RuntimeError):
        films.render(told("kernel_flip", "kernel_flip"), target, quality="low")
    assert target.read_bytes().endswith(b"an earlier film")
    assert [path.name for path in tmp_path.iterdir()] == ["flip.mp4"]


@pytest.mark.parametrize(
    ("name", "quality", "message"),
    [
        ("flip.mp4", "best", "quality must be one of low, medium, high. Received: quality='best'"),
        ("flip.gif", "low", "the file must end in one of .mp4, .webm. Received: 'flip.gif'"),
        ("flip", "low", "the file must end in one of"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_rendered(name, quality, message, told, tmp_path):
    with pytest.raises(ValueError, match=message):
        films.render(told("kernel_flip", "kernel_flip"), tmp_path / name, quality=quality)
    assert not list(tmp_path.iterdir())


def test_without_manim_the_command_that_installs_it_is_said(told, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "manim", None)
    monkeypatch.delitem(sys.modules, "manim")
    monkeypatch.setattr("importlib.import_module", lambda name: (_ for _ in ()).throw(ImportError(name=name)))
    with pytest.raises(MissingPart, match=r'pip install "convexplain\[films\]"'):
        films.render(told("kernel_flip", "kernel_flip"), Path(tmp_path) / "flip.mp4")
