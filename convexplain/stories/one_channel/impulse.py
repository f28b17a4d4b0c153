"""What a single 1 makes: the kernel in every window that holds it, one card under another, and from the tap that meets
it in each a thread to the output. What happens, in which order, kernel_flip says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Cue, Draft, Key, dot, line
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent, whole
from convexplain.stories.one_channel import calls, places, signs
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.track import W, X, Y, broad, columns
from convexplain.stories.one_channel.turning import APART, ROWS, Turns, filling, named
from convexplain.stories.script import Tap

MOST, ENDS, PALE = 7, 3, 0.42
"""The most cards; how many of them at either end are shown of a longer kernel; the light of taps beside the 1."""
LEAST, OWN, HIGHEST = 20.0, 64.0, 110.0
"""How high the 1 is at least and at most in the unit of the taps, and how high where it has another one."""
LARGER, SMALLER = (f"The kernel is drawn on a {scale} scale than the 1." for scale in ("larger", "smaller"))
"""What is said where the 1 has another unit."""
MADE: tuple[list[Part], ...] = ([Part("made", " makes *w* backwards")], [Part("made", " makes *w*")])
"""What is said of the functions."""


def impulse(turns: Turns) -> Impulse | None:
    """A single 1 for the signal; None where none meets every tap in view."""
    single = calls.single(turns.script, turns.places)
    return Impulse(turns, single) if single else None


def _output(call: int, at: Place) -> Key:
    """What the keys of what a call makes of the 1 begin with."""
    return ("one", *ROWS[call], at.step)


def _key(place: int) -> Key:
    """What the keys of a card's taps begin with: the first card is the kernel that was there."""
    return ("window", place, *W) if place > 0 else W


def _parts(key: Key, taps: Sequence[Tap]) -> tuple[Key, ...]:
    """The keys of what moves as one with a card."""
    taps_of = ((*key, tap.k, part) for tap in taps for part in ("bar", "digits"))
    return ("rig", *key, "card"), ("baseline", "rig", *key), *taps_of


