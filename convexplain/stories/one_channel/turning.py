"""What the boards of kernel_flip are laid out with: one stage of four rows, the signal, the kernel that may be turned
over, its products, and the outputs of two calls side by side.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FULL, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, bar, line
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import calls, places, sliding, workbench
from convexplain.stories.one_channel.calls import CONVOLVE, FUNCTIONS, KERAS
from convexplain.stories.one_channel.places import Place, Track, W, X, Y, whole
from convexplain.stories.script import Script, Tap

APART, BROADEST = 0.2, 320.0
"""From the middle of a step to the middle of each of its two outputs, in steps; the broadest step."""
LOOKS: tuple[dict[str, Any], ...] = ({}, {"hollow": True, "size": 4.0})
"""How the bars of the two functions are drawn."""
ALIKE = 12
"""How many times as large or as small as the samples and sums a single 1 and the kernel may be, on one stage."""


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format: on one axis where all numbers have room, else
    the told window near by, and ``far``, the same stage with all its places.
    """

    corner = "left"
    one: int | None = None
    """The step of a single 1, where the signal is nothing else."""

    def __init__(self, script: Script, form: Format, axis: Axis | None = None) -> None:
        wide = axis or _near(script, form)
        pitch = wide.pitch * (form.width - form.margin - wide.left) / (wide.right - wide.left)
        super().__init__(script, form, wide=replace(wide, pitch=min(pitch, BROADEST)))
        self.near, self.far = self.wide, self
        if axis is None and not self.sees_all:
            far = Turns(script, form, places.axis(Draft(form), script, self.told.step, places.WIDE))
            self.far, self.places = (far if len(far.places) > 1 else self), [self.told]
        self.theirs = [calls.place(script, CONVOLVE, place.step) for place in self.places]
        self.met = next(place for place in self.theirs if place.step == self.told.step)
        both = [*self.places, *self.theirs]
        made = [text for place in both for text in _texts(self.read(place))]
        bare = {tap.k: tap.weight.text for tap in self.read(self.told)}
        factors = {tap.k: benches.factor(tap.weight) for tap in self.read(self.told) if not tap.more}
        for self.factors in (bare | factors, bare):
            self.worked = [*self.factors.values(), *made]
            if self.size(self.wide):
                break
        self.written = places.size_on(self.wide, [place.output.text for place in both], 2 * APART)
        """The size of the numbers of outputs; 0 where they have no room."""
        self.outputs = [place.output.value for place in both]
        self.levels = [level for place in both for level in benches.levels(tap.product.value for tap in place.taps)]
        self.weights, self.single = [tap.weight.value for tap in self.told.taps], calls.single(script, self.places)
        for old, new in ((self.samples(self.wide), [Fraction(1)]), (self.levels, self.weights)):
            sizes = [max(map(abs, values)) for values in (old, new)]
            if max(sizes) > ALIKE * min(sizes):
                self.single = None
        if axis is None:
            self.stage = self.far.stage = self._rows()

    def _rows(self) -> Bench:
        """The heights of all rows, near by and far, with one unit."""
        far, samples = self.far, self.samples(self.wide) + self.samples(self.far.wide)
        more = [Fraction(1), *self.weights] if far.single else []
        room: dict[str, Any] = {"below": benches.INDEX, "between": 4.0, "under": 10.0 if self.form.is_narrow else 40.0}
        room |= {"largest": 60.0, "uneven": places.UNEVEN, "outputs": [*far.outputs, *more]}
        size, levels = places.HIGH * self.size(self.wide), [*far.levels, *more]
        return Bench.fit(self.form, self.wide, [*samples, *more[:1]], self.weights, levels, size, **room)

    def read(self, place: Place) -> tuple[Tap, ...]:
        """The taps of a place that the axis has room for."""
        has_room = all(self.wide.has(tap.step) for tap in place.taps)
        return place.taps if has_room else places.elided(self.script, place.taps)

    def alone(self, single: calls.Single) -> Turns:
        """The same stage with a single 1 for a signal."""
        other = copy(self)
        other.one, other.signal, other.places, other.theirs = single
        return other

    def meets(self, place: Place) -> Tap | None:
        """The tap that meets the single 1 at a place."""
        return next((tap for tap in place.taps if tap.step == self.one), None)

    @property
    def is_over(self) -> bool:
        """Whether samples are left over at the end, from which no full window starts."""
        first, last, many = self.places[0], self.places[-1], len(self.places)
        is_bare = (first.taps[0].step, last.taps[-1].step) == (0, self.length - 1)
        return self.sees_all and is_bare and last.home - first.home + 1 == many < self.length

    # the rows

    def stand(
        self,
        said: str,
        at: Place,
        call: int = KERAS,
        ours: Sequence[Place] | None = None,
        theirs: Sequence[Place] = (),
        says: Sequence[Part] = (),
        lit: Collection[str] = ("t", "t of x"),
        made: bool = True,
        stale: bool = False,
        large: bool = False,
    ) -> Draft:
        """The kernel over one place with the products that are ``made`` there, and the outputs that are known: those of
        ``Conv1D`` (all when None) and those of ``convolve``, of which all but that of this place may be ``stale``.
        ``says`` stands behind the name of ``convolve``; the ``lit`` signs of both are yellow. Before anything is
        computed the two names are ``large``.
        """
        draft, bench, taps = self.draft(said, lit=[at.home]), self.on(self.wide), self.read(at)
        self.lay(draft, bench, taps, None, call % 2 == 1)
        draft.change([("rig", *W, "frame")], corner="")
        for tap in taps:
            if tap.weight.value < 0 and (digits := draft.marks.get((*W, tap.k, "digits"))):
                draft.change([(*W, tap.k, "digits")], y=digits.y - 6)  # free of the line that it hangs from
        self.recede(draft, [tap.step for tap in at.taps])
        if call % 2:
            old, name = draft.marks["name", *W], "*w* turned" if self.form.is_narrow else "*w* turned over"
            draft.marks["name", *W] = words(name, old.left, old.y, old.size, "formula", -1)
            code = words(f"`{calls.BACKWARDS}`", old.left, old.y + 1.15 * old.size, old.size, "formula", -1)
            draft.put("name", ("name", *W, "code"), code)
        rows: list[tuple[Key, str, float]] = [(Y, "outputs", bench.base)]
        if self.one is not None:
            x = self.wide.x(self.one)
            pieces.band(draft, ("fan",), x, bench.foot, bench.bottom - 12, self.wide.bar, "sample")
        elif not large:
            rows.append((("products",), "products", bench.floor))
            self._lay_products(draft, bench, ("product", call, at.step), taps if made else ())
        for row, name, y in rows:
            pieces.baseline(draft, row, self.wide.left, self.wide.right, y)
            pieces.name(draft, row, name, y, "formula")
        known = self.places if ours is None else ours
        self._lay_outputs(draft, bench, KERAS, known, at, call)
        self._lay_outputs(draft, bench, CONVOLVE, theirs, at, call, CONTEXT if stale else FULL)
        if self.is_over and len(known) == len(self.places):
            x, room = self.wide.x(self.length - 1), self.wide.pitch * (self.length - 1 - self.places[-1].home)
            note = benches.longest(room, ("no full window starts here", "no full window", ""))
            x -= (room - self.wide.pitch) / 2
            pieces.note(draft, ("rest",), note, x, bench.base - DIGIT * SMALL / 2 - 10, 0.0, "formula")
        if large:
            del draft.marks["ruler", "at"]
        elif at.home == at.step:
            self.tell_step(draft, at.home, "*t*")
        self.sign(draft, says, lit, large)
        return draft

    def _lay_products(self, draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap]) -> None:
        """The staircase below the kernel, each product in the column of its sample."""
        benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints, None, bool(bench.size))
        del draft.marks["baseline", *key, "floor"]
        for tap in taps:
            own, tint = (*key, tap.k), self.tints.get(tap.k, "kernel")
            if (digits := draft.marks.get((*own, "digits"))) and abs(digits.y - bench.floor) < digits.size / 2:
                draft.change([(*own, "digits")], y=bench.floor - DIGIT * digits.size / 2 - 8)  # free of the line
            workbench.join(draft, bench, own, tap, tint)

    def _lay_outputs(
        self, draft: Draft, bench: Bench, row: int, known: Sequence[Place], at: Place, call: int, others: float = FULL
    ) -> None:
        """The outputs of a function, left or right of the middle of their steps, those of the ``others`` than the place
        ``at`` in their own light; what a single 1 gives is led to through the tap that it has met.
        """
        products = tuple(key for key in draft.marks if key[0] == "product" and key[-1] == "bar")
        pitch, width = self.wide.pitch, min(130.0, 0.33 * self.wide.pitch)
        for place in known:
            key, tap, is_here = (*calls.row(row), place.step), self.meets(place), place.step == at.step
            x, role = self.wide.x(place.home) + (2 * row - 1) * APART * pitch, self.tints[tap.k] if tap else "output"
            look: dict[str, Any] = {
                "light": FULL if is_here else others,
                "made_of": products * (is_here and row == (call > 0)),
            }
            look |= {"bricks": whole([place.output.value])} | LOOKS[row]
            mark = pieces.column(draft, key, place.output, x, bench.base, width, bench.lowest, role, **look)
            if self.written:
                said = "ink" if mark.light == FULL else "quiet"
                mark = pieces.digits(draft, key, place.output.text, self.written, said)
            if tap:
                begin, y, end = self.wide.x(tap.step), bench.bottom + 8, mark.top - 6
                light, size, middle = *((FULL, 6.0) if row == call % 2 else (CONTEXT, 3.0)), (y + end) / 2
                way = (begin, y, begin, middle, x, middle, x, end)
                draft.put("fan", ("fan", *key), line(role, *way, curve=True, z=-1, light=light, size=size))

    def lay_gaps(self, draft: Draft) -> None:
        """How far apart the two outputs of each step are: a line between their ends."""
        for one, other in zip(self.places, self.theirs, strict=True):
            x, base, unit = self.wide.x(one.home), self.stage.base, self.stage.lowest
            ends = [base - float(at.output.value) * unit for at in (one, other)]
            if one.output.value != other.output.value:
                size = min(7.0, 0.06 * self.wide.pitch)
                draft.put("gap", ("gap", one.step), line("differs", x, ends[0], x, ends[1], size=size))

    def tell_step(self, draft: Draft, step: int, said: str) -> None:
        """On the ruler, beside a step, what it is in the formula."""
        if (number := draft.marks.get(("ruler", step))) is not None:
            mark = words(f"= {said}", number.right + 12, number.y, self.form.small, "lit", -1)
            if mark.width + number.width + 60 < self.wide.pitch and mark.right < self.form.width - 20:
                draft.put("ruler", ("ruler", "said", step), mark)

    # the two functions

    def sign(self, draft: Draft, says: Sequence[Part], lit: Collection[str], large: bool) -> None:
        """The names of the two functions behind their signs, a brick filled or hollow, and what they compute: in a line
        over the caption, below it on paper; or ``large``, with whose they are, below the kernel.
        """
        form, size = self.form, SMALL if self.form.is_narrow else TEXT
        known = phrases.layer_formula(self.layer, self.length, channels=False, output="")
        x = form.margin
        for row, parts in ((KERAS, known), (CONVOLVE, says)):
            y, em, high = form.height - (36.0 if form.is_narrow else 144.0), size, DIGIT * size
            if large:
                x = self.wide.left + row * (self.wide.right - self.wide.left) / 2
                y, em, parts = (self.stage.base + self.stage.bottom) / 2 - 30, TEXT if form.is_narrow else PARTIAL, ()
                whose = f"of {'SciPy: hollow' if row else 'Keras: filled'} bars"
                pieces.note(draft, ("call", row), whose, x, y + em, -1, "formula")
            key = ("title" if large else "formula", row)
            draft.put("title", (*key, "bar"), bar("output", x + high / 2, y + high / 2, high, high, **LOOKS[row]))
            name = draft.put("title", key, words(f"`{FUNCTIONS[row]}`", x + 1.5 * high, y, em, align=-1))
            x, reach = name.right, sum(advance(runs_of(part.markup)) for part in parts)
            em = min(size, (form.width - 8 - x) / max(reach, 1.0))
            for part in parts:
                at = (x, y + 14.0 * min(1.4, part.small), min(SMALL, em) if part.small else em)
                mark = words(part.markup, *at, "lit" if part.name in lit else "formula", -1)
                x = draft.put("formula", ("formula", row, part.name), mark).right
            x = max(0.41 * form.width, x + 40)

    @property
    def counting_back(self) -> list[Part]:
        """What ``convolve`` computes."""
        return [Part("y", "["), *phrases.turned_formula(self.layer, self.length)[1:]]

    def code(self, *kernel: str) -> list[Part]:
        """How ``convolve`` is called, with a ``kernel`` or with the one that gives the layer's outputs."""
        return [Part("code", f"`{calls.code_of(self.layer, *kernel)}`")]

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

    def falling(self, call: int, at: Place) -> Iterable[Cue]:
        """The products come from their samples, the first time one after the other; then their sum."""
        taps = self.read(at)
        yield Cue(((*calls.row(call), at.step),), motion.ENTER + (1 if call else len(taps)))
        for cue in workbench.falling(("product", call, at.step), taps):
            yield cue._replace(beat=motion.ENTER, lasts=1.0) if call else cue

    def passing(self, call: int, start: Place, end: Place) -> Iterable[Cue]:
        """The rig slides; the outputs of a step stand when it passes."""
        slide, *cues = sliding.passing(self.places, start, end)
        yield slide
        for cue, place in zip(cues, self.places, strict=True):
            rows = [(*calls.row(row), place.step) for row in {KERAS, min(call, CONVOLVE)}]
            yield cue._replace(keys=tuple(key for own in rows for key in ((*own, "bar"), ("fan", *own))))


