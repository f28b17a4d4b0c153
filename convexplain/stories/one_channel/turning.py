"""What the boards of kernel_flip are laid out with: one stage of four rows, the signal, the kernel that may be turned
over, its products, and the outputs of two calls side by side.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, Mark, bar, line
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import calls, places, sliding
from convexplain.stories.one_channel.calls import CONVOLVE, FUNCTIONS, KERAS
from convexplain.stories.one_channel.places import Place, Track, W, X, Y, whole
from convexplain.stories.script import Script, Tap

APART, BROADEST = 0.2, 320.0
"""From the middle of a step to the middle of each of its two outputs, in steps; the broadest step."""
WIDEST, LINE = 4.0, 58.0
"""How many bricks high the broadest bar of bricks is wide; from the line of one function to that of the other."""
LOOKS: tuple[dict[str, Any], ...] = ({}, {"hollow": True, "size": 4.0})
"""How the bars of the two functions are drawn."""
WHOSE = ("of Keras, a library for neural networks", "of SciPy, a library for signals")
"""What the two functions belong to."""
ALIKE = 12
"""How many times as large or as small as the samples and sums a single 1 and the kernel may be, on one stage."""
TALLER = 1.5
"""How many times as high as the signal's row one may be that a single 1 has room in."""


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format: on one axis where all numbers have room, else
    the told window near by, and ``far``, the same stage with all its places.
    """

    one: int | None = None
    """The step of a single 1, where the signal is nothing else."""
    aside = 0.0
    """The x right of the last output where the two functions stand with their formulas; 0 where there is no room."""

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
        self.another = int(self.told == self.places[0] and len(self.places) > 2)
        """The number of a place besides the told one and the last: the first, or the one after it."""
        both, taps = [*self.places, *self.theirs], self.read(self.told)
        bare = {tap.k: tap.weight.text for tap in taps}
        for self.factors in (bare | {tap.k: benches.factor(tap.weight) for tap in taps if not tap.more}, bare):
            self.worked = [*self.factors.values(), *_texts(map(self.read, both))]
            if self.size(self.wide):
                break
        room = 2 * APART if len(self.places) > 1 else 0.9
        self.written = places.size_on(self.wide, [place.output.text for place in both], room)
        """The size of the numbers of outputs; 0 where they have no room."""
        levels = [level for place in both for level in benches.levels(tap.product.value for tap in place.taps)]
        weights, self.single = [tap.weight.value for tap in self.told.taps], calls.single(script, self.places)
        for old, new in ((self.samples(self.wide), [Fraction(1)]), (levels, weights)):
            sizes = [max(map(abs, values)) for values in (old, new)]
            if max(sizes) > ALIKE * min(sizes):
                self.single = None
        signal = self.samples(self.far.wide)
        if sum(benches.extent([*signal, Fraction(1)])) > TALLER * sum(benches.extent(signal)):
            self.single = None
        if axis is None:
            self.aside = self._aside()
            self.stage = self.far.stage = self._rows(weights)
            highest = max(float(place.output.value) for place in both) * self.stage.lowest
            if self.aside and highest < 1.5 * LINE:  # products may hang down to what stands there
                self.aside = 0.0
                self.stage = self.far.stage = self._rows(weights)
            if whole([*self.samples(self.far.wide), *weights]):  # bricks are not much wider than high
                for own in {id(own): own for own in (self, self.far)}.values():
                    own.near = own.wide = replace(own.wide, widest=min(own.wide.widest, WIDEST * self.stage.unit))

    def _rows(self, weights: Sequence[Fraction]) -> Bench:
        """The heights of all rows, near by and far, with one unit. Products and outputs of a column stand clear of each
        other.
        """
        far, size = self.far, places.HIGH * self.size(self.wide)
        samples, every = self.samples(self.wide) + self.samples(far.wide), [*far.places, *far.theirs]
        if far.single:
            samples, every = [*samples, Fraction(1)], [*every, *far.single.ours, *far.single.theirs]
        rises, high, deep, hanging = defaultdict[int, Fraction](Fraction), [Fraction(0)], [Fraction(0)], False
        for place in every:
            rises[place.home] = max(rises[place.home], place.output.value)
        highest = max(rises.values())
        beside = highest if self.aside else Fraction(0)  # columns without an output
        for place in every:
            levels = benches.levels(tap.product.value for tap in place.taps)
            for tap, ends in zip(place.taps, pairwise(levels), strict=True):
                high.append(max(ends))
                deep.append(rises.get(tap.step, beside) - min(ends))
                hanging |= max(ends) < 0 and tap.step in rises
        sums = [max(high), min(Fraction(0), highest - max(deep))]
        under = 0.0 if self.form.is_narrow else -20.0 if self.aside else 40.0
        room: dict[str, Any] = {"below": 36.0, "largest": 60.0, "uneven": places.UNEVEN, "between": 0.0, "under": under}
        room |= {
            "outputs": [at.output.value for at in every],
            "hanging": (size + 10) * hanging,
            "gap": 12.0,
            "over": pieces.ABOVE + 16.0,
        }
        return Bench.fit(self.form, self.wide, samples, weights, sums, size, **room)

    def _aside(self) -> float:
        """How far right of the last output there is room for what is typed; 0 where there is too little."""
        x = self.far.wide.x(self.far.places[-1].home) + 0.5 * self.wide.pitch
        typed = "".join(part.markup for part in calls.code(self.layer))
        reach = advance(runs_of(f"`{FUNCTIONS[CONVOLVE]}`{typed}")) * SMALL
        return x if self.sees_all and x + SMALL + reach < self.form.width - self.form.margin / 2 else 0.0

    def read(self, place: Place) -> tuple[Tap, ...]:
        """The taps of a place that the axis has room for."""
        has_room = all(self.wide.has(tap.step) for tap in place.taps)
        return place.taps if has_room else places.elided(self.script, place.taps)

    def alone(self, single: calls.Single) -> Turns:
        """The same stage with a single 1 for a signal."""
        other = copy(self)
        other.one, other.signal, other.places, other.theirs = single
        return other

    # the rows

    def stand(
        self, said: str, at: Place, call: int = KERAS, ours: Sequence[Place] | None = None,
        theirs: Iterable[Place] = (), says: Sequence[Part] = (), lit: Collection[str] = ("t", "t of x"),
        made: bool = True, large: bool = False,
    ) -> Draft:  # fmt: skip
        """The kernel over one place with the products that are ``made`` there, and the outputs that are known: those of
        ``Conv1D`` (all when None) and those of ``convolve``. ``says`` stands behind the name of ``convolve``; the
        ``lit`` signs of both are yellow. Before anything is computed the two names are ``large``.
        """
        draft, bench, taps = self.draft(said, lit=[at.home]), self.on(self.wide), self.read(at)
        self.lay(draft, bench, taps, None, call % 2 == 1)
        for tap in taps:
            if tap.weight.value < 0 and (digits := draft.marks.get((*W, tap.k, "digits"))):
                draft.change([(*W, tap.k, "digits")], y=digits.y - 6)  # free of the line that it hangs from
        self.recede(draft, [self.one, *(tap.step for tap in at.taps)])
        if call:
            old, second = draft.marks["name", *W], f"`{calls.BACKWARDS}`" if call % 2 else "twice: *w*"
            draft.marks["name", *W] = words("*w* turned", old.left, old.y, old.size, "formula", -1)
            code = words(second, old.left, old.y + 1.15 * old.size, old.size, "formula", -1)
            draft.put("name", ("name", *W, "code"), code)
        index = [key for key in draft.marks if key[:3] == W and key[-1] == "index"]
        if index and self.form.is_narrow:  # on paper their name has no room beside the card
            first = draft.marks[index[0]]
            mark = words("*k* =", first.left - 10, first.y, first.size, first.role, align=1)
            if mark.left > benches.columns(taps, self.wide)[0] + 8:
                draft.put("index", (*W, "k"), mark)
        if "k of x" in lit:
            draft.change(index, role="lit")
        rows: list[tuple[Key, str, float]] = [(Y, "outputs", bench.base), (("products",), "products", bench.floor)]
        for row, name, y in rows[: 2 - large]:
            right = self.aside - 40 if row == Y and self.aside else self.wide.right
            pieces.baseline(draft, row, self.wide.left, right, y)
            pieces.name(draft, row, name, y, "formula")
        if made:
            self._lay_products(draft, bench, ("product", call, at.step), taps)
        self._lay_outputs(draft, bench, KERAS, self.places if ours is None else ours, at if not call else None)
        self._lay_outputs(draft, bench, call or CONVOLVE, theirs, at)
        if ours is None:
            self._lay_rest(draft, bench)
        if large:
            del draft.marks["ruler", "at"]
            self.entitle(draft)
            return draft
        if "sign" in [part.name for part in says]:
            for place, tap in enumerate(at.taps):
                self.tell_step(draft, tap.step, phrases.sample_at(self.layer, self.length, place))
        elif at.home == at.step:
            self.tell_step(draft, at.home, "*t*")
        self.lay_formulas(draft, says, lit)
        return draft

    def _lay_rest(self, draft: Draft, bench: Bench) -> None:
        """Where samples are left over at the end: that no full window begins there."""
        first, last = self.places[0], self.places[-1]
        x, left = self.wide.x(last.home), self.length - 1 - last.home
        if (
            not self.aside
            and self.sees_all
            and last.home - first.home + 1 == len(self.places)
            and 0 < left == last.taps[-1].step - last.home
        ):
            room, said = self.wide.pitch * left, "the kernel has no room here"
            x, y = x + (room + self.wide.pitch) / 2, bench.base - DIGIT * SMALL / 2 - 10
            if advance(runs_of(said)) * self.form.small < room - 10:
                pieces.note(draft, ("rest",), said, x, y, 0.0, "formula")

    def _lay_products(self, draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap]) -> None:
        """The staircase below the kernel, each product in the column of its sample; the number of one that lies wholly
        below the line stands below it.
        """
        benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints, None, bool(bench.size))
        del draft.marks["baseline", *key, "floor"]
        for tap, ends in zip(taps, pairwise(benches.levels(tap.product.value for tap in taps)), strict=True):
            own, tint = (*key, tap.k), self.tints.get(tap.k, "kernel")
            if max(ends) < 0 and (digits := draft.marks.get((*own, "digits"))):
                y = draft.marks[*own, "bar"].bottom + pieces.ABOVE + DIGIT * digits.size / 2
                draft.change([(*own, "digits")], y=y)
            sliding.join(draft, bench, own, tap, tint)

    def _lay_outputs(self, draft: Draft, bench: Bench, call: int, known: Iterable[Place], at: Place | None) -> None:
        """The outputs of a call, left or right of the middle of their steps, that of the place ``at`` made of its
        products; what a single 1 gives is that 1, fallen through its tap.
        """
        products, side = tuple(key for key in draft.marks if key[0] == "product" and key[-1] == "bar"), min(call, 1)
        for place in known:
            key, x = (*calls.row(call), place.step), self.wide.x(place.home) + (2 * side - 1) * APART * self.wide.pitch
            look: dict[str, Any] = {"bricks": whole([place.output.value]), **LOOKS[side]}
            if self.one is not None and place.output.value:
                look["copy_of"] = (*X, self.one, "bar")
            elif at and place.step == at.step:
                look["made_of"] = products
            width = min(self.wide.bar, 0.33 * self.wide.pitch)
            pieces.column(draft, key, place.output, x, bench.base, width, bench.lowest, "output", **look)
            if self.written:  # the number of one is clear of the middle of its step
                mark = pieces.digits(draft, key, place.output.text, self.written)
                aside = max(0.0, mark.width / 2 + 4 - APART * self.wide.pitch)
                draft.change([(*key, "digits")], x=mark.x + (2 * side - 1) * aside)

    def lay_gaps(self, draft: Draft) -> None:
        """How far apart the two outputs of each step are: a line between their ends."""
        size, bench = min(7.0, 0.06 * self.wide.pitch), self.stage
        for pair in zip(self.places, self.theirs, strict=True):
            x, ends = self.wide.x(pair[0].home), [bench.base - float(at.output.value) * bench.lowest for at in pair]
            if ends[0] != ends[1]:
                draft.put("gap", ("gap", pair[0].step), line("differs", x, ends[0], x, ends[1], size=size))

    # the two functions

    def entitle(self, draft: Draft) -> None:
        """The names of the two functions, large, with whose they are, below the kernel."""
        form, left = self.form, 0.0
        y, em = (self.stage.base + self.stage.bottom) / 2 - 30, TEXT if form.is_narrow else PARTIAL
        for row in (KERAS, CONVOLVE):
            left = max(left, self.wide.left + row * (self.wide.right - self.wide.left) / 2)
            self._sign(draft, ("title", row), row, left, y, em)
            pieces.note(draft, ("call", row), WHOSE[row], left, y + em, -1, "formula")
            left = draft.marks["note", "call", row].right + 60

    def lay_formulas(self, draft: Draft, says: Sequence[Part], lit: Collection[str]) -> None:
        """The names of the two functions and what they compute: right of the outputs, or in a line over the caption,
        below it on paper.
        """
        form, left = self.form, self.aside or self.form.margin
        size = 36.0 if form.is_narrow else form.small if self.aside else TEXT
        known = phrases.layer_formula(self.layer, self.length, channels=False, output="")
        for row, parts in ((KERAS, known), (CONVOLVE, says)):
            y = form.height - (36.0 if form.is_narrow else 144.0)
            if self.aside:
                y = self.stage.base - 12 - LINE * (1 - row)
            x = self._sign(draft, ("formula", row), row, left, y, size).right
            reach = sum(advance(runs_of(part.markup)) for part in parts)
            em = min(size, (form.width - min(40, form.margin) - x) / max(reach, 1.0))
            for part in parts:
                at = (x, y + 14.0 * min(1.4, part.small), min(SMALL, em) if part.small else em)
                mark = words(part.markup, *at, "lit" if part.name in lit else "formula", -1)
                x = draft.put("formula", ("formula", row, part.name), mark).right
            left = self.aside or max(0.41 * form.width, x + 40)

    def _sign(self, draft: Draft, key: Key, row: int, x: float, y: float, em: float) -> Mark:
        """The name of a function behind its sign, a brick filled or hollow."""
        high = DIGIT * em
        draft.put("title", (*key, "bar"), bar("output", x + high / 2, y + high / 2, high, high, **LOOKS[row]))
        return draft.put("title", key, words(f"`{FUNCTIONS[row]}`", x + 1.5 * high, y, em, align=-1))

    # motion

    def turning(self, draft: Draft, start: Place, at: Place) -> list[Cue]:
        """The kernel passes from the window ``start`` to ``at``, and turns over there about its middle, with all that
        is on its card; half-way it has another name.
        """
        card, came = draft.marks["rig", *W, "card"], self.wide.x(at.taps[0].step) - self.wide.x(start.taps[0].step)
        turns = motion.LASTS["turn"]
        lasts = turns / (1 - motion.COMES) if came else turns
        taps = [key for key in draft.marks if key[: len(W)] == W and key != (*W, "k")]
        keys = (("rig", *W, "card"), ("baseline", "rig", *W), *taps)
        window = Cue((("rig", *W, "frame"), (*W, "k"), ("ruler", "at")), motion.MOVE, lasts - turns or None)
        name = Cue((("name", *W),), motion.MOVE, 0.4, after=lasts - turns / 2)
        return [Cue(keys, motion.MOVE, lasts, "turn", (card.x, card.y, came)), window, name]

    def falling(self, call: int, at: Place, slow: bool = False) -> Iterable[Cue]:
        """The products of a place come from their samples, one after the other when ``slow``; then their sum, or with
        them what is a single 1.
        """
        taps, outputs = self.read(at), tuple((*calls.row(row), at.step) for row in (KERAS, call))
        if self.one is None:
            yield Cue(outputs, motion.ENTER + (len(taps) if slow else 1))
        else:
            yield Cue(outputs, motion.ENTER, 1.0, "down first")
        for cue in sliding.falling(("product", call, at.step), taps):
            yield cue if slow else cue._replace(beat=motion.ENTER, lasts=1.0)

    def passing(self, call: int, start: Place, end: Place) -> Iterable[Cue]:
        """The rig slides; the outputs of a step stand when it passes, or a single 1 falls through to them. Where it
        comes to rest its products come first.
        """
        if start.step == end.step:
            return
        slide, *cues = sliding.passing(self.places, start, end, least=1.2 if self.one is None else 2.4)
        yield slide
        falls: dict[str, Any] = {} if self.one is None else {"lasts": 1.0, "how": "down first"}
        for cue, place in zip(cues, self.places, strict=True):
            keys = tuple((*calls.row(row), place.step, "bar") for row in (KERAS, call))
            if place.step != end.step:
                yield cue._replace(keys=keys, after=max(0.1, cue.after), **falls)
        yield from self.falling(call, end)


def _texts(row: Iterable[Sequence[Tap]]) -> list[str]:
    """The numbers of some windows besides those of the kernel."""
    return [text for taps in row for tap in taps for text in (tap.sample.text, pieces.signed(tap.product.text))]


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
        made = _texts(at.taps for at in seen)
        if is_seen and any(places.size_on(shown, [*texts, *made], 0.9) for texts in (bare | factors, bare)):
            return places.axis(Draft(form), script, step, most)
    return benches.window_axis(Draft(form), places.elided(script, told[0].taps), script.read_shape[0], places.CLOSE, 0)
