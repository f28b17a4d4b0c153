"""The composed figure: which panels, how they stand, and the note under them."""

import matplotlib
import matplotlib.backends.backend_agg
import numpy as np
import pytest

import convexplain as cx
from convexplain.board.text import plain
from convexplain.render.figure import Picture
from convexplain.stories import STORIES, told

EXAMPLES = {"paths": "two_layers", "closed_form": "two_layers"}
SHOWN = [
    *((name, EXAMPLES.get(name, name), "ieee", 1) for name in STORIES),
    *(pytest.param(name, "notebook", "ieee-wide", 2, marks=pytest.mark.long) for name in STORIES),
]


def words_of(axes):
    """The words painted into axes or a figure, a line each."""
    lines = {}
    for text in axes.texts:
        lines.setdefault(round(text.get_position()[1]), []).append(text.get_text())
    return ["".join(parts) for _, parts in sorted(lines.items())]


@pytest.mark.parametrize(("name", "example", "width", "columns"), SHOWN)
def test_a_figure_has_all_its_panels_and_each_holds_all_that_stands_in_it(name, example, width, columns):
    ex = cx.example(example)
    story = ex.story(name, format=told.panels(width)[0].width * told.panels(width)[0].points / 72)
    boards = told.chosen(story, None, columns)
    assert len(boards) == 2 * columns
    assert {board.name for board in boards} <= set(story.figure[columns])
    assert boards == [board for board in story.boards if board in boards]
    figure = ex.figure(name, width=width)
    for board, panel in zip(boards, figure.axes, strict=True):
        bottom, top = panel.get_ylim()
        seen = [mark for mark in board.marks.values() if mark.alpha > 0]
        assert top <= min(mark.top for mark in seen)
        assert max(mark.bottom for mark in seen) <= bottom
    boxes = [axes.get_position() for axes in figure.axes]
    for n, box in enumerate(boxes):
        assert box.x0 > -1e-9
        assert box.y0 > -1e-9
        assert box.x1 < 1 + 1e-9
        assert box.y1 < 1 + 1e-9
        for other in boxes[n + 1 :]:
            apart = box.x1 <= other.x0 + 1e-9 or other.x1 <= box.x0 + 1e-9
            assert apart or box.y0 >= other.y1 - 1e-9 or other.y0 >= box.y1 - 1e-9
    lines = [text.get_window_extent() for text in figure.texts]
    lowest = min(axes.get_window_extent().y0 for axes in figure.axes)
    assert all(0 <= line.y0 < line.y1 <= lowest and line.x1 <= figure.bbox.x1 for line in lines)
    assert " ".join(words_of(figure)) == story.note
    assert figure.alternative.endswith(story.note)


def test_a_panel_alone_has_no_letter_and_is_as_high_as_what_stands_in_it():
    ex = cx.example("kernel_flip")
    figure = ex.figure("kernel_flip", frames="question", width="ieee")
    (panel,) = figure.axes
    assert "(a)" not in words_of(panel)
    assert "(a)" in words_of(ex.figure("kernel_flip").axes[0])
    question, output = (ex.figure("kernel_flip", frames=name).get_size_inches()[1] for name in ("question", "output"))
    assert 0 < question <= output


def test_axes_of_ones_own_keep_the_limits_of_the_board_and_get_no_note():
    own = matplotlib.figure.Figure().subplots()
    given = cx.example("kernel_flip").figure("kernel_flip", frames="output", width="ieee", ax=own)
    form = cx.example("kernel_flip").story("kernel_flip", format="ieee").format
    assert given is own.figure
    assert given.axes == [own]
    assert own.get_xlim() == (0, form.width)
    assert own.get_ylim() == (form.height, 0)


def test_the_settings_of_the_moment_change_no_dot_of_a_picture():
    def painted(settings):
        figure = cx.example("kernel_flip").figure("kernel_flip", width="ieee")
        assert isinstance(figure, Picture)
        with matplotlib.rc_context(settings):
            canvas = matplotlib.backends.backend_agg.FigureCanvasAgg(figure)
            canvas.draw()
        return np.asarray(canvas.buffer_rgba())

    plain = painted({})
    odd = painted({"text.hinting": "force_autohint", "text.antialiased": False, "path.sketch": (1, 100, 2)})
    assert np.array_equal(plain, odd)


def test_the_captions_of_all_panels_are_alike():
    figure = cx.example("kernel_flip").figure("kernel_flip")
    story = cx.example("kernel_flip").story("kernel_flip", format=told.panels("ieee-wide")[0].width * 7 / 32 / 72)
    boards = told.chosen(story, None, 2)
    assert len({board.marks["caption",].size for board in boards}) > 1
    for panel, board in zip(figure.axes, boards, strict=True):
        starts = [
            text
            for text in panel.texts
            if abs(text.get_position()[0] - board.format.margin) < 1e-6
            and plain(board.caption).startswith(text.get_text())
        ]
        caption = max(starts, key=lambda text: text.get_position()[1])  # below a row's name that begins as it does
        scale = 40 / 48 if "Mono" in caption.get_fontname() else 1
        assert caption.get_fontsize() / scale == pytest.approx(7)
