"""Layers that differ in their padding alone, on one stage: the signal with the zeros around it, the kernel on a window,
and a row of outputs for each layer.

A window is known by the step it starts at: it is the same in every layer that has it, and so is its output.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces
from convexplain.board.calculator import honest
from convexplain.board.marks import DIGIT, FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Format, Key, Role, line, plate
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import extent
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import LISTED, Place
from convexplain.stories.one_channel.track import HIGH, Bench, Track, W, X, Y, columns, lay_outputs
from convexplain.stories.script import Script

CLEAR, CELL, PAST = 14.0, 0.32, 3
"""What is kept clear around numbers; how bright the cell of a window over its output is; so many places at the end of a
row are seen again.
"""


class Band(NamedTuple):
    """A layer with one padding: its places in view, with the steps they stand under; the steps of its ``zeros`` there,
    how many are on both ``sides``, how many outputs it has (0 while they are not counted), and Keras's by these steps.
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
    """The told layer with each padding, in one format, each in its row, all on one axis; ``strided`` are these with
    strides 2, where the told layer has strides and dilation 1: outputs stand where they do without strides.
    """

    apart, flattest, called, is_indexed = 0.75, math.inf, ("samples", "kernel"), False

    def __init__(self, script: Script, form: Format) -> None:
        length, layer, start = script.read_shape[0], script.layer, script.start(script.cell.step)
        told, strided = paddings(script), dict[str, Script]()
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1 and "valid" in told:
            strided = paddings(script, strides=2)
        found = [{mode: places.at_ends(other, start) for mode, other in layers.items()} for layers in (told, strided)]
        near = [places.nearest(known, start) for there in found for known in there.values()]
        ends = [at for known in found[0].values() for at in (known[0], known[-1])]
        own = places.nearest(found[0][layer.padding], start)
        super().__init__(script, form, own.step, places.ends_axis(form, length, near, ends))
        self.write((n.text for step, n in self.signal.items() if self.wide.has(step)), self.wide)
        stands = {mode: {at.start: at.home for at in known} for mode, known in found[0].items()}
        self.bands, self.strided = (
            {mode: self._band(mode, layers[mode], there, stands[mode]) for mode, there in known.items()}
            for layers, known in zip((told, strided), found, strict=True)
        )
        self.stage, low, last, apart = self._stand()
        bench, deep = self.on(self.wide), low * self.stage.lowest
        floors = {mode: last - n * apart for n, mode in enumerate(reversed(self.bands))}
        self.rows = {mode: replace(bench, floor=y, bottom=y + deep + CLEAR) for mode, y in floors.items()}
        counts, large = [f"{band.outputs:,}" for band in self.bands.values()], PARTIAL if form.is_narrow else HERO
        self.large = benches.fitting(min(66.0, 0.45 * apart), counts, (large, TEXT if form.is_narrow else PARTIAL))

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
        del draft.marks["baseline", *X]
        self.lay_line(draft, X, self.stage.foot)
        for key in [(*X, tap.step, part) for tap in at.taps if tap.padded for part in ("bar", "digits")]:
            draft.marks.pop(key, None)

    def lay_line(self, draft: Draft, key: Key, foot: float) -> None:
        """The line of a row, as long as the samples."""
        (left, right), aside = map(self.wide.x, (0, self.length - 1)), 0.4 * self.wide.pitch
        pieces.baseline(draft, key, left - aside, right + aside, foot)

    def lay_zeros(self, draft: Draft, steps: Iterable[int]) -> None:
        """The zeros of a padding, dashed places beside the samples, with their steps."""
        bench, axis = self.on(self.wide), self.wide
        half = bench.axis.bar / 2
        top = max(bench.top + 10, bench.foot - max(1.1 * bench.size, min(2 * half, 40.0)))
        texts = {step: str(step).replace("-", style.MINUS) for step in sorted(steps) if axis.has(step)}
        fits = benches.fitting(0.8 * axis.pitch, texts.values(), (self.form.small, 0.0))
        look: dict[str, Any] = {"light": 0.0, "size": 3, "dash": min(8, half), "hollow": True, "radius": 4.0}
        for x, key, text in ((axis.x(step), ("zero", step), text) for step, text in texts.items()):
            draft.put("zero", (*key, "place"), plate("sample", x - half, top, x + half, bench.foot, edge=FULL, **look))
            if bench.size:
                draft.put("zero", key, words("0", x, (top + bench.foot) / 2, bench.size, "sample"))
            if fits:
                draft.put("ruler", (*key, "step"), words(text, x, pieces.RULER, fits, "quiet"))

    def lay_row(self, draft: Draft, band: Band, lit: Collection[int] | None, at: Place) -> None:
        """The outputs of a layer, ``lit`` or not (all when None), with their numbers, where these have no room that of
        the output nearest to the place ``at``; and how many there are, in the light if all are.
        """
        bench, row, known = self.rows[band.mode], band.row, band.places
        self.lay_line(draft, row, bench.floor)
        lay_outputs(draft, bench, row, known, lit)
        one = min(known, key=lambda place: abs(place.start - at.start), default=None)
        is_bare = not any(key[:2] == row and key[-1] == "digits" for key in draft.marks)
        if one and is_bare and (lit is None or one.step in lit):
            pieces.digits(draft, (*row, one.step), one.output.text, SMALL)
            pieces.lift(draft, [(*row, place.step) for place in known])
        pieces.name(draft, row, f"`{band.mode}`", bench.floor, "ink" if lit is None or lit else "quiet")
        at_end = self.form.width - self.form.margin, bench.floor - DIGIT * self.large / 2, self.large
        outputs = f"{band.outputs:,}" if band.outputs else "?"
        draft.put("count", ("count", band.mode), words(outputs, *at_end, "ink" if lit is None else "quiet", align=1))

    def lay_sum(self, draft: Draft, at: Place, band: Band) -> None:
        """Beside the number of an output the products that it is the sum of, where they have room, clear of the leg."""
        number, sum_ = draft.marks[*band.row, at.step, "digits"], phrases.worked(at.taps, at.output.text)
        sign, parts = "≈" if "≈" in honest(sum_) else "=", list[tuple[str, Role]]()
        for tap in at.taps:
            sample, weight = phrases.times(tap.sample), phrases.times(tap.weight)
            parts += [(f" {'+' if parts else sign} {sample}×", "ink"), (weight, "kernel")]
        x = max(number.right, draft.marks["leg", band.mode].right + 4)
        long = advance(runs_of("".join(text for text, _ in parts)))
        end = draft.marks["counted",].left - CLEAR
        size = next((size for size in (number.size, SMALL) if x + long * size < end), 0.0)
        for n, (text, role) in enumerate(parts if size and len(at.taps) <= LISTED else ()):
            x = draft.put("sum", ("sum", band.mode, n), words(text, x, number.y, size, role, align=-1)).right

    def lay_asked(self, draft: Draft) -> None:
        """Keras's lists in place of the counts, where all outputs are in view, are ours and have room."""
        bands, head = (self.strided or self.bands).values(), draft.marks["counted",]
        texts = {band.mode: f"[{', '.join(at.output.text for at in band.places)}]" for band in bands}
        room = head.right - draft.marks["baseline", *X].right - 2 * CLEAR
        size = benches.fitting(room, texts.values(), (PARTIAL, TEXT, SMALL, 0.0))
        ours = [{at.step: at.output.value for at in band.places} for band in bands]
        if self.script.shown.note or not size or ours != [band.asked for band in bands]:
            return
        for key in [key for key in draft.marks if key[0] in ("counted", "count")]:
            del draft.marks[key]
        name, right = self.script.check.library.rstrip("0123456789. "), head.right
        draft.put("compared", ("keras",), words(name, right, head.y, head.size, "quiet", align=1))
        for mode, text in texts.items():
            y = self.rows[mode].floor - DIGIT * size / 2
            draft.put("compared", ("keras", mode), words(text, right, y, size, align=1))

    def lay_leg(self, draft: Draft, at: Place, mode: str) -> None:
        """What a window gives in a row: the column of its cell, brighter on the card, is a leg down to the output."""
        x, half, stage, low = self.wide.x(at.home), 0.45 * self.wide.pitch, self.stage, self.rows[mode].bottom
        leg = plate("kernel", x - half, stage.top, x + half, low, light=pieces.BAND, z=-5)
        draft.put("rig", ("leg", mode), leg)
        cell = plate("kernel", x - half, stage.middle, x + half, stage.bottom, light=CELL, z=-2.5)
        draft.put("rig", ("leg", mode, "cell"), cell)

    def lay_past(self, draft: Draft, band: Band) -> list[Place]:
        """The last three places of a row: where each begins, and an arrow from there to where the next one does."""
        stage, short, starts = self.stage, 0.12 * self.wide.pitch, list(map(band.script.start, range(band.outputs)))
        past = starts.index(band.places[-1].start) + 1
        seen = [at for at in band.places if at.start in starts[max(0, past - PAST) : past]]
        top, y, low = stage.top, (stage.middle + stage.bottom) / 2, stage.bottom
        for at, after in pairwise(seen):
            x, end = (columns(place.taps, self.wide)[0] for place in (at, after))
            key, edge = ("past", band.mode, at.start), (x + short, top, x, top, x, low, x + short, low)
            draft.put("rig", key, line("kernel", *edge, size=3, light=0.5, z=-6))
            draft.put("rig", (*key, "on"), line("kernel", x + CLEAR, y, end - CLEAR, y, size=4, head=20.0, z=-6))
        return seen
