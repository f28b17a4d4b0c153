"""Layers that differ in their padding alone, on one stage: the signal with the zeros around it, the kernel on a window,
and a row of outputs for each layer.

A window is known by the step it starts at: it is the same in every layer that has it, and so is its output. This module
knows the layers' places and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.marks import DIGIT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Draft, Format, line, plate
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place, Track, W, X, Y
from convexplain.stories.script import Script

WIDE, ENDS, TAPS = 34, 3, 8
"""The most columns; the samples shown at either end of a longer signal; the most taps whose edges are all drawn."""


class Band(NamedTuple):
    """A layer with one padding: its places in view, how many zeros stand on both ``sides`` of the samples, how many
    outputs it has (0 while they are not counted), p, and the places that its strides leave out. Where places are shared
    with another layer, ``steps`` are this one's output steps, by where windows start. In place of p may be ``said``
    that it is asked for.
    """

    mode: str
    script: Script
    places: tuple[Place, ...]
    sides: tuple[int, int]
    outputs: int
    pad: int
    rest: tuple[Place, ...] = ()
    steps: Mapping[int, int] = MappingProxyType({})
    said: str = ""

    @property
    def reads(self) -> set[int]:
        """The steps outside the signal that are read in view."""
        return {tap.step for place in self.places for tap in place.taps if tap.padded}

    @property
    def windows(self) -> dict[int, Place]:
        """The places by the steps at which their windows start."""
        return {place.taps[0].step: place for place in self.places}

    def t(self, place: Place) -> int:
        """The step of the output of a place, in this layer."""
        return self.steps.get(place.taps[0].step, place.step)

    def begins(self, place: Place) -> str:
        """Where the window of a place begins, as the formula says it."""
        t, factor, start = self.t(place), self.script.layer.strides, place.taps[0].step
        index = f"{f'{factor} × ' * (factor > 1)}{t} + 0 {style.MINUS} {self.pad}"
        return f"*y*[{t}] begins at *x*[{index}] = *x*[{style.MINUS * (start < 0)}{abs(start)}]"


def paddings(script: Script, **changes: int) -> dict[str, Script]:
    """The told layer, and its siblings with the other paddings; those that Keras refuses are left out."""
    own = None if changes else script.layer.padding
    layers = {mode: script if mode == own else script.sibling(padding=mode, **changes) for mode in PADDINGS}
    return {mode: layer for mode, layer in layers.items() if layer is not None}


class Bands(Track):
    """The told layer with each padding, in one format; ``strided`` and ``dilated`` are the same with strides 2 and with
    dilation 2, where the told layer has neither. A strided layer has every second window of the one without strides,
    and its outputs are those of these windows, where they stand already. The windows of dilated layers need an axis
    that is ``broad``.
    """

    def __init__(self, script: Script, form: Format) -> None:
        length, layer, start = script.read_shape[0], script.layer, script.start(script.cell.step)
        told = [paddings(script), dict[str, Script](), dict[str, Script]()]
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1:
            others = paddings(script, strides=2), paddings(script, dilation_rate=2)
            told[1:] = [layers if layers.keys() == told[0].keys() else {} for layers in others]
        found = [{mode: _looked_at(other, start) for mode, other in layers.items()} for layers in told]
        own = [layers.get(layer.padding) or next(iter(layers.values())) for layers in found if layers]
        whole = [[place for place in there if not place.reads_zero] or there for there in own]
        near = [min(there, key=lambda place: abs(place.taps[0].step - start)) for there in whole]
        read = [{t.step for there in layers.values() for p in there for t in p.taps} for layers in found]
        super().__init__(script, form, near[0].step, _axis(form, length, read[0] | read[1], near[:2]))
        self.near, self.start, self.fan = self.wide, near[0].taps[0].step, 44.0 if form.is_narrow else 66.0
        self.broad = replace(_axis(form, length, set[int]().union(*read), near), **places.BROAD)
        self.bands, self.strided, self.dilated = (
            {mode: self._band(mode, layers[mode], there) for mode, there in known.items()}
            for layers, known in zip(told, found, strict=True)
        )
        for mode, band in self.strided.items():
            plain = _seen(self.broad, self.bands[mode].places)
            left, rest = (
                tuple(p for p in plain if (p.taps[0].step in band.windows) is stays) for stays in (True, False)
            )
            steps = {start: place.step for start, place in band.windows.items()}
            self.strided[mode] = band._replace(places=left, rest=rest, steps=steps)

    def _band(self, mode: str, script: Script, found: list[Place]) -> Band:
        shown = _seen(self.broad if script.layer.dilation_rate > self.layer.dilation_rate else self.wide, found)
        shown = shown if script is self.script else tuple(place.unnamed for place in shown)
        pad, right = script.layer.left_pad(self.length), max(0, found[-1].taps[-1].step - (self.length - 1))
        return Band(mode, script, shown, (pad * found[0].taps[0].padded, right), script.shape[0], pad)

    def widen(self) -> None:
        """From here on all stands on the broad axis, as far as it has room there."""
        self.wide = self.broad
        for mode, band in self.bands.items():
            self.bands[mode] = band._replace(places=_seen(self.wide, band.places))

    def size(self, shown: Axis) -> float:
        """Of the worked numbers, clear of the window's frame; there are no products."""
        return places.size_on(shown, [text for text in self.worked if text[0] != "+"], 0.75)

    @property
    def under(self) -> float:
        """The room under the lowest row; on paper notes stand elsewhere."""
        return 0.0 if self.form.is_narrow else 28.0

    @cached_property
    def _rooms(self) -> list[tuple[float, float, float]]:
        """How far each row reaches above and below its baseline, and the room for its numbers and under it; a row
        without bars above its baseline has room for its name.
        """
        pairs = [(band, self.dilated.get(mode, band)) for mode, band in self.bands.items()]
        reach = [benches.extent(place.output.value for band in pair for place in band.places) for pair in pairs]
        least, room = max(map(sum, reach)) / 4 or 1.0, 50.0 if self.form.is_narrow else 62.0
        return [(max(up, least), down, room) for up, down in reach]

    @cached_property
    def stage(self) -> Bench:
        ups, downs, rooms = map(sum, zip(*self._rooms, strict=True))
        between = rooms - places.HIGH * self.size(self.near) + self.fan - 34.0
        bench = self.fit([Fraction(ups), -Fraction(downs)], 120.0, between, self.under)
        return replace(bench, top=bench.top - 8, middle=bench.middle - 5) if self.form.is_narrow else bench

    @property
    def rows(self) -> dict[str, Bench]:
        """The rows of outputs, from the lowest one up."""
        bench, y, found = self.on(self.wide), self.form.height - 156.0 - self.under, dict[str, Bench]()
        for mode, (up, down, room) in reversed([*zip(self.bands, self._rooms, strict=True)]):
            y -= down * bench.lowest
            found[mode] = replace(bench, floor=y, unit=bench.lowest)
            y -= up * bench.lowest + room
        return found

    def lay_stage(self, draft: Draft, at: Place, steps: Iterable[int], lit: Collection[int], told: bool) -> None:
        """The signal with the zeros at ``steps`` around it, dashed places with their own steps, and the kernel on a
        window. Those zeros that are ``lit`` are meant, the ones in front in the colour of p where it was ``told``.
        """
        bench = self.on(self.wide)
        self.lay(draft, bench, at.taps)
        index, key = draft.marks.get((*W, at.taps[0].k, "index")), (*W, "k")
        if index and key not in draft.marks:  # on paper too: the formula speaks of it
            x = index.x - bench.axis.pitch / 2 - 24
            draft.put("index", key, words("*k*", x, index.y, self.form.small, "quiet", rides=index.rides))
        half, foot, size = bench.axis.bar / 2, bench.foot, bench.size
        top = foot - min(foot - bench.top - 10, max(1.1 * size, min(2 * half, 40.0)))
        for key in [(*X, tap.step, part) for tap in at.taps if tap.padded for part in ("bar", "digits")]:
            draft.marks.pop(key, None)
        seen = [step for step in sorted(steps) if bench.axis.has(step)]
        texts = {step: f"{style.MINUS * (step < 0)}{abs(step)}" for step in seen}
        fits = benches.fitting(0.8 * bench.axis.pitch, texts.values(), (self.form.small, 0.0))
        for step in seen:
            x, shade = bench.axis.x(step), FULL if step in lit else SUPPORT
            role = "lit" if step < 0 and told and step in lit else "quiet"
            place = plate(role, x - half, top, x + half, foot, light=0.0, edge=shade, size=3, dash=min(8, half))
            draft.put("zero", ("zero", step, "place"), place.at(hollow=True, radius=4.0))
            if fits:
                draft.put("ruler", ("ruler", step), words(texts[step], x, pieces.RULER, fits, role))
            if size:
                draft.put("zero", ("zero", step), words("0", x, (top + foot) / 2, size, role, light=shade))

    def lay_row(self, draft: Draft, band: Band, lit: Collection[int] | None, at: Place | None, told: bool) -> None:
        """The outputs of one layer and their number. Those that are not ``lit`` (all are when None) fall back; those
        that its strides leave out are stems. Where p is ``told`` it is written, and the output of the place ``at`` has
        its name, as the others have when strides give them new ones: beside the number, where no other one is.
        """
        bench, row, form, known = self.rows[band.mode], (*Y, band.mode), self.form, band.places
        places.lay_outputs(draft, bench, row, known, lit, f"`{band.mode}`")
        for place in band.rest:
            x, look = bench.axis.x(place.home), (bench.axis.bar, bench.lowest, "output", False)
            pieces.column(draft, (*row, place.step), place.output, x, bench.floor, *look)
        one = at if at in known else self.bands[band.mode].windows.get(self.start)
        is_alone = not any(key[:2] == row and key[-1] == "digits" for key in draft.marks)
        if one in known and one and is_alone:
            shade = "ink" if lit is None or one.step in lit else "quiet"
            number = pieces.digits(draft, (*row, one.step), one.output.text, SMALL, shade)
            bars = [draft.marks[*row, place.step, "bar"] for place in known]  # it stands over those beside it, too
            high = min(bar.top for bar in bars if abs(bar.x - number.x) < (bar.width + number.width) / 2)
            draft.change([(*row, one.step, "digits")], y=min(number.y, high - pieces.ABOVE - DIGIT * SMALL / 2))
        role, name, small = "ink" if lit is None or lit else "quiet", draft.marks["name", *row], form.small
        draft.marks["name", *row] = name.at(y=name.y - (30 if form.is_narrow else 44), role=role)
        if told and known:
            shade = "lit" if role == "ink" else role
            p = words(band.said or f"*p* = {band.pad}", form.margin, name.y, small, shade, -1)
            draft.put("name", ("name", *row, "p"), p)
        right, size = form.width - form.margin, TEXT if form.is_narrow else PARTIAL
        y, outputs = bench.floor - DIGIT * size / 2, f"{band.outputs:,}" if band.outputs else "?"
        count = draft.put("count", ("count", band.mode), words(outputs, right, y, size, role, align=1))
        draft.marks.setdefault(("count", "name"), words("outputs", right, y - size, small, "quiet", align=1))
        texts = {place: f"*y*[{band.t(place)}]" for place in known}
        fits = is_alone or places.size_on(self.wide, [f"{texts[q]}{q.output.text}" for q in known], 1.2)
        named = [place for place in known if (fits and role == "ink" if band.rest else place is at)]
        for place in named if told else ():
            if said := draft.marks.get((*row, place.step, "digits")):
                mark = words(texts[place], said.x, said.y, small, "lit" if place is at else "quiet")
                way, reach = -1 if place is known[0] else 1, said.width / 2 + 0.4 * small + mark.width
                way *= 1 if bench.axis.left < said.x + way * reach < count.left - 12 else -1
                draft.put("name", (*row, place.step, "t"), mark.at(x=said.x + way * (reach - mark.width / 2)))

    def lay_edges(self, draft: Draft, at: Place, mode: str) -> None:
        """The edges of a window, each in the colour of its tap, to the step of its output, and a column of light from
        there to its output: behind those of the rows above, which are of other windows.
        """
        taps = at.taps if len(at.taps) <= TAPS else (at.taps[0], at.taps[-1])
        x, top, y = self.wide.x(at.home), self.stage.bottom + 10, self.stage.bottom + self.fan
        fan = [(tap.k, self.tints.get(tap.k, "kernel"), (self.wide.x(tap.step), top)) for tap in taps]
        edges.lay(draft, [edges.Edge(("edge", k), tint, begin, (x, y)) for k, tint, begin in fan], size=9.0)
        foot = max(self.rows[mode].floor, draft.marks[*Y, mode, at.step, "bar"].bottom)
        pieces.band(draft, places.THREAD, x, y, foot + 6, self.wide.bar + 12, "kernel")

    def lay_formula(self, draft: Draft, layer: Any, named: bool) -> None:
        """The formula of a layer, where p are the zeros before the samples; an output that is ``named`` is its t."""
        parts = [p for p in phrases.layer_formula(layer, self.length, channels=False) if p.name != "pad"]
        parts[-1:-1] = [Part("minus p", f" {style.MINUS} "), Part("pad", "*p*")]
        lit = ["pad", "stride", "dilation", *["t", "t of x"] * named]
        pieces.formula(draft, parts, lit, key=(layer.strides, layer.dilation_rate))

    def tie(self, draft: Draft, mode: str, above: str) -> None:
        """A line from the output of the told window in the row ``above`` to that in another row, beside its number."""
        before, own = (self.bands[name].windows[self.start].step for name in (above, mode))
        start, end = draft.marks[*Y, above, before, "bar"], draft.marks[*Y, mode, own, "bar"]
        number, y = draft.marks.get((*Y, mode, own, "digits")), max(start.bottom, self.rows[above].floor) + 6
        x, top = end.x, (number or end).top - 6
        if number and number.left - 16 > start.x:
            x, top = number.left - 8, number.y
        if top > y + 3:
            link = line("kernel", start.x, y, x, top, size=edges.THICK, head=20.0, z=-1)
            draft.put("link", ("link", mode, own), link)


