"""padding_modes: valid, same and causal: where the zeros go, and why the lengths differ.

A window gives one number; the padding decides under which step it is written, and how many windows there are beyond
the ends. It answers "where do the zeros go?", "why are the lengths different?", "where does the odd zero of `same` go?"
and "why is my last sample never read?".
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, FILM, FULL, SUPPORT, Board, Cue, Draft, Format, dot
from convexplain.check.verdict import Check
from convexplain.stories import phrases
from convexplain.stories.bands import Band, Bands, Heights, Light, paddings
from convexplain.stories.places import Place, Track
from convexplain.stories.script import Script, Tap
from convexplain.stories.workbench import Workbench

FIGURE = ("all", "strides", "odd", "dilation")
THICK, THIN = 6.0, 3.0
"""Of the edges that are meant, and of the others."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return tuple(_Telling(script, form).boards())


def reads_zero(place: Place) -> bool:
    """Whether an output reads the padding."""
    return any(tap.padded for tap in place.taps)


def zeros(band: Band) -> int:
    """How many zeros are added."""
    return band.left + band.right


def bright(place: Place) -> float:
    """All outputs are meant."""
    return FULL


def dim(place: Place) -> float:
    """All outputs stand by."""
    return CONTEXT


def nothing(place: Place, tap: Tap) -> float:
    """No edge is drawn."""
    return 0.0


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, layer = script, form, script.layer
        self.base = Bands(paddings(script), script, form)
        self.start = self.base.tracked.taps[0].step
        self.strides = self.dilation = None
        if layer.strides == layer.dilation_rate == 1 and layer.kernel_size > 1:
            like = self.base.scripts
            self.strides = Bands(paddings(script, strides=2), script, form, indexed=True)
            self.dilation = Bands(paddings(script, dilation_rate=2), script, form, like=like)
        self.families = [bands for bands in (self.base, self.strides, self.dilation) if bands]
        self.values = [value for bands in self.families for value in bands.values]

    def boards(self) -> Iterator[Board]:
        one = Workbench(Track(self.script, self.form, self.base.tracked.step), bare=True)
        yield one.window("A kernel lies on a signal and covers a window.")
        yield one.products()
        yield one.output("Where the last one ends: one window, one number.")
        yield self.written()
        for mode in self.base.bands:
            yield self.mode(mode)
        yield self.all()
        shown = [self.odd(self.base)]
        if self.strides:
            unread = any(self.strides.unread(band) for band in self.strides.bands.values())
            said = "Strides 2: every other window" + (". Ringed: never read." if unread else ".")
            yield self.gaps(self.strides, "strides", said)
            shown.append(self.odd(self.strides))
        yield from [board for board in shown if board][:1]
        if self.dilation:
            span = phrases.count(next(iter(self.dilation.scripts.values())).layer.span, "step")
            yield self.gaps(self.dilation, "dilation", f"Dilation 2: a window spans {span}, so it needs more zeros.")
        yield self.check()

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

    def board(self, bands: Bands, said: str, homes: list[int] | None = None) -> tuple[Draft, Heights]:
        draft, heights = bands.draft(said, homes or ()), bands.heights(self.values)
        bands.lay_signal(draft, heights, self.base.tracked.taps if homes is not None else ())
        return draft, heights

    # boards

    def written(self) -> Board:
        """The number of the window, in every band."""
        base, said, cues = self.base, "The padding, *p* zeros in front, decides under which step it is written.", []
        places = {mode: [p for p in band.places if self.is_followed(p)] for mode, band in base.bands.items()}
        draft, heights = self.board(base, said, [place.home for found in places.values() for place in found])
        for number, (mode, found) in enumerate(places.items()):
            base.lay(draft, heights, mode, self.followed(FULL), self.fan, counted=False)
            for place in found:
                key, beat = base.key(mode, place), motion.ENTER + number
                draft.change([(*key, "bar")], copy_of=("y", base.tracked.step, "bar"))
                base.number(draft, heights, mode, place)
                cues += [Cue(((*key, "bar"), (*key, "digits")), beat=beat)]
                cues += [Cue((("edge", mode), ("read", mode)), beat=beat + 0.5, lasts=0.6)]
        return draft.board("written", said, 3, cues)

    def mode(self, mode: str) -> Board:
        """All outputs of one padding; those before it stand by."""
        base, names = self.base, list(self.base.bands)
        said, told = self.said_of(base.bands[mode]), names.index(mode)
        draft, heights = self.board(base, said)
        for number, other in enumerate(names):
            light = self.followed(CONTEXT) if number > told else dim if number < told else bright
            base.lay(draft, heights, other, light, self.fans if number == told else nothing, number <= told)
        cues: list[Cue] = []
        seen: set[int] = set()
        for late, place in enumerate(base.bands[mode].places):
            key, after = base.key(mode, place), 0.12 * late
            cues.append(Cue((("edge", *key[1:]),), beat=motion.ENTER, lasts=0.4, after=after))
            cues.append(Cue(((*key, "bar"),), beat=motion.ENTER, lasts=0.4, after=after + 0.3))
            new = {tap.step for tap in place.taps} - seen
            cues.append(Cue(tuple(("read", mode, step) for step in new), beat=motion.ENTER, lasts=0.2, after=after))
            seen |= new
        return draft.board(mode, said, 3, cues)

    def said_of(self, band: Band) -> str:
        layer, steps = band.script.layer, band.script.shape[0]
        outputs = phrases.count(steps, "output")
        if band.mode == "valid":
            sum_ = f", {self.base.length} {style.MINUS} {layer.span} + 1 = {steps} of them"
            return f"`valid`: only whole windows{sum_ if layer.strides == 1 else f', {outputs}'}."
        if not zeros(band):
            return f"`{band.mode}`: no zero is needed for {outputs}."
        if band.mode == "causal":
            return f"`causal`: {phrases.count(zeros(band), 'zero')} in front, so no output reads ahead."
        left, right = phrases.count(band.left, "zero"), phrases.count(band.right, "zero")
        where = f"{left} at each end" if left == right else f"{left} left, {right} right"
        return f"`same`: {where}, {'an output per sample' if layer.strides == 1 else outputs}."

    def all(self) -> Board:
        base = self.base
        pads = [band.script.layer.left_pad(base.length) for band in base.bands.values()]
        apart = {after - before for before, after in pairwise(pads)}
        if not any(map(zeros, base.bands.values())):
            said = "No zeros are needed: all paddings are alike."
        elif not base.alike:
            said = "Other zeros, and other windows: the numbers differ too."
        else:
            shift = f"{phrases.count(apart.pop(), 'step')} apart" if len(apart) == 1 else "shifted"
            said = f"The same numbers, {shift}: only the borders differ."
        draft, heights = self.board(base, said, [])

        def light(place: Place) -> float:
            return FULL if self.is_followed(place) else SUPPORT if reads_zero(place) else CONTEXT

        def drawn(place: Place, tap: Tap) -> float:
            return THICK if self.is_followed(place) else THIN if tap.padded else 0.0

        for mode, band in base.bands.items():
            base.lay(draft, heights, mode, light, drawn)
            for place in band.places:
                if self.is_followed(place):
                    base.number(draft, heights, mode, place)
        return draft.board("all", said, 3)

    def odd(self, bands: Bands) -> Board | None:
        """Where the odd zero of ``same`` goes, if there is one."""
        same = bands.bands.get("same")
        if same is None or zeros(same) % 2 == 0:
            return None
        half = phrases.count(zeros(same), "zero")
        said = f"Keras puts half of {half}, rounded down, on the left: the odd one goes right."
        draft, heights = bands.draft(said, formula=False), bands.heights(self.values)
        bands.lay_signal(draft, heights)

        def drawn(place: Place, tap: Tap) -> float:
            return THICK if tap.padded else THIN if reads_zero(place) else 0.0

        def light(place: Place) -> float:
            return FULL if reads_zero(place) else CONTEXT

        for mode in bands.bands:
            own = mode == "same"
            bands.lay(draft, heights, mode, light if own else dim, drawn if own else nothing)
        bands.lay_steps(draft, heights)
        return draft.board("odd", said, 3)

    def gaps(self, bands: Bands, name: str, said: str) -> Board:
        """Layers with gaps between their windows or their taps; a sample that no window reads is ringed."""
        draft, heights = self.board(bands, said)
        for mode, band in bands.bands.items():
            bands.lay(draft, heights, mode, bright, self.fans)
            for step in bands.unread(band):
                ring = dot("ink", bands.axis.x(step), heights.dots[mode], 22.0, hollow=True, size=3.0)
                draft.put("unread", ("unread", mode, step), ring)
        bands.lay_steps(draft, heights)
        return draft.board(name, said, 3)

    def check(self) -> Board:
        """The outputs at full precision, and Keras's numbers beside them; all layers that were shown are compared."""
        base, own = self.base, self.script.check
        checks = [script.check for bands in self.families for script in bands.scripts.values()]
        distances = [d for check in checks if check.library == own.library for d in check.distances]
        said = Check(own.oracle, tuple(distances), own.ok).line + "."
        draft, heights = base.draft(said, formula=False), base.heights(self.values)
        base.lay_signal(draft, heights)
        for mode, band in base.bands.items():
            base.lay(draft, heights, mode, bright, nothing)
            for place in band.places:
                self._compare(draft, heights, band, place)
        return draft.board("check", said, 3)

    def _compare(self, draft: Draft, heights: Heights, band: Band, place: Place) -> None:
        key = (*self.base.key(band.mode, place), "bar")
        full, asked = band.script.full(place.step, 0), band.script.asked(place.step, 0)
        mark, foot = draft.marks[key], heights.feet[band.mode]
        if mark.kind == "bar":
            rise = float(abs(full)) * heights.unit
            draft.change([key], height=rise, y=foot - mark.base * rise / 2)
        if asked is not None:
            x = mark.x + self.base.axis.bar / 2 + 12
            pieces.compared(draft, ("keras", *key[1:3]), x, foot - float(Fraction(asked)) * heights.unit)
