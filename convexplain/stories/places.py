"""All places of a window along one channel's signal: the signal, the rig over one place, and below the outputs, each
under its own step.

This module knows scripts and pieces; which place is meant, and what is said of it, a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, CONTEXT, FULL, SMALL, TEXT, Board, Cue, Draft, Format, Key, line
from convexplain.board.pieces import Axis, Number
from convexplain.check.verdict import Check
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.script import Script, Tap

X, W, Y, THREAD = ("x", 0), ("w1", 0, 0), ("y",), ("thread",)
RIG = (("rig", *W), W, ("baseline", "rig", *W), THREAD)
"""What slides as one."""
WIDE = 24
"""The most places of an axis where only bars stand."""
BELOW, HEAD = 70.0, 270.0
"""The room under the outputs, and over the first baseline of outputs that stand alone: a legend is there."""


class Place(NamedTuple):
    """A place of the window: the output's step, the step it stands under, its number, and the taps that make it."""

    step: int
    home: int
    output: Number
    taps: tuple[Tap, ...]

    @property
    def reads_zero(self) -> bool:
        """Whether the padding is read."""
        return any(tap.padded for tap in self.taps)

    @property
    def unnamed(self) -> Place:
        """The place with numbers that are about nothing: those of another layer than the told one."""
        taps = (
            tap._replace(**{name: getattr(tap, name)._replace(about=None) for name in ("weight", "sample", "product")})
            for tap in self.taps
        )
        return self._replace(output=self.output._replace(about=None), taps=tuple(taps))


def whole(values: Iterable[Fraction]) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(value.denominator == 1 for value in values)


def place(script: Script, step: int) -> Place:
    """The place of one output of the told filter, in a layer that reads one channel."""
    cell = Cell(step, script.cell.channel)
    return Place(step, script.home(step), script.output(*cell), script.correlations(cell)[0].taps)


def axis(draft: Draft, script: Script, step: int, most: int) -> Axis:
    """An axis of all samples and all zeros around them; where they are more than ``most``, of those near the window of
    output ``step``.
    """
    length, told = script.read_shape[0], place(script, step)
    first, last = place(script, 0).taps[0].step, place(script, script.shape[0] - 1).taps[-1].step
    steps = range(min(0, first), max(length - 1, last) + 1)
    if len(steps) <= most:
        return Axis.over(draft, steps, length)
    return Axis.near(draft, [told.home, *(tap.step for tap in told.taps)], length, most)


def in_view(script: Script, shown: Axis, step: int) -> list[Place]:
    """The places around output ``step`` whose windows an axis shows in full."""
    found = [place(script, step)]
    for way in (-1, 1):
        at = step + way
        while 0 <= at < script.shape[0]:
            other = place(script, at)
            if not all(shown.has(read) for read in (other.home, *(tap.step for tap in other.taps))):
                break
            found.append(other)
            at += way
    return sorted(found)


def size_on(shown: Axis, texts: Iterable[str], apart: float = 1.0) -> float:
    """The size of numbers so many places apart; 0 where they have no room in the narrowest format, so that the same
    numbers stand in all.
    """
    texts = list(texts)
    narrow = Axis.over(Draft(COLUMN), shown.steps, shown.length)
    if not benches.fitting(apart * narrow.pitch - 8, texts, (SMALL, 0.0)):
        return 0.0
    return benches.fitting(apart * shown.pitch - 8, texts)


def _apart(places: Iterable[Place], written: Collection[int]) -> tuple[list[str], float]:
    """The numbers of some places, and how many steps they are apart at least."""
    said = [place for place in places if place.step in written]
    steps = [after.home - before.home for before, after in pairwise(said)]
    return [place.output.text for place in said], min(steps, default=3)


