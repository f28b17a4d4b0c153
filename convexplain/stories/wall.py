"""The filters of a layer side by side: all read the same channels, each gives a signal of its own; and Keras's numbers
beside theirs.

The last boards of channel_summation: channels at the left, filters in the middle, outputs at the right, a row for every
filter. A few filters stand there as they were seen, kernel under kernel over the bias, and another one is told on the
same samples; of many the kernels stand in a row. This module knows channels and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, COLUMN, CONTEXT, DIGIT, FULL, SMALL, Board, Cue, Draft, Key, plate
from convexplain.board.pieces import ABOVE, Axis, Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import channels as rows
from convexplain.stories import phrases
from convexplain.stories.channels import GAP, PALE, TOP, Channels, above, fitted, hue
from convexplain.stories.script import Correlation

FOOT = 42.0
"""The height of a filter's foot."""
MOST_FILTERS = 8
"""What a board has room for, side by side."""
At = tuple[int, int] | None
"""The output that is told: step and filter."""


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
        self.over, self.title, self.pad = (above(SMALL), 46.0, 12.0) if film else (8.0, 38.0, 6.0)
        """The room over the bars of a kernel, that of a filter's name, and that between its frame and its kernels."""
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
            for f in self.filters[1:]:  # their sums are shown as bars
                sums = [self.row.addends(step, f) for step in self.steps]
                found[f] = benches.extent(
                    level for every in sums for level in benches.levels(number.value for _, number, *_ in every)
                )
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

    def _laid(self, c: int, unit: float) -> tuple[float, float]:
        """The room of another filter's kernel under a channel: over its baseline, and below it."""
        if len(self.filters) == 1 or not self.is_open:
            return 0.0, 0.0
        reached = [self.weights(c, f) for f in self.filters[1:]]
        return GAP + self.over + max(up for up, _ in reached) * unit, max(down for _, down in reached) * unit + GAP

    def _under(self, c: int, unit: float) -> float:
        """What a channel with a kernel, its name and its products leaves of its share of the height."""
        signal = self.row.signals[self.row.kept[c]]
        reach = sum(benches.extent(number.value for number in signal.values()))
        texts = above(SMALL) if self.is_open else 0.0
        share = (self.row.bottom - TOP) / len(self.row.parts)
        return share - texts - reach * unit - sum(self._laid(c, unit)) - 1.2 * self.row.size - 16

    def _around(self, f: int, unit: float) -> float:
        """What a filter leaves of its row's height."""
        return self.high - 8 - self.tall(f, unit)

    def tall(self, f: int, unit: float) -> float:
        """The height of a filter."""
        cards = sum(self.over + GAP + sum(self.weights(c, f)) * unit for c in range(len(self.row.parts)))
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
        row, f = self.row, self.row.f
        bias = row.script.layer.use_bias
        last: At = None
        if len(self.filters) > 1 and self.is_open:
            other = self.filters[1]
            said = f"Filter *f* = {other}: " + ("kernels and a bias of its own." if bias else "kernels of its own.")
            yield self._told("another", said, {f: self.steps}, None, 2.5)
            for place, step in enumerate(self.steps[:-1][:3]):
                said = f"Filter {other} on the same samples, at *t* = {step}."
                done = {f: self.steps, other: self.steps[: place + 1]}
                name = "its output" if place == 0 else f"its next {step}"
                yield self._told(name, said, done, (step, other), 1.6 if place == 0 else 1.2)
            last = (self.steps[-1], other)
        many = phrases.count(row.filters, "filter")
        said = phrases.sentence(f"{many}, {phrases.count(row.filters, 'signal')}: *f* counts them.")
        if row.filters == 1:
            said = "One filter: one output signal."
        every = dict.fromkeys(self.filters, self.steps)
        yield self._told("filters", said, every, last, 2)
        yield self._checked(every)

    def _told(self, name: str, said: str, done: Mapping[int, Sequence[int]], at: At, hold: float) -> Board:
        draft = self.row.draft(said, None, ("f", "f of w", "f of b"), filters=True)
        self._lay(draft, done, at, self.filters[-1] if self.is_open else self.row.f)
        return draft.board(name, said, hold, self._cues(name, at))

    def _lay(self, draft: Draft, done: Mapping[int, Sequence[int]], at: At, meant: int | None) -> None:
        self._channels(draft, at)
        for f in self.filters:
            if self.is_open:
                self._filter(draft, f, f == meant, at is not None and f == at[1], at is None)
            else:
                self._card(draft, f, meant in (f, None))
            self._outputs(draft, f, done.get(f, []), self.is_open or meant in (f, None), at is not None)

    # what stands on them

    def _channels(self, draft: Draft, at: At) -> None:
        """The channels, each with its name and, at an output that is told, its window and its sum."""
        row, axis, unit = self.row, self.inputs, self.unit
        if self.is_open:
            pieces.ruler(draft, axis, "step", lit=[] if at is None else [row.script.start(at[0])])
        else:
            pieces.note(draft, ("channels",), "channels", axis.left, pieces.RULER)
            pieces.note(draft, ("kernels",), "filters *f*", self.kernel, pieces.RULER)
            pieces.note(draft, ("outputs",), "outputs", self.axis.left, pieces.RULER)
        share = (row.bottom - TOP) / len(row.parts)
        for c, part in enumerate(row.parts):
            signal = row.signals[part.channel]
            signal = {step: number for step, number in signal.items() if axis.has(step)}
            up, down = benches.extent(number.value for number in signal.values())
            over = above(SMALL) if self.is_open else 0.0
            foot = TOP + share * c + self._under(c, unit) / 2 + over + up * unit
            pieces.signal(draft, row.x(part), signal, axis, foot, unit, hue(part), bricks=row.whole and unit > 8)
            said = f"*c* = {part.source}" if row.script.level == 1 else f"{row.array}, *c* = {part.source}"
            laid = 0.0 if at is None else sum(self._laid(c, unit))
            low = foot + down * unit + laid + 8 + 0.6 * row.size
            own = words(said, axis.left, low, row.size, hue(part), align=-1)
            draft.put("name", ("name", "wall", *row.x(part)), own)
            if self.is_open:
                for step, number in signal.items():
                    self._write(draft, (*row.x(part), step), number)
            if at is not None:
                met = row.correlations(*at)[c]
                line = words(row.worked(met), own.right + 80, low, row.size, hue(part), align=-1)
                draft.put("worked", ("worked", at, part.channel), line)
                covered = [tap.step for tap in met.taps]
                draft.change([(*row.x(part), s, "bar") for s in signal if s not in covered], light=rows.OUTSIDE)
                self._window(draft, c, met, foot, at[1])

    def _window(self, draft: Draft, c: int, met: Correlation, foot: float, f: int) -> None:
        """The window over a channel, with the kernel of the filter that is told."""
        unit, role, signal = self.unit, hue(met), self.row.signals[met.channel]
        up, down = benches.extent(number.value for number in signal.values())
        over, below = self._laid(c, unit)
        left, right = benches.columns(met.taps, self.inputs)
        low = foot + down * unit
        pieces.rig(
            draft, ("window", c), left, right, foot - up * unit - above(SMALL), low + GAP / 2, low + over + below, role
        )
        pieces.baseline(draft, ("window", c), left + 12, right - 12, low + over, role)
        draft.change([("baseline", "window", c)], light=0.6)
        for tap in met.taps:
            key, origin = ("laid", c, tap.k), (*self.row.w(met, f), tap.k, "bar")
            x, pale, wide = self.inputs.x(tap.step), (str(role), "ink", PALE), 0.5 * self.pitch
            pieces.column(draft, key, tap.weight, x, low + over, wide, unit, pale, copy_of=origin)
            if self.row.is_film:
                self._write(draft, key, self._factor(tap.weight), repeated=True)

    def _factor(self, weight: Number) -> Number:
        """A tap with its times sign, where there is room for that."""
        text = benches.factor(weight)
        return weight._replace(text=text) if rows.width(text) + 10 <= self.pitch else weight

    def _write(self, draft: Draft, key: Key, number: Number, repeated: bool = False, size: float = SMALL) -> None:
        """The number of a bar, with a key of its own: it comes when its bar has come, and does not fly over others."""
        mark = pieces.digits(draft, key, number.text, size)
        del draft.marks[*key, "digits"]
        draft.put("digits", ("wall", *key), mark.at(about=None if repeated else number.about))

    def _filter(self, draft: Draft, f: int, meant: bool, is_added: bool, is_open: bool) -> None:
        """A filter as it was seen: kernel under kernel over the bias in one frame. Strands lead to it, bright where it
        is told or all are (``is_open``), and from it where its outputs are not being added up.
        """
        row, unit, tall = self.row, self.unit, self.tall(f, self.unit)
        top, left, right = self.top(f) + (self.high - tall) / 2, self.kernel, self.kernel + self.card
        look = dict(light=0, edge=1.0 if meant else 0.5, size=3, hollow=True, z=-4)
        frame = plate("output", left - self.pad, top, right + self.pad, top + tall, **look)
        draft.put("rig", ("rig", "filter", f), frame)
        role = "lit" if meant else "quiet"
        title = words(f"filter *f* = {f}", left + 4, top + self.title / 2 + 4, SMALL, role, align=-1)
        draft.put("name", ("name", "filter", f), title)
        y = top + self.title
        for c, part in enumerate(row.correlations(row.at, f)):
            up, down = self.weights(c, f)
            key, pale = row.w(part, f), (str(hue(part)), "ink", PALE)
            base, end = y + self.over + up * unit, y + self.over + (up + down) * unit + GAP
            draft.put("rig", ("rig", *key, "card"), plate(hue(part), left, y, right, end, light=CARD, z=-3))
            edge = plate(hue(part), left, y, right, end, light=0, edge=0.7, size=2, z=-2, hollow=True)
            draft.put("rig", ("rig", *key, "frame"), edge)
            pieces.baseline(draft, ("rig", *key), left + 12, right - 12, base, hue(part))
            draft.change([("baseline", "rig", *key)], light=0.6)
            for place, tap in enumerate(part.taps):
                x = left + self.pitch * (place + 0.5)
                pieces.column(draft, (*key, tap.k), tap.weight, x, base, 0.5 * self.pitch, unit, pale)
                if row.is_film:
                    self._write(draft, (*key, tap.k), self._factor(tap.weight), repeated=True)
                if f == self.order[0] and c == 0:
                    mark = words(str(tap.k), x, pieces.RULER, self.form.small, "quiet")
                    draft.put("index", ("index", "wall", tap.k), mark)
            self._strand(draft, part, f, (y + end) / 2, left - self.pad - 8, is_open or is_added)
            y = end + GAP
        said = "tap *k*" if row.is_film else "*k*"
        draft.marks["index", "wall", "name"] = words(said, left - 24, pieces.RULER, self.form.small, "quiet", align=1)
        row.foot(draft, left, right, y, FOOT, f)
        if not is_added:
            begin, end = right + self.pad + 6, self.axis.left - 10
            pieces.strand(draft, ("strand", "y", f), begin, top + tall / 2, end, self.floor(f), "output", is_open)

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

    def _outputs(self, draft: Draft, f: int, done: Sequence[int], meant: bool, is_told: bool) -> None:
        """What a filter gives, and the places of what it will give."""
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
            if step not in done:
                look = dict(hollow=True, size=2, dash=9, light=0, edge=0.5)
                mark = plate("output", x - wide / 2, foot - 2.4 * self.low, x + wide / 2, foot, **look)
                draft.put("place", ("place", f, step), mark)
                continue
            parts = row.correlations(row.at, f)
            made = tuple((*row.w(part, f), tap.k, "bar") for part in parts for tap in part.taps)
            bricks, light = row.whole and self.low > 8, FULL if meant else 2 * CONTEXT
            at = (x, foot, wide, self.low, "output", True, bricks, light)
            pieces.column(draft, row.y(step, f), number, *at, made_of=made)
            if self.is_open:
                if f == row.f and len(self.filters) > 1:  # the number travels with its bar
                    pieces.digits(draft, row.y(step, f), number.text, row.size)
                else:
                    self._write(draft, row.y(step, f), number, size=row.size)
        if self.is_open and done and f == self.filters[-1] != row.f and is_told:
            step = done[-1]
            self._added(draft, step, f)
            y = foot + self.reach[f][1] * self.low + ABOVE + DIGIT * row.size / 2 + 4
            pieces.counted(draft, ("sum", step), row.sum(step, f), self.form.width - self.form.margin, y, row.size, 1)

    def _added(self, draft: Draft, step: int, f: int) -> None:
        """The sums of the channels and the bias, head to tail before the outputs, on their baseline."""
        row, left = self.row, self.kernel + self.card + self.pad + 8
        addends = row.addends(step, f)
        pieces.baseline(draft, ("sums", f), left, self.axis.left, self.floor(f))
        pitch = (self.axis.left - 8 - left) / len(addends)
        made = {
            row.partial(step, part): tuple(("laid", c, tap.k, "bar") for tap in part.taps)
            for c, part in enumerate(row.correlations(step, f))
        }
        rows.waterfall(draft, row, addends, left, pitch, self.floor(f), self.low, made)

    def _cues(self, name: str, at: At) -> list[Cue]:
        row = self.row
        rulers = tuple(("ruler", step) for step in self.inputs.shown)
        arrival = self._arrival(rulers)
        if at is None:
            return arrival
        laying = []
        if name == "its output":  # the kernel is carried to its samples, and then its numbers are written
            laying = [Cue((("laid",),), motion.ENTER, lasts=0.8), Cue((("wall", "laid"),), motion.ENTER + 0.5)]
        step, f = at
        outputs = (("place", f, step), *((*row.y(step, f), "bar") for step in self.steps))
        sums = [Cue(((*key, "bar"),), motion.ENTER + 2 + n) for n, (key, *_) in enumerate(row.addends(step, f))]
        last = motion.ENTER + 2 + len(sums)
        written = Cue((("wall", row.y(step)[0]),), last + 0.5)
        worked = Cue((("worked", at),), motion.ENTER + 1)
        return [*arrival, *laying, worked, *sums, Cue(outputs, last), written, Cue((("count", "sum", step),), last + 1)]

    def _arrival(self, rulers: tuple[Key, ...]) -> list[Cue]:
        """First the channels go to their place, then the filter that is known, then its outputs; then the ways come,
        and last what the other filters are and give.
        """
        row, f = self.row, self.row.f
        marks = ("bar", "digits") if len(self.filters) > 1 else ("bar",)
        outputs = tuple((*row.y(step), mark) for step in self.steps for mark in marks)
        signals = [(*row.x(part), step, "bar") for part in row.parts for step in self.inputs.shown]
        signals += [("baseline", *row.x(part)) for part in row.parts]
        weights = [row.w(part) for part in row.parts]
        own = [*weights, *(("rig", *key) for key in weights), *(("baseline", "rig", *key) for key in weights)]
        own += [(f"b{row.script.level}", f), ("rig", "filter", f)]
        written = {("wall", key[0]) for part in row.parts for key in (row.x(part), row.w(part), row.y(0))}
        others = [key for other in self.filters[1:] for key in self._of(other)]
        return [
            Cue((*signals, *rulers), motion.MOVE, lasts=0.8),
            Cue(tuple(own), motion.MOVE + 0.3, lasts=0.8),
            Cue(outputs, motion.MOVE + 0.6, lasts=1.1, how="across first"),
            Cue((*written, ("strand",), ("ruler", "t"), ("index",)), motion.ENTER),
            Cue(tuple(others), motion.ENTER + 1),
            Cue((("place",),), motion.ENTER + 1.5),
            Cue((("place", "start"),), motion.LEAVE),
        ]

    def _of(self, f: int) -> Iterator[Key]:
        """What belongs to another filter."""
        row = self.row
        for part in row.correlations(row.at, f):
            key = row.w(part, f)
            yield from (key, ("rig", *key), ("wall", *key), ("baseline", "rig", *key), ("strand", part.channel, f))
        yield from ((f"b{row.script.level}", f), ("rig", "filter", f), ("name", "filter", f), ("filter", f))
        yield from (("strand", "y", f), ("baseline", "floor", f), ("card", "filter", f))
        yield from (row.y(step, f) for step in self.steps)

    # what Keras gives

    def _checked(self, every: Mapping[int, Sequence[int]]) -> Board:
        """Keras's numbers: below the outputs, or as dots beside the tips of many, which stand in full numbers."""
        row, script, axis = self.row, self.row.script, self.axis
        said, library = phrases.sentence(f"{script.check_words()}."), script.check.library
        draft, asked = row.draft(said, ()), list[Key]()
        if not self.is_open:
            full = {at: script.full(*at) for at in self.outputs}
            self.outputs = {at: self.outputs[at]._replace(value=value, about=None) for at, value in full.items()}
        self._lay(draft, every, None, None)
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
                name = words(library.split()[0], axis.left - 8, y, SMALL, "kernel", align=1)
                draft.put("compared", ("compared", f, "name"), name)
        low = max((draft.marks[key].y for key in asked), default=self.form.height)
        self._said(draft, library.split()[0], low + 0.36 * row.size + SMALL)
        return draft.board("check", said, 3, [Cue(tuple(asked), motion.ENTER)])

    def _said(self, draft: Draft, library: str, y: float) -> None:
        """Who Keras is, and that nothing is rounded here."""
        end = self.form.width - self.form.margin
        note = words(f"{library}: a library for neural networks", end, y, SMALL, "kernel", align=1)
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
