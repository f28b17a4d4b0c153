"""Three paddings under one ruler: the signal, and below it a band for each of ``valid``, ``same`` and ``causal``, with
fans of edges from the samples that are read to the outputs.

A window is known by the step it starts at, so that the same window keeps its bar and its edges in every layer. This
module knows the layers' places and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, SUPPORT, TEXT, Draft, Format, Key, Role, dot, line
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import PADDINGS
from convexplain.stories import bench as benches
from convexplain.stories import phrases, places
from convexplain.stories.bench import Bench
from convexplain.stories.places import Place, W, X
from convexplain.stories.script import Script, Tap

WIDE, ENDS, TAPS = 34, 3, 8
"""The most columns; the samples shown at either end of a longer signal; the most taps whose edges are all drawn."""
TOP = 84.0
"""Where the picture begins."""

Light: TypeAlias = "Callable[[Place], float]"
"""How bright an output is; 0 leaves it out."""
Drawn: TypeAlias = "Callable[[Place, Tap], float]"
"""How thick an edge is; 0 leaves it out."""


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


def looked_at(script: Script, start: int) -> list[int]:
    """The outputs that may be in view: those at both ends, and those whose windows start near a step."""
    steps, many = script.shape[0], min(40, max(2 * ENDS, 240 // script.layer.kernel_size))
    near = bisect_left(range(steps), start, key=script.start)
    found = {*range(many), *range(near - many, near + many), *range(steps - many, steps)}
    return sorted(step for step in found if 0 <= step < steps)


def _advance(text: str) -> float:
    return advance(runs_of(text))


@dataclass(frozen=True)
class Heights:
    """Where the bands stand."""

    unit: float
    signal: float
    """The baseline of the signal."""
    dots: dict[str, float]
    """Where the edges of a band begin."""
    feet: dict[str, float]
    """The baselines of its outputs."""
    up: float
    """How high above its baseline a band's edges end."""
    down: float
    """How far below its baseline the bars of a band reach."""


