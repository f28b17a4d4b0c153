"""Layers that differ in their padding alone: which windows each has, and where it writes their outputs; one of them
as high as the picture, with the kernel on a window, or all below one another under one signal.

A window is known by the step it starts at: it is the same in every layer that has it. This module knows the layers'
places and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, Draft, Format, Key, line, plate
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place, Track, X
from convexplain.stories.script import Script

WIDE, ENDS, TAPS = 34, 3, 8
"""The most columns; the samples shown at either end of a longer signal; the most taps whose edges are all drawn."""
FAN = "edge"
"""What the keys of the edges of a window begin with."""


class Band(NamedTuple):
    """A layer with one padding: its places in view, and the zeros that stand before and after the samples."""

    mode: str
    script: Script
    places: tuple[Place, ...]
    left: int
    right: int

    @property
    def zeros(self) -> int:
        """How many zeros are added."""
        return self.left + self.right


def paddings(script: Script, **changes: int) -> dict[str, Script]:
    """The told layer, and its siblings with the other paddings; those that Keras refuses are left out."""
    layers = {
        mode: script if mode == script.layer.padding and not changes else script.sibling(padding=mode, **changes)
        for mode in PADDINGS
    }
    return {mode: layer for mode, layer in layers.items() if layer is not None}


def _looked_at(script: Script, start: int) -> list[Place]:
    """The outputs that may be in view: those at both ends, and those whose windows start near a step."""
    steps, many = script.shape[0], min(40, max(2 * ENDS, 240 // script.layer.kernel_size))
    near = bisect_left(range(steps), start, key=script.start)
    found = {*range(many), *range(near - many, near + many), *range(steps - many, steps)}
    return [places.place(script, step) for step in sorted(found) if 0 <= step < steps]


class Bands:
    """Layers that differ in their padding alone, in one format. What they are ``named`` says what else differs from the
    told layer: their outputs are others. They have places when they ``stand`` on an axis.
    """

    def __init__(self, scripts: dict[str, Script], told: Script, form: Format, named: str = "") -> None:
        self.form, self.told, self.scripts, self.named = form, told, scripts, named
        self.length, self.layer = told.read_shape[0], next(iter(scripts.values())).layer
        start = told.start(told.cell.step)
        self.found = {mode: _looked_at(script, start) for mode, script in scripts.items()}
        own = next((mode for mode, script in scripts.items() if script is told), next(iter(scripts)))
        inside = [place for place in self.found[own] if not place.reads_zero] or self.found[own]
        self.own, self.tracked = own, min(inside, key=lambda place: abs(place.taps[0].step - start))
        self.read = {tap.step for found in self.found.values() for place in found for tap in place.taps}

    def stand(self, axis: Axis) -> None:
        """The layers on an axis."""
        self.axis = axis
        self.bands = {mode: self._band(mode, found) for mode, found in self.found.items()}
        values = [place.output.value for band in self.bands.values() for place in band.places]
        self.track = Track(self.scripts[self.own], self.form, self.tracked.step, axis, 70.0, values)

    def _band(self, mode: str, found: list[Place]) -> Band:
        script = self.scripts[mode]
        shown = [p for p in found if all(self.axis.has(step) for step in (p.home, *(tap.step for tap in p.taps)))]
        shown = shown if script is self.told else [place.unnamed for place in shown]
        left = script.layer.left_pad(self.length) if found[0].taps[0].padded else 0
        right = max(0, max(tap.step for tap in found[-1].taps) - (self.length - 1))
        return Band(mode, script, tuple(shown), left, right)

    # what is so

    def followed(self, mode: str) -> Place | None:
        """The output of the window that is followed through all paddings, where a layer has it."""
        start = self.tracked.taps[0].step
        return next((place for place in self.bands[mode].places if place.taps[0].step == start), None)

    def row(self, mode: str) -> Key:
        """What the keys of a layer's outputs begin with."""
        return ("y", mode + self.named)

    def same(self, mode: str, others: Bands, other: str) -> dict[Key, Key]:
        """The outputs of one padding that another one of ``others`` has too, those of the same windows; each with the
        one that it is.
        """
        last = {place.taps[0].step: place.step for place in others.bands[other].places}
        return {
            (*self.row(mode), place.step): (*others.row(other), last[place.taps[0].step])
            for place in self.bands[mode].places
            if place.taps[0].step in last
        }

    # one layer

    def draft(self, said: str, formula: bool = True, lit: Iterable[int] = ()) -> Draft:
        """A board with its caption, ruler and formula: ``p`` are the zeros before the samples."""
        draft = self.track.draft(said, self.axis, lit)
        if formula:
            parts = [p for p in phrases.layer_formula(self.layer, self.length, channels=False) if p.name != "pad"]
            parts[-1:-1] = [Part("minus p", f" {style.MINUS} "), Part("pad", "*p*")]
            gaps = (self.layer.strides, self.layer.dilation_rate)
            pieces.formula(draft, parts, ("pad", "stride", "dilation"), key=gaps)
        return draft

    def single(
        self,
        mode: str,
        said: str,
        at: Place,
        known: Sequence[Place] | None = None,
        told: bool = True,
        formula: bool = True,
    ) -> Draft:
        """One layer: the kernel on a window, edges from what it covers to the output it gives, and the outputs that are
        ``known``, all when None; p where it was ``told``.
        """
        draft, track, band = self.draft(said, formula), self.track, self.bands[mode]
        bench, shown = track.on(self.axis), band.places if known is None else known
        track.lay(draft, bench, at.taps)
        self._lay_zeros(draft, bench, band if known is None or told else band._replace(places=(at,)), told)
        places.lay_outputs(draft, bench, self.row(mode), shown, None, f"`{mode}`", ("bands",))
        size = 0.0 if any(key[-1] == "digits" and key[0] == "y" for key in draft.marks) else SMALL
        if size and (followed := self.followed(mode)) in shown and followed is not None:
            pieces.digits(draft, (*self.row(mode), followed.step), followed.output.text, size)
        self._lay_edges(draft, bench, at, self.row(mode))
        self._name(draft, band, bench.floor, told, known is None)
        return draft

    def _lay_zeros(self, draft: Draft, bench: Bench, band: Band, told: bool) -> None:
        """The zeros of a padding: dashed places in the row of the samples, those in front in the colour of p and with
        their steps.
        """
        steps = sorted({tap.step for place in band.places for tap in place.taps if tap.padded})
        high, half = max(0.9 * bench.size, 14.0), bench.axis.bar / 2
        for step in steps:
            x, role, at = bench.axis.x(step), "lit" if step < 0 and told else "quiet", (*X, step)
            for part in ("bar", "digits"):
                draft.marks.pop((*at, part), None)
            place = plate(role, x - half, bench.foot - high, x + half, bench.foot, light=0.0, edge=1.0, size=3, dash=8)
            draft.put("zero", ("zero", step, "place"), place.at(hollow=True, radius=4.0))
            mark = words(f"{style.MINUS}{-step}", x, pieces.RULER, draft.format.small, role)
            if role == "lit" and mark.width < 0.8 * bench.axis.pitch:
                draft.put("ruler", ("ruler", step), mark)
            if bench.size:
                draft.put("zero", ("zero", step), words("0", x, bench.foot - high / 2, bench.size, role))

    def _lay_edges(self, draft: Draft, bench: Bench, at: Place, row: Key) -> None:
        """The edges of one window, each in the colour of its tap, from the taps to the step of its output."""
        taps = at.taps if len(at.taps) <= TAPS else (at.taps[0], at.taps[-1])
        x, knot = bench.axis.x(at.home), bench.bottom + 52
        for tap in taps:
            role, begin = self.track.tints.get(tap.k, "kernel"), (bench.axis.x(tap.step), bench.bottom + 2)
            edge = edges.Edge((FAN, tap.k), role, begin, (x, knot))
            edges.lay(draft, [edge], size=1.5 * edges.THICK)
        tops = [m.top for part in ("bar", "digits") if (m := draft.marks.get((*row, at.step, part))) is not None]
        end = min(tops, default=bench.floor) - 16  # an output that is not there yet has a place
        if end > knot + 8:
            draft.put("thread", places.THREAD, line("output", x, knot, x, end, size=4, z=-1.5))

    def _name(self, draft: Draft, band: Band, floor: float, told: bool, counted: bool) -> None:
        """The padding's name, p where it was told, and how many outputs there are where they are counted."""
        left, right, mode = self.form.margin, self.form.width - self.form.margin, band.mode
        name = draft.marks["name", *self.row(mode)]
        draft.marks["name", *self.row(mode)] = name.at(y=name.y - 44 * told, role="ink")
        if told:
            pad = band.script.layer.left_pad(self.length)
            p, key = words("*p*", left, name.y, name.size, "lit", align=-1), ("name", *self.row(mode))
            draft.put("name", (*key, "p"), p)
            draft.put("name", (*key, "pad", pad), words(f" = {pad}", p.right, p.y, p.size, "ink", align=-1))
        if counted:
            steps, y = band.script.shape[0], floor - DIGIT * PARTIAL / 2
            draft.put("count", ("count", mode, steps), words(f"{steps:,}", right, y, PARTIAL, "ink", align=1))
            if ("count", "name") not in draft.marks:
                name = words("outputs", right, pieces.RULER, draft.format.small, "quiet", align=1)
                draft.put("count", ("count", "name"), name)

    def lay_steps(self, draft: Draft, band: Band) -> None:
        """The outputs' own steps below them, where they are not those of the ruler."""
        reached, floor = 0.0, self.track.stage.floor
        for place in band.places if band.script.layer.strides > 1 else ():
            bar = draft.marks.get((*self.row(band.mode), place.step, "bar"))
            foot = bar.bottom if bar is not None and place.output.value < 0 else floor
            y = foot + 12 + DIGIT * self.form.small / 2
            mark = words(f"*y*[{place.step}]", self.axis.x(place.home), y, self.form.small, "quiet")
            if mark.left > reached:
                draft.put("index", ("index", place.step), mark)
                reached = mark.right + 8

    def lay_span(self, draft: Draft, band: Band) -> None:
        """A bracket under the steps that the windows read, those behind the signal with their numbers."""
        first, last = band.places[0].taps[0].step, band.places[-1].taps[-1].step
        half, y = 0.45 * self.axis.pitch, pieces.RULER + 30
        left, right = self.axis.x(first) - half, self.axis.x(last) + half
        draft.put("ruler", ("ruler", "span"), line("lit", left, y - 10, left, y, right, y, right, y - 10, size=4))
        for step in range(self.length, last + 1):
            mark = words(str(step), self.axis.x(step), pieces.RULER, self.form.small, "quiet")
            if mark.width < 0.8 * self.axis.pitch and mark.right < self.form.width - 4:
                draft.put("ruler", ("ruler", step), mark)

    def waiting(self, said: str, at: Place, stage: int) -> Draft:
        """``same`` before it has sums: a window, and the steps of the outputs; from stage 1 on what all windows read,
        from 2 on the zeros and p.
        """
        band = self.bands["same"]
        draft = self.single("same", said, at, (), stage > 1, False)
        draft.marks = {key: mark for key, mark in draft.marks.items() if key[0] != "zero" or stage > 1}
        self.lay_steps(draft, band)
        if stage:
            self.lay_span(draft, band)
        return draft

    # all layers

    def rows(self) -> list[Bench]:
        """Where the outputs of each layer stand, one below the other."""
        values = [[place.output.value for place in band.places] for band in self.bands.values()]
        reaches, every = [benches.extent(row) for row in values], [value for row in values for value in row]
        above, under = (46.0, 50.0) if self.form.is_narrow else (62.0, 56.0)
        room = self.form.height - 156.0 - benches.TOP - len(reaches) * (above + under)
        unit = benches.unit_of(room, sum(up + down for up, down in reaches), every)
        found, y = [], benches.TOP
        for up, down in reaches:
            y += above + up * unit
            found.append(replace(self.track.on(self.axis), unit=unit, low=unit, floor=y))
            y += down * unit + under
        return found

    def together(self, said: str, modes: Sequence[str], tied: bool = False) -> tuple[Draft, list[Bench]]:
        """Layers with all their outputs; where they are ``tied`` a line leads from each output to the same one of the
        next row, and what no line leads to is in the light.
        """
        draft, rows, above = self.draft(said, False), self.rows(), ""
        for mode, bench in zip(modes, rows, strict=False):
            band, row = self.bands[mode], self.row(mode)
            same = self.same(mode, self, above) if above and tied else {}
            lit = {place.step for place in band.places if (*row, place.step) not in same and (above or not tied)}
            places.lay_outputs(draft, bench, row, band.places, lit, f"`{mode}`")
            self._name(draft, band, bench.floor, True, True)
            for after, before in same.items():
                self._tie(draft, before, after)
            above = mode
        return draft, rows

    def _tie(self, draft: Draft, before: Key, after: Key) -> None:
        """The line between the same output of two rows."""
        start, end = draft.marks[*before, "bar"], draft.marks[*after, "bar"]
        top = draft.marks.get((*after, "digits"), end).top - 10
        if top > start.bottom + 16:
            points, size = (start.x, start.bottom + 10, end.x, top), 6 if self.axis.pitch > 90 else 3
            draft.put("link", ("link", *after[1:]), line("kernel", *points, size=size, z=-1))
