"""All places of a window along one channel's signal, on one stage: the signal, the kernel in its rig below it, and a
lowest row for products or outputs, all in one unit, the same for every board of a story.

This module knows scripts and pieces; which place is meant, and what is said of it, a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, SMALL, Draft, Format, Key, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.check.verdict import Check
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.script import Script, Tap

X, W, Y, THREAD = ("x", 0), ("w1", 0, 0), ("y",), ("thread",)
RIG = (("rig", *W), W, ("baseline", "rig", *W), THREAD, ("ruler", "at"))
"""What slides as one, and the mark of its step."""
WIDE, CLOSE, EXTRA, ENDS = 24, 7, 1, 3
"""The most places of an axis where only bars stand, and where numbers stand; the places after a window; the
taps shown at either end of a long kernel.
"""
BROAD: dict[str, Any] = {"widest": 160.0, "share": 0.6}
"""How wide bars are."""
HIGH = 0.66
"""How high a number is, of its size."""
NAMED = 100.0
"""The narrowest columns in which taps without numbers have their indices."""
UNEVEN = 8.0
"""How many times as high as the other the two halves of a picture may be, where one unit serves both."""
ON_TOP = motion.LIFT + 1
"""The layer of a kernel's factors: a copy of a sample passes below the number that it is multiplied with."""


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


