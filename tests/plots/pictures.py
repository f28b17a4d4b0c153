"""Networks that pictures are tried on, and how to read a picture back from matplotlib's artists."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.textpath import TextPath

from convexplain import evaluation, examples, script
from convexplain.layers import Conv1D
from convexplain.network import Network, Recorded
from convexplain.stack import Stack


def make(shape, layer, integers=False, w_scale=1.0, x_scale=1.0, seed=0):
    """A network of one layer with seeded numbers, and their exact sums as what was recorded."""
    stack, draw = Stack(shape, [layer]), np.random.default_rng(seed)

    def numbers(size, scale):
        values = draw.integers(-3, 4, size) if integers else draw.normal(size=size) * scale
        return values.astype(np.float32)

    weights = tuple(numbers(size, w_scale) for size in layer.weight_shapes(shape[1]))
    x = numbers(shape, x_scale)
    return Network(stack, (weights,), x, Recorded(evaluation.level_values(stack, [weights], x), "exact sums"))


CASES = {
    "small": (examples.network("channel_summation"), (0, 0)),
    "flip": (examples.network("kernel_flip"), (0, 0)),
    "notebook": (examples.network("notebook"), (0, 3)),
    "notebook inside": (examples.network("notebook"), (6, 7)),
    "notebook last": (examples.network("notebook"), (11, 0)),
    "strides same": (make((9, 2), Conv1D(3, 4, strides=2, padding="same"), integers=True), (0, 1)),
    "causal dilated relu": (
        make((8, 3), Conv1D(2, 3, padding="causal", dilation_rate=2, activation="relu"), integers=True),
        (3, 1),
    ),
    "padded on the right": (make((6, 2), Conv1D(2, 3, padding="same"), integers=True), (5, 0)),
    "groups": (make((8, 6), Conv1D(6, 3, groups=3), w_scale=0.3), (2, 4)),
    "depthwise": (make((8, 4), Conv1D(4, 3, groups=4), w_scale=0.3), (2, 2)),
    "64 channels, 500 steps": (make((500, 64), Conv1D(32, 3), w_scale=0.1), (250, 7)),
    "one tap": (make((5, 3), Conv1D(2, 1, use_bias=False), integers=True), (0, 0)),
    "9 taps": (make((30, 5), Conv1D(2, 9, activation="relu"), w_scale=0.4), (15, 0)),
    "100 taps": (make((200, 2), Conv1D(2, 100), w_scale=0.1), (40, 0)),
    "tiny": (make((10, 2), Conv1D(2, 3), w_scale=1e-5, x_scale=1e-3), (0, 0)),
    "large": (make((10, 2), Conv1D(2, 3), w_scale=300, x_scale=1e4), (0, 0)),
    "mixed sizes": (make((10, 2), Conv1D(2, 3), w_scale=300, x_scale=1e-3), (0, 0)),
    "one number": (make((1, 1), Conv1D(1, 1), integers=True), (0, 0)),
    "5 channels": (make((7, 5), Conv1D(1, 2, use_bias=False), integers=True), (0, 0)),
}
STORIES = ("channel_summation", "kernel_flip")


def write(story, case):
    network, cell = CASES[case]
    return script.write(story, network, cell)


def texts(figure):
    """The text artists by their mark's name."""
    return {text.get_gid(): text for text in figure.findobj(Text) if text.get_gid()}


def read(figure):
    """What is written, by the mark's name."""
    return {name: text.get_text() for name, text in texts(figure).items()}


def ink(figure, text, renderer):
    """The box of the ink of a text, in pixels: left, bottom, right, top."""
    left, bottom = figure.axes[0].transData.transform(text.get_position())
    path = TextPath((0, 0), text.get_text(), size=text.get_fontsize(), prop=text.get_fontproperties())
    box = path.get_extents()
    scale = figure.dpi / 72
    extent = text.get_window_extent(renderer)
    shift = {"left": left, "right": extent.x0, "center": extent.x0}[text.get_horizontalalignment()]
    start = shift if text.get_horizontalalignment() != "left" else left
    return (start + box.x0 * scale, bottom + box.y0 * scale, start + box.x1 * scale, bottom + box.y1 * scale)


def overlapping(figure):
    """The names of texts whose ink overlaps by more than half a point each way."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = {name: ink(figure, text, renderer) for name, text in texts(figure).items() if text.get_text().strip()}
    slack = 0.5 * figure.dpi / 72
    return [
        (one, other)
        for (one, a), (other, b) in combinations(boxes.items(), 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > slack and min(a[3], b[3]) - max(a[1], b[1]) > slack
    ]


def outside(figure):
    """The names of texts and boxes that leave the canvas."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, height = figure.bbox.width, figure.bbox.height
    found = []
    for artist in [*texts(figure).values(), *figure.axes[0].patches]:
        if isinstance(artist, Text):
            box = ink(figure, artist, renderer)
        else:
            extent = artist.get_window_extent(renderer)
            box = (extent.x0, extent.y0, extent.x1, extent.y1)
        if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
            found.append(artist.get_gid())
    return found


def crowded(figure):
    """The names of numbers that are wider than their cell."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    written = texts(figure)
    found = []
    for patch in figure.axes[0].patches:
        text = written.get(f"{patch.get_gid()} number")
        if text is not None:
            left, _, right, _ = ink(figure, text, renderer)
            cell = patch.get_window_extent(renderer)
            if left < cell.x0 or right > cell.x1:
                found.append(patch.get_gid())
    return found
