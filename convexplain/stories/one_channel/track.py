"""The stage that stories of one channel share: the signal, the kernel in its rig below it, its products, and outputs in
a lowest row, all in one unit, the same for every board of a story.

This module knows places and pieces; which place is meant, and what is said of it, a story says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FULL, SMALL, Draft, Format, Key, Role, dot, line, plate
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import HATCHED, extent, whole
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.script import Script, Tap

X, W, Y = ("x", 0), ("w1", 0, 0), ("y",)
RIG = (("rig", *W), W, ("baseline", "rig", *W), ("ruler", "at"))
"""What slides as one, and the mark of its step."""
HIGH, INDEX, NAMED = 0.66, 46.0, 100.0
"""How high a number is, of its size; the room for the indices of the taps, in the card of the kernel; the narrowest
columns in which taps without numbers have theirs.
"""
ON_TOP = motion.LIFT + 1
"""The layer of a kernel's factors: a copy of a sample passes below the number that it is multiplied with."""
BEHIND = -3.5 - motion.LIFT
"""The layer of the products: what falls from a sample passes behind the card and crosses no number of the kernel."""
NONE = Fraction(0)


@dataclass(frozen=True)
class Bench:
    """Where the rows stand: from ``top`` on the signal on its baseline ``foot``; from ``middle`` to ``bottom`` the card
    with the kernel on its baseline; the products on the ``floor``, outputs with a row of their own on the ``base``.

    A number 1 is a ``unit`` high in the upper two rows, ``lowest`` in the lower two. All stand along an axis, with
    numbers of a ``size``, 0 for none.
    """

    axis: Axis
    unit: float
    lowest: float
    top: float
    foot: float
    middle: float
    kernel: float
    bottom: float
    floor: float
    base: float
    size: float = 0.0


