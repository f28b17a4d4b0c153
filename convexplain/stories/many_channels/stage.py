"""The stage of channel_summation: every row has its place and its unit from the first board to the last but one.

Above, each channel over its kernel; below them the row of products, which becomes that of the outputs; at the right,
beside all of them, how they are added. A long signal is seen from near first, its window alone, and then whole: steps
draw together, heights stay. This module lays rows and says nothing of their order in the story.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from convexplain.board import pieces
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Key, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.bench import Bench, extent, levels
from convexplain.stories.many_channels.channels import GAP, TOP, Channels, above, fitted, hue, terms, width
from convexplain.stories.script import Correlation, Tap

FOOT, BESIDE = 46.0, 8.0
"""The height of a filter's foot; from a bar to the number beside it."""
BRICK, FEWEST = 44.0, 7.0
"""The largest unit of whole numbers, and the least at which one serves all rows."""
PALE, OUTSIDE, BEHIND = 0.5, 0.4, 0.45
"""How far a tap's colour is on its way to ink; the light of a sample that no window covers, and of words that are not
meant.
"""


class Way(NamedTuple):
    """How the numbers of a row are written: in which size, and ``beside`` their bars, ``above`` them, or not at all."""

    size: float = 0.0
    side: str = ""

    def room(self, up: float, down: float) -> tuple[float, float]:
        """What bars that reach so far take of the height with their numbers."""
        high = DIGIT * self.size + 0.16 * self.size
        if self.side == "beside":
            return max(up, high), max(down, high) if down else 0.0
        return (up + above(self.size), down) if self.side else (up, down)


