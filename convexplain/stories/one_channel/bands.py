"""Layers that differ in their padding alone, on one stage: the signal with the zeros around it, the kernel on a window,
and a row of outputs for each layer.

A window is known by the step it starts at: it is the same in every layer that has it, and so is its output.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.calculator import honest
from convexplain.board.marks import CARD, DIGIT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Draft, Format, Mark, line, plate
from convexplain.board.text import words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import LISTED, Place
from convexplain.stories.one_channel.track import HIGH, Bench, Track, W, X, Y, columns, lay_outputs
from convexplain.stories.script import Script

TAPS = 8
"""The most taps whose edges are all drawn."""
ROOMS, CLEAR, LANE, TIP, ASLANT = (68.0, 64.0, 12.0, 90.0), 14.0, 72.0, 16.0, 22.0
"""In a film: the room for the number over a bar, for the edges below the kernel, around the kernel, and above the
signal; what is kept clear inside a frame; the highest that windows beside each other are; from a path's tip to its
number, and how high above its tip it turns there.
"""


class Band(NamedTuple):
    """A layer with one padding: its places in view, the zeros on both ``sides`` of the samples, and its outputs (0
    while they are not counted).
    """

    mode: str
    script: Script
    places: tuple[Place, ...]
    sides: tuple[int, int]
    outputs: int

    @property
    def row(self) -> tuple[Any, ...]:
        """What the keys of its outputs begin with."""
        return (*Y, self.mode)

    @property
    def reads(self) -> set[int]:
        """The steps outside the signal that are read in view."""
        return {tap.step for place in self.places for tap in place.taps if tap.padded}

    @property
    def windows(self) -> dict[int, Place]:
        """The places by the steps at which their windows start."""
        return {place.start: place for place in self.places}

    @property
    def awaited(self) -> Band:
        """The layer while none of its outputs is there."""
        return self._replace(places=(), outputs=0)

    @property
    def reason(self) -> str:
        """Why it has so many outputs: samples and zeros, less the steps of a window, and one; or, of `same` with
        strides, the samples by these. Nothing where there is no such short sum.
        """
        layer, length = self.script.layer, self.script.read_shape[0]
        if layer.strides == 1:
            zeros = [f"{sum(self.sides):,}"] * any(self.sides)
            return phrases.added([f"{length:,}", *zeros, f"{style.MINUS}{layer.span:,}", "1"], "").rstrip()
        even = " =" if length % layer.strides == 0 else ", rounded up:"
        return f"{length:,} / {layer.strides}{even}" if self.mode == "same" else ""


def paddings(script: Script, modes: Iterable[str] = PADDINGS, **changes: int) -> dict[str, Script]:
    """The told layer, and its siblings with the other paddings; those that Keras refuses are left out."""
    own = None if changes else script.layer.padding
    layers = {mode: script if mode == own else script.sibling(padding=mode, **changes) for mode in modes}
    return {mode: layer for mode, layer in layers.items() if layer is not None}


class Bands(Track):
    """The told layer with each padding, in one format; ``strided`` are `valid` and `same` with strides 2, where the
    told layer has strides and dilation 1: their outputs stand under the steps where they would without strides. All
    stand on one axis.
    """

    apart, flattest, called = 0.75, math.inf, "signal"

    def __init__(self, script: Script, form: Format) -> None:
        length, layer, start = script.read_shape[0], script.layer, script.start(script.cell.step)
        told, strided = paddings(script), dict[str, Script]()
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1 and "valid" in told:
            strided = paddings(script, ("valid", "same"), strides=2)
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
        if script.layer.strides > self.layer.strides:  # they have the names of those that stand there without strides
            shown = [place._replace(step=place.home) for place in shown]
        sides = script.layer.left_pad(self.length), max(0, found[-1].taps[-1].step - (self.length - 1))
        return Band(mode, script, tuple(shown), sides, script.shape[0])

    def _arrange(self) -> None:
        """The heights of all rows; outputs are as close as their bars allow, evenly, and have room for their counts."""
        room, self.fan, gap, top = (46.0, 46.0, 10.0, 96.0) if self.form.is_narrow else ROOMS
        size, rows = self.size(self.wide), self.bands.values()
        ends = [benches.extent(place.output.value for place in band.places) for band in rows]
        room += 0.0 if size else 14.0  # for the arrows to a number that is over others
        (up, _), (_, down) = ends[0], ends[-1]
        apart, least = max(rise + hangs for (_, hangs), (rise, _) in pairwise(ends)) or 1.0, math.inf
        above, look = pieces.ABOVE + HIGH * size + CLEAR, dict(gap=gap, below=0.0, under=20.0, top=top, largest=120.0)
        for _ in range(2):  # again where rows are too close for their counts
            room = max(room, 2.25 * self.form.small - least)
            between, sums = room * len(rows) + self.fan + 20 - above, up + apart * (len(rows) - 1) + down
            self.stage = self.fit([Fraction(sums)], (), (), above=above, between=between, **look)
            least = apart * self.stage.lowest
        floor = self.form.height - 176.0 - down * self.stage.lowest
        self.floors = {mode: floor - n * (least + room) for n, mode in enumerate(reversed(self.bands))}

    def row(self, mode: str) -> Bench:
        """The row of outputs of a padding."""
        return replace(self.on(self.wide), floor=self.floors[mode])

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

    def lay_windows(self, draft: Draft, band: Band) -> None:
        """All windows of a layer in the place of the kernel, in as many lanes as overlap; each has the kernel's numbers
        where they have room.
        """
        draft.marks = {key: mark for key, mark in draft.marks.items() if W[0] not in key}
        spans, size = [columns(place.taps, self.wide) for place in band.places], self.size(self.wide)
        pairs = ((lanes, zip(spans, spans[lanes:], strict=False)) for lanes in range(1, len(spans) + 1))
        lanes = next(lanes for lanes, met in pairs if all(one[1] < two[0] for one, two in met))
        top, highest = self.stage.middle, min(mark.top for key, mark in draft.marks.items() if key[0] == Y[0])
        high = min(LANE, (max(self.stage.bottom + self.fan, highest - 60) - top) / lanes)
        for n, (place, (left, right)) in enumerate(zip(band.places, spans, strict=True)):
            y, key = top + n % lanes * high, ("window", place.start)
            card = plate("kernel", left + CLEAR, y, right - CLEAR, y + 0.86 * high, light=CARD, edge=FULL, size=3)
            draft.put("window", key, card.at(copy_of=("rig", *W, "frame")))
            for tap in place.taps if 0 < 1.1 * size < card.height and self.taps == self.told.taps else ():
                digits = words(tap.weight.text, self.wide.x(tap.step), card.y, size, "formula")
                draft.put("window", (*key, tap.k), digits.at(copy_of=(*W, tap.k, "digits")))
        pieces.name(draft, W, "windows", top + 0.43 * high * lanes + DIGIT * self.form.small / 2, "formula")
        self._lay_threads(draft, band)

    def _lay_threads(self, draft: Draft, band: Band) -> None:
        """From each of all windows down to the number of its output, where no other mark is in the way of any."""
        others = [mark for mark in draft.marks.values() if mark.kind != "line"]
        for aside in (0.0, self.wide.pitch / 2):
            paths = dict[tuple[Any, ...], Mark]()
            for place in band.places:
                number, x = draft.marks.get((*band.row, place.step, "digits")), self.wide.x(place.home) + aside
                y = draft.marks["window", place.start].bottom + 10
                if number and number.top > y + 20 and not edges.is_crossed((x, y, x, number.top - TIP), others):
                    paths["path", band.mode, place.step] = _lead(x, y, number)
            if len(paths) == len(band.places):
                draft.marks |= paths
                return

    def lay_row(self, draft: Draft, band: Band, lit: Collection[int] | None, at: Place | None) -> None:
        """The outputs of a layer, ``lit`` or not (all when None), and how many there are, with the reason where it has
        room. Where numbers have no room the output nearest to the place ``at`` has its own.
        """
        bench, row, form, known = self.row(band.mode), band.row, self.form, band.places
        if known:
            left, right = (self.wide.x(place.home) for place in (known[0], known[-1]))
            aside = 0.4 * self.wide.pitch
            pieces.baseline(draft, row, left - aside, right + aside, bench.floor)
        lay_outputs(draft, bench, row, known, lit)
        one = min(known, key=lambda place: abs(place.start - at.start), default=None) if at else None
        is_bare = not any(key[:2] == row and key[-1] == "digits" for key in draft.marks)
        if one and is_bare and (lit is None or one.step in lit):
            number = pieces.digits(draft, (*row, one.step), one.output.text, SMALL)
            high = _top(draft, band.mode, number)  # it stands over the bars beside it, too
            draft.change([(*row, one.step, "digits")], y=high - pieces.ABOVE - DIGIT * SMALL / 2)
        shade = "ink" if lit is None or lit else "quiet"
        pieces.name(draft, row, f"`{band.mode}`", bench.floor, shade)
        right, size = form.width - form.margin, TEXT if form.is_narrow else PARTIAL
        y, outputs = bench.floor - DIGIT * size / 2, f"{band.outputs:,}" if band.outputs else "?"
        count = draft.put("count", ("count", band.mode), words(outputs, right, y, size, shade, align=1))
        if ("counted",) not in draft.marks:
            draft.put("count", ("counted",), words("outputs", right, y - size, form.small, "quiet", align=1))
        if band.outputs:
            self._lay_reason(draft, band, count, shade)

    def _lay_reason(self, draft: Draft, band: Band, count: Mark, shade: str) -> None:
        """Before a count the sum that it is, right of all outputs and of the paths to them, where the longest sum has
        room; all are written as large.
        """
        end = self.wide.x(self.length - 1) + 0.6 * self.wide.pitch + CLEAR
        reasons = [band.reason, *(own.reason for own in self.bands.values())]
        size = benches.fitting(count.left - CLEAR - end, reasons, (self.form.small, SMALL, 0.0))
        if band.reason and size:
            y = self.floors[band.mode] - DIGIT * size / 2
            reason = words(band.reason, count.left - CLEAR, y, size, shade, align=1)
            draft.put("count", ("count", band.mode, "reason"), reason)

    def lay_sum(self, draft: Draft, at: Place, band: Band) -> None:
        """Beside the number of an output the products that it is the sum of, where they have room."""
        number, sum_ = draft.marks[*band.row, at.step, "digits"], phrases.worked(at.taps, at.output.text)
        sign = "≈" if "≈" in honest(sum_) else "="
        for size in (number.size, SMALL) if len(at.taps) <= LISTED else ():
            said = words(f"{sign} {sum_.rpartition(' = ')[0]}", number.right + CLEAR, number.y, size, "ink", align=-1)
            if said.right < self.wide.right:
                draft.put("sum", ("sum", band.mode), said)
                return

    def lay_edges(self, draft: Draft, at: Place, band: Band) -> None:
        """The edges of a window, each of its tap's colour, to the step of its output, and a path from there to its
        number: in its column, or beside the rows above it, so that it meets none.
        """
        taps = at.taps if len(at.taps) <= TAPS else (at.taps[0], at.taps[-1])
        number, top, y = draft.marks[*band.row, at.step, "digits"], self.stage.bottom + 10, self.stage.bottom + self.fan
        x, aside = self.wide.x(at.home), 0.5 * self.wide.pitch
        rows = [mode for mode in self.bands if self.floors[mode] < self.floors[band.mode]]
        above = [mark for key, mark in draft.marks.items() if key[0] == "y" and key[1] in rows]
        if above and at is band.places[0]:
            x = min([x - aside, *(m.left - 10 for m in above if m.left < x - aside + 6 < m.right)])
        elif above:
            x = max([x + aside, *(m.right + 10 for m in above if m.left < x + aside - 6 < m.right)])
        fan = [edges.Edge(("edge", tap.k), self.tint(tap), (self.wide.x(tap.step), top), (x, y)) for tap in taps]
        edges.lay(draft, fan, size=9.0)
        draft.put("edge", ("path", band.mode, at.step), _lead(x, y, number))

    def tie(self, draft: Draft, above: Band, below: Band) -> None:
        """From the outputs of windows in a row lines to those in the row below that stand later, where these have their
        numbers, and no line passes another one. All are parallel.
        """
        aside, others = 0.4 * self.wide.pitch, [mark for mark in draft.marks.values() if mark.kind == "words"]
        pairs = ((above.windows[at], two) for at, two in below.windows.items() if at in above.windows)
        for one, two in (pair for pair in pairs if pair[0].home < pair[1].home):
            if number := draft.marks.get((*Y, below.mode, two.step, "digits")):
                begin = self.wide.x(one.home) + aside, self.floors[above.mode] + 10
                end = min(self.wide.x(two.home) - aside, number.left - 16), self.floors[below.mode] - 16
                light, size = (FULL, 1.5 * edges.THICK) if one.start == self.start else (SUPPORT, edges.THICK)
                if not edges.is_crossed((*begin, *end), others):
                    link = line("kernel", *begin, *end, light=light, size=size, head=20.0, z=-1)
                    draft.put("link", ("link", below.mode, two.step), link)


def _lead(x: float, y: float, number: Mark) -> Mark:
    """A path from a point down to a number; one between the columns turns to it over its bar."""
    tip = number.top - TIP
    return line("kernel", x, y, x, max(y, tip - ASLANT), number.x, tip, size=edges.THICK, head=20.0, z=-1)


def _top(draft: Draft, mode: str, text: Mark) -> float:
    """The upper end of a row's bars where words stand over several of them."""
    bars = [mark for key, mark in draft.marks.items() if key[:2] == (*Y, mode) and key[-1] == "bar"]
    return min(bar.top for bar in bars if abs(bar.x - text.x) < (bar.width + text.width) / 2)