class Impulse:
    """The windows that hold the 1, on a stage of their own in one unit."""

    def __init__(self, turns: Turns, single: calls.Single) -> None:
        self.turns, self.single, self.form = turns, single, turns.form
        rows = [row for row, at in enumerate(single.ours) if single.met(at)]
        homes = [abs(single.ours[row].home - single.step) for row in (rows[0], rows[-1])]
        self.rises = homes[0] < homes[1]  # the thread that goes farthest starts at the uppermost card
        self.rows = rows if len(rows) <= MOST else [*rows[:ENDS], *rows[-ENDS:]]
        needed = [step for at in single.ours for step in (at.home, *(tap.step for tap in at.taps))]
        most = max(places.CLOSE, max(needed) - min(needed) + 1)
        axis = broad(filling(self.form, Axis.near(Draft(self.form), needed, turns.length, most)))
        last = axis.x(max(at.home for at in single.ours)) + 0.5 * axis.pitch + 24
        self.aside = signs.aside(self.form, last, KERAS, MADE[KERAS])
        self.is_written = len(rows) <= ENDS and bool(turns.size(axis))
        self._arrange(axis)

    def _arrange(self, axis: Axis) -> None:
        """The heights of the cards and rows, as large as they have room, and the sizes of the numbers."""
        self.large = TEXT if self.form.is_narrow else PARTIAL
        form, texts = self.form, [at.output.text for at in self.single.ours]
        size, self.beside = (places.size_on(axis, texts, room) for room in (0.9, 2 * APART))
        self.size = size and benches.fitting(0.9 * axis.pitch - 8, texts, (self.large, size))
        self.named = benches.fitting(0.9 * axis.pitch, ["*w*[00]"], (form.small, 0.0))
        tens = Fraction(10) ** self.turns.script.shown.power_weight(self.turns.script.level)
        weights = [tap.weight.value / tens for tap in self.single.ours[0].taps]
        (up, down), many = extent(weights), len(self.rows)
        gap, number = 16.0 if form.is_narrow or many > ENDS else 24.0, 12.0 if form.is_narrow else 16.0
        edge, self.seen = gap / 2, self.turns.size(axis) or SMALL
        over = edge + pieces.ABOVE + DIGIT * self.seen if self.is_written else edge
        self.between = 40.0 * (many < sum(1 for at in self.single.ours if self.single.met(at)))
        top = benches.TOP + pieces.ABOVE + DIGIT * self.seen + 4
        bottom = form.height - 140.0 - 1.4 * self.named
        if not form.is_narrow and not self.aside:
            bottom -= 40
        end = max(DIGIT * self.size + 3 * number, 1.8 * signs.LINE * bool(self.aside))
        room = bottom - top - many * (over + edge + gap) - self.between - 30 - end
        reach = (many + 1) * (up + down)
        self.one = unit = benches.unit_of(room, 1 + reach, [Fraction(1), *weights], 72.0)
        if not LEAST <= unit <= HIGHEST:
            self.one, unit = OWN, benches.unit_of(room - OWN, reach, weights, 72.0)
        self.scale = LARGER if unit > self.one else SMALLER if unit < self.one else ""
        self.unit, self.foot = unit / float(tens), top + self.one
        y, self.cards = self.foot + 30, []
        for row in range(many):
            y += self.between * (row == ENDS)
            kernel = y + over + up * unit
            self.cards.append((y, kernel, kernel + down * unit + edge))
            y = self.cards[-1][-1] + gap
        if self.rises:
            self.cards.reverse()
        self.base, self.low = bottom - down * unit, bottom + 0.8 * self.named
        self.middle = min(self.cards[0][1], self.base - 4 * form.small)
        flat = max(5.6 * unit, 44.0) if whole(weights) else axis.widest
        self.axis = replace(axis, widest=min(axis.widest, flat))

    # marks

    def stand(self, said: str, call: int, known: Sequence[int]) -> Draft:
        """The cards of a call with the outputs of those that are ``known``, its own among them; without, one card."""
        turns, one, axis = self.turns, self.single.step, self.axis
        draft = turns.draft(said, axis)
        draft.change([key for key in [("ruler", one)] if key in draft.marks], role="lit")
        pieces.signal(draft, X, {one: self.single.signal[one]}, axis, self.foot, self.one, "sample")
        pieces.digits(draft, (*X, one), "1", self.seen)
        for step in axis.shown:
            if step != one and step in self.single.signal:
                draft.put("zero", ("zero", step), dot("sample", axis.x(step), self.foot, light=CONTEXT))
        pieces.name(draft, X, "signal *x*", self.foot, "formula")
        pieces.name(draft, W, "kernel *w*", self.middle, "formula")
        named(draft, call)
        self._lay_written(draft)
        if self.scale and not known:
            pieces.remark(draft, ("unit",), self.scale)
        rows = self.rows if known else self.rows[:1]
        for place, row in enumerate(rows):
            self._lay_card(draft, place, (self.single.ours, self.single.theirs)[call][row], call)
        if self.between and known:
            middle = (self.cards[ENDS - 1][-1] + self.cards[ENDS][0]) / 2
            pieces.note(draft, ("windows",), "⋯", axis.x(one), middle, 0)
        low = max(bottom for *_, bottom in self.cards[: len(rows)])
        pieces.band(draft, ("one",), axis.x(one), self.foot, low, axis.bar + 28, "sample")
        draft.change([("one", "band")], z=-2.5, light=FULL, alpha=0.14)
        pieces.baseline(draft, Y, axis.left, (self.aside or axis.right + 64) - 64, self.base)
        pieces.name(draft, Y, "outputs", self.base, "formula")
        for own in known:
            self._lay_outputs(draft, own, (1 if own else -1) * (len(known) > 1), own == call)
        signs.said(draft, self.aside, self.base, *(MADE[own] if own in known else () for own in (KERAS, CONVOLVE)))
        return draft

    def _lay_written(self, draft: Draft) -> None:
        """The kernel as it is written, below its name, where it has room."""
        name = draft.marks["name", *W]
        text = f"*w* = {', '.join(tap.weight.text for tap in self.single.ours[0].taps)}"
        mark = words(text, name.left, name.y + 2.65 * name.size, self.form.small, align=-1)
        if mark.right < self.axis.left - 12:
            draft.put("written", ("written", *W), mark)

    def _lay_card(self, draft: Draft, place: int, at: Place, call: int) -> None:
        """The kernel over one window; all but the met tap are pale."""
        (top, kernel, bottom), axis, key, met = self.cards[place], self.axis, _key(place), self.single.met(at)
        left, right = columns(at.taps, axis)
        pieces.card(draft, ("rig", *key), left, right, top, bottom, "kernel", CARD)
        pieces.baseline(draft, ("rig", *key), left + 16, right - 16, kernel, "kernel")
        bricks = whole(tap.weight.value for tap in at.taps)
        for tap in at.taps:
            light = FULL if tap is met else PALE
            where = (axis.x(tap.step), kernel, axis.bar, self.unit, self.turns.tint(tap))
            pieces.column(draft, (*key, tap.k), tap.weight, *where, bricks=bricks, light=light)
            if self.is_written:
                text, role = self.turns.factors[tap.k], "ink" if tap is met else "quiet"
                pieces.digits(draft, (*key, tap.k), text, self.seen, role)
        draft.change([("rig", *key, "card")], hatch=pieces.HATCHED * (call == CONVOLVE))
        draft.change([("baseline", "rig", *key)], light=0.6)
        for own, above, first in zip(*(_parts(_key(n), at.taps) for n in (place, place - 1, 0)), strict=True):
            if place and own in draft.marks:  # it comes from behind the card above it, and all gather in the first
                z = draft.marks[own].z - 2 * motion.LIFT * place
                draft.change([own], copy_of=above, goes_into=first if own[-1] in ("card", "bar") else None, z=z)

    def _lay_outputs(self, draft: Draft, call: int, way: int, is_made: bool) -> None:
        """The outputs of a call, in the tints of the taps that they are, and the threads to those that are made."""
        axis, size = self.axis, self.size if is_made else self.beside
        width = axis.bar if not way else min(axis.bar, 0.33 * axis.pitch)
        for row, at in enumerate((self.single.ours, self.single.theirs)[call]):
            tap, key, x = self.single.met(at), _output(call, at), axis.x(at.home) + way * APART * axis.pitch
            tint, look = self.turns.tint(tap) if tap else "output", dict(signs.LOOKS[call])
            look |= {"bricks": whole([at.output.value]), "light": FULL if is_made else SUPPORT}
            pieces.column(draft, key, at.output, x, self.base, width, self.unit, tint, **look)
            if size:
                mark = pieces.digits(draft, key, at.output.text, size, "ink" if is_made and tap else "quiet")
                if is_made and way and mark.width > 0.45 * axis.pitch:  # clear of the bar beside its own
                    beside = self.single.theirs[row].output.value - max(Fraction(0), at.output.value)
                    draft.change([(*key, "digits")], y=mark.y - max(0.0, float(beside)) * self.unit)
            if tap and is_made:
                if self.named:
                    index = words(f"*w*[{tap.k}]", x, self.low, self.named, "lit")
                    draft.put("index", ("index", *key), index)
                if row in self.rows:
                    self._lay_thread(draft, self.rows.index(row), tap, key, x)

    def _lay_thread(self, draft: Draft, place: int, tap: Tap, key: Key, x: float) -> None:
        """The way from below the met tap of a card, behind all cards, to its output."""
        start, one = self.cards[place][-1], self.axis.x(self.single.step)
        run = start + 10
        end = draft.marks[*key, "digits"].top - 12 if self.size else draft.marks[*key, "bar"].top - 12
        points = (one, start, one, end) if x == one else (one, start, one, run, x, run, x, end)
        thread = line(self.turns.tint(tap), *points, size=5, z=-2 * motion.LIFT * MOST)
        draft.put("thread", ("thread", *key), thread)

    # motion

    def slides(self) -> Iterator[Cue]:
        """A card goes from window to window and leaves its copy there; each makes its output before the next."""
        for place, row in enumerate(self.rows):
            beat, pace, key = motion.ENTER + place, max(0.4, 0.9 - 0.2 * place), _key(place)
            came = 0.9 * pace * (place > 0)
            yield Cue(_parts(key, self.single.ours[row].taps) if place else (), beat, came)
            yield from self._answers(CONVOLVE, row, beat, came, pace)
        yield Cue((("one", "band"),), motion.ENTER, 1.0)
        yield self._others(CONVOLVE, beat)

    def turns_over(self) -> Iterator[Cue]:
        """All cards turn over where they lie; then the outputs come, one after another."""
        for place, row in enumerate(self.rows):
            key, (top, _, bottom) = _key(place), self.cards[place]
            left, right = columns(self.single.ours[row].taps, self.axis)
            about = (left + right) / 2, (top + bottom) / 2, 0.0, (right - left) / 2
            yield Cue(_parts(key, self.single.ours[row].taps), motion.MOVE, None, "turn", about)
            yield from self._answers(KERAS, row, motion.ENTER, 0.4 * place, 0.8)
        yield self._others(KERAS, motion.ENTER + 1)
        half = motion.LASTS["turn"] / 2
        yield Cue((("name", *W),), motion.MOVE, 0.4, after=half - 0.2)

    def _others(self, call: int, beat: float) -> Cue:
        """The outputs to which no thread leads."""
        rest = (at for row, at in enumerate(self.single.ours) if row not in self.rows)
        return Cue(tuple((*_output(call, at), "bar") for at in rest), beat, 0.4)

    def _answers(self, call: int, row: int, beat: float, after: float, pace: float) -> Iterator[Cue]:
        """A thread is drawn, and at its end the output stands."""
        key = _output(call, self.single.ours[row])
        yield Cue((("thread", *key),), beat, 0.7 * pace, after=after)
        yield Cue(((*key, "bar"), ("index", *key)), beat, 0.4 * pace, after=after + 0.7 * pace)
