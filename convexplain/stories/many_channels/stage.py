"""The stage of channel_summation: every row has its column from the first kernel to the last board but two.

This module lays the rows, where the room says, and says nothing of their order in the story.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import inf

from convexplain.board import pieces
from convexplain.board.marks import CARD, FULL, SMALL, SUPPORT, Draft, Key, Role, line, plate
from convexplain.board.pieces import RULER, Axis, signed
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.bench import fitting
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import EDGE, FAINT, Addend, Output, columns, hue, inked, titled
from convexplain.stories.many_channels.room import FOOT, LIFTED, Room, Row
from convexplain.stories.many_channels.shares import TOP, Slot, width
from convexplain.stories.script import Correlation, Tap

WINDOW = 0.08
"""The light of a window."""


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
            beside = max(width(said.get(other, str(other)), self.form.small) for other in (step - 1, step + 1))
            room = min(1.2 * axis.pitch, 2 * axis.pitch - 28 - beside)
            size = fitting(room, [text], (self.form.small, SMALL))
            if ("ruler", step) in draft.marks and width(text, size) <= room:
                draft.marks["ruler", step] = words(text, axis.x(step), RULER, size, "lit", whole=False)

    def place(self, draft: Draft, key: Key, x: float, y: float, wide: float, high: float = 70.0) -> None:
        """Where a number will stand."""
        look = dict(light=0, edge=0.5, hollow=True, size=2, dash=9)
        draft.put("place", ("place", *key), plate("output", x - wide / 2, y - high, x + wide / 2, y, **look))

    def lay(
        self, draft: Draft, told: Output, kind: str, axis: Axis, meant: int | None = None, tap: Tap | None = None
    ) -> None:
        """The channels over the kernels of an output, all in light, or the one ``meant``, or of its taps one."""
        self.ruler(draft, axis, told, tap)
        for place, (part, at) in enumerate(zip(told.parts, self.rows[kind][meant or 0], strict=True)):
            light = FULL if meant in (None, place) else FAINT
            self.signal(draft, place, at, part, axis, light)
            if not at.is_low:
                room = at.middle, at.indices
                self.row.label(draft, ("kernel", place), "kernel *w*", at.kernel, hue(part), light, room)
            (left, right), xs = columns(part.taps, axis), [axis.x(one.step) for one in part.taps]
            index = (at.indices + at.bottom) / 2 - 3 if at.bottom > at.indices and axis.pitch >= 1.5 * SMALL else 0.0
            here = (at.kernel, axis.bar, at.unit * self.times, at.size, index)
            self.row.kernel(draft, told, place, (left, at.middle, right, at.bottom), xs, here, light, tap)

    def signal(self, draft: Draft, place: int, at: Row, part: Correlation, axis: Axis, light: float = FULL) -> None:
        """A channel, in light where the window of its kernel stands, and that."""
        (left, right), name, role = columns(part.taps, axis), self.row.named(part, axis.left), hue(part)
        self.row.signal(draft, part, axis, (at.foot, at.unit, at.size), part.taps, light)
        foot, bottom = (at.middle, at.bottom) if at.is_low else (at.foot, at.middle)
        self.row.label(draft, self.row.x(part), name, foot, role, light, (at.top, bottom))
        look = dict(light=WINDOW * light, z=-4)
        draft.put("rig", ("rig", place, "frame"), plate(role, left, at.top, right, at.bottom, **look))

    def filter(self, draft: Draft, told: Output, kind: str, axis: Axis) -> None:
        """All kernels over their samples, and what makes them a filter: its bias, and a bracket that joins that and
        them.
        """
        self.lay(draft, told, kind, axis)
        (left, right), size, rows = columns(told.parts[0].taps, axis), self.form.small, self.rows[kind][0]
        foot, x = rows[-1].bottom + self.under - FOOT, min(right + min(14.0, 0.12 * axis.pitch), self.form.width - 2)
        ys = [(row.middle + row.bottom) / 2 for row in rows]
        if told.bias:
            begin = min(left, right - 37 - width(signed(told.bias.text), size))
            pieces.card(draft, ("filter", told.f), begin, right, foot, foot + FOOT, "bias", CARD * 1.3)
            titled(draft, told, "", begin + 18, right - 18, foot + FOOT / 2, size)
            ys.append(foot + FOOT / 2)
        ends = [end for y in ys for end in (x, y, right, y, x, y)]
        draft.put("bracket", ("bracket", told.f), line("ink", *ends, size=3, light=SUPPORT))

    def name_bracket(self, draft: Draft, name: str) -> None:
        """What the bracket joins, beside it where that is clear of the sums."""
        form, x = self.form, draft.marks["bracket", self.told.f].right
        beside = [mark for key, mark in draft.marks.items() if key[0] == "partial"]
        for row in self.rows["open"][0]:
            mark = words(name, x + 14, row.bottom - 0.35 * form.small, form.small, align=-1)
            crossed = any(m.left < mark.right + 8 and m.top < mark.bottom and mark.top < m.bottom for m in beside)
            if not crossed and mark.right + 16 < (self.side if self.is_column else form.width):
                draft.put("note", ("note", "bracket"), mark)
                return

    def stairs(self, draft: Draft, place: int, tap: Tap | None = None) -> None:
        """The products of a channel head to tail, on the way to their sum; or that of one ``tap``."""
        part, slots, sum_ = self.parts[place], self.stairs_at[place], self.partials[place]
        floor = place * self.is_column  # one after the other on one floor, or each on its own
        self.ground(draft, ("stairs", floor), [*slots, sum_])
        mark = words("products", (slots[0].x + slots[-1].x) / 2, slots[0].under, self.form.small, "quiet")
        beside = self.partials[floor].x - width(self.names[floor][0], self.form.small) / 2
        draft.put("name", ("name", "products", floor), mark.at(x=min(mark.x, beside - 12 - mark.width / 2)))
        before = zip(self.parts[:place], self.partials, strict=False)  # over whose numbers no line may go
        stand = [other.partial.value for other, slot in before if slot.floor == sum_.floor]
        is_free = not tap and part.partial.value < min(stand, default=inf)
        each = zip(self.told.products(part), slots, part.taps, strict=True)
        shown = [(product, slot) for product, slot, own in each if tap in (None, own)]
        self._stack(draft, shown, sum_.x - sum_.bar / 2 if is_free else None)

    def sums(self, draft: Draft, done: int) -> None:
        """The sums of the first channels, each from the baseline; in a column after their products."""
        for place in range(done * self.is_column):
            if (name := ("name", "products", place)) not in draft.marks:
                self.stairs(draft, place)
                own = [key for key in draft.marks if key[:2] == ("product", self.parts[place].channel)]
                draft.change([name, *(key for key in own if key[-1] != "down")], light=FAINT)
        if not self.is_column:
            self.ground(draft, ("floor", "sums"), self.partials)
        for one, at in zip(self.addends[:done], self.partials, strict=False):
            self.row.bar(draft, one.key, one.number, at.at, one.role, one.number.text, at.size, made_of=one.made_of)
        self.name(draft, self.names[:done], self.partials)

    def added(self, draft: Draft) -> None:
        """The sums of the channels and the bias head to tail, and what they add up to."""
        total, at = self.told.total, self.across[-1]
        self.ground(draft, ("floor", "sums"), self.across)
        self._stack(draft, [*zip(self.addends, self.across, strict=False)], at.x - at.bar / 2)
        self.name(draft, self.names, self.across)
        self.worked(draft, self.told, "closed", len(self.parts))
        self.listed(draft, [self.told.step])
        size = fitting(at.pitch - 8, [total.text], (self.hero, *self.larger))
        parents = tuple((*addend.key, "bar") for addend in self.addends)
        self.row.bar(draft, ("total", self.told.step), total, at.at, "output", total.text, size, made_of=parents)

    def _stack(self, draft: Draft, every: Sequence[tuple[Addend, Slot]], until: float | None) -> None:
        """Addends head to tail in their slots, to ``until`` an x; all but a first sum have a sign."""
        (first, at), steps = every[0], [(one.key, one.number, one.role, slot.x) for one, slot in every]
        made, copies = ({one.key: getattr(one, origin) for one, _ in every} for origin in ("made_of", "copy_of"))
        bricks = self.row.whole and at.unit > 6
        pieces.staircase(draft, steps, at.floor, at.unit, at.bar, made, copies, 0.0, bricks, until)
        for one, _ in every if at.size else ():
            said = signed(one.number.text) if one.copy_of or one is not first else one.number.text
            pieces.digits(draft, one.key, said, at.size, inked(self.form, one.role))
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)

    def ground(self, draft: Draft, key: Key, slots: Sequence[Slot]) -> None:
        """The baseline of some bars."""
        first, last = slots[0], slots[-1]
        pieces.baseline(draft, key, first.x - first.pitch / 2, last.x + last.pitch / 2, first.floor)

    def name(self, draft: Draft, names: Sequence[tuple[str, Role]], slots: Iterable[Slot]) -> None:
        """The names under some bars, where they have room."""
        for place, ((name, role), at) in enumerate(zip(names, slots, strict=False)):
            size = fitting(at.pitch - 8, [said for said, _ in names], (self.form.small, SMALL))
            if at.under and width(name, size) <= at.pitch - 4:
                mark = words(name, at.x, at.under, size, inked(self.form, role))
                draft.put("note", ("note", "under", name if role == "output" else place), mark)

    def worked(self, draft: Draft, told: Output, kind: str, done: int, meant: int | None = None) -> None:
        """How the sums of the first channels are added: together, or each beside its rows, one ``meant``."""
        size, is_full = self.spelled
        for place in range(done if size else 0):
            every, y = sums.of_channel(told.parts[place], is_full), self.beside(kind, place, meant)
            own = ("worked", *told.cell, place)
            sums.write(draft, own, every, self.text, y, size, SUPPORT + 0.1)
            if meant not in (None, place):
                draft.change([key for key in draft.marks if key[1 : len(own) + 1] == own], light=FAINT)

    def beside(self, kind: str, place: int, meant: int | None) -> float:
        """The middle of what is written beside the rows of a channel, or, of all, at the top of the column."""
        line, lower = sums.LINE * self.spelled[0], 2 * LIFTED * (place > 0)
        return line / 2 - LIFTED + (TOP + place * line if meant is None else self.rows[kind][0][place].top + lower)

    def listed(self, draft: Draft, done: Collection[int]) -> None:
        """Over the outputs how each that is ``done`` is added, where all have room; the numbers fly there."""
        outputs, top = [*self.row.outputs.values()], TOP + len(self.parts) * sums.LINE * self.spelled[0]
        for size in self.sizes * self.is_worked:
            free = self.over - top - sums.LINE * size * len(outputs)
            if free >= 0 and self.text + sums.measured(self.form, outputs, size)[1] <= self.end:
                sums.listed(draft, outputs, done, self.text, top + free / 2, size)
                break
        for place, addend in enumerate(self.addends):
            key = ("count", "sum", *self.told.cell, place)
            draft.change({key} & draft.marks.keys(), copy_of=(*addend.key, "digits"))

    def outputs(self, draft: Draft, told: Output, done: Collection[int]) -> None:
        """The outputs of a filter, and places for those to come; a band behind the one that is told."""
        row, at = self.row, self.made[told.step]
        self.ground(draft, ("floor", told.f), list(self.made.values()))
        if not self.is_column:
            self.row.label(draft, told.key[::2], f"output {row.output}", at.floor, "ink", 1, (0.0, self.form.height))
        self.name(draft, [(f"{row.output}[{step}]", "output") for step in row.outputs], self.made.values())
        band = plate("output", at.x - EDGE * at.pitch, self.over, at.x + EDGE * at.pitch, row.bottom + 6)
        draft.put("band", ("band", "at"), band.at(light=0.07, z=-5))
        for step, at in self.made.items():
            one = row.outputs[step]
            if step not in done:
                self.place(draft, ("output", *one.cell), at.x, at.floor, at.bar)
                continue
            size = at.size or SMALL * (step == told.step)
            row.bar(draft, one.key, one.number, at.at, "output", one.number.text, size, made_of=one.taps)
            for kind in ("bar", "digits") * (step == self.told.step):
                draft.change({(*one.key, kind)} & draft.marks.keys(), copy_of=("total", step, kind))
        pieces.lift(draft, [one.key for step, one in row.outputs.items() if step in done])
        if ("name", *told.key[::2]) in draft.marks:
            pieces.clear_of_name(draft, told.key[::2], [(*row.outputs[step].key, "digits") for step in done])
