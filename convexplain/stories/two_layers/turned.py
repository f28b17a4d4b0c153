"""The one kernel by a convolution: the second kernel is turned over and slides along the first, zeros beyond its ends.

This module stands on copies of a kernel that were stacked, and shows the same sums again; it computes none.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces, staging
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, line
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.walked import Term, lay_sum
from convexplain.stories.two_layers.bands import Bar
from convexplain.stories.two_layers.copies import Copies, worked
from convexplain.stories.two_layers.sheet import BROADEST, GROUND, HALF, LEADS, PAD, keys_of, ruled

SECOND: Key = ("card", "upright")
"""The card of the second kernel, where it stands on end, lies, or is turned over."""
NAME: Key = ("name", "card", "kernel", 2)
EDGE, STEP = 22.0, 1.2
"""How much of a turned card's hatched back is seen over its tiles and under them; the seconds of a step along."""


class Turned:
    """The first kernel, the second one below it, that is turned over and slides, and the kernel that they make."""

    def __init__(self, copies: Copies) -> None:
        self.copies, self.form, self.first = copies, (form := copies.stage.form), copies.kernel(copies.reads(0), 0)
        met, wrong = ([self._met(j, way) for j in range(copies.chain.span)] for way in (True, False))
        self.addends = [[copies.pair.form.text(a.value * b.value) for a, b in own] for own in met]
        self.sums = [phrases.added(addends, "").removesuffix(" = ") for addends in self.addends]
        steps = (*range(copies.start + 1 - len(copies.after), copies.start + copies.chain.span),)
        axis = ruled(form, replace(copies.axis, steps=steps))
        axis = replace(axis, pitch=min(BROADEST, (form.width - form.margin - axis.left) / len(steps)))
        second, total = copies.second(), copies.total()
        factors = [phrases.factor(bar.number) for band in (second, total) for bar in band.bars.values()]
        room, narrow = 2 * HALF * axis.pitch - 20, 2 * HALF * axis.least - 16
        self.has_room = SMALL * max(advance(runs_of(text)) for text in factors) <= narrow
        size = bench.fitting(room, factors, (SMALL,) if bench.is_low(form) else (PARTIAL, TEXT, SMALL))
        widest = max(advance(runs_of(text)) for text in self.sums)
        self.said = next((em for em in (min(size, TEXT), SMALL) if widest * em <= room), 0.0)
        """The size of sums; 0 where they have no room."""
        top, end = bench.TOP + 12.0, bench.bottom_of(form, GROUND)
        half = min(1.1 * size, 0.085 * (end - bench.TOP))
        self.y, tile = (top + end) / 2 - 12.0, 2 * half / size  # the middle of the second kernel
        first, second = replace(self.first, kind="bare", tile=tile), replace(second, key=SECOND[1:], name="", tile=tile)
        # each number stands under the first one of the second kernel that makes it
        total = replace(total, tile=tile, bars=dict(zip(steps, total.bars.values(), strict=False)))
        rows = (
            (first, half + PAD, top + half + PAD),
            (second, half + EDGE, self.y),
            (total, half + PAD, end - half - PAD),
        )
        self.bands = [
            replace(band, products={}, size=size, top=y - high, bottom=y + high, foot=y + DIGIT * size / 2)
            for band, high, y in rows
        ]
        self.line = self.bands[2].top - 20 - DIGIT * self.said / 2  # where sums stand
        self.wrong = [copies.pair.form.text(sum((a.value * b.value for a, b in own), Fraction(0))) for own in wrong]
        self.made, self.places = [bar.number.text for bar in total.bars.values()], [*total.bars]
        """What the second kernel makes as it lies, the numbers of the one kernel, and where they stand."""
        columns = [j for j, pair in enumerate(zip(self.wrong, self.made, strict=True)) if len({*pair}) > 1]
        self.told = max(columns, key=lambda j: (j == copies.fullest, len(copies.columns[j])), default=None)
        """Where it makes another number; None if nowhere."""
        self.sheet = replace(copies.stage, axis=axis, size=size, tile=tile)

    @classmethod
    def of(cls, copies: Copies) -> Turned | None:
        """None where the one kernel is no convolution, turning changes nothing, or what adds up is not seen whole."""
        if not copies.stage.size or copies.left_out or copies.chain.gaps != (1, 1) or len(copies.taps) < 2:
            return None
        own = cls(copies)
        is_sum = all(map(style.is_sum, own.addends, own.made))
        return own if own.has_room and is_sum and own.told is not None else None

    def _lying(self, j: int, is_turned: bool) -> dict[int, Bar]:
        """The second kernel below the first, where it makes a number of the one kernel, or does when it is turned."""
        own = self.copies
        order = own.after if is_turned else reversed(own.after)
        places = {own.start + j - own.chain.offset(n, 0): k for n, k in enumerate(order)}
        return {at: Bar(("upright", own.m, k), own.pair.second(k)) for at, k in sorted(places.items())}

    def _met(self, j: int, is_turned: bool) -> list[tuple[Number, Number]]:
        """What lies below each other there, from left to right: numbers of the second kernel, and of the first or 0."""
        first, zero = self.first.bars, Bar((), Number(Fraction(0), "0"))
        return [(bar.number, first.get(at, zero).number) for at, bar in self._lying(j, is_turned).items()]

    def boards(self, before: Board) -> list[Board]:
        """It makes a wrong number as it lies and the right one turned over; so it slides along from end to end."""
        rows, j = self.copies.rows, self.told or 0
        said = "Could *v* make *w* by sliding along *u*?"
        said = f"{said} As it lies, it gives {self.wrong[j]} where *w* has {self.made[j]}."
        draft = self._asked(said, j, is_turned=False)
        stays = (key for key in draft.marks if key in before.marks and key != ("caption",))
        cues = [Cue((*stays,), staging.MOVE), Cue(keys_of(draft, ("name", "card", "copy")), staging.ENTER)]
        for nth, k in enumerate(reversed(rows)):  # the last one makes way
            cues.append(Cue((("upright", self.copies.m, k),), staging.MOVE, after=0.3 * nth))
        cues.append(Cue((SECOND,), staging.MOVE, staging.LASTS["move"] + 0.3 * len(rows[1:]), "anew"))
        cues.append(Cue((("sum", "wrong"),), staging.ENTER + 1))
        unturned = draft.board("unturned", said, 3, cues)
        met, gives = self._met(j, is_turned=True), f"it gives {self.made[j]}."
        said = f"Turned over, {gives}"
        if len(self.copies.columns[j]) == len(met):  # none meets a 0 beyond the ends
            meets = " and ".join(f"{phrases.factor(tap)} meets {other.text}" for tap, other in met)
            said = bench.fullest(f"Turned over, {meets}, as in the column: {gives}", said)
        draft = self._asked(said, j, is_turned=True)
        about = draft.marks[SECOND].x, self.y, 0.0, draft.marks[SECOND].width / 2
        cues = [Cue((("upright",), SECOND), staging.MOVE, 3.0, "turn", about), Cue((("sum", "right"),), staging.ENTER)]
        turn = draft.board("turn", said, 2.2, [*cues, Cue((NAME,), staging.MOVE, 0.6, after=1.2)])
        said = "Turned and slid along *u*, zeros at its ends, *v* makes all of *w*: a convolution."
        draft = self._stand(said, end := len(self.sums) - 1, is_turned=True, is_end=True)
        back, last, aside = staging.LASTS["move"], STEP * end, -j * self.sheet.axis.pitch
        way = back + last, "back first", (aside, back / (back + last))
        cues = [Cue((("beyond",),), staging.LEAVE), Cue((("upright",), SECOND, ("edge",)), staging.MOVE, *way)]
        for n, bar in enumerate(self.bands[2].bars.values()):
            late = back + max(0.0, motion.passes(n / end) * last - 0.2)
            cues.append(Cue((bar.key, ("sum", "column", n)), staging.MOVE, 0.4, after=late))
        return [unturned, turn, draft.board("convolve", said, 3.5, cues)]

    def _stand(self, said: str, j: int, is_turned: bool, is_end: bool = False) -> Draft:
        """The first kernel; the second one where it makes a number of the one kernel when turned; and that: what is not
        made yet stands back. Edges lead from what meets to the number. At the end there is all that it met.
        """
        draft, sheet, (first, second, total) = Draft(self.form), self.sheet, self.bands
        pieces.caption(draft, said)
        second = replace(second, bars=self._lying(j, is_turned))
        replace(sheet, bands=(first, second, replace(total, lit=None if is_end else [self.places[j]]))).lay(draft)
        draft.change([SECOND], hatch=bench.HATCHED * is_turned)
        name = "turned *v*" if is_turned else "kernel *v*"
        draft.put("name", NAME, words(name, self.form.margin, self.y, sheet.em, "output", align=-1))
        for step in sorted({*(sheet.axis.shown if is_end else second.bars)} - {*first.bars}):
            sheet.lay_empty(draft, first, ("beyond", step), step)
        card, x, foot = draft.marks[SECOND], sheet.axis.x(self.places[j]), total.top - 4.0
        foot -= (32.0 + DIGIT * self.said) * (self.said > 0)
        top, begin, meeting = first.bottom + 6, card.bottom + 8, card.bottom + 8 + LEADS / 2
        ways: dict[Key, tuple[float, ...]] = {("down",): (x, meeting, x, foot)}
        for n, at in enumerate(map(sheet.axis.x, second.bars)):
            ways |= {("met", n): (at, top, at, card.top - 6), (n,): (at, begin, at, meeting, x, meeting)}
        for key, way in ways.items():
            draft.put("edge", ("edge", "along", *key), line("output", *way, size=3.0, z=-1.0))
        for n, (place, addends) in enumerate(zip(self.places, self.sums, strict=True) if self.said and is_end else ()):
            draft.put("sum", ("sum", "column", n), words(addends, sheet.axis.x(place), self.line, self.said))
        return draft

    def _asked(self, said: str, j: int, is_turned: bool) -> Draft:
        """What the second kernel makes for one number, and from what."""
        draft = self._stand(said, j, is_turned)
        made, met = self.made[j] if is_turned else self.wrong[j], self._met(j, is_turned)
        if self.said and worked(met, made):
            terms = list[Term]()
            for tap, other in met:
                product = Term(phrases.times(tap), "output"), Term(" × "), Term(phrases.times(other), self.copies.role)
                terms += [*[Term(" + ")] * bool(terms), *product]
            terms.append(Term(f" = {made}", "kernel" if is_turned else "differs"))
            width = self.said * advance(runs_of("".join(term.text for term in terms)))
            x = self.form.within(self.sheet.axis.x(self.places[j]), width) - width / 2
            lay_sum(draft, ("sum", "right" if is_turned else "wrong"), terms, x, x + width + 1, self.line, (self.said,))
        return draft
