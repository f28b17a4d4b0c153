"""The stage of channel_summation: every row has its place and its unit from the first board to the last but one.

Above, each channel over its kernel; below them the row of products, which becomes that of the outputs; at the right,
beside all of them, how they are added. Before there is a kernel the channels alone fill the height. A long signal is
seen from near, its window alone, while one output is told, and then whole: steps draw together, heights stay. This
module lays rows and says nothing of their order in the story.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, TypeAlias

from convexplain.board import pieces
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Key, Role, plate
from convexplain.board.pieces import Axis, Number, signed
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench, extent, levels
from convexplain.stories.many_channels.channels import GAP, MOST_TAPS, TOP, Channels, above, fitted, hue, terms, width
from convexplain.stories.script import Correlation, Tap

FOOT, BESIDE = 46.0, 8.0
"""The height of a filter's foot; from a bar to the number beside it."""
BRICK, LARGE, FEWEST, LEAST = 60.0, 110.0, 7.0, 20.0
"""The largest unit of whole numbers, that of channels alone, and the least at which one serves all rows; how high the
tallest sample is at least where numbers are written beside the bars.
"""
SHARES = (0.5, 0.36, 0.2)
"""Of a step, how wide a bar is: the first beside which its number has room."""
PALE, OUTSIDE, BEHIND, BEFORE = 0.5, 0.4, 0.45, 0.7
"""How far a tap's colour is on its way to ink; the light of a sample that no window covers, of words that are not
meant, and of what was told before.
"""
Box: TypeAlias = Sequence[float]
"""Left, top, right and bottom of a card."""
Places: TypeAlias = "Collection[int] | None"
"""Some channels by their place, or all."""
Told: TypeAlias = "Tap | None"
"""The tap that is told, or none."""


class Way(NamedTuple):
    """How the numbers of a row are written: in which size, and ``beside`` their bars, ``above`` them, or not at all."""

    size: float = 0.0
    side: str = ""

    def room(self, up: float, down: float) -> tuple[float, float]:
        """What bars that reach so far take of the height with their numbers."""
        high = (DIGIT + 0.16) * self.size
        if self.side == "beside":
            return max(up, high), max(down, high) if down else 0.0
        return (up + above(self.size), down) if self.side else (up, down)