def _texts(taps: Sequence[Tap]) -> Iterable[str]:
    """The numbers of a window besides those of the kernel."""
    for tap in taps:
        yield from (tap.sample.text, pieces.signed(tap.product.text))


def _near(script: Script, form: Format) -> Axis:
    """All steps where their numbers have room; else the told window with what is beside it, or, where not even that has
    room, its columns alone.
    """
    step, steps = script.cell.step, range(script.shape[0] if script.shape[0] <= places.WIDE else 0)
    told, every = ([calls.place(script, c, s) for s in own for c in (KERAS, CONVOLVE)] for own in ([step], steps))
    bare, factors = ({write(tap.weight) for tap in told[0].taps} for write in (lambda own: own.text, benches.factor))
    span = abs(told[0].taps[-1].step - told[0].taps[0].step) + 1
    for most in (places.WIDE, *range(max(places.CLOSE, span + 1), span - 1, -1)):
        shown, seen = places.axis(Draft(places.COLUMN), script, step, most), every if most == places.WIDE else told
        is_seen = seen and all(shown.has(tap.step) for at in seen for tap in at.taps)
        made = [text for at in seen for text in _texts(at.taps)]
        if is_seen and any(places.size_on(shown, [*texts, *made], 0.9) for texts in (bare | factors, bare)):
            return places.axis(Draft(form), script, step, most)
    return benches.window_axis(Draft(form), places.elided(script, told[0].taps), script.read_shape[0], places.CLOSE, 0)
