"""The frames: every state readable, what moves between them, and the turn of the kernel."""

import importlib
import math

import pictures
import pytest

from convexplain import plots, style
from convexplain.plots import canvas
from convexplain.plots.canvas import Box, Words, between

SMALL = {"channel_summation": "small", "kernel_flip": "flip"}


def states(story, case):
    drawing = importlib.import_module(f"convexplain.plots.{story}")
    width = drawing.ANIMATED_WIDTH * canvas.POINTS_PER_INCH
    return (*drawing.states(pictures.write(story, case), style.DARK, width), width)


def assert_readable(marks, width, height):
    figure = canvas.paint(marks, width, height, style.DARK, "")
    assert pictures.overlapping(figure) == []
    assert pictures.outside(figure) == []
    assert pictures.crowded(figure) == []
    assert min(text.get_fontsize() for text in pictures.texts(figure).values()) >= canvas.SMALLEST


@pytest.mark.parametrize("story", pictures.STORIES)
def test_every_frame_of_the_small_story_has_its_place(story):
    script = pictures.write(story, SMALL[story])
    told, *_ = states(story, SMALL[story])
    assert list(told) == [frame.name for frame in script.story.frames]


@pytest.mark.parametrize("story", pictures.STORIES)
def test_frames_are_readable(story):
    told, height, _, width = states(story, SMALL[story])
    for marks in list(told.values())[::5]:
        assert_readable(marks, width, height)


@pytest.mark.long
@pytest.mark.parametrize("case", pictures.CASES)
@pytest.mark.parametrize("story", pictures.STORIES)
def test_frames_are_readable_for_any_network(story, case):
    told, height, _, width = states(story, case)
    names = list(told)
    for name in {*names[:: max(1, len(names) // 6)], names[-1]}:
        assert_readable(told[name], width, height)


def test_the_last_frame_carries_the_check():
    for story in pictures.STORIES:
        script = pictures.write(story, SMALL[story])
        written = pictures.read(plots.frame(script, "check"))
        assert set(str(script.check).split()) <= set(" ".join(written.values()).split())


def test_a_frame_shows_what_was_computed_until_then():
    script = pictures.write("channel_summation", "small")
    written = pictures.read(plots.frame(script, "slide 2"))
    assert [written.get(f"Σ channel 0[{step}] number") for step in range(4)] == ["7", "9", "5", None]
    assert [written.get(f"y1[{step}, 0] number") for step in range(4)] == ["5", None, None, None]
    assert pictures.read(plots.frame(script, script.story.frame("column 2")))["y1[2, 0] number"] == "13"


def test_an_unknown_frame_and_one_without_a_place():
    script = pictures.write("channel_summation", "64 channels, 500 steps")
    with pytest.raises(KeyError):
        plots.frame(script, "nothing")
    with pytest.raises(ValueError, match=r"the frame must be one of a step that is shown.*Received: 'slide 100'"):
        plots.frame(script, "slide 100")


def test_the_kernel_turns_over_in_the_plane_with_its_digits_upright():
    told, _, turns, _ = states("kernel_flip", "flip")
    before, after = told["convolve take"], told["convolve turn 1"]
    turn = turns["convolve turn 1"]
    cells = [f"convolve kernel w[{tap}]" for tap in range(3)]
    assert [after[name].x for name in cells] == [before[name].x for name in cells][::-1]
    for share in (0.2, 0.5, 0.8):
        marks = between(before, after, share, turn)
        boxes = [marks[name] for name in cells]
        assert len({box.angle for box in boxes}) == 1
        # A rigid row: the middle cell in the middle, the outer ones opposite each other.
        assert boxes[0].x + boxes[2].x == pytest.approx(2 * boxes[1].x)
        assert boxes[0].y + boxes[2].y == pytest.approx(2 * boxes[1].y)
        reach = math.hypot(boxes[0].x - boxes[1].x, boxes[0].y - boxes[1].y)
        assert reach <= abs(before[cells[0]].x - before[cells[1]].x) + 1e-9
        for name, box in zip(cells, boxes, strict=True):
            assert isinstance(box, Box)
            digits = marks[f"{name} number"]
            assert isinstance(digits, Words)
            assert digits.text == before[f"{name} number"].text
            assert digits.x == pytest.approx(box.x)
        figure = canvas.paint(marks, 516, 400, style.DARK, "")
        assert {text.get_rotation() for text in pictures.texts(figure).values()} == {0}


def test_what_is_in_both_states_moves_and_the_ends_are_the_states():
    told, *_ = states("channel_summation", "small")
    before, after = told["slide 1"], told["slide 2"]
    middle = between(before, after, 0.5)
    for tap in range(3):
        name = f"w1[{tap}, 0]"
        assert middle[name].x == pytest.approx((before[name].x + after[name].x) / 2)
    for share, state in ((0.0, before), (1.0, after)):
        reached = between(before, after, share)
        for name in before.keys() & after.keys():
            assert reached[name].x == pytest.approx(state[name].x)
            assert reached[name].y == pytest.approx(state[name].y)


def test_products_leave_their_weights():
    told, *_ = states("channel_summation", "small")
    before, after = told["place"], told["products 0"]
    early = between(before, after, 0.01)
    for tap in range(3):
        product, weight = early[f"product {tap}, 0"], before[f"w1[{tap}, 0] number"]
        assert math.hypot(product.x - weight.x, product.y - weight.y) < 1
