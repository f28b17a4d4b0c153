"""One channel at work, as large as the board: its kernel over a window, products one by one, and its partial sum.

The first boards of channel_summation for a small layer. A channel that was told recedes to a small picture over its
sum, which stays. This module knows a small layer and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, bar, line, plate
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench, levels
from convexplain.stories.channels import hue
from convexplain.stories.script import Correlation, Tap
from convexplain.stories.small import GAP, TOP, Small, above, broad, fitted
from convexplain.style import MINUS

TAP = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product of one channel."""
CHANNEL = ("sum k", "k of sum", *TAP, "comma c", "c", "comma c of x", "c of x")
"""Those that write a channel's partial sum, once there are several."""
SUM = ("sum c", "c of sum", *CHANNEL)
ALL = ("y", "t", "equals", "act", "b", "plus b", *SUM)
"""The parts of the formula that are there once the channels, and then the bias, were added."""
BAND = 0.09
"""The light of the band that joins a sample, its tap and its product."""


class Alone:
    """The boards of one channel after the other."""

    def __init__(self, small: Small) -> None:
        self.small, self.form, self.parts = small, small.form, small.parts
        taps, read, draft = self.parts[0].taps, small.row.read, Draft(small.form)
        before, after = taps[0].step, read - 1 - taps[-1].step
        spare = max(0, 2 - max(before, after))
        self.axis = broad(Axis.over(draft, range(read + spare), read, 400.0))
        half = self.axis.pitch / 2
        right = after + spare >= before
        self.region = (
            (self.axis.x(taps[-1].step) + half, self.axis.right)
            if right
            else (
                self.axis.left,
                self.axis.x(taps[0].step) - half,
            )
        )
        """Where the sums stand: beside the window, under steps that it does not cover."""
        self.below = SMALL + 6.0

    # heights

    @cached_property
    def large(self) -> float:
        """The unit of the first boards: a channel has half of the height, or a kernel lies on it alone."""
        small, found = self.small, []
        high = (small.bottom - TOP) / len(self.parts)
        for part in self.parts:
            up, down = benches.extent(number.value for number in small.row.signals[part.channel].values())
            found.append((high - small.above - GAP) / max(1e-9, up + down))
            found.append(fitted(partial(self._left, part, 0.0), most=72.0))
        return min(*found, 72.0)

    def _left(self, part: Correlation, reach: float, unit: float) -> float:
        """What a channel in a unit leaves of the height, with a staircase of some reach below it."""
        stairs = GAP + self.small.above + reach * unit if reach else GAP
        return self.small.bottom - self._rig(part, unit).bottom - stairs

    def _rig(self, part: Correlation, unit: float) -> Bench:
        small = self.small
        return small.rows(self.axis, part, part.taps, unit, TOP, small.above, small.size, self.below)

    def _reach(self, place: int) -> tuple[float, float]:
        """How far the staircase of a channel, its copies and the sums beside it reach."""
        reached = [other.partial.value for other in self.parts[: place + 1]]
        for tap, level in zip(
            self.parts[place].taps, levels(t.product.value for t in self.parts[place].taps), strict=False
        ):
            reached += [level, level + tap.product.value, level + tap.sample.value * (tap == self.turned)]
        return benches.extent(reached)

    @cached_property
    def unit(self) -> float:
        """The unit of all boards with products."""
        found = []
        for place, part in enumerate(self.parts):
            up, down = self._reach(place)
            found.append(fitted(partial(self._left, part, up + down)))
        return min(found)

    def bench(self, place: int) -> Bench:
        """The rows of a channel with its products."""
        _, down = self._reach(place)
        return replace(self._rig(self.parts[place], self.unit), floor=self.small.bottom - down * self.unit)

    def slot(self, place: int) -> float:
        """Where the partial sum of a channel stands."""
        left, right = self.region
        return left + (right - left) * (place + 0.5) / len(self.parts)

    @cached_property
    def turned(self) -> Tap | None:
        """The first tap of the first channel that makes its sample hang: a copy is seen before it is multiplied."""
        found = (tap for tap in self.parts[0].taps if tap.sample.value and tap.weight.value < 0)
        return next(found, None)

    # boards

    def boards(self) -> Iterator[Board]:
        yield self._input()
        yield self._kernel()
        for number, tap in enumerate(self.parts[0].taps):
            if tap == self.turned:
                yield self._copy(number)
            yield self._product(number)
        yield self._partial()
        for place in range(1, len(self.parts)):
            yield self._likewise(place)

    def _input(self) -> Board:
        small, row = self.small, self.small.row
        many, level = phrases.count(len(self.parts), "channel"), small.script.level - 1
        whose = f"{many}, the outputs of layer {level}" if level else many
        said = f"{phrases.sentence(whose)}, each a signal: a number, its sample, for every step."
        if len(self.parts) == 1:
            said = f"{phrases.sentence(whose)}, a signal: a number, its sample, for every step."
        draft = small.draft(said)
        small.ruler(draft, self.axis)
        high = (small.bottom - TOP) / len(self.parts)
        for place, part in enumerate(self.parts):
            signal = row.signals[part.channel]
            _, down = benches.extent(number.value for number in signal.values())
            foot = self._rig(part, self.large).foot if place == 0 else TOP + high * (place + 1) - down * self.large - 2
            pieces.signal(draft, row.x(part), signal, self.axis, foot, self.large, hue(part), None, signal, small.size)
            small.name(draft, part, replace(self._rig(part, self.large), foot=foot))
            del draft.marks["name", *row.w(part)]
            end = self.axis.x(row.read - 1) + 0.5 * self.axis.pitch
            draft.marks["baseline", *row.x(part)] = line("line", self.axis.left, foot, end, foot, z=-1)
        if small.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(small.script.shown.units)) + ".")
        return draft.board("input", said, 2.5)

    def _kernel(self) -> Board:
        small, part = self.small, self.parts[0]
        said = "A kernel: a few numbers that multiply the samples under them."
        draft, bench = small.draft(said), self._rig(part, self.large)
        small.ruler(draft, self.axis)
        self._lay(draft, 0, bench)
        _, right = benches.columns(part.taps, self.axis)
        if self.region[0] >= self.axis.x(part.taps[-1].step):
            beside = [n.value for step, n in small.row.signals[part.channel].items() if step > part.taps[-1].step]
            up, _ = benches.extent(beside)
            y = bench.foot - up * bench.unit - small.above - 0.6 * small.size
            y = y if y > TOP + 24 else bench.foot + 34  # over the samples beside the window, or below them
            small.point(draft, ("window",), "window", "the samples it covers", right, y)
            tap = draft.marks[(*small.row.w(part), part.taps[-1].k, "bar")]
            low = tap.y if abs(tap.y - y) > 1.4 * small.size else y + 1.4 * small.size
            small.point(draft, ("tap",), "tap", "one number of the kernel", right, low, thing=tap.right)
        cues = [Cue((("rig",),), motion.MOVE), Cue((small.row.w(part), ("index",)), motion.MOVE + 0.5)]
        return draft.board("kernel", said, 2.5, cues)

    def _lay(self, draft: Draft, place: int, bench: Bench, lit: Sequence[int] | None = None, c: bool = False) -> None:
        """A channel and its kernel, named."""
        part = self.parts[place]
        self.small.channel(draft, part, bench, part.taps, lit, whole=place == 0)
        self.small.name(draft, part, bench, c, c)
        self.small.indices(draft, self.axis, part, bench.bottom - self.below / 2 - 4, lit=lit or ())

    def _work(
        self, draft: Draft, place: int, many: int, lit: Sequence[int] | None = None, done: bool = False, c: bool = False
    ) -> Bench:
        """Channel ``place`` with its first products and, when it is ``done``, its sum; those before it are small."""
        small, part, bench = self.small, self.parts[place], self.bench(place)
        small.ruler(draft, self.axis, small.at)
        for other in range(place):
            self._receded(draft, other, bench)
        if place:
            covered = {tap.step for tap in part.taps}
            for step in set(self.axis.shown) - covered:
                draft.marks.pop(("ruler", step), None)
        self._lay(draft, place, bench, lit, c)
        pieces.baseline(draft, ("floor",), self.axis.left, self.axis.right, bench.floor)
        small.label(draft, ("products",), "products", bench.floor, hue(part))
        steps, parents, copies = [], {}, {}
        for tap in part.taps[:many]:
            own = ("product", part.channel, tap.k)
            steps.append((own, tap.product, hue(part), self.axis.x(tap.step)))
            copies[own] = (*small.row.x(part), tap.step, "bar")
            parents[own] = ((*small.row.w(part), tap.k, "bar"), copies[own])
        width, end = self.axis.bar, None
        if done:
            end = self.slot(place) + (width / 2 if self.slot(place) < self.axis.x(part.taps[0].step) else -width / 2)
        pieces.staircase(
            draft,
            ("product", part.channel),
            steps,
            bench.floor,
            bench.unit,
            width,
            parents,
            copies,
            None,
            small.size,
            until=end,
        )
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)
        for other in range(place + done):
            self._sum(draft, other, bench, other == place)
        return bench

    def _sum(self, draft: Draft, place: int, bench: Bench, meant: bool) -> None:
        """The partial sum of a channel beside the products."""
        small, part = self.small, self.parts[place]
        key, made = small.partial(small.at, part), small.row.products(part)
        width = min(self.axis.bar, 0.6 * (self.slot(1) - self.slot(0)))
        pieces.column(
            draft, key, part.partial, self.slot(place), bench.floor, width, bench.unit, hue(part), made_of=made
        )
        size = (HERO if place == 0 else PARTIAL) if meant and small.is_film else small.size
        pieces.digits(draft, key, part.partial.text, size=size)
        self.named(draft, place, self.slot(place), bench)

    def named(self, draft: Draft, place: int, x: float, bench: Bench) -> None:
        """What a sum at x is, below it, where there is room."""
        part = self.parts[place]
        name = f"sum of channel {part.source}"
        fits = advance(runs_of(name)) * SMALL < self.slot(1) - self.slot(0) - 20
        if part.partial.value >= 0 and fits and bench.floor + 50 <= self.small.bottom:
            pieces.note(draft, ("sum", part.channel), name, x, bench.floor + 30, 0, hue(part))

    def _receded(self, draft: Draft, place: int, bench: Bench) -> None:
        """A channel that was told, over its sum: what its window covers and its kernel, with their numbers."""
        small, part = self.small, self.parts[place]
        left, right = self.region
        wide = 0.95 * (right - left) / len(self.parts)
        pitch = wide / len(part.taps)
        axis = Axis(tuple(tap.step for tap in part.taps), self.slot(place) - wide / 2, pitch, small.row.read)
        bottom = bench.floor - max(0.0, float(part.partial.value)) * bench.unit - small.above - 16
        longest = max(advance(runs_of(benches.factor(tap.weight))) for tap in part.taps)
        size = SMALL if small.is_film and longest * SMALL <= 0.9 * pitch - 12 else 0.0
        over = above(SMALL) if size else GAP

        def rows(unit: float) -> Bench:
            return small.rows(axis, part, part.taps, unit, TOP, over, size, self.below)

        receded = rows(fitted(lambda unit: bottom - rows(unit).bottom, most=bench.unit))
        small.channel(draft, part, receded, part.taps, whole=False)
        small.repeated(draft, part)
        if small.is_film:
            small.indices(draft, axis, part, receded.bottom - self.below / 2 - 4, named=False)

    def _copy(self, number: int) -> Board:
        """A copy of a sample, before a minus makes it hang from where it stands."""
        small, part, tap = self.small, self.parts[0], self.parts[0].taps[number]
        said = f"Tap {tap.k} takes a copy of its sample, {tap.sample.text} …"
        draft = small.draft(said, TAP, channels=False)
        bench = self._work(draft, 0, number, [tap.k])
        level = bench.floor - float(levels(t.product.value for t in part.taps)[number]) * bench.unit
        x, key, rise = self.axis.x(tap.step), ("product", part.channel, tap.k), float(tap.sample.value) * bench.unit
        origin = (*small.row.x(part), tap.step, "bar")
        # Its foot is the end that will hang: on its way down it passes the level in one piece.
        about, width = tap.sample.about, self.axis.bar
        copy = bar(hue(part), x, level - rise, width, -rise, about=about, copy_of=origin, unit=bench.unit)
        draft.put("column", (*key, "bar"), copy)
        half = self.axis.pitch / 2
        draft.put("staircase", ("level", tap.k), line("quiet", x - half, level, x + half, level, dash=5, size=4, z=2))
        self._meant(draft, bench, tap)
        self._symbols(draft, bench, tap)
        cues = [Cue((key,), motion.ENTER + 0.5, how="down first", lasts=1.2)]
        return draft.board("copy", said, 1, cues)

    def _meant(self, draft: Draft, bench: Bench, tap: Tap) -> None:
        """The band that joins a sample, its tap and its product."""
        x, half = self.axis.x(tap.step), 0.42 * self.axis.pitch
        band = plate(hue(self.parts[0]), x - half, TOP + 8, x + half, self.small.bottom + 6, light=BAND, z=-4)
        draft.put("band", ("band",), band)

    def _symbols(self, draft: Draft, bench: Bench, tap: Tap) -> None:
        """What the letters of the formula mean."""
        small, left, size = self.small, self.region[0] + 50, self.small.size
        apart = 1.5 * size if small.is_film else 1.2 * size
        script, room = small.script, self.form.width - self.form.margin - left
        array, start = phrases.array(script.level - 1), script.start(small.at)
        parts = phrases.layer_formula(script.layer, small.row.read, channels=False, array=array)
        read = "".join(part.markup for part in parts[[part.name for part in parts].index("x") :])
        lines = (
            (f"*t* = {small.at}", "the window starts here" if script.layer.strides == 1 else f"it starts at {start}"),
            (f"*k* = {tap.k}", "which tap"),
            (f"*w*[*k*] = {tap.weight.text}", "the tap"),
            (f"{read} = {tap.sample.text}", "its sample"),
        )
        y = bench.middle + 0.9 * size
        for place, (letter, meaning) in enumerate(lines):
            own = words(letter, left, y + apart * place, size, "lit" if place < 2 else "ink", align=-1)
            draft.put("symbol", ("symbol", place), own)
            meant = words(meaning, left + (2.6 if place < 2 else 6.2) * size, own.y, size, "quiet", align=-1)
            if meant.right <= left + room:
                draft.put("symbol", ("symbol", place, "meaning"), meant)

    def _product(self, number: int) -> Board:
        small, tap = self.small, self.parts[0].taps[number]
        worked = phrases.multiplied(tap)
        said = f"Tap {tap.k} multiplies a copy of its sample: {worked}."
        if tap == self.turned:
            said = f"… and the minus puts it below the line: {worked}."
            if tap.product.value > 0:
                said = f"… and minus times minus puts it above the line: {worked}."
        elif number:
            said = f"{worked} begins where the last one ended: products are added."
        draft = small.draft(said, TAP, ("k", "k of x", "t of x"), channels=False)
        bench = self._work(draft, 0, number + 1, [tap.k])
        self._meant(draft, bench, tap)
        self._symbols(draft, bench, tap)
        key = ("product", self.parts[0].channel, tap.k)
        cues = [Cue(((*key, "bar"),), motion.ENTER + 0.2, how="down first", lasts=1.0)]
        if tap == self.turned:
            cues = [Cue(((*key, "bar"),), motion.MOVE, lasts=1.4), Cue((("level",),), motion.ENTER)]
        return draft.board("product" if number == 0 else f"product {number}", said, 2, cues)

    def _partial(self) -> Board:
        small, part = self.small, self.parts[0]
        said = f"Where the last one ends: the partial sum of channel {part.source}."
        draft = small.draft(said, ("sum k", "k of sum", *TAP), ("sum k", "k of sum"), channels=False)
        bench = self._work(draft, 0, len(part.taps), done=True)
        self._worked(draft, 0, bench)
        made = (*small.partial(small.at, part), "bar")
        cues = [Cue((made,), motion.ENTER + 0.5), Cue((("count",),), motion.ENTER + 1.5)]
        return draft.board("partial 0", said, 2, cues)

    def _worked(self, draft: Draft, place: int, bench: Bench) -> None:
        """The products of a channel and their sum in a line, over the place of the sums."""
        part = self.parts[place]
        said = self.small.worked(part)
        left, right = self.region
        size = benches.fitting(right - left - 40, [said], (PARTIAL, TEXT, SMALL) if self.small.is_film else (SMALL,))
        pieces.counted(draft, ("worked",), said, (left + right) / 2 + 20, bench.middle + 30 + DIGIT * size / 2, size)

    def _likewise(self, place: int) -> Board:
        small, part = self.small, self.parts[place]
        ways = ", ".join(
            f"{'down' if tap.product.value < 0 else 'up'} {tap.product.text.lstrip(MINUS)}" for tap in part.taps
        )
        said = f"Channel *c* = {part.source} has a kernel of its own" + (f": {ways}." if len(part.taps) <= 3 else ".")
        draft = small.draft(said, CHANNEL, ("c", "c of x"))
        self._work(draft, place, len(part.taps), done=True, c=True)
        own = draft.marks[(*small.partial(small.at, part), "digits")]
        worked, room = small.worked(part), (self.region[1] - self.region[0]) / len(self.parts) - 10
        size = benches.fitting(room, [worked], (TEXT, SMALL))
        if advance(runs_of(worked)) * size <= room:
            pieces.counted(draft, ("worked", place), worked, self.slot(place), own.top - 24 - size / 2, size)
        first = motion.ENTER + 1.0
        cues = [Cue(self.rig_keys(place - 1), motion.MOVE)]
        cues += [
            Cue((("product", part.channel, tap.k, "bar"),), first + 1.0 * number, how="down first")
            for number, tap in enumerate(part.taps)
        ]
        last = first + len(part.taps)
        cues.append(Cue(((*small.partial(small.at, part), "bar"),), last))
        cues.append(Cue((("count", "worked", place),), last + 1))
        return draft.board(f"partial {place}", said, 2.5, cues)

    def rig_keys(self, place: int) -> tuple[Key, ...]:
        """A channel with its kernel, its numbers and indices, and its sum: what travels as one."""
        part = self.parts[place]
        x, w = self.small.row.x(part), self.small.row.w(part)
        covered = tuple((*x, tap.step) for tap in part.taps)
        lines = ("baseline", *x), ("baseline", "rig", *w)
        sums = self.small.partial(self.small.at, part)
        return (*covered, w, ("rig", *w), ("index", part.channel), *lines, sums)
