"""gradient_flip: what returns to a sample is its gradient, and every edge is read from both ends."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from networks import known, network
from test_laws import told, violations

import convexplain as cx
from convexplain import examples
from convexplain.algebra import symbols
from convexplain.layers import Conv1D
from convexplain.stories import script
from convexplain.stories.backward import Backward


def one(steps, taps, seed=0, **settings):
    """One filter on one channel."""
    return known(network((steps, 1), Conv1D(1, taps, use_bias=False, **settings), seed=seed))


NETWORKS = {
    "small": lambda: examples.network("gradient_flip"),
    "same": lambda: one(7, 3, padding="same"),
    "causal, dilation 2": lambda: one(9, 3, seed=1, padding="causal", dilation_rate=2),
    "strides 2": lambda: one(9, 3, seed=2, strides=2),
    "strides 3, a sample unread": lambda: one(8, 2, seed=3, strides=3),
    "same, strides 2": lambda: one(8, 4, seed=4, strides=2, padding="same"),
}


def boards(network):
    (film, _), written = told("gradient_flip", network)
    return {board.name: board for board in film.boards}, written


@pytest.mark.parametrize("name", NETWORKS)
def test_the_laws_hold(name):
    assert violations(*told("gradient_flip", NETWORKS[name]())) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_what_returns_adds_up_to_the_gradient(name):
    back = script.write("gradient_flip", NETWORKS[name]()).backward
    for sample in range(back.samples):
        assert sum((one.product.value for one in back.returns(sample)), Fraction(0)) == back.slope(sample).value
    assert back.is_convolution


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_that_of_the_closed_form(name):
    net = NETWORKS[name]()
    back, gradient = script.write("gradient_flip", net).backward, cx.explain(net.stack).gradient("x")
    g, w = symbols.g, symbols.kernel(1)
    numbers = {g[t, 0]: back.upstream(t).value for t in range(back.steps)}
    numbers |= {w[k, 0, 0]: back.weight(k).value for k in range(net.stack.layers[0].kernel_size)}
    for sample in range(back.samples):
        assert Fraction(str(gradient[sample, 0].subs(numbers))) == back.slope(sample).value


def test_edges_keep_their_places_whichever_way_they_are_read():
    found, _ = boards(NETWORKS["small"]())
    forward, backward = found["gather"].marks, found["gradient"].marks
    edges = [key for key in forward if key[0] == "edge"]
    assert edges
    assert all(forward[key].points == backward[key].points for key in edges)


def test_a_raised_sample_moves_outputs_by_their_taps():
    found, written = boards(NETWORKS["small"]())
    marks, i = found["reach"].marks, 2
    once = marks["more", "x", 0, i].height
    moved = {key[3]: mark for key, mark in marks.items() if key[:2] == ("more", "y1")}
    signs = {t: -1 if mark.hollow else 1 for t, mark in moved.items()}
    taps = {t: written.value(("weight", 1, i - t, 0, 0)) for t in range(3)}
    assert {t: signs[t] * mark.height / once for t, mark in moved.items()} == taps == {0: -1, 1: 2, 2: 1}


def test_the_loss_gains_what_the_upstream_gradient_says():
    found, written = boards(NETWORKS["small"]())
    marks = found["nudge"].marks
    assert marks["loss", "more"].height / marks["more", "y1", 0, 1].height == written.value(("upstream", 1, 1, 0)) == 3


def test_each_product_is_worked_out_and_the_sum_stands_in_its_own_column():
    found, _ = boards(NETWORKS["small"]())
    marks, minus = found["gradient"].marks, "\N{MINUS SIGN}"
    worked = [marks["return", k, "work"].text for k in range(3)]
    assert worked == [
        "1 \N{MULTIPLICATION SIGN} 1 =",
        "3 \N{MULTIPLICATION SIGN} 2 =",
        f"1 \N{MULTIPLICATION SIGN} ({minus}1) =",
    ]
    assert [marks["return", k, "digits"].text for k in range(3)] == ["+1", "+6", f"{minus}1"]
    assert marks["slope", 2, "bar"].x == marks["ruler", 2].x
    assert found["products"].marks["y1", 0, 2, "bar"].x == found["products"].marks["ruler", 2].x


def test_raised_numbers_say_by_how_much():
    found, _ = boards(NETWORKS["small"]())
    marks = found["reach"].marks
    assert [marks["y1", 0, t, "digits"].text for t in range(3)] == ["3 \N{MINUS SIGN} h", "4 + 2h", "3 + h"]
    assert marks["x", 0, 2, "digits"].text == "2 + h"


def test_the_loss_is_one_number_of_all_outputs():
    found, _ = boards(NETWORKS["small"]())
    marks = found["nudge"].marks
    strands = [key[2] for key in marks if key[:2] == ("loss", "strand")]
    assert strands == list(range(5))
    assert marks["loss", "bar"].right < marks["ruler", 0].x
    assert marks["loss", "gain"].text == "+3h"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_turned_kernel_writes_each_gradient_as_it_passes(name):
    found, _ = boards(NETWORKS[name]())
    slid = [board.marks for board in found.values() if board.name.startswith("slide")]
    written = [sorted(key[1] for key in marks if key[0] == "slope" and key[-1] == "bar") for marks in slid]
    lit = [[key[1] for key, mark in m.items() if key[0] == "ruler" and mark.role == "lit"] for m in slid]
    assert all([steps[-1]] == at for steps, at in zip(written, lit, strict=True) if at)
    assert all(len(before) < len(after) for before, after in pairwise(written))
    assert len(slid) > 1 or name == "strides 3, a sample unread"


def test_both_fans_stand_clear_of_each_other():
    found, _ = boards(NETWORKS["small"]())
    forward, back = found["turn"].marks["taps", "second"], found["turn"].marks["taps",]
    assert back.right < forward.left


def test_the_taps_lie_in_the_other_order_seen_from_a_sample():
    found, written = boards(NETWORKS["small"]())
    turned, taps = found["turn"].marks, range(3)
    ahead = sorted(taps, key=lambda k: turned["w1", 0, 0, k, "second", "bar"].x)
    back = sorted(taps, key=lambda k: turned["w1", 0, 0, k, "bar"].x)
    assert ahead == back[::-1] == [0, 1, 2]
    texts = [turned["w1", 0, 0, k, "factor"].text for k in back]
    assert texts == ["\N{MINUS SIGN}1", "2", "1"]
    assert [written.value(("weight", 1, k, 0, 0)) for k in back] == [-1, 2, 1]


@pytest.mark.parametrize(("name", "back"), [("small", [2, 1, 0]), ("strides 2", [2, 0])])
def test_k_is_written_where_its_edges_end(name, back):
    found, _ = boards(NETWORKS[name]())
    marks = found["turn"].marks

    def order(side):
        said = [mark for key, mark in marks.items() if key[:2] == ("order", side) and isinstance(key[-1], int)]
        return [int(mark.text) for mark in sorted(said, key=lambda mark: mark.x)]

    assert (order("ahead"), order("back")) == ([0, 1, 2], back)


def test_beyond_its_ends_the_gradient_is_zero():
    found, _ = boards(NETWORKS["small"]())
    nowhere = [key for key in found["ends"].marks if key[:1] == ("nowhere",) and key[-1] == "zero"]
    assert len(nowhere) == 2
    assert {found["ends"].marks[key].text for key in nowhere} == {"0"}


def test_with_strides_zeros_stand_in_the_gaps():
    found, _ = boards(NETWORKS["strides 2"]())
    assert sorted(key[1] for key in found["all"].marks if key[0] == "gap" and key[-1] == "bar") == [1, 3, 5]


def test_one_tap_has_nothing_to_turn_over():
    found, _ = boards(one(5, 1))
    assert "turn" not in found
    assert "nothing to turn over" in found["all"].caption


def test_a_wrong_gradient_is_refuted(monkeypatch):
    wrong = tuple(range(7))
    monkeypatch.setattr(Backward, "slopes", wrong)
    with pytest.raises(script.Refuted, match="must be the convolution"):
        boards(NETWORKS["small"]())


@pytest.mark.keras
@pytest.mark.parametrize("name", NETWORKS)
def test_keras_gives_this_gradient(name):
    import keras
    import tensorflow as tf

    net = NETWORKS[name]()
    (layer,), back = net.stack.layers, script.write("gradient_flip", net).backward
    own = keras.layers.Conv1D(
        1, layer.kernel_size, layer.strides, layer.padding, dilation_rate=layer.dilation_rate, use_bias=False
    )
    x = tf.Variable(net.x[np.newaxis])
    own(x)
    own.set_weights([net.weights[0][0]])
    g = np.array([float(back.upstream(t).value) for t in range(back.steps)], np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(own(x)[0, :, 0] * g)
    assert tape.gradient(loss, x).numpy()[0, :, 0].tolist() == [float(value) for value in back.slopes]
