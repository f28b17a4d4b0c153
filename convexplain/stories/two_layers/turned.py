"""The one kernel by a convolution: the copies of the first kernel are pushed together to one, and the second, whose
numbers ride along under those that they multiply, lies turned over; so it slides along, zeros beyond the ends.

This module stands on copies of a kernel that were stacked, and shows the same sums again; it computes none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CARD, DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.bands import Band, Bar
from convexplain.stories.two_layers.copies import Copies, worked
from convexplain.stories.two_layers.sheet import BROADEST, GROUND, HALF, LEADS, PAD, Sheet, fitting, keys_of, ruled

SECOND: Key = ("card", "upright")
"""The card of the second kernel, where it stands on end."""
NAME: Key = ("name", "card", "kernel", 2)
EDGE, JOINT, STEP = 14.0, 26.0, 1.2
"""How much of a turned card's hatched back is seen over its tiles and under them; between a number and the one that it
is multiplied by; the seconds of a step along.
"""


class Turned:
    """The copies of the first kernel, the numbers of the second one under theirs, and the kernel that they make."""

    def __init__(self, copies: Copies) -> None:
        self.copies, self.form, self.j, pair = copies, (form := copies.stage.form), copies.fullest, copies.pair
        first, second = {k: pair.first(k) for k in copies.taps}, {k: pair.second(k) for k in copies.after}
        zero, turned, columns = Number(Fraction(0), "0"), [*second.items()][::-1], range(copies.chain.span)
        met = [[(tap, first.get(j - k, zero)) for k, tap in turned] for j in columns]
        self.met = met[self.j]
        """What is multiplied for the number that is told, from left to right when turned: v's, then u's or a 0."""
        self.made, values = copies.total().bars, [tap.value for tap in second.values()]
        addends = [[pair.form.text(a.value * b.value) for a, b in own] for own in met]
        self.sums = [phrases.added(own, "").removesuffix(" = ") for own in addends]
        is_sum = all(style.is_sum(own, bar.number.text) for own, bar in zip(addends, self.made.values(), strict=True))
        axis = ruled(form, replace(copies.axis, steps=(*range(min(self.made) + 1 - len(second), max(self.made) + 1),)))
        self.axis = replace(axis, pitch=min(BROADEST, (form.width - form.margin - axis.left) / len(axis.steps)))
        factors = [phrases.factor(number) for number in (*second.values(), *(bar.number for bar in self.made.values()))]
        size, room = fitting(form, self.axis, factors, spare=20.0), 2 * HALF * self.axis.pitch - 20
        self.said = bench.fitting(room, self.sums, (min(size, TEXT), SMALL, 0.0))
        """The size of sums; 0 where they have no room."""
        is_high = size == TEXT and self._tall(len(second), PARTIAL) > 1.3 * PARTIAL
        self.size = bench.fitting(room, factors, (PARTIAL, TEXT)) if is_high else size
        is_whole = copies.stage.size > 0 and self.size > 0 and not copies.left_out and is_sum
        self.is_told = is_whole and copies.chain.gaps == (1, 1) and len(first) > 1 and values != values[::-1]
        """Whether the one kernel is a convolution, turning changes something, and what adds up is seen whole."""

    def _tall(self, rows: int, size: float) -> float:
        """How high tiles are where so many copies stand below each other."""
        room = bench.bottom_of(self.form, GROUND) - bench.TOP - rows * (PAD + JOINT + EDGE) - 2 * PAD
        return min(2.5 * size, (room - DIGIT * TEXT - 40.0) / (2.5 * rows + 1))

    def boards(self, before: Board) -> list[Board]:
        """What meets in one column; the copies become one, and what meets there lies in a row; so it slides along."""
        return [column := self._column(before), self._turn(column), self._convolve()]

    def _column(self, before: Board) -> Board:
        """The second kernel's numbers come down to those of the first that they multiply in one column."""
        own, asked = self.copies, "How is *w* made, without *x*? In this column"
        meets = [f"{phrases.factor(tap)} meets {other.text}" for tap, other in reversed(self.met)]
        met = f"{', '.join(meets[:-1])} and {meets[-1]}"
        said = bench.fullest(f"{asked} {met}.", f"{asked} *v* meets these numbers.")
        draft, sheet = self._stand(said, self.j, is_one=False)
        place, wide, end = own.start + self.j, 2 * sheet.half + 2 * PAD, sheet.bands[-1].top - 32 - self.said
        pieces.band(draft, ("band", place), self.axis.x(place), sheet.bands[0].top - PAD, end, wide, "ink")
        for k in own.after[1:]:  # the number that is met goes back onto its like
            for key in keys_of(draft, ("copy", own.m, k, self.j - k)):
                draft.change([key], goes_into=("copy", own.m, 0, *key[3:]))
        stays = (key for key in draft.marks if key in before.marks and key != ("caption",))
        cues = [Cue((*stays,), staging.MOVE), Cue((("sum", "met"), ("card", "met")), staging.ENTER + 1.5)]
        cues += [Cue((("met", own.m, k),), staging.ENTER + 0.5 * k) for k in own.after]
        return draft.board("column", said, 3, cues)

    def _turn(self, before: Board) -> Board:
        """The copies are pushed together: each goes back by the steps that it started later, with what it meets."""
        last, before_last, *_ = (phrases.factor(tap) for tap, _ in self.met)
        copies = "the second copy" if len(self.met) == 2 else "the copies"
        said = f"Slide {copies} onto the first: {last} lies before {before_last}. *v* is turned."
        draft, sheet = self._stand(said, self.j)
        self._lay_aside(draft, sheet)
        rides = keys_of(draft, ("copy",), ("card", "copy"), ("met",))
        flies = (key for key, mark in before.marks.items() if mark.goes_into)
        cues = [Cue((*rides, *flies), staging.MOVE, 2.0, "across first")]
        cues.append(Cue((("effective",), ("card", *sheet.bands[-1].key)), staging.MOVE, 1.0, after=1.0))
        cues.append(Cue((("card", "turned"), ("name", "card", "turned"), NAME), staging.ENTER, how="fade"))
        cues.append(Cue((("edge",), ("sum", "turned")), staging.ENTER + 0.5))
        return draft.board("turn", said, 2.5, cues)

    def _lay_aside(self, draft: Draft, sheet: Sheet) -> None:
        """The second kernel as it lies, to compare: at the margin, between what is turned and what that makes."""
        *_, turned, total = sheet.bands
        taps = " ".join(phrases.factor(bar.number) for bar in self.copies.second().bars.values())
        y = (turned.bottom + total.top) / 2
        mark = words(f"kernel *v*: {taps}", self.form.margin, y, sheet.em, "output", align=-1, light=0.6)
        if mark.right + 24 < min(draft.marks[key].left for key in keys_of(draft, ("met",), ("sum",))):
            draft.put("name", NAME, mark)

    def _convolve(self) -> Board:
        """Turned over it slides along, from end to end, and makes all numbers."""
        said = "Turned *v* slides along *u*, zeros at its ends, and makes *w*: this is called convolution."
        draft, sheet = self._stand(said, end := len(self.sums) - 1, is_end=True)
        back, last, aside = staging.LASTS["move"], STEP * end, -self.j * self.axis.pitch
        way = back + last, "back first", (aside, back / (back + last))
        slides = (("met",), ("card", "turned"), ("edge",))
        cues = [Cue((("beyond",),), staging.LEAVE), Cue(slides, staging.MOVE, *way)]
        for n, bar in enumerate(sheet.bands[-1].bars.values()):
            late, told = back + max(0.0, motion.passes(n / end) * last - 0.2), [("sum", "turned", n)] * (n != self.j)
            cues.append(Cue((bar.key, *told), staging.MOVE, 0.4, after=late))
        return draft.board("convolve", said, 3, cues)

    def _stand(self, said: str, j: int, is_one: bool = True, is_end: bool = False) -> tuple[Draft, Sheet]:
        """The first kernel, its copies below each other or one; the second one's numbers under those that they meet for
        a number of the one kernel; and that: what is not made yet stands back. At the end there is all that was met.
        """
        draft, own, size = Draft(self.form), self.copies, self.size
        pieces.caption(draft, said)
        rows, at = own.after[:1] if is_one else own.after, {k: own.start + j - k * is_one for k in own.after}
        tall, top, end = self._tall(len(rows), size), bench.TOP - 16.0, bench.bottom_of(self.form, GROUND)
        apart = (end - tall - 2 * PAD - 40.0 - DIGIT * self.said - top) / len(rows)
        sheet = replace(own.stage, axis=self.axis, size=size, tile=tall / size)

        def stood(band: Band, y: float, pad: float, lit: Collection[int] | None) -> Band:
            band = replace(band, products={}, size=size, tile=sheet.tile, foot=y + DIGIT * size / 2, lit=lit)
            return replace(band, top=y - tall / 2 - pad, bottom=y + tall / 2 + pad)

        firsts, seconds = list[Band](), list[Band]()
        for nth, row in enumerate(rows):
            taps, y = own.after if is_one else [row], top + PAD + tall / 2 + nth * apart
            first = replace(own.first(row), kind="bare", name="kernel *u*")
            firsts.append(stood(first, y, PAD, None if is_end else [at[k] for k in taps]))
            bars = {at[k]: Bar(("met", own.m, k), own.pair.second(k), (), ("upright", own.m, k, "bar")) for k in taps}
            key, name = (("turned",), "turned *v*") if is_one else (("met", row), "from *v*")
            second = replace(own.second(), key=key, name=name, bars=bars)
            seconds.append(stood(second, y + tall + JOINT, EDGE, None))
            for place in sorted({*(self.axis.shown if is_end else bars)} - {*first.bars}):
                sheet.lay_empty(draft, firsts[-1], ("beyond", row, place), place)
        total = stood(own.total(), end - PAD - tall / 2, PAD, None if is_end else [own.start + j])
        sheet = replace(sheet, bands=(*firsts, *seconds, total))
        sheet.lay(draft)
        summed = total.top - 20 - DIGIT * self.said / 2  # the line of sums
        met, made = self.met if is_one else self.met[::-1], self.made[own.start + j].number.text
        places, sums = ([*self.made], self.sums) if is_end else ([own.start + j], [worked(met, made)])
        for n, text in zip(places, sums, strict=True) if self.said and all(sums) else ():
            mark = words(text, self.axis.x(n), summed, self.said)
            x = self.form.within(mark.x, mark.width)
            draft.put("sum", ("sum", "turned" if is_one else "met", n - own.start), mark.at(x=x))
        if not is_one:
            return draft, sheet
        draft.change([("card", "turned")], hatch=bench.HATCHED)
        begin, x = seconds[0].bottom + 8, self.axis.x(own.start + j)
        meeting, foot = begin + LEADS / 2, summed - DIGIT * self.said / 2 - 12
        ways: dict[Key, tuple[float, ...]] = {("down",): (x, meeting, x, foot)}
        ways |= {(k,): (self.axis.x(at[k]), begin, self.axis.x(at[k]), meeting, x, meeting) for k in own.after}
        for key, way in ways.items():
            draft.put("edge", ("edge", "along", *key), line("output", *way, size=3.0, z=-1.0))
        return draft, sheet