def elided(script: Script, taps: Sequence[Tap]) -> tuple[Tap, ...]:
    """The taps that a picture has room for, as many at either end; those between them are one, summed."""
    if len(taps) <= 2 * ENDS + 1:
        return tuple(taps)
    between = taps[ENDS:-ENDS]
    total, none = sum((tap.product.value for tap in between), Fraction(0)), Number(Fraction(0), "⋯")
    k, step = min(tap.k for tap in between), between[len(between) // 2].step
    rest = Tap(k, step, False, none, none, script.written(total), len(between) - 1)
    return (*taps[:ENDS], rest, *taps[-ENDS:])


def axis(draft: Draft, script: Script, step: int, most: int, extra: int = 0) -> Axis:
    """An axis of all samples and all zeros around them, and ``extra`` empty places after them; where they are more than
    ``most``, of those near the window of output ``step``.
    """
    length, told = script.read_shape[0], place(script, step)
    first, last = place(script, 0).taps[0].step, place(script, script.shape[0] - 1).taps[-1].step
    steps = range(min(0, first), max(length - 1, last) + 1 + extra)
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
    return benches.fitting(apart * shown.pitch - 8, texts) if shown.left > narrow.left else SMALL


class Track:
    """The places of a script's layer in one format, on one stage. Without ``step`` they are those around the told
    output, on the axis ``wide`` where one is given.
    """

    def __init__(self, script: Script, form: Format, step: int | None = None, wide: Axis | None = None) -> None:
        self.script, self.form, self.layer = script, form, script.layer
        self.length, self.signal = script.read_shape[0], script.signal(0)
        self.told = place(script, script.cell.step if step is None else step)
        self.tints = {tap.k: f"tap {tap.k / max(1, len(self.told.taps) - 1)}" for tap in self.told.taps}
        self.wide = replace(wide or axis(Draft(form), script, self.told.step, WIDE), **BROAD)
        self.places = in_view(script, self.wide, self.told.step)
        self.sees_all = len(self.places) == script.shape[0]
        """What the lowest row must have room for besides the outputs and the told products."""
        self.taps = elided(script, self.told.taps)
        bare = {tap.k: tap.weight.text for tap in self.taps}
        factors = {t.k: benches.factor(t.weight).replace("× (", "×(") for t in self.taps if not t.more}
        samples = [number.text for step, number in self.signal.items() if self.wide.has(step)]
        made = [*samples, *(pieces.signed(tap.product.text) for tap in self.taps)]
        self.near, self.factors, self.worked = self.wide, bare, made
        for texts in (bare | factors, bare):
            self.worked = [*texts.values(), *made]
            if self._has_room():
                self.factors = texts
                return
        self.worked = [*(bare | factors).values(), *made]
        self.near, narrow = (
            replace(benches.window_axis(Draft(f), self.taps, self.length, CLOSE, EXTRA), **BROAD)
            for f in (form, COLUMN)
        )
        if benches.fitting(0.9 * narrow.pitch - 14, factors.values(), (SMALL, 0.0)):
            self.factors = bare | factors

    def _has_room(self) -> bool:
        """Whether the told window can be worked out on the wide axis."""
        is_whole = self.taps == self.told.taps and all(self.wide.has(tap.step) for tap in self.taps)
        return is_whole and bool(self.size(self.wide))

    # the stage

    @property
    def under(self) -> float:
        """The room under the lowest row."""
        return 44.0 if self.form.is_narrow else 34.0

    def fit(self, sums: Sequence[Fraction], largest: float, between: float, under: float) -> Bench:
        """Rows that fill the height."""
        size, weights = self.size(self.near), [tap.weight.value for tap in self.taps]
        samples = self.samples(self.wide) + self.samples(self.near)
        room: dict[str, Any] = {"below": benches.INDEX, "between": between, "under": under, "uneven": UNEVEN}
        return Bench.fit(self.form, self.wide, samples, weights, sums, HIGH * size, largest=largest, **room)

    @cached_property
    def stage(self) -> Bench:
        """The heights of all rows, as a story needs them."""
        raise NotImplementedError

    def size(self, shown: Axis) -> float:
        """The size of the worked numbers on an axis; 0 where they have no room."""
        if shown == self.near != self.wide:
            return benches.fitting(0.88 * shown.pitch, self.worked)
        return size_on(shown, self.worked, 0.9)

    def on(self, shown: Axis, bench: Bench | None = None) -> Bench:
        """The stage, or another bench, with an axis and the numbers that have room on it."""
        return replace(bench or self.stage, axis=shown, size=self.size(shown))

    def samples(self, axis: Axis) -> list[Fraction]:
        """The samples that an axis shows."""
        return [self.signal[step].value for step in axis.shown if step in self.signal]

    # marks

    def draft(self, said: str, axis: Axis | None = None, lit: Iterable[int] = ()) -> Draft:
        """A board with its caption and its ruler. What marks the ``lit`` step is a stroke under it, yellow as the
        formula's t, which slides with the window.
        """
        draft, axis = Draft(self.form), axis or self.wide
        pieces.caption(draft, said)
        pieces.ruler(draft, axis, "step")
        draft.change([key for key in draft.marks if key[0] == "ruler"], role="formula")
        for step in filter(axis.has, lit):
            x, y = axis.x(step), pieces.RULER + 0.8 * SMALL
            draft.put("ruler", ("ruler", "at"), line("lit", x - 20, y, x + 20, y, size=5))
        return draft

    def tell_step(self, draft: Draft, step: int, said: str) -> None:
        """On the ruler, before a step, what it is in the formula."""
        if (number := draft.marks.get(("ruler", step))) is not None:
            mark = words(f"{said} =", number.left - 12, number.y, self.form.small, "lit", align=1)
            if mark.width + number.width + 40 < self.wide.pitch:
                draft.put("ruler", ("ruler", "said", step, said), mark)

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

    def lay(
        self, draft: Draft, bench: Bench, taps: Sequence[Tap], lit: Collection[int] | None = None, turned: bool = False
    ) -> None:
        """The signal, every sample of it a bar, and the kernel in its rig over the columns that taps read, ``turned``
        over or not; with their numbers where they have room, those of ``lit`` taps alone (all when None).
        """
        benches.lay_signal(draft, bench, X, self.signal, taps, "sample")
        read = {tap.step: tap for tap in taps}
        for step in bench.axis.shown if bench.size else ():
            tap = read.get(step)
            if (*X, step, "bar") in draft.marks:
                number = self.signal[step] if tap is None else tap.sample
                quiet = tap is not None and (tap.padded or tap.more)
                pieces.digits(draft, (*X, step), number.text, bench.size, "quiet" if quiet else "ink")
        benches.lay_kernel(draft, bench, W, taps, "kernel", self.tints, False, lit, turned)
        for tap in taps:
            if bench.size and (lit is None or tap.k in lit):
                pieces.digits(draft, (*W, tap.k), self.factors.get(tap.k, tap.weight.text), bench.size, z=ON_TOP)
        if bench.size or bench.axis.pitch >= NAMED:
            benches.number_taps(draft, bench, W, taps, lit or (), not self.form.is_narrow)
            draft.change([(*W, tap.k, "index") for tap in taps], rides=(*W, taps[0].k, "bar"))
        pieces.name(draft, X, "signal *x*", bench.foot, "formula")
        pieces.name(draft, W, "kernel *w*", bench.kernel, "formula")

    def recede(self, draft: Draft, meant: Collection[int | None]) -> None:
        """All samples but the ``meant`` ones fall back."""
        steps = [step for step in self.signal if step not in meant and (*X, step, "bar") in draft.marks]
        draft.change([(*X, step, "bar") for step in steps], light=CONTEXT)
        draft.change([key for step in steps if (key := (*X, step, "digits")) in draft.marks], role="quiet")


def is_short(place: Place, layer: Any) -> bool:
    """Whether a caption can write how an output is made."""
    return len(place.taps) <= 4 and not layer.use_bias and layer.activation == "linear"


def lay_outputs(
    draft: Draft,
    bench: Bench,
    key: Key,
    places: Sequence[Place],
    lit: Collection[int] | None = None,
    name: str = "output *y*",
) -> None:
    """A row of outputs, each under its own step with its number where there is room; those that are not ``lit`` (all
    are when None) stand back with theirs.
    """
    pieces.baseline(draft, key, bench.axis.left, bench.axis.right, bench.floor)
    bricks = whole(place.output.value for place in places)
    said = [place for place in places if lit is None or place.step in lit]
    # Where not all numbers have room, those that are meant may have.
    size, others = (
        size_on(
            bench.axis,
            [place.output.text for place in row],
            min((after.home - before.home for before, after in pairwise(row)), default=3),
        )
        for row in (said, places)
    )
    for place in places:
        at, shade, x = (*key, place.step), FULL if place in said else CONTEXT, bench.axis.x(place.home)
        pieces.column(
            draft, at, place.output, x, bench.floor, bench.axis.bar, bench.lowest, "output", True, bricks, shade
        )
        if size if place in said else others:
            pieces.digits(draft, at, place.output.text, size=size, role="ink" if place in said else "quiet")
    pieces.name(draft, key, name, bench.floor, "formula")


def silhouette(draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap], level: float, sign: int = 1) -> None:
    """The outline of a kernel's taps, from tip to tip over the y ``level``; upside down for a ``sign`` of -1."""
    half, points = bench.axis.pitch / 2, []
    for tap in taps:
        x, y = bench.axis.x(tap.step), level - sign * float(tap.weight.value) * bench.unit
        points += [x - half, y, x + half, y]
    inside = 0.3 * half
    points[0], points[-2] = points[0] + inside, points[-2] - inside
    draft.put("silhouette", key, line(("kernel", "ink", 0.35), *points, size=7, z=2))


