"""The partial sums of a small filter become its output: the filter small at the left, the sums large beside it.

The middle boards of channel_summation for a small layer. This module knows a small layer, where its channels were told
and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from convexplain.board import motion, pieces
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Role, bar
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.alone import CHANNEL, Alone
from convexplain.stories.bench import Bench
from convexplain.stories.channels import hue
from convexplain.stories.small import GAP, TOP, Small, above, broad, fitted

SUM = ("sum c", "c of sum", *CHANNEL)
ALL = ("y", "t", "equals", "act", "b", "plus b", *SUM)
"""The parts of the formula that are there once the channels, and then the bias, were added."""
FOOT = 56.0
"""The height of a filter's foot."""
INDEX = 36.0
"""The room of the taps' indices."""


PANEL = 214.0
"""Where the panel of the filter begins, right of the names of its channels."""


class Together:
    """The boards of one output."""

    def __init__(self, small: Small, alone: Alone) -> None:
        self.small, self.alone, self.form = small, alone, small.form
        self.at, self.parts = small.at, small.parts
        left, wide = (PANEL, 360.0) if small.is_film else (106.0, 240.0)
        taps = self.parts[0].taps
        self.panel = broad(Axis(tuple(tap.step for tap in taps), left, wide / len(taps), small.row.read))
        self.left = 640.0 if small.is_film else 400.0
        """Where the sums begin."""

    @cached_property
    def stack(self) -> tuple[list[Bench], float]:
        """The rows of the filter's channels, and where its foot begins."""
        foot = FOOT if self.small.bias else 0.0
        unit = fitted(lambda unit: self.small.bottom - foot - self._stacked(unit)[1], most=self.alone.unit)
        return self._stacked(unit)

    def _stacked(self, unit: float) -> tuple[list[Bench], float]:
        found, top = [], TOP
        for part in self.parts:
            below = INDEX if part is self.parts[-1] else 0.0
            over = above(SMALL) if self.small.is_film else GAP
            size = SMALL if self.small.is_film else 0.0
            found.append(self.small.rows(self.panel, part, part.taps, unit, top, over, size, below))
            top = found[-1].bottom + GAP
        return found, top

    def filter(self, draft: Draft) -> None:
        """The filter at the left."""
        small, (rows, top) = self.small, self.stack
        for part, bench in zip(self.parts, rows, strict=True):
            small.channel(draft, part, bench, part.taps)
            small.repeated(draft, part)
            small.label(draft, ("panel", part.channel), f"*c* = {part.source}", bench.foot, hue(part), self.panel.left)
        small.indices(draft, self.panel, self.parts[-1].taps, rows[-1].bottom - INDEX / 2)
        if not small.is_film:
            draft.change([("index", "name")], text="*k*")
        left, right = benches.columns(self.parts[0].taps, self.panel)
        small.foot(draft, left, right, top, FOOT)

    def boards(self) -> Iterator[Board]:
        yield self._filter()
        if len(self.parts) > 1 and self.small.bias:
            yield self._sum(False)
        yield self._sum(True)

    def _filter(self) -> Board:
        small, row = self.small, self.small.row
        said = "A filter: one kernel for every channel" + (", and one bias." if small.bias else ".")
        draft = small.draft(said, CHANNEL)
        self.filter(draft)
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
        top = self.stack[1]
        _, right = benches.columns(self.parts[0].taps, self.panel)
        y = (TOP + top - GAP) / 2
        small.point(
            draft, ("filter",), f"filter {small.f}", "the kernels, moved as one", right, y, brace=(TOP, top - GAP)
        )
        if small.bias:
            small.point(draft, ("bias",), "bias", "one number added at the end", right, top + FOOT / 2)
        return draft.board("filter", said, 2.5)

    def _aside(self, place: int) -> float:
        """Where a partial sum stands while the filter is told: where it was made, when that is not in the way."""
        was = self.alone.slot(place)
        edge = self.form.width - self.form.margin
        return was if self.alone.slot(0) > 0.6 * self.form.width else edge - 366.0 * (len(self.parts) - place - 0.5)

    def _sum(self, whole: bool) -> Board:
        small, row, form = self.small, self.small.row, self.form
        addends, output = small.addends(self.at), small.script.output(*small.cell)
        reached = small.reached(self.at)
        told = addends if whole else addends[: len(self.parts)]
        texts = [number.text for _, number, _ in told]
        if whole and small.bias and len(self.parts) > 1:
            before = small.script.written(reached[len(self.parts)])
            said = f"The bias shifts every output alike: {phrases.added([before.text, small.bias.text], output.text)}."
        elif whole:
            said = f"{'One output: ' if len(texts) < 2 else ''}{phrases.added(texts, output.text)}."
            said = said if len(texts) < 2 else f"The channels are added: {phrases.added(texts, output.text)}."
        else:
            said = f"The channels are added: {phrases.added(texts, small.script.written(reached[len(texts)]).text)}."
        lit = ("b", "plus b", "y", "t") if whole and small.bias else ("sum c", "c of sum")
        draft = small.draft(said, ALL if whole else SUM, lit)
        self.filter(draft)
        many = len(addends) + 1
        pitch = (form.width - form.margin - self.left) / many
        xs = [self.left + pitch * (place + 0.5) for place in range(many)]
        width = min(190.0, 0.62 * pitch)
        sizes = (PARTIAL, HERO) if small.is_film else (SMALL, PARTIAL)
        up, down = benches.extent(reached)
        over, under = above(sizes[1]) + 14, 62.0
        unit = fitted(lambda unit: small.bottom - TOP - over - under - (up + down) * unit, most=96.0)
        foot = small.bottom - under - down * unit
        pieces.baseline(draft, ("floor",), self.left, form.width - form.margin, foot)
        stairs = [(key, number, role, x) for (key, number, role), x in zip(told, xs, strict=False)]
        made = {small.partial(self.at, part): row.products(part) for part in self.parts}
        size = benches.fitting(pitch - 20, [f"+{text}" for text in texts], (sizes[0], TEXT, SMALL))
        until = xs[len(told)] - width / 2
        pieces.staircase(draft, ("output",), stairs, foot, unit, width, made, None, None, size, True, None, until)
        if whole:
            parents = tuple((*key, "bar") for key, _, _ in addends)
            pieces.result(draft, row.y(self.at), output, xs[-1], foot, unit, width, size=sizes[1], made_of=parents)
        for place in range(len(told), many - (1 if whole else 0)):
            value, level = (
                (output.value, 0.0) if place == many - 1 else (addends[place][1].value, float(reached[place]))
            )
            role: Role = "output" if place == many - 1 else "bias"
            if value:
                mark = bar(
                    role,
                    xs[place],
                    foot - level * unit,
                    width,
                    float(value) * unit,
                    hollow=True,
                    size=3,
                    dash=9,
                    light=0.5,
                    z=-1,
                )
                draft.put("place", ("place", place), mark)
        names = [
            (key, f"channel {part.source}", hue(part)) for (key, _, _), part in zip(addends, self.parts, strict=False)
        ]
        names += [(("bias",), "bias", "bias")] if small.bias else []
        names.append(
            (
                ("output",),
                f"output {phrases.array(small.script.level, small.script.source.stack.depth)}[{self.at}]",
                "ink",
            )
        )
        for place, (key, name, tint) in enumerate(names):
            fits = advance(runs_of(name)) * SMALL <= pitch - 8
            pieces.note(
                draft, ("under", *key), name if fits else name.split()[-1], xs[place], small.bottom - 20, 0, tint
            )
        cues = [
            Cue((("bias", self.at, "bar"),), motion.ENTER),
            Cue(((*row.y(self.at), "bar"),), motion.ENTER + 1.5),
            Cue((("place",),), motion.ENTER + 3),
        ]
        return draft.board("output" if whole else "sum", said, 3, cues)
