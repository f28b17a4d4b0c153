"""sliding_window: what it says of a kernel and a signal is so, in the numbers and in the picture."""

from dataclasses import replace

import numpy as np
import pytest

from convexplain import examples
from convexplain.board import motion
from convexplain.board.marks import COLUMN, FILM
from convexplain.layers import Conv1D
from convexplain.network import Network
from convexplain.stack import Stack
from convexplain.stories import script
from convexplain.stories.one_channel.response import Response, level_of, share_of
from convexplain.stories.one_channel.sliding import Stage
from convexplain.stories.told import tell

EXAMPLE = examples.network("sliding_window")
CLOSE = ("fit", "compared")
"""The boards on which windows are seen close up."""
OPPOSITE = ("window", 4)
"""What the keys of the window of the opposite begin with, beside that of the kernel."""


def boards(network=EXAMPLE, cell=None, form=FILM, level=1):
    return {board.name: board for board in tell(script.write("sliding_window", network, cell, level), form).boards}


def test_one_window_is_the_kernel_and_another_its_opposite():
    found = Response(Stage(script.write("sliding_window", EXAMPLE), FILM))
    best, worst = found.best, found.worst
    assert (level_of(best), level_of(worst)) == (2, 3)
    assert (share_of(best), share_of(worst)) == (1, -1)
    assert (best.output.value, worst.output.value) == (6, -6)
    others = [place for place in found.track.places if place not in (best, worst)]
    assert not any(share_of(place) in (1, -1) for place in others)


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
@pytest.mark.parametrize(("name", "own", "step"), [("fit", (), 1), ("compared", (), 1), ("compared", OPPOSITE, 4)])
def test_the_lifted_outline_meets_the_tip_of_every_sample(name, own, step, form):
    marks = boards(form=form)[name].marks
    heights = marks[*own, "shape"].points[1::4]
    samples = [marks[*own, "x", 0, step + k, "bar"] for k in range(3)]
    assert heights == pytest.approx([mark.tip if mark.kind == "bar" else mark.y for mark in samples])


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_windows_side_by_side_have_the_kernels_shape_less_of_it_none_and_the_opposite(form):
    """Over the same kernel; their outputs stand on one line, as high as they say."""
    board = boards(form=form)["compared"]
    assert board.caption == "Less of the shape gives 4, the opposite −6. Flat gives 0, however high: 2 − 1 − 1 = 0."
    two_thirds = (2 / 3, ("window", 7), 7, 4)
    for share, own, step, output in ((1, (), 1, 6), two_thirds, (0, ("window", 5), 5, 0), (-1, OPPOSITE, 4, -6)):
        shape, kernel = (list(board.marks[*own, key].points[1::4]) for key in ("shape", "outline"))
        assert [y - shape[0] for y in shape] == pytest.approx([share * (y - kernel[0]) for y in kernel])
        bar, said = (board.marks[*own, "y", step, part] for part in ("bar", "digits"))
        assert number(said) == output
        ends = (bar.y, bar.y) if bar.kind == "dot" else (bar.foot, bar.foot - output * bar.unit)
        assert ends == pytest.approx((board.marks["baseline", "y"].y, bar.y if bar.kind == "dot" else bar.tip))
        if form is FILM:  # a column has no room for it
            sum_ = board.marks[*own, "sum", "y", step]
            assert eval(sum_.text.replace("−", "-").removeprefix(" = ")) == output
            assert sum_.left >= said.right - 1
        assert bar.x == said.x == board.marks[*own, "x", 0, step, "bar"].x, "it stands under its step"


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_all_bricks_are_alike_from_the_first_product_on(form):
    """Close up they are larger, and alike again, with those of the sum; of windows side by side a little larger."""
    _, _, *found, _ = boards(form=form).values()
    far, beside, near = (
        {round(mark.unit, 9) for board in found if board.name in names for mark in board.marks.values() if mark.unit}
        for names in ({board.name for board in found} - {*CLOSE}, ["compared"], ["fit"])
    )
    assert len(far) == len(beside) == len(near) == 1
    assert min(near) > 1.6 * min(far)
    assert min(near) > min(beside) > min(far)


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_the_lifted_outline_crosses_no_sample_and_passes_behind_the_taps(form):
    """Numbers of the taps stay on the kernel; those of the samples leave the outline free."""
    told = tell(script.write("sliding_window", EXAMPLE, (0, 0)), form)
    way = next(way for way in told.transitions if way.after.name == "fit")
    act = next(act for act in way.acts if act.key == ("shape",))
    for share in (0.1, 0.3, 0.5, 0.7, 0.9, 1):
        marks = motion.sample(way, (act.start + share * (act.end - act.start)) / way.duration)
        assert all(marks["w1", 0, 0, k, "digits"].z > marks["shape",].z for k in range(3)), share
    marks = way.after.marks
    outline, thick = marks["shape",].points[1::4], marks["shape",].size / 2
    for k, y in enumerate(outline):
        number = marks["x", 0, 1 + k, "digits"]
        assert number.bottom < y - thick or number.top > y + thick, k