def compare(
    draft: Draft,
    script: Script,
    shown: Axis,
    floor: float,
    unit: float,
    bars: Sequence[tuple[Place, Key]],
    row: float = 0.0,
) -> None:
    """Keras's own numbers in a ``row`` below the outputs; where there is none, or they have no room, dots beside the
    bars' tips, which are those of the full numbers.
    """
    asked = {place.step: value for place, _ in bars if (value := script.asked(place.step, 0)) is not None}
    texts = [script.written(value).text for value in asked.values()]
    exact = not script.shown.note and all(place.output.value == asked.get(place.step) for place, _ in bars)
    size = size_on(shown, texts) if exact and row else 0.0
    lowest = max(floor, *(draft.marks[(*key, "bar")].bottom for _, key in bars))
    y = row if size else lowest + 12 + DIGIT * SMALL / 2
    for place, key in bars:
        mark, value = draft.marks[(*key, "bar")], asked.get(place.step)
        rise, own = float(abs(script.full(place.step, 0))) * unit, ("keras", *key)
        if mark.kind == "bar":
            draft.change([(*key, "bar")], height=rise, y=floor - mark.base * rise / 2)
        if value is None:
            continue
        if size:
            draft.put("compared", own, words(script.written(value).text, mark.x, y, size, "ink"))
        else:
            pieces.compared(draft, own, mark.x + shown.bar / 2 + 14, floor - float(value) * unit)
    if asked:
        said = "● " * (not size) + script.check.library.rstrip("0123456789. ")  # the caption has its version
        name = words(said, draft.format.margin, y, SMALL, "formula" if size else "kernel", -1)
        draft.put("party", ("keras", "name", *bars[0][1][:-1]), name)


def agreed(scripts: Iterable[Script], others: Mapping[str, Script] | None = None) -> str:
    """What was found of some layers that are shown, as far as the first one's library was asked; where that is exact,
    how many outputs of ``others`` were compared too, by what these layers have.
    """
    first, *rest = scripts
    own, alike = first.check, [s for s in rest if s.check.library == first.check.library]
    said = Check(own.oracle, tuple(d for s in (first, *alike) for d in s.check.distances), own.ok).line
    # A largest difference is long enough to say alone.
    more = {
        name: compared
        for name, other in (others or {}).items()
        if other.check.library == own.library
        and not own.error
        and not other.check.error
        and (compared := sum(d.compared for d in other.check.distances if d))
    }
    if more:
        kinds = dict.fromkeys(name.partition(" ")[0] for name in more)
        said = f"{said}, and {sum(more.values()):,} with {' or '.join(kinds)}"
    return f"The library {said}." if said.startswith("Keras") else f"{said}."
