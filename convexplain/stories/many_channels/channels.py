"""The channels that one output is made of, their numbers, keys, axes and formula: what all boards of channel_summation
have in common.

It knows a script's cell and, of any network, what a picture has room for; the rest is elided or counted. Where things
stand the room and the wall say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from convexplain.board import pieces
from convexplain.board.marks import DIGIT, SMALL, TEXT, Draft, Format, Key, Role
from convexplain.board.pieces import ABOVE, Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.script import Correlation, Script, Tap

MOST_CHANNELS, MOST_TAPS, MOST_STEPS = 4, 6, 24
"""What a picture has room for; the rest is counted and summed."""
ALIKE = 10
"""A signal of so many steps is seen whole from the first board on; of a longer one first the window alone."""
Parts: TypeAlias = "Sequence[str] | None"
"""Parts of the formula, or all."""
Term: TypeAlias = "tuple[str, Role]"
"""What is added in a line, in its role."""
TOP, GAP, LINE = 84.0, 7.0, 1.2
"""Where the picture begins, below the ruler; between a frame and what stands in it; from line to line, in em."""


def hue(part: Correlation) -> Role:
    """The role of a channel."""
    return f"channel {part.source}"


def width(text: str, size: float = SMALL) -> float:
    """How wide a text is."""
    return advance(runs_of(text)) * size


def above(size: float) -> float:
    """The room of a number over its bar."""
    return ABOVE + DIGIT * size + GAP


def inked(draft: Draft, role: Role) -> Role:
    """The role of words: on white paper the hues of channels are too pale for them."""
    is_pale = draft.format.points and str(role).startswith(("channel", "bias"))
    return (str(role), "ink", 0.45) if is_pale else role


def signs(draft: Draft, key: Key) -> None:
    """Bricks below zero, and any addend, are hollow; the level that an addend leaves is a line to be seen."""
    mark = draft.marks[*key, "bar"]
    draft.change({(*key, "link")} & draft.marks.keys(), size=4.0)
    is_meant = mark.unit or key[0] in ("product", "partial", "bias")
    if is_meant and mark.kind == "bar" and mark.base < 0 and mark.height > 12:
        draft.change([(*key, "bar")], hollow=True, size=4.0, unit=mark.unit * (mark.unit > 14))


def fitted(room: Callable[[float], float], most: float) -> float:
    """The largest unit, at most ``most``, at which ``room(unit)``, what is left of the height, is not negative."""
    if room(most) >= 0:
        return most
    low, high = 1e-40, most
    for _ in range(100):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if room(middle) >= 0 else (low, middle)
    return low


class Channels:
    """The channels of a script's cell, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.cell = script, form, script.cell
        self.at, self.f = script.cell
        self.steps, self.filters = script.shape
        self.read = script.read_shape[0]
        self.is_film = not form.is_narrow
        self.left = form.names + (60.0 if self.is_film else -12.0)
        """Where the steps begin, right of the names of the rows."""
        self.size = TEXT if self.is_film else SMALL
        self.array = phrases.array(script.level - 1)
        self.output = phrases.array(script.level, script.source.stack.depth)
        """The names of what is read and of what is told."""
        self.bottom = form.height - (128.0 if self.is_film else 142.0)
        """Where a picture ends."""
        every = script.correlations(script.cell)
        kept = {part.channel for part in every}
        if len(every) > MOST_CHANNELS:
            ranked = sorted(every, key=lambda part: -abs(part.partial.value))
            kept = {part.channel for part in ranked[: MOST_CHANNELS - 1]}
        self.kept, self.rest = sorted(kept), len(every) - len(kept)
        self.parts = self.correlations(self.at)
        self.taps = self.parts[0].taps
        self.bias, self.total = script.bias(script.cell), script.total(script.cell)
        self.signals = {part.channel: script.signal(part.source) for part in self.parts}
        shown = [number for part in self.parts for tap in part.taps for number in (tap.product, tap.weight)]
        shown += [number for signal in self.signals.values() for number in signal.values()]
        self.whole = all(number.value.denominator == 1 for number in shown)

    @cached_property
    def told(self) -> list[int]:
        """The filters that are told on the stage: of a layer of few short numbers a second one too."""
        layer, (_, count) = self.script.layer, self.script.shape
        plain = layer.activation == "linear" and layer.groups == 1 and self.whole and not self.rest
        few = self.close is self.wide and len(self.parts) <= 2 and not any(tap.more for tap in self.taps)
        others = sorted({*range(count)} - {self.f}, key=lambda f: (f < self.f, f))
        return [self.f, *others[: plain and few]]

    # numbers

    def correlations(self, step: int, f: int | None = None) -> tuple[Correlation, ...]:
        """What each shown channel gives to an output."""
        parts = self.script.correlations(Cell(step, self.f if f is None else f), self.kept)
        return tuple(part._replace(taps=self.script.elide(part, MOST_TAPS)) for part in parts)

    def addends(self, step: int, f: int | None = None) -> list[tuple[Key, Number, Role, str]]:
        """What an output is the sum of: key, number, role and name."""
        at = Cell(step, self.f if f is None else f)
        parts, bias = self.correlations(step, f), self.script.bias(at)
        found: list[tuple[Key, Number, Role, str]]
        found = [(("partial", step, p.channel), p.partial, hue(p), f"*c* = {p.source}") for p in parts]
        if self.rest:
            value = self.script.total(at).value - sum((part.partial.value for part in parts), Fraction(0))
            left = self.script.written(value - (bias.value if bias else 0))
            found.append((("partial", step, "rest"), left, "quiet", f"{self.rest} more"))
        return [*found, (("bias", step), bias, "bias", "bias")] if bias else found

    def summed(self, step: int, f: int) -> list[Term]:
        """What an output is the sum of, and the output."""
        every = [(number.text, role) for _, number, role, _ in self.addends(step, f)]
        return [*every, (self.script.output(step, f).text, "ink")]

    def sum(self, step: int, f: int, total: Number) -> str:
        """An output as it is worked out: ``9 − 3 + 2 = 8``."""
        texts = [number.text for _, number, *_ in self.addends(step, f)]
        return phrases.added(texts, total.text) if len(texts) > 1 else total.text

    # keys: the data's own

    def x(self, part: Correlation) -> Key:
        """A channel of the signal that is read."""
        return ("x" if self.script.level == 1 else f"y{self.script.level - 1}", part.source)

    def w(self, part: Correlation, f: int) -> Key:
        """A channel's kernel."""
        return (f"w{self.script.level}", part.channel, f)

    def y(self, step: int, f: int) -> Key:
        """An output."""
        return (f"y{self.script.level}", step, f)

    @staticmethod
    def products(part: Correlation) -> tuple[Key, ...]:
        """The products of a channel."""
        return tuple(("product", part.channel, tap.k, "bar") for tap in part.taps)

    def taps_of(self, step: int, f: int) -> tuple[Key, ...]:
        """What an output is made of: all taps of its filter."""
        return tuple((*self.w(part, f), tap.k, "bar") for part in self.correlations(step, f) for tap in part.taps)

    # names

    def named(self, part: Correlation) -> str:
        """The name of a channel, as long as there is room for."""
        short, room = f"*c* = {part.source}", self.left - self.form.margin - 8
        names = (f"{self.array}, channel {short}", f"{self.array}, {short}")
        return next((said for said in names if width(said) <= room), short)

    def label(
        self, draft: Draft, key: Key, markup: str, foot: float, role: Role, light: float = 1, room: Sequence[float] = ()
    ) -> None:
        """The name of a row on its baseline, as large as its place at the left allows; it does not leave the ``room``
        between two heights.
        """
        size = benches.fitting(self.left - self.form.margin - 8, [markup], (self.form.small, SMALL))
        y = foot - DIGIT * size / 2
        if room:
            least, most = room[0] + 0.5 * size, room[1] - 0.5 * size
            y = min(max(y, least), most) if least <= most else (least + most) / 2
        mark = words(markup, self.form.margin, y, size, inked(draft, role), align=-1)
        mark = mark.at(light=max(light, 0.7) if self.form.points else light)
        draft.put("name", ("name", *key), mark)

    def formula(self, filters: bool = False) -> list[pieces.Part]:
        """The formula of the told layer."""
        return phrases.layer_formula(
            self.script.layer, self.read, filters=filters, output=self.output, array=self.array
        )

    # axes

    @cached_property
    def wide(self) -> Axis:
        """The steps of the signal and its padding, or as many as there is room for."""
        draft, last = Draft(self.form), self.steps - 1
        read = [step for at in {0, last} for step in self.script.reads(at)]
        ends = min(0, *read), max(self.read, *(step + 1 for step in read), self.script.home(last) + 1)
        if ends[1] - ends[0] <= MOST_STEPS:
            return Axis.over(draft, range(*ends), self.read)
        return Axis.near(draft, [tap.step for tap in self.taps if not tap.padded] or [0], self.read, MOST_STEPS)

    @cached_property
    def close(self) -> Axis:
        """The steps that are seen while one output is told: all of a short signal, of another one the window."""
        if len(self.wide.steps) <= ALIKE and not any(tap.more for tap in self.taps):
            return self.wide
        span = max(tap.step for tap in self.taps) - min(tap.step for tap in self.taps) + 1
        return benches.window_axis(Draft(self.form), self.taps, self.read, max(4, min(span, 7)), 0)

    @cached_property
    def shown(self) -> list[int]:
        """The output steps that have a place on the wide axis."""
        return [step for step in range(self.steps) if self.wide.has(self.script.home(step))]

    # boards

    def draft(self, said: str, shown: Parts = (), lit: Sequence[str] = (), filters: bool = False) -> Draft:
        """A board with its caption and its formula, of which ``shown`` parts are there, all when None."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.formula(draft, self.formula(filters), lit, shown, self.formula(filters=True))
        return draft

    def ruler(self, draft: Draft, axis: Axis, at: int | None = None, tap: Tap | None = None) -> None:
        """The steps; over the one where the window of an output starts its t, over a tap's sample its index."""
        said, strides = dict[int, str](), self.script.layer.strides
        if at is not None:
            start = self.script.start(at)
            said[start] = f"{strides if strides > 1 else ''}*t* = {start}" if start == strides * at else str(start)
        if tap is not None:
            names = [part.name for part in self.formula()]
            read = self.formula()[names.index("x") + 1 : names.index("comma c of x")]
            said[tap.step] = f"{''.join(part.markup for part in read)} = {tap.step}"
        pieces.ruler(draft, axis, "step", lit=said)
        for step, text in said.items():
            if ("ruler", step) in draft.marks:
                size = benches.fitting(axis.pitch - 14, [text], (self.form.small, 36.0, SMALL))
                mark = words(text, axis.x(step), pieces.RULER, size, "lit")
                if mark.width <= axis.pitch - 14 and "≈" not in str(mark.text):
                    draft.marks["ruler", step] = mark

    def listed(
        self, draft: Draft, f: int, steps: Sequence[int], done: Collection[int], box: Sequence[float], size: float
    ) -> bool:
        """How outputs of a filter are added, a line for each, those ``done`` written. False, and nothing, where one has
        no room. ``box``: left end, top, right end.
        """
        left, top, right = box
        names = [words(f"*t* = {step}:", left, 0.0, size, "quiet", align=-1) for step in steps]
        begin = max(mark.right for mark in names) + 0.3 * size
        every = [self.summed(step, f) for step in steps]
        if not all(parts and not parts[-1][3] for parts in (laid(one, right - begin, size) for one in every)):
            return False
        for place, (step, name, one) in enumerate(zip(steps, names, every, strict=True)):
            if step in done:
                y = top + LINE * size * (place + 0.5)
                draft.put("count", ("count", "sum", step, f, "t"), name.at(y=y))
                terms(draft, ("sum", step, f), one, (begin, y, right), size)
        return True


