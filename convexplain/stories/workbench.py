"""One place of a window, with all its numbers: the window, a copy, a product, all products, the output.

The boards with which stories about one channel begin. This module knows one place and pieces; what comes after its
output, a story says.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases, places
from convexplain.stories.bench import Bench, levels
from convexplain.stories.places import Track, W, X, Y, whole
from convexplain.stories.script import Tap

CLOSE, TAPS = 7, 7
"""The most places of an axis, and the most taps, where numbers stand."""
LISTED = 4
"""The most products that a caption adds up."""
PRODUCT = ("product", 0)
PRODUCTS = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""


class Workbench:
    """The boards of a track's told place; ``bare`` ones say nothing of its step, and have no formula."""

    results: tuple[float, ...] = (HERO, PARTIAL, TEXT)
    """The sizes in which the output may be written."""

    def __init__(self, track: Track, bare: bool = False) -> None:
        self.track, self.told, self.form, self.bare = track, track.told, track.form, bare
        self.taps = track.script.elide(track.script.correlations(Cell(self.told.step, 0))[0], TAPS)
        self.near = benches.window_axis(Draft(track.form), self.taps, track.length, CLOSE, 3)
        large = max(abs(tap.product.value) for tap in self.taps) / 10
        self.lead = next((place for place, tap in enumerate(self.taps) if abs(tap.product.value) > large), 0)
        texts = [benches.factor(tap.weight) for tap in self.taps]
        texts += [f"+{number.text}" for tap in self.taps for number in (tap.sample, tap.product)]
        size = benches.fitting(0.88 * self.near.pitch, texts)
        self.levels = levels(tap.product.value for tap in self.taps)
        copied = self.levels[self.lead] + self.taps[self.lead].sample.value
        sums = [*self.levels, self.told.output.value, copied]
        weights, samples = [tap.weight.value for tap in self.taps], track.samples(self.near)
        self.bench = Bench.fit(self.form, self.near, samples, weights, sums, size, below=benches.INDEX)
        self.alone = Bench.fit(self.form, self.near, samples, weights, [], size, below=benches.INDEX, largest=60.0)

    def boards(self) -> tuple[Board, ...]:
        return self.window(), self.copy(), self.product(), self.products(), self.output()

    def kernel(self, said: str, signal: bool = False) -> Board:
        """The kernel below its signal, which it does not yet lie on; the ``signal`` with its numbers too."""
        track, taps = self.track, self.told.taps
        wide, samples = track.wide, [number for step, number in track.signal.items() if track.wide.has(step)]
        draft = track.draft(said)
        size = places.size_on(wide, [tap.weight.text for tap in taps])
        above = places.size_on(wide, [number.text for number in samples]) if signal else 0.0
        weights = [tap.weight.value for tap in taps]
        bench = Bench.fit(self.form, wide, track.samples(wide), weights, [], size or SMALL, largest=60.0)
        track.lay(draft, replace(bench, top=bench.middle), taps, False, every=True)
        for tap in taps if size else ():
            pieces.digits(draft, (*W, tap.k), tap.weight.text, size=size)
        for step, number in track.signal.items():
            if above and wide.has(step):
                pieces.digits(draft, (*X, step), number.text, size=above)
        return draft.board("kernel", said, 2.5)

    def window(self, said: str = "It lies on the signal and covers a window.", bench: Bench | None = None) -> Board:
        draft, bench = self.track.draft(said, self.near), bench or self.alone
        self.track.lay(draft, bench, self.taps)
        benches.number_taps(draft, bench, W, self.taps)
        _, right = benches.columns(self.taps, self.near)
        high, low = bench.top + 40, bench.bottom - benches.INDEX / 2
        room = self.form.width - self.form.margin - right - 40
        for key, word, meaning, y in (
            ("window", "window", "the samples it covers", high),
            ("tap", "tap *k*", "number *k* of the kernel", low),
        ):
            said = f"{word}: {meaning}"
            pieces.callout(draft, (key,), benches.longest(room, (said, word)), right + 70, y, (right, y))
        return draft.board("window", said, 3)

    def made(self, said: str, taps: int, lit: int | None, until: float | None = None) -> Draft:
        """The workbench with its first products."""
        draft, bench = self.track.draft(said, self.near, () if self.bare else [self.told.home]), self.bench
        chosen = None if lit is None else [lit]
        self.track.lay(draft, bench, self.taps, True, chosen)
        benches.number_taps(draft, bench, W, self.taps, chosen or ())
        benches.lay_products(draft, bench, PRODUCT, W, X, self.taps[:taps], "kernel", self.track.tints, until)
        for tap in self.taps[:taps]:
            self.join(draft, tap)
        return draft

    def join(self, draft: Draft, tap: Tap) -> None:
        """A sample, its tap and their product belong together."""
        own = (*PRODUCT, tap.k)
        end, tint = draft.marks[*own, "bar"].bottom, self.track.tints.get(tap.k, "kernel")
        pieces.band(draft, own, self.near.x(tap.step), self.bench.foot, end, self.near.bar, tint)

    def formula(self, draft: Draft, lit: tuple[str, ...], shown: tuple[str, ...] | None = None) -> None:
        if not self.bare:
            self.track.formula(draft, lit, self.told.step, shown)

    def copy(self) -> Board:
        said, tap = "Each tap takes a copy of its sample.", self.taps[self.lead]
        draft, bench = self.made(said, self.lead, tap.k), self.bench
        own, x, origin = (*PRODUCT, tap.k), self.near.x(tap.step), (*X, tap.step, "bar")
        bricks, foot = whole([tap.sample.value]), bench.floor - float(self.levels[self.lead]) * bench.unit
        pieces.column(
            draft, own, tap.sample, x, foot, self.near.bar, bench.unit, "sample", bricks=bricks, copy_of=origin
        )
        self.join(draft, tap)
        return draft.board("copy", said, 1)

    def product(self, said: str = "") -> Board:
        tap = self.taps[self.lead]
        said = said or f"Tap {tap.k} {phrases.scaling(tap.weight.value)}: {phrases.multiplied(tap)}, a product."
        draft = self.made(said, self.lead + 1, tap.k)
        self.formula(draft, ("k", "k of x"), PRODUCTS)
        return draft.board("product", said, 2)

    def products(self, said: str = "Each product begins where the one before ended.") -> Board:
        draft = self.made(said, len(self.taps), None)
        self.formula(draft, ("sum k", "k of sum"), ("sum k", "k of sum", *PRODUCTS))
        cues = [
            Cue(((*PRODUCT, tap.k),), beat=motion.ENTER + number, how="down first", lasts=max(0.5, 1.1 - 0.15 * number))
            for number, tap in enumerate(self.taps)
        ]
        return draft.board("products", said, 2, cues)

    def output(self, said: str = "") -> Board:
        if not said and len(self.taps) <= LISTED and self.levels[-1] == self.told.output.value:
            total = phrases.added([tap.product.text for tap in self.taps], self.told.output.text)
            said = f"The last one ends at the sum: {total}, the output."
        said = said or "Where the last one ends: the output."
        bench, width = self.bench, self.near.bar
        x, output = benches.beside(self.near, self.taps, self.form), self.told.output
        draft = self.made(said, len(self.taps), None, x - width / 2)
        made, at = tuple((*PRODUCT, tap.k, "bar") for tap in self.taps), (*Y, self.told.step)
        size = benches.fitting(2 * self.near.pitch, [output.text], self.results)
        bricks = whole([tap.product.value for tap in self.taps])
        pieces.result(draft, at, output, x, bench.floor, bench.unit, width, "output", size, bricks, made)
        self.formula(draft, ("t", "t of x"))
        return draft.board("output", said, 3)
