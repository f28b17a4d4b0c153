"""Layers that differ in their padding alone, on one stage: the signal with the zeros around it, the kernel on a window,
and a row of outputs for each layer.

A window is known by the step it starts at: it is the same in every layer that has it, and so is its output.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces
from convexplain.board.calculator import honest
from convexplain.board.marks import DIGIT, FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Format, Key, Mark, Role, plate
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import extent
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import LISTED, Place
from convexplain.stories.one_channel.track import HIGH, Bench, Track, W, X, Y, columns, lay_outputs
from convexplain.stories.script import Script

CLEAR, CELL = 14.0, 0.32
"""What is kept clear around numbers; how bright the cell of a window over its output is."""


class Band(NamedTuple):
    """A layer with one padding: its places in view, each with the step it stands under; the steps of its ``zeros``
    there, how many stand on both ``sides`` of the samples, its outputs (0 while they are not counted), and Keras's
    by these steps.
    """

    mode: str
    script: Script
    places: tuple[Place, ...]
    zeros: frozenset[int]
    sides: tuple[int, int]
    outputs: int
    asked: Mapping[int, Fraction | None]

    @property
    def row(self) -> tuple[Any, ...]:
        """What the keys of its outputs begin with."""
        return (*Y, self.mode)


def paddings(script: Script, **changes: int) -> dict[str, Script]:
    """The told layer, and its siblings with the other paddings; those that Keras refuses are left out."""
    own = None if changes else script.layer.padding
    layers = {mode: script if mode == own else script.sibling(padding=mode, **changes) for mode in PADDINGS}
    return {mode: layer for mode, layer in layers.items() if layer is not None}


class Bands(Track):
    """The told layer with each padding, in one format; ``strided`` are these with strides 2, where the told
    layer has strides and dilation 1: what a window gives stands where it does without strides. All stand on one axis,
    each padding below the one told before, in rows that keep their places.
    """

    apart, flattest, called, is_indexed = 0.75, math.inf, ("samples", "kernel"), False

    def __init__(self, script: Script, form: Format) -> None:
        length, layer, start = script.read_shape[0], script.layer, script.start(script.cell.step)
        told, strided = paddings(script), dict[str, Script]()
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1 and "valid" in told:
            strided = paddings(script, strides=2)
        found = [{mode: places.at_ends(other, start) for mode, other in layers.items()} for layers in (told, strided)]
        followed = [{mode: places.nearest(known, start) for mode, known in there.items()} for there in found]
        near = [at for there in followed for at in there.values()]
        ends = [at for known in found[0].values() for at in (known[0], known[-1])]
        own = places.nearest(found[0][layer.padding], start)
        super().__init__(script, form, own.step, places.ends_axis(form, length, near, ends))
        self.write((n.text for step, n in self.signal.items() if self.wide.has(step)), self.wide)
        stands = {mode: {at.start: at.home for at in known} for mode, known in found[0].items()}
        self.bands, self.strided = (
            {mode: self._band(mode, layers[mode], there, stands[mode]) for mode, there in known.items()}
            for layers, known in zip((told, strided), found, strict=True)
        )
        self.stage, self.low, last, apart = self._stand()
        bench, deep = self.on(self.wide), self.low * self.stage.lowest
        floors = {mode: last - n * apart for n, mode in enumerate(reversed(self.bands))}
        self.rows = {mode: replace(bench, floor=y, bottom=y + deep + CLEAR) for mode, y in floors.items()}
        counts = [f"{band.outputs:,}" for band in self.bands.values()]
        sizes = (PARTIAL, TEXT) if form.is_narrow else (HERO, PARTIAL)
        self.large = benches.fitting(min(66.0, 0.45 * apart), counts, sizes)

    def _band(self, mode: str, script: Script, found: list[Place], stands: Mapping[int, int]) -> Band:
        """A layer, with where its windows ``stand`` by the steps they start at."""
        sides = script.layer.left_pad(self.length), max(0, found[-1].taps[-1].step - (self.length - 1))
        known = {stands[place.start]: place for place in found if place.start in stands}
        asked = {step: script.asked(place.step, 0) for step, place in known.items()}
        every = (place._replace(step=step, home=step) for step, place in known.items())
        shown = [place if script is self.script else place.unnamed for place in every if place.is_on(self.wide)]
        zeros = frozenset(tap.step for place in shown for tap in place.taps if tap.padded)
        return Band(mode, script, tuple(shown), zeros, sides, script.shape[0], asked)

    def _stand(self) -> tuple[Bench, float, float, float]:
        """The stage, how deep outputs reach, where the lowest row of them stands, and how far apart rows do."""
        form, size, many = self.form, self.size(self.wide), len(self.bands)
        gap, top, clear = (10.0, 96.0, CLEAR) if form.is_narrow else (24.0, 88.0, 1.5 * CLEAR)
        every = [place for bands in (self.bands, self.strided) for band in bands.values() for place in band.places]
        up, down = extent(place.output.value for place in every)
        under = 0.0 if form.points else 12.0  # on paper a caption may have two lines
        above, room = (pieces.ABOVE + HIGH * high + clear for high in (size, size or SMALL))
        look = dict(gap=gap, below=0.0, under=under, top=top, largest=120.0, between=many * room - above)
        stage = self.fit([Fraction(many * (reach := up + down or 1.0))], (), (), above=above, **look)
        return stage, down, form.height - 156.0 - under - down * stage.lowest, reach * stage.lowest + room

    def lay_stage(self, draft: Draft, at: Place) -> None:
        """The signal, the kernel on a window, and over the last column what is counted there."""
        right, row = self.form.width - self.form.margin, self.rows[next(iter(self.bands))]
        y = row.floor - DIGIT * (self.large + self.form.small / 2) - 3 * CLEAR
        draft.put("count", ("counted",), words("outputs", right, y, self.form.small, "quiet", align=1))
        self.lay(draft, self.on(self.wide), at.taps)
        draft.change([("baseline", "rig", *W)], kind="plate", height=2.0, points=())  # goes back and on as the rig does
        for key in [(*X, tap.step, part) for tap in at.taps if tap.padded for part in ("bar", "digits")]:
            draft.marks.pop(key, None)

    def lay_zeros(self, draft: Draft, steps: Iterable[int]) -> None:
        """The zeros of a padding, dashed places beside the samples, with their steps."""
        bench, axis = self.on(self.wide), self.wide
        half = bench.axis.bar / 2
        top = max(bench.top + 10, bench.foot - max(1.1 * bench.size, min(2 * half, 40.0)))
        texts = {step: str(step).replace("-", style.MINUS) for step in sorted(steps) if axis.has(step)}
        fits = benches.fitting(0.8 * axis.pitch, texts.values(), (self.form.small, 0.0))
        look: dict[str, Any] = {"light": 0.0, "size": 3, "dash": min(8, half), "hollow": True, "radius": 4.0}
        for step, text in texts.items():
            x, key = axis.x(step), ("zero", step)
            draft.put("zero", (*key, "place"), plate("sample", x - half, top, x + half, bench.foot, edge=FULL, **look))
            if bench.size:
                draft.put("zero", key, words("0", x, (top + bench.foot) / 2, bench.size, "sample"))
            if fits:
                draft.put("ruler", (*key, "step"), words(text, x, pieces.RULER, fits, "quiet"))

    def lay_row(self, draft: Draft, band: Band, lit: Collection[int] | None, at: Place) -> None:
        """The outputs of a layer, ``lit`` or not (all when None), over a line as long as the samples, and how many
        there are. They have numbers; where these have no room the output nearest to the place ``at`` has its own.
        """
        bench, row, known = self.rows[band.mode], band.row, band.places
        (left, right), aside = map(self.wide.x, (0, self.length - 1)), 0.4 * self.wide.pitch
        pieces.baseline(draft, (*Y, band.mode), left - aside, right + aside, bench.floor)
        lay_outputs(draft, bench, row, known, lit)
        one = min(known, key=lambda place: abs(place.start - at.start), default=None)
        is_bare = not any(key[:2] == row and key[-1] == "digits" for key in draft.marks)
        if one and is_bare and (lit is None or one.step in lit):
            pieces.digits(draft, (*row, one.step), one.output.text, SMALL)
            pieces.lift(draft, [(*row, place.step) for place in known])
        shade = "ink" if lit is None or lit else "quiet"
        pieces.name(draft, (*Y, band.mode), f"`{band.mode}`", bench.floor, shade)
        at_end = self.form.width - self.form.margin, bench.floor - DIGIT * self.large / 2, self.large
        outputs = f"{band.outputs:,}" if band.outputs else "?"
        draft.put("count", ("count", band.mode), words(outputs, *at_end, shade, align=1))

    def lay_sum(self, draft: Draft, at: Place, band: Band) -> None:
        """Beside the number of an output the products that it is the sum of, where they have room, clear of the leg's
        edge; the numbers of the kernel have its colour.
        """
        number, sum_ = draft.marks[*band.row, at.step, "digits"], phrases.worked(at.taps, at.output.text)
        sign, parts = "≈" if "≈" in honest(sum_) else "=", list[tuple[str, Role]]()
        for tap in at.taps:
            parts += [(f" {'+' if parts else sign} {phrases.times(tap.sample)}×", "ink")]
            parts += [(phrases.times(tap.weight), "kernel")]
        x, long = number.right, advance(runs_of("".join(text for text, _ in parts)))
        end = draft.marks["counted",].left - CLEAR
        size = next((size for size in (number.size, SMALL) if x + long * size < end), 0.0)
        x = max(x, draft.marks["leg", band.mode].right + 4)
        for n, (text, role) in enumerate(parts if size and len(at.taps) <= LISTED else ()):
            x = draft.put("sum", ("sum", band.mode, n), words(text, x, number.y, size, role, align=-1)).right

    def lay_asked(self, draft: Draft) -> None:
        """Keras's numbers below the rows, where all are ours and have room, and whose they are."""
        found, every = dict[Key, Mark](), [mark for key, mark in draft.marks.items() if key[0] == Y[0]]
        said = self.script.check.library.rstrip("0123456789. ")
        for own, at in ((band, at) for band in (self.strided or self.bands).values() for at in band.places):
            key, y = (*own.row, at.step), self.rows[own.mode].bottom
            x, number = draft.marks[*key, "bar"].x, draft.marks.get((*key, "digits"))
            if self.script.shown.note or number is None or own.asked[at.step] != at.output.value:
                return
            text = words(f"= {number.text}", x, y + DIGIT * number.size / 2, number.size, "formula")
            name = words(said, self.form.margin, text.y, self.form.small, "formula", align=-1)
            near = (other for other in every if abs(text.x - other.x) < (text.width + other.width) / 2 + CLEAR)
            if any(abs(text.y - other.y) < (text.height + other.height) / 2 + 4 for other in near):
                return
            found |= {("keras", *key): text, ("keras", "name", own.mode): name}
            every.append(text)
        for key, text in found.items():
            draft.put("compared", key, text)

    def lay_leg(self, draft: Draft, at: Place, mode: str) -> None:
        """What a window gives in a row: the column of its cell over the output, brighter on the card, is a leg down to
        there, behind the rows that it passes.
        """
        x, half, key = self.wide.x(at.home), 0.45 * self.wide.pitch, ("leg", mode)
        look = plate("kernel", x - half, self.stage.top, x + half, self.rows[mode].bottom, light=pieces.BAND, z=-5)
        draft.put("rig", key, look)
        look = plate("kernel", x - half, self.stage.middle, x + half, self.stage.bottom, light=CELL, z=-2.5)
        draft.put("rig", (*key, "cell"), look)

    def lay_past(self, draft: Draft, past: Iterable[Place]) -> None:
        """Frames of where the window stood before, each lower than the one before it: they can be told apart."""
        top, look = self.stage.top, dict[str, Any](light=0.0, edge=0.5, size=3, z=-6, hollow=True)
        for n, at in enumerate(past, 1):
            (left, right), low = columns(at.taps, self.wide), (self.stage.bottom - self.stage.middle) * n / 3
            draft.put("rig", ("past", at.start), plate("kernel", left, top, right, self.stage.middle + low, **look))