def test_it_says_of_no_other_data_that_the_kernel_fits():
    changed = np.array(EXAMPLE.x)
    changed[3] += 1
    for network in (replace(EXAMPLE, x=changed, recorded=None), examples.network("notebook")):
        told = script.write("sliding_window", with_exact_answers(network), (0, 0), 1)
        captions = " ".join(board.caption for board in tell(told).boards)
        assert "has the kernel’s shape" not in captions
        assert "look like" not in captions


def with_exact_answers(network):
    from convexplain.network import Recorded
    from convexplain.numbers.evaluation import level_values

    outputs = level_values(network.stack, network.weights, network.x)
    return replace(network, recorded=Recorded(outputs, "exact sums"))


def test_outputs_and_products_stand_under_their_samples():
    for name, board in boards().items():
        for key, mark in board.marks.items():
            if key[-1] != "bar" or key[0] not in ("y", "product") or name in ("check", *CLOSE):
                continue
            step = key[-2] if key[0] == "y" else place_of(board) + key[-2]
            assert mark.x == board.marks["x", 0, step, "bar"].x, (name, key)


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_close_up_the_products_stand_in_their_columns_and_make_the_number_beside_them(form):
    """The sum stands over it, right of the window."""
    marks = boards(form=form)["fit"].marks
    made = {key[3]: mark for key, mark in marks.items() if key[0] == "product"}
    assert [mark.x for mark in made.values()] == [marks["x", 0, 1 + k, "bar"].x for k in made]
    samples = [number(marks["x", 0, 1 + k, "digits"]) for k in range(3)]
    assert [number(mark) for mark in made.values()] == [2 * samples[0], -samples[1], -samples[2]]
    sum_, bar = marks["y", 1, "digits"], marks["y", 1, "bar"]
    assert number(sum_) == sum(map(number, made.values()))
    assert bar.foot == pytest.approx(marks["baseline", "y"].y)
    assert bar.x == sum_.x
    assert 0 < sum_.top - bar.bottom < 48
    assert bar.height * bar.base == pytest.approx(number(sum_) * bar.unit)
    assert marks["rig", "w1", 0, 0, "frame"].right < marks["sum", "equals"].left < bar.left


def test_a_window_is_close_up_only_where_its_numbers_have_room_in_every_format():
    for network, is_close in ((EXAMPLE, True), (drawn(5), True), (drawn(8), False)):
        for form in (FILM, COLUMN):
            assert (("sum", "equals") in boards(network, form=form)["fit"].marks) == is_close


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_a_brick_is_at_most_six_times_as_wide_as_high_once_products_are_made(form):
    for name, board in boards(form=form).items():
        for key, mark in board.marks.items():
            if mark.kind == "bar" and mark.unit and ("name", "products") in board.marks:
                assert mark.width <= 6 * mark.unit + 0.01, (name, key)


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_products_stand_clear_of_the_outputs_in_the_row_below_them(form):
    padded = replace(EXAMPLE, stack=Stack((10, 1), [Conv1D(1, 3, padding="same", use_bias=False)]), recorded=None)
    for name, board in [*boards(form=form).items(), *boards(with_exact_answers(padded), (3, 0), form).items()]:
        bars = {key: mark for key, mark in board.marks.items() if key[-1] == "bar"}
        outputs = [mark for key, mark in bars.items() if key[0] == "y"]
        for made in [mark for key, mark in bars.items() if key[0] == "product"]:
            below = [mark for mark in outputs if mark.left < made.right and made.left < mark.right]
            assert all(made.bottom < mark.top for mark in below), name


