"""The channels that one output is made of, their numbers, keys, axes and formula: what all boards of channel_summation
have in common.

It knows a script's cell and, of any network, what a picture has room for; the rest is elided or counted. Where things
stand the room and the wall say.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from convexplain.board import pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, FULL, SMALL, TEXT, Draft, Format, Key, Role, line
from convexplain.board.pieces import Axis, Number, signed
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_channels.shares import At, width
from convexplain.stories.script import Correlation, Script, Tap
from convexplain.style import CHANNELS

MOST_CHANNELS, ENDS, MOST_STEPS = 4, (2, 2), 24
"""What a picture has room for; the rest is counted and summed."""
MOST_FURTHER, LEAST = 6, 40.0
"""How many steps are seen behind a long window; in what size a caption stands beside a formula at least."""
ALIKE, RAISED = 10, 8.0
"""A signal of so many steps is seen whole from the first board on; how much higher a number in brackets stands."""
Some: TypeAlias = "Sequence[float]"
FAINT, EDGE = 0.45, 0.47
"""The light of what is not meant; of a step, how far a window reaches beside its columns."""
Term: TypeAlias = "tuple[str, Role]"
"""What is added, or the total, in its role."""


def hue(part: Correlation) -> Role:
    """The role of a channel."""
    return f"channel {part.source}"


def inked(form: Format, role: Role) -> Role:
    """The role of words: the bias's grey is too pale for them, and on white paper the hues of channels are."""
    is_pale = role == "bias" or (form.points and str(role).startswith("channel"))
    return (str(role), "ink", 0.45) if is_pale else role


def telling(part: Correlation) -> Tap:
    """The first tap of a channel whose factors say best which is which: they differ, and neither is 0 or 1."""
    pairs = {tap: (abs(tap.weight.value), abs(tap.sample.value)) for tap in part.taps if not tap.more}
    return min(pairs, key=lambda tap: len({0, 1} & {*pairs[tap]}) + (pairs[tap][0] == pairs[tap][1]) + tap.padded)


def strand(draft: Draft, key: Key, ends: Some, role: Role, meant: bool = True) -> None:
    """A channel's way into a filter: a curve that leaves and arrives level."""
    (x, y, to_x, to_y), bend = ends, (ends[2] - ends[0]) / 2
    points = (x, y, x + bend, y, to_x - bend, to_y, to_x, to_y)
    look: dict[str, Any] = dict(size=4.0, z=-1) if meant else dict(size=2.0, light=CONTEXT, z=-2)
    draft.put("strand", key, line(role, *points, curve=True, **look))


def titled(draft: Draft, told: Output, name: str, left: float, right: float, y: float, size: float) -> None:
    """The bias of a filter and its name in a line between two edges, as far as they have room."""
    bias = {"digits": (signed(told.bias.text), told.bias.about), "name": ("bias *b* =", None)} if told.bias else {}
    for kind, (said, about) in bias.items():
        if width(said, size) <= right - left:
            mark = words(said, right, y, size, align=1, about=about)
            draft.put("foot", (f"b{told.script.level}", told.f, kind), mark)
            right = mark.left - 12
    if text := bench.longest(right - left, [name, name.removeprefix("filter "), ""], size):
        draft.put("foot", ("filter", told.f, "title"), words(text, left, y, size, align=-1))


def columns(taps: Sequence[Tap], axis: Axis) -> tuple[float, float]:
    """The left and right edge of the columns that taps read."""
    xs = [axis.x(tap.step) for tap in taps if axis.has(tap.step)]
    return min(xs) - EDGE * axis.pitch, max(xs) + EDGE * axis.pitch


class Addend(NamedTuple):
    """One of the numbers that add up to another: the role and the name that it has in pictures, and where it comes from
    when it is new.
    """

    key: Key
    number: Number
    role: Role
    name: str = ""
    made_of: tuple[Key, ...] = ()
    copy_of: Key | None = None


