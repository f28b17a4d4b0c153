"""The network as a board: every level, what is said of it where it stands, and nothing over anything else."""

import re

import numpy as np
import pytest

import convexplain as cx
from convexplain.board.marks import PAGE, paper
from convexplain.check import oracles
from convexplain.display import drawn

pytestmark = pytest.mark.long

DEEP = cx.Stack(
    (128, 3), [cx.Conv1D(16, 3, padding="same"), cx.BatchNormalization()] * 50 + [cx.Flatten(), cx.Dense(5)]
)
BRANCHED = cx.Graph(
    [(12, 2), (12, 2)],
    [
        *[(cx.Conv1D(4, 3, padding="same", activation="tanh", dilation_rate=2), 0), (cx.Conv1D(4, 1), 1)],
        *[(cx.Add(), (2, 3)), (cx.GlobalAveragePooling1D(), 4), (cx.Dense(30, activation="softmax"), 5)],
    ],
)
ONE = cx.Stack((4,), [cx.Dense(2)])
FORMATS = [PAGE, *map(paper, (2.5, 3.5, 5.5, 7.16, 20))]


def words_of(board):
    return {key: mark for key, mark in board.marks.items() if mark.kind == "words"}


@pytest.mark.parametrize(
    "stack", [DEEP, BRANCHED, ONE, cx.notebook().stack], ids=["deep", "branched", "one", "notebook"]
)
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.width:.0f}")
def test_nothing_overlaps_or_leaves_the_board(stack, form):
    checked = dict.fromkeys(range(stack.input_count, stack.depth + 1), "proved")
    board = drawn.board(stack, form, "verdict", checked, "Keras 3.15.1 computes the same outputs: 160 compared.")
    for mark in board.marks.values():
        assert mark.left >= -1, mark
        assert mark.right <= board.format.width + 1, mark
        assert 0 <= mark.top < mark.bottom or mark.kind == "line"
        assert mark.bottom <= board.format.height
    said = list(words_of(board).values())
    for place, one in enumerate(said):
        assert one.size >= 32
        for other in said[place + 1 :]:
            apart = one.right < other.left or other.right < one.left or one.bottom < other.top or other.bottom < one.top
            assert apart, (one.text, other.text)


def test_every_level_of_a_short_network_has_its_row():
    ex = cx.notebook()
    board = drawn.board(ex.stack, PAGE)
    rows = [[words_of(board)[name, place].text for name in ("layer", "shape")] for place in (1, 2, 3)]
    assert rows == [
        ["input", "20 × 1"],
        ["Conv1D(4, 5, use_bias=False)", "16 × 4"],
        ["Conv1D(8, 5, use_bias=False)", "12 × 8"],
    ]
    row = [words_of(board)[name, 3].text for name in ("number", "parameters", "sees", "terms")]
    assert row == ["2", "160", "9", "20"]
    level, seen = board.marks["level", 1], board.marks["seen", 1]
    assert seen.width / level.width == pytest.approx(5 / 16)
    assert board.marks["seen", 2].width / board.marks["level", 2].width == pytest.approx(1 / 12)
    assert board.marks["level", 1].width / board.marks["level", 0].width == pytest.approx(16 / 20)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.width:.0f}")
def test_several_inputs_are_called_by_their_names(form):
    shared = cx.Conv1D(2, 3)
    for names in (["left", "right"], ["a `name` that is much too long for the room there is" * 3, "other"]):
        board = drawn.board(cx.Graph([(8, 1), (8, 1)], [(shared, 0), (shared, 1)], names=names), form)
        for place, name in enumerate(names, 1):
            kind, told = words_of(board)["layer", place].text.split(" ", 1)
            assert kind == "input"
            assert name.replace("`", "'").startswith(told.rstrip(".…"))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.width:.0f}")
def test_of_a_deep_network_what_is_left_out_is_counted(form):
    board = drawn.board(DEEP, form)
    shown = [int(mark.text) for key, mark in words_of(board).items() if key[0] == "number"]
    (left,) = [mark.text for key, mark in words_of(board).items() if key == ("left out",)]
    assert len(shown) + int(re.search(r"\d+", left)[0]) == DEEP.depth + 1 == 103
    assert shown[0] == 0
    assert shown[-1] == DEEP.depth


def test_the_verdict_stands_beside_its_level():
    def wrong(layer, weights, x):
        y = oracles.scipy(layer, weights, x)
        return y + 1 if layer.filters == 8 else y

    ex = cx.notebook()
    assert drawn.found(ex.stack, None, None) == ("", {})
    words = words_of(drawn.board(ex.stack, PAGE, *drawn.found(ex.stack, ex.verify(wrong), None)))
    assert [words["found", place].text for place in (0, 2, 3)] == ["verdict", "proved", "refuted"]
    assert words["found", 3].role == "differs"
    assert ("found", 1) not in words
    assert "refuted" in drawn.note(ex.verdict, None)


@pytest.mark.parametrize("width", ["ieee", "ieee-wide", 5.5])
def test_the_figure(width, tmp_path):
    figure = cx.notebook().figure("network", width=width)
    said = {text.get_text() for text in figure.axes[0].texts}
    assert {"Conv1D(8, 5, use_bias=False)", "12 × 8", "numbers", "same"} <= said
    assert any("computes the same outputs" in text for text in said)
    for suffix in ("pdf", "svg", "png"):
        cx.save(figure, tmp_path / f"network.{suffix}")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_network_without_weights_or_without_convolutions_has_its_figure_and_page(tmp_path):
    assert "numbers" not in {text.get_text() for text in cx.explain(DEEP).figure("network").axes[0].texts}
    dense = cx.explain(ONE, np.ones(4, np.float32), weights=[[np.ones((4, 2)), np.zeros(2)]])
    page = (tmp_path / "page.html", tmp_path / "one.html")
    dense.page(page[0])
    dense.page("network", page[1])
    assert all("What is this network made of?" in path.read_text() for path in page)


def test_the_page_of_all_stories_ends_with_the_network(tmp_path):
    cx.notebook().page(tmp_path / "all.html")
    said = (tmp_path / "all.html").read_text()
    assert said.rindex("<h2>") == said.index("<h2>What is this network made of?")
    assert len(said) <= 250_000


@pytest.mark.parametrize("given", [{"cell": (0, 0)}, {"level": 1}, {"frames": [0]}])
def test_the_figure_is_of_all_levels_at_once(given):
    with pytest.raises(ValueError, match="takes no cell, level or frames. Received"):
        cx.notebook().figure("network", **given)
