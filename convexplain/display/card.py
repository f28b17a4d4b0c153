"""A network as a card for a notebook: its levels drawn, what was found about it, and what can be asked next.

This module knows the places and sizes of small drawings; what they show the network's graph says.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

from convexplain.display import markup
from convexplain.display.asks import asks
from convexplain.display.mathml import mathml
from convexplain.display.network import LevelRow, level_rows, parameter_count, steps_seen, texts
from convexplain.graph import Graph

if TYPE_CHECKING:
    from convexplain.explanation import Explanation

MOST_LEVELS = 14
"""Levels of a card; of a longer network the first ones and the last ones."""
WIDE, HIGH = 150, 34
"""Pixels of the longest level and of the one with the most channels."""
TALL_FORMULA = 120
"""Letters of LaTeX of an equation whose limits stand above and below its sums; a longer one is written low."""
LONGEST_FORMULA = 1500
"""Letters of LaTeX of an equation that is shown."""


def html(explanation: Explanation) -> str:
    """The card of a network."""
    stack = explanation.stack
    return markup.card(
        f'<p class="title">{escape(_title(stack))}</p>',
        f'<p class="soft">{escape(_facts(explanation))}</p>',
        _verdict(explanation),
        _levels(explanation),
        _asks(explanation),
    )


def _title(stack: Graph) -> str:
    count = len(stack.layers)
    inputs = " and ".join(_size(shape) for shape in stack.shapes[: min(stack.input_count, 3)])
    outputs = " and ".join(_size(stack.shapes[level]) for level in stack.outputs[:3])
    return f"{count:,} layer{'s' * (count != 1)}: {inputs} → {outputs}"


def _size(shape: Sequence[int]) -> str:
    if len(shape) == 1:
        return f"{shape[0]:,} feature{'s' * (shape[0] != 1)}"
    steps, channels = shape
    return f"{steps:,} step{'s' * (steps != 1)} × {channels:,} channel{'s' * (channels != 1)}"


def _facts(explanation: Explanation) -> str:
    stack = explanation.stack
    seen = steps_seen(stack, stack.outputs[0])
    total = parameter_count(stack)
    numbers = "" if explanation.network.weights is not None else "; no weights, so formulas only"
    sees = "" if seen is None else f"One output sees {seen:,} input step{'s' * (seen != 1)}; "
    return f"{sees}{total:,} parameter{'s' * (total != 1)}{numbers}."


def _verdict(explanation: Explanation) -> str:
    """What was found, where something was asked."""
    from convexplain.display.verdict import sentence

    if explanation.verdict is not None:
        return sentence(explanation.verdict)
    recorded = explanation.network.recorded
    if recorded is not None:
        return f'<p class="soft">Numbers of {escape(recorded.source)}.</p>'
    return ""


def _levels(explanation: Explanation) -> str:
    """The levels as a table, each with a drawing of its shape."""
    stack = explanation.stack
    found = level_rows(stack, MOST_LEVELS)
    words = [texts(row) for row in found]
    optional = {2: "name", 3: "reads", 5: "parameters"}
    kept = [place for place in optional if any(text[place] for text in words) and (place != 3 or not stack.is_chain)]
    heads = [("level", ""), ("", ""), ("layer", ""), *((optional[place], "n" * (place == 5)) for place in kept)]
    heads += [("shape", ""), ("sees", "n"), ("computes", "")]
    sketch = Sketch(stack)
    rows = []
    for row, text in zip(found, words, strict=True):
        if row is None:
            left = stack.depth + 1 - (len(found) - 1)
            rest = [("", "")] * (len(heads) - 3)
            rows.append(
                markup.row([("⋮", ""), ("", ""), (f'<span class="soft">{left:,} more levels</span>', ""), *rest])
            )
            continue
        layer = markup.code(text[1]) if row.reads else f"<span>{escape(text[1])}</span>"
        cells = [(escape(text[0]), ""), (sketch.draw(row), ""), (layer, "")]
        cells += [(escape(text[place]), "n" * (place == 5)) for place in kept]
        cells += [(escape(text[4]), ""), (escape(text[6]), "n"), (_formula(explanation, row), "")]
        rows.append(markup.row(cells))
    return markup.table(heads, rows)


def _formula(explanation: Explanation, row: LevelRow) -> str:
    """The equation of a level as mathematics, where it is short enough to be read."""
    from convexplain.algebra.printing import latex

    if not row.reads:
        return ""
    with suppress(ValueError, NotImplementedError):
        written = latex(explanation.equation(row.number), most=6)
        if len(written) <= LONGEST_FORMULA:
            return mathml(written, display=len(written) < TALL_FORMULA)
    return f'<span class="soft">{markup.code(f"ex.equation({row.number})")}</span>'


class Sketch:
    """Small drawings of levels: steps to the right, channels down, all on one scale; dark is what the output in the
    middle of the last level depends on.
    """

    def __init__(self, stack: Graph) -> None:
        self._stack = stack
        self._steps = max(shape[0] if len(shape) == 2 else 1 for shape in stack.shapes)
        self._channels = max(shape[-1] for shape in stack.shapes)
        self._seen = stack.sight(stack.outputs[0])

    def draw(self, row: LevelRow) -> str:
        """The drawing of a level."""
        steps, channels = row.shape if len(row.shape) == 2 else (1, row.shape[0])
        step, channel = min(WIDE / self._steps, 12), min(HIGH / self._channels, 12)
        # What is there is never so small that it is not seen.
        width, height = max(step * steps, 2), max(channel * channels, 2)
        left, top = (min(WIDE, 12 * self._steps) - width) / 2, (HIGH - height) / 2
        shapes = [markup.rectangle(left, top, width, height, fill="currentColor", fill_opacity=0.13)]
        words = _size(row.shape)
        seen = self._seen.get(row.number)
        if seen is not None:
            first, last = max(seen[0], 0), min(seen[1], steps - 1)
            if first <= last:
                at = left + width * first / steps
                wide = max(width * (last - first + 1) / steps, 2)
                own = row.number == self._stack.outputs[0]
                tall = max(height / channels, 2) if own else height
                fill = "#E69F00" if own else "#56B4E9"
                shapes.append(markup.rectangle(at, top, wide, tall, fill=fill, fill_opacity=1 if own else 0.75))
                words += ", one output" if own else f", {last - first + 1:,} steps seen by one output"
        across = range(1, steps if width / steps >= 5 else 0)
        down = range(1, channels if height / channels >= 5 else 0)
        lines = [
            f"M{markup.short(left + width * n / steps)} {markup.short(top)}v{markup.short(height)}" for n in across
        ]
        lines += [
            f"M{markup.short(left)} {markup.short(top + height * n / channels)}h{markup.short(width)}" for n in down
        ]
        if lines:
            shapes.append(f'<path d="{"".join(lines)}" stroke="currentColor" stroke-opacity="0.2"/>')
        return markup.picture(min(WIDE, 12 * self._steps), HIGH, words, shapes)


def _asks(explanation: Explanation) -> str:
    """What can be asked next, in columns."""
    groups = [
        markup.table(
            [],
            [markup.row([(markup.code(ask.code), ""), (escape(ask.answer), "soft")]) for ask in group],
            name,
        )
        for name, group in asks(explanation).items()
    ]
    return f'<div class="asks"><div>{"".join(groups[:2])}</div><div>{"".join(groups[2:])}</div></div>'
