"""All filters of a layer on one board: what each gives, side by side, and beside what Keras gives.

The layout of boards where a filter is one row of small bars. This module knows the channels of a script's cell and
pieces; which of it stands where a story says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, COLUMN, CONTEXT, DIGIT, FULL, SMALL, Board, Cue, Draft, Key, Role, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.channels import BETWEEN, MOST_TAPS, Channels, hue, is_whole
from convexplain.stories.script import Correlation

MOST_FILTERS, MOST_COMPARED = 8, 2
"""What a board has room for, side by side and where they are compared."""


def side_by_side(row: Channels) -> Board:
    """Every filter reads the same channels with kernels of its own, and gives a signal of its own."""
    many = phrases.count(row.filters, "filter")
    own = "kernels" + (" and bias" if row.bias else "")
    said = (
        phrases.sentence(f"{many}, each with its own {own}.") if row.filters > 1 else "One filter: one output signal."
    )
    draft = row.draft(said, None, ("f", "f of w", "f of b"), filters=True)
    wall = _Wall(row)
    wall.channels(draft)
    for place, f in enumerate(wall.filters):
        wall.kernels(draft, place, f)
        wall.outputs(draft, place, f)
    return draft.board("filters", said, 2.5, wall.cues())


class Rect(NamedTuple):
    """A place on a board."""

    left: float
    right: float
    top: float
    bottom: float


def _shown(row: Channels) -> list[int]:
    """The filters that have room, the told one among them."""
    own, every = row.cell.channel, list(range(row.filters))
    return every if len(every) <= MOST_FILTERS else sorted({own, *[f for f in every if f != own][: MOST_FILTERS - 1]})


class _Wall:
    """Channels at the left, filters in the middle, outputs at the right: a row for every filter. A few filters stand
    there as they were seen, kernel under kernel over the bias, with their numbers; of many the kernels stand in a row.
    """

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.filters = row, row.form, _shown(row)
        self.numbers = {(step, f): row.script.output(step, f) for f in self.filters for step in row.shown}
        self.taps = {
            (part.channel, f): row.script.elide(
                row.script.correlations(Cell(row.cell.step, f))[part.channel], MOST_TAPS
            )
            for part in row.parts
            for f in self.filters
        }
        self.count = max(len(taps) for taps in self.taps.values())
        self.height = (self.form.height - 156 - benches.TOP) / len(self.filters)
        self.inputs = row.wide.shown
        steps, kernels = len(self.inputs) + len(row.shown), len(self.filters) * len(row.parts)
        texts = [tap.weight.text for taps in self.taps.values() for tap in taps]
        texts += [number.text for number in self.numbers.values()]
        texts += [number.text for signal in row.signals.values() for number in signal.values()]
        room = (COLUMN.width - 300) / (steps + self.count)
        self.is_open = kernels <= 4 and max(advance(runs_of(text)) for text in texts) * SMALL + 6 <= room
        self.strand = (90.0 if self.is_open else 120.0) if self.form.is_narrow else 200.0
        card = 0.0 if self.is_open else 190.0 if self.form.is_narrow else 300.0
        places = steps + self.count * self.is_open
        self.pitch = min(
            110.0,
            (
                self.form.width
                - 2 * self.form.margin
                - self.strand
                - card
                - (190 if self.form.is_narrow else 250) * self.is_open
                - 120 * (not self.is_open)
            )
            / places,
        )
        self.card = self.pitch * self.count + 10 if self.is_open else card
        self.link = (50.0 if self.form.is_narrow else 130.0) if self.is_open else 40.0
        self.left = self.form.width - self.form.margin - (90 if self.is_open else 50) - self.pitch * len(row.shown)
        samples = [number.value for signal in row.signals.values() for number in signal.values()]
        self.samples = benches.extent(samples)
        self.reach = {f: benches.extent(self.numbers[step, f].value for step in row.shown) for f in self.filters}
        up, down = (max(ends) for ends in zip(*self.reach.values(), strict=True))
        whole = [*samples, *(number.value for number in self.numbers.values())]
        most = (
            max(map(sum, self.reach.values()))
            if self.is_open
            else max(up, self.samples[0]) + max(down, self.samples[1])
        )
        free = 0.92 * self.height - SMALL - 20 if self.is_open else 0.86 * self.height
        self.unit = benches.unit_of(free, most, whole)
        self.up = up
        self.foot = 44.0 if row.bias else 0.0
        self.high = (0.92 * self.height - self.foot) / len(row.parts) - BETWEEN
        self.weights = benches.extent(tap.weight.value for taps in self.taps.values() for tap in taps)
        if self.is_open:
            self.unit = min(self.unit, (self.high - SMALL - 36) / max(1e-12, sum(self.weights)))

    def channels(self, draft: Draft) -> None:
        """The channels, each in the middle of its share of the height."""
        row, (up, down) = self.row, self.samples
        inputs = Axis(self.inputs, self.form.margin, self.pitch, row.read)
        for part in row.parts:
            signal, whole = row.signals[part.channel], is_whole(*row.signals[part.channel].values()) and self.unit > 8
            foot = self._middle(part) + (up - down) * self.unit / 2
            pieces.signal(draft, row.x(part), signal, inputs, foot, self.unit, hue(part), bricks=whole)
            if self.is_open:
                draft.change([("baseline", *row.x(part))], light=0.6)
        pieces.note(draft, ("kernels",), "filters", self.left - self.link - self.card, pieces.RULER)
        pieces.note(draft, ("channels",), "channels", self.form.margin, pieces.RULER)
        pieces.note(draft, ("filters",), "outputs, *f*", self.form.width - self.form.margin, pieces.RULER, 1)

    def _middle(self, part: Correlation) -> float:
        tall = (self.form.height - 156 - benches.TOP) / len(self.row.parts)
        return benches.TOP + tall * (self.row.parts.index(part) + 0.5)

    def _light(self, f: int) -> float:
        return FULL if self.is_open or f == self.row.cell.channel else 2 * CONTEXT

    def _w(self, part: Correlation, f: int) -> Key:
        return (f"w{self.row.script.level}", part.channel, f)

    def kernels(self, draft: Draft, place: int, f: int) -> None:
        """A filter, and the way of every channel into it."""
        top, row = benches.TOP + self.height * place, self.row
        right = self.left - self.link
        room = Rect(right - self.card, right, top + 0.04 * self.height, top + 0.96 * self.height)
        if self.is_open:
            self._stacked(draft, f, room)
        else:
            self._side_by_side(draft, f, room)
        begin = self.form.margin + self.pitch * len(self.inputs) + 14
        for part in row.parts:
            card = draft.marks.get(("rig", *self._w(part, f), "card"))
            end = top + 0.5 * self.height + 5 * (part.channel - row.parts[0].channel) if card is None else card.y
            told, key = self.is_open or f == row.cell.channel, ("strand", part.channel, f)
            pieces.strand(draft, key, begin, self._middle(part), room.left - 8, end, hue(part), told)

    def _stacked(self, draft: Draft, f: int, room: Rect) -> None:
        """A filter as it slides, without its windows: kernel under kernel, and the bias at the foot."""
        row, (up, down), high, unit = self.row, self.weights, self.high, self.unit
        for number, part in enumerate(row.parts):
            key, top = self._w(part, f), room.top + number * (high + BETWEEN)
            base = top + (high + SMALL + 14 + (up - down) * unit) / 2
            card = plate(hue(part), room.left, top, room.right, top + high, light=CARD, z=-3)
            draft.put("rig", ("rig", *key, "card"), card)
            pieces.baseline(draft, ("rig", *key), room.left + 12, room.right - 12, base, hue(part))
            draft.change([("baseline", "rig", *key)], light=0.6)
            pale: Role = (str(hue(part)), "ink", 0.5)
            for k, tap in enumerate(self.taps[part.channel, f]):
                x, whole = room.left + 5 + self.pitch * (k + 0.5), tap.weight.value.denominator == 1
                pieces.column(draft, (*key, tap.k), tap.weight, x, base, 0.5 * self.pitch, unit, pale, bricks=whole)
                if not tap.more:
                    self._write(draft, (*key, tap.k), tap.weight.text)
        if (bias := row.script.bias(Cell(row.cell.step, f))) is not None:
            own = (f"b{row.script.level}", f, "rig")
            pieces.foot(draft, own, bias, room.left, room.right, room.bottom - self.foot, self.foot)

    def _write(self, draft: Draft, key: Key, text: str) -> None:
        """A number with a key of its own: it comes when its bar has come, and does not fly over others."""
        mark = pieces.digits(draft, key, text, size=SMALL)
        del draft.marks[(*key, "digits")]
        draft.put("digits", (*key, "beside others"), mark)

    def _side_by_side(self, draft: Draft, f: int, room: Rect) -> None:
        """A filter as a card: its kernels, one for every channel that is shown, side by side."""
        row, light = self.row, self._light(f)
        up, down = benches.extent(tap.weight.value for part in row.parts for tap in self.taps[part.channel, f])
        unit = min(40.0 if up + down > 1 else 1e12, 0.8 * (room.bottom - room.top) / max(1e-12, up + down))
        foot = room.top + 0.1 * (room.bottom - room.top) + up * unit
        pieces.card(draft, ("filter", f), room.left, room.right, room.top, room.bottom, "bias", 0.1)
        wide = (room.right - room.left - 20) / len(row.parts)
        for number, part in enumerate(row.parts):
            taps = self.taps[part.channel, f]
            pitch = (wide - 16) / len(taps)
            for k, tap in enumerate(taps):
                x, pale = room.left + 18 + wide * number + pitch * (k + 0.5), (str(hue(part)), "ink", 0.5)
                key = (*self._w(part, f), tap.k)
                pieces.column(draft, key, tap.weight, x, foot, 0.7 * pitch, unit, pale, bricks=False, light=light)

    def outputs(self, draft: Draft, place: int, f: int) -> None:
        """What a filter gives."""
        row, told, top = self.row, f == self.row.cell.channel, benches.TOP + self.height * place
        up, down = self.reach[f]
        foot = top + 0.07 * self.height + self.up * self.unit
        if self.is_open:
            foot = top + (self.height + SMALL + 14 + (up - down) * self.unit) / 2
        pieces.baseline(draft, (row.here, f), self.left, self.left + self.pitch * len(row.shown), foot)
        whole = is_whole(*self.numbers.values()) and self.unit > 8
        for place_, step in enumerate(row.shown):
            x, made = self.left + self.pitch * (place_ + 0.5), row.weights() if told else ()
            look: dict[str, Any] = {"light": self._light(f), "made_of": made}
            key, width = row.y(step, f), min(60.0, 0.62 * self.pitch)
            pieces.column(draft, key, self.numbers[step, f], x, foot, width, self.unit, "output", True, whole, **look)
            if self.is_open:
                self._write(draft, key, self.numbers[step, f].text)
        role: Role = "lit" if told or self.is_open else "quiet"
        if self.is_open:
            begin, middle = self.left - self.link + 12, top + 0.5 * self.height
            pieces.strand(draft, ("strand", row.here, f), begin, middle, self.left - 8, foot, "output")
        pieces.note(
            draft,
            ("filter", f),
            f"*f* = {f}" if self.is_open else str(f),
            self.form.width - self.form.margin,
            foot,
            1,
            role,
        )

    @property
    def _others(self) -> Iterator[Key]:
        """What the keys of the other filters, their cards and their outputs begin with."""
        for f in self.filters:
            if f != self.row.cell.channel:
                weights = [self._w(part, f) for part in self.row.parts]
                yield from (*weights, *(("rig", *key) for key in weights), ("filter", f))
                yield from (("strand", part.channel, f) for part in self.row.parts)
                yield from (self.row.y(step, f) for step in self.row.shown)
                yield (f"b{self.row.script.level}", f, "rig")

    def cues(self) -> list[Cue]:
        """First all that is known goes to its place, the outputs below the rest; then the strands come, and then the
        other filters.
        """
        row, own = self.row, self.row.cell.channel
        weights = [self._w(part, own) for part in row.parts]
        mine = [(*key, tap.k, "bar") for key in weights for tap in self.taps[key[1], own]]
        if self.is_open:
            mine += [*(("rig", *key, "card") for key in weights), *(("baseline", "rig", *key) for key in weights)]
            mine.append((f"b{row.script.level}", own, "rig"))
        signals = [(*row.x(part), step, "bar") for part in row.parts for step in self.inputs]
        signals += [("baseline", *row.x(part)) for part in row.parts]
        outputs = tuple((*row.y(step), "bar") for step in row.shown)
        return [
            Cue((*signals, *mine), motion.MOVE, lasts=1.4),
            Cue(outputs, motion.MOVE, lasts=1.4, how="across first"),
            Cue((("strand",),), motion.ENTER),
            Cue(tuple(self._others), motion.ENTER + 1),
        ]


def compared(row: Channels) -> Board:
    """The outputs at full precision, with Keras's numbers beside them: of all filters, or of the told one where they
    are many.
    """
    draft, form = Draft(row.form), row.form
    pieces.caption(draft, f"{row.script.check_words()}.")
    axis = row.wide
    pieces.ruler(draft, axis)
    filters = list(range(row.filters)) if row.filters <= MOST_COMPARED else [row.cell.channel]
    values = {f: [row.script.full(step, f) for step in row.shown] for f in filters}
    top, height = benches.TOP + 30, (form.height - 250 - benches.TOP - 30) / len(filters)
    reach = {f: benches.extent(own) for f, own in values.items()}
    numbers = [value for own in values.values() for value in own]
    whole = all(value.denominator == 1 for value in numbers)
    free = height - (2 * SMALL if whole else 14 if len(filters) > 1 else 0)
    unit = benches.unit_of(free, max(map(sum, reach.values())), numbers, 60.0)
    for place, f in enumerate(filters):
        up, down = reach[f]
        foot = top + height * place + (free + (up - down) * unit) / 2
        floor = ("floor",) if f == row.cell.channel else ("floor", f)
        pieces.baseline(draft, floor, axis.left, axis.right, foot)
        if row.filters > 1:
            middle = top + height * place + free / 2
            said = f"filter {f}" if len(filters) > 1 else f"here: filter {f}"
            pieces.name(draft, (row.here, f), said, middle + DIGIT * SMALL / 2, "ink")
        for step, value in zip(row.shown, values[f], strict=True):
            x, key, width = axis.x(row.column(step)), row.y(step, f), axis.bar
            number = Number(value, "", ("cell", row.script.level, *(step, f)))
            made = row.weights() if f == row.cell.channel else ()
            pieces.column(draft, key, number, x, foot, width, unit, "output", bricks=whole, made_of=made)
            if whole:
                pieces.digits(draft, key, row.script.output(step, f).text, size=SMALL)
            if (asked := row.script.asked(step, f)) is not None:
                pieces.compared(draft, (*key, "asked"), x + width / 2 + 12, foot - float(asked) * unit)
    pieces.legend(
        draft,
        [
            ("output", "bar", "the sums"),
            ("kernel", "dot", f"as {row.script.check.library} computes them, a library for neural networks"),
        ],
    )
    for place in (0, 1):  # in one line below the picture, for names of filters stand at the margin
        for key in (("legend", place), ("legend", place, "name")):
            mark = draft.marks[key]
            draft.change([key], x=mark.x + 220 * place, y=mark.y - 130 - 48 * place + form.height - 200)
    if row.script.shown.is_rounded:
        said = "Here nothing is rounded. Before, samples and weights were, so that sums are exact as printed."
        pieces.remark(draft, ("rounded",), said)
    return draft.board("check", phrases.sentence(f"{row.script.check_words()}."), 2.5)
