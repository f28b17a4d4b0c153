"""The frames of each story: stable names, the right terms, nothing missing."""

import random

import pytest
from test_stack import random_stack

import convexplain as cx
from convexplain import Cell
from convexplain.story import STORIES, elide, kernel_flip


def one_channel_stack(seed):
    rng = random.Random(seed)
    layer = random_stack(rng, depth=1).layers[0]
    layer = cx.Conv1D(
        1, layer.kernel_size, layer.strides, layer.padding, dilation_rate=layer.dilation_rate, use_bias=False
    )
    return cx.Stack((layer.span + rng.randint(0, 5), 1), [layer])


def stacks_for(name, seed):
    return one_channel_stack(seed) if STORIES[name].one_channel else random_stack(random.Random(seed))


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("seed", range(20))
def test_frames_are_named_once_and_light_only_terms_of_the_layer(name, seed):
    stack = stacks_for(name, seed)
    level = stack.depth
    steps, filters = stack.shapes[level]
    story = STORIES[name].tell(stack, level, Cell(steps - 1, filters - 1))
    names = [frame.name for frame in story.frames]
    assert len(set(names)) == len(names)
    sources = {}
    for frame in story.frames:
        assert "\n" not in frame.caption
        for term in frame.terms:
            sources.setdefault(frame.cell, set()).add(term.source)
    for cell, lit in sources.items():
        assert lit <= {term.source for term in stack.terms(level, cell)}


@pytest.mark.parametrize("seed", range(20))
def test_channel_summation_lights_every_term_once_and_fills_every_output(seed):
    stack = random_stack(random.Random(seed))
    level = stack.depth
    steps, filters = stack.shapes[level]
    told = Cell(steps // 2, filters // 2)
    story = STORIES["channel_summation"].tell(stack, level, told)
    lit = [term for frame in story.frames if frame.kind == "products" for term in frame.terms]
    assert tuple(lit) == stack.terms(level, told)
    filled = {cell for frame in story.frames for cell in frame.done}
    assert filled == {Cell(t, f) for t in range(steps) for f in range(filters)}


def test_kernel_flip_turns_the_kernel_for_convolve_and_twice_for_the_reversed_kernel():
    stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, use_bias=False)])
    story = STORIES["kernel_flip"].tell(stack, 1, Cell(0, 0))

    def meets(name):
        return [(term.weight[0], term.source.step) for term in story.frame(name).terms]

    assert meets("keras[1]") == [(0, 1), (1, 2), (2, 3)]
    assert meets("convolve[1]") == [(2, 1), (1, 2), (0, 3)]
    assert meets("reversed[1]") == meets("keras[1]")
    turns = [frame.name for frame in story.frames if frame.kind == "turn"]
    assert len([name for name in turns if name.startswith("convolve")]) == 1
    assert len([name for name in turns if name.startswith("reversed")]) == 2


def test_the_mirrored_terms_make_what_convolve_makes():
    from scipy.signal import convolve

    script = cx.example("kernel_flip").script("kernel_flip")
    x, w = script.read[:, 0], script.kernel[:, 0, 0]
    answers = {"keras": script.levels.values[1][:, 0], "convolve": convolve(x, w, "valid"), "reversed": None}
    answers["reversed"] = convolve(x, w[::-1], "valid")
    for call in kernel_flip.CALLS:
        frames = [script.story.frame(f"{call.name}[{t}]") for t in range(4)]
        assert [sum(row.product for row in script.rows(frame)) for frame in frames] == list(answers[call.name])


def test_kernel_flip_is_about_one_channel_and_one_filter():
    with pytest.raises(ValueError, match="one channel and one filter"):
        STORIES["kernel_flip"].tell(cx.Stack((6, 2), [cx.Conv1D(1, 3)]), 1, Cell(0, 0))


@pytest.mark.parametrize(("length", "most"), [(length, most) for length in (1, 5, 6, 7, 20, 500) for most in (4, 6, 9)])
def test_elision_keeps_both_ends_and_hides_no_single_index(length, most):
    shown = elide(length, most)
    real = [index for index in shown if index is not None]
    assert len(shown) <= most
    assert real == sorted(set(real))
    assert {real[0], real[-1]} == {0, length - 1}
    for before, gap, after in zip(shown, shown[1:], shown[2:], strict=False):
        if gap is None:
            assert after - before > 2


def test_elision_keeps_what_it_is_told_to():
    shown = elide(500, 9, keep=(250, 251, 252))
    assert {0, 250, 251, 252, 499} <= set(shown)
    assert len(shown) <= 9
