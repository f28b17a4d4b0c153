"""The stage of channel_summation: every row has its column from the first kernel to the last board but two.

This module lays the rows, where the room says, and says nothing of their order in the story.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, FULL, HERO, SMALL, SUPPORT, TEXT, Draft, Key, Role, plate
from convexplain.board.pieces import RULER, Axis, signed
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.bench import factor, fitting
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import Output, hue, inked, signs, tint, titled, width
from convexplain.stories.many_channels.room import FOOT, Room, Row, Slots
from convexplain.stories.script import Correlation, Tap

FAINT, WINDOW, EDGE = 0.45, 0.08, 0.47
"""The light of what is not meant, and of a window; of a step, how far a window reaches beside its columns."""


def products_of(part: Correlation) -> tuple[Key, ...]:
    """The keys of a channel's products."""
    return tuple(("product", part.channel, tap.k, "bar") for tap in part.taps)


class Stage(Room):
    """The rows of a script's channels and outputs in one format."""

    def ruler(self, draft: Draft, axis: Axis, told: Output | None = None, tap: Tap | None = None) -> None:
        """The steps; over the one where the window of an output starts its t, over a tap's sample its index."""
        said, layer, read = dict[int, str](), self.row.script.layer, self.row.read
        if told is not None:
            said[told.start] = f"{phrases.sample_at(layer, read, 0)} = {told.start}"
        if tap is not None:
            said[tap.step] = f"{phrases.index(layer, read)} = {tap.step}"
        pieces.ruler(draft, axis, "step", lit=said)
        for step, text in said.items():
            size = fitting(axis.pitch - 14, [text], (self.form.small, SMALL))
            if ("ruler", step) in draft.marks and width(text, size) <= axis.pitch - 14:
                draft.marks["ruler", step] = words(text, axis.x(step), RULER, size, "lit", whole=False)

    def labels(self, axis: Axis, steps: Sequence[int]) -> list[Key]:
        """The keys of those of some steps that are written over an axis."""
        draft = Draft(self.form)
        self.ruler(draft, axis)
        return [key for key in (("ruler", step) for step in steps) if key in draft.marks]

    def label(
        self, draft: Draft, key: Key, markup: str, foot: float, role: Role, light: float = 1, room: Sequence[float] = ()
    ) -> None:
        """The name of a row on its baseline, or as near to it as the ``room`` between two heights allows."""
        size = self.form.small
        y = foot - DIGIT * size / 2
        y = sorted((room[0] + 0.65 * size, y, room[1] - 0.65 * size))[1] if room else y
        mark = words(markup, self.form.margin, y, size, inked(self.form, role), align=-1)
        draft.put("name", ("name", *key), mark.at(light=max(light, 0.7) if self.form.points else light))

    def place(self, draft: Draft, key: Key, role: Role, x: float, y: float, wide: float, high: float = 70.0) -> None:
        """Where a number will stand."""
        look = dict(light=0, edge=0.5, hollow=True, size=2, dash=9)
        draft.put("place", ("place", *key), plate(role, x - wide / 2, y - high, x + wide / 2, y, **look))

    def lay(
        self,
        draft: Draft,
        told: Output,
        rows: Sequence[Row],
        axis: Axis,
        meant: int | None = None,
        tap: Tap | None = None,
    ) -> None:
        """The channels over the kernels of an output, all in light, or the one ``meant``, or of its taps one."""
        self.ruler(draft, axis, told, tap)
        for place, (part, at) in enumerate(zip(told.parts, rows, strict=True)):
            light = FULL if meant in (None, place) else FAINT
            self.signal(draft, at, part, axis, light)
            self._kernel(draft, place, told, at, axis, light, tap)

    def signal(self, draft: Draft, at: Row, part: Correlation, axis: Axis, light: float = FULL) -> None:
        """A channel, in light where the window of its kernel stands."""
        row, x = self.row, self.row.x(part)
        taps = {tap.step: tap for tap in part.taps if axis.has(tap.step)}
        none = {step: tap.sample for step, tap in taps.items() if tap.padded or tap.more}
        signal = {step: number for step, number in row.signals[part.channel].items() if axis.has(step)}
        pieces.baseline(draft, x, axis.left, axis.right, at.foot)
        for step, number in (signal | none).items():
            own, role = light if step in taps else FAINT, "context" if step in none else hue(part)
            row.bar(draft, (*x, step), number, (axis.x(step), at.foot, axis.bar, at.unit), role, light=own)
            row.write(draft, (*x, step), number.text, at.size, own)
        room = (at.top, at.bottom if at.is_low else at.middle)
        self.label(draft, x, row.named(part, axis.left), at.middle if at.is_low else at.foot, hue(part), light, room)

    def _kernel(
        self, draft: Draft, place: int, told: Output, at: Row, axis: Axis, light: float, meant: Tap | None
    ) -> None:
        part, rig = told.parts[place], ("rig", place)
        (left, right), role = self.columns(part.taps, axis), hue(part)
        pieces.card(draft, rig, left, right, at.middle, at.bottom, role, CARD * light)
        self.window(draft, place, part, at, axis, light)
        pieces.baseline(draft, rig, left + 12, right - 12, at.kernel, role)
        draft.change([("baseline", *rig)], light=0.6 * light)
        if not at.is_low:
            self.label(draft, ("kernel", place), "kernel *w*", at.kernel, role, light, (at.middle, at.indices))
        y, is_numbered = (at.indices + at.bottom) / 2 - 3, at.bottom > at.indices and axis.pitch >= 1.5 * SMALL
        for tap in (tap for tap in part.taps if axis.has(tap.step)):
            key, x = (*told.w(part), tap.k), axis.x(tap.step)
            own = light if meant is None or meant.k == tap.k else FAINT
            self.row.bar(draft, key, tap.weight, (x, at.kernel, axis.bar, at.unit * self.times), tint(part), light=own)
            if not tap.more:
                self.row.write(draft, key, factor(tap.weight), at.size, own)
            if is_numbered:
                said, lit = "⋯" if tap.more else str(tap.k), "lit" if meant and own == FULL else "quiet"
                said = f"*k* = {said}" if tap.k == (meant or part.taps[0]).k and axis.pitch > 3 * SMALL else said
                draft.put("index", ("index", place, tap.k), words(said, x, y, SMALL, lit, light=light))

    def window(self, draft: Draft, place: int, part: Correlation, at: Row, axis: Axis, light: float = FULL) -> None:
        """What a channel's kernel covers."""
        left, right = self.columns(part.taps, axis)
        frame = plate(hue(part), left, at.top, right, at.bottom, light=WINDOW * light, z=-4)
        draft.put("rig", ("rig", place, "frame"), frame)

    def columns(self, taps: Sequence[Tap], axis: Axis) -> tuple[float, float]:
        """The left and right edge of the columns that taps read."""
        xs = [axis.x(tap.step) for tap in taps if axis.has(tap.step)]
        return min(xs) - EDGE * axis.pitch, max(xs) + EDGE * axis.pitch

    def bias(self, draft: Draft, told: Output, rows: Sequence[Row], axis: Axis) -> None:
        """The foot of a filter: its name, and its bias."""
        if told.bias is None:
            return
        (left, right), size = self.columns(told.parts[0].taps, axis), self.form.small
        left, y = min(left, right - 37 - width(signed(told.bias.text), size)), rows[-1].bottom + self.under - FOOT / 2
        pieces.card(draft, ("filter", told.f), left, right, y - FOOT / 2, y + FOOT / 2, "bias", CARD * 1.3)
        titled(draft, told, "filter", left + 18, right - 18, y, size)

    def products(self, draft: Draft, place: int, tap: Tap | None = None) -> None:
        """The product of a channel's ``tap``; or all under their taps, head to tail, and their sum."""
        row, part, at = self.row, self.parts[place], self.aside
        steps, parents, copies = [], {}, {}
        pieces.baseline(draft, ("floor", self.told.f), self.near.left, self.near.right, at.floor)
        self.label(draft, ("products",), "products", at.floor, hue(part))
        self.sums(draft, place + (tap is None))
        for one in [tap] if tap else part.taps:
            own = ("product", part.channel, one.k)
            steps.append((own, one.product, hue(part), self.near.x(one.step)))
            copies[own] = (*row.x(part), one.step, "bar")
            parents[own] = ((*self.told.w(part), one.k, "bar"), copies[own])
        stand = [before.partial.value for before in self.parts[:place]]  # over whose numbers no line may go
        is_free = not tap and part.partial.value < min(stand, default=part.partial.value + 1)
        until = at.x(place) - at.bar / 2 if is_free else None
        look = (self.near.bar, parents, copies, (), SMALL, row.whole and at.unit > 6, until)
        pieces.staircase(draft, steps, at.floor, at.unit, *look)
        for own, number, *_ in steps:
            self.row.write(draft, own, signed(number.text), self.size["products"])
            signs(draft, own)

    def sums(self, draft: Draft, done: int) -> None:
        """The sums of the first channels, each from the baseline, and places for all others."""
        at = self.aside
        self._sums(draft, at, done)
        for place in range(done, self.many):
            role = self.addends[place].role
            self.place(draft, ("sum", place), role, at.x(place), at.floor, at.bar)

    def added(self, draft: Draft) -> None:
        """The sums of the channels and the bias head to tail, and what they add up to."""
        key, total, last, at = ("total", self.told.step), self.told.total, len(self.addends), self.across
        parents, line = [(*addend.key, "bar") for addend in self.addends], ("count", "sum", *self.told.cell)
        self._sums(draft, at, last, at.x(last) - at.bar / 2)
        for place, addend in enumerate(self.addends):
            draft.change({(*addend.key, "digits")} & draft.marks.keys(), goes_into=(*line, place))
        self.row.bar(draft, key, total, (at.x(last), at.floor, at.bar, at.unit), "output", made_of=tuple(parents))
        sizes = (HERO if self.row.is_film else TEXT, *self.larger)
        pieces.digits(draft, key, total.text, fitting(at.pitch - 8, [total.text], sizes))

    def _sums(self, draft: Draft, at: Slots, done: int, until: float | None = None) -> None:
        """The first addends, each from the baseline, or head to tail ``until`` an x."""
        bricks, shown = self.row.whole and at.unit > 6, self.addends[:done]
        pieces.baseline(draft, ("floor", "sums"), at.left, at.right, at.floor)
        made = {addend.key: products_of(part) for addend, part in zip(shown, self.parts, strict=False)}
        steps = [(addend.key, addend.number, addend.role, at.x(place)) for place, addend in enumerate(shown)]
        for some in [[step] for step in steps] if until is None else [steps]:
            pieces.staircase(draft, some, at.floor, at.unit, at.bar, made, None, (), SMALL, bricks, until)
        for place, (key, number, *_) in enumerate(steps):
            self.row.write(draft, key, signed(number.text) if until and place else number.text, at.size)
            signs(draft, key)
        said, y = [name for name, _ in self.names], self.row.bottom - DIGIT * self.form.small / 2
        size = fitting(at.pitch - 8, said, (self.form.small, SMALL))
        for place, (name, role) in enumerate(self.names[: at.many]):
            if width(name, size) <= at.pitch - 4:
                mark = words(name, at.x(place), y, size, inked(self.form, role))
                draft.put("note", ("note", "under", place), mark)

    def worked(self, draft: Draft, told: Output, rows: Sequence[Row], places: Iterable[int]) -> None:
        """How the sums of some channels are added, beside their rows."""
        size, is_full = self.spelled
        for place in places if size else ():
            every, row = sums.of_channel(told.parts[place], is_full), rows[place]
            box = (self.side + 16, (row.top + row.bottom) / 2, self.end)
            sums.write(draft, ("worked", *told.cell, place), every, box, size, SUPPORT + 0.1)

    def listed(self, draft: Draft, f: int, done: Collection[int]) -> None:
        """Beside the outputs of a filter how each is added, a line for each, where those have room."""
        outputs, top = [Output(self.row, step, f) for step in self.row.shown], self.rows["open"][0][-1].bottom
        high, box = self.row.bottom - top - self.under, (self.side + 16, top + self.under, self.end)
        sizes = [size for size in self.sizes if size * sums.LINE * len(outputs) <= high]
        any(sums.list_outputs(draft, outputs, done, box, size) for size in sizes)

    def outputs(self, draft: Draft, told: Output, done: Collection[int]) -> None:
        """The outputs of a filter, and places for those to come."""
        row, axis, foot = self.row, self.far, self.floor
        every = [one for one in (Output(row, step, told.f) for step in row.shown) if axis.has(one.home)]
        xs = [axis.x(one.home) for one in every]
        pieces.baseline(draft, ("floor", told.f), min(xs) - 0.5 * axis.pitch, max(xs) + 0.5 * axis.pitch, foot)
        self.label(draft, told.key[::2], f"output {row.output}", foot, "ink")
        for one, x in zip(every, xs, strict=True):
            if one.step not in done:
                self.place(draft, ("output", *one.cell), "output", x, foot, axis.bar)
                continue
            row.bar(draft, one.key, one.number, (x, foot, axis.bar, self.low), "output", made_of=one.taps)
            self.row.write(draft, one.key, one.number.text, self.size["outputs"] or SMALL * (one.step == told.step))
            if one.step == self.told.step:
                for kind in ("bar", "digits"):
                    draft.change({(*one.key, kind)} & draft.marks.keys(), copy_of=("total", one.step, kind))
