"""What a single 1 makes: the kernel in every window that holds it, one card under another, and from the tap that meets
it in each a thread to the output. What happens, in which order, kernel_flip says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Cue, Draft, Key, line
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories.bench import extent, whole
from convexplain.stories.one_channel import places, signs
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS, Met
from convexplain.stories.one_channel.track import W, X, Y, broad, carried, upright
from convexplain.stories.one_channel.turning import ROWS, Turns, filling, named
from convexplain.stories.script import Tap

WRITTEN, BELOW, PALE = 3, -3.5, 0.42
"""The most cards whose taps have numbers; the layer of the threads, below all cards; the light of taps beside one that
is meant.
"""
LEAST, OWN, HIGHEST = 16.0, 64.0, 110.0
"""How high the 1 is at least and at most in the unit of the taps, and how high where it has another one."""
MADE: tuple[list[Part], ...] = ([Part("made", " makes *w* backwards")], [Part("made", " makes *w*")])
"""What is said of the functions."""


def _key(place: int) -> Key:
    """What the keys of a card's taps begin with: the first card is the kernel that was there."""
    return ("window", place, *W) if place > 0 else W


class Impulse:
    """The windows that hold the 1, on a stage of their own in one unit."""

    def __init__(self, turns: Turns, one: int, rows: list[list[Met]]) -> None:
        self.turns, self.one, self.rows, self.form = turns, one, rows, turns.form
        shown = [met.at for met in rows[KERAS]]
        needed = [step for at in shown for step in (at.home, *(tap.step for tap in at.taps))]
        most = max(places.CLOSE, max(needed) - min(needed) + 1)
        axis = broad(filling(self.form, Axis.near(Draft(self.form), needed, turns.length, most)))
        texts = [met.tap.weight.text for met in rows[KERAS]]
        size = benches.fitting(0.9 * axis.pitch - 8, texts, (PARTIAL, TEXT, SMALL))
        widest = size * max(advance(runs_of(text)) for text in texts)
        self.aside, self.em = signs.aside(self.form, axis, shown, widest, MADE[KERAS])
        self._arrange(axis)

    def _arrange(self, axis: Axis) -> None:
        """The heights of the cards and rows, as large as they have room, and the sizes of the numbers."""
        form, script, mets = self.form, self.turns.script, self.rows[KERAS]
        texts, many, is_low = [met.tap.weight.text for met in mets], len(mets), benches.is_low(form)
        size, self.beside = (places.size_on(axis, texts, room) for room in (0.9, 2 * signs.APART))
        self.size = size and benches.fitting(0.9 * axis.pitch - 8, texts, (TEXT if is_low else PARTIAL, size))
        em, room = max(advance(runs_of(text)) for text in texts), 2 * signs.APART * axis.pitch - 8
        fits = (one for one in (self.size, size) if (one + self.beside) / 2 * em <= room)
        self.size = next(fits, self.beside) if self.beside else self.size  # they stand side by side
        self.named = benches.fitting(0.9 * axis.pitch, ["*w*[00]"], (form.small, 0.0))
        tens = Fraction(10) ** script.shown.power_weight(script.level)
        weights = [met.tap.weight.value / tens for met in mets]
        up, down = extent(weights)
        self.seen = SMALL if is_low else TEXT
        self.written = min(self.seen, self.turns.size(axis)) * (many <= WRITTEN)
        gap, self.gap = 16.0, 16.0 if is_low or many > WRITTEN else 28.0
        lift = pieces.ABOVE + DIGIT * self.seen
        edge, over, top = gap / 2, gap / 2 + lift * bool(self.written), 92.0 + lift + 4
        line = 160.0 if form.is_narrow else 136.0 if self.aside else 196.0
        bottom = form.height - line - 0.8 * self.named
        end = max(DIGIT * self.size + 36, 1.8 * signs.LINE * bool(self.aside))
        room, reach = bottom - top - many * (over + edge + self.gap) - 20 - end, (many + 1) * (up + down)
        self.height = unit = benches.unit_of(room, 1 + reach, [Fraction(1), *weights], 72.0)
        if not LEAST <= unit <= HIGHEST:
            self.height, unit = OWN, benches.unit_of(room - OWN, reach, weights, 72.0)
        scale = "larger" if unit > self.height else "smaller"
        self.scale = f"The kernel is drawn on a {scale} scale than the 1." * (unit != self.height)
        self.unit, self.foot = unit / float(tens), top + self.height
        high = over + (up + down) * unit + edge
        tops = [self.foot + 20 + place * (high + self.gap) for place in range(many)]
        flat = max(5.6 * unit, 44.0) if whole(weights) else axis.widest
        self.axis = replace(axis, widest=min(axis.widest, flat))
        card = replace(self.turns.stage, axis=self.axis, unit=self.unit, size=self.written)
        self.cards = [replace(card, middle=y, kernel=y + over + up * unit, bottom=y + high) for y in tops]
        if abs(mets[0].at.home - self.one) < abs(mets[-1].at.home - self.one):
            self.cards.reverse()  # the thread that goes farthest starts at the uppermost card
        self.base, self.low = bottom - down * unit, bottom + 0.8 * self.named
        self.middle = min(max(self.cards[0].kernel, self.foot + 2 * form.small), self.base - 4 * form.small)

    # marks

    def stand(self, said: str, call: int, known: Sequence[int]) -> Draft:
        """The cards of a call with the outputs of those calls that are ``known``."""
        turns, one, axis = self.turns, self.one, self.axis
        draft = turns.draft(said, axis)
        draft.change([key for key in [("ruler", one)] if key in draft.marks], role="lit")
        numbers = {step: Number(Fraction(step == one), str(int(step == one))) for step in turns.signal}
        pieces.signal(draft, X, numbers, axis, self.foot, self.height, "sample")
        for step in filter(axis.has, numbers):
            pieces.digits(draft, (*X, step), numbers[step].text, self.seen)
        turns.recede(draft, [one])
        pieces.name(draft, X, "signal *x*", self.foot, "formula")
        pieces.name(draft, W, "kernel *w*", self.middle, "formula")
        named(draft, call)
        if self.scale and not known:
            pieces.remark(draft, ("unit",), self.scale)
        for place, met in enumerate(self.rows[call]):
            lit = [met.tap.k]
            turns.lay_card(draft, _key(place), self.cards[place], met.at.taps, lit, pale=PALE, turned=call == CONVOLVE)
        low = max(card.bottom for card in self.cards)
        pieces.band(draft, ("one",), axis.x(one), self.foot, low, axis.bar + 28, "sample")
        draft.change([("one", "band")], z=-2.5, light=FULL, alpha=0.14)
        pieces.baseline(draft, Y, axis.left, (self.aside or axis.right + 36) - 36, self.base)
        pieces.name(draft, Y, "outputs", self.base, "formula")
        for own in known:
            self._lay_outputs(draft, own, own == call, signs.APART * axis.pitch * (len(known) - 1))
        pieces.lift(draft, [("one", *ROWS[own], met.at.step) for own in known for met in self.rows[own]])
        for place, (at, tap) in enumerate(self.rows[call] if call in known else ()):
            self._lay_thread(draft, place, tap, ("one", *ROWS[call], at.step))
        says = [MADE[own] if own in known else None for own in (KERAS, CONVOLVE)]
        signs.said(draft, self.aside, self.em, self.base, *says)
        return draft

    def _lay_outputs(self, draft: Draft, call: int, is_made: bool, apart: float) -> None:
        """The outputs of a call so far from the middle of their steps, in the tints of the taps that they are."""
        axis, size, light = self.axis, *((self.size, FULL) if is_made else (self.beside, SUPPORT))
        apart, width = (1 if call else -1) * apart, min(axis.bar, 0.33 * axis.pitch)
        for at, tap in self.rows[call]:
            key, x, made = ("one", *ROWS[call], at.step), axis.x(at.home) + apart, tap.weight
            look = dict(signs.LOOKS[call], light=light, bricks=whole([made.value]))
            pieces.column(draft, key, made, x, self.base, width, self.unit, self.turns.tint(tap), **look)
            if size:
                pieces.digits(draft, key, made.text, size, "ink" if is_made else "quiet")
            if is_made and self.named:
                draft.put("index", ("index", *key), words(f"*w*[{tap.k}]", x, self.low, self.named, "lit"))

    def _lay_thread(self, draft: Draft, place: int, tap: Tap, key: Key) -> None:
        """The way from below the met tap of a card, behind all cards, to its output."""
        start, one, x = self.cards[place].bottom, self.axis.x(self.one), draft.marks[*key, "bar"].x
        run, end = start + self.gap / 2, draft.marks[*key, "digits" if self.size else "bar"].top - 12
        points = (one, start, one, end) if x == one else (one, start, one, run, x, run, x, end)
        draft.put("thread", ("thread", *key), line(self.turns.tint(tap), *points, size=5, z=BELOW))

    # motion

    def comes(self) -> Iterator[Cue]:
        """The signal becomes the single 1, then its outputs leave as a card after another comes where it stands."""
        yield Cue((("product",), ("sum",), ("rig", *W, "frame")), staging.LEAVE, 0.9)
        yield Cue((*ROWS, ("formula",), ("note", "t")), staging.LEAVE, 1.2)
        yield Cue((X, ("baseline", *X), ("name", *X)), staging.LEAVE, 1.2)
        way = "anew" if self.turns.wide.steps != self.axis.steps else ""
        kept = (("ruler", step) for step in self.axis.shown if self.turns.wide.has(step))
        yield Cue(tuple(kept), staging.LEAVE, 1.2, way)
        for place in range(1, len(self.cards)):
            yield Cue(carried(_key(place)), staging.MOVE, 0.4, "fade", after=0.5 * place)

    def slides(self) -> Iterator[Cue]:
        """A card after another makes its output."""
        for place, met in enumerate(self.rows[KERAS]):
            yield from self._answers(KERAS, met, staging.ENTER + place, 0.0, max(0.4, 0.9 - 0.2 * place))

    def turns_over(self) -> Iterator[Cue]:
        """All cards turn over where they lie; then the outputs come, one after another."""
        for place, met in enumerate(self.rows[CONVOLVE]):
            about = upright(self.cards[place], met.at.taps)
            yield Cue(carried(_key(place)), staging.MOVE, None, "turn", about)
            yield from self._answers(CONVOLVE, met, staging.ENTER, 0.4 * place, 0.8)
        yield Cue((("name", *W),), staging.MOVE, 0.4, after=staging.LASTS["turn"] / 2 - 0.2)

    def _answers(self, call: int, met: Met, beat: float, after: float, pace: float) -> Iterator[Cue]:
        """A thread is drawn, and at its end the output stands."""
        key = ("one", *ROWS[call], met.at.step)
        yield Cue((("thread", *key),), beat, 0.7 * pace, after=after)
        yield Cue(((*key, "bar"), ("index", *key)), beat, 0.4 * pace, after=after + 0.7 * pace)
