"""The rig slides along the signal, on one stage for a whole story: signal, kernel, a row in which the products of the
window add up, and below it the row of outputs, to which their sum comes down; the boards from a product to the count of
all outputs.

This module knows places; what the outputs are for, a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import DIGIT, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import INDEX, RIG, Bench, Track, W, X, Y, broad, lay_outputs
from convexplain.stories.script import Script, Tap

CLEAR = 12.0
"""Between numbers and the edges and lines around them."""
SLIDE, OPENED, APART = 0.4, 68.0, 120.0
"""Seconds a step that a known window slides; the highest bricks of, and the room around, a kernel alone."""
PRODUCT = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""


class Stage(Track):
    """The places of a layer on one stage; the told window stands ``near`` by where its numbers have no room in all."""

    beside = 0.03

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        made = [number.text for step, number in self.signal.items() if self.wide.has(step)]
        made += [pieces.signed(tap.product.text) for tap in self.taps] + [place.output.text for place in self.places]
        is_whole = self.taps == self.told.taps and self.told.is_on(self.wide)
        self.followed = [self.told, *[at for at in self.places if at.step != self.told.step][:1]]
        """The told place and the first one, or the next."""
        beside = {at.taps[-1].step + 1 for at in self.followed} & {self.wide.shown[-1] + 1}  # a sum has room there
        self.wide = self.near = broad(Axis.over(Draft(form), [*self.wide.steps, *beside], self.length))
        if not (is_whole and self.write(made, self.wide)):
            home = [self.told.home]
            self.near = broad(benches.window_axis(Draft(form), self.taps, self.length, places.CLOSE, 1, home))
            self.write(made, self.near)
        self.is_near = self.near is not self.wide
        self.under = 24.0 * bool(form.points)  # on paper a caption may have two lines
        self.line = form.height - 156.0 - self.under + INDEX / 2
        """The y of the lowest line, where an output below which nothing stands is counted."""

    def size(self, shown: Axis) -> float:
        """The size of the worked numbers on an axis; near by they always have room."""
        return super().size(shown) or SMALL * (self.is_near and shown == self.near)

    def arrange(self, others: Sequence[Place], outlined: Sequence[Fraction]) -> None:
        """Fix the heights of all rows, in one unit: on the ``stage`` of the products, which stand clear of the outputs
        that are there with them, and when those are gone, ``settled``, all outputs, those of another layer, and what is
        ``outlined`` on samples. Larger are only those ``opened``, the signal and the kernel alone.
        """
        number, shown = pieces.ABOVE + DIGIT * self.size(self.near), self.followed[: 2 - self.is_near]
        room = dict(above=CLEAR + number, gap=CLEAR, below=INDEX - 6, between=22.0, top=92.0, under=self.under)
        self.opened = self.fit((), (), (), largest=OPENED, **room | dict(under=self.under + APART))
        hanging = number * any(max(ends) < 0 for place in shown for _, ends in places.stairs(place.taps))
        made, known = ([place.output.value for place in each] for each in ((*self.places, *others), shown))
        room, units = room | dict(largest=OPENED), None
        for _ in range(2):  # each by itself, then both in the smaller unit
            self.stage = one = self.fit(self.reaches(shown), known, outlined, units, hanging=hanging, **room)
            self.settled = two = self.fit((), made, outlined, units, **room)
            units = min(one.unit, two.unit), min(one.lowest, two.lowest)
        free = two.base - benches.extent(made)[0] * two.lowest - room["above"] - room["between"] - two.bottom
        self.settled = replace(two, base=two.base - max(0.0, free) / 3)

    def lay(self, draft: Draft, bench: Bench, taps: Sequence[Tap], *args: Any) -> None:
        """The signal and the kernel in its rig, its numbers apart; the taps' indices are a row with a name."""
        super().lay(draft, bench, taps, *args)
        small, numbers = self.form.small, [key for tap in taps if (key := (*W, tap.k, "digits")) in draft.marks]
        if small < bench.size < TEXT + 1 and max(draft.marks[key].width for key in numbers) > 0.75 * bench.axis.pitch:
            draft.marks |= {key: (own := draft.marks[key]).shrunk(small / own.size).at(x=own.x) for key in numbers}
        if index := draft.marks.get((*W, taps[0].k, "index")):
            pieces.name(draft, (*W, "k"), "*k*", index.y + DIGIT * self.form.small / 2, "formula")

    def at(
        self, said: str, place: Place, shown: Sequence[Place] = (), lit: Collection[int] | None = None, *,
        is_near: bool = False, made: int = 0, t: str = "*t*", row: Key = Y,
    ) -> tuple[Draft, Bench]:  # fmt: skip
        """The rig over one place, the outputs that are there in a ``row``, those ``lit`` in the light (all when None),
        and how many products are ``made``: the last is meant, or their sum stands after them. The told place is seen
        near by, any other with all outputs, which are counted below. ``t`` is what the formula calls the place's step.
        """
        axis, taps = (self.near, self.taps) if is_near else (self.wide, place.taps)
        draft, is_summed = self.draft(said, axis, [place.home]), place in shown
        bench = self.on(axis, self.stage if made or is_near or not shown else self.settled)
        if place.home == place.step and t:
            self.tell_step(draft, place.home, t)
        self.lay(draft, bench, taps, [taps[made - 1].k] if made and not is_summed else None)
        rows = (("products",), "products", bench.floor, made), (Y, "output *y*", bench.base, shown)
        for own, name, y, _ in (each for each in rows if each[-1]):
            pieces.baseline(draft, own, bench.axis.left, bench.axis.right, y)
            pieces.name(draft, own, name, y, "formula")
        lay_outputs(draft, replace(bench, floor=bench.base), row, shown, lit)
        self.count(draft, bench, {at: at.step for at in shown}, place, row)
        if made:
            self._lay_products(draft, bench, place, taps[:made], (*row, place.step, "digits") if is_summed else None)
            if not is_near:  # products are known: they grow where they stand
                draft.change([key for key in draft.marks if key[0] == "product" and key[-1] == "bar"], copy_of=None)
        return draft, bench

    def count(self, draft: Draft, bench: Bench, steps: Mapping[Place, int], meant: Place, row: Key = Y) -> None:
        """The numbers of outputs below them, that of the ``meant`` one lit; it alone where all have no room."""
        texts, small = {at: f"*y*[{step}]" for at, step in steps.items()}, self.form.small
        is_free = benches.fitting(0.9 * bench.axis.pitch - 8, texts.values(), (small, 0.0))
        deep = [draft.marks[*row, at.step, "bar"].bottom for at in steps if at.output.value < 0]
        for at, text in texts.items() if is_free else [(meant, texts[meant])] if meant in texts else ():
            own, role = (*row, at.step, "bar"), "lit" if at == meant else "quiet"
            low = [bottom for bottom in deep if not is_free or bottom == draft.marks[own].bottom]
            mark = words(text, bench.axis.x(at.home), max([bench.base, *low]) + 0.6 * INDEX, small, role, rides=own)
            draft.marks["index", *Y, at.step] = mark.at(x=self.form.within(mark.x, mark.width))

    def _lay_products(
        self, draft: Draft, bench: Bench, place: Place, taps: Sequence[Tap], output: Key | None
    ) -> None:  # fmt: skip
        """The staircase below the kernel and, where it is there, the sum beside it, from where the ``output`` comes."""
        key, axis = ("product", 0, place.step), bench.axis
        self.lay_products(draft, bench, key, taps)
        numbers = [number for tap in taps if (number := (*key, tap.k, "digits")) in draft.marks]
        for before, after in pairwise(numbers):  # where columns are closer than numbers are long
            one, two = draft.marks[before], draft.marks[after]
            if one.right > two.left - 4 and abs(one.y - two.y) < one.size:
                over, half = one.y - 1.1 * one.size, DIGIT * one.size / 2
                under = draft.marks[*after[:-1], "bar"].bottom + pieces.ABOVE + half
                draft.change([after], y=over if over - half > bench.bottom + 4 else under)
        for made in [(*key, tap.k) for tap in taps]:
            digits, tip = draft.marks.get((*made, "digits")), draft.marks[*made, "bar"].bottom
            if digits and abs(digits.y - bench.floor) < digits.size / 2:  # clear of the line
                half, is_deep = DIGIT * digits.size / 2, tip > bench.floor + 20
                draft.change([(*made, "digits")], y=tip + pieces.ABOVE + half if is_deep else bench.floor - half - 8)
        if output and len(taps) > 1:
            right = max(axis.x(taps[-1].step) + axis.bar / 2, *(draft.marks[number].right for number in numbers))
            y = bench.floor - max(float(place.output.value) * bench.lowest, DIGIT * bench.size / 2 + 8)
            name = words("sum ", right + 20, y, bench.size, "quiet", align=-1)
            sum_ = words(place.output.text, name.right, y, bench.size, align=-1)
            if sum_.right < self.form.width - 4:
                draft.put("sum", ("sum", *key, "name"), name)
                draft.put("sum", ("sum", *key), sum_)
                draft.change([output], copy_of=("sum", *key))

    def formula(self, draft: Draft, lit: Iterable[str], t: int | None, shown: Any = None, layer: Any = None) -> None:
        """The formula of the layer, or of another, at any output or at ``t``; what has another text is another sign."""
        parts = phrases.layer_formula(layer or self.layer, self.length, "*t*" if t is None else str(t), channels=False)
        own = {part.name: f"{part.name}, {part.markup}" for part in parts if part.name in ("t", "t of x", "pad")}
        parts = [part._replace(name=own.get(part.name, part.name)) for part in parts]
        visible = None if shown is None else [own.get(name, name) for name in shown]
        pieces.formula(draft, parts, [own.get(name, name) for name in lit], visible)

    def making(self, place: Place, slow: bool = False) -> Iterator[Cue]:
        """The products come, then their sum."""
        key = ("product", 0, place.step)
        soon = tuple((*key, tap.k, part) for tap in place.taps for part in ("bar", "band"))
        yield from falling(key, place.taps, slow) if slow else [Cue(soon, staging.MOVE, 0.6, after=1.0)]
        late = staging.ENTER + len(place.taps) * slow
        yield from (Cue((("sum", *key),), late, 0.4), Cue(((*Y, place.step, "bar"),), late + 1, 0.5, after=0.6))
        yield Cue(((*Y, place.step, "digits"),), late + 1, 1.2, "down first")