class Track:
    """The places around an output, the told one where no ``step`` is given, in one format, on one stage."""

    stage: Bench
    """The rows as a story needs them."""
    apart, flattest, uneven, called = 0.9, 5.6, 8.0, ("signal *x*", "kernel *w*")
    """How much of a step a number takes; how flat a brick is; how many times as high as the other one half may be in
    one unit; what signal and kernel are called.
    """
    is_indexed, beside = True, 0.0
    """Whether taps have indices; how much further than its columns a kernel reaches on both sides, in steps."""

    def __init__(self, script: Script, form: Format, step: int | None = None, wide: Axis | None = None) -> None:
        self.script, self.form, self.layer = script, form, script.layer
        self.length, self.signal = script.read_shape[0], script.signal(0)
        self.told = places.place(script, script.cell.step if step is None else step)
        self.taps = places.elided(script, self.told)
        self.wide = self.near = broad(wide or places.axis(form, self.told, script))
        self.places = places.in_view(script, self.wide, self.told.step)
        self.sees_all = len(self.places) == script.shape[0]

    def write(self, others: Iterable[str], shown: Axis) -> bool:
        """Write the weights as factors where they and the ``others`` have room, else bare. Whether all have room."""
        rest, bare = list(others), {tap.k: tap.weight.text for tap in self.taps}
        factors = bare | {tap.k: phrases.factor(tap.weight) for tap in self.taps if not tap.more}
        for written in (factors, bare):
            self.factors, self.worked = written, [*written.values(), *rest]
            if places.size_on(shown, self.worked, self.apart):
                return True
        return False

    # the stage

    def fit(
        self, sums: Sequence[Fraction], outputs: Sequence[Fraction], samples: Sequence[Fraction],
        units: tuple[float, float] | None = None, /, *,
        above: float, gap: float, below: float, between: float, under: float, top: float, largest: float,
        hanging: float = 0.0,
    ) -> Bench:  # fmt: skip
        """Rows that fill the height between ``top`` and the text line with one unit, or half of it each where one half
        would be too low, or have given ``units``; ``sums`` are the levels that staircases reach, ``samples`` others
        than those in view.

        There is room ``above`` bars for their numbers, a ``gap`` around what stands in a frame, room ``below`` the
        taps, ``between`` the card and the numbers under it, ``under`` the lowest row, and for numbers ``hanging`` from
        the products. Bricks are no larger than ``largest``.
        """
        samples = [*self.samples(self.wide), *self.samples(self.near), *samples]
        weights, bottom = [tap.weight.value for tap in self.told.taps], self.form.height - 156.0 - under
        (s_up, s_down), (w_up, w_down) = extent(samples), extent(weights)
        (t_up, t_down), (o_up, o_down) = extent(sums), extent(outputs)
        rows = bool(sums) + bool(outputs)
        room = bottom - top - 2 * above - 2 * gap - rows * (above + between) - below - hanging - 8
        given, made = s_up + s_down + w_up + w_down, t_up + t_down + o_up + o_down
        values = [*samples, *weights, *sums, *outputs]
        unit, lowest = units or benches.units_of(room, given, made, values, largest, self.uneven)
        foot = top + above + s_up * unit
        middle = foot + s_down * unit + gap
        kernel = middle + above + w_up * unit
        end, base = kernel + w_down * unit + gap + below, bottom - o_down * lowest - 8
        floor = base - t_down * lowest
        if outputs:  # what room is left stands evenly between the card and the two rows
            highest = end + between + above + t_up * lowest
            floor = highest + (floor - hanging - o_up * lowest - above - between - highest) / 2
        return Bench(self.wide, unit, lowest, top, foot, middle, kernel, end, floor, base)

    def reaches(self, every: Sequence[Place]) -> list[Fraction]:
        """How high and how deep staircases reach that stand clear of the outputs below."""
        rises = defaultdict[int, Fraction](Fraction)
        for place in every:
            rises[place.home] = max(rises[place.home], place.output.value)
        steps = [(tap.step, ends) for place in every for tap, ends in places.stairs(place.taps)]
        deep = max(rises[step] - min(ends) for step, ends in steps)
        return [max(max(ends) for _, ends in steps), min(NONE, max(rises.values()) - deep)]

    def size(self, shown: Axis) -> float:
        """The size of the worked numbers on an axis; 0 where they have no room."""
        return places.size_on(shown, self.worked, self.apart)

    def on(self, shown: Axis, bench: Bench | None = None) -> Bench:
        """The stage, or another bench, with an axis, the numbers that have room on it, and no brick too flat."""
        bench = bench or self.stage
        is_whole = whole([*self.samples(self.wide), *(tap.weight.value for tap in self.told.taps)])
        widest = min(shown.widest, max(self.flattest * bench.unit, 44.0)) if is_whole else shown.widest
        return replace(bench, axis=replace(shown, widest=widest), size=self.size(shown))

    def samples(self, axis: Axis) -> list[Fraction]:
        """The samples that an axis shows."""
        return [self.signal[step].value for step in axis.shown if step in self.signal]

    # marks

    def draft(self, said: str, axis: Axis | None = None, lit: Iterable[int] = (), name: str = "step") -> Draft:
        """A board with its caption and its ruler; a stroke under the ``lit`` step slides with the window."""
        draft, axis = Draft(self.form), axis or self.wide
        pieces.caption(draft, said)
        pieces.ruler(draft, axis, name)
        draft.change([key for key in draft.marks if key[0] == "ruler"], role="formula")
        for step in filter(axis.has, lit):
            x, y = axis.x(step), pieces.RULER + 0.8 * SMALL
            draft.put("ruler", ("ruler", "at"), line("lit", x - 14, y, x + 14, y, size=5))
        return draft

    def tell_step(self, draft: Draft, step: int, text: str) -> None:
        """On the ruler, before a step, what it is in the formula, where that has room."""
        if number := draft.marks.get(("ruler", step)):
            mark = words(f"{text} =", number.left - 12, number.y, self.form.small, "lit", align=1)
            before = (other.right for other in draft.marks.values() if other.y == mark.y and other.left < mark.right)
            if mark.left > max(before) + 14 and mark.width < self.wide.pitch - 40:
                draft.put("ruler", ("ruler", "said", step, text), mark)

    def tint(self, tap: Tap) -> Role:
        """The colour of a tap and of what it makes."""
        return f"tap {tap.k / max(1, self.layer.kernel_size - 1)}"

    def lay(
        self, draft: Draft, bench: Bench, taps: Sequence[Tap], lit: Collection[int] | None = None, turned: bool = False
    ) -> None:
        """The signal, and under it the kernel over some taps with their indices, those that are ``lit`` (all when None)
        in the light. Window and kernel are one object: a frame, open above over the samples, below filled with the
        kernel.
        """
        axis, aside = bench.axis, {tap.step: tap.sample for tap in taps if tap.padded or tap.more}
        numbers = {step: number for step, number in self.signal.items() if step not in aside and axis.has(step)}
        bricks = whole(number.value for number in numbers.values())
        pieces.signal(draft, X, numbers, axis, bench.foot, bench.unit, "sample", bricks=bricks)
        for step, number in aside.items():
            pieces.column(draft, (*X, step), number, axis.x(step), bench.foot, 12, bench.unit, "context")
        for step, number in (numbers | aside).items() if bench.size else ():
            pieces.digits(draft, (*X, step), number.text, bench.size, "quiet" if step in aside else "ink")
        left, right = columns(taps, axis, self.beside)
        window = plate("kernel", left, bench.top, right, bench.bottom, light=0.0, edge=FULL, size=3, z=-2, hollow=True)
        draft.put("rig", ("rig", *W, "frame"), window)
        self.lay_card(draft, W, bench, taps, lit, turned=turned)
        for tap in taps if self.is_indexed and (bench.size or axis.pitch >= NAMED) else ():
            text, role = "⋯" if tap.more else str(tap.k), "lit" if tap.k in (lit or ()) else "quiet"
            at = axis.x(tap.step), bench.bottom - INDEX / 2 - 2, self.form.small
            draft.put("index", (*W, tap.k, "index"), words(text, *at, role, rides=(*W, taps[0].k, "bar")))
        for row, called, foot in zip((X, W), self.called, (bench.foot, bench.kernel), strict=True):
            pieces.name(draft, row, called, foot, "formula")

    def lay_card(
        self, draft: Draft, key: Key, bench: Bench, taps: Sequence[Tap], lit: Collection[int] | None = None, *,
        pale: float = CONTEXT, turned: bool = False, texts: Mapping[int, str] | None = None,
    ) -> None:  # fmt: skip
        """The kernel over some taps on its card, which is hatched when ``turned``: those that are not ``lit`` (all are
        when None) stand back. Their numbers are factors, or given ``texts``.
        """
        axis, texts = bench.axis, self.factors if texts is None else texts
        left, right = columns(taps, axis, self.beside)
        pieces.card(draft, ("rig", *key), left, right, bench.middle, bench.bottom, "kernel")
        draft.change([("rig", *key, "card")], hatch=HATCHED * turned)
        pieces.baseline(draft, ("rig", *key), left + 16, right - 16, bench.kernel, "kernel")
        draft.change([("baseline", "rig", *key)], light=0.6)
        bricks = whole(tap.weight.value for tap in taps)
        for tap in taps:
            role, light = ("ink", FULL) if lit is None or tap.k in lit else ("quiet", pale)
            at = (axis.x(tap.step), bench.kernel, axis.bar, bench.unit, self.tint(tap))
            pieces.column(draft, (*key, tap.k), tap.weight, *at, bricks=bricks, light=light)
            if size := bench.size or SMALL * bool(tap.more):
                pieces.digits(draft, (*key, tap.k), texts.get(tap.k, tap.weight.text), size, role, z=ON_TOP)

    def recede(self, draft: Draft, meant: Collection[int | None]) -> None:
        """All samples but the ``meant`` ones fall back."""
        steps = [step for step in self.signal if step not in meant and (*X, step, "bar") in draft.marks]
        draft.change([(*X, step, "bar") for step in steps], light=CONTEXT)
        draft.change([key for step in steps if (key := (*X, step, "digits")) in draft.marks], role="quiet")

    def lay_products(self, draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap]) -> None:
        """The staircase of products below their columns; each is a copy of its sample, made of it and its weight, and
        joined with both.
        """
        steps = [((*key, tap.k), tap.product, self.tint(tap), bench.axis.x(tap.step)) for tap in taps]
        samples = {(*key, tap.k): (*X, tap.step, "bar") for tap in taps}
        made_of = {(*key, tap.k): ((*W, tap.k, "bar"), (*X, tap.step, "bar")) for tap in taps}
        bricks, rows = whole(tap.product.value for tap in taps), (bench.floor, bench.lowest, bench.axis.bar)
        pieces.staircase(draft, steps, *rows, made_of, samples, bench.size, bricks)
        for tap, own in zip(taps, samples, strict=True):
            bar = draft.marks[*own, "bar"]
            pieces.band(draft, own, bar.x, bench.foot, bar.bottom, bench.axis.bar, self.tint(tap))
            draft.change([(*own, "bar")], z=BEHIND)
            draft.change([(*own, "band")], z=BEHIND - 1)


