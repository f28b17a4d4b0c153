"""What the boards of kernel_flip are laid out with: the stage of all places with a kernel that may be turned over, and
the outputs of two calls in one row.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Cue, Draft, Format, bar, line
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import calls, places
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS, Call
from convexplain.stories.one_channel.places import Place, Track, W, Y, whole
from convexplain.stories.script import Script, Tap

NO_WINDOW = ("no full window starts here", "no full window", "none")
"""What is said below samples with which no window starts."""


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format."""

    corner, output = "left", f"`{KERAS.name}`"

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form, between=12.0)
        self.theirs = [calls.place(script, CONVOLVE, place.step) for place in self.places]
        self.met = calls.place(script, CONVOLVE, self.told.step)
        apart = [place.output.text for place in (*self.places, *self.theirs)]
        self.pairs = places.size_on(self.wide, apart, 0.35)
        """The size of the numbers of two outputs under one step; 0 where they have no room."""

    @property
    def under(self) -> float:
        return 84.0 if self.form.is_narrow else 26.0

    def numbers(self) -> list[Fraction]:
        made = benches.levels(tap.product.value for tap in self.met.taps)
        return [*super().numbers(), *made, *(place.output.value for place in self.theirs)]

    @property
    def has_rest(self) -> bool:
        """Whether samples are left over at the end, from which no full window starts."""
        last, beside = self.places[-1], self.layer.strides == 1 and self.layer.padding == "valid"
        return beside and self.sees_all and last.home < self.length - 1

    # the kernel

    def lay(
        self,
        draft: Draft,
        bench: Bench,
        taps: Sequence[Tap],
        lit: Collection[int] | None = None,
        turned: bool = False,
    ) -> None:
        super().lay(draft, bench, taps, lit, turned)
        draft.change([("rig", *W, "frame")], corner="")
        for tap in taps:
            if tap.weight.value < 0 and (key := (*W, tap.k, "digits")) in draft.marks:
                draft.change([key], y=draft.marks[key].y - 6)  # free of the line that it hangs from
        if turned:
            self.name(draft, "*w* turned" if self.form.is_narrow else "*w* turned over")

    def name(self, draft: Draft, markup: str) -> None:
        """What the kernel is called as it lies there."""
        old = draft.marks["name", *W]
        draft.marks["name", *W] = words(markup, old.left, old.y, old.size, "formula", -1)

    def turning(self, draft: Draft) -> list[Cue]:
        """The kernel turns over about its middle, with all that is on its card, in a window that stays; half-way it has
        another name.
        """
        card = draft.marks["rig", *W, "card"]
        name = Cue((("name", *W),), motion.MOVE, 0.4, after=motion.LASTS["turn"] / 2)
        taps = [key for key in draft.marks if key[: len(W)] == W and key != (*W, "k")]
        keys = (("rig", *W, "card"), ("baseline", "rig", *W), *taps)
        return [Cue(keys, motion.MOVE, how="turn", at=(card.x, card.y)), name]

    @property
    def handing(self) -> Bench:
        """The rows of the stage with another kernel in the lowest one."""
        weights, under = [tap.weight.value for tap in self.taps], benches.INDEX + benches.GAP
        return self.on(self.wide, self.fit(weights, self.stage.unit, 2.8 * self.form.small, under))

    def hand(self, draft: Draft, bench: Bench, taps: Sequence[Tap], into: bool) -> None:
        """What is handed over, a card with ``taps`` as they are read, in the lowest row; and its way ``into`` the
        window.
        """
        narrow = self.form.is_narrow
        card, down = draft.marks["rig", *W, "card"], self.form.height - 160.0 - bench.bottom
        small, y, x, handed = self.form.small, bench.kernel + down, card.x, "handed" if narrow else "you hand over"
        face = card.at(y=card.y + down, hatch=pieces.HATCHED, corner="", copy_of=("rig", *W, "card"))
        draft.put("handed", ("handed", "card"), face)
        for place, said in enumerate((handed, f"`{calls.BACKWARDS}`")):
            pieces.note(draft, ("handed", place), said, self.form.margin, y + 1.2 * (place - 1) * small, role="formula")
        pieces.baseline(draft, ("handed",), card.left + 16, card.right - 16, y, "kernel")
        for tap in taps:
            own, at = (*W, tap.k, "bar"), self.wide.x(tap.step)
            mark = draft.marks[own].at(x=at, y=draft.marks[own].y + down, light=1, copy_of=own)
            draft.put("handed", ("handed", tap.k, "bar"), mark)
            if size := self.size(self.wide):
                pieces.digits(draft, ("handed", tap.k), tap.weight.text, size)
            if (index := draft.marks.get((*W, tap.k, "index"))) is not None:
                draft.put("handed", ("handed", tap.k, "index"), index.at(x=at, y=index.y + down, rides=None))
        if into:
            begin, end = face.top - 14, card.bottom + 14
            draft.put("handed", ("handed", "way"), line("ink", x, begin, x, end, size=3, head=14))
            said = f"`{CONVOLVE.name}` turns it over"
            pieces.note(draft, ("handed", "turns"), said, x + 30, (begin + end) / 2, role="ink")

    def tell_steps(self, draft: Draft, axis: Axis, at: Place, named: Iterable[int] = ()) -> None:
        """On the ruler, beside steps of a window, what they are in the formula: t, and its samples ``named``."""
        steps = {at.home: "*t*"} if at.home == at.step else {}
        for place in named:
            steps.setdefault(at.taps[place].step, phrases.sample_at(self.layer, self.length, place))
        for step, said in steps.items():
            if (number := draft.marks.get(("ruler", step))) is not None:
                mark = words(f"= {said}", number.right + 12, number.y, self.form.small, "lit", -1)
                if mark.width + number.width + 60 < axis.pitch and mark.right < self.form.width - 20:
                    draft.put("ruler", ("ruler", "said", step), mark)

    # the names of the calls

    def title(self, draft: Draft, call: Call, x: float, middle: float, size: float) -> None:
        """The name of a call's function behind its sign: a brick as high as digits, filled or hollow."""
        high, key = DIGIT * size, ("title", call.function)
        draft.put("title", (*key, "bar"), bar("output", x + high / 2, middle + high / 2, high, high, **call.look))
        draft.put("title", key, words(f"`{call.function}`", x + 1.7 * high, middle, size, "ink", -1))

    def introduce(self, draft: Draft, call: Call, x: float) -> None:
        """The name of a function, large, below the picture, and whose it is."""
        y, size = self.form.height - 156.0 - self.opened / 2, TEXT if self.form.is_narrow else PARTIAL
        self.title(draft, call, x, y - 0.3 * size, size)
        said = f"of {'SciPy: hollow' if call.is_hollow else 'Keras: filled'} bars"
        pieces.note(draft, ("call", call.name), said, x, y + 0.55 * size + 12, -1, "formula")

    @property
    def opened(self) -> float:
        """The room for the names of the calls, below the picture of signal and kernel."""
        return 120.0 if self.form.is_narrow else 150.0

    def sign(self, draft: Draft, bench: Bench, *named: Call) -> None:
        """The names of calls, at the margin of the lowest row, or where that has no room below it."""
        margin, middle, narrow = self.form.margin, bench.floor - DIGIT * self.form.small / 2, self.form.is_narrow
        for number, call in enumerate(named):
            y = self.form.height - 156 if narrow else middle + 30 * (2 * number - 1)
            self.title(draft, call, margin + 240 * number * narrow, y, SMALL if narrow else 36.0)

    # two calls in one row

    def slot(self, home: int, side: int) -> float:
        """Where the outputs of one of two calls stand, left or right of the middle of their step."""
        pitch = self.wide.pitch
        return self.wide.x(home) + side * (min(pieces.WIDEST, 0.3 * pitch) + max(4.0, 0.06 * pitch)) / 2

    def lay_pairs(self, draft: Draft, bench: Bench, outputs: Iterable[tuple[Call, Sequence[Place]]]) -> None:
        """The outputs of two calls, the second left of the first, closer to each other than to the next pair."""
        size, width, full = min(self.pairs, TEXT), min(pieces.WIDEST, 0.3 * self.wide.pitch), False
        pieces.baseline(draft, Y, self.wide.left, self.wide.right, bench.floor)
        for side, (call, known) in zip((1, -1), outputs, strict=True):
            full |= len(known) == len(self.places)
            for place in known:
                x, key = self.slot(place.home, side), (*call.row, place.step)
                bricks = whole([place.output.value])
                pieces.column(
                    draft, key, place.output, x, bench.floor, width, bench.lowest, "output", bricks=bricks, **call.look
                )
                if size:
                    pieces.digits(draft, key, place.output.text, size=size)
        if full and self.has_rest:
            left, right = self.wide.x(self.places[-1].home + 1), self.wide.x(self.length - 1)
            x, room = (left + right) / 2, 2 * (self.form.width - self.form.margin / 2 - (left + right) / 2)
            said = benches.longest(min(room, right - left + self.wide.pitch), NO_WINDOW)
            pieces.note(draft, ("rest",), said, x, bench.floor - DIGIT * SMALL / 2 - 10, 0.0, "formula")

    def lay_gaps(self, draft: Draft, bench: Bench, pairs: Sequence[tuple[Place, Place]]) -> None:
        """How far apart two outputs of each step are: a line between their ends, and a number in a row of their own,
        in the colour of what differs where it is not 0.
        """
        low, texts = self.form.height - 156 - self.under, []
        y = low + 28 if self.form.is_narrow else max(low + 28, bench.floor - DIGIT * SMALL / 2 + 68)
        for one, other in pairs:
            apart, x = abs(one.output.value - other.output.value), self.wide.x(one.home)
            if apart:
                ends = [bench.floor - float(at.output.value) * bench.lowest for at in (one, other)]
                size = min(7.0, 0.06 * self.wide.pitch)
                draft.put("gap", ("gap", one.step, "line"), line("differs", x, ends[0], x, ends[1], size=size))
            texts.append((one.step, x, self.script.written(apart).text, "differs" if apart else "ink"))
        role = "differs" if any(mark[-1] == "differs" for mark in texts) else "ink"
        for step, x, text, own in texts if self.pairs else ():
            size = benches.fitting(0.9 * self.wide.pitch, [text])
            draft.put("gap", ("gap", step), words(text, x, y, size, own))
        if texts and (self.pairs or role == "differs"):
            draft.put(
                "gap",
                ("gap", "name"),
                words("apart by" if self.pairs else "apart", self.form.margin, y, self.form.small, role, -1),
            )
