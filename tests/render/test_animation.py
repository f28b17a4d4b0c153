"""Animated images: the same bytes, the right time, one palette, and nothing left of one that fails."""

from dataclasses import replace

import numpy as np
import pytest
from board.boards import boards
from PIL import Image, ImageSequence

from convexplain.render import animation
from convexplain.render.pixels import picture
from convexplain.render.settings import LAST_HOLD, PACINGS, READ, course


def frames(path):
    """(milliseconds, pixels) of each picture; Pillow knows the time of one that it has read."""
    with Image.open(path) as image:
        shown = ((np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(image))
        return [(duration, pixels) for pixels, duration in shown]


@pytest.mark.parametrize("suffix", animation.SUFFIXES)
def test_the_same_bytes_twice_and_the_time_of_the_course(tmp_path, suffix):
    first, second = (tmp_path / f"{name}{suffix}" for name in ("first", "second"))
    told = []
    for path in (first, second):
        assert animation.write(boards(), path, width=480, on_board=told.append, subject="three") == str(path)
    assert first.read_bytes() == second.read_bytes()
    assert [board.name for board in told] == ["stage", "products", "turned"] * 2
    shown = frames(first)
    seconds = sum(step.lasts for step in course(boards(), "normal"))
    assert sum(duration for duration, _ in shown) == pytest.approx(1000 * seconds, abs=10)
    assert shown[-1][0] == 1000 * LAST_HOLD
    assert len(shown) > 20


def test_the_pictures_are_the_boards_and_what_does_not_change_does_not_flicker(tmp_path):
    animation.write(boards(), tmp_path / "a.gif", width=480)
    shown = [pixels.astype(int) for _, pixels in frames(tmp_path / "a.gif")]
    for pixels, board in ((shown[0], boards()[0]), (shown[-1], boards()[2])):
        assert np.abs(pixels - picture(board, width=480)).mean() < 0.5
    ruler = [pixels[:30] for pixels in shown]
    assert all(np.array_equal(row, ruler[0]) for row in ruler)


def test_one_board_is_one_picture(tmp_path):
    animation.write(boards()[:1], tmp_path / "a.gif", width=240)
    animation.write(boards()[:1], tmp_path / "a.webp", width=240)
    assert [duration for duration, _ in frames(tmp_path / "a.gif")] == [1000 * LAST_HOLD]


def test_nothing_is_left_of_an_animation_that_failed(tmp_path):
    def fail(board):
        raise RuntimeError(board.name)

    with pytest.raises(RuntimeError, match="stage"):
        animation.write(boards(), tmp_path / "a.gif", width=240, on_board=fail)
    with pytest.raises(ValueError, match=r"pacing must be one of 'teach', 'normal', 'fast'. Received: 'slow'"):
        animation.write(boards(), tmp_path / "a.gif", pacing="slow")
    with pytest.raises(ValueError, match=r"one of \.gif, \.webp"):
        animation.write(boards(), tmp_path / "a.pdf")
    with pytest.raises(ValueError, match="boards must hold at least one board"):
        animation.write((), tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pacing", PACINGS)
def test_a_board_stays_until_its_caption_is_read(pacing):
    long = replace(boards()[1], caption="A caption of so many words that nobody has read it in a second or two. " * 2)
    for step in course([boards()[0], long, boards()[2]], pacing):
        assert step.lasts >= len(step.board.caption) / READ[pacing] - 0.07
