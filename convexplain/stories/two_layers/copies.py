"""Two layers near one output, as the rows of a sheet: the signals, each kernel where it reads them, and the copies of
the first kernel, slid and scaled, that add up to the one kernel of both.

This module joins two layers as numbers to the rows of a sheet; what is said of them a story says.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, SMALL, TEXT, Draft, Format, Key, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.two_layers.pair import Chain, Pair
from convexplain.stories.two_layers.sheet import Band, Sheet, ruled

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
ROWS = 4
"""The most copies that stand below each other; of more, the first ones and the last."""


@dataclass(frozen=True)
class Copies:
    """What an output ``step`` is made of, seen through the middle channel ``m``."""

    form: Format
    pair: Pair
    chain: Chain
    step: int
    m: int
    axis: Axis

    @classmethod
    def near(cls, form: Format, pair: Pair, chain: Chain, step: int, m: int) -> Copies:
        """All that the output reads in view, and what is around it where there is room."""
        first = chain.start(step)
        read = [*map(chain.middle_place, chain.window(step)), chain.output_place(step)]
        needed = [*range(first, first + chain.span), *read]
        reach = max(needed) - min(needed)
        axis = Axis.near(Draft(form), needed, len(chain.x), CLOSE if reach < CLOSE else WIDE)
        return cls(form, pair, chain, step, m, ruled(form, axis))

    def at(self, step: int, chain: Chain | None = None) -> Copies:
        """The same of another output, or under other settings, on a few more places, or moved as far as it must be."""
        chain = chain or self.chain
        first, shown = chain.start(step), self.axis.shown
        low = min(first, max(shown[0], first + chain.span - len(shown)))
        steps = self.axis.steps if low == shown[0] else (*range(low, low + len(shown)),)
        both = range(min(shown[0], low), max(shown[-1], low + len(shown) - 1) + 1)
        if self.axis.steps[0] is not None and len(both) <= CLOSE:
            steps = (*both,)
        return replace(self, chain=chain, step=step, axis=ruled(self.form, replace(self.axis, steps=steps)))

    # what there is

    @property
    def rows(self) -> tuple[int, ...]:
        """The taps of the second kernel whose copies are shown."""
        return shown(range(self.chain.layers[1].kernel_size))

    @property
    def left_out(self) -> int:
        """How many copies are not shown."""
        return int(self.chain.layers[1].kernel_size) - len(self.rows)

    @property
    def several(self) -> bool:
        """Whether there are other channels between the layers."""
        return len(self.pair.middles) > 1

    @property
    def taps(self) -> range:
        """The taps of the first kernel."""
        return range(self.chain.layers[0].kernel_size)

    @property
    def outputs(self) -> list[int]:
        """The outputs in view."""
        return [t for t in range(self.chain.steps) if self.axis.has(self.chain.output_place(t))]

    @property
    def whole(self) -> list[int]:
        """The outputs whose samples are all in view."""
        span, start = range(self.chain.span), self.chain.start
        return [t for t in self.outputs if all(self.axis.has(start(t) + j) for j in span)]

    def columns(self) -> list[list[tuple[int, int]]]:
        """The taps (of the second kernel, of the first) that meet in each column."""
        columns: list[list[tuple[int, int]]] = [[] for _ in range(self.chain.span)]
        for after, k in itertools.product(range(self.chain.layers[1].kernel_size), self.taps):
            columns[self.chain.offset(after, k)].append((after, k))
        return columns

    def reads(self, after: int) -> int:
        """The step between that tap ``after`` of the second kernel reads."""
        return self.chain.reads(1, self.step, after)

    def made(self, after: int, ends: bool = False) -> Number:
        """What a copy makes: a number between; with ``ends`` as the second layer reads it."""
        return self.pair.hidden(self.chain.hidden(self.reads(after), self.m, ends))

    def scaled(self, after: int, ends: bool = False) -> Number:
        """What a copy makes, times its tap of the second kernel."""
        return self.pair.output(self.made(after, ends).value * self.pair.second(self.m, after).value)

    # rows

    def samples(self) -> Band:
        """The signal."""
        inside = [i for i in self.axis.shown if 0 <= i < len(self.chain.x)]
        bars = {i: ((*self.pair.sample_key(i),), self.pair.x(i)) for i in inside}
        return Band(("row", 0), "input *x*", "sample", bars)

    def middle(self) -> Band:
        """The level between."""
        chain, role = self.chain, middle_role(self.pair, self.m)
        steps = [s for s in range(chain.middle) if self.axis.has(chain.middle_place(s))]
        numbers = {s: self.pair.hidden(chain.hidden(s, self.m)) for s in steps}
        bars = {chain.middle_place(s): ((f"y{self.pair.level - 1}", self.m, s), n) for s, n in numbers.items()}
        return Band(("row", 1), "middle *h*", role, bars)

    def results(self, numbers: Mapping[int, Number] | None = None) -> Band:
        """The outputs of two layers, or other ``numbers`` in their place."""
        given = numbers or {t: self.pair.output(self.chain.two(t)) for t in self.outputs}
        bars = {self.chain.output_place(t): (self.output_key(t), n) for t, n in given.items()}
        return Band(("row", 2), "output *y*", "output", bars)

    def given(self, steps: Sequence[int]) -> Band:
        """What the shown channel gives to some outputs: all of them where it is the only one."""
        numbers = {t: self.pair.output(self.chain.two(t, [self.m])) for t in steps}
        if not self.several:
            return self.results(numbers)
        bars: dict[int, tuple[Key, Number]] = {
            self.chain.output_place(t): (("given", self.m, t), number) for t, number in numbers.items()
        }
        return Band(("row", 2), "part of *y*", middle_role(self.pair, self.m), bars)

    def output_key(self, step: int) -> Key:
        """The key of an output."""
        return (f"y{self.pair.level}", self.pair.filter, step)

    def first(self, after: int, scaled: bool = False) -> Band:
        """The first kernel where it makes what tap ``after`` of the second reads, ``scaled`` by that tap."""
        pair, chain, m = self.pair, self.chain, self.m
        taps = {k: pair.copy(m, after, k) if scaled else pair.first(m, k) for k in self.taps}
        places = {k: chain.reads(0, self.reads(after), k) for k in self.taps}
        write = pair.output if scaled else pair.hidden
        products = {places[k]: write(n.value * chain.sample(places[k])) for k, n in taps.items()}
        bars = {places[k]: (("copy", m, after, k), number) for k, number in taps.items()}
        also = [value for k in self.taps for value in (pair.first(m, k).value, pair.copy(m, after, k).value)]
        key = ("copy", after)
        return Band(key, "kernel 1", first_role(pair, m), bars, products, (*also, pair.second(m, after).value))

    def bare(self, after: int) -> Band:
        """The first kernel with room for its own numbers alone."""
        return replace(self.first(after), also=())

    def second(self) -> Band:
        """The second kernel where it makes the output, under the level between."""
        pair, chain, m = self.pair, self.chain, self.m
        places = {k: chain.middle_place(s) for k, s in enumerate(chain.window(self.step))}
        bars = {places[k]: (("kernel", 2, m, k), pair.second(m, k)) for k in places}
        return Band(("kernel", 2), "kernel 2", "kernel", bars, {places[k]: self.scaled(k, True) for k in places})

    def one(self, part: int | None = None, name: str = "one kernel") -> Band:
        """The one kernel of both layers, or what goes ``part`` of the way: through one middle channel."""
        pair, chain, first = self.pair, self.chain, self.chain.start(self.step)
        columns = range(chain.span)
        taps = {j: pair.effective(j) if part is None else pair.part(part, j) for j in columns}
        keys: dict[int, Key] = {j: ("effective", j) if part is None else ("part", part, j) for j in columns}
        products = {first + j: pair.output(n.value * chain.sample(first + j)) for j, n in taps.items()}
        role: Role = "ink" if part is None else middle_role(pair, part)
        key = ("one",) if part is None else ("part", part)
        return Band(key, name, role, {first + j: (keys[j], taps[j]) for j in columns}, products)

    def total(self) -> Band:
        """What the copies add up to: the one kernel, or that through the shown channel of several."""
        return self.one(self.m, "sum") if self.several else self.one()

    # the copies below each other

    def sheet(self, scaled: bool, total: bool, below: float = 0.0) -> Sheet:
        """The samples, the copies of the first kernel, and their ``total``, or no room for it."""
        bands = [self.samples(), *(self.first(after, scaled) for after in self.rows), self.total()]
        below += 44.0 if self.left_out else 20.0 * (not total)
        return Sheet.fit(self.form, self.axis, bands, below, count=len(bands) - (not total))

    def lay(self, draft: Draft, sheet: Sheet, scaled: bool, total: bool, made: bool = True) -> None:
        """The signal and the copies, and their ``total``, an empty place until it is ``made``. Before a copy stand its
        tap of the second kernel, which is a factor when ``scaled``, and what it makes.
        """
        sheet.lay_signal(draft, 0)
        if not self.chain.lost(self.step):  # the zero that is told then is another one
            sheet.lay_zeros(draft)
        self._lay_taps(draft, sheet)
        for n, after in enumerate(self.rows, 1):
            self._lay_making(draft, sheet, n, after, scaled)
            self._lay_copy(draft, sheet, n, after, total)
            sheet.lay_products(draft, n)
        if total:
            sheet.lay_bands(draft, 0, sheet.bands[-1].bars)
            if made:
                self._lay_total(draft, sheet)
            else:
                sheet.lay_card(draft, len(sheet.bands) - 1, empty=True)
        value_of = self.scaled if scaled else self.made
        values = {n: value_of(after) for n, after in enumerate(self.rows, 1)}
        if total and made and not self.several:
            values[len(self.rows) + 1] = self.pair.output(self.chain.one(self.step))
        sheet.lay_values(draft, {n: value.text for n, value in values.items()})
        above, foot = sheet.feet[len(self.rows) - 1 :][:2]
        if self.left_out and foot - above > 130:
            y = (above + foot) / 2 - DIGIT * SMALL / 2
            pieces.note(draft, ("rest",), f"⋯ {self.left_out} more", self.form.margin, y, -1)

    def draft(self, said: str, with_ruler: bool = True) -> Draft:
        """A board with its caption, and the ruler, the places of the zeros too; with strides it counts
        samples alone.
        """
        draft = Draft(self.form)
        pieces.caption(draft, said)
        if not with_ruler:
            return draft
        pieces.ruler(draft, self.axis, "step *i*" if self.chain.output_place(1) != 1 else "step *t*")
        if self.axis.pitch > 60:
            for i in [i for i in self.axis.shown if not 0 <= i < self.axis.length]:
                step = str(i).replace("-", style.MINUS)
                draft.put("ruler", ("ruler", i), words(step, self.axis.x(i), pieces.RULER, self.form.small, "quiet"))
        return draft

    def _lay_copy(self, draft: Draft, sheet: Sheet, n: int, after: int, total: bool) -> None:
        """One copy: a copy of the first, scaled by its tap, that goes into what all add up to."""
        origin: dict[Key, dict[str, object]] = {}
        for k in self.taps:
            more: dict[str, object] = {"made_of": (("kernel", 2, self.m, after, "bar"),)}
            if after != self.rows[0]:
                more["copy_of"] = ("copy", self.m, self.rows[0], k, "bar")
            if total:
                more["goes_into"] = (*self._sum_key(self.chain.offset(after, k)), "bar")
            origin["copy", self.m, after, k] = more
        sheet.lay_kernel(draft, n, origin)
        if after != self.rows[0]:
            draft.change([("card", "copy", after)], copy_of=("card", "copy", self.rows[0]))
            return
        name = words("kernel 1", 0, 0, self._size(sheet), first_role(self.pair, self.m), align=-1)
        card = draft.marks["card", "copy", after]
        if card.right + 24 + name.width < sheet.axis.right:
            draft.put("name", ("name", "copy", after), name.at(x=card.right + 24 + name.width / 2, y=card.y))

    def _sum_key(self, j: int) -> Key:
        return ("part", self.m, j) if self.several else ("effective", j)

    def _size(self, sheet: Sheet) -> float:
        """The size of names before their rows."""
        return TEXT if sheet.is_worked and not bench.is_low(self.form) else SMALL

    def _lay_taps(self, draft: Draft, sheet: Sheet) -> None:
        """At the margin, before the copies, the second kernel on end: a thread leads from each tap to its copy."""
        form, size = self.form, sheet.size
        wide, pad = (0.2 if form.is_narrow else 0.3) * (sheet.axis.left - form.margin), min(10.0, form.margin - 2)
        x, right = form.margin + wide / 2, form.margin + wide + pad
        for n, after in enumerate(self.rows, 1):
            key, foot, start = ("kernel", 2, self.m, after), sheet.feet[n], right
            number, end = self.pair.second(self.m, after), sheet.axis.x(min(sheet.bands[n].bars)) - sheet.half
            pieces.column(draft, key, number, x, foot, wide, sheet.unit, "kernel", True, sheet.bricks)
            if size and (said := pieces.digits(draft, key, bench.factor(number), size=size)).width > wide + pad:
                start = right + 16 + said.width
                draft.change([(*key, "digits")], x=start - 8 - said.width / 2, y=foot - DIGIT * size / 2)
            draft.put("thread", ("thread", after), line("kernel", min(start, end - 8), foot, end, foot, size=4, z=-2))
        box = form.margin - pad, sheet.top(1) + 8, right, sheet.bottom(len(self.rows))
        card = draft.put("card", ("card", "kernel", 2), plate("kernel", *box, light=CARD, z=-3))
        first = draft.marks.get(("kernel", 2, self.m, self.rows[0], "digits"), card)
        free = first.right <= right if sheet.is_worked else len(sheet.feet) < len(sheet.bands)
        x, y = (right + 12, sheet.feet[1] - 0.75 * form.small) if sheet.is_worked else (form.margin, card.bottom + 34)
        if free and (sheet.is_worked or y + 20 < bench.bottom_of(form)):
            draft.put("name", ("name", "kernel", 2), words("kernel 2", x, y, form.small, "kernel", align=-1))

    def _lay_making(self, draft: Draft, sheet: Sheet, n: int, after: int, scaled: bool) -> None:
        """Before a copy: which number between it makes, with its tap of the second kernel as a factor."""
        number, size = self.pair.second(self.m, after), self._size(sheet)
        right, step = sheet.axis.left - 14, str(self.reads(after)).replace("-", style.MINUS)
        y = sheet.line(n) if sheet.is_worked else sheet.feet[n] - 0.6 * size  # there, above its thread
        if self.has_factors:
            named = words(f"*h*[{step}]{' =' * sheet.is_worked}", right, y, size, "ink", align=1)
            draft.put("name", ("name", "reads", after), named)
            if scaled:
                factor = words(f"{number.text} ×", named.left - 10, y, size, "kernel", align=1, about=number.about)
                draft.put("name", ("name", "factor", after), factor)

    @cached_property
    def has_factors(self) -> bool:
        """Whether the taps of the second kernel have room as factors, in the narrowest format too."""
        texts = [f"{self.pair.second(self.m, after).text} ×*h*[{self.reads(after)}]" for after in self.rows]
        return max(advance(runs_of(text)) for text in texts) * SMALL <= 190

    def _lay_total(self, draft: Draft, sheet: Sheet) -> None:
        """What the copies add up to: each of its taps is the sum of those above it."""
        last, size = len(sheet.bands) - 1, self._size(sheet)
        band, origin = sheet.bands[last], {}
        for j, column in enumerate(self.columns()):
            above = tuple(("copy", self.m, after, k, "bar") for after, k in column if after in self.rows)
            # The last addend comes down with what it meets.
            origin[self._sum_key(j)] = {"made_of": above, "copy_of": above[-1] if above else None}
        sheet.lay_kernel(draft, last, origin)
        sheet.lay_name(draft, ("card", *band.key), band.name, sheet.feet[last], "ink")
        if not self.several and sheet.lay_products(draft, last):
            y = sheet.reading(last, size)
            said = words(f"*y*[{self.step}] =", sheet.axis.left - 14, y, size, "ink", align=1)
            draft.put("name", ("name", "made"), said)


def first_role(pair: Pair, m: int) -> Role:
    """The role of the first kernel, which reads the samples: a hue that nothing else has, or its channel's."""
    return "channel 2" if len(pair.middles) == 1 else (f"channel {m}", "ink", 0.5)


def middle_role(pair: Pair, m: int) -> Role:
    """The role of a channel between the layers."""
    return "sample" if len(pair.middles) == 1 else f"channel {m}"


def shown(of: Sequence[int], most: int = ROWS) -> tuple[int, ...]:
    """Those of a series that are shown: all, or the first ones and the last."""
    return tuple(of) if len(of) <= most else (*of[: most - 1], of[-1])