class Stage:
    """The rows of a script's channels and outputs in one format."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.parts = row, row.form, row.parts
        form, self.addends = row.form, row.addends(row.at)
        self.end = form.width - form.margin
        self.sizes = (TEXT, 40.0, SMALL) if row.is_film else (SMALL,)
        texts = [signed(number) for _, number, *_ in self.addends]
        self.gap = GAP if row.is_film else 0.5 * GAP
        slots, least = len(self.addends) + 1, (124.0, 440.0) if row.is_film else (74.0, 290.0)
        wanted = slots * max(least[0] if row.whole else 0.0, max(map(width, texts)) + 12)
        self.side = self.end - min(max(least[1], wanted), 0.48 * (self.end - form.names))
        """Where the sums begin."""
        self.slot, few = (self.end - self.side) / slots, len(self.parts) <= 2
        self.near = self._fit(
            row.close, 0.2 if few and not row.whole else 0.36, self.side - (40.0 if row.is_film else 16.0)
        )
        self.far = self.near if row.close is row.wide else self._fit(row.wide, 0.36, self.end)
        """The steps as one output is told, and as all are."""
        self.bar = min(self.near.bar, 0.6 * self.slot)
        kernels = [tap for f in row.told for part in row.correlations(row.at, f) for tap in part.taps]
        samples = [n.text for signal in row.signals.values() for step, n in signal.items() if self.near.has(step)]
        products = [signed(tap.product) for part in self.parts for tap in part.taps]
        outputs = [row.script.output(step, f).text for f in row.told for step in row.shown]
        self.ways = {
            "signal": self._way(samples, self.near) if few else Way(),
            "kernel": self._way([tap.weight.text for tap in kernels], self.near) if few else Way(),
            "products": self._way(products, self.near),
            "outputs": self._way(outputs, self.far),
            "sums": Way(size, "above") if (size := self._summed(texts)) else Way(),
        }

    def _fit(self, axis: Axis, share: float, right: float) -> Axis:
        shares = (axis.right - axis.left) / axis.pitch
        pitch = min(250.0, (right - axis.left) / shares)
        return replace(axis, pitch=pitch, share=share, widest=80.0)

    def _way(self, texts: Sequence[str], axis: Axis) -> Way:
        """The first way in which the longest of some texts has room."""
        longest = max(map(width, texts), default=0.0) / SMALL
        rooms = {"beside": 0.62 * axis.pitch - axis.bar / 2 - BESIDE, "above": axis.pitch - 12}
        found = (Way(size, side) for side, room in rooms.items() for size in self.sizes if longest * size <= room)
        return next(found, Way())

    def _summed(self, texts: Iterable[str]) -> float:
        longest, sizes = max(map(width, texts)) / SMALL, (PARTIAL, *self.sizes) if self.row.is_film else self.sizes
        return next((size for size in sizes if longest * size <= self.slot - 10), 0.0)

    @cached_property
    def least(self) -> dict[str, Way]:
        """What a column of a page writes: other numbers are no marks of their own."""
        row = self.row
        return self.ways if row.form == COLUMN else Stage(Channels(row.script, COLUMN)).ways

    # heights

    def _rows(self, unit: float) -> tuple[list[Bench], float]:
        """The rows of the channels in a unit, and where the filter ends."""
        found, top, row = list[Bench](), TOP, self.row
        for place, part in enumerate(self.parts):
            weights = [tap.weight for f in row.told for tap in row.correlations(row.at, f)[place].taps]
            rows = []
            for kind, numbers in (("signal", row.signals[part.channel].values()), ("kernel", weights)):
                up, down = extent(number.value for number in numbers)
                rows.append(self.ways[kind].room(up * unit, down * unit))
            (s_up, s_down), (w_up, w_down) = rows
            foot = top + self.gap + s_up
            middle = foot + s_down + self.gap
            kernel = middle + self.gap + w_up
            found.append(Bench(self.near, unit, top, foot, middle, kernel, kernel + w_down + self.gap, 0.0))
            top = found[-1].bottom + self.gap
        return found, top + (FOOT if row.bias else -self.gap)

    @cached_property
    def _reach(self) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
        """How far the staircases of products, single sums, and sums head to tail with the output reach."""
        products = [level for part in self.parts for level in levels(tap.product.value for tap in part.taps)]
        added = [number.value for _, number, *_ in self.addends]
        single = [part.partial.value for part in self.parts]
        return extent(products), extent(single), extent([*levels(added), self.row.script.total(self.row.cell).value])

    def _given(self, f: int, low: float) -> tuple[float, float]:
        """How far the outputs of a filter reach above and below their baseline, with their numbers."""
        up, down = extent(self.row.script.output(step, f).value for step in self.row.shown)
        way = self.ways["outputs"] if self.ways["outputs"].side else Way(SMALL, "above")
        return way.room(up * low, down * low)

    def _reached(self, low: float) -> tuple[float, float]:
        """The room over the baseline of all that is made, in a unit, and that below it: for names, or other outputs."""
        heads = (self.ways["products"].size, self.ways["sums"].size, self.sizes[0])
        ups = [reach[0] * low + above(size) for reach, size in zip(self._reach, heads, strict=True)]
        (up, down), *others = (self._given(f, low) for f in self.row.told)
        names = max(reach[1] for reach in self._reach) * low + self.form.small + 20
        return max(*ups, up), max(names, down + sum(sum(other) + 2 * self.gap for other in others))

    @cached_property
    def units(self) -> tuple[float, float]:
        """The unit of channels and kernels, and that of what is made of them: one for all where there is room."""
        high, whole = self.row.bottom - TOP, self.row.whole
        most = BRICK if whole else 1e30
        both = fitted(lambda unit: self._left(unit, unit), most)
        if whole and both >= FEWEST:
            return both, both
        share = 0.48 + 0.045 * len(self.parts)
        unit = fitted(lambda unit: share * high - (self._rows(unit)[1] - TOP), most)
        return unit, fitted(lambda low: self._left(unit, low), most)

    def _left(self, unit: float, low: float) -> float:
        """What is left of the height in these units."""
        return self.row.bottom - self._rows(unit)[1] - 2 * self.gap - sum(self._reached(low))

    @cached_property
    def rows(self) -> list[Bench]:
        """The rows of each channel."""
        return self._rows(self.units[0])[0]

    @cached_property
    def foot(self) -> float:
        """Where the filter ends."""
        return self._rows(self.units[0])[1]

    @property
    def low(self) -> float:
        """The unit of products, sums and outputs."""
        return self.units[1]

    @cached_property
    def floor(self) -> float:
        """The baseline of products, sums, and the outputs that they become."""
        return self.row.bottom - self._reached(self.low)[1]

    def outputs(self, f: int) -> tuple[float, float, float]:
        """Where the row of a filter's outputs begins, its baseline, and where it ends."""
        if f == self.row.f:
            return self.foot + 2 * self.gap, self.floor, self.floor + self._given(f, self.low)[1]
        (_, down), end = self._given(f, self.low), self.row.bottom
        return self.floor + self._given(self.row.f, self.low)[1] + 2 * self.gap, end - down, end

    def x(self, place: int) -> float:
        """Where a sum stands; the output is the last."""
        return self.side + self.slot * (place + 0.5)

    def columns(self, taps: Iterable[Tap], axis: Axis) -> tuple[float, float]:
        """The left and right edge of the filter over the columns that taps read, with the numbers beside them."""
        xs = [axis.x(tap.step) for tap in taps if axis.has(tap.step)]
        is_beside = axis is self.near and "beside" in (self.ways["signal"].side, self.ways["kernel"].side)
        return min(xs) - 0.47 * axis.pitch, max(xs) + (0.64 if is_beside else 0.47) * axis.pitch

    # channels and kernels

    def write(self, draft: Draft, kind: str, key: Key, text: str, level: float, role: str = "ink") -> None:
        """The number of a bar, where its row writes numbers; beside it, at the ``level``."""
        size, side = self.ways[kind]
        if not side:
            return
        bar = draft.marks[(*key, "bar")]
        if side == "above":
            mark = pieces.digits(draft, key, text, size, role)
        else:
            half = self.far.bar / 2 if kind == "outputs" else self.near.bar / 2
            mark = words(text, bar.x + half + BESIDE, level, size, role, -1, about=bar.about, rides=(*key, "bar"))
            draft.put("digits", (*key, "digits"), mark)
        if not self.least[kind].side:
            draft.change([(*key, "digits")], about=None)

    def lay(
        self,
        draft: Draft,
        at: int,
        f: int,
        axis: Axis | None = None,
        meant: Collection[int] | None = None,
        kernels: Collection[int] | None = None,
        lit: Tap | None = None,
    ) -> None:
        """The channels and their kernels over the window of an output: those ``meant`` (all when None) in light, those
        of ``kernels`` with their kernels, of which one tap may be ``lit``.
        """
        axis = axis or self.near
        for place, part in enumerate(self.row.correlations(at, f)):
            is_meant, has = meant is None or place in meant, kernels is None or place in kernels
            self._signal(draft, place, part, axis, is_meant, has)
            if has:
                self._kernel(draft, place, part, f, axis, is_meant, lit)

    def _signal(self, draft: Draft, place: int, part: Correlation, axis: Axis, is_meant: bool, has: bool) -> None:
        row, bench, x = self.row, self.rows[place], self.row.x(part)
        taps = [tap for tap in part.taps if axis.has(tap.step)]
        covered, left_out = {tap.step for tap in taps if not tap.more}, {tap.step for tap in taps if tap.more}
        signal = {step: n for step, n in row.signals[part.channel].items() if axis.has(step) and step not in left_out}
        pieces.signal(draft, x, signal, axis, bench.foot, bench.unit, hue(part), bricks=row.whole and bench.unit > 6)
        for tap in taps:
            if tap.padded or tap.more:
                at = (axis.x(tap.step), bench.foot, 12, bench.unit, "context")
                pieces.column(draft, (*x, tap.step), tap.sample, *at)
        for step in {*signal, *covered, *left_out}:
            is_lit = is_meant and (not has or step in covered)
            light = FULL if is_lit else OUTSIDE if is_meant else CONTEXT
            draft.change([(*x, step, "bar")], light=light)
            if axis is not self.near:
                continue
            number = signal.get(step) or next(tap.sample for tap in taps if tap.step == step)
            y = self._beside("signal", bench.foot, number)
            self.write(draft, "signal", (*x, step), number.text, y, "ink" if is_lit else "quiet")
            if not is_meant and (*x, step, "digits") in draft.marks:
                draft.change([(*x, step, "digits")], light=BEHIND)
        row.label(draft, x, row.named(part), bench.foot, hue(part), FULL if is_meant else BEHIND)

    def _beside(self, kind: str, foot: float, number: Number) -> float:
        """The y of a number beside its bar: at the bar's foot."""
        half = DIGIT * self.ways[kind].size / 2 + 6
        return foot + half if number.value < 0 else foot - half

    def _kernel(
        self, draft: Draft, place: int, part: Correlation, f: int, axis: Axis, is_meant: bool, lit: Tap | None
    ) -> None:
        row, bench, key, role = self.row, self.rows[place], self.row.w(part, f), hue(part)
        left, right = self.columns(part.taps, axis)
        light = FULL if is_meant else CONTEXT
        pieces.rig(draft, ("rig", place), left, right, bench.top, bench.middle, bench.bottom, role, light=light)
        pieces.baseline(draft, ("rig", place), left + 12, right - 12, bench.kernel, role)
        draft.change([("baseline", "rig", place)], light=0.6 * light)
        for tap in part.taps:
            if not axis.has(tap.step):
                continue
            own, x, is_lit = (*key, tap.k), axis.x(tap.step), is_meant and lit in (None, tap)
            bricks, tint = row.whole and bench.unit > 6, (str(role), "ink", PALE)
            at = (x, bench.kernel, axis.bar, bench.unit, tint)
            pieces.column(draft, own, tap.weight, *at, bricks=bricks, light=FULL if is_lit else CONTEXT)
            if axis is self.near:
                y, said = self._beside("kernel", bench.kernel, tap.weight), "ink" if is_lit else "quiet"
                self.write(draft, "kernel", own, tap.weight.text, y, said)
                if not is_meant and (*own, "digits") in draft.marks:
                    draft.change([(*own, "digits")], light=BEHIND)
        if bench.kernel - bench.foot >= 1.1 * row.size:
            row.label(draft, ("kernel", place), "× kernel", bench.kernel, role, FULL if is_meant else BEHIND)

    def bias(self, draft: Draft, at: int, f: int, axis: Axis | None = None) -> None:
        """The foot of a filter: its name, and its bias."""
        row, axis = self.row, axis or self.near
        number = row.script.bias(Cell(at, f))
        if number is None:
            return
        left, right = self.columns(row.correlations(at, f)[0].taps, axis)
        key, top = (f"b{row.script.level}", f), self.foot - FOOT
        pieces.foot(draft, key, number, left, right, top, FOOT)
        draft.marks["rig", "foot"] = draft.marks.pop((*key, "card"))
        draft.marks.pop((*key, "name"), None)
        said = draft.marks[*key, "digits"]
        name = words("bias *b* =", said.left - 12, said.y, said.size, "ink", align=1)
        title = words(f"filter {f}", left + 18, said.y, said.size, "ink", align=-1)
        if name.left > left + 10:
            draft.marks["rig", "bias"] = name
        if title.right + 12 < name.left:
            draft.put("foot", ("filter", "foot", f), title)

    # products and sums

    def products(self, draft: Draft, place: int, many: int) -> None:
        """The first products of a channel under their taps, head to tail; once they are added they are its sum."""
        row, part, size = self.row, self.parts[place], self.ways["products"].size
        steps, parents, copies = [], {}, {}
        for tap in part.taps[:many]:
            own = ("product", part.channel, tap.k)
            steps.append((own, tap.product, hue(part), self.near.x(tap.step)))
            copies[own] = (*row.x(part), tap.step, "bar")
            parents[own] = ((*row.w(part, row.f), tap.k, "bar"), copies[own])
        bricks = row.whole and self.low > 6
        until = self.x(place) - self.bar / 2 if many == len(part.taps) and not place else None
        look = (parents, copies, (), size or SMALL, bricks, until)
        pieces.staircase(draft, steps, self.floor, self.low, self.near.bar, *look)
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)
        goal = (*row.partial(row.at, part), "bar")
        draft.change([(*own, "bar") for own, *_ in steps], goes_into=goal)
        for own, number, *_ in steps:
            mark, half = draft.marks[(*own, "bar")], DIGIT * size / 2
            tip = mark.tip if mark.kind == "bar" else mark.y
            is_under = number.value > 0 and tip + 12 + 2 * half <= self.floor
            y = tip + 6 + half if is_under else tip - 6 - half
            self.write(draft, "products", own, signed(number), y)

    def sums(self, draft: Draft, done: int, is_added: bool = False, final: Number | None = None) -> None:
        """The sums of the first channels, each from the baseline, and places for the others; or, when all are
        ``added``, head to tail up to the ``final`` output.
        """
        row, level = self.row, self.floor
        pieces.baseline(draft, ("floor", "sums"), self.side, self.end, self.floor)
        for place, (key, number, role, said) in enumerate(self.addends):
            x = self.x(place)
            if not is_added and place >= len(self.parts):
                continue
            if is_added or place < done:
                made = row.products(self.parts[place]) if place < len(self.parts) else ()
                at, bricks = (x, level, self.bar, self.low, role), row.whole and self.low > 6
                pieces.column(draft, key, number, *at, bricks=bricks, made_of=made)
                self.write(draft, "sums", key, signed(number) if place and is_added else number.text, 0.0)
                if is_added:
                    level -= float(number.value) * self.low
                    if self.slot - self.bar > 32:
                        ends = (x + self.bar / 2 + 6, x + self.slot - self.bar / 2 - 6)
                        pieces.baseline(draft, ("level", place), *ends, level, "quiet")
                        draft.change([("baseline", "level", place)], dash=5, size=4.0)
            else:
                self._place(draft, ("sum", place), role, x, self.floor)
            self._under(draft, place, said, role)
        place, key = len(self.addends), row.y(row.at, row.f)
        if final is None:
            self._place(draft, ("sum", place), "output", self.x(place), self.floor)
        else:
            parents, bricks = tuple((*own, "bar") for own, *_ in self.addends), row.whole and self.low > 6
            at = (self.x(place), self.floor, self.bar, self.low, "output")
            pieces.column(draft, key, final, *at, bricks=bricks, made_of=parents)
            draft.change(parents, goes_into=(*key, "bar"))
            room = self.floor - self.foot - max(0.0, float(final.value)) * self.low
            sizes = [size for size in (HERO, PARTIAL, *self.sizes) if above(size) + 14 <= room and row.is_film]
            own = benches.fitting(self.slot - 8, [final.text], [*sizes, SMALL])
            pieces.digits(draft, key, final.text, own)
        self._under(draft, place, "output", "ink")

    def _under(self, draft: Draft, place: int, said: str, role: object) -> None:
        """The name of a sum, below it, where there is room."""
        size = benches.fitting(self.slot - 8, [said], (40.0, SMALL) if self.row.is_film else (SMALL,))
        if width(said, size) <= self.slot - 4:
            y = self.row.bottom - 4 - self.form.small / 2
            draft.put("note", ("note", "under", place), words(said, self.x(place), y, size, role))  # type: ignore[arg-type]

    def _place(self, draft: Draft, key: Key, role: object, x: float, floor: float, high: float = 0.0) -> None:
        """Where a number will stand."""
        half = (self.far.bar if high else self.bar) / 2
        look = dict(light=0.0, edge=0.5, hollow=True, size=2, dash=9)
        high = high or min(60.0, 0.4 * (self.floor - self.foot))
        mark = plate(role, x - half, floor - high, x + half, floor, **look)  # type: ignore[arg-type]
        draft.put("place", ("place", *key), mark)

    def indices(self, draft: Draft, lit: Tap | None = None) -> None:
        """The index of each tap, under its product."""
        y, small = self.row.bottom - 4 - self.form.small / 2, self.form.small
        draft.put("index", ("index", "k"), words("tap *k*", self.form.margin, y, small, "quiet", align=-1))
        for tap in self.row.taps:
            said = "⋯" if tap.more else f"*k* = {tap.k}" if tap is lit else str(tap.k)
            role = "lit" if tap is lit else "quiet"
            draft.put("index", ("index", tap.k), words(said, self.near.x(tap.step), y, small, role))

    def worked(self, draft: Draft, at: int, f: int, place: int, many: int, light: float = FULL) -> None:
        """A channel's first products, and their sum, in a line beside the channel."""
        part, bench = self.row.correlations(at, f)[place], self.rows[place]
        addends = [(tap.product.text, hue(part)) for tap in part.taps]
        y, room = (bench.top + bench.bottom) / 2, self.end - self.side - 16
        key, point = ("worked", at, f, place), (self.side + 16, y)
        terms(draft, key, addends, part.partial.text, point, room, self.sizes, many, hue(part))
        draft.change([own for own in draft.marks if own[: len(key) + 1] == ("count", *key)], light=light)

    def listed(self, draft: Draft, f: int, done: Collection[int], at: int) -> None:
        """Beside the outputs of a filter how each is added, a line for each; where those have no room, that of one."""
        top, _, end = self.outputs(f)
        row, steps, size = self.row, self.row.shown, self.form.small
        pitch = min(1.5 * size, (end - top) / len(steps))
        size, is_every = max(SMALL, min(size, pitch)), pitch >= SMALL
        for place, step in enumerate(steps):
            if step not in done or not (is_every or step == at):
                continue
            y = top + pitch * (place + 0.5) if is_every else (top + end) / 2
            addends = [(number.text, role) for _, number, role, _ in row.addends(step, f)]
            total = row.script.output(step, f).text
            point, room = (self.side + 16, y), self.end - self.side - 16
            sizes, before = (size, SMALL), f"*t* = {step}:  " if is_every else ""
            key = ("sum", step, f)
            terms(draft, key, addends, total, point, room, sizes, len(addends) + 1, before=before)
            light = FULL if step == at else 0.7
            draft.change([own for own in draft.marks if own[:4] == ("count", *key)], light=light)

    def signals(self, draft: Draft, f: int, done: Collection[int], at: int, is_meant: bool = True) -> None:
        """The outputs of a filter, and places for those to come."""
        row, axis, (_, foot, _), name = self.row, self.far, self.outputs(f), self.ways["outputs"]
        ends = [axis.x(row.script.home(step)) for step in row.shown]
        half, role = 0.5 * axis.pitch, "ink"
        pieces.baseline(draft, ("floor", f), min(ends, default=axis.left) - half, max(ends, default=half) + half, foot)
        said = (
            f"{row.output}, *f* = {f}"
            if len(row.told) > 1 and not (f == row.f and is_meant)
            else f"output {row.output}"
        )
        row.label(draft, (f"y{row.script.level}", f), said, foot, role, FULL if is_meant else 0.7)
        for step, x in zip(row.shown, ends, strict=True):
            key, number = row.y(step, f), row.script.output(step, f)
            if step not in done:
                self._place(draft, ("output", step, f), "output", x, foot, 0.4 * (foot - self.outputs(f)[0]))
                continue
            at_ = (x, foot, axis.bar, self.low, "output", True, row.whole and self.low > 6, FULL if is_meant else 0.7)
            pieces.column(draft, key, number, *at_, made_of=row.taps_of(step, f))
            if name.side and self.least["outputs"].side:
                self.write(draft, "outputs", key, number.text, self._beside("outputs", foot, number))
            elif step == at:
                pieces.digits(draft, key, number.text, SMALL)

    def start(self, draft: Draft, step: int, is_counted: bool) -> None:
        """The column that a window starts in, down to its output; those that are counted have a mark on the ruler."""
        x, half = self.far.x(self.row.script.home(step)), 0.47 * self.far.pitch
        look = dict(light=0.07, z=-5)
        draft.put("band", ("band", step), plate("output", x - half, TOP - 8, x + half, self.row.bottom + 6, **look))
        key = ("ruler", self.row.script.home(step))
        if is_counted and key in draft.marks:
            draft.change([key], role="lit")


