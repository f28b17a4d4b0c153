"""One output: the channels one after the other, each with its kernel, its products and their sum; then the filter, and
the output that it gives.

The first boards of channel_summation, all on one stage. Few taps are told one by one. This module says what comes when;
where it stands the stage says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FULL, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.stories import phrases
from convexplain.stories.many_channels.channels import Channels, Parts, hue
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

    def boards(self) -> Iterator[Board]:
        yield self._input()
        yield self._kernel()
        for number in range(len(self.row.taps) if len(self.row.taps) <= FEW else 0):
            yield self._product(number)
        for place in range(len(self.parts)):
            yield self._partial(place)
        yield self._filter()
        yield self._output("output")
        if self.row.script.layer.activation != "linear":
            yield self._output("activation")

    def _input(self) -> Board:
        row, stage = self.row, self.stage
        many, level = phrases.count(row.script.read_shape[1], "channel"), row.script.level - 1
        whose = phrases.sentence(f"{many}, outputs of layer {level}" if level else many)
        asked = "each a signal of samples. How do they become one number?"
        said = f"{whose}, {asked if row.script.read_shape[1] > 1 else 'a signal of samples. What comes out?'}"
        draft = row.draft(said)
        row.ruler(draft, stage.first)
        stage.lay(draft, row.at, row.f, stage.first, kernels=())
        stage.asked(draft)
        if row.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(row.script.shown.units)) + ".")
        return draft.board("input", said, 2.2)

    def _lay(self, said: str, shown: Parts, lit: Parts, place: int | None = None, tap: Tap | None = None) -> Draft:
        """All channels in light, or one of them with a kernel, and those before it; their sums are worked out."""
        row, stage, f, every = self.row, self.stage, self.row.f, range(len(self.parts))
        draft = row.draft(said, shown, lit or (), channels=place != 0)
        row.ruler(draft, stage.near, row.at, tap)
        meant, kernels = (None, None) if place is None else ([place], every[: place + 1])
        stage.lay(draft, row.at, f, stage.near, meant, kernels, tap)
        for other in every[:place]:
            stage.worked(draft, row.at, f, other, light=FULL if place is None else BEFORE)
        return draft

    def _work(
        self, said: str, place: int, many: int, shown: Parts = (), lit: Parts = (), tap: Tap | None = None
    ) -> Draft:
        """A channel with its first products, and after all of them its sum."""
        row, stage, role = self.row, self.stage, hue(self.parts[place])
        draft = self._lay(said, shown, lit, place, tap)
        pieces.baseline(draft, ("floor",), stage.near.left, stage.near.right, stage.floor)
        row.label(draft, ("products",), "products", stage.floor, role)
        stage.products(draft, place, many)
        stage.sums(draft, place + (many > len(row.taps)))
        stage.worked(draft, row.at, row.f, place, many * (many > 1))
        if tap is not None:
            x, wide, bench = stage.near.x(tap.step), 0.8 * stage.near.pitch, stage.rows[place]
            made = draft.marks["product", self.parts[place].channel, tap.k, "bar"]
            pieces.band(draft, ("read",), x, bench.top, bench.bottom, wide, role)
            pieces.band(draft, ("made",), x, made.top - 10, max(stage.floor, made.bottom) + 14, wide, role)
        return draft

    def _kernel(self) -> Board:
        row, part, bench = self.row, self.parts[0], self.stage.rows[0]
        said = "A kernel: a few numbers that multiply the samples above them."
        draft, at = self._work(said, 0, 0), (*row.x(part), part.taps[-1].step)
        sample, edge = draft.marks.get((*at, "digits"), draft.marks[*at, "bar"]), draft.marks["rig", 0, "frame"].right
        y, high, x = (bench.middle + bench.bottom) / 2, 0.6 * row.form.small, edge + 64
        if bench.bottom - bench.middle >= 3.6 * high:
            to = (sample.right + 6, sample.y)
            pieces.callout(draft, ("window",), "window", x, y - high, to, "the samples it covers")
            pieces.callout(draft, ("tap",), "tap", x, y + high, (edge + 4, y + high), "one number of the kernel")
        first, then = (("rig",), ("ruler", row.script.start(row.at))), (row.w(part, row.f), ("index",))
        return draft.board("kernel", said, 2.2, [Cue(first, motion.MOVE), Cue(then, motion.MOVE + 0.5)])

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

    def _partial(self, place: int) -> Board:
        row, part = self.row, self.parts[place]
        texts, total = [tap.product.text for tap in part.taps], part.partial.text
        sum_ = phrases.added(texts, total) if len(texts) > 1 else phrases.multiplied(part.taps[0])
        said = f"{sum_}: the partial sum of channel {part.source}."
        said = f"Added up, {said}" if len(said) < 65 else said
        if place:
            whose = f"*c* = {part.source} has its own kernel" if len(sum_) <= 30 else f"{part.source} likewise"
            said = f"Channel {whose}: {sum_}."
        shown, lit = (CHANNEL, ("c", "c of x")) if place else (("sum k", "k of sum", *TAP), ("sum k", "k of sum"))
        draft = self._work(said, place, len(texts) + 1, shown, lit)
        # The kernel comes, its products fall one after the other, the first channel's slowly, and their sum grows.
        line_, pause, fall = ("count", "worked", row.at, row.f, place), 0.6 if place else 0.9, motion.ENTER + 1
        kernel = (row.w(part, row.f), ("rig", place), ("baseline", "rig", place), ("name", "kernel", place))
        cues = [Cue(kernel, motion.ENTER), Cue((("partial", row.at, part.channel, "bar"),), fall + 5)]
        for n, key in enumerate(row.products(part)):
            cues.append(Cue((key,), fall, 0.8, "down first", after=pause * n))
            cues.append(Cue(((*line_, n),), fall, after=0.8 + pause * n))
        return draft.board(f"partial {place}", said, 2, [*cues, Cue(((*line_, len(texts)),), fall + 6)])

    def _filter(self) -> Board:
        row, stage = self.row, self.stage
        said = "A filter: one kernel for every channel" + (", and one bias." if row.bias else ".")
        draft = self._lay(said, CHANNEL, ())
        stage.bias(draft, row.at, row.f, stage.near)
        pieces.baseline(draft, ("floor",), stage.near.left, stage.near.right, stage.floor)
        stage.sums(draft, len(self.parts))
        foot = draft.marks.get(("rig", "foot"))
        if foot is not None and foot.right + 11 * row.form.small <= stage.side:
            at = (foot.right + 64, foot.y, (foot.right + 8, foot.y))
            pieces.callout(draft, ("bias",), "bias", *at, "added at the end")
        return draft.board("filter", said, 2.2, [Cue((("callout",),), motion.ENTER + 1)])

    def _output(self, name: str) -> Board:
        """The sums of the channels, head to tail, and with the bias the output."""
        row, layer = self.row, self.row.script.layer
        every, is_act = row.addends(row.at), name == "activation"
        said = "The channels are added" if len(every) > 1 else "The output"
        if row.bias:
            said = "The channels and the bias are added" if len(self.parts) > 1 else "The bias is added"
        said = self._rising(every) or f"{said}: {row.sum}." if len(row.sum) <= 42 else f"{said}."
        if is_act:
            said = f"Then {layer.activation}: what is below zero becomes zero."
        draft = self._lay(said, ALL, ("act",) if is_act else ("b", "plus b", "sum c", "c of sum"))
        self.stage.bias(draft, row.at, row.f, self.stage.near)
        final = row.script.output(row.at, row.f)
        total = row.script.total(row.cell) if layer.activation != "linear" and not is_act else final
        self.stage.sums(draft, len(self.parts), total)
        if self.stage.near is self.stage.far:
            self.stage.signals(draft, row.f, (), row.at)
        own = [key for key, *_ in every]
        cues = [Cue(((*key, "bar"), (*key, "digits")), motion.MOVE, after=0.7 * n) for n, key in enumerate(own)]
        cues += [Cue((("bias", row.at),), motion.ENTER + 0.5), Cue(((*row.y(*row.cell), "bar"),), motion.ENTER + 2)]
        return draft.board(name, said, 2.5, cues)

    def _rising(self, every: Sequence[tuple[Key, Number, Role, str]]) -> str:
        """How a few whole numbers lead to the output, up and down; nothing where that is long."""
        (_, first, *_), *others = every
        if not self.row.whole or not 0 < len(others) <= 2 or not all(number.value for _, number, *_ in every):
            return ""
        said = first.text
        for _, number, role, _ in others:
            whose, way = "the bias " if role == "bias" else "", "down" if number.value < 0 else "up"
            said += f", then {whose}{number.text.lstrip('−')} {way}"
        return f"{said}: {self.row.sum}."
