"""The one kernel by a convolution: the second kernel is turned over and slides along the first, zeros beyond its ends.

This module stands on copies of a kernel that were stacked, and shows the same sums again; it computes none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from convexplain import style
from convexplain.board import motion, pieces, staging
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, line
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
        self.copies, self.form = copies, (form := copies.stage.form)
        self.sums = [phrases.added(self._addends(j), "").removesuffix(" = ") for j in range(copies.chain.span)]
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
        self.y = (top + end) / 2 - 12.0
        """The middle of the second kernel."""
        first = replace(copies.kernel(copies.reads(0), 0), kind="bare")
        second = replace(second, key=SECOND[1:], name="")
        # each number stands under the first one of the second kernel that makes it
        total = replace(total, bars=dict(zip(steps, total.bars.values(), strict=False)))
        self.bands = [
            replace(band, products={}, size=size, tile=2 * half / size, top=y - half - edge, bottom=y + half + edge,
                    foot=y + DIGIT * size / 2)
            for band, edge, y in (
                (first, PAD, top + half + PAD), (second, EDGE, self.y), (total, PAD, end - half - PAD)
            )
        ]  # fmt: skip
        self.line = self.bands[2].top - 20 - DIGIT * self.said / 2  # where sums stand
        met = reversed(copies.columns[copies.fullest])  # from left to right when it is turned
        self.factors = [(copies.pair.second(k), copies.pair.first(at)) for k, at in met]
        self.places = [*total.bars]
        """Where the numbers of the one kernel stand."""
        self.sheet = replace(copies.stage, axis=axis, size=size, tile=2 * half / size)

    @classmethod
    def of(cls, copies: Copies) -> Turned | None:
        """None where the one kernel is no convolution, turning changes nothing, or what adds up is not seen whole."""
        is_seen, second = copies.stage.size > 0 and not copies.left_out, [*map(copies.pair.second, copies.after)]
        is_mirror = [tap.value for tap in second] == [tap.value for tap in reversed(second)]
        if not is_seen or copies.chain.gaps != (1, 1) or is_mirror or len(copies.taps) < 2:
            return None
        own, made = cls(copies), (bar.number.text for bar in copies.total().bars.values())
        is_sum = all(style.is_sum(own._addends(j), text) for j, text in enumerate(made))
        return own if own.has_room and is_sum else None

    def _addends(self, j: int) -> list[str]:
        """What meets where a number of the one kernel is made, from left to right: beyond the ends it is 0."""
        own, met = self.copies, dict(self.copies.columns[j])
        return [own.pair.weight("copy", own.m, k, met[k]).text if k in met else "0" for k in reversed(own.after)]

    def boards(self, before: Board) -> list[Board]:
        """One number is asked for, the second kernel turns over where it lies, then slides along from end to end."""
        own, total = self.copies, self.bands[2]
        told = total.bars[self.places[own.fullest]].number.text
        said = f"Could *v* make *w* without copies, by sliding along *u*? For *w*'s {told} the lines cross."
        draft = self._asked(said, is_turned=False)
        stays = (key for key in draft.marks if key in before.marks and key != ("caption",))
        cues = [Cue((*stays,), staging.MOVE), Cue(keys_of(draft, ("name", "card", "copy")), staging.ENTER)]
        for nth, k in enumerate(reversed(own.rows)):  # the last one makes way, with its line
            cues.append(Cue((("upright", own.m, k), ("thread", k)), staging.MOVE, after=0.3 * nth))
        cues.append(Cue((SECOND,), staging.MOVE, staging.LASTS["move"] + 0.3 * nth, "anew"))
        cross = draft.board("cross", said, 3, cues)
        said = "Turned over, each number of *v* lies under the one that it multiplies."
        draft = self._asked(said, is_turned=True)
        about = draft.marks[SECOND].x, self.y, 0.0, draft.marks[SECOND].width / 2
        cues = [Cue((("upright",), SECOND), staging.MOVE, 3.0, "turn", about), Cue((("thread",),), staging.MOVE, 3.0)]
        turn = draft.board("turn", said, 3, [*cues, Cue((NAME,), staging.MOVE, 0.6, after=1.2)])
        said = "Turned and slid along *u*, zeros at its ends, *v* makes all of *w*: a convolution."
        draft, end = self._slid(said), len(self.sums) - 1
        back, last, aside = staging.LASTS["move"], STEP * end, -own.fullest * self.sheet.axis.pitch
        way = back + last, "back first", (aside, back / (back + last))
        cues = [Cue((("thread",), ("beyond",)), staging.LEAVE), Cue((("upright",), SECOND), staging.MOVE, *way)]
        for j, bar in enumerate(total.bars.values()):
            late = back + max(0.0, motion.passes(j / end) * last - 0.2)
            cues.append(Cue((bar.key, ("sum", "column", j)), staging.MOVE, 0.4, after=late))
        return [cross, turn, draft.board("convolve", said, 3.5, cues)]

    def _stand(self, said: str, place: int, lit: Collection[int], is_turned: bool) -> Draft:
        """The first kernel; the second one where it makes the number at a ``place`` of the one kernel, or does when it
        is turned; and the one kernel: what is not ``lit`` of it stands back.
        """
        draft, own, sheet = Draft(self.form), self.copies, self.sheet
        pieces.caption(draft, said)
        first, second, total = self.bands
        order = own.after if is_turned else reversed(own.after)
        places = {own.start + place - own.chain.offset(n, 0): k for n, k in enumerate(order)}
        bars = {at: Bar(("upright", own.m, k), own.pair.second(k)) for at, k in places.items()}
        replace(sheet, bands=(first, replace(second, bars=bars), replace(total, made=lit))).lay(draft)
        for at in total.bars.keys() - {*lit}:
            sheet.lay_number(draft, total, total.bars[at], (sheet.axis.x(at), total.foot), is_lit=False)
        draft.change([SECOND], hatch=bench.HATCHED * is_turned)
        name = "turned *v*" if is_turned else "kernel *v*"
        draft.put("name", NAME, words(name, self.form.margin, self.y, sheet.em, "output", align=-1))
        return draft

    def _asked(self, said: str, is_turned: bool) -> Draft:
        """Lines from the second kernel to what it meets for one number."""
        own, j = self.copies, self.copies.fullest
        draft = self._stand(said, j, [at := self.places[j]], is_turned)
        if self.said and (products := worked(self.factors, self.bands[2].bars[at].number.text)):
            terms, times = list[Term](), phrases.times
            for tap, other in self.factors:
                product = Term(times(tap), "output"), Term(" × "), Term(times(other), own.role)
                terms += [*[Term(" + ")] * bool(terms), *product]
            width = self.said * advance(runs_of(products))
            x = self.form.within(self.sheet.axis.x(at), width) - width / 2
            lay_sum(draft, ("sum", "column", j), terms, x, x + width + 1, self.line, (self.said,))
        top, bottom = draft.marks[SECOND].top - 6, self.bands[0].bottom + 6
        for k, met in own.columns[j]:
            ends = draft.marks["upright", own.m, k, "digits"].x, top, self.sheet.axis.x(own.start + met), bottom
            draft.put("thread", ("thread", k), line("output", *ends, size=4, z=-2))
        return draft

    def _slid(self, said: str) -> Draft:
        """The turned kernel where it makes the last number, and what it met for each."""
        own, sheet = self.copies, self.sheet
        draft = self._stand(said, len(self.sums) - 1, self.places, is_turned=True)
        for n, step in enumerate(step for step in sheet.axis.shown if step not in self.bands[0].bars):
            sheet.lay_empty(draft, self.bands[0], ("beyond", n), step)
        for j, (place, addends) in enumerate(zip(self.places, self.sums, strict=True) if self.said else ()):
            draft.put("sum", ("sum", "column", j), words(addends, sheet.axis.x(place), self.line, self.said))
        card, x, foot = draft.marks[SECOND], sheet.axis.x(self.places[-1]), self.bands[2].top - 4.0
        foot -= (32.0 + DIGIT * self.said) * (self.said > 0)
        top, begin, meeting = self.bands[0].bottom + 6, card.bottom + 8, card.bottom + 8 + LEADS / 2
        ways: dict[Key, tuple[float, ...]] = {("down",): (x, meeting, x, foot)}
        for k in own.after:
            at = draft.marks["upright", own.m, k, "digits"].x
            ways |= {("met", k): (at, top, at, card.top - 6), (k,): (at, begin, at, meeting, x, meeting)}
        for name, way in ways.items():
            draft.put("edge", ("edge", "along", *name), line("output", *way, size=3.0, z=-1.0))
        return draft
