"""Why stacked copies are a convolution. Each copy stands one step further, so down a column the numbers of the first
kernel come in reverse order beside those of the second. Whole in every column, the first kernel, turned over, slides
along the second, and each column makes the number of the one kernel under it.

This module knows the copies of a kernel; it computes none.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from convexplain import style
from convexplain.board import marks, pieces, staging, tiles
from convexplain.board.marks import CARD, CONTEXT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import MOST, Copies
from convexplain.stories.two_layers.sheet import keys_of

Box: TypeAlias = "tuple[float, float, float, float]"
"""Left, top, right, bottom."""
GAP = 0.06
"""Half of what parts two columns, in their pitch."""
PAD, SUM = 0.65, 1.5
"""Beside a number, and the height of what a column adds up to, in em."""
JOINT = 5.0
"""Half of what parts two tiles."""


def turned(copies: Copies) -> list[Board]:
    """The stack seen closer, each number of it as the pair that it is made of; then both kernels whole in each column.
    Kernels with gaps have other rules, and long ones no room.
    """
    pairs = [(j, sum(met)) for j, column in enumerate(copies.columns) for met in column]
    if len(copies.columns[copies.fullest]) < 2 or copies.left_out or any(j != met for j, met in pairs):
        return []
    has_room = copies.chain.span <= MOST and _Columns(copies, marks.paper(marks.NARROWEST)).size
    own = _Columns(copies, copies.stage.form)
    return [own.pairs(), own.kernels()] if has_room else []


class _Columns:
    """Columns as wide as the board. Its rows are those of the stack, and before and after them as many as the first
    kernel, turned over, reaches further.
    """

    def __init__(self, copies: Copies, form: marks.Format) -> None:
        self.copies, self.form, self.total = copies, form, copies.total()
        self.second = {k: copies.pair.second(k) for k in copies.after}
        self.first = {k: copies.pair.first(k) for k in copies.taps}
        self.rows = sorted({self.row(j, k) for j in range(copies.chain.span) for k in self.first})
        self.left = form.names + (72.0 if form.is_narrow else 40.0)
        self.pitch = (form.width - form.margin - self.left) / copies.chain.span
        texts = [number.text for number in self.second.values()], [*map(bench.factor, self.first.values())]
        wide, behind = (max(advance(runs_of(text)) for text in own) + 2 * PAD for own in texts)
        sizes = [SMALL] if bench.is_low(form) else [PARTIAL, TEXT, SMALL]
        self.em = form.small if bench.is_low(form) else TEXT
        """The size of names."""
        top, bottom = 36.0 + self.em, bench.bottom_of(form, 48.0)
        self.share, room = wide / (wide + behind), (1 - 2 * GAP) * self.pitch
        """The share of a column that is the second kernel's."""
        self.size = next((size for size in sizes if (wide + behind) * size <= room), 0.0)
        self.down = min(3.0 * self.size, (bottom - top - SUM * self.size) / (len(self.rows) + 1))
        high = SUM * self.size + (len(self.rows) + 1) * self.down
        self.top = top + (bottom - top - high) / 2
        self.foot = self.top + high - self.down / 2
        """The middle of the one kernel."""
        self.line = self.foot - self.down / 2 - 12
        """The line over it, as over a sum."""

    def row(self, j: int, k: int) -> int:
        """The row in which tap ``k`` of the first kernel stands in column ``j``."""
        return j - self.copies.chain.offset(0, k)

    def box(self, j: int, row: int, last: int | None = None, part: int = 0) -> Box:
        """The place of a row in a column, or of all until the ``last``: of the first kernel (1) or the second (-1)."""
        left, right = self.left + (j + GAP) * self.pitch, self.left + (j + 1 - GAP) * self.pitch
        middle, top = left + self.share * (right - left), self.top + (row - self.rows[0]) * self.down
        rows = 1 if last is None else last - row + 1
        return (middle if part > 0 else left), top, (middle if part < 0 else right), top + rows * self.down

    # boards

    def pairs(self) -> Board:
        """The numbers of the stack, of which those in the fullest column are meant."""
        copies, told = self.copies, self.copies.fullest
        said = "Each copy starts one step later. So down a column *b* comes in order, *a* in reverse order."
        draft = self._draft(said, [told])
        for j, column in enumerate(copies.columns):
            for after, k in column:
                self._lay_second(draft, j, after, j == told)
                self._lay_first(draft, j, k, j == told)
        for after in copies.rows:  # framed by what has scaled them
            places = [j for j, column in enumerate(copies.columns) if after in dict(column)]
            (left, top, _, _), (_, _, right, bottom) = self.box(places[0], after), self.box(places[-1], after)
            frame = marks.plate("kernel", left, top, right, bottom, light=CARD, z=-3, edge=SUPPORT, size=4.0)
            draft.put("card", ("card", "copy", after), frame)
        self._lay_names(draft, told, 0)
        rows = keys_of(draft, ("copy",), ("kernel",), ("card",), ("band",), ("sum",), ("name", "card"))
        cues = [Cue((*rows, *(bar.key for bar in self.total.bars.values())), staging.LEAVE, 1.4, after=0.2)]
        cues.append(Cue((("factor",), ("name", "b"), ("name", "a")), staging.MOVE))
        signal = next(iter(copies.samples(()).bars.values())).key[:1]
        cues.append(Cue((signal, ("ruler",), ("thread",), ("product",), ("value",)), staging.LEAVE, 0.9))
        return draft.board("turn", said, 4, cues)

    def kernels(self) -> Board:
        """Both kernels whole in each column; what does not meet is pale. The first slides out of the fullest column."""
        copies, told, places = self.copies, self.copies.fullest, range(self.copies.chain.span)
        said = "From column to column *a*, turned over, slides along *b*. This is called convolution."
        draft, cues = self._draft(said, places), list[Cue]()
        for nth, j in enumerate(sorted(places, key=lambda j: (j != told, j))):
            there = {*draft.marks}
            for k in self.second:
                self._lay_second(draft, j, k, k in dict(copies.columns[j]))
            for k in self.first:
                self._lay_first(draft, j, k, self.row(j, k) in self.second)
            ends = self.row(j, copies.taps[-1]), self.row(j, copies.taps[0])
            self._lay_card(draft, "b", j, (copies.after[0], copies.after[-1]), "kernel")
            self._lay_card(draft, "a", j, ends, copies.hue)
            self._lay_names(draft, j, ends[0])
            met = [own for after, k in copies.columns[j] for own in (self._key(j, k), ("factor", copies.m, j, after))]
            stack = [*met, self.total.bars[copies.start + j].key]  # it is lit when what flies there has come
            come = [key for key in draft.marks if key not in there and key[:-1] not in stack]
            cues.append(Cue((*come, *keys_of(draft, ("band", copies.start + j))), staging.LEAVE + nth, 1.0))
            cues.append(Cue((*stack,), staging.LEAVE + nth + 0.5, 0.5))
        return draft.board("convolution", said, 4, cues)

    # what is seen

    def _draft(self, said: str, meant: Collection[int]) -> Draft:
        """The one kernel under the columns, a faint light behind those that are ``meant``."""
        draft, total, last = Draft(self.form), self.total, self.copies.chain.span - 1
        pieces.caption(draft, said)
        for j in range(last + 1):
            self._lay_total(draft, j, "" if j not in meant else "lit" if meant == [j] else "ink")
        (left, *_), (_, _, right, _), high = self.box(0, 0), self.box(last, 0), self.down / 2
        frame = marks.plate(total.role, left, self.foot - high, right, self.foot + high, light=CARD, z=-3)
        draft.put("card", ("card", *total.key), frame)
        draft.put("sum", ("sum", "rule"), marks.line("ink", left, self.line, right, self.line, size=3))
        name = words(total.name, self.form.margin, self.foot, self.em, total.role, align=-1)
        draft.put("name", ("name", "card", *total.key), name)
        return draft

    def _lay_total(self, draft: Draft, j: int, said: str) -> None:
        """A number of the one kernel; where it is ``said`` over the line what adds up to it, and a light behind all."""
        (left, top, right, _), high, at = self.box(j, self.rows[0]), self.down / 2, self.copies.start + j
        bar, x = self.total.bars[at], (left + right) / 2
        box = left, self.foot - high, right, self.foot + high
        self._lay(draft, bar.key, bar.number, bench.factor(bar.number), self.total.role, box, bool(said))
        if not said:
            return
        pieces.band(draft, ("band", at), x, top - self.em - 12, box[-1] + 12, right - left, "ink")
        texts = [self.copies.pair.weight("copy", self.copies.m, *met).text for met in self.copies.columns[j]]
        added = words(phrases.added(texts, "").removesuffix(" = "), x, self.line - 0.65 * self.size, self.size, said)
        if texts[1:] and style.is_sum(texts, bar.number.text) and added.width < right - left:
            draft.put("sum", ("sum", "column") if j == self.copies.fullest else ("sum", "column", j), added)

    def _lay_second(self, draft: Draft, j: int, k: int, is_lit: bool) -> None:
        """A tap of the second kernel in its row; it has come to where its copy begins, elsewhere is a copy of it."""
        number, origin = self.second[k], ("kernel", 2, self.copies.m, k)
        key = origin if j == self.copies.chain.offset(k, 0) else ("factor", self.copies.m, j, k)
        self._lay(draft, key, number, number.text, "kernel", self.box(j, k, part=-1), is_lit, origin)

    def _lay_first(self, draft: Draft, j: int, k: int, is_lit: bool) -> None:
        """A tap of the first kernel, in the copy of its row or beyond the stack."""
        number, row = self.first[k], self.row(j, k)
        key, other = self._key(j, k), self._key(self.copies.fullest, k)
        self._lay(draft, key, number, bench.factor(number), self.copies.hue, self.box(j, row, part=1), is_lit, other)

    def _key(self, j: int, k: int) -> Key:
        """Of a tap of the first kernel in a column."""
        row = self.row(j, k)
        return ("copy", self.copies.m, row, k) if row in self.second else ("turned", self.copies.m, j, k)

    def _lay(
        self, draft: Draft, key: Key, number: Number, text: str, role: Role, box: Box, is_lit: bool, origin: Key = ()
    ) -> None:
        """A number on a tile."""
        x, y, wide, high = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]
        parent = None if origin in ((), key) else origin
        if number.value:  # a zero is its number alone
            size, light = (wide - 2 * JOINT, high - 2 * JOINT), FULL if is_lit else CONTEXT
            tiles.tile(draft, key, number, role, x, y, *size, light=light, copy_of=parent and (*parent, "bar"))
        is_on = is_lit and bool(number.value)
        said = "dark" if is_on and str(role).startswith("channel") else "ink" if is_lit else "quiet"
        mark = words(text, x, y, self.size, said, z=1, about=number.about, rides=(*key, "bar"))
        mark = mark.at(light=float(not is_on or said == "dark"), copy_of=parent and (*parent, "digits"))
        draft.put("digits", (*key, "digits"), mark)

    def _lay_card(self, draft: Draft, name: str, j: int, ends: tuple[int, int], role: Role) -> None:
        """The card of a kernel on end, from one row to another."""
        box = self.box(j, *ends, 1 if name == "a" else -1)
        draft.put("card", ("card", name, j), marks.plate(role, *box, light=2 * CARD, z=-3))

    def _lay_names(self, draft: Draft, j: int, row: int) -> None:
        """What stands in a column: over the first kernel, from a ``row`` on, and over the second."""
        for name, role, first, part in ("b", "kernel", 0, -1), ("a", self.copies.hue, row, 1):
            left, top, right, _ = self.box(j, first, part=part)
            mark = words(f"*{name}*", (left + right) / 2, top - 0.5 * self.em, self.em, role)
            key, told = ("name", name, j), ("name", name, self.copies.fullest)
            draft.put("name", key, mark if key == told else mark.at(copy_of=told))