@dataclass(frozen=True)
class Rows(Bench):
    """A bench without numbers over signal and kernel; its lowest row holds the outputs."""

    low: float = 0.0
    """The unit of the outputs, where it is not that of the others."""

    @classmethod
    def over(
        cls,
        form: Format,
        axis: Axis,
        samples: Iterable[Fraction],
        weights: Iterable[Fraction],
        outputs: Iterable[Fraction],
        size: float = TEXT,
        share: float = 1.0,
        below: float = 0.0,
    ) -> Rows:
        """Rows that fill the height. The outputs have a smaller unit of their own when they would need more than
        ``share`` of it; ``below`` is the room under them.
        """
        samples, weights, outputs = list(samples), list(weights), list(outputs)
        bottom, gap = form.height - 156.0 - below, benches.GAP * (0.6 if form.is_narrow else 1.0)
        (s_up, s_down), (w_up, w_down) = benches.extent(samples), benches.extent(weights)
        t_up, t_down = benches.extent(outputs)
        room = bottom - benches.TOP - (4 * gap + size + 70)
        rows, lowest = s_up + s_down + w_up + w_down, t_up + t_down
        unit = low = benches.unit_of(room, rows + lowest, [*samples, *weights, *outputs])
        if lowest * low > share * room:
            low = share * room / lowest
            unit = benches.unit_of((1 - share) * room, rows, [*samples, *weights])
        foot = benches.TOP + gap + s_up * unit
        middle = foot + s_down * unit + gap
        kernel = middle + gap + w_up * unit
        end = kernel + w_down * unit + gap
        return cls(axis, unit, benches.TOP, foot, middle, kernel, end, bottom - t_down * low - 8, size, low)

    @classmethod
    def stacked(
        cls, form: Format, axis: Axis, outputs: Sequence[Sequence[Fraction]], below: float = 20.0
    ) -> list[Rows]:
        """Rows of outputs alone, one below the other, as high as the picture; ``below`` is the room under them."""
        reaches, values = [benches.extent(row) for row in outputs], [value for row in outputs for value in row]
        bottom, gap = form.height - 156 - below, 48.0 if form.is_narrow else 64.0
        room, reach = bottom - gap * (len(reaches) - 1), sum(up + down for up, down in reaches)
        low = benches.unit_of(room - benches.TOP - 40, reach, values)
        hanging = reach - reaches[0][0]
        low = min(low, (room - HEAD) / hanging) if hanging else low
        found, foot = [], bottom
        for up, down in reversed(reaches):
            floor = foot - down * low
            found.append(cls(axis, low, benches.TOP, floor, floor, floor, floor, floor, 0.0, low))
            foot = floor - up * low - gap
        return found[::-1]


class Track:
    """The places of a script's layer in one format. Without ``step`` they are those around the told output."""

    def __init__(self, script: Script, form: Format, step: int | None = None) -> None:
        self.script, self.form, self.layer = script, form, script.layer
        self.length, self.signal = script.read_shape[0], script.signal(0)
        self.told = place(script, script.cell.step if step is None else step)
        self.tints = {tap.k: f"tap {tap.k / max(1, len(self.told.taps) - 1)}" for tap in self.told.taps}
        self.wide = axis(Draft(form), script, self.told.step, WIDE)
        self.places = in_view(script, self.wide, self.told.step)
        self.sees_all = len(self.places) == script.shape[0]

    def draft(self, said: str, axis: Axis | None = None, lit: Iterable[int] = ()) -> Draft:
        """A board with its caption and its ruler."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, axis or self.wide, lit=lit)
        return draft

    def formula(
        self, draft: Draft, lit: Sequence[str], t: int | None = None, shown: Sequence[str] | None = None
    ) -> None:
        """The layer's formula, at output ``t`` or at any."""
        written = "*t*" if t is None else str(t)
        parts = phrases.layer_formula(self.layer, self.length, written, channels=False)
        if t is None:
            pieces.formula(draft, parts, lit, shown)
            return
        # An output's step is a sign of its own: another one takes its place, and none turns into the next.
        own = {name: f"{name}, {t}" for name in ("t", "t of x")}
        parts = [part._replace(name=own.get(part.name, part.name)) for part in parts]
        named = [None if names is None else [own.get(name, name) for name in names] for names in (lit, shown)]
        pieces.formula(draft, parts, named[0] or (), named[1])

    def samples(self, axis: Axis) -> list[Fraction]:
        """The samples that an axis shows."""
        return [self.signal[step].value for step in axis.shown if step in self.signal]

    def rows(self, share: float = 1.0, others: Iterable[Place] = (), below: float = BELOW) -> Rows:
        """The rows of all places, with room for the outputs of other layers too."""
        outputs = [place.output for place in (*self.places, *others)]
        weights, values = [tap.weight.value for tap in self.told.taps], [output.value for output in outputs]
        size = size_on(self.wide, [output.text for output in outputs])
        return Rows.over(self.form, self.wide, self.samples(self.wide), weights, values, size, share, below)

    def lay(
        self,
        draft: Draft,
        rows: Bench,
        taps: Sequence[Tap],
        numbers: bool = True,
        lit: Collection[int] | None = None,
        every: bool = False,
    ) -> None:
        """The signal, and the rig over the columns that taps read. The samples that it covers are bars, or ``every``
        one.
        """
        benches.lay_signal(draft, rows, X, self.signal, taps, "sample", numbers, every)
        benches.lay_kernel(draft, rows, W, taps, "kernel", self.tints, numbers, lit)
        pieces.name(draft, X, "signal *x*", rows.foot)
        pieces.name(draft, W, "kernel *w*", rows.kernel)

    def lay_all(
        self, draft: Draft, rows: Rows, at: Place, shown: Sequence[Place], lit: Collection[int] | None = None
    ) -> None:
        """The rig over one place of a signal that stands as it is while the rig slides, and the outputs that are there,
        those ``lit`` with their numbers.
        """
        self.lay(draft, rows, at.taps, False, every=True)
        lay_outputs(draft, rows, Y, shown, lit, [place.step for place in shown] if lit is None else lit)
        thread(draft, rows, Y, at)

    def recede(self, draft: Draft, meant: Collection[int]) -> None:
        """All samples but the ``meant`` ones fall back."""
        steps = [step for step in self.wide.shown if step in self.signal and step not in meant]
        draft.change([(*X, step, "bar") for step in steps], light=CONTEXT)


