"""Places of a window along one channel's signal: what each reads and makes, and which an axis shows; no marks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, takewhile
from typing import NamedTuple

from convexplain.board.marks import COLUMN, SMALL, Draft, Format
from convexplain.board.pieces import Axis, Number
from convexplain.check.verdict import Check, Distance
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.script import Script, Tap

WIDE, CLOSE, MOST, ENDS, LISTED = 24, 7, 40, 3, 4
"""The most places of an axis where only bars stand, where numbers do, and where zeros do, too; the taps, or samples,
shown at either end of a long kernel, or signal; the most numbers that a caption adds up.
"""


class Place(NamedTuple):
    """A place of the window: the output's step, the step it stands under, its number, and the taps that make it."""

    step: int
    home: int
    output: Number
    taps: tuple[Tap, ...]

    @property
    def start(self) -> int:
        """The step where the window starts."""
        return self.taps[0].step

    @property
    def window(self) -> range:
        """The steps of the window, those between its taps too."""
        return range(self.start, self.taps[-1].step + 1)

    @property
    def reads_zero(self) -> bool:
        """Whether the padding is read."""
        return any(tap.padded for tap in self.taps)

    @property
    def added(self) -> str:
        """The output as it adds up; nothing where that is too long to be written, or no sum."""
        texts = [tap.product.text for tap in self.taps]
        return phrases.added(texts, self.output.text) if 1 < len(self.taps) <= LISTED else ""

    @property
    def unnamed(self) -> Place:
        """The place with products and an output that are about nothing: those of another layer than the told one."""
        taps = (tap._replace(product=tap.product._replace(about=None)) for tap in self.taps)
        return self._replace(output=self.output._replace(about=None), taps=tuple(taps))

    def is_on(self, axis: Axis) -> bool:
        """Whether an axis shows the window and where its output stands."""
        return all(axis.has(step) for step in (self.home, *(tap.step for tap in self.taps)))


def stairs(taps: Sequence[Tap]) -> Iterator[tuple[Tap, tuple[Fraction, Fraction]]]:
    """Each tap with the two levels between which its product stands in the staircase."""
    return zip(taps, pairwise(benches.levels(tap.product.value for tap in taps)), strict=True)


def place(script: Script, step: int) -> Place:
    """The place of one output of the told filter, in a layer that reads one channel."""
    cell = Cell(step, script.cell.channel)
    return Place(step, script.home(step), script.output(*cell), script.correlations(cell)[0].taps)


def elided(script: Script, at: Place) -> tuple[Tap, ...]:
    """The taps of a place that a picture has room for."""
    return script.elide(at.taps, ENDS, ENDS, at.home)


def axis(form: Format, told: Place, script: Script) -> Axis:
    """An axis of all samples and zeros; where they are too many, of those near the window of the ``told`` place."""
    length, last = script.read_shape[0], script.reads(script.shape[0] - 1)[-1]
    steps = range(min(0, script.start(0)), max(length - 1, last) + 1)
    if len(steps) <= WIDE:
        return Axis.over(Draft(form), steps, length)
    return Axis.near(Draft(form), [told.home, *(tap.step for tap in told.taps)], length, WIDE)


def at_ends(script: Script, start: int) -> list[Place]:
    """The places at both ends, and those whose windows start near a step: more than an axis has room for."""
    steps, many = script.shape[0], min(40, max(2 * ENDS, 240 // script.layer.kernel_size))
    near = bisect_left(range(steps), start, key=script.start)
    found = {*range(many), *range(near - many, near + many), *range(steps - many, steps)}
    return [place(script, step) for step in sorted(found) if 0 <= step < steps]


def nearest(found: Iterable[Place], start: int) -> Place:
    """The place that starts nearest to a step, and reads no zeros where one does not."""
    return min(found, key=lambda place: (place.reads_zero, abs(place.start - start)))


def ends_axis(form: Format, length: int, followed: Sequence[Place], ends: Sequence[Place]) -> Axis:
    """An axis of all samples and zeros up to the ``ends``, with room for counts beside it; of a long signal of its ends
    and the windows that are ``followed``, and those at the ``ends`` where they have room.
    """
    near, far = ({step for at in some for step in at.window} for some in (followed, ends))
    steps = [*range(min(0, *far), max(length - 1, *far) + 1)]
    if len(steps) > MOST:
        near |= {*range(steps[0], ENDS), *range(length - ENDS, steps[-1] + 1)}
        steps = [step for step in steps if step in (near | far if len(near | far) <= MOST else near)]
    gaps = pairwise([steps[0] - 1, *steps])
    shown = [at for before, step in gaps for at in ([step] if step == before + 1 else [None, step])]

    def over(form: Format) -> Axis:
        wide, names = form.width - (130.0 if form.is_narrow else 150.0), min(form.names, form.margin + 160.0)
        return Axis.over(Draft(replace(form, width=wide, names=names)), shown, length)

    return replace(over(form), least=over(COLUMN).pitch)


def in_view(script: Script, shown: Axis, step: int) -> list[Place]:
    """The places around output ``step`` whose windows an axis shows in full."""
    found = [place(script, step)]
    for steps in (range(step - 1, -1, -1), range(step + 1, script.shape[0])):
        found += takewhile(lambda other: other.is_on(shown), (place(script, at) for at in steps))
    return sorted(found)


def size_on(shown: Axis, texts: Iterable[str], apart: float = 1.0) -> float:
    """The size of numbers so many places apart; 0 where they have none in the narrowest format."""
    texts = list(texts)
    narrow = Axis.over(Draft(COLUMN), shown.steps, shown.length)
    if not benches.fitting(apart * min(narrow.pitch, shown.least) - 8, texts, (SMALL, 0.0)):
        return 0.0
    return benches.fitting(apart * shown.pitch - 8, texts) if shown.left > narrow.left else SMALL


def agreed(groups: Sequence[Sequence[Script]], where: str = "", these: str = "") -> str:
    """What was found of groups of layers of the first one's library, their outputs counted by group: ``where``, or
    what ``these`` are. That leaves no room to say what that library is.
    """
    own, alike, counts = groups[0][0].check, list[Distance | None](), list[int]()
    for group in groups:
        found = [d for script in group if script.check.library == own.library for d in script.check.distances]
        alike += found
        counts.append(sum(distance.compared for distance in found if distance))
    line = Check(own.oracle, tuple(alike), own.ok).line
    if len(counts) > 1 and all(counts):
        counted = these.format(*counts) or f"the same outputs: {phrases.listed(counts)}"
        line = line.replace(f"the same outputs: {sum(counts):,} compared", counted)
    said = f"{where}, {line}".removeprefix(", ") if len(counts) > 1 else phrases.named(line)
    return phrases.sentence(f"{said}.")
