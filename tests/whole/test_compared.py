"""The boards of the check: a dot for each output, where its difference puts it, and the limits it lies between."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

import convexplain as cx
from convexplain.network import Recorded
from convexplain.numbers.ledger import evaluate
from convexplain.whole import compared


@pytest.fixture(scope="module")
def told():
    return list(compared.boards(cx.notebook()))


def dots(board):
    return {key[1:]: mark for key, mark in board.marks.items() if key[0] == "apart"}


def test_every_output_has_a_dot_where_its_difference_is(told):
    ex, near = cx.notebook(), dots(told[0])
    assert len(near) == 16 * 4 + 12 * 8
    middle = told[0].marks["baseline", "exact"].y
    ledgers = {key: ex.ledger(*key[1:], level=key[0]) for key in near}
    apart = {key: float(ledger.keras - ledger.output) for key, ledger in ledgers.items()}
    unit = (compared.FOOT - compared.TOP) / 2 / max(map(abs, apart.values()))
    assert {key: middle - mark.y for key, mark in near.items()} == pytest.approx(
        {key: unit * value for key, value in apart.items()}
    )


def test_each_lies_between_its_limits(told):
    for key, mark in dots(told[1]).items():
        limits = told[1].marks["limits", *key]
        assert limits.top < mark.y < limits.bottom


def test_layers_say_of_what_their_outputs_are_sums_as_far_as_there_is_room(told):
    named = {key[1]: mark for key, mark in told[0].marks.items() if key[0] == "layer"}
    assert [mark.text for mark in named.values()] == [
        "layer 1: 64 sums of 5 products",
        "layer 2: 96 sums of 20 products",
    ]
    groups = [[key for key in dots(told[0]) if key[0] == layer] for layer in named]
    for mark, group in zip(named.values(), groups, strict=True):
        across = [dots(told[0])[key].x for key in group]
        assert min(across) - 30 < mark.left < mark.right < max(across) + 30
    narrow, *_ = compared.boards(cx.example("collapse"))
    first, second = (mark for key, mark in narrow.marks.items() if key[0] == "layer")
    assert first.right < second.left


def test_where_a_number_is_wrong_nothing_is_said_to_lie_within():
    ex = copy(cx.notebook())
    first, last = (np.array(output) for output in ex.network.recorded.outputs)
    last[3, 2] += 1e-3
    ex._network = replace(ex.network, recorded=Recorded((first, last), ex.network.recorded.source))
    (board,) = compared.boards(ex)
    assert "other outputs" in board.marks["check", 0].text
    assert not dots(board)


def test_where_nothing_is_rounded_all_lie_on_the_line():
    board, *_ = compared.boards(cx.example("collapse"))
    assert {mark.y for mark in dots(board).values()} == {board.marks["baseline", "exact"].y}


def test_of_very_many_outputs_one_in_so_many_has_a_dot(monkeypatch):
    assert "each output" in next(compared.boards(cx.notebook())).caption
    monkeypatch.setattr(compared, "MOST", 50)
    few = next(compared.boards(cx.notebook()))
    assert "one in 4 outputs" in few.caption
    assert len(dots(few)) == 40


def test_what_is_no_sum_of_products_has_no_dot_and_that_is_said():
    ex = copy(cx.explain("12x1 conv:2,k3 maxpool:2"))
    network = replace(ex.network, weights=((np.ones((3, 1, 2), np.float32), np.zeros(2, np.float32)), ()))
    made = evaluate(network).values[1:]
    ex._network = replace(network, recorded=Recorded(tuple(made), "Keras 3.15.1"))
    ex._levels = ex._first_levels = None
    board = next(compared.boards(ex))
    assert "each output that is one sum of products:" in board.caption
    assert {key[0] for key in dots(board)} == {1}
