"""A filter, the output it gives, and its way along the ruler: each output stands where its window starts. Then another
filter in its place, on the same samples.

The middle boards of channel_summation. The filter stands in the same rows from its first board to its last place. This
module knows channels, where they were told alone, and pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, DIGIT, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.many_channels import channels as rows
from convexplain.stories.many_channels.alone import CHANNEL
from convexplain.stories.many_channels.channels import GAP, TOP, Channels, above, fitted, hue

ALL = ("y", "t", "equals", "act", "b", "plus b", "sum c", "c of sum", *CHANNEL)
"""The parts of the formula that are there once the channels, and then the bias, were added."""
FOOT, INDEX = 44.0, 38.0
"""The height of the filter's foot, and the room of the taps' indices."""
LIT, OF_FILTERS = ("t", "t of x"), ("f", "f of w", "f of b")
"""The parts that are meant as a filter slides, and where there is another one."""


class Along:
    """The boards of all outputs of one filter, or of one that comes after another one, ``before``."""

    def __init__(self, row: Channels, before: Along | None = None) -> None:
        self.row, self.form, self.parts, self.before = row, row.form, row.parts, before
        steps = tuple(tap.step for tap in row.taps)
        pitch = min(row.close.pitch, (0.4 if row.is_film else 0.3) * self.form.width / len(steps))
        self.panel = Axis(steps, self.form.names, pitch, row.read, 0.5 * pitch)
        """Where the filter stands while its sums are added."""
        after = len(row.wide.steps) - 1 - row.wide.steps.index(row.script.home(row.shown[-1])) if row.shown else 0
        is_short = row.fits([benches.factor(tap.weight) for part in self.parts for tap in part.taps])
        self.is_worked = row.script.layer.activation == "linear" and is_short and not row.rest and after > 0
        """Whether each output is worked out on its board."""

    # heights

    def _rows(self, axis: Axis, unit: float, size: float) -> tuple[list[Bench], float]:
        """The rows of all channels on an axis, and where the filter ends."""
        found, top = list[Bench](), TOP
        for part in self.parts:
            last = part is self.parts[-1]
            found.append(self.row.rows(axis, part, unit, top, size, INDEX if last and axis is self.panel else 0.0))
            top = found[-1].bottom + GAP
        return found, top + (FOOT if self.row.bias else -GAP)

    def _filled(self, axis: Axis, size: float, bottom: float, most: float) -> tuple[list[Bench], float]:
        """The rows in the largest unit at which the filter ends before the ``bottom``."""
        unit = fitted(lambda unit: bottom - self._rows(axis, unit, size)[1], self.row.most(most))
        return self._rows(axis, unit, size)

    @cached_property
    def standing(self) -> tuple[list[Bench], float]:
        """The rows of the filter that stands alone, as high as the board."""
        taps = [tap for part in self.parts for tap in part.taps]
        texts = [benches.factor(tap.weight) for tap in taps] + [tap.sample.text for tap in taps]
        sizes = (self.row.size, SMALL) if len(self.parts) <= 2 else (0.0,)
        size = benches.fitting(self.panel.pitch - 14, texts, (*sizes, 0.0))
        return self._filled(self.panel, size, self.row.bottom + 10, 44.0)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """How far all outputs reach."""
        return benches.extent(self.row.final(step).value for step in self.row.shown)

    @cached_property
    def sliding(self) -> tuple[list[Bench], float]:
        """The rows of the filter over its outputs: in one unit with them where that leaves enough of both."""
        row = self.row
        size = self.form.small if row.is_film and row.is_written and len(self.parts) <= 2 else 0.0
        under = row.bottom + 10 - self._over - self._under

        def left(unit: float) -> float:
            return under - self._rows(row.wide, unit, size)[1] - sum(self.reach) * unit

        unit = fitted(left, row.most(36.0))
        if row.whole and unit >= 9:
            return self._rows(row.wide, unit, size)
        return self._filled(row.wide, size, TOP + 0.58 * (under - TOP), 36.0)

    @property
    def _over(self) -> float:
        """The room over the outputs."""
        return above(self.row.size) + 12

    @property
    def _under(self) -> float:
        """The room below them, where the outputs of the filter before are written."""
        return self.row.size + 24.0 if self.before else 8.0

    @cached_property
    def unit(self) -> float:
        """The unit of the outputs."""
        (first, *_), end = self.sliding
        free = self.row.bottom + 10 - self._over - self._under - end
        same = sum(self.reach) * first.unit <= free + 1e-6 and self.row.whole
        return first.unit if same else free / max(1e-30, sum(self.reach))

    @property
    def floor(self) -> float:
        """The baseline of the outputs."""
        return self.row.bottom + 10 - self._under - self.reach[1] * self.unit

    # the filter alone

    def boards(self) -> Iterator[Board]:
        yield self._filter()
        yield self._output("output")
        if self.row.script.layer.activation != "linear":
            yield self._output("activation")
        yield from self._slides()

    def _lay(self, draft: Draft, axis: Axis, at: int, found: tuple[list[Bench], float]) -> list[Bench]:
        """The filter over the window of an output, with its names."""
        row, (benches_, end) = self.row, found
        told = row.correlations(at)
        for part, bench in zip(told, benches_, strict=True):
            row.lay(draft, part, bench, repeated=True)
            row.name(draft, part, bench)
        if axis is self.panel:
            row.indices(draft, told[-1], benches_[-1])
        left, right = benches.columns([tap for tap in told[0].taps if axis.has(tap.step)], axis)
        row.foot(draft, left, right, end - FOOT, FOOT)
        name = words(f"filter {row.f}", left + 18, end - FOOT / 2, self.form.small, "ink", align=-1)
        bias = draft.marks.get((f"b{row.script.level}", row.f, "name"))
        if bias is not None and name.right + 12 < bias.left:
            draft.put("foot", ("filter", "foot", row.f), name)
        return benches_

    def _filter(self) -> Board:
        row = self.row
        said = "A filter: one kernel for every channel" + (", and one bias." if row.bias else ".")
        draft = row.draft(said, CHANNEL)
        row.ruler(draft, self.panel, row.at)
        found = self._lay(draft, self.panel, row.at, self.standing)
        self._defined(draft, found, self._sums(draft))
        back = [key for part in self.parts[:-1] for key in row.rig(part)]
        return draft.board("filter", said, 2.2, [Cue(tuple(back), motion.MOVE + 0.5, lasts=1.2)])

    def _defined(self, draft: Draft, found: Sequence[Bench], low: float) -> None:
        """The filter is pointed at: its kernels, without the samples over them, and its bias."""
        row, trunk = self.row, benches.columns(self.row.taps, self.panel)[1] + 22
        ends = [(bench.middle + bench.bottom) / 2 for bench in found]
        ends += [self.standing[1] - FOOT / 2] if row.bias else []
        for place, y in enumerate(ends):
            draft.put("callout", ("callout", "filter", place), line("quiet", trunk - 16, y, trunk, y, size=4))
        draft.put("callout", ("callout", "trunk"), line("quiet", trunk, ends[0], trunk, ends[-1], size=4))
        x, y, size = trunk + 44, TOP + row.size, row.size
        draft.put("callout", ("callout", "filter", "line"), line("quiet", trunk, ends[0], trunk, y, x - 14, y, size=4))
        said = [f"filter {row.f}: its kernels" + " and its bias" * bool(row.bias), "bias: one number, added at the end"]
        for place, text in enumerate(said[: 1 + bool(row.bias)]):
            mark = words(text, x, y + 1.35 * size * place, size, "ink", align=-1)
            if mark.right <= self.form.width - 8 and mark.bottom < low:
                draft.put("callout", ("callout", "filter", "said", place), mark)

    def _sums(self, draft: Draft, final: Number | None = None) -> float:
        """The channels' sums, each from the baseline, in the unit of the filter beside them where that has room below
        what is said of it; or, with the ``final`` output, head to tail up to it. Returns the y over the highest sum.
        """
        row, every, count = self.row, self.row.addends(self.row.at), len(self.parts)
        left, right = self.panel.right + (40.0 if row.is_film else 20.0), self.form.width - self.form.margin
        pitch = (right - left) / (len(every) + 1)
        xs = [left + pitch * (place + 0.5) for place in range(len(every) + 1)]
        width, sizes = min(200.0, 0.64 * pitch), (HERO, PARTIAL, TEXT, SMALL) if row.is_film else (PARTIAL, SMALL)
        single = [number.value for _, number, *_ in every[:count]]
        up, down = benches.extent([*single, *benches.levels(number.value for _, number, *_ in every)])
        high, under = max(0.0, *map(float, single)), 62.0
        free = row.bottom - TOP - above(sizes[0]) - 14 - under
        beside = self.standing[0][0].unit if row.whole else 1e30
        unit = min(beside, free / max(1e-30, up + down), (free - 2.7 * row.size) / max(1e-30, high + down))
        foot, bricks = row.bottom - under - down * unit, row.whole and unit > 6
        pieces.baseline(draft, ("floor", "sums"), left, right, foot)
        steps = [(key, number, role, x) for (key, number, role, _), x in zip(every, xs, strict=False)]
        texts = [f"+{number.text}" for _, number, *_ in every]
        size = benches.fitting(pitch - 20, texts, sizes[1:])
        column = (COLUMN.width - COLUMN.names - 0.3 * COLUMN.width - 40) / (len(every) + 1)
        written = None if max(map(rows.width, texts)) <= column else ()
        made = {row.partial(row.at, part): row.products(part) for part in self.parts}
        look = (made, None, written, size, bricks, xs[-1] - width / 2 if final else None)
        for group in [steps] if final else [[step] for step in steps[:count]]:
            pieces.staircase(draft, group, foot, unit, width, *look)
        draft.change([key for key in draft.marks if key[-1] == "link"], size=4.0)
        if final:
            key, parents = row.y(row.at), tuple((*key, "bar") for key, *_ in every)
            large = benches.fitting(pitch - 24, [final.text], sizes)
            pieces.result(draft, key, final, xs[-1], foot, unit, width, size=large, bricks=bricks, made_of=parents)
        names = [*((said.replace("channel", "*c* =") if pitch < 200 else said, role) for *_, role, said in every)]
        for place, (said_, role) in enumerate([*names, ("output", "ink")] if final else names[:count]):
            size = benches.fitting(pitch - 12, [said_], (40.0, SMALL) if row.is_film else (SMALL,))
            text = said_ if rows.width(said_, size) <= pitch - 12 else said_.split()[-1]
            draft.put("note", ("note", "under", place), words(text, xs[place], row.bottom - 18, size, role))
        return foot - high * unit - above(PARTIAL)

    def _output(self, name: str) -> Board:
        """The partial sums, large, head to tail, and with the bias the output."""
        row, layer = self.row, self.row.script.layer
        every, is_act = row.addends(row.at), name == "activation"
        said = "The channels are added" if len(every) > 1 else "The output"
        if row.bias:
            said = "The channels and the bias are added" if len(self.parts) > 1 else "The bias is added"
        said = f"{said}: {row.sum(row.at)}." if len(self.parts) <= 2 and row.whole else f"{said}."
        if is_act:
            said = f"Then {layer.activation}: what is below zero becomes zero."
        draft = row.draft(said, ALL, ("act",) if is_act else ("b", "plus b", "sum c", "c of sum"))
        row.ruler(draft, self.panel, row.at)
        self._lay(draft, self.panel, row.at, self.standing)
        key, final = row.y(row.at), row.final(row.at)
        self._sums(draft, row.script.total(row.cell) if layer.activation != "linear" and not is_act else final)
        is_far = row.wide.shown.index(row.script.home(row.at)) > 1
        if is_far or not row.fits([final.text]):  # the filter comes in its number's way
            draft.put("count", ("large", *key), draft.marks.pop((*key, "digits")))
        cues = [Cue((("bias", row.at, "bar"),), motion.ENTER + 0.5), Cue(((*key, "bar"),), motion.ENTER + 2)]
        return draft.board(name, said, 2.5, cues)

    # its way along the ruler

    def _slides(self) -> Iterator[Board]:
        at, shown = self.row.at, self.row.shown
        others = sorted(set(shown) - {at}, key=lambda step: (step < at, step))
        yield self._slid("home", "The output stands where its window starts.", at, [at])
        done = [at]
        for step in others[:-1][: 2 if self.is_worked else 1]:
            done = [*done, step]
            yield self._slid(f"slide {step}", f"At *t* = {step}: the same taps, other samples.", step, done)
        if others:
            said = f"At *t* = {others[-1]}: the same taps, other samples."
            yield self._slid("last", said, others[-1], shown, done[-1])
            yield self._slid("outputs", self._places, others[-1], shown)

    def again(self) -> Iterator[Board]:
        """Another filter in the place of the one before: its kernels, its first output, and all of them."""
        f, (first, *others) = self.row.f, self.row.shown
        own = "kernels and a bias of its own" if self.row.bias else "kernels of its own"
        yield self._slid("another", f"Filter *f* = {f} has {own}.", first, [])
        yield self._slid("its output", f"Filter {f} on the same samples gives another output.", first, [first])
        between = others[:-1][: 2 if self.is_worked else 0]
        for n, step in enumerate(between, 2):
            yield self._slid(f"its slide {step}", f"At *t* = {step}: {self.row.sum(step)}.", step, [first, *others][:n])
        if others:
            said = f"As it slides, filter {f} gives a signal of its own."
            yield self._slid("its outputs", said, others[-1], self.row.shown, [first, *between][-1])

    @property
    def _places(self) -> str:
        """How many places there are."""
        row, layer = self.row, self.row.script.layer
        if layer.strides > 1 or layer.span != layer.kernel_size or layer.span - 1 + row.steps != row.read:
            return phrases.places(layer, row.read, row.steps, "")
        taps = phrases.count(layer.kernel_size, "tap").split()[-1]
        sum_ = f"{row.read} steps − {layer.kernel_size} {taps} + 1 = {row.steps} places"
        return f"{sum_}, so {phrases.count(row.steps, 'output')}."

    def _slid(self, name: str, said: str, at: int, done: Sequence[int], since: int | None = None) -> Board:
        """The filter over the window of an output, where it came from that of ``since``, and the outputs ``done``."""
        row, axis, is_counted, f = self.row, self.row.wide, name == "outputs", self.row.f
        draft = row.draft(said, None, OF_FILTERS, filters=True) if self.before else row.draft(said, ALL, LIT)
        row.ruler(draft, axis, None if is_counted else at)
        found = self._lay(draft, axis, at, self.sliding)
        for step in row.shown if is_counted else [at]:
            self._start(draft, step, is_counted)
        pieces.baseline(draft, ("floor", "sums"), axis.left, row.home(row.shown[-1]) + axis.pitch / 2, self.floor)
        said_ = f"{row.output}, *f* = {f}" if self.before else f"output {row.output}"
        row.label(draft, (f"y{row.script.level}",), said_, self.floor, "ink")
        if self.before:
            self._quiet(draft, self.before)
        for step in row.shown:
            if step in done:
                self._bar(draft, step, at)
            else:
                self._place(draft, step)
        if self.is_worked and done and not is_counted:
            self._worked(draft, at, found)
        return draft.board(name, said, 1.6, self._cues(name, at, done, at if since is None else since))

    def _quiet(self, draft: Draft, before: Along) -> None:
        """The outputs of the filter before as numbers below the outputs."""
        row, y = before.row, self.row.bottom + 6 - self.row.size / 2
        said = words(f"{row.output}, *f* = {row.f}", self.form.margin, y, row.size, "quiet", align=-1)
        draft.put("name", ("name", "before"), said)
        for step in row.shown:
            text, about = row.final(step)[1:]
            own = words(text, self.row.home(step), y, row.size, "quiet", about=about)
            draft.put("digits", (*row.y(step), "digits"), own)

    def _start(self, draft: Draft, step: int, is_counted: bool) -> None:
        """The column that a window starts in, down to its output; those that are counted have a mark on the ruler."""
        x, half, low = self.row.home(step), 0.47 * self.row.wide.pitch, self.row.bottom + 14
        draft.put("band", ("band", step), plate("output", x - half, TOP - 8, x + half, low, light=0.07, z=-5))
        key = ("ruler", self.row.script.home(step))
        if is_counted and key in draft.marks:
            draft.change([key], role="lit")
            y = pieces.RULER + 0.75 * SMALL
            draft.put("place", ("place", "start", step), line("lit", x - half + 8, y, x + half - 8, y, size=6))

    def _place(self, draft: Draft, step: int) -> None:
        """An output that is still to come."""
        half, high, x = 0.43 * self.row.wide.pitch, max(24.0, 0.35 * self.reach[0] * self.unit), self.row.home(step)
        look = dict(light=0, edge=0.35, dash=9, hollow=True, size=2)
        mark = plate("output", x - half, self.floor - high, x + half, self.floor, **look)
        draft.put("place", ("place", "output", step), mark)

    def _bar(self, draft: Draft, step: int, at: int) -> None:
        """An output."""
        row, output = self.row, self.row.final(step)
        made = tuple((*row.w(part), tap.k, "bar") for part in self.parts for tap in part.taps)
        at_ = (row.home(step), self.floor, row.wide.bar, self.unit, "output")
        pieces.column(draft, row.y(step), output, *at_, bricks=row.whole and self.unit > 6, made_of=made)
        if row.fits([row.final(other).text for other in row.shown]) or step == at:
            pieces.digits(draft, row.y(step), output.text, size=row.size if self.is_worked else SMALL)

    def _worked(self, draft: Draft, at: int, found: Sequence[Bench]) -> None:
        """Beside each kernel the products of its window and their sum; and right of all outputs how those add up."""
        row, axis, told = self.row, self.row.wide, self.row.correlations(at)
        left, right = benches.columns([tap for tap in told[0].taps if axis.has(tap.step)], axis)
        end = self.form.width - self.form.margin
        for part, bench in zip(told, found, strict=True):
            said = row.worked(part)
            for size in (TEXT, SMALL) if row.is_film else (SMALL,):
                wide, y = rows.width(said, size), max((bench.middle + bench.bottom) / 2, bench.foot + 0.8 * size)
                x = right + 28 if wide <= end - right - 28 else left - 28 - wide
                if x >= axis.left - 8:
                    draft.put("worked", ("worked", at, part.channel), words(said, x, y, size, hue(part), align=-1))
                    break
        begin, sizes = row.home(row.shown[-1]) + 0.5 * axis.pitch + 20, (PARTIAL, TEXT, SMALL)
        size = benches.fitting(end - begin, map(row.sum, row.shown), sizes if row.is_film else (SMALL,))
        addends = [(number.text, role) for _, number, role, _ in row.addends(at)]
        x, y, room = (begin + end) / 2, self.floor - DIGIT * size / 2, end - begin
        rows.terms(draft, ("sum", at), addends, row.final(at).text, x, y, room, size, len(addends) + 1)

    def _cues(self, name: str, at: int, done: Sequence[int], since: int) -> list[Cue]:
        """The filter slides; its products are added in each channel, then the sums; its output ends them."""
        row, first = self.row, motion.ENTER
        if name == "home":
            return [Cue((row.y(at), ("baseline", "floor")), motion.MOVE + 0.5, lasts=1.2, how="down first")]
        if name == "outputs":
            pause = min(0.4, 2.0 / len(row.shown))
            return [Cue((("place", "start", s),), motion.MOVE, after=pause * n) for n, s in enumerate(row.shown)]
        if self.before and not done:  # the outputs of the filter before fade as their numbers go down
            return [Cue(tuple((*self.before.row.y(step), "bar") for step in row.shown), motion.MOVE)]
        many = len(row.addends(at))
        cues = [*self._passing(since, at), Cue((("worked", at),), first)]
        cues += [Cue((("count", "sum", at, place),), first + 1, after=0.3 * place) for place in range(many)]
        cues.append(Cue(((*row.y(at), "bar"), ("place", "output", at)), first + 2))
        return [*cues, Cue((("count", "sum", at, many),), first + 3)]

    def _passing(self, since: int, at: int) -> Iterator[Cue]:
        """A filter that goes far goes slowly, and the outputs that it passes come as it does."""
        row, lasts = self.row, 0.5 + 0.4 * min(4, at - since)
        if at - since > 1:
            foot = ((f"b{row.script.level}", row.f), ("filter", "foot"))
            yield Cue((*map(row.w, self.parts), *row.frames(row.f), *foot), motion.MOVE, lasts)
        for step in range(since + 1, at):
            passed = lasts * motion.passes((step - since) / (at - since))
            yield Cue(((*row.y(step), "bar"), ("place", "output", step)), motion.MOVE, after=passed)