def lay_outputs(
    draft: Draft,
    rows: Rows,
    key: Key,
    places: Sequence[Place],
    lit: Collection[int] | None = None,
    written: Collection[int] = (),
    made_of: Mapping[int, tuple[Key, ...]] | None = None,
    copy_of: Mapping[int, Key | None] | None = None,
    name: str = "",
    row: Key = (),
) -> None:
    """A row of outputs, each under its own step; those that are not ``lit`` (all are when None) stand back. It stands
    in place of another ``row``, or on its own.
    """
    pieces.baseline(draft, row or key, rows.axis.left, rows.axis.right, rows.floor)
    bricks = whole(place.output.value for place in places)
    size = rows.size or size_on(rows.axis, *_apart(places, written))
    for step, home, output, _ in places:
        at, light = (*key, step), FULL if lit is None or step in lit else CONTEXT
        made, copied = (made_of or {}).get(step, ()), (copy_of or {}).get(step)
        x, width = rows.axis.x(home), rows.axis.bar
        pieces.column(
            draft,
            at,
            output,
            x,
            rows.floor,
            width,
            rows.low,
            "output",
            True,
            bricks,
            0,
            light,
            made_of=made,
            copy_of=copied,
        )
        if step in written and size:
            pieces.digits(draft, at, output.text, size=size)
    pieces.name(draft, key, name or "output *y*", rows.floor)


def thread(draft: Draft, rows: Rows, key: Key, place: Place) -> None:
    """A thin line from a window to its output: what the output speaks of."""
    digits, bar = draft.marks.get((*key, place.step, "digits")), draft.marks[*key, place.step, "bar"]
    x, end = rows.axis.x(place.home), (bar if digits is None else digits).top - 10
    draft.put("thread", THREAD, line("kernel", x, rows.bottom, x, end, size=2, z=-1))


def silhouette(draft: Draft, rows: Rows, key: Key, taps: Sequence[Tap], level: float, sign: int = 1) -> None:
    """The outline of a kernel's taps, from tip to tip over the y ``level``; upside down for a ``sign`` of -1."""
    half, points = rows.axis.pitch / 2, []
    for tap in taps:
        x, y = rows.axis.x(tap.step), level - sign * float(tap.weight.value) * rows.unit
        points += [x - half, y, x + half, y]
    inside = 0.3 * half
    points[0], points[-2] = points[0] + inside, points[-2] - inside
    draft.put("silhouette", key, line(("kernel", "ink", 0.35), *points, size=6, z=2))


def check(track: Track, others: Mapping[str, Track]) -> Board:
    """The outputs at full precision, as high as the picture, and Keras's numbers beside them; below them those of
    ``others`` that stand on the same ruler, by their names.
    """
    script, told = track.script, {"": track}
    told |= {name: other for name, other in others.items() if other.wide.steps == track.wide.steps}
    asked = [other.script.check for other in told.values() if other.script.check.library == script.check.library]
    found = Check(script.check.oracle, tuple(d for one in asked for d in one.distances), script.check.ok)
    draft = track.draft(found.line + ".")
    if script.shown.note:
        pieces.remark(draft, ("numbers",), phrases.sentence(script.shown.note) + ".")
    remarks = [mark.top for key, mark in draft.marks.items() if key[0] == "remark"]
    below = max(20.0, track.form.height - 156 - min(remarks, default=track.form.height) + 30)
    full = [[_full(other, place, bool(name)) for place in other.places] for name, other in told.items()]
    values = [[place.output.value for place in row] for row in full]
    stacked, compared, exact = Rows.stacked(track.form, track.wide, values, below), False, not script.shown.note
    for (name, other), places, rows in zip(told.items(), full, stacked, strict=True):
        key = (*Y, name) if name else Y
        row, written = Y if rows is stacked[-1] else (*key, "row"), [place.step for place in places if exact]
        lay_outputs(draft, rows, key, places, name=name, row=row, written=written)
        for place in places:
            value = other.script.asked(place.step, 0)
            if value is not None:
                x, y = track.wide.x(place.home) + track.wide.bar / 2 + 14, rows.floor - float(value) * rows.low
                pieces.compared(draft, ("keras", *key[1:], place.step), x, y)
                compared = True
    if compared:
        pieces.legend(draft, [("output", "bar", "the sums"), ("kernel", "dot", script.check.library)])
    # The last row is that of the board before: it moves out of the way of the others.
    new = tuple(key for key in draft.marks if key[0] == "y" and key[1] != list(told)[-1])
    return draft.board("check", found.line + ".", 3, [Cue(new, beat=motion.MOVE, after=0.6)])


def _full(track: Track, place: Place, other: bool) -> Place:
    """A place with its output at full precision; that of an ``other`` layer is about nothing."""
    place = place.unnamed if other else place
    return place._replace(output=place.output._replace(value=track.script.full(place.step, 0)))
