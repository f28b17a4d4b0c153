"""A little more: a number that is raised, what follows from it in the rows beside it, and what all of it makes of the
loss.

What is added stands on the tip of a bar, in the colour of what is meant; little bricks count how many times as much it
is. This module knows bars that stand already; how much follows a story says.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from convexplain.board.marks import DIGIT, PARTIAL, SMALL, Draft, Format, Key, Mark, Role, bar
from convexplain.board.pieces import Number
from convexplain.board.text import advance, words
from convexplain.stories import bench
from convexplain.stories.trellis import Trellis
from convexplain.style import MINUS


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
    if goes and mark.kind == "bar" and abs(rise) < mark.height:
        left = mark.height - abs(rise)  # what goes is empty
        draft.change([(*key, "bar")], height=left, y=mark.foot - base * left / 2)
    more = bar("lit", mark.x, foot, width, rise, made_of=made_of, z=1, hollow=goes, size=4.0, unit=unit)
    draft.put("more", ("more", *key), more)
    if not goes and base > 0 and (digits := draft.marks.get((*key, "digits"))) is not None:
        draft.change([(*key, "digits")], y=digits.y - rise - 4)


def times_h(number: Number, signed: bool = False) -> str:
    """So many times *h*: ``2h``, ``−h``, or as an addend ``+2h``."""
    size = "" if abs(number.value) == 1 else number.text.lstrip(f"-{MINUS}")
    sign = MINUS if number.value < 0 else "+" if signed else ""
    return f"{sign}{size}*h*"


def risen(number: Number, times: Number) -> str:
    """A number and what is added to it: ``4 + 2h``."""
    more = times_h(times, True)
    return f"{number.text} {more[0]} {more[1:]}"


def lay_risen(draft: Draft, risen: Mapping[Key, str], size: float) -> None:
    """What raised numbers have become, in the place of their digits."""
    for key, said in risen.items():
        if (old := draft.marks.get((*key, "digits"))) is not None:
            draft.marks[(*key, "digits")] = words(said, old.x, old.y, size, about=old.about, rides=old.rides)


def lay_line(
    draft: Draft, trellis: Trellis, key: Key, terms: Mapping[int, Mark], total: Mark, name: str, role: Role
) -> None:
    """What each output gives to the loss, in its column, and behind the last one what all of them make. ``terms`` and
    ``total`` are words that have no place yet; where there is no room for these behind the last, they stand in the
    place of the ``name``.
    """
    low, y = bench.is_low(draft.format), trellis.last
    size = trellis.size_of([f"{mark.text}" for mark in terms.values()], PARTIAL)
    for t, mark in terms.items():
        draft.put("loss", (*key, t), _set(mark, trellis.x(False, t), y, size, 0.0))
    left = max(trellis.x(False, t) for t in terms) + 0.5 * trellis.axis.pitch
    room = trellis.form.width - trellis.form.margin - left
    reach = advance(total.runs)
    large = next((s for s in ((size,) if low else (PARTIAL, size)) if reach * s <= room), 0.0)
    if large:
        trellis.lay_name(draft, key, name, y, role)
        draft.put("loss", (*key, "total"), _set(total, left, y, large, -1.0))
    else:
        trellis.lay_name(draft, key, "*L*", y, role)
        beside = _set(total, draft.format.margin + 26, y, SMALL, -1.0)
        if beside.right < trellis.axis.left:
            draft.put("loss", (*key, "total"), beside)


def _set(mark: Mark, x: float, y: float, size: float, align: float) -> Mark:
    """Words in their place."""
    width = advance(mark.runs) * size
    return mark.at(x=x - align * width / 2, y=y, size=size, width=width, height=DIGIT * size)


def unset(markup: str, role: Role = "ink", **more: Any) -> Mark:
    """Words that have no place yet."""
    return words(markup, 0.0, 0.0, SMALL, role, **more)


def is_written(text: str, value: Fraction) -> bool:
    """Whether a text is the number, all of it."""
    try:
        return Fraction(text.replace("\N{MINUS SIGN}", "-")) == value
    except ValueError:
        return False
