"""Two layers near one output, as the rows of a sheet: the signals, each kernel where it reads them, and the copies of
the first kernel, slid and scaled, that add up to the one kernel of both.

This module joins two layers as numbers to the rows of a sheet; what is said of them a story says.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, SMALL, TEXT, Draft, Format, Key, Mark, Role, line, plate
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
        bands = [*own.way().bands, *own.stack().bands, *own.whole_of().bands]
        products = [style.signed(n.text) for band in bands for n in (band.products or {}).values()]
        size = fitting(form, axis, [text for band in bands for text in band.texts])
        own = replace(own, stage=replace(own.stage, size=size, is_worked=size > 0 < fitting(form, axis, products)))
        sheets = [] if own.stage.low else [own.way(), own.stack(), own.whole_of()]
        return replace(own, stage=replace(own.stage, unit=min((sheet.unit for sheet in sheets), default=math.inf)))

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
    def seen(self) -> tuple[int, ...]:
        """The channels between the layers that are shown."""
        return shown(self.pair.middles, PARTS)

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

    def samples(self) -> Band:
        """The signal."""
        inside = [i for i in self.axis.shown if 0 <= i < len(self.chain.x)]
        bars = {i: ((*self.pair.sample_key(i),), self.pair.x(i)) for i in inside}
        return Band(("row", 0), "input *x*", "sample", bars)

    def middle(self) -> Band:
        """The level between."""
        chain, name = self.chain, f"y{self.pair.level - 1}"
        steps = [s for s in range(chain.middle) if self.axis.has(chain.middle_place(s))]
        numbers = {s: self.pair.hidden(chain.hidden(s, self.m)) for s in steps}
        bars = {chain.middle_place(s): ((name, self.m, s), number) for s, number in numbers.items()}
        return Band(("row", 1), "middle *h*", middle_role(self.pair, self.m), bars)

    def results(self, numbers: Mapping[int, Number] | None = None) -> Band:
        """The outputs of two layers, or other ``numbers`` in their place; there is room for those where the layers are
        no longer one kernel.
        """
        cut, ends = self.chain.with_settings(activation="relu"), padded(self.chain)
        also = [cut.two(t) for t in self.outputs]
        also += [ends.two(t) for t in ends.differing if self.axis.has(ends.output_place(t))]
        given = numbers or {t: self.pair.output(self.chain.two(t)) for t in self.outputs}
        bars = {self.chain.output_place(t): (self.output_key(t), n) for t, n in given.items()}
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

    def output_key(self, step: int) -> Key:
        """The key of an output."""
        return (f"y{self.pair.level}", self.pair.filter, step)

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
        they make are there, and what makes the last of them is meant; in a low format nothing else has room.
        """
        bands, kernel = [self.samples()], replace(self.first(self.told), name="kernel 1 *a*", also=())
        for n, (by, row) in enumerate(((kernel, self.middle()), (self.second(), self.bottom())), 1):
            is_worked = n == made or (n < made and not self.stage.low)
            bands.append(replace(by, worked=is_worked, lit=None if made in (0, n) else ()))
            if n <= made or not self.stage.low:
                bands.append(replace(row, made=n <= made))
        return self.stage.of(bands)

    def stack(
        self, scaled: bool = True, made: bool = True, looks: str = "", bottom: Band | None = None, low: bool = False
    ) -> Sheet:
        """The copies of the first kernel, and the kernel that they add up to, an empty place until it is ``made``. The
        copies may be ``bare`` of products, or ``dim`` as well. In a low format an empty place, and the last row, are
        left out; the last row not with ``low``.
        """
        lit = () if looks == "dim" else None
        copies = [replace(self.first(after, scaled), worked=not looks, lit=lit) for after in self.rows]
        total = [replace(self.total(), made=made)] if made or not self.stage.low else []
        last = [bottom or self.bottom()] if low or not self.stage.low else []
        return self.stage.of([self.samples(), *copies, *total, *last])

    def whole_of(self, looks: str = "bare", bottom: Band | None = None) -> Sheet:
        """The one kernel with all that it is made of: the copies, or of several channels the kernel through each."""
        if not self.several:
            return self.stack(looks=looks, bottom=bottom, low=True)
        lit = () if looks == "dim" else None
        parts = [replace(self.one(m), worked=False, lit=lit) for m in self.seen]
        return self.stage.of((self.samples(), *parts, self.one(), bottom or self.results()))

    # the copies below each other

    def lay(self, draft: Draft, sheet: Sheet, scaled: bool = True) -> None:
        """A stack of copies, ``scaled`` or not, or of parts; and what the products of its last kernel add up to."""
        dim, bare = not sheet.bands[1].is_meant, not sheet.bands[1].worked
        n = max(n for n, band in enumerate(sheet.bands) if band.is_kernel)
        total, is_parts = sheet.bands[n], sheet.bands[1].key[0] == "part"
        sheet.lay(draft, self._origins(is_parts, total.made and total.key[0] != "copy"))
        if not is_parts:
            self._lay_taps(draft, sheet, 0.4 if dim else 1.0)
            self._lay_copies(draft, sheet, scaled, bare)
        if total.made and total.key[0] != "copy" and (dim or not bare):
            sheet.lay_columns(draft, 0, n, total.bars)
            if total.key == ("one",):
                sheet.lay_values(draft, {n: self.pair.output(self.chain.one(self.step)).text})
                self._lay_before(draft, sheet, n, ("made",), f"*y*[{self.step}]", bool(sheet.is_worked))

    def draft(self, said: str) -> Draft:
        """A board with its caption and the ruler; with strides it counts samples alone."""
        draft = Draft(self.stage.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, self.axis, "step *i*" if self.chain.output_place(1) != 1 else "step *t*")
        return draft

    def _origins(self, parts: bool, total: bool) -> dict[Key, dict[str, Any]]:
        """A copy is a copy of the first kernel, made of its tap of the second; each tap of the ``total`` is the sum of
        those above it, the last of which comes down.
        """
        found: dict[Key, dict[str, Any]] = {}
        for after, k in itertools.product(self.rows, self.taps):
            origin = ("copy", self.m, self.told, k, "bar") if after != self.told else None
            part = ("part", self.m, self.chain.offset(after, k), "bar") if self.several else None
            more = {"made_of": (("kernel", 2, self.m, after, "bar"),), "copy_of": origin, "goes_into": part}
            found["copy", self.m, after, k] = more
        for j, column in enumerate(self.columns() if total else ()):
            above: tuple[Key, ...] = tuple(
                ("copy", self.m, after, k, "bar") for after, k in column if after in self.rows
            )
            if parts:
                above = tuple(("part", m, j, "bar") for m in self.seen)
            key: Key = ("part", self.m, j) if self.several and not parts else ("effective", j)
            found[key] = {"made_of": above, "copy_of": above[-1] if above else None}
        return found

    @property
    def _size(self) -> float:
        """The size of names before their rows."""
        return TEXT if self.stage.is_worked and not self.stage.low else SMALL

    def _lay_taps(self, draft: Draft, sheet: Sheet, light: float) -> None:
        """At the margin, before the copies, the second kernel on end: a thread leads from each tap to its copy."""
        form, size, rows, above = sheet.form, self._size, len(self.rows), draft.marks["card", "copy", self.rows[0]]
        wide, pad = 0.32 * (self.axis.left - form.margin), min(10.0, form.margin - 2)
        x, right = form.margin + wide / 2, form.margin + wide + pad
        for n, after in enumerate(self.rows, 1):
            key, foot, number = ("kernel", 2, self.m, after), sheet.feet[n], self.pair.second(self.m, after)
            end = self.axis.x(min(sheet.bands[n].bars)) - sheet.half
            pieces.column(draft, key, number, x, foot, wide, sheet.unit, "kernel", True, sheet.bricks, light)
            if sheet.size:
                said = bench.factor(number)
                pieces.digits(draft, key, said, size=sheet.size, role="ink" if light == 1 else "quiet")
            thread = line("kernel", min(right, end - 8), foot, end, foot, size=4, z=-2, light=light)
            draft.put("thread", ("thread", after), thread)
        box = form.margin - pad, sheet.top(1) + 8, right, sheet.bottom(rows)
        draft.put("card", ("card", "kernel", 2), plate("kernel", *box, light=CARD * light, z=-3))
        below = sheet.top(rows + 1) if len(sheet.bands) > rows + 1 else bench.bottom_of(form)
        x, y = (right + 12, sheet.feet[1] - 0.75 * form.small) if sheet.size else (form.margin, sheet.bottom(rows) + 34)
        name = words("kernel 2 *b*", x, y, form.small, "kernel", align=-1, light=light)
        if y + 20 < below and name.right < above.left:
            draft.put("name", ("name", "taps"), name)
        y, role = sheet.feet[1] - DIGIT * size / 2, first_role(self.pair, self.m)
        name = words("kernel 1 *a*", above.right + 24, y, size, role, align=-1, light=light)
        if name.right < self.axis.right:
            draft.put("name", ("name", "copies"), name)

    def _lay_copies(self, draft: Draft, sheet: Sheet, scaled: bool, bare: bool) -> None:
        """Beside the copies what each of them makes, with its tap of the second kernel as a factor when ``scaled``."""
        for n, after in enumerate(self.rows, 1):
            if after != self.told:
                draft.change([("card", "copy", after)], copy_of=("card", "copy", self.told))
            if not bare:
                named = self._lay_before(draft, sheet, n, ("reads", after), self.between(after))
                text, size = f"{self.pair.second(self.m, after).text} ×", named.size
                factor = words(text, named.left - 10, named.y, size, "kernel", align=1)
                if scaled and factor.left >= sheet.form.margin:
                    draft.put("name", ("name", "factor", after, self.start), factor)
        value_of = self.scaled if scaled else self.made
        sheet.lay_values(draft, {} if bare else {n: value_of(after).text for n, after in enumerate(self.rows, 1)})
        above, foot = sheet.feet[len(self.rows) - 1 :][:2]
        x, y, small = sheet.form.margin, (above + foot) / 2 - DIGIT * SMALL / 2, sheet.form.small
        if sheet.is_worked:
            x, y = draft.marks["card", "kernel", 2].right + 12, foot - 0.75 * small
        if self.left_out and (sheet.is_worked or foot - above > 100):
            pieces.note(draft, ("rest",), f"⋯ {self.left_out} more", x, y, -1)

    def _lay_before(self, draft: Draft, sheet: Sheet, n: int, key: Key, said: str, seen: bool = True) -> Mark:
        """Before a kernel the name of what it makes: before its products, or above its thread."""
        y = sheet.line(n) if sheet.is_worked else sheet.feet[n] - 0.6 * self._size
        mark = words(said + " =" * sheet.is_worked, self.axis.left - 14, y, self._size, "ink", align=1)
        return draft.put("name", ("name", *key, self.start), mark) if seen else mark


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