class Bands:
    """The bands of layers that differ in their padding alone, in one format. ``indexed`` ones say the outputs' own
    steps below them. Those whose windows are no other layer's have keys of their ``own``.
    """

    def __init__(
        self,
        scripts: dict[str, Script],
        told: Script,
        form: Format,
        indexed: bool = False,
        own: str = "",
    ) -> None:
        self.form, self.told, self.scripts, self.indexed, self.own = form, told, scripts, indexed, own
        self.length, self.signal = told.read_shape[0], told.signal(0)
        self.taps = told.layer.kernel_size
        start, everything = told.start(told.cell.step), {}
        for mode, script in scripts.items():
            everything[mode] = [places.place(script, step) for step in looked_at(script, start)]
        self.tracked = self._tracked(everything, start)
        self.axis = self._axis([place for found in everything.values() for place in found])
        self.bands = {mode: self._band(mode, found) for mode, found in everything.items()}
        self.values = [place.output.value for band in self.bands.values() for place in band.places]

    def _tracked(self, everything: dict[str, list[Place]], start: int) -> Place:
        """The place that is followed: of those that read no zero, the one nearest to the told window."""
        own = [m for m, script in self.scripts.items() if script is self.told] or list(self.scripts)
        whole = [place for place in everything[own[0]] if not any(tap.padded for tap in place.taps)]
        return min(whole or everything[own[0]], key=lambda place: abs(place.taps[0].step - start))

    def _axis(self, found: list[Place]) -> Axis:
        read = {tap.step for place in found for tap in place.taps}
        first, last = min(0, *read), max(self.length - 1, *read)
        steps = list(range(first, last + 1))
        if len(steps) > WIDE:
            near = range(self.tracked.taps[0].step, self.tracked.taps[-1].step + 1)
            kept = {*range(first, ENDS), *near, *range(self.length - ENDS, last + 1)}
            steps = [step for step in steps if step in kept]
        shown: list[int | None] = []
        for step in steps:
            shown += [None] if shown and shown[-1] != step - 1 else []
            shown.append(step)
        full = Axis.over(Draft(self.form), shown, self.length)
        counts = 110.0 if self.form.is_narrow else 170.0
        room = self.form.width - self.form.margin - self.form.names
        return Axis(
            full.steps, full.left, min(full.pitch, full.pitch * (room - counts) / (full.right - full.left)), full.length
        )

    def _band(self, mode: str, found: list[Place]) -> Band:
        script = self.scripts[mode]
        shown = [p for p in found if all(self.axis.has(step) for step in (p.home, *(tap.step for tap in p.taps)))]
        shown = shown if script is self.told else [place.unnamed for place in shown]
        left = script.layer.left_pad(self.length) if found[0].taps[0].padded else 0
        right = max(0, max(tap.step for tap in found[-1].taps) - (self.length - 1))
        return Band(mode, script, tuple(shown), left, right)

    # what is so

    @property
    def alike(self) -> bool:
        """Whether all read the followed window, and so, moving alike, the same ones."""
        start = self.tracked.taps[0].step
        return all(any(place.taps[0].step == start for place in band.places) for band in self.bands.values())

    def unread(self, band: Band) -> list[int]:
        """The samples in view that no window reads."""
        script, outputs = band.script, range(band.script.shape[0])

        def is_read(step: int) -> bool:
            until = bisect_right(outputs, step, key=script.start)
            after = bisect_left(outputs, step - script.layer.span + 1, key=script.start)
            return any(step in script.reads(t) for t in outputs[after:until])

        return [step for step in self.axis.shown if 0 <= step < self.length and not is_read(step)]

    # layout

    def size(self, *modes: str) -> float:
        """The size at which the outputs' numbers have room beside their bars in some bands; 0 where that of the
        followed one stands below. A number below zero has room under the next bar when that one is not below zero too.
        """
        texts, apart = [self.tracked.output.text], []
        for mode in modes:
            for place, after in pairwise(self.bands[mode].places):
                apart.append(after.home - place.home)
                if place.output.value >= 0 or after.output.value < 0:
                    texts.append(place.output.text)
        room = min(apart, default=1) * self.axis.pitch - self.axis.bar - 22
        sizes = (SMALL,) if self.form.is_narrow else (TEXT, SMALL)
        return next((size for size in sizes if max(map(_advance, texts)) * size <= room), 0.0)

    def _below(self, *modes: str) -> float:
        """The room under a band: for the outputs' own steps, or for the number of the followed one."""
        if self.indexed:
            return 40.0 if self.form.is_narrow else 52.0
        return 0.0 if self.size(*modes) else 36.0

    def heights(self, bare: bool = False, above: float = 0.0) -> Heights:
        """Bands that fill the height, in one unit for samples and outputs; ``bare`` ones have no signal and no edges,
        but a legend over them, and room ``above`` their bars.
        """
        values = self.values
        narrow, count, samples = self.form.is_narrow, len(self.bands), [] if bare else self._samples()
        bottom, high = self.form.height - 150.0, 12.0 if narrow else 16.0
        edge = (36.0 if narrow else 72.0) * (0.75 if self.indexed else 1.0)
        below = self._below(*self.bands)
        between, near = (8.0 if narrow else 22.0) + below, 8.0 if narrow else 12.0
        (s_up, s_down), (up, down) = benches.extent(samples), benches.extent(values)
        if bare:
            edge, high, near, between = 0.0, 0.0, near + above, between + above * (down > 0)
        fixed, reach = high + edge + near, s_up + s_down + count * (up + down)
        top = unit = spare = 0.0
        for top in (TOP + 20, TOP + 60, TOP + 100, places.HEAD - 30) if bare else (TOP + 60,):
            room = bottom - top - count * (fixed + between)
            unit = benches.unit_of(room, reach, [*values, *samples])
            spare = max(0.0, room - unit * reach) / count
            if top + fixed + spare + up * unit >= places.HEAD:  # the first band's name keeps below the legend
                break
        edge += spare
        signal, dots, feet = TOP + max(30.0, s_up * unit) + 4, {}, {}
        y = top if bare else signal + s_down * unit + 26
        for mode in self.bands:
            dots[mode] = y + high / 2
            feet[mode] = y + high + edge + near + up * unit
            y = feet[mode] + down * unit + between
        return Heights(unit, signal, dots, feet, up * unit + near, down * unit)

    def alone(self, mode: str) -> tuple[Bench, Heights]:
        """One band, as high as the picture: the signal and the kernel over it, and room for the edges below them."""
        weights = [tap.weight.value for tap in self.tracked.taps]
        texts = [tap.weight.text for tap in self.tracked.taps]
        size = places.size_on(self.axis, [*texts, *(number.text for number in self.signal.values())]) or 1.0
        narrow = self.form.is_narrow
        room, near = (24.0, 8.0) if narrow else (60.0, 12.0)
        below = self._below(mode)
        bench = Bench.fit(self.form, self.axis, self._samples(), weights, self.values, size, below=room + below)
        bench = replace(bench, bottom=bench.bottom - room - below, floor=bench.floor - below)
        (up, down), size = benches.extent(self.values), self.size(mode)
        dots, over = {mode: bench.bottom + (18.0 if narrow else 30.0)}, _over(size) if size else 0.0
        up = up * bench.unit + near + over
        return bench, Heights(bench.unit, bench.foot, dots, {mode: bench.floor}, up, down * bench.unit)

    def single(self, mode: str, said: str, taps: Sequence[Tap] = (), formula: bool = True) -> tuple[Draft, Heights]:
        """A board of one band: the signal with its numbers, and the kernel on a window, the followed one's if none."""
        draft, (bench, heights) = self.draft(said, formula=formula), self.alone(mode)
        self.lay_signal(draft, heights, written=True)
        self.lay_kernel(draft, bench, taps or self.tracked.taps)
        return draft, heights

    def lay_kernel(self, draft: Draft, bench: Bench, taps: Sequence[Tap]) -> None:
        """The kernel over the window of some taps."""
        tints = {tap.k: edges.tint(tap.k, self.taps) for tap in taps}
        benches.lay_kernel(draft, bench, W, taps, "kernel", tints, False)
        for tap in taps if bench.size > 1 else ():
            pieces.digits(draft, (*W, tap.k), tap.weight.text, size=bench.size)
        pieces.name(draft, W, "kernel *w*", bench.kernel)

    def _samples(self) -> list[Fraction]:
        return [self.signal[step].value for step in self.axis.shown if step in self.signal]

    def draft(self, said: str, lit: Iterable[int] = (), formula: bool = True) -> Draft:
        """A board with its caption, ruler and formula: ``p`` are the zeros before the samples."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, self.axis, "sample" if self.indexed else "*t*", lit)
        if formula:
            layer = next(iter(self.scripts.values())).layer
            parts = [p for p in phrases.layer_formula(layer, self.length, channels=False) if p.name != "pad"]
            parts[-1:-1] = [Part("minus p", f" {style.MINUS} "), Part("pad", "*p*")]
            pieces.formula(draft, parts, ("pad",), key=(layer.strides, layer.dilation_rate))
        return draft

    def lay_signal(self, draft: Draft, heights: Heights, written: bool = False) -> None:
        """The signal, with its numbers where they have room."""
        bricks = places.whole(number.value for number in self.signal.values())
        shown = {step: number for step, number in self.signal.items() if self.axis.has(step)}
        size = places.size_on(self.axis, [number.text for number in shown.values()]) if written else 0.0
        said = shown if size else ()
        pieces.signal(draft, X, shown, self.axis, heights.signal, heights.unit, "sample", None, said, size, bricks)
        pieces.name(draft, X, "signal *x*", heights.signal)

    def lay(
        self,
        draft: Draft,
        heights: Heights,
        mode: str,
        light: Light,
        drawn: Drawn,
        counted: bool = True,
        told: bool = True,
    ) -> None:
        """A band: outputs in a light (0 leaves one out), and edges as thick as is said (0 leaves one out); how many
        outputs there are where they are ``counted``, and p where it was ``told``.
        """
        band, axis, foot = self.bands[mode], self.axis, heights.feet[mode]
        bricks, drawn_edges = places.whole(self.values), []
        over = _over(self.size(mode)) if self.size(mode) and len(heights.feet) == 1 else 0.0
        pieces.baseline(draft, ("band", mode), axis.left, axis.right, foot)
        for place in band.places:
            at, shade, x = self.key(mode, place), light(place), axis.x(place.home)
            if shade:
                pieces.column(
                    draft, at, place.output, x, foot, axis.bar, heights.unit, "output", True, bricks, light=shade
                )
            # Of many edges the two outer ones are drawn.
            for tap in place.taps if len(place.taps) <= TAPS else (place.taps[0], place.taps[-1]):
                size = drawn(place, tap)
                if size:
                    y, key = heights.dots[mode], ("edge", *at[1:], tap.k)
                    begin = (axis.x(tap.step), y + (18 if tap.padded and len(heights.feet) > 1 else 6))
                    end = (x, foot - heights.up)
                    drawn_edges.append((size, edges.Edge(key, edges.tint(tap.k, self.taps), begin, end, tap.padded)))
                    self._read(draft, heights, mode, tap)
        for size, edge in drawn_edges:
            edges.lay(draft, [edge], size=size if axis.pitch > 80 else 0.66 * size)
            if size < edges.THICK and axis.pitch <= 80:
                draft.change([edge.key], light=SUPPORT, z=-1.8)
            output, stem, (x, y) = ("y", *edge.key[1:3], "bar"), ("stem", *edge.key[1:3]), edge.end
            if output in draft.marks and draft.marks[output].top - y > 30 + over and stem not in draft.marks:
                tip = draft.marks[output].top - 12 - over
                down = line("output", x, y, x, tip, light=SUPPORT, z=-1.5, rides=edge.key)
                draft.put("stem", stem, down)
        self._names(draft, band, foot, counted, told and counted, len(heights.feet) == 1)

    def key(self, mode: str, place: Place) -> Key:
        """The key of an output: its padding, and the step its window starts at."""
        return ("y", mode + self.own, place.home - self.scripts[mode].layer.left_pad(self.length))

    def _read(self, draft: Draft, heights: Heights, mode: str, tap: Tap) -> None:
        """Where edges begin: a dot under a sample. A zero of the padding stands in the row of the samples, and where
        there are several bands, in its band.
        """
        single = len(heights.feet) == 1
        x, y, key = self.axis.x(tap.step), heights.dots[mode], ("read", mode, tap.step)
        zero = ("zero", tap.step) if single else ("zero", mode, tap.step)
        if key in draft.marks or zero in draft.marks:
            return
        role: Role = "lit" if tap.step < 0 else "ink"  # those before the samples are p
        mark = dot(role, x, y, min(12.0, 0.3 * self.axis.pitch), hollow=tap.padded)
        if tap.padded and self.axis.pitch > 24:
            size = TEXT if single and self.axis.pitch > 80 else SMALL
            height = heights.signal - DIGIT * size / 2 - 10 if single else y
            draft.put("zero", zero, words("0", x, height, size, role))
            if not single:
                return
        draft.put("read", key, mark)

    def _names(self, draft: Draft, band: Band, foot: float, counted: bool, told: bool, single: bool) -> None:
        left, mode = self.form.margin, band.mode
        draft.put("name", ("name", mode), words(f"`{mode}`", left, foot - 50, SMALL, "ink", align=-1))
        if told:
            p = words("*p*", left, foot - DIGIT * SMALL / 2, SMALL, "lit", align=-1)
            pad = band.script.layer.left_pad(self.length)
            draft.put("name", ("name", mode, "pad", pad, "p"), p)
            draft.put("name", ("name", mode, "pad", pad), words(f" = {pad}", p.right, p.y, SMALL, "quiet", align=-1))
        if counted:
            right = self.form.width - self.form.margin
            y = foot - 0.4 * PARTIAL
            steps = band.script.shape[0]
            draft.put("count", ("count", mode, steps), words(f"{steps:,}", right, y, PARTIAL, "ink", align=1))
            named = ("count", "name", mode) if single else ("count", "name")
            if named not in draft.marks:
                y = y + 0.4 * PARTIAL + 30 if single else pieces.RULER
                name = phrases.count(steps, "output").split()[-1] if single else "outputs"
                draft.put("count", named, words(name, right, y, SMALL, "quiet", align=1))

    def number(self, draft: Draft, heights: Heights, mode: str, place: Place) -> None:
        """The number of an output: over its bar, or beside it where there are several bands, or below its band."""
        key, text = self.key(mode, place), place.output.text
        if (size := self.size(*heights.feet)) and len(heights.feet) == 1:
            pieces.digits(draft, key, text, size)
        elif size:
            shown, half = pieces.digits(draft, key, text, size, side="beside"), DIGIT * size / 2
            if place.output.value < 0:  # the next bar stands on the baseline: the number keeps below it
                below = heights.feet[mode] + half + 8
                draft.change([(*key, "digits")], y=max(shown.y, below))
        else:
            mark, y = draft.marks[(*key, "bar")], heights.feet[mode] + heights.down + 24
            draft.put(
                "digits", (*key, "digits"), words(text, mark.x, y, SMALL, "ink", about=mark.about, rides=(*key, "bar"))
            )

    def lay_steps(self, draft: Draft, heights: Heights) -> None:
        """The outputs' own steps below their bands, where they are not those of the ruler."""
        if not self.indexed:
            return
        for mode, foot in heights.feet.items():
            band, y, reached = self.bands[mode], foot + heights.down + (26 if self.form.is_narrow else 36), 0.0
            for place in band.places:
                mark = words(f"*y*[{place.step}]", self.axis.x(place.home), y, SMALL, "quiet")
                if mark.left > reached:
                    draft.put("index", ("index", *self.key(mode, place)[1:]), mark)
                    reached = mark.right + 8


def _over(size: float) -> float:
    """The room that a number of some size takes over its bar."""
    return pieces.ABOVE + DIGIT * size
