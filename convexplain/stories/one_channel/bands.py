"""Layers that differ in their padding alone, on one stage: the signal with the zeros around it, the kernel on a window,
and a row of outputs for each layer.

A window is known by the step it starts at: it is the same in every layer that has it, and so is its output.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces
from convexplain.board.calculator import honest
from convexplain.board.marks import DIGIT, FULL, PARTIAL, SMALL, TEXT, Draft, Format, Key, Mark, Role, plate
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import LISTED, Place
from convexplain.stories.one_channel.track import HIGH, Bench, Track, W, X, Y, lay_outputs
from convexplain.stories.script import Script

CLEAR = 14.0
"""What is kept clear around numbers."""


class Band(NamedTuple):
    """A layer with one padding: its places in view, the zeros on both ``sides`` of the samples, and its outputs (0
    while they are not counted). Its outputs have a ``key``.
    """

    key: str
    mode: str
    script: Script
    places: tuple[Place, ...]
    sides: tuple[int, int]
    outputs: int

    @property
    def row(self) -> tuple[Any, ...]:
        """What the keys of its outputs begin with."""
        return (*Y, self.key)

    @property
    def reads(self) -> set[int]:
        """The steps outside the signal that are read in view."""
        return {tap.step for place in self.places for tap in place.taps if tap.padded}

    @property
    def windows(self) -> dict[int, Place]:
        """The places by the steps at which their windows start."""
        return {place.start: place for place in self.places}


def paddings(script: Script, **changes: int) -> dict[str, Script]:
    """The told layer, and its siblings with the other paddings; those that Keras refuses are left out."""
    own = None if changes else script.layer.padding
    layers = {mode: script if mode == own else script.sibling(padding=mode, **changes) for mode in PADDINGS}
    return {mode: layer for mode, layer in layers.items() if layer is not None}


class Bands(Track):
    """The told layer with each padding, in one format; ``strided`` are these with strides 2, where the told
    layer has strides and dilation 1: their outputs stand under the steps where they would without strides. All stand on
    one axis, and each padding has its place below the one told before.
    """

    apart, flattest, called = 0.75, math.inf, "samples"

    def __init__(self, script: Script, form: Format) -> None:
        length, layer, start = script.read_shape[0], script.layer, script.start(script.cell.step)
        told, strided = paddings(script), dict[str, Script]()
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1 and "valid" in told:
            strided = paddings(script, strides=2)
        found = [{mode: places.at_ends(other, start) for mode, other in layers.items()} for layers in (told, strided)]
        followed = [known for there in found for known in there.values()]
        near, every = [places.nearest(known, start) for known in followed], [at for known in followed for at in known]
        ends = [at for known in found[0].values() for at in (known[0], known[-1])]
        own, read = places.nearest(found[0][layer.padding], start), {tap.step for at in every for tap in at.taps}
        super().__init__(script, form, own.step, places.ends_axis(form, length, read, near, ends))
        self.write((n.text for step, n in self.signal.items() if self.wide.has(step)), self.wide)
        self.start = own.start
        self.bands, self.strided = (
            {mode: self._band(mode, layers[mode], there) for mode, there in known.items()}
            for layers, known in zip((told, strided), found, strict=True)
        )
        self._arrange()

    def _band(self, mode: str, script: Script, found: list[Place]) -> Band:
        shown = [p if script is self.script else p.unnamed for p in found if p.is_on(self.wide)]
        key = f"{mode} strides" if script.layer.strides > self.layer.strides else mode
        sides = script.layer.left_pad(self.length), max(0, found[-1].taps[-1].step - (self.length - 1))
        return Band(key, mode, script, tuple(shown), sides, script.shape[0])

    def _arrange(self) -> None:
        """The heights of all rows, each as far below the one above it as bars and their numbers need."""
        gap, top, clear = (10.0, 96.0, CLEAR) if self.form.is_narrow else (24.0, 88.0, 2 * CLEAR)
        every = [place for bands in (self.bands, self.strided) for band in bands.values() for place in band.places]
        up, down = benches.extent(place.output.value for place in every)
        under, many = 0.0 if self.form.points else -16.0, len(self.bands)  # on paper a caption may have two lines
        apart, above = up + down or 1.0, pieces.ABOVE + HIGH * self.size(self.wide) + clear
        room = pieces.ABOVE + HIGH * (self.size(self.wide) or SMALL) + clear
        look = dict(gap=gap, below=0.0, under=under, top=top, largest=120.0)
        self.stage = self.fit([Fraction(apart * many)], (), (), above=above, between=room * many - above, **look)
        self.low = down * self.stage.lowest
        floor, step = self.form.height - 156.0 - under - self.low, apart * self.stage.lowest + room
        self.floors = {mode: floor - place * step for place, mode in enumerate(reversed(self.bands))}

    def row(self, band: Band) -> Bench:
        """The row of outputs of a layer."""
        return replace(self.on(self.wide), floor=self.floors[band.mode])

    def lay_stage(self, draft: Draft, at: Place, steps: Iterable[int]) -> None:
        """The signal with a zero at each of the ``steps``, dashed places, and the kernel on a window."""
        bench = self.on(self.wide)
        self.lay(draft, bench, at.taps)
        del draft.marks["name", *W]
        pieces.name(draft, W, "kernel", bench.kernel, "formula")
        for key in [(*X, tap.step, part) for tap in at.taps if tap.padded for part in ("bar", "digits")]:
            draft.marks.pop(key, None)
        texts = {step: str(step).replace("-", style.MINUS) for step in sorted(steps) if bench.axis.has(step)}
        fits = benches.fitting(0.8 * bench.axis.pitch, texts.values(), (self.form.small, 0.0))
        half, size = bench.axis.bar / 2, bench.size
        foot, top = bench.foot, max(bench.top + 10, bench.foot - max(1.1 * size, min(2 * half, 40.0)))
        look: dict[str, Any] = {"light": 0.0, "size": 3, "dash": min(8, half), "hollow": True, "radius": 4.0}
        for step, text in texts.items():
            x = bench.axis.x(step)
            draft.put("zero", ("zero", step, "place"), plate("quiet", x - half, top, x + half, foot, edge=FULL, **look))
            if size:
                draft.put("zero", ("zero", step), words("0", x, (top + foot) / 2, size, "quiet"))
            if fits:
                draft.put("ruler", ("ruler", step), words(text, x, pieces.RULER, fits, "quiet"))

    def _number_taps(self, *_: Any) -> None:
        """No index is spoken of here."""

    def lay_head(self, draft: Draft) -> None:
        """What stands in the last column, above it."""
        right, y = self.form.width - self.form.margin, min(self.floors.values()) - 1.35 * PARTIAL
        draft.put("count", ("counted",), words("outputs", right, y, self.form.small, "quiet", align=1))

    def lay_row(self, draft: Draft, band: Band, lit: Collection[int] | None, at: Place | None) -> None:
        """The outputs of a layer, ``lit`` or not (all when None), over a line as long as the samples, and how many
        there are. Where numbers have no room the output nearest to the place ``at`` has its own.
        """
        bench, row, form, known = self.row(band), band.row, self.form, band.places
        (left, right), aside = map(self.wide.x, (0, self.length - 1)), 0.4 * self.wide.pitch
        pieces.baseline(draft, (*Y, band.mode), left - aside, right + aside, bench.floor)
        lay_outputs(draft, bench, row, known, lit)
        one = min(known, key=lambda place: abs(place.start - at.start), default=None) if at else None
        is_bare = not any(key[:2] == row and key[-1] == "digits" for key in draft.marks)
        if one and is_bare and (lit is None or one.step in lit):
            number = pieces.digits(draft, (*row, one.step), one.output.text, SMALL)
            high = _top(draft, row, number)  # it stands over the bars beside it, too
            draft.change([(*row, one.step, "digits")], y=high - pieces.ABOVE - DIGIT * SMALL / 2)
        shade = "ink" if lit is None or lit else "quiet"
        pieces.name(draft, (*Y, band.mode), f"`{band.mode}`", bench.floor, shade)
        right, size = form.width - form.margin, TEXT if form.is_narrow else PARTIAL
        y, outputs = bench.floor - DIGIT * size / 2, f"{band.outputs:,}" if band.outputs else "?"
        draft.put("count", ("count", band.mode), words(outputs, right, y, size, shade, align=1))

    def lay_passed(self, draft: Draft, whole: Band, band: Band) -> None:
        """Outputs of a ``whole`` layer become those that a ``band`` with strides makes of the same windows; those that
        it passes over stand back between them, where they have numbers.
        """
        taken, row = {at.home for at in band.places}, self.row(whole)
        for start, part in product(whole.windows.keys() & band.windows, ("bar", "digits")):
            own, old = ((*other.row, other.windows[start].step, part) for other in (band, whole))
            draft.change({own} & draft.marks.keys(), copy_of=old)
        if places.size_on(row.axis, [at.output.text for at in whole.places]):
            passed = [at for at in whole.places if at.start not in band.windows and at.home not in taken]
            lay_outputs(draft, row, whole.row, passed, ())

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
        x = max(x, draft.marks["leg",].right + 4)
        for n, (text, role) in enumerate(parts if size and len(at.taps) <= LISTED else ()):
            x = draft.put("sum", ("sum", band.mode, n), words(text, x, number.y, size, role, align=-1)).right

    def lay_asked(self, draft: Draft, bands: Iterable[Band]) -> None:
        """Keras's numbers, each beside ours, where all are known and have room; above all rows, whose they are."""
        found = [self._beside(draft, band) for band in bands]
        if all(found):
            for key, text in (beside for row in found for beside in row.items()):
                draft.put("compared", key, text)
            said, y = f"= {self.script.check.library.rstrip('0123456789. ')}", draft.marks["counted",].y
            name = words(said, self.form.margin, y, self.form.small, "kernel", align=-1)
            draft.put("party", ("keras", "name"), name)

    def _beside(self, draft: Draft, band: Band) -> dict[Key, Mark]:
        """Keras's numbers beside those of a row; none where one is another, or has no room."""
        found, end = dict[Key, Mark](), draft.marks["counted",].left - CLEAR
        for at in reversed(band.places):
            key = (*band.row, at.step)
            bar, number = draft.marks[*key, "bar"], draft.marks.get((*key, "digits"))
            if self.script.shown.note or number is None or band.script.asked(at.step, 0) != at.output.value:
                return {}
            text = words(f"= {number.text}", number.right + 10, number.y, number.size, "kernel", align=-1)
            if text.right > end:
                return {}
            found["keras", *key], end = text, min(bar.left, number.left) - CLEAR
        return found

    def lay_leg(self, draft: Draft, at: Place, band: Band, *own: Any) -> None:
        """What a window gives: a leg of the kernel's card down to its output, behind all rows that it passes."""
        x, half, end = self.wide.x(at.home), 0.45 * self.wide.pitch, self.floors[band.mode] + self.low + CLEAR
        leg = plate("kernel", x - half, self.stage.middle, x + half, end, light=pieces.BAND, z=-5)
        draft.put("rig", ("leg", *own), leg)


def _top(draft: Draft, row: Key, text: Mark) -> float:
    """The upper end of a row's bars where words stand over several of them."""
    bars = [mark for key, mark in draft.marks.items() if key[:2] == row and key[-1] == "bar"]
    return min(bar.top for bar in bars if abs(bar.x - text.x) < (bar.width + text.width) / 2)
