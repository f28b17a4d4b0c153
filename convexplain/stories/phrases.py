"""What stories say in common: the formula of a layer as parts with keys, and counted nouns.

The index a formula writes is the layer's own; this module knows how it reads, not how it is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convexplain import style
from convexplain.board.pieces import Part

SUM = (Part("sum k", "∑"), Part("k of sum", "*k* ", small=True), Part("w", "*w*["), Part("k", "*k*"))
"""What every formula sums over, up to the tap."""


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 channel``, ``two channels``, ``16 steps``: small numbers in words.

    >>> count(1, "channel"), count(3, "step"), count(16, "step")
    ('one channel', 'three steps', '16 steps')
    """
    return f"{spelled(number)} {noun if number == 1 else plural or noun + 's'}"


def spelled(number: int) -> str:
    """A small number in words.

    >>> spelled(0), spelled(4), spelled(1200)
    ('no', 'four', '1,200')
    """
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[number] if 0 <= number < len(words) else f"{number:,}"


def sentence(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def layers(count: int) -> str:
    """The layers that were run.

    >>> layers(1), layers(2), layers(3)
    ('the same layer', 'both layers', 'all three layers')
    """
    return {1: "the same layer", 2: "both layers"}.get(count, f"all {spelled(count)} layers")


def run(words: str, count: int) -> str:
    """What a library found, with how many layers were run.

    >>> run("the library Keras 3 computes the same outputs: 5 compared", 2)
    'checked: run with both layers, the library Keras 3 computes the same outputs: 5 compared'
    """
    return f"checked: run with {layers(count)}, {words}" if words.startswith("the library ") else words


def named(line: str) -> str:
    """What a check found, with what Keras is."""
    return f"the library {line}" if line.startswith("Keras") else line


def array(level: int, depth: int = 2) -> str:
    """A level's name in a formula: ``x``, ``y`` of a single layer, ``y2`` of several."""
    if level == 0:
        return "*x*"
    return "*y*" if depth == 1 else f"*y*{level}"


def times(*numbers: Any) -> str:
    """Numbers that are multiplied, as factors: ``2 × (−1)``."""
    return " × ".join(f"({number.text})" if number.value < 0 else number.text for number in numbers)


def factor(number: Any) -> str:
    """A number as a factor by itself: ``×2``, ``×(−1)``."""
    return f"×{times(number)}"


def worked(taps: Sequence[Any], total: str) -> str:
    """A sum of products as it is worked out: ``2 × (−1) + 0 × 2 = −2``."""
    return f"{' + '.join(times(tap.sample, tap.weight) for tap in taps)} = {total}"


def added(numbers: Sequence[str], total: str) -> str:
    """Numbers and their ``total``, each with its own sign.

    >>> added(["2", "6", "−1"], "7")
    '2 + 6 − 1 = 7'
    """
    signs = (f" {style.MINUS} {text[1:]}" if text.startswith(style.MINUS) else f" + {text}" for text in numbers[1:])
    return f"{numbers[0]}{''.join(signs)} = {total}"


def places(layer: Any, read: int, steps: int) -> str:
    """Why there are that many outputs: where a window can start."""
    stride, starts = layer.strides, (layer.source_step(read, step, 0) for step in (0, steps - 1))
    first, last = (f"{start:,}".replace("-", style.MINUS) for start in starts)
    if steps == 1:
        return f"The window can start at step {first} alone"
    every = {1: "steps", 2: "every second step,", 3: "every third step,"}.get(stride, f"every {stride}th step,")
    return f"The window can start at {every} {first} to {last}"


def window(layer: Any, read: int) -> str:
    """What a window is, in the words of all stories."""
    return f"{count(layer.kernel_size, 'sample')} from step {sample_at(layer, read, 0)} on"


def windows(starts: Sequence[int]) -> str:
    """How many windows there are, and where they start.

    >>> windows([0, 1, 2]), windows(range(16))
    ('three windows start at 0, 1, 2', '16 windows start at 0, 1, … 15')
    """
    return f"{count(len(starts), 'window')} start{'s' * (len(starts) == 1)} at {listed(starts)}"


def listed(steps: Sequence[int]) -> str:
    """Steps one after another: ``−1, 1, 3``; of many the first two and the last."""
    texts = [str(step).replace("-", style.MINUS) for step in steps]
    return ", ".join(texts if len(texts) <= 4 else [*texts[:2], f"… {texts[-1]}"])


def rounding(script: Any) -> str:
    """What the numbers shown are, in one sentence; nothing when they are the network's own."""
    said = (script.shown.note or "").partition(";")[0].rstrip(",")
    return f"{sentence(said)}." if said else ""


def layer_formula(
    layer: Any,
    read: int,
    t: str = "*t*",
    channels: bool = True,
    filters: bool = False,
    output: str = "*y*",
    array: str = "*x*",
) -> list[Part]:
    """``y[t, f] = b[f] + sum over c, k of w[k, c, f] x[s t + d k - L, c]`` in parts.

    Without ``channels`` there is no c; with ``filters`` the filter's index is written. ``read`` is the number of steps
    that are read; ``t`` may be a number. The parts' names are those of their signs: ``t``, ``f``, ``b``, ``plus b``,
    ``sum c``, ``c of sum``, ``sum k``, ``k of sum``, ``w``, ``k``, ``c``, ``x``, ``t of x``, ``sign``, ``k of x`` ...
    """
    index_f, pad = [Part("comma f", ", "), Part("f", "*f*")] if filters else [], layer.left_pad(read)
    parts = [Part("y", f"{output}["), Part("t", t), *index_f, Part("equals", "] = ")]
    if layer.activation != "linear":
        parts += [Part("act", f"{layer.activation}(")]
    if layer.use_bias:
        parts += [Part("b", "*b*")]
        parts += [Part("b [", "["), Part("f of b", "*f*"), Part("b ]", "]")] if filters else []
        parts += [Part("plus b", " + ")]
    parts += [Part("sum c", "∑"), Part("c of sum", "*c* ", small=True)] if channels else []
    parts += SUM
    parts += [Part("comma c", ", "), Part("c", "*c*")] if channels else []
    parts += [Part("comma f of w", ", "), Part("f of w", "*f*")] if filters else []
    parts += [Part("w ]", "] "), Part("x", f"{array}["), *_times("stride", layer.strides)]
    parts += [Part("t of x", f"·{t}" if layer.strides > 1 and t.isdecimal() else t), Part("sign", " + ")]
    parts += [*_times("dilation", layer.dilation_rate), Part("k of x", "*k*")]
    parts += [Part("pad", f" {style.MINUS} {pad}")] if pad else []
    parts += [Part("comma c of x", ", "), Part("c of x", "*c*")] if channels else []
    return [*parts, Part("x ]", "]" if layer.activation == "linear" else "])")]


def _times(name: str, number: int) -> list[Part]:
    """A factor of an index, where it is not 1."""
    return [Part(name, f"{number}")] if number != 1 else []


def sample_at(layer: Any, read: int, place: int) -> str:
    """The step of a sample that the window of output t covers: ``t`` of its first, ``t + 2`` of its last of three."""
    scale, later = "" if layer.strides == 1 else f"{layer.strides}", layer.source_step(read, 0, place)
    return f"{scale}*t*" + (f" {'+' if later > 0 else style.MINUS} {abs(later)}" if later else "")


def index(layer: Any, read: int) -> str:
    """The step that tap k reads for output t, as the layer's own formula writes it.

    >>> from convexplain.layers import Conv1D
    >>> index(Conv1D(1, 3, strides=2), 7)
    '2*t* + *k*'
    """
    parts = layer_formula(layer, read, channels=False)
    return "".join(part.markup for part in parts[[part.name for part in parts].index("x") + 1 : -1])


def turned_index(layer: Any, read: int) -> str:
    """The step that tap k of the kernel turned over reads for output t, counted back from the last of its window.

    >>> from convexplain.layers import Conv1D
    >>> turned_index(Conv1D(1, 3), 7)
    '*t* + 2 − *k*'
    """
    gap = f"{layer.dilation_rate}" if layer.dilation_rate > 1 else ""
    return f"{sample_at(layer, read, layer.kernel_size - 1)} {style.MINUS} {gap}*k*"