def lay_upright(draft: Draft, copies: Copies, sheet: Sheet, rows: Sequence[Band]) -> None:
    """The second kernel on end, by its name or over it: a thread leads from each tap to its copy."""
    form, pad = sheet.form, min(10.0, sheet.form.margin - 2)
    second = replace(copies.second(), size=sheet.size, tile=sheet.tile)
    taps = [bar for bar in second.bars.values() if bar.key[-1] in copies.rows]
    widest = max(advance(runs_of(phrases.factor(tap.number))) for tap in taps)
    wide = max(0.25 * (sheet.left - form.margin), widest * sheet.size + 40)
    begin, y = form.margin, (rows[0].foot + rows[-1].foot - DIGIT * sheet.size) / 2
    name = words("kernel *v*", begin, y, sheet.em, "output", align=-1)
    made = wide + sheet.size * advance(runs_of(copies.between(copies.rows[-1])))  # what stands before a copy
    room = sheet.ends(rows[0])[0] - name.right - wide - made - pad - 60
    if is_beside := sheet.size > 0 and not copies.left_out and room >= 0:
        begin = name.right + pad + 24
    x, right = begin + wide / 2, begin + wide + pad
    for tap, after, band in zip(taps, copies.rows, rows, strict=True):
        card, own = draft.marks["card", "copy", after], tap._replace(key=("upright", copies.m, after))
        sheet.lay_number(draft, second, own, (x, band.foot), wide)
        thread = line("output", right, card.y, card.left, card.y, size=4, z=card.z - 1)
        draft.put("thread", ("thread", after), thread)
    box = begin - pad, rows[0].top, right, rows[-1].bottom
    draft.put("card", SECOND, plate("output", *box, light=CARD, z=-3))
    if sheet.size:
        under = words("kernel *v*", begin, box[-1] + 0.7 * form.small, form.small, "output", align=-1)
        draft.put("name", NAME, name if is_beside else under)
