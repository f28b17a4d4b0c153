"""The stage of channel_summation: every row has its place and its unit from the first board to the last but two.

This module lays the rows, where the room says, and says nothing of their order in the story.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, FULL, HERO, SMALL, SUPPORT, Draft, Key, Role, plate
from convexplain.board.pieces import RULER, Axis, signed
from convexplain.board.text import words
from convexplain.stories.bench import fitting
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import Output, above, hue, inked, multiplied, signs, tint, width
from convexplain.stories.many_channels.room import BESIDE, EDGES, FOOT, Room, Row
from convexplain.stories.script import Correlation, Tap

FAINT, WINDOW = 0.45, 0.08
"""The light of what is not meant, and of a window."""
CLEAR = {"given": 6, "products": 14, "outputs": 12}
"""From the baseline, or the tip of a product, to the number beside it."""
READ = ("stride", "t of x", "sign", "dilation", "k of x", "pad")
"""The parts of the formula that write the step of a sample."""


def products_of(part: Correlation) -> tuple[Key, ...]:
    """The keys of a channel's products."""
    return tuple(("product", part.channel, tap.k, "bar") for tap in part.taps)


class Stage(Room):
    """The rows of a script's channels and outputs in one format."""

    def ruler(self, draft: Draft, axis: Axis, told: Output | None = None, tap: Tap | None = None) -> None:
        """The steps; over the one where the window of an output starts its t, over a tap's sample its index."""
        said, strides = dict[int, str](), self.row.script.layer.strides
        if told is not None:
            t = f"{strides if strides > 1 else ''}*t* = " * (told.start == strides * told.step)
            said[told.start] = f"{t}{told.start}"
        if tap is not None:
            read = "".join(part.markup for part in self.row.formula() if part.name in READ)
            said[tap.step] = f"{read} = {tap.step}"
        pieces.ruler(draft, axis, "step", lit=said)
        for step, text in said.items():
            size = fitting(axis.pitch - 14, [text], (self.form.small, SMALL))
            if ("ruler", step) in draft.marks and width(text, size) <= axis.pitch - 14:
                draft.marks["ruler", step] = words(text, axis.x(step), RULER, size, "lit", whole=False)

    def label(
        self, draft: Draft, key: Key, markup: str, foot: float, role: Role, light: float = 1, room: Sequence[float] = ()
    ) -> None:
        """The name of a row on its baseline, or as near to it as the ``room`` between two heights allows."""
        size = fitting(self.row.left - self.form.margin - 8, [markup], (self.form.small, SMALL))
        y = foot - DIGIT * size / 2
        y = sorted((room[0] + 0.65 * size, y, room[1] - 0.65 * size))[1] if room else y
        mark = words(markup, self.form.margin, y, size, inked(self.form, role), align=-1)
        draft.put("name", ("name", *key), mark.at(light=max(light, 0.7) if self.form.points else light))

    def write(self, draft: Draft, kind: str, key: Key, text: str, role: Role = "ink", light: float = FULL) -> None:
        """The number of a bar, in the way of its row; beside a product it stands at the tip, else at the foot."""
        (size, side), own, bar = self.ways[kind], (*key, "digits"), draft.marks[*key, "bar"]
        if not side:
            return
        if side == "above":
            pieces.digits(draft, key, text, size, role)
        else:
            (foot, tip), half = (bar.foot, bar.tip) if bar.kind == "bar" else (bar.y, bar.y), DIGIT * size / 2
            half += CLEAR[kind]
            under = bar.base < 0 if side == "beside" else bar.base > 0
            if kind == "products":
                foot, under = tip, tip < foot and tip + 2 * half <= self.floor
            x, align = (bar.x + self.near.bar / 2 + BESIDE, -1) if side == "beside" else (bar.x, 0)
            y = foot + half if under else foot - half
            draft.put("digits", own, words(text, x, y, size, role, align, about=bar.about, rides=(*key, "bar")))
        draft.change([own], light=light, about=draft.marks[own].about if self.column[kind].side else None)

    def place(self, draft: Draft, key: Key, role: Role, x: float, y: float, wide: float = 0, high: float = 0) -> None:
        """Where a number will stand."""
        half, look = (wide or self.bar) / 2, dict(light=0, edge=0.5, hollow=True, size=2, dash=9)
        high = high or min(70.0, 0.3 * (self.floor - self.rows[-1].bottom))
        draft.put("place", ("place", *key), plate(role, x - half, y - high, x + half, y, **look))

    def lay(self, draft: Draft, told: Output, axis: Axis, meant: int | None = None, tap: Tap | None = None) -> None:
        """The channels over the kernels of an output, all in light, or the one ``meant``, or of its taps one."""
        self.ruler(draft, axis, told, tap)
        for place, part in enumerate(told.parts):
            light = FULL if meant in (None, place) else FAINT
            self.signal(draft, self.rows[place], part, axis, light)
            self._kernel(draft, place, told, axis, light, tap)

    def signal(self, draft: Draft, at: Row, part: Correlation, axis: Axis, light: float, bare: bool = False) -> None:
        """A channel, in light where the window of its kernel stands, or all of it where it is ``bare``."""
        row, x = self.row, self.row.x(part)
        taps = {tap.step: tap for tap in part.taps if axis.has(tap.step)}
        none = {step: tap.sample for step, tap in taps.items() if tap.padded or tap.more}
        signal = {step: number for step, number in row.signals[part.channel].items() if axis.has(step)}
        pieces.baseline(draft, x, axis.left, axis.right, at.foot)
        for step, number in (signal | none).items():
            own, role = light if bare or step in taps else FAINT, "context" if step in none else hue(part)
            row.bar(draft, (*x, step), number, (axis.x(step), at.foot, axis.bar, at.unit), role, light=own)
            if axis is self.near:
                self.write(draft, "given", (*x, step), number.text, "ink" if own == FULL else "quiet", light)
        self.label(draft, x, row.named(part), at.foot, hue(part), light, (at.top, at.middle))

    def _kernel(self, draft: Draft, place: int, told: Output, axis: Axis, light: float, meant: Tap | None) -> None:
        part, at, rig = told.parts[place], self.rows[place], ("rig", place)
        (left, right), role = self.columns(part.taps, axis), hue(part)
        pieces.rig(draft, rig, left, right, at.top, at.middle, at.bottom, role, light=light)
        draft.change([(*rig, "frame")], hollow=False, edge=0.0, light=WINDOW * light, z=-4)
        pieces.baseline(draft, rig, left + 12, right - 12, at.kernel, role)
        draft.change([("baseline", *rig)], light=0.6 * light)
        self.label(draft, ("kernel", place), "kernel *w*", at.kernel, role, light, (at.middle, at.indices))
        y, is_numbered = (at.indices + at.bottom) / 2 - 3, at.bottom > at.indices and axis.pitch >= 1.5 * SMALL
        for tap in (tap for tap in part.taps if axis.has(tap.step)):
            key, x = (*told.w(part), tap.k), axis.x(tap.step)
            own = light if meant is None or meant.k == tap.k else FAINT
            self.row.bar(draft, key, tap.weight, (x, at.kernel, axis.bar, at.unit), tint(part), light=own)
            if axis is self.near:
                self.write(draft, "given", key, tap.weight.text, "ink" if own == FULL else "quiet", light)
            if is_numbered:
                said, lit = "⋯" if tap.more else str(tap.k), "lit" if meant and own == FULL else "quiet"
                said = f"*k* = {said}" if tap is part.taps[0] and axis.pitch > 3 * SMALL else said
                index = words(said, x, y, SMALL, lit, light=light)
                draft.put("index", ("index", place, tap.k), index.at(x=max(x, left + 8 + index.width / 2)))

    def columns(self, taps: Sequence[Tap], axis: Axis) -> tuple[float, float]:
        """The left and right edge of the columns that taps read, with the numbers beside them."""
        xs = [axis.x(tap.step) for tap in taps if axis.has(tap.step)]
        is_beside = axis is self.near and self.ways["given"].side == "beside"
        left, right = EDGES if is_beside else (0.42, 0.42)
        return min(xs) - left * axis.pitch, max(xs) + right * axis.pitch

    def bias(self, draft: Draft, told: Output, axis: Axis) -> None:
        """The foot of a filter: its name, and its bias."""
        if told.bias is None:
            return
        key, y, size = (f"b{told.script.level}", told.f), self.foot - FOOT / 2, self.form.small
        left, right = self.columns(told.parts[0].taps, axis)
        said = words(signed(told.bias.text), right - 18, y, size, align=1, about=told.bias.about)
        left = min(left, said.left - 18)
        look = dict(light=CARD * 1.3, z=-3, radius=8.0, about=told.bias.about)
        draft.put("foot", ("rig", "foot"), plate("bias", left, y - FOOT / 2, right, y + FOOT / 2, **look))
        draft.put("foot", (*key, "digits"), said)
        name = words("bias *b* =", said.left - 12, y, size, align=1)
        title = words(f"filter {told.f}", left + 18, y, size, align=-1)
        if name.left > left + 10:
            draft.put("foot", (*key, "name"), name)
        if title.right + 12 < name.left:
            draft.put("foot", ("filter", "foot", told.f), title)

    def products(self, draft: Draft, place: int, many: int) -> None:
        """The first products of a channel under their taps, head to tail; once they are added they are its sum."""
        row, part = self.row, self.parts[place]
        steps, parents, copies = [], {}, {}
        self.label(draft, ("products",), "products", self.floor, hue(part))
        self.sums(draft, place + (many > len(part.taps)), self.made)
        for tap in part.taps[:many]:
            own = ("product", part.channel, tap.k)
            steps.append((own, tap.product, hue(part), self.near.x(tap.step)))
            copies[own] = (*row.x(part), tap.step, "bar")
            parents[own] = ((*self.told.w(part), tap.k, "bar"), copies[own])
        until = self.x(place) - self.bar / 2 if many > len(part.taps) and not place else None
        look = (self.near.bar, parents, copies, (), SMALL, row.whole and self.low > 6, until)
        pieces.staircase(draft, steps, self.floor, self.made, *look)
        for own, number, *_ in steps:
            self.write(draft, "products", own, signed(number.text))
            signs(draft, own)

    def x(self, place: int) -> float:
        """Where a sum stands; the output is the last."""
        return self.side + self.slot * (place + 0.5)

    def sums(self, draft: Draft, done: int, unit: float) -> None:
        """The sums of the first channels, each from the baseline, and places for all others."""
        pieces.baseline(draft, ("floor", self.told.f), self.near.left, self.near.right, self.floor)
        self._sums(draft, done, unit)
        for place, role in enumerate([*(addend.role for addend in self.addends), "output"]):
            if place >= done:
                self.place(draft, ("sum", place), role, self.x(place), self.floor)
                self._under(draft, place, role)

    def added(self, draft: Draft) -> None:
        """The sums of the channels and the bias head to tail, and what they add up to."""
        key, total, last, row = ("total", self.told.step), self.told.total, len(self.addends), self.rows[-1]
        at, parents = (self.x(last), self.floor, self.bar, self.low), [(*addend.key, "bar") for addend in self.addends]
        self._sums(draft, last, self.low, self.x(last) - self.bar / 2)
        for place, parent in enumerate(parents):
            draft.change([parent], goes_into=("count", "sum", *self.told.cell, place))
        self.row.bar(draft, key, total, at, "output", made_of=tuple(parents))
        self._under(draft, last, "output")
        room = self.floor - max(0.0, float(total.value)) * self.low - (row.top + row.bottom) / 2 - 0.6 * self.sizes[0]
        sizes = [size for size in (HERO, *self.larger) if above(size) + 14 <= room and self.row.is_film]
        pieces.digits(draft, key, total.text, fitting(self.slot - 8, [total.text], [*sizes, SMALL]))

    def _sums(self, draft: Draft, done: int, unit: float, until: float | None = None) -> None:
        """The first addends, each from the baseline, or head to tail ``until`` an x."""
        bricks, shown = self.row.whole and self.low > 6, self.addends[:done]
        pieces.baseline(draft, ("floor", "sums"), self.side, self.end, self.floor)
        made = {addend.key: products_of(part) for addend, part in zip(shown, self.parts, strict=False)}
        steps = [(addend.key, addend.number, addend.role, self.x(place)) for place, addend in enumerate(shown)]
        for some in [[step] for step in steps] if until is None else [steps]:
            pieces.staircase(draft, some, self.floor, unit, self.bar, made, None, (), SMALL, bricks, until)
        for place, (key, number, role, _) in enumerate(steps):
            self._under(draft, place, role)
            self.write(draft, "sums", key, signed(number.text) if until and place else number.text)
            signs(draft, key)

    def _under(self, draft: Draft, place: int, role: Role) -> None:
        said, size = self.names[place], fitting(self.slot - 8, self.names, (self.form.small, SMALL))
        if width(said, size) <= self.slot - 4:
            y = self.floor + self.deep * self.low + 12 + DIGIT * size / 2
            draft.put("note", ("note", "under", place), words(said, self.x(place), y, size, inked(self.form, role)))

    def worked(self, draft: Draft, told: Output, done: int, many: int = 0, tap: Tap | None = None) -> None:
        """How the sums of the first channels and the first products of the next are added; over each its formula, of a
        ``tap`` with numbers.
        """
        (size, over), left = self.spelled, self.side + 16
        for place, row in enumerate(self.rows[: done + (many > 0)] if size else ()):
            part, key, middle = told.parts[place], ("worked", *told.cell, place), (row.top + row.bottom + over) / 2
            every, count = sums.of_channel(part), 99 if place < done else many
            y = sums.write(draft, key, every, (left, middle, self.end), size, count, SUPPORT + 0.1)
            term = self.row.term(part, told.step, str(tap.k) if tap else "*k*")
            more = f" = {multiplied(tap)}" if tap else ", added over *k*"
            said = f"{term}{more * (width(term + more) <= self.end - left)}"
            if over and width(said) <= self.end - left:
                y -= 0.5 * size + 0.75 * over
                draft.put("count", ("count", *key, "of"), words(said, left, y, over, "formula", align=-1, whole=False))

    def totals(self, draft: Draft, told: Output, axis: Axis) -> None:
        """Beside each kernel of an output the sum of its channel, right or left of it."""
        for place, (row, part) in enumerate(zip(self.rows, told.parts, strict=True)):
            (left, right), said = self.columns(part.taps, axis), f"sum {part.partial.text}"
            x, align = (right + 16, -1) if right + 16 + width(said, self.form.small) <= self.end else (left - 16, 1)
            mark = words(said, x, (row.middle + row.indices) / 2, self.form.small, inked(self.form, hue(part)), align)
            if mark.left >= self.row.left:
                draft.put("count", ("count", "part", *told.cell, place), mark)

    def listed(self, draft: Draft, f: int, done: Collection[int]) -> None:
        """Beside the outputs of a filter how each is added, a line for each, where those have room."""
        outputs, high = [self.row.made(step, f) for step in self.row.shown], self.row.bottom - self.foot
        sizes, box = (
            [size for size in self.sizes if size * sums.LINE * len(outputs) <= high],
            (self.side + 16, self.foot),
        )
        any(sums.list_outputs(draft, outputs, done, (*box, self.end), size) for size in sizes)

    def outputs(self, draft: Draft, told: Output, done: Collection[int], axis: Axis) -> None:
        """The outputs of a filter, and places for those to come."""
        row, foot = self.row, self.floor
        every = [one for one in (row.made(step, told.f) for step in row.shown) if axis.has(one.home)]
        xs = [axis.x(one.home) for one in every]
        pieces.baseline(draft, ("floor", told.f), min(xs) - 0.5 * axis.pitch, max(xs) + 0.5 * axis.pitch, foot)
        self.label(draft, told.key[::2], f"output {row.output}", foot, "ink")
        for one, x in zip(every, xs, strict=True):
            if one.step not in done:
                self.place(draft, ("output", *one.cell), "output", x, foot, axis.bar)
                continue
            row.bar(draft, one.key, one.number, (x, foot, axis.bar, self.low), "output", made_of=one.taps)
            self.write(draft, "outputs", one.key, one.number.text)
            if one.step == told.step and not self.ways["outputs"].side:
                mark = pieces.digits(draft, one.key, one.number.text, SMALL)
                y = mark.y if mark.width <= axis.pitch else self.foot + 10 + DIGIT * SMALL / 2  # over all bars
                draft.change([(*one.key, "digits")], about=None, y=y)
