"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import CONTEXT, FILM, FULL, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, dot
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import agreed, phrases, swept, walked
from convexplain.stories import bench as benches
from convexplain.stories.bands import Band, Bands, Drawn, Heights, Light, paddings
from convexplain.stories.places import Place, Track
from convexplain.stories.script import Script, Tap
from convexplain.stories.swept import THICK, THIN
from convexplain.stories.workbench import Workbench

FIGURE = ("all", "strides", "odd", "dilation")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


def bright(place: Place) -> float:
    """All outputs are meant."""
    return FULL


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, layer = script, form, script.layer
        self.base = Bands(paddings(script), script, form)
        self.start = self.base.tracked.taps[0].step
        self.strides = self.dilation = None
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1:
            self.strides = Bands(paddings(script, strides=2), script, form, indexed=True)
            dilated = {mode: other for mode, other in paddings(script, dilation_rate=2).items() if mode == "same"}
            self.dilation = Bands(dilated, script, form, own=" dilated") if dilated else None

    def boards(self) -> Iterator[Board]:
        layer, length = self.script.layer, self.base.length
        one = Workbench(Track(self.script, self.form, self.base.tracked.step), bare=True)
        yield one.kernel(f"{length:,} samples, a kernel of {layer.kernel_size}: how many outputs, and where?", True)
        yield one.window()
        yield one.products()
        yield one.output("One window gives one number. Under which step is it written?")
        yield from self.modes()
        yield self.all()
        odd = self.odd(self.base)
        if self.strides:
            yield self.strided(self.strides)
            odd = odd or self.odd(self.strides)
        if odd:
            yield odd
        if self.dilation:
            yield self.dilated(self.dilation)
        yield agreed.check(self.base, {"strides 2": self.strides, "dilation 2": self.dilation})

    # what is meant

    def is_followed(self, place: Place) -> bool:
        """Whether it is the window that is followed through all bands."""
        return place.taps[0].step == self.start

    def followed(self, light: float) -> Light:
        return lambda place: light if self.is_followed(place) else 0.0

    def fans(self, place: Place, tap: Tap) -> float:
        return THICK if self.is_followed(place) else THIN

    def fan(self, place: Place, tap: Tap) -> float:
        return THICK if self.is_followed(place) else 0.0

    def board(self, bands: Bands, said: str) -> tuple[Draft, Heights]:
        draft, heights = bands.draft(said), bands.heights()
        bands.lay_signal(draft, heights)
        return draft, heights

    # boards

    def modes(self) -> Iterator[Board]:
        """The number of the window in one band, then all numbers of each padding: the same ones, moved on. Before the
        first padding with zeros in front the window hangs over the edge; after it those zeros get their name.
        """
        base = self.base
        first = next((mode for mode, band in base.bands.items() if any(map(self.is_followed, band.places))), "")
        fronted = next((mode for mode, band in base.bands.items() if self.over(band)), "")
        if first:
            yield self.written(first)
            if not self.is_followed(base.bands[first].places[0]):
                yield self.back(first)
        before, told = first, False
        for mode in base.bands:
            if mode == fronted:
                yield self.border(mode)
                before = mode
            yield self.mode(mode, before, told)
            if mode == fronted:
                yield self.named(mode)
                told = True
            before = mode

    def over(self, band: Band) -> Place | None:
        """The place that hangs over the edge before the samples by the least."""
        return next((place for place in reversed(band.places) if place.taps[0].step < 0), None)

    def border(self, mode: str) -> Board:
        """The window hangs over the edge, and what it reads there is worked out."""
        base, place = self.base, self.over(self.base.bands[mode])
        assert place is not None
        many = sum(tap.padded for tap in place.taps)
        read = "a zero" if many == 1 else phrases.count(many, "zero")
        said = f"Past the edge the window reads {read}: padding."
        draft, heights = base.single(mode, said, place.taps, formula=False)
        base.lay(draft, heights, mode, lambda p: FULL if p == place else 0.0, self.only(place), counted=False)
        base.number(draft, heights, mode, place)
        foot, left = heights.feet[mode], base.axis.x(place.taps[-1].step) + base.axis.pitch
        terms = [f"{tap.sample.text} × {walked.bracketed(tap.weight)}" for tap in place.taps]
        sum_, layer = f"{' + '.join(terms)} = {place.output.text}", self.script.layer
        after = len(base.axis.steps) - 2 - base.axis.steps.index(place.taps[-1].step)
        ems = (110 + 700 * after / len(base.axis.steps)) / SMALL  # those that a column has: what is written is alike
        if layer.use_bias or layer.activation != "linear" or advance(runs_of(sum_)) > ems:
            sum_ = f"{terms[0]} = 0"
        room = self.form.width - self.form.margin - left
        size = benches.fitting(room, [sum_], (PARTIAL, TEXT, SMALL))
        drawn = tuple((kind, mode) for kind in ("read", "edge", "stem"))
        cues = [Cue((("zero",), *drawn), beat=motion.ENTER)]
        cues.append(Cue((self.base.key(mode, place),), beat=motion.ENTER + 1))
        if advance(runs_of(sum_)) <= ems:
            draft.put("calculation", ("border",), words(sum_, left, foot - size, size, align=-1))
            cues.append(Cue((("border",),), beat=motion.ENTER + 2))
        return draft.board("border", said, 4, cues)

    def only(self, place: Place) -> Drawn:
        """The edges of one place."""
        return lambda p, tap: THICK if p == place else 0.0

    def named(self, mode: str) -> Board:
        """The zeros in front get their name, and the formula counts them."""
        base, band = self.base, self.base.bands[mode]
        said = f"*p* counts the zeros in front (yellow): *y*[0] reads from *x*[{style.MINUS}{band.left}] on."
        draft, heights = base.single(mode, said, band.places[0].taps)
        self.all_of(draft, base, heights, mode, at=band.places)
        return draft.board("p", said, 3)

    def written(self, mode: str) -> Board:
        """The number of the window, in one band."""
        base = self.base
        (place,) = (place for place in base.bands[mode].places if self.is_followed(place))
        starts = place.home == self.start
        said = f"`{mode}` writes it under the window’s first sample." if starts else f"`{mode}` writes it here."
        draft, heights = base.single(mode, said, formula=False)
        base.lay(draft, heights, mode, self.followed(FULL), self.fan, counted=False)
        base.number(draft, heights, mode, place)
        key = base.key(mode, place)
        draft.change([(*key, "bar")], copy_of=("y", base.tracked.step, "bar"))
        cues = [Cue(((*key, "bar"),), beat=motion.MOVE)]
        return draft.board("written", said, 3, cues)

    def back(self, mode: str) -> Board:
        """The window goes back to its first place, and gives the numbers on its way."""
        base, (first, *others) = self.base, self.base.bands[mode].places
        said = "The first place is at the start …" if first.taps[0].step == 0 else "Back to the first place …"
        draft, heights = base.single(mode, said, first.taps, formula=False)
        done = [place for place in (first, *others) if place.taps[0].step <= self.start]
        base.lay(draft, heights, mode, lambda p: FULL if p in done else 0.0, swept.edges(done), counted=False)
        for place in done if base.size(mode) else ():
            base.number(draft, heights, mode, place)
        return draft.board("first", said, 1, swept.cues(self.base, mode, done[-1], first))

    def mode(self, mode: str, before: str, told: bool) -> Board:
        """All outputs of one padding; those that another one has given ``before`` move on. Whether p was ``told``."""
        base, said, places = self.base, self.said_of(self.base.bands[mode], told), self.base.bands[mode].places
        at = [*places[-1:], *places] if before == mode else []
        draft, heights = base.single(mode, said, at[0].taps if at else (), formula=told)
        self.all_of(draft, base, heights, mode, told, at)
        cues: list[Cue] = []
        if before != mode:
            drawn = {key for key in draft.marks if key[0] in ("y", "edge", "stem", "read") and key[1] == mode}
            same = {self.base.key(before, place)[2] for place in base.bands[before].places}
            read = {tap.step for place in base.bands[before].places for tap in place.taps}
            for key in drawn:
                if key[2] in (read if key[0] == "read" else same):
                    draft.change([key], copy_of=(key[0], before, *key[2:]))
                    cues.append(Cue((key,), beat=motion.MOVE, lasts=1.2))
        else:
            cues = swept.cues(self.base, mode, places[0], places[-1])
        return draft.board(mode, said, 3, cues)

    def all_of(
        self, draft: Draft, bands: Bands, heights: Heights, mode: str, told: bool = True, at: Sequence[Place] = ()
    ) -> None:
        """A band with all its outputs and their numbers; without room for them, that of the followed one. The window is
        over the first of ``at``, or over the followed place.
        """
        bands.lay(draft, heights, mode, bright, swept.edges(at) if at else self.fans, told=told)
        for place in bands.bands[mode].places:
            if bands.size(*heights.feet) or (self.is_followed(place) and not bands.indexed):
                bands.number(draft, heights, mode, place)

    def said_of(self, band: Band, told: bool) -> str:
        layer, steps = band.script.layer, band.script.shape[0]
        outputs, pad = phrases.count(steps, "output"), layer.left_pad(self.base.length)
        if band.mode == "valid":
            sum_ = f"{self.base.length:,} {style.MINUS} {layer.span} + 1 = {steps:,} places"
            return f"`valid`: the window stays inside: {sum_ if layer.strides == 1 else outputs}."
        front, rear = phrases.count(band.left, "zero"), phrases.spelled(band.right) if band.right else "none"
        where = f"*p* = {pad}, {rear} behind" if told else f"{front} in front, {rear} behind"
        if band.mode == "causal":
            return f"`causal`: {where}: no output reads ahead."
        return f"`same`: {where}: {'an output per sample' if layer.strides == 1 else outputs}."

    def all(self) -> Board:
        base = self.base
        pads = [band.script.layer.left_pad(base.length) for band in base.bands.values()]
        apart = {after - before for before, after in pairwise(pads)}
        if not any(band.zeros for band in base.bands.values()):
            said = "No zeros are needed: all paddings are alike."
        elif not base.alike:
            said = "Other zeros, and other windows: the numbers differ too."
        else:
            shift = f"{phrases.count(apart.pop(), 'step')} apart" if len(apart) == 1 else "shifted"
            said = f"Equal numbers, {shift}: only the borders differ."
        draft, heights = self.board(base, said)

        def drawn(place: Place, tap: Tap) -> float:
            return THICK if self.is_followed(place) else THIN if tap.padded else 0.0

        for mode, band in base.bands.items():
            base.lay(draft, heights, mode, bright, drawn)
            for place in band.places:
                if self.is_followed(place) or base.size(*base.bands):
                    base.number(draft, heights, mode, place)
        *rows, last = base.bands
        moved = [key for key in draft.marks if key[:2] == ("zero", last)]
        for key in moved:  # those of the band that stood alone come from the row of the samples
            draft.change([key], copy_of=("zero", key[2]))
        new = tuple((kind, mode) for kind in ("y", "edge", "stem", "read", "zero") for mode in rows)
        return draft.board("all", said, 3, [Cue(tuple(moved), beat=motion.MOVE), Cue(new, beat=motion.MOVE, after=0.4)])

    def odd(self, bands: Bands) -> Board | None:
        """Where the odd zero of ``same`` goes, if there is one."""
        same = bands.bands.get("same")
        if same is None or same.zeros % 2 == 0:
            return None
        left, right = phrases.count(same.left, "zero"), phrases.count(same.right, "zero")
        strides = same.script.layer.strides
        gaps = f"With strides {strides} `same`" if strides > 1 else "`same`"
        said = f"{gaps} needs {left} in front and {right} behind: Keras puts the odd one behind."
        if not same.left:
            said = f"{gaps} needs a single zero here: Keras puts it behind."
        ends = [place for place in same.places if place.taps[-1].padded]
        draft, heights = bands.single("same", said, ends[0].taps if ends else (), formula=False)

        def drawn(place: Place, tap: Tap) -> float:
            return THICK if tap.padded else THIN if place.reads_zero else 0.0

        def light(place: Place) -> float:
            return FULL if place.reads_zero else CONTEXT

        bands.lay(draft, heights, "same", light, drawn)
        for place in same.places:
            if bands.size("same") and place.reads_zero:
                bands.number(draft, heights, "same", place)
        bands.lay_steps(draft, heights)
        return draft.board("odd", said, 3)

    def strided(self, bands: Bands) -> Board:
        """A layer with gaps between its windows; a sample that no window reads is ringed."""
        mode = next(iter(bands.bands))
        unread = bands.unread(bands.bands[mode])
        said = "Strides 2: every other window" + (". Ringed: never read." if unread else ".")
        draft, heights = bands.single(mode, said)
        self.all_of(draft, bands, heights, mode)
        for step in unread:
            ring = dot("ink", bands.axis.x(step), heights.dots[mode], 22.0, hollow=True, size=3.0)
            draft.put("unread", ("unread", mode, step), ring)
        bands.lay_steps(draft, heights)
        return draft.board("strides", said, 3)

    def dilated(self, bands: Bands) -> Board:
        """A layer with gaps between its taps: its windows are longer, and it needs more zeros."""
        ((mode, band),) = bands.bands.items()
        span, more = phrases.count(band.script.layer.span, "step"), phrases.count(band.zeros, "zero")
        said = f"Dilation 2: taps two steps apart span {span}, so `{mode}` needs {more}."
        draft, heights = bands.single(mode, said)
        self.all_of(draft, bands, heights, mode)
        return draft.board("dilation", said, 3)