def worked_out(part: Correlation) -> list[Term]:
    """The products of a channel and their sum."""
    return [(number.text, hue(part)) for number in (*(tap.product for tap in part.taps), part.partial)]


def laid(every: Sequence[Term], wide: float, size: float) -> list[tuple[str, Role, float, int]]:
    """Some addends and their total as a sum is written, in lines of a width: the text of each, its role, where it
    begins and in which line; nothing where there is but one addend.
    """
    found, x, row = list[tuple[str, Role, float, int]](), 0.0, 0
    for place, (text, role) in enumerate(every if len(every) > 2 else ()):
        said = f" {text[0]} {text[1:]}" if text[:1] in "−+" else f" + {text}"
        said = text if not place else f" = {text}" if place == len(every) - 1 else said
        if place and x + width(said, size) > wide:
            said, x, row = said.lstrip(), 0.0, row + 1
        found.append((said, role, x, row))
        x += width(said, size)
    return found


def terms(draft: Draft, key: Key, every: Sequence[Term], box: Sequence[float], size: float, many: int = 99) -> None:
    """The first ``many`` of some addends and their total, each in its role and where it stays, in as many lines as they
    need. ``box``: left end, middle, right end.
    """
    parts = laid(every, box[2] - box[0], size)
    for place, (said, role, x, row) in enumerate(parts[:many]):
        y = box[1] + LINE * size * (row - parts[-1][3] / 2)
        mark = words(said, box[0] + x, y, size, inked(draft, role), align=-1)
        draft.put("count", ("count", *key, place), mark)
