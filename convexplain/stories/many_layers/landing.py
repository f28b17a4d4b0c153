"""Where float32 may land for one output, and where Keras did: number lines, one a closer look at the other.

This module knows a script's landing and the pieces of a number line; which of its boards are told a story says.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from convexplain import style
from convexplain.board import numberline, pieces, staging
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.numberline import NumberLine
from convexplain.board.text import words
from convexplain.check.verify import Landing, landing
from convexplain.numbers import exact
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.views import wide
from convexplain.stories.script import Script

MOST_TICKS, FEW_TICKS = 320, 9
"""How many float32 numbers are drawn one by one, and with how many there are numbers below them."""
TELLING = 9
"""How many digits tell every float32 number from its neighbours."""


def digits(value: Fraction, count: int = TELLING, most: int = 16) -> str:
    """A number with so many digits, as people write it with less than ``most`` decimals; whole numbers as they are."""
    if value.denominator == 1 and abs(value) < style.LONGEST:
        return style.number(value, 0)
    exponent = style.exponent_of(abs(value))
    if 0 <= count - 1 - exponent < most:
        return style.number(value, count - 1 - exponent)
    return f"{style.number(value / Fraction(10) ** exponent, count - 1)}e{exponent}".replace("-", style.MINUS)


def printed(value: Fraction, count: int) -> Fraction:
    """The number that so many digits write."""
    return Fraction(digits(value, count).replace(style.MINUS, "-"))


def in_full(value: Fraction, most: int = 16) -> str:
    """A decimal with all its digits; a zero is nothing."""
    return digits(value, 1 + style.exponent_of(abs(value)) + style.decimal_places(value), most) if value else ""


class Lines:
    """The number lines of one output, from the values of level ``base`` on. ``key`` is that of the output's bar."""

    def __init__(self, script: Script, form: Format, base: int, key: Key) -> None:
        self.script, self.form, self.key = script, form, key
        self.found: Landing = landing(script.source, script.level, script.cell, base)
        found, self.who = self.found, script.check.library.partition(" ")[0]
        other, self.count = found.exact if found.answer is None else found.answer, TELLING
        while other != found.exact and printed(other, self.count) == printed(found.exact, self.count):
            self.count += 1
        """With how many digits the exact sum and Keras's number are told apart."""
        self.answer = "" if found.answer is None else digits(found.answer, self.count)
        """Keras's number."""
        self.apart = in_full(abs(printed(other, self.count) - printed(found.exact, self.count)))
        """How far apart the two are, as they are printed."""
        self.is_same = found.answer in (None, found.exact) and not script.shown.is_rounded and not found.bound
        """Whether nothing is rounded, and Keras's number the one that was told."""

    def boards(self) -> Iterator[Board]:
        """The number lines; where nothing is rounded, that Keras gives the same."""
        found, answer, who = self.found, self.found.answer, self.who
        if self.script.shown.is_rounded:
            said = "The numbers of this network were rounded so far. With all digits they give this sum."
            cues = [Cue((("x",), ("joined",), ("baseline",)), staging.MOVE, 0.8)]
            cues += [Cue((self.key,), staging.MOVE, 1.2), Cue((("axis",),), staging.MOVE, 0.6, after=0.5)]
            cues.append(Cue((("tick",),), staging.MOVE, 0.3, after=0.6))  # when the number has passed
            yield self._draft(said, None, "rounded").board("full", said, 3, cues)
        if not found.bound:
            said = "float32 holds all these numbers exactly, so nothing is rounded."
            said += f" {who} gets the same." * (answer is not None)
            yield self._draft(said, None, "landed", "last").board("keras" if answer is not None else "exact", said, 4)
            return
        # So close that single float32 numbers, and Keras's, are told apart.
        apart = Fraction(0) if answer is None else abs(answer - found.exact)
        close = max(Fraction(13, 5) * exact.spacing(found.exact), apart * Fraction(5, 4))
        exist = "can store only the ticks (float32)." if self._ticks(close) else "rounds: float32 numbers have gaps."
        said = f"{who} {exist}"
        if answer is not None:
            said += f" It got {f'the dot, {self.apart} from the exact sum' if apart else 'exactly the sum'}."
        keys = ("ray",), ("axis", "near"), ("tick", "near"), ("exact",), ("keras",)
        cues = [Cue((key,), staging.ENTER + place) for place, key in enumerate(keys)]
        yield self._draft(said, close, "landed").board("ticks" if answer is None else "keras", said, 4, cues)
        said = f"In whatever order {who} adds and rounds, it ends between the limits: that is proven."
        reach = max(close, found.bound * Fraction(6, 5))
        yield self._draft(said, reach, "landed", "last").board("bound", said, 4)

    def _draft(self, said: str, reach: Fraction | None, *shown: str) -> Draft:
        """The output on its line, a closer look that reaches so far to both sides, and what else is ``shown``."""
        draft, exactly, is_proven = Draft(self.form), self.found.exact, "last" in shown and reach is not None
        pieces.caption(draft, said)
        if "last" in shown:
            pieces.remark(draft, ("check",), phrases.sentence(f"{self.script.check_words()}."))
        on, size = self._whole(draft, 0.5 if reach is None else 0.24), SMALL if self.form.is_narrow else TEXT
        if reach is not None:
            start = on.x(exactly), on.y + 12
            on = self._line("near", exactly - reach, exactly + reach, 0.72)
            numberline.lay(draft, on)
            numberline.rays(draft, on, start)
            few = len(ticks := self._ticks(reach)) <= FEW_TICKS
            for place, value in enumerate(ticks):
                text = digits(value) if few and place % (1 + self.form.is_narrow) == 0 and not is_proven else ""
                numberline.tick(draft, on, value, 40.0 if few else 24.0, text)
            numberline.stroke(draft, on, ("exact",), exactly, "output", 56, 24)
            _name(draft, on, ("exact", "name"), "exact sum", exactly, -92)
        if "rounded" in shown:
            total = self.script.output(*self.script.cell)
            numberline.stroke(draft, on, ("rounded",), total.value, "quiet", -4, 64)
            has_unit = total.value != Fraction(total.text.replace(style.MINUS, "-"))
            text = in_full(total.value, TELLING) if has_unit else total.text
            _name(draft, on, ("rounded", "name"), f"so far: {text}", total.value, 108, size, "quiet")
        if is_proven:
            bound = self.found.bound
            numberline.bracket(draft, on, ("proven",), exactly - bound, exactly + bound, "ink", 34.0)
            for sign, value in ((style.MINUS, exactly - bound), ("+", exactly + bound)):
                _name(draft, on, ("proven", sign, "name"), "proven limit", value, 66, size)
                _name(draft, on, ("proven", sign, "digits"), sign + style.everyday(bound), value, 72 + size, size)
        if "landed" in shown and self.found.answer is not None:
            numberline.landed(draft, on, ("keras",), self.found.answer, "ink")
            _name(draft, on, ("keras", "name"), f"{self.who}: {self.answer}", self.found.answer, 112, TEXT, "ink")
        return draft

    def _line(self, name: str, low: Fraction, high: Fraction, share: float) -> NumberLine:
        form, left = self.form, self.form.margin + 60
        return NumberLine(name, low, high, left, form.width - left, 100.0 + share * (form.height - 256.0))

    def _ticks(self, reach: Fraction) -> list[Fraction]:
        """The float32 numbers of a stretch; none where they are too many to be told apart."""
        return exact.floats_between(self.found.exact - reach, self.found.exact + reach, MOST_TICKS)

    def _whole(self, draft: Draft, share: float) -> NumberLine:
        """The output as a bar from zero to the middle, where the closer look begins, or, without one, to the end."""
        exactly, total = self.found.exact, self.script.output(*self.script.cell).value
        half = max(abs(exactly), 2 * abs(total - exactly)) or Fraction(1)
        low, high = exactly - half, exactly + half
        if not self.found.bound and exactly:
            low, high = sorted((Fraction(0), exactly * Fraction(6, 5)))
        on = self._line("whole", low, high, share)
        numberline.lay(draft, on)
        unit = Fraction(10) ** style.exponent_of(high - low)
        step = next(s for s in (unit / 10, unit / 5, unit / 2, unit, 2 * unit) if (high - low) / s <= 7)
        middle, texts = on.x(exactly), dict[Fraction, str]()
        for value in (step * place for place in range(-(-low // step), high // step + 1)):
            is_plain = not value or Fraction(1, 10**5) <= abs(value) < 10**6
            texts[value] = style.number(value, style.decimal_places(value)) if is_plain else digits(value, 2, TELLING)
        # Of long numbers only every second, third ... has room, zero first.
        each = 1 + int((28 + max(map(wide, texts.values()))) // (on.x(step) - on.x(Fraction(0))))
        for value, text in texts.items():
            near = abs(on.x(value) - middle) < (110 if share < 0.5 else 50) + 0.25 * SMALL * len(text)
            numberline.tick(draft, on, value, 20.0, text if not near and (value / step) % each == 0 else "")
        about = ("cell", self.script.level, *self.script.cell)
        size, height = (PARTIAL, 64.0) if self.form.is_narrow else (HERO, 96.0)
        mark = numberline.lying(draft, on, (*self.key, "bar"), exactly, "output", height, about=about)
        y, text, room = mark.top - 20 - 0.34 * size, digits(exactly, self.count), self.form.width - 2 * self.form.margin
        number = words(text, middle, y, bench.fitting(room, [text], (size, PARTIAL, TEXT, SMALL)))
        reach = (room - number.width) / 2
        x = self.form.width / 2 + max(-reach, min(middle - self.form.width / 2, reach))
        draft.put("number line", (*self.key, "digits"), number.at(x=x))
        return on


def _name(
    draft: Draft, on: NumberLine, key: Key, said: str, at: Fraction, below: float, size: float = TEXT, role: str = "ink"
) -> None:
    """Words at a number of a line, as far as it has room for them."""
    mark = words(said, on.x(at), on.y + below, size, role)
    x = max(on.left - 40 + mark.width / 2, min(mark.x, on.right + 40 - mark.width / 2))
    draft.put("number line", key, mark.at(x=x))
