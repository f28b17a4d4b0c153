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
from convexplain.board.marks import CONTEXT, DIGIT, FULL, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, Mark, bar, line
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
INDEX = ("stride", "t of x", "last", "sign", "dilation", "k of x", "pad")
"""The signs of a formula that say which sample is read."""
WHOSE = ("of Keras, a library for neural networks", "of SciPy, a library for signals")
"""What the two functions belong to."""
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
        signal, row, one = self.samples(self.far.wide), self.samples(self.wide), Fraction(1)
        sizes = [sorted(max(map(abs, values)) for values in pair) for pair in ((row, [one]), (levels, weights))]
        is_high = sum(benches.extent([*signal, one])) > TALLER * sum(benches.extent(signal))
        if is_high or any(large > places.UNEVEN * small for small, large in sizes):
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
        room: dict[str, Any] = {
            "below": 36.0,
            "largest": 60.0,
            "uneven": places.UNEVEN,
            "between": 10.0,
            "under": under,
        }
        room |= {"outputs": [at.output.value for at in every], "hanging": (size + 10) * hanging, "gap": 12.0}
        return Bench.fit(self.form, self.wide, samples, weights, sums, size, over=pieces.ABOVE + 16.0, **room)

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
        self, said: str, at: Place, call: int = KERAS, ours: Collection[Place] | None = None,
        theirs: Collection[Place] = (), says: Sequence[Part] = (), known: Sequence[Part] = (),
        made: bool = True, large: bool = False,
    ) -> Draft:  # fmt: skip
        """The kernel over one place with the products that are ``made`` there, and the outputs that are known: those of
        ``Conv1D`` (all when None) and those of ``convolve``. ``says`` stands behind the name of ``convolve``, ``known``
        behind that of ``Conv1D`` if it is not its formula. Before anything is computed the two names are ``large``.
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
        index = [key for key in draft.marks if key[:3] == W and key[-1] in ("k", "index")]
        if index and self.form.is_narrow:  # on paper their name has no room beside the card
            first = draft.marks[index[0]]
            mark = words("*k* =", first.left - 10, first.y, first.size, align=1)
            if mark.left > benches.columns(taps, self.wide)[0] + 8:
                index.append((*W, "k"))
                draft.put("index", index[-1], mark)
        draft.change(index, role="lit")
        rows: list[tuple[Key, str, float]] = [(Y, "outputs", bench.base), (("products",), "products", bench.floor)]
        for row, name, y in rows[: 2 - large]:
            right = self.aside - 40 if row == Y and self.aside else self.wide.right
            pieces.baseline(draft, row, self.wide.left, right, y)
            pieces.name(draft, row, name, y, "formula")
        if large:
            del draft.marks["ruler", "at"]
            self.entitle(draft)
            return draft
        if made:
            self._lay_products(draft, bench, ("product", call, at.step), at)
            self._part(draft, said, ("product", call, at.step))
        ours = self.places if ours is None else ours
        is_whole = not made or len(theirs if call else ours) == len(self.places)
        for own, seen in ((KERAS, ours), (call or CONVOLVE, theirs)):
            self._lay_outputs(draft, bench, own, seen, at if own == call else None, None if is_whole else at.step)
        known = known or phrases.layer_formula(self.layer, self.length, channels=False, output="")
        self.tell_steps(draft, at, says if call == CONVOLVE else known)
        self.lay_formulas(draft, known, says)
        return draft

    def _part(self, draft: Draft, said: str, key: Key) -> None:
        """What a caption says after its colon is a mark of its own: it is found, and comes when the output stands."""
        cut, whole = said.rfind(": ") + 1, draft.marks["caption",]
        if cut and not self.form.points and ("caption", 1) not in draft.marks:
            draft.marks["caption",] = words(said[:cut], whole.left, whole.y, whole.size, align=-1)
            mark = words(said[cut + 1 :], whole.right, whole.y, whole.size, align=1)
            draft.put("caption", ("caption", *key, said), mark)

    def _lay_products(self, draft: Draft, bench: Bench, key: Key, at: Place) -> None:
        """The staircase below the kernel, each product in the column of its sample, and what it ends at. The number of
        one that lies wholly below the line stands below it; the line does not cut through one that crosses it.
        """
        taps, half, y = self.read(at), self.wide.bar / 2 + 14, bench.floor
        benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints, None, bool(bench.size))
        del draft.marks["baseline", *key, "floor"]
        levels = benches.levels(tap.product.value for tap in taps)
        for tap, ends in zip(taps, pairwise(levels), strict=True):
            own, tint, x = (*key, tap.k), self.tints.get(tap.k, "kernel"), self.wide.x(tap.step)
            if max(ends) < 0 and (digits := draft.marks.get((*own, "digits"))):
                below = draft.marks[*own, "bar"].bottom + pieces.ABOVE + DIGIT * digits.size / 2
                draft.change([(*own, "digits")], y=below)
            if min(ends) < 0 < max(ends):
                draft.put("gap", (*own, "gap"), line("line", x - half, y, x + half, y, size=6, light=0.0, z=-0.5))
            sliding.join(draft, bench, own, tap, tint)
        right = max(draft.marks[*own, part].right for part in ("band", "digits")[: 1 + bool(bench.size)])
        end = y - float(levels[-1]) * bench.lowest
        mark = words(f"= {at.output.text}", right + 10, end, bench.size, align=-1)
        if bench.size and mark.right < self.form.width - 4:
            draft.put("sum", ("sum", *key), mark)

    def _lay_outputs(
        self, draft: Draft, bench: Bench, call: int, known: Iterable[Place], at: Place | None, lit: int | None
    ) -> None:
        """The outputs of a call, left or right of the middle of their steps, that of the place ``at`` made of its
        products; all but the ``lit`` one (none when None) fall back.
        """
        products, side = tuple(key for key in draft.marks if key[0] == "product" and key[-1] == "bar"), min(call, 1)
        for place in known:
            key, x = (*calls.row(call), place.step), self.wide.x(place.home) + (2 * side - 1) * APART * self.wide.pitch
            is_lit = lit in (None, place.step)
            look = {"bricks": whole([place.output.value]), "light": FULL if is_lit else CONTEXT, **LOOKS[side]}
            look["made_of"] = products if at and place.step == at.step else ()
            width = min(self.wide.bar, 0.33 * self.wide.pitch)
            pieces.column(draft, key, place.output, x, bench.base, width, bench.lowest, "output", **look)
            if self.written:  # the number of one is clear of the middle of its step
                mark = pieces.digits(draft, key, place.output.text, self.written, "ink" if is_lit else "quiet")
                aside = max(0.0, mark.width / 2 + 4 - APART * self.wide.pitch)
                draft.change([(*key, "digits")], x=mark.x + (2 * side - 1) * aside)

    def tell_steps(self, draft: Draft, at: Place, parts: Sequence[Part]) -> None:
        """On the ruler, before the steps that are read, how a formula's index makes them; without one what t is."""
        names = [part.name for part in parts]
        index = parts[names.index("x") + 1 : -1] if "x" in names else ()
        made = "".join("{}" if part.name == "k of x" else part.markup for part in index).replace(" ", "")
        for tap in at.taps if self.wide.pitch > places.NAMED else ():
            if (number := draft.marks.get(("ruler", tap.step))) is None:
                continue
            own = made.format("·" * ("dilation" in names) + str(tap.k))
            for text in filter(None, (own, "*t*" * (tap.step == at.home == at.step))):
                mark = words(f"{text} =", number.left - 12, number.y, self.form.small, "lit", align=1)
                beside = [m.right for m in draft.marks.values() if m.y == mark.y and m.left < mark.right]
                if mark.left > max(beside) + 14 and (text == "*t*" or mark.width < self.wide.pitch - 40):
                    draft.put("ruler", ("ruler", "said", tap.step, text), mark)
                    break

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

    def lay_formulas(self, draft: Draft, *says: Sequence[Part]) -> None:
        """The names of the functions of which something is said, and what they compute, the index of a sample yellow:
        right of the outputs, or in a line over the caption, below it on paper.
        """
        form, left = self.form, self.aside or self.form.margin
        low = form.height - (36.0 if form.is_narrow else 144.0)
        size = 36.0 if form.is_narrow else form.small if self.aside else TEXT
        for row, parts in enumerate(filter(None, says)):
            y = self.stage.base - 12 - LINE * (1 - row) if self.aside else low
            x = self._sign(draft, ("formula", row), row, left, y, size).right
            reach = sum(advance(runs_of(part.markup)) for part in parts)
            em = min(size, (form.width - min(40, form.margin) - x) / max(reach, 1.0))
            for part in parts:
                at = (x, y + 14.0 * min(1.4, part.small), min(SMALL, em) if part.small else em)
                role = "lit" if part.name in INDEX else "ink" if part.name == "handed" else "formula"
                x = draft.put("formula", ("formula", row, part.name), words(part.markup, *at, role, -1)).right
            left = self.aside or max(0.41 * form.width, x + 40)

    def _sign(self, draft: Draft, key: Key, row: int, x: float, y: float, em: float) -> Mark:
        """The name of a function behind its sign, a brick filled or hollow."""
        high = DIGIT * em
        draft.put("title", (*key, "bar"), bar("output", x + high / 2, y + high / 2, high, high, **LOOKS[row]))
        return draft.put("title", key, words(f"`{FUNCTIONS[row]}`", x + 1.5 * high, y, em, align=-1))

    # motion

    def turning(self, start: Place, at: Place) -> list[Cue]:
        """The kernel passes from the window ``start`` to ``at``, and turns over there about its middle, with all that
        is on its card; half-way it has another name.
        """
        came = self.wide.x(at.taps[0].step) - self.wide.x(start.taps[0].step)
        middle = sum(benches.columns(self.read(at), self.wide)) / 2, (self.stage.middle + self.stage.bottom) / 2
        turns = motion.LASTS["turn"]
        lasts = turns / (1 - motion.COMES) if came else turns
        card = Cue((("rig", *W, "card"), ("baseline", "rig", *W), W), motion.MOVE, lasts, "turn", (*middle, came))
        window = Cue((("rig", *W, "frame"), (*W, "k"), ("ruler", "at")), motion.MOVE, lasts - turns or None, "move")
        return [card, window, Cue((("name", *W),), motion.MOVE, 0.4, after=lasts - turns / 2)]

    def falling(self, call: int, at: Place, slow: bool = False) -> Iterable[Cue]:
        """The products of a place come from their samples, one after the other when ``slow``; then their sum,
        and with it all that a single 1 gives.
        """
        taps, own = self.read(at), (at.step,) if self.one is None else ()
        said = (("sum", "product", call, at.step), ("caption", "product", call, at.step))
        outputs = ((*calls.row(KERAS), *own), (*calls.row(call), *own))
        yield Cue((*outputs, *said), motion.ENTER + (len(taps) if slow else 1))
        for cue in sliding.falling(("product", call, at.step), taps):
            yield cue if slow else cue._replace(beat=motion.ENTER, lasts=1.0)

    def passing(self, call: int, start: Place, end: Place) -> Iterable[Cue]:
        """The rig slides; the outputs of a step stand when it passes. Where it comes to rest, products come first."""
        if start.step == end.step:
            return
        yield from self.falling(call, end)
        slide, *cues = sliding.passing(self.places, start, end, least=1.6)
        yield slide
        for cue, place in zip(cues, self.places, strict=True):
            if place.step != end.step:
                keys = ((*calls.row(KERAS), place.step), (*calls.row(call), place.step))
                yield cue._replace(keys=keys, after=max(0.1, cue.after))


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
