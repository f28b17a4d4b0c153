"""The filters of a layer side by side: all read the same channels, each gives a signal of its own; and Keras's numbers
beside theirs.

The last boards of channel_summation: channels at the left, filters in the middle, outputs at the right, a row for every
filter. A few filters stand there as they were seen, kernel under kernel over the bias; of many the kernels stand in a
row. This module knows channels and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, COLUMN, CONTEXT, DIGIT, FULL, Board, Cue, Draft, Key, plate
from convexplain.board.pieces import ABOVE, Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_channels import channels as rows
from convexplain.stories.many_channels.channels import GAP, PALE, TOP, Channels, above, fitted, hue
from convexplain.stories.script import Correlation

FOOT = 42.0
"""The height of a filter's foot."""
MOST_FILTERS = 8
"""What a board has room for, side by side."""


class Wall:
    """The boards of all filters."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, script = row, row.form, row.script
        others = [f for f in range(row.filters) if f != row.f]
        self.filters = [row.f, *others[: MOST_FILTERS - 1]]
        self.order, self.steps = sorted(self.filters), row.shown
        every = [part for f in self.filters for step in self.steps for part in row.correlations(step, f)]
        self.outputs = {(step, f): script.output(step, f) for f in self.filters for step in self.steps}
        self.count = max(len(part.taps) for part in every)
        places = len(row.wide.shown) + self.count + len(self.steps)
        texts = [tap.weight.text for part in every for tap in part.taps] + [n.text for n in self.outputs.values()]
        texts += [number.text for signal in row.signals.values() for number in signal.values()]
        plain = script.layer.activation == "linear" and script.layer.groups == 1 and not row.rest and row.whole
        is_free = not any(tap.padded or tap.more for part in every for tap in part.taps)
        is_free = is_free and row.read == len(row.wide.steps)
        room = (COLUMN.width - 300) / places
        few = len(self.filters) * len(row.parts) <= 4 and max(map(rows.width, texts)) + 6 <= room
        self.is_open = bool(plain and is_free and few)
        """Whether filters stand as they were seen, with numbers."""
        film = row.is_film
        self.title, self.pad = (60.0, 12.0) if film else (38.0, 6.0)
        """The room of a filter's name, and that between its frame and its kernels."""
        before = (70.0 if film else 56.0) if self.is_open else 0.0
        after, link = (
            (0.0, (190.0 if len(self.filters) > 1 else 120.0) if film else 100.0) if self.is_open else (56.0, 40.0)
        )
        strand = (
            ((100.0 if len(self.filters) > 1 else 170.0) if film else 70.0)
            if self.is_open
            else 200.0
            if film
            else 120.0
        )
        card = 0.0 if self.is_open else 300.0 if film else 190.0
        spare = self.form.width - 2 * self.form.margin - before - after - strand - link - card - 2 * self.pad
        self.pitch = min(120.0, spare / (places if self.is_open else places - self.count))
        self.inputs = Axis(row.wide.shown, self.form.margin + before, self.pitch, row.read)
        self.kernel = self.inputs.right + strand + self.pad
        self.card = card or self.count * self.pitch
        left = self.kernel + self.card + self.pad + link
        self.axis = Axis(tuple(self.steps), left, self.pitch, row.steps)
        self.high = (row.bottom + 10 - TOP) / len(self.filters)

    # heights

    def weights(self, c: int, f: int) -> tuple[float, float]:
        """How far the kernel of a channel's place reaches."""
        return benches.extent(tap.weight.value for tap in self.row.correlations(self.row.at, f)[c].taps)

    @cached_property
    def reach(self) -> dict[int, tuple[float, float]]:
        """How far the outputs of each filter reach; of many filters, of all of them."""
        found = {f: benches.extent(self.outputs[step, f].value for step in self.steps) for f in self.filters}
        if self.is_open:
            return found
        up, down = (max(ends) for ends in zip(*found.values(), strict=True))
        return dict.fromkeys(self.filters, (up, down))

    @cached_property
    def unit(self) -> float:
        """The unit of everything, with room for numbers where they are written; of many filters the kernels have one of
        their own.
        """
        most = self.row.most(40.0)
        found = [fitted(partial(self._under, c), most) for c in range(len(self.row.parts))]
        found += [self._lowest] if self._is_one else []
        found += [fitted(partial(self._around, f), most) for f in self.filters if self.is_open]
        return min(found)

    @property
    def _lowest(self) -> float:
        """The largest unit at which the outputs have room."""
        reach, free = max(map(sum, self.reach.values())), min(self._beside(f, 0.0) for f in self.filters)
        return min(self.row.most(40.0), free / max(1e-30, reach))

    @property
    def low(self) -> float:
        """The unit of the outputs."""
        return self.unit if self._is_one else self._lowest

    @property
    def _is_one(self) -> bool:
        """Whether one unit serves all."""
        return self.row.whole and self._lowest >= 3

    def _beside(self, f: int, unit: float) -> float:
        """What the outputs of a filter leave of its row's height."""
        texts = above(self.row.size) + 2 * ABOVE + self.row.size if self.is_open else 0.14 * self.high
        return self.high - texts - sum(self.reach[f]) * unit

    def _under(self, c: int, unit: float) -> float:
        """What a channel with its name leaves of its share of the height."""
        signal = self.row.signals[self.row.kept[c]]
        reach = sum(benches.extent(number.value for number in signal.values()))
        texts = above(self.form.small) if self.is_open else 0.0
        share = (self.row.bottom - TOP) / len(self.row.parts)
        return share - texts - reach * unit - 1.2 * self.row.size - 16

    def _around(self, f: int, unit: float) -> float:
        """What a filter leaves of its row's height."""
        return self.high - 8 - self.tall(f, unit)

    def tall(self, f: int, unit: float) -> float:
        """The height of a filter."""
        cards = sum(2 * GAP + sum(self.weights(c, f)) * unit for c in range(len(self.row.parts)))
        foot = FOOT + GAP if self.row.bias else 0.0
        return cards + GAP * (len(self.row.parts) - 1) + self.title + self.pad + foot

    def top(self, f: int) -> float:
        """Where the row of a filter begins: in the order of their numbers."""
        return TOP + self.high * self.order.index(f)

    def floor(self, f: int) -> float:
        """The baseline of a filter's outputs."""
        texts = above(self.row.size) if self.is_open else 0.07 * self.high
        return self.top(f) + texts + self._beside(f, self.low) / 2 * self.is_open + self.reach[f][0] * self.low

    # boards

    def boards(self) -> Iterator[Board]:
        row = self.row
        many = phrases.sentence(phrases.count(row.filters, "filter"))
        said = (
            f"{many}: one signal for each, not for each channel." if row.filters > 1 else f"{many}: one output signal."
        )
        draft = row.draft(said, None, ("f", "f of w", "f of b"), filters=True)
        self._lay(draft, None if self.is_open else row.f)
        yield draft.board("filters", said, 2, self._cues())
        yield self._checked()

    def _lay(self, draft: Draft, meant: int | None) -> None:
        """The channels, the filters and what they give; one of them is ``meant``, or all."""
        self._channels(draft)
        for f in self.filters:
            if self.is_open:
                self._filter(draft, f)
            else:
                self._card(draft, f, meant in (f, None))
            self._outputs(draft, f, meant in (f, None))

    # what stands on them

    def _channels(self, draft: Draft) -> None:
        """The channels, each with its name."""
        row, axis, unit = self.row, self.inputs, self.unit
        if self.is_open:
            pieces.ruler(draft, axis, "step")
        else:
            pieces.note(draft, ("channels",), "channels", axis.left, pieces.RULER)
            pieces.note(draft, ("kernels",), "filters *f*", self.kernel, pieces.RULER)
            pieces.note(draft, ("outputs",), "outputs", self.axis.left, pieces.RULER)
        share = (row.bottom - TOP) / len(row.parts)
        for c, part in enumerate(row.parts):
            signal = row.signals[part.channel]
            signal = {step: number for step, number in signal.items() if axis.has(step)}
            up, down = benches.extent(number.value for number in signal.values())
            over = above(self.form.small) if self.is_open else 0.0
            foot = TOP + share * c + self._under(c, unit) / 2 + over + up * unit
            pieces.signal(draft, row.x(part), signal, axis, foot, unit, hue(part), bricks=row.whole and unit > 8)
            said = f"*c* = {part.source}" if row.script.level == 1 else f"{row.array}, *c* = {part.source}"
            low = foot + down * unit + 8 + 0.6 * row.size
            own = words(said, axis.left, low, row.size, hue(part), align=-1)
            draft.put("name", ("name", "wall", *row.x(part)), own)
            for step, number in signal.items() if self.is_open else ():
                pieces.digits(draft, (*row.x(part), step), number.text, self.form.small)

    def _filter(self, draft: Draft, f: int) -> None:
        """A filter as it was seen: kernel under kernel over the bias in one frame, and the strands that lead to it and
        from it.
        """
        row, unit, tall = self.row, self.unit, self.tall(f, self.unit)
        top, left, right = self.top(f) + (self.high - tall) / 2, self.kernel, self.kernel + self.card
        look = dict(light=0, edge=1.0, size=3, hollow=True, z=-4)
        frame = plate("output", left - self.pad, top, right + self.pad, top + tall, **look)
        draft.put("rig", ("rig", "filter", f), frame)
        title = words(f"filter *f* = {f}", left + 4, top + self.title / 2 + 4, self.form.small, "lit", align=-1)
        draft.put("name", ("name", "filter", f), title)
        y = top + self.title
        for c, part in enumerate(row.correlations(row.at, f)):
            up, down = self.weights(c, f)
            key, pale = row.w(part, f), (str(hue(part)), "ink", PALE)
            base, end = y + GAP + up * unit, y + 2 * GAP + (up + down) * unit
            draft.put("rig", ("rig", *key, "card"), plate(hue(part), left, y, right, end, light=CARD, z=-3))
            edge = plate(hue(part), left, y, right, end, light=0, edge=0.7, size=2, z=-2, hollow=True)
            draft.put("rig", ("rig", *key, "frame"), edge)
            pieces.baseline(draft, ("rig", *key), left + 12, right - 12, base, hue(part))
            draft.change([("baseline", "rig", *key)], light=0.6)
            for place, tap in enumerate(part.taps):
                x = left + self.pitch * (place + 0.5)
                pieces.column(draft, (*key, tap.k), tap.weight, x, base, 0.5 * self.pitch, unit, pale)
            self._strand(draft, part, f, (y + end) / 2, left - self.pad - 8)
            y = end + GAP
        row.foot(draft, left, right, y, FOOT, f)
        if (bias := draft.marks.pop((f"b{row.script.level}", f, "name"), None)) is not None:
            draft.marks["wall", "bias", f] = bias  # words come when what they name stands
        begin, end = right + self.pad + 6, self.axis.left - 10
        pieces.strand(draft, ("strand", "y", f), begin, top + tall / 2, end, self.floor(f), "output")

    def _strand(self, draft: Draft, part: Correlation, f: int, y: float, end: float, meant: bool = True) -> None:
        """The way of a channel into a filter that reads it."""
        line = draft.marks.get(("baseline", *self.row.x(part)))
        if line is not None:
            key = ("strand", part.channel, f)
            pieces.strand(draft, key, self.inputs.right + 14, line.y, end, y, hue(part), meant)

    def _card(self, draft: Draft, f: int, meant: bool) -> None:
        """A filter as a card: its kernels, one for every channel that is shown, side by side."""
        row, top, low = self.row, self.top(f) + 0.04 * self.high, self.top(f) + 0.96 * self.high
        parts, left = row.correlations(row.at, f), self.kernel
        up, down = benches.extent(tap.weight.value for part in parts for tap in part.taps)
        unit = fitted(lambda unit: 0.8 * (low - top) - (up + down) * unit, row.most(40.0))
        foot = top + 0.1 * (low - top) + up * unit
        pieces.card(draft, ("filter", f), left, left + self.card, top, low, "bias", 0.1)
        wide, light = (self.card - 20) / len(parts), FULL if meant else 2 * CONTEXT
        for c, part in enumerate(parts):
            pitch = (wide - 16) / len(part.taps)
            for k, tap in enumerate(part.taps):
                x, pale = left + 18 + wide * c + pitch * (k + 0.5), (str(hue(part)), "ink", PALE)
                key = (*row.w(part, f), tap.k)
                pieces.column(draft, key, tap.weight, x, foot, 0.7 * pitch, unit, pale, bricks=False, light=light)
            self._strand(draft, part, f, (top + low) / 2 + 5 * (c - 1.5), left - 8, f == row.f)

    def _outputs(self, draft: Draft, f: int, meant: bool) -> None:
        """What a filter gives."""
        row, axis, foot = self.row, self.axis, self.floor(f)
        pieces.baseline(draft, ("floor", f), axis.left, axis.right, foot)
        if self.is_open:
            said = words(f"{row.output}, *t*", axis.left - 8, pieces.RULER, self.form.small, "quiet", align=1)
            draft.marks["ruler", "t"] = said
        else:
            end = self.form.width - self.form.margin
            pieces.note(draft, ("filter", f), str(f), end, foot, 1, "lit" if meant else "quiet")
        for step in self.steps:
            x, number, wide = axis.x(step), self.outputs[step, f], 0.56 * self.pitch
            if self.is_open:
                draft.marks["ruler", "t", step] = words(str(step), x, pieces.RULER, self.form.small, "quiet")
            parts = row.correlations(row.at, f)
            made = tuple((*row.w(part, f), tap.k, "bar") for part in parts for tap in part.taps)
            bricks, light = row.whole and self.low > 8, FULL if meant else 2 * CONTEXT
            at = (x, foot, wide, self.low, "output", True, bricks, light)
            pieces.column(draft, row.y(step, f), number, *at, made_of=made)
            if self.is_open:
                mark = pieces.digits(draft, row.y(step, f), number.text, row.size)
                del draft.marks[*row.y(step, f), "digits"]
                draft.marks["wall", *row.y(step, f)] = mark

    def _cues(self) -> list[Cue]:
        """The outputs that were made last leave their row, the channels and the filter theirs, and come to their
        places; then the other filters come, and last the ways between them.
        """
        row = self.row
        signals = [row.x(part) for part in row.parts] + [("baseline", *row.x(part)) for part in row.parts]
        steps = [("ruler", step) for step in self.inputs.shown]
        told = self.filters[-1] if self.is_open else row.f
        outputs, beat = [(*row.y(step, told), "bar") for step in self.steps], motion.MOVE - 0.5
        own = [(*row.w(part, told), tap.k, "bar") for part in row.parts for tap in part.taps]
        if self.is_open:
            bias = (f"b{row.script.level}", told)
            own += [*row.frames(told), (*bias, "card"), (*bias, "digits")]
        return [
            Cue((("caption",),), motion.LEAVE, lasts=0.4),
            Cue(tuple(outputs), beat, lasts=1.8, how="across first"),
            Cue((*signals, *steps), beat, lasts=0.8, after=0.5),
            Cue(tuple(own), beat, lasts=0.8, after=0.8),
            Cue((("strand",),), motion.ENTER + 1),
        ]

    # what Keras gives

    def _checked(self) -> Board:
        """Keras's numbers: below the outputs, or as dots beside the tips of many, which stand in full numbers."""
        row, script, axis = self.row, self.row.script, self.axis
        said, library = phrases.sentence(f"{script.check_words()}."), script.check.library
        draft, asked = row.draft(said, ()), list[Key]()
        if not self.is_open:
            full = {at: script.full(*at) for at in self.outputs}
            self.outputs = {at: self.outputs[at]._replace(value=value, about=None) for at, value in full.items()}
        self._lay(draft, None)
        for f in self.filters:
            foot = self.floor(f)
            y = foot + self.reach[f][1] * self.low + ABOVE + DIGIT * row.size / 2 + 4
            for step in self.steps:
                value, key = script.asked(step, f), (*row.y(step, f), "asked")
                if value is None:
                    continue
                asked.append(key)
                if self.is_open:
                    text = script.written(value).text
                    draft.put("compared", key, words(text, axis.x(step), y, row.size, "kernel"))
                else:
                    x = axis.x(step) + 0.28 * self.pitch + 8
                    pieces.compared(draft, key, x, foot - float(value) * self.low)
                    draft.change([key], width=10.0, height=10.0)
            if asked and self.is_open:
                name = words(library.split()[0], axis.left - 8, y, self.form.small, "kernel", align=1)
                draft.put("compared", ("compared", f, "name"), name)
        low = max((draft.marks[key].y for key in asked), default=self.form.height)
        self._said(draft, library.split()[0], low + 0.36 * row.size + self.form.small)
        return draft.board("check", said, 3, [Cue(tuple(asked), motion.ENTER)])

    def _said(self, draft: Draft, library: str, y: float) -> None:
        """Who Keras is, and that nothing is rounded here."""
        end = self.form.width - self.form.margin
        note = words(f"{library}: a library for neural networks", end, y, self.form.small, "kernel", align=1)
        if not self.is_open:
            note = words(f"dots: {library}", self.axis.right, pieces.RULER, self.form.small, "kernel", align=1)
        if (
            y < self.form.height
            and note.bottom < self.row.bottom + 40
            and note.left > self.kernel + self.card + self.pad + 10
        ):
            draft.put("note", ("note", "library"), note)
        if self.row.script.shown.is_rounded:
            said = "Here nothing is rounded. Before, samples and weights were, so that sums are exact as printed."
            pieces.remark(draft, ("rounded",), said)
