"""One output: the channels one after the other, each with its kernel, its products and their sum; then the filter, and
the output that it gives.

The first boards of channel_summation, all on one stage. Few taps are told one by one. This module says what comes when;
where it stands the stage says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import HERO, PARTIAL, Board, Cue, Draft, plate
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.many_channels.channels import TOP, Channels, Parts, hue
from convexplain.stories.many_channels.stage import Stage
from convexplain.stories.script import Tap

TAP = ("w", "k", "comma c", "c", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad")
CHANNEL = ("sum k", "k of sum", *TAP, "comma c of x", "c of x", "x ]")
"""The parts of the formula that write a channel's sum."""
ALL = ("y", "t", "equals", "act", "b", "plus b", "sum c", "c of sum", *CHANNEL)
"""Those that are there once the channels, and then the bias, were added."""
FEW = 4
"""So many taps are told one by one, all but the last."""


class Alone:
    """The boards of one output."""

    def __init__(self, row: Channels, stage: Stage) -> None:
        self.row, self.stage, self.parts = row, stage, row.parts

    def boards(self) -> Iterator[Board]:
        yield self._input()
        yield self._kernel()
        for number in range(len(self.row.taps) - 1 if len(self.row.taps) <= FEW else 0):
            yield self._product(number)
        for place in range(len(self.parts)):
            yield self._partial(place)
        yield self._filter()
        yield self._output()

    def _input(self) -> Board:
        """The channels alone, and a place for the one number they lead to."""
        row, stage, level, count = self.row, self.stage, self.row.script.level - 1, self.row.script.read_shape[1]
        many, asked = phrases.sentence(phrases.count(count, "channel")), "How do they become one number?"
        like = "like stereo sound" if count == 2 else f"like {phrases.spelled(count)} microphones"
        said = f"{many}, {f'the outputs of layer {level}' if level else like}. {asked}"
        if count == 1:
            said = f"{many}, {f'an output of layer {level}' if level else 'a signal of samples'}. What comes out?"
        draft = row.draft(said)
        row.ruler(draft, stage.first)
        x, y = (stage.side + stage.end) / 2, (TOP + row.bottom) / 2
        stage.place(draft, ("sum", len(stage.addends)), "output", x, y + 85, 120.0, 170.0)
        draft.put("note", ("note", "asked"), words("output", x, y + 119, row.form.small, "ink"))
        draft.put("count", ("asked",), words("?", x, y, HERO if row.is_film else PARTIAL, "ink"))
        for own, part in zip(stage.large, self.parts, strict=True):
            stage.signal(draft, own, part, stage.first, is_covered=False)
            ends = (stage.first.right + 12, own.foot - 12, x - 72, y)
            pieces.strand(draft, ("strand", part.channel), *ends, hue(part))
        if row.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(row.script.shown.units)) + ".")
        return draft.board("input", said, 2.2)

    def _lay(
        self, said: str, shown: Parts, lit: Sequence[str] = (), place: int | None = None, tap: Tap | None = None
    ) -> Draft:
        """All channels in light, or one of them; of those before it the sums are worked out."""
        row, stage, f = self.row, self.stage, self.row.f
        draft = row.draft(said, shown, lit)
        row.ruler(draft, stage.near, row.at, tap)
        stage.lay(draft, row.at, f, stage.near, place, tap)
        for other in range(len(self.parts) if place is None else place):
            stage.worked(draft, row.at, f, other)
        return draft

    def _floor(self, draft: Draft, place: int, many: int, tap: Tap | None = None) -> None:
        """The first products of a channel, and after all of them its sum."""
        row, stage, role = self.row, self.stage, hue(self.parts[place])
        pieces.baseline(draft, ("floor", row.f), stage.near.left, stage.near.right, stage.floor)
        row.label(draft, ("products",), "products", stage.floor, role)
        stage.products(draft, place, many)
        stage.sums(draft, place + (many > len(row.taps)))
        stage.worked(draft, row.at, row.f, place, many * (many > 1))
        if tap is not None:
            (left, right), own = stage.columns([tap], stage.near), stage.rows[place]
            pieces.band(draft, ("read",), (left + right) / 2, own.top, own.bottom, right - left, role)

    def _kernel(self) -> Board:
        row, part, own = self.row, self.parts[0], self.stage.rows[0]
        whose = "Each channel has its own" if len(self.parts) > 1 else "A"
        said = f"{whose} kernel: a few numbers, learned in training."
        draft, at = row.draft(said, ()), (*row.w(part, row.f), part.taps[-1].k)
        row.ruler(draft, self.stage.near, row.at)
        self.stage.lay(draft, row.at, row.f, self.stage.near)
        self._floor(draft, 0, 0)
        tap, frame = draft.marks.get((*at, "digits"), draft.marks[*at, "bar"]), draft.marks["rig", 0, "frame"]
        y, high, x = (own.middle + own.bottom) / 2, 0.6 * row.form.small, frame.right + 64
        if own.bottom - own.middle >= 3.6 * high:
            window = plate(hue(part), frame.left, own.top, frame.right, own.middle - 2, light=0, edge=1, size=3)
            draft.put("callout", ("callout", "window", "frame"), window.at(hollow=True))
            to, meaning = (frame.right + 4, own.middle - 6), "one number of the kernel"
            pieces.callout(draft, ("window",), "window", x, y - high, to, "the samples over a kernel")
            meaning += "; hollow: below zero" * any(mark.hollow for mark in draft.marks.values() if mark.kind == "bar")
            pieces.callout(draft, ("tap",), "tap", x, y + high, (tap.right + 6, tap.y), meaning)
        first, then = (("rig",), ("ruler", row.script.start(row.at))), (row.w(part, row.f)[:1], ("index",))
        return draft.board("kernel", said, 2.2, [Cue(first, motion.MOVE), Cue(then, motion.MOVE + 0.5)])

    def _product(self, number: int) -> Board:
        part, tap = self.parts[0], self.parts[0].taps[number]
        worked, key = phrases.multiplied(tap), ("product", part.channel, tap.k)
        said = f"{worked} is added: it begins where the last product ended."
        said = said if number else f"Tap {tap.k} multiplies a copy of its sample: {worked}."
        draft = self._lay(said, CHANNEL[2:], ("w", "x", "k", "k of x", "t of x"), 0, tap)
        self._floor(draft, 0, number + 1, tap)
        fall, link = motion.ENTER + 0.2, ("product", part.channel, part.taps[number - 1].k, "link")
        cues = [Cue(((*key, "bar"),), fall, 1.4, "down first"), Cue((link,), fall, after=0.8)]
        cues.append(Cue((("count", "worked"),), fall + 1))
        return draft.board(f"product {number}" if number else "product", said, 1.5 if number else 2, cues)

    def _partial(self, place: int) -> Board:
        row, part = self.row, self.parts[place]
        texts, total = [tap.product.text for tap in part.taps], part.partial.text
        sum_ = phrases.added(texts, total) if len(texts) > 1 else phrases.multiplied(part.taps[0])
        level, whose = row.script.level - 1, f"Channel *c* = {part.source}"
        whose += f" of layer {level}'s output" * (level > 0 and not place) + " likewise" * bool(place)
        first = next((n for n, one in enumerate(self.parts) if any(tap.product.value < 0 for tap in one.taps)), None)
        minus = " (hollow: minus)" * (place == first)
        said = f"{whose}: samples times taps{minus}, {sum_}."
        if len(said) > 75:
            said = f"{whose}: {f'samples times taps{minus} add up to {total}' if self.stage.spelled else sum_}."
        draft = self._lay(said, CHANNEL, ("c", "c of x") if place else ("sum k", "k of sum"), place)
        self._floor(draft, place, len(texts) + 1)
        # The products fall one after the other, the first channel's slowly, and their sum grows.
        line_, pause, fall = ("count", "worked", row.at, row.f, place), 0.6 if place else 0.9, motion.ENTER + 1
        stand = 0 if place or len(texts) > FEW else len(texts) - 1
        sums = (("partial", row.at, part.channel, "bar"), ("place", "sum", place))
        cues = [Cue((*sums, ("product", part.channel, part.taps[-1].k, "link")), fall + 5)]
        for n, key in enumerate(row.products(part)[stand:]):
            cues.append(Cue((key,), fall, 0.8, "down first", after=pause * n))
            cues.append(Cue(((*line_, stand + n),), fall, after=0.8 + pause * n))
        return draft.board(f"partial {place}", said, 2, [*cues, Cue(((*line_, len(texts)),), fall + 6)])

    def _filter(self) -> Board:
        row, stage = self.row, self.stage
        said = "A filter: one kernel for every channel" + (", and one bias, learned too." if row.bias else ".")
        draft = self._lay(said, CHANNEL)
        stage.bias(draft, row.at, row.f, stage.near)
        pieces.baseline(draft, ("floor", row.f), stage.near.left, stage.near.right, stage.floor)
        stage.sums(draft, len(self.parts))
        foot = draft.marks.get(("rig", "foot"))
        if foot is not None and foot.right + 11 * row.form.small <= stage.side:
            at = (foot.right + 64, foot.y, (foot.right + 8, foot.y))
            pieces.callout(draft, ("bias",), "bias", *at, "shifts all outputs")
        return draft.board("filter", said, 2.2, [Cue((("callout",),), motion.ENTER + 1)])

    def _output(self) -> Board:
        """The sums of the channels, head to tail, and with the bias the output, which then takes its place."""
        row, stage, act = self.row, self.stage, self.row.script.layer.activation
        every, sum_ = row.addends(row.at), row.sum(row.at, row.f, row.total)
        said = f"{'Sums' if len(self.parts) > 1 else 'The sum'}{' plus bias' * bool(row.bias)}: {sum_}"
        told: tuple[str, ...] = (
            f"{said}, the output at *t* = {row.at}.",
            f"{said}.",
            "All that is added up is the output.",
        )
        lit = ("b", "plus b", "sum c", "c of sum", "act")
        if act != "linear":
            then = f"then {act}: what is below zero becomes zero."
            told = (f"{sum_}; {then}", phrases.sentence(then))
        said = next((one for one in told if len(one) <= 72), told[-1])
        draft = self._lay(said, ALL, lit)
        stage.bias(draft, row.at, row.f, stage.near)
        stage.sums(draft, len(self.parts), row.total)
        stage.signals(draft, row.f, [row.at], row.at, stage.near)
        own = [key for key, *_ in every]
        cues = [Cue(((*key, "bar"), (*key, "digits")), motion.MOVE, after=0.7 * n) for n, key in enumerate(own)]
        link = (*own[len(self.parts) - 1], "link")
        cues.append(Cue((("bias", row.at), link, ("place", "sum", len(self.parts))), motion.ENTER + 0.5))
        cues.append(Cue((("total", row.at), ("place", "sum", len(own))), motion.ENTER + 2))
        key = (*row.y(*row.cell), "bar")
        if key in draft.marks:
            draft.change([key], copy_of=("total", row.at, "bar"))
            cues.append(Cue((key, ("place", "output", *row.cell)), motion.ENTER + 4, how="across first", lasts=1.2))
        return draft.board("output", said, 2.5, cues)
