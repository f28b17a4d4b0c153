"""One output: the channels one after the other, each with its kernel, its products and their sum; then the filter, and
the output that it gives.

The first boards of channel_summation, all on one stage. Few taps are told one by one. This module says what comes when;
where it stands the stage says.
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, Board, Cue, Draft, line
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_channels.channels import Channels, Parts, hue, width
from convexplain.stories.many_channels.stage import BEFORE, Stage
from convexplain.stories.script import Tap

TAP = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product of one channel."""
CHANNEL = ("sum k", "k of sum", *TAP, "comma c", "c", "comma c of x", "c of x")
"""Those that write a channel's partial sum, once there are several."""
ALL = ("y", "t", "equals", "act", "b", "plus b", "sum c", "c of sum", *CHANNEL)
"""Those that are there once the channels, and then the bias, were added."""
FEW = 4
"""So many taps are told one by one."""


class Alone:
    """The boards of one output."""

    def __init__(self, row: Channels, stage: Stage) -> None:
        self.row, self.stage, self.parts = row, stage, row.parts
        self.is_told = len(row.taps) <= FEW
        """Whether each product of the first channel has a board."""

    def boards(self) -> Iterator[Board]:
        yield self._input()
        yield self._kernel()
        for number in range(len(self.row.taps) if self.is_told else 0):
            yield self._product(number)
        if not self.is_told:
            yield self._products()
        for place in range(len(self.parts)):
            if place and self.is_told and len(self.parts) == 2:
                yield self._likewise(place)
            yield self._partial(place)
        yield self._filter()
        yield self._output("output")
        if self.row.script.layer.activation != "linear":
            yield self._output("activation")

    def _input(self) -> Board:
        row, stage = self.row, self.stage
        many, level = phrases.count(row.script.read_shape[1], "channel"), row.script.level - 1
        whose = phrases.sentence(f"{many}, outputs of layer {level}" if level else many)
        said = f"{whose}, each a signal of samples. How do they become one number?"
        if row.script.read_shape[1] == 1:
            said = f"{whose}, a signal of samples, goes in. What comes out?"
        draft = row.draft(said)
        row.ruler(draft, stage.far)
        stage.lay(draft, row.at, row.f, stage.far, kernels=())
        stage.sums(draft, 0)
        place = draft.marks["place", "sum", len(stage.addends)]
        x, y = place.x, place.top - 12
        for bench, part in zip(stage.rows, self.parts, strict=True) if stage.near is stage.far else ():
            left, foot, key = stage.near.right + 12, bench.foot - 12, ("strand", part.channel)
            pieces.strand(draft, key, left, foot, x, y, hue(part))
            curve = (left, foot, left + 0.7 * (x - left), foot, x, y + 0.3 * (foot - y), x, y)
            draft.change([key], points=curve, light=0.7)  # it leaves level and arrives from above
        draft.put("count", ("asked",), words("?", place.x, place.y, max(SMALL, min(PARTIAL, place.height)), "ink"))
        if row.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(row.script.shown.units)) + ".")
        return draft.board("input", said, 2.2)

    def _work(
        self,
        said: str,
        place: int,
        many: int,
        shown: Parts = (),
        lit: Parts = (),
        tap: Tap | None = None,
        done: bool = False,
    ) -> Draft:
        """Channel ``place`` in light with its first products, and when it is ``done`` its sum."""
        row, stage, role = self.row, self.stage, hue(self.parts[place])
        draft = row.draft(said, shown, lit or (), channels=place > 0)
        row.ruler(draft, stage.near, row.at, tap)
        stage.lay(draft, row.at, row.f, stage.near, [place], range(place + 1), tap)
        pieces.baseline(draft, ("floor",), stage.near.left, stage.near.right, stage.floor)
        row.label(draft, ("products",), "products", stage.floor, role)
        stage.products(draft, place, many)
        stage.sums(draft, place + done)
        for other in range(place):
            stage.worked(draft, row.at, row.f, other, light=BEFORE)
        stage.worked(draft, row.at, row.f, place, many + done)
        if tap is not None:
            x, index = stage.near.x(tap.step), draft.marks["index", tap.k]
            draft.marks["index", tap.k] = words(f"*k* = {tap.k}", x, index.y, index.size, "lit")
            pieces.band(draft, (), x, stage.rows[0].top, row.bottom + 14, 0.84 * stage.near.pitch, role)
        return draft

    def _kernel(self) -> Board:
        row, stage = self.row, self.stage
        said = "A kernel: a few numbers that multiply the samples above them."
        draft = self._work(said, 0, 0)
        key, part, bench = row.w(self.parts[0], row.f), self.parts[0], stage.rows[0]
        at = (*row.x(part), part.taps[-1].step)
        sample = draft.marks.get((*at, "digits"), draft.marks[*at, "bar"])
        frame = draft.marks["rig", 0, "frame"]
        y, size, begin = (bench.middle + bench.bottom) / 2, self.row.form.small, frame.right + 50
        # From a thing to its word: from a sample out of the frame and down, from a tap straight.
        aside = frame.right + 18
        ends = {
            "window": (sample.right + 6, sample.y, aside, sample.y, aside, y - 0.6 * size, begin - 12, y - 0.6 * size),
            "tap": (frame.right + 4, y + 0.6 * size, begin - 12, y + 0.6 * size),
        }
        meanings = {"window": "the samples it covers", "tap": "one number of the kernel"}
        texts = [f"{word}: {meaning}" for word, meaning in meanings.items()]
        own = benches.fitting(stage.end - begin, texts, (size, SMALL))
        if max(width(text, own) for text in texts) <= stage.end - begin and bench.bottom - bench.middle >= 2.2 * own:
            for (word, points), text in zip(ends.items(), texts, strict=True):
                draft.put("callout", ("callout", word, "line"), line("quiet", *points, size=3))
                draft.put("callout", ("callout", word), words(text, begin, points[-1], own, "ink", align=-1))
        cues = [
            Cue((("rig",), ("ruler", row.script.start(row.at))), motion.MOVE),
            Cue((key, ("index",)), motion.MOVE + 0.5),
        ]
        return draft.board("kernel", said, 2.2, cues)

    def _product(self, number: int) -> Board:
        part, tap = self.parts[0], self.parts[0].taps[number]
        worked, key = phrases.multiplied(tap), ("product", part.channel, tap.k)
        said = f"Tap {tap.k} multiplies a copy of its sample: {worked}."
        if number and tap.weight.value < 0 < tap.sample.value:
            said = f"{worked}: the minus turns the copy down, and it is added."
        elif number:
            said = f"{worked} is added: it begins where the last product ended."
        draft = self._work(said, 0, number + 1, TAP, ("w", "x", "k", "k of x", "t of x"), tap)
        cues = [Cue(((*key, "bar"),), motion.ENTER + 0.2, how="down first", lasts=1.4)]
        cues.append(Cue((("count", "worked"),), motion.ENTER + 1.2))
        return draft.board(f"product {number}" if number else "product", said, 1.5 if number else 2, cues)

    def _products(self) -> Board:
        said = f"Each tap multiplies its sample, first {phrases.multiplied(self.row.taps[0])}."
        return self._work(said, 0, len(self.row.taps), TAP).board("products", said, 2.5, self._falling(0))

    def _falling(self, place: int) -> list[Cue]:
        """The products of a channel fall one after the other, those of the first slowly."""
        keys, pause = self.row.products(self.parts[place]), 0.6 if place else 0.9
        return [Cue((key,), motion.ENTER + 1, 0.8, "down first", after=pause * n) for n, key in enumerate(keys)]

    def _likewise(self, place: int) -> Board:
        said = f"Channel *c* = {self.parts[place].source} has a kernel of its own."
        draft = self._work(said, place, 0, CHANNEL, ("c", "c of x"))
        return draft.board(f"channel {place}", said, 1.5, self._arriving(place))

    def _arriving(self, place: int) -> list[Cue]:
        """The kernel of a channel comes once the sum before is there."""
        kernel = self.row.w(self.parts[place], self.row.f)
        keys = (kernel, ("rig", place), ("baseline", "rig", place), ("name", "kernel", place))
        return [Cue(keys, motion.ENTER)]

    def _partial(self, place: int) -> Board:
        row, part = self.row, self.parts[place]
        named = f"the partial sum of channel {part.source}"
        texts, total = [tap.product.text for tap in part.taps], part.partial.text
        sum_ = phrases.added(texts, total) if len(texts) > 1 else phrases.multiplied(part.taps[0])
        said = next(s for s in (f"Added up, {sum_}: {named}.", f"{sum_}: {named}.") if len(s) < 75 or s[:1] != "A")
        if place:
            said = f"Channel {part.source} likewise: {sum_}."
        shown, lit = (CHANNEL, ("c", "c of x")) if place else (("sum k", "k of sum", *TAP), ("sum k", "k of sum"))
        draft = self._work(said, place, len(part.taps), shown, lit, done=True)
        made, last = (*row.partial(row.at, part), "bar"), motion.ENTER + 6
        cues = [*self._arriving(place), *self._falling(place), Cue((made,), last)]
        line_ = ("count", "worked", row.at, row.f, place)
        pause = 0.6 if place else 0.0
        cues += [
            Cue(((*line_, n + 1),), motion.ENTER + 1, after=0.8 + pause * n) for n in range(len(texts) if place else 0)
        ]
        return draft.board(f"partial {place}", said, 2, [*cues, Cue(((*line_, len(texts) + 1),), last + 1)])

    # the filter

    def _whole(self, said: str, shown: Parts, lit: Parts = ()) -> Draft:
        """All channels in light, with their sums worked out."""
        row, stage = self.row, self.stage
        draft = row.draft(said, shown, lit or ())
        row.ruler(draft, stage.near, row.at)
        stage.lay(draft, row.at, row.f, stage.near)
        stage.bias(draft, row.at, row.f, stage.near)
        for place in range(len(self.parts)):
            stage.worked(draft, row.at, row.f, place)
        return draft

    def _filter(self) -> Board:
        row, stage = self.row, self.stage
        said = "A filter: one kernel for every channel" + (", and one bias." if row.bias else ".")
        draft = self._whole(said, CHANNEL)
        pieces.baseline(draft, ("floor",), stage.near.left, stage.near.right, stage.floor)
        stage.sums(draft, len(self.parts))
        foot = draft.marks.get(("rig", "foot"))
        text = "bias: one number, added at the end"
        if foot is not None and foot.right + 60 + width(text) <= stage.end:
            x, size = foot.right + 56, benches.fitting(stage.end - foot.right - 60, [text], stage.sizes)
            draft.put(
                "callout", ("callout", "bias", "line"), line("quiet", foot.right + 8, foot.y, x - 12, foot.y, size=3)
            )
            draft.put("callout", ("callout", "bias"), words(text, x, foot.y, size, "ink", align=-1))
        return draft.board("filter", said, 2.2, [Cue((("callout",),), motion.ENTER + 1)])

    def _output(self, name: str) -> Board:
        """The sums of the channels, head to tail, and with the bias the output."""
        row, layer = self.row, self.row.script.layer
        every, is_act = row.addends(row.at), name == "activation"
        said = "The channels are added" if len(every) > 1 else "The output"
        if row.bias:
            said = "The channels and the bias are added" if len(self.parts) > 1 else "The bias is added"
        said = f"{said}: {sum_}." if len(sum_ := row.sum(row.at)) <= 42 else f"{said}."
        if is_act:
            said = f"Then {layer.activation}: what is below zero becomes zero."
        draft = self._whole(said, ALL, ("act",) if is_act else ("b", "plus b", "sum c", "c of sum"))
        final = row.script.output(row.at, row.f)
        total = row.script.total(row.cell) if layer.activation != "linear" and not is_act else final
        self.stage.sums(draft, len(self.parts), total)
        if self.stage.near is self.stage.far:
            self.stage.signals(draft, row.f, (), row.at)
        cues = [Cue((("bias", row.at, "bar"),), motion.ENTER + 0.5)]
        cues.append(Cue(((*row.y(row.at, row.f), "bar"),), motion.ENTER + 2))
        return draft.board(name, said, 2.5, cues)
