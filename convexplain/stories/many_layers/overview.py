"""What an output sees: the kernels slide and make row after row, then beams lead from one output back to its samples.

The boards before the paths, on the whole input. Every row has its place and its unit from the first of them on, until
all that the output sees is brought closer at once. This module knows a cone and pieces; a story says what follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, SUPPORT, TEXT, Board, Cue, Draft, plate
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import STEP, Cone
from convexplain.stories.many_layers.walked import Term, bracketed, lay_sum


class Row(NamedTuple):
    """Where a level stands: from where the room for its numbers begins to the lower end of its bars."""

    top: float
    foot: float
    bottom: float
    unit: float


class Overview:
    """The levels on the whole input."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.form, self.level = cone, cone.form, cone.script.level
        self.lengths = {level: cone.script.source.stack.shapes[level][0] for level in cone.levels}
        self.numbers = {level: cone.numbers(cone.wide, level) for level in cone.levels}
        self.size = min(cone.size(cone.wide, level, numbers.values()) for level, numbers in self.numbers.items())
        self.rows = self._stacked()

    def _zone(self, level: int) -> float:
        """The room below a row: for the kernels that read it, or for beams."""
        low = benches.is_low(self.form)
        if level == self.level or not self.cone.is_striped:
            return 8.0 if level == self.level else 28.0 if low else 84.0
        lines = len(taps.filters(self.cone, level + 1))
        return lines * (taps.height(self.form) + taps.BETWEEN) + (16.0 if low else 28.0 if level else 72.0)

    def _stacked(self) -> dict[int, Row]:
        """Rows below each other that fill the height: in one unit, where their numbers are of a size or can be counted,
        else each with the same room.
        """
        above, top, rows = 0.7 * self.size + 20.0, benches.TOP - 4.0, dict[int, Row]()
        extents = {n: benches.extent(own.value for own in self.numbers[n].values()) for n in self.cone.levels}
        values, reach = (
            [own.value for n in self.numbers.values() for own in n.values()],
            list(map(sum, extents.values())),
        )
        room = self.form.height - 152.0 - benches.TOP - sum(above + self._zone(level) for level in self.cone.levels)
        unit = benches.unit_of(room, sum(reach), values, 66.0)
        is_one = max(reach) < 6 * min(filter(None, reach), default=1.0)
        is_one = is_one or (unit > 14 and all(value.denominator == 1 for value in values))
        for level, (up, down) in extents.items():
            own = unit if is_one else max(40.0, room) / len(extents) / (up + down or 1.0)
            foot = top + above + up * own
            rows[level] = Row(top, foot, foot + down * own, own)
            top = rows[level].bottom + self._zone(level)
        return rows

    def boards(self) -> Iterator[Board]:
        """Every level, made by its kernels where these have room; then what one output sees, far and near."""
        for level in self.cone.layers if self.cone.is_striped else ():
            yield from self._made(level)
        if not self.cone.is_striped:
            depth = len(self.cone.layers)
            many = phrases.sentence(phrases.count(depth, "layer"))
            said = f"{many}, one after the other: what does one output of the last one see?"
            yield self.lay(said if depth > 1 else "One layer: what does one of its outputs see?").board(
                "levels", said, 3
            )
        yield self._field()
        yield self._near()

    def lay(
        self,
        said: str,
        known: Mapping[int, int] | None = None,
        lit: Mapping[int, Collection[Cell]] | None = None,
        kernels: Mapping[int, int] | None = None,
    ) -> Draft:
        """The rows. ``known`` is how many steps are there, by level, all where it names none; ``lit`` the cells that
        are meant; ``kernels`` the steps that those of a level stand at: the last of them is meant.
        """
        draft, cone = Draft(self.form), self.cone
        pieces.caption(draft, said)
        pieces.ruler(draft, cone.wide, STEP)
        for level, row in self.rows.items():
            steps = (known or {}).get(level, self.lengths[level])
            shown = {cell: number for cell, number in self.numbers[level].items() if cell.step < steps}
            cone.named(draft, level, row.foot)
            meant = None if lit is None else lit[level]
            cone.row(draft, cone.wide, level, shown, row.foot, row.unit, self.size, meant, SUPPORT)
            if not steps:  # what the story is about, where the output will stand
                size = TEXT if self.form.is_narrow else PARTIAL
                asked, x = f"What does one output of layer {level} see?", cone.wide.left + 24
                draft.put("question", ("question",), words(asked, x, row.foot - 0.7 * size, size, "ink", align=-1))
        for level, step in (kernels or {}).items():
            self._lay_kernels(draft, level, step, lit is not None or level == max(kernels or ()))
        return draft

    # kernels that slide

    def _lay_kernels(self, draft: Draft, level: int, step: int, meant: bool) -> None:
        """The told kernels of a level under the window of a step, one below the other."""
        cone, high, low = self.cone, taps.height(self.form), benches.is_low(self.form)
        width, y = (
            0.94 * cone.slot(cone.wide, level - 1),
            self.rows[level - 1].bottom + (8.0 if low else 16.0) + high / 2,
        )
        every = taps.filters(cone, level)
        if self.rows[level].foot - 40.0 > y + 44.0:
            pieces.name(draft, ("kernel", level), "kernel" if len(every) == 1 else "kernels", y + 11)
        for filter in every:
            own = taps.places(cone, level, Cell(step, filter))
            xs = [cone.x(cone.wide, level - 1, tap.source) for tap in own]
            taps.lay_strip(draft, own, xs, y, width, None if meant else ())
            y += high + taps.BETWEEN
        for tap, x in zip(own, xs, strict=True) if level - 1 == cone.base and not low else ():
            if tap.key[3] == 0:
                draft.put(
                    "tap", ("tap", level, "k", tap.key[2]), words(f"tap {tap.key[2]}", x, y - high / 2 + 14, SMALL)
                )

    def _made(self, level: int) -> Iterator[Board]:
        """The kernels of a level where they make its first step, and after they have slid to its last."""
        cone, layer, every, steps = (
            self.cone,
            self.cone.layers[level],
            taps.filters(self.cone, level),
            self.lengths[level],
        )
        is_last, many = level == self.level, phrases.sentence(phrases.count(len(every), "kernel"))
        before = {level - 1: self.lengths[level - 1] - 1} if is_last else {}
        after, more = {} if is_last else {level + 1: 0}, ", and a bias" * layer.use_bias
        more += "" if layer.is_linear else f", then {layer.activation}"
        lies = "A kernel lies" if len(every) == 1 else f"{many} lie"
        said = f"{lies} on the input: each tap times the sample above it, added up{more}."
        slid = f"{many} slide along. Each gives a row of numbers: a channel."
        slid = slid if len(every) > 1 else "It slides along: each place gives the number of one step."
        if is_last:
            of = {1: "", 2: ", of both channels"}.get(len(cone.channels[level - 1]), ", of all channels")
            said = f"Layer {level} does the same with the numbers of layer {level - 1}{of}{more}."
            slid = f"{'It slides' if len(every) == 1 else 'They slide'} as well: each place gives one output."
        draft = self.lay(said, {level: 1} | after, None, before | {level: 0})
        written = tuple(key for key in draft.marks if key[:2] == ("tap", level) and key[-1] == "digits")
        cues = [Cue((("strip", level), ("tap", level), ("name", "kernel", level)), motion.ENTER)]
        cues.append(Cue(written, motion.ENTER, 0.3, after=0.6))  # once its tile has grown
        for n, filter in enumerate(every):
            self._lay_sum(draft, level, filter, n - (len(every) - 1) / 2)
            cues.append(Cue((("sum", level, filter),), motion.ENTER + 1 + 2 * n, 0.6))
            cues.append(Cue(((*cone.key(level, Cell(0, filter)), "bar"),), motion.ENTER + 2 + 2 * n))
        yield draft.board(f"kernels {level}", said, 4, cues)
        if steps == 1:
            return
        draft, lasts = self.lay(slid, after, None, before | {level: steps - 1}), max(2.4, 0.6 * (steps - 1))
        cues = [Cue((("strip", level), ("tap", level)), motion.MOVE, lasts)]
        for step in range(1, steps):
            late = motion.passes(step / (steps - 1)) * lasts
            keys = tuple((*cone.key(level, Cell(step, f)), "bar") for f in every)
            cues.append(Cue(keys, motion.MOVE, 0.25, after=late))
        yield draft.board(f"level {level}", slid, 3, cues)

    def _lay_sum(self, draft: Draft, level: int, filter: int, line: float) -> None:
        """How the first number of a filter comes about, right of it, in the hues of the taps."""
        script, layer, row, wide = self.cone.script, self.cone.layers[level], self.rows[level], self.cone.wide
        terms: list[Term] = []
        for tap in taps.places(self.cone, level, Cell(0, filter)):
            sample = script.number(("cell", level - 1, *tap.source))
            terms += [Term(" + ", "quiet")] * bool(terms)
            terms.append(Term(f"{bracketed(sample)} × {bracketed(tap.number)}", tap.role))
        if layer.use_bias:
            terms.append(Term(f" + {bracketed(script.number(('bias', level, filter)))} (bias)"))
        terms.append(Term(f" = {script.number(('total', level, 0, filter)).text}"))
        if not layer.is_linear:
            terms.append(Term(f",   {layer.activation}: {script.number(('cell', level, 0, filter)).text}"))
        high, sizes = (40.0, (SMALL, 0.0)) if self.form.is_narrow else (60.0, (TEXT, SMALL, 0.0))
        x, right = wide.x(0) + 0.7 * wide.pitch, self.form.width - self.form.margin
        lay_sum(draft, ("sum", level, filter), terms, x, right, (row.top + row.foot) / 2 + high * line, sizes)

    # what is seen

    def _seen(self) -> str:
        """How many steps the output reads of the level above it, and these of the next, down to the base."""
        cone, said = self.cone, ""
        for level in reversed(cone.levels[:-1]):
            seen, added = set[int](), list[int]()
            for step in sorted({cell.step for cell in cone.read[level + 1]}):
                new = cone.reads(level + 1, step) - seen
                added.append(len(new))
                seen |= new
            thing, many = "step" if level else "sample", phrases.spelled(len(seen))
            if level < cone.script.level - 1 and len(cone.levels) == 3 and 1 < len(added) < 6:
                many = phrases.added([str(number) for number in added], str(len(seen)))
            said += (", and these " if said else "One output reads ") + f"{many} {thing}{'s' * (len(seen) > 1)}"
        whole = cone.script.source.stack.receptive_field(cone.script.level) if not cone.base else len(seen)
        of = "its receptive field" if whole == len(seen) else f"of a receptive field of {phrases.spelled(whole)}"
        return f"{said}: {of}."

    def _field(self) -> Board:
        """What the output sees, in beams, with the kernels at its first places."""
        said, cone = self._seen(), self.cone
        at = {level: cone.read[level][0].step for level in cone.layers} if cone.is_striped else {}
        draft = self.lay(said, None, cone.read, at)
        tips = [draft.marks[key].top for key in draft.marks if key[:3] == cone.key(self.level, cone.cell)]
        rows = {n: (row.top - 8.0, row.bottom) for n, row in self.rows.items()} | {self.level: (min(tips) - 14.0, 0.0)}
        _lay_beams(cone, draft, rows, cone.wide)
        cues = [Cue((("strip",), ("tap",)), motion.MOVE, 1.2)]
        cues += [Cue((("beam", n),), motion.ENTER + self.level - n, 0.8) for n in cone.levels[:-1]]
        return draft.board("field", said, 4, cues)

    def _near(self) -> Board:
        """The same from close by: all that the output is made of, as dots."""
        cone = self.cone
        several = {2: "all that this output is made of", 3: f"a dot for each number of layer {cone.levels[1]}"}
        said = f"Closer: {several.get(len(cone.levels), 'a dot for each number between')}."
        draft = near(cone, said)
        cone.samples(draft)
        cone.dots(draft)
        taps.park(cone, draft)
        rows = {cone.base: (benches.TOP - 2, cone.top + 4)}
        halves = {level: cone.disc(level) / 2 + 8 for level in cone.layers}
        rows |= {level: (cone.heights[level] - half, cone.heights[level] + half) for level, half in halves.items()}
        _lay_beams(cone, draft, rows, cone.close)
        if rounded := phrases.rounding(cone.script):
            pieces.remark(draft, ("rounded",), rounded)
        moved = [
            key for key in draft.marks if key[0] not in ("caption", "remark") and (self.size or key[-1] != "digits")
        ]
        return draft.board("near", said, 3, [Cue(tuple(moved), motion.MOVE, 1.6)])