class Stage:
    """The rows of a script's channels and outputs in one format."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.parts, film = row, row.form, row.parts, row.is_film
        form, self.addends, few = row.form, row.addends(row.at), len(row.parts) <= 2
        self.end, self.gap = form.width - form.margin, GAP if film else 0.6 * GAP
        self.sizes = (TEXT, 40.0, SMALL) if film else (SMALL,)
        sums = [signed(number.text) for _, number, *_ in self.addends]
        slots, (slot, least) = len(sums) + 1, (108.0, 430.0) if film else (80.0, 300.0)
        wanted = slots * max(slot if row.whole else 0.0, max(map(width, sums)) + 20)
        self.side = self.end - min(max(least, wanted), 0.48 * (self.end - form.names))
        """Where the sums begin."""
        self.slot = (self.end - self.side) / slots
        weights = [tap.weight.text for f in row.told for part in row.correlations(row.at, f) for tap in part.taps]
        samples = [n.text for signal in row.signals.values() for step, n in signal.items() if row.close.has(step)]
        edge, longest = self.side - (40.0 if film else 16.0), max(map(width, (*weights, *samples)))
        every = [_fit(row.close, row.left, edge, share) for share in SHARES]
        self.near = next((axis for axis in every if few and longest <= _rooms(axis)["beside"]), every[0])
        self.far = self.near if row.close is row.wide else _fit(row.wide, row.left, self.end)
        self.first = self.near if row.close is row.wide else _fit(row.wide, row.left, edge)
        """The steps as one output is told, as all are, and before any is."""
        self.bar = min(self.near.bar, 0.6 * self.slot)
        lines = (phrases.added([tap.product.text for tap in p.taps], p.partial.text) for p in self.parts)
        self.lines = max(map(width, lines))
        """How long the longest line is that adds the products of a channel: all are written, or none."""
        products = [signed(tap.product.text) for part in self.parts for tap in part.taps]
        outputs = [row.script.output(step, f).text for f in row.told for step in row.shown]
        self.ways = {
            "given": self._way([*samples, *weights], _rooms(self.near)) if few else Way(),
            "products": self._way(products, _rooms(self.near)),
            "outputs": self._way(outputs, _rooms(self.far), (*self.sizes, SMALL)),
            "sums": self._way(sums, {"above": self.slot - 16}, (PARTIAL, *self.sizes) if film else self.sizes),
        }
        self.index = (benches.INDEX if few else 42.0) if film else 36.0 * few
        """The room of the taps' indices, in the card of the first kernel."""
        self.under = (self.gap + FOOT) * bool(row.bias)
        """The room of a filter's foot."""
        self.share = len(row.parts) / (len(row.parts) + 1.4) * (row.bottom - TOP)
        """What channels and kernels have of the height where products have a unit of their own."""
        high = 1.15 * form.small
        self.least = high if 2 * len(row.parts) * (high + 2 * self.gap) <= 0.8 * self.share else 0.0
        """How high a row is at least: as high as its name."""
        self.unit, self.low = self._units()
        tallest = max(abs(float(number.value)) for signal in row.signals.values() for number in signal.values())
        if tallest * self.unit < LEAST:
            self.ways["given"] = Way()
            self.unit, self.low = self._units()
        """The unit of channels and kernels, and that of what is made of them."""
        self.rows, self.top = self._rows(self.unit)
        self.foot = self.top + self.under
        """Where the kernels end, and where the filter does."""
        self.floor = row.bottom - self._reached(self.low)[1]
        """The baseline of products, sums, and the outputs that they become."""
        self.large = self._alone()

    def _way(self, texts: Sequence[str], rooms: dict[str, float], sizes: Sequence[float] = ()) -> Way:
        """The first way in which the longest of some texts has room."""
        longest = max(map(width, texts), default=0.0) / SMALL
        every = ((size, side, room) for side, room in rooms.items() for size in sizes or self.sizes)
        return next((Way(size, side) for size, side, room in every if longest * size <= room), Way())

    @cached_property
    def column(self) -> dict[str, Way]:
        """What a column of a page writes: other numbers are no marks of their own."""
        row = self.row
        return self.ways if row.form == COLUMN else Stage(Channels(row.script, COLUMN)).ways

    # heights

    def _alone(self) -> list[Bench]:
        """The rows of the channels where there is nothing else."""
        row, high, over = self.row, (self.row.bottom - TOP) / len(self.parts), self.ways["given"].room(0, 0)[0]
        reaches = [extent(number.value for number in row.signals[part.channel].values()) for part in self.parts]
        free, most, found = high - 2 * GAP - over, max(map(sum, reaches)), list[Bench]()
        unit = fitted(lambda unit: free - most * unit, LARGE if row.whole else 1e30)
        for place, (up, down) in enumerate(reaches):
            top, foot = TOP + high * place, (over + high + (up - down) * unit) / 2
            found.append(Bench(self.first, unit, top, top + foot, top + high, 0.0, top + high, 0.0))
        return found

    def _rows(self, unit: float) -> tuple[list[Bench], float]:
        """The rows of the channels in a unit, and where they end."""
        found, top, row, gap = list[Bench](), TOP, self.row, self.gap
        for place, part in enumerate(self.parts):
            weights = [tap.weight for f in row.told for tap in row.correlations(row.at, f)[place].taps]
            rooms = list[tuple[float, float]]()
            for numbers in (row.signals[part.channel].values(), weights):
                up, down = extent(number.value for number in numbers)
                up, down = self.ways["given"].room(up * unit, down * unit)
                spare = max(0.0, self.least - up - down) / 2
                rooms.append((up + spare, down + spare))
            foot = top + gap + rooms[0][0]
            middle = foot + rooms[0][1] + gap
            kernel = middle + gap + rooms[1][0]
            end = kernel + rooms[1][1] + gap + (0.0 if place else self.index)
            found.append(Bench(self.near, unit, top, foot, middle, kernel, end, 0.0))
            top = end + gap
        return found, top - gap

    def _reached(self, low: float, beside: float = 0.0) -> tuple[float, float]:
        """The room over the baseline of all that is made, in a unit, and that below it, with the names of sums; sums
        may stand ``beside`` the last channel.
        """
        row, (size, side) = self.row, self.ways["products"]
        up, down = extent(n for part in self.parts for n in levels(tap.product.value for tap in part.taps))
        over = {"above": above(size), "beside": (DIGIT * size + 6) * (not row.whole)}.get(side, 0.0)
        added = [*levels(number.value for _, number, *_ in self.addends), row.script.total(row.cell).value]
        high, deep = extent([*added, *(part.partial.value for part in self.parts)])
        way = self.ways["outputs"] if self.ways["outputs"].side else Way(SMALL, "above")
        most, least = extent(row.script.output(step, f).value for f in row.told for step in row.shown)
        given = way.room(most * low, least * low)
        head = above(max(self.ways["sums"].size, self.sizes[0])) - beside
        ups = (up * low + over, high * low + head, given[0] + self.under)
        return max(ups), max(down * low, deep * low + self.form.small, given[1])

    def _left(self, unit: float, low: float) -> float:
        """What is left of the height in these units."""
        rows, top = self._rows(unit)
        beside = max(0.0, (rows[-1].bottom - rows[-1].top) / 2 - self.form.small)
        return self.row.bottom - top - self.gap - sum(self._reached(low, beside))

    def _units(self) -> tuple[float, float]:
        """One unit for all where there is room; else two."""
        most = BRICK if self.row.whole else 1e30
        both = fitted(lambda unit: self._left(unit, unit), most)
        if self.row.whole and both >= FEWEST:
            return both, both
        unit = fitted(lambda unit: TOP + self.share - self._rows(unit)[1], most)
        return unit, fitted(lambda low: self._left(unit, low), most)

    # channels and kernels

    def _write(
        self, draft: Draft, kind: str, key: Key, text: str, level: float, role: Role = "ink", light: float = FULL
    ) -> None:
        """The number of a bar, where its row writes numbers; beside it, at the ``level``."""
        (size, side), own = self.ways[kind], (*key, "digits")
        if side == "above":
            pieces.digits(draft, key, text, size, role)
        elif side:
            bar, axis = draft.marks[(*key, "bar")], self.far if kind == "outputs" else self.near
            at = (bar.x + (bar.width if kind == "outputs" else axis.bar) / 2 + BESIDE, level, size, role, -1)
            draft.put("digits", own, words(text, *at, about=bar.about, rides=(*key, "bar")))
        if side:
            draft.change([own], light=light, about=draft.marks[own].about if self.column[kind].side else None)

    def _beside(self, kind: str, foot: float, number: Number) -> float:
        """The y of a number beside its bar: at the bar's foot."""
        half = DIGIT * self.ways[kind].size / 2 + 6
        return foot + half if number.value < 0 else foot - half

    def lay(
        self, draft: Draft, at: int, f: int, axis: Axis, meant: Places = None, kernels: Places = None, tap: Told = None
    ) -> None:
        """The channels and their kernels over the window of an output: those ``meant`` in light, those of ``kernels``
        with their kernels, of which one ``tap`` may be meant; the others with an empty place for theirs. Where there
        are no kernels yet the channels fill the height.
        """
        for place, part in enumerate(self.row.correlations(at, f)):
            is_meant, has = meant is None or place in meant, kernels is None or place in kernels
            rows = self.rows if kernels or kernels is None else self.large
            self._signal(draft, rows[place], part, axis, is_meant, has)
            if has:
                self._kernel(draft, place, part, f, axis, is_meant, tap)
            elif kernels:
                self._rig(draft, place, part, axis, CONTEXT, 9.0)

    def _signal(self, draft: Draft, bench: Bench, part: Correlation, axis: Axis, is_meant: bool, has: bool) -> None:
        row, x = self.row, self.row.x(part)
        taps = {tap.step: tap for tap in part.taps if axis.has(tap.step)}
        shown = [step for step in axis.shown if step not in taps or not taps[step].more]
        signal = {step: number for step, number in row.signals[part.channel].items() if step in shown}
        pieces.signal(draft, x, signal, axis, bench.foot, bench.unit, hue(part), bricks=row.whole and bench.unit > 6)
        for step in taps.keys() - signal.keys():
            at = (axis.x(step), bench.foot, 12, bench.unit, "context")
            pieces.column(draft, (*x, step), taps[step].sample, *at)
        for step, number in {**{step: tap.sample for step, tap in taps.items()}, **signal}.items():
            is_lit = is_meant and (not has or step in taps)
            draft.change([(*x, step, "bar")], light=FULL if is_lit else OUTSIDE if is_meant else CONTEXT)
            if axis is self.near:
                look = (self._beside("given", bench.foot, number), "ink" if is_lit else "quiet")
                self._write(draft, "given", (*x, step), number.text, *look, FULL if is_meant else BEHIND)
        room = (bench.top, bench.middle if self.least else bench.bottom)
        row.label(draft, x, row.named(part), bench.foot, hue(part), FULL if is_meant else BEHIND, room)

    def _rig(self, draft: Draft, place: int, part: Correlation, axis: Axis, light: float, dash: float = 0) -> None:
        """The window over a channel and the card of its kernel, or an empty place for them."""
        bench, (left, right), key = self.rows[place], self._columns(part, axis), ("rig", place)
        pieces.rig(draft, key, left, right, bench.top, bench.middle, bench.bottom, hue(part), light=light)
        draft.change([(*key, "frame")], dash=dash)

    def _kernel(
        self, draft: Draft, place: int, part: Correlation, f: int, axis: Axis, is_meant: bool, meant: Told
    ) -> None:
        row, bench, role, light = self.row, self.rows[place], hue(part), FULL if is_meant else CONTEXT
        (left, right), rig = self._columns(part, axis), ("rig", place)
        self._rig(draft, place, part, axis, light)
        pieces.baseline(draft, rig, left + 12, right - 12, bench.kernel, role)
        draft.change([("baseline", *rig)], light=0.6 * light)
        for tap in (tap for tap in part.taps if axis.has(tap.step)):
            own, is_lit = (*row.w(part, f), tap.k), is_meant and meant in (None, tap)
            at = (axis.x(tap.step), bench.kernel, axis.bar, bench.unit, (str(role), "ink", PALE), True)
            pieces.column(draft, own, tap.weight, *at, row.whole and bench.unit > 6, FULL if is_lit else CONTEXT)
            if axis is self.near:
                look = (self._beside("given", bench.kernel, tap.weight), "ink" if is_lit else "quiet")
                self._write(draft, "given", own, tap.weight.text, *look, FULL if is_meant else BEHIND)
        index, light = 0.0 if place else self.index, FULL if is_meant else BEHIND
        if self.least:
            room = (bench.middle, bench.bottom - index)
            row.label(draft, ("kernel", place), "kernel *w*", bench.kernel, role, light, room)
        if index and axis.pitch >= 1.5 * self.form.small:
            taps, lit = [tap for tap in part.taps if axis.has(tap.step)], [meant.k] if meant else []
            benches.number_taps(draft, replace(bench, axis=axis), ("index",), taps, lit, row.is_film)
            draft.change([key for key in draft.marks if key[0] == "index"], light=light)

    def _columns(self, part: Correlation, axis: Axis) -> tuple[float, float]:
        """The left and right edge of the filter over the columns that taps read, with the numbers beside them."""
        xs = [axis.x(tap.step) for tap in part.taps if axis.has(tap.step)]
        is_beside = axis is self.near and self.ways["given"].side == "beside"
        return min(xs) - 0.42 * axis.pitch, max(xs) + (0.64 if is_beside else 0.42) * axis.pitch

    def bias(self, draft: Draft, at: int, f: int, axis: Axis) -> None:
        """The foot of a filter: its name, and its bias."""
        row, key, number = self.row, (f"b{self.row.script.level}", f), self.row.script.bias(Cell(at, f))
        if number is None:
            return
        left, right = self._columns(row.correlations(at, f)[0], axis)
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
        row, part, half = self.row, self.parts[place], DIGIT * self.ways["products"].size / 2
        steps, parents, copies = [], {}, {}
        for tap in part.taps[:many]:
            own = ("product", part.channel, tap.k)
            steps.append((own, tap.product, hue(part), self.near.x(tap.step)))
            copies[own] = (*row.x(part), tap.step, "bar")
            parents[own] = ((*row.w(part, row.f), tap.k, "bar"), copies[own])
        until = self.x(place) - self.bar / 2 if many > len(part.taps) and not place else None
        look = (self.near.bar, parents, copies, (), SMALL, row.whole and self.low > 6, until)
        pieces.staircase(draft, steps, self.floor, self.low, *look)
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)
        for own, number, *_ in steps:
            mark = draft.marks[(*own, "bar")]
            tip = mark.tip if mark.kind == "bar" else mark.y
            is_under = number.value > 0 and tip + 8 + 2 * half <= self.floor
            self._write(draft, "products", own, signed(number.text), tip + 6 + half if is_under else tip - 6 - half)

    def x(self, place: int) -> float:
        """Where a sum stands; the output is the last."""
        return self.side + self.slot * (place + 0.5)

    def sums(self, draft: Draft, done: int, final: Number | None = None) -> None:
        """The sums of the first channels, each from the baseline, and places for the others; or, when there is a
        ``final`` output, all head to tail up to it.
        """
        row, level, last, key = self.row, self.floor, len(self.addends), self.row.y(self.row.at, self.row.f)
        pieces.baseline(draft, ("floor", "sums"), self.side, self.end, level)
        bricks = row.whole and self.low > 6
        for place, (own, number, role, said) in enumerate(self.addends):
            if final is None and place >= done:
                if place < len(self.parts):
                    self._place(draft, ("sum", place), role, self.x(place), self.floor)
                    self._under(draft, place, said, role)
                continue
            x, made = self.x(place), row.products(self.parts[place]) if place < len(self.parts) else ()
            pieces.column(draft, own, number, x, level, self.bar, self.low, role, bricks=bricks, made_of=made)
            self._under(draft, place, said, role, (*own, "bar"))
            self._write(draft, "sums", own, signed(number.text) if final and place else number.text, 0.0)
            if final is not None:
                draft.change([(*own, "bar")], goes_into=("count", "sum", row.at, row.f, place))
                level -= float(number.value) * self.low
                if self.slot - self.bar > 32:
                    ends = (x + self.bar / 2 + 6, x + self.slot - self.bar / 2 - 6)
                    pieces.baseline(draft, ("level", place), *ends, level, "quiet")
                    draft.change([("baseline", "level", place)], dash=5, size=4.0)
        if final is None:
            self._place(draft, ("sum", last), "output", self.x(last), self.floor)
            self._under(draft, last, "output", "ink")
            return
        parents = tuple((*own, "bar") for own, *_ in self.addends)
        at = (self.x(last), self.floor, self.bar, self.low, "output")
        pieces.column(draft, key, final, *at, bricks=bricks, made_of=parents)
        self._under(draft, last, "output", "ink", (*key, "bar"))
        room = self.floor - (self.rows[-1].top + self.rows[-1].bottom) / 2 - 0.6 * self.sizes[0]
        room -= max(0.0, float(final.value)) * self.low
        sizes = [size for size in (HERO, PARTIAL, *self.sizes) if above(size) + 14 <= room and row.is_film]
        pieces.digits(draft, key, final.text, benches.fitting(self.slot - 8, [final.text], [*sizes, SMALL]))

    def _under(self, draft: Draft, place: int, said: str, role: Role, key: Key = ()) -> None:
        """The name of a sum, directly below its bar, where there is room."""
        names, low = [name for *_, name in self.addends], draft.marks[key].bottom if key else 0.0
        size = benches.fitting(self.slot - 8, [*names, "output"], (self.form.small, SMALL))
        if width(said, size) <= self.slot - 4:
            y = max(self.floor, low) + 12 + DIGIT * size / 2
            draft.put("note", ("note", "under", place), words(said, self.x(place), y, size, role))

    def asked(self, draft: Draft) -> None:
        """The place of the output, before it is known how one is made: large, where the channels lead to."""
        x, y = (self.side + self.end) / 2, (TOP + self.row.bottom) / 2
        self._place(draft, ("sum", len(self.addends)), "output", x, y + 85, 120.0, 170.0)
        draft.put("note", ("note", "asked"), words("output", x, y + 119, self.form.small, "ink"))
        draft.put("count", ("asked",), words("?", x, y, HERO if self.row.is_film else PARTIAL, "ink"))
        for bench, part in zip(self.large, self.parts, strict=True):
            ends = (self.first.right + 12, bench.foot - 12, x - 72, y)
            pieces.strand(draft, ("strand", part.channel), *ends, hue(part))

    def worked(self, draft: Draft, at: int, f: int, place: int, many: int = MOST_TAPS + 1, light: float = FULL) -> None:
        """A channel's first products, and their sum, in a line beside the channel."""
        part, bench = self.row.correlations(at, f)[place], self.rows[place]
        every = [(number.text, hue(part)) for number in (*(tap.product for tap in part.taps), part.partial)]
        box = (self.side + 16, (bench.top + bench.bottom) / 2, self.end)
        if self.lines <= self.end - self.side - 16:
            terms(draft, ("worked", at, f, place), every, box, self.sizes, many, light)

    # outputs

    def aside(self, draft: Draft, f: int) -> float:
        """A filter that was told before, in a card beside the outputs. Returns where it begins."""
        size, end = self.form.small, self.row.bottom
        reach, text = sum(extent(tap.weight.value for part in self.parts for tap in part.taps)), DIGIT * size + 20
        high = min(0.5 * (end - self.top), reach * self.low + text)
        unit = (high - text) / reach if reach else self.low
        card(self.row, draft, f, (self.side + 16, end - high, self.end, end), unit, size, "aside")
        return end - high - self.gap

    def listed(self, draft: Draft, f: int, done: Collection[int], at: int, end: float) -> None:
        """Beside the outputs of a filter how each is added, a line for each; where those have no room, that of one."""
        top, row, steps = self.top + 2 * self.gap, self.row, self.row.shown
        pitch = min(1.5 * self.form.small, (end - top) / len(steps))
        size, is_every = max(SMALL, min(self.form.small, 0.9 * pitch)), pitch >= SMALL
        for place, step in enumerate(steps if is_every else [at]):
            y, light = top + pitch * (place + 0.5) if is_every else (top + end) / 2, FULL if step == at else BEFORE
            t, key = words(f"*t* = {step}:", self.side + 16, y, size, "quiet", -1, light=light), ("sum", step, f)
            every = [(number.text, role) for _, number, role, _ in row.addends(step, f)]
            every.append((row.script.output(step, f).text, "ink"))
            box = (t.right + 0.4 * size if is_every else t.left, y, self.end)
            terms(draft, key, every, box, (size, SMALL), len(every) * (step in done), light)
            if is_every and ("count", *key, 0) in draft.marks:
                draft.put("count", ("count", *key, "t"), t)

    def signals(self, draft: Draft, f: int, done: Collection[int], at: int, lane: int = 0) -> None:
        """The outputs of a filter, and places for those to come. Where another filter's stand in the same columns
        those told before have the left ``lane``, -1, out of the light, and these the right one, 1.
        """
        row, foot, light = self.row, self.floor, FULL if lane >= 0 else CONTEXT
        axis = replace(self.far, share=0.29 if lane else self.far.share)
        shift = {0: 0.0, -1: -0.31, 1: 0.02}[lane] * axis.pitch
        xs, half = {step: self.far.x(row.script.home(step)) for step in row.shown}, 0.5 * axis.pitch
        if lane <= 0:
            ends = (min(xs.values(), default=axis.left) - half, max(xs.values(), default=axis.right) + half)
            pieces.baseline(draft, ("floor", f), *ends, foot)
        said = f"{row.output}, *f* = {f}" if lane else f"output {row.output}"
        y = foot - 1.2 * self.form.small * (lane < 0)
        row.label(draft, (f"y{row.script.level}", f), said, y, "ink", BEHIND if lane < 0 else FULL)
        for step, x in xs.items():
            key, number = row.y(step, f), row.script.output(step, f)
            if step not in done:
                self._place(draft, ("output", step, f), "output", x + shift, foot, axis.bar)
                continue
            look = (axis.bar, self.low, "output", True, row.whole and self.low > 6, light)
            pieces.column(draft, key, number, x + shift, foot, *look, made_of=row.taps_of(step, f))
            if lane >= 0 and self.ways["outputs"].side and self.column["outputs"].side:
                self._write(draft, "outputs", key, number.text, self._beside("outputs", foot, number))
            elif lane >= 0 and step == at:
                pieces.digits(draft, key, number.text, SMALL)

    def _place(self, draft: Draft, key: Key, role: Role, x: float, y: float, wide: float = 0, high: float = 0) -> None:
        """Where a number will stand."""
        half, look = (wide or self.bar) / 2, dict(light=0, edge=0.5, hollow=True, size=2, dash=9)
        high = high or min(70.0, 0.3 * (self.floor - self.top))
        draft.put("place", ("place", *key), plate(role, x - half, y - high, x + half, y, **look))


