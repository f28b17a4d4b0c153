"""Where float32 may land for one output, and where Keras did: three number lines, each a closer look at the one above.

This module knows a script's landing and the pieces of a number line; which of its boards are told a story says.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from convexplain import exact, style
from convexplain.board import motion, numberline, pieces
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.numberline import NumberLine
from convexplain.board.text import words
from convexplain.check.verify import Landing, landing
from convexplain.stories.script import Script

MOST_TICKS, FEW_TICKS = 320, 9
"""How many float32 numbers are drawn one by one, and with how many there are numbers below them."""
TELLING = 9
"""How many digits tell every float32 number from its neighbours."""


def digits(value: Fraction, count: int = TELLING) -> str:
    """A number with so many digits, as people write it; whole numbers as they are."""
    if value.denominator == 1 and abs(value) < style.LONGEST:
        return style.number(value, 0)
    places = count - 1 - style.exponent_of(abs(value))
    if 0 <= places < 16:
        return style.number(value, places)
    return f"{float(value):.{count - 1}e}".replace("-", style.MINUS)


def _round_text(value: Fraction) -> str:
    """A round number with the decimals it has."""
    if value and not Fraction(1, 10**5) <= abs(value) < 10**6:
        return digits(value, 2)
    return style.number(value, style.decimal_places(value))


class Lines:
    """The number lines of one output, from the values of level ``base`` on. ``key`` is that of the output's bar."""

    def __init__(self, script: Script, form: Format, base: int, key: Key) -> None:
        self.script, self.form, self.key, self._many = script, form, key, 1
        self.found: Landing = landing(script.source, script.level, script.cell, base)
        self.who = script.check.library.partition(" ")[0]

    def boards(self) -> Iterator[Board]:
        """The output, the float32 numbers around it, what is proven, and where Keras landed."""
        rounded, found = self.script.shown.is_rounded, self.found
        who = "float32" if found.answer is None else self.who
        if rounded:
            said = "With all digits of its numbers, the sum is exact."
            yield self._draft(said, 1).board("full", said, 3)
        rounds = "every step is rounded to one" if found.answer is None else f"{who} rounds to one at every step"
        said = f"Close up, each tick is a float32 number: {rounds}."
        if not self._ticks:
            said = f"{who} rounds at every step, to a float32 number."
        near = ("axis", "near"), ("tick", "near"), ("exact",)
        cues = [Cue((("ray",),), motion.ENTER + 1), *(Cue((key,), motion.ENTER + 2 + n) for n, key in enumerate(near))]
        yield self._draft(said, 2).board("ticks", said, 3, cues)
        said = f"However {who} adds, it ends between the brackets: that is proven."
        yield self._draft(said, 3).board("bound", said, 4)
        if found.answer is not None:
            apart = style.everyday(abs(found.answer - found.exact))
            said = f"{who} ends {apart} beside the exact sum." if apart != "0" else f"{who} ends exactly on the sum."
            draft = self._draft(said, 4)
            pieces.remark(draft, ("check",), f"{self.script.check_words()}.")
            yield draft.board("keras", said, 4)

    # the lines

    def _line(self, place: int, low: Fraction, high: Fraction) -> NumberLine:
        """The line at a place from the top; the fewer there are, the more room they have."""
        count = self._many if self._nearest_reach or self._many < 3 else 2
        share = ((0.5,), (0.3, 0.74), (0.2, 0.54, 0.86))[count - 1][place]
        left, right = self.form.margin + 60, self.form.width - self.form.margin - 60
        y = 100.0 + share * (self.form.height - 256.0)
        return NumberLine(("whole", "near", "nearest")[place], low, high, left, right, y)

    @property
    def _whole(self) -> tuple[NumberLine, Fraction]:
        """From zero to a round number beyond the output, and the distance of its ticks."""
        values = [Fraction(0), self.found.exact, self.script.output(*self.script.cell).value]
        reach = max(max(values) - min(values), Fraction(1, 10**30)) if any(values) else Fraction(1)
        unit = Fraction(10) ** style.exponent_of(reach)
        step = next(step for step in (unit / 5, unit / 2, unit, 2 * unit, 5 * unit) if reach / step <= 6)
        return self._line(0, step * (min(values) // step), step * max(1, -(-max(values) // step))), step

    @property
    def _near(self) -> NumberLine:
        return self._line(1, *self._about)

    @property
    def _about(self) -> tuple[Fraction, Fraction]:
        """A little more than what is proven."""
        reach = self.found.bound * Fraction(6, 5)
        return self.found.exact - reach, self.found.exact + reach

    @property
    def _ticks(self) -> list[Fraction]:
        """The float32 numbers of that stretch; none where they are too many to be told apart."""
        return exact.floats_between(*self._about, MOST_TICKS)

    @property
    def _nearest(self) -> NumberLine | None:
        """Where single float32 numbers can be told apart; None where they can be told already."""
        reach = self._nearest_reach
        return self._line(2, self.found.exact - reach, self.found.exact + reach) if reach else None

    @property
    def _nearest_reach(self) -> Fraction:
        found = self.found
        apart = abs(found.answer - found.exact) if found.answer is not None else Fraction(0)
        reach = max(3 * exact.spacing(found.exact), apart * Fraction(5, 4))
        return reach if 2 * reach < found.bound else Fraction(0)

    def _draft(self, said: str, many: int) -> Draft:
        """The first so many things: the output, the ticks around it, what is proven, Keras's number."""
        draft, self._many = Draft(self.form), min(3, many - (many > 2))
        pieces.caption(draft, said)
        self._lay_whole(draft)
        if many > 1:
            self._lay_near(draft, many > 2)
        if many > 3:
            self._lay_landed(draft)
        return draft

    def _lay_whole(self, draft: Draft) -> None:
        on, step = self._whole
        numberline.lay(draft, on)
        value = on.low
        while value <= on.high:
            numberline.tick(draft, on, value, 20.0, _round_text(value))
            value += step
        big, height = (HERO, PARTIAL, PARTIAL)[self._many - 1], (130.0, 84.0, 60.0)[self._many - 1]
        big, height = (PARTIAL if big == HERO else TEXT, 0.7 * height) if self.form.is_narrow else (big, height)
        about = ("cell", self.script.level, *self.script.cell)
        mark = numberline.lying(draft, on, (*self.key, "bar"), self.found.exact, "output", height, about=about)
        number = words(digits(self.found.exact), 0, mark.top - 20 - 0.34 * big, big)
        inwards = on.x(self.found.exact) - number.width / 2 * (1 if self.found.exact >= 0 else -1)
        x = max(on.left + number.width / 2, min(inwards, on.right - number.width / 2))
        draft.put("number line", ("output", "digits"), number.at(x=x))
        if self.script.shown.is_rounded and self._many == 1:
            total = self.script.output(*self.script.cell)
            role = "quiet"
            numberline.stroke(draft, on, ("rounded",), total.value, role, -4, 64)
            note = words(f"rounded: {total.text}", 0, on.y + 92, SMALL, role)
            at = max(on.left + note.width / 2, min(on.x(total.value), on.right - note.width / 2))
            draft.put("number line", ("rounded", "name"), note.at(x=at))

    def _lay_near(self, draft: Draft, proven: bool) -> None:
        on, found = self._near, self.found
        numberline.lay(draft, on, self._whole[0])
        for value in self._ticks:
            numberline.tick(draft, on, value, 24.0)
        half = (90.0 if self._many < 3 else 66.0) * (0.7 if self.form.is_narrow else 1.0)
        below, center = on.y + half + 30, on.x(found.exact)
        if self._many < 3 and not self._ticks:
            said = "float32 numbers stand too close here to be drawn"
            note = words(said, on.right, below, SMALL, "quiet", align=1)
            draft.put("number line", ("ticks", "name"), note.at(y=below if note.left > center + 100 else below + 36))
        numberline.stroke(draft, on, ("exact",), found.exact, "output", half - 16, half - 16)
        if self._many < 3:
            text = words("exact sum", center, below, TEXT)
            draft.put("number line", ("exact", "name"), text)
        if proven:
            numberline.bracket(
                draft, on, ("proven",), found.exact - found.bound, found.exact + found.bound, "bias", half
            )
            text = words(f"proven: ± {style.everyday(found.bound)}", on.left, below, SMALL, align=-1)
            draft.put("number line", ("proven", "name"), text)

    def _lay_landed(self, draft: Draft) -> None:
        found, on = self.found, self._nearest
        assert found.answer is not None
        near, height = on or self._near, 40.0 if on else 0.0
        if on is not None:
            numberline.lay(draft, on, self._near)
            ticks = exact.floats_between(on.low, on.high, MOST_TICKS)
            for place, value in enumerate(ticks):
                every = 2 if self.form.is_narrow else 1
                is_named = len(ticks) <= FEW_TICKS and place % every == 0
                numberline.tick(draft, on, value, height, digits(value) if is_named else "")
            numberline.stroke(draft, on, ("exact", "close"), found.exact, "output", 70, 24)
        dot = numberline.landed(draft, near, ("keras",), found.answer, "kernel")
        x = near.x(found.exact)
        side = 1 if dot.x >= x else -1
        apart = 34.0 if abs(dot.x - x) < 260 else 0.0
        names = (("keras", self.who, dot.x + side * apart, -side), ("exact", "exact sum", x - side * apart, side))
        for key, said, at, align in names:
            text = words(said, at, near.y - 62, TEXT, align=align if apart else 0)
            draft.put("number line", (key, "name"), text)
