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
        self.script, self.form, self.key = script, form, key
        self.found: Landing = landing(script.source, script.level, script.cell, base)
        self.who = script.check.library.partition(" ")[0]

    def boards(self) -> Iterator[Board]:
        """The output with all its digits, the float32 numbers around it, where Keras landed, and what is proven; only
        that Keras gives the same where nothing is rounded.
        """
        found, is_asked = self.found, self.found.answer is not None
        if self.script.shown.is_rounded:
            said = "Now with all digits, and nothing rounded: this is the exact sum."
            yield self._whole(said, False).board("full", said, 3)
        if not found.bound:
            said = f"float32 holds these numbers exactly: {self.who} must give {digits(found.exact)}, and does."
            said = said if is_asked else "float32 holds all these numbers exactly: nothing is rounded."
            draft = self._whole(said, is_asked)
            self._checked(draft)
            yield draft.board("keras" if is_asked else "exact", said, 4)
            return
        said = f"{self.who} computes with float32: only the numbers at the ticks exist, and every step is rounded."
        if not self._ticks(self._close):
            said = f"{self.who} computes with float32: its numbers have gaps, and every step is rounded to one of them."
        rays, near = Cue((("ray",),), motion.ENTER), ("axis", "near")
        cues = [rays, Cue((near,), motion.ENTER + 1), Cue((("tick", "near"),), motion.ENTER + 2)]
        yield self._zoomed(said, self._close).board("ticks", said, 4, [*cues, Cue((("exact",),), motion.ENTER + 3)])
        if found.answer is not None:
            apart = style.everyday(abs(found.answer - found.exact))
            ran = f"{self.who}, which runs such networks, got this:" if self.who == "Keras" else f"{self.who} got this:"
            said = f"{ran} {apart} from the exact sum." if apart != "0" else f"{ran} exactly the sum."
            yield self._zoomed(said, self._close, True).board("keras", said, 4)
        said = "However float32 rounds, and in any order, the result stays between the proven limits."
        draft = self._zoomed(said, self._wide, is_asked, True)
        self._checked(draft)
        yield draft.board("bound", said, 4)

    def _checked(self, draft: Draft) -> None:
        pieces.remark(draft, ("check",), f"{self.script.check_words()}.")

    # the lines

    def _line(self, name: str, low: Fraction, high: Fraction, share: float) -> NumberLine:
        left, right = self.form.margin + 60, self.form.width - self.form.margin - 60
        return NumberLine(name, low, high, left, right, 100.0 + share * (self.form.height - 256.0))

    def _top(self, share: float) -> NumberLine:
        """From zero to the output and as far again: it ends in the middle, where the closer look begins."""
        value, total = self.found.exact, self.script.output(*self.script.cell).value
        half = max(abs(value), 2 * abs(total - value)) or Fraction(1)
        if not self.found.bound and value:  # nothing to look at closer
            ends = sorted((Fraction(0), value * Fraction(6, 5)))
            return self._line("whole", ends[0], ends[1], share)
        return self._line("whole", value - half, value + half, share)

    @property
    def _close(self) -> Fraction:
        """How far the closest look reaches to both sides: single float32 numbers, and Keras's, are told apart."""
        found = self.found
        apart = abs(found.answer - found.exact) if found.answer is not None else Fraction(0)
        return max(Fraction(13, 5) * exact.spacing(found.exact), apart * Fraction(5, 4))

    @property
    def _wide(self) -> Fraction:
        """How far the look reaches that holds what is proven."""
        return max(self._close, self.found.bound * Fraction(6, 5))

    def _ticks(self, reach: Fraction) -> list[Fraction]:
        """The float32 numbers of a stretch; none where they are too many to be told apart."""
        return exact.floats_between(self.found.exact - reach, self.found.exact + reach, MOST_TICKS)

    def _whole(self, said: str, is_landed: bool) -> Draft:
        """The output alone, large; with Keras's number at its end."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        on = self._top(0.5)
        self._lay_output(draft, on)
        if is_landed:
            self._lay_landed(draft, on)
        elif self.script.shown.is_rounded:
            total = self.script.output(*self.script.cell)
            numberline.stroke(draft, on, ("rounded",), total.value, "quiet", -4, 64)
            note = words(f"rounded: {total.text}", on.x(total.value), on.y + 100, SMALL, "quiet")
            at = max(on.left + note.width / 2, min(note.x, on.right - note.width / 2))
            draft.put("number line", ("rounded", "name"), note.at(x=at))
        return draft

    def _lay_output(self, draft: Draft, on: NumberLine, is_cut: bool = False) -> None:
        """The output as a bar from zero to the middle, its number over its end; ``is_cut`` where a closer look begins
        there.
        """
        numberline.lay(draft, on)
        unit = Fraction(10) ** style.exponent_of(on.high - on.low)
        step = next(s for s in (unit / 10, unit / 5, unit / 2, unit, 2 * unit) if (on.high - on.low) / s <= 7)
        value, middle = step * -(-on.low // step), on.x(self.found.exact)
        while value <= on.high:
            text = _round_text(value)
            near = abs(on.x(value) - middle) < (110 if is_cut else 50) + 0.25 * SMALL * len(text)
            numberline.tick(draft, on, value, 20.0, "" if near else text)
            value += step
        about = ("cell", self.script.level, *self.script.cell)
        size, height = (PARTIAL, 64.0) if self.form.is_narrow else (HERO, 96.0)
        mark = numberline.lying(draft, on, (*self.key, "bar"), self.found.exact, "output", height, about=about)
        number = words(digits(self.found.exact), middle, mark.top - 20 - 0.34 * size, size)
        draft.put("number line", (*self.key, "digits"), number)

    def _zoomed(self, said: str, reach: Fraction, is_landed: bool = False, is_proven: bool = False) -> Draft:
        """The output, and a closer look at its end."""
        draft, found = Draft(self.form), self.found
        pieces.caption(draft, said)
        top = self._top(0.24)
        self._lay_output(draft, top, True)
        on = self._line("near", found.exact - reach, found.exact + reach, 0.72)
        numberline.lay(draft, on)
        numberline.rays(draft, on, (top.x(found.exact), top.y + 12))
        ticks = self._ticks(reach)
        for place, value in enumerate(ticks):
            is_named = len(ticks) <= FEW_TICKS and place % (2 if self.form.is_narrow else 1) == 0 and not is_proven
            numberline.tick(
                draft, on, value, 40.0 if len(ticks) <= FEW_TICKS else 24.0, digits(value) if is_named else ""
            )
        numberline.stroke(draft, on, ("exact",), found.exact, "output", 56, 24)
        draft.put("number line", ("exact", "name"), words("exact sum", on.x(found.exact), on.y - 92, TEXT))
        if is_proven:
            low, high = found.exact - found.bound, found.exact + found.bound
            numberline.bracket(draft, on, ("proven",), low, high, "ink", 34.0)
            size = TEXT if not self.form.is_narrow else SMALL
            for side, value, sign in (("low", low, style.MINUS), ("high", high, "+")):
                lines = ("name", "proven limit"), ("digits", sign + style.everyday(found.bound))
                for place, (name, said) in enumerate(lines):
                    text = words(said, on.x(value), on.y + 66 + (size + 6) * place, size)
                    x = max(on.left - 40 + text.width / 2, min(text.x, on.right + 40 - text.width / 2))
                    draft.put("number line", ("proven", side, name), text.at(x=x))
        if is_landed:
            self._lay_landed(draft, on)
        return draft

    def _lay_landed(self, draft: Draft, on: NumberLine) -> None:
        """Keras's number as a dot on the line, and written below it."""
        answer = self.found.answer
        assert answer is not None
        dot = numberline.landed(draft, on, ("keras",), answer, "kernel")
        text = words(f"{self.who}: {digits(answer)}", dot.x, on.y + 112, TEXT, "kernel")
        x = max(self.form.margin + text.width / 2, min(text.x, self.form.width - self.form.margin - text.width / 2))
        draft.put("number line", ("keras", "name"), text.at(x=x))