def near(cone: Cone, said: str) -> Draft:
    """A board from close by, with its caption and its ruler."""
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.close, STEP)
    return draft


def _lay_beams(cone: Cone, draft: Draft, rows: Mapping[int, tuple[float, float]], axis: Axis) -> None:
    """From each step that the output sees a beam to the cells of the level above that it reads, and over these: where
    two overlap it is brighter, and few have an outline each. ``rows`` are the top and the foot of each row.
    """
    for level in cone.levels[:-1]:
        (top, bottom), to = rows[level], rows[level + 1][0]
        steps = sorted({cell.step for cell in cone.read[level + 1]})
        for step in steps:
            x = cone.middle(axis, level + 1, step)
            xs = [m for m in (cone.middle(axis, level, read) for read in cone.reads(level + 1, step)) if m is not None]
            if not xs or x is None:
                continue
            left, right = min(xs) - 0.48 * axis.pitch, max(xs) + 0.48 * axis.pitch
            half = (0.4 if level + 1 < cone.script.level else 0.3) * axis.pitch
            points = (left, top, right, top, right, bottom, x + half, to, x - half, to, left, bottom)
            mark = plate("sample", left, top, right, to, light=0.5, alpha=0.3, z=-4, radius=0.0)
            mark = mark.at(edge=1.0, size=3.0) if len(steps) <= 4 else mark
            draft.put("beam", ("beam", level, step), mark.at(points=points))