def broad(axis: Axis) -> Axis:
    """An axis with broad bars."""
    return replace(axis, widest=160.0, share=0.6)


def carried(key: Key) -> tuple[Key, ...]:
    """What moves as one with the card of a kernel."""
    return ("rig", *key, "card"), ("baseline", "rig", *key), key


def columns(taps: Iterable[Tap], axis: Axis, beside: float = 0.0) -> tuple[float, float]:
    """The left and right edge of a window over the columns that taps read, and so much ``beside`` them."""
    xs, half = [axis.x(tap.step) for tap in taps], axis.pitch * (0.45 + beside)
    return min(xs) - half, max(xs) + half


def upright(bench: Bench, taps: Iterable[Tap]) -> tuple[float, float, float, float]:
    """The line that the card of a kernel turns about: its middle, no way down, and how far it reaches to both sides."""
    left, right = columns(taps, bench.axis)
    return (left + right) / 2, (bench.middle + bench.bottom) / 2, 0.0, (right - left) / 2


def lay_outputs(draft: Draft, bench: Bench, key: Key, row: Sequence[Place], lit: Collection[int] | None) -> None:
    """A row of outputs; those not ``lit`` (all are when None) stand back. They have numbers where all have room, or the
    one that is lit has its own, over the bars beside it.
    """
    bricks, meant = whole(place.output.value for place in row), [p for p in row if lit is None or p.step in lit]
    written = meant if len(meant) == 1 and not _size_in(bench.axis, row) else row
    size = _size_in(bench.axis, written)
    for place in row:
        at, light = (bench.axis.x(place.home), bench.floor, bench.axis.bar), FULL if place in meant else CONTEXT
        pieces.column(draft, (*key, place.step), place.output, *at, bench.lowest, "output", bricks, light=light)
    for place in written if size else ():
        own, role = (*key, place.step), "ink" if place in meant else "quiet"
        pieces.digits(draft, own, place.output.text, size, role)
    pieces.lift(draft, [(*key, place.step) for place in row])


