"""One channel at work, as large as the board: its kernel over a window, its products, and its partial sum.

The boards of channel_summation up to the last partial sum. All channels are told in the same place and the same way; of
one that was told its sum stays. Few taps are told one by one. This module knows channels and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, bar, line, plate
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench, levels
from convexplain.stories.many_channels import channels as rows
from convexplain.stories.many_channels.channels import GAP, TOP, Channels, above, fitted, hue
from convexplain.stories.script import Tap

TAP = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product of one channel."""
CHANNEL = ("sum k", "k of sum", *TAP, "comma c", "c", "comma c of x", "c of x")
"""Those that write a channel's partial sum, once there are several."""
BELOW, UNDER = SMALL + 8.0, 44.0
"""The room of the taps' indices, and that of names under sums."""
FEW = 4
"""So many taps are told one by one."""


class Alone:
    """The boards of one channel after the other."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.parts, self.axis = row, row.form, row.parts, row.close
        half = self.axis.pitch / 2
        self.left = max(self.axis.x(tap.step) for tap in row.taps) + half
        self.right = min(self.axis.right, self.form.width - self.form.margin)
        """Where the sums stand: beside the window, under steps that it does not cover."""
        texts = [benches.factor(tap.weight) for part in self.parts for tap in part.taps]
        texts += [f"+{tap.product.text}" for part in self.parts for tap in part.taps]
        self.size = benches.fitting(self.axis.pitch - 16, texts, (row.size, SMALL))
        self.is_told = len(row.taps) <= FEW
        """Whether each product has a board."""
        self.is_likewise = self.is_told and len(self.parts) <= 2
        """Whether each product of the other channels has one too."""

    # heights

    @cached_property
    def large(self) -> float:
        """The unit of a kernel that lies on a channel alone."""
        return min(fitted(partial(self._left, part, 0.0), self.row.most(110.0)) for part in self.parts)

    @cached_property
    def every(self) -> float:
        """The unit of all channels under each other: that of the kernel's board where they stand on the same ruler."""
        found, high = [], (self.row.bottom - TOP) / len(self.parts)
        size = self.row.size if self._writes else 0.0
        for part in self.parts:
            reach = sum(benches.extent(number.value for number in self.row.signals[part.channel].values()))
            found.append(min(self.row.most(110.0), (high - above(size) - GAP) / max(1e-30, reach)))
        return min(*found, self.large) if self.axis.steps == self.row.wide.steps else min(found)

    @cached_property
    def _writes(self) -> bool:
        return self.row.fits(number.text for signal in self.row.signals.values() for number in signal.values())

    def _left(self, part: rows.Correlation, reach: float, unit: float) -> float:
        """What a channel in a unit leaves of the height, with a staircase of some reach below it."""
        stairs = GAP + above(self.size) + reach * unit + UNDER if reach else GAP
        return self.row.bottom - self._rig(part, unit).bottom - stairs

    def _rig(self, part: rows.Correlation, unit: float) -> Bench:
        return self.row.rows(self.axis, part, unit, TOP, self.size, BELOW)

    @cached_property
    def _reach(self) -> tuple[float, float]:
        """How far the staircases of all channels, their copies and their sums reach."""
        reached = []
        for taps in (part.taps for part in self.parts):
            for tap, level in zip(taps, levels(tap.product.value for tap in taps), strict=False):
                reached += [level, level + tap.product.value, level + tap.sample.value * (tap == self.turned)]
        return benches.extent(reached)

    @cached_property
    def unit(self) -> float:
        """The unit of all boards with products."""
        reach, most = max(sum(self._reach), 1e-30), self.row.most(44.0)
        return min(fitted(partial(self._left, part, reach), most) for part in self.parts)

    def bench(self, place: int) -> Bench:
        """The rows of a channel with its products, which have one baseline for all channels."""
        floor = self.row.bottom - UNDER - self._reach[1] * self.unit
        return replace(self._rig(self.parts[place], self.unit), floor=floor)

    def slot(self, place: int) -> float:
        """Where the partial sum of a channel stands."""
        return self.left + (self.right - self.left) * (place + 0.5) / len(self.parts)

    @cached_property
    def turned(self) -> Tap | None:
        """The first tap of the first channel that makes its sample hang: a copy is seen before it is multiplied."""
        found = (tap for tap in self.row.taps if tap.sample.value > 0 and tap.weight.value < 0 and not tap.more)
        return next(found, None) if len(self.row.taps) <= FEW else None

    # boards

    def boards(self) -> Iterator[Board]:
        yield self._input()
        yield self._kernel()
        for number, tap in enumerate(self.row.taps if self.is_told else ()):
            if tap == self.turned:
                yield self._copy(number)
            yield self._product(0, number)
        if not self.is_told:
            yield self._products()
        yield self._partial(0)
        for place in range(1, len(self.parts)):
            if self.is_likewise:
                yield self._likewise(place)
                for number in range(len(self.row.taps)):
                    yield self._product(place, number)
            yield self._partial(place)

    def _input(self) -> Board:
        row, axis = self.row, replace(self.row.wide, widest=400.0)
        many, level = phrases.count(row.script.read_shape[1], "channel"), row.script.level - 1
        whose = phrases.sentence(f"{many}, the outputs of layer {level}" if level else many)
        one = row.script.read_shape[1] == 1
        said = f"{whose}, {'a' if one else 'each a'} signal of samples, go{'es' * one} in. What comes out?"
        draft = row.draft(said)
        row.ruler(draft, axis)
        high, unit = (row.bottom - TOP) / len(self.parts), self.every
        for place, part in enumerate(self.parts):
            signal = row.signals[part.channel]
            up, down = benches.extent(number.value for number in signal.values())
            over = above(row.size) if self._writes else 0.6 * GAP
            foot = TOP + over + up * unit if place == 0 else TOP + high * (place + 1) - down * unit - 2
            written = signal if self._writes else ()
            bricks = row.whole and unit > 6
            pieces.signal(draft, row.x(part), signal, axis, foot, unit, hue(part), None, written, row.size, bricks)
            row.name(draft, part, replace(self._rig(part, unit), foot=foot, kernel=foot), c=False)
        if row.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(row.script.shown.units)) + ".")
        return draft.board("input", said, 2.2)

    def _kernel(self) -> Board:
        row, part = self.row, self.parts[0]
        said = "A kernel: a few numbers that multiply the samples above them."
        same = self.axis.steps == row.wide.steps
        draft, bench = row.draft(said), self._rig(part, self.every if same else self.large)
        row.ruler(draft, self.axis)
        self._lay(draft, 0, bench)
        _, right = benches.columns(part.taps, self.axis)
        tap = draft.marks[(*row.w(part), part.taps[-1].k, "bar")]
        low = max(min(tap.y, bench.bottom - 30), bench.middle + 1.8 * row.size)
        defined = {"window": ("the samples it covers", bench.middle + 0.4 * row.size, right)}
        defined["tap"] = ("one number of the kernel", low, tap.right)
        begin = right + 60
        room = self.form.width - self.form.margin - begin
        texts = [f"{word}: {meaning}" for word, (meaning, *_) in defined.items()]
        size = benches.fitting(room, texts, (row.size, SMALL))
        for word, (meaning, y, end) in defined.items():
            said_ = next(t for t in (f"{word}: {meaning}", word) if rows.width(t, size) <= room or t == word)
            draft.put("callout", ("callout", word, "line"), line("quiet", end + 8, y, begin - 14, y, size=3))
            draft.put("callout", ("callout", word), words(said_, begin, y, size, "ink", align=-1))
        cues = [Cue((("rig",),), motion.MOVE), Cue((row.w(part), ("index",)), motion.MOVE + 0.5)]
        return draft.board("kernel", said, 2.2, cues)

    def _lay(self, draft: Draft, place: int, bench: Bench, lit: Sequence[int] | None = None, c: bool = False) -> None:
        """A channel and its kernel, named."""
        part = self.parts[place]
        self.row.lay(draft, part, bench, lit)
        self.row.name(draft, part, bench, c or place > 0, c)
        self.row.indices(draft, part, bench, lit or ())

    def _work(self, draft: Draft, place: int, many: int, lit: Tap | None = None, done: bool = False) -> Bench:
        """Channel ``place`` with its first products, of which one may be ``lit``, and, when it is ``done``, its sum,
        beside the sums of those before it.
        """
        row, part, bench = self.row, self.parts[place], self.bench(place)
        row.ruler(draft, self.axis, row.at, lit)
        self._lay(draft, place, bench, None if lit is None else [lit.k], c=place > 0 and many == 0)
        pieces.baseline(draft, ("floor",), self.axis.left, self.right, bench.floor)
        row.label(draft, ("products",), "products", bench.floor, hue(part))
        steps, parents, copies = [], {}, {}
        for tap in part.taps[:many]:
            own = ("product", part.channel, tap.k)
            steps.append((own, tap.product, hue(part), self.axis.x(tap.step)))
            copies[own] = (*row.x(part), tap.step, "bar")
            parents[own] = ((*row.w(part), tap.k, "bar"), copies[own])
        until = self.slot(place) - self._wide / 2 if done and not place else None  # no line crosses other sums
        look = (parents, copies, None, self.size, row.whole, until)
        pieces.staircase(draft, steps, bench.floor, bench.unit, self.axis.bar, *look)
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)
        if not done and self.is_told:
            self._place(draft, place, bench.floor)
        for other in range(place + done):
            self.sum(draft, other, bench.floor)
        self._adding(draft, place, many + done if (self.is_told and many > 1) or done else 0, bench)
        if lit is not None:
            self._meant(draft, part, lit)
        return bench

    def _adding(self, draft: Draft, place: int, many: int, bench: Bench) -> None:
        """A channel's first ``many`` products, and their sum: at its bar or, in little room, beside the rig."""
        part, size = self.parts[place], TEXT if self.row.is_film else SMALL
        left = self.slot(place - 1) + self._wide / 2 + 12 if place else self.left + 8
        half, high = rows.width(self.row.worked(part), size) / 2 + 4, DIGIT * size / 2
        x = min(max(self.slot(place), left + half), self.right - half)
        y = bench.floor + 16 + high if part.partial.value >= 0 else bench.floor - above(PARTIAL) - 40 - high
        if len(self.parts) > 2 or x < left + half or y + high > self.row.bottom - 44:
            left, x, y = self.left + 10, (self.left + self.right) / 2, bench.middle + 24 + high
        addends, room = [(tap.product.text, "ink") for tap in part.taps], self.right - left
        rows.terms(draft, ("worked", place), addends, part.partial.text, x, y, room, size, many)

    def _meant(self, draft: Draft, part: rows.Correlation, tap: Tap) -> None:
        """The band that joins a sample, its tap and its product; and what the formula calls the rows of the two."""
        x, row = self.axis.x(tap.step), self.row
        pieces.band(draft, (), x, TOP + 8, row.bottom, 0.84 * self.axis.pitch, hue(part))
        called, found = {row.x(part): row.array, row.w(part): "*w*"}, {}
        for key, said in called.items():
            for name in [mark for own, mark in draft.marks.items() if own[: len(key) + 1] == ("name", *key)]:
                found["symbol", *key] = words(said, name.right + 0.4 * name.size, name.y, name.size, "lit", align=-1)
        if len(found) == 2 and row.script.level == 1 and max(m.right for m in found.values()) <= self.form.names:
            draft.marks.update(found)

    @property
    def _wide(self) -> float:
        """How wide a sum is."""
        return min(self.axis.bar, 0.6 * (self.right - self.left) / len(self.parts))

    def sum(self, draft: Draft, place: int, floor: float) -> None:
        """The partial sum of a channel beside the products, named."""
        row, part, x = self.row, self.parts[place], self.slot(place)
        key, room = row.partial(row.at, part), (self.right - self.left) / len(self.parts) - 16
        at = (x, floor, self._wide, self.unit, hue(part))
        pieces.column(draft, key, part.partial, *at, bricks=row.whole, made_of=row.products(part))
        sizes, texts = (PARTIAL, TEXT, SMALL) if row.is_film else (SMALL,), [other.partial.text for other in self.parts]
        pieces.digits(draft, key, part.partial.text, benches.fitting(room, texts, sizes))
        self._named(draft, place)

    def _named(self, draft: Draft, place: int) -> None:
        """What a sum is, below it, where there is room."""
        row, part, room = self.row, self.parts[place], (self.right - self.left) / len(self.parts) - 16
        for said in (f"sum of channel {part.source}", f"channel {part.source}", f"*c* = {part.source}"):
            if rows.width(said) <= room:
                size = benches.fitting(room, [said], (40.0, SMALL) if row.is_film else (SMALL,))
                mark = words(said, self.slot(place), row.bottom - 14, size, hue(part))
                draft.put("note", ("note", "sum", part.channel), mark)
                return

    def _place(self, draft: Draft, place: int, floor: float) -> None:
        """Where the sum of a channel will stand."""
        x, half, look = self.slot(place), self._wide / 2, dict(light=0.0, edge=0.5, hollow=True, size=2, dash=9)
        if self.row.whole:
            mark = plate(hue(self.parts[place]), x - half, floor - 2.4 * self.unit, x + half, floor, **look)
            draft.put("place", ("place", "sum", place), mark)
        self._named(draft, place)

    def _copy(self, number: int) -> Board:
        """A copy of a sample, before a minus makes it hang from where it stands."""
        row, part, tap = self.row, self.parts[0], self.row.taps[number]
        said = f"Tap {tap.k} takes a copy of its sample, {tap.sample.text} …"
        draft = row.draft(said, TAP, channels=False)
        bench = self._work(draft, 0, number, tap)
        level = bench.floor - float(levels(t.product.value for t in part.taps)[number]) * bench.unit
        x, key, rise = self.axis.x(tap.step), ("product", part.channel, tap.k), float(tap.sample.value) * bench.unit
        origin, unit = (*row.x(part), tap.step, "bar"), bench.unit if row.whole else 0.0
        # Its foot is the end that will hang: on its way down it passes the level in one piece.
        copy = bar(hue(part), x, level - rise, self.axis.bar, -rise, about=tap.sample.about, copy_of=origin, unit=unit)
        draft.put("column", (*key, "bar"), copy)
        half = self.axis.pitch / 2
        draft.put("staircase", ("level", tap.k), line("quiet", x - half, level, x + half, level, dash=5, size=4, z=2))
        cues = [Cue((key,), motion.ENTER + 0.5, how="down first", lasts=1.2)]
        return draft.board("copy", said, 1, cues)

    def _product(self, place: int, number: int) -> Board:
        row, part = self.row, self.parts[place]
        tap, key = part.taps[number], ("product", part.channel, part.taps[number].k)
        worked = phrases.multiplied(tap)
        said = f"Tap {tap.k} multiplies a copy of its sample: {worked}."
        if place:
            said = f"Tap {tap.k} of channel {part.source}: {worked}" + (", down." if tap.product.value < 0 else ".")
        elif tap == self.turned:
            said = f"… and the minus turns it down: {worked}."
        elif number:
            said = f"{worked} is added: it begins where the last product ended."
        draft = row.draft(said, CHANNEL[2:] if place else TAP, ("w", "x", "k", "k of x", "t of x"), channels=place > 0)
        self._work(draft, place, number + 1, tap)
        cues = [Cue(((*key, "bar"),), motion.ENTER + 0.2, how="down first", lasts=1.0)]
        if place == 0 and tap == self.turned:
            cues = [Cue(((*key, "bar"),), motion.MOVE, lasts=1.4), Cue((("level",),), motion.ENTER)]
        cues.append(Cue((("count", "worked", place),), motion.ENTER + 1.2))
        name = "product" if number == 0 else f"product {number}"
        return draft.board(f"channel {place}, {name}" if place else name, said, 1.5 if place else 2, cues)

    def _products(self) -> Board:
        said = "Each tap multiplies its sample; the products are added."
        draft = self.row.draft(said, TAP, channels=False)
        self._work(draft, 0, len(self.row.taps))
        return draft.board("products", said, 2.5, self._falling(0))

    def _falling(self, place: int) -> list[Cue]:
        """The products of a channel fall one after the other, the first three slowly."""
        part = self.parts[place]
        keys = [(*self.row.products(part)[number][:-1], "bar") for number in range(len(part.taps))]
        how = "down first"
        if place:
            return [Cue((key,), motion.ENTER + 1, 0.8, how, after=0.5 * n) for n, key in enumerate(keys)]
        return [Cue((key,), motion.ENTER + min(n, 3), 0.8, how) for n, key in enumerate(keys)]

    def _likewise(self, place: int) -> Board:
        part = self.parts[place]
        said = f"Channel *c* = {part.source} has a kernel of its own."
        draft = self.row.draft(said, CHANNEL, ("c", "c of x"))
        self._work(draft, place, 0)
        return draft.board(f"channel {place}", said, 1.5, self._arriving(place))

    def _arriving(self, place: int) -> list[Cue]:
        """First a channel comes, then its kernel."""
        kernel = self.row.w(self.parts[place])
        keys = (kernel, ("rig", *kernel), ("baseline", "rig", *kernel), ("index", self.parts[place].channel))
        return [Cue(keys, motion.ENTER, after=0.6)]

    def _partial(self, place: int) -> Board:
        row, part = self.row, self.parts[place]
        said = f"The products add up to {part.partial.text}: the partial sum of channel {part.source}."
        if place and not self.is_likewise:
            said = f"Channel *c* = {part.source} likewise: its own kernel, its own partial sum."
        shown, lit = (CHANNEL, ("c", "c of x")) if place else (("sum k", "k of sum", *TAP), ("sum k", "k of sum"))
        draft = row.draft(said, shown, lit, channels=place > 0)
        self._work(draft, place, len(part.taps), done=True)
        made, last = (*row.partial(row.at, part), "bar"), motion.ENTER + 6
        cues = [*self._arriving(place), *self._falling(place)]
        cues += [Cue((made,), last), Cue((("count", "worked", place),), last + 1)]
        return draft.board(f"partial {place}", said, 2, cues)