def begins(track: Stage) -> Iterator[Board]:
    """The boards of the told place: a product of its window, and all products with their sum."""
    told, taps = track.told, track.taps
    large = max(abs(tap.product.value) for tap in taps) / 10
    lead = next((n for n, tap in enumerate(taps) if abs(tap.product.value) > large and not tap.more), 0)
    zeros = sum(tap.padded for tap in told.taps)
    many = phrases.count(len(told.taps) - zeros, "sample") + " of *x*"
    many += f" and {phrases.count(zeros, 'zero')}" * bool(zeros)
    said = f"The kernel lies on {many}. {'Each' if len(taps) > 1 else 'It'} is multiplied by its tap."
    draft, bench = track.at(said, told, is_near=True, made=lead + 1)
    meaning = phrases.window(track.layer, track.length)
    point(draft, "window", meaning, draft.marks["rig", *W, "frame"].right, bench.middle + 30)
    track.formula(draft, ("k", "t of x", "k of x"), told.step, PRODUCT)
    frame = Cue((("rig", *W, "frame"),), staging.MOVE, 0.4, after=0.9)
    yield draft.board("product", said, 2.5, [frame, *track.making(told, slow=True)])
    said = "Each product starts where the last ended. The sum is the output."
    said = said if len(taps) > 1 else "One tap, one product: it is the output."
    kept = ("product", 0, told.step, taps[lead].k)
    yield _at(track, "output", said, told, [told], Cue((kept,), staging.MOVE, 0.9, "move"))


