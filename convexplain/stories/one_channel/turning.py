"""What the boards of kernel_flip are laid out with: one stage of four rows, the signal, the kernel that may be turned
over, its products, and the outputs of two calls side by side.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FULL, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, bar, line
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import calls, places, sliding
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS, Call
from convexplain.stories.one_channel.places import Place, Track, W, X, Y, whole
from convexplain.stories.script import Script, Tap

NO_WINDOW = ("no full window starts here", "no full window", "none")
"""What is said below samples with which no window starts."""
APART = 0.2
"""From the middle of a step to the middle of each of its two outputs, in steps."""
BROADEST = 320.0
"""No step is wider."""
ALIKE = 12
"""How many times as large or as small as the samples and sums a single 1 and the kernel may be, on one stage."""


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format and on one axis: all samples, or as many of
    those near the told window as their numbers have room for.
    """

    corner, is_alone = "left", False
    """``is_alone``: whether the signal is a single 1."""

    def __init__(self, script: Script, form: Format) -> None:
        wide = _stretch(script, form)
        pitch = wide.pitch * (form.width - form.margin - wide.left) / (wide.right - wide.left)
        super().__init__(script, form, wide=replace(wide, pitch=min(pitch, BROADEST)), between=4.0)
        self.near, self.theirs = self.wide, [calls.place(script, CONVOLVE, place.step) for place in self.places]
        self.met = next(place for place in self.theirs if place.step == self.told.step)
        both = [*self.places, *self.theirs]
        made = [text for place in both for text in _texts(places.elided(script, place.taps))]
        self.worked = [*self.factors.values(), *made]
        self.outputs = [place.output for place in both]
        self.levels = [level for place in both for level in benches.levels(tap.product.value for tap in place.taps)]
        self.single = self._single()
        texts = [number.text for number in self.outputs]
        self.every = places.size_on(self.wide, texts, 2 * APART)
        """The size of the numbers of outputs where all have room; else 0."""
        self.only = self.every or places.size_on(self.wide, texts, 0.6)
        """That of the outputs of one place, where the others have none."""

    def _single(self) -> calls.Single | None:
        """A single 1 for a signal, where one unit serves it and the told numbers."""
        if len(self.places[0].taps) > len(self.taps) or (found := calls.single(self.script, self.places)) is None:
            return None
        rows = ((self.samples(self.wide), [Fraction(1)]), (self.levels, [tap.weight.value for tap in self.taps]))
        sizes = [[max(map(abs, values)) for values in row] for row in rows]
        return found if all(told <= ALIKE * new and new <= ALIKE * told for told, new in sizes) else None

    def alone(self, single: calls.Single) -> Turns:
        """The same stage with another signal."""
        other = copy(self)
        other.signal, other.places, other.theirs = single
        other.is_alone = True
        return other

    def _has_room(self) -> bool:
        return bool(self.size(self.wide))

    @property
    def under(self) -> float:
        return 10.0 if self.form.is_narrow else 40.0

    @cached_property
    def stage(self) -> Bench:
        samples, weights = self.samples(self.wide), [tap.weight.value for tap in self.taps]
        more = [Fraction(1), *weights] if self.single else []
        outputs = [*(number.value for number in self.outputs), *more]
        size = places.HIGH * self.size(self.wide)
        room = {"largest": 60.0, "below": benches.INDEX, "between": self.between, "under": self.under}
        return Bench.fit(
            self.form, self.wide, [*samples, *more[:1]], weights, [*self.levels, *more], size,
            uneven=places.UNEVEN, outputs=outputs, **room,
        )  # fmt: skip

    @property
    def has_rest(self) -> bool:
        """Whether samples are left over at the end, from which no full window starts."""
        last, beside = self.places[-1], self.layer.strides == 1 and self.layer.padding == "valid"
        return beside and self.sees_all and last.home < self.length - 1

    # the rows

    def opened(self, said: str, laid: bool) -> Draft:
        """The four rows, with the kernel below its signal or ``laid`` on its window, and the names of the two calls."""
        draft, bench = self.rows(said, self.told)
        del draft.marks["ruler", "at"]
        self.sign(draft, ours=False, large=True)
        if laid:
            right, low = benches.columns(self.taps, self.wide)[1], bench.bottom - benches.INDEX / 2 - 2
            last = self.taps[-1]
            begin, meaning = (self.wide.x(last.step) + SMALL, low), f"the kernel’s number at *k* = {last.k}"
            pieces.callout(draft, ("tap",), f"tap {last.k}", right + 40, low, begin, meaning)
            return draft
        high = bench.bottom - bench.middle
        draft.change([("rig", *W, "frame")], y=bench.middle + high / 2, height=high)
        return draft

    def rows(self, said: str, at: Place, is_turned: bool = False) -> tuple[Draft, Bench]:
        """Signal and kernel at one place, and the lines of the rows below; samples outside the window stand back."""
        draft, bench = self.draft(said, lit=[at.home]), self.on(self.wide)
        self.lay(draft, bench, places.elided(self.script, at.taps), None, is_turned)
        draft.change([("rig", *W, "frame")], corner="")
        below = [key for tap in at.taps if tap.weight.value < 0 and (key := (*W, tap.k, "digits")) in draft.marks]
        for key in below:
            draft.change([key], y=draft.marks[key].y - 6)  # free of the line that it hangs from
        self.recede(draft, [tap.step for tap in at.taps])
        if is_turned:
            old = draft.marks["name", *W]
            said = "*w* turned" if self.form.is_narrow else "*w* turned over"
            draft.marks["name", *W] = words(said, old.left, old.y, old.size, "formula", -1)
            code = words(f"`{calls.BACKWARDS}`", old.left, old.y + 1.15 * old.size, old.size, "formula", -1)
            draft.put("name", ("name", *W, "code"), code)
        rows = [(("products",), "products", bench.floor), (Y, "outputs", bench.base)]
        for key, name, y in rows[self.is_alone :]:
            pieces.baseline(draft, key, self.wide.left, self.wide.right, y)
            pieces.name(draft, key, name, y, "formula")
        return draft, bench

    def stand(
        self,
        said: str,
        at: Place,
        call: Call = KERAS,
        ours: Sequence[Place] | None = None,
        theirs: Sequence[Place] = (),
        made: bool = True,
        stale: bool = False,
        written: bool = True,
    ) -> Draft:
        """The kernel over one place with the products that are ``made`` there, and the outputs that are known: those of
        ``Conv1D`` (all when None) and those of ``convolve``, ``written`` where they have room; those that are
        ``stale`` but for this place stand back.
        """
        draft, bench = self.rows(said, at, call.is_turned)
        if self.is_alone:
            x, tip = self.wide.x(next(step for step, number in self.signal.items() if number.value)), bench.bottom - 12
            pieces.band(draft, ("fan",), x, bench.foot, tip, self.wide.bar, "sample")
        elif made:
            taps, key = places.elided(self.script, at.taps), ("product", call.turns, at.step)
            benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints)
            del draft.marks["baseline", *key, "floor"]
            for tap in taps:
                own = (*key, tap.k)
                if (digits := draft.marks.get((*own, "digits"))) and abs(digits.y - bench.floor) < digits.size / 2:
                    draft.change([(*own, "digits")], y=bench.floor - DIGIT * digits.size / 2 - 8)  # free of the line
                end, tint = draft.marks[*own, "bar"].bottom, self.tints.get(tap.k, "kernel")
                pieces.band(draft, own, self.wide.x(tap.step), bench.foot, end, self.wide.bar, tint)
        products = tuple(key for key in draft.marks if key[0] == "product" and key[-1] == "bar")
        for row, side, known in ((KERAS, -1, self.places if ours is None else ours), (CONVOLVE, 1, theirs)):
            for place in known:
                is_here = place.step == at.step
                shade = CONTEXT if stale and row is CONVOLVE and not is_here else FULL
                self._output(draft, bench, place, row, side, shade, products if is_here else ())
                if written and (size := self.only if is_here else self.every):
                    role = "ink" if shade == FULL else "quiet"
                    pieces.digits(draft, (*row.row, place.step), place.output.text, size, role)
                if self.is_alone and place.output.value:
                    self._strand(draft, bench, place, row, row.is_turned == call.is_turned)
        if len(self.places) == len(self.places if ours is None else ours) and self.has_rest:
            left, right = self.wide.x(self.places[-1].home + 1), self.wide.x(self.length - 1)
            x, room = (left + right) / 2, 2 * (self.form.width - self.form.margin / 2 - (left + right) / 2)
            note = benches.longest(min(room, right - left + self.wide.pitch), NO_WINDOW)
            pieces.note(draft, ("rest",), note, x, bench.base - DIGIT * SMALL / 2 - 10, 0.0, "formula")
        return draft

    def _output(
        self, draft: Draft, bench: Bench, place: Place, call: Call, side: int, shade: float, made: tuple[Key, ...]
    ) -> None:
        """The output of one of two calls, left or right of the middle of its step."""
        x, width = self.wide.x(place.home) + side * APART * self.wide.pitch, min(130.0, 0.33 * self.wide.pitch)
        bricks, look = whole([place.output.value]), {"light": shade, "made_of": made, **call.look}
        role = self.tints[self.meets(place).k] if self.is_alone and place.output.value else "output"
        at = (x, bench.base, width, bench.lowest, role)
        pieces.column(draft, (*call.row, place.step), place.output, *at, bricks=bricks, **look)

    def _strand(self, draft: Draft, bench: Bench, place: Place, call: Call, is_meant: bool) -> None:
        """What leads from the single 1, through the tap that meets it, to the output at a place."""
        ends = [draft.marks[key] for part in ("digits", "bar") if (key := (*call.row, place.step, part)) in draft.marks]
        tap, x, y, end = self.meets(place), ends[-1].x, bench.bottom + 8, ends[0].top - 6
        begin, middle = self.wide.x(tap.step), (y + end) / 2
        look = {"size": 6.0} if is_meant else {"size": 3.0, "light": CONTEXT}
        strand = line(self.tints[tap.k], begin, y, begin, middle, x, middle, x, end, curve=True, z=-1, **look)
        draft.put("fan", ("fan", call.row[0], place.step), strand)

    def meets(self, place: Place) -> Tap:
        """The tap that meets the single 1 at a place."""
        return next(tap for tap in place.taps if tap.sample.value)

    # the calls

    @property
    def line(self) -> float:
        """The y of the line with the names of the two functions."""
        return self.form.height - (36.0 if self.form.is_narrow else 144.0)

    def sign(
        self,
        draft: Draft,
        theirs: Sequence[Part] = (),
        lit: Collection[str] = (),
        ours: bool = True,
        large: bool = False,
    ) -> None:
        """The names of the two functions behind their signs, a brick filled or hollow, each followed by what it
        computes: ``Conv1D``'s formula where it is ``ours``, and ``theirs``. They stand ``large``, with whose they are,
        or in a line over the caption, below it on paper.
        """
        form, size = self.form, SMALL if self.form.is_narrow else TEXT
        y = self.line
        known = phrases.layer_formula(self.layer, self.length, channels=False, output="") if ours else ()
        for call, parts, x in ((KERAS, known, form.margin), (CONVOLVE, theirs, 0.42 * form.width)):
            em = size
            if large:
                em, y = (TEXT if form.is_narrow else PARTIAL), (self.stage.floor + self.stage.bottom) / 2
                x = self.wide.left + (0.0 if call is KERAS else (self.wide.right - self.wide.left) / 2)
                said = f"of {'SciPy: hollow' if call.is_hollow else 'Keras: filled'} bars"
                pieces.note(draft, ("call", call.function), said, x, y + em, -1, "formula")
            high, key = DIGIT * size, ("title", call.function)
            draft.put("title", (*key, "bar"), bar("output", x + high / 2, y + high / 2, high, high, **call.look))
            name = draft.put("title", key, words(f"`{call.function}`", x + 1.5 * high, y, em, "ink", -1))
            reach = sum(advance(runs_of(part.markup)) * (SMALL if part.small else size) for part in parts)
            size, x = min(size, size * (form.width - 24 - name.right) / max(reach, 1.0)), name.right
            for part in parts:
                em = min(SMALL, size) if part.small else size
                role = "lit" if part.name in lit else "formula"
                mark = words(part.markup, x, y + 14.0 * min(1.4, part.small), em, role, -1)
                draft.put("formula", ("formula", call.function, part.name), mark)
                x += advance(mark.runs) * em

    @property
    def counting_back(self) -> list[Part]:
        """What ``convolve`` computes."""
        return [Part("y", "["), *phrases.turned_formula(self.layer, self.length)[1:]]

    def code(self, *kernel: str) -> list[Part]:
        """How ``convolve`` is called, with a ``kernel`` or with the one that gives the layer's outputs."""
        return [Part("code", f"`{calls.code_of(self.layer, *kernel).removeprefix(CONVOLVE.function)}`")]

    def tell_steps(self, draft: Draft, at: Place, named: Iterable[int] = ()) -> None:
        """On the ruler, beside steps of a window, what they are in the formula: t, and its samples ``named``."""
        steps = {at.home: "*t*"} if at.home == at.step else {}
        for place in named:
            steps.setdefault(at.taps[place].step, phrases.sample_at(self.layer, self.length, place))
        for step, said in steps.items():
            if (number := draft.marks.get(("ruler", step))) is not None:
                mark = words(f"= {said}", number.right + 12, number.y, self.form.small, "lit", -1)
                if mark.width + number.width + 60 < self.wide.pitch and mark.right < self.form.width - 20:
                    draft.put("ruler", ("ruler", "said", step), mark)

    def lay_gaps(self, draft: Draft) -> None:
        """How far apart the two outputs of each step are: a line between their ends."""
        bench = self.stage
        for one, other in zip(self.places, self.theirs, strict=True):
            if one.output.value != other.output.value:
                x, size = self.wide.x(one.home), min(7.0, 0.06 * self.wide.pitch)
                ends = [bench.base - float(at.output.value) * bench.lowest for at in (one, other)]
                draft.put("gap", ("gap", one.step), line("differs", x, ends[0], x, ends[1], size=size))

    # motion

    def turning(self, draft: Draft) -> list[Cue]:
        """The kernel turns over about its middle, with all that is on its card, in a window that stays; half-way it has
        another name.
        """
        card = draft.marks["rig", *W, "card"]
        name = Cue((("name", *W),), motion.MOVE, 0.4, after=motion.LASTS["turn"] / 2)
        taps = [key for key in draft.marks if key[: len(W)] == W and key != (*W, "k")]
        keys = (("rig", *W, "card"), ("baseline", "rig", *W), *taps)
        return [Cue(keys, motion.MOVE, how="turn", at=(card.x, card.y)), name]

    def falling(self, call: Call, at: Place) -> list[Cue]:
        """A product comes from its sample: first down through its tap, one after the other; then the sum."""
        row, taps = KERAS.row if call is KERAS else CONVOLVE.row, places.elided(self.script, at.taps)
        cues = [Cue(((*row, at.step),), motion.ENTER + len(taps))]
        for number, tap in enumerate(taps):
            own, lasts = ("product", call.turns, at.step, tap.k), max(0.6, 1.3 - 0.2 * number)
            cues.append(Cue(((*own, "bar"), (*own, "band")), motion.ENTER + number, lasts, "down first"))
        return cues

    def passing(self, call: Call, start: Place, end: Place) -> list[Cue]:
        """The rig slides; an output stands when it passes."""
        row = KERAS.row if call is KERAS else CONVOLVE.row
        cues = sliding.passing(self.places, start, end, row)
        fans = [(("fan", row[0], place.step),) for place in self.places]
        return [*cues, *(cue._replace(keys=fan) for cue, fan in zip(cues[1:], fans, strict=True))]


def _texts(taps: Sequence[Tap]) -> Iterable[str]:
    """The numbers of a window besides those of the kernel."""
    for tap in taps:
        yield from (tap.sample.text, f"+{tap.product.text}")


def _stretch(script: Script, form: Format) -> Axis:
    """All steps, or as many of those near the told window as have room for their numbers; where that is not even the
    window, its columns alone.
    """
    told = places.place(script, script.cell.step)
    span = abs(told.taps[-1].step - told.taps[0].step) + 1
    bare = {tap.weight.text for tap in told.taps}
    for factors in (bare | {benches.factor(tap.weight) for tap in told.taps}, bare):
        for most in range(places.WIDE, span, -1):
            shown = places.axis(Draft(places.COLUMN), script, told.step, most)
            seen = [(at, calls.place(script, CONVOLVE, at.step)) for at in places.in_view(script, shown, told.step)]
            made = [text for pair in seen for at in pair for text in _texts(at.taps)]
            if places.size_on(shown, [*factors, *made], 0.9):
                return places.axis(Draft(form), script, told.step, most)
    return benches.window_axis(Draft(form), places.elided(script, told.taps), script.read_shape[0], places.CLOSE, 0)
