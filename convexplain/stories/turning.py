"""What the boards of kernel_flip are laid out with: the stage of all places with a kernel that may be turned over, and
the outputs of two calls in one row.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Cue, Draft, Format, bar, line
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, places
from convexplain.stories.bench import Bench
from convexplain.stories.calls import CONVOLVE, Call
from convexplain.stories.places import THREAD, Place, Track, W, Y, whole
from convexplain.stories.script import Script

TURNED = (W, ("rig", *W), ("baseline", "rig", *W), THREAD)
"""What turns over as one: a kernel with everything on its card."""


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format."""

    corner = "left"

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.theirs = [calls.place(script, CONVOLVE, place.step) for place in self.places]
        self.met = calls.place(script, CONVOLVE, self.told.step)
        apart = [place.output.text for place in (*self.places, *self.theirs)]
        self.pairs = places.size_on(self.wide, apart, 0.37)
        """The size of the numbers of two outputs under one step; 0 where they have no room."""

    @property
    def under(self) -> float:
        return 84.0 if self.form.is_narrow else 26.0

    def numbers(self) -> list[Fraction]:
        taps = places.elided(self.script, self.met.taps)
        made = [place.output.value for place in self.theirs] + benches.levels(tap.product.value for tap in taps)
        return [*super().numbers(), *made]

    # the names of the calls

    def title(self, draft: Draft, call: Call, x: float, middle: float, size: float = SMALL) -> None:
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
        margin, middle, narrow = self.form.margin, bench.floor - DIGIT * SMALL / 2, self.form.is_narrow
        for number, call in enumerate(named):
            y = self.form.height - 150 if narrow else middle + 26 * (2 * number - 1)
            self.title(draft, call, margin + 240 * number * narrow, y)

    # two calls in one row

    def lay_pairs(self, draft: Draft, bench: Bench, outputs: Iterable[tuple[Call, Sequence[Place]]]) -> None:
        """The outputs of two calls, side by side under their steps, closer to each other than to the next pair."""
        pitch, size = self.wide.pitch, min(self.pairs, TEXT)
        width, gap = min(pieces.WIDEST, 0.32 * pitch), max(4.0, 0.1 * pitch)
        pieces.baseline(draft, Y, self.wide.left, self.wide.right, bench.floor)
        for side, (call, known) in zip((-1, 1), outputs, strict=True):
            for place in known:
                x, key = self.wide.x(place.home) + side * (width + gap) / 2, (*call.row, place.step)
                bricks = whole([place.output.value])
                pieces.column(
                    draft, key, place.output, x, bench.floor, width, bench.lowest, "output", bricks=bricks, **call.look
                )
                if size:
                    pieces.digits(draft, key, place.output.text, size=size)

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
            draft.put("gap", ("gap", "name"), words("difference", self.form.margin, y, SMALL, role, -1))

    def turning(self, draft: Draft) -> Cue:
        """The kernel turns over about its middle."""
        card = draft.marks["rig", *W, "card"]
        return Cue(TURNED, motion.MOVE, how="turn", at=(card.x, card.y))
