"""The two functions of kernel_flip by their signs, a brick filled or hollow, and what is said behind their names; what
the kernel is called in their hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Draft, Format, Key, bar
from convexplain.board.pieces import Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories.bench import fitting
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, FUNCTIONS, KERAS
from convexplain.stories.one_channel.track import W

LOOKS: tuple[dict[str, Any], ...] = ({}, {"hollow": True, "size": 4.0})
WHOSE = ("of Keras, a library for neural networks", "of SciPy, a library for signals")
"""How the bars of the two functions are drawn, and what they belong to."""
LINE, APART = 58.0, 0.2
"""Between two lines of words; from the middle of a step to each of its two outputs, in steps."""


def call(draft: Draft, key: Key, row: int, x: float, y: float, em: float, parts: Sequence[Part] = ()) -> float:
    """The name of a function behind its sign, and what is said of it; where that ends."""
    high = DIGIT * em
    draft.put("sign", (*key, "bar"), bar("output", x + high / 2, y + high / 2, high, high, **LOOKS[row]))
    end = draft.put("sign", key, words(f"`{FUNCTIONS[row]}`", x + 1.5 * high, y, em, align=-1)).right
    for part in parts:
        role = "lit" if part.name == "index" else "ink"
        end = draft.put("sign", (*key, part.name), words(part.markup, end, y, em, role, -1)).right
    return end


def kernel(draft: Draft, call: int, says: Sequence[Part] | None = None) -> None:
    """What the kernel is called that is turned over: by a call, or, where the code ``says`` so, by us before it."""
    is_ours = any(BACKWARDS in part.markup for part in says or ())
    if call:
        whose = ("turned", "by us") if is_ours else ("turned by", "`convolve`")
        called(draft, W, whose if call % 2 else ("turned", "back: *w*"))


def called(draft: Draft, row: Key, lines: Sequence[str]) -> None:
    """Another name of a row, in lines."""
    old = draft.marks["name", *row]
    for n, text in enumerate(lines):
        mark = words(text, old.left, old.y + 1.15 * n * old.size, old.size, "formula", -1)
        draft.marks["name", *row, *("who",) * n] = mark


def titles(draft: Draft, lefts: Sequence[float], y: float) -> None:
    """The names of both functions, large, with what is said of them, from two x on; the second clear of the first."""
    form, end = draft.format, draft.format.margin - 60
    em = TEXT if form.is_narrow else PARTIAL
    for row, left in zip((KERAS, CONVOLVE), lefts, strict=True):
        x = max(min(left, form.width - form.margin - advance(runs_of(WHOSE[row])) * form.small), end + 60)
        call(draft, ("title", row), row, x, y, em)
        pieces.note(draft, ("call", row), WHOSE[row], x, y + em, -1, "formula")
        end = draft.marks["note", "call", row].right


def conclude(draft: Draft, says: str, means: str, top: float, bottom: float) -> None:
    """What was found stands in the place of the products, and below it what a word of it means."""
    for key in [key for key in draft.marks if key[0] in ("product", "sum") or key[1:] == ("products",)]:
        del draft.marks[key]
    form, y = draft.format, (top + bottom) / 2
    size = fitting(form.width - 2 * form.margin, [says], (PARTIAL, TEXT, SMALL))
    draft.put("rule", ("rule",), words(says, form.margin, y - 0.5 * form.small, size, align=-1))
    pieces.note(draft, ("rule",), means, form.margin, y + 0.5 * form.small + 0.6 * size)


def aside(form: Format, left: float, right: float, *says: Sequence[Part]) -> tuple[float, float]:
    """The x from which on all that is said of the functions has room beside the outputs, and its size; else twice 0, as
    in a column, where it would pass the caption on its way to the line below.
    """
    em = min(TEXT, (right - left) / max(reach(CONVOLVE, parts) for parts in says))
    return (left, em) if em >= min(36.0, form.small) and not form.is_narrow else (0.0, 0.0)


def reach(row: int, parts: Sequence[Part] | None) -> float:
    """How far what is said of a function reaches with its sign and name, in em."""
    texts = (f"`{FUNCTIONS[row]}`", *(part.markup for part in parts or ()))
    return 1 + sum(advance(runs_of(text)) for text in texts) if parts is not None else 0.0


def said(draft: Draft, x: float, em: float, base: float, *says: Sequence[Part] | None) -> None:
    """What the functions compute of which something is said, if only their name: from x on beside the outputs on their
    ``base``, or, where x is 0, in a line below them.
    """
    form, left = draft.format, x or draft.format.margin
    low, right = form.height - (36.0 if form.is_narrow else 144.0), form.width - min(60, form.margin)
    reaches = [reach(row, parts) for row, parts in enumerate(says)]
    em = em or min(36.0 if form.is_narrow else TEXT, (right - left - 40) / max(1.0, sum(reaches)))
    if em < SMALL and None not in says:  # both have no room
        return said(draft, x, 0.0, base, None, says[1])
    floor = max((mark.bottom for key, mark in draft.marks.items() if key[0] == "product"), default=0.0)
    down = max(0.0, floor + 8 + DIGIT * em / 2 - (base - 12 - LINE))  # clear of products that come so low
    for row, parts in enumerate(says):
        end, y = left, base - 12 - LINE * (1 - row) + down if x else low
        if parts is not None:
            end = call(draft, ("formula", row), row, left, y, em, parts)
        left = x or max(end + 40, min(0.41 * form.width, right - em * reaches[-1]))
