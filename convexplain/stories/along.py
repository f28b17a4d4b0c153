"""A small filter on its way: each output stands under the step where its window starts, with the sums it is made of.

The boards of channel_summation for a small layer where the filter slides on the ruler. This module knows a small layer,
what stood before and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.alone import ALL, Alone
from convexplain.stories.bench import Bench
from convexplain.stories.channels import hue
from convexplain.stories.small import GAP, TOP, Small, above, fitted

FOOT = 42.0
"""The height of the filter's foot."""
INDEX = 36.0
"""The room of the taps' indices."""
UNDER = 14.0
"""The room that a number beside a bar needs below it, where bars hang."""
OVER, CLOSE = 14.0, 3.0
"""The room over bars whose numbers stand beside them, and over those that have none."""


class Along:
    """The boards of all outputs of one filter."""

    def __init__(self, small: Small, alone: Alone) -> None:
        self.small, self.form, self.axis = small, small.form, replace(alone.axis, widest=104.0)
        self.steps = list(range(small.row.steps))
        self.bottom = small.bottom + (10 if small.is_film else 18)

    # heights

    def rows(self, axis: Axis, unit: float | None = None) -> tuple[list[Bench], float]:
        """The rows of all channels on an axis, and where the filter ends."""
        small, found, top, unit = self.small, [], TOP, self.unit if unit is None else unit
        for part in small.parts:
            below = INDEX if part is small.parts[-1] else 0.0
            size = SMALL if small.is_film else 0.0
            over, under = (OVER, UNDER) if size else (CLOSE, 0.0)
            found.append(small.rows(axis, part, part.taps, unit, top, over, size, below, under))
            top = found[-1].bottom + GAP
        return found, top + (FOOT if small.bias else -GAP)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """How far the staircases of all outputs reach."""
        return benches.extent(level for step in self.steps for level in self.small.reached(step))

    @cached_property
    def unit(self) -> float:
        under = SMALL + 22.0

        def left(unit: float) -> float:
            over = above(self.small.size) + 14
            return self.bottom - self.rows(self.axis, unit)[1] - over - under - sum(self.reach) * unit

        return fitted(left, most=28.0)

    @property
    def floor(self) -> float:
        """The baseline of the outputs."""
        return self.bottom - SMALL - 22.0 - self.reach[1] * self.unit

    # boards

    def boards(self) -> Iterator[Board]:
        at = self.small.at
        others = [step for step in self.steps if step > at] + [step for step in self.steps if step < at]
        yield self._slid("home", "It stands at the step where its window starts.", at, [at])
        done = [at]
        for place, step in enumerate(others[:-1][:2]):
            done = [*done, step]
            said = "One step on, the same taps meet other samples."
            if place or step != at + 1:
                said = f"At *t* = {step}: the same taps, other samples."
            yield self._slid(f"slide {step}", said, step, done)
        said = phrases.places(self.small.script.layer, self.small.row.read, self.small.row.steps, "")
        last = others[-1] if others else at
        yield self._slid("outputs", said, last, self.steps)

    def _slid(self, name: str, said: str, at: int, done: Sequence[int]) -> Board:
        """The filter over the window of an output, and the outputs that are done."""
        small = self.small
        draft = small.draft(said, ALL, ("t", "t of x"))
        small.ruler(draft, self.axis, at)
        rows = self.filter(draft, self.axis, at)
        array = phrases.array(small.script.level, small.script.source.stack.depth)
        pieces.baseline(
            draft, ("floor",), self.axis.left, self.axis.x(small.row.read - 1) + self.axis.pitch / 2, self.floor
        )
        small.label(draft, (small.row.here,), f"output {array}[*t*]", self.floor, "ink")
        self._worked(draft, at, rows)
        for step in self.steps:
            if step in done:
                self._output(draft, step)
            else:
                self._place(draft, step)
        self._sum(draft, at)
        return draft.board(name, said, 2, self._cues(name, at, done))

    def filter(self, draft: Draft, axis: Axis, at: int) -> list[Bench]:
        """The filter over the window of an output, on an axis, with its names."""
        small, (rows, end) = self.small, self.rows(axis)
        told = small.correlations(at)
        for part, bench in zip(told, rows, strict=True):
            small.channel(draft, part, bench, part.taps, beside=True)
            small.repeated(draft, part)
            small.name(draft, part, bench, True, apart=max(bench.kernel - bench.foot for bench in rows))
            if not small.is_film:
                del draft.marks["name", *small.row.w(part)]
        taps = told[0].taps
        small.indices(draft, axis, told[-1], rows[-1].bottom - INDEX / 2)
        small.foot(draft, *benches.columns(taps, axis), end - FOOT, FOOT)
        return rows

    def _x(self, step: int) -> float:
        """Where an output stands: under the start of its window."""
        return self.axis.x(self.small.script.start(step))

    def _place(self, draft: Draft, step: int) -> None:
        """An output that is still to come."""
        half, high = 0.43 * self.axis.pitch, max(2.0, 0.3 * self.reach[0]) * self.unit
        x = self._x(step)
        mark = plate(
            "output", x - half, self.floor - high, x + half, self.floor, light=0, edge=0.35, dash=9, hollow=True, size=2
        )
        draft.put("place", ("place", "output", step), mark)

    def _output(self, draft: Draft, step: int) -> None:
        """An output, at the end of the staircase of its addends."""
        small, addends = self.small, self.small.addends(step)
        output, many = small.script.output(step, small.f), len(addends) + 1
        pitch = 0.88 * self.axis.pitch / many
        xs = [self._x(step) + pitch * (place - (many - 1) / 2) for place in range(many)]
        stairs = [(*addend, x) for addend, x in zip(addends, xs, strict=False)]
        weights = {
            small.partial(step, part): tuple((*small.row.w(part), tap.k, "bar") for tap in part.taps)
            for part in small.parts
        }
        width = 0.8 * pitch
        pieces.staircase(draft, ("output",), stairs, self.floor, self.unit, width, weights, None, (), SMALL)
        for key, number, _, x in stairs:
            if not number.value:  # nothing is added: the level goes on
                y, ends = draft.marks[*key, "bar"].y, (x - pitch, x + pitch)
                link = line("quiet", ends[0] + width / 2, y, ends[1] - width / 2, y, dash=5, z=-1, rides=(*key, "bar"))
                draft.put("staircase", (*key, "level"), link)
        parents, key = tuple((*key, "bar") for key, _, _ in addends), small.row.y(step)
        pieces.column(draft, key, output, xs[-1], self.floor, width, self.unit, "output", made_of=parents)
        pieces.digits(draft, key, output.text, size=small.size)
        self._addends(draft, step, addends)

    def _addends(self, draft: Draft, step: int, addends: Sequence[tuple[Key, Number, Role]]) -> None:
        """What an output is the sum of, in a line below it."""
        texts = [number.text if number.text[:1] in "−+" else f"+{number.text}" for _, number, _ in addends]
        gap = 12.0 if self.small.is_film else 6.0
        wide = sum(advance(runs_of(text)) * SMALL for text in texts) + gap * (len(texts) - 1)
        x, y = self._x(step) - wide / 2, self.bottom - SMALL / 2
        for (key, number, role), text in zip(addends, texts, strict=True):
            bar = (*key, "bar")
            own = words(text, x, y, SMALL, "ink" if role == "bias" else role, align=-1, about=number.about, rides=bar)
            draft.put("addends", (*key, "digits"), own)
            x += own.width + gap

    def _worked(self, draft: Draft, at: int, rows: Sequence[Bench]) -> None:
        """Beside each kernel the products of its window, and their sum."""
        small, form = self.small, self.form
        taps = small.correlations(at)[0].taps
        left, right = benches.columns(taps, self.axis)
        for part, bench in zip(small.correlations(at), rows, strict=True):
            said = small.worked(part)
            ems = advance(runs_of(said))
            sizes = (TEXT, SMALL) if small.is_film else (SMALL,)
            rooms = {right + 28: form.width - form.margin - right - 28, self.axis.left: left - 28 - self.axis.left}
            found = next(((x, size) for size in sizes for x, room in rooms.items() if ems * size <= room), None)
            if found is None:
                continue
            x, size = found
            x = x if x > right else left - 28 - ems * size
            y = min((bench.middle + bench.bottom) / 2, bench.middle + 70)
            draft.put("worked", ("worked", at, part.channel), words(said, x, y, size, hue(part), align=-1))

    def _sum(self, draft: Draft, at: int) -> None:
        """The sum of an output, large, right of them all where there is room."""
        begin = max(map(self._x, self.steps)) + 0.5 * self.axis.pitch + 30
        room, said = self.form.width - self.form.margin - begin, self.small.sum(at)
        sizes = (PARTIAL, TEXT, SMALL) if self.small.is_film else (SMALL,)
        size = benches.fitting(room, [said], sizes)
        if advance(runs_of(said)) * size <= room:
            pieces.counted(draft, ("sum", at), said, self.form.width - self.form.margin, self.floor - 60, size, 1)

    def _cues(self, name: str, at: int, done: Sequence[int]) -> list[Cue]:
        """The filter slides, then the products are added in each channel, then the sums."""
        small = self.small
        if name == "home":
            panel = [key for part in small.parts for key in (small.row.w(part), ("rig", *small.row.w(part)))]
            panel += [(*small.row.x(part), tap.step) for part in small.parts for tap in part.taps]
            panel += [("baseline", *small.row.x(part)) for part in small.parts]
            panel += [("baseline", "rig", *small.row.w(part)) for part in small.parts]
            foot = [(f"b{small.script.level}", small.f, mark) for mark in ("card", "name", "digits", "filter")]
            panel += [("index",), *foot[: 4 if small.is_film else 3]]
            made = tuple(key for key, _, _ in small.addends(at))
            home = (*made, small.row.y(at), ("baseline", "floor"))
            numbers = tuple((*key, "digits") for key in (*made, small.row.y(at)))
            return [Cue(home, motion.MOVE), Cue(numbers, how="down first"), Cue(tuple(panel), motion.MOVE + 0.5)]
        beat, cues = motion.ENTER, [Cue((("worked", at),), motion.ENTER)]
        cues.append(Cue((("place", "output", at),), motion.ENTER))
        for number, (key, _, _) in enumerate(small.addends(at)):
            cues.append(Cue(((*key, "bar"),), beat + 1 + 0.7 * number, lasts=0.4))
            cues.append(Cue(((*key, "digits"),), beat + 1 + 0.7 * number))
        last = beat + 1 + 0.7 * len(small.addends(at))
        return [*cues, Cue(((*small.row.y(at), "bar"),), last), Cue((("count", "sum", at),), last + 1)]
