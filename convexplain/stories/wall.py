"""The filters of a small layer side by side: both read the same channels, each gives a signal of its own; and Keras's
numbers beside theirs.

The last boards of channel_summation for a small layer. This module knows a small layer and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, DIGIT, SMALL, About, Board, Cue, Draft, Key, Role, bar, plate
from convexplain.board.pieces import ABOVE, Axis
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.channels import hue
from convexplain.stories.script import Correlation
from convexplain.stories.small import GAP, PALE, TOP, Small, above, fitted

FOOT = 42.0
"""The height of a filter's foot."""


class Wall:
    """Channels at the left, filters in the middle, outputs at the right: a row for every filter."""

    def __init__(self, small: Small) -> None:
        self.small, self.form, row = small, small.form, small.row
        self.filters = [small.f, *[f for f in range(row.filters) if f != small.f]]
        self.steps, self.read = list(range(row.steps)), row.read
        self.taps = len(row.parts[0].taps)
        self.over, self.title, self.pad = (above(SMALL), 46.0, 12.0) if small.is_film else (8.0, 38.0, 6.0)
        """The room over the bars of a kernel, that of a filter's name, and that between its frame and its kernels."""
        strand, link, before = (170.0, 120.0, 70.0) if small.is_film else (70.0, 100.0, 56.0)
        free = self.form.width - 2 * self.form.margin - before - strand - link - 2 * self.pad
        pitch = min(120.0, free / (self.read + self.taps + len(self.steps)))
        left = self.form.margin + before
        self.inputs = Axis(tuple(range(self.read)), left, pitch, self.read)
        self.kernel = self.inputs.right + strand + self.pad
        right = self.kernel + self.taps * pitch + self.pad + link
        self.outputs = Axis(tuple(self.steps), right, pitch, len(self.steps))
        self.pitch = pitch
        self.high = (small.bottom + 10 - TOP) / len(self.filters)

    # heights

    def parts(self, f: int, step: int = 0) -> tuple[Correlation, ...]:
        """What the channels give to an output of a filter."""
        return self.small.correlations(step, f)

    @cached_property
    def reach(self) -> dict[int, tuple[float, float]]:
        """How far the outputs of each filter reach."""
        script = self.small.script
        return {f: benches.extent(script.output(step, f).value for step in self.steps) for f in self.filters}

    def weights(self, c: int, f: int) -> tuple[float, float]:
        """How far a kernel reaches."""
        return benches.extent(tap.weight.value for tap in self.parts(f)[c].taps)

    @cached_property
    def unit(self) -> float:
        """The unit of everything: outputs with their numbers and Keras's, and kernels, fit into a filter's row."""
        found = [fitted(partial(self._beside, f)) for f in self.filters]
        found += [fitted(partial(self._under, part)) for part in self.small.parts]
        return min(*found, *(fitted(partial(self._around, f)) for f in self.filters))

    def _beside(self, f: int, unit: float) -> float:
        """What the outputs of a filter leave of its row's height."""
        return self.high - above(SMALL) - 2 * ABOVE - self.small.size - sum(self.reach[f]) * unit

    def laid(self, c: int, unit: float) -> tuple[float, float]:
        """The room of another filter's kernel under a channel: over its baseline, and below it."""
        if len(self.filters) == 1:
            return 0.0, 0.0
        reached = [self.weights(c, f) for f in self.filters[1:]]
        return GAP + self.over + max(up for up, _ in reached) * unit, max(down for _, down in reached) * unit + GAP

    def _under(self, part: Correlation, unit: float) -> float:
        """What a channel with a kernel, its name and its products leaves of its share of the height."""
        up, down = benches.extent(number.value for number in self.small.row.signals[part.channel].values())
        share = (self.small.bottom - TOP) / len(self.small.parts)
        return (
            share - above(SMALL) - (up + down) * unit - sum(self.laid(part.channel, unit)) - 1.2 * self.small.size - 16
        )

    def _around(self, f: int, unit: float) -> float:
        """What a filter leaves of its row's height."""
        return self.high - 8 - self.tall(f, unit)

    def tall(self, f: int, unit: float) -> float:
        """The height of a filter."""
        cards = sum(self.over + GAP + sum(self.weights(c, f)) * unit for c in range(len(self.small.parts)))
        return (
            cards + GAP * (len(self.small.parts) - 1) + self.title + self.pad + (FOOT + GAP if self.small.bias else 0)
        )

    def top(self, f: int) -> float:
        """Where the row of a filter begins: in the order of their numbers."""
        return TOP + self.high * sorted(self.filters).index(f)

    def floor(self, f: int) -> float:
        """The baseline of a filter's outputs."""
        up, _ = self.reach[f]
        return self.top(f) + above(SMALL) + self._beside(f, self.unit) / 2 + up * self.unit

    # boards

    def boards(self) -> Iterator[Board]:
        small, f = self.small, self.small.f
        if len(self.filters) > 1:
            other = self.filters[1]
            own = "kernels and a bias of its own" if small.bias else "kernels of its own"
            said = f"Filter *f* = {other}: {own}."
            yield self._told("another", said, {f: self.steps}, None, 2.5)
            for place, step in enumerate(self.steps[:-1][:3]):
                said = (
                    f"Filter {other} on the same samples, at *t* = {step}."
                    if place == 0
                    else f"Filter {other} at *t* = {step}."
                )
                done = {f: self.steps, other: self.steps[: place + 1]}
                name = "its output" if place == 0 else f"its next {step}"
                yield self._told(name, said, done, (step, other), 2 if place == 0 else 1.2)
        every = dict.fromkeys(self.filters, self.steps)
        many = phrases.count(len(self.filters), "filter")
        said = phrases.sentence(f"{many}, {phrases.count(len(self.filters), 'signal')}: *f* counts them.")
        if len(self.filters) == 1:
            said = "One filter: one output signal."
        yield self._told("filters", said, every, (self.steps[-1], self.filters[-1]), 2)
        yield self._checked(every)

    def _told(self, name: str, said: str, done: dict[int, list[int]], at: tuple[int, int] | None, hold: float) -> Board:
        draft = self.small.draft(said, None, ("f", "f of w", "f of b"), filters=True)
        self._lay(draft, done, at, self.filters[-1])
        return draft.board(name, said, hold, self._cues(name, at))

    def _lay(
        self, draft: Draft, done: dict[int, list[int]], at: tuple[int, int] | None, meant: int | None = None
    ) -> None:
        self._channels(draft, at)
        for f in self.filters:
            self._filter(draft, f, f == (meant if at is None else at[1]))
            self._outputs(draft, f, done.get(f, []))
        if at is not None and at[1] != self.small.f:
            self._sum(draft, *at)

    def _sum(self, draft: Draft, step: int, f: int) -> None:
        """An output as it is worked out, below its row."""
        said, end = self.small.sum(step, f), self.form.width - self.form.margin
        size = benches.fitting(end - self.kernel - self.taps * self.pitch - 30, [said], (self.small.size, SMALL))
        y = self.floor(f) + self.reach[f][1] * self.unit + ABOVE + size / 2
        pieces.counted(draft, ("sum", step), said, end, y, size, 1)

    def _channels(self, draft: Draft, at: tuple[int, int] | None) -> None:
        """The channels, each in the middle of its share of the height; the window of an output over both."""
        small, row, axis = self.small, self.small.row, self.inputs
        tall = (small.bottom - TOP) / len(row.parts)
        draft.put("ruler", ("ruler", "name"), words("step", self.form.margin, pieces.RULER, SMALL, "quiet", align=-1))
        start = None if at is None else small.script.start(at[0])
        for step in axis.shown:
            role: Role = "lit" if step == start else "quiet"
            draft.put("ruler", ("ruler", step), words(str(step), axis.x(step), pieces.RULER, SMALL, role))
        for place, part in enumerate(row.parts):
            signal = row.signals[part.channel]
            up, down = benches.extent(number.value for number in signal.values())
            foot = TOP + tall * place + self._under(part, self.unit) / 2 + above(SMALL) + up * self.unit
            pieces.signal(draft, row.x(part), signal, axis, foot, self.unit, hue(part))
            for step, number in signal.items():
                self._write(draft, (*row.x(part), step), number.text, number.about)
            array = phrases.array(small.script.level - 1)
            said = f"{array}, channel *c* = {part.source}" if small.is_film else f"*c* = {part.source}"
            end = foot + down * self.unit + sum(self.laid(part.channel, self.unit))
            low = end + 8 + 0.6 * small.size
            own = words(said, axis.left, low, SMALL, hue(part), align=-1)
            draft.put("name", ("name", "wall", *row.x(part)), own)
            if at is None:
                continue
            met = self.parts(at[1], at[0])[part.channel]
            taps = met.taps
            line = words(small.worked(met), own.right + 24, low, small.size, hue(part), align=-1)
            draft.put("worked", ("worked", at, part.channel), line)
            covered = [tap.step for tap in taps]
            outside = [step for step in signal if step not in covered]
            draft.change([(*row.x(part), step, "bar") for step in outside], light=0.4)
            self._window(draft, met, foot, at[1])

    def _window(self, draft: Draft, met: Correlation, foot: float, f: int) -> None:
        """The window over a channel; another filter than the told one lays its kernel on it."""
        unit, c, role = self.unit, met.channel, hue(met)
        up, down = benches.extent(number.value for number in self.small.row.signals[c].values())
        over, below = self.laid(c, unit)
        left, right = benches.columns(met.taps, self.inputs)
        top, low = foot - up * unit - above(SMALL), foot + down * unit
        pieces.rig(draft, ("window", c), left, right, top, low + GAP / 2, low + over + below, role)
        if f == self.small.f:
            return
        base, pale = low + over, (str(role), "ink", PALE)
        pieces.baseline(draft, ("window", c), left + 12, right - 12, base, role)
        draft.change([("baseline", "window", c)], light=0.6)
        for tap in met.taps:
            key, x = ("laid", c, tap.k), self.inputs.x(tap.step)
            origin = (*self._w(met, f), tap.k, "bar")
            pieces.column(draft, key, tap.weight, x, base, 0.5 * self.pitch, unit, pale, copy_of=origin)
            if self.small.is_film:
                self._write(draft, key, tap.weight.text)

    def _write(self, draft: Draft, key: Key, text: str, about: About | None = None) -> None:
        """The number of a bar, with a key of its own: it comes when its bar has come, and does not fly over others."""
        mark = pieces.digits(draft, key, text, size=SMALL)
        del draft.marks[*key, "digits"]
        draft.put("digits", ("wall", *key), mark.at(about=about))

    def _w(self, part: Correlation, f: int) -> Key:
        return (f"w{self.small.script.level}", part.channel, f)

    def _filter(self, draft: Draft, f: int, meant: bool) -> None:
        """A filter: kernel under kernel over the bias in one frame, and the way of every channel into it."""
        small, row, unit = self.small, self.small.row, self.unit
        tall = self.tall(f, unit)
        top = self.top(f) + (self.high - tall) / 2
        left, right = self.kernel, self.kernel + self.taps * self.pitch
        frame = plate(
            "output",
            left - self.pad,
            top,
            right + self.pad,
            top + tall,
            light=0,
            edge=1.0 if meant else 0.5,
            size=3,
            hollow=True,
            z=-4,
        )
        draft.put("rig", ("rig", "filter", f), frame)
        title = words(
            f"filter *f* = {f}", left + 4, top + self.title / 2 + 4, SMALL, "lit" if meant else "quiet", align=-1
        )
        draft.put("name", ("name", "filter", f), title)
        y = top + self.title
        for part in self.parts(f):
            up, down = self.weights(part.channel, f)
            key, pale = self._w(part, f), (str(hue(part)), "ink", PALE)
            base = y + self.over + up * unit
            end = base + down * unit + GAP
            draft.put("rig", ("rig", *key, "card"), plate(hue(part), left, y, right, end, light=CARD, z=-3))
            edge = plate(hue(part), left, y, right, end, light=0, edge=0.7, size=2, z=-2, hollow=True)
            draft.put("rig", ("rig", *key, "frame"), edge)
            pieces.baseline(draft, ("rig", *key), left + 12, right - 12, base, hue(part))
            draft.change([("baseline", "rig", *key)], light=0.6)
            for place, tap in enumerate(part.taps):
                x = left + self.pitch * (place + 0.5)
                pieces.column(draft, (*key, tap.k), tap.weight, x, base, 0.5 * self.pitch, unit, pale)
                if small.is_film:  # a column has no room for numbers that were written before
                    self._write(draft, (*key, tap.k), tap.weight.text)
                if f == sorted(self.filters)[0] and part.channel == 0:
                    mark = words(str(tap.k), x, pieces.RULER, SMALL, "quiet")
                    draft.put("index", ("index", small.parts[-1].channel, tap.k), mark)
            x, from_y = self.inputs.right + 14, draft.marks["baseline", *row.x(part)].y
            pieces.strand(draft, ("strand", part.channel, f), x, from_y, left - self.pad - 8, (y + end) / 2, hue(part))
            y = end + GAP
        draft.marks["index", "wall"] = words(
            f"*w*, {'tap ' * small.is_film}*k*", left - 24, pieces.RULER, SMALL, "quiet", align=1
        )
        if (bias := small.script.bias(Cell(0, f))) is not None:
            key = (f"b{small.script.level}", f)
            pieces.foot(draft, key, bias, left, right, y, FOOT)
            said = draft.marks[*key, "digits"]
            draft.marks[*key, "name"] = words("bias", said.left - 12, said.y, SMALL, "ink", align=1)
        begin = right + self.pad + 6
        pieces.strand(
            draft, ("strand", row.here, f), begin, top + tall / 2, self.outputs.left - 10, self.floor(f), "output"
        )

    def _outputs(self, draft: Draft, f: int, done: Sequence[int]) -> None:
        """What a filter gives, and the places of what it will give."""
        small, row, axis, foot = self.small, self.small.row, self.outputs, self.floor(f)
        floor = ("floor",) if f == small.f else ("floor", f)
        pieces.baseline(draft, floor, axis.left, axis.right, foot)
        array = phrases.array(small.script.level, small.script.source.stack.depth)
        name = words(f"{array}, *t*", axis.left - 8, pieces.RULER, SMALL, "quiet", align=1)
        draft.marks["ruler", "t"] = name
        for step in self.steps:
            x = axis.x(step)
            draft.marks["ruler", "t", step] = words(str(step), x, pieces.RULER, SMALL, "quiet")
            number, width = small.script.output(step, f), 0.56 * self.pitch
            if step not in done:
                high = 3 * self.unit
                draft.put(
                    "place",
                    ("place", f, step),
                    bar("output", x, foot, width, high, hollow=True, size=2, dash=9, light=0.5),
                )
                continue
            made = tuple((*self._w(part, f), tap.k, "bar") for part in self.parts(f) for tap in part.taps)
            pieces.column(draft, row.y(step, f), number, x, foot, width, self.unit, "output", made_of=made)
            self._write(draft, row.y(step, f), number.text, number.about)

    def _cues(self, name: str, at: tuple[int, int] | None) -> list[Cue]:
        small = self.small
        rulers = *(("ruler", step) for step in self.inputs.shown), ("index", small.parts[-1].channel)
        if name == "filters" and len(self.filters) == 1:
            return [Cue(rulers, motion.MOVE)]
        if at is not None and name != "another":
            last, laying = motion.ENTER + 2, []
            if name == "its output":  # the kernel is carried to its samples, and then its numbers are written
                laying = [Cue((("laid",),), motion.ENTER + 0.5, lasts=0.6), Cue((("wall", "laid"),), motion.ENTER + 1)]
            return [
                Cue(rulers, motion.MOVE),
                *laying,
                Cue((("worked", at),), motion.ENTER + 1),
                Cue((("place", at[1], at[0]), *((*small.row.y(step, at[1]), "bar") for step in self.steps)), last),
                Cue((("count", "sum", at[0]),), last + 1),
            ]
        if name == "another":
            other = self.filters[1]
            late = [*(self._w(part, other) for part in small.parts), (f"b{small.script.level}", other)]
            late += [("rig", *key) for key in late] + [("rig", "filter", other), ("name", "filter", other)]
            late += [("baseline", "rig", *self._w(part, other)) for part in small.parts]
            late += [("strand", part.channel, other) for part in small.parts]
            return [
                Cue((*rulers, ("rig", "filter")), motion.MOVE),
                Cue(tuple(late), motion.ENTER),
                Cue((("strand", small.row.here, other), ("place",), ("baseline", "floor", other)), motion.ENTER + 1),
            ]
        return []

    def _checked(self, every: dict[int, list[int]]) -> Board:
        """Keras's numbers below the outputs."""
        small, row = self.small, self.small.row
        library = small.script.check.library
        said = f"{small.script.check_words()}."
        draft = small.draft(said, ())
        self._lay(draft, every, None)
        role: Role = "kernel"
        for f in self.filters:
            foot = self.floor(f) + self.reach[f][1] * self.unit
            y = foot + ABOVE + DIGIT * SMALL / 2 + 4
            for step in self.steps:
                asked = small.script.asked(step, f)
                if asked is not None:
                    text = small.script.written(asked).text
                    mark = words(text, self.outputs.x(step), y, SMALL, role)
                    draft.put("compared", (*row.y(step, f), "asked"), mark)
            if small.script.asked(0, f) is not None:
                name = words(library.split()[0], self.outputs.left - 8, y, SMALL, role, align=1)
                draft.put("compared", ("compared", f, "name"), name)
        who = f"{library.split()[0]}: a library that computes such layers"
        y = draft.marks["name", "wall", *row.x(small.parts[-1])].y + 1.5 * SMALL
        note = words(who, self.inputs.left, y, SMALL, role, align=-1)
        if note.right < self.kernel - self.pad:
            draft.put("note", ("note", "library"), note)
        cues = [Cue(tuple((*row.y(step, f), "asked") for f in self.filters for step in self.steps), motion.ENTER)]
        return draft.board("check", phrases.sentence(said), 3, cues)
