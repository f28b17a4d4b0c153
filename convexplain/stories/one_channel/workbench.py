"""One place of a window, with all its numbers: the window, its products one after the other, and their sum.

The boards with which stories about one channel begin. This module knows one place and pieces; what comes after its
output, a story says.
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place, Track, W, X, Y, whole
from convexplain.stories.script import Tap

APART, ROOM = 1.5, 1.3
"""From the window to the sum, and the room that its number has, in steps."""
LISTED = 4
"""The most products that a caption adds up."""
PRODUCT = ("product", 0)
PRODUCTS = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""


class Workbench:
    """The boards of the told window of a track, or of another one, ``told``. One without ``formula`` says nothing of
    the window's step; one that stands ``close`` has the rows of this window alone.
    """

    def __init__(self, track: Track, formula: bool = True, close: bool = False, told: Place | None = None) -> None:
        self.track, self.form, self.near, self.has_formula = track, track.form, track.near, formula
        self.told = told or track.told
        self.key: Key = PRODUCT
        self.total: Key = (*Y, self.told.step)
        self.taps = places.elided(track.script, self.told.taps)
        self.bench = track.close() if close else track.on(self.near)
        large = max(abs(tap.product.value) for tap in self.taps) / 10
        self.lead = next((place for place, tap in enumerate(self.taps) if abs(tap.product.value) > large), 0)

    def boards(self) -> tuple[Board, ...]:
        return self.window(), self.product(), self.products(), self.output()

    def kernel(self, said: str) -> Board:
        """The kernel below its signal, which it does not yet lie on."""
        return self.opened(said, laid=False).board("kernel", said, 3)

    def window(self) -> Board:
        """The kernel on its window."""
        said = f"It lies on {phrases.count(len(self.told.taps), 'sample')}: they are its window."
        return self.opened(said).board("window", said, 3)

    def opened(self, said: str, laid: bool = True) -> Draft:
        """The signal and the kernel, as high as the picture; ``laid`` on its window, and with what a tap is, or below
        it.
        """
        draft, bench = self.track.draft(said, self.near), self.track.on(self.near, self.track.opening())
        self.track.lay(draft, bench, self.taps)
        if not laid:
            high = bench.bottom - bench.middle
            draft.change([("rig", *W, "frame")], y=bench.middle + high / 2, height=high)
            return draft
        _, right = benches.columns(self.taps, self.near)
        last, low = self.taps[-1], bench.bottom - benches.INDEX / 2 - 2
        begin, meaning = (self.near.x(last.step) + SMALL, low), f"the kernel’s number at *k* = {last.k}"
        pieces.callout(draft, ("tap",), f"tap {last.k}", right + 40, low, begin, meaning)
        return draft

    def made(self, said: str, taps: int, lit: int | None = None, until: float | None = None) -> Draft:
        """The window with its first products."""
        track, bench = self.track, self.bench
        draft = track.draft(said, self.near, [self.told.home] if self.has_formula else ())
        track.lay(draft, bench, self.taps, None if lit is None else [lit])
        benches.lay_products(draft, bench, self.key, W, X, self.taps[:taps], "kernel", track.tints, until)
        draft.marks["baseline", *Y] = draft.marks.pop(("baseline", *self.key, "floor"))  # it stays when sums go home
        for tap in self.taps[:taps]:
            join(draft, bench, (*self.key, tap.k), tap, track.tints.get(tap.k, "kernel"))
        return draft

    def lay_sum(self, draft: Draft) -> None:
        """The sum as a bar with a large number."""
        x, output, key = self.beside, self.told.output, self.total
        bricks, bench, made = whole([output.value]), self.bench, tuple((*self.key, tap.k, "bar") for tap in self.taps)
        high = bench.floor - max(0.0, float(output.value)) * bench.lowest - bench.bottom - 10
        sizes = [size for size in (HERO, PARTIAL, TEXT)[self.form.is_narrow :] if DIGIT * size < high]
        size = benches.fitting(0.96 * ROOM * self.near.pitch, [output.text], [*sizes, SMALL])
        at = (x, bench.floor, self.near.bar, bench.lowest, "output")
        pieces.column(draft, key, output, *at, bricks=bricks, made_of=made)
        pieces.digits(draft, key, output.text, size=size)

    @property
    def beside(self) -> float:
        """Where the sum stands: right of the window, at the end of the signal closer, or left of it."""
        first, last = min(self.near.x(tap.step) for tap in self.taps), max(self.near.x(tap.step) for tap in self.taps)
        away, half = APART * self.near.pitch, 0.5 * ROOM * self.near.pitch
        if last + away + half <= self.form.width - self.form.margin:
            return last + away
        after = max(tap.step for tap in self.taps) + 1
        return self.near.x(after) if self.near.has(after) else first - away

    def formula(self, draft: Draft, lit: tuple[str, ...], shown: tuple[str, ...] | None = None) -> None:
        if self.has_formula:
            self.track.formula(draft, lit, self.told.step, shown)

    def product(self) -> Board:
        tap = self.taps[self.lead]
        said = f"Tap {tap.k} multiplies its sample: {phrases.multiplied(tap)}, a product."
        draft = self.made(said, self.lead + 1, tap.k)
        self.formula(draft, ("k", "k of x"), PRODUCTS)
        return draft.board("product", said, 2.5, self.falling())

    def falling(self) -> Iterable[Cue]:
        """A product comes from its sample, one after the other."""
        return falling(self.key, self.taps)

    def products(self, said: str = "") -> Board:
        rest = [phrases.multiplied(tap) for tap in self.taps if tap is not self.taps[self.lead]]
        if not said and len(rest) == 2 and not self.lead:
            said = f"Then {rest[0]} and {rest[1]}: each begins where the one before ended."
        said = said or "Each product begins where the one before ended."
        draft = self.made(said, len(self.taps))
        self.formula(draft, ("sum k", "k of sum"), ("sum k", "k of sum", *PRODUCTS))
        return draft.board("products", said, 2.5, self.falling())

    def output(self, said: str = "", name: str = "output") -> Board:
        listed = len(self.taps) <= LISTED and not any(tap.more for tap in self.taps)
        if not said and listed and sum(tap.product.value for tap in self.taps) == self.told.output.value:
            total = phrases.added([tap.product.text for tap in self.taps], self.told.output.text)
            said = f"The last one ends at the sum: {total}, the output."
        said = said or "Where the last one ends: the output."
        draft = self.summed(said)
        self.formula(draft, ("t", "t of x"))
        ends = Cue(((*self.total, "bar"),), motion.ENTER + len(self.taps))
        return draft.board(name, said, 3, [*self.falling(), ends])

    def summed(self, said: str) -> Draft:
        """The window with all its products and their sum."""
        draft = self.made(said, len(self.taps), None, self.beside - self.near.bar / 2)
        self.lay_sum(draft)
        return draft


def join(draft: Draft, bench: Bench, product: Key, tap: Tap, tint: Role) -> None:
    """A sample, its tap and their product belong together."""
    end = draft.marks[*product, "bar"].bottom
    pieces.band(draft, product, bench.axis.x(tap.step), bench.foot, end, bench.axis.bar, tint)


def falling(key: Key, taps: Iterable[Tap]) -> Iterable[Cue]:
    """A product comes from its sample: first down through its tap, one after the other."""
    for number, tap in enumerate(taps):
        own, lasts = (*key, tap.k), max(0.6, 1.3 - 0.2 * number)
        yield Cue(((*own, "bar"), (*own, "band")), motion.ENTER + number, lasts, "down first")
