"""Where float32 may land for one output, and where Keras did: the number line, three times closer.

This module knows a script's landing and the pieces of a number line; which of its boards are told a story says.
"""

from __future__ import annotations

from fractions import Fraction

from convexplain import exact, style
from convexplain.board import motion, numberline, pieces
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.numberline import NumberLine
from convexplain.board.text import words
from convexplain.check.verify import Landing, landing
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.script import Script

MOST_TICKS = 320
"""How many float32 numbers are drawn one by one."""
DIGITS = 9
"""How many digits tell every float32 number from its neighbours."""


def digits(value: Fraction, count: int = DIGITS) -> str:
    """A number with so many digits, as people write it."""
    if not value:
        return "0"
    places = max(0, count - 1 - style.exponent_of(abs(value)))
    return style.number(value, places) if places < 16 else f"{float(value):.{count - 1}e}".replace("-", style.MINUS)


class Lines:
    """The number lines of one output, from the values of a level on."""

    def __init__(self, script: Script, form: Format, base: int, key: Key) -> None:
        self.script, self.form, self.key = script, form, key
        self.found: Landing = landing(script.source, script.level, script.cell, base)
        self.y = 0.52 * form.height
        self.left, self.right = form.margin + 60, form.width - form.margin - 60

    def _line(self, low: Fraction, high: Fraction) -> NumberLine:
        return NumberLine(low, high, self.left, self.right, self.y)

    @property
    def whole(self) -> NumberLine:
        """From zero to a round number beyond the output."""
        values = [Fraction(0), self.found.exact, self.script.total(self.script.cell).value]
        reach = max(map(abs, values)) or Fraction(1)
        step = Fraction(10) ** style.exponent_of(reach)
        step = next(part for part in (step / 5, step / 2, step, 2 * step) if reach / part <= 6)
        low = step * (min(values) // step)
        high = step * -(-max(values) // step)
        return self._line(low, high if high > low else low + step)

    @property
    def near(self) -> NumberLine:
        """A little more than what is proven."""
        reach = self.found.bound * Fraction(6, 5)
        return self._line(self.found.exact - reach, self.found.exact + reach)

    @property
    def nearest(self) -> NumberLine | None:
        """Where single float32 numbers can be told apart; None where they can be told already."""
        found = self.found
        center = exact.round_to_float32(found.exact)
        ulp = Fraction(float(abs(_next(center) - center)))
        apart = abs(found.answer - found.exact) if found.answer is not None else Fraction(0)
        reach = max(3 * ulp, apart * Fraction(5, 4))
        return self._line(found.exact - reach, found.exact + reach) if 2 * reach < found.bound else None

    # boards

    def full(self) -> Board:
        """The output on the number line, with all digits of the numbers it is made of."""
        rounded = self.script.shown.is_rounded
        said = "The same sum with all digits: the exact output." if rounded else "The output on the number line."
        draft, on = Draft(self.form), self.whole
        pieces.caption(draft, said)
        numberline.axis(draft, on)
        step = (on.high - on.low) / 5
        step = next(s for s in _round_steps(on.high - on.low) if (on.high - on.low) / s <= 7)
        count = int((on.high - on.low) / step)
        for place in range(count + 1):
            value = on.low + place * step
            numberline.tick(draft, on, ("whole", place), value, style.number(value, style.decimal_places(value)))
        about = ("cell", self.script.level, *self.script.cell)
        numberline.lying(draft, on, (*self.key, "bar"), self.found.exact, "output", 96.0, about=about)
        shown = self.script.total(self.script.cell)
        x = on.x(self.found.exact)
        text = words(digits(self.found.exact), 0, self.y - 200, PARTIAL, "ink")
        draft.put("number line", ("exact", "digits"), text.at(x=_within(x, text.width, self.left, self.right)))
        if rounded:
            at = on.x(shown.value)
            draft.put("number line", ("rounded",), _stroke(on, shown.value))
            note = f"with rounded numbers: {shown.text}"
            mark = words(note, 0, self.y + 120, SMALL, "quiet")
            draft.put("number line", ("rounded", "name"), mark.at(x=_within(at, mark.width, self.left, self.right)))
        return draft.board("full", said, 3)

    def bound(self) -> Board:
        """What is proven: where float32 may land."""
        said = "float32 rounds at every step; in any order it must end in here."
        draft, on = Draft(self.form), self.near
        pieces.caption(draft, said)
        self._ticks(draft, on)
        found = self.found
        low, high = found.exact - found.bound, found.exact + found.bound
        numberline.bracket(draft, on, ("proven",), low, high, "kernel", 120.0)
        said_bound = f"proven: ± {style.everyday(found.bound)}"
        draft.put("number line", ("proven", "name"), words(said_bound, on.x(found.exact), self.y + 190, TEXT, "ink"))
        self._exact(draft, on, digits(found.exact, 7))
        return draft.board("bound", said, 4)

    def landed(self) -> list[Board]:
        """Where Keras's number is."""
        found = self.found
        if found.answer is None:
            return []
        on = self.nearest or self.near
        who = self.script.check.library.partition(" ")[0]
        apart = abs(found.answer - found.exact)
        said = f"{who} lands {style.everyday(apart)} from the exact sum." if apart else f"{who} lands on the exact sum."
        draft = Draft(self.form)
        pieces.caption(draft, said)
        self._ticks(draft, on, True)
        self._exact(draft, on, "exact sum")
        dot = numberline.landed(draft, on, ("keras",), found.answer, "output")
        draft.put("number line", ("keras", "name"), words(who, dot.x, self.y - 70 if apart else self.y + 130, TEXT))
        return [draft.board("keras", said, 4)]

    def check(self, draft_name: str = "check") -> Board:
        """What was compared, and how well."""
        raise NotImplementedError

    def _exact(self, draft: Draft, on: NumberLine, text: str) -> None:
        numberline.pointer(draft, on, ("exact",), self.found.exact, "kernel", 150.0)
        draft.put("number line", ("exact", "digits"), words(text, on.x(self.found.exact), self.y - 200, TEXT))

    def _ticks(self, draft: Draft, on: NumberLine, named: bool = False) -> None:
        """The float32 numbers of a stretch as ticks."""
        numberline.axis(draft, on)
        values = exact.floats_between(on.low, on.high, MOST_TICKS)
        for value in values:
            text = ""
            if named and len(values) < 12:
                text = digits(value)
            numberline.tick(draft, on, ("float32", value), value, "", 34.0 if named else 24.0)
        if values:
            note = "each tick is a float32 number"
            draft.put("number line", ("ticks", "name"), words(note, self.right, self.y + 60, SMALL, "quiet", align=1))


def _next(value):
    import numpy as np

    return np.nextafter(np.abs(value), np.float32(np.inf))


def _round_steps(reach: Fraction):
    unit = Fraction(10) ** (style.exponent_of(reach) - 1)
    for factor in (1, 2, 5, 10, 20, 50):
        yield unit * factor


def _stroke(on, value):
    from convexplain.board.marks import line

    x = on.x(value)
    return line("quiet", x, on.y - 30, x, on.y + 90, size=3, dash=6)


def _within(x: float, width: float, left: float, right: float) -> float:
    return max(left + width / 2, min(right - width / 2, x))
