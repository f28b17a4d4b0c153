"""How things are called, written and coloured, in every medium.

One table of roles gives each meaning one colour, for dark films and for white paper; one set of functions gives every
array its label and every number its digits. This module knows no layer, no layout and no drawing library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MINUS = "\N{MINUS SIGN}"

CHANNELS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00")
"""Okabe and Ito's colours; channel c has the c-th, beginning again after the last. Odd channels have round corners
as a second cue.
"""


@dataclass(frozen=True)
class Palette:
    """The colours of a medium: its ground, and one for each role, full; light is a share of it over the ground."""

    ground: str
    roles: Mapping[str, str]
    taps: tuple[str, str, str]
    """Tints of one hue from the first tap to the last."""

    def colour(self, role: Any, light: float = 1.0) -> str:
        """The colour of a role, or of one on its way to another (from, to, share), at a share of light."""
        return mix(self._full(role), self.ground, light)

    def _full(self, role: Any) -> str:
        if isinstance(role, tuple):
            return mix(self._full(role[1]), self._full(role[0]), role[2])
        word, _, number = role.partition(" ")
        if word == "channel":
            return CHANNELS[int(number) % len(CHANNELS)]
        if word == "tap":
            place = 2 * float(number)
            low = min(int(place), 1)
            return mix(self.taps[low + 1], self.taps[low], place - low)
        return self.roles[role]


PALETTES = {
    "dark": Palette(
        ground="#12161D",
        roles={
            "ink": "#EDEFF3",
            "dark": "#12161D",
            "sample": "#7CC3CB",
            "formula": "#B9C3D3",
            "quiet": "#B0B9C8",
            "context": "#465061",
            "line": "#2E3643",
            "bias": "#7C8799",
            "kernel": "#8C7AE6",
            "output": "#EDEFF3",
            "lit": "#F5E14A",
            "differs": "#FF8A5B",
        },
        taps=("#7C68DB", "#A294F0", "#D3C8FF"),
    ),
    "light": Palette(
        ground="#FFFFFF",
        roles={
            "ink": "#14171C",
            "dark": "#12161D",
            "sample": "#3D8C96",
            "formula": "#3A4250",
            "quiet": "#5A6472",
            "context": "#B9C0CB",
            "line": "#D0D5DD",
            "bias": "#8A94A3",
            "kernel": "#4A3AA7",
            "output": "#20242B",
            "lit": "#8A6D00",
            "differs": "#C0390B",
        },
        taps=("#4A3AA7", "#7A6BD0", "#A99DE8"),
    ),
}
"""Dark for films, light for paper: the same roles; ``dark`` is what is written on the hue of a channel. ``channel 2``
and ``tap 0.5`` (a share of the way from the first tap to the last) are roles too.
"""


def feature(level: int) -> str:
    """The array of a level: ``x``, ``y1``, ``y2``."""
    return f"y{level}" if level else "x"


def kernel(layer: int) -> str:
    """The kernel array of a layer."""
    return f"w{layer}"


def bias(layer: int) -> str:
    """The bias array of a layer."""
    return f"b{layer}"


def entry(array: str, *indices: object) -> str:
    """An entry or a row as code writes it: ``w1[2, 0, 3]``, ``x[:, 0]``."""
    return f"{array}[{', '.join(map(str, indices))}]"


def mix(colour: str, ground: str, share: float) -> str:
    """``share`` of ``colour`` on ``ground``, opaque, so that what lies below never shows through a digit."""
    parts = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02X}" for over, under in parts)


def decimals(values: Iterable[Fraction], most: int = 2) -> int:
    """How many decimals a picture gives a set of numbers: none when all are integers, else ``most``."""
    return 0 if all(Fraction(value).denominator == 1 for value in values) else most


def rounded(value: Fraction, digits: int) -> Fraction:
    """The number that is shown with ``digits`` decimals."""
    return Fraction(_last_places(value, digits), 10**digits)


def _last_places(value: Fraction, digits: int) -> int:
    """How many units of the last of ``digits`` decimals a number is; half a unit goes to the even one."""
    units, rest = divmod(value.numerator * 10**digits, value.denominator)
    return units + (2 * rest + units % 2 > value.denominator)


def number(value: Fraction, digits: int, leading_zero: bool = True) -> str:
    """A number with ``digits`` decimals and a proper minus; a zero has no sign."""
    units = _last_places(value, digits)
    text = f"{abs(units):0{digits + 1}d}"
    if digits:
        text = f"{text[:-digits]}.{text[-digits:]}"
        if not leading_zero and text.startswith("0."):
            text = text[1:]
    return (MINUS if units < 0 else "") + text


_WRITTEN = re.compile(rf"(?:× ?)?(?P<bracket>\()?([+{MINUS}]?[0-9.]+(?:e[-{MINUS}]?[0-9]+)?)(?(bracket)\))")
"""A number as pictures write it: with a sign of its own, in brackets, or after a times sign."""

LONGEST = 10000
"""Numbers from here on are written with a power of ten."""


@dataclass(frozen=True)
class Format:
    """How a picture writes the numbers of one kind: ``value / 10**power`` with ``decimals`` decimals.

    A number that would lose all its digits, or take too many places, is written with a power of ten of its own:
    nothing but zero is ever shown as zero. Numbers that are added to each other share one format. A ``plain`` format
    gives every number the same decimals, so that what is too small for them is shown as zero; a picture that uses it
    says that its numbers are rounded.
    """

    decimals: int
    power: int = 0
    plain: bool = False

    def text(self, value: Fraction, leading_zero: bool = True) -> str:
        """The digits of a number, with a proper minus."""
        scaled = self._scaled(value)
        if self._is_plain(scaled):
            return number(scaled, self.decimals, leading_zero)
        mantissa, exponent = _few_digits(scaled)
        digits = number(mantissa, 0 if mantissa.denominator == 1 else 1)
        return f"{digits}e{number(Fraction(exponent), 0)}"

    def shown(self, value: Fraction) -> Fraction:
        """The number that is read from the picture, over ``10**power``."""
        scaled = self._scaled(value)
        if self._is_plain(scaled):
            return rounded(scaled, self.decimals)
        mantissa, exponent = _few_digits(scaled)
        return mantissa * Fraction(10) ** exponent

    def relation(self, addends: Iterable[Fraction], total: Fraction) -> str:
        """``=`` when the addends as shown add up to the total as shown, else ``≈``."""
        return "=" if sum(map(self.shown, addends), Fraction(0)) == self.shown(total) else "≈"

    def _scaled(self, value: Fraction) -> Fraction:
        return Fraction(value) / Fraction(10) ** self.power if self.power else Fraction(value)

    def _is_plain(self, scaled: Fraction) -> bool:
        shown = rounded(scaled, self.decimals)
        return self.plain or not scaled or (bool(shown) and abs(shown) < LONGEST)


@dataclass(frozen=True)
class Scientific:
    """How a table writes numbers of any size: ``digits`` digits and a power of ten; zero as 0."""

    digits: int

    def text(self, value: Fraction) -> str:
        """The digits of a number, with a proper minus."""
        return f"{float(value):.{self.digits - 1}e}".replace("-", MINUS, 1) if value < 0 else self._positive(value)

    def shown(self, value: Fraction) -> Fraction:
        """The number that is read from the table."""
        return Fraction(f"{float(value):.{self.digits - 1}e}")

    def relation(self, addends: Iterable[Fraction], total: Fraction) -> str:
        """``=`` when the addends as shown add up to the total as shown, else ``≈``."""
        return "=" if sum(map(self.shown, addends), Fraction(0)) == self.shown(total) else "≈"

    def _positive(self, value: Fraction) -> str:
        return f"{float(value):.{self.digits - 1}e}" if value else "0"


@dataclass(frozen=True)
class Exact:
    """How a picture writes decimals that are true to a calculator: ``value / 10**power`` with all the decimals it has,
    and no more. Products and sums of what is written so are exact as written.
    """

    decimals: int
    """The most decimals that the numbers of this kind have."""
    power: int = 0

    def text(self, value: Fraction) -> str:
        """The digits of a number, with a proper minus. ``ValueError`` for a number that no decimal is equal to."""
        shown = self.shown(value)
        return number(shown, decimal_places(shown))

    def shown(self, value: Fraction) -> Fraction:
        """The number that is read from the picture, over ``10**power``."""
        return Fraction(value) / Fraction(10) ** self.power if self.power else Fraction(value)

    def relation(self, addends: Iterable[Fraction], total: Fraction) -> str:
        """``=``, for a sum that is written out adds up; ``≈`` for one that is none."""
        return "=" if sum(map(self.shown, addends), Fraction(0)) == self.shown(total) else "≈"


def number_format(values: Iterable[Fraction], plain: bool = False) -> Format:
    """The format of numbers that are shown together: integers as they are, real numbers with two or three digits.

    When all of them are small, or most of them large, they share a power of ten. With ``plain`` no number has a power
    of ten of its own: they share one as soon as any of them is too long.
    """
    sizes = sorted(abs(Fraction(value)) for value in values if value)
    if not sizes or (sizes[-1] < LONGEST and all(size.denominator == 1 for size in sizes)):
        return Format(0, plain=plain)
    largest, middle = sizes[-1], sizes[len(sizes) // 2]
    if largest < Fraction(1, 10) or middle >= 1000 or (plain and largest >= LONGEST):
        return Format(2, exponent_of(largest), plain)
    decimals = 2 if largest < 10 else 1
    # One decimal more, where more than one number in twenty would have no digit left.
    if 20 * sum(not rounded(size, decimals) for size in sizes) > len(sizes):
        decimals += 1
    return Format(decimals, plain=plain)


def read(text: str) -> Fraction:
    """The number that a text says, as a calculator takes it: ``−0.25``, ``+2``, ``× 3``, ``× (−1)``, ``3e−5``.

    ``ValueError`` for a text that is no number.
    """
    found = _WRITTEN.fullmatch(text)
    if not found or found[2].count(".") > 1:
        raise ValueError(f"a written number must be a decimal, such as {MINUS}0.25. Received: {text!r}")
    return Fraction(found[2].replace(MINUS, "-"))


def is_sum(addends: Iterable[str], result: str) -> bool:
    """Whether the result, as it is written, is the sum of the addends as they are written: decided in decimals.

    >>> is_sum(["0.25", "−0.5"], "−0.25"), is_sum(["0.33", "0.33"], "0.67")
    (True, False)
    """
    return sum(map(read, addends), Fraction(0)) == read(result)


def decimal_places(value: Fraction) -> int:
    """How many decimals it takes to write a number in full. ``ValueError`` when no number of them does."""
    rest, twos, fives = Fraction(value).denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        raise ValueError(f"a number that is written in full must be a decimal. Received: {value}")
    return max(twos, fives)


def exponent_of(size: Fraction) -> int:
    """The power of ten of the first digit of a positive number."""
    exponent = len(str(size.numerator)) - len(str(size.denominator))
    return exponent if Fraction(10) ** exponent <= size else exponent - 1


def _few_digits(value: Fraction) -> tuple[Fraction, int]:
    """A number that is not zero as a mantissa and a power of ten: one digit of a small number, two of a large one."""
    exponent = exponent_of(abs(value))
    mantissa = rounded(value / Fraction(10) ** exponent, int(exponent > 0))
    return (mantissa / 10, exponent + 1) if abs(mantissa) == 10 else (mantissa, exponent)


def magnitude(value: Fraction | None) -> str:
    """A size with two digits, never rounded down: an error or a bound."""
    if value is None:
        return "unknown"
    if not value:
        return "0"
    value = abs(Fraction(value))
    exponent = math.floor(math.log10(float(value))) if float(value) else -330
    while Fraction(10) ** exponent > value:
        exponent -= 1
    digits = math.ceil(value / Fraction(10) ** (exponent - 1))
    if digits >= 100:
        digits, exponent = 10, exponent + 1
    if 0 <= exponent <= 5 and digits * Fraction(10) ** (exponent - 1) == int(digits * Fraction(10) ** (exponent - 1)):
        return str(int(digits * Fraction(10) ** (exponent - 1)))
    mantissa = f"{digits // 10}" if digits % 10 == 0 else f"{digits / 10:.1f}"
    return f"{mantissa}e{exponent}" if exponent else mantissa


def everyday(value: Fraction) -> str:
    """A size as people write it, with two digits, never rounded down: ``0.00000006`` for an error of 6e-8.

    What would take more than twelve zeros is written with a power of ten.
    """
    size = magnitude(value)
    mantissa, _, exponent = size.partition("e")
    if not exponent or abs(int(exponent)) > 12:
        return size.replace("-", MINUS)
    whole = Fraction(mantissa) * Fraction(10) ** int(exponent)
    return number(whole, decimal_places(whole))