def _fit(axis: Axis, left: float, right: float, share: float = SHARES[0]) -> Axis:
    """The axis with steps as wide as there is room for between two edges, and bars of a share of a step."""
    pitch = min(250.0, (right - left) * axis.pitch / (axis.right - axis.left))
    return replace(axis, left=left, pitch=pitch, share=share, widest=84.0)


def _rooms(axis: Axis) -> dict[str, float]:
    """The room of a number beside its bar, and above it."""
    return {"beside": 0.62 * axis.pitch - axis.bar / 2 - BESIDE, "above": axis.pitch - 12}


def card(
    row: Channels,
    draft: Draft,
    f: int,
    box: Sequence[float],
    unit: float,
    size: float,
    name: str,
    is_stacked: bool = False,
) -> list[float]:
    """A filter as a card between left, top, right and bottom: its kernels side by side, or stacked, with their numbers
    where they have room in a size that is not 0, and its bias. Numbers bear the ``name`` of their card: they do not
    cross from one to another. Returns the y of each kernel's baseline.
    """
    (left, top, right, bottom), parts, feet = box, row.correlations(row.at, f), list[float]()
    pieces.card(draft, ("filter", f), left, right, top, bottom, "bias", 0.1)
    bias = row.script.bias(Cell(row.at, f)) if size else None
    middle, end = (top + bottom) / 2, right - 14
    if size and not is_stacked:
        title = words(f"*f* = {f}", end, middle - 0.6 * size * bool(bias), size, "quiet", align=1)
        draft.put("name", (name, f, "name"), title)
        right = title.left - 4
    if bias is not None:
        said, y = ("bias ", bottom - 0.75 * size) if is_stacked else ("", middle + 0.6 * size)
        mark = draft.put("foot", (name, f, "bias"), words(said + signed(bias.text), end, y, size, "bias", align=1))
        bottom, right = (bottom - 1.2 * size, right) if is_stacked else (bottom, min(right, mark.left - 4))
    written, high, wide = (DIGIT * size + 8) * bool(size), (bottom - top) / len(parts), (right - left - 8) / len(parts)
    for place, part in enumerate(parts):
        up, down = extent(tap.weight.value for one in ([part] if is_stacked else parts) for tap in one.taps)
        start, tall = (top + high * place, high) if is_stacked else (top, bottom - top)
        begin, room = (left + 8, right - left - 16) if is_stacked else (left + 8 + wide * place, 0.9 * wide)
        feet.append(start + (tall + written + (up - down) * unit) / 2)
        pitch, longest = room / len(part.taps), max(width(tap.weight.text, 1.0) for one in parts for tap in one.taps)
        fits = next((own for own in (size, 36.0, SMALL) if longest * own <= pitch - 6), 0.0) if size else 0.0
        for number, tap in enumerate(part.taps):
            key, x = (*row.w(part, f), tap.k), begin + pitch * (number + 0.5)
            look = (min(66.0, 0.6 * pitch), unit, (str(hue(part)), "ink", PALE), True, row.whole and unit > 6)
            mark = pieces.column(draft, key, tap.weight, x, feet[-1], *look)
            if fits and not tap.more:
                y = (mark.top if mark.kind == "bar" else mark.y - 6) - 8 - DIGIT * fits / 2
                draft.put("digits", (name, *key, "digits"), words(tap.weight.text, x, y, fits, rides=(*key, "bar")))
    return feet
