"""Two layers near one output, as the rows of a sheet: the signals, each kernel where it reads them, and the copies of
the first kernel, slid and scaled, that add up to the one kernel of both.

This module joins two layers as numbers to the rows of a sheet; what is said of them a story says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import DIGIT, SMALL, Draft, Format, Key, Mark, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.two_layers.bands import Band, Bar
from convexplain.stories.two_layers.pair import Chain, Pair
from convexplain.stories.two_layers.sheet import LEADS, Sheet, fitting, ruled

MOST = 6
"""The most places of an axis, unless an output reads more."""
SPREAD = 16
"""By how much the largest numbers of two kinds, samples and outputs, may differ in one unit."""
ROWS, PARTS = 3, 4
"""The most copies that stand below each other, and the most channels; of more, the first ones and the last."""


class Copies:
    """What an output ``step`` is made of, seen through the told channel between: ``chain`` is the way through it, with
    settings that may not be the pair's. The ``stage`` is a sheet without bands, what all sheets have in common.
    """

    def __init__(self, pair: Pair, chain: Chain, step: int, stage: Sheet) -> None:
        self.pair, self.chain, self.step, self.stage, self.axis = pair, chain, step, stage, stage.axis
        self.several, self.m = len(pair.ways) > 1, pair.m
        self.start, self.place = chain.start(step), chain.output_place(step)
        """The sample that the first taps of both kernels lead to, and where the output stands."""
        self.taps, self.after = (range(layer.kernel_size) for layer in chain.layers)
        """The taps of the first kernel, and of the second."""
        self.rows = shown(self.after, ROWS)
        """The taps of the second kernel whose copies are shown."""
        self.left_out = len(self.after) - len(self.rows)
        self.told = next((row for row in self.rows if 0 <= self.reads(row) < chain.middle), self.rows[0])
        """That whose number between the first kernel is shown to make."""
        self.outputs = [t for t in range(chain.steps) if self.axis.has(chain.output_place(t))]
        span = range(chain.span)
        self.whole = [t for t in self.outputs if all(map(self.axis.has, chain.covered(t)))]
        """The outputs in view, and those whose samples are all in view."""
        inside = [s for s in range(chain.middle) if all(self.axis.has(chain.reads(0, s, k)) for k in self.taps)]
        self.begin, self.last = inside[0], inside[-1]
        """The first and the last step between that are made of samples in view."""
        self.columns = [[(k, at) for k in self.after for at in self.taps if chain.offset(k, at) == j] for j in span]
        """The taps (of the second kernel, of the first) that meet in each column."""
        made = [any(pair.second(k).value * pair.first(at).value for k, at in column) for column in self.columns]
        self.fullest = max(span[chain.offset(0, self.taps[-1]) :], key=lambda j: (len(self.columns[j]), made[j], -j))
        """The column where most of them meet and make something, all of the first kernel being at it or before."""
        self.output = f"{'part of ' * self.several}*y*[{step}]"
        self.role = f"channel {self.m}"
        """The role of the told channel between, and of the kernel that makes it."""

    @classmethod
    def near(cls, form: Format, pair: Pair, step: int) -> Copies:
        """All that the output reads in view."""
        chain = pair.ways[pair.m]
        read = {*map(chain.middle_place, chain.window(step)), chain.output_place(step)}
        read |= {*range(chain.start(step) - 1, chain.start(step) + chain.span)}  # kernel 1 has a free column
        axis = ruled(form, Axis.near(Draft(form), read, len(chain.x), MOST))
        own = cls(pair, chain, step, Sheet(form, axis))
        told = {"padding": ("padding", "missing"), "relu": ("relu",)}
        limits = (other.compared(board) for act, other in own.altered.items() for board in told[act])
        bands = [band for sheet in (*own.sheets(), own.whole_of(), *limits) for band in sheet.bands]
        stage = replace(own.stage, size=fitting(form, axis, [text for band in bands for text in band.texts]))
        stage = stage if len(own.rows) < ROWS else replace(stage, tile=1.3)  # more rows are lower
        meant = dict[str, Fraction]()
        for band in bands if not stage.size else [band for band in bands if not band.is_kernel]:
            for peak in (abs(bar.number.value) for bar in band.bars.values() if bar.number.value):
                meant[band.kind] = max(peak, meant.get(band.kind, peak))
        if meant and max(meant.values()) > SPREAD * min(meant.values()):
            stage = replace(stage, scales={kind: 1 / peak for kind, peak in meant.items()})
        return cls(pair, chain, step, stage)

    def above(self, below: float) -> Copies:
        """The same with so much room below, and in one unit."""
        own = Copies(self.pair, self.chain, self.step, replace(self.stage, below=below))
        unit = min(sheet.unit for sheet in own.sheets())
        return Copies(self.pair, self.chain, self.step, replace(own.stage, unit=unit))

    def sheets(self) -> list[Sheet]:
        """What has one unit: the two layers, then the copies; where the one kernel works, each board is filled."""
        return [self.way(), self.stack(), self.stack(self.start + self.fullest)]

    def at(self, step: int, chain: Chain | None = None) -> Copies:
        """The same of another output, under other settings; the view moves as far as it must."""
        chain, seen, axis = chain or self.chain, self.axis.shown, self.axis
        read = {*map(chain.middle_place, chain.window(step)), *chain.covered(step)}
        low = min(*read, max(seen[0], max(read) + 1 - len(seen)))
        if low != seen[0]:
            steps = *[None] * (low > 0), *range(low, low + len(seen))
            axis = ruled(self.stage.form, replace(axis, steps=steps))
        return Copies(self.pair, chain, step, replace(self.stage, axis=axis))

    def close(self, step: int, chain: Chain) -> Copies:
        """The same of an output at the edge, close by: what it is made of alone."""
        window = [*chain.window(step), chain.ended(step)]
        read = {*map(chain.middle_place, window), *chain.covered(step), chain.output_place(step)}
        read |= {chain.reads(0, window[-1], k) for k in self.taps}
        axis = replace(self.axis, steps=(*range(min(read), max(read) + 1),))
        return Copies(self.pair, chain, step, replace(self.stage, axis=ruled(self.stage.form, axis)))

    # numbers between

    def reads(self, after: int) -> int:
        """The step between that tap ``after`` of the second kernel reads."""
        return self.chain.reads(1, self.step, after)

    @property
    def window(self) -> list[int]:
        """Where the numbers between stand that the output reads."""
        return [*map(self.chain.middle_place, self.chain.window(self.step))]

    @property
    def missed(self) -> list[int]:
        """The steps between where layer 2 reads a 0 and the first kernel would make another number."""
        return [step for step in map(self.reads, self.after) if self.chain.is_missed(step, self.m)]

    def between(self, after: int) -> str:
        """The name of the number between that tap ``after`` of the second kernel reads."""
        return f"*h*[{self.reads(after)}]".replace("-", style.MINUS)

    @property
    def altered(self) -> dict[str, Copies]:
        """The nearest outputs that padding between the layers changes, and that a relu does, by the fewest taps."""
        way, made = self.pair.ways[self.m], dict[str, Copies]()
        padded, relu = way if way.differing else way.with_settings("same"), way.with_settings(activation="relu")
        for act, chain, aside in (("padding", padded, ()), ("relu", relu, way.differing)):
            near = dict[int, tuple[bool, int, int]]()  # where the opposite gives another number, by few taps, near by
            for t in sorted({*chain.differing} - {*aside}):
                lost = sum(chain.is_missed(s, self.m) for s in chain.window(t))
                near[t] = chain.two(t) == -chain.opposite.two(t), lost, abs(chain.start(t) - self.start)
            seen = self.close if act == "padding" else self.at
            made |= {act: seen(min(near, key=near.__getitem__), chain)} if near else {}
        return made

    # rows

    def samples(self, read: Collection[int], lit: Collection[int] | None = None) -> Band:
        """The signal, with zeros where it is ``read`` beyond its ends."""
        inside, name, bars = range(len(self.chain.x)), f"y{self.pair.level - 2}" if self.pair.level > 2 else "x", {}
        for i in filter(self.axis.has, sorted({*inside, *read})):
            number = self.pair.x(i) if i in inside else Number(Fraction(0), "0")
            bars[i] = Bar((name, self.pair.channel, i), number, is_beyond=i not in inside)
        return Band(("row", 0), "x", "input *x*", "sample", bars, lit=lit)

    def middle(self, read: Collection[int] = ()) -> Band:
        """The level between as the second layer reads it, with zeros where it is ``read`` beyond its ends."""
        chain, m, inside, bars = self.chain, self.m, range(self.chain.middle), dict[int, Bar]()
        bent = ("bent",) * (not chain.layers[0].is_linear)
        for s in sorted({*inside, *read}):
            if self.axis.has(at := chain.middle_place(s)):
                key: Key = (f"y{self.pair.level - 1}", m, at, *("cut",) * chain.is_missed(s, m), *bent)
                bars[at] = Bar(key, self.pair.hidden(chain.hidden(s, m)), is_beyond=s not in inside)
        return Band(("row", *(bent or (1,))), "h", "after relu" if bent else "middle *h*", self.role, bars)

    def results(self, is_whole: bool = False) -> Band:
        """What two layers give in view: of several channels the told one's part, or the ``whole``. Where only padding
        changes it, it is told elsewhere.
        """
        pair, chain, is_part = self.pair, self.chain, self.several and not is_whole
        key: Key = ("given", self.m) if is_part else (f"y{pair.level}", pair.filter)
        told = pair.chain if is_whole else chain
        aside = pair.ways[self.m].differing if not chain.layers[0].is_linear else told.differing * is_whole
        places = {chain.output_place(t): t for t in self.outputs if t not in aside}
        key += ("bent",) * (not chain.layers[0].is_linear)
        bars = {at: Bar((*key, at), pair.output(told.two(t))) for at, t in places.items()}
        name, role = ("part of *y*", self.role) if is_part else ("output *y*", "output")
        return Band(("row", 2), "y", name, role, bars)

    def _kernel(
        self, key: Key, name: str, role: Role, bars: Mapping[int, Bar], write: Callable[[Fraction], Number], kind="w"
    ) -> Band:
        """A kernel that meets samples: its products and what they add up to, as numbers of a level are written."""
        products = {at: write(bar.number.value * self.chain.sample(at)) for at, bar in bars.items()}
        total = write(sum((product.value for product in products.values()), Fraction(0))).text
        return Band(key, kind, name, role, bars, products, total)

    def first(self, after: int, scaled: bool = False) -> Band:
        """The copy of the first kernel that makes what tap ``after`` of the second reads, ``scaled`` by that tap."""
        pair, made_of, bare = self.pair, (("upright", self.m, after, "bar"),), self.kernel(self.reads(after), after)
        origin = {k: ("copy", self.m, self.told, k, "bar") for k in self.taps if after != self.told}
        bars = {at: bar._replace(made_of=made_of, copy_of=origin.get(bar.key[-1])) for at, bar in bare.bars.items()}
        own = replace(bare, name="", bars=bars)
        copies = {at: bar._replace(number=pair.weight(*bar.key)) for at, bar in bars.items()}
        other = self._kernel(own.key, "", self.role, copies, pair.output)
        tap = replace(self.second(), bars={0: Bar((), pair.second(after))})
        return replace(other, also=(own, tap)) if scaled else replace(own, also=(other, tap))

    def kernel(self, step: int, after: int | None = None) -> Band:
        """The first kernel where it makes a ``step`` between; its copy for a tap of the second, by default the told."""
        after = self.told if after is None else after
        bars = {self.chain.reads(0, step, k): Bar(("copy", self.m, after, k), self.pair.first(k)) for k in self.taps}
        return self._kernel(("copy", after), "kernel *u*", self.role, bars, self.pair.hidden, "tap")

    def second(self) -> Band:
        """The second kernel where it makes the output."""
        pair, chain, bars, products = self.pair, self.chain, dict[int, Bar](), dict[int, Number]()
        for k, s in enumerate(chain.window(self.step)):
            bars[at := chain.middle_place(s)] = Bar(("kernel", 2, self.m, k), pair.second(k))
            products[at] = pair.output(chain.hidden(s, self.m) * pair.second(k).value)
        total = pair.output(sum((product.value for product in products.values()), Fraction(0)))
        return Band(("kernel", 2), "tap", "kernel *v*", "output", bars, products, total.text)

    def one(self, m: int | None = None) -> Band:
        """The one kernel of both layers, or its part through a middle channel: the sum of parts, or of copies."""
        bars, own = dict[int, Bar](), ("effective",) if m is None else ("part", m)
        for j, column in enumerate(self.columns):
            made_of: list[Key] = [("part", part, j, "bar") for part in shown([*self.pair.ways], PARTS) if m is None]
            if not self.several or m == self.m:
                made_of = [("copy", self.m, *at, "bar") for at in column if at[0] in self.rows]
            bars[self.start + j] = Bar((*own, j), self.pair.weight(*own, j), tuple(made_of))
        if m is None:
            return self._kernel(("one",), "one kernel *w*", "kernel", bars, self.pair.output)
        return self._kernel(own, f"channel {m}", f"channel {m}", bars, self.pair.output)

    def total(self) -> Band:
        """What the copies add up to: the one kernel, or that through the told channel of several."""
        return replace(self.one(self.m), name="sum *w*") if self.several else self.one()

    # sheets: the signal at the top, what it becomes at the bottom

    def way(self, made: int = 2) -> Sheet:
        """The two layers: the first kernel begins the level between, with 2 ends it; then the second the outputs."""
        first, second, middle, results = self.kernel(self.last), self.second(), self.middle(), self.results()
        if made < 2:  # the second kernel waits where it begins
            first, second = self.kernel(self.begin), self.at(min(self.whole, default=self.step)).second()
            middle = replace(middle, made=[*map(self.chain.middle_place, range(self.begin + 1))])
        first, second = (replace(band, leads=1) for band in (first, second))
        room = (DIGIT * self.stage.size + 16.0) / LEADS * (self.stage.size > 0)  # for the products it has elsewhere
        rests = replace(second if made < 2 else first, products={}, leads=1 + room, lit=())
        first, second = (first, rests) if made < 2 else (rests, second)
        results = replace(results, made=[at for at in results.bars if at <= self.place and made == 2])
        return self.stage.of([self.samples(first.bars), first, middle, second, results], ("layers", made))

    def compared(self, board: str) -> Sheet:
        """How an output of two layers comes about: of what layer 2 reads with ``padding``; what the one kernel makes,
        and the first one would, where that is ``missing`` between; of what a ``relu`` makes between, with the outputs
        beside it. Beside outputs are the one kernel's.
        """
        pair, chain, one, second = self.pair, self.chain, self.total(), replace(self.second(), leads=1)
        middle = replace(self.middle(chain.window(self.step)), lit=self.window)
        two = replace(self.results(), role="output", lit=[self.place])
        where, stage = (board, self.start), replace(self.stage, unit=math.inf)
        if board != "relu":
            two = replace(two, bars={self.place: two.bars[self.place]})
        if board == "padding":  # the first kernel makes the last number that is none of the padding
            first = replace(self.kernel(chain.ended(self.step)), leads=1)
            return stage.filled([self.samples(first.bars, first.bars), first, middle, second, two], where)
        made = {at: chain.one(t) for t in self.outputs if (at := chain.output_place(t)) in two.bars}
        bars = {at: Bar(("single", *two.bars[at].key), pair.output(value)) for at, value in made.items()}
        beside = Band(one.key, "y", "kernel *w*", one.role, bars)
        two = replace(two, name="", made=(), also=[beside])
        if board == "missing":
            stage, first = replace(stage, unit=self.compared("padding").unit), self.kernel(self.missed[0])
            samples = self.samples(read := {*first.bars, *one.bars}, read)
            return stage.filled([samples, replace(first, lit=()), replace(one, leads=1), two], where)
        uncut = Copies(pair, pair.ways[self.m], self.step, self.stage)
        steps = (at for at in self.axis.steps if at is None or at in {*middle.bars, *two.bars})
        stage = replace(stage, axis=ruled(stage.form, replace(self.axis, steps=(*steps,))))
        return stage.filled([replace(uncut.middle(), lit=self.window), middle, second, two], where)

    def stack(self, meant: int | None = None) -> Sheet:
        """The copies of the first kernel; where one place of the kernel that they add up to is ``meant``, scaled."""
        total = replace(self.total(), made=()) if meant is None else self.total()
        is_scaled = meant is not None
        lit = (meant,) if meant is not None and not self.stage.size else None  # tiles of others stay as they are
        copies = [replace(self.first(k, is_scaled), leads=1.6 * (k == self.rows[-1]), lit=lit) for k in self.rows]
        bands = [self.samples(total.bars, total.bars), *copies, total]
        sheet = self.stage.filled(bands, self.start, below=24.0 * (self.stage.size > 0))
        if meant is None:
            return sheet
        read, *copies, total = sheet.bands  # what they make is seen no longer: taps add up, then they multiply
        return replace(sheet, bands=(read, *(replace(copy, products={}) for copy in copies), total))

    def whole_of(self, worked: bool = True, below: float = 0.0) -> Sheet:
        """The one kernel between the signal and its outputs; of several channels under the kernel through each."""
        parts = [replace(self.one(m), products={}) for m in shown([*self.pair.ways] * self.several, PARTS)]
        one = replace(own := self.one(), leads=1, products=own.products if worked else {})
        bands = [self.samples(one.bars, one.bars), *parts, one, replace(self.results(True), role="kernel")]
        return replace(self.stage, unit=math.inf).filled(bands, self.start, below=below)

    # boards

    def draft(self, said: str, sheet: Sheet) -> Draft:
        """A board with its caption and rows, signals under the ruler; with strides that counts samples alone."""
        draft = Draft(sheet.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, sheet.axis, "step *i*" if self.pair.chain.output_place(1) != 1 else "step *t*")
        sheet.lay(draft)
        return draft

    def lay_before(self, draft: Draft, sheet: Sheet, kernel: Band, key: Key, said: str) -> Mark:
        """Before a kernel the name of what it makes: before its products, or above its thread."""
        size, y, right = SMALL, (kernel.top + kernel.bottom) / 2 - 0.75 * SMALL, sheet.ends(kernel)[0] - 14
        if sheet.size:
            size, y, said = sheet.size, kernel.line, f"{said} ="
        return draft.put("name", ("name", *key, self.start), words(said, right, y, size, "ink", align=1))


def shown(of: Sequence[int], most: int) -> tuple[int, ...]:
    """Those of a series that are shown: all, or the first ones and the last."""
    return tuple(of) if len(of) <= most else (*of[: most - 1], of[-1])


def worked(factors: Iterable[tuple[Number, Number]], total: str, begin: str = "") -> str:
    """Products, after what they ``begin`` with, and the ``total`` that they add up to; nothing where they do not as
    they are written.
    """
    factors, addends = [*factors], [begin] * (begin != "")
    made = sum((style.read(one.text) * style.read(other.text) for one, other in factors), style.read(begin or "0"))
    added = " + ".join([*addends, *(phrases.times(*pair) for pair in factors)])
    return f"{added} = {total}" if made == style.read(total) else ""
