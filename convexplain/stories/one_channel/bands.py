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
from convexplain.board import edges, pieces
from convexplain.board.marks import CARD, DIGIT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Draft, Format, Mark, line, plate
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import HIGH, INDEX, THREAD, Bench, Track, W, X, Y, columns, lay_outputs
from convexplain.stories.script import Script

TAPS = 8
"""The most taps whose edges are all drawn."""
ROOMS, CLEAR, LANE, TIP = (68.0, 44.0, 12.0, 90.0), 14.0, 72.0, 16.0
"""In a film: the room for the number over a bar, for the edges below the kernel, around the kernel, and above the
signal; what is kept clear inside a frame; the highest that windows beside each other are; from a path's tip to its
number.
"""


class Band(NamedTuple):
    """A layer with one padding: its places in view, the zeros on both ``sides`` of the samples, its outputs (0 while
    they are not counted), and which output ``t`` of its own each step is.
    """

    mode: str
    script: Script
    places: tuple[Place, ...]
    sides: tuple[int, int]
    outputs: int
    t: Mapping[int, int]

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


def paddings(script: Script, **changes: int) -> dict[str, Script]:
    """The told layer, and its siblings with the other paddings; those that Keras refuses are left out."""
    own = None if changes else script.layer.padding
    layers = {mode: script if mode == own else script.sibling(padding=mode, **changes) for mode in PADDINGS}
    return {mode: layer for mode, layer in layers.items() if layer is not None}


