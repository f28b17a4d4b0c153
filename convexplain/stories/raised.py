"""A little more: a number that is raised, and what follows from it in the rows beside it.

What is added stands on the tip of a bar, in the colour of what is meant; little bricks count how many times as much it
is. This module knows bars that stand already; how much follows a story says.
"""

from __future__ import annotations

from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import Draft, Format, Key, bar, line
from convexplain.stories import bench
from convexplain.stories.trellis import Trellis

LOSS = 44.0
"""The height of a loss, which nobody reads off."""


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


def lay_loss(draft: Draft, trellis: Trellis, output: int, raised: Key) -> None:
    """The loss as a bar above an output, with what it gains when that is ``raised``."""
    x, foot, width = trellis.axis.x(trellis.back.place(output)), trellis.foot, trellis.axis.bar
    pieces.baseline(draft, ("loss",), trellis.axis.left, trellis.axis.right, foot)
    pieces.name(draft, ("loss",), "loss *L*", foot)
    draft.put("loss", ("loss", "bar"), bar("bias", x, foot, width, LOSS))
    once = little(draft.format)
    # Bricks are counted only where the loss gains as many times as much as is drawn: no power of ten is left aside.
    times = trellis.back.times(output)
    unit = once if trellis.back.upstream(output).value == times else 0.0
    gain = bar("lit", x, foot - LOSS - 3, width, once * times, unit=unit, made_of=(raised,))
    draft.put("loss", ("loss", "more"), gain)
    draft.put("loss", ("loss", "way"), line("quiet", x, trellis.low, x, trellis.high, head=18, size=3))
