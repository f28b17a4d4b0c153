"""A little more: a number that is raised, and what follows from it in the rows beside it.

What is added stands on the tip of a bar, in the colour of what is meant; little bricks count how many times as much it
is. This module knows bars that stand already; how much follows a story says.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import DIGIT, SMALL, TEXT, Draft, Format, Key, bar, line
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.trellis import Trellis
from convexplain.style import MINUS

LOSS = 60.0
"""The height of a loss, which nobody reads off."""
LARGER = 1.6
"""How much larger than elsewhere a little more is drawn where nothing else moves."""


def little(form: Format) -> float:
    """How much a number is raised to see what follows, in units of the board."""
    return 8.0 if bench.is_low(form) else 14.0


def lay_more(
    draft: Draft, key: Key, width: float, little: float, times: Fraction = Fraction(1), made_of: tuple[Key, ...] = ()
) -> None:
    """A little more on the tip of a bar, so many ``times``, or a little less: what is added is filled, what goes is an
    outline. The bar's number makes room.
    """
    mark, rise = draft.marks[(*key, "bar")], little * float(times)
    tip, base = (mark.tip, mark.base) if mark.kind == "bar" else (mark.y, 1 if rise > 0 else -1)
    goes = rise * base < 0
    unit = little if times.denominator == 1 and not goes else 0.0
    foot, made_of = tip if goes else tip - 3 * base, made_of or ((*key, "bar"),)
    more = bar("lit", mark.x, foot, width, rise, made_of=made_of, z=1, hollow=goes, size=4.0, unit=unit)
    draft.put("more", ("more", *key), more)
    if not goes and base > 0 and (digits := draft.marks.get((*key, "digits"))) is not None:
        draft.change([(*key, "digits")], y=digits.y - rise - 4)


def risen(number: Number, times: Number | None = None) -> str:
    """A number and what is added to it: ``4 + 2h``."""
    sign, size = "+", ""
    if times is not None:
        sign = MINUS if times.value < 0 else "+"
        size = "" if abs(times.value) == 1 else times.text.lstrip(f"-{MINUS}")
    return f"{number.text} {sign} {size}*h*"


def lay_risen(draft: Draft, risen: Mapping[Key, str], size: float) -> None:
    """What raised numbers have become, in the place of their digits."""
    for key, said in risen.items():
        if (old := draft.marks.get((*key, "digits"))) is not None:
            draft.marks[(*key, "digits")] = words(said, old.x, old.y, size, about=old.about, rides=old.rides)


def lay_loss(draft: Draft, trellis: Trellis, output: int, raised: Key, gain: str, start: float) -> None:
    """The loss as one bar apart from the axis, and what it gains when one output is ``raised``; every output has a
    strand to it, which begins at ``start``.
    """
    form = draft.format
    x, foot = (form.margin + form.names) / 2, trellis.high
    width = min(trellis.axis.bar, 0.5 * (form.names - form.margin))
    pieces.baseline(draft, ("loss",), x - width, x + width, foot)
    draft.put("name", ("name", "loss"), words("loss *L*", x, foot + 34, SMALL, "quiet"))
    draft.put("loss", ("loss", "bar"), bar("bias", x, foot, width, LOSS))
    once = LARGER * little(form)
    # Bricks are counted only where the loss gains as many times as much as is drawn: no power of ten is left aside.
    times = trellis.back.times(output)
    unit = once if trellis.back.upstream(output).value == times else 0.0
    more = bar("lit", x, foot - LOSS - 3, width, once * times, unit=unit, made_of=(raised,))
    draft.put("loss", ("loss", "more"), more)
    if gain:
        size = SMALL if bench.is_low(form) else TEXT
        draft.put("loss", ("loss", "gain"), words(gain, x, more.top - 14 - DIGIT * size / 2, size, "lit"))
    end = foot - LOSS / 2
    for t in trellis.outputs:
        at, meant = trellis.end(t)[0], t == output
        points = at, max(start, end + 10), at, end, at, end, x + width / 2 + 14, end
        strand = line("lit" if meant else "quiet", *points, curve=True, size=4 if meant else 2, z=-1)
        draft.put("loss", ("loss", "strand", t), strand)