def point(draft: Draft, word: str, meaning: str, x: float, y: float, end: float = 0.0) -> None:
    """A word defined by pointing at a thing that ends at x, right of the card, where there is room: as far as ``end``,
    or the margin.
    """
    right, end = max(x, draft.marks["rig", *W, "card"].right), end or draft.format.width - draft.format.margin
    for said in (meaning, ""):
        pieces.callout(draft, (word,), word, right + 60, y, (x + 10, y), said)
        mark = draft.marks["callout", word]
        if right < mark.left and mark.right <= end:
            return
        del draft.marks["callout", word], draft.marks["callout", word, "line"]


def slides(track: Stage) -> Iterator[Board]:
    """The boards from the told output to all outputs, and their count."""
    told, first, last, many = track.told, track.places[0], track.places[-1], track.script.shape[0]
    at, known = told, [told]
    if track.is_near:
        read = sum(not tap.padded for tap in told.taps)
        seen = "The whole signal" if track.sees_all else "More of the signal"
        said = f"{seen}: this window reads {phrases.spelled(read)} of its {phrases.count(track.length, 'sample')}."
        yield _at(track, "whole", said, told, [told])
    if first is last:
        return
    if track.followed[1:] and (track.followed[1] is first or not track.is_near):
        _, at = known = track.followed
        far = f"{phrases.count(at.start - told.start, 'step')} on, " if at is not first else ""
        said = phrases.sentence(f"{far}another window gives another output.")
        yield _at(track, "slide", said, at, sorted(known), *passing([], told, at))
    counted, why = phrases.count(many, "output"), phrases.places(track.layer, track.length, many)
    slides = passing([place.step for place in track.places if place not in known], at, last)
    yield _at(track, "slid", f"Why {counted}? {why}.", last, track.places, *slides)


