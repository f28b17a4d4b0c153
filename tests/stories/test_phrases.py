"""What stories say in common."""

import re

import pytest

from convexplain.layers import Conv1D
from convexplain.stories import phrases


@pytest.mark.parametrize(("strides", "dilation", "padding"), [(1, 1, "valid"), (2, 1, "same"), (1, 3, "causal")])
def test_the_index_of_a_formula_is_the_layers_own(strides, dilation, padding):
    layer = Conv1D(1, 3, strides, padding, dilation_rate=dilation)
    written = "".join(part.markup for part in phrases.layer_formula(layer, 11, channels=False))
    index = re.search(r"x\*\[(.*?)\]", written)[1].replace("*", "").replace("−", "-")
    index = re.sub(r"(\d)([tk])", r"\1*\2", index)
    for t in range(4):
        for k in range(3):
            assert eval(index, {"t": t, "k": k}) == layer.source_step(11, t, k)


@pytest.mark.parametrize(
    ("layer", "read", "said"),
    [
        (Conv1D(1, 3), 6, "The window can start at steps 0 to 3"),
        (Conv1D(1, 3, dilation_rate=2), 6, "The window can start at steps 0 to 1"),
        (Conv1D(1, 3, strides=2), 7, "The window can start at every second step, 0 to 4"),
        (Conv1D(1, 3, padding="same"), 6, "The window can start at steps −1 to 4"),
        (Conv1D(1, 3), 3, "The window can start at step 0 alone"),
    ],
    ids=["valid", "dilation", "strides", "same", "one"],
)
def test_why_there_are_that_many_outputs(layer, read, said):
    assert phrases.places(layer, read, layer.output_steps(read)) == said
