"""The stage of channel_summation: every row has its place and its unit from the first board to the last but one.

This module lays the rows, where the room says, and says nothing of their order in the story.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from convexplain.board import pieces
from convexplain.board.marks import DIGIT, FULL, HERO, PARTIAL, SMALL, Draft, Key, Role, plate
from convexplain.board.pieces import Axis, Number, signed
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_channels.channels import (
    LINE,
    MOST_TAPS,
    above,
    hue,
    inked,
    signs,
    terms,
    width,
    worked_out,
)
from convexplain.stories.many_channels.room import BESIDE, EDGES, FOOT, LANE, Room, Row
from convexplain.stories.script import Correlation, Tap

PALE, FAINT, WINDOW = 0.5, 0.45, 0.08
"""How far a tap's colour is on its way to ink; the light of what is not meant, and of a window."""


class Stage(Room):
    """The rows of a script's channels and outputs in one format."""

    # channels and kernels

    def _write(
        self, draft: Draft, kind: str, key: Key, text: str, level: float, role: Role = "ink", light: float = FULL
    ) -> None:
        """The number of a bar, where its row writes numbers; beside it, or across its baseline, at the ``level``."""
        (size, side), own = self.ways[kind], (*key, "digits")
        if side == "above":
            pieces.digits(draft, key, text, size, role)
        elif side:
            bar, is_beside = draft.marks[(*key, "bar")], side == "beside"
            x = bar.x + (self.near.bar / 2 + BESIDE) * is_beside
            mark = words(text, x, level, size, role, -1 if is_beside else 0, about=bar.about, rides=(*key, "bar"))
            draft.put("digits", own, mark)
        if side:
            draft.change([own], light=light, about=draft.marks[own].about if self.column[kind].side else None)

    def _given(self, draft: Draft, key: Key, number: Number, foot: float, is_lit: bool, light: float) -> None:
        """The number of a sample or a tap, at the foot of its bar."""
        half = DIGIT * self.ways["given"].size / 2 + 6
        y, role = foot + half if number.value < 0 else foot - half, "ink" if is_lit else "quiet"
        self._write(draft, "given", key, number.text, y, role, light)

    def lay(self, draft: Draft, at: int, f: int, axis: Axis, meant: int | None = None, tap: Tap | None = None) -> None:
        """The channels over their kernels, where the window of an output stands: all in light, or the one ``meant``, or
        of its taps one.
        """
        for place, part in enumerate(self.row.correlations(at, f)):
            is_meant = meant in (None, place)
            self.signal(draft, self.rows[place], part, axis, is_meant)
            self._kernel(draft, place, part, f, axis, is_meant, tap)

    def signal(
        self, draft: Draft, at: Row, part: Correlation, axis: Axis, is_meant: bool = True, is_covered: bool = True
    ) -> None:
        """A channel, of which a window covers some samples, or none yet."""
        row, x, light = self.row, self.row.x(part), FULL if is_meant else FAINT
        taps = {tap.step: tap for tap in part.taps if axis.has(tap.step)}
        shown = [step for step in axis.shown if step not in taps or not taps[step].more]
        signal = {step: number for step, number in row.signals[part.channel].items() if step in shown}
        pieces.signal(draft, x, signal, axis, at.foot, at.unit, hue(part), bricks=row.whole and at.unit > 6)
        for step in taps.keys() - signal.keys():
            pieces.column(draft, (*x, step), taps[step].sample, axis.x(step), at.foot, 12, at.unit, "context")
        for step, number in {**{step: tap.sample for step, tap in taps.items()}, **signal}.items():
            is_lit = is_meant and (not is_covered or step in taps)
            draft.change([(*x, step, "bar")], light=FULL if is_lit else FAINT)
            signs(draft, (*x, step))
            if axis is self.near:
                self._given(draft, (*x, step), number, at.foot, is_lit, light)
        room = (at.top, at.middle if self.least else at.bottom)
        row.label(draft, x, row.named(part), at.foot, hue(part), light, room)

    def _kernel(
        self, draft: Draft, place: int, part: Correlation, f: int, axis: Axis, is_meant: bool, meant: Tap | None
    ) -> None:
        row, at, role, light = self.row, self.rows[place], hue(part), FULL if is_meant else FAINT
        (left, right), rig, size = self.columns(part.taps, axis), ("rig", place), self.form.small
        pieces.rig(draft, rig, left, right, at.top, at.middle, at.bottom, role, light=light)
        draft.change([(*rig, "frame")], hollow=False, edge=0.0, light=WINDOW * light, z=-4)
        pieces.baseline(draft, rig, left + 12, right - 12, at.kernel, role)
        draft.change([("baseline", *rig)], light=0.6 * light)
        taps = [tap for tap in part.taps if axis.has(tap.step)]
        for tap in taps:
            own, is_lit = (*row.w(part, f), tap.k), is_meant and meant in (None, tap)
            look = (axis.bar, at.unit, (str(role), "ink", PALE), True, row.whole and at.unit > 6)
            pieces.column(draft, own, tap.weight, axis.x(tap.step), at.kernel, *look, FULL if is_lit else FAINT)
            signs(draft, own)
            if axis is self.near:
                self._given(draft, own, tap.weight, at.kernel, is_lit, light)
        if self.least:
            row.label(draft, ("kernel", place), "kernel *w*", at.kernel, role, light, (at.middle, at.indices))
        if at.bottom > at.indices and axis.pitch >= 1.5 * SMALL:
            y = (at.indices + at.bottom) / 2 - 3
            row.label(draft, ("tap", place), "index *k*", y + DIGIT * size / 2, role, light)
            for tap in taps:
                said, lit = "⋯" if tap.more else str(tap.k), "lit" if is_meant and meant is tap else "quiet"
                draft.put("index", ("index", place, tap.k), words(said, axis.x(tap.step), y, SMALL, lit, light=light))

    def columns(self, taps: Sequence[Tap], axis: Axis) -> tuple[float, float]:
        """The left and right edge of the columns that taps read, with the numbers beside them."""
        xs = [axis.x(tap.step) for tap in taps if axis.has(tap.step)]
        is_beside = axis is self.near and self.ways["given"].side == "beside"
        left, right = EDGES if is_beside else (0.42, 0.42)
        return min(xs) - left * axis.pitch, max(xs) + right * axis.pitch

    def bias(self, draft: Draft, at: int, f: int, axis: Axis) -> None:
        """The foot of a filter: its name, and its bias."""
        row, key, number = self.row, (f"b{self.row.script.level}", f), self.row.script.bias(Cell(at, f))
        if number is None:
            return
        left, right = self.columns(row.correlations(at, f)[0].taps, axis)
        left = min(left, right - 36 - width(signed(number.text), self.form.small))
        pieces.foot(draft, key, number, left, right, self.foot - FOOT, FOOT)
        draft.marks["rig", "foot"] = draft.marks.pop((*key, "card"))
        draft.marks.pop((*key, "name"), None)
        said = draft.marks[*key, "digits"]
        name = words("bias *b* =", said.left - 12, said.y, said.size, align=1)
        title = words(f"filter {f}", left + 18, said.y, said.size, align=-1)
        if name.left > left + 10:
            draft.put("foot", (*key, "name"), name)
        if title.right + 12 < name.left:
            draft.put("foot", ("filter", "foot", f), title)

    # products and sums

    def products(self, draft: Draft, place: int, many: int) -> None:
        """The first products of a channel under their taps, head to tail; once they are added they are its sum."""
        row, part, half = self.row, self.parts[place], DIGIT * self.ways["products"].size / 2 + 14
        steps, parents, copies = [], {}, {}
        for tap in part.taps[:many]:
            own = ("product", part.channel, tap.k)
            steps.append((own, tap.product, hue(part), self.near.x(tap.step)))
            copies[own] = (*row.x(part), tap.step, "bar")
            parents[own] = ((*row.w(part, row.f), tap.k, "bar"), copies[own])
        until = self.x(place) - self.bar / 2 if many > len(part.taps) and not place else None
        look = (self.near.bar, parents, copies, (), SMALL, row.whole and self.low > 6, until)
        pieces.staircase(draft, steps, self.floor, self.low, *look)
        for own, number, *_ in steps:
            mark = draft.marks[(*own, "bar")]
            tip = mark.tip if mark.kind == "bar" else mark.y
            is_under = number.value > 0 and tip + 2 * half <= self.floor
            self._write(draft, "products", own, signed(number.text), tip + half if is_under else tip - half)
            signs(draft, own)

    def x(self, place: int) -> float:
        """Where a sum stands; the output is the last."""
        return self.side + self.slot * (place + 0.5)

    def sums(self, draft: Draft, done: int, final: Number | None = None) -> None:
        """The sums of the first channels, each from the baseline, and places for the others; or, when there is a
        ``final`` one, all head to tail up to it.
        """
        row, key, bricks, count = self.row, ("total", self.row.at), self.row.whole and self.low > 6, len(self.parts)
        pieces.baseline(draft, ("floor", "sums"), self.side, self.end, self.floor)
        shown = self.addends[: min(done, count) if final is None else None]
        made = {own: row.products(part) for (own, *_), part in zip(shown, self.parts, strict=False)}
        steps = [(own, number, role, self.x(place)) for place, (own, number, role, _) in enumerate(shown)]
        look, last = (self.bar, made, None, (), SMALL, bricks), self.x(len(self.addends))
        for some, until in [(steps, last - self.bar / 2)] if final else [([step], None) for step in steps]:
            pieces.staircase(draft, some, self.floor, self.low, *look, until)
        for place, (own, number, role, _) in enumerate(shown):
            self._under(draft, place, role)
            self._write(draft, "sums", own, signed(number.text) if final and place else number.text, 0.0)
            draft.change([(*own, "bar")], goes_into=("count", "sum", row.at, row.f, place) if final else None)
            signs(draft, own)
        for place in range(len(shown), len(self.names)) if final is None else ():
            role = self.addends[place][2] if place < len(self.addends) else "output"
            self.place(draft, ("sum", place), role, self.x(place), self.floor)
            self._under(draft, place, role)
        if final is None:
            return
        parents = tuple((*own, "bar") for own, *_ in self.addends)
        at = (last, self.floor, self.bar, self.low, "output")
        pieces.column(draft, key, final, *at, bricks=bricks, made_of=parents)
        signs(draft, key)
        self._under(draft, len(shown), "output")
        room = self.floor - (self.rows[-1].top + self.rows[-1].bottom) / 2 - 0.6 * self.sizes[0]
        room -= max(0.0, float(final.value)) * self.low
        sizes = [size for size in (HERO, PARTIAL, *self.sizes) if above(size) + 14 <= room and row.is_film]
        pieces.digits(draft, key, final.text, benches.fitting(self.slot - 8, [final.text], [*sizes, SMALL]))

    def _under(self, draft: Draft, place: int, role: Role) -> None:
        """The name of a sum, below all of their bars, where there is room."""
        said, size = self.names[place], benches.fitting(self.slot - 8, self.names, (self.form.small, SMALL))
        if width(said, size) <= self.slot - 4:
            y = self.floor + self.deep * self.low + 12 + DIGIT * size / 2
            draft.put("note", ("note", "under", place), words(said, self.x(place), y, size, inked(draft, role)))

    def worked(self, draft: Draft, at: int, f: int, place: int, many: int = MOST_TAPS + 1) -> None:
        """A channel's first products, and their sum, beside the channel; all channels', or none."""
        row = self.rows[place]
        box, every = (self.side + 16, (row.top + row.bottom) / 2, self.end), self.row.correlations(at, f)[place]
        if self.spelled:
            terms(draft, ("worked", at, f, place), worked_out(every), box, self.spelled, many)

    # outputs

    def listed(self, draft: Draft, f: int, done: Collection[int]) -> None:
        """Beside the outputs of a filter how each is added, a line for each, where those have room."""
        steps, high = self.row.shown, self.row.bottom - self.foot
        size = min(self.form.small, high / len(steps) / LINE)
        if size >= SMALL:
            self.row.listed(draft, f, steps, done, (self.side + 16, self.foot, self.end), size)

    def signals(self, draft: Draft, f: int, done: Collection[int], at: int, axis: Axis, lane: int = 0) -> None:
        """The outputs of a filter, and places for those to come. Where another filter's stand in the same columns
        those told before have the left ``lane``, -1, out of the light, and these the right one, 1.
        """
        row, foot, light, kind = self.row, self.floor, FULL if lane >= 0 else FAINT, "lanes" if lane else "outputs"
        own = replace(axis, share=LANE - 0.06) if lane else axis
        xs, half = {step: axis.x(row.script.home(step)) for step in row.shown if axis.has(row.script.home(step))}, 0.5
        if lane <= 0:
            ends = (min(xs.values(), default=axis.left), max(xs.values(), default=axis.right))
            pieces.baseline(draft, ("floor", row.f), ends[0] - half * axis.pitch, ends[1] + half * axis.pitch, foot)
        said = f"{row.output}, *f* = {f}" if lane else f"output {row.output}"
        y = foot - 1.2 * self.form.small * (lane < 0)
        row.label(draft, (f"y{row.script.level}", f), said, y, "ink", light)
        for step, x in xs.items():
            key, number, x = row.y(step, f), row.script.output(step, f), x + LANE / 2 * lane * axis.pitch
            if step not in done:
                self.place(draft, ("output", step, f), "output", x, foot, own.bar)
                continue
            look = (own.bar, self.low, "output", True, row.whole and self.low > 6, light)
            pieces.column(draft, key, number, x, foot, *look, made_of=row.taps_of(step, f))
            signs(draft, key)
            over = 12 + DIGIT * self.ways[kind].size / 2
            self._write(draft, kind, key, number.text, foot - over if number.value < 0 else foot + over, "ink", light)
            if step == at and not self.ways[kind].side and not lane:
                mark = pieces.digits(draft, key, number.text, SMALL)
                y = mark.y if mark.width <= axis.pitch else self.foot + 10 + DIGIT * SMALL / 2  # over all bars
                draft.change([(*key, "digits")], about=None, y=y)

    def place(self, draft: Draft, key: Key, role: Role, x: float, y: float, wide: float = 0, high: float = 0) -> None:
        """Where a number will stand."""
        half, look = (wide or self.bar) / 2, dict(light=0, edge=0.5, hollow=True, size=2, dash=9)
        high = high or min(70.0, 0.3 * (self.floor - self.top))
        draft.put("place", ("place", *key), plate(role, x - half, y - high, x + half, y, **look))