def signed(number: Number) -> str:
    """A number that is added."""
    return number.text if number.text[:1] in "−+" else f"+{number.text}"


def card(
    row: Channels,
    draft: Draft,
    f: int,
    box: tuple[float, float, float, float],
    unit: float,
    size: float = 0.0,
    is_stacked: bool = False,
    light: float = FULL,
) -> list[float]:
    """A filter as a card (left, top, right, bottom): its kernels side by side, under its name, or ``stacked``, with
    their numbers where they have room in a size that is not 0, and its bias. Returns the y of each kernel's baseline.
    """
    name = "wall" if is_stacked else "aside"  # numbers do not cross each other from one card to the other
    (left, top, right, bottom), parts, feet = box, row.correlations(row.at, f), list[float]()
    pieces.card(draft, ("filter", f), left, right, top, bottom, "bias", 0.1)
    bias = row.script.bias(Cell(row.at, f)) if size else None
    if bias is not None:
        x, y = right - 14, bottom - 0.75 * size if is_stacked else (top + bottom) / 2 + 0.6 * size
        said = words(f"bias {signed(bias)}" if is_stacked else signed(bias), x, y, size, "bias", align=1)
        draft.put("foot", (name, f, "bias"), said)
        bottom, right = (bottom - 1.2 * size, right) if is_stacked else (bottom, said.left)
    if size and not is_stacked:
        title = words(f"*f* = {f}", box[2] - 14, (top + bottom) / 2 - 0.6 * size * bool(bias), size, "quiet", align=1)
        draft.put("name", (name, f, "name"), title)
        right = title.left - 4
    written = DIGIT * size + 8 if size else 0.0
    high, wide = (bottom - top) / len(parts), (right - left - 8) / len(parts)
    for place, part in enumerate(parts):
        up, down = extent(tap.weight.value for one in ([part] if is_stacked else parts) for tap in one.taps)
        above_, tall = (top + high * place, high) if is_stacked else (top, bottom - top)
        begin, room = (left + 8, right - left - 16) if is_stacked else (left + 8 + wide * place, 0.9 * wide)
        feet.append(above_ + (tall - written - (up + down) * unit) / 2 + written + up * unit)
        pitch = room / len(part.taps)
        longest = max(width(tap.weight.text) for tap in part.taps)
        fits = next((own for own in (size, 36.0, SMALL) if longest * own / SMALL <= pitch - 8), 0.0)
        for number, tap in enumerate(part.taps):
            key, tint, x = (*row.w(part, f), tap.k), (str(hue(part)), "ink", PALE), begin + pitch * (number + 0.5)
            bar = min(66.0, 0.6 * pitch), unit, tint
            mark = pieces.column(draft, key, tap.weight, x, feet[-1], *bar, bricks=row.whole and unit > 6, light=light)
            if size and fits and not tap.more:
                y = (mark.top if mark.kind == "bar" else mark.y - 6) - 8 - DIGIT * fits / 2
                said = words(tap.weight.text, x, y, fits, rides=(*key, "bar"))
                draft.put("digits", (name, *key, "digits"), said)
    return feet
