"""The boards of the check: how far the other's number lies from the formula's, for every output of a network.

A dot stands for an output, first close by, then between the limits that are proven for it. This module knows ledgers
and what a check says; which layer computes what, the ledgers know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import CONTEXT, FILM, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Mark, dot, plate
from convexplain.board.text import words
from convexplain.check import verify
from convexplain.check.verdict import Check, proof

if TYPE_CHECKING:
    from convexplain.explanation import Explanation

MOST = 320
"""So many outputs have a dot; of more, every second, third, ... has one."""
TOP, FOOT = 150.0, 800.0
"""The room of the dots."""
LEFT = FILM.names + 40.0
GAP = 4.0
"""Between the levels there is room for so many outputs."""
SAID = "Checked, not believed."
ZOOM = (Cue((("apart",),), staging.MOVE, 1.4), Cue((("limits",),), staging.ENTER, 0.9))


class Output(NamedTuple):
    """One output: what it is, of how many products, how far the other's number lies from the exact one, and how far it
    may.
    """

    layer: int
    level: int
    cell: tuple[int, ...]
    products: int
    apart: Fraction
    bound: Fraction


def boards(explanation: Explanation) -> Iterator[Board]:
    """Every output close by, then between its limits; in words alone where no other numbers are known."""
    found = verify.check(explanation.network)
    each, outputs, is_all = _outputs(explanation)
    if not outputs or not found.ok:
        yield _in_words(found)
        return
    who = found.library.partition(" ")[0]
    near, far = max(abs(own.apart) for own in outputs), max(own.bound for own in outputs)
    which = "each output" if each == 1 else f"one in {each} outputs"
    which += " of every layer" if is_all else " that is one sum of products"
    said = f"A dot for {which}: how far {who}'s number is from the formula's."
    yield _spread(outputs, near, said, f"{found.line}.", each == 1).board("compared", said, 4)
    if far:
        said = f"{who} rounds to about 7 digits. A bar is how far that can lead, proven: no dot leaves it."
        yield _spread(outputs, far, said, f"{proof(far)}.", each == 1, True).board("checked", said, 4, ZOOM)


def _outputs(explanation: Explanation) -> tuple[int, list[Output], bool]:
    """The outputs that have a bound and another's number, of many one in so many; whether those are all."""
    stack, outputs, left_out = explanation.stack, list[Output](), 0
    made = range(stack.input_count, stack.depth + 1) if explanation.network.recorded is not None else range(0)
    sizes = {level: math.prod(stack.shapes[level]) for level in made}
    each, before = max(1, -(-sum(sizes.values()) // MOST)), 0
    for level, size in sizes.items():
        for place in range(-before % each, size, each):
            cell = tuple(map(int, np.unravel_index(place, stack.shapes[level])))
            ledger, layer = explanation.ledger(*cell, level=level), level - stack.input_count + 1
            if ledger.keras is None or ledger.bound is None:
                left_out += 1
            else:
                outputs.append(Output(layer, level, cell, len(ledger.rows), ledger.keras - ledger.output, ledger.bound))
        before += size
    return each, outputs, not left_out


def _in_words(found: Check) -> Board:
    """What was found, clause by clause."""
    draft = Draft(FILM)
    pieces.caption(draft, SAID)
    who, _, clauses = found.line.partition(": ")
    draft.put("check", ("check", 0), words(f"{who}.", FILM.margin, 300, PARTIAL, align=-1))
    for place, clause in enumerate(clauses.split(", ")):
        draft.put("check", ("check", 1, place), words(clause, FILM.margin, 430 + 90 * place, TEXT, "sample", align=-1))
    for place, text in enumerate(pieces.wrapped(found.proof, (FILM.width - 2 * FILM.margin) / SMALL)):
        draft.put("check", ("check", 2, place), words(text, FILM.margin, 720 + 44 * place, SMALL, "quiet", align=-1))
    return draft.board("checked", SAID, 4)


def _spread(
    outputs: Sequence[Output], reach: Fraction, said: str, remark: str, is_counted: bool, is_bounded: bool = False
) -> Draft:
    """The outputs side by side, layer by layer, ``is_counted`` where each has a dot; a difference of ``reach`` is at
    the upper edge of their room.
    """
    draft, middle = Draft(FILM), (TOP + FOOT) / 2
    pieces.caption(draft, said)
    pieces.remark(draft, ("check",), remark)
    right, unit = FILM.width - FILM.margin, (FOOT - TOP) / 2 / (reach or 1)
    pieces.baseline(draft, ("exact",), LEFT, right, middle)
    pieces.name(draft, ("exact",), "formula", middle + 11)
    for sign, side in (("+", 1), (style.MINUS, -1)) if reach else ():
        pieces.name(draft, ("reach", sign), sign + style.everyday(reach), middle - side * float(unit * reach) + 11)
    by_layer = [list(group) for _, group in groupby(outputs, key=lambda output: output.layer)]
    pitch = (right - LEFT) / (len(outputs) + GAP * (len(by_layer) - 1))
    left = LEFT
    for group in by_layer:
        layer, width = group[0].layer, pitch * len(group)
        named = next(filter(lambda mark: mark.width < width + GAP * pitch, _names(group, is_counted)), None)
        if named is not None:
            draft.put("layer", ("layer", layer), named.at(x=left + width / 2))
        for place, output in enumerate(group):
            x, key = left + pitch * (place + 0.5), (layer, *output.cell)
            mark = dot("output", x, middle - float(unit * output.apart), min(14.0, max(8.0, 1.2 * pitch)), z=1)
            draft.put("apart", ("apart", *key), mark.at(about=("cell", output.level, *output.cell)))
            if is_bounded:
                half, rise = 0.42 * pitch, float(unit * output.bound)
                limits = plate("sample", x - half, middle - rise, x + half, middle + rise, light=CONTEXT, radius=0.0)
                draft.put("limits", ("limits", *key), limits.at(z=-2))
        left += width + GAP * pitch
    return draft


def _names(group: Sequence[Output], is_counted: bool) -> Iterator[Mark]:
    """What is said of a layer's outputs, the longest first: of how many products they are, where all are of as many."""
    layer, count, products = group[0].layer, len(group), {output.products for output in group}
    said = [f"layer {layer}", str(layer)]
    if is_counted:
        said.insert(0, f"layer {layer}: {count} output{'s' * (count > 1)}")
    if is_counted and len(products) == 1 and count > 1 < max(products):
        said.insert(0, f"layer {layer}: {count} sums of {max(products)} products")
    return (words(text, 0, pieces.RULER, FILM.small, "quiet") for text in said)