class Output:
    """One output and what it is made of: of many channels and taps as many as there is room for."""

    def __init__(self, row: Channels, step: int, f: int) -> None:
        self.row, self.script, self.cell, self.step, self.f = row, row.script, Cell(step, f), step, f
        self.start, self.number = self.script.start(step), self.script.output(step, f)
        self.key: Key = (f"y{self.script.level}", step, f)
        self.bias = self.script.bias(self.cell)
        """The key of itself, and the bias of its filter."""

    @cached_property
    def total(self) -> Number:
        """What it is before the activation; of outputs that are only drawn nobody asks it."""
        return self.script.total(self.cell)

    @cached_property
    def parts(self) -> tuple[Correlation, ...]:
        """What its channels give."""
        every = self.script.correlations(self.cell, self.row.kept)
        return tuple(part._replace(taps=self.script.elide(part.taps, *ENDS)) for part in every)

    @cached_property
    def taps(self) -> tuple[Key, ...]:
        """The keys of all taps of its filter."""
        return tuple((*self.w(part), tap.k, "bar") for part in self.parts for tap in part.taps)

    def w(self, part: Correlation) -> Key:
        """The key of a channel's kernel."""
        return (f"w{self.script.level}", part.channel, self.f)

    def products(self, part: Correlation) -> list[Addend]:
        """What the sum of a channel is the sum of: its samples times their taps."""
        found = list[Addend]()
        for tap in part.taps:
            sample, weight = (*self.row.x(part), tap.step, "bar"), (*self.w(part), tap.k, "bar")
            key = ("product", part.channel, tap.k)
            found.append(Addend(key, tap.product, hue(part), made_of=(weight, sample), copy_of=sample))
        return found

    @cached_property
    def addends(self) -> list[Addend]:
        """What it is the sum of: of each channel the sum, of those left out one, and the bias."""
        found = list[Addend]()
        for part in self.parts:
            key, made = ("partial", self.step, part.channel), tuple((*one.key, "bar") for one in self.products(part))
            found.append(Addend(key, part.partial, hue(part), f"*c* = {part.source}", made))
        if self.row.rest:
            value = self.total.value - sum((part.partial.value for part in self.parts), Fraction(0))
            left = self.script.written(value - (self.bias.value if self.bias else 0))
            found.append(Addend(("partial", self.step, "rest"), left, "quiet", f"{self.row.rest} more"))
        return [*found, Addend(("bias", self.step), self.bias, "bias", "bias")] if self.bias else found

    @property
    def sum(self) -> str:
        """It as it is worked out: ``9 − 3 + 2 = 8``."""
        texts = [addend.number.text for addend in self.addends]
        return phrases.added(texts, self.total.text) if len(texts) > 1 else self.total.text

    @property
    def terms(self) -> list[Term]:
        """What it is the sum of, and itself."""
        return [*((addend.number.text, addend.role) for addend in self.addends), (self.number.text, "ink")]


