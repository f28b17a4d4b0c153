"""The partial sums of a small filter become its output: the filter small at the left, the sums large beside it.

The middle boards of channel_summation for a small layer. This module knows a small layer, where its channels were told
and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.alone import ALL, CHANNEL, Alone
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
        taps, wide = self.parts[0].taps, 560.0 if small.is_film else 240.0
        steps, left = tuple(tap.step for tap in taps), along.axis.left + 8
        self.panel = Axis(steps, left, wide / len(taps), small.row.read, 0.22 * wide / len(taps))
        """The columns of the filter, closer than they are on the ruler."""
        self.left = self.panel.right + (40.0 if small.is_film else 10.0)
        """Where the sums begin."""

    def filter(self, draft: Draft) -> tuple[float, float]:
        """The filter at the left, in the rows it will have on the ruler; its right edge and where it ends."""
        self.along.filter(draft, self.panel, self.at)
        return benches.columns(self.parts[0].taps, self.panel)[1], self.along.rows(self.panel)[1]

    def boards(self) -> Iterator[Board]:
        yield self._filter()
        yield self._sum()

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
            self.alone.named(draft, place, x, bench)
        ends = self._aside(0) - 1.1 * width, min(self._aside(len(self.parts) - 1) + 1.1 * width, self.form.width - 8)
        pieces.baseline(draft, ("floor",), *ends, bench.floor)
        foot = FOOT if small.bias else 0.0
        y = (TOP + end - foot - GAP) / 2
        meaning = "the kernels, moved as one"
        small.point(draft, ("filter",), f"filter {small.f}", meaning, right, y, brace=(TOP, end - foot - GAP))
        if small.bias:
            bias = draft.marks[f"b{small.script.level}", small.f, "name"]
            text = words("bias: one number, added at the end", self.panel.left, end + 70, small.size, align=-1)
            x = min(bias.x, text.right - 20)
            draft.put("callout", ("callout", "bias", "line"), line("quiet", x, end + 8, x, text.y - 28, size=3))
            draft.put("callout", ("callout", "bias"), text)
        return draft.board("filter", said, 2, self._gathering())

    def _gathering(self) -> list[Cue]:
        """The channel that was small comes back over the others when these have made room."""
        if len(self.parts) < 2:
            return []
        moved = tuple(key for key in self.alone.rig_keys(0)[:-1] if key[0] != "index")
        return [Cue(moved, motion.MOVE + 0.5, lasts=1.2)]

    def _aside(self, place: int) -> float:
        """Where a partial sum stands while the filter is told: where it was made, when that is not in the way."""
        was = self.alone.slot(place)
        edge = self.form.width - self.form.margin
        return was if self.alone.slot(0) > 0.6 * self.form.width else edge - 366.0 * (len(self.parts) - place - 0.5)

    def _sum(self) -> Board:
        """The partial sums, large, head to tail, and with the bias the output."""
        small, form = self.small, self.form
        every, output = small.addends(self.at), small.script.output(*small.cell)
        said = "The channels are added" if len(self.parts) > 1 else "The output"
        if small.bias:
            said = "The channels and the bias are added" if len(self.parts) > 1 else "The bias is added"
        draft = small.draft(f"{said}.", ALL, ("b", "plus b", "sum c", "c of sum"))
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
        stairs = [(key, number, role, x) for (key, number, role), x in zip(every, xs, strict=False)]
        made = {small.partial(self.at, part): small.row.products(part) for part in self.parts}
        texts = [number.text for _, number, _ in every]
        size = benches.fitting(pitch - 20, [f"+{text}" for text in texts], (sizes[0], TEXT, SMALL))
        until = xs[-1] - width / 2
        pieces.staircase(draft, ("output",), stairs, foot, unit, width, made, size=size, until=until)
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)
        parents, key = tuple((*key, "bar") for key, _, _ in every), small.row.y(self.at)
        pieces.result(draft, key, output, xs[-1], foot, unit, width, size=sizes[1], made_of=parents)
        self._names(draft, every, xs, pitch)
        self._calculation(draft, phrases.added(texts, output.text))
        beats = {("bias", self.at, "bar"): 0.5, (*key, "bar"): 2.0, ("count", "calculation"): 3.0}
        return draft.board("output", f"{said}.", 2.5, [Cue((own,), motion.ENTER + beat) for own, beat in beats.items()])

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
