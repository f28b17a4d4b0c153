"""The one kernel by a convolution: the second kernel is turned over and slides along the first, zeros beyond its ends.

This module stands on copies of a kernel that were stacked, and shows the same sums again; it computes none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convexplain import style
from convexplain.board import motion, pieces, staging
from convexplain.board.marks import (
    CARD,
    COLUMN,
    DIGIT,
    PARTIAL,
    SMALL,
    SUPPORT,
    TEXT,
    Board,
    Cue,
    Draft,
    Key,
    line,
    plate,
)
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.bands import Bar
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import BROADEST, GROUND, HALF, LEADS, PAD, ruled

SECOND: Key = ("card", "upright")
"""The card of the second kernel where it stands on end, lies, or is turned over."""
NAME: Key = ("name", "card", "kernel", 2)
EDGE, STEP = 22.0, 1.2
"""How much of a turned card's hatched back is seen over its tiles and under them; the seconds of a step along."""


class Turned:
    """The first kernel as it is slid along, below it the second one, and the kernel that they make."""

    def __init__(self, copies: Copies) -> None:
        self.copies, self.form = copies, (form := copies.stage.form)
        self.sums = [phrases.added(self._addends(j), "").removesuffix(" = ") for j in range(copies.chain.span)]
        steps = (*range(copies.start + 1 - len(copies.after), copies.start + copies.chain.span),)
        axis = ruled(form, replace(copies.axis, steps=steps))
        axis = replace(axis, pitch=min(BROADEST, (form.width - form.margin - axis.left) / len(steps)))
        second, total = copies.second(), copies.total()
        self.factors = [phrases.factor(bar.number) for band in (second, total) for bar in band.bars.values()]
        room, narrow = 2 * HALF * axis.pitch - 20, 2 * HALF * ruled(COLUMN, axis).pitch - 16
        self.has_room = SMALL * max(advance(runs_of(text)) for text in self.factors) <= narrow
        size = bench.fitting(room, self.factors, (SMALL,) if bench.is_low(form) else (PARTIAL, TEXT, SMALL))
        widest = max(advance(runs_of(text)) for text in self.sums)
        self.said = next((em for em in (min(size, TEXT), SMALL) if widest * em <= room), 0.0)
        """The size of sums; 0 where they have no room."""
        end = bench.bottom_of(form, GROUND)
        self.high = high = min(2.6 * size, 0.2 * (end - bench.TOP))
        """The height of a tile."""
        top = bench.TOP + 24.0
        self.y = top + 1.5 * high + 2 * PAD + EDGE + 8.0
        """The middle of the second kernel."""
        first = replace(copies.kernel(copies.reads(0), 0), kind="bare")
        self.bands = [
            replace(band, products={}, size=size, tile=high / size, top=y - high / 2 - PAD, bottom=y + high / 2 + PAD,
                    foot=y + DIGIT * size / 2)
            for band, y in ((first, top + high / 2 + PAD), (second, self.y), (total, end - high / 2 - PAD))
        ]  # fmt: skip
        self.sheet = replace(copies.stage, axis=axis, size=size, tile=high / size)

    @classmethod
    def of(cls, copies: Copies) -> Turned | None:
        """None where the one kernel is no convolution, where turning changes nothing, or where what adds up is not seen
        whole.
        """
        is_seen = copies.stage.size > 0 and not copies.left_out
        if not is_seen or copies.chain.gaps != (1, 1) or min(len(copies.taps), len(copies.after)) < 2:
            return None
        own, made = cls(copies), (bar.number.text for bar in copies.total().bars.values())
        is_sum = all(style.is_sum(own._addends(j), text) for j, text in enumerate(made))
        return own if own.has_room and is_sum else None

    def _addends(self, j: int) -> list[str]:
        """What meets where a number of the one kernel is made, from left to right: beyond the ends it is 0."""
        own, met = self.copies, dict(self.copies.columns[j])
        return [own.pair.weight("copy", own.m, k, met[k]).text if k in met else "0" for k in reversed(own.after)]

    def lie(self, draft: Draft, right: float, high: float) -> None:
        """The second kernel as it is at the left margin, up to a ``right`` edge, in tiles so ``high``: it stands at the
        height where it is turned over.
        """
        left, count, em = self.form.margin, len(self.copies.after), self.sheet.em
        wide = min(2 * self.sheet.half, (right - left) / count)
        size = bench.fitting(wide - 24, self.factors[:count], (TEXT, SMALL))
        self._lay_second(draft, {k: left + wide * (k + 0.5) for k in self.copies.after}, wide, size, high, PAD)
        draft.change([key for key in draft.marks if key[0] == "upright" and key[-1] == "bar"], light=SUPPORT)
        y = draft.marks[SECOND].bottom + 0.7 * em
        draft.put("name", NAME, words("kernel *b*", left, y, em, "output", align=-1))

    def _lay_second(
        self, draft: Draft, xs: dict[int, float], wide: float, size: float, high: float, edge: float, **look: Any
    ) -> None:
        sheet, band = replace(self.sheet, size=size, tile=high / size), self.bands[1]
        band = replace(band, size=size, tile=sheet.tile)
        for k, x in xs.items():
            own = Bar(("upright", self.copies.m, k), self.copies.pair.second(k))
            sheet.lay_number(draft, band, own, (x, self.y + DIGIT * size / 2), wide - 6)
        left, right = min(xs.values()) - wide / 2 - 4, max(xs.values()) + wide / 2 + 4
        box = left, self.y - high / 2 - edge, right, self.y + high / 2 + edge
        draft.put("card", SECOND, plate("output", *box, light=CARD, z=-3, **look))

    def boards(self, before: Board) -> list[Board]:
        """The turn, at the first number, and the slide to the last one."""
        said = "Can *b* slide along *a* to make *w*? Down a column *a* runs backward, so *b* is turned over."
        draft = self._stand(said, 0)
        card, place = before.marks[SECOND], draft.marks[SECOND]
        about = place.x, self.y, place.x - card.x, place.width / 2
        cues = [
            Cue((*before.marks.keys() - draft.marks.keys(),), staging.LEAVE + 0.6, after=1.4)
        ]  # the column stays until it is read
        cues.append(Cue((("copy",), ("card", "copy")), staging.LEAVE + 0.8))
        cues.append(Cue((("upright",), SECOND), staging.MOVE, 3.6, "turn", about))
        cues += [Cue((NAME,), staging.MOVE, 0.6, after=1.2), Cue(((*NAME, "turned"),), staging.MOVE, after=2.8)]
        cues.append(Cue((("beyond",), ("name", "card", "copy")), staging.MOVE))
        boards = [draft.board("turn", said, 3, cues)]
        said = "Slid along *a*, zeros at its ends, it makes *w* again: *w* is the convolution of *a* and *b*."
        draft, last = self._stand(said, end := len(self.sums) - 1), STEP * (len(self.sums) - 1)
        cues = [Cue((("upright",), SECOND, ("edge", "along")), staging.MOVE, last)]
        for j, bar in enumerate(self.bands[2].bars.values()):
            late = max(0.0, motion.passes(j / end) * last - 0.2)
            cues.append(Cue((bar.key, ("sum", "column", j)), staging.MOVE, 0.4, after=late))
        return [*boards, draft.board("convolve", said, 3.5, cues)]

    def _stand(self, said: str, place: int) -> Draft:
        """The turned kernel where it makes the number at a ``place`` of the one kernel; those after it stand back."""
        draft, own, sheet, (first, _, total) = Draft(self.form), self.copies, self.sheet, self.bands
        pieces.caption(draft, said)
        made = [at for at in total.bars if at <= own.start + place]
        sheet = replace(sheet, bands=(first, replace(total, made=made)))
        sheet.lay(draft)
        for at in total.bars.keys() - {*made}:
            sheet.lay_number(draft, total, total.bars[at], (sheet.axis.x(at), total.foot), is_lit=False)
        for n, at in enumerate(step for step in sheet.axis.shown if step not in first.bars):
            sheet.lay_empty(draft, first, ("beyond", n), at, "0", "quiet", 0.5)
        xs = {k: sheet.axis.x(own.start + place - k) for k in own.after}
        self._lay_second(draft, xs, 2 * sheet.half, sheet.size, self.high, EDGE, hatch=bench.HATCHED)
        for key, text, off in ((NAME, "kernel *b*", -0.55), ((*NAME, "turned"), "turned over", 0.55)):
            mark = words(text, self.form.margin, self.y + off * sheet.em, sheet.em, "output", align=-1)
            draft.put("name", key, mark)
        for j in range(place + 1) if self.said else ():
            x, y = sheet.axis.x(own.start + j), total.top - 20 - DIGIT * self.said / 2
            role = "lit" if j == own.fullest else "ink"
            draft.put("sum", ("sum", "column", j), words(self.sums[j], x, y, self.said, role))
        x, begin = sheet.axis.x(own.start + place), draft.marks[SECOND].bottom + 8
        meeting, end = begin + LEADS / 2, total.top - (36 + DIGIT * self.said if self.said else 4)
        ways = {k: (at, begin, at, meeting, x, meeting) for k, at in xs.items()} | {"down": (x, meeting, x, end)}
        for name, way in ways.items():
            draft.put("edge", ("edge", "along", name), line("output", *way, size=3.0, z=-1.0))
        return draft