class Channels:
    """The channels of a script's cell, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.is_film = script, form, not form.is_narrow
        (self.steps, self.filters), self.read = script.shape, script.read_shape[0]
        self.left, self.wider = (form.names - 50.0, form.names + 70.0) if self.is_film else (form.names - 12.0,) * 2
        """Where the steps begin, right of the names of the rows: of short ones, and of long ones."""
        self.bottom = form.height - (138.0 if self.is_film else 142.0)
        """Where a picture ends."""
        self.size = TEXT if self.is_film else SMALL
        self.array = phrases.array(script.level - 1)
        self.output = phrases.array(script.level, script.source.stack.depth)
        """The names of what is read and of what is told."""
        ranked = sorted(script.correlations(script.cell), key=lambda part: -abs(part.partial.value))
        most, self.count = MOST_CHANNELS if len(ranked) <= MOST_CHANNELS else MOST_CHANNELS - 1, len(ranked)
        """How many channels a filter reads."""
        apart = {part.source % len(CHANNELS): part.channel for part in reversed(ranked)}
        self.kept = sorted([part.channel for part in ranked if part.channel in apart.values()][:most])
        self.rest = self.count - len(self.kept)
        """Those that are shown, no two of one colour, and how many are not."""
        self.told = Output(self, *script.cell)
        self.parts, self.taps = self.told.parts, self.told.parts[0].taps
        self.signals = {part.channel: script.signal(part.source) for part in self.parts}
        shown = [number for part in self.parts for tap in part.taps for number in (tap.product, tap.weight)]
        shown += [number for signal in self.signals.values() for number in signal.values()]
        self.whole = not script.shown.units and all(number.value.denominator == 1 for number in shown)

    def x(self, part: Correlation) -> Key:
        """The key of a channel of the signal that is read."""
        return ("x" if self.script.level == 1 else f"y{self.script.level - 1}", part.source)

    def named(self, part: Correlation, left: float) -> str:
        """The name of a channel, as long as there is room for before the steps begin."""
        short, room = f"*c* = {part.source}", left - self.form.margin - 8
        return bench.longest(room, [f"{self.array}, channel {short}", f"{self.array}, {short}", short], self.form.small)

    @cached_property
    def wide(self) -> Axis:
        """The steps of the signal and its padding, or as many as there is room for."""
        draft, last = Draft(self.form), self.steps - 1
        read = [step for at in {0, last} for step in self.script.reads(at)]
        ends = min(0, *read), max(self.read, *(step + 1 for step in read), self.script.home(last) + 1)
        if ends[1] - ends[0] <= MOST_STEPS:
            return Axis.over(draft, range(*ends), self.read)
        window = [tap.step for tap in self.taps if not tap.padded] or [0]
        further = max(0, min(MOST_FURTHER, self.read - 1 - max(window)))
        return Axis.near(draft, window, self.read, MOST_STEPS, further)

    @cached_property
    def close(self) -> Axis:
        """The steps that are seen while one output is told: all of a short signal, of another one the window."""
        if len(self.wide.steps) <= ALIKE and not any(tap.more for tap in self.taps):
            return self.wide
        span = max(tap.step for tap in self.taps) - min(tap.step for tap in self.taps) + 1
        return bench.window_axis(Draft(self.form), self.taps, self.read, max(4, min(span, 7)), 0)

    @cached_property
    def outputs(self) -> dict[int, Output]:
        """The outputs of the told filter, by step, that have a place on the wide axis."""
        shown = (step for step in range(self.steps) if self.wide.has(self.script.home(step)))
        return {step: Output(self, step, self.told.f) for step in shown}

    @cached_property
    def slides(self) -> list[int]:
        """Those of other outputs whose windows can be seen, too: first those after the told one."""
        told, seen = self.told.step, (s for s in self.outputs if all(map(self.wide.has, self.script.reads(s))))
        return sorted({*seen} - {told}, key=lambda step: (step < told, step))

    def draft(
        self, every: Sequence[str], shown: Collection[str] | None = (), lit: Collection[str] = (), filters: bool = False
    ) -> tuple[str, Draft]:
        """The first of some captions that is large beside the formula, else the last; and a board with that and of the
        formula, or that of ``filters``, all parts or those ``shown``.
        """
        own, longest = (
            phrases.layer_formula(self.script.layer, self.read, filters=some, output=self.output, array=self.array)
            for some in (filters, True)
        )
        for said in every:
            draft = Draft(self.form)
            pieces.caption(draft, said)
            pieces.formula(draft, own, lit, shown, longest)
            if draft.marks["caption",].size >= (LEAST if self.is_film else 36.0):
                break
        return said, draft

    def bar(
        self, draft: Draft, key: Key, number: Number, at: At, role: Role, said: str = "", size: float = 0, **more: Any
    ) -> None:
        """A number as a bar, of bricks where it is whole and they are not too low. What is ``said`` over it, in its
        role, has a ``size`` where there is room; a number in brackets stands clear of the baseline.
        """
        pieces.column(draft, key, number, *at, role, bricks=self.whole and at[3] > 6, **more)
        if said and size:
            own = "quiet" if role == "context" else inked(self.form, role)
            mark = pieces.digits(draft, key, said, size, own, light=more.get("light", FULL))
            draft.change([(*key, "digits")], y=mark.y - RAISED * ("(" in said))

    def signal(
        self, draft: Draft, part: Correlation, axis: Axis, at: Some, taps: Sequence[Tap], light: float = FULL
    ) -> None:
        """A channel on a baseline, in a unit and with numbers of a size; in light where taps read it, if there are."""
        x, window, (foot, unit, size) = self.x(part), {tap.step: tap for tap in taps if axis.has(tap.step)}, at
        none = {step: tap.sample for step, tap in window.items() if tap.padded or tap.more}
        signal = {step: n for step, n in self.script.signal(part.source).items() if axis.has(step)}
        pieces.baseline(draft, x, axis.left, axis.right, foot)
        for step, number in (signal | none).items():
            own, role = light if not taps or step in window else FAINT, "context" if step in none else hue(part)
            place = axis.x(step), foot, axis.bar, unit
            self.bar(draft, (*x, step), number, place, role, number.text, size, light=own)

    def under(self, draft: Draft, axis: Axis, y: float, size: float, *key: int) -> None:
        """The names of the outputs of a filter at a height, where they have room."""
        for step in self.outputs if self.are_named(axis, size) else ():
            name = f"{self.output}[{step}]"
            draft.put("note", ("note", "under", *key, name), words(name, axis.x(step), y, size, "output"))

    def are_named(self, axis: Axis, size: float) -> bool:
        """Whether the names of outputs have room on an axis."""
        return width(f"{self.output}[{max(self.outputs)}]", size) + 8 <= axis.pitch

    def label(self, draft: Draft, key: Key, markup: str, foot: float, role: Role, light: float, room: Some) -> None:
        """The name of a row on its baseline, or as near to it as the room between two heights allows."""
        size = self.form.small
        y = sorted((room[0] + 0.65 * size, foot - DIGIT * size / 2, room[1] - 0.65 * size))[1]
        mark = words(markup, self.form.margin, y, size, inked(self.form, role), align=-1)
        draft.put("name", ("name", *key), mark.at(light=max(light, 0.7) if self.form.points else light))

    def kernel(
        self, draft: Draft, told: Output, place: int, box: Some, xs: Some, at: Some, light: float, meant: Tap | None
    ) -> None:
        """A kernel of an output's filter in its card: its taps at some x as bars on a baseline, of a width, in a unit,
        their numbers in a size, their indices at a y; all in light or the one that is ``meant``.
        """
        part, rig = told.parts[place], ("rig", place) if told.f == self.told.f else ("rig", f"*f* = {told.f}", place)
        (foot, wide, unit, size, index), (left, top, right, bottom) = at, box
        pieces.card(draft, rig, left, right, top, bottom, hue(part), CARD * light)
        pieces.baseline(draft, rig, left + 12, right - 12, foot, hue(part))
        draft.change([("baseline", *rig)], light=0.6 * light)
        role = (f"channel {part.source}", "ink", 0.5)  # half way to ink
        for tap, x in zip(part.taps, xs, strict=True):
            own, said = light if meant in (None, tap) else FAINT, "" if tap.more else phrases.factor(tap.weight)
            here = (x, foot, wide, unit)
            self.bar(draft, (*told.w(part), tap.k), tap.weight, here, role, said, size, light=own)
            if index:
                name = "*k* = " * (tap == (meant or part.taps[0]) and right - left > 2.7 * SMALL * len(xs))
                said, lit = name + ("⋯" if tap.more else str(tap.k)), "lit" if meant and own == FULL else "quiet"
                draft.put("index", ("index", *rig[1:], tap.k), words(said, x, index, SMALL, lit, light=light))