def _size_in(axis: Axis, row: Sequence[Place]) -> float:
    gaps = ((axis.x(after.home) - axis.x(before.home)) / axis.pitch for before, after in pairwise(row))
    return places.size_on(axis, [place.output.text for place in row], min([3.0, *gaps]))


def compare(draft: Draft, script: Script, bench: Bench, key: Key, shown: Sequence[Place], line: float) -> None:
    """Keras's own numbers on a ``line``, or as dots beside the bars of outputs, as high as the full numbers."""
    asked = {place.step: value for place in shown if (value := script.asked(place.step, 0)) is not None}
    texts = {step: f"= {script.written(value).text}" for step, value in asked.items()}
    exact = not script.shown.note and all(place.output.value == asked.get(place.step) for place in shown)
    size = places.size_on(bench.axis, texts.values()) if exact else 0.0
    lowest = max(bench.floor, *(draft.marks[*key, place.step, "bar"].bottom for place in shown))
    y = line if size else lowest + 12 + DIGIT * SMALL / 2
    for step, value in asked.items():
        x = draft.marks[*key, step, "bar"].x
        at = draft.format.within(x + bench.axis.bar / 2 + 14, 14), bench.floor - float(value) * bench.lowest, 14.0
        mark = words(texts[step], x, y, size, "formula") if size else dot("ink", *at, z=1)
        draft.put("compared", ("keras", *key, step), mark)
    if asked:
        said = "● " * (not size) + script.check.library.rstrip("0123456789. ")  # the caption has its version
        look = (draft.format.small if size else SMALL, "formula", -1)
        draft.put("party", ("keras", "name", *key), words(said, draft.format.margin, y, *look))
