"""Two layers near one output, as the rows of a sheet: the signals, each kernel where it reads them, and the copies of
the first kernel, slid and scaled, that add up to the one kernel of both.

This module joins two layers as numbers to the rows of a sheet; what is said of them a story says.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, SMALL, Draft, Format, Key, Mark, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.two_layers.pair import Chain, Pair
from convexplain.stories.two_layers.sheet import Band, Sheet, fitting, ruled

FEW, CLOSE, WIDE = 8, 10, 24
"""The most places of an axis with what is told last in view too, of one where numbers stand, of one with bars alone."""
ROWS, PARTS = 3, 4
"""The most copies that stand below each other, and the most channels; of more, the first ones and the last."""


@dataclass(frozen=True)
class Copies:
    """What an output ``step`` is made of, seen through the middle channel ``m``."""

    pair: Pair
    chain: Chain
    step: int
    m: int
    stage: Sheet
    """A sheet without bands: what all sheets have in common."""

    @classmethod
    def near(cls, form: Format, pair: Pair, chain: Chain, step: int, m: int, below: float = 0.0) -> Copies:
        """All that the output reads in view, and what an output at the end reads where there is room. Whatever stands
        between the first row and the last, ``below`` which there may be room, has the same unit.
        """
        needed, ends = {chain.start(step) - 1, *_columns(chain, step)}, padded(chain)  # kernel 1 has a free column
        both = needed | _columns(ends, worst(ends, m))
        most = CLOSE if max(needed) - min(needed) < CLOSE else WIDE
        shown = both if max(both) - min(both) < FEW else needed
        axis = ruled(form, Axis.near(Draft(form), shown, len(chain.x), most))
        own = cls(pair, chain, step, m, Sheet(form, axis, below))
        bands = [band for sheet in own.sheets() for band in sheet.bands]
        products = [style.signed(n.text) for band in bands for n in (band.products or {}).values()]
        taken = [bench.factor(n) if band.is_kernel else n.text for band in bands for _, n in band.bars.values()]
        size, worked = fitting(form, axis, taken), fitting(form, axis, products)
        size = min(size, worked) or size
        own = replace(own, stage=replace(own.stage, size=size, is_worked=size > 0 < worked))
        return replace(own, stage=replace(own.stage, unit=min(sheet.unit for sheet in own.sheets())))

    def sheets(self) -> list[Sheet]:
        """All that stands on boards: one unit serves them all."""
        return [self.way(), self.stack(), self.rule(0), self.whole_of(), self.sides("abw")]

    def at(self, step: int, chain: Chain) -> Copies:
        """The same of another output under other settings; the view moves as far as it must."""
        first, shown, axis = chain.start(step), self.axis.shown, self.axis
        low = min(first, max(shown[0], first + chain.span - len(shown)))
        if low != shown[0]:
            gap: list[int | None] = [None] if low > 0 else []
            axis = ruled(self.stage.form, replace(axis, steps=(*gap, *range(low, low + len(shown)))))
        return replace(self, chain=chain, step=step, stage=replace(self.stage, axis=axis))

    # what there is

    @property
    def axis(self) -> Axis:
        """The ruler of all rows."""
        return self.stage.axis

    @property
    def start(self) -> int:
        """The sample that the first taps of both kernels lead to."""
        return self.chain.start(self.step)

    @property
    def rows(self) -> tuple[int, ...]:
        """The taps of the second kernel whose copies are shown."""
        return shown(range(self.chain.layers[1].kernel_size), ROWS)

    @property
    def told(self) -> int:
        """The tap of the second kernel whose number between the first kernel is shown to make."""
        return next((after for after in self.rows if 0 <= self.reads(after) < self.chain.middle), self.rows[0])

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

    @property
    def outset(self) -> Copies:
        """The first output whose samples are all in view: there kernels stand before they slide."""
        first = (own for t in self.whole if (own := replace(self, step=t)).told == self.told)
        return next(first, self)

    def columns(self) -> list[list[tuple[int, int]]]:
        """The taps (of the second kernel, of the first) that meet in each column."""
        columns: list[list[tuple[int, int]]] = [[] for _ in range(self.chain.span)]
        for after, k in itertools.product(range(self.chain.layers[1].kernel_size), self.taps):
            columns[self.chain.offset(after, k)].append((after, k))
        return columns

    def reads(self, after: int) -> int:
        """The step between that tap ``after`` of the second kernel reads."""
        return self.chain.reads(1, self.step, after)

    def between(self, after: int) -> str:
        """The name of the number between that tap ``after`` of the second kernel reads."""
        return f"*h*[{self.reads(after)}]".replace("-", style.MINUS)

    def made(self, after: int, ends: bool = False) -> Number:
        """What a copy makes: a number between; with ``ends`` as the second layer reads it."""
        return self.pair.hidden(self.chain.hidden(self.reads(after), self.m, ends))

    def scaled(self, after: int, ends: bool = False) -> Number:
        """What a copy makes, times its tap of the second kernel."""
        return self.pair.output(self.made(after, ends).value * self.pair.second(self.m, after).value)

    # rows

    def samples(self, read: bool = False) -> Band:
        """The signal; all of it is meant, or what the one kernel has ``read``."""
        inside = [i for i in self.axis.shown if 0 <= i < len(self.chain.x)]
        bars = {i: ((*self.pair.sample_key(i),), self.pair.x(i)) for i in inside}
        lit = range(self.start, self.start + self.chain.span) if read else None
        return Band(("row", 0), "input *x*", "sample", bars, lit=lit)

    def middle(self, beyond: bool = False) -> Band:
        """The level between as the second layer reads it. With ``beyond`` it goes on where the output reads beyond its
        ends, with outlines of what the first kernel would make there. There is room for that, and for what a relu cuts.
        """
        chain, m, other, inside = self.chain, self.m, padded(self.pair.chain), range(self.chain.middle)
        steps = sorted({*inside, *(chain.window(self.step) if beyond else ())})
        places = {s: chain.middle_place(s) for s in steps if self.axis.has(chain.middle_place(s))}
        key, write = (f"y{self.pair.level - 1}", m), self.pair.hidden
        bars = {at: ((*key, s), write(chain.hidden(s, m, ends=s in inside))) for s, at in places.items()}
        also = [chain.hidden(s, m, ends=False) for s in places]
        also += [other.hidden(s, m, ends=False) for s in other.window(worst(other, m))]
        hollow = [at for s, at in places.items() if s not in inside]
        return Band(("row", 1), "middle *h*", middle_role(self.pair, m), bars, also=also, hollow=hollow)

    def results(self, numbers: Mapping[int, Number] | None = None) -> Band:
        """The outputs of two layers, or other ``numbers`` in their place; there is room for those where the layers are
        no longer one kernel.
        """
        cut, ends = self.pair.chain.with_settings(activation="relu"), padded(self.pair.chain)
        also = [cut.two(t) for t in self.outputs]
        also += [ends.two(t) for t in range(ends.steps) if self.axis.has(ends.output_place(t))]
        given = numbers or {t: self.pair.output(self.chain.two(t)) for t in self.outputs}
        keys = (f"y{self.pair.level}", self.pair.filter)
        bars = {self.chain.output_place(t): ((*keys, t), n) for t, n in given.items()}
        return Band(("row", 2), "output *y*", "output", bars, also=() if self.several else also)

    def bottom(self) -> Band:
        """What the shown channel gives to the outputs in view: all of them where it is the only one."""
        whole, m = self.results(), self.m
        if not self.several:
            return whole
        given = {t: self.pair.output(self.chain.two(t, [m])) for t in self.outputs}
        bars = {self.chain.output_place(t): (("given", m, t), number) for t, number in given.items()}
        also = [number.value for _, number in whole.bars.values()]
        return replace(whole, name="part of *y*", role=middle_role(self.pair, m), bars=bars, also=also)

    def first(self, after: int, scaled: bool = False) -> Band:
        """The first kernel where it makes what tap ``after`` of the second reads, ``scaled`` by that tap."""
        pair, chain, m = self.pair, self.chain, self.m
        bare, copies = {k: pair.first(m, k) for k in self.taps}, {k: pair.copy(m, after, k) for k in self.taps}
        taps, write = (copies, pair.output) if scaled else (bare, pair.hidden)
        places = {k: chain.reads(0, self.reads(after), k) for k in self.taps}
        products = {places[k]: write(n.value * chain.sample(places[k])) for k, n in taps.items()}
        bars = {places[k]: (("copy", m, after, k), number) for k, number in taps.items()}
        also = [number.value for number in (*bare.values(), *copies.values(), pair.second(m, after))]
        return Band(("copy", after), "", first_role(pair, m), bars, products, also, start=self.start)

    def kernel(self, after: int | None = None) -> Band:
        """The first kernel alone, where it makes what tap ``after`` of the second reads."""
        first = self.first(self.told if after is None else after)
        bars = {place: (("copy", self.m, self.told, key[-1]), number) for place, (key, number) in first.bars.items()}
        return replace(first, key=("copy", self.told), name="kernel 1 *a*", bars=bars, also=(), start="layers")

    def second(self) -> Band:
        """The second kernel where it makes the output, under the level between."""
        pair, chain, m = self.pair, self.chain, self.m
        places = {k: chain.middle_place(s) for k, s in enumerate(chain.window(self.step))}
        bars = {places[k]: (("kernel", 2, m, k), pair.second(m, k)) for k in places}
        products = {places[k]: self.scaled(k, True) for k in places}
        return Band(("kernel", 2), "kernel 2 *b*", "kernel", bars, products, start=self.start)

    def one(self, part: int | None = None) -> Band:
        """The one kernel of both layers, or what goes ``part`` of the way: through one middle channel."""
        pair, first, columns = self.pair, self.start, range(self.chain.span)
        keys: list[Key] = [("effective", j) if part is None else ("part", part, j) for j in columns]
        taps = [pair.effective(j) if part is None else pair.part(part, j) for j in columns]
        bars = {first + j: (keys[j], taps[j]) for j in columns}
        name, role = ("one kernel *w*", "ink") if part is None else (f"channel {part}", middle_role(pair, part))
        products = {at: pair.output(number.value * self.chain.sample(at)) for at, (_, number) in bars.items()}
        return Band(("one",) if part is None else ("part", part), name, role, bars, products, start=self.start)

    def total(self) -> Band:
        """What the copies add up to: the one kernel, or that through the shown channel of several."""
        return replace(self.one(self.m), key=("sum",), name="sum *w*") if self.several else self.one()

    # sheets: the signal at the top, what it becomes at the bottom

    def way(self, made: int = 2) -> Sheet:
        """The two layers: the first kernel makes the level between, which the second reads. So many of the rows that
        they make are there, with the kernels that make them; the other kernels have not yet slid.
        """
        bands, first = [self.samples()], self.outset
        kernels = (self if made else first).kernel(), (self if made > 1 else first).second()
        for n, (by, row) in enumerate(zip(kernels, (self.middle(), self.bottom()), strict=True), 1):
            lit = None if made in (0, n, 2) else ()
            bands.append(replace(by, worked=n <= made, lit=lit, leads=1, start="layers"))
            bands.append(replace(row, made=n <= made))
        return self.stage.of(bands)

    def stack(self, scaled: bool = True, made: bool = True) -> Sheet:
        """The copies of the first kernel, and the kernel that they add up to when it is ``made``; last the output that
        is told.
        """
        copies = [replace(self.first(after, scaled), leads=after == self.rows[-1]) for after in self.rows]
        return self.stage.of([self.samples(True), *copies, replace(self.total(), made=made, leads=1), *self._ends()])

    def rule(self, j: int, turned: bool = True) -> Sheet:
        """The first kernel over the second with the products that make the tap ``j`` of the one kernel; ``turned`` over
        it stands so that the taps of each product meet.
        """
        pair, m, offset, start = self.pair, self.m, self.chain.offset, self.start
        over = {start + (j - offset(0, k) if turned else offset(0, k)): k for k in self.taps}
        under = {start + offset(k, 0): k for k in range(len(self.chain.second[m]))}
        first = {at: (("copy", m, self.told, k), pair.first(m, k)) for at, k in over.items()}
        second = {at: (("kernel", 2, m, k), pair.second(m, k)) for at, k in under.items()}
        made = {start + offset(k, 0): pair.copy(m, k, at) for k, at in self.columns()[j]}
        name = "kernel 1 turned" if turned else "kernel 1 *a*"
        above = replace(self.kernel(), name=name, bars=first, products={}, leads=3.5)
        below = Band(("kernel", 2), "kernel 2 *b*", "kernel", second, made, start=("rule", j))
        total = replace(self.total(), worked=False, leads=1)
        return self.stage.of([replace(self.samples(), lit=()), above, below, total, *self._ends()])

    def _ends(self) -> list[Band]:
        """The output that is told, where there is room for it besides the copies."""
        return [] if bench.is_low(self.stage.form) else [replace(self.bottom(), lit=(self.place,))]

    @property
    def place(self) -> int:
        """Where the output stands."""
        return self.chain.output_place(self.step)

    def whole_of(self, bottom: Band | None = None) -> Sheet:
        """Of several channels the kernel through each over the one kernel; else the two layers over it."""
        if not self.several:
            return self.sides("w", bottom)
        parts = [replace(self.one(m), products={}) for m in shown(self.pair.middles, PARTS)]
        return self.stage.of((self.samples(True), *parts, replace(self.one(), leads=True), bottom or self.results()))

    def sides(self, meant: str, bottom: Band | None = None, beyond: int | None = None) -> Sheet:
        """The two layers with the one kernel below them. Of the kernels ``a``, ``b`` and ``w`` those are ``meant`` that
        are named, and what they read. The first one makes what a tap of the second reads, ``beyond`` the ends too.
        """
        lit = {name: None if name in meant else () for name in "abw"}
        first = replace(self.kernel(beyond), lit=lit["a"], products={})
        second = replace(self.second(), lit=lit["b"], products={})
        total = replace(
            self.total(), lit=lit["w"], worked="w" in meant, leads=0.5 if bench.is_low(self.stage.form) else 1
        )
        read = [at for band in (first, total) if band.is_meant for at in band.bars]
        window = self.chain.window(self.step) if "b" in meant else ()
        middle = replace(self.middle(beyond is not None), lit=[*map(self.chain.middle_place, window)])
        rows = [replace(self.samples(), lit=read), first, middle, second, total, bottom or self.bottom()]
        return self.stage.of(rows)

    # the copies below each other

    def lay(self, draft: Draft, sheet: Sheet, scaled: bool = True) -> None:
        """A stack of copies, ``scaled`` or not, and what its last kernel makes; or a stack of parts."""
        n = max(n for n, band in enumerate(sheet.bands) if band.is_kernel)
        is_parts = sheet.bands[1].key[0] == "part"
        sheet.lay(draft, self._origins(is_parts, sheet.bands[n].made))
        if not is_parts:
            cards = [("card", "copy", after) for after in self.rows if after != self.told]
            draft.change(cards, copy_of=("card", "copy", self.told))
            self._lay_taps(draft, sheet)
            self._lay_copies(draft, sheet, scaled)
            self.lay_made(draft, sheet, n)

    def lay_made(self, draft: Draft, sheet: Sheet, n: int) -> None:
        """What the products of the band ``n`` add up to, the one kernel or that through the shown channel."""
        is_whole = sheet.bands[n].key == ("one",)
        if sheet.bands[n].made and (is_whole or sheet.is_worked):
            if sheet.bands[n - 1].key[0] == "copy" and len(self.rows) > 1:
                card, y = draft.marks["card", *sheet.bands[n].key], sheet.top(n) - 14
                draft.put("sum", ("sum", "rule"), line("ink", card.left, y, card.right, y, size=3))
                draft.put("sum", ("sum", "plus"), words("+", card.left - 28, y, sheet.em))
            sheet.lay_values(draft, {n: self.pair.output(self.chain.one(self.step, None if is_whole else self.m)).text})
            if sheet.is_worked and is_whole and not self.chain.missing(self.step, self.m):
                self.lay_before(draft, sheet, n, ("made",), f"*y*[{self.step}]")

    def draft(self, said: str) -> Draft:
        """A board with its caption and the ruler; with strides it counts samples alone."""
        draft = Draft(self.stage.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, self.axis, "step *i*" if self.chain.output_place(1) != 1 else "step *t*")
        return draft

    def _origins(self, parts: bool, total: bool) -> dict[Key, dict[str, Any]]:
        """A copy is a copy of the first kernel, made of its tap of the second; each tap of the ``total`` is the sum of
        those above it.
        """
        found: dict[Key, dict[str, Any]] = {}
        for after, k in itertools.product(self.rows, self.taps):
            origin = ("copy", self.m, self.told, k, "bar") if after != self.told else None
            found["copy", self.m, after, k] = {"made_of": (("kernel", 2, self.m, after, "bar"),), "copy_of": origin}
        for j, column in enumerate(self.columns() if total else ()):
            above: list[Key] = [("copy", self.m, *at, "bar") for at in column if at[0] in self.rows]
            above = [("part", m, j, "bar") for m in shown(self.pair.middles, PARTS)] if parts else above
            key: Key = ("part", self.m, j) if self.several and not parts else ("effective", j)
            found[key] = {"made_of": tuple(above)}
        return found

    def _lay_taps(self, draft: Draft, sheet: Sheet) -> None:
        """At the margin, before the copies, the second kernel on end: a thread leads from each tap to its copy."""
        form, rows = sheet.form, len(self.rows)
        wide, pad = 0.32 * (self.axis.left - form.margin), min(10.0, form.margin - 2)
        x, right = form.margin + wide / 2, form.margin + wide + pad
        for n, after in enumerate(self.rows, 1):
            key, foot, number = ("kernel", 2, self.m, after), sheet.feet[n], self.pair.second(self.m, after)
            end, bar = draft.marks["card", "copy", after].left, min(wide, self.axis.bar)
            pieces.column(draft, key, number, x, foot, bar, sheet.unit, "kernel", bricks=sheet.bricks)
            if sheet.size:
                pieces.digits(draft, key, bench.factor(number), size=sheet.size)
            draft.put("thread", ("thread", after), line("kernel", min(right, end - 8), foot, end, foot, size=4, z=-2))
        box = form.margin - pad, sheet.top(1) + 8, right, sheet.bottom(rows)
        draft.put("card", ("card", "kernel", 2), plate("kernel", *box, light=CARD, z=-3))
        if sheet.size:
            y = box[-1] + 0.7 * form.small
            draft.put("name", ("name", "taps"), words("kernel 2 *b*", form.margin, y, form.small, "kernel", align=-1))

    def _lay_copies(self, draft: Draft, sheet: Sheet, scaled: bool) -> None:
        """Beside the copies what they are, and what each of them makes, with its tap of the second kernel as a factor
        when ``scaled``.
        """
        role, small = first_role(self.pair, self.m), sheet.form.small
        for n, after in enumerate(self.rows, 1):
            tap = f"{self.pair.second(self.m, after).text} ×"
            named = self.lay_before(draft, sheet, n, ("reads", after), self.between(after))
            factor = words(tap, named.left - 10, named.y, named.size, "kernel", align=1)
            if scaled and factor.left >= draft.marks["card", "kernel", 2].right + 8:
                draft.put("name", ("name", "factor", after, self.start), factor)
            card, said = draft.marks["card", "copy", after], f"{tap} *a*" if scaled else "kernel 1 *a*"
            name = words(said, card.right + 20, sheet.feet[n] - DIGIT * small / 2, small, role, align=-1)
            if name.right < (sheet.form.width - sheet.form.margin if sheet.is_worked else self.axis.right):
                draft.put("name", ("name", "copy", after), name)
        value_of = self.scaled if scaled else self.made
        sheet.lay_values(draft, {n: value_of(after).text for n, after in enumerate(self.rows, 1)})
        above, foot = sheet.feet[len(self.rows) - 1 :][:2]
        x = draft.marks["card", "kernel", 2].right + 12
        y = foot - 0.75 * small if sheet.is_worked else (above + foot) / 2 - DIGIT * SMALL / 2
        if self.left_out and (sheet.is_worked or foot - above > 100):
            pieces.note(draft, ("rest",), f"⋯ {self.left_out} more", x, y, -1)

    def lay_before(self, draft: Draft, sheet: Sheet, n: int, key: Key, said: str) -> Mark:
        """Before a kernel the name of what it makes: before its products, or above its thread."""
        size = sheet.em if sheet.is_worked else SMALL
        y, right = sheet.feet[n] - 0.75 * size, self.axis.left - 14
        if sheet.is_worked:
            y, right = sheet.line(n), self.axis.x(min(filter(self.axis.has, sheet.bands[n].bars))) - sheet.half - 14
        mark = words(said + " =" * sheet.is_worked, right, y, size, "ink", align=1)
        return draft.put("name", ("name", *key, self.start), mark)


def first_role(pair: Pair, m: int) -> Role:
    """The role of the first kernel, which reads the samples: a hue that nothing else has, or its channel's."""
    return "channel 2" if len(pair.middles) == 1 else (f"channel {m}", "ink", 0.5)


def middle_role(pair: Pair, m: int) -> Role:
    """The role of a channel between the layers."""
    return "sample" if len(pair.middles) == 1 else f"channel {m}"


def shown(of: Sequence[int], most: int) -> tuple[int, ...]:
    """Those of a series that are shown: all, or the first ones and the last."""
    return tuple(of) if len(of) <= most else (*of[: most - 1], of[-1])


def padded(chain: Chain) -> Chain:
    """The layers as they are where padding comes between them, or else with padding "same" in the second one."""
    return chain if chain.differing else chain.with_settings("same")


def worst(chain: Chain, m: int) -> int:
    """The output at which the layers and the one kernel differ most through a middle channel."""
    return max(chain.differing, key=lambda t: chain.missing(t, m), default=0)


def _columns(chain: Chain, step: int) -> set[int]:
    """The columns that an output and its parts stand in."""
    read = {*map(chain.middle_place, chain.window(step)), chain.output_place(step)}
    return {*range(chain.start(step), chain.start(step) + chain.span), *read}
