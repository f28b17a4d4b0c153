"""The partial sums of a small filter become its output: the filter small at the left, the sums large beside it.

The middle boards of channel_summation for a small layer. This module knows a small layer, where its channels were told
and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role, bar, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.alone import ALL, CHANNEL, SUM, Alone
from convexplain.stories.along import FOOT, Along
from convexplain.stories.channels import hue
from convexplain.stories.small import GAP, TOP, Small, above, fitted

UNDER = 62.0
"""The room of the names under bars."""


class Together:
    """The boards of one output."""

    def __init__(self, small: Small, alone: Alone, along: Along) -> None:
        self.small, self.alone, self.along, self.form = small, alone, along, small.form
        self.at, self.parts = small.at, small.parts
        taps, wide = self.parts[0].taps, 480.0 if small.is_film else 240.0
        steps, left = tuple(tap.step for tap in taps), along.axis.left + 8
        self.panel = Axis(steps, left, wide / len(taps), small.row.read, 0.28 * wide / len(taps))
        """The columns of the filter, closer than they are on the ruler."""
        self.left = self.panel.right + (40.0 if small.is_film else 10.0)
        """Where the sums begin."""

    def filter(self, draft: Draft) -> tuple[float, float]:
        """The filter at the left, in the rows it will have on the ruler; its right edge and where it ends."""
        self.along.filter(draft, self.panel, self.at)
        return benches.columns(self.parts[0].taps, self.panel)[1], self.along.rows(self.panel)[1]

    def boards(self) -> Iterator[Board]:
        yield self._filter()
        if len(self.parts) > 1 and self.small.bias:
            yield self._sum(False)
        yield self._sum(True)

    def _filter(self) -> Board:
        small, row = self.small, self.small.row
        said = "A filter: one kernel for every channel" + (", and one bias." if small.bias else ".")
        draft = small.draft(said, CHANNEL)
        right, end = self.filter(draft)
        bench = self.alone.bench(len(self.parts) - 1)
        width = min(self.alone.axis.bar, 150.0)
        for place, part in enumerate(self.parts):
            x = self._aside(place)
            key = small.partial(self.at, part)
            pieces.column(
                draft, key, part.partial, x, bench.floor, width, bench.unit, hue(part), made_of=row.products(part)
            )
            pieces.digits(draft, key, part.partial.text, size=PARTIAL if small.is_film else SMALL)
        ends = self._aside(0) - 1.1 * width, min(self._aside(len(self.parts) - 1) + 1.1 * width, self.form.width - 8)
        pieces.baseline(draft, ("floor",), *ends, bench.floor)
        foot = FOOT if small.bias else 0.0
        y = (TOP + end - foot - GAP) / 2
        said = "the kernels, moved as one"
        small.point(draft, ("filter",), f"filter {small.f}", said, right, y, brace=(TOP, end - foot - GAP))
        if small.bias:
            x, y = self.panel.left + 24, end + 62
            draft.put("callout", ("callout", "bias", "line"), line("quiet", x, end + 6, x, y - 26, size=3))
            draft.put(
                "callout", ("callout", "bias"), words("bias: one number added at the end", x, y, small.size, align=-1)
            )
        return draft.board("filter", said, 2.5, self._gathering())

    def _gathering(self) -> list[Cue]:
        """The channel that was small comes back over the others when these have made room."""
        if len(self.parts) < 2:
            return []
        x, w = self.small.row.x(self.parts[0]), self.small.row.w(self.parts[0])
        taps = self.parts[0].taps
        keys = [*((*x, tap.step, "bar") for tap in taps), *((*w, tap.k, "bar") for tap in taps)]
        over = (*self.small.partial(self.at, self.parts[0]), "digits")
        return [
            Cue((*keys, ("rig", *w)), motion.MOVE + 0.5, lasts=1.2, how="down first"),
            Cue((over,), motion.MOVE + 0.7),
        ]

    def _aside(self, place: int) -> float:
        """Where a partial sum stands while the filter is told: where it was made, when that is not in the way."""
        was = self.alone.slot(place)
        edge = self.form.width - self.form.margin
        return was if self.alone.slot(0) > 0.6 * self.form.width else edge - 366.0 * (len(self.parts) - place - 0.5)

    def _sum(self, whole: bool) -> Board:
        """The partial sums, large, head to tail, and with the bias the ``whole`` output."""
        small, form = self.small, self.form
        every, output = small.addends(self.at), small.script.output(*small.cell)
        told = every if whole else every[: len(self.parts)]
        reached = small.script.written(small.reached(self.at)[len(told)])
        said = "The channels are added" + (", and that is the output." if whole else ".")
        if whole and small.bias:
            said = "The bias shifts every output of its filter alike."
        lit = ("b", "plus b") if whole and small.bias else ("sum c", "c of sum")
        draft = small.draft(said, ALL if whole else SUM, lit)
        self.filter(draft)
        many = len(every) + 1
        pitch = (form.width - form.margin - self.left) / many
        xs = [self.left + pitch * (place + 0.5) for place in range(many)]
        width, sizes = min(190.0, 0.62 * pitch), (PARTIAL, HERO) if small.is_film else (SMALL, PARTIAL)
        up, down = benches.extent(small.reached(self.at))
        free = small.bottom - TOP - above(sizes[1]) - 14 - UNDER
        unit = fitted(lambda unit: free - (up + down) * unit, most=96.0)
        foot = small.bottom - UNDER - down * unit
        pieces.baseline(draft, ("floor",), self.left, form.width - form.margin, foot)
        stairs = [(key, number, role, x) for (key, number, role), x in zip(told, xs, strict=False)]
        made = {small.partial(self.at, part): small.row.products(part) for part in self.parts}
        texts = [number.text for _, number, _ in told]
        size = benches.fitting(pitch - 20, [f"+{text}" for text in texts], (sizes[0], TEXT, SMALL))
        until = xs[len(told)] - width / 2
        pieces.staircase(draft, ("output",), stairs, foot, unit, width, made, None, None, size, True, None, until)
        parents, key = tuple((*key, "bar") for key, _, _ in every), small.row.y(self.at)
        if whole:
            pieces.result(draft, key, output, xs[-1], foot, unit, width, size=sizes[1], made_of=parents)
        else:
            self._waiting(draft, "bias", xs[-2], foot - float(reached.value) * unit, width, every[-1][1].value, unit)
            self._waiting(draft, "output", xs[-1], foot, width, output.value, unit)
        self._names(draft, every, xs, pitch)
        self._calculation(draft, phrases.added(texts, reached.text))
        beats = {("bias", self.at, "bar"): 0.0, (*key, "bar"): 1.5, ("place",): 3.0}
        cues = [Cue((own,), motion.ENTER + beat) for own, beat in beats.items()]
        return draft.board("output" if whole else "sum", said, 3, cues)

    def _waiting(
        self, draft: Draft, role: Role, x: float, foot: float, width: float, value: Fraction, unit: float
    ) -> None:
        """The place of an addend that is still to come."""
        if value:
            rise = float(value) * unit
            mark = bar(role, x, foot, width, rise, hollow=True, size=3, dash=9, light=0.5, z=-1)
            draft.put("place", ("place", role), mark)

    def _names(
        self, draft: Draft, every: Sequence[tuple[Key, Number, Role]], xs: Sequence[float], pitch: float
    ) -> None:
        """What each bar is, below it."""
        small, script = self.small, self.small.script
        array = phrases.array(script.level, script.source.stack.depth)
        names = [
            (key, f"channel {part.source}", hue(part)) for (key, _, _), part in zip(every, self.parts, strict=False)
        ]
        names += [(("bias",), "bias", "bias")] if small.bias else []
        names.append((("output",), f"output {array}[{self.at}]", "ink"))
        for (key, name, role), x in zip(names, xs, strict=True):
            fits = advance(runs_of(name)) * SMALL <= pitch - 8
            pieces.note(draft, ("under", *key), name if fits else name.split()[-1], x, small.bottom - 20, 0, role)

    def _calculation(self, draft: Draft, said: str) -> None:
        """The sum in a line, under the filter."""
        left = self.form.margin
        sizes = (PARTIAL, TEXT, SMALL) if self.small.is_film else (TEXT, SMALL)
        size = benches.fitting(self.left - left - 30, [said], sizes)
        y = (self.along.rows(self.panel)[1] + self.small.bottom - UNDER + 40) / 2
        pieces.counted(draft, ("calculation",), said, left, y, size, -1)