class Bands(Track):
    """The told layer with each padding, in one format; ``strided`` and ``dilated`` are the same with strides 2 and with
    dilation 2, where the told layer has neither, and without a dilated `causal` where its zeros have no room. A strided
    layer has every second place of the one without strides, its outputs as many steps behind the window's start as it
    has zeros in front. All stand on one axis.
    """

    apart, flattest, names_taps = 0.75, math.inf, False

    def __init__(self, script: Script, form: Format) -> None:
        length, layer, start = script.read_shape[0], script.layer, script.start(script.cell.step)
        told = [paddings(script), dict[str, Script](), dict[str, Script]()]
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1:
            has_room = replace(layer, dilation_rate=2).span <= places.MOST
            others = paddings(script, strides=2), paddings(script, dilation_rate=2) if has_room else {}
            told[1:] = [layers if layers.keys() == told[0].keys() else {} for layers in others]
        found = [{mode: places.at_ends(other, start) for mode, other in layers.items()} for layers in told]
        if length - min((at.start for at in found[2].get("causal", ())), default=0) > places.WIDE:
            found[2].pop("causal", None)
        followed = [known for there in found for known in there.values()]
        near, every = [places.nearest(known, start) for known in followed], [at for known in followed for at in known]
        ends = [at for known in found[0].values() for at in (known[0], known[-1])]
        own, read = places.nearest(found[0][layer.padding], start), {tap.step for at in every for tap in at.taps}
        super().__init__(script, form, own.step, places.ends_axis(form, length, read, near, ends))
        self.write((n.text for step, n in self.signal.items() if self.wide.has(step)), self.wide)
        self.start = own.start
        self.bands, self.strided, self.dilated = (
            {mode: self._band(mode, layers[mode], there) for mode, there in known.items()}
            for layers, known in zip(told, found, strict=True)
        )
        for mode, band in self.strided.items():  # they have the names of those that stand there without strides
            known = tuple(place._replace(step=place.home) for place in band.places)
            self.strided[mode] = band._replace(places=known, t={place.home: place.step for place in band.places})
        self._arrange()

    def _band(self, mode: str, script: Script, found: list[Place]) -> Band:
        shown = tuple(p if script is self.script else p.unnamed for p in found if p.is_on(self.wide))
        sides = script.layer.left_pad(self.length), max(0, found[-1].taps[-1].step - (self.length - 1))
        return Band(mode, script, shown, sides, script.shape[0], {place.step: place.step for place in shown})

    def _arrange(self) -> None:
        """The heights of all rows; outputs are as close as their bars allow, evenly, and have room for their names."""
        room, self.fan, gap, top = (46.0, 32.0, 10.0, 96.0) if self.form.is_narrow else ROOMS
        rows = [[*band.places, *self.dilated.get(mode, band).places] for mode, band in self.bands.items()]
        size, ends = self.size(self.wide), [benches.extent(place.output.value for place in row) for row in rows]
        room += 0.0 if size else 14.0  # for the arrows to a number that is over others
        (up, _), (_, down) = ends[0], ends[-1]
        apart, least = max(rise + hangs for (_, hangs), (rise, _) in pairwise(ends)) or 1.0, math.inf
        above, look = pieces.ABOVE + HIGH * size + CLEAR, dict(gap=gap, below=INDEX, under=20.0, top=top, largest=120.0)
        for _ in range(2):  # again where rows are too close for their names
            room = max(room, 2.25 * self.form.small - least)
            between, sums = room * len(rows) + self.fan + 20 - above, up + apart * (len(rows) - 1) + down
            self.stage = self.fit([Fraction(sums)], (), (), above=above, between=between, **look)
            least = apart * self.stage.lowest
        floor = self.form.height - 176.0 - down * self.stage.lowest
        self.floors = {mode: floor - n * (least + room) for n, mode in enumerate(reversed(self.bands))}

    def row(self, mode: str) -> Bench:
        """The row of outputs of a padding."""
        return replace(self.on(self.wide), floor=self.floors[mode])

    def lay_stage(self, draft: Draft, at: Place, steps: Iterable[int], told: bool, zero: str = "0") -> None:
        """The signal with a ``zero`` at each of the ``steps``, dashed places, and the kernel on a window."""
        bench = self.on(self.wide)
        self.lay(draft, bench, at.taps)
        if index := draft.marks.get((*W, at.taps[0].k, "index")):
            pieces.name(draft, (*W, "k"), "tap *k*", index.y + DIGIT * self.form.small / 2, "formula")
        for key in [(*X, tap.step, part) for tap in at.taps if tap.padded for part in ("bar", "digits")]:
            draft.marks.pop(key, None)
        texts = {step: str(step).replace("-", style.MINUS) for step in sorted(steps) if bench.axis.has(step)}
        fits = benches.fitting(0.8 * bench.axis.pitch, texts.values(), (self.form.small, 0.0))
        half, size = bench.axis.bar / 2, bench.size
        foot, top = bench.foot, max(bench.top + 10, bench.foot - max(1.1 * size, min(2 * half, 40.0)))
        look: dict[str, Any] = {"light": 0.0, "size": 3, "dash": min(8, half), "hollow": True, "radius": 4.0}
        for step, text in texts.items():
            x, role = bench.axis.x(step), "lit" if step < 0 and told else "quiet"
            draft.put("zero", ("zero", step, "place"), plate(role, x - half, top, x + half, foot, edge=FULL, **look))
            if size:
                draft.put("zero", ("zero", step), words(zero, x, (top + foot) / 2, size, role))
            if fits:
                draft.put("ruler", ("ruler", step), words(text, x, pieces.RULER, fits, role))

    def lay_windows(self, draft: Draft, band: Band) -> None:
        """All windows of a layer in the place of the kernel, in as many lanes as overlap; each has the taps, or says
        which output it makes where their numbers have no room.
        """
        draft.marks = {key: mark for key, mark in draft.marks.items() if W[0] not in key}
        spans, small, size = [columns(p.taps, self.wide) for p in band.places], self.form.small, self.size(self.wide)
        pairs = ((lanes, zip(spans, spans[lanes:], strict=False)) for lanes in range(1, len(spans) + 1))
        lanes = next(lanes for lanes, met in pairs if all(one[1] < two[0] for one, two in met))
        key, top = ("window", band.script.layer.strides), self.stage.middle
        highest = min(mark.top for key, mark in draft.marks.items() if key[0] == Y[0])
        high = min(LANE, (max(self.stage.bottom + self.fan, highest - 60) - top) / lanes)
        for n, (place, (left, right)) in enumerate(zip(band.places, spans, strict=True)):
            y, t = top + n % lanes * high, band.t[place.step]
            card = plate("kernel", left + CLEAR, y, right - CLEAR, y + 0.86 * high, light=CARD, edge=FULL, size=3)
            draft.put("window", (*key, t), card.at(copy_of=("rig", *W, "frame")))
            if 0 < 1.1 * size < card.height and self.taps == self.told.taps:
                for tap in place.taps:
                    digits = words(tap.weight.text, self.wide.x(tap.step), card.y, size, "formula")
                    draft.put("window", (*key, t, tap.k), digits.at(copy_of=(*W, tap.k, "digits")))
                continue
            label = words(f"*y*[{t}]", card.x, card.y, min(small, max(SMALL, card.height / 1.2)), "ink")
            if label.width < card.width - 2 * CLEAR and 1.1 * label.size < card.height:
                draft.put("window", ("label", band.mode, *key, t), label)
        pieces.name(draft, W, "windows", top + 0.43 * high * lanes + DIGIT * small / 2, "formula")
        self._lay_threads(draft, band)

    def _lay_threads(self, draft: Draft, band: Band) -> None:
        """From each of all windows down to the number of its output, where no other mark is in the way of any."""
        others, paths = [mark for mark in draft.marks.values() if mark.kind != "line"], list[tuple[int, Mark]]()
        for place in band.places:
            t, number = band.t[place.step], draft.marks.get((*Y, band.mode, place.step, "digits"))
            y = draft.marks["window", band.script.layer.strides, t].bottom + 10
            if not number or number.top < y + 20:
                return
            path = _lead(x := self._between(draft, place, band.mode, number), y, number)
            if edges.is_crossed((x, y, x, max(path.points[1::2])), others):
                return
            paths.append((t, path))
        for t, path in paths:
            draft.put("edge", ("path", band.mode, t), path)

    def bracket(self, draft: Draft, sides: tuple[int, int]) -> None:
        """A bracket on the ruler over the signal with the zeros on its ``sides``, and how many steps these are."""
        edge, y, small = 0.45 * self.wide.pitch, pieces.RULER + 22, self.form.small
        left, right = self.wide.x(-sides[0]) - edge, self.wide.x(self.length - 1 + sides[1]) + edge
        draft.put("ruler", ("ruler", "span"), line("lit", left, y - 10, left, y, right, y, right, y - 10, size=4))
        many = words(f"{self.length + sum(sides):,} steps", right + CLEAR, pieces.RULER, small, "lit", -1)
        if many.right < self.form.width - 4:
            draft.put("ruler", ("ruler", "many"), many)

    def name_outputs(self, draft: Draft, band: Band, lit: Collection[int] | None = None) -> None:
        """Below the outputs at the steps ``lit``, or all, which ones they are, where no other mark is in the way; in
        the place of their numbers where these have no room.
        """
        rows = [(*Y, band.mode, place.step) for place in band.places if lit is None or place.step in lit]
        over, small = any((*row, "digits") not in draft.marks for row in rows), self.form.small
        half, role, names = 0.538 * small, "formula" if lit is None else "lit", list[Mark]()
        for row in rows:
            name = words(f"*y*[{band.t[row[-1]]}]", draft.marks[*row, "bar"].x, 0.0, small, role)
            top, bottom = _ends(draft, band.mode, name)
            names.append(name.at(y=top - half if over else bottom + half))
        for row in rows if over else ():
            draft.marks.pop((*row, "digits"), None)
        others = [*names, *(mark for mark in draft.marks.values() if mark.kind in ("bar", "words"))]
        if not any(_meet(name, other) for name in names for other in others):
            for row, name in zip(rows, names, strict=True):
                draft.put("name", ("t", *row), name)

    def lay_row(self, draft: Draft, band: Band, lit: Collection[int] | None, at: Place | None, told: bool) -> None:
        """The outputs of a layer and their number, ``lit`` or not (all when None). Where p is ``told`` it is written.
        Where numbers have no room the output nearest to the place ``at`` has its own.
        """
        bench, row, form, known = self.row(band.mode), (*Y, band.mode), self.form, band.places
        pieces.baseline(draft, row, bench.axis.left, bench.axis.right, bench.floor)
        lay_outputs(draft, bench, row, known, lit)
        pieces.name(draft, row, f"`{band.mode}`", bench.floor, "formula")
        one = min(known, key=lambda place: abs(place.start - at.start), default=None) if at else None
        is_bare = not any(key[:2] == row and key[-1] == "digits" for key in draft.marks)
        if one and is_bare and (lit is None or one.step in lit):
            number = pieces.digits(draft, (*row, one.step), one.output.text, SMALL)
            high, _ = _ends(draft, band.mode, number)  # it stands over the bars beside it, too
            draft.change([(*row, one.step, "digits")], y=high - pieces.ABOVE - DIGIT * SMALL / 2)
        shade, yellow = ("ink", "lit") if lit is None or lit else ("quiet", "quiet")
        name, small = draft.marks["name", *row], form.small
        draft.marks["name", *row] = name.at(y=name.y - (30 if form.is_narrow else 44), role=shade)
        if told:
            p = words(f"*p* = {band.sides[0] if known else '?'}", form.margin, name.y, small, yellow, -1)
            draft.put("name", ("name", *row, "p"), p)
        right, size = form.width - form.margin, TEXT if form.is_narrow else PARTIAL
        y, outputs = bench.floor - DIGIT * size / 2, f"{band.outputs:,}" if band.outputs else "?"
        draft.put("count", ("count", band.mode), words(outputs, right, y, size, shade, align=1))
        if band.mode == next(iter(self.bands)):
            draft.put("count", ("counted",), words("outputs", right, y - size, small, "quiet", align=1))

    def lay_edges(self, draft: Draft, at: Place, mode: str) -> None:
        """The edges of a window, each of its tap's colour, to the step of its output, and a path from there to its
        number: between the columns, so that it meets no other row's.
        """
        taps = at.taps if len(at.taps) <= TAPS else (at.taps[0], at.taps[-1])
        number, top, y = draft.marks[*Y, mode, at.step, "digits"], self.stage.bottom + 10, self.stage.bottom + self.fan
        x = self._between(draft, at, mode, number)
        fan = [edges.Edge(("edge", tap.k), self.tint(tap), (self.wide.x(tap.step), top), (x, y)) for tap in taps]
        edges.lay(draft, fan, size=9.0)
        draft.put("edge", THREAD, _lead(x, y, number))

    def _between(self, draft: Draft, at: Place, mode: str, number: Mark) -> float:
        """Where a path leads down to the ``number`` of an output: in its column in the first row, else beside it on the
        side of the window, and beside the wide numbers of other rows.
        """
        x, (left, right) = self.wide.x(at.home), columns(at.taps, self.wide)
        if mode == next(iter(self.bands)):
            return x
        x += self.wide.pitch / 2 * (1 if left + right > 2 * x + 1 else -1)
        others = (mark for key, mark in draft.marks.items() if key[0] == "y" and key[-1] == "digits")
        return min([x, *(mark.left - 10 for mark in others if mark.left < x + 6 < mark.right and mark.y < number.y)])

    def lay_formula(self, draft: Draft, layer: Any, named: bool) -> None:
        """The formula of a layer, where p are the zeros before the samples; an output that is ``named`` is its t."""
        parts = [p for p in phrases.layer_formula(layer, self.length, channels=False) if p.name != "pad"]
        parts[-1:-1] = [Part("minus p", f" {style.MINUS} "), Part("pad", "*p*")]
        lit = ["pad", "stride", "dilation", *["t", "t of x"] * named]
        pieces.formula(draft, parts, lit, key=(layer.strides, layer.dilation_rate))

    def tie(self, draft: Draft, above: Band, below: Band) -> None:
        """From the outputs of windows in a row lines to those in the row below, where these have their numbers, and no
        line passes another one. All are parallel.
        """
        aside, others = 0.4 * self.wide.pitch, [mark for mark in draft.marks.values() if mark.kind == "words"]
        pairs = ((above.windows[at], two) for at, two in below.windows.items() if at in above.windows)
        for one, two in pairs:
            if number := draft.marks.get((*Y, below.mode, two.step, "digits")):
                begin = self.wide.x(one.home) + aside, self.floors[above.mode] + 10
                end = min(self.wide.x(two.home) - aside, number.left - 16), self.floors[below.mode] - 16
                light, size = (FULL, 1.5 * edges.THICK) if one.start == self.start else (SUPPORT, edges.THICK)
                if not edges.is_crossed((*begin, *end), others):
                    link = line("kernel", *begin, *end, light=light, size=size, head=20.0, z=-1)
                    draft.put("link", ("link", below.mode, two.step), link)


def _lead(x: float, y: float, number: Mark) -> Mark:
    """A path from a point down to a number: to its side or, where that is too near, to its top."""
    points = (x, y, x, number.y, number.left - TIP if x < number.x else number.right + TIP, number.y)
    if abs(x - number.x) < number.width / 2 + TIP + 10:
        points = (x, y, x, y, x, number.top - TIP)
    return line("kernel", *points, size=edges.THICK, head=20.0, z=-1)


def _ends(draft: Draft, mode: str, text: Mark) -> tuple[float, float]:
    """The upper and the lower end of a row's bars where words stand over, or below, several of them."""
    bars = [mark for key, mark in draft.marks.items() if key[:2] == (*Y, mode) and key[-1] == "bar"]
    beside = [bar for bar in bars if abs(bar.x - text.x) < (bar.width + text.width) / 2]
    return min(bar.top for bar in beside), max(bar.bottom for bar in beside)


def _meet(name: Mark, other: Mark) -> bool:
    """Whether words and another mark are in each other's way."""
    if name is other:
        return False
    apart = (name.width + other.width) / 2 + 6, (name.size + (DIGIT * other.size or other.height)) / 2
    return abs(name.x - other.x) < apart[0] and abs(name.y - other.y) < apart[1]