PITCH = 148.4


def place_of(board):
    """The step that the window begins at; the first where there is none yet."""
    samples = {key[2]: mark.x for key, mark in board.marks.items() if key[:2] == ("x", 0) and key[-1] == "bar"}
    first = board.marks.get(("w1", 0, 0, 0, "bar"))
    return next(step for step, x in samples.items() if first is None or first.x == x)


def test_an_output_grows_when_its_window_is_there():
    told = tell(script.write("sliding_window", EXAMPLE, (0, 0)))
    way = next(way for way in told.transitions if way.after.name == "slid")
    frame = next(act for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for t in range(2, 5):
        act = next(act for act in way.acts if act.key == ("y", t, "bar"))
        window, there = motion.at(frame, (act.start + act.end) / 2), way.after.marks["x", 0, t, "bar"].x
        assert window.left + 0.45 * PITCH == pytest.approx(there, abs=PITCH / 4)


def test_products_add_up_to_their_output():
    """Their staircase ends as far from their line as the output does from its own."""
    for name in ("output", "slide"):
        marks = boards()[name].marks
        made = {key: mark for key, mark in marks.items() if key[0] == "product" and key[-1] == "bar"}
        output = marks["y", max(made)[2], "bar"]
        reached = marks["baseline", "products"].y - made[max(made)].tip
        assert reached == pytest.approx(marks["baseline", "y"].y - output.tip), name


def test_layers_with_gaps_are_derived_and_compared_with_keras():
    told = script.write("sliding_window", EXAMPLE)
    strides, dilation = told.sibling(strides=2), told.sibling(dilation_rate=2)
    assert [strides.output(t, 0).value for t in range(4)] == [told.output(t, 0).value for t in range(0, 8, 2)]
    assert [dilation.output(t, 0).value for t in range(6)] == [6, 3, -3, -6, -4, 2]
    first, shown = boards()["gaps"].marks, boards()["dilation"].marks
    assert [number(shown["dilation 2", t, "digits"]) for t in range(6)] == [6, 3, -3, -6, -4, 2]
    assert [key[1] for key in first if key[0] == "dilation 2" and key[-1] == "bar"] == [0], "its window is there"
    assert first["sum", "dilation 2", 0].text == " = 8 − 1 − 1"
    assert shown["dilation 2", 0, "bar"].about is None, "it is no output of the told layer"
    assert not [key for key in shown if key[0] == "y"], "those of the told layer are others"
    assert all(other.check.library.startswith("Keras") and not other.check.error for other in (strides, dilation))
    assert told.sibling(dilation_rate=5) is None, "a span of 11 steps has no room in 10"


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_spread_out_the_kernel_is_seen_to_fit_a_longer_shape(form):
    """Its outline is as much wider as its taps are farther apart, and meets the samples that they read."""
    board = boards(form=form)["gaps"]
    assert board.caption == "With dilation 2 taps lie two steps apart, where they fit a longer shape."
    assert place_of(board) == 0
    for k in range(3):
        (left, right), sample = board.marks["shape", k].corners, board.marks["x", 0, 2 * k, "bar"]
        assert (left[0] + right[0]) / 2 == pytest.approx(sample.x)
        assert [left[1], right[1]] == pytest.approx([sample.tip] * 2)
        assert sample.left > left[0] > sample.left - 20, "it is broken where there is no tap"
    if form is FILM:  # a column has no room for it
        lower, level = (board.marks["sum", "lower", *part] for part in ((), ("level",)))
        assert lower.text == "without gaps 3 = 8 − 4 − 1"
        bar = board.marks["dilation 2", 0, "bar"]
        assert level.y == pytest.approx(bar.foot - 3 * bar.unit), "as high as it says"


@pytest.mark.parametrize(("samples", "lower"), [([4, 2, 1, 1, 1, 4, 1], "5 = 8 − 2 − 1"), ([1, 4, 3, 1, 1, 1, 4], "")])
def test_where_the_kernel_with_gaps_fits_first_it_is_said_what_it_gave_there_without_them(samples, lower):
    told = drawn_as((2, -1, -1), samples)
    gaps, all_ = told["gaps"], told["dilation"]
    assert (place_of(gaps), place_of(all_)) == (0, 2)
    assert (("shape", 0) in gaps.marks) == gaps.caption.endswith("fit a longer shape.") == bool(lower)
    said = gaps.marks.get(("sum", "lower"))
    assert (said.text if said else "") == (f"without gaps {lower}" if lower else "")
    assert all_.caption == "Five steps wide, it can start at steps 0 to 2: three outputs."


def test_a_sibling_that_keras_does_not_give_is_refuted():
    recorded = EXAMPLE.recorded
    wrong = {layer: answer + (layer.strides > 1) for layer, answer in recorded.siblings.items()}
    told = script.write("sliding_window", replace(EXAMPLE, recorded=replace(recorded, siblings=wrong)))
    with pytest.raises(script.Refuted, match="must pass the check"):
        told.sibling(strides=2)


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
def test_on_the_last_board_each_layer_has_a_row_and_keras_numbers_below_it(form):
    marks = boards(form=form)["check"].marks
    rows = {"y": range(8), "strides 2": range(4), "dilation 2": range(6)}
    assert marks["ruler", "name"].text == "t"
    for row, steps in rows.items():
        line = marks["keras", "name", row].y
        for t, step in enumerate(steps):
            bar, ours, theirs = (marks[key] for key in ((row, t, "bar"), (row, t, "digits"), ("keras", row, t)))
            assert theirs.text == f"= {ours.text}"
            assert (theirs.x, theirs.y) == (ours.x, line)
            assert theirs.top > bar.bottom
            assert bar.x == marks["ruler", step].x
    plain, strided = ([marks[row, t, "digits"].text for t, _ in enumerate(rows[row])] for row in ("y", "strides 2"))
    assert strided == plain[::2]


def test_the_last_board_says_what_was_compared():
    board = boards()["check"]
    assert board.caption.endswith("computes exactly the same outputs: 8, 4, 6.")
    alone = boards(with_exact_answers(Network(Stack((3, 1), EXAMPLE.stack.layers), EXAMPLE.weights, EXAMPLE.x[:3])))
    assert alone["check"].caption == "Exact sums give exactly the same output: 1 compared; Keras was not asked."


def test_numbers_that_are_rounded_are_compared_by_dots_at_the_tips_of_full_bars():
    found = boards(examples.network("notebook"), (4, 0))["check"]
    for t in range(16):
        bar, dot = found.marks["y", t, "bar"], found.marks["keras", "y", t]
        assert dot.kind == "dot"
        assert dot.y == pytest.approx(bar.tip, abs=0.01)


@pytest.mark.parametrize("name", ["slide", "slid", "compared", "strides", "dilation"])
def test_no_sample_is_fully_lit_before_the_window_is_there(name):
    way = next(way for way in tell(script.write("sliding_window", EXAMPLE)).transitions if way.after.name == name)
    arrives = next(act.end for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for act in way.acts:
        if act.before is None or act.after is None:  # a signal that comes back is lit as a whole
            continue
        if act.key[:2] == ("x", 0) and act.key[-1] == "bar" and act.before.light < act.after.light:
            later = motion.sample(way, 1)["rig", "w1", 0, 0, "frame"]
            covered = later.left < act.after.x < later.right
            everyone = all(mark.light == 1 for key, mark in way.after.marks.items() if key[:2] == ("x", 0))
            assert not covered or everyone or act.end >= arrives


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
@pytest.mark.parametrize("name", ["output", "slide"])
def test_the_products_end_in_their_sum(name, form):
    """It stands after them, and from there its number comes down to the output under its own step."""
    board = boards(form=form)[name]
    step = place_of(board)
    own = {key: mark for key, mark in board.marks.items() if key[:3] == ("product", 0, step)}
    made = [number(mark) for key, mark in own.items() if key[-1] == "digits"]
    sum_ = board.marks["sum", "product", 0, step]
    mark = board.marks["y", step, "digits"]
    assert number(sum_) == number(mark) == sum(made)
    assert mark.copy_of == ("sum", "product", 0, step)
    assert mark.x == board.marks["x", 0, step, "bar"].x
    assert max(mark.right for mark in own.values()) < sum_.left < sum_.right < form.width - form.margin
    assert board.marks["sum", "product", 0, step, "name"].text == "sum "


def drawn(kernel_size, steps=12, **more):
    """A layer of one filter with a kernel and a signal of whole numbers."""
    draw, layer = np.random.default_rng(1), Conv1D(1, kernel_size, use_bias=False, **more)
    kernel = draw.integers(1, 4, (kernel_size, 1, 1)).astype("float32")
    x = draw.integers(-3, 4, (steps, 1)).astype("float32")
    return with_exact_answers(Network(Stack((steps, 1), [layer]), ((kernel,),), x))


def test_of_one_tap_and_of_one_output_no_shape_is_said():
    one_tap, one_output = boards(drawn(1)), boards(drawn(4, 4))
    assert "fit" not in one_tap
    assert one_tap["output"].caption == "One tap, one product: it is the output."
    assert not {"slid", "fit"} & one_output.keys()


def test_the_outline_of_a_kernel_with_gaps_is_level_from_tap_to_tap():
    marks = boards(drawn(3, dilation_rate=2))["fit"].marks
    tips = [marks["w1", 0, 0, k, "bar"].tip for k in range(3)]
    assert [marks["outline", k].points[1] for k in range(3)] == pytest.approx(tips)


def test_a_place_before_the_told_one_has_its_number_and_its_sum_too():
    layer = Conv1D(1, 3, padding="same", use_bias=False)
    network = with_exact_answers(Network(Stack((10, 1), [layer]), EXAMPLE.weights, EXAMPLE.x))
    marks = boards(network, (4, 0))["slide"].marks
    assert [number(marks["y", t, "digits"]) for t in (0, 4)] == [-8, -3]
    assert number(marks["sum", "product", 0, 0]) == -8


def test_outputs_that_strides_skip_are_gone_and_the_steps_of_the_others_are_lit():
    board, shown = boards()["strides"], [0, 2, 4, 6]
    said = "Strides of 2: fewer outputs, less work. *y*[3] starts at 2 × 3 = 6."
    assert board.caption == said
    lit = [
        key[1] for key, mark in board.marks.items() if key[0] == "ruler" and mark.kind == "words" and mark.role == "lit"
    ]
    assert sorted(lit) == shown
    assert kept(board.marks) == shown
    assert place_of(board) == shown[-1]
    assert [board.marks["index", "y", t].text for t in shown] == ["y[0]", "y[1]", "y[2]", "y[3]"], "counted anew"
    assert [boards()["slid"].marks["index", "y", t].text for t in shown] == [f"y[{t}]" for t in shown]


def kept(marks):
    """The outputs that are there."""
    return [key[1] for key in marks if key[0] == "y" and key[-1] == "bar"]


def test_with_padding_strides_may_begin_at_another_window():
    """With padding "same" and an even length, strides 2 begin at the first sample, where no zero is read."""
    layer = Conv1D(1, 3, padding="same", use_bias=False)
    network = with_exact_answers(Network(Stack((6, 1), [layer]), EXAMPLE.weights, EXAMPLE.x[:6]))
    marks = boards(network)["strides"].marks
    other = script.write("sliding_window", network).sibling(strides=2)
    assert kept(marks) == [1, 3, 5]
    assert boards(network)["strides"].caption.endswith("*y*[2] starts at 2 × 2 = 4.")
    assert [number(marks["y", t, "digits"]) for t in kept(marks)] == [other.output(t, 0).value for t in range(3)]


@pytest.mark.parametrize("weights", [(2, -1, -1), (-1, -1, 2), (-1, 2, -1)])
def test_it_says_which_taps_the_high_and_the_low_samples_meet(weights):
    kernel = np.array(weights, "float32").reshape(3, 1, 1)
    x = np.array([3, 2, *(weight + 2 for weight in weights), *(1 - weight for weight in weights)], "float32")
    network = Network(Stack((8, 1), [Conv1D(1, 3, use_bias=False)]), ((kernel,),), x[:, None])
    told = boards(with_exact_answers(network))
    assert told["fit"].caption == "The same shape: high meets ×2, low ×(−1). Much is added, little taken off."
    assert told["compared"].caption.endswith(", the opposite −6.")


def test_what_is_flat_is_said_to_be_flat_and_what_is_like_neither_is_left_out():
    largest = boards()["largest"]
    assert largest.caption == "The largest output is 6. Three high samples give only 0. Why?"
    assert kept(largest.marks) == [*range(8)]
    lit = [key for key, mark in largest.marks.items() if key[-1] == "bar" and mark.light == 1]
    assert {key[-2] for key in lit if key[0] == "x"} == {1, 2, 3, 5, 6, 7}
    assert {key[-2] for key in lit if key[0] == "y"} == {1, 5}
    other = captions((2, -1, -1), [4, 2, 4, 1, 1, 4, 4, 1])
    assert other["compared"] == "The same shape gives 6, the opposite −6."
    no_opposite = captions((2, -1, -1), [3, 0, 0, 0, 1, 1])
    assert no_opposite["largest"] == "The largest output is 6. Why?"
    assert no_opposite["compared"] == "The same shape gives 6. Flat gives 0, however high: 2 − 1 − 1 = 0."
    lower = captions((1, 2), [3, 4, -1, 0])  # the kernel minus 2: what gives −1 has the shape, too
    assert "compared" not in lower


def captions(*numbers, **settings):
    return {name: board.caption for name, board in drawn_as(*numbers, **settings).items()}


def drawn_as(weights, samples, **settings):
    kernel = np.array(weights, "float32").reshape(-1, 1, 1)
    layer = Conv1D(1, len(weights), use_bias=False, **settings)
    x = np.array(samples, "float32")[:, None]
    return boards(with_exact_answers(Network(Stack(x.shape, [layer]), ((kernel,),), x)))


def test_a_kernel_of_equal_taps_has_no_shape_that_could_be_opposed():
    told = captions((1, 1, 1), [-2, -2, -2, 1, 5, 5, 5, 2])
    assert told["fit"] == "The same shape: both are flat."
    assert "compared" not in told


def number(mark):
    return int(mark.text.removeprefix("= ").replace("\N{MINUS SIGN}", "-"))


@pytest.mark.parametrize("example", ["sliding_window", "notebook"])
def test_products_are_hidden_by_the_card_that_they_fall_behind(example):
    """On their way from the samples they are painted before the card, and so is what joins them."""
    network = EXAMPLE if example == "sliding_window" else with_exact_answers(examples.network(example))
    told = tell(script.write("sliding_window", network))
    for way in told.transitions:
        for act in way.acts:
            if act.key[0] == "product" and act.key[-1] in ("bar", "band") and act.other and act.after:
                halfway = motion.at(act, (act.start + act.end) / 2)
                assert halfway.z < way.after.marks["rig", "w1", 0, 0, "card"].z, (way.after.name, act.key)


@pytest.mark.parametrize("example", ["sliding_window", "notebook"])
def test_a_row_has_one_place_and_one_height(example):
    """Once the window is known, until the signal is another."""
    network = EXAMPLE if example == "sliding_window" else with_exact_answers(examples.network(example))
    found = boards(network, (0, 0))
    last = ("whole", "slid", "strides")
    for names, rows in ((("output", "slide"), [("y",)]), (last, [("y",)])):
        heights, alike = {}, [found[name] for name in names if name in found]
        alike = [board for board in alike if names == last or example == "sliding_window"]
        for row in (("x", 0), ("rig", "w1", 0, 0), *rows):
            assert len({board.marks["baseline", *row].y for board in alike if ("baseline", *row) in board.marks}) <= 1
        for board in alike:
            for key, mark in board.marks.items():
                if key[0] in ("x", "w1", "y") and mark.kind == "bar":
                    heights.setdefault(key, set()).add(round(mark.height, 6))
        assert all(len(each) == 1 for each in heights.values())


def test_the_dot_beside_the_last_bar_stays_on_the_board():
    """With padding the last output stands at the right end of the axis."""
    marks = boards(drawn(4, 16, padding="causal"), form=COLUMN)["check"].marks
    dots = [mark for key, mark in marks.items() if key[0] == "keras" and mark.kind == "dot"]
    assert len(dots) == 16
    assert all(dot.right <= COLUMN.width - 4 for dot in dots)
