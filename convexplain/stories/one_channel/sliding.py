"""The rig slides along the signal, on one stage of four rows for a whole story: signal, kernel, the products of the
window, and the outputs; the boards from a product to all outputs, and their count.

This module knows places; what the outputs are for, a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from convexplain.board import edges, motion, pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, Format, Key, line
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place, joined
from convexplain.stories.one_channel.track import INDEX, ON_TOP, RIG, Bench, Track, W, X, Y, broad, lay_outputs
from convexplain.stories.script import Script, Tap

CLEAR = 12.0
"""Between numbers and the edges and lines around them."""
SLIDE, OPENED, APART = 0.4, 50.0, 120.0
"""Seconds a step that a known window slides; the highest bricks of, and the room around, a kernel alone."""
PRODUCT = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""


class Stage(Track):
    """The places of a layer on one stage; the told window stands ``near`` by where its numbers have no room in all."""

    names_taps, is_close = False, True
    row: Key = Y  # what the keys of the outputs begin with

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        made = [number.text for step, number in self.signal.items() if self.wide.has(step)]
        made += [pieces.signed(tap.product.text) for tap in self.taps] + [place.output.text for place in self.places]
        is_whole = self.taps == self.told.taps and places.is_on(self.wide, self.taps)
        first = self.places[0]
        self.followed = [self.told, *([first] if first.step < self.told.step else self.places[1:2])]
        """The told place and the next one that is looked at, or the first."""
        beside = {place.taps[-1].step + 1 for place in self.followed}  # there a sum has room
        beside &= {self.wide.shown[-1] + 1}
        self.wide = self.near = broad(Axis.over(Draft(form), [*self.wide.steps, *beside], self.length))
        if not (is_whole and self.write(made, self.wide)):
            near = benches.window_axis(Draft(form), self.taps, self.length, places.CLOSE, 1, [self.told.home])
            self.near = broad(near)
            self.write(made, self.near)
        self.is_near = self.near is not self.wide
        self.under = 36.0 if form.is_narrow else 56.0
        """The room under the line of numbers that is under the outputs: for what is said of all numbers."""
        self.line = form.height - 164.0 - self.under + CLEAR + 16 + DIGIT * form.small / 2
        """The y of that line."""

    def size(self, shown: Axis) -> float:
        """The size of the worked numbers on an axis; near by they always have room."""
        return super().size(shown) or SMALL * (self.is_near and shown == self.near)

    def arrange(self, others: Sequence[Place], outlined: Sequence[Fraction]) -> None:
        """Fix the heights of all rows: with products; and without them, ``grown`` to all outputs, with those of another
        layer and what is ``outlined`` on samples. Both are in one unit, and the upper rows stay where they are. Larger
        are only those ``opened``, the signal and the kernel alone.
        """
        number, shown = pieces.ABOVE + DIGIT * self.size(self.near), self.followed[: 2 - self.is_near]
        room = dict(above=CLEAR + number, gap=CLEAR, below=INDEX - 6, between=16.0, top=92.0)
        self.opened = self.fit((), (), (), under=self.under + APART, largest=OPENED, **room)
        sums, some, every = self.reaches(shown), *([at.output.value for at in row] for row in (shown, self.places))
        every += [place.output.value for place in others]
        for _ in range(2):  # again in the smaller unit
            self.stage = self.fit(sums, some, outlined, under=0.0, hanging=number, **room)
            self.grown = self.fit((), every, outlined, under=self.under, **room)
            room |= dict(unit=min(self.stage.unit, self.grown.unit), lowest=min(self.stage.lowest, self.grown.lowest))

    def lay(self, draft: Draft, bench: Bench, taps: Sequence[Tap], *args: Any) -> None:
        """The signal and the kernel in its rig, which no number touches; the indices of the taps are a row with a name
        as the others.
        """
        super().lay(draft, bench, taps, *args)
        wide = draft.marks["rig", *W, "card"].width + 0.08 * bench.axis.pitch
        draft.change([("rig", *W, "card"), ("rig", *W, "frame")], width=wide)
        for tap in [tap for tap in taps if bench.size and (*W, tap.k, "digits") not in draft.marks]:
            pieces.digits(draft, (*W, tap.k), self.factors[tap.k], bench.size, "quiet", z=ON_TOP)
        if index := draft.marks.get((*W, taps[0].k, "index")):
            pieces.name(draft, (*W, "k"), "tap *k*", index.y + DIGIT * self.form.small / 2, "formula")

    def at(
        self, said: str, place: Place, shown: Sequence[Place] = (), lit: Collection[int] | None = None,
        axis: Axis | None = None, first: int = 0, t: str = "*t*", rows: Bench | None = None,
    ) -> tuple[Draft, Bench]:  # fmt: skip
        """The rig over one place with its products, or the ``first`` ones, of which the last is meant; and the outputs
        that are there, those ``lit`` in the light (all when None). ``t`` is what the formula calls the place's step.
        On ``rows`` that have grown there are no products.
        """
        draft, bench = self.draft(said, axis, [place.home]), self.on(axis or self.wide, rows)
        taps = place.taps if axis in (None, self.wide) else self.taps
        if place.home == place.step:
            self.tell_step(draft, place.home, t)
        self.lay(draft, bench, taps, [taps[first - 1].k] if first else None)
        outputs = replace(bench, floor=bench.base)
        if shown:
            pieces.baseline(draft, Y, bench.axis.left, bench.axis.right, bench.base)
            lay_outputs(draft, outputs, self.row, shown, lit)
            pieces.name(draft, Y, "output *y*", bench.base, "formula")
        if not rows:
            self._lay_products(draft, bench, place, taps[: first or None], place in shown)
            if axis is None:  # products are known: they grow where they stand
                draft.change([key for key in draft.marks if key[0] == "product" and key[-1] == "bar"], copy_of=None)
        return draft, outputs

    def _lay_products(self, draft: Draft, bench: Bench, place: Place, taps: Sequence[Tap], is_summed: bool) -> None:
        """The staircase below the kernel; after it, where it is summed, the sum, which becomes the output."""
        pieces.baseline(draft, ("products",), bench.axis.left, bench.axis.right, bench.floor)
        pieces.name(draft, ("products",), "products", bench.floor, "formula")
        key, axis = ("product", 0, place.step), bench.axis
        end, half = axis.x(taps[-1].step) + axis.pitch, axis.bar / 2
        self.lay_products(draft, bench, key, taps, end - half if is_summed else None)
        numbers = [(*key, tap.k, "digits") for tap in taps if (*key, tap.k, "digits") in draft.marks]
        for before, after in pairwise(numbers):  # where columns are closer than numbers are long
            one, two = draft.marks[before], draft.marks[after]
            if one.right > two.left - 4 and abs(one.y - two.y) < one.size:
                draft.change([after], y=one.y - 1.1 * one.size)
        if is_summed:
            summed, total = ("total", place.step), place.output._replace(about=None)
            draft.change([(*self.row, place.step, "bar")], copy_of=(*summed, "bar"))
            look = (bench.floor, axis.bar, bench.lowest, "output", True, benches.whole([total.value]))
            pieces.column(draft, summed, total, end, *look)
            wide = advance(runs_of(total.text)) * bench.size
            if 0 < wide < axis.pitch - CLEAR:
                top = pieces.digits(draft, summed, total.text, bench.size).y - DIGIT * bench.size / 2
                name = words("sum", end, top - CLEAR - DIGIT * self.form.small / 2, self.form.small, "quiet")
                if name.width < axis.pitch - 2 * CLEAR:
                    draft.put("name", (*summed, "name"), name)
            self._lead(draft, place)
        for tap in taps:  # what falls from a sample passes behind the card: it crosses no number of the kernel
            own = (*key, tap.k)
            draft.change([(*own, "bar")], z=-3.5 - motion.LIFT)
            digits, tip = draft.marks.get((*own, "digits")), draft.marks[*own, "bar"].bottom
            if digits and abs(digits.y - bench.floor) < digits.size / 2:  # clear of the line
                half, is_deep = DIGIT * digits.size / 2, tip > bench.floor + 20
                draft.change([(*own, "digits")], y=tip + pieces.ABOVE + half if is_deep else bench.floor - half - 8)
            self.join(draft, bench, own, tap)
            draft.change([(*own, "band")], z=-4.5 - motion.LIFT)

    def _lead(self, draft: Draft, place: Place) -> None:
        """A path from a sum to the output that it is, where nothing stands in its way."""
        sum_, number = draft.marks["total", place.step, "bar"], draft.marks.get((*self.row, place.step, "digits"))
        others = [mark for mark in draft.marks.values() if mark.kind in ("bar", "words")]
        if number:
            x, y, end, low = sum_.x, sum_.bottom + CLEAR, number.right + CLEAR, number.y
            if not any(edges.is_crossed(way, others) for way in ((x, y, x, low), (end, low, x, low))):
                path = line("quiet", x, y, x, low, x, low, end, low, size=3, head=16, curve=True, z=-1)
                draft.put("path", ("path", place.step), path)

    def formula(self, draft: Draft, lit: Iterable[str], t: int | None, shown: Any = None, layer: Any = None) -> None:
        """The formula of the told ``layer``, or of another, at any output or at ``t``; what has another text is another
        sign.
        """
        parts = phrases.layer_formula(layer or self.layer, self.length, "*t*" if t is None else str(t), channels=False)
        own = {part.name: f"{part.name}, {part.markup}" for part in parts if part.name in ("t", "t of x", "pad")}
        parts = [part._replace(name=own.get(part.name, part.name)) for part in parts]
        visible = None if shown is None else [own.get(name, name) for name in shown]
        pieces.formula(draft, parts, [own.get(name, name) for name in lit], visible)

    def making(self, place: Place, slow: bool = False) -> Iterator[Cue]:
        """The products come, then their sum, then the output."""
        key = ("product", 0, place.step)
        soon = tuple((*key, tap.k, part) for tap in place.taps for part in ("bar", "band"))
        yield from falling(key, place.taps, slow, 0.8) if slow else [Cue(soon, staging.MOVE, 0.6, after=0.7)]
        summed = staging.ENTER + len(place.taps) * slow
        yield Cue((("total", place.step),), summed, 0.5)
        yield Cue((("path", place.step), (*self.row, place.step, "bar")), summed + 1)
        yield Cue(((*self.row, place.step, "digits"),), summed + 1 + staging.NUMBER)

    def notes(self, draft: Draft, name: str, title: str, texts: Mapping[Place, str], lit: Place) -> None:
        """Words in the line under outputs, and its title, where all have room."""
        apart = min((later.home - place.home for place, later in pairwise(texts)), default=1.5) * self.wide.pitch
        room = (min(apart, 2 * (self.wide.right - self.wide.x([*texts][-1].home))) - 14) / self.form.small
        ways = texts, {place: text.replace(" ", "") for place, text in texts.items()}
        for texts in [way for way in ways if max(advance(runs_of(text)) for text in way.values()) < room][:1]:
            pieces.name(draft, (name,), title, self.line + DIGIT * self.form.small / 2, "formula")
            for place, text in texts.items():
                at, role = self.wide.x(place.home), "lit" if place is lit else "quiet"
                pieces.note(draft, (place.step, name), text, at, self.line, 0, role)

    def sums(self, draft: Draft, shown: Sequence[Place], lit: Place, terms: Sequence[str] = ()) -> None:
        """How outputs add up, below them: from products, or from other ``terms``."""
        texts = {place: joined(terms or [tap.product.text for tap in place.taps]) for place in shown}
        if not self.is_near and len(self.taps) > 1:
            self.notes(draft, "sums", "sums" if len(shown) > 1 else "sum", texts, lit)


def begins(track: Stage) -> Iterator[Board]:
    """The boards of the told place: a product of its window, and all products with their sum."""
    told, taps = track.told, track.taps
    large = max(abs(tap.product.value) for tap in taps) / 10
    lead = next((n for n, tap in enumerate(taps) if abs(tap.product.value) > large and not tap.more), 0)
    zeros = sum(tap.padded for tap in told.taps)
    many = phrases.count(len(told.taps) - zeros, "sample") + " of *x*"
    many += f" and {phrases.count(zeros, 'zero')}" * bool(zeros)
    said = f"The kernel lies on {many}. {'Each' if len(taps) > 1 else 'It'} is multiplied by its tap."
    draft, bench = track.at(said, told, axis=track.near, first=lead + 1)
    point(draft, "window", "the samples in the frame", draft.marks["rig", *W, "frame"].right, bench.middle + 30)
    track.formula(draft, ("k", "t of x", "k of x"), told.step, PRODUCT)
    yield draft.board("product", said, 2.5, track.making(told, slow=True))
    said = "The products are added up. Their sum is the output."
    said = said if len(taps) > 1 else "One tap, one product: it is the output."
    kept = ("product", 0, told.step, taps[lead].k)
    yield _at(track, "output", said, told, [told], Cue((kept,), staging.MOVE, 0.9, "move"))


def point(draft: Draft, word: str, meaning: str, x: float, y: float) -> None:
    """A word defined by pointing at a thing that ends at x, right of the card, where there is room."""
    right = max(x, draft.marks["rig", *W, "frame"].right)
    pieces.callout(draft, (word,), word, right + 60, y, (x + 10, y), meaning)
    if draft.marks["callout", word].right > draft.format.width - draft.format.margin:
        del draft.marks["callout", word], draft.marks["callout", word, "line"]


def slides(track: Stage) -> Iterator[Board]:
    """The boards from the told output to all outputs, and their count."""
    told, first, last, many = track.told, track.places[0], track.places[-1], track.script.shape[0]
    at, known = told, [told]
    if track.is_near:
        read = sum(not tap.padded for tap in told.taps)
        seen = "The whole signal" if track.sees_all else "More of the signal"
        much = "all of it" if read == track.length else f"{phrases.spelled(read)} of its {track.length} samples"
        yield _at(track, "whole", f"{seen}: this window reads {much}.", told, [told])
    if first is last:
        return
    if first.step < told.step or not track.is_near:
        _, at = known = track.followed
        said = f"The first window{'' if track.sees_all else ' in view'} and its output."
        if at is not first:
            far = phrases.count(at.start - told.start, "step")
            said = f"{phrases.sentence(far)} on: the next window, the next output."
        gone = Cue((("product", 0, told.step), ("total", told.step), ("path", told.step)), staging.MOVE, 0.9)
        yield _at(track, "slide", said, at, sorted(known), gone, *passing([], told, at))
    said = phrases.places(track.layer, track.length, many)
    if track.sees_all and track.layer.strides == 1:
        said = f"Why {phrases.count(many, 'output')}? {said.partition(':')[0]}."
    slides, stood = passing([place.step for place in track.places], at, last), [(*Y, place.step) for place in known]
    rise = Cue((("baseline", *Y), ("name", *Y), *stood), staging.LEAVE, 0.9)
    yield _at(track, "slid", said, last, track.places, *slides, rise)


def _at(track: Stage, name: str, said: str, at: Place, shown: Sequence[Place], *cues: Cue) -> Board:
    """The rig over one place, the outputs that are ``shown``, and the formula of this step; at last how all add up."""
    is_first, is_made = name == "output", name == "output" or (name == "slide" and not track.is_near)
    rows = None if is_made else track.grown
    draft, _ = track.at(said, at, shown, axis=track.near if is_first else None, rows=rows)
    track.formula(draft, ("t", "t of x"), None if name == "slid" else at.step)
    if name == "slid":
        track.sums(draft, shown, at)
    made = track.making(at, slow=is_first) if is_made else ()
    return draft.board(name, said, 3, [Cue((("note",),), staging.ENTER + 2), *made, *cues])


def falling(key: Key, taps: Iterable[Tap], slow: bool, lasts: float) -> Iterator[Cue]:
    """A product comes from its sample through its tap: all in so many seconds, or one by one when ``slow``."""
    for number, tap in enumerate(taps):
        when = (staging.ENTER + number, max(0.6, 1.3 - 0.2 * number)) if slow else (staging.ENTER, lasts)
        yield Cue(((*key, tap.k, "bar"), (*key, tap.k, "band")), *when, "down first")


def passing(steps: Iterable[int], start: Place, end: Place, row: Key = Y, least: float = 1.2) -> list[Cue]:
    """The rig slides, for so many seconds at ``least``; outputs of some steps and their notes stand when it passes."""
    way = end.step - start.step or 1
    lasts = max(least, SLIDE * abs(way))
    passed = ((n, max(0.0, motion.passes(min(1.0, (n - start.step) / way)) * lasts - 0.15)) for n in steps)
    made = (Cue(((*row, n, "bar"), ("note", n)), staging.MOVE, 0.3, after=after) for n, after in passed)
    return [Cue((*RIG, X, ("name", "sums")), staging.MOVE, lasts), *made]