def _seen(axis: Axis, found: Iterable[Place]) -> tuple[Place, ...]:
    """The places that an axis shows in full."""
    return tuple(p for p in found if all(map(axis.has, (p.home, *(tap.step for tap in p.taps)))))


def _looked_at(script: Script, start: int) -> list[Place]:
    """The outputs that may be in view: those at both ends, and those whose windows start near a step."""
    steps, many = script.shape[0], min(40, max(2 * ENDS, 240 // script.layer.kernel_size))
    near = bisect_left(range(steps), start, key=script.start)
    found = {*range(many), *range(near - many, near + many), *range(steps - many, steps)}
    return [places.place(script, step) for step in sorted(found) if 0 <= step < steps]


def _axis(form: Format, length: int, read: Collection[int], followed: Iterable[Place]) -> Axis:
    """All samples with all zeros around them, and room for the counts; of a long signal its ends and the followed
    windows.
    """
    steps = [*range(min(0, *read), max(length - 1, *read) + 1)]
    if len(steps) > WIDE:
        near = {step for p in followed for step in range(p.taps[0].step, p.taps[-1].step + 1)}
        kept = {*range(steps[0], ENDS), *near, *range(length - ENDS, steps[-1] + 1)}
        steps = [step for step in steps if step in kept]
    gaps = pairwise([steps[0] - 1, *steps])
    shown = [at for before, step in gaps for at in ([step] if step == before + 1 else [None, step])]
    counts = 110.0 if form.is_narrow else 150.0
    room = replace(form, width=form.width - counts, names=min(form.names, form.margin + 180.0))
    return Axis.over(Draft(room), shown, length)