def _at(track: Stage, name: str, said: str, at: Place, shown: Sequence[Place], *cues: Cue) -> Board:
    """The rig over one place, the outputs that are ``shown``, and the formula of this step."""
    is_first, is_made = name == "output", name == "output" or (name == "slide" and not track.is_near)
    draft, _ = track.at(said, at, shown, is_near=is_first, made=len(at.taps) * is_made)
    track.formula(draft, ("t", "t of x"), None if name == "slid" else at.step)
    made = track.making(at, slow=is_first) if is_made else ()
    return draft.board(name, said, 3, [*made, *cues])


def falling(key: Key, taps: Iterable[Tap], slow: bool) -> Iterator[Cue]:
    """A product comes from its sample through its tap: all at once, or one by one when ``slow``."""
    for number, tap in enumerate(taps):
        when = (staging.ENTER + number, max(0.6, 1.3 - 0.2 * number)) if slow else (staging.ENTER, 1.0)
        yield Cue(((*key, tap.k, "bar"), (*key, tap.k, "band")), *when, "down first")


def passing(steps: Iterable[int], start: Place, end: Place, least: float = 1.2, row: Key = Y) -> list[Cue]:
    """The rig slides, for so many seconds at ``least``; outputs of some steps stand in a ``row`` when it passes."""
    way = end.step - start.step or 1
    lasts = max(least, SLIDE * abs(way))
    passed = ((n, max(0.0, motion.passes(min(1.0, (n - start.step) / way)) * lasts - 0.15)) for n in steps)
    made = (Cue(((*row, n, "bar"),), staging.MOVE, 0.3, after=after) for n, after in passed)
    return [Cue((*RIG, X), staging.MOVE, lasts), *made]
